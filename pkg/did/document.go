package did

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Limits of a document.
const (
	MaxDocument = 1 << 20
	maxMethods  = 256
)

type object = map[string]any

// ParseDocument reads the controller document of id. The document must say
// that it is id's, and a method counts only if it names id as its controller.
// Methods of kinds not read here, and keys that cannot be used, are left out;
// two methods under one id, or a reference that could mean two things, make
// the whole document ErrMalformed.
func ParseDocument(data []byte, id string) (Document, error) {
	o, err := parse(data)
	if err != nil {
		return Document{}, err
	}
	if said, _ := o["id"].(string); said != id || id == "" {
		return Document{}, fmt.Errorf("%w: it is not the document of %.200q", ErrMalformed, id)
	}
	r := reader{id: id, methods: map[string]Method{}, seen: map[string]bool{}}
	for _, v := range list(o["verificationMethod"]) {
		x, ok := v.(object)
		if !ok {
			return Document{}, fmt.Errorf("%w: a verificationMethod is not an object", ErrMalformed)
		}
		r.read(x)
	}
	d := Document{ID: id, Assertion: r.relation(o["assertionMethod"]), Authentication: r.relation(o["authentication"])}
	return d, r.err
}

// ParsePublished reads what an https address says about keys: a controller
// document of that address, one JWK, named by the address itself (Open Badges
// 3.0, 8.2.2), or a JWK set, whose keys are named address#kid.
func ParsePublished(data []byte, address string) ([]Method, error) {
	o, err := parse(data)
	if err != nil {
		return nil, err
	}
	if _, single := o["kty"]; single {
		k, err := jws.ParseJWK(data)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		return []Method{{Key: k.WithKeyID(address)}}, nil
	}
	set, isSet := o["keys"].([]any)
	if !isSet {
		d, err := ParseDocument(data, address)
		return d.Assertion, err
	}
	if len(set) > maxMethods {
		return nil, fmt.Errorf("%w: more than %d keys", ErrMalformed, maxMethods)
	}
	var out []Method
	names := map[string]bool{}
	for _, v := range set {
		k, err := parseKey(v)
		if err != nil || k.KeyID() == "" { // keys for encryption and such
			continue
		}
		name := k.KeyID()
		if !strings.HasPrefix(name, address+"#") {
			name = address + "#" + name
		}
		if names[name] {
			return nil, fmt.Errorf("%w: two keys under one kid", ErrMalformed)
		}
		names[name] = true
		out = append(out, Method{Key: k.WithKeyID(name)})
	}
	return out, nil
}

func parse(data []byte) (object, error) {
	if len(data) > MaxDocument {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrMalformed, MaxDocument)
	}
	if err := ijson.Check(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	var o object
	if err := dec.Decode(&o); err != nil || o == nil {
		return nil, fmt.Errorf("%w: not an object", ErrMalformed)
	}
	return o, nil
}

// reader collects a document's methods and remembers the first fault.
type reader struct {
	id      string
	methods map[string]Method // usable ones, by full id
	seen    map[string]bool   // every id, usable or not
	err     error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrMalformed, what)
	}
}

// full is the absolute form of a method's id.
func (r *reader) full(id string) string {
	if strings.HasPrefix(id, "#") {
		return r.id + id
	}
	return id
}

func (r *reader) read(x object) (Method, bool) {
	id, _ := x["id"].(string)
	id = r.full(id)
	if id == "" {
		r.fail("a method has no id")
		return Method{}, false
	}
	if r.seen[id] {
		r.fail("two methods under one id")
		return Method{}, false
	}
	if len(r.seen) == maxMethods {
		r.fail("too many methods")
		return Method{}, false
	}
	r.seen[id] = true
	if x["controller"] != r.id || Controller(id) != r.id {
		return Method{}, false // another's key, however it came here
	}
	key, err := material(x)
	if err != nil {
		return Method{}, false
	}
	m := Method{Key: key.WithKeyID(id)}
	for _, name := range []string{"revoked", "expires"} {
		v, ok := x[name]
		if !ok {
			continue
		}
		s, _ := v.(string)
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return Method{}, false // ended, nobody knows when
		}
		if m.Ended.IsZero() || t.Before(m.Ended) {
			m.Ended = t.UTC()
		}
	}
	r.methods[id] = m
	return m, true
}

// relation reads assertionMethod or authentication: ids of methods, or methods
// that hold for this relation alone.
func (r *reader) relation(v any) []Method {
	var out []Method
	for _, x := range list(v) {
		switch x := x.(type) {
		case string:
			if m, ok := r.methods[r.full(x)]; ok {
				out = append(out, m)
			}
		case object:
			own := reader{id: r.id, methods: map[string]Method{}, seen: r.seen}
			m, ok := own.read(x)
			if own.err != nil {
				r.fail("a method embedded in a relation cannot be read")
			}
			if ok {
				out = append(out, m)
			}
		default:
			r.fail("a relation holds neither ids nor methods")
		}
	}
	return out
}

// material is the key of a method; the kinds are those of Controlled
// Identifiers v1.0, 2.2, and their predecessors.
func material(x object) (jws.JWK, error) {
	kind, _ := x["type"].(string)
	_, hasJWK := x["publicKeyJwk"]
	text, hasText := x["publicKeyMultibase"].(string)
	switch {
	case hasJWK && hasText:
		return jws.JWK{}, fmt.Errorf("%w: two keys in one method", ErrMalformed)
	case hasJWK && (kind == "JsonWebKey" || kind == "JsonWebKey2020"):
		return parseKey(x["publicKeyJwk"])
	case hasText && kind == "Multikey":
		return ParseMultikey(text)
	case hasText && kind == "Ed25519VerificationKey2020":
		k, err := ParseMultikey(text)
		if err == nil && k.Algorithm() != "EdDSA" {
			err = fmt.Errorf("%w: an Ed25519VerificationKey2020 of another kind", ErrMalformed)
		}
		return k, err
	default:
		return jws.JWK{}, fmt.Errorf("%w: method type %.60q", ErrMethod, kind)
	}
}

func parseKey(v any) (jws.JWK, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return jws.JWK{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return jws.ParseJWK(raw)
}

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
