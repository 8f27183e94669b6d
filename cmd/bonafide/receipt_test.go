package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestReceipts asks for a receipt wherever one can be had, and reads it back
// through the service and offline.
func TestReceipts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		number := h.pages[verify.BonaFide]
		token := string(h.do("GET", "/v1/certificates/"+number+"/credential", "", "").raw)
		answers := map[string]answer{
			receipt.OfCertificate: h.do("GET", "/v1/certificates/"+number+"?receipt=true&asker=Example+Screening", "", ""),
			receipt.OfCredential:  h.do("POST", "/v1/verifications", "", fmt.Sprintf(`{"credential":%q,"receipt":true,"asker":"Example Screening","policy":{"elsewhere":"refused","status_max_age_hours":1}}`, token)),
			receipt.OfClaim:       h.do("POST", "/v1/claims", "", fmt.Sprintf(`{"certificate_number":%q,"receipt":true,"asker":"Example Screening"}`, number)),
		}
		for what, a := range answers {
			require.Equal(t, 200, a.status, "%s: %s", what, a.raw)
			u, err := receipt.Parse(a.json["receipt"].(string))
			require.NoError(t, err, what)
			r := u.Receipt
			require.Equal(t, what, r.Asked.What)
			require.Equal(t, "Example Screening", r.Asked.By)
			require.Equal(t, a.json["verdict"], string(r.Report.Verdict))
			require.Empty(t, r.Report.Receipt)
			require.NotEmpty(t, r.Report.Checks)
			j := h.do("POST", "/v1/receipts/verifications", "", fmt.Sprintf(`{"receipt":%q,"certificate":%q}`, u, number))
			require.Equal(t, "pass", j.json["outcome"], "%s: %s", what, j.raw)
			j = h.do("POST", "/v1/receipts/verifications", "", fmt.Sprintf(`{"receipt":%q,"certificate":%q}`, u, h.pages[verify.Unaccredited]))
			require.Equal(t, "fail", j.json["outcome"], "%s for another certificate", what)
			if what == receipt.OfClaim {
				continue
			}
			require.GreaterOrEqual(t, len(r.Evidence), 3, "%s: the certificate and its chain", what)
			require.Equal(t, "certificate", r.Evidence[0].Kind)
			j = h.do("POST", "/v1/receipts/verifications", "", fmt.Sprintf(`{"receipt":%q,"credential":%q}`, u, token))
			require.Equal(t, "pass", j.json["outcome"], "%s: the very credential", what)
			seen := map[verify.CheckID]bool{}
			for _, b := range r.Basis {
				seen[b.Check] = true
				require.NotEmpty(t, b.Source)
				require.NotNil(t, b.AsOf, "%s of %s", b.Check, what)
			}
			for _, c := range r.Report.Checks {
				if c.Outcome != "not_applicable" {
					require.True(t, seen[c.ID], "%s: %s rests on something", what, c.ID)
				}
			}
		}
		require.Equal(t, "pass", answers[receipt.OfCredential].json["policy"].(map[string]any)["outcome"])
		require.Contains(t, answers[receipt.OfCertificate].header.Get("Cache-Control"), "no-store")
		require.NotContains(t, h.do("GET", "/v1/certificates/"+number, "", "").json, "receipt", "unasked, none")
		require.Equal(t, 404, h.do("GET", "/v1/certificates/0000-0000-0000-0?receipt=true", "", "").status)
		require.Equal(t, 422, h.do("GET", "/v1/certificates/"+number+"?receipt=true&asker="+strings.Repeat("x", 201), "", "").status)
		require.Equal(t, 422, h.do("POST", "/v1/receipts/verifications", "", fmt.Sprintf(`{"receipt":%q}`, token)).status, "a credential is no receipt")
		require.Equal(t, 422, h.do("POST", "/v1/verifications", "", fmt.Sprintf(`{"credential":%q}`, answers[receipt.OfCertificate].json["receipt"])).status, "a receipt is no credential")
		h.offlineReceipt(t, number, answers[receipt.OfCertificate])
	})
}

// offlineReceipt reads a receipt with nothing but the service's key.
func (h *house) offlineReceipt(t *testing.T, number string, a answer) {
	dir := t.TempDir()
	put := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return path
	}
	token := a.json["receipt"].(string)
	keys := put("did.json", h.do("GET", "/.well-known/did.json", "", "").raw)
	file, report := put("receipt.jwt", []byte(token+"\n")), put("report.json", a.raw)
	parts := strings.Split(token, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	parts[1] = base64.RawURLEncoding.EncodeToString(bytes.Replace(payload, []byte("bona_fide"), []byte("not_found"), 1))
	forged := put("forged.jwt", []byte(strings.Join(parts, ".")))
	path, err := binary()
	require.NoError(t, err)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"the token":           {[]string{file, "--keys", keys}, 0, "bona_fide"},
		"the report":          {[]string{report, "--keys", keys, "--certificate", number}, 0, "Example Screening"},
		"no key":              {[]string{file}, exitUndetermined, "not among those trusted"},
		"forged":              {[]string{forged, "--keys", keys}, 1, "not the words that were signed"},
		"another certificate": {[]string{file, "--keys", keys, "--certificate", h.pages[verify.Unaccredited]}, 1, "something else"},
		"another credential":  {[]string{file, "--keys", keys, "--about", forged}, 1, "something else"},
	} {
		cmd := exec.CommandContext(t.Context(), path, append([]string{"verify"}, c.args...)...)
		cmd.Dir, cmd.Env = dir, []string{"HOME=/nonexistent"}
		out, err := cmd.CombinedOutput()
		if c.code == 0 {
			require.NoError(t, err, "%s: %s", name, out)
		} else {
			require.Error(t, err, name)
			require.Equal(t, c.code, cmd.ProcessState.ExitCode(), "%s: %s", name, out)
		}
		require.Contains(t, string(out), c.says, name)
	}
}
