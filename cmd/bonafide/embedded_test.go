package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestEmbeddedForm: every certificate and statement exists with an embedded
// proof too. It says the same, by a key that the body's own document names, and
// gets the same answer; it stays the same bytes.
func TestEmbeddedForm(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for verdict, number := range h.pages {
			path := "/v1/certificates/" + number
			a := h.do("GET", path, "", "", "Accept", "application/vc")
			if verdict == verify.NotFound {
				require.Equal(t, 404, a.status)
				continue
			}
			if verdict == verify.NotAuthentic {
				require.Equal(t, 406, a.status, "an altered record gets no second signature: %s", a.raw)
				continue
			}
			require.Equal(t, 200, a.status, "%s", a.raw)
			require.Equal(t, "application/vc", a.header.Get("Content-Type"))
			require.Equal(t, string(a.raw), string(h.do("GET", path+"?form=embedded", "", "").raw))
			require.Equal(t, string(a.raw), string(h.do("GET", path+"/credential", "", "", "Accept", "application/vc+ld+json").raw))

			var doc struct {
				Issuer struct{ ID string }
			}
			require.NoError(t, json.Unmarshal(a.raw, &doc))
			key := h.publishedKey(doc.Issuer.ID)
			u, err := dataintegrity.Parse(a.raw)
			require.NoError(t, err)
			require.NoError(t, u.Verify(0, key.Key, dataintegrity.Assertion, nil))
			_, err = credential.ParseCertificateDocument(a.raw)
			require.NoError(t, err)

			judged := func(token string) verify.Verdict {
				r, err := h.app.lookup.Verify(t.Context(), lookup.Submission{Text: token})
				require.NoError(t, err)
				return r.Verdict
			}
			require.Equal(t, verdict, judged(string(a.raw)))
			altered := strings.Replace(string(a.raw), `"level":"practitioner"`, `"level":"master"`, 1)
			require.NotEqual(t, string(a.raw), altered)
			require.Equal(t, verify.NotAuthentic, judged(altered))
		}
		v, err := h.app.registrar.View(t.Context())
		require.NoError(t, err)
		b, _ := v.Body("demo-certification")
		for _, s := range v.About(b.DID) {
			a := h.do("GET", "/v1/statements/"+s.ID+"/credential?form=embedded", "", "")
			require.Equal(t, 200, a.status, "%s", a.raw)
			u, err := verify.ParseStatement(string(a.raw))
			require.NoError(t, err)
			token, err := verify.ParseStatement(s.Credential)
			require.NoError(t, err)
			require.Equal(t, token.Claims(), u.Claims())
		}
		require.Equal(t, 404, h.do("GET", "/v1/certificates/0000-0000-0000-0", "", "", "Accept", "application/vc").status)
	})
}

// publishedKey is the Multikey in a body's own document.
func (h *house) publishedKey(id string) did.Method {
	parts := strings.Split(id, ":")
	a := h.do("GET", "/bodies/"+parts[len(parts)-1]+"/did.json", "", "")
	require.Equal(h.t, 200, a.status, "%s", a.raw)
	d, err := did.ParseDocument(a.raw, id)
	require.NoError(h.t, err)
	require.Len(h.t, d.Assertion, 3, "a JsonWebKey for tokens, the same as a Multikey, and a Multikey for proofs: %s", a.raw)
	for _, m := range d.Assertion {
		if m.Key.Algorithm() == "EdDSA" {
			return m
		}
	}
	h.t.Fatal("no Multikey")
	return did.Method{}
}
