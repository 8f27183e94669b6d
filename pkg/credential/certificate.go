package credential

import (
	"slices"

	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Payload writes the certificate as an Open Badges 3.0 credential with the
// claims of a JWT proof (PROFILE.md, "Certificates").
func (c Certificate) Payload() ([]byte, error) {
	issuer := c.Issuer.object()
	if c.RecognizedIn != "" {
		issuer["recognizedIn"] = object{"id": c.RecognizedIn, "type": []string{"RecognizedEntityCredential"}}
	}
	if len(c.EndorsementJWT) > 0 {
		issuer["endorsementJwt"] = c.EndorsementJWT
	}
	achievement := object{"id": c.Scheme.Address, "type": []string{"Achievement"}, "achievementType": achievementType(c.Scheme.Kind),
		"name": c.Scheme.Name, "description": c.Scheme.Description, "criteria": object{"narrative": c.Scheme.Criteria}}
	put(achievement, "humanCode", c.Scheme.Acronym)
	put(achievement, "schemeKind", c.Scheme.Kind)
	put(achievement, "activity", string(c.Scheme.Activity))
	put(achievement, "level", c.Scheme.Level)
	subject := object{"id": c.Holder.SubjectID, "type": []string{"AchievementSubject"}, "achievement": achievement}
	put(subject, "licenseNumber", string(c.Number))
	if identities := c.Holder.identities(); len(identities) > 0 {
		subject["identifier"] = identities
	}
	o := object{"@context": contexts(c.ID), "name": c.Scheme.Name, "issuer": issuer, "awardedDate": stamp(c.DecidedAt), "credentialSubject": subject,
		"credentialSchema": []object{{"id": schemaAchievement, "type": "1EdTechJsonSchemaValidator2019"}}, "credentialStatus": c.Status.object()}
	if c.Claim {
		o["accreditationClaim"] = true
	}
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
	envelope(o, []string{"VerifiableCredential", "OpenBadgeCredential"}, c.ID, c.Issuer.DID, c.Holder.SubjectID, c.ValidFrom, c.ValidUntil)
	return encode(o)
}

func achievementType(kind string) string {
	switch kind {
	case "attendance", "academic":
		return "Certificate"
	default:
		return "Certification"
	}
}

func (h Holder) identities() []object {
	var out []object
	add := func(kind, value string, hashed bool) {
		o := object{"type": "IdentityObject", "identityType": kind, "hashed": hashed, "identityHash": value}
		if hashed {
			o["salt"] = h.Salt
		}
		out = append(out, o)
	}
	switch {
	case h.Name != "" && h.HideName:
		add("name", Hash(NormalName(h.Name), h.Salt), true)
	case h.Name != "":
		add("name", h.Name, false)
	}
	if h.Email != "" {
		add("emailAddress", Hash(NormalEmail(h.Email), h.Salt), true)
	}
	return out
}

// ParseCertificate reads a certificate, ours or that of another Open Badges
// 3.0 issuer, without believing it.
func ParseCertificate(u *jws.Unverified) (Certificate, error) {
	d, err := open(u)
	if err != nil {
		return Certificate{}, err
	}
	types := texts(d.claims["type"])
	if !slices.Contains(types, "OpenBadgeCredential") && !slices.Contains(types, "AchievementCredential") {
		d.fail("type is neither OpenBadgeCredential nor AchievementCredential")
	}
	party, profile := d.issuer()
	subject := first(d.claims["credentialSubject"])
	achievement := first(subject["achievement"])
	c := Certificate{
		ID: d.need(d.claims, "id"), Issuer: party, DecidedAt: d.instant("awardedDate", false), ValidFrom: d.instant("validFrom", true),
		ValidUntil: d.instant("validUntil", false), EndorsementJWT: texts(profile["endorsementJwt"]),
		RecognizedIn: text(first(profile["recognizedIn"]), "id"), Status: d.status(), Holder: holder(subject),
		Scheme: Scheme{Address: d.need(achievement, "id"), Name: d.need(achievement, "name"), Acronym: text(achievement, "humanCode"),
			Description: text(achievement, "description"), Criteria: text(first(achievement["criteria"]), "narrative"),
			Kind: text(achievement, "schemeKind"), Activity: trust.Activity(text(achievement, "activity")), Level: text(achievement, "level")},
	}
	c.Claim, _ = d.claims["accreditationClaim"].(bool)
	if n, err := ParseNumber(text(subject, "licenseNumber")); err == nil {
		c.Number = n
	}
	if c.Scheme.Kind == "" && text(achievement, "achievementType") == "Certificate" {
		c.Scheme.Kind = "attendance"
	}
	for _, e := range objects(d.claims["evidence"]) {
		c.Evidence = append(c.Evidence, Evidence{Kind: text(e, "genre"), Description: text(e, "description"), URL: text(e, "id")})
	}
	if !c.ValidUntil.IsZero() && !c.ValidUntil.After(c.ValidFrom) {
		d.fail("validUntil is not after validFrom")
	}
	if d.err != nil {
		return Certificate{}, d.err
	}
	return c, d.agree(party.DID, text(subject, "id"), c.ID, c.ValidFrom, c.ValidUntil)
}

func holder(subject object) Holder {
	h := Holder{SubjectID: text(subject, "id")}
	for _, o := range objects(subject["identifier"]) {
		value := text(o, "identityHash")
		hashed, _ := o["hashed"].(bool)
		if salt := text(o, "salt"); hashed && salt != "" {
			h.Salt = salt
		}
		switch kind := text(o, "identityType"); {
		case kind == "name" && hashed:
			h.NameHash, h.HideName = value, true
		case kind == "name":
			h.Name = value
		case kind == "emailAddress" && hashed:
			h.EmailHash = value
		}
	}
	return h
}
