package credential_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

func FuzzParseNumber(f *testing.F) {
	f.Add("7K3M-9QXA-4TZ8-H")
	f.Add("o123 4567 89ab-y")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := credential.ParseNumber(s); err == nil {
			again, err := credential.ParseNumber(string(n))
			require.NoError(t, err)
			require.Equal(t, n, again)
		}
	})
}

func FuzzParsePresentation(f *testing.F) {
	f.Add([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"verifiableCredential":[{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,a.b.c"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tokens, err := credential.ParsePresentation(data)
		if err != nil {
			require.ErrorIs(t, err, credential.ErrMalformed)
			return
		}
		written, err := credential.Presentation(tokens)
		require.NoError(t, err)
		again, err := credential.ParsePresentation(written)
		require.NoError(t, err)
		require.Len(t, again, len(tokens))
	})
}

// FuzzParse hands any payload to every parser: what one accepts must name its
// issuer, as an Open Badge its id and scheme too, and an interval that does not end before it starts, in one
// voice with the registered claims.
func FuzzParse(f *testing.F) {
	for _, build := range []func() ([]byte, error){certificate(f).Payload, statement(f).Payload, list(f).Payload} {
		payload, err := build()
		require.NoError(f, err)
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		part := base64.RawURLEncoding.EncodeToString
		u, err := jws.Parse(part([]byte(`{"alg":"ES256","kid":"did:web:cb.example#k"}`)) + "." + part(payload) + "." + part([]byte("sig")))
		if err != nil {
			return
		}
		var claims map[string]any
		require.NoError(t, json.Unmarshal(payload, &claims))
		if c, err := credential.ParseCertificate(u); err == nil {
			if c.Form.OpenBadge {
				require.Equal(t, claims["iss"], c.Issuer.DID)
				require.Equal(t, claims["jti"], c.ID)
			}
			require.NotEmpty(t, c.Issuer.DID)
			require.Equal(t, c.Form.OpenBadge, c.Scheme.Address != "")
			require.False(t, !c.ValidUntil.IsZero() && c.ValidUntil.Before(c.ValidFrom))
		}
		if s, err := credential.ParseStatement(u); err == nil {
			require.Equal(t, claims["iss"], s.SignedBy.DID)
			require.NotEqual(t, s.Issuer, s.Subject)
			require.NotEmpty(t, s.Issuer)
		}
		if l, err := credential.ParseStatusList(u); err == nil {
			require.NotEmpty(t, l.ID)
			require.NotEmpty(t, l.Bits)
		}
	})
}

// FuzzParseDocument hands any JSON to the readers of documents with embedded
// proofs and of plain revocation lists.
func FuzzParseDocument(f *testing.F) {
	for _, build := range []func() ([]byte, error){certificate(f).Payload, statement(f).Payload, list(f).Payload} {
		payload, err := build()
		require.NoError(f, err)
		plain, err := credential.WithoutClaims(payload)
		require.NoError(f, err)
		f.Add(plain)
	}
	f.Add([]byte(`{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"issuer":"did:web:cb.example","issuanceDate":"2026-03-01T09:00:00Z","credentialSubject":{},"credentialStatus":{"id":"https://cb.example/r","type":"1EdTechRevocationList"}}`))
	f.Add([]byte(`{"id":"https://cb.example/r","issuer":"did:web:cb.example","revokedCredential":[{"id":"urn:1"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := credential.ParseCertificateDocument(data); err == nil {
			require.NotEmpty(t, c.Issuer.DID)
			require.NotEmpty(t, c.Scheme.Name)
			require.Equal(t, c.Form.OpenBadge, c.Scheme.Address != "")
			for _, l := range c.Listings {
				require.NotEmpty(t, l.List)
				require.GreaterOrEqual(t, l.Index, 0)
			}
		}
		if s, err := credential.ParseStatementDocument(data); err == nil {
			require.NotEqual(t, s.Issuer, s.Subject)
		}
		if l, err := credential.ParseStatusListDocument(data); err == nil {
			require.NotEmpty(t, l.Bits)
		}
		if r, err := credential.ParseRevocations(data); err == nil {
			require.NotEmpty(t, r.ID)
			require.NotEmpty(t, r.Issuer)
		}
		if plain, err := credential.WithoutClaims(data); err == nil {
			again, err := credential.WithoutClaims(plain)
			require.NoError(t, err)
			require.Equal(t, string(plain), string(again))
		}
	})
}

func BenchmarkParseCertificate(b *testing.B) {
	payload, err := certificate(b).Payload()
	require.NoError(b, err)
	u := signed(b, payload, at.Body("cb"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := credential.ParseCertificate(u); err != nil {
			b.Fatal(err)
		}
	}
}
