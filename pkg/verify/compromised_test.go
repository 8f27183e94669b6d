package verify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestStolenKey: what the register recorded before a key was in other hands
// stays good, in either form; another text under the same id does not.
func TestStolenKey(t *testing.T) {
	c := newChain(t)
	stolen := now().Add(-time.Hour)
	token := c.cb.token(t, c.certificate)
	id := c.certificate["id"].(string)
	subject := with(c.certificate["credentialSubject"].(members), "licenseNumber", "0123-4567-89AB-Y")
	forged := with(c.certificate, "credentialSubject", subject)
	for name, x := range map[string]struct {
		input    string
		recorded time.Time
		text     string
		want     verify.Authenticity
	}{
		"recorded before":            {token, stolen.Add(-time.Hour), token, verify.Authentic},
		"the other form of it":       {c.cb.embedded(t, plain(c.certificate)), stolen.Add(-time.Hour), token, verify.Authentic},
		"recorded after":             {token, stolen, token, verify.Inauthentic},
		"another under its id":       {c.cb.token(t, forged), stolen.Add(-time.Hour), token, verify.Inauthentic},
		"another form under its id":  {c.cb.embedded(t, plain(forged)), stolen.Add(-time.Hour), token, verify.Inauthentic},
		"nobody knows what that was": {token, stolen.Add(-time.Hour), "", verify.Inauthentic},
	} {
		src := &documents{register: verify.Register{Registrar: "did:web:r.example", AsOf: now(),
			Keys:      map[string][]verify.PublishedKey{c.cb.did: {{JWK: c.cb.public(t), RevokedAt: &stolen, CompromisedAt: &stolen}}},
			Histories: map[string]verify.History{id: {RecordedAt: x.recorded, Recorded: x.text, Events: []trust.Event{}}}}}
		r := judge(t, x.input, c.policy, src)
		require.Equal(t, x.want, r.Authenticity, "%s: %s", name, r.Summary)
	}
}

// TestAnotherRecord: an issuer that signs two records under one number has the
// one that the register holds.
func TestAnotherRecord(t *testing.T) {
	c := newChain(t)
	forged := with(c.certificate, "name", "Master Welder")
	src := &documents{register: verify.Register{Registrar: "did:web:r.example", AsOf: now(), Keys: map[string][]verify.PublishedKey{c.cb.did: {{JWK: c.cb.public(t)}}},
		Histories: map[string]verify.History{c.certificate["id"].(string): {RecordedAt: decision(), Recorded: c.cb.token(t, c.certificate), Events: []trust.Event{}}}}}
	r := judge(t, c.cb.token(t, forged), c.policy, src)
	require.Equal(t, verify.NotAuthentic, r.Verdict)
	o, problem := outcome(t, r, verify.CheckClaimsMatch)
	require.Equal(t, "fail CLAIM_MISMATCH", o+" "+problem)
	extract, err := verify.Extract(src.register, c.certificate["id"].(string), "https://r.example/ns/v1")
	require.NoError(t, err)
	require.NotContains(t, string(extract), `"recorded":`)
}
