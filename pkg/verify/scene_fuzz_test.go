package verify_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// FuzzOpenAmongFriends hands anything in where everybody of the scene is
// known: nothing is good but the one certificate that was signed.
func FuzzOpenAmongFriends(f *testing.F) {
	s := newScene(f)
	payload, err := s.certificate.Payload()
	require.NoError(f, err)
	genuine := s.cb.sign(f, payload)
	var tokens []string
	for _, x := range s.statements {
		payload, err := x.Payload()
		require.NoError(f, err)
		token := map[string]actor{s.ab.did: s.ab, s.ga.did: s.ga}[x.SignedBy.DID].sign(f, payload)
		tokens = append(tokens, token)
		s.known(x.ID)
	}
	s.known(s.certificate.ID)
	presentation := `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"verifiableCredential":[`
	for i, token := range append([]string{genuine}, tokens...) {
		if i > 0 {
			presentation += ","
		}
		presentation += `{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,` + token + `"}`
	}
	presentation += "]}"
	f.Add([]byte(genuine))
	f.Add([]byte(presentation))
	f.Add(payload)
	f.Add([]byte(`{"type":["VerifiableCredential"],"proof":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		u, bundle, err := verify.Open(data, s.policy)
		if err != nil {
			return
		}
		ev, err := verify.GatherFor(t.Context(), u, s.policy, bundle)
		require.NoError(t, err)
		ev.Register = s.register
		r := verify.Evaluate(ev, s.policy)
		require.Len(t, r.Checks, len(verify.CheckIDs()))
		require.NotEmpty(t, r.Summary)
		if u.Token() != genuine {
			require.NotEqual(t, verify.BonaFide, r.Verdict)
			require.NotEqual(t, verify.Authentic, r.Authenticity)
		}
		_, err = json.Marshal(r)
		require.NoError(t, err)
	})
}

// FuzzParseStatement: what is read as a statement names two parties that
// differ and grants something.
func FuzzParseStatement(f *testing.F) {
	s := newScene(f)
	for _, x := range s.statements {
		payload, err := x.Payload()
		require.NoError(f, err)
		f.Add(s.ab.sign(f, payload))
	}
	f.Fuzz(func(t *testing.T, token string) {
		u, err := verify.ParseStatement(token)
		if err != nil {
			return
		}
		c := u.Claims()
		require.Equal(t, token, u.Token())
		require.NotEmpty(t, c.ID)
		require.NotEqual(t, c.Issuer, c.Subject)
		require.Contains(t, []trust.Kind{trust.Recognition, trust.Accreditation}, c.Kind)
	})
}

// FuzzParseAnchors: a slip in the operator's list never trusts for anything at
// all, and what was read is written and read again as the same.
func FuzzParseAnchors(f *testing.F) {
	s := newScene(f)
	written, err := verify.FormatAnchors(verify.AnchorList{Anchors: s.policy.Anchors, Registrars: s.policy.Registrars, Logs: []verify.Log{{Origin: "o", Key: "k"}}})
	require.NoError(f, err)
	f.Add(written)
	f.Add([]byte(`{"anchors":[{"did":"did:web:a.example","scopes":[{"activity":"education"}],"valid_from":"2026-01-01","valid_until":"2026-01-01T00:00:00+02:00","successor":"did:web:a.example"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := verify.ParseAnchors(data, nil)
		if err != nil {
			return
		}
		for _, a := range list.Anchors {
			require.NotEmpty(t, a.DID)
			require.NotEmpty(t, a.Scopes)
			for _, scope := range a.Scopes {
				require.NotEmpty(t, scope.Activity)
			}
		}
		out, err := verify.FormatAnchors(list)
		require.NoError(t, err)
		again, err := verify.ParseAnchors(out, nil)
		require.NoError(t, err, "%s", out)
		require.Len(t, again.Anchors, len(list.Anchors))
		for i, a := range list.Anchors {
			b := again.Anchors[i]
			require.True(t, a.ValidFrom.Equal(b.ValidFrom) && a.ValidUntil.Equal(b.ValidUntil), "%s", out)
			require.Equal(t, a.Scopes, b.Scopes)
			require.Equal(t, []string{a.DID, a.Name, a.Successor}, []string{b.DID, b.Name, b.Successor})
			require.Len(t, b.Keys, len(a.Keys))
		}
	})
}
