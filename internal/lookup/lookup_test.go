package lookup_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/anchors"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/status"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/internal/world"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// register is a whole register with the demo world in it and a clock that can
// be moved.
type register struct {
	*lookup.Desk
	t       *testing.T
	now     time.Time
	issuer  *issue.Issuer
	status  *status.Desk
	anchors *anchors.List
	pages   map[verify.Verdict]string
}

// ring is the custodian as the registry sees it.
type ring struct{ *keys.Custodian }

func (k ring) Sign(ctx context.Context, body string, payload []byte) (string, error) {
	s, err := k.Signer(ctx, body, keys.ForCredentials)
	if err != nil {
		return "", err
	}
	return jws.Sign(payload, "JWT", s)
}

func (k ring) Public(ctx context.Context, body string) ([]jws.JWK, error) {
	held, err := k.Custodian.Public(ctx, body)
	var out []jws.JWK
	for _, x := range held {
		out = append(out, x.Public)
	}
	return out, err
}

func (k ring) Open(ctx context.Context, body, did string) error {
	return k.Ensure(ctx, body, did, keys.ForCredentials)
}

func opened(t *testing.T, db *store.DB, public string) *register {
	ctx := t.Context()
	r := &register{t: t, now: time.Now().UTC(), pages: map[verify.Verdict]string{}}
	clock, at := func() time.Time { return r.now }, credential.Addresses{Public: public}
	custodian := &keys.Custodian{Store: db, Now: clock, Rand: rand.Reader}
	for _, use := range []keys.Use{keys.ForCredentials, keys.ForAccess} {
		require.NoError(t, custodian.Ensure(ctx, keys.Service, at.Service(), use))
	}
	of := func(body string) ([]jws.JWK, error) { return ring{custodian}.Public(ctx, body) }
	r.anchors = &anchors.List{Addresses: at, Self: func() ([]jws.JWK, error) { return of(keys.Service) },
		Demo: func() ([]verify.Anchor, error) { k, err := of(world.Arrangement); return world.Anchors(at, k), err }}
	require.NoError(t, r.anchors.Load())
	publisher := &status.Publisher{Store: db, Keys: custodian, Addresses: at, Now: clock, Rand: rand.Reader}
	registrar := &registry.Registrar{Store: db, Addresses: at, Now: clock, Rand: rand.Reader, Keys: ring{custodian}, Lists: publisher.Place, Anchors: r.anchors.Plain}
	r.issuer = &issue.Issuer{Store: db, Registrar: registrar, Keys: custodian, Place: publisher.Place, Refused: db.Refused, Addresses: at, Now: clock, Rand: rand.Reader}
	r.status = &status.Desk{Certificates: db, Now: clock}
	r.Desk = &lookup.Desk{Certificates: db, Registrar: registrar, Custodian: custodian, Publisher: publisher, Addresses: at, Trust: r.anchors.Trust, Now: clock}
	demo := world.Demo{Registrar: registrar, Issuer: r.issuer, Status: r.status, Gate: &access.Gate{Store: db, Keys: custodian, Addresses: at, Now: clock, Rand: rand.Reader},
		Custodian: custodian, Lookup: r.Desk, Records: db, Addresses: at, Now: clock, Trust: r.anchors.Load}
	guide, err := demo.Build(ctx)
	require.NoError(t, err)
	for _, p := range guide.Pages {
		r.pages[p.Verdict] = p.Number
	}
	return r
}

func each(t *testing.T, run func(t *testing.T, r *register)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { run(t, opened(t, db, "https://register.example")) })
}

func (r *register) ask(number string, q lookup.Query) *verify.Report {
	r.t.Helper()
	report, err := r.Certificate(r.t.Context(), number, q)
	require.NoError(r.t, err)
	return report
}

func (r *register) submit(s lookup.Submission) *verify.Report {
	r.t.Helper()
	report, err := r.Verify(r.t.Context(), s)
	require.NoError(r.t, err)
	return report
}

func TestNumbersAsPeopleTypeThem(t *testing.T) {
	each(t, func(t *testing.T, r *register) {
		n := r.pages[verify.BonaFide]
		for _, typed := range []string{n, strings.ToLower(n), strings.ReplaceAll(n, "-", ""), " " + strings.ReplaceAll(n, "-", " ") + " ", strings.ReplaceAll(n, "0", "O"), strings.ReplaceAll(n, "1", "l")} {
			require.Equal(t, verify.BonaFide, r.ask(typed, lookup.Query{}).Verdict, "%q", typed)
		}
		_, err := r.Certificate(t.Context(), "0000-0000-0000-1", lookup.Query{})
		require.ErrorIs(t, err, credential.ErrCheckCharacter)
		_, err = r.Certificate(t.Context(), "hello", lookup.Query{})
		require.ErrorIs(t, err, credential.ErrNotANumber)
		unknown := r.ask("0000-0000-0000-0", lookup.Query{})
		require.Equal(t, verify.NotFound, unknown.Verdict)
		require.Nil(t, unknown.Certificate)
		_, err = r.Credential(t.Context(), "0000-0000-0000-0")
		require.ErrorIs(t, err, issue.ErrNotFound)
		_, err = r.Bundle(t.Context(), "0000-0000-0000-0")
		require.ErrorIs(t, err, issue.ErrNotFound)
	})
}

// TestTwoTimes: what held then, and what was known then.
func TestTwoTimes(t *testing.T) {
	each(t, func(t *testing.T, r *register) {
		before := r.now
		r.now = r.now.Add(time.Hour)
		rec, _, err := r.issuer.Issue(t.Context(), "demo-certification", issue.Request{Scheme: "demo-service-lead", Holder: issue.Holder{Name: "Ada"}, DecidedAt: before.Add(-time.Hour), Claim: true}, "")
		require.NoError(t, err)
		require.Equal(t, verify.BonaFide, r.ask(rec.Number, lookup.Query{}).Verdict)
		require.Equal(t, verify.NotFound, r.ask(rec.Number, lookup.Query{KnownAt: before}).Verdict, "nobody knew of it")
		require.Equal(t, verify.BonaFide, r.ask(rec.Number, lookup.Query{At: before}).Verdict, "it held, as is known now")
		r.now = r.now.Add(time.Hour)
		learnt := r.now
		_, err = r.status.Certificate(t.Context(), "demo-certification", rec.Number, trust.Event{Kind: trust.Withdrawn, EffectiveAt: before}, "")
		require.NoError(t, err)
		r.now = r.now.Add(time.Minute)
		require.Equal(t, verify.Withdrawn, r.ask(rec.Number, lookup.Query{}).Currency)
		require.Equal(t, verify.Withdrawn, r.ask(rec.Number, lookup.Query{At: before}).Currency, "since then, as is known now")
		then := r.ask(rec.Number, lookup.Query{KnownAt: learnt.Add(-time.Minute)})
		require.Equal(t, verify.InForce, then.Currency, "as was known before")
		require.Empty(t, then.History)
	})
}

func holderMatch(r *verify.Report) verify.Check {
	for _, c := range r.Checks {
		if c.ID == verify.CheckHolderMatch {
			return c
		}
	}
	return verify.Check{}
}

// TestACorrectedName is the holder's as well, from when it was learnt, and is
// shown nowhere: also one that was recorded as an event alone.
func TestACorrectedName(t *testing.T) {
	each(t, func(t *testing.T, r *register) {
		before := r.now
		rec, _, err := r.issuer.Issue(t.Context(), "demo-certification", issue.Request{Scheme: "demo-service-lead", Holder: issue.Holder{Name: "Erika Alt"}, DecidedAt: r.now.Add(-time.Hour)}, "")
		require.NoError(t, err)
		r.now = r.now.Add(time.Hour)
		correct := func(e trust.Event) {
			e.Kind, e.EffectiveAt, e.LearntAt = trust.NameCorrected, before, r.now
			require.NoError(t, r.issuer.Store.AppendEvent(t.Context(), rec.Number, e, "", func(issue.Record) error { return nil }))
		}
		correct(trust.Event{Successor: "Erika Neumann"})
		r.now = r.now.Add(time.Minute)
		match := func(name string, knownAt time.Time) string {
			return holderMatch(r.ask(rec.Number, lookup.Query{Name: name, KnownAt: knownAt})).Outcome
		}
		require.Equal(t, []string{"pass", "pass", "fail"}, []string{match("Erika Alt", time.Time{}), match("erika neumann", time.Time{}), match("Eve", time.Time{})})
		require.Equal(t, []string{"pass", "fail"}, []string{match("Erika Alt", before.Add(time.Minute)), match("Erika Neumann", before.Add(time.Minute))}, "nobody knew")
		bundle, err := r.Bundle(t.Context(), rec.Number)
		require.NoError(t, err)
		report := r.ask(rec.Number, lookup.Query{})
		require.Len(t, report.History, 1)
		shown, err := json.Marshal(report)
		require.NoError(t, err)
		for _, text := range append(strings.FieldsFunc(string(bundle), func(r rune) bool { return r == '.' || r == '"' || r == ',' }), string(shown)) {
			if data, err := base64.RawURLEncoding.DecodeString(text); err == nil {
				text = string(data)
			}
			require.NotContains(t, text, "Neumann")
		}

		correct(trust.Event{Successor: "Erika Neumann", HidesName: true})
		require.Equal(t, []string{"unknown", "pass", "unknown"}, []string{match("Erika Alt", time.Time{}), match("Erika Neumann", time.Time{}), match("Eve", time.Time{})})
		require.Equal(t, "unknown", match("Erika Alt", before.Add(time.Minute)), "at no instant")
		require.Contains(t, holderMatch(r.ask(rec.Number, lookup.Query{Name: "Erika Alt"})).Detail, "corrected")
	})
}

// TestWhatIsHiddenStaysHidden: a certificate that is not public tells no name;
// at match it still answers whether a name is its holder's, at hidden it does not.
func TestWhatIsHiddenStaysHidden(t *testing.T) {
	each(t, func(t *testing.T, r *register) {
		for _, p := range []issue.Publication{issue.Match, issue.Hidden} {
			rec, _, err := r.issuer.Issue(t.Context(), "demo-certification", issue.Request{Scheme: "demo-service-lead", Holder: issue.Holder{Name: "Ada Lovelace", Email: "ada@example.org"},
				DecidedAt: r.now.Add(-time.Hour), Publication: p}, "")
			require.NoError(t, err)
			token, err := r.Credential(t.Context(), rec.Number)
			require.NoError(t, err)
			unverified, err := jws.Parse(token)
			require.NoError(t, err)
			require.Equal(t, p == issue.Match, strings.Contains(string(unverified.Payload), "identityHash"), "a hash can be tried against guesses, unseen")
			bundle, err := r.Bundle(t.Context(), rec.Number)
			require.NoError(t, err)
			for name, report := range map[string]*verify.Report{
				"looked up": r.ask(rec.Number, lookup.Query{}), "asked for by name": r.ask(rec.Number, lookup.Query{Name: "Ada Lovelace"}), "handed in": r.submit(lookup.Submission{Text: token}),
				"handed in whole": r.submit(lookup.Submission{Bundle: bundle}), "near": r.ask(rec.Number, lookup.Query{Name: "Ada Lovelac"}),
			} {
				data, err := json.Marshal(report)
				require.NoError(t, err)
				require.NotContains(t, string(data), "Lovelace", name)
				require.NotContains(t, string(data), "example.org\"", name)
				require.Equal(t, verify.Authentic, report.Authenticity, name)
			}
			for asked, want := range map[lookup.Query]string{{Name: "ada lovelace"}: "pass", {Name: "Eve"}: "fail", {Name: "Ada Lovelac"}: "unknown", {Email: "ADA@example.org"}: "pass", {Email: "eve@example.org"}: "fail"} {
				if p == issue.Hidden {
					want = "unknown"
				}
				require.Equal(t, want, holderMatch(r.ask(rec.Number, asked)).Outcome, "%s: %+v", p, asked)
				require.Equal(t, want, holderMatch(r.submit(lookup.Submission{Text: token, Expect: verify.Expect{Name: asked.Name, Email: asked.Email}})).Outcome, "%s: %+v", p, asked)
			}
		}
	})
}

// TestBesideNotInstead: what a bundle says of this register's own certificate
// counts beside what the register knows, never instead.
func TestBesideNotInstead(t *testing.T) {
	each(t, func(t *testing.T, r *register) {
		n := r.pages[verify.BonaFide]
		old, err := r.Bundle(t.Context(), n)
		require.NoError(t, err)
		require.Equal(t, verify.BonaFide, r.submit(lookup.Submission{Bundle: old}).Verdict)
		_, err = r.status.Certificate(t.Context(), "demo-certification", n, trust.Event{Kind: trust.Suspended}, "")
		require.NoError(t, err)
		r.now = r.now.Add(time.Second)
		require.Equal(t, verify.Suspended, r.submit(lookup.Submission{Bundle: old}).Currency, "an older bundle does not hide what happened since")
	})
}

// TestTwoRegisters: a certificate of another register, with everything that
// register says for it, is not judged by its word alone.
func TestTwoRegisters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		here := opened(t, db, "https://register.example")
		there := opened(t, storetest.Open(t, "sqlite", store.Options{}), "https://elsewhere.example")
		here.now = there.now
		bundle, err := there.Bundle(t.Context(), there.pages[verify.BonaFide])
		require.NoError(t, err)
		token, err := there.Credential(t.Context(), there.pages[verify.BonaFide])
		require.NoError(t, err)
		require.Equal(t, verify.BonaFide, there.submit(lookup.Submission{Text: token}).Verdict)
		for _, s := range []lookup.Submission{{Text: token}, {Bundle: bundle}} {
			report := here.submit(s)
			require.Equal(t, verify.Undetermined, report.Verdict, "%s", report.Summary)
			require.Equal(t, verify.AuthenticityUnknown, report.Authenticity)
		}
		// The same certificate claimed under a number of this register.
		require.Equal(t, verify.NotFound, here.ask(there.pages[verify.BonaFide], lookup.Query{}).Verdict)
		// The operator who lists the other arrangement believes what it says.
		mine, registrars := here.anchors.Trust()
		theirs, _ := there.anchors.Trust()
		here.Trust = func() ([]verify.Anchor, []verify.Registrar) { return append(mine, theirs...), registrars }
		trusting := here.submit(lookup.Submission{Bundle: bundle})
		require.Equal(t, verify.BonaFide, trusting.Verdict, "%s", trusting.Summary)
	})
}

// TestOwnAddressIsAskedAsMuch: what its asker expects, demands and brings along
// counts for an address of this register as it does for the credential.
func TestOwnAddressIsAskedAsMuch(t *testing.T) {
	each(t, func(t *testing.T, r *register) {
		page := "register.example/c/" + r.pages[verify.BonaFide]
		for _, x := range []verify.Expect{{Issuer: "somebody-else"}, {Scheme: "another"}} {
			report := r.submit(lookup.Submission{Text: page, Expect: x})
			o := outcomeOf(report, verify.CheckClaimsMatch)
			require.Equal(t, "fail", o, "%+v", x)
		}
		_, err := r.Verify(t.Context(), lookup.Submission{Text: page, Bundle: []byte("{}")})
		require.ErrorIs(t, err, lookup.ErrBundle)
		require.Equal(t, verify.BonaFide, r.submit(lookup.Submission{Text: page}).Verdict)
		require.Equal(t, verify.NotFound, r.submit(lookup.Submission{Text: "https://register.example/c/0000-0000-0000-0"}).Verdict)
	})
}

// TestStatementsAloneServeAsBundle beside a credential.
func TestStatementsAloneServeAsBundle(t *testing.T) {
	each(t, func(t *testing.T, r *register) {
		whole, err := r.Bundle(t.Context(), r.pages[verify.BonaFide])
		require.NoError(t, err)
		token, err := r.Credential(t.Context(), r.pages[verify.BonaFide])
		require.NoError(t, err)
		tokens, err := credential.ParsePresentation(whole)
		require.NoError(t, err)
		rest, err := credential.Presentation(tokens[1:])
		require.NoError(t, err)
		require.Equal(t, verify.BonaFide, r.submit(lookup.Submission{Text: token, Bundle: rest}).Verdict)
		_, err = r.Verify(t.Context(), lookup.Submission{Bundle: rest})
		require.ErrorIs(t, err, lookup.ErrBundle, "alone it holds nothing to judge")
	})
}

// TestNewKeyOfTheRegisterCountsAtOnce: another process made it, the list of
// anchors was not read again.
func TestNewKeyOfTheRegisterCountsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *register) {
		n := r.pages[verify.BonaFide]
		require.Equal(t, verify.BonaFide, r.ask(n, lookup.Query{}).Verdict)
		k, err := r.Custodian.Create(t.Context(), keys.Service, r.Addresses.Service(), keys.ForCredentials)
		require.NoError(t, err)
		var seen []string
		for _, x := range r.Registrars(t) {
			seen = append(seen, x.KeyID())
		}
		require.Contains(t, seen, k.ID)
	})
}

// TestACompromisedKeyOfTheRegisterIsTold: that it was in other hands travels
// with what the register says, also to who verifies offline.
func TestACompromisedKeyOfTheRegisterIsTold(t *testing.T) {
	each(t, func(t *testing.T, r *register) {
		held, err := r.Custodian.Public(t.Context(), keys.Service)
		require.NoError(t, err)
		next, err := r.Custodian.Create(t.Context(), keys.Service, r.Addresses.Service(), keys.ForCredentials)
		require.NoError(t, err)
		require.NoError(t, r.Custodian.Revoke(t.Context(), keys.Service, held[0].ID, r.now.Add(-time.Hour), "lost"))
		bundle, err := r.Bundle(t.Context(), r.pages[verify.BonaFide])
		require.NoError(t, err)
		tokens, err := credential.ParsePresentation(bundle)
		require.NoError(t, err)
		extract, err := jws.Parse(tokens[len(tokens)-1])
		require.NoError(t, err)
		require.Equal(t, next.ID, extract.Header.Kid)
		var told struct {
			Subject struct{ Register verify.Register } `json:"credentialSubject"`
		}
		require.NoError(t, json.Unmarshal(extract.Payload, &told))
		marked := 0
		for _, k := range told.Subject.Register.Keys[r.Addresses.Service()] {
			if k.CompromisedAt != nil && k.JWK.KeyID() == held[0].ID {
				marked++
			}
		}
		require.Equal(t, 1, marked)
	})
}

func outcomeOf(r *verify.Report, id verify.CheckID) string {
	for _, c := range r.Checks {
		if c.ID == id {
			return c.Outcome
		}
	}
	return ""
}
