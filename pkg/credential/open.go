package credential

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Form is the shape in which a credential was written.
type Form struct {
	Model     string // of the W3C's data model: "2.0", or the older "1.1"
	Type      string // the most particular of its types
	OpenBadge bool   // an Open Badges 3.0 achievement; else any credential
}

// Base contexts of the data models.
const contextVC1 = "https://www.w3.org/2018/credentials/v1"

// open reads the payload of a token and refuses what is no credential of the
// VC Data Model 2.0 or 1.1, whatever its other type.
func open(u *jws.Unverified) (*document, error) {
	typ := strings.ToLower(strings.TrimPrefix(u.Header.Typ, "application/"))
	switch typ {
	case "", "jwt", "vc+jwt":
	default: // an access token or an entity statement, signed with a key that also signs credentials
		return nil, fmt.Errorf("%w: a token of type %q", ErrMalformed, u.Header.Typ)
	}
	claims, err := u.Claims()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if _, ok := claims["vp"]; ok {
		return nil, fmt.Errorf("%w: a presentation", ErrMalformed)
	}
	if _, ok := claims["client_id"]; ok {
		return nil, fmt.Errorf("%w: a token for an OAuth client", ErrMalformed)
	}
	d := &document{claims: claims, repeats: claims}
	if inner, ok := claims["vc"]; ok {
		if err := d.unfold(inner); err != nil {
			return nil, err
		}
	}
	d.envelope()
	d.lax = typ == "vc+jwt" && !d.isOpenBadge()
	return d, d.err
}

// openDocument reads a JSON document with embedded proofs.
func openDocument(data []byte) (*document, error) {
	if err := ijson.Check(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	var o object
	if err := dec.Decode(&o); err != nil || o == nil {
		return nil, fmt.Errorf("%w: not an object", ErrMalformed)
	}
	d := &document{claims: o}
	d.envelope()
	if d.err == nil && nestedContext(o) {
		d.fail("a context below the top could give its members another meaning")
	}
	return d, d.err
}

// WithoutClaims is a payload without the registered claims that repeat its
// properties, or a document without its proof: what the credential says. Both
// forms of one credential give the same bytes.
func WithoutClaims(payload []byte) ([]byte, error) {
	d, err := openDocument(payload)
	if err != nil {
		return nil, err
	}
	for _, claim := range []string{"iss", "sub", "aud", "jti", "nbf", "exp", "iat", "proof"} {
		delete(d.claims, claim)
	}
	return encode(d.claims)
}

// unfold takes the credential out of the vc claim of data model 1.1 and fills
// in what only the registered claims say (VC Data Model 1.1, 6.3.1). Members
// of a credential beside the claim would make two documents of one.
func (d *document) unfold(inner any) error {
	o, ok := inner.(object)
	if !ok {
		return fmt.Errorf("%w: the vc claim is not an object", ErrMalformed)
	}
	for _, name := range []string{"@context", "type", "issuer", "credentialSubject", "id", "validFrom", "validUntil", "credentialStatus"} {
		if _, ok := d.repeats[name]; ok {
			return fmt.Errorf("%w: a vc claim and %s beside it", ErrMalformed, name)
		}
	}
	d.claims = maps.Clone(o)
	fill := func(name, claim string) {
		if _, ok := d.claims[name]; ok {
			return
		}
		switch v := d.repeats[claim].(type) {
		case string:
			d.claims[name] = v
		case json.Number:
			if seconds, err := v.Float64(); err == nil {
				d.claims[name] = time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339)
			}
		}
	}
	fill("issuer", "iss")
	fill("id", "jti")
	fill("issuanceDate", "nbf")
	fill("expirationDate", "exp")
	if subject, ok := d.claims["credentialSubject"].(object); ok && subject["id"] == nil {
		if sub, ok := d.repeats["sub"].(string); ok {
			subject = maps.Clone(subject)
			subject["id"], d.claims["credentialSubject"] = sub, subject
		}
	}
	return nil
}

// envelope demands what every credential has: addresses for contexts, a base
// context first, and the type. A context written into the credential could give
// its members another meaning.
func (d *document) envelope() {
	all := d.texts(d.claims, "@context")
	switch {
	case len(all) > 0 && all[0] == contextVC:
	case len(all) > 0 && all[0] == contextVC1:
		d.old = true
	default:
		d.fail("@context must be addresses and begin with %s", contextVC)
	}
	if !slices.Contains(d.texts(d.claims, "type"), "VerifiableCredential") {
		d.fail("type lacks VerifiableCredential")
	}
}

// modern refuses data model 1.1, in which we neither issue nor accept links.
func (d *document) modern() {
	if d.old {
		d.fail("the first @context must be %s", contextVC)
	}
}

func (d *document) isOpenBadge() bool {
	types := d.texts(d.claims, "type")
	return slices.Contains(types, "OpenBadgeCredential") || slices.Contains(types, "AchievementCredential")
}

func (d *document) form() Form {
	f := Form{Model: "2.0", OpenBadge: d.isOpenBadge(), Type: "VerifiableCredential"}
	if d.old {
		f.Model = "1.1"
	}
	for _, t := range d.texts(d.claims, "type") {
		if t != "VerifiableCredential" {
			f.Type = t
			break
		}
	}
	return f
}

// openBadge demands the Open Badges context in second place. Any patch of
// version 3.0 will do; data model 1.1 had an earlier address too.
func (d *document) openBadge() {
	all := d.texts(d.claims, "@context")
	if len(all) > 1 {
		version, ok := strings.CutPrefix(all[1], "https://purl.imsglobal.org/spec/ob/v3p0/context")
		if version, end := strings.CutSuffix(version, ".json"); ok && end && (version == "" || strings.HasPrefix(version, "-3.0.")) {
			return
		}
		if d.old && all[1] == "https://imsglobal.github.io/openbadges-specification/context.json" {
			return
		}
	}
	d.fail("the second @context must be that of Open Badges 3.0")
}

// nestedContext finds a context below the top, but for proofs, which name their
// own, and credentials carried within, which are read by themselves or not at
// all.
func nestedContext(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, nestedContext)
	case object:
		for name, x := range v {
			if name == "endorsement" || name == "verifiableCredential" || name == "proof" {
				continue
			}
			for _, y := range list(x) {
				if o, ok := y.(object); ok {
					if _, has := o["@context"]; has {
						return true
					}
				}
			}
			if nestedContext(x) {
				return true
			}
		}
	}
	return false
}
