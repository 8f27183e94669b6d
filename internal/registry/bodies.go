package registry

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/credential"
)

const (
	maxID   = 64  // fits a DNS label and a path segment
	maxName = 200 // longer than any registered name met
	maxNote = 4000
	maxList = 50 // domains, aliases, categories …
)

// AddBody registers a body, fixes its DID and opens a key for it. The id is
// made from the name if none is given. A body that could be taken for a
// registered one is refused with code LOOKALIKE unless the likeness is accepted.
func (r *Registrar) AddBody(ctx context.Context, b Body, acceptLikeness bool) (Body, error) {
	v, err := r.View(ctx)
	if err != nil {
		return Body{}, err
	}
	derived := b.ID == ""
	if derived {
		b.ID = freeSlug(b.Name, func(id string) bool { _, taken := v.Body(id); return taken || id == serviceBody })
	}
	b, faults := normalBody(b, "")
	if b.Successor != "" {
		if _, ok := v.Body(b.Successor); !ok {
			faults.Add("/successor", "is not a registered body")
		}
	}
	if err := faults.Err(); err != nil {
		return Body{}, err
	}
	if !acceptLikeness {
		if err := v.refuseLookalike(b); err != nil {
			return Body{}, err
		}
	}
	b.DID, b.CreatedAt = r.Addresses.Body(b.ID), r.now()
	if err := r.Store.AddBody(ctx, b); err != nil {
		if errors.Is(err, ErrDuplicate) {
			return Body{}, &fault.Refusal{Kind: fault.Conflict, Code: "ALREADY_EXISTS", Pointer: "/id", Detail: fmt.Sprintf("a body %q is registered", b.ID)}
		}
		return Body{}, fmt.Errorf("registering body: %w", err)
	}
	if err := r.Keys.Open(ctx, b.ID, b.DID); err != nil {
		return Body{}, fmt.Errorf("opening a key for body %s: %w", b.ID, err)
	}
	return b, nil
}

// normalBody returns b in normal form and its faults, named by JSON Pointers
// below at.
func normalBody(b Body, at string) (Body, fault.Invalid) {
	var f fault.Invalid
	checkID(&f, at+"/id", b.ID)
	if b.ID == serviceBody {
		f.Add(at+"/id", "is the register's own")
	}
	b.Name = cleanText(&f, at+"/name", b.Name, maxName)
	if b.Name == "" {
		f.Add(at+"/name", "is needed")
	} else if !credential.Legible(b.Name) {
		f.Add(at+"/name", "must hold a letter or a digit, and no more marks on one than can be read")
	}
	b.Acronym = cleanText(&f, at+"/acronym", b.Acronym, maxID)
	b.Note = cleanText(&f, at+"/note", b.Note, maxNote)
	b.Status = cleanText(&f, at+"/status", b.Status, maxID)
	checkRoles(&f, at+"/roles", b.Roles)
	if b.Country != "" && !knownCountry(b.Country) {
		f.Add(at+"/country", "must be an ISO 3166-1 alpha-2 code in upper case")
	}
	if b.Website != "" && !httpsAddress(b.Website) {
		f.Add(at+"/website", "must be an https address")
	}
	checkLength(&f, at+"/domains", len(b.Domains))
	b.Domains = slices.Clone(b.Domains)
	for i, d := range b.Domains {
		ascii, ok := asciiDomain(d)
		if !ok {
			f.Add(fmt.Sprintf("%s/domains/%d", at, i), "must be a domain name without scheme, port or path")
			continue
		}
		b.Domains[i] = ascii
	}
	checkLength(&f, at+"/aliases", len(b.Aliases))
	b.Aliases = slices.Clone(b.Aliases)
	for i, a := range b.Aliases {
		p := fmt.Sprintf("%s/aliases/%d", at, i)
		if b.Aliases[i] = cleanText(&f, p, a, maxName); b.Aliases[i] == "" {
			f.Add(p, "must not be empty")
		}
	}
	if strings.ContainsFunc(b.LinkedInID, func(r rune) bool { return r < '0' || r > '9' }) || len(b.LinkedInID) > 20 {
		f.Add(at+"/linkedin_organization_id", "must be the digits of the organisation's number")
	}
	checkGrade(&f, at+"/grade", b.Grade)
	switch b.Kind {
	case "", "global-arrangement", "regional-arrangement", "other":
	default:
		f.Add(at+"/kind", "must be global-arrangement, regional-arrangement or other")
	}
	b.ValidFrom, b.ValidUntil = instant(b.ValidFrom), instant(b.ValidUntil)
	if !b.ValidUntil.IsZero() && !b.ValidUntil.After(b.ValidFrom) {
		f.Add(at+"/valid_until", "must be after valid_from")
	}
	b.Sources = checkSources(&f, at+"/sources", b.Sources)
	return b, f
}

func checkRoles(f *fault.Invalid, at string, roles []Role) {
	if len(roles) == 0 {
		f.Add(at, "at least one role is needed")
	}
	for i, r := range roles {
		p := fmt.Sprintf("%s/%d", at, i)
		switch r {
		case Arrangement, AccreditationBody, CertificationBody, SchemeOwner, TrainingProvider, RegisterOperator:
			if slices.Contains(roles[:i], r) {
				f.Add(p, "is named twice")
			}
		default:
			f.Add(p, "must be arrangement, accreditation_body, certification_body, scheme_owner or training_provider")
		}
	}
}

func checkLength(f *fault.Invalid, at string, n int) {
	if n > maxList {
		f.Add(at, fmt.Sprintf("at most %d are taken", maxList))
	}
}

func checkGrade(f *fault.Invalid, at, grade string) {
	switch grade {
	case "", "A", "B", "C":
	default:
		f.Add(at, "must be A, B or C")
	}
}

func checkID(f *fault.Invalid, at, id string) {
	if !validID(id) {
		f.Add(at, fmt.Sprintf("must be 1 to %d of a-z, 0-9 and hyphens, not beginning or ending with a hyphen", maxID))
	}
}

func validID(id string) bool {
	if id == "" || len(id) > maxID || id[0] == '-' || id[len(id)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' })
}

// cleanText returns s in NFC without space around it; characters that show
// nothing or turn the direction of writing are a fault (Unicode TR 36).
func cleanText(f *fault.Invalid, at, s string, longest int) string {
	if !utf8.ValidString(s) {
		f.Add(at, "must be UTF-8")
		return ""
	}
	s = norm.NFC.String(strings.TrimSpace(s))
	hidden := func(r rune) bool {
		joiner := r == '\u200c' || r == '\u200d' // needed in Persian and Indic names
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && !joiner || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
	}
	if strings.ContainsFunc(s, hidden) {
		f.Add(at, "must not contain control, invisible or direction-changing characters")
	}
	if utf8.RuneCountInString(s) > longest {
		f.Add(at, fmt.Sprintf("must not be longer than %d characters", longest))
	}
	return s
}

func knownCountry(c string) bool {
	r, err := language.ParseRegion(c)
	return err == nil && len(c) == 2 && r.IsCountry() && r.Canonicalize().String() == c
}

func httpsAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.User == nil && u.Hostname() != "" && len(s) <= 2048
}

func asciiDomain(d string) (string, bool) {
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(d, "."))
	return ascii, err == nil && strings.Contains(ascii, ".") && !strings.ContainsAny(ascii, ":/@ ") && len(ascii) <= 253
}

// unicodeDomain is how the domain is shown to people; as it is if not valid.
func unicodeDomain(d string) string {
	if u, err := idna.Lookup.ToUnicode(d); err == nil {
		return u
	}
	return d
}

// freeSlug makes an id that is not taken from a name.
func freeSlug(name string, taken func(string) bool) string {
	var b strings.Builder
	for _, t := range foldTokens(name) {
		t = strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, t)
		if t == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('-')
		}
		b.WriteString(t)
	}
	slug := b.String()
	if len(slug) > maxID-4 { // room for a number
		slug = strings.Trim(slug[:maxID-4], "-")
	}
	if slug == "" {
		slug = "body" // a name in a script without Latin letters
	}
	id := slug
	for n := 2; taken(id) && n < 1000; n++ {
		id = fmt.Sprintf("%s-%d", slug, n)
	}
	return id
}
