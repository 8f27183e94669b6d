package registry

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// placeAttempts bounds the retries when two writers drew the same status index.
const placeAttempts = 5

// maxSchemes bounds a scope: large bodies run a few hundred schemes.
const maxSchemes = 1000

// State makes a statement and signs it: with the issuer's hosted key, or, if
// it is recorded from a public source, with the register's. It refuses a scope
// outside the one that the issuer itself is recognised for, and a statement
// that would close a loop. An issuer without any recognition states freely.
// s.ID, if it is given, is the same for each repeat of one request: what is on
// record under it is the answer.
func (r *Registrar) State(ctx context.Context, s Statement) (Statement, error) {
	// 1 Judge the statement by itself and against the registry.
	v, err := r.View(ctx)
	if err != nil {
		return Statement{}, err
	}
	if s.Assurance == "" {
		s.Assurance = trust.Signed
	}
	if s.ID == "" {
		s.ID, err = r.randomID()
	} else if held, ok := v.Statement(s.ID); ok {
		return held, nil
	}
	if err != nil {
		return Statement{}, err
	}
	s.LearntAt, s.Events = r.now(), nil
	s, faults := v.normalStatement(s, "")
	if s.Scope.Activity == "" {
		faults.Add("/scope/activity", activities)
	}
	if s.Scope.Standard == "" {
		faults.Add("/scope/standard", `is needed, such as "ISO/IEC 17024"`)
	}
	if err := faults.Err(); err != nil {
		return Statement{}, err
	}
	if v.above(s.Issuer, s.Subject, s.LearntAt) {
		return Statement{}, &fault.Refusal{Code: string(trust.ChainLoop), Pointer: "/subject",
			Detail: fmt.Sprintf("%s already stands above %s; a chain must not lead back to where it began", s.Subject, s.Issuer)}
	}
	if err := v.scopeWithin(s.Issuer, s.Scope, s.ValidFrom, s.LearntAt); err != nil {
		return Statement{}, err
	}
	// 2 Build and sign. A status index drawn by another writer meanwhile is drawn anew.
	for attempt := 1; ; attempt++ {
		signed, err := r.seal(ctx, v, s, nil)
		if err != nil {
			return Statement{}, err
		}
		// 3 Record the exact token.
		err = r.Store.AddStatement(ctx, signed)
		if err == nil {
			return signed, nil
		}
		if !errors.Is(err, ErrDuplicate) || attempt == placeAttempts {
			return Statement{}, fmt.Errorf("recording statement: %w", err)
		}
		if held, err := r.Store.Statement(ctx, s.ID); err == nil { // a racing repeat made it
			return held, nil
		}
	}
}

// randomID is 80 random bits, so that statements cannot be enumerated.
func (r *Registrar) randomID() (string, error) {
	var b [10]byte
	if _, err := io.ReadFull(r.Rand, b[:]); err != nil {
		return "", fmt.Errorf("drawing a statement id: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:])), nil
}

// normalStatement returns s in normal form and its faults, named by JSON
// Pointers below at. Bodies and schemes must be in the view.
func (v *View) normalStatement(s Statement, at string) (Statement, fault.Invalid) {
	var f fault.Invalid
	checkID(&f, at+"/id", s.ID)
	v.checkParties(&f, at, s)
	s.Number = cleanText(&f, at+"/number", s.Number, maxID)
	s.Note = cleanText(&f, at+"/note", s.Note, maxNote)
	s.Scope = v.normalScope(&f, at+"/scope", s.Scope)
	s.ValidFrom, s.ValidUntil, s.LearntAt = second(s.ValidFrom), second(s.ValidUntil), instant(s.LearntAt)
	if s.ValidFrom.IsZero() {
		f.Add(at+"/valid_from", "is needed")
	}
	if !s.ValidUntil.IsZero() && !s.ValidUntil.After(s.ValidFrom) {
		f.Add(at+"/valid_until", "must be after valid_from")
	}
	switch s.Start {
	case "":
		s.Start = "exact"
	case "exact", "month", "year", "seen":
	default:
		f.Add(at+"/start", "must be exact, month, year or seen")
	}
	s.Sources = checkSources(&f, at+"/sources", s.Sources)
	switch s.Assurance {
	case trust.Signed:
		if s.Grade != "" {
			f.Add(at+"/grade", "belongs to recorded statements")
		}
	case trust.Recorded:
		if checkGrade(&f, at+"/grade", s.Grade); s.Grade == "" {
			f.Add(at+"/grade", "is needed for a recorded statement: A, B or C")
		}
		if len(s.Sources) == 0 {
			f.Add(at+"/sources", "a recorded statement needs its source")
		}
		for i, src := range s.Sources {
			if src.URL == "" && src.Locator == "" || src.RetrievedAt.IsZero() {
				f.Add(fmt.Sprintf("%s/sources/%d", at, i), "needs an address or a locator, and the date of retrieval")
			}
		}
	default:
		f.Add(at+"/assurance", "must be signed or recorded")
	}
	return s, f
}

// checkParties: who may say what about whom.
func (v *View) checkParties(f *fault.Invalid, at string, s Statement) {
	issuer, ok := v.Body(s.Issuer)
	if !ok {
		f.Add(at+"/issuer", "is not a registered body")
	}
	subject, known := v.Body(s.Subject)
	if !known {
		f.Add(at+"/subject", "is not a registered body")
	}
	if s.Issuer == s.Subject {
		f.Add(at+"/subject", "must differ from the issuer: no body vouches for itself")
	}
	if !ok || !known {
		return
	}
	has := func(b Body, any ...Role) bool {
		return slices.ContainsFunc(b.Roles, func(r Role) bool { return slices.Contains(any, r) })
	}
	switch s.Kind {
	case trust.Recognition:
		if !has(issuer, Arrangement) {
			f.Add(at+"/issuer", "must be an arrangement to recognise")
		}
		if !has(subject, AccreditationBody, Arrangement) {
			f.Add(at+"/subject", "must be an accreditation body or an arrangement to be recognised")
		}
	case trust.Accreditation:
		if !has(issuer, AccreditationBody) {
			f.Add(at+"/issuer", "must be an accreditation body to accredit")
		}
		if !has(subject, CertificationBody, TrainingProvider) {
			f.Add(at+"/subject", "must be a certification body or a training provider to be accredited")
		}
	default:
		f.Add(at+"/kind", "must be recognition or accreditation")
	}
}

// normalScope parts an edition printed with the standard and checks the members.
func (v *View) normalScope(f *fault.Invalid, at string, s trust.Scope) trust.Scope {
	if s.Activity != "" && !knownActivity(s.Activity) {
		f.Add(at+"/activity", activities)
	}
	standard, edition := trust.ParseStandard(cleanText(f, at+"/standard", s.Standard, maxName))
	s.Standard, s.Edition = standard, cleanText(f, at+"/edition", s.Edition, maxID)
	if edition != "" {
		if s.Edition != "" && s.Edition != edition {
			f.Add(at+"/edition", "differs from the one in standard")
		}
		s.Edition = edition
	}
	checkTexts(f, at+"/sub_scopes", s.SubScopes)
	if len(s.Schemes) > maxSchemes {
		f.Add(at+"/schemes", fmt.Sprintf("at most %d are taken", maxSchemes))
	}
	for i, id := range s.Schemes {
		if _, ok := v.Scheme(id); !ok {
			f.Add(fmt.Sprintf("%s/schemes/%d", at, i), "is not a registered scheme")
		}
	}
	for i, c := range s.Countries {
		if !knownCountry(c) {
			f.Add(fmt.Sprintf("%s/countries/%d", at, i), "must be an ISO 3166-1 alpha-2 code in upper case")
		}
	}
	return s
}

// above reports whether upper stands above lower in a chain of statements that
// are not over at t.
func (v *View) above(lower, upper string, t time.Time) bool {
	seen := map[string]bool{lower: true}
	for queue := []string{lower}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == upper {
			return true
		}
		for _, s := range v.about[queue[0]] {
			if !seen[s.Issuer] && !over(trust.At(v.trust(s), t, time.Time{}).Status) {
				seen[s.Issuer] = true
				queue = append(queue, s.Issuer)
			}
		}
	}
	return false
}

func over(s trust.LinkStatus) bool {
	return s == trust.LinkExpired || s == trust.LinkWithdrawn || s == trust.LinkSuperseded
}

// scopeWithin refuses a scope that no recognition of the issuer covers. What
// counts are confirmed statements about the issuer in force at from or now; an
// issuer without any is bound by none.
func (v *View) scopeWithin(issuer string, scope trust.Scope, from, now time.Time) error {
	b, _ := v.Body(issuer) // checked by the caller
	var bound []string
	for _, s := range v.upward[b.DID] {
		if s.Kind != trust.Recognition || s.Unconfirmed {
			continue
		}
		for _, t := range []time.Time{from, now} {
			link := trust.At(s, t, time.Time{})
			if link.Status != trust.LinkInForce {
				continue
			}
			if link.Scope.Includes(v.addressed(scope)) {
				return nil
			}
			bound = append(bound, s.ID)
		}
	}
	if len(bound) == 0 {
		return nil
	}
	slices.Sort(bound)
	return &fault.Refusal{
		Code: "SCOPE_EXCEEDS_PARENT", Pointer: "/scope",
		Detail: fmt.Sprintf("%s is not recognised for all of this scope; state only what lies inside its own recognition", issuer),
		Extra:  map[string]any{"recognitions": slices.Compact(bound)},
	}
}

// checkSources returns the sources in normal form.
func checkSources(f *fault.Invalid, at string, sources []trust.Source) []trust.Source {
	checkLength(f, at, len(sources))
	out := slices.Clone(sources)
	for i, s := range out {
		p := fmt.Sprintf("%s/%d", at, i)
		if s.URL != "" {
			u, err := url.Parse(s.URL)
			if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || len(s.URL) > 2048 {
				f.Add(p+"/url", "must be an http or https address")
			}
		}
		out[i].Locator = cleanText(f, p+"/locator", s.Locator, maxName)
		out[i].SourceDate = cleanText(f, p+"/source_date", s.SourceDate, maxID)
		out[i].Says = cleanText(f, p+"/says", s.Says, maxNote)
		out[i].RetrievedAt = instant(s.RetrievedAt)
	}
	return out
}

// instant is t as the registry keeps it; second as signed credentials do.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
func second(t time.Time) time.Time  { return t.UTC().Truncate(time.Second) }
