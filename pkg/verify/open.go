package verify

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// ErrUnreadable says that an input is nothing that could be a credential.
var ErrUnreadable = errors.New("this is not a credential")

// Open reads what somebody handed in and recognises it by its content: a
// credential in any form of ReadCertificate, or a presentation or bundle, whose
// certificate comes back with everything else as a source. A damaged credential
// is still one: Evaluate tells what is wrong with it. Errors are ErrUnreadable
// and ErrNoCertificate.
func Open(data []byte, p Policy) (*UnverifiedCertificate, *BundleSource, error) {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	none := &BundleSource{}
	if !bytes.HasPrefix(data, []byte("{")) {
		if !likeToken(string(data)) {
			return nil, nil, ErrUnreadable
		}
		if inside, ok := presentedIn(string(data)); ok {
			return openBundle(inside, p)
		}
		return ReadCertificate(string(data)), none, nil
	}
	if err := ijson.Check(data); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	var head struct {
		Type  json.RawMessage `json:"type"`
		Proof json.RawMessage `json:"proof"`
	}
	if err := json.Unmarshal(data, &head); err != nil || len(head.Type) == 0 {
		return nil, nil, fmt.Errorf("%w: it has no type", ErrUnreadable)
	}
	switch types := string(head.Type); {
	case has(types, "EnvelopedVerifiablePresentation"):
		var envelope struct{ ID string }
		_ = json.Unmarshal(data, &envelope) // no id: no token
		token, _ := strings.CutPrefix(envelope.ID, "data:application/vp+jwt,")
		inside, ok := presentedIn(token)
		if !ok {
			return nil, nil, fmt.Errorf("%w: the envelope holds no presentation", ErrUnreadable)
		}
		return openBundle(inside, p)
	case has(types, "VerifiablePresentation"):
		return openBundle(data, p)
	case has(types, "VerifiableCredential"), has(types, "EnvelopedVerifiableCredential"):
		return ReadCertificate(string(data)), none, nil
	default:
		return nil, nil, fmt.Errorf("%w: its type is another", ErrUnreadable)
	}
}

func openBundle(data []byte, p Policy) (*UnverifiedCertificate, *BundleSource, error) {
	text, src, err := ParseBundle(data, p)
	switch {
	case errors.Is(err, ErrNoCertificate):
		return nil, nil, err
	case err != nil:
		return nil, nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return ReadCertificate(text), src, nil
}

// presentedIn takes the presentation out of a token: its payload, or the vp
// claim of data model 1.1. Who signed it says who presents, not what was
// certified: it is not looked at.
func presentedIn(token string) ([]byte, bool) {
	u, err := jws.Parse(token)
	if err != nil {
		return nil, false
	}
	var payload struct {
		Type json.RawMessage `json:"type"`
		VP   json.RawMessage `json:"vp"`
	}
	_ = json.Unmarshal(u.Payload, &payload) // another shape: no presentation
	switch {
	case len(payload.Type) > 0:
		return u.Payload, has(string(payload.Type), "VerifiablePresentation")
	default:
		return payload.VP, len(payload.VP) > 0
	}
}

// likeToken tells a compact JWS, perhaps a broken one, from any other text with
// two points in it, such as a host name.
func likeToken(text string) bool {
	head, rest, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	return strings.Count(rest, ".") == 1 && err == nil && json.Valid(raw) && bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{"))
}
