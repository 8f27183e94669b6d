// Package assertion reads Open Badges 2.0 (Final, 12 April 2018), the form
// that badges had before Open Badges 3.0 made them verifiable credentials: an
// Assertion that names a BadgeClass that names an issuer's Profile, each a
// JSON document at its own address, or an Assertion signed as a compact JWS.
// It reads documents strictly and fetches nothing; who must host or sign what
// is judged by package verify. Older editions are not read.
package assertion

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// ErrMalformed says that a document is not what it should be.
var ErrMalformed = errors.New("malformed Open Badges 2.0 document")

const context = "https://w3id.org/openbadges/v2"

// Assertion says that a recipient earned a badge.
type Assertion struct {
	ID        string // where a hosted assertion is found
	Recipient Recipient
	Badge     Reference
	IssuedOn  time.Time
	Expires   time.Time // zero: never
	Signed    bool      // verification by signature, else by hosting
	Creator   string    // id of the key that a signed assertion says it was signed with
}

// Recipient is who earned it: an identity, usually the hash of an e-mail address.
type Recipient struct {
	Type     string
	Identity string
	Salt     string
	Hashed   bool
}

// Reference is a document by its address or, if Embedded is not empty, the
// document itself.
type Reference struct {
	Address  string
	Embedded []byte
}

// Badge is a BadgeClass: what was earned.
type Badge struct {
	ID          string
	Name        string
	Description string
	Criteria    string // narrative, or its address
	Issuer      Reference
}

// Profile is an issuer.
type Profile struct {
	ID             string
	Name           string
	Website        string
	Keys           []string // ids of its keys
	RevocationList string   // address; empty: none is kept
	// Origins and StartsWith say where its hosted assertions may lie; both
	// empty: on the host of ID.
	Origins    []string
	StartsWith []string
}

// Key is a CryptographicKey.
type Key struct {
	Owner string // id of the Profile
	Key   jws.JWK
}

type object = map[string]any

// Is tells whether a JSON document is of Open Badges 2.0, so that it should be
// read here.
func Is(data []byte) bool {
	_, err := open(data, "Assertion")
	return err == nil
}

// Parse reads an Assertion: a hosted document or the payload of a signed one.
func Parse(data []byte) (Assertion, error) {
	d, err := open(data, "Assertion")
	if err != nil {
		return Assertion{}, err
	}
	a := Assertion{ID: d.need("id"), Badge: d.reference("badge"), IssuedOn: d.instant("issuedOn", true), Expires: d.instant("expires", false)}
	r := document{o: d.object("recipient")}
	a.Recipient = Recipient{Type: r.need("type"), Identity: r.need("identity"), Salt: r.text("salt"), Hashed: r.o["hashed"] == true}
	v := document{o: d.object("verification")}
	switch kinds := v.kinds(); {
	case slices.Contains(kinds, "signed") || slices.Contains(kinds, "SignedBadge"):
		a.Signed, a.Creator = true, v.address("creator")
	case slices.Contains(kinds, "hosted") || slices.Contains(kinds, "HostedBadge"):
	default:
		d.fail("verification is neither hosted nor signed")
	}
	return a, errors.Join(d.err, r.err, v.err)
}

// Revoked tells which assertion a document calls revoked, if so: the assertion
// itself or, as "410 Gone" may come with, little more than its id.
func Revoked(data []byte) (id string, revoked bool) {
	d := &document{}
	if ijson.Check(data) != nil || json.Unmarshal(data, &d.o) != nil {
		return "", false
	}
	return d.need("id"), d.o["revoked"] == true
}

// ParseBadge reads a BadgeClass.
func ParseBadge(data []byte) (Badge, error) {
	d, err := open(data, "BadgeClass")
	if err != nil {
		return Badge{}, err
	}
	b := Badge{ID: d.need("id"), Name: d.need("name"), Description: d.text("description"), Criteria: d.text("criteria"), Issuer: d.reference("issuer")}
	if c, ok := d.o["criteria"].(object); ok {
		b.Criteria = (&document{o: c}).text("narrative")
	}
	return b, d.err
}

// ParseProfile reads an issuer's Profile.
func ParseProfile(data []byte) (Profile, error) {
	d, err := open(data, "Issuer", "Profile")
	if err != nil {
		return Profile{}, err
	}
	p := Profile{ID: d.need("id"), Name: d.need("name"), Website: d.text("url"), RevocationList: d.text("revocationList")}
	for _, k := range list(d.o["publicKey"]) {
		if id := identifier(k); id != "" {
			p.Keys = append(p.Keys, id)
		}
	}
	if v, ok := d.o["verification"].(object); ok {
		p.Origins, p.StartsWith = texts(v["allowedOrigins"]), texts(v["startsWith"])
	}
	return p, d.err
}

// ParseKey reads a CryptographicKey; the key is named by the document's id.
func ParseKey(data []byte) (Key, error) {
	d, err := open(data, "CryptographicKey")
	if err != nil {
		return Key{}, err
	}
	id, owner := d.need("id"), d.address("owner")
	if d.err != nil {
		return Key{}, d.err
	}
	block, rest := pem.Decode([]byte(d.text("publicKeyPem")))
	if block == nil || block.Type != "PUBLIC KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return Key{}, fmt.Errorf("%w: publicKeyPem is no public key", ErrMalformed)
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return Key{}, fmt.Errorf("%w: publicKeyPem is no public key", ErrMalformed)
	}
	key, err := jws.NewJWK(public, id)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return Key{Owner: owner, Key: key}, nil
}

// ParseRevocations reads a RevocationList: the ids it revokes.
func ParseRevocations(data []byte) (id string, revoked map[string]bool, err error) {
	d, err := open(data, "RevocationList")
	if err != nil {
		return "", nil, err
	}
	revoked = map[string]bool{}
	for _, x := range list(d.o["revokedAssertions"]) {
		id := identifier(x)
		if o, ok := x.(object); ok && id == "" {
			id, _ = o["uid"].(string)
		}
		if id == "" {
			return "", nil, fmt.Errorf("%w: an entry of revokedAssertions names no assertion", ErrMalformed)
		}
		revoked[id] = true
	}
	return d.need("id"), revoked, d.err
}

// document reads members and remembers the first fault.
type document struct {
	o   object
	err error
}

// open reads a document of one of the types.
func open(data []byte, types ...string) (*document, error) {
	if err := ijson.Check(data); err != nil {
		return nil, fmt.Errorf("%w: it %w", ErrMalformed, err)
	}
	d := &document{}
	if err := json.Unmarshal(data, &d.o); err != nil || d.o == nil {
		return nil, fmt.Errorf("%w: not an object", ErrMalformed)
	}
	if !slices.Contains(texts(d.o["@context"]), context) {
		return nil, fmt.Errorf("%w: its @context is not that of Open Badges 2.0", ErrMalformed)
	}
	for _, t := range types {
		if slices.Contains(d.kinds(), t) {
			return d, nil
		}
	}
	return nil, fmt.Errorf("%w: it is not of type %s", ErrMalformed, strings.Join(types, " or "))
}

func (d *document) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
	}
}

func (d *document) kinds() []string {
	return append(texts(d.o["type"]), texts(d.o["@type"])...)
}

func (d *document) text(name string) string { s, _ := d.o[name].(string); return s }

func (d *document) need(name string) string {
	s := d.text(name)
	if s == "" && name == "id" {
		s = d.text("@id")
	}
	if s == "" {
		d.fail("%s is missing", name)
	}
	return s
}

func (d *document) address(name string) string {
	id := identifier(d.o[name])
	if id == "" {
		d.fail("%s names nothing", name)
	}
	return id
}

func (d *document) object(name string) object {
	o, ok := d.o[name].(object)
	if !ok {
		d.fail("%s is missing", name)
	}
	return o
}

// reference takes an address or the document itself, which says of what
// context it is only by the one around it.
func (d *document) reference(name string) Reference {
	o, ok := d.o[name].(object)
	if !ok {
		return Reference{Address: d.need(name)}
	}
	inner := object{}
	for k, v := range o {
		inner[k] = v
	}
	if _, ok := inner["@context"]; !ok {
		inner["@context"] = context
	}
	data, err := json.Marshal(inner)
	if err != nil {
		d.fail("%s cannot be read", name)
	}
	return Reference{Address: identifier(o), Embedded: data}
}

// instant takes an instant with zone or, as older issuers write, a day.
func (d *document) instant(name string, required bool) time.Time {
	v, ok := d.o[name]
	if !ok && !required {
		return time.Time{}
	}
	s, _ := v.(string)
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	d.fail("%s is not an instant with zone", name)
	return time.Time{}
}

// identifier is an address, or the id of an object.
func identifier(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case object:
		if id, ok := v["id"].(string); ok {
			return id
		}
		id, _ := v["@id"].(string)
		return id
	}
	return ""
}

func list(v any) []any {
	if all, ok := v.([]any); ok {
		return all
	}
	if v == nil {
		return nil
	}
	return []any{v}
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
