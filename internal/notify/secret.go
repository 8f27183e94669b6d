package notify

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// secretBytes: Standard Webhooks asks for 24 to 64.
const secretBytes = 32

// maxSecrets that are good at the same time.
const maxSecrets = 3

// secrets of an endpoint, newest first.
type secrets struct {
	HMAC    []secret `json:"hmac"`
	Ed25519 []byte   `json:"ed25519"` // seed
}

type secret struct {
	Key   []byte    `json:"key"`
	Until time.Time `json:"until,omitzero"` // zero: until it is replaced
}

// Show is a secret as its owner is told it, once.
func (s secrets) show() string { return "whsec_" + base64.StdEncoding.EncodeToString(s.HMAC[0].Key) }

func (s secrets) public() (string, error) {
	key, ok := ed25519.NewKeyFromSeed(s.Ed25519).Public().(ed25519.PublicKey)
	if !ok {
		return "", errors.New("an Ed25519 key has another public half")
	}
	return "whpk_" + base64.StdEncoding.EncodeToString(key), nil
}

func (o *Office) freshSecrets() (secrets, error) {
	key, seed := make([]byte, secretBytes), make([]byte, ed25519.SeedSize)
	for _, b := range [][]byte{key, seed} {
		if _, err := io.ReadFull(o.Rand, b); err != nil {
			return secrets{}, fmt.Errorf("drawing a secret: %w", err)
		}
	}
	return secrets{[]secret{{Key: key}}, seed}, nil
}

func (o *Office) seal(endpoint string, s secrets) ([]byte, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encoding secrets: %w", err)
	}
	return o.Custodian.Seal(sealedName(endpoint), data)
}

func (o *Office) unseal(e Endpoint) (s secrets, err error) {
	data, _, err := o.Custodian.Unseal(sealedName(e.ID), e.Sealed)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(data, &s); err != nil || len(s.HMAC) == 0 || len(s.Ed25519) != ed25519.SeedSize {
		return s, errors.New("opening the secrets of a webhook: they are damaged")
	}
	return s, nil
}

func sealedName(endpoint string) string { return "webhook " + endpoint }

// rotate puts a fresh secret in front. Those before stay good until then.
func (s secrets) rotate(key []byte, now, until time.Time) secrets {
	out := secrets{HMAC: []secret{{Key: key}}, Ed25519: s.Ed25519}
	for _, old := range s.HMAC {
		if old.Until.IsZero() || old.Until.After(until) {
			old.Until = until
		}
		if old.Until.After(now) && len(out.HMAC) < maxSecrets {
			out.HMAC = append(out.HMAC, old)
		}
	}
	return out
}

// sign writes the webhook-signature header: for each secret that is good at the
// instant v1 and the HMAC-SHA256, then v1a and the Ed25519 signature, over id,
// timestamp in Unix seconds and body, joined by points; in standard base64.
func (s secrets) sign(id string, at time.Time, body []byte) string {
	signed := append([]byte(id+"."+strconv.FormatInt(at.Unix(), 10)+"."), body...)
	var out []string
	for _, k := range s.HMAC {
		if k.Until.IsZero() || at.Before(k.Until) {
			mac := hmac.New(sha256.New, k.Key)
			mac.Write(signed)
			out = append(out, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		}
	}
	out = append(out, "v1a,"+base64.StdEncoding.EncodeToString(ed25519.Sign(ed25519.NewKeyFromSeed(s.Ed25519), signed)))
	return strings.Join(out, " ")
}

// Rewrap seals under the present key encryption key the secrets that another
// one sealed, and tells how many webhooks that were.
func (o *Office) Rewrap(ctx context.Context) (rewrapped int, err error) {
	for after := ""; ; {
		found, err := o.Store.AllEndpoints(ctx, after, notesAtOnce)
		if err != nil || len(found) == 0 {
			return rewrapped, err
		}
		for _, e := range found {
			after = e.ID
			data, stale, err := o.Custodian.Unseal(sealedName(e.ID), e.Sealed)
			if err != nil {
				return rewrapped, fmt.Errorf("webhook %s: %w", e.ID, err)
			}
			if !stale {
				continue
			}
			sealed, err := o.Custodian.Seal(sealedName(e.ID), data)
			if err != nil {
				return rewrapped, err
			}
			if err := o.Store.ResealEndpoint(ctx, e.ID, sealed, e.Sealed); err != nil {
				return rewrapped, err
			}
			rewrapped++
		}
	}
}
