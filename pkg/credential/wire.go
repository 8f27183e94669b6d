package credential

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Addresses that every credential of ours names.
const (
	contextVC = "https://www.w3.org/ns/credentials/v2"
	contextOB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

	schemaAchievement = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
	schemaEndorsement = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_endorsementcredential_schema.json"
)

// Errors that callers branch on.
var (
	ErrMalformed    = errors.New("not a credential")
	ErrNotAuthority = errors.New("the endorsement grants no authority")
)

// ClaimMismatchError says that a registered claim and the property it must
// repeat differ (Open Badges 3.0, 8.2.4.1): the record says two things.
type ClaimMismatchError struct{ Claim string }

func (e *ClaimMismatchError) Error() string { return "claim " + e.Claim + " differs from its property" }

type object = map[string]any

// document reads members of a credential and remembers the first fault.
type document struct {
	claims object
	err    error
}

func open(u *jws.Unverified) (*document, error) {
	claims, err := u.Claims()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	d := &document{claims: claims}
	if _, ok := claims["vc"]; ok {
		return nil, fmt.Errorf("%w: the vc claim of data model 1.1 is not supported", ErrMalformed)
	}
	context := list(claims["@context"])
	if len(context) == 0 || context[0] != contextVC {
		return nil, fmt.Errorf("%w: @context must begin with %s", ErrMalformed, contextVC)
	}
	if !slices.Contains(texts(claims["type"]), "VerifiableCredential") {
		return nil, fmt.Errorf("%w: type lacks VerifiableCredential", ErrMalformed)
	}
	return d, nil
}

func (d *document) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
	}
}

// text returns a string member; a missing one is "".
func text(o object, name string) string { s, _ := o[name].(string); return s }

func (d *document) need(o object, name string) string {
	s := text(o, name)
	if s == "" {
		d.fail("%s is missing", name)
	}
	return s
}

func (d *document) instant(name string, required bool) time.Time {
	v, ok := d.claims[name]
	if !ok {
		if required {
			d.fail("%s is missing", name)
		}
		return time.Time{}
	}
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339, s) // demands a zone
	if err != nil {
		d.fail("%s is not a date and time with zone", name)
	}
	return t.UTC()
}

// list takes a value or an array of values.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

func texts(v any) []string {
	var out []string
	for _, x := range list(v) {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func objects(v any) []object {
	var out []object
	for _, x := range list(v) {
		if o, ok := x.(object); ok {
			out = append(out, o)
		}
	}
	return out
}

func first(v any) object {
	if all := objects(v); len(all) > 0 {
		return all[0]
	}
	return object{}
}

// issuer takes the address alone or a Profile.
func (d *document) issuer() (Party, object) {
	if s, ok := d.claims["issuer"].(string); ok {
		return Party{DID: s}, object{}
	}
	o := first(d.claims["issuer"])
	return Party{DID: d.need(o, "id"), Name: text(o, "name"), Website: text(o, "url")}, o
}

// agree compares the registered claims with the properties they repeat.
func (d *document) agree(issuer, subject, id string, from, until time.Time) error {
	number := func(claim string, want time.Time) bool {
		v, ok := d.claims[claim]
		if !ok {
			return want.IsZero()
		}
		n, isNumber := v.(json.Number)
		f, err := n.Float64()
		return isNumber && err == nil && !want.IsZero() && int64(f) == want.Unix()
	}
	switch {
	case text(d.claims, "iss") != issuer:
		return &ClaimMismatchError{"iss"}
	case text(d.claims, "jti") != id:
		return &ClaimMismatchError{"jti"}
	case text(d.claims, "sub") != subject:
		return &ClaimMismatchError{"sub"}
	case !number("nbf", from):
		return &ClaimMismatchError{"nbf"}
	case !number("exp", until):
		return &ClaimMismatchError{"exp"}
	}
	return nil
}

func (d *document) status() StatusEntry {
	o := first(d.claims["credentialStatus"])
	if text(o, "type") != "BitstringStatusListEntry" {
		return StatusEntry{}
	}
	var index int
	if _, err := fmt.Sscanf(text(o, "statusListIndex"), "%d", &index); err != nil || fmt.Sprint(index) != text(o, "statusListIndex") || index < 0 {
		d.fail("statusListIndex is not a number")
	}
	return StatusEntry{List: d.need(o, "statusListCredential"), Index: index}
}

func (s StatusEntry) object() object {
	return object{"id": fmt.Sprintf("%s#%d", s.List, s.Index), "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
		"statusListIndex": fmt.Sprint(s.Index), "statusListCredential": s.List}
}

// envelope adds what every credential of ours has.
func envelope(o object, types []string, id string, issuer, subject string, from, until time.Time) {
	o["type"], o["id"], o["jti"], o["iss"], o["sub"] = types, id, id, issuer, subject
	o["validFrom"], o["nbf"] = stamp(from), from.Unix()
	if !until.IsZero() {
		o["validUntil"], o["exp"] = stamp(until), until.Unix()
	}
}

func contexts(id string) []string { return []string{contextVC, contextOB, contextOf(id)} }

// contextOf is our context below the public address that the credential's id
// belongs to.
func contextOf(id string) string {
	u, err := url.Parse(id)
	if err != nil {
		return id
	}
	return u.Scheme + "://" + u.Host + "/ns/v1"
}

func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

func (p Party) object() object {
	o := object{"id": p.DID, "type": []string{"Profile"}}
	put(o, "name", p.Name)
	put(o, "url", p.Website)
	return o
}

func put(o object, name, value string) {
	if value != "" {
		o[name] = value
	}
}

func encode(o object) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(o); err != nil {
		return nil, fmt.Errorf("writing credential: %w", err)
	}
	return []byte(strings.TrimSuffix(b.String(), "\n")), nil
}
