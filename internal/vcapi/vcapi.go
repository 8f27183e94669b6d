// Package vcapi issues and verifies W3C credentials of any kind for the VC-API
// (VCALM 1.0) in the form that the W3C suites call. It judges proofs and the
// data model and nothing else: "verified" says that a credential is unaltered,
// not that anyone should believe it. What a certificate is worth is package
// verify's to say.
//
// Issuing signs whatever it is given, so it has keys of its own that no
// statement vouches for and no register, registrar or anchor list names; they
// live in memory and end with the process. Nothing signed here can be judged
// bona_fide.
package vcapi

import (
	"context"
	"crypto"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Problem is one entry of problemDetails (RFC 9457).
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

// Types of problems (VC Data Model 2.0, 7.3; Data Integrity 1.0, 4.7; Bitstring
// Status List 1.0, 3.5).
const (
	typeParsing   = "https://www.w3.org/TR/vc-data-model#PARSING_ERROR"
	typeMalformed = "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR"
	typeCrypto    = "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR"
	typeRange     = "https://www.w3.org/TR/vc-data-model#RANGE_ERROR"
	typeChallenge = "https://w3id.org/security#INVALID_CHALLENGE_ERROR"
	typeDomain    = "https://w3id.org/security#INVALID_DOMAIN_ERROR"
	typeStatus    = "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR"
)

// Problems is why something cannot be issued or is not verified.
type Problems []Problem

func (p Problems) Error() string {
	all := make([]string, len(p))
	for i, x := range p {
		all[i] = x.Detail
	}
	return strings.Join(all, "; ")
}

func malformedProblem(at, detail string) Problem {
	if at != "" {
		detail = at + " " + detail
	}
	return Problem{typeMalformed, "Malformed value", detail}
}

func malformed(at, format string, args ...any) error {
	return Problems{malformedProblem(at, fmt.Sprintf(format, args...))}
}

func cryptographic(format string, args ...any) error {
	return Problems{{typeCrypto, "Proof verification failed", fmt.Sprintf(format, args...)}}
}

// Office issues and verifies. Its methods are safe for concurrent use.
type Office struct {
	// DID is the issuer that credentials name.
	DID string
	// Keys are those of the issuer; nil: nothing is issued.
	Keys *Keys
	// Place draws an entry of an open status list, and StatusList is its address.
	Place      func(ctx context.Context, body string) (list string, index int, err error)
	StatusList func(list string) string
	// Sources gives what there is beyond the document itself, with limits for
	// each asker; Contexts further JSON-LD contexts, or is nil.
	Sources  func(asker string) Source
	Contexts dataintegrity.Contexts
	// Workers bounds the work on documents of strangers, together with whoever
	// else has the same; nil: no bound but each document's own.
	Workers *dataintegrity.Workers
	Now     func() time.Time
}

// Source is a verify.Source as far as the VC-API asks: what controllers publish
// and status lists as they are, which the zero instant stands for;
// verify.ErrUnobtainable where something cannot be had. What is worked out from
// an identifier itself is not asked for.
type Source interface {
	Controller(ctx context.Context, id string) ([]verify.PublishedKey, error)
	StatusList(ctx context.Context, address string, at time.Time) (string, error)
}

// Asked answers one asker's question.
type Asked struct {
	*Office
	source Source
}

// For takes a question of an asker, who is known by an address.
func (o *Office) For(asker string) *Asked { return &Asked{o, o.Sources(asker)} }

// Keys sign what the conformance issuer issues.
type Keys struct {
	Ed25519 jws.Signer // named as a Multikey
	P256    jws.Signer // named by its thumbprint, for enveloping
	curve   jws.Signer // the same P-256 key as a Multikey, for ecdsa suites
}

// NewKeys makes keys for the issuer.
func NewKeys(issuer string, random io.Reader) (*Keys, error) {
	ed, err := jws.GenerateEd25519(random)
	if err != nil {
		return nil, fmt.Errorf("making conformance keys: %w", err)
	}
	ec, err := jws.GenerateES256(random)
	if err != nil {
		return nil, fmt.Errorf("making conformance keys: %w", err)
	}
	k := &Keys{}
	if k.Ed25519, err = multikey(issuer, ed); err != nil {
		return nil, err
	}
	if k.curve, err = multikey(issuer, ec); err != nil {
		return nil, err
	}
	public, err := jws.NewJWK(ec.Public(), "")
	if err != nil {
		return nil, err
	}
	k.P256 = jws.Signer{KeyID: issuer + "#" + public.Thumbprint(), Key: ec}
	return k, nil
}

func multikey(issuer string, key crypto.Signer) (jws.Signer, error) {
	public, err := jws.NewJWK(key.Public(), "")
	if err != nil {
		return jws.Signer{}, err
	}
	text, err := did.Multikey(public)
	return jws.Signer{KeyID: issuer + "#" + text, Key: key}, err
}

// Methods are the verification methods of the keys, for the issuer's DID
// document: a Multikey for each suite and a JsonWebKey for JOSE.
func (k *Keys) Methods(issuer string) ([]map[string]any, error) {
	var out []map[string]any
	for _, s := range []jws.Signer{k.Ed25519, k.curve} {
		_, text, _ := strings.Cut(s.KeyID, "#")
		out = append(out, map[string]any{"id": s.KeyID, "type": "Multikey", "controller": issuer, "publicKeyMultibase": text})
	}
	public, err := jws.NewJWK(k.P256.Key.Public(), k.P256.KeyID)
	if err != nil {
		return nil, err
	}
	return append(out, map[string]any{"id": k.P256.KeyID, "type": "JsonWebKey", "controller": issuer, "publicKeyJwk": public}), nil
}

// published are the same keys as a verifier meets them.
func (k *Keys) published() ([]verify.PublishedKey, error) {
	var out []verify.PublishedKey
	for _, s := range []jws.Signer{k.Ed25519, k.curve, k.P256} {
		public, err := jws.NewJWK(s.Key.Public(), s.KeyID)
		if err != nil {
			return nil, err
		}
		out = append(out, verify.PublishedKey{JWK: public})
	}
	return out, nil
}
