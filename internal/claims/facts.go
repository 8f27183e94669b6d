package claims

import (
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// words turns what was read into facts for the red flags.
func (m *match) words(issuer resolved) {
	f, w := &m.ev.Claim.Facts, m.got.wording
	f.Wording = redflag.Wording{
		ISO: w[isoCertified], ISOSubject: m.got.role && m.got.certifiedTo != "",
		Process: w[inProcess], ProcessOpen: w[notYet] != "", Registered: w[registered], Statutory: w[statutory] != "",
		Attendance: w[attendance], Certified: w[certifiedAs], CompletionOK: w[programme] != "",
		Guaranteed: w[guaranteed], Denied: m.got.denied, MembersOnly: w[membersOnly], MembersFee: w[membersFee] != "", Current: w[former] == "",
	}
	if f.Wording.Registered == "" && m.got.issuer.said == "" && w[registered] != "" {
		f.Wording.Registered = w[registered]
	}
	c := &f.Certificate
	c.Renewal, c.Role, c.Letter, c.Whole = w[renewal] != "", m.got.role, w[letter] != "", m.in.Document
	if !m.got.role {
		c.CertifiedTo = m.got.certifiedTo
	}
	c.Person = m.holder()
	if c.CertifiedTo != "" && c.Person == redflag.No {
		m.ev.Claim.Activity = trust.CertificationOfManagementSystems
	}
	if w[lifetime] != "" {
		c.Ends = redflag.No
	} else if m.in.Document && m.got.expires == nil && w[certifiedAs] != "" {
		c.Ends = redflag.No
	}
	if m.in.Document {
		c.Missing = m.missing()
	}
	m.marks()
	f.Issuer = redflag.Issuer{Like: issuer.like, LikeWhy: issuer.why, LikeConflict: issuer.conflict}
	m.checkHost(issuer)
}

// missing is what an accredited personal certificate must carry and this
// document does not show (ISO/IEC 17024:2012, 9.4.8).
func (m *match) missing() []string {
	var out []string
	for _, x := range []struct {
		name string
		has  bool
	}{
		{"person", m.got.holder != ""}, {"number", m.got.number != ""}, {"body", m.got.issuer.said != ""}, {"scheme", m.got.title != ""},
		{"effective date", m.got.issued != nil}, {"date of expiry", m.got.expires != nil || m.got.wording[lifetime] != ""},
	} {
		if !x.has {
			out = append(out, x.name)
		}
	}
	return out
}

// holder tells a person from an organisation by the name, if it can be told.
func (m *match) holder() redflag.Answer {
	words := folded(m.got.holder)
	company := []string{"ltd", "limited", "inc", "llc", "gmbh", "ag", "sa", "sas", "sarl", "srl", "spa", "sl", "bv", "nv", "plc", "corp", "corporation", "company", "co", "kg", "oy", "ab", "as", "pty", "pvt", "group", "bank", "university", "hospital", "center", "centre", "services", "solutions", "systems", "institute", "agency", "association", "ev", "se"}
	switch {
	case slices.ContainsFunc(words, func(w string) bool { return slices.Contains(company, w) }):
		return redflag.No
	case len(words) >= 2 && len(words) <= 5, m.got.wording[person] != "":
		return redflag.Yes
	case len(words) == 0 && m.got.title != "" && m.got.role:
		return redflag.Yes
	}
	return redflag.Unknown
}

func (m *match) marks() {
	accreditor := named{}
	for _, a := range m.got.accreditations {
		if a.by.nobody == 0 && a.by.said != "" {
			accreditor = a.by
			break
		}
	}
	for _, n := range m.got.marks {
		mk := redflag.Mark{Arrangement: n.body, Name: n.said, Accreditor: accreditor.said}
		if e, _, ok := m.names.at(newText(accreditor.said), 0, true); ok {
			mk.NotOnPeople = slices.Contains(m.known.NotOnPeople[n.body], e.body)
		}
		m.ev.Claim.Facts.Certificate.Marks = append(m.ev.Claim.Facts.Certificate.Marks, mk)
	}
}

// checkHost: where it says that it can be checked, and whose addresses those are.
func (m *match) checkHost(issuer resolved) {
	f := &m.ev.Claim.Facts
	if m.got.checkHost == "" {
		return
	}
	host := site(m.got.checkHost)
	f.Certificate.CheckHost = host
	for _, d := range append(slices.Clone(issuer.body.Domains), hostOf(m.in.IssuerWebsite)) {
		if d != "" {
			f.Issuer.Hosts = append(f.Issuer.Hosts, site(d), d)
		}
	}
	for _, a := range m.got.accreditations { // the accreditor's own register will do as well
		if e, _, ok := m.names.at(newText(a.by.said), 0, true); ok {
			if b, ok := m.names.view.Body(e.body); ok {
				for _, d := range b.Domains {
					f.Issuer.Hosts = append(f.Issuer.Hosts, site(d))
				}
			}
		}
	}
	if len(issuer.body.Domains) == 0 && m.in.IssuerWebsite == "" {
		f.Issuer.Hosts = nil // whose address it is cannot be told
	}
	f.Issuer.Listed = slices.Contains(m.known.Verifiers, host) || host == site(hostOf(m.at.Public)) || m.got.checkHost == hostOf(m.at.Public)
}

// same tells why issuer and accreditor look like one.
func (m *match) same(said string, by, issuer resolved) string {
	mine, theirs := folded(issuer.understood.Name), folded(said)
	switch {
	case said == "" || issuer.understood.Name == "" || by.nobody > 0:
		return ""
	case issuer.ok && by.ok && issuer.body.ID == by.body.ID:
		return "one body"
	case slices.Equal(mine, theirs):
		return "one name"
	case issuer.ok || by.ok:
		return ""
	}
	// Neither is known: does one carry the other's whole name?
	short, long := mine, theirs
	if len(short) > len(long) {
		short, long = long, short
	}
	weight := 0
	for _, w := range short {
		if !slices.Contains(long, w) {
			return ""
		}
		if !slices.Contains([]string{"of", "the", "for", "and", "international", "board", "institute", "council", "global", "association", "certification", "accreditation"}, w) {
			weight++
		}
	}
	if weight == 0 || len(short) < 2 {
		return ""
	}
	return "one name is part of the other"
}

// register gathers the statements above issuer and accreditors, the bodies
// they speak of, and how complete the register is.
func (m *match) register(issuer resolved, now time.Time) {
	v := m.names.view
	seen := map[string]bool{}
	m.ev.LastSeen = map[string]bool{}
	for _, did := range slices.Clone(m.dids) {
		for _, s := range v.Above(did) {
			if !seen[s.ID] {
				seen[s.ID] = true
				m.ev.Statements = append(m.ev.Statements, s)
				m.mention(s.Issuer, s.Subject)
			}
		}
		for _, s := range v.About(did) {
			if strings.Contains(s.Note, "Last seen in the source") {
				m.ev.LastSeen[m.at.Statement(s.ID)] = true
			}
		}
	}
	r := &m.ev.Register
	r.Registrar, r.AsOf = m.at.Service(), now
	for _, did := range m.dids {
		b, ok := v.ByDID(did)
		if !ok {
			continue
		}
		r.Bodies = append(r.Bodies, m.body(b))
		for _, c := range v.Coverage(b.ID) {
			at := c.SynchronisedAt
			r.Coverage = append(r.Coverage, verify.Coverage{Body: b.ID, Of: c.Of, Register: c.Register, SynchronisedAt: &at})
		}
	}
	for _, s := range v.Schemes() {
		owner, _ := v.Body(s.Owner)
		if slices.Contains(m.dids, owner.DID) {
			r.Schemes = append(r.Schemes, m.known.scheme(s, owner.DID, m.at.Scheme(s.ID)))
		}
	}
	if issuer.ok {
		if until := v.CompleteUntil(m.anchors, issuer.body.DID, trust.Scope{Activity: m.ev.Claim.Activity}); !until.IsZero() {
			r.CompleteUntil = &until
		}
		m.ev.Registered = m.complete(issuer.body.ID, registry.OfCertificates)
	}
	m.ev.Claim.Facts.Issuer.Complete = slices.ContainsFunc(m.ev.Claim.Links, func(a verify.AccreditationClaim) bool { return a.Complete })
}
