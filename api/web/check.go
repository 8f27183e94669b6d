package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// maxEntry bounds what is read from the form: no address of a page is longer.
const maxEntry = 2048

// slip is what keeps an entry from naming a certificate.
type slip int

const (
	noSlip         slip = iota
	emptySlip           // nothing was typed
	checkSlip           // the check character does not fit
	numberSlip          // nothing like a number
	credentialSlip      // a whole credential was pasted
	addressSlip         // an address, but not of a certificate
	foreignSlip         // the address of a page elsewhere
)

// entry is what somebody typed or pasted.
type entry struct {
	Number credential.Number
	Slip   slip
	Host   string // of a page elsewhere
}

func (s *Site) start(c echo.Context) error {
	return s.show(c, http.StatusOK, "start", page{
		Title: "Is this certificate bona fide?", Address: strings.TrimSuffix(s.Addresses.Public, "/") + "/",
		Description: "Check a professional certificate: who issued it, whether it is in force, and who accredits its issuer.",
		Data:        startView{Examples: s.Examples},
	})
}

type startView struct {
	Examples []Example
}

func (s *Site) check(c echo.Context) error {
	if !c.QueryParams().Has("q") {
		return s.listPage(c)
	}
	q := c.QueryParam("q")
	e := s.read(q)
	if e.Slip == noSlip {
		return c.Redirect(http.StatusSeeOther, "/c/"+string(e.Number))
	}
	return s.mistyped(c, q, e)
}

// read understands a number, however it was typed, and the address of a
// certificate's page or credential, with or without its scheme.
func (s *Site) read(q string) entry {
	if len(q) > maxEntry {
		return entry{Slip: numberSlip}
	}
	q = tidy(q)
	switch {
	case q == "":
		return entry{Slip: emptySlip}
	case strings.HasPrefix(q, "eyJ") || strings.HasPrefix(q, "{"):
		return entry{Slip: credentialSlip}
	case strings.Contains(q, "/"):
		return s.readAddress(q)
	}
	return number(q)
}

func number(q string) entry {
	n, err := credential.ParseNumber(q)
	switch {
	case errors.Is(err, credential.ErrCheckCharacter):
		return entry{Slip: checkSlip}
	case err != nil:
		return entry{Slip: numberSlip}
	}
	return entry{Number: n}
}

func (s *Site) readAddress(q string) entry {
	if !strings.Contains(q, "://") && !strings.HasPrefix(q, "/") {
		q = "https://" + q
	}
	u, err := url.Parse(q)
	if err != nil {
		return entry{Slip: addressSlip}
	}
	e := entry{Slip: addressSlip}
	parts := strings.Split(u.Path, "/")
	for i, p := range parts[:len(parts)-1] {
		if p == "c" || p == "certificates" || p == "embed" {
			e = number(parts[i+1])
			break
		}
	}
	if u.Host != "" && !s.ours(u.Host) && e.Slip != addressSlip {
		e.Slip, e.Host = foreignSlip, u.Host
	}
	return e
}

// ours tells whether host is where this register's own pages are.
func (s *Site) ours(host string) bool {
	u, err := url.Parse(s.Addresses.Public)
	return err == nil && strings.EqualFold(u.Host, host)
}

// tidy brings what was copied from mail, print or a phone into plain form:
// wide letters, any kind of dash, invisible characters, punctuation around it.
func tidy(q string) string {
	q = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Pd, r) || r == '\u2212':
			return '-'
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsControl(r) || unicode.IsSpace(r):
			return ' '
		}
		return r
	}, norm.NFKC.String(q))
	return strings.Trim(q, " .,;:#<>()[]\"'“”„‘’‚«»‹›")
}

// missingView explains why no certificate is shown.
type missingView struct {
	Query    string // what was typed, for the form
	Number   credential.Number
	Headline string
	Advice   []string
	Offer    credential.Number // a number worth trying here
	Whole    bool              // a whole credential, a file or a link may be handed in
	HandIn   string            // what the form for it is filled with
	Coverage []coverageView
	Absence  *absenceView // how much the "no" means
}

type absenceView struct {
	Tone       tone
	Word, Says string
	Next       []string
}

func absence(a *verify.Absence) *absenceView {
	if a == nil {
		return nil
	}
	v := &absenceView{Tone: open, Word: "It says nothing", Says: a.Says, Next: a.Next}
	switch a.Strength {
	case verify.Strong:
		v.Tone, v.Word = caution, "A strong no"
	case verify.Weak:
		v.Tone, v.Word = plain, "A weak no"
	case verify.SaysNothing:
	}
	return v
}

func (s *Site) mistyped(c echo.Context, typed string, e entry) error {
	status, v := http.StatusNotFound, missingView{Query: shortened(typed, 200)}
	switch e.Slip {
	case emptySlip:
		status = http.StatusUnprocessableEntity
		v.Headline = "Nothing to check yet."
		v.Advice = []string{"Type the number printed on the certificate, or paste the address that its QR code leads to."}
	case checkSlip:
		v.Headline = "That number contains a typing mistake."
		v.Advice = []string{
			"The last character of every number is a check on the others, and here they do not fit together. At least one character is wrong, missing or swapped with its neighbour.",
			"Compare it with the certificate group by group. Capitals, spaces and hyphens do not matter; the letter O counts as zero, I and L count as one.",
			"This says nothing about the certificate itself.",
		}
	case credentialSlip:
		status = http.StatusUnprocessableEntity
		v.Headline = "That is a whole credential, not a number."
		v.Advice = []string{"Hand it in below, whole, as text or as a file."}
		v.Query, v.Whole, v.HandIn = "", true, shortened(typed, maxEntry)
	case addressSlip:
		v.Headline = "That address does not lead to a certificate here."
		v.Advice = []string{"Addresses of certificates look like " + s.host() + "/c/ followed by the number. You can also type the number alone."}
	case foreignSlip:
		v.Headline = "That address is not one of this register."
		v.Advice = []string{"It leads to " + shortened(e.Host, 80) + "; pages of this register are at " + s.host() + ". What another site shows is not confirmed by this register.",
			"If it is a link by which somebody shares a certificate or badge, have it read: this service then fetches it and judges what is there."}
		v.Offer, v.Whole, v.Query, v.HandIn = e.Number, true, "", shortened(typed, maxEntry)
	default:
		status = http.StatusUnprocessableEntity
		v.Headline = "That does not look like a certificate number of this register."
		v.Advice = []string{
			"Numbers here are three groups of four letters and digits and one check character, such as 7K3M-9QXA-4TZ8-H.",
			"Many certification bodies use numbers of their own, which only they can look up. That this register does not know a number says nothing about the certificate.",
		}
	}
	return s.show(c, status, "missing", page{Title: v.Headline, Hidden: true, Data: v})
}

func (s *Site) host() string {
	_, host, _ := strings.Cut(strings.TrimSuffix(s.Addresses.Public, "/"), "://")
	return host
}

// notFound says what the register covers: how strong a "no" this is.
func (s *Site) notFound(c echo.Context, n credential.Number, r *verify.Report) error {
	v := missingView{
		Query: string(n), Number: n, Headline: "This register holds no certificate with this number.",
		Advice: []string{
			"The number is well formed, so a typing mistake is unlikely; but no certificate in this register carries it.",
			"The register speaks only for certificates issued through it. A certificate of another body may be perfectly good and unknown here: ask the body that issued it.",
		},
	}
	if r != nil {
		v.Coverage = coverage(r.Coverage, names(r))
		v.Absence = absence(r.Absence)
	}
	return s.show(c, http.StatusNotFound, "missing", page{Title: "Not found: " + string(n), Hidden: true, Verdict: verify.NotFound, Data: v})
}

func shortened(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}
