package disputes_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/disputes"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
)

func clerk(db *store.DB) *disputes.Clerk {
	return &disputes.Clerk{Store: db, Rand: rand.Reader, Now: time.Now,
		Concerns: func(_ context.Context, about disputes.About, of string) ([]string, bool, error) {
			return []string{"ab", "cb"}, about == disputes.AboutStatement && of == "acc-1", nil
		}}
}

func dispute(body string) disputes.Entry {
	return disputes.Entry{Kind: disputes.KindDispute, About: disputes.AboutStatement, Of: "acc-1", Fact: "status", Body: body, Words: "We were never suspended.\nSee our letter.",
		Contact: disputes.Contact{Name: "A. Officer", Email: "officer@example.org"}}
}

func TestWhoseDisputeIsShown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, c := t.Context(), clerk(db)
		for body, shown := range map[string]bool{"cb": true, "ab": true, "another": false, "": false} {
			before, err := db.Version(ctx)
			require.NoError(t, err)
			e, err := c.File(ctx, dispute(body))
			require.NoError(t, err)
			require.Equal(t, shown, e.Published(), body)
			after, err := db.Version(ctx)
			require.NoError(t, err)
			require.Equal(t, shown, after > before, "what is shown, and only that, changes what the register says")
			held, err := db.Entry(ctx, e.ID)
			require.NoError(t, err)
			require.Equal(t, e.Steps[0].State, held.State())
			require.Equal(t, e.Words, held.Words)
			require.Equal(t, "officer@example.org", held.Contact.Email)
		}
		open, err := db.OpenDisputes(ctx)
		require.NoError(t, err)
		require.Len(t, open, 2)
	})
}

func TestADisputeTakesItsCourse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, c := t.Context(), clerk(db)
		e, err := c.File(ctx, dispute(""))
		require.NoError(t, err)
		e, err = c.Settle(ctx, e.ID, disputes.Open, "read")
		require.NoError(t, err)
		require.True(t, e.Published())
		_, err = c.Settle(ctx, e.ID, disputes.Open, "again")
		requireRefusal(t, err, "OUTCOME_NOT_POSSIBLE")
		e, err = c.Settle(ctx, e.ID, disputes.Upheld, "the accreditor agrees")
		require.NoError(t, err)
		require.True(t, e.Settled())
		held, err := db.Entry(ctx, e.ID)
		require.NoError(t, err)
		require.Equal(t, disputes.Contact{}, held.Contact, "the contact goes when the dispute is settled")
		require.Len(t, held.Steps, 3)
		require.True(t, held.Published(), "what was shown stays to be read")
		_, err = c.Settle(ctx, e.ID, disputes.Rejected, "no")
		requireRefusal(t, err, "ALREADY_SETTLED")
		open, err := db.OpenDisputes(ctx)
		require.NoError(t, err)
		require.Empty(t, open)
	})
}

func TestConcernsAreNeverPublished(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, c := t.Context(), clerk(db)
		e := dispute("cb")
		e.Kind = disputes.KindConcern
		e, err := c.File(ctx, e)
		require.NoError(t, err)
		require.False(t, e.Published())
		_, err = c.Settle(ctx, e.ID, disputes.Open, "")
		requireRefusal(t, err, "OUTCOME_NOT_POSSIBLE")
		e, err = c.Settle(ctx, e.ID, disputes.Closed, "asked the body")
		require.NoError(t, err)
		require.False(t, e.Published())
		e, err = c.File(ctx, disputes.Entry{Kind: disputes.KindConcern, About: disputes.AboutElsewhere, Of: "Certificate 17 of somebody", Words: "It names an accreditor nobody knows."})
		require.NoError(t, err)
		require.Equal(t, disputes.Received, e.State())
	})
}

func TestWhatCannotBeFiled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for name, c := range map[string]struct {
			change  func(*disputes.Entry)
			pointer string
		}{
			"no words":         {func(e *disputes.Entry) { e.Words = "  " }, "/words"},
			"too many words":   {func(e *disputes.Entry) { e.Words = strings.Repeat("x", 2001) }, "/words"},
			"turned words":     {func(e *disputes.Entry) { e.Words = "a\u202eb" }, "/words"},
			"no record":        {func(e *disputes.Entry) { e.Of = "acc-2" }, "/about/id"},
			"no kind":          {func(e *disputes.Entry) { e.About = "planet" }, "/about/kind"},
			"elsewhere":        {func(e *disputes.Entry) { e.About = disputes.AboutElsewhere }, "/about/kind"},
			"no e-mail":        {func(e *disputes.Entry) { e.Contact.Email = "Officer <o@example.org>" }, "/contact/email"},
			"a name too long":  {func(e *disputes.Entry) { e.Contact.Name = strings.Repeat("x", 201) }, "/contact/name"},
			"a line in a fact": {func(e *disputes.Entry) { e.Fact = "a\nb" }, "/fact"},
		} {
			e := dispute("cb")
			c.change(&e)
			_, err := clerk(db).File(t.Context(), e)
			var invalid fault.Invalid
			require.ErrorAs(t, err, &invalid, name)
			require.Equal(t, c.pointer, invalid[0].Pointer, name)
		}
		all, err := db.Entries(t.Context(), disputes.Query{})
		require.NoError(t, err)
		require.Empty(t, all)
	})
}

func TestAFloodIsStopped(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i := range 4 {
			e := dispute("")
			e.ID, e.Steps = string(rune('a'+i)), []disputes.Step{{State: disputes.Received, At: time.Now()}}
			err := db.AddEntry(t.Context(), e, 3)
			require.Equal(t, i == 3, errors.Is(err, disputes.ErrFull), "%d: %v", i, err)
		}
		e := dispute("cb")
		e.ID, e.Steps = "own", []disputes.Step{{State: disputes.Open, At: time.Now()}}
		require.NoError(t, db.AddEntry(t.Context(), e, 3), "a body is heard all the same")
		page, err := db.Entries(t.Context(), disputes.Query{State: disputes.Received, After: "a", Limit: 1})
		require.NoError(t, err)
		require.Len(t, page, 1)
		require.Equal(t, "b", page[0].ID)
		_, err = db.Entry(t.Context(), "zz")
		require.ErrorIs(t, err, disputes.ErrNotFound)
	})
}

func requireRefusal(t *testing.T, err error, code string) {
	t.Helper()
	var r *fault.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, code, r.Code)
}
