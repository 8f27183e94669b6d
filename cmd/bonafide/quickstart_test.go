package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
)

// quick runs a quick start as it stands, in the folder of its source.
func quick(t *testing.T, run []string, file string, in []byte, variables ...string) (string, error) {
	if _, err := exec.LookPath(run[0]); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing: quick starts must run under CI", run[0])
		}
		t.Skipf("%s IS MISSING: A QUICK START WAS NOT RUN", strings.ToUpper(run[0]))
	}
	cmd := exec.CommandContext(t.Context(), run[0], append(run[1:], file)...)
	cmd.Dir, cmd.Env, cmd.Stdin = "../../api/docs", append(os.Environ(), variables...), bytes.NewReader(in)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestQuickStarts runs each program of /docs/start against the service: it
// issues, looks up, verifies and embeds; and it tells a genuine webhook message
// from one that was changed, sent again late, or signed by somebody else.
func TestQuickStarts(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	client, secret, err := h.app.gate.Enrol(t.Context(), access.Client{Body: mine, Scopes: []string{"certificates:write"}})
	require.NoError(t, err)
	variables := []string{"BONAFIDE_URL=" + h.url, "CLIENT_ID=" + client.ID, "CLIENT_SECRET=" + secret}
	r := h.receive()
	hook := h.hook(h.hookToken(), r.URL)["secret"].(string)
	h.must(201, "POST", "/v1/certificates", h.hookToken(), request("Ada Hooked"))
	h.rounds()
	messages := r.taken()
	require.NotEmpty(t, messages)
	m := messages[0]
	page := string(h.do("GET", "/docs/start", "", "").raw)

	for suffix, run := range map[string][]string{".sh": {"sh"}, ".go": {"go", "run"}, ".mjs": {"node"}, ".py": {"python3"}} {
		t.Run(suffix[1:], func(t *testing.T) {
			require.Contains(t, page, `href="/docs/start/issue`+suffix+`"`)
			source, err := os.ReadFile("../../api/docs/issue" + suffix)
			require.NoError(t, err)
			require.Equal(t, string(source), string(h.do("GET", "/docs/start/issue"+suffix, "", "").raw), "what is shown is what is run")

			said, err := quick(t, run, "issue"+suffix, nil, variables...)
			require.NoError(t, err, said)
			got := regexp.MustCompile(`^issued (\S+)\nlookup bona_fide\nverified bona_fide\nembed (.*)\n$`).FindStringSubmatch(said)
			require.Len(t, got, 3, said)
			require.Contains(t, got[2], `<div data-bonafide-id="`+got[1]+`"></div>`)
			require.Equal(t, 200, h.do("GET", "/embed.js", "", "").status)
			require.Contains(t, string(h.do("GET", "/embed/"+got[1], "", "").raw), `data-verdict="bona_fide"`)
			again, err := quick(t, run, "issue"+suffix, nil, variables...)
			require.NoError(t, err, again)
			require.Equal(t, said, again, "the key of the request keeps it from issuing twice")

			message := func(secret, timestamp string, body []byte) (string, error) {
				return quick(t, run, "webhook"+suffix, body, "SECRET="+secret, "ID="+m.id, "TIMESTAMP="+timestamp, "SIGNATURE=v1,AAAA "+m.signature)
			}
			said, err = message(hook, m.timestamp, m.body)
			require.NoError(t, err, said)
			require.Equal(t, "genuine\n", said)
			for name, x := range map[string]struct {
				secret, timestamp string
				body              []byte
			}{
				"changed": {hook, m.timestamp, append([]byte(" "), m.body...)},
				"late":    {hook, strconv.FormatInt(time.Now().Add(-time.Hour).Unix(), 10), m.body},
				"dated":   {hook, strconv.FormatInt(time.Now().Add(time.Minute).Unix(), 10), m.body},
				"another": {"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", m.timestamp, m.body},
			} {
				said, err = message(x.secret, x.timestamp, x.body)
				require.Error(t, err, "%s: %s", name, said)
				require.NotContains(t, strings.Fields(said)[0], "genuine", name)
			}
		})
	}
}

// TestQuickStartsServeNothingElse: files are those of the folder alone.
func TestQuickStartsServeNothingElse(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	for _, path := range []string{"/docs/start/none.sh", "/docs/start/..%2fserver.go", "/docs/start/%2e%2e", "/docs/start/"} {
		require.Equal(t, 404, h.do("GET", path, "", "").status, path)
	}
	require.Equal(t, 200, h.do("GET", "/docs", "", "").status)
}
