package status_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/status"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/statuslist"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// rooms is a certification body with one scheme, and a clock that can be moved.
type rooms struct {
	t         *testing.T
	now       time.Time
	desk      *status.Desk
	publisher *status.Publisher
	issuer    *issue.Issuer
	registrar *registry.Registrar
	custodian *keys.Custodian
	at        credential.Addresses
}

func each(t *testing.T, run func(t *testing.T, r *rooms)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := &rooms{t: t, now: time.Now().UTC().Truncate(time.Second), at: credential.Addresses{Public: "https://register.example"}}
		clock := func() time.Time { return r.now }
		r.custodian = &keys.Custodian{Store: db, Now: clock, Rand: rand.Reader}
		r.publisher = &status.Publisher{Store: db, Keys: r.custodian, Addresses: r.at, Now: clock, Rand: rand.Reader}
		r.registrar = &registry.Registrar{Store: db, Addresses: r.at, Now: clock, Rand: rand.Reader, Keys: ring{r.custodian}, Lists: r.publisher.Place}
		r.issuer = &issue.Issuer{Store: db, Registrar: r.registrar, Keys: r.custodian, Place: r.publisher.Place, Refused: db.Refused, Addresses: r.at, Now: clock, Rand: rand.Reader}
		r.desk = &status.Desk{Certificates: db, Now: clock}
		require.NoError(t, r.custodian.Ensure(t.Context(), keys.Service, r.at.Service(), keys.ForCredentials))
		for _, id := range []string{"cb", "eve"} {
			_, err := r.registrar.AddBody(t.Context(), registry.Body{ID: id, Name: "Body " + id, Roles: []registry.Role{registry.CertificationBody}}, true)
			require.NoError(t, err)
		}
		_, err := r.registrar.AddScheme(t.Context(), registry.Scheme{ID: "s", Owner: "cb", Name: "Scheme", Kind: "attendance", Duplicates: "allow"})
		require.NoError(t, err)
		run(t, r)
	})
}

func (r *rooms) issue() issue.Record {
	rec, _, err := r.issuer.Issue(r.t.Context(), "cb", issue.Request{Scheme: "s", Holder: issue.Holder{Name: "Ada"}, DecidedAt: r.now.Add(-time.Hour)}, "")
	require.NoError(r.t, err)
	return rec
}

// does records an event and tells how it was refused, if it was.
func (r *rooms) does(body, number string, e trust.Event) string {
	_, err := r.desk.Certificate(r.t.Context(), body, number, e, "")
	var refused *fault.Refusal
	var invalid fault.Invalid
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return refused.Code
	case errors.As(err, &invalid):
		return invalid[0].Pointer
	case errors.Is(err, issue.ErrNotFound):
		return "not found"
	}
	return err.Error()
}

// TestLifeOfACertificate is the table of what may follow what.
func TestLifeOfACertificate(t *testing.T) {
	each(t, func(t *testing.T, r *rooms) {
		const s, b, w, u = trust.Suspended, trust.Restored, trust.Withdrawn, trust.Superseded
		for name, c := range map[string]struct {
			history []trust.EventKind
			last    string // how the last of them is refused
		}{
			"suspended and restored":  {[]trust.EventKind{s, b}, ""},
			"suspended again":         {[]trust.EventKind{s, b, s}, ""},
			"suspended twice":         {[]trust.EventKind{s, s}, "STATUS_CONFLICT"},
			"restored from nothing":   {[]trust.EventKind{b}, "STATUS_CONFLICT"},
			"withdrawn in suspension": {[]trust.EventKind{s, w}, ""},
			"restored after the end":  {[]trust.EventKind{w, b}, "STATUS_CONFLICT"},
			"withdrawn twice":         {[]trust.EventKind{w, w}, "STATUS_CONFLICT"},
			"superseded":              {[]trust.EventKind{u}, ""},
			"suspended after the end": {[]trust.EventKind{u, s}, "STATUS_CONFLICT"},
		} {
			rec := r.issue()
			for i, kind := range c.history {
				r.now = r.now.Add(time.Second)
				want := ""
				if i == len(c.history)-1 {
					want = c.last
				}
				require.Equal(t, want, r.does("cb", rec.Number, trust.Event{Kind: kind}), "%s, event %d", name, i)
			}
		}
	})
}

func TestWhatNoEventMayBe(t *testing.T) {
	each(t, func(t *testing.T, r *rooms) {
		rec, other := r.issue(), r.issue()
		for name, c := range map[string]struct {
			body, number string
			e            trust.Event
			want         string
		}{
			"another body's":       {"eve", rec.Number, trust.Event{Kind: trust.Withdrawn}, "not found"},
			"of nobody's":          {"cb", "0000-0000-0000-0", trust.Event{Kind: trust.Withdrawn}, "not found"},
			"of no number":         {"cb", "x", trust.Event{Kind: trust.Withdrawn}, "not found"},
			"unknown":              {"cb", rec.Number, trust.Event{Kind: "vanished"}, "/event"},
			"of a statement":       {"cb", rec.Number, trust.Event{Kind: trust.Reduced}, "/event"},
			"in the future":        {"cb", rec.Number, trust.Event{Kind: trust.Suspended, EffectiveAt: r.now.Add(time.Hour)}, "/effective_at"},
			"before the decision":  {"cb", rec.Number, trust.Event{Kind: trust.Suspended, EffectiveAt: r.now.Add(-2 * time.Hour)}, "/effective_at"},
			"a novel":              {"cb", rec.Number, trust.Event{Kind: trust.Suspended, Reason: strings.Repeat("x", 501)}, "/public_reason"},
			"a reason backwards":   {"cb", rec.Number, trust.Event{Kind: trust.Suspended, Reason: "a\u202eb"}, "/public_reason"},
			"its own successor":    {"cb", rec.Number, trust.Event{Kind: trust.Superseded, Successor: rec.Number}, "/successor"},
			"an unknown successor": {"cb", rec.Number, trust.Event{Kind: trust.Superseded, Successor: "0000-0000-0000-0"}, "/successor"},
			"a mistyped successor": {"cb", rec.Number, trust.Event{Kind: trust.Superseded, Successor: "x"}, "/successor"},
			"a successor too many": {"cb", rec.Number, trust.Event{Kind: trust.Suspended, Successor: other.Number}, "/successor"},
			"a corrected name":     {"cb", rec.Number, trust.Event{Kind: trust.NameCorrected, Successor: other.Number}, "/event"}, // that is issued again
		} {
			require.Equal(t, c.want, r.does(c.body, c.number, c.e), name)
		}
		got, err := r.desk.Certificates.Certificate(t.Context(), rec.Number)
		require.NoError(t, err)
		require.Empty(t, got.Events, "nothing refused leaves a trace")
		require.Empty(t, r.does("cb", rec.Number, trust.Event{Kind: trust.Suspended, Reason: "two\nlines"}))
		require.Empty(t, r.does("cb", rec.Number, trust.Event{Kind: trust.Superseded, Successor: strings.ToLower(other.Number)}), "typed as people type")
	})
}

// TestListsTellTheTruth: the published lists are signed by the issuer, show
// each status at its own time, and nothing of anybody else.
func TestListsTellTheTruth(t *testing.T) {
	each(t, func(t *testing.T, r *rooms) {
		ctx := t.Context()
		rec, other := r.issue(), r.issue()
		require.Equal(t, rec.StatusList, other.StatusList, "one list for many")
		require.NotEqual(t, rec.StatusIndex, other.StatusIndex)
		held, err := r.custodian.Public(ctx, "cb")
		require.NoError(t, err)
		read := func(purpose string, at time.Time) (string, statuslist.Bits) {
			token, err := r.publisher.List(ctx, rec.StatusList, purpose, at)
			require.NoError(t, err)
			u, err := jws.Parse(token)
			require.NoError(t, err)
			require.NoError(t, u.Verify(held[0].Public))
			l, err := credential.ParseStatusList(u)
			require.NoError(t, err)
			require.Equal(t, r.at.Body("cb"), l.Issuer)
			require.Equal(t, status.Life, l.ValidUntil.Sub(l.ValidFrom))
			return token, statuslist.Bits(l.Bits)
		}
		has := func(purpose string, at time.Time, index int) bool {
			_, bits := read(purpose, at)
			on, err := bits.Has(index)
			require.NoError(t, err)
			return on
		}
		first, _ := read("suspension", time.Time{})
		again, _ := read("suspension", time.Time{})
		require.Equal(t, first, again, "signed once while nothing changes")
		begin := r.now
		for _, kind := range []trust.EventKind{trust.Suspended, trust.Restored, trust.Withdrawn} {
			r.now = r.now.Add(time.Hour)
			require.Empty(t, r.does("cb", rec.Number, trust.Event{Kind: kind}))
		}
		changed, _ := read("suspension", time.Time{})
		require.NotEqual(t, first, changed, "a change is published at once")
		for hour, want := range [][2]bool{{false, false}, {true, false}, {false, false}, {false, true}} {
			at := begin.Add(time.Duration(hour) * time.Hour)
			require.Equal(t, want, [2]bool{has("suspension", at, rec.StatusIndex), has("revocation", at, rec.StatusIndex)}, "hour %d", hour)
			require.False(t, has("revocation", at, other.StatusIndex))
		}
		r.now = r.now.Add(status.Life / 2)
		renewed, _ := read("suspension", time.Time{})
		require.NotEqual(t, changed, renewed, "renewed at half its life")
		_, err = r.publisher.List(ctx, "nothing", "revocation", time.Time{})
		require.ErrorIs(t, err, registry.ErrNotFound)
	})
}

// TestABodyWithoutHostedKey: the registrar signs the list of a body that keeps
// its keys, as one who may speak of it.
func TestABodyWithoutHostedKey(t *testing.T) {
	each(t, func(t *testing.T, r *rooms) {
		rec := r.issue()
		held, err := r.custodian.Public(t.Context(), "cb")
		require.NoError(t, err)
		require.NoError(t, r.custodian.Revoke(t.Context(), "cb", held[0].ID, time.Time{}, "keeps its own now"))
		token, err := r.publisher.List(t.Context(), rec.StatusList, "revocation", time.Time{})
		require.NoError(t, err)
		u, err := jws.Parse(token)
		require.NoError(t, err)
		own, err := r.custodian.Public(t.Context(), keys.Service)
		require.NoError(t, err)
		require.NoError(t, u.Verify(own[0].Public))
	})
}

// TestListOutlivesNoKey: a list signed with a key that was revoked since is
// signed anew, although nothing on it changed.
func TestListOutlivesNoKey(t *testing.T) {
	each(t, func(t *testing.T, r *rooms) {
		r.issue()
		list, _, err := r.publisher.Place(t.Context(), "cb")
		require.NoError(t, err)
		r.now = r.now.Add(time.Hour)
		signer := func() string {
			token, err := r.publisher.List(t.Context(), list, "revocation", time.Time{})
			require.NoError(t, err)
			u, err := jws.Parse(token)
			require.NoError(t, err)
			return u.Header.Kid
		}
		old := signer()
		require.Equal(t, old, signer())
		require.NoError(t, r.custodian.Revoke(t.Context(), "cb", old, r.now, "in other hands"))
		require.NotEqual(t, old, signer())
	})
}
