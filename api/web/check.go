package web

import (
	"errors"
	"html/template"
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
	w := s.voice(c)
	return s.show(c, http.StatusOK, "start", page{
		Title: w.Say("start.title"), Address: strings.TrimSuffix(s.Addresses.Public, "/") + "/",
		Description: w.Say("start.description"),
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
		return c.Redirect(http.StatusSeeOther, s.voice(c).to(certificateAddress(e.Number)))
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
	Because  template.HTML     // why, in the words of whoever refused it
	Offer    credential.Number // a number worth trying here
	Whole    bool              // a whole credential, a file or a link may be handed in
	HandIn   string            // what the form for it is filled with
	Coverage []coverageView
	Absence  *absenceView // how much the "no" means
}

type absenceView struct {
	Tone tone
	Word string
	Says template.HTML
	Next []template.HTML
}

func (v voice) absence(a *verify.Absence) *absenceView { //nolint:staticcheck // elsewhere v is the view that is filled
	if a == nil {
		return nil
	}
	x := &absenceView{Tone: open, Word: v.Say("absence.nothing"), Says: v.english(a.Says)}
	switch a.Strength {
	case verify.Strong:
		x.Tone, x.Word = caution, v.Say("absence.strong")
	case verify.Weak:
		x.Tone, x.Word = plain, v.Say("absence.weak")
	case verify.SaysNothing:
	}
	for _, n := range a.Next {
		x.Next = append(x.Next, v.english(n))
	}
	return x
}

// slips are the messages missing.KEY, .1, .2 and .3 of an entry that names no
// certificate.
func (v voice) slip(key string, with ...any) (headline string, advice []string) {
	for _, n := range []string{".1", ".2", ".3"} {
		if k := "missing." + key + n; v.Template(k) != k {
			advice = append(advice, v.Say(k, with...))
		}
	}
	return v.Say("missing." + key), advice
}

func (s *Site) mistyped(c echo.Context, typed string, e entry) error {
	w := s.voice(c)
	status, v := http.StatusNotFound, missingView{Query: shortened(typed, 200)}
	key := "number"
	switch e.Slip {
	case emptySlip:
		status, key = http.StatusUnprocessableEntity, "empty"
	case checkSlip:
		key = "check"
	case credentialSlip:
		status, key = http.StatusUnprocessableEntity, "credential"
		v.Query, v.Whole, v.HandIn = "", true, shortened(typed, maxEntry)
	case addressSlip:
		key = "address"
	case foreignSlip:
		key = "foreign"
		v.Offer, v.Whole, v.Query, v.HandIn = e.Number, true, "", shortened(typed, maxEntry)
	default:
		status = http.StatusUnprocessableEntity
	}
	v.Headline, v.Advice = w.slip(key, "host", s.host(), "other", shortened(e.Host, 80))
	return s.show(c, status, "missing", page{Title: v.Headline, Hidden: true, Data: v})
}

func (s *Site) host() string {
	_, host, _ := strings.Cut(strings.TrimSuffix(s.Addresses.Public, "/"), "://")
	return host
}

// notFound says what the register covers: how strong a "no" this is.
func (s *Site) notFound(c echo.Context, n credential.Number, r *verify.Report) error {
	w := s.voice(c)
	v := missingView{Query: string(n), Number: n}
	v.Headline, v.Advice = w.slip("unknown")
	if r != nil {
		v.Coverage = w.coverage(r.Coverage, names(r))
		v.Absence = w.absence(r.Absence)
	}
	return s.show(c, http.StatusNotFound, "missing", page{Title: w.Say("missing.title", "number", string(n)), Hidden: true, Verdict: verify.NotFound, Data: v})
}

func shortened(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}
