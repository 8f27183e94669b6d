package credential

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
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

// document reads members of a credential and remembers the first fault. It
// works on maps, never on tagged structs: those would take "ISS" for "iss".
type document struct {
	claims  object // the credential's properties
	repeats object // the registered claims beside them; nil in a JSON document
	lax     bool   // secured by VC-JOSE-COSE, which asks for no registered claims
	old     bool   // data model 1.1
	err     error
}

func (d *document) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
	}
}

// text returns a string member; a missing one is "".
func text(o object, name string) string { s, _ := o[name].(string); return s }

// label returns a text for people: a string, a language value, or a map of
// languages, of which English and otherwise the first by name is taken.
func label(o object, name string) string {
	m, ok := o[name].(object)
	if !ok {
		return text(o, name)
	}
	best := ""
	for language := range m {
		if _, ok := m[language].(string); ok && (best == "" || language < best) {
			best = language
		}
	}
	for _, known := range []string{"@value", "en"} {
		if _, ok := m[known].(string); ok {
			best = known
			break
		}
	}
	return text(m, best)
}

func (d *document) need(o object, name string) string {
	s := text(o, name)
	if s == "" {
		d.fail("%s is missing", name)
	}
	return s
}

// texts takes a string or an array of strings, and nothing else: a member
// that restricts must not vanish because it is written oddly.
func (d *document) texts(o object, name string) []string {
	v, ok := o[name]
	if !ok {
		return nil
	}
	var out []string
	for _, x := range list(v) {
		s, ok := x.(string)
		if !ok || s == "" {
			d.fail("%s is not a string or an array of strings", name)
			return nil
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		d.fail("%s is empty", name)
	}
	return out
}

// stapled are the endorsements that a profile carries. Some issuers write an
// empty list, though Open Badges 3.0 wants none.
func (d *document) stapled(profile object) []string {
	if all, ok := profile["endorsementJwt"].([]any); ok && len(all) == 0 {
		return nil
	}
	return d.texts(profile, "endorsementJwt")
}

// one takes an object, or an array of one. With two of them, two readers could
// each read their own.
func (d *document) one(o object, name string) object {
	v, ok := o[name]
	if !ok {
		return object{}
	}
	all := list(v)
	if len(all) == 1 {
		if x, ok := all[0].(object); ok {
			return x
		}
	}
	d.fail("%s is not one object", name)
	return object{}
}

// list takes a value or an array of values.
func list(v any) []any {
	if all, ok := v.([]any); ok {
		return all
	}
	return []any{v}
}

// objects are the objects of a value or array; anything else is passed over.
func objects(v any) []object {
	var out []object
	for _, x := range list(v) {
		if o, ok := x.(object); ok {
			out = append(out, o)
		}
	}
	return out
}

// reference is the id of an object, or the address alone.
func reference(o object, name string) string {
	if x, ok := o[name].(object); ok {
		return text(x, "id")
	}
	return text(o, name)
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
	t, err := time.Parse(time.RFC3339, s) // demands a zone, but takes T9:00 and a comma for a point
	if err != nil || s[len("2026-03-01T09")] != ':' || strings.Contains(s, ",") {
		d.fail("%s is not a date and time with zone", name)
	}
	return t.UTC()
}

// validity reads validFrom and validUntil, which data model 1.1 calls
// issuanceDate and expirationDate.
func (d *document) validity(required bool) (from, until time.Time) {
	names := [2]string{"validFrom", "validUntil"}
	if d.old {
		names = [2]string{"issuanceDate", "expirationDate"}
	}
	from, until = d.instant(names[0], required), d.instant(names[1], false)
	if !until.IsZero() && until.Before(from) {
		d.fail("validUntil is before validFrom")
	}
	return from, until
}

// issuer takes the address alone or a Profile.
func (d *document) issuer() (Party, object) {
	if s, ok := d.claims["issuer"].(string); ok && s != "" {
		return Party{DID: s}, object{}
	}
	o, _ := d.claims["issuer"].(object)
	return Party{DID: d.need(o, "id"), Name: label(o, "name"), Website: text(o, "url")}, o
}

// registered is what the registered claims must repeat.
type registered struct {
	issuer, subject, id string
	from, until         time.Time
}

// agree compares the registered claims with the properties they repeat. Open
// Badges 3.0 demands all of them; only sub may be absent, which 1EdTech's own
// samples leave out, and aud must then be the subject too. With optional, as
// for VC-JOSE-COSE, an absent claim says nothing; a present one must agree.
func (d *document) agree(r registered, optional bool) error {
	if d.repeats == nil {
		return nil // an embedded proof covers the properties themselves
	}
	optional = optional || d.lax
	for _, c := range []struct {
		name, want string
		optional   bool
	}{{"iss", r.issuer, optional}, {"jti", r.id, optional}, {"sub", r.subject, true}, {"aud", r.subject, true}} {
		v, ok := d.repeats[c.name]
		if !ok && c.optional {
			continue
		}
		if s, isText := v.(string); !isText || s != c.want || s == "" {
			return &ClaimMismatchError{c.name}
		}
	}
	for _, c := range []struct {
		name string
		want time.Time
	}{{"nbf", r.from}, {"exp", r.until}} {
		v, ok := d.repeats[c.name]
		if !ok && (optional || c.want.IsZero()) {
			continue
		}
		n, isNumber := v.(json.Number)
		f, err := n.Float64()
		if !isNumber || err != nil || c.want.IsZero() || int64(f) != c.want.Unix() {
			return &ClaimMismatchError{c.name}
		}
	}
	return nil
}
