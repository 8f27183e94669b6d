package credential

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

const (
	// MaxSubjectKeys bounds what one statement vouches for.
	MaxSubjectKeys = 32
	// maxDepth bounds maxChainDepth; no arrangement is a tenth as deep.
	maxDepth = 255
)

// typed is how a kind of statement is written: its credential type and the
// type of what its subject may issue.
func typed(k trust.Kind) (name, output string, ok bool) {
	switch k {
	case trust.Recognition:
		return "RecognitionCredential", "AccreditationCredential", true
	case trust.Accreditation:
		return "AccreditationCredential", "OpenBadgeCredential", true
	default:
		return "", "", false
	}
}

// Payload writes the statement, at once an Open Badges 3.0
// EndorsementCredential and a W3C RecognizedEntityCredential (PROFILE.md,
// "Statements"). The same statement gives the same bytes.
func (s Statement) Payload() ([]byte, error) {
	kind, output, ok := typed(s.Kind)
	if !ok || s.Issuer == "" || s.Issuer == s.Subject || s.SignedBy.DID == s.Subject {
		return nil, fmt.Errorf("%w: a statement has a kind and an issuer other than its subject", ErrIncomplete)
	}
	action := object{"type": []string{"RecognizedAction"}, "action": "issue", "outputType": output, "recognizedBy": s.Issuer,
		"maxChainDepth": s.depth(), "scope": []object{scope(s.Scope)}}
	put(action, "accreditationId", s.Number)
	if s.Issuer != s.SignedBy.DID {
		action["recordedFrom"] = sources(s.Sources)
	}
	if s.Unconfirmed {
		action["unconfirmed"] = true
	}
	subject := object{"id": s.Subject, "type": []string{"EndorsementSubject", "RecognizedEntity"}, "recognizedTo": []object{action}}
	put(subject, "name", s.SubjectName)
	if len(s.SubjectKeys) > 0 {
		subject["subjectKeys"] = object{"keys": s.SubjectKeys}
	}
	issuer := s.SignedBy.profile(s.RecognizedIn, s.EndorsementJWT)
	issuer["type"] = []string{"Profile", "RecognizedIssuer"}
	name := s.SubjectName
	if name == "" {
		name = s.Subject
	}
	o := object{"name": string(s.Kind) + " of " + name, "issuer": issuer, "credentialSubject": subject, "credentialSchema": schema(schemaEndorsement)}
	if s.Status.List != "" {
		o["credentialStatus"] = s.Status.object()
	}
	return envelope{types: []string{"VerifiableCredential", "EndorsementCredential", "RecognizedEntityCredential", kind}, id: s.ID,
		issuer: s.SignedBy.DID, subject: s.Subject, from: s.ValidFrom, until: s.ValidUntil, openBadge: true}.write(o)
}

// depth is maxChainDepth. A recognition that allowed nothing below it would
// say nothing, so there zero stands for the most a chain can have.
func (s Statement) depth() int {
	if s.Kind == trust.Recognition && s.MaxChainDepth == 0 {
		return trust.DefaultMaxDepth - 1
	}
	return s.MaxChainDepth
}

func scope(s trust.Scope) object {
	o := object{"type": []string{"AccreditationScope"}}
	put(o, "activity", string(s.Activity))
	put(o, "standard", s.Standard)
	put(o, "edition", s.Edition)
	for name, values := range map[string][]string{"subScope": s.SubScopes, "schemeId": s.Schemes, "jurisdiction": s.Countries} {
		if len(values) > 0 {
			o[name] = values
		}
	}
	return o
}

func sources(all []trust.Source) []object {
	out := []object{}
	for _, x := range all {
		o := object{"type": []string{"RecordSource"}}
		put(o, "sourceUrl", x.URL)
		put(o, "sourceLocator", x.Locator)
		put(o, "sourceDate", x.SourceDate)
		put(o, "sourceSays", x.Says)
		if !x.RetrievedAt.IsZero() {
			o["retrievedAt"] = stamp(x.RetrievedAt)
		}
		out = append(out, o)
	}
	return out
}

// ParseStatement reads a statement without believing it. Its Issuer is the
// body whose word it is (recognizedBy), SignedBy the issuer of the credential;
// where they differ it is Recorded. An endorsement that grants no authority,
// however kind its words, is ErrNotAuthority; the other errors are
// ErrMalformed and *ClaimMismatchError.
func ParseStatement(u *jws.Unverified) (Statement, error) {
	d, err := open(u)
	if err != nil {
		return Statement{}, err
	}
	return d.statement()
}

// ParseStatementDocument is ParseStatement for a JSON document with embedded
// proofs (package dataintegrity).
func ParseStatementDocument(data []byte) (Statement, error) {
	d, err := openDocument(data)
	if err != nil {
		return Statement{}, err
	}
	return d.statement()
}

func (d *document) statement() (Statement, error) {
	d.modern()
	d.openBadge()
	types := d.texts(d.claims, "type")
	if !slices.Contains(types, "EndorsementCredential") {
		d.fail("type lacks EndorsementCredential")
	}
	if d.err != nil {
		return Statement{}, d.err
	}
	party, profile := d.issuer()
	subject := d.one(d.claims, "credentialSubject")
	s := Statement{SignedBy: party, SubjectName: label(subject, "name"),
		RecognizedIn: reference(profile, "recognizedIn"), EndorsementJWT: d.stapled(profile)}
	s.ID, s.Subject = d.need(d.claims, "id"), d.need(subject, "id")
	s.ValidFrom, s.ValidUntil = d.validity(true)
	s.Status, s.Listings, s.PartialStatus = d.status()
	action, ok := s.authority(types, subject)
	if d.err == nil && !ok {
		return Statement{}, ErrNotAuthority
	}
	d.grant(action, &s)
	d.subjectKeys(d.one(subject, "subjectKeys"), &s)
	if d.err != nil {
		return Statement{}, d.err
	}
	if err := d.agree(registered{party.DID, s.Subject, s.ID, s.ValidFrom, s.ValidUntil}, false); err != nil {
		return Statement{}, err
	}
	return s, nil
}

// authority finds the one action that grants something and fills in whose
// word it is. Nobody grants anything to himself.
func (s *Statement) authority(types []string, subject object) (object, bool) {
	recognition, accreditation := slices.Contains(types, "RecognitionCredential"), slices.Contains(types, "AccreditationCredential")
	if recognition == accreditation || !slices.Contains(types, "RecognizedEntityCredential") {
		return nil, false
	}
	s.Kind, s.Assurance = trust.Accreditation, trust.Signed
	if recognition {
		s.Kind = trust.Recognition
	}
	actions := list(subject["recognizedTo"])
	if len(actions) != 1 {
		return nil, false
	}
	action, ok := actions[0].(object)
	_, output, _ := typed(s.Kind)
	if !ok || text(action, "action") != "issue" || text(action, "outputType") != output {
		return nil, false
	}
	s.Issuer = reference(action, "recognizedBy")
	if s.Issuer != s.SignedBy.DID {
		s.Assurance = trust.Recorded
	}
	return action, s.Issuer != "" && s.Issuer != s.Subject && s.SignedBy.DID != s.Subject
}

// grant reads what the action grants, and refuses what it cannot read: a
// restriction passed over would widen the scope. A scope without an activity
// is read, and covers nothing.
func (d *document) grant(action object, s *Statement) {
	s.Number = text(action, "accreditationId")
	if v, ok := action["unconfirmed"]; ok && v != false {
		s.Unconfirmed = true
	}
	if v, ok := action["maxChainDepth"]; ok {
		n, isNumber := v.(json.Number)
		depth, err := n.Int64()
		if !isNumber || err != nil || depth < 0 || depth > maxDepth {
			d.fail("maxChainDepth is not a number up to %d", maxDepth)
		}
		if s.MaxChainDepth = int(depth); depth == 0 && s.Kind == trust.Recognition {
			d.fail("a recognition that allows nothing below it grants nothing")
		}
	}
	if s.Assurance == trust.Recorded {
		for _, o := range objects(action["recordedFrom"]) {
			x := trust.Source{URL: text(o, "sourceUrl"), Locator: text(o, "sourceLocator"), SourceDate: text(o, "sourceDate"), Says: text(o, "sourceSays")}
			if t, err := time.Parse(time.RFC3339, text(o, "retrievedAt")); err == nil {
				x.RetrievedAt = t.UTC()
			}
			s.Sources = append(s.Sources, x)
		}
	}
	x := d.one(action, "scope")
	for name, v := range x {
		_, isText := v.(string)
		switch name {
		case "activity", "standard", "edition":
			if !isText || v == "" {
				d.fail("scope: %s is not a text", name)
			}
		case "type", "id", "name", "description", "subScope", "schemeId", "jurisdiction":
		default:
			d.fail("scope: %s is a restriction unknown here", name)
		}
	}
	s.Scope = trust.Scope{Activity: trust.Activity(text(x, "activity")), Standard: text(x, "standard"), Edition: text(x, "edition"),
		SubScopes: d.texts(x, "subScope"), Schemes: d.texts(x, "schemeId"), Countries: d.texts(x, "jurisdiction")}
}

func (d *document) subjectKeys(set object, s *Statement) {
	keys := list(set["keys"])
	if len(set) == 0 {
		return
	}
	if len(keys) > MaxSubjectKeys {
		d.fail("subjectKeys holds more than %d keys", MaxSubjectKeys)
		return
	}
	for _, o := range keys {
		raw, err := json.Marshal(o)
		if err != nil {
			d.fail("subjectKeys: %w", err)
			return
		}
		k, err := jws.ParseJWK(raw)
		if err != nil {
			d.fail("subjectKeys: %w", err)
			return
		}
		s.SubjectKeys = append(s.SubjectKeys, k)
	}
}
