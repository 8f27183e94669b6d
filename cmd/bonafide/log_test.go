package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crypto/elliptic"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/journal"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/internal/translog"
	"github.com/bonafide-dev/bonafide/pkg/inclusion"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// respelt writes an ES256 token's other spelling: n-s for s.
func respelt(t *testing.T, token string) string {
	t.Helper()
	at := strings.LastIndexByte(token, '.') + 1
	sig, err := base64.RawURLEncoding.DecodeString(token[at:])
	require.NoError(t, err)
	s := new(big.Int).SetBytes(sig[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(sig[32:])
	return token[:at] + base64.RawURLEncoding.EncodeToString(sig)
}

func transparency(t *testing.T, a answer) (outcome, problem string) {
	t.Helper()
	for _, c := range a.json["checks"].([]any) {
		if m := c.(map[string]any); m["id"] == "transparency" {
			problem, _ = m["problem"].(string)
			return m["outcome"].(string), problem
		}
	}
	t.Fatalf("no check: %s", a.raw)
	return "", ""
}

func TestAnIssuedCertificateIsInTheLog(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		a := h.do("POST", "/v1/certificates", token, request("Ada"))
		member := a.json["log"].(map[string]any)
		require.Equal(t, "pending", member["state"])
		require.EqualValues(t, 60, member["max_delay_seconds"])
		path := "/v1/certificates/" + a.json["id"].(string)
		waiting := h.do("GET", path, "", "")
		require.Equal(t, "bona_fide", waiting.code(), "waiting changes no verdict")
		outcome, _ := transparency(t, waiting)
		require.Equal(t, "unknown", outcome)
		proof, err := url.Parse(member["proof"].(string))
		require.NoError(t, err)
		require.Equal(t, "LOG_PENDING", h.do("GET", proof.RequestURI(), "", "").code())

		b := h.do("POST", "/v1/certificates?log=wait", token, request("Eve"))
		member = b.json["log"].(map[string]any)
		require.Equal(t, "included", member["state"], "%s", b.raw)
		found := h.do("GET", path, "", "")
		outcome, _ = transparency(t, found)
		require.Equal(t, "pass", outcome, "the round took all that waited")
		require.Equal(t, "included", found.json["log"].(map[string]any)["state"])
		at, err := url.Parse(found.json["links"].(map[string]any)["log_proof"].(string))
		require.NoError(t, err)
		for _, where := range []string{proof.RequestURI(), at.RequestURI()} {
			p := h.do("GET", where, "", "", "Accept", "text/plain")
			require.Equal(t, 200, p.status, "%s", p.raw)
			key := strings.TrimSpace(string(h.do("GET", "/log/key", "", "").raw))
			in, err := inclusion.Check(p.raw, nil, []inclusion.Log{{Origin: inclusion.KeyName(key), Key: key}})
			require.NoError(t, err)
			entry, err := inclusion.ParseEntry(in.Entry)
			require.NoError(t, err)
			require.True(t, entry.Names(a.json["credential"].(string)))
			require.NotContains(t, string(in.Entry), "Ada")
		}
	})
}

func TestBundleProvesItOffline(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	a := h.do("POST", "/v1/certificates?log=wait", h.certifier(), request("Ada"))
	bundle := h.do("GET", "/v1/certificates/"+a.json["id"].(string)+"/bundle", "", "").raw
	list := verify.AnchorList{Logs: h.app.log.Known()}
	list.Anchors, list.Registrars = h.app.anchors.Trust()
	folder := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return path
	}
	trust := func(l verify.AnchorList) string {
		data, err := verify.FormatAnchors(l)
		require.NoError(t, err)
		return file("anchors.json", data)
	}
	check := func(l verify.AnchorList, bundle []byte) (outcome, problem string) {
		s := command(t, bundle, "-", "--anchors", trust(l))
		require.Equal(t, verify.BonaFide, s.report.Verdict, "%s", s.err)
		for _, c := range s.report.Checks {
			if c.ID == verify.CheckTransparency {
				outcome = c.Outcome
				if c.Problem != nil {
					problem = *c.Problem
				}
			}
		}
		return outcome, problem
	}
	outcome, _ := check(list, bundle)
	require.Equal(t, "pass", outcome)

	outcome, problem := check(verify.AnchorList{Anchors: list.Anchors, Registrars: list.Registrars}, bundle)
	require.Equal(t, "unknown", outcome, "a log that nobody trusts proves nothing, and refutes nothing")
	require.Empty(t, problem)

	var doc map[string]any
	require.NoError(t, json.Unmarshal(bundle, &doc))
	proof := doc["logProof"].([]any)[0].(string)
	other := h.do("POST", "/v1/certificates?log=wait", h.certifier(), request("Eve")).json["id"].(string)
	var another map[string]any
	require.NoError(t, json.Unmarshal(h.do("GET", "/v1/certificates/"+other+"/bundle", "", "").raw, &another))
	for name, bad := range map[string]string{
		"of another record": another["logProof"].([]any)[0].(string), "another index": strings.Replace(proof, "\nindex ", "\nindex 1", 1),
		"cut": proof[:len(proof)/2], "another root": strings.Replace(proof, "\n— ", "\nx\n— ", 1),
	} {
		doc["logProof"] = []any{bad}
		data, err := json.Marshal(doc)
		require.NoError(t, err)
		outcome, problem = check(list, data)
		require.Equal(t, "fail", outcome, name)
		require.Equal(t, "LOG_PROOF_INVALID", problem, name)
	}
}

// TestARecordHasOneSpelling: the same signature written otherwise is refused
// where the hash of the text is what the log knows it by.
func TestARecordHasOneSpelling(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		good := h.do("POST", "/v1/certificates?log=wait", h.certifier(), request("Ada")).json["credential"].(string)
		ask := func(token string) answer {
			return h.do("POST", "/v1/verifications", "", `{"credential":"`+token+`"}`)
		}
		require.Equal(t, "bona_fide", ask(good).code())
		require.Equal(t, "not_authentic", ask(respelt(t, good)).code())
		hash := inclusion.TokenHash(respelt(t, good))
		require.Equal(t, "NOT_IN_LOG", h.do("GET", "/v1/log/proof?token_sha256="+hex.EncodeToString(hash[:]), "", "").code())
	})
}

// TestNotInTheLogIsTold: beyond the delay promised, and when the note is about
// other bytes.
func TestNotInTheLogIsTold(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := demo(t, engine)
			h := open(t, dsn)
			path := "/v1/certificates/" + h.do("POST", "/v1/certificates", h.certifier(), request("Ada")).json["id"].(string)
			real := h.app.lookup.Now
			h.app.lookup.Now = func() time.Time { return real().Add(2 * time.Minute) }
			outcome, problem := transparency(t, h.do("GET", path, "", ""))
			require.Equal(t, "fail", outcome)
			require.Equal(t, "NOT_IN_LOG", problem)
			_, err := h.app.log.Sequence(t.Context())
			require.NoError(t, err)
			outcome, _ = transparency(t, h.do("GET", path, "", ""))
			require.Equal(t, "pass", outcome)
			demand := func() string {
				a := h.do("POST", "/v1/verifications", "", `{"credential":"`+string(h.do("GET", path+"/credential", "", "").raw)+`","policy":{"checks":["transparency"]}}`)
				return a.json["policy"].(map[string]any)["outcome"].(string)
			}
			require.Equal(t, "pass", demand())
			behind(t, dsn, "UPDATE journal SET token = leaf WHERE kind = 'certificate.issued'")
			outcome, _ = transparency(t, h.do("GET", path, "", ""))
			require.Equal(t, "fail", outcome)
			require.Equal(t, "fail", demand())
		})
	}
}

// TestAChangeOfAnchorsIsLogged, once for each list.
func TestAChangeOfAnchorsIsLogged(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		noted := func() int {
			require.NoError(t, h.app.noteAnchors(t.Context()))
			all, err := h.app.db.Trail(t.Context(), journal.Query{Thing: "anchors list", Limit: 100})
			require.NoError(t, err)
			return len(all)
		}
		require.Equal(t, 1, noted())
		require.Equal(t, 1, noted(), "nothing changed")
		_, err := h.app.log.Sequence(t.Context())
		require.NoError(t, err)
		require.NoError(t, h.app.anchors.Load())
		require.Equal(t, 1, noted(), "the service's own log is no change")
		demo := h.app.anchors.Demo
		h.app.anchors.Demo = nil
		require.NoError(t, h.app.anchors.Load())
		require.Equal(t, 2, noted())
		h.app.anchors.Demo = demo
		require.NoError(t, h.app.anchors.Load())
		require.Equal(t, 3, noted(), "and back again")
	})
}

// TestALogThatStoppedStopsNoIssuing: what is issued is issued, and says so.
func TestALogThatStoppedStopsNoIssuing(t *testing.T) {
	h, other := open(t, demo(t, "sqlite")), open(t, storetest.DSN(t, "sqlite"))
	other.app.log.Dir = t.TempDir()
	_, err := other.app.log.Sequence(t.Context())
	require.NoError(t, err)
	h.app.log.Dir = other.app.log.Dir // shows another log under the same name
	a := h.do("POST", "/v1/certificates?log=wait", h.certifier(), request("Ada"))
	require.Equal(t, 201, a.status, "%s", a.raw)
	require.Equal(t, "stopped", a.json["log"].(map[string]any)["state"])
	_, err = h.app.log.Sequence(t.Context())
	require.ErrorIs(t, err, translog.ErrInconsistent)
}

// TestReceiptCarriesTheProof: what is filed needs nobody's word later.
func TestReceiptCarriesTheProof(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	token := h.do("POST", "/v1/certificates?log=wait", h.certifier(), request("Ada")).json["credential"].(string)
	a := h.do("POST", "/v1/verifications", "", `{"credential":"`+token+`","receipt":true}`)
	require.NotEmpty(t, a.json["receipt"], "%s", a.raw)
	in, err := inclusion.Check([]byte(a.json["log"].(map[string]any)["proof"].(string)), nil, h.app.log.Known())
	require.NoError(t, err)
	entry, err := inclusion.ParseEntry(in.Entry)
	require.NoError(t, err)
	require.True(t, entry.Names(token))
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(a.json["receipt"].(string), ".")[1])
	require.NoError(t, err)
	require.Contains(t, string(payload), "tlog-proof")
	plain := h.do("POST", "/v1/verifications", "", `{"credential":"`+token+`"}`)
	require.NotContains(t, string(plain.raw), "tlog-proof")
}
