package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// MaxBundle bounds the credentials in one bundle.
const MaxBundle = MaxStatements + 64

// Bundle writes evidence as a W3C VerifiablePresentation of enveloped
// credentials: the certificate first, then statements, status lists and, if
// extract is not empty, the register's signed extract. It verifies offline
// with nothing but the keys of the anchors (and of the registrar, for what
// only the register knows: histories with dates, coverage, sources; and of the
// log, for the proofs beside it). context is the address of the bonafide JSON-LD
// context.
func Bundle(ev Evidence, extract, context string) ([]byte, error) {
	tokens := []string{ev.Certificate.Token()}
	for _, s := range ev.Statements {
		tokens = append(tokens, s.Token())
	}
	tokens = append(tokens, ev.StatusLists...)
	if extract != "" {
		tokens = append(tokens, extract)
	}
	return credential.PresentationProven(tokens, ev.LogProofs, context)
}

// ExtractType is the credential type of a register's extract.
const ExtractType = "RegisterExtractCredential"

type extractWire struct {
	Context    []string       `json:"@context"`
	Type       []string       `json:"type"`
	Issuer     string         `json:"issuer"`
	ValidFrom  string         `json:"validFrom"`
	ValidUntil string         `json:"validUntil"`
	Subject    extractSubject `json:"credentialSubject"`
	Iss        string         `json:"iss"`
	Nbf        int64          `json:"nbf"`
	Exp        int64          `json:"exp"`
}

type extractSubject struct {
	ID       string   `json:"id"`
	Type     string   `json:"type"`
	Register Register `json:"register"`
}

// Extract is the payload of a RegisterExtractCredential: what the registrar
// knows about one certificate and its chain, as of register.AsOf. context is
// the address of the bonafide JSON-LD context.
func Extract(register Register, certificate, context string) ([]byte, error) {
	register = register.told()
	from := register.AsOf.UTC().Truncate(time.Second)
	until := from.Add(MaxStatusAge)
	return json.Marshal(extractWire{
		Context: []string{"https://www.w3.org/ns/credentials/v2", context},
		Type:    []string{"VerifiableCredential", ExtractType}, Issuer: register.Registrar,
		ValidFrom: from.Format(time.RFC3339), ValidUntil: until.Format(time.RFC3339),
		Subject: extractSubject{ID: certificate, Type: "RegisterExtract", Register: register},
		Iss:     register.Registrar, Nbf: from.Unix(), Exp: until.Unix(),
	})
}

// told leaves out what is not for everybody, and the texts recorded, which a
// bundle carries already, unless a compromised key makes it matter which of
// them the register recorded.
func (r Register) told() Register {
	compromised := false
	for _, all := range r.Keys {
		compromised = compromised || slices.ContainsFunc(all, func(k PublishedKey) bool { return k.CompromisedAt != nil })
	}
	histories := make(map[string]History, len(r.Histories))
	for id, h := range r.Histories {
		if !compromised {
			h.Recorded = ""
		}
		h.Events = slices.Clone(h.Events)
		for i, x := range h.Events {
			h.Events[i] = public(x)
		}
		histories[id] = h
	}
	r.Histories = histories
	return r
}

// BundleSource answers from a bundle alone: no network, no clock.
type BundleSource struct {
	statements map[string][]*UnverifiedStatement
	lists      []bundledList
	register   Register
	proofs     []string        // of a transparency log
	about      string          // the certificate that the register's extract speaks of
	known      map[string]bool // statements of the bundle, by credential id
}

// ErrNoCertificate says that a bundle holds no certificate.
var ErrNoCertificate = errors.New("the bundle holds no certificate")

// ParseBundle reads a bundle. Its register extract counts only if a registrar
// of the policy signed it; then its facts are that registrar's word. The
// certificate returned is as unverified as the rest. Beside ErrNoCertificate
// the source is good: statements alone serve a certificate handed in beside them.
func ParseBundle(data []byte, p Policy) (certificate string, src *BundleSource, err error) {
	tokens, err := credential.ParsePresentation(data)
	if err != nil {
		return "", nil, fmt.Errorf("reading bundle: %w", err)
	}
	if len(tokens) > MaxBundle {
		return "", nil, fmt.Errorf("reading bundle: more than %d credentials", MaxBundle)
	}
	proofs := credential.LogProofs(data)
	src = &BundleSource{proofs: proofs[:min(len(proofs), maxLogProofs)], statements: map[string][]*UnverifiedStatement{}, known: map[string]bool{}}
	for i, text := range tokens {
		types, u, err := typesOf(text)
		if err != nil {
			return "", nil, fmt.Errorf("reading credential %d of the bundle: %w", i, err)
		}
		switch {
		case has(types, ExtractType):
			if u != nil {
				if register, about, ok := src.extract(u, p); ok {
					src.register, src.about = register, about
				}
			}
		case has(types, "BitstringStatusListCredential"), has(types, "StatusList2021Credential"):
			src.keepList(text)
		case has(types, "EndorsementCredential"):
			s, err := ParseStatement(text)
			if err != nil {
				continue // an ordinary endorsement grants nothing
			}
			src.statements[s.statement.Subject] = append(src.statements[s.statement.Subject], s)
			src.known[s.statement.ID] = true
		case certificate == "":
			certificate = text
		}
	}
	if certificate == "" {
		return "", src, ErrNoCertificate
	}
	return certificate, src, nil
}

// maxLogProofs bounds the proofs of logs that a bundle carries: one, or one of
// each log that holds the record.
const maxLogProofs = 4

// LogProofs are the proofs of transparency logs that the bundle carries, for
// Evidence.
func (b *BundleSource) LogProofs() []string { return b.proofs }

// bundledList is an unverified status list: where and when it speaks.
type bundledList struct {
	text, id    string
	from, until time.Time
}

// keepList reads a list of the bundle once; what it holds is read again when it
// is judged. Each may inflate to megabytes, so that there are at most MaxLists.
func (b *BundleSource) keepList(text string) {
	if len(b.lists) == MaxLists {
		return
	}
	l, _, err := readList(text)
	if err != nil {
		return // not a list that could say anything
	}
	x := bundledList{text: text, id: l.ID, from: l.ValidFrom, until: l.ValidUntil}
	if x.until.IsZero() {
		x.until = x.from.Add(MaxStatusAge)
	}
	b.lists = append(b.lists, x)
}

// typesOf is the type member of a credential, and the token if it is one.
func typesOf(text string) (string, *jws.Unverified, error) {
	payload, u := []byte(text), (*jws.Unverified)(nil)
	if !strings.HasPrefix(text, "{") {
		var err error
		if u, err = jws.Parse(text); err != nil {
			return "", nil, err
		}
		payload = u.Payload
	}
	var head struct {
		Type json.RawMessage `json:"type"`
		VC   struct {
			Type json.RawMessage `json:"type"`
		} `json:"vc"`
	}
	_ = json.Unmarshal(payload, &head) // no type: a certificate that Evaluate will refuse
	if len(head.Type) == 0 {
		return string(head.VC.Type), u, nil
	}
	return string(head.Type), u, nil
}

func has(types, name string) bool {
	var list []string
	if json.Unmarshal([]byte(types), &list) != nil {
		var one string
		if json.Unmarshal([]byte(types), &one) != nil {
			return false
		}
		list = []string{one}
	}
	for _, t := range list {
		if t == name {
			return true
		}
	}
	return false
}

func (b *BundleSource) extract(u *jws.Unverified, p Policy) (register Register, certificate string, ok bool) {
	for _, r := range p.Registrars {
		for _, k := range r.Keys {
			if !matches(u.Header, k) || u.Verify(k) != nil {
				continue
			}
			var w extractWire
			if json.Unmarshal(u.Payload, &w) != nil || w.Iss != r.DID || w.Issuer != r.DID {
				return Register{}, "", false
			}
			register = w.Subject.Register
			register.Registrar = r.DID
			if from, err := time.Parse(time.RFC3339, w.ValidFrom); err != nil || register.AsOf.Sub(from).Abs() > time.Minute {
				return Register{}, "", false
			}
			return register, w.Subject.ID, true
		}
	}
	return Register{}, "", false
}

// All lists the statements of the bundle.
func (b *BundleSource) All() []*UnverifiedStatement {
	var out []*UnverifiedStatement
	for _, subject := range slices.Sorted(maps.Keys(b.statements)) {
		out = append(out, b.statements[subject]...)
	}
	return out
}

// Statements implements Source.
func (b *BundleSource) Statements(_ context.Context, body string) ([]*UnverifiedStatement, error) {
	return b.statements[body], nil
}

// Controller implements Source: a bundle vouches for nobody's keys.
func (b *BundleSource) Controller(context.Context, string) ([]PublishedKey, error) {
	return nil, ErrUnobtainable
}

// StatusList implements Source: the newest list of that address that holds at
// the instant. One that names no end speaks for as long as a register's extract
// may: nobody else tells how old it is.
func (b *BundleSource) StatusList(_ context.Context, address string, at time.Time) (string, error) {
	var best bundledList
	for _, l := range b.lists {
		if l.id == address && !at.Before(l.from) && at.Before(l.until) && (best.text == "" || l.from.After(best.from)) {
			best = l
		}
	}
	if best.text == "" {
		return "", ErrUnobtainable
	}
	return best.text, nil
}

// Register implements Source. An extract speaks of one certificate and of no
// other. Where it tells the history of a statement that the bundle does not
// hold, somebody took that out: then nothing follows from what is missing.
func (b *BundleSource) Register(_ context.Context, q RegisterQuery) (Register, error) {
	if b.about != q.Certificate {
		return Register{}, nil
	}
	r := b.register
	if len(q.Bodies) == 0 || r.CompleteFor != q.Bodies[0] {
		r.CompleteUntil = nil // of another body, or nobody knows of which
	}
	for id := range r.Histories {
		if id != q.Certificate && !b.known[id] {
			r.CompleteUntil, r.cut = nil, true
		}
	}
	return r, nil
}
