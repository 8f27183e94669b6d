package credential

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// Presentation writes tokens as an unsigned VerifiablePresentation of
// EnvelopedVerifiableCredentials (VC Data Model 2.0, 4.13.2), in their order.
func Presentation(tokens []string) ([]byte, error) {
	all := make([]object, len(tokens))
	for i, t := range tokens {
		all[i] = object{"@context": contextVC, "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + t}
	}
	return encode(object{"@context": []string{contextVC}, "type": []string{"VerifiablePresentation"}, "verifiableCredential": all})
}

// ParsePresentation reads the tokens of such a presentation, in their order,
// unverified. Each must be enveloped as a JWT, under the media type
// application/vc+jwt or, as some producers still write, application/jwt.
func ParsePresentation(data []byte) ([]string, error) {
	if err := ijson.Check(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var o object
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, fmt.Errorf("%w: not an object", ErrMalformed)
	}
	d := document{claims: o}
	d.contexts()
	if !slices.Contains(d.texts(o, "type"), "VerifiablePresentation") {
		d.fail("type lacks VerifiablePresentation")
	}
	if d.err != nil {
		return nil, d.err
	}
	held, ok := o["verifiableCredential"]
	if !ok {
		return nil, nil
	}
	var out []string
	for i, v := range list(held) {
		x, _ := v.(object)
		token, ok := strings.CutPrefix(text(x, "id"), "data:application/vc+jwt,")
		if !ok {
			token, ok = strings.CutPrefix(text(x, "id"), "data:application/jwt,")
		}
		if !ok || !slices.Contains(d.texts(x, "type"), "EnvelopedVerifiableCredential") {
			return nil, fmt.Errorf("%w: verifiableCredential[%d] is not an EnvelopedVerifiableCredential with a JWT", ErrMalformed, i)
		}
		out = append(out, token)
	}
	return out, nil
}
