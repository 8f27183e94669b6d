package vcapi

import (
	"encoding/json"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Kinds of documents in a token.
const (
	KindCredential   = "vc"
	KindPresentation = "vp"
)

// SignToken secures a credential or presentation as a compact JWS with the key
// alone (VC-JOSE-COSE 1.0, 3.1): the payload is the document, byte for byte.
func SignToken(document []byte, kind string, s jws.Signer) (string, error) {
	o, err := decode(document)
	if err != nil {
		return "", err
	}
	if err := checkKind(o, kind, false); err != nil {
		return "", err
	}
	return jws.Sign(document, kind+"+jwt", s)
}

// VerifyToken verifies a token, or the enveloped form of one, with a key alone
// and returns the document in it. Whose key it is, is not asked.
func VerifyToken(text, kind string, key jws.JWK) (json.RawMessage, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		o, err := decode([]byte(text))
		if err != nil {
			return nil, err
		}
		id, _ := o["id"].(string)
		_, text, _ = strings.Cut(id, "+jwt,")
	}
	u, err := jws.Parse(strings.Trim(text, `"`))
	if err != nil {
		return nil, malformed("", "%v", err)
	}
	if t := u.Header.Typ; t != "" && t != kind+"+jwt" && !strings.EqualFold(t, "JWT") {
		return nil, malformed("typ", "is %q, not %s+jwt", t, kind)
	}
	o, err := decode(u.Payload)
	if err != nil {
		return nil, err
	}
	if err := checkKind(o, kind, true); err != nil {
		return nil, err
	}
	if err := u.Verify(key); err != nil {
		return nil, cryptographic("%v", err)
	}
	return u.Payload, nil
}

// checkKind checks a document against its model. Data model 2.0 knows no claims
// vc and vp (VC-JOSE-COSE 1.0, 3.1.3).
func checkKind(o object, kind string, lenient bool) error {
	for _, name := range []string{"vc", "vp"} {
		if _, ok := o[name]; ok {
			return malformed(name, "is a claim of the older encoding and must not appear")
		}
	}
	if kind == KindPresentation {
		return presentation(o)
	}
	return credential(o, lenient)
}
