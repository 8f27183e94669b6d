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

// ParsePresentation reads the tokens of such a presentation, in their order.
func ParsePresentation(data []byte) ([]string, error) {
	if err := ijson.Check(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var o object
	if err := json.Unmarshal(data, &o); err != nil || !slices.Contains(texts(o["type"]), "VerifiablePresentation") {
		return nil, fmt.Errorf("%w: not a VerifiablePresentation", ErrMalformed)
	}
	var out []string
	for i, v := range list(o["verifiableCredential"]) {
		x, _ := v.(object)
		token, ok := strings.CutPrefix(text(x, "id"), "data:application/vc+jwt,")
		if !ok {
			token, ok = strings.CutPrefix(text(x, "id"), "data:application/jwt,")
		}
		if !ok || !slices.Contains(texts(x["type"]), "EnvelopedVerifiableCredential") {
			return nil, fmt.Errorf("%w: verifiableCredential[%d] is not an EnvelopedVerifiableCredential with a JWT", ErrMalformed, i)
		}
		out = append(out, token)
	}
	return out, nil
}
