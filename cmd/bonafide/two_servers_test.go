package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/client"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// atPort starts the program under an address that is known before, as its DIDs
// need it; the port was free a moment ago.
func atPort(t *testing.T, variables ...string) *process {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	require.NoError(t, err)
	address := l.Addr().(*net.TCPAddr)
	require.NoError(t, l.Close())
	public := fmt.Sprintf("http://localhost:%d", address.Port)
	p := serving(t, append([]string{"BONAFIDE_LISTEN=" + address.String(), "BONAFIDE_PUBLIC_URL=" + public}, variables...)...)
	p.url = public
	return p
}

// guided is what the demo world's guide says, by the words before it.
func (p *process) guided(t *testing.T, pattern string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatch(p.log.String())
	require.Len(t, m, 2, "%s", p.log)
	return m[1]
}

// judged is what a service says of something handed in.
func judged(t *testing.T, c *client.Client, credential string) *verify.Report {
	r, err := c.Verify(t.Context(), client.VerifyRequest{Credential: credential})
	require.NoError(t, err)
	return r
}

// TestHubOfAnotherDeployment: a certification body runs a deployment of its
// own, which alone knows the persons. A hub judges its certificates by what
// that deployment publishes and by the hub's own anchors: the credential, the
// share link and the bundle; it sees a withdrawal, holds nothing of the person
// afterwards, and says that it does not know when the deployment is away.
func TestHubOfAnotherDeployment(t *testing.T) {
	body := atPort(t)
	file := filepath.Join(t.TempDir(), "anchors.json")
	anchors, err := exec.Command("../../deploy/hub/anchors.sh", body.url, "demo-arrangement", "certification_of_persons", "ISO/IEC 17024", "Demo arrangement").Output()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, anchors, 0o600))
	trusting := []string{"BONAFIDE_SEED=none", "BONAFIDE_ANCHORS=" + file, "BONAFIDE_FETCH_LOOPBACK=true"}
	hub := atPort(t, trusting...)
	wary := atPort(t, "BONAFIDE_SEED=none", "BONAFIDE_FETCH_LOOPBACK=true") // trusts nobody of the body's world

	owner := &client.Client{Base: body.url, ID: body.guided(t, `client id +(\S+)`), Secret: body.guided(t, `client secret +(\S+)`)}
	const holder, mail = "Zephyrine Hubquist", "zephyrine@hubquist.example"
	issued, err := owner.Issue(t.Context(), client.IssueRequest{Scheme: "demo-service-lead", Holder: client.Holder{Name: holder, Email: mail},
		DecidedAt: time.Now().Add(-time.Hour), AccreditationClaim: true, Publication: "public"})
	require.NoError(t, err)
	anyone := &client.Client{Base: hub.url}
	bundle, err := owner.Bundle(t.Context(), issued.Number)
	require.NoError(t, err)

	for way, in := range map[string]string{"credential": issued.Credential, "share link": issued.URL, "bundle": string(bundle)} {
		r := judged(t, anyone, in)
		require.Equal(t, verify.BonaFide, r.Verdict, "%s: %s", way, r.Summary)
		require.Equal(t, issued.Number, r.Certificate.Number, way)
		require.Equal(t, holder, r.Certificate.Holder.Name, way)
	}
	r := judged(t, &client.Client{Base: wary.url}, issued.URL)
	require.Equal(t, verify.Authentic, r.Authenticity)
	require.NotEqual(t, verify.BonaFide, r.Verdict, "whose word counts is the hub's decision: %s", r.Summary)
	r, err = anyone.Lookup(t.Context(), issued.Number, client.LookupQuery{})
	require.NoError(t, err)
	require.Equal(t, verify.NotFound, r.Verdict, "the hub keeps no copy")

	_, err = owner.Event(t.Context(), issued.Number, client.EventRequest{Event: "withdrawn", Reason: "a test"})
	require.NoError(t, err)
	other := atPort(t, trusting...) // lists are kept for a minute: this one has none
	for _, in := range []string{issued.Credential, issued.URL} {
		require.Equal(t, verify.NotInForce, judged(t, &client.Client{Base: other.url}, in).Verdict)
	}

	require.NoError(t, body.cmd.Process.Kill())
	<-body.done
	late := &client.Client{Base: atPort(t, trusting...).url}
	r = judged(t, late, issued.Credential)
	require.Equal(t, verify.Undetermined, r.Verdict, r.Summary)
	_, err = late.Verify(t.Context(), client.VerifyRequest{Credential: issued.URL})
	require.ErrorContains(t, err, "COULD_NOT_FETCH")

	nothingOf(t, other, holder, mail, issued.Number, issued.Credential[:80])
	nothingOf(t, hub, holder, mail, issued.Number, issued.Credential[:80])
}

// nothingOf looks for the words in every file and every log line of a process.
func nothingOf(t *testing.T, p *process, words ...string) {
	files := 0
	require.NoError(t, filepath.WalkDir(p.cmd.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, w := range words {
			require.False(t, bytes.Contains(data, []byte(w)), "%s is in %s", w, path)
		}
		files++
		return err
	}))
	require.NotZero(t, files, "there is a database to look into")
	for _, w := range words {
		require.False(t, strings.Contains(p.log.String(), w), "%s is in the log", w)
	}
	var anything map[string]any
	require.NoError(t, json.Unmarshal([]byte(strings.SplitN(p.log.String(), "\n", 2)[0]), &anything), "the log is there")
}
