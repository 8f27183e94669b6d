package credential

import (
	"fmt"
	"slices"

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
	if !slices.Contains(d.texts(d.claims, "type"), "BitstringStatusListCredential") {
		d.fail("type lacks BitstringStatusListCredential")
	}
	party, _ := d.issuer()
	subject := d.one(d.claims, "credentialSubject")
	purpose := d.texts(subject, "statusPurpose")
	if len(purpose) != 1 || text(subject, "type") != "BitstringStatusList" {
		d.fail("credentialSubject is not a BitstringStatusList of one purpose")
	}
	l := StatusList{ID: d.need(d.claims, "id"), Issuer: party.DID}
	l.ValidFrom, l.ValidUntil = d.validity()
	if d.err != nil {
		return StatusList{}, d.err
	}
	l.Purpose = purpose[0]
	if err := d.agree(registered{party.DID, text(subject, "id"), l.ID, l.ValidFrom, l.ValidUntil}, true); err != nil {
		return StatusList{}, err
	}
	if l.Bits, err = statuslist.Decode(text(subject, "encodedList")); err != nil {
		return StatusList{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return l, nil
}
