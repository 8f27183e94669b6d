package verify_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestCutBundle: a genuine bundle from which somebody took the accreditation, or
// in which the extract about another certificate lies, defames nobody.
func TestCutBundle(t *testing.T) {
	c := newChain(t)
	registrar := newParty(t, "did:web:r.example")
	p := c.policy
	p.Registrars = []verify.Registrar{{DID: registrar.did, Name: "Register", Keys: []jws.JWK{registrar.public(t)}}}
	id := c.certificate["id"].(string)
	until := now().Add(time.Hour)
	history := verify.History{RecordedAt: decision(), Events: []trust.Event{}}
	extractFor := func(issuer, about string, statements ...string) string {
		r := verify.Register{Registrar: registrar.did, AsOf: now(), CompleteUntil: &until, CompleteFor: issuer,
			Keys: map[string][]verify.PublishedKey{c.cb.did: {{JWK: c.cb.public(t)}}}, Histories: map[string]verify.History{about: history}}
		for _, s := range statements {
			r.Histories[s] = history
		}
		payload, err := verify.Extract(r, about, "https://r.example/ns/v1")
		require.NoError(t, err)
		token, err := jws.Sign(payload, "JWT", jws.Signer{KeyID: registrar.id, Key: registrar.key})
		require.NoError(t, err)
		return token
	}
	extract := func(about string, statements ...string) string { return extractFor(c.cb.did, about, statements...) }
	certificate := c.cb.token(t, c.certificate)
	both := []string{c.ga.token(t, c.recognition), c.ab.token(t, c.accredited)}
	ids := []string{c.recognition["id"].(string), c.accredited["id"].(string)}
	payload, err := credential.Statement{
		Statement: trust.Statement{ID: c.at.Statement("narrow"), Kind: trust.Accreditation, Issuer: c.ab.did, Subject: c.cb.did, ValidFrom: decision().AddDate(-1, 0, 0), Assurance: trust.Signed,
			Scope: trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024", Schemes: []string{c.at.Scheme("baker")}}},
		SignedBy: credential.Party{DID: c.ab.did, Name: "AB"}, SubjectName: "CB", SubjectKeys: []jws.JWK{c.cb.public(t)}, Status: credential.StatusEntry{List: c.at.StatusList("n"), Index: 7},
	}.Payload()
	require.NoError(t, err)
	narrow := decoded(t, payload)
	for name, x := range map[string]struct {
		tokens []string
		want   verify.Verdict
	}{
		"whole":                     {append([]string{certificate, extract(id, ids...)}, both...), verify.BonaFide},
		"none was held":             {[]string{certificate, extract(id)}, verify.Misrepresented},
		"accreditation taken out":   {[]string{certificate, extract(id, ids...), both[0]}, verify.Undetermined},
		"another is too narrow":     {[]string{certificate, extract(id, ids[0], narrow["id"].(string)), both[0], c.ab.token(t, narrow)}, verify.Misrepresented},
		"the right one taken out":   {[]string{certificate, extract(id, append(ids, narrow["id"].(string))...), both[0], c.ab.token(t, narrow)}, verify.Undetermined},
		"both taken out":            {[]string{certificate, extract(id, ids...)}, verify.Undetermined},
		"complete for another body": {[]string{certificate, extractFor(c.ab.did, id)}, verify.Undetermined},
		"extract of another's":      {[]string{certificate, extract(c.at.Certificate("0000-0000-0000-0"))}, verify.Undetermined},
		"extract that names nobody": {[]string{certificate, extract("")}, verify.Undetermined},
	} {
		presentation, err := credential.Presentation(x.tokens)
		require.NoError(t, err)
		u, src, err := verify.Open(presentation, p)
		require.NoError(t, err)
		other, err := src.Register(t.Context(), verify.RegisterQuery{Certificate: "https://register.example/another", Bodies: []string{c.cb.did}})
		require.NoError(t, err)
		require.Empty(t, other.Registrar, "of another certificate it says nothing")
		ev, err := verify.GatherFor(context.Background(), u, p, src)
		require.NoError(t, err)
		r := verify.Evaluate(ev, p)
		require.Equal(t, x.want, r.Verdict, "%s: %s\n%s", name, r.Summary, checksOf(r))
	}
}

// TestNamed: a report on a record that a file only names never reads as if the
// file were unaltered.
func TestNamed(t *testing.T) {
	s := newScene(t)
	r := s.report()
	require.Equal(t, verify.BonaFide, r.Verdict)
	r.Named("https://register.example/c/1")
	require.Equal(t, "named", r.HandedIn.Kind)
	require.False(t, r.HandedIn.Checked)
	require.Contains(t, r.Summary, "file itself was not checked")
	for _, c := range r.Checks {
		require.NotContains(t, c.Detail, "nothing was altered")
	}
}
