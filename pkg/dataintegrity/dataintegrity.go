// Package dataintegrity signs and verifies proofs embedded in JSON-LD
// documents: W3C Data Integrity 1.0 with the suites eddsa-rdfc-2022,
// eddsa-jcs-2022, ecdsa-rdfc-2019 and ecdsa-jcs-2019, and the older
// Ed25519Signature2020. It is the only package that touches a JSON-LD library,
// never reads a network, and knows the contexts beside it and no others. What
// a context does not define is not covered by a signature over RDF: such a
// document is refused, not read without the member. It judges no keys: whose a
// verification method is, the caller knows.
package dataintegrity

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// Errors that callers branch on.
var (
	// ErrMalformed says that the document or one of its proofs cannot be read.
	ErrMalformed = errors.New("malformed secured document")
	// ErrUnsecured is an ErrMalformed: the document has no proof at all.
	ErrUnsecured = fmt.Errorf("%w: it has no proof", ErrMalformed)
	// ErrProof says that a proof does not fit the document, the key or the use.
	ErrProof = errors.New("the proof does not verify")
	// ErrUncovered says that the document has parts that its contexts do not
	// define: no signature covers them.
	ErrUncovered = errors.New("the document says things that its contexts do not define")
	// ErrUnsupported says that the proof cannot be checked here, which says
	// nothing about it: another suite, or a context not held here.
	ErrUnsupported = errors.New("the proof cannot be checked here")
	// ErrCostly is an ErrUnsupported: checking it would take too much work.
	ErrCostly = fmt.Errorf("%w: the document is too intricate to be canonicalised", ErrUnsupported)
)

// Limits of a document.
const (
	MaxBytes  = 1 << 20
	MaxProofs = 8
)

// Suites and proof types.
const (
	EdDSARDFC     = "eddsa-rdfc-2022"
	EdDSAJCS      = "eddsa-jcs-2022"
	ECDSARDFC     = "ecdsa-rdfc-2019"
	ECDSAJCS      = "ecdsa-jcs-2019"
	Signature2020 = "Ed25519Signature2020" // a type, older than suites
)

const proofType = "DataIntegrityProof"

// Purposes of a proof.
const (
	Assertion      = "assertionMethod" // of credentials
	Authentication = "authentication"  // of presentations
)

// Unverified is a document whose proofs nobody has checked. It is safe for
// concurrent use.
type Unverified struct {
	Proofs []Proof // at least one

	raw      []byte
	document object // without proof
	proofs   []object

	once  sync.Once
	canon []byte // of the document, as RDF
	fault error
}

// Proof is what a proof says of itself.
type Proof struct {
	ID                 string
	Suite              string // cryptosuite, or Signature2020
	VerificationMethod string
	Purpose            string
	Created            time.Time // zero: not told
	Expires            time.Time // zero: never
	Challenge          string
	Domain             []string
	Previous           []string // ids of the proofs that this one covers too
}

// Bytes returns the exact document.
func (u *Unverified) Bytes() []byte { return u.raw }

// Contexts gives further contexts by address, beside those held here.
type Contexts func(address string) ([]byte, bool)

type object = map[string]any
