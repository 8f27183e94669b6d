package web

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// certificate shows the page of one certificate. A known certificate is
// answered with 200 whatever its verdict: the page exists and tells it.
func (s *Site) certificate(c echo.Context) error {
	raw := c.Param("id")
	n, err := credential.ParseNumber(tidy(raw))
	switch {
	case errors.Is(err, credential.ErrCheckCharacter):
		return s.mistyped(c, raw, entry{Slip: checkSlip})
	case err != nil:
		return s.mistyped(c, raw, entry{Slip: numberSlip})
	}
	q, err := instants(c.QueryParams())
	if err != nil {
		return s.Fault(c, http.StatusBadRequest, "")
	}
	if string(n) != raw {
		to := certificateAddress(n)
		if more := q.encode(); c.QueryParam("file") == "named" {
			to += "?" + namedBy
		} else if more != "" {
			to += "?" + more
		}
		return c.Redirect(http.StatusMovedPermanently, to)
	}
	r, err := s.look(c.Request().Context(), n, q)
	if err != nil {
		return err
	}
	if r == nil || r.Verdict == verify.NotFound {
		return s.notFound(c, n, r)
	}
	if s.Looked != nil && c.Request().Method == http.MethodGet {
		s.Looked(string(n))
	}
	w := s.voice(c)
	v := w.view(n, r)
	v.KnownAt, v.Named = q.KnownAt, c.QueryParam("file") == "named"
	p := page{Title: w.Say("certificate.title", "word", v.Saying.Word, "number", string(n)), Description: v.Saying.Headline, Address: s.Addresses.Page(n),
		Hidden: true, Passing: w.Minute(r.CheckedAt), Verdict: r.Verdict, Data: v}
	if s.Pictures != nil && !v.Otherwhen && q.KnownAt.IsZero() { // pictures tell of today
		p.Share = s.share(c.Request().Context(), n, r)
		v.Share = p.Share
	}
	for _, a := range []alternate{{"application/vp", v.Bundle}, {"application/vc+jwt", v.Token}} {
		if a.Address != "" {
			p.Alternates = append(p.Alternates, a)
		}
	}
	return s.show(c, http.StatusOK, "certificate", p)
}

func (s *Site) look(ctx context.Context, n credential.Number, q Query) (*verify.Report, error) {
	r, err := s.Lookup(ctx, string(n), q)
	if missing(err) {
		return nil, nil
	}
	return r, err
}

// instants reads at and known_at: an instant (RFC 3339), or a day, of which its
// first instant in UTC is meant.
func instants(values url.Values) (Query, error) {
	q := Query{Issuer: values.Get("issuer")}
	for name, to := range map[string]*time.Time{"at": &q.At, "known_at": &q.KnownAt} {
		v := values.Get(name)
		if v == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, v)
		if err != nil {
			t, err = time.Parse(time.DateOnly, v)
		}
		if err != nil {
			return Query{}, err
		}
		*to = t.UTC()
	}
	return q, nil
}

func (q Query) encode() string {
	v := url.Values{}
	if !q.At.IsZero() {
		v.Set("at", q.At.Format(time.RFC3339))
	}
	if !q.KnownAt.IsZero() {
		v.Set("known_at", q.KnownAt.Format(time.RFC3339))
	}
	if q.Issuer != "" {
		v.Set("issuer", q.Issuer)
	}
	return v.Encode()
}

// certificateView is a report as its page shows it.
type certificateView struct {
	*verify.Report
	Number    credential.Number
	Saying    saying
	Named     bool // by a file that was not checked itself
	Lead      template.HTML
	Decision  moment
	Judged    moment
	Otherwhen bool      // the instant judged is not the day of the check
	KnownAt   time.Time // judged by what was known then; zero: by all that is known
	Holder    string
	Scheme    verify.Scheme
	Kind      string
	Issuer    verify.Body
	Cycle     int // of recertification; 0: the first, or not told
	Follows   *follows
	Assessor  credential.Number // certificate of whoever assessed the holder
	Chains    []chainView
	Answered  []checkView // checks with a yes or a no
	Unknown   []checkView // checks nobody could make
	Idle      []checkView // checks that do not apply
	History   []eventView
	Flags     []flagView
	Coverage  []coverageView
	Contested []disputeView
	Shown     []evidenceItem // by the holder's leave
	Problems  []problemView
	Bundle    string
	Token     string
	File      string // name of the bundle once downloaded
	Share     *shareView
}

// fragment is a part of a sentence; a name is set apart, so that a name in
// another script does not reorder the words around it.
type fragment struct {
	Text string
	Name bool
}

// follows is the certificate before this one.
type follows struct {
	Word   string
	Number credential.Number // if it is of this register
	Other  string
}

func (v voice) following(c *verify.Certificate) *follows {
	if c.Previous == "" {
		return nil
	}
	f := &follows{Word: v.successionWord(c.Succession)}
	if n, err := credential.ParseNumber(c.Previous); err == nil {
		f.Number = n
	} else {
		f.Other = c.Previous
	}
	return f
}

// moment is one of the two days every page speaks of.
type moment struct {
	Label  string
	Day    time.Time
	States []state
}

type state struct {
	Word string
	Tone tone
}

type eventView struct {
	verify.Event
	Word      string
	Successor credential.Number // only if it is a number of a certificate
}

type coverageView struct {
	Name, Of, Register string
	Figures            string // published of declared
	Synchronised       *time.Time
}

func (w voice) view(n credential.Number, r *verify.Report) *certificateView {
	v := &certificateView{Report: r, Number: n, Saying: w.sayingOf(r), Lead: w.lead(r), Otherwhen: stamp(r.At) != stamp(r.CheckedAt), File: string(n) + ".bundle.json"}
	if c := r.Certificate; c != nil {
		v.Holder, v.Scheme, v.Kind, v.Issuer = c.Holder.Name, c.Scheme, w.kindWord(c.Scheme.Kind), c.Issuer
		v.Cycle, v.Follows = c.Cycle, w.following(c)
		if n, err := credential.ParseNumber(c.ExaminerCertificate); err == nil {
			v.Assessor = n
		}
		v.Chains = w.chains(v)
		for _, e := range c.Evidence {
			v.Shown = append(v.Shown, evidenceItem{Kind: humble(e.Kind), Description: e.Description, Address: webAddress(e.URL)})
		}
	}
	v.Decision, v.Judged = w.moments(r, v.Otherwhen)
	for _, c := range r.Checks {
		x := w.check(c)
		switch c.Outcome {
		case "pass", "fail":
			v.Answered = append(v.Answered, x)
		case "not_applicable":
			v.Idle = append(v.Idle, x)
		default:
			v.Unknown = append(v.Unknown, x)
		}
	}
	for _, e := range r.History {
		x := eventView{Event: e, Word: w.eventWord(e.Event)}
		if n, err := credential.ParseNumber(e.Successor); err == nil {
			x.Successor = n
		}
		v.History = append(v.History, x)
	}
	for _, f := range r.RedFlags {
		v.Flags = append(v.Flags, w.flag(f))
	}
	v.Problems = w.problems(r.Problems)
	v.Coverage = w.coverage(r.Coverage, names(r))
	for _, d := range r.Disputes {
		v.Contested = append(v.Contested, w.disputed([]verify.Dispute{d}, d.About, d.Of, names(r))...)
	}
	v.Bundle, v.Token = webAddress(r.Links.Bundle), webAddress(r.Links.Credential)
	return v
}

// problems tells each sentence once, however many paths met it.
func (v voice) problems(all []verify.Problem) []problemView {
	var out []problemView
next:
	for _, p := range all {
		for i := range out {
			if out[i].Code == p.Code && out[i].Detail == p.Detail {
				out[i].Times++
				continue next
			}
		}
		out = append(out, v.problem(p))
	}
	return out
}

func (v voice) moments(r *verify.Report, otherwhen bool) (decision, judged moment) {
	decision = moment{Label: v.Say("when.decision"), Day: decided(r)}
	judged = moment{Label: v.Say("when.today"), Day: r.At}
	if otherwhen {
		judged.Label = v.Say("when.judged")
	}
	add := func(m *moment, word string, t tone) { m.States = append(m.States, state{word, t}) }
	word, t := v.accreditationWord(r.Accreditation.AtDecision)
	add(&decision, word, t)
	if r.Authenticity != verify.Inauthentic {
		word, t = v.statusWord(string(r.Currency))
		add(&judged, v.Say("status.certificate", "status", word), t)
	}
	word, t = v.accreditationWord(r.Accreditation.Now)
	add(&judged, word, t)
	return decision, judged
}

// decided is the day that counts; a certificate that does not tell it is
// judged by its start.
func decided(r *verify.Report) time.Time {
	c := r.Certificate
	switch {
	case c == nil:
		return time.Time{}
	case c.DecidedAt != nil:
		return *c.DecidedAt
	case c.ValidFrom != nil:
		return *c.ValidFrom
	}
	return time.Time{}
}

// names maps register ids and DIDs to the names that occur in the report.
func names(r *verify.Report) map[string]string {
	out := map[string]string{}
	add := func(b verify.Body) { out[b.ID], out[b.DID] = b.Name, b.Name }
	if r.Certificate != nil {
		add(r.Certificate.Issuer)
	}
	for _, path := range [][]verify.Link{r.Chain.AtDecision, r.Chain.Now} {
		for _, l := range path {
			add(l.Issuer)
			add(l.Subject)
		}
	}
	delete(out, "")
	return out
}

func (v voice) coverage(all []verify.Coverage, known map[string]string) []coverageView {
	var out []coverageView
	for _, c := range all {
		x := coverageView{Name: c.Body, Synchronised: c.SynchronisedAt, Of: v.wire("coverage.of", c.Of), Register: v.Say("coverage.none")}
		if name := known[c.Body]; name != "" {
			x.Name = name
		}
		if c.Register == "complete" || c.Register == "partial" {
			x.Register = v.Say("coverage." + c.Register)
		}
		if c.Declared != nil && c.Published != nil {
			x.Figures = v.Say("coverage.figures", "published", *c.Published, "declared", *c.Declared)
		}
		out = append(out, x)
	}
	return out
}

// fragments sets the names apart that occur in a sentence.
func fragments(sentence string, names ...string) []fragment {
	for i, name := range names {
		if name == "" {
			continue
		}
		if before, after, ok := strings.Cut(sentence, name); ok {
			out := fragments(before, names[i+1:]...)
			out = append(out, fragment{name, true})
			return append(out, fragments(after, names[i+1:]...)...)
		}
	}
	if sentence == "" {
		return nil
	}
	return []fragment{{Text: sentence}}
}
