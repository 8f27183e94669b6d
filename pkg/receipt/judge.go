package receipt

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// skew is how far the clock of a service may be ahead of the reader's.
const skew = 5 * time.Minute

// Judgement is what can be said of a receipt today.
type Judgement struct {
	Outcome string   // pass, fail or unknown: does the service stand by these words?
	Detail  string   // why
	Attests []string // what follows from a receipt that passes; empty otherwise
	Leaves  []string // what does not follow
}

// About is what a receipt is expected to be about. The zero About expects
// nothing.
type About struct {
	Number string // of a certificate, as typed
	Text   []byte // exactly what was handed in, or a signed input of the report
}

// Judge checks a receipt with the registrars' keys alone. A receipt of a
// service whose key the reader does not have is unknown, never good; one that
// does not fit its key, or is about something else, fails.
func (u *Unverified) Judge(registrars []verify.Registrar, about About, now time.Time) Judgement {
	r := u.Receipt
	fail := func(detail string) Judgement { return Judgement{trust.Fail.String(), detail, nil, leaves()} }
	unknown := func(detail string) Judgement { return Judgement{trust.Unknown.String(), detail, nil, leaves()} }
	key, found := u.key(registrars)
	if !found {
		return unknown("It says that " + r.Issuer + " signed it, and that service's key " + u.token.Header.Kid + " is not among those trusted here.")
	}
	if err := u.token.Verify(key); err != nil {
		return fail("The signature does not fit: these are not the words that were signed.")
	}
	issued := time.Unix(r.IssuedAt, 0).UTC()
	switch {
	case issued.After(now.Add(skew)):
		return unknown("It is dated " + issued.Format(time.RFC3339) + ", which is yet to come.")
	case !u.is(about):
		return fail("It is a true receipt, but about something else than what it is shown for.")
	}
	return Judgement{trust.Pass.String(), "The service signed exactly these words.", u.attests(issued), leaves()}
}

func (u *Unverified) key(registrars []verify.Registrar) (jws.JWK, bool) {
	if !strings.HasPrefix(u.token.Header.Kid, u.Receipt.Issuer+"#") {
		return jws.JWK{}, false
	}
	for _, g := range registrars {
		for _, k := range g.Keys {
			if g.DID == u.Receipt.Issuer && k.KeyID() == u.token.Header.Kid {
				return k, true
			}
		}
	}
	return jws.JWK{}, false
}

// is tells whether the receipt is about what it is shown for.
func (u *Unverified) is(about About) bool {
	r := u.Receipt
	if about.Number != "" {
		asked, err := credential.ParseNumber(about.Number)
		if err != nil || r.Report.Certificate == nil {
			return false
		}
		if n, err := credential.ParseNumber(r.Report.Certificate.Number); err != nil || n != asked {
			return false
		}
	}
	if len(about.Text) == 0 {
		return true
	}
	for _, text := range []string{string(about.Text), strings.TrimSpace(string(about.Text))} {
		sum := sha256.Sum256([]byte(text))
		digest := hex.EncodeToString(sum[:])
		if r.Asked.SHA256 == digest {
			return true
		}
		for _, x := range r.Evidence {
			if x.Kind == "certificate" && x.SHA256 == digest {
				return true
			}
		}
	}
	return false
}

func (u *Unverified) attests(issued time.Time) []string {
	r := u.Receipt
	out := []string{"On " + issued.Format(time.RFC3339) + " the service " + r.Issuer + " gave this answer: " + string(r.Report.Verdict) + ". " + r.Report.Summary}
	if c := r.Report.Certificate; c != nil && c.Number != "" {
		out = append(out, "The answer is about the certificate with the number "+c.Number+".")
	}
	if !r.Report.At.Equal(r.Report.CheckedAt) {
		out = append(out, "It speaks of "+r.Report.At.UTC().Format(time.RFC3339)+".")
	}
	if p := r.Report.Policy; p != nil {
		out = append(out, "What the asker demanded: "+p.Outcome+".")
	}
	if r.Asked.By != "" {
		out = append(out, "The asker called itself "+r.Asked.By+"; nobody checked that.")
	}
	return out
}

func leaves() []string {
	return []string{
		"It does not say what holds today: ask again for that.",
		"It does not say that whoever shows it is the holder.",
		"It repeats what the service found; it proves that the service said so, not that every source it asked was right.",
	}
}

// Refusal puts into words why something is no receipt that can be read.
func Refusal(err error) string {
	if errors.Is(err, ErrNotReceipt) {
		return "is a token of another kind, not a receipt"
	}
	return "cannot be read as a receipt"
}
