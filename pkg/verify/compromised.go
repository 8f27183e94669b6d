package verify

import (
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// record is a credential as somebody has it: its id and its exact text.
type record struct{ id, text string }

// compromised tells whether the key may have been in other hands when the
// record was made. Only the register's own time of recording clears a record,
// and only the one that it recorded: whoever has the key can write another under
// the same id.
func (a *authentic) compromised(k jws.JWK, r record) bool {
	mark, ok := a.marks[k.Thumbprint()]
	if !ok || mark.CompromisedAt == nil {
		return false
	}
	h, known := a.register.Histories[r.id]
	return !known || h.RecordedAt.IsZero() || !h.RecordedAt.Before(*mark.CompromisedAt) || !sameContent(h.Recorded, r.text)
}

// sameContent tells whether two texts are forms of one credential.
func sameContent(recorded, text string) bool {
	if recorded == "" || recorded == text {
		return recorded != ""
	}
	a, err1 := content(recorded)
	b, err2 := content(text)
	return err1 == nil && err2 == nil && a == b
}

// respelled tells whether a text is the token recorded with another signature
// over the same input. An ECDSA signature has a second spelling, which anybody
// can write: a token's hash, by which logs and others know it, must stand for
// one text only. A form with an embedded proof is no token.
func respelled(recorded, text string) bool {
	a, b := strings.LastIndexByte(recorded, '.'), strings.LastIndexByte(text, '.')
	return recorded != text && a > 0 && a == b && recorded[:a] == text[:b] && !strings.HasPrefix(text, "{")
}

// content is what a credential says, without its proof and the claims that
// repeat it.
func content(text string) (string, error) {
	payload := []byte(text)
	if !strings.HasPrefix(text, "{") {
		u, err := jws.Parse(text)
		if err != nil {
			return "", err
		}
		payload = u.Payload
	}
	plain, err := credential.WithoutClaims(payload)
	return string(plain), err
}
