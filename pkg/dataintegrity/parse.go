package dataintegrity

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// Parse reads a secured document without believing it. It refuses with
// ErrMalformed what two readers could understand differently, and with
// ErrUnsupported a proof of a type not known here.
func Parse(data []byte) (*Unverified, error) {
	doc, err := decode(data)
	if err != nil {
		return nil, err
	}
	u := &Unverified{raw: data, document: doc}
	held, ok := doc["proof"]
	if !ok {
		return nil, ErrUnsecured
	}
	delete(doc, "proof")
	all, several := held.([]any)
	if !several {
		all = []any{held}
	}
	if len(all) == 0 || len(all) > MaxProofs {
		return nil, fmt.Errorf("%w: not between one and %d proofs", ErrMalformed, MaxProofs)
	}
	ids := map[string]bool{}
	for i, v := range all {
		o, ok := v.(object)
		if !ok {
			return nil, fmt.Errorf("%w: proof %d is not an object", ErrMalformed, i)
		}
		p, err := parseProof(o)
		if err != nil {
			return nil, fmt.Errorf("proof %d: %w", i, err)
		}
		if p.ID != "" && ids[p.ID] {
			return nil, fmt.Errorf("%w: two proofs under one id", ErrMalformed)
		}
		ids[p.ID] = true
		u.Proofs, u.proofs = append(u.Proofs, p), append(u.proofs, o)
	}
	for _, p := range u.Proofs {
		for _, id := range p.Previous {
			if id == "" || !ids[id] || id == p.ID {
				return nil, fmt.Errorf("%w: previousProof names no other proof of the document", ErrMalformed)
			}
		}
	}
	return u, nil
}

func decode(data []byte) (object, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrMalformed, MaxBytes)
	}
	if err := ijson.Check(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var doc object
	if err := json.Unmarshal(data, &doc); err != nil || doc == nil {
		return nil, fmt.Errorf("%w: not an object", ErrMalformed)
	}
	return doc, nil
}

func parseProof(o object) (Proof, error) {
	r := proofReader{o: o}
	p := Proof{ID: r.text("id"), Suite: r.text("cryptosuite"), VerificationMethod: r.need("verificationMethod"),
		Purpose: r.need("proofPurpose"), Created: r.instant("created"), Expires: r.instant("expires"),
		Challenge: r.text("challenge"), Domain: r.texts("domain"), Previous: r.texts("previousProof")}
	r.need("proofValue")
	kind := r.need("type")
	if r.err != nil {
		return Proof{}, r.err
	}
	switch {
	case kind == Signature2020 && p.Suite == "":
		p.Suite = Signature2020
	case kind == proofType && slices.Contains([]string{EdDSARDFC, EdDSAJCS, ECDSARDFC, ECDSAJCS}, p.Suite):
	default:
		return Proof{}, fmt.Errorf("%w: type %.60q, cryptosuite %.60q", ErrUnsupported, kind, p.Suite)
	}
	return p, nil
}

// proofReader reads members of a proof and remembers the first fault.
type proofReader struct {
	o   object
	err error
}

func (r *proofReader) fail(name string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: proof: %s is missing or not what it should be", ErrMalformed, name)
	}
}

func (r *proofReader) text(name string) string {
	v, ok := r.o[name]
	s, isText := v.(string)
	if ok && (!isText || s == "") {
		r.fail(name)
	}
	return s
}

func (r *proofReader) need(name string) string {
	s := r.text(name)
	if s == "" {
		r.fail(name)
	}
	return s
}

func (r *proofReader) texts(name string) []string {
	v, ok := r.o[name]
	if !ok {
		return nil
	}
	all, several := v.([]any)
	if !several {
		all = []any{v}
	}
	var out []string
	for _, x := range all {
		s, ok := x.(string)
		if !ok || s == "" {
			r.fail(name)
			return nil
		}
		out = append(out, s)
	}
	return out
}

// instant is an XML Schema dateTimeStamp: the zone is part of it.
func (r *proofReader) instant(name string) time.Time {
	s := r.text(name)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || !strings.ContainsRune(s, 'T') {
		r.fail(name)
	}
	return t.UTC()
}
