// Package receipt owns the signed receipt: a report as one service gave it to
// whoever asked, so that it can be filed and believed years later with nothing
// but that service's public key. RECEIPT.md beside this file is the format. The
// package judges no certificate: package verify did, on the day of the receipt.
package receipt

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Type is the typ of a receipt's header. It keeps receipts apart from every
// other token that the same key signs (RFC 8725, 3.11).
const Type = "bonafide-receipt+jwt"

// Version is the version of the format written here.
const Version = 1

// MaxAsker bounds what an asker may say of itself, in bytes.
const MaxAsker = 200

// ErrNotReceipt says that a token is something else than a receipt.
var ErrNotReceipt = errors.New("is no receipt")

// Receipt is the payload: what was asked, what was answered, and on what the
// answer rested.
type Receipt struct {
	Version  int              `json:"version"`
	ID       string           `json:"jti"`
	Issuer   string           `json:"iss"` // DID of the service
	IssuedAt int64            `json:"iat"` // seconds since 1970
	Asked    Asked            `json:"asked"`
	Report   *verify.Report   `json:"report"` // exactly as it was answered
	Basis    []verify.Basis   `json:"basis"`  // of each check
	Evidence []verify.Exhibit `json:"evidence"`
	// Checkpoint is the transparency log's signed head at that time; empty: no
	// log was asked.
	Checkpoint string `json:"log_checkpoint,omitempty"`
}

// What a receipt may be about.
const (
	OfCertificate = "certificate" // a number, looked up
	OfCredential  = "credential"  // text that was handed in
	OfFile        = "file"        // a file that was handed in
	OfClaim       = "claim"       // what a certificate on paper says
)

// Asked is the question.
type Asked struct {
	By      string          `json:"by,omitempty"` // in the asker's own words; nobody checked them
	What    string          `json:"what"`
	Number  string          `json:"number,omitempty"` // as typed
	SHA256  string          `json:"sha256,omitempty"` // of exactly what was handed in, hexadecimal
	At      *time.Time      `json:"at,omitempty"`
	KnownAt *time.Time      `json:"known_at,omitempty"`
	Expect  json.RawMessage `json:"expect,omitempty" swaggertype:"object"` // what was to be compared
	Claim   json.RawMessage `json:"claim,omitempty" swaggertype:"object"`
	Policy  json.RawMessage `json:"policy,omitempty" swaggertype:"object"` // what was demanded
}

// Sign writes a receipt. Version, Issuer and IssuedAt are the caller's to fill.
func Sign(r Receipt, s jws.Signer) (string, error) {
	payload, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("writing receipt: %w", err)
	}
	return jws.Sign(payload, Type, s)
}

// Unverified is a well-formed receipt whose signature nobody has checked.
type Unverified struct {
	Receipt Receipt
	token   *jws.Unverified
}

// String returns the exact token.
func (u *Unverified) String() string { return u.token.String() }

// Is tells whether a token says of itself that it is a receipt. It looks at the
// header alone: every credential handed in is asked this.
func Is(token string) bool {
	head, _, ok := strings.Cut(token, ".")
	if !ok || len(head) > jws.MaxHeader {
		return false
	}
	data, err := base64.RawURLEncoding.DecodeString(head)
	var h struct {
		Typ string `json:"typ"`
	}
	return err == nil && json.Unmarshal(data, &h) == nil && h.Typ == Type
}

// Parse reads a receipt without believing it. ErrNotReceipt is another token,
// or another version; jws.ErrMalformed none at all.
func Parse(token string) (*Unverified, error) {
	u, err := jws.Parse(token)
	if err != nil {
		return nil, err
	}
	if u.Header.Typ != Type {
		return nil, fmt.Errorf("the token of type %q %w", u.Header.Typ, ErrNotReceipt)
	}
	out := &Unverified{token: u}
	if err := json.Unmarshal(u.Payload, &out.Receipt); err != nil {
		return nil, fmt.Errorf("%w: %w", jws.ErrMalformed, err)
	}
	if r := out.Receipt; r.Version != Version || r.Report == nil || r.Issuer == "" || r.ID == "" {
		return nil, fmt.Errorf("the token %w of version %d", ErrNotReceipt, Version)
	}
	return out, nil
}
