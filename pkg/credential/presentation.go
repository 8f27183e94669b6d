package credential

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// Presentation writes credentials as an unsigned VerifiablePresentation, in
// their order: a compact JWS as an EnvelopedVerifiableCredential (VC Data Model
// 2.0, 4.13.2), a JSON document with embedded proofs as it is.
func Presentation(credentials []string) ([]byte, error) {
	return PresentationProven(credentials, nil, "")
}

// PresentationProven is Presentation with proofs of a transparency log (C2SP
// tlog-proof) beside the credentials. context is the address of the bonafide
// JSON-LD context, which names them.
func PresentationProven(credentials, proofs []string, context string) ([]byte, error) {
	all := make([]any, len(credentials))
	for i, t := range credentials {
		if strings.HasPrefix(t, "{") {
			all[i] = json.RawMessage(t)
			continue
		}
		all[i] = object{"@context": contextVC, "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + t}
	}
	out := object{"@context": []string{contextVC}, "type": []string{"VerifiablePresentation"}, "verifiableCredential": all}
	if len(proofs) > 0 {
		out["@context"], out["logProof"] = []string{contextVC, context}, proofs
	}
	return encode(out)
}

// LogProofs reads the proofs of a transparency log beside the credentials of a
// presentation, unverified; none if it has none, or something else there.
func LogProofs(presentation []byte) []string {
	var o struct {
		LogProof []string `json:"logProof"`
	}
	if json.Unmarshal(presentation, &o) != nil {
		return nil
	}
	return o.LogProof
}

// Enveloped returns the token of an EnvelopedVerifiableCredential, unverified.
func Enveloped(data []byte) (token string, ok bool) {
	var o object
	if ijson.Check(data) != nil || json.Unmarshal(data, &o) != nil {
		return "", false
	}
	return enveloped(o)
}

// enveloped takes the media types application/vc+jwt and, as some producers
// still write, application/jwt.
func enveloped(o object) (string, bool) {
	if !slices.Contains((&document{}).texts(o, "type"), "EnvelopedVerifiableCredential") {
		return "", false
	}
	for _, media := range []string{"data:application/vc+jwt,", "data:application/jwt,"} {
		if token, ok := strings.CutPrefix(text(o, "id"), media); ok {
			return token, true
		}
	}
	return "", false
}

// ParsePresentation reads the credentials of a presentation, in their order,
// unverified: compact JWS as they were enveloped, and JSON documents with
// embedded proofs. Data model 1.1 let a JWS stand for itself.
func ParsePresentation(data []byte) ([]string, error) {
	if err := ijson.Check(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var o map[string]json.RawMessage
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, fmt.Errorf("%w: not an object", ErrMalformed)
	}
	head := object{}
	for _, name := range []string{"@context", "type"} {
		var v any
		if raw, ok := o[name]; ok && json.Unmarshal(raw, &v) == nil {
			head[name] = v
		}
	}
	d := document{}
	all := d.texts(head, "@context")
	if len(all) == 0 || all[0] != contextVC && all[0] != contextVC1 {
		d.fail("@context must be addresses and begin with %s", contextVC)
	}
	if !slices.Contains(d.texts(head, "type"), "VerifiablePresentation") {
		d.fail("type lacks VerifiablePresentation")
	}
	held, ok := o["verifiableCredential"]
	if d.err != nil || !ok {
		return nil, d.err
	}
	var items []json.RawMessage
	if json.Unmarshal(held, &items) != nil {
		items = []json.RawMessage{held}
	}
	var out []string
	for i, raw := range items {
		text, ok := presented(raw, len(all) > 0 && all[0] == contextVC1)
		if !ok {
			return nil, fmt.Errorf("%w: verifiableCredential[%d] is neither an EnvelopedVerifiableCredential with a JWT nor a secured credential", ErrMalformed, i)
		}
		out = append(out, text)
	}
	return out, nil
}

func presented(raw json.RawMessage, old bool) (string, bool) {
	var token string
	if old && json.Unmarshal(raw, &token) == nil {
		return token, true
	}
	var x object
	if json.Unmarshal(raw, &x) != nil || x == nil {
		return "", false
	}
	if token, ok := enveloped(x); ok {
		return token, true
	}
	_, secured := x["proof"]
	return string(raw), secured && slices.Contains((&document{}).texts(x, "type"), "VerifiableCredential")
}
