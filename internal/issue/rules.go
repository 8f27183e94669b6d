package issue

import (
	"context"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// Limits of a request.
const (
	maxName     = 200 // runes; the longest legal names are shorter
	maxText     = 1000
	maxEvidence = 20
	leeway      = 5 * time.Minute // a caller's clock may run ahead
)

// earliest decision that is not a slip: certification of persons is younger.
func earliest() time.Time { return time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC) }

// mayIssue judges a normalised request and fills in what the scheme decides.
func (i *Issuer) mayIssue(ctx context.Context, view *registry.View, body string, req *Request, now time.Time) (registry.Scheme, error) {
	scheme, ok := view.Scheme(req.Scheme)
	var f fault.Invalid
	switch {
	case req.Scheme == "":
		f.Add("/scheme", "is missing")
	case !ok:
		f.Add("/scheme", "is not a scheme of this register")
	}
	if ok && req.ValidUntil.IsZero() {
		req.ValidUntil = scheme.Ends(req.DecidedAt, req.ValidFrom)
	}
	req.check(&f, now)
	req.Competence.check(&f, req.Examiner, req.DecidedAt)
	if err := f.Err(); err != nil {
		return scheme, err
	}
	if scheme.Owner != body {
		return scheme, &fault.Refusal{Kind: fault.Forbidden, Code: "SCHEME_OF_ANOTHER_BODY", Pointer: "/scheme",
			Detail: "The scheme belongs to another body; issue under a scheme of your own."}
	}
	if err := i.competent(ctx, scheme, *req); err != nil {
		return scheme, err
	}
	if !req.Claim {
		return scheme, nil
	}
	return scheme, i.holds(view, scheme, req.DecidedAt, now)
}

// Need is what the scheme's owner must be accredited for to claim it.
func (i *Issuer) Need(s registry.Scheme) trust.Scope {
	return trust.Need(s.Activity, s.Standard, i.Addresses.Scheme(s.ID))
}

// holds refuses a claim of accreditation that was not held at the decision, or
// whose accreditation is suspended or withdrawn now: then no new certificate
// may refer to it (ISO/IEC 17011:2017, 7.11).
func (i *Issuer) holds(view *registry.View, scheme registry.Scheme, decided, now time.Time) error {
	for _, t := range []time.Time{now, decided} {
		f, err := i.Registrar.ChainIn(view, scheme.Owner, i.Need(scheme), t, time.Time{})
		if err != nil {
			return err
		}
		if f.InScope == trust.Pass {
			continue
		}
		code, detail := "ACCREDITATION_NOT_HELD", "No accreditation for this scheme is on record"
		for _, p := range f.Problems {
			switch p.Code {
			case trust.AccreditationSuspended:
				code, detail = "ACCREDITATION_SUSPENDED", "The accreditation for this scheme is suspended"
			case trust.AccreditationOutOfScope:
				if code == "ACCREDITATION_NOT_HELD" {
					code, detail = "ACCREDITATION_OUT_OF_SCOPE", "The accreditation does not cover this scheme"
				}
			}
		}
		when := "now"
		if t.Equal(decided) {
			when = "on " + decided.Format(time.DateOnly)
		}
		return &fault.Refusal{Kind: fault.Unprocessable, Code: code, Pointer: "/accreditation_claim",
			Detail: detail + " " + when + ". Issue without accreditation_claim, or have the accreditor state it first."}
	}
	return nil
}

// normalise makes equal requests equal: NFC, trimmed, whole seconds, defaults.
func normalise(r *Request) {
	r.Holder.Name = cleanName(r.Holder.Name)
	r.Holder.Email = strings.TrimSpace(r.Holder.Email)
	if r.Holder.Kind == "" {
		r.Holder.Kind = "person"
	}
	if r.Publication == "" {
		r.Publication = Match
	}
	r.DecidedAt = r.DecidedAt.UTC().Truncate(time.Second)
	if r.ValidFrom.IsZero() {
		r.ValidFrom = r.DecidedAt
	}
	r.ValidFrom = r.ValidFrom.UTC().Truncate(time.Second)
	if !r.ValidUntil.IsZero() {
		r.ValidUntil = r.ValidUntil.UTC().Truncate(time.Second)
	}
}

func (r *Request) check(f *fault.Invalid, now time.Time) {
	if d := NameFault(r.Holder.Name); d != "" {
		f.Add("/holder/name", d)
	}
	if r.Holder.Email != "" {
		if a, err := mail.ParseAddress(r.Holder.Email); err != nil || a.Address != r.Holder.Email || len(r.Holder.Email) > 254 {
			f.Add("/holder/email", "is not an e-mail address")
		}
	}
	if r.Holder.Kind != "person" && r.Holder.Kind != "organisation" {
		f.Add("/holder/kind", "must be person or organisation")
	}
	if r.Publication != Public && r.Publication != Match && r.Publication != Hidden {
		f.Add("/publication", "must be public, match or hidden")
	}
	switch {
	case r.DecidedAt.Before(earliest()):
		f.Add("/decided_at", "is missing or implausibly early: give the day and time of the decision with zone")
	case r.DecidedAt.After(now.Add(leeway)):
		f.Add("/decided_at", "lies in the future: a certificate is issued after the decision")
	}
	if r.ValidFrom.Before(r.DecidedAt) {
		f.Add("/valid_from", "lies before the decision")
	}
	if !r.ValidUntil.IsZero() && !r.ValidUntil.After(r.ValidFrom) {
		f.Add("/valid_until", "is not after valid_from")
	}
	for name, s := range map[string]string{"/external_id": r.ExternalID, "/level": r.Level, "/examiner": r.Examiner, "/centre": r.Centre, "/batch": r.Batch} {
		if d := TextFault(s, maxName); d != "" {
			f.Add(name, d)
		}
	}
	if len(r.Evidence) > maxEvidence {
		f.Add("/evidence", fmt.Sprintf("has more than %d items", maxEvidence))
		return
	}
	for n, e := range r.Evidence {
		at := fmt.Sprintf("/evidence/%d", n)
		if e.Kind == "" || TextFault(e.Kind, maxName) != "" {
			f.Add(at+"/kind", "is missing or not plain text")
		}
		if d := TextFault(e.Description, maxText); d != "" {
			f.Add(at+"/description", d)
		}
		if u, err := url.Parse(e.URL); e.URL != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(e.URL) > maxText) {
			f.Add(at+"/url", "must be an https address")
		}
	}
}

// SameName tells whether two names are written the same.
func SameName(a, b string) bool {
	return cleanName(a) == cleanName(b)
}

func cleanName(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }

// NameFault says what is wrong with a holder's name; empty if nothing is.
func NameFault(name string) string {
	if strings.TrimSpace(name) == "" {
		return "is missing"
	}
	if !credential.Legible(name) {
		return "holds no letter, or more marks on one than can be read"
	}
	return TextFault(name, maxName)
}

// TextFault says what is wrong with a text that people read; empty if nothing
// is. It refuses what would make a text show as something else: control
// characters, bidirectional overrides, private and unassigned code points.
func TextFault(s string, most int) string {
	if len([]rune(s)) > most {
		return fmt.Sprintf("is longer than %d characters", most)
	}
	for _, r := range s {
		switch {
		case r == '\u200c' || r == '\u200d': // joiners are spelling in several scripts
		case r == unicode.ReplacementChar, unicode.Is(unicode.Co, r), unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r):
			return fmt.Sprintf("holds the invisible or unassigned character %U; remove it", r)
		}
	}
	return ""
}
