package vcapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Options are those of /credentials/issue that are understood; others are no
// error, since suites send what suits their own.
type Options struct {
	Type              string // DataIntegrityProof
	Cryptosuite       string
	SecuringMechanism string // EnvelopingProof
	StatusPurpose     string // revocation, suspension
	CredentialID      string
}

// ErrOff says that nothing is issued here.
var ErrOff = errors.New("issuing for conformance is off")

// statusBody is the body under which entries of the conformance issuer's lists
// are drawn; no registered body can have the name. The register signs them.
const statusBody = "register/conformance"

// Issue secures a credential of any kind, with an embedded proof or as an
// EnvelopedVerifiableCredential. What breaks the data model, or names another
// issuer, is refused with Problems.
func (o *Office) Issue(ctx context.Context, document []byte, q Options) ([]byte, error) {
	if o.Keys == nil {
		return nil, ErrOff
	}
	c, err := decode(document)
	if err != nil {
		return nil, err
	}
	if err := credential(c, false); err != nil {
		return nil, err
	}
	if id := partyID(c["issuer"]); id != o.DID {
		return nil, malformed("issuer", "must be %s: this endpoint signs for no other", o.DID)
	}
	others := list(c["proof"]) // of others; ours joins them as one of a set
	if len(others) > 0 {
		m := &model{}
		m.typed(c, "proof", false)
		if err := m.err(); err != nil {
			return nil, err
		}
		delete(c, "proof")
		if document, err = encode(c); err != nil {
			return nil, err
		}
	}
	if document, err = o.complete(ctx, c, document, q); err != nil {
		return nil, err
	}
	if q.SecuringMechanism == "EnvelopingProof" || q.Type == "vc+jwt" || q.Type == "EnvelopingProof" {
		return o.envelop(c, document)
	}
	signed, err := o.embed(document, q)
	if err != nil || len(others) == 0 {
		return signed, err
	}
	if c, err = decode(signed); err != nil {
		return nil, err
	}
	c["proof"] = append(others, c["proof"])
	return encode(c)
}

// complete adds what the options ask for; else the document stays as it came.
func (o *Office) complete(ctx context.Context, c object, document []byte, q Options) ([]byte, error) {
	changed := false
	if _, has := c["id"]; !has && q.CredentialID != "" {
		if !isURL(q.CredentialID) {
			return nil, malformed("options.credentialId", "is not a URL")
		}
		c["id"], changed = q.CredentialID, true
	}
	if q.StatusPurpose != "" {
		if q.StatusPurpose != "revocation" && q.StatusPurpose != "suspension" {
			return nil, malformed("options.statusPurpose", "must be revocation or suspension")
		}
		list, index, err := o.Place(ctx, statusBody)
		if err != nil {
			return nil, err
		}
		address := o.StatusList(list)
		if q.StatusPurpose == "suspension" {
			address += "/suspension"
		}
		entry := object{"id": address + "#" + strconv.Itoa(index), "type": "BitstringStatusListEntry", "statusPurpose": q.StatusPurpose,
			"statusListIndex": strconv.Itoa(index), "statusListCredential": address}
		if own := c["credentialStatus"]; own != nil {
			c["credentialStatus"] = append(allOf(own), entry)
		} else {
			c["credentialStatus"] = entry
		}
		changed = true
	}
	if !changed {
		return document, nil
	}
	return encode(c)
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("writing credential: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

func (o *Office) embed(document []byte, q Options) ([]byte, error) {
	suite, signer := first(q.Cryptosuite, dataintegrity.EdDSARDFC), o.Keys.Ed25519
	switch suite {
	case dataintegrity.EdDSARDFC, dataintegrity.EdDSAJCS:
	case dataintegrity.ECDSARDFC, dataintegrity.ECDSAJCS:
		signer = o.Keys.curve
	default:
		return nil, malformed("options.cryptosuite", "is none that is issued here")
	}
	signed, err := dataintegrity.Sign(document, dataintegrity.Options{Suite: suite, Purpose: dataintegrity.Assertion, Created: o.Now(), Contexts: o.Contexts}, signer)
	if isFault(err) {
		return nil, malformed("", "%v", err)
	}
	return signed, err
}

// isFault tells a document's own faults from ours.
func isFault(err error) bool {
	for _, e := range []error{dataintegrity.ErrMalformed, dataintegrity.ErrUncovered, dataintegrity.ErrUnsupported, dataintegrity.ErrCostly, dataintegrity.ErrProof} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// envelop signs the credential as a JWT (VC-JOSE-COSE 1.0, 3.1.1), with the
// registered claims that repeat its members, in an EnvelopedVerifiableCredential.
func (o *Office) envelop(c object, document []byte) ([]byte, error) {
	claims := object{"iss": o.DID}
	if id, ok := c["id"].(string); ok {
		claims["jti"] = id
	}
	if subjects := list(c["credentialSubject"]); len(subjects) == 1 {
		if s, ok := subjects[0].(object); ok && partyID(s) != "" {
			claims["sub"] = partyID(s)
		}
	}
	for name, member := range map[string]string{"nbf": "validFrom", "exp": "validUntil"} {
		if s, ok := c[member].(string); ok {
			if t, ok := dateTimeStamp(s); ok {
				claims[name] = t.Unix()
			}
		}
	}
	for name := range claims {
		if _, has := c[name]; has {
			return nil, malformed(name, "is a registered claim; leave it to the issuer")
		}
	}
	more, err := encode(claims)
	if err != nil {
		return nil, err
	}
	head := bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(document), []byte("}")))
	payload := append(append(append([]byte{}, head...), ','), more[1:]...)
	token, err := jws.Sign(payload, "vc+jwt", o.Keys.P256)
	if err != nil {
		return nil, err
	}
	return encode(struct {
		Context []string `json:"@context"`
		ID      string   `json:"id"`
		Type    string   `json:"type"`
	}{[]string{contextV2}, "data:application/vc+jwt," + token, "EnvelopedVerifiableCredential"})
}

// now is the present, for what was signed before it.
func (o *Office) now() time.Time { return o.Now().UTC() }

func allOf(v any) []any { return append([]any{}, list(v)...) }
