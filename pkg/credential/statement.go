package credential

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/statuslist"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// maxSubjectKeys bounds what one statement vouches for.
const maxSubjectKeys = 32

// Payload writes the statement, at once an Open Badges 3.0
// EndorsementCredential and a W3C RecognizedEntityCredential (PROFILE.md,
// "Statements").
func (s Statement) Payload() ([]byte, error) {
	issuer := s.SignedBy.object()
	issuer["type"] = []string{"Profile", "RecognizedIssuer"}
	if s.RecognizedIn != "" {
		issuer["recognizedIn"] = object{"id": s.RecognizedIn, "type": []string{"RecognizedEntityCredential"}}
	}
	if len(s.EndorsementJWT) > 0 {
		issuer["endorsementJwt"] = s.EndorsementJWT
	}
	output, kind := "OpenBadgeCredential", "AccreditationCredential"
	if s.Kind == trust.Recognition {
		output, kind = "AccreditationCredential", "RecognitionCredential"
	}
	scope := object{"type": []string{"AccreditationScope"}}
	put(scope, "activity", string(s.Scope.Activity))
	put(scope, "standard", s.Scope.Standard)
	put(scope, "edition", s.Scope.Edition)
	for name, values := range map[string][]string{"subScope": s.Scope.SubScopes, "schemeId": s.Scope.Schemes, "jurisdiction": s.Scope.Countries} {
		if len(values) > 0 {
			scope[name] = values
		}
	}
	action := object{"type": []string{"RecognizedAction"}, "action": "issue", "outputType": output, "recognizedBy": s.Issuer,
		"maxChainDepth": s.MaxChainDepth, "scope": []object{scope}}
	put(action, "accreditationId", s.Number)
	if s.Issuer != s.SignedBy.DID {
		action["recordedFrom"] = sources(s.Sources)
	}
	subject := object{"id": s.Subject, "type": []string{"EndorsementSubject", "RecognizedEntity"}, "recognizedTo": []object{action}}
	put(subject, "name", s.SubjectName)
	if len(s.SubjectKeys) > 0 {
		subject["subjectKeys"] = object{"keys": s.SubjectKeys}
	}
	o := object{"@context": contexts(s.ID), "name": string(s.Kind) + " of " + s.SubjectName, "issuer": issuer, "credentialSubject": subject,
		"credentialSchema": []object{{"id": schemaEndorsement, "type": "1EdTechJsonSchemaValidator2019"}}, "credentialStatus": s.Status.object()}
	envelope(o, []string{"VerifiableCredential", "EndorsementCredential", "RecognizedEntityCredential", kind}, s.ID, s.SignedBy.DID, s.Subject, s.ValidFrom, s.ValidUntil)
	return encode(o)
}

func sources(all []trust.Source) []object {
	out := []object{}
	for _, x := range all {
		o := object{"type": []string{"RecordSource"}}
		put(o, "sourceUrl", x.URL)
		put(o, "sourceLocator", x.Locator)
		put(o, "sourceDate", x.SourceDate)
		if !x.RetrievedAt.IsZero() {
			o["retrievedAt"] = stamp(x.RetrievedAt)
		}
		out = append(out, o)
	}
	return out
}

// ParseStatement reads a statement without believing it. An endorsement that
// grants no authority is ErrNotAuthority.
func ParseStatement(u *jws.Unverified) (Statement, error) {
	d, err := open(u)
	if err != nil {
		return Statement{}, err
	}
	var s Statement
	switch types := texts(d.claims["type"]); {
	case !slices.Contains(types, "EndorsementCredential"):
		return s, fmt.Errorf("%w: type lacks EndorsementCredential", ErrMalformed)
	case slices.Contains(types, "AccreditationCredential"):
		s.Kind = trust.Accreditation
	case slices.Contains(types, "RecognitionCredential"):
		s.Kind = trust.Recognition
	default:
		return s, ErrNotAuthority
	}
	party, profile := d.issuer()
	subject := first(d.claims["credentialSubject"])
	actions := objects(subject["recognizedTo"])
	if len(actions) != 1 || text(actions[0], "action") != "issue" || text(actions[0], "recognizedBy") == "" {
		return s, ErrNotAuthority
	}
	action := actions[0]
	output := map[trust.Kind]string{trust.Accreditation: "OpenBadgeCredential", trust.Recognition: "AccreditationCredential"}[s.Kind]
	scopes := objects(action["scope"])
	if text(action, "outputType") != output || len(scopes) != 1 {
		return s, ErrNotAuthority
	}
	s.ID, s.Subject, s.Issuer, s.SignedBy = d.need(d.claims, "id"), d.need(subject, "id"), text(action, "recognizedBy"), party
	s.SubjectName, s.Number = text(subject, "name"), text(action, "accreditationId")
	s.ValidFrom, s.ValidUntil, s.Status = d.instant("validFrom", true), d.instant("validUntil", false), d.status()
	s.RecognizedIn, s.EndorsementJWT = text(first(profile["recognizedIn"]), "id"), texts(profile["endorsementJwt"])
	x := scopes[0]
	s.Scope = trust.Scope{Activity: trust.Activity(text(x, "activity")), Standard: text(x, "standard"), Edition: text(x, "edition"),
		SubScopes: texts(x["subScope"]), Schemes: texts(x["schemeId"]), Countries: texts(x["jurisdiction"])}
	s.Assurance = trust.Signed
	if s.Issuer != party.DID {
		s.Assurance = trust.Recorded
		s.Sources = d.recordedFrom(action)
	}
	d.subjectKeys(first(subject["subjectKeys"]), &s)
	if n, ok := action["maxChainDepth"].(json.Number); ok {
		depth, err := n.Int64()
		if err != nil || depth < 0 || depth > trust.DefaultMaxDepth {
			d.fail("maxChainDepth is out of range")
		}
		s.MaxChainDepth = int(depth)
	}
	if !s.ValidUntil.IsZero() && !s.ValidUntil.After(s.ValidFrom) {
		d.fail("validUntil is not after validFrom")
	}
	if d.err != nil {
		return Statement{}, d.err
	}
	return s, d.agree(party.DID, s.Subject, s.ID, s.ValidFrom, s.ValidUntil)
}

func (d *document) recordedFrom(action object) []trust.Source {
	var out []trust.Source
	for _, o := range objects(action["recordedFrom"]) {
		x := trust.Source{URL: text(o, "sourceUrl"), Locator: text(o, "sourceLocator"), SourceDate: text(o, "sourceDate")}
		if t, err := time.Parse(time.RFC3339, text(o, "retrievedAt")); err == nil {
			x.RetrievedAt = t.UTC()
		}
		out = append(out, x)
	}
	return out
}

func (d *document) subjectKeys(set object, s *Statement) {
	keys := objects(set["keys"])
	if len(keys) > maxSubjectKeys {
		d.fail("subjectKeys holds more than %d keys", maxSubjectKeys)
		return
	}
	for _, o := range keys {
		raw, err := json.Marshal(o)
		if err == nil {
			var k jws.JWK
			if k, err = jws.ParseJWK(raw); err == nil {
				s.SubjectKeys = append(s.SubjectKeys, k)
				continue
			}
		}
		d.fail("subjectKeys: %v", err)
	}
}

// Payload writes the list as a BitstringStatusListCredential.
func (l StatusList) Payload() ([]byte, error) {
	encoded, err := statuslist.Encode(statuslist.Bits(l.Bits))
	if err != nil {
		return nil, err
	}
	subject := l.ID + "#list"
	o := object{"@context": []string{contextVC, contextOf(l.ID)}, "issuer": l.Issuer, "credentialSubject": object{"id": subject, "type": "BitstringStatusList",
		"statusPurpose": l.Purpose, "encodedList": encoded}}
	envelope(o, []string{"VerifiableCredential", "BitstringStatusListCredential"}, l.ID, l.Issuer, subject, l.ValidFrom, l.ValidUntil)
	return encode(o)
}

// ParseStatusList reads a status list credential without believing it.
func ParseStatusList(u *jws.Unverified) (StatusList, error) {
	d, err := open(u)
	if err != nil {
		return StatusList{}, err
	}
	if !slices.Contains(texts(d.claims["type"]), "BitstringStatusListCredential") {
		return StatusList{}, fmt.Errorf("%w: type lacks BitstringStatusListCredential", ErrMalformed)
	}
	party, _ := d.issuer()
	subject := first(d.claims["credentialSubject"])
	l := StatusList{ID: d.need(d.claims, "id"), Issuer: party.DID, Purpose: d.need(subject, "statusPurpose"),
		ValidFrom: d.instant("validFrom", true), ValidUntil: d.instant("validUntil", false)}
	if d.err != nil {
		return StatusList{}, d.err
	}
	bits, err := statuslist.Decode(text(subject, "encodedList"))
	if err != nil {
		return StatusList{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	l.Bits = bits
	return l, d.agree(party.DID, text(subject, "id"), l.ID, l.ValidFrom, l.ValidUntil)
}
