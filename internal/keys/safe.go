package keys

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// Safe makes key pairs and signs with them later. What it returns as handle is
// all that the custodian keeps, sealed: for a Safe in hardware the private half
// never leaves it. Its methods are safe for concurrent use.
type Safe interface {
	Make(use Use) (public crypto.PublicKey, handle []byte, err error)
	// Open finds the key again.
	Open(handle []byte) (crypto.Signer, error)
}

// safe is where keys of the custody are.
func (c *Custodian) safe(custody Custody) (Safe, error) {
	switch {
	case custody == CustodyHere:
		return database{c.Rand}, nil
	case custody != CustodyHSM:
		return nil, fault.Invalid{{Pointer: "/custody", Detail: "must be hsm or empty"}}
	case c.Token == nil:
		return nil, &fault.Refusal{Code: "NO_TOKEN", Pointer: "/custody", Detail: "this deployment has no PKCS #11 token"}
	}
	return c.Token, nil
}

// database is the Safe whose handle is the private half itself (PKCS #8), which
// so rests sealed beside the key.
type database struct{ rand io.Reader }

// Make implements Safe.
func (d database) Make(use Use) (crypto.PublicKey, []byte, error) {
	private, err := d.generate(use)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	return private.Public(), der, err
}

func (d database) generate(use Use) (crypto.Signer, error) {
	if use == ForProofs || use == ForLog || use == ForWitness {
		return jws.GenerateEd25519(d.rand)
	}
	return jws.GenerateES256(d.rand)
}

// Open implements Safe.
func (d database) Open(handle []byte) (crypto.Signer, error) {
	private, err := x509.ParsePKCS8PrivateKey(handle)
	if err != nil {
		return nil, fmt.Errorf("reading the private half: %w", err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, errors.New("it cannot sign")
	}
	return signer, nil
}
