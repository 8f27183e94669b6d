// Package web owns the public pages: the form that finds a certificate, the
// page of a certificate, the page of a body. It renders reports and register
// entries that others made and judges nothing itself. Pages are plain HTML
// with one style sheet of their own: no script needed, no inline style, nothing from
// other hosts, so that they work under a policy of default-src 'none'.
package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/backlink"
	"github.com/bonafide-dev/bonafide/internal/claims"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/holder"
	"github.com/bonafide-dev/bonafide/internal/picture"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/wording"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

//go:embed templates assets
var embedded embed.FS

// Query names the instants a page is asked for. Zero means now, and all that
// is known.
type Query struct {
	At      time.Time
	KnownAt time.Time
	Issuer  string // body whose certificate it is said to be
}

// Example is a certificate worth looking at in a demonstration register.
type Example struct {
	Number string
	Label  string // what it shows, in a few words
}

// Site serves the pages. Its fields are set once, before Register.
type Site struct {
	// Lookup judges the certificate of a canonical number. An unknown number is
	// a report of verdict not_found or a fault of kind Missing.
	Lookup func(ctx context.Context, number string, q Query) (*verify.Report, error)
	// Judge judges what a visitor hands in. Its errors are those that
	// intake.Remedy knows, and failures.
	Judge func(ctx context.Context, h Handed) (*verify.Report, error)
	// Body returns what the register holds about a body; an unknown id is a
	// fault of kind Missing.
	Body func(ctx context.Context, id string) (BodyPage, error)
	// Holders serves the links of holders; Looked counts a look at a certificate.
	Holders *holder.Desk
	Looked  func(number string)
	// Anchors is the list of whom this service trusts, as a file that bonafide
	// verify takes.
	Anchors func() ([]byte, error)
	// Search finds bodies and schemes by name; Directory lists them all; Scheme
	// is one of them, an unknown id is a fault of kind Missing.
	Search    Search
	Directory func(ctx context.Context) (Directory, error)
	Scheme    func(ctx context.Context, id string) (SchemePage, error)
	// File records what visitors contest or report.
	File File
	// Claim judges a certificate seen on paper; what cannot be read is a
	// fault.Invalid. ReadPDF gives it the text of a PDF.
	Claim   func(ctx context.Context, in claims.Input) (*verify.Report, error)
	ReadPDF func(ctx context.Context, data []byte) (string, error)
	// Pictures draws; Credential gives the signed credential that goes along.
	Pictures   *picture.Studio
	Credential func(ctx context.Context, number string) (string, error)
	// Known is the register's entry of a body. Backlink asks its site whether
	// certificates are checked here; nil: nobody is asked.
	Known    func(ctx context.Context, id string) (registry.Body, bool)
	Backlink func(ctx context.Context, domains []string) backlink.Answer

	Lists     Lists
	Addresses credential.Addresses
	Demo      bool      // the register holds examples only; every page says so
	Examples  []Example // offered on the start page of a demonstration register

	once  sync.Once // guards the rest
	book  *wording.Book
	pages map[edition]*template.Template
	files map[string]asset
	frame *template.Template // of the embedded page
}

// edition is a page in one language; its links ask for the language by name if
// the page itself was.
type edition struct {
	page, tag string
	byName    bool
}

// Register mounts the pages on e. Unknown addresses elsewhere are the business
// of e's error handler, which shows browsers the page that Fault renders.
func (s *Site) Register(e *echo.Echo) {
	s.prepare()
	for path, h := range map[string]echo.HandlerFunc{
		"/":             s.start,
		"/check":        s.check,
		"/claims":       s.claimForm,
		"/c/:id":        s.certificate,
		"/c/:id/qr.svg": s.qr,
		"/bodies/:id":   s.body,
		"/schemes/:id":  s.scheme,
		"/registry":     s.registry,
		"/report":       s.filing,
		"/assets/:name": s.asset,
	} {
		e.Match([]string{http.MethodGet, http.MethodHead}, path, h)
	}
	s.registerShares(e)
	e.GET("/anchors.json", s.anchors)
	s.registerHolders(e)
	e.POST("/check", s.handIn)
	e.POST("/report", s.file)
	e.POST("/claims", s.claim)
}

// WantsPage tells whether a request comes from somebody who reads HTML, so that
// an error is better shown as a page than as a problem document.
func WantsPage(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/v1/") && strings.Contains(r.Header.Get(echo.HeaderAccept), "text/html")
}

// Fault shows an error as a page. It tells the status in words and the request
// id for whoever asks the operator; never a cause.
func (s *Site) Fault(c echo.Context, status int, requestID string) error {
	title, advice := s.voice(c).faultWords(status)
	return s.show(c, status, "fault", page{Title: title, Hidden: true, Data: faultView{Status: status, Title: title, Advice: advice, RequestID: requestID}})
}

// page is what the frame around every page needs.
type page struct {
	Title       string
	Description string
	Address     string // the page's own public address; empty: it has none
	Alternates  []alternate
	Hidden      bool   // kept out of search engines
	Passing     string // a text that may differ without the page being another one
	Private     bool   // about what a visitor handed in: kept nowhere
	Verdict     verify.Verdict
	Share       *shareView // of a certificate: how it is shown elsewhere
	Data        any

	Demo         bool
	Style, Mark  string // addresses of the assets
	Lang, Dir    string
	Translations []translation // empty where there is nothing to ask for again
}

// alternate is the same as a page, for machines.
type alternate struct{ Type, Address string }

type faultView struct {
	Status           int
	Title, Advice    string
	RequestID, Query string
}

const (
	revalidate = "public, max-age=0, must-revalidate" // a state may change at any moment
	immutable  = "public, max-age=31536000, immutable"
)

// names of the pages, each in the file of its name.
func pageNames() []string {
	return []string{"start", "certificate", "missing", "body", "scheme", "claims", "registry", "filing", "fault", "holder", "list", "receipt"}
}

func (s *Site) prepare() {
	s.once.Do(func() {
		book, err := wording.Open()
		if err != nil {
			panic(err) // the messages are part of the binary
		}
		s.book, s.pages, s.files = book, map[edition]*template.Template{}, assets()
		for _, w := range book.Voices() {
			for _, byName := range []bool{false, true} {
				v := voice{w, byName}
				frame := template.Must(template.New("frame").Funcs(v.functions()).ParseFS(embedded, "templates/frame.html", "templates/parts.html", "templates/share.html"))
				for _, name := range pageNames() {
					s.pages[edition{name, v.Tag, byName}] = template.Must(template.Must(frame.Clone()).ParseFS(embedded, "templates/"+name+".html"))
				}
			}
		}
		s.frame = template.Must(template.New("embed").ParseFS(embedded, "templates/embed.html"))
	})
}

// show renders a page whole before it sends the first byte, so that a failure
// is an error and not half a page.
func (s *Site) show(c echo.Context, status int, name string, p page) error {
	v := s.voice(c)
	p.Demo, p.Style, p.Mark, p.Lang, p.Dir = s.Demo, s.address("style.css"), s.address("mark.svg"), v.Tag, v.Dir
	if c.Request().Method == http.MethodGet || c.Request().Method == http.MethodHead {
		p.Translations = s.inOther(c, v)
	}
	var b bytes.Buffer
	if err := s.pages[edition{name, v.Tag, v.byName}].ExecuteTemplate(&b, "frame", p); err != nil {
		return fmt.Errorf("rendering page %s: %w", name, err)
	}
	body := withoutOverrides(b.Bytes())
	lasting := body
	weak := ""
	if p.Passing != "" {
		lasting, weak = bytes.ReplaceAll(body, []byte(p.Passing), nil), "W/"
	}
	sum := sha256.Sum256(lasting)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := c.Response().Header()
	h.Set("Content-Language", v.Tag)
	h.Add(echo.HeaderVary, "Accept-Language")
	if p.Private || status >= http.StatusBadRequest { // a trouble of now is nobody's to keep
		h.Set(echo.HeaderCacheControl, "no-store")
		return c.HTMLBlob(status, body)
	}
	h.Set(echo.HeaderCacheControl, revalidate)
	h.Set("ETag", weak+tag)
	if status == http.StatusOK && hasTag(c.Request().Header.Get("If-None-Match"), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.HTMLBlob(status, body)
}

// hasTag compares weakly, as RFC 9110, 13.1.2 wants of If-None-Match.
func hasTag(header, tag string) bool {
	for _, t := range strings.Split(header, ",") {
		if t = strings.TrimSpace(t); t == "*" || strings.TrimPrefix(t, "W/") == tag {
			return true
		}
	}
	return false
}

// withoutOverrides drops the characters that reorder text beyond their own
// element (Unicode TR9, explicit embeddings, overrides and isolates). Pages use
// bdi and dir instead, so in a page they can only come from a record.
func withoutOverrides(b []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, b)
}

func missing(err error) bool {
	var r *fault.Refusal
	return errors.As(err, &r) && r.Kind == fault.Missing
}
