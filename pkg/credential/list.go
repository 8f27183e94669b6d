package credential

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/ijson"

	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/statuslist"
)

// Payload writes the list as a BitstringStatusListCredential (PROFILE.md,
// "Status lists"). The same list gives the same bytes.
func (l StatusList) Payload() ([]byte, error) {
	if l.Purpose == "" {
		return nil, fmt.Errorf("%w: a status list has a purpose", ErrIncomplete)
	}
	encoded, err := statuslist.Encode(statuslist.Bits(l.Bits))
	if err != nil {
		return nil, err
	}
	subject := l.ID + "#list"
	o := object{"issuer": l.Issuer, "credentialSubject": object{"id": subject, "type": "BitstringStatusList",
		"statusPurpose": l.Purpose, "encodedList": encoded}}
	return envelope{types: []string{"VerifiableCredential", "BitstringStatusListCredential"}, id: l.ID, issuer: l.Issuer,
		subject: subject, from: l.ValidFrom, until: l.ValidUntil}.write(o)
}

// ParseStatusList reads a status list credential without believing it. Lists
// secured by VC-JOSE-COSE need no registered claims, so those may be absent;
// the ones present must agree with the properties.
func ParseStatusList(u *jws.Unverified) (StatusList, error) {
	d, err := open(u)
	if err != nil {
		return StatusList{}, err
	}
	return d.statusList()
}

// ParseStatusListDocument is ParseStatusList for a JSON document with embedded
// proofs (package dataintegrity).
func ParseStatusListDocument(data []byte) (StatusList, error) {
	d, err := openDocument(data)
	if err != nil {
		return StatusList{}, err
	}
	return d.statusList()
}

// statusList reads a BitstringStatusListCredential or its predecessor, a
// StatusList2021Credential.
func (d *document) statusList() (StatusList, error) {
	types := d.texts(d.claims, "type")
	inner := "BitstringStatusList"
	switch {
	case slices.Contains(types, "BitstringStatusListCredential"):
	case slices.Contains(types, "StatusList2021Credential"):
		inner = "StatusList2021"
	default:
		d.fail("type is not that of a status list")
	}
	party, _ := d.issuer()
	subject := d.one(d.claims, "credentialSubject")
	purpose := d.texts(subject, "statusPurpose")
	if len(purpose) != 1 || text(subject, "type") != inner {
		d.fail("credentialSubject is not a %s of one purpose", inner)
	}
	l := StatusList{ID: d.need(d.claims, "id"), Issuer: party.DID}
	l.ValidFrom, l.ValidUntil = d.validity(false)
	if d.err != nil {
		return StatusList{}, d.err
	}
	l.Purpose = purpose[0]
	if err := d.agree(registered{party.DID, text(subject, "id"), l.ID, l.ValidFrom, l.ValidUntil}, true); err != nil {
		return StatusList{}, err
	}
	encoded := text(subject, "encodedList")
	if inner == "StatusList2021" && !strings.HasPrefix(encoded, "u") {
		encoded = "u" + strings.TrimRight(encoded, "=") // that draft named no encoding
	}
	var err error
	if l.Bits, err = statuslist.Decode(encoded); err != nil {
		return StatusList{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return l, nil
}

// Revocations is a 1EdTechRevocationList (1EdTech Verifiable Credential
// Revocation List 1.0): plain JSON that nobody signs, as good as the address it
// came from.
type Revocations struct {
	ID      string
	Issuer  string
	Revoked map[string]bool // by credential id
}

// maxRevoked bounds a list of revoked credentials.
const maxRevoked = 100000

// ParseRevocations reads a 1EdTechRevocationList.
func ParseRevocations(data []byte) (Revocations, error) {
	if err := ijson.Check(data); err != nil {
		return Revocations{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var o object
	if err := json.Unmarshal(data, &o); err != nil || o == nil {
		return Revocations{}, fmt.Errorf("%w: not an object", ErrMalformed)
	}
	d := &document{claims: o}
	party, _ := d.issuer()
	r := Revocations{ID: d.need(o, "id"), Issuer: party.DID, Revoked: map[string]bool{}}
	held, ok := o["revokedCredential"]
	if ok && len(list(held)) > maxRevoked {
		d.fail("more than %d entries", maxRevoked)
	}
	if ok && d.err == nil {
		for _, v := range list(held) {
			x, _ := v.(object)
			// Listed and not told otherwise is revoked.
			if said, has := x["revoked"]; !has || said != false {
				r.Revoked[d.need(x, "id")] = true
			}
		}
	}
	return r, d.err
}
