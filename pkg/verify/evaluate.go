package verify

import (
	"errors"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Evaluate turns evidence into the report. It is pure: the same evidence and
// policy give the same report, and nothing can make it fail.
func Evaluate(ev Evidence, p Policy) *Report {
	e := &evaluation{ev: &ev, p: p, at: p.instant(), checks: unchecked()}
	for _, a := range ev.Unobtainable {
		e.problems = append(e.problems, Problem{Code: CouldNotFetch, About: a, Detail: "What is published there could not be read; whatever depends on it is unknown."})
	}
	if ev.Certificate == nil {
		r := e.report(NotFound)
		r.Absence = e.absence()
		return r
	}
	// 1. Is it well-formed, and whose words are they?
	if ev.Certificate.fault != nil {
		e.malformed(ev.Certificate.fault)
		return e.report(e.verdict())
	}
	e.parsed, e.cert = true, ev.Certificate.claims
	// 2. Who signed it, and who vouches for that key?
	e.auth = authenticate(&ev, p)
	e.lists = verifiedLists(&ev, e.auth)
	if h := ev.Certificate.hosted; h != nil {
		e.judgeHosted(h)
	} else {
		e.judgeAuthenticity(e.auth.judgeKey(ev.Certificate))
	}
	// 3. Is it in force at the instant judged?
	e.judgeCurrency()
	// 4. Is it what the asker expects?
	e.judgeExpectations()
	// 5. Was its issuer accredited for this scheme, and by whom, then and now?
	if e.cert.Form.OpenBadge {
		e.judgeAccreditation()
	} else {
		e.withoutScheme()
	}
	e.judgeClaim()
	e.tellLikenesses()
	e.judgeTransparency()
	return e.report(e.verdict())
}

// instant is the moment the report speaks of.
func (p Policy) instant() time.Time {
	if p.At.IsZero() {
		return p.Now
	}
	return p.At
}

// reference is the moment whose status must be known: nobody knows a later one.
func (p Policy) reference() time.Time {
	if at := p.instant(); at.Before(p.Now) {
		return at
	}
	return p.Now
}

// evaluation is the working sheet of one report.
type evaluation struct {
	ev     *Evidence
	p      Policy
	at     time.Time
	parsed bool
	cert   credential.Certificate
	auth   *authentic
	lists  []listed

	authenticity Authenticity
	currency     Currency
	events       []trust.Event
	then, now    trust.Finding // accreditation at decision and at the instant judged
	kind         string        // of the scheme
	contradicted bool
	lapse        lapse
	log          *LogEntry
	checks       map[CheckID]*Check // every one of CheckIDs
	problems     []Problem
}

func (e *evaluation) malformed(err error) {
	if errors.Is(err, jws.ErrAlgorithm) {
		e.set(CheckSignature, trust.Unknown, "", "The signature could not be checked: "+err.Error()+".", "signature.unchecked")
		return
	}
	e.authenticity = Inauthentic
	var split *credential.ClaimMismatchError
	if asError(err, &split) {
		e.set(CheckFormat, trust.Pass, "", "The record is a well-formed credential.", "format.fine")
		e.set(CheckClaimsMatch, trust.Fail, ClaimMismatch, "The record says two different things about "+split.Claim+".", "claims.two_things")
		return
	}
	e.set(CheckFormat, trust.Fail, Malformed, "The record is not a credential this service can read: "+err.Error()+".", "format.unreadable")
}

func (e *evaluation) judgeAuthenticity(j keyJudgement) {
	e.set(CheckFormat, trust.Pass, "", e.formInWords(), e.formSaid())
	issuer := e.body(e.cert.Issuer.DID)
	switch {
	case j.verified && j.lapsed:
		e.set(CheckSignature, trust.Unknown, InvalidSignature, "The signature fits the content, but was made to hold for a time that does not include now.", "signature.lapsed")
	case j.verified && j.published && j.vouched:
		e.set(CheckSignature, trust.Pass, "", "The signature fits the content: nothing was altered.", "signature.fits")
		e.set(CheckIssuerKey, trust.Unknown, UnknownKey, "The issuer itself publishes this key, but those who vouch for the keys of "+issuer.Name+" do not name it.", "key.not_vouched", "issuer", issuer.Name)
	case j.verified && j.ended:
		e.set(CheckSignature, trust.Pass, "", "The signature fits the content.", "signature.fits_only")
		e.set(CheckIssuerKey, trust.Unknown, UnknownKey, "The issuer no longer stands by this key, and nobody tells whether the record was made before.", "key.ended")
	case j.verified && j.published && !j.compromised:
		e.authenticity = Authentic
		e.set(CheckSignature, trust.Pass, "", "The signature fits the content: nothing was altered.", "signature.fits")
		e.set(CheckIssuerKey, trust.Pass, "", "The key is the one that "+e.cert.Issuer.DID+" publishes. Whose identifier that is, nobody this service trusts has said.", "key.published", "did", e.cert.Issuer.DID)
	case j.verified && !j.compromised:
		e.authenticity = Authentic
		e.set(CheckSignature, trust.Pass, "", "The signature fits the content: nothing was altered.", "signature.fits")
		if j.revoked {
			e.set(CheckIssuerKey, trust.Pass, "", "The key belonged to "+issuer.Name+" when the record was made; it has been retired since.", "key.retired", "issuer", issuer.Name)
		} else {
			e.set(CheckIssuerKey, trust.Pass, "", "The key belongs to "+issuer.Name+".", "key.theirs", "issuer", issuer.Name)
		}
	case j.verified:
		e.authenticity = Inauthentic
		e.set(CheckSignature, trust.Pass, "", "The signature fits the content.", "signature.fits_only")
		e.set(CheckIssuerKey, trust.Fail, UnknownKey, "The key of "+issuer.Name+" was in other hands before this record was made.", "key.compromised", "issuer", issuer.Name)
	case j.unsigned:
		e.set(CheckSignature, trust.Fail, InvalidSignature, "The record carries no signature: anybody could have written it.", "signature.none")
		e.set(CheckIssuerKey, trust.Unknown, "", "Nothing shows that its supposed issuer wrote it.", "key.nothing")
	case j.unchecked != nil:
		e.set(CheckSignature, trust.Unknown, "", "The signature could not be checked: "+j.unchecked.Error()+".", "signature.unchecked")
		e.set(CheckIssuerKey, trust.Unknown, "", "Whether the issuer signed it could not be checked.", "key.unchecked")
	case j.missing != "":
		e.set(CheckSignature, trust.Unknown, CouldNotFetch, "One of its signatures is by another party, whose keys could not be obtained.", "signature.other_party")
	case j.known:
		e.authenticity = Inauthentic
		if errors.Is(j.fault, dataintegrity.ErrUncovered) {
			e.set(CheckSignature, trust.Fail, InvalidSignature, "The record says things that its signature does not cover, so that anybody could have added them.", "signature.uncovered")
		} else {
			e.set(CheckSignature, trust.Fail, InvalidSignature, "The signature does not fit the content: the record was altered or forged.", "signature.wrong")
		}
		e.set(CheckIssuerKey, trust.Pass, "", "The record names a key of "+issuer.Name+".", "key.named", "issuer", issuer.Name)
	case j.issuerKnown:
		e.authenticity = Inauthentic
		e.set(CheckIssuerKey, trust.Fail, UnknownKey, "The record names a key that "+issuer.Name+" does not have.", "key.not_theirs", "issuer", issuer.Name)
	case slices.Contains(e.ev.Unobtainable, e.cert.Issuer.DID):
		e.set(CheckIssuerKey, trust.Unknown, CouldNotFetch, "Nobody this service trusts vouches for a key of the issuer, and what the issuer itself publishes could not be obtained.", "key.not_obtained")
	default:
		e.authenticity = AuthenticityUnknown
		e.set(CheckIssuerKey, trust.Unknown, IssuerUnknown, "Nobody this service trusts vouches for a key of the issuer.", "key.unknown")
	}
}

// formSaid is the key of formInWords.
func (e *evaluation) formSaid() string {
	key := "format.badge"
	if !e.cert.Form.OpenBadge {
		key = "format.no_badge"
	}
	if e.cert.Form.Model == "1.1" {
		key += ".older"
	}
	return key
}

// formInWords tells how the record was written.
func (e *evaluation) formInWords() string {
	f := e.cert.Form
	what := "The record is a well-formed Open Badges 3.0 credential."
	if !f.OpenBadge {
		what = "The record is a well-formed credential, but no Open Badge: it names no scheme."
	}
	if f.Model == "1.1" {
		what += " It has an older form, that of the W3C's data model 1.1."
	}
	return what
}

// signer names who may speak of a credential's status: its signer and the registrars.
func (e *evaluation) speakers(signer string) map[string]bool {
	out := map[string]bool{signer: true}
	for _, r := range e.p.Registrars {
		out[r.DID] = true
	}
	return out
}

// timeline gives a credential's events and whether its status at t is known,
// from the register's history or, failing that, from status lists.
func (e *evaluation) timeline(x listedFor, from, t time.Time) ([]trust.Event, bool) {
	if e.p.Now.Before(t) {
		t = e.p.Now
	}
	if h, ok := e.ev.Register.Histories[x.id]; ok {
		return h.Events, t.Sub(e.ev.Register.AsOf) <= MaxStatusAge
	}
	if h := e.ev.Certificate.hosted; h != nil && x.id == e.cert.ID {
		return h.history(e.cert)
	}
	return e.listedEvents(x, from, t)
}

func (e *evaluation) judgeCurrency() {
	c := e.cert
	events, known := e.timeline(listedFor{c.ID, e.speakers(c.Issuer.DID), c.Listings, c.PartialStatus}, c.ValidFrom, e.at)
	e.events = events
	link := trust.At(trust.Statement{ValidFrom: c.ValidFrom, ValidUntil: c.ValidUntil, Events: events}, e.at, e.p.KnownAt)
	switch {
	case e.at.Before(c.ValidFrom):
		e.set(CheckValidity, trust.Fail, CodeNotYetValid, "It is valid only from "+day(c.ValidFrom)+".", "validity.not_yet", "from", c.ValidFrom)
	case !c.ValidUntil.IsZero() && !e.at.Before(c.ValidUntil):
		e.set(CheckValidity, trust.Fail, CodeExpired, "It expired on "+day(c.ValidUntil)+".", "validity.expired", "until", c.ValidUntil)
	case c.ValidUntil.IsZero():
		e.set(CheckValidity, trust.Pass, "", "Valid since "+day(c.ValidFrom)+"; it names no end.", "validity.no_end", "from", c.ValidFrom)
	default:
		e.set(CheckValidity, trust.Pass, "", "Valid from "+day(c.ValidFrom)+" until "+day(c.ValidUntil)+".", "validity.within", "from", c.ValidFrom, "until", c.ValidUntil)
	}
	e.set(CheckSupersession, trust.Pass, "", "No newer certificate replaces it.", "supersession.none")
	e.set(CheckStatus, trust.Pass, "", "It is neither suspended nor withdrawn.", "status.fine")
	switch link.Status {
	case trust.LinkWithdrawn:
		e.currency = Withdrawn
		e.set(CheckStatus, trust.Fail, CodeWithdrawn, "Its issuer withdrew it"+since(link.Since)+".", sinceSaid("status.withdrawn", link.Since)...)
	case trust.LinkSuspended:
		e.currency = Suspended
		e.set(CheckStatus, trust.Fail, CodeSuspended, "Its issuer suspended it"+since(link.Since)+".", sinceSaid("status.suspended", link.Since)...)
	case trust.LinkSuperseded:
		e.currency = Superseded
		e.set(CheckSupersession, trust.Fail, CodeSuperseded, "A newer certificate replaced it"+since(link.Since)+".", sinceSaid("supersession.replaced", link.Since)...)
	case trust.LinkExpired:
		e.currency = Expired
	case trust.LinkNotYetValid:
		e.currency = NotYetValid
	default:
		e.currency = InForce
	}
	if known {
		return
	}
	if e.checks[CheckStatus].Outcome == trust.Pass.String() {
		e.set(CheckStatus, trust.Unknown, StatusUnavailable, "Whether it was suspended or withdrawn could not be learnt for "+day(e.at)+".", "status.unlearnt", "day", e.at)
	}
	if e.checks[CheckSupersession].Outcome == trust.Pass.String() {
		e.set(CheckSupersession, trust.Unknown, StatusUnavailable, "Whether a newer certificate replaces it could not be learnt.", "supersession.unlearnt")
	}
	if e.currency == InForce {
		e.currency = CurrencyUnknown
	}
}
