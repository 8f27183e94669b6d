package claims

import (
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// match looks up what was read.
type match struct {
	*reader
	known   *known
	in      Input
	got     reading
	at      credential.Addresses
	anchors []trust.Anchor
	ev      verify.ClaimEvidence
	dids    []string // whom the report will speak of
}

func plain(all []verify.Anchor) []trust.Anchor {
	out := make([]trust.Anchor, len(all))
	for i, a := range all {
		out[i] = a.Anchor
	}
	return out
}

func (m *match) body(b registry.Body) verify.Body {
	out := verify.Body{ID: b.ID, DID: b.DID, Name: b.Name, Country: b.Country}
	if len(b.Domains) > 0 {
		out.Domain = b.Domains[0]
	}
	for _, r := range b.Roles {
		out.Roles = append(out.Roles, string(r))
	}
	return out
}

// evidence is the claim with everything the registry holds about it.
func (m *match) evidence(now, at time.Time) verify.ClaimEvidence {
	if at.IsZero() {
		at = now
	}
	c := &m.ev.Claim
	c.Activity = trust.CertificationOfPersons
	// 1. The issuer, the scheme, the dates.
	issuer := m.resolve(m.got.issuer, m.in.IssuerWebsite, certifies)
	m.siblings(&issuer)
	m.scheme(&issuer)
	m.dates(at)
	c.Understood.Issuer = issuer.understood
	if issuer.ok {
		c.Issuer = issuer.body.DID
		m.mention(issuer.body.DID)
	}
	m.reading()
	m.words(issuer)
	// 2. Each accreditation.
	for _, a := range m.got.accreditations {
		m.accreditation(a, issuer)
	}
	m.signatories()
	// 3. All statements above them, and how complete the register is.
	m.register(issuer, now)
	return m.ev
}

func (m *match) mention(dids ...string) {
	for _, d := range dids {
		if d != "" && !slices.Contains(m.dids, d) {
			m.dids = append(m.dids, d)
		}
	}
}

// scheme finds the scheme by its title among the issuer's, or, where no issuer
// is known, by a title that no other could have.
func (m *match) scheme(issuer *resolved) {
	title := strings.Join(folded(m.got.title), " ")
	text := strings.Join(folded(m.in.Text), " ")
	var found *registry.Scheme
	best := 0
	for _, t := range m.names.titles {
		s, _ := m.names.view.Scheme(t.scheme)
		mine := issuer.ok && m.offers(issuer.body, s)
		if !mine && (issuer.understood.Name != "" || issuer.nobody > 0 || t.acronym && len(t.words) < 4) {
			continue
		}
		score := 0
		switch {
		case title == t.words:
			score = 100 + len(t.words)
		case title != "" && containsWords(title, t.words):
			score = 50 + len(t.words)
		case title == "" && text != "" && containsWords(text, t.words) && (!t.acronym || strings.Contains(m.in.Text, strings.ToUpper(t.said))):
			score = len(t.words)
		}
		if score > best {
			found, best = &s, score
		}
	}
	if found == nil {
		return
	}
	owner, _ := m.names.view.Body(found.Owner)
	r := m.known.scheme(*found, owner.DID, m.at.Scheme(found.ID))
	m.ev.Claim.Scheme, m.ev.Claim.Activity = &r, activityOf(found.Kind)
	m.ev.Claim.Understood.Scheme = &verify.Scheme{ID: found.ID, Name: found.Name, Kind: found.Kind, Level: found.Level}
	if m.got.title == "" {
		m.got.title = found.Name
	}
	if issuer.understood.Name == "" && slices.ContainsFunc(owner.Roles, certifies) && owner.ID != "acs-gas-operators" {
		*issuer = m.resolve(named{said: owner.Name, body: owner.ID}, m.in.IssuerWebsite, certifies)
	}
}

// offers tells whether the scheme is the body's own or in its accredited scope.
func (m *match) offers(b registry.Body, s registry.Scheme) bool {
	if s.Owner == b.ID {
		return true
	}
	return slices.ContainsFunc(m.names.view.About(b.DID), func(st registry.Statement) bool { return slices.Contains(st.Scope.Schemes, s.ID) })
}

func containsWords(all, some string) bool { return strings.Contains(" "+all+" ", " "+some+" ") }

func (m *match) dates(at time.Time) {
	c := &m.ev.Claim
	if d := m.got.issued; d != nil {
		c.Decided = d.issued(at)
		c.Understood.IssuedOn = d.understood(c.Decided)
	}
	if d := m.got.expires; d != nil {
		last := d.expiry()
		c.Expires = last.AddDate(0, 0, 1) // valid through that day
		c.Understood.ExpiresOn = d.understood(last)
	}
}

// reading tells what was understood.
func (m *match) reading() {
	u := &m.ev.Claim.Understood
	u.HolderName, u.CredentialName, u.CertificateNumber = m.got.holder, m.got.title, m.got.number
	u.Standards, u.Source = append([]string{}, m.got.standards...), "fields"
	switch {
	case m.in.Document:
		u.Source = "pdf"
	case m.in.Text != "":
		u.Source = "text"
	}
	u.Wording, u.Accreditation = []verify.UnderstoodWording{}, []verify.UnderstoodAccreditation{}
	for _, p := range m.lex.phrases {
		if w := m.got.wording[p.kind]; w != "" && p.kind != person {
			u.Wording = append(u.Wording, verify.UnderstoodWording{Kind: p.kind, Text: w})
		}
	}
	for _, n := range m.got.marks {
		u.Wording = append(u.Wording, verify.UnderstoodWording{Kind: mark, Text: n.said})
	}
}

// accreditation looks one claimed accreditation up.
func (m *match) accreditation(a accreditation, issuer resolved) {
	v, c := m.names.view, &m.ev.Claim
	by := m.resolve(a.by, "", func(r registry.Role) bool { return r == registry.AccreditationBody })
	standard, edition := trust.ParseStandard(a.standard)
	out := verify.AccreditationClaim{Said: a.by.said, Number: a.number, Edition: edition}
	if trust.ForBodies(standard) {
		out.Standard = standard
		c.Facts.Certificate.Standard, c.Facts.Certificate.Edition = standard, edition
	}
	out.Facts = redflag.Accreditor{Like: by.like, LikeWhy: by.why, LikeConflict: by.conflict, Same: m.same(a.by.said, by, issuer)}
	switch {
	case by.nobody > 0:
		out.Nobody = m.known.Nobody[by.nobody-1].organisation()
		m.mention(by.body.DID)
	case by.ok && isArrangement(by.body):
		out.Nobody = &verify.Organisation{Name: by.body.Name, Why: by.body.Name + " is an arrangement; it accredits no certification body."}
		m.mention(by.body.DID)
	case by.ok && slices.Contains(by.body.Roles, registry.AccreditationBody):
		out.Body, out.Sector = by.body.DID, by.body.Kind == "other"
		m.mention(by.body.DID)
		m.numberOf(&out, by.body, issuer)
		out.Complete = m.complete(by.body.ID, registry.OfGranted) || issuer.ok && m.complete(issuer.body.ID, registry.OfHeld)
		for _, x := range m.known.Excluded {
			if issuer.ok && x.Body == issuer.body.ID && x.Accreditor == by.body.ID && m.titled(x.Titles) {
				out.Excluded = &verify.Citation{URL: x.URL, Locator: x.Locator, Says: x.Says}
			}
		}
	}
	if a.arrangement.said != "" {
		out.Arrangement = m.arrangement(a.arrangement)
		out.Facts.ListComplete = out.Arrangement.Complete
	}
	out.Facts.ListComplete = out.Facts.ListComplete || m.listComplete(v)
	c.Links = append(c.Links, out)
	c.Understood.Accreditation = append(c.Understood.Accreditation, verify.UnderstoodAccreditation{
		Body: by.understood, Number: a.number, Standard: a.standard, Arrangement: a.arrangement.said})
}

func (m *match) titled(titles []string) bool {
	title := strings.Join(folded(m.got.title), " ")
	return slices.ContainsFunc(titles, func(t string) bool { return containsWords(title, strings.Join(folded(t), " ")) })
}

// numberOf finds the body for which the accreditor's number is on record.
func (m *match) numberOf(a *verify.AccreditationClaim, by registry.Body, issuer resolved) {
	if a.Number == "" {
		return
	}
	for _, s := range m.names.view.By(by.DID) {
		if s.Kind != trust.Accreditation || !verify.SameNumber(s.Number, a.Number) || s.Assurance != trust.Signed && s.Grade == "C" {
			continue
		}
		if holder, ok := m.names.view.Body(s.Subject); ok {
			a.NumberOf = holder.DID
			m.mention(holder.DID)
			if issuer.ok && holder.ID == issuer.body.ID {
				return // its own, whoever else has it
			}
		}
	}
}

func (m *match) arrangement(n named) *verify.ArrangementClaim {
	out := &verify.ArrangementClaim{Said: n.said}
	t := newText(n.said)
	id := n.body
	if e, _, ok := m.names.at(t, 0, true); ok && id == "" {
		id = e.body
	}
	b, ok := m.names.view.Body(id)
	if !ok || !isArrangement(b) {
		if r := m.resolve(n, "", func(r registry.Role) bool { return r == registry.Arrangement }); !r.ok || !isArrangement(r.body) {
			return out
		} else {
			b = r.body
		}
	}
	m.mention(b.DID)
	out.Body, out.From = b.DID, b.ValidFrom
	if b.ID != "global-aci" {
		out.From = time.Time{} // when the others began is not known to the day for every scope
	}
	out.Listed = slices.ContainsFunc(m.anchors, func(a trust.Anchor) bool { return a.DID == b.DID })
	out.Complete = m.complete(b.ID, registry.OfGranted)
	for _, g := range m.known.Never {
		if g.ID == b.ID {
			out.Never = g.organisation()
		}
	}
	return out
}

// signatories: an arrangement named as accreditor beside a known accreditor is
// that one's arrangement, loosely put.
func (m *match) signatories() {
	links := m.ev.Claim.Links
	named := slices.ContainsFunc(links, func(a verify.AccreditationClaim) bool { return a.Body != "" && !a.Sector })
	for i := range links {
		a := &links[i]
		id := m.ev.Claim.Understood.Accreditation[i].Body.Body
		a.Signatory = a.Nobody != nil && named && id != nil && slices.Contains(id.Roles, string(registry.Arrangement))
	}
}

// complete tells whether that register of the body is complete for the day judged.
func (m *match) complete(body, of string) bool {
	t := m.ev.Claim.Decided
	if t.IsZero() {
		t = m.now
	}
	until := m.names.view.RegisterUntil(body, of)
	return !until.IsZero() && !t.After(until)
}

// listComplete: every arrangement on the operator's list tells all whom it recognises.
func (m *match) listComplete(v *registry.View) bool {
	for _, a := range m.anchors {
		if b, ok := v.ByDID(a.DID); !ok || !m.complete(b.ID, registry.OfGranted) {
			return false
		}
	}
	return len(m.anchors) > 0
}

// ours tells whether the register's list of the issuer's certificates is complete.
func (m *match) ours(did string) bool {
	b, ok := m.names.view.ByDID(did)
	until := m.names.view.RegisterUntil(b.ID, registry.OfCertificates)
	return ok && !until.IsZero() && !m.now.After(until)
}
