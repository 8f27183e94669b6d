package disputes

import (
	"context"
	"encoding/base32"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/bonafide-dev/bonafide/internal/fault"
)

const (
	maxWords = 2000 // a page of text
	maxFact  = 100
	maxOf    = 200
	maxName  = 200
	maxEmail = 254 // RFC 5321, 4.5.3.1
	maxNote  = 2000
	// maxWaiting bounds what strangers can leave to be read; beyond it an
	// operator is being flooded, and nobody's entry would be read.
	maxWaiting = 10_000
)

// Clerk takes disputes and concerns and records what becomes of them. Its
// methods are safe for concurrent use.
type Clerk struct {
	Store Store
	// Concerns tells which bodies a record concerns: the parties of a
	// statement, the owner of a scheme, the issuer of a certificate, the body
	// itself. known is false for a record that there is not.
	Concerns func(ctx context.Context, about About, of string) (bodies []string, known bool, err error)
	Now      func() time.Time
	Rand     io.Reader
}

// File records an entry. e.Body is the body whose client filed it; empty for
// anybody else.
func (c *Clerk) File(ctx context.Context, e Entry) (Entry, error) {
	// 1 Is it in form?
	var f fault.Invalid
	e.Words, e.Fact, e.Of = text(&f, "/words", e.Words, maxWords, true), text(&f, "/fact", e.Fact, maxFact, false), text(&f, "/about/id", e.Of, maxOf, false)
	e.Contact.Name = text(&f, "/contact/name", e.Contact.Name, maxName, false)
	checkEmail(&f, e.Contact.Email)
	if e.Words == "" {
		f.Add("/words", "are needed: say what is wrong, in your words")
	}
	if e.Of == "" {
		f.Add("/about/id", "is needed")
	}
	switch e.About {
	case AboutBody, AboutScheme, AboutStatement, AboutCertificate:
	case AboutElsewhere:
		if e.Kind == KindDispute {
			f.Add("/about/kind", "must be body, scheme, statement or certificate")
		}
	default:
		f.Add("/about/kind", "must be body, scheme, statement or certificate")
	}
	if err := f.Err(); err != nil {
		return Entry{}, err
	}
	// 2 Is there such a record, and is it the concern of whoever files?
	first := Received
	if e.About != AboutElsewhere {
		bodies, known, err := c.Concerns(ctx, e.About, e.Of)
		if err != nil {
			return Entry{}, fmt.Errorf("finding whom the record concerns: %w", err)
		}
		if !known {
			return Entry{}, fault.Invalid{{Pointer: "/about/id", Detail: "is no record of this register"}}
		}
		for _, b := range bodies {
			if b == e.Body && e.Body != "" && e.Kind == KindDispute {
				first = Open
			}
		}
	}
	// 3 Record it.
	id, err := c.id()
	if err != nil {
		return Entry{}, err
	}
	e.ID, e.ReceivedAt = id, c.now()
	e.Steps = []Step{{State: first, At: e.ReceivedAt}}
	if err := c.Store.AddEntry(ctx, e, maxWaiting); err != nil {
		return Entry{}, fmt.Errorf("recording the %s: %w", e.Kind, err)
	}
	return e, nil
}

// Settle records a step of the operator: open publishes a dispute, the others
// settle the entry.
func (c *Clerk) Settle(ctx context.Context, id string, to State, note string) (Entry, error) {
	var f fault.Invalid
	note = text(&f, "/note", note, maxNote, true)
	if err := f.Err(); err != nil {
		return Entry{}, err
	}
	s := Step{State: to, Note: note, At: c.now()}
	var after Entry
	err := c.Store.AppendStep(ctx, id, s, to != Open, func(e Entry) error {
		if err := mayBecome(e, to); err != nil {
			return err
		}
		after = e
		after.Steps = append(after.Steps[:len(after.Steps):len(after.Steps)], s)
		return nil
	})
	if err != nil {
		return Entry{}, fmt.Errorf("settling %s: %w", id, err)
	}
	if after.Settled() {
		after.Contact = Contact{}
	}
	return after, nil
}

func mayBecome(e Entry, to State) error {
	allowed := map[Kind][]State{KindDispute: {Upheld, Rejected, Retired}, KindConcern: {Closed}}[e.Kind]
	if e.Kind == KindDispute && e.State() == Received {
		allowed = append(allowed, Open)
	}
	for _, s := range allowed {
		if s == to && !e.Settled() {
			return nil
		}
	}
	if e.Settled() {
		return &fault.Refusal{Kind: fault.Conflict, Code: "ALREADY_SETTLED", Pointer: "/outcome", Detail: fmt.Sprintf("It was settled on %s: %s.", e.Since().Format(time.DateOnly), e.State())}
	}
	return &fault.Refusal{Code: "OUTCOME_NOT_POSSIBLE", Pointer: "/outcome", Detail: fmt.Sprintf("A %s that is %s may become one of %q.", e.Kind, e.State(), allowed)}
}

// id is 80 random bits: entries cannot be enumerated.
func (c *Clerk) id() (string, error) {
	var b [10]byte
	if _, err := io.ReadFull(c.Rand, b[:]); err != nil {
		return "", fmt.Errorf("drawing an id: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:])), nil
}

func (c *Clerk) now() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }

// text is s in NFC without space around it; what hides or turns other text is
// a fault (Unicode TR 36), since it is shown beside it.
func text(f *fault.Invalid, at, s string, longest int, lines bool) string {
	if !utf8.ValidString(s) {
		f.Add(at, "must be UTF-8")
		return ""
	}
	s = norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")))
	hidden := func(r rune) bool {
		if r == '\n' && lines || r == '\u200c' || r == '\u200d' { // the joiners are needed in Persian and Indic words
			return false
		}
		return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
	}
	if strings.ContainsFunc(s, hidden) {
		f.Add(at, "must not contain control, invisible or direction-changing characters")
	}
	if utf8.RuneCountInString(s) > longest {
		f.Add(at, fmt.Sprintf("must not be longer than %d characters", longest))
	}
	return s
}

func checkEmail(f *fault.Invalid, s string) {
	if s == "" {
		return
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxEmail {
		f.Add("/contact/email", "must be an e-mail address alone")
	}
}
