package lookup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Notary signs receipts with the register's own key. It is opened once for all
// the receipts of one request, and keeps nothing of whom they are for.
type Notary struct {
	service string
	signer  jws.Signer
	rand    io.Reader
}

// Notary opens the register's key.
func (d *Desk) Notary(ctx context.Context) (*Notary, error) {
	s, err := d.Custodian.Signer(ctx, keys.Service, keys.ForCredentials)
	if err != nil {
		return nil, fmt.Errorf("finding the register's key: %w", err)
	}
	return &Notary{service: d.Addresses.Service(), signer: s, rand: d.Custodian.Rand}, nil
}

// Sign puts into the report its own receipt.
func (n *Notary) Sign(r *verify.Report, asked receipt.Asked) error {
	var id [16]byte
	if _, err := io.ReadFull(n.rand, id[:]); err != nil {
		return fmt.Errorf("drawing the id of a receipt: %w", err)
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // RFC 9562, 5.4
	r.Receipt = ""
	token, err := receipt.Sign(receipt.Receipt{
		Version: receipt.Version, ID: fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]),
		Issuer: n.service, IssuedAt: r.CheckedAt.Unix(), Asked: asked, Report: r, Basis: r.Basis(), Evidence: r.Exhibits(),
	}, n.signer)
	if err != nil {
		return err
	}
	r.Receipt = token
	return nil
}

// Asked is the question of a submission, as a receipt tells it: of what was
// handed in, the digest alone.
func (s Submission) Asked(by string) receipt.Asked {
	a := receipt.Asked{By: by, What: receipt.OfCredential}
	handed := []byte(s.Text)
	switch {
	case len(s.File) > 0:
		a.What, handed = receipt.OfFile, s.File
	case s.Text == "":
		handed = s.Bundle
	}
	sum := sha256.Sum256(handed)
	a.SHA256 = hex.EncodeToString(sum[:])
	if !s.At.IsZero() {
		a.At = &s.At
	}
	return a
}

// JudgeReceipt tells whether a receipt is what some register trusted here
// signed. A key of this register that was in other hands proves nothing any
// more, whatever date the receipt bears.
func (d *Desk) JudgeReceipt(ctx context.Context, u *receipt.Unverified, about receipt.About) (receipt.Judgement, error) {
	h, err := d.holdings(ctx, 0)
	if err != nil {
		return receipt.Judgement{}, err
	}
	_, registrars := d.Trust()
	registrars = h.registrars(registrars, d.Addresses.Service())
	sound := make([]verify.Registrar, len(registrars))
	for i, r := range registrars {
		sound[i] = verify.Registrar{DID: r.DID, Name: r.Name}
		for _, k := range r.Keys {
			if !h.inOtherHands(r.DID, k.KeyID()) {
				sound[i].Keys = append(sound[i].Keys, k)
			}
		}
	}
	return u.Judge(sound, about, d.Now().UTC()), nil
}

func (h *holdings) inOtherHands(did, kid string) bool {
	for _, k := range h.keys[did] {
		if k.JWK.KeyID() == kid && k.CompromisedAt != nil {
			return true
		}
	}
	return false
}
