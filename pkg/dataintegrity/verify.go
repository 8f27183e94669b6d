package dataintegrity

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/gowebpki/jcs"

	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Verify checks proof i with the key, for the purpose. It says nothing of
// times, challenge and domain, nor of whose key it is. A proof that continues a
// chain covers the proofs before it; those are to be verified as well.
// Errors are ErrProof, ErrUncovered, ErrUnsupported and ErrCostly.
func (u *Unverified) Verify(i int, key jws.JWK, purpose string, contexts Contexts) error {
	p := u.Proofs[i]
	if p.Purpose != purpose {
		return fmt.Errorf("%w: its purpose is %.60q, not %s", ErrProof, p.Purpose, purpose)
	}
	if !fits(p.Suite, key) {
		return fmt.Errorf("%w: a %s key does not sign %s", ErrProof, key.Algorithm(), p.Suite)
	}
	value, _ := u.proofs[i]["proofValue"].(string)
	signature, err := did.DecodeMultibase(value)
	if err != nil {
		return fmt.Errorf("%w: proofValue is not base58btc", ErrProof)
	}
	digest, err := u.digest(i, key, contexts)
	if err != nil {
		return err
	}
	if !verified(key, digest, signature) {
		return fmt.Errorf("%w: the signature does not fit", ErrProof)
	}
	return nil
}

func fits(suite string, key jws.JWK) bool {
	switch suite {
	case EdDSARDFC, EdDSAJCS, Signature2020:
		return key.Algorithm() == "EdDSA"
	case ECDSARDFC, ECDSAJCS:
		return key.Algorithm() == "ES256" || key.Algorithm() == "ES384"
	default:
		return false
	}
}

func overRDF(suite string) bool { return suite != EdDSAJCS && suite != ECDSAJCS }

// digest is what the proof signs: the hash of the canonical proof options,
// then that of the canonical document (Data Integrity EdDSA Cryptosuites 1.0,
// 3.2; ECDSA, 3.2).
func (u *Unverified) digest(i int, key jws.JWK, contexts Contexts) ([]byte, error) {
	options := maps.Clone(u.proofs[i])
	delete(options, "proofValue")
	var canonOptions, canonDocument []byte
	var err error
	if overRDF(u.Proofs[i].Suite) {
		options["@context"] = u.document["@context"]
		if canonOptions, err = canonicalRDF(options, contexts); err != nil {
			return nil, err
		}
		canonDocument, err = u.rdf(i, contexts)
	} else {
		canonOptions, canonDocument, err = u.jcs(i, options, contexts)
	}
	if err == nil && overRDF(u.Proofs[i].Suite) && key.Algorithm() == "ES384" {
		if canonOptions, err = relabel(canonOptions); err == nil {
			canonDocument, err = relabel(canonDocument)
		}
	}
	if err != nil {
		return nil, err
	}
	return append(hash(key, canonOptions), hash(key, canonDocument)...), nil
}

// rdf canonicalises the document for proof i: once for all proofs, but for one
// that continues a chain, which covers the proofs it names as well.
func (u *Unverified) rdf(i int, contexts Contexts) ([]byte, error) {
	if len(u.Proofs[i].Previous) > 0 {
		return canonicalRDF(u.secured(i), contexts)
	}
	u.once.Do(func() { u.canon, u.fault = canonicalRDF(u.document, contexts) })
	return u.canon, u.fault
}

// jcs canonicalises for a suite over JSON. The proof's own contexts, where it
// has any, stand for the document's, which must begin with them.
func (u *Unverified) jcs(i int, options object, contexts Contexts) (canonOptions, canonDocument []byte, err error) {
	document := u.secured(i)
	if own, ok := options["@context"]; ok {
		if !begins(list(document["@context"]), list(own)) {
			return nil, nil, fmt.Errorf("%w: the document's contexts do not begin with the proof's", ErrProof)
		}
		document["@context"] = own
	}
	if err := checkContexts(u.document, contexts); err != nil {
		return nil, nil, err
	}
	if canonOptions, err = canonicalJSON(options); err != nil {
		return nil, nil, err
	}
	canonDocument, err = canonicalJSON(document)
	return canonOptions, canonDocument, err
}

// secured is what proof i covers: the document, and with it the proofs that
// previousProof names (Data Integrity 1.0, 4.3).
func (u *Unverified) secured(i int) object {
	document := maps.Clone(u.document)
	var before []any
	for j, p := range u.Proofs {
		if p.ID != "" && slices.Contains(u.Proofs[i].Previous, p.ID) {
			before = append(before, u.proofs[j])
		}
	}
	if len(before) > 0 {
		document["proof"] = before
	}
	return document
}

func canonicalJSON(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err == nil {
		raw, err = jcs.Transform(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return raw, nil
}

// hash is SHA-256, and SHA-384 for keys on P-384.
func hash(key jws.JWK, data []byte) []byte {
	if key.Algorithm() == "ES384" {
		sum := sha512.Sum384(data)
		return sum[:]
	}
	sum := sha256.Sum256(data)
	return sum[:]
}

func verified(key jws.JWK, message, signature []byte) bool {
	switch p := key.Public().(type) {
	case ed25519.PublicKey:
		return len(signature) == ed25519.SignatureSize && ed25519.Verify(p, message, signature)
	case *ecdsa.PublicKey:
		size := (p.Curve.Params().BitSize + 7) / 8
		if p.Curve == elliptic.P521() || len(signature) != 2*size {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
		return ecdsa.Verify(p, hash(key, message), r, s)
	default:
		return false
	}
}

func list(v any) []any {
	if all, ok := v.([]any); ok {
		return all
	}
	return []any{v}
}

func begins(all, with []any) bool {
	if len(with) > len(all) {
		return false
	}
	for i := range with {
		a, err1 := canonicalJSON([]any{all[i]})
		b, err2 := canonicalJSON([]any{with[i]})
		if err1 != nil || err2 != nil || string(a) != string(b) {
			return false
		}
	}
	return true
}
