package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// census counts what the register holds. Equal counts before and after say
// that nothing was taken in, and nothing lost.
type census struct {
	Bodies, Schemes, Statements, Coverage, Events, Certificates, CertificateEvents int
}

// intact is the one checker of all that must hold of a store at any time, and
// counts while it checks.
func (h *house) intact(t *testing.T) census {
	t.Helper()
	all, err := h.app.db.Snapshot(t.Context())
	require.NoError(t, err)
	n := census{Bodies: len(all.Bodies), Schemes: len(all.Schemes), Statements: len(all.Statements), Coverage: len(all.Coverage)}
	entries := map[string]string{} // status entry to what has it
	take := func(list string, index int, by string) {
		id := fmt.Sprint(list, "#", index)
		require.Empty(t, entries[id], "the status entry of %s is used once", by)
		entries[id] = by
	}
	bodies, schemes := map[string]bool{}, map[string]bool{}
	for _, b := range all.Bodies {
		require.False(t, bodies[b.ID], b.ID)
		bodies[b.ID] = true
		held, err := h.app.custodian.Public(t.Context(), b.ID)
		require.NoError(t, err)
		for _, k := range held {
			require.True(t, strings.HasPrefix(k.ID, b.DID+"#"), "the key %s belongs to %s", k.ID, b.ID)
		}
	}
	for _, s := range all.Schemes {
		require.True(t, bodies[s.Owner], "the owner of %s", s.ID)
		schemes[s.ID] = true
	}
	for _, s := range all.Statements {
		require.True(t, bodies[s.Issuer] && bodies[s.Subject] && s.Issuer != s.Subject, "the parties of %s", s.ID)
		take(s.StatusList, s.StatusIndex, s.ID)
		u, err := verify.ParseStatement(s.Credential)
		require.NoError(t, err, "the credential of %s", s.ID)
		c := u.Claims()
		require.Equal(t, h.app.addresses.Statement(s.ID), c.ID)
		require.Equal(t, s.Kind, c.Kind)
		require.Equal(t, h.app.addresses.Body(s.Issuer), c.Issuer)
		require.Equal(t, h.app.addresses.Body(s.Subject), c.Subject)
		n.Events += len(s.Events)
		ordered(t, s.ID, s.Events)
	}
	for body := range bodies {
		h.intactCertificates(t, body, schemes, take, &n)
	}
	return n
}

func (h *house) intactCertificates(t *testing.T, body string, schemes map[string]bool, take func(string, int, string), n *census) {
	t.Helper()
	keys := map[string]bool{}
	for f := (issue.Filter{Now: time.Now(), Limit: 200}); ; {
		page, err := h.app.db.Certificates(t.Context(), body, f)
		require.NoError(t, err)
		for _, r := range page {
			n.Certificates++
			n.CertificateEvents += len(r.Events)
			require.Equal(t, body, r.Body)
			require.True(t, schemes[r.Scheme], "the scheme of %s", r.Number)
			require.False(t, r.Key != "" && keys[r.Key], "one key, one certificate: %s", r.Key)
			keys[r.Key] = true
			take(r.StatusList, r.StatusIndex, r.Number)
			ordered(t, r.Number, r.Events)
			require.NotEmpty(t, r.SigningInput)
			require.False(t, r.SealedAt.IsZero())
			if r.Number != h.pages[verify.NotAuthentic] { // the demo world holds one that was tampered with
				require.True(t, strings.HasPrefix(r.Token, r.SigningInput+"."), "what was signed is what was recorded")
				h.signed(t, body, r)
			}
		}
		if len(page) < f.Limit {
			return
		}
		f.After = page[len(page)-1].Number
	}
}

// signed: the token is a certificate of that number, signed by a key of the body.
func (h *house) signed(t *testing.T, body string, r issue.Record) {
	t.Helper()
	u, err := jws.Parse(r.Token)
	require.NoError(t, err)
	c, err := credential.ParseCertificate(u)
	require.NoError(t, err)
	require.Equal(t, r.Number, string(c.Number))
	held, err := h.app.custodian.Public(t.Context(), body)
	require.NoError(t, err)
	verified := false
	for _, k := range held {
		verified = verified || k.ID == r.KeyID && u.Verify(k.Public) == nil
	}
	require.True(t, verified, "the signature of %s", r.Number)
}

// ordered: a history is in the order in which the register learnt it, and what
// is final stays the last word on its date.
func ordered(t *testing.T, id string, events []trust.Event) {
	t.Helper()
	for i, e := range events {
		require.False(t, e.LearntAt.IsZero() || e.EffectiveAt.IsZero(), id)
		require.True(t, i == 0 || !e.LearntAt.Before(events[i-1].LearntAt), "the history of %s", id)
	}
}
