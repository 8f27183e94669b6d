package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

var errCrash = errors.New("crashed")

// crashing is the real store of a process that dies at one step, before the
// database did the work or after.
type crashing struct {
	issue.Store
	step  string
	after bool
}

func (c *crashing) crash(step string, work func() error) error {
	if c.step == step && !c.after {
		return errCrash
	}
	err := work()
	if c.step == step && err == nil {
		return errCrash
	}
	return err
}

func (c *crashing) Record(ctx context.Context, r issue.Record, unique bool, now time.Time) (rec issue.Record, existing bool, err error) {
	err = c.crash("record", func() error { rec, existing, err = c.Store.Record(ctx, r, unique, now); return err })
	return rec, existing, err
}

func (c *crashing) Seal(ctx context.Context, r issue.Record, token string, at time.Time, duplicates string) error {
	return c.crash("seal", func() error { return c.Store.Seal(ctx, r, token, at, duplicates) })
}

// TestEveryCrashPointIsFinishedByARepeat ends with one checker of what must
// always hold of the whole store.
func TestEveryCrashPointIsFinishedByARepeat(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		decided := time.Now().UTC().Add(-time.Hour).Truncate(time.Second)
		issued := map[string]bool{}
		for _, c := range []crashing{{step: "record"}, {step: "record", after: true}, {step: "seal"}, {step: "seal", after: true}} {
			key := c.step
			if c.after {
				key += " after"
			}
			req := issue.Request{Scheme: "demo-service-lead", Holder: issue.Holder{Name: "Ada " + key}, DecidedAt: decided, ValidUntil: decided.AddDate(1, 0, 0), Claim: true, Publication: issue.Public}
			dying := *h.app.issuer
			dying.Store = &crashing{Store: h.app.db, step: c.step, after: c.after}
			_, _, err := dying.Issue(t.Context(), "demo-certification", req, key)
			require.ErrorIs(t, err, errCrash, key)
			rec, _, err := h.app.issuer.Issue(t.Context(), "demo-certification", req, key)
			require.NoError(t, err, key)
			require.Equal(t, issue.Sealed, rec.State)
			again, replayed, err := h.app.issuer.Issue(t.Context(), "demo-certification", req, key)
			require.NoError(t, err)
			require.True(t, replayed)
			require.Equal(t, rec.Token, again.Token, "one certificate, one token")
			require.Equal(t, "bona_fide", h.do("GET", "/v1/certificates/"+rec.Number, "", "").code())
			issued[rec.Number] = true
		}
		require.Len(t, issued, 4)
		all, err := h.app.db.Certificates(t.Context(), "demo-certification", issue.Filter{Now: time.Now(), Limit: 200})
		require.NoError(t, err)
		entries, keys, found := map[[2]any]bool{}, map[string]bool{}, 0
		for _, r := range all {
			require.False(t, entries[[2]any{r.StatusList, r.StatusIndex}], "a status entry is used once")
			entries[[2]any{r.StatusList, r.StatusIndex}] = true
			require.False(t, keys[r.Key], "a key issued once")
			keys[r.Key] = true
			if r.Number != h.pages[verify.NotAuthentic] {
				require.True(t, strings.HasPrefix(r.Token, r.SigningInput+"."), "what was signed is what was recorded")
			}
			if issued[r.Number] {
				found++
			}
		}
		require.Equal(t, 4, found, "nothing acknowledged is lost")
	})
}
