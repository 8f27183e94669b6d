package credential

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Payload writes the certificate as an Open Badges 3.0 credential with the
// claims of a JWT proof (PROFILE.md, "Certificates"). The same certificate
// gives the same bytes.
func (c Certificate) Payload() ([]byte, error) {
	if c.Scheme.Address == "" || c.Scheme.Name == "" {
		return nil, fmt.Errorf("%w: the scheme has no address or no name", ErrIncomplete)
	}
	subject := object{"id": c.Holder.SubjectID, "type": []string{"AchievementSubject"}, "achievement": c.Scheme.achievement()}
	put(subject, "licenseNumber", string(c.Number))
	identities, err := c.Holder.identities()
	if err != nil {
		return nil, err
	}
	if len(identities) > 0 {
		subject["identifier"] = identities
	}
	o := object{"name": c.Scheme.Name, "issuer": c.Issuer.profile(c.RecognizedIn, c.EndorsementJWT),
		"credentialSubject": subject, "credentialSchema": schema(schemaAchievement)}
	if !c.DecidedAt.IsZero() {
		o["awardedDate"] = stamp(c.DecidedAt)
	}
	if c.Status.List != "" {
		o["credentialStatus"] = c.Status.object()
	}
	if c.Claim {
		o["accreditationClaim"] = true
	}
	c.Lineage.write(o)
	put(o, "examinerCertificate", c.ExaminerCertificate)
	var evidence []object
	for _, e := range c.Evidence {
		x := object{"type": []string{"Evidence"}}
		put(x, "id", e.URL)
		put(x, "genre", e.Kind)
		put(x, "description", e.Description)
		evidence = append(evidence, x)
	}
	if len(evidence) > 0 {
		o["evidence"] = evidence
	}
	return envelope{types: []string{"VerifiableCredential", "OpenBadgeCredential"}, id: c.ID, issuer: c.Issuer.DID,
		subject: c.Holder.SubjectID, from: c.ValidFrom, until: c.ValidUntil, openBadge: true}.write(o)
}

// achievement names the scheme. Open Badges 3.0 demands a description and
// criteria; where the scheme has none, its name and its address stand in.
func (s Scheme) achievement() object {
	o := object{"id": s.Address, "type": []string{"Achievement"}, "achievementType": achievementType(s.Kind), "name": s.Name,
		"description": s.Name, "criteria": object{"id": s.Address}}
	put(o, "description", s.Description)
	if s.Criteria != "" {
		o["criteria"] = object{"narrative": s.Criteria}
	}
	put(o, "humanCode", s.Acronym)
	put(o, "schemeKind", s.Kind)
	put(o, "activity", string(s.Activity))
	put(o, "level", s.Level)
	return o
}

// Kinds of scheme that are not certification of competence.
const (
	attendance = "attendance"
	academic   = "academic"
)

func achievementType(kind string) string {
	if kind == attendance || kind == academic {
		return "Certificate"
	}
	return "Certification"
}

// identities never lets a hidden name or an e-mail address out unhashed, nor
// hashed without a salt: names and addresses can be guessed.
func (h Holder) identities() ([]object, error) {
	if h.Salt == "" && (h.Name != "" && h.HideName || h.Email != "") {
		return nil, fmt.Errorf("%w: a name or e-mail address is to be hashed without a salt", ErrIncomplete)
	}
	var out []object
	switch {
	case h.Name != "" && h.HideName:
		out = append(out, object{"type": "IdentityObject", "identityType": "name", "hashed": true, "identityHash": Hash(NormalName(h.Name), h.Salt), "salt": h.Salt})
	case h.Name != "":
		out = append(out, object{"type": "IdentityObject", "identityType": "name", "hashed": false, "identityHash": h.Name})
	}
	if h.Email != "" {
		out = append(out, object{"type": "IdentityObject", "identityType": "emailAddress", "hashed": true, "identityHash": Hash(NormalEmail(h.Email), h.Salt), "salt": h.Salt})
	}
	return out, nil
}

// ParseCertificate reads a certificate, ours or that of another Open Badges
// 3.0 issuer, or any other credential, without believing it. Its errors are
// ErrMalformed and, beside the certificate as its properties describe it,
// *ClaimMismatchError.
func ParseCertificate(u *jws.Unverified) (Certificate, error) {
	d, err := open(u)
	if err != nil {
		return Certificate{}, err
	}
	return d.certificate()
}

// ParseCertificateDocument is ParseCertificate for a JSON document with
// embedded proofs (package dataintegrity).
func ParseCertificateDocument(data []byte) (Certificate, error) {
	d, err := openDocument(data)
	if err != nil {
		return Certificate{}, err
	}
	return d.certificate()
}

func (d *document) certificate() (Certificate, error) {
	if !d.isOpenBadge() {
		return d.generic()
	}
	d.openBadge()
	party, profile := d.issuer()
	subject := d.one(d.claims, "credentialSubject")
	c := Certificate{
		Form: d.form(), ID: d.need(d.claims, "id"), Issuer: party, DecidedAt: d.instant("awardedDate", false), Holder: holder(subject),
		RecognizedIn: reference(profile, "recognizedIn"), EndorsementJWT: d.stapled(profile),
		Scheme: d.scheme(d.one(subject, "achievement")),
	}
	c.Status, c.Listings, c.PartialStatus = d.status()
	c.ValidFrom, c.ValidUntil = d.validity(true)
	c.Lineage, c.ExaminerCertificate = d.lineage(), reference(d.claims, "examinerCertificate")
	if v, ok := d.claims["accreditationClaim"]; ok {
		if c.Claim, ok = v.(bool); !ok {
			d.fail("accreditationClaim is not true or false")
		}
	}
	printed := text(subject, "licenseNumber")
	if n, err := ParseNumber(printed); err == nil && string(n) == printed { // others number as they like
		c.Number = n
	}
	for _, e := range objects(d.claims["evidence"]) {
		c.Evidence = append(c.Evidence, Evidence{Kind: text(e, "genre"), Description: label(e, "description"), URL: text(e, "id")})
	}
	if d.err != nil {
		return Certificate{}, d.err
	}
	return c, d.agree(registered{party.DID, text(subject, "id"), c.ID, c.ValidFrom, c.ValidUntil}, false)
}

// generic reads what any credential says: who, of whom, when. It names no
// scheme; its own name, or its type, stands for what was attested.
func (d *document) generic() (Certificate, error) {
	party, _ := d.issuer()
	c := Certificate{Form: d.form(), ID: text(d.claims, "id"), Issuer: party}
	subjects := objects(d.claims["credentialSubject"])
	if len(subjects) == 0 {
		d.fail("credentialSubject is missing")
	} else if len(subjects) == 1 {
		c.Holder = Holder{SubjectID: text(subjects[0], "id"), Name: label(subjects[0], "name")}
	}
	c.Status, c.Listings, c.PartialStatus = d.status()
	c.ValidFrom, c.ValidUntil = d.validity(d.old)
	if c.Scheme.Name = label(d.claims, "name"); c.Scheme.Name == "" {
		c.Scheme.Name = c.Form.Type
	}
	if d.err != nil {
		return Certificate{}, d.err
	}
	r := registered{issuer: party.DID, subject: c.Holder.SubjectID, id: c.ID, from: c.ValidFrom, until: c.ValidUntil}
	return c, d.agree(r, true)
}

func (d *document) scheme(o object) Scheme {
	s := Scheme{Address: d.need(o, "id"), Name: label(o, "name"), Acronym: text(o, "humanCode"), Description: label(o, "description"),
		Kind: text(o, "schemeKind"), Activity: trust.Activity(text(o, "activity")), Level: text(o, "level")}
	if s.Name == "" {
		d.fail("the achievement has no name")
	}
	if criteria, ok := o["criteria"].(object); ok {
		s.Criteria = label(criteria, "narrative")
	}
	if s.Kind == "" && text(o, "achievementType") == "Certificate" {
		s.Kind = attendance
	}
	return s
}

// holder reads the first name and e-mail address. Holder has one salt: an
// e-mail address hashed with another than the name cannot be compared and is
// left out, and so is a hash other than SHA-256.
func holder(subject object) Holder {
	h := Holder{SubjectID: text(subject, "id")}
	hashes := func(o object) (hash string, ok bool) {
		hash = strings.ToLower(text(o, "identityHash"))
		digits, ok := strings.CutPrefix(hash, "sha256$")
		raw, err := hex.DecodeString(digits)
		return hash, ok && err == nil && len(raw) == 32
	}
	all := objects(subject["identifier"])
	for _, o := range all {
		if text(o, "identityType") != "name" {
			continue
		}
		if hashed, _ := o["hashed"].(bool); !hashed {
			h.Name = text(o, "identityHash")
			break
		}
		h.HideName = true
		if hash, ok := hashes(o); ok {
			h.NameHash, h.Salt = hash, text(o, "salt")
		}
		break
	}
	for _, o := range all {
		if hashed, _ := o["hashed"].(bool); !hashed || text(o, "identityType") != "emailAddress" {
			continue
		}
		if hash, ok := hashes(o); ok && (h.NameHash == "" || h.Salt == text(o, "salt")) {
			h.EmailHash, h.Salt = hash, text(o, "salt")
		}
		break
	}
	return h
}
