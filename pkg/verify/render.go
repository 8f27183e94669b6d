package verify

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func asError(err error, target any) bool { return errors.As(err, target) }

// day writes an instant for people.
func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// judged is the day judged, and that nobody knows a day to come.
func (e *evaluation) judged() string {
	if e.at.After(e.p.Now) {
		return day(e.at) + ", as far as is known on " + day(e.p.Now)
	}
	return day(e.at)
}

func since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " on " + day(t)
}

// sinceSaid is the key and value of a sentence that tells a day if it is known.
func sinceSaid(key string, t time.Time) []any {
	if t.IsZero() {
		return []any{key}
	}
	return []any{key + ".since", "day", t}
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// unchecked are all checks before anything was looked at.
func unchecked() map[CheckID]*Check {
	ids := CheckIDs()
	out, all := make(map[CheckID]*Check, len(ids)), make([]Check, len(ids))
	for i, id := range ids {
		all[i] = Check{ID: id, Outcome: trust.Unknown.String(), Title: id.title(), Detail: "This was not checked.", Said: Said{Key: "unchecked"}}
		out[id] = &all[i]
	}
	return out
}

// set records a check's outcome, with the sentence in English and, in args, the
// key and values of Said. A check that is never set stays unknown.
func (e *evaluation) set(id CheckID, o trust.Outcome, code, detail string, args ...any) {
	c := Check{ID: id, Outcome: o.String(), Title: id.title(), Detail: detail, Said: said(args)}
	if code != "" {
		c.Problem = &code
	}
	*e.checks[id] = c
}

// tell keeps a finding's problems, each once.
func (e *evaluation) tell(f trust.Finding) {
next:
	for _, p := range f.Problems {
		q := Problem{Code: string(p.Code), About: p.Statement, Since: instant(p.Since), Detail: p.Detail}
		for _, old := range e.problems {
			if old.Code == q.Code && old.About == q.About && old.Detail == q.Detail {
				continue next
			}
		}
		e.problems = append(e.problems, q)
	}
}

func (e *evaluation) complete(_ string, _ trust.Scope, at time.Time) bool {
	c := e.ev.Register.CompleteUntil
	return c != nil && !at.After(*c)
}

func firstProblem(f trust.Finding, codes ...trust.Code) (trust.Problem, bool) {
	for _, code := range codes {
		for _, p := range f.Problems {
			if p.Code == code {
				return p, true
			}
		}
	}
	return trust.Problem{}, false
}

func (e *evaluation) accredited(id CheckID, f trust.Finding, when string, day time.Time) {
	issuer := e.body(e.cert.Issuer.DID).Name
	switch f.InScope {
	case trust.Pass:
		e.set(id, trust.Pass, "", issuer+" held an accreditation for this scheme "+when+".", "accredited.yes", "issuer", issuer, "day", day)
	case trust.Fail:
		p, ok := firstProblem(f, trust.AccreditationSuspended, trust.AccreditationWithdrawn, trust.AccreditationExpired,
			trust.AccreditationOutOfScope, trust.NotAccredited)
		if !ok {
			p = trust.Problem{Code: trust.NotAccredited}
		}
		e.set(id, trust.Fail, string(p.Code), sentence(issuer+" held no accreditation for this scheme "+when, p.Detail), "accredited.no", "issuer", issuer, "day", day)
	default:
		e.set(id, trust.Unknown, string(trust.RegisterIncomplete),
			"An accreditation of "+issuer+" for this scheme "+when+" is not confirmed: the register is not complete enough to say there was none.", "accredited.open", "issuer", issuer, "day", day)
	}
}

func (e *evaluation) recognised(id CheckID, f trust.Finding) {
	switch f.Recognised {
	case trust.Pass:
		top := f.Path[len(f.Path)-1].Statement.Issuer
		e.set(id, trust.Pass, "", "The accreditor was recognised by "+e.body(top).Name+" for this activity on "+day(f.At)+".", "recognised.yes", "arrangement", e.body(top).Name, "day", f.At)
	case trust.Fail:
		p, ok := firstProblem(f, trust.RecognitionEnded, trust.ChainLoop, trust.ChainTooLong, trust.NotRecognised)
		if !ok {
			p = trust.Problem{Code: trust.NotRecognised}
		}
		e.set(id, trust.Fail, string(p.Code), sentence("No arrangement on the operator's list recognised the accreditor on "+day(f.At), p.Detail), "recognised.no", "day", f.At)
	case trust.NotApplicable:
		e.set(id, trust.NotApplicable, "", "There is no accreditation whose accreditor could be recognised.", "recognised.idle")
	default:
		e.set(id, trust.Unknown, string(trust.NotRecognised), "Recognition of the accreditor on "+day(f.At)+" is not confirmed.", "recognised.open", "day", f.At)
	}
}

func (e *evaluation) inScope() {
	switch {
	case e.then.InScope == trust.Pass:
		e.set(CheckScope, trust.Pass, "", "The accreditation covered this scheme.", "scope.covered")
	case e.then.Accredited == trust.Pass:
		e.set(CheckScope, trust.Fail, string(trust.AccreditationOutOfScope), "The issuer was accredited, but not for this scheme.", "scope.not")
	case e.then.Accredited == trust.Fail:
		e.set(CheckScope, trust.NotApplicable, "", "There is no accreditation whose scope could cover the scheme.", "scope.idle")
	default:
		e.set(CheckScope, trust.Unknown, string(trust.RegisterIncomplete), "No accreditation is on record whose scope could be compared.", "scope.open")
	}
}

func sentence(first, more string) string {
	if more == "" {
		return first + "."
	}
	return first + ": " + strings.TrimSuffix(more, ".") + "."
}

// body names an organisation by the register's word or the operator's list;
// failing both by its DID, never by what the credential calls it.
func (e *evaluation) body(did string) Body {
	for _, b := range e.ev.Register.Bodies {
		if b.DID == did {
			return b
		}
	}
	for _, a := range e.p.Anchors {
		if a.DID == did && a.Name != "" {
			return Body{DID: did, Name: a.Name}
		}
	}
	for _, r := range e.p.Registrars {
		if r.DID == did && r.Name != "" {
			return Body{DID: did, Name: r.Name}
		}
	}
	if e.auth != nil {
		for _, s := range e.auth.statements {
			if s.Subject == did && s.SubjectName != "" {
				return Body{DID: did, Name: s.SubjectName}
			}
		}
	}
	return Body{DID: did, Name: did}
}

func (e *evaluation) report(v Verdict) *Report {
	r := &Report{
		evidence: e.ev,
		Verdict:  v, At: e.at.UTC(), CheckedAt: e.p.Now.UTC(),
		Authenticity: e.authenticity, Currency: e.currency,
		Accreditation: Accreditation{AtDecision: e.then.State.String(), Now: e.now.State.String()},
		Problems:      e.problems, History: []Event{}, RedFlags: e.redFlags(), Coverage: e.ev.Register.Coverage,
		Chain: Chain{AtDecision: e.links(e.then.Path), Now: e.links(e.now.Path)},
	}
	if r.Authenticity == "" {
		r.Authenticity = AuthenticityUnknown
	}
	if r.Currency == "" {
		r.Currency = CurrencyUnknown
	}
	if e.contradicted {
		r.Accreditation.AtDecision = trust.StateContradicted.String()
	}
	if r.Problems == nil {
		r.Problems = []Problem{}
	}
	if r.Coverage == nil {
		r.Coverage = []Coverage{}
	}
	r.Checks = make([]Check, 0, len(CheckIDs()))
	for _, id := range CheckIDs() {
		r.Checks = append(r.Checks, *e.checks[id])
	}
	if e.parsed {
		r.Certificate = e.certificate()
		for _, x := range e.events {
			if x = public(x); e.heard(x) {
				r.History = append(r.History, Event{Event: string(x.Kind), EffectiveAt: x.EffectiveAt.UTC(), LearntAt: x.LearntAt.UTC(), Reason: x.Reason, Successor: x.Successor})
			}
		}
		if n := string(e.cert.Number); n != "" && e.p.PublicURL != "" {
			if _, ours := e.ev.Register.Histories[e.cert.ID]; ours {
				at := credential.Addresses{Public: e.p.PublicURL}
				r.Links = Links{Bundle: e.p.PublicURL + "/v1/certificates/" + n + "/bundle", Credential: e.cert.ID, Page: at.Page(e.cert.Number)}
				if l := e.log; l != nil && l.State == "included" {
					r.Links.LogProof = e.p.PublicURL + "/v1/log/proof?" + url.Values{"index": {strconv.FormatInt(*l.Index, 10)}, "log": {l.Origin[strings.LastIndexByte(l.Origin, '/')+1:]}}.Encode()
				}
				if e.formerHidden() || e.withheld().Record { // the signed bytes carry what is hidden
					r.Links = Links{Page: r.Links.Page, LogProof: r.Links.LogProof}
				}
			}
		}
	}
	r.Log = e.log
	r.Disputes = e.disputes(r)
	r.Summary = e.summary(r)
	r.Policy = e.p.Demand.answer(r)
	return r
}

func (e *evaluation) certificate() *Certificate {
	c := e.cert
	out := &Certificate{
		ID: string(c.Number), Number: string(c.Number), Credential: c.ID, Issuer: e.body(c.Issuer.DID), Form: e.ev.Certificate.form(),
		Scheme:    Scheme{ID: c.Scheme.Address, Name: c.Scheme.Name, Kind: e.kind, Level: c.Scheme.Level},
		DecidedAt: instant(c.DecidedAt), ValidFrom: instant(c.ValidFrom), ValidUntil: instant(c.ValidUntil),
	}
	if s, ok := e.scheme(); ok {
		out.Scheme.ID, out.Scheme.Name, out.Scheme.ServiceLevel = s.ID, s.Name, s.ServiceLevel
	}
	w := e.withheld()
	if !c.Holder.HideName && !w.Name {
		out.Holder.Name = c.Holder.Name
	}
	if w.Level {
		out.Scheme.Level, out.Scheme.ServiceLevel = "", ""
	}
	for _, i := range w.Evidence {
		if i >= 0 && i < len(c.Evidence) {
			out.Evidence = append(out.Evidence, ShownEvidence{Kind: c.Evidence[i].Kind, Description: c.Evidence[i].Description, URL: c.Evidence[i].URL})
		}
	}
	e.lineage(out)
	return out
}

// withheld is the holder's choice, of the register's own certificates alone.
func (e *evaluation) withheld() Withheld { return e.ev.Register.Histories[e.cert.ID].Withheld }

func (e *evaluation) links(path []trust.Link) []Link {
	out := make([]Link, 0, len(path))
	for _, l := range path {
		s := l.Statement
		link := Link{
			Kind: string(s.Kind), Statement: s.ID, Issuer: e.body(s.Issuer), Subject: e.body(s.Subject), Number: s.Number,
			Scope: e.scope(l.Scope), ValidFrom: instant(s.ValidFrom), ValidUntil: instant(s.ValidUntil),
			Status: string(l.Status), Since: instant(l.Since), Assurance: string(s.Assurance), Sources: []Citation{},
		}
		for _, x := range s.Sources {
			link.Sources = append(link.Sources, Citation{URL: x.URL, Locator: x.Locator, SourceDate: x.SourceDate, RetrievedAt: instant(x.RetrievedAt), Says: x.Says})
		}
		out = append(out, link)
	}
	return out
}

func (e *evaluation) scope(s trust.Scope) Scope {
	out := Scope{Activity: string(s.Activity), Standard: s.Standard, Edition: s.Edition, SubScopes: s.SubScopes, Countries: s.Countries}
	for _, address := range s.Schemes {
		id := address
		for _, r := range e.ev.Register.Schemes {
			if r.Address == address {
				id = r.ID
			}
		}
		out.Schemes = append(out.Schemes, id)
	}
	return out
}
