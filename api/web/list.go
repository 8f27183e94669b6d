package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/internal/roster"
	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/redflag"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Lists judges many certificates at once.
type Lists struct {
	// Batch judges lines and hands each answer to done, in any order.
	Batch func(ctx context.Context, lines []lookup.Line, done func(i int, r *verify.Report, err error)) error
	// Notary returns what signs receipts.
	Notary func(ctx context.Context) (func(r *verify.Report, asked receipt.Asked) error, error)
	// Judge tells whether a receipt is what a register trusted here signed.
	Judge func(ctx context.Context, u *receipt.Unverified) (receipt.Judgement, error)
	// Seats bounds the lists that are judged at once.
	Seats chan struct{}
}

// Bounds of a list on the pages.
const (
	listChunk   = 250  // judged, then shown: a second's work at most
	listShown   = 1000 // rows on a page; the exports have all
	listTimeout = time.Minute
	listUpload  = 5 * time.Minute // for a file on a slow line
)

// MaxListForm bounds what the form sends: the file, and the fields beside it.
const MaxListForm = roster.MaxFile + 1<<20

// listForm is what was asked, kept in the form so that it can be asked again.
type listForm struct {
	Lines string // pasted, or carried on
	As    string // page, csv, xlsx, json or rows
	Only  string // verdicts to show: all, attention
	Asker string

	Elsewhere, Arrangements, Levels, Severity, Flags string
	StatusHours, CoverageDays                        string
	Transparency                                     bool
	Columns                                          map[string]string
}

// listView is the page: the form, a question about columns, or the answer.
type listView struct {
	Form     listForm
	Faults   []string
	Mapping  *mappingView
	Answer   *listAnswer
	Script   string
	MaxBytes int
	MaxLines int
}

type mappingView struct {
	Heading []string   // one for each column
	Sample  [][]string // a few rows
	Fields  []mappedField
	Again   bool // the file has to be chosen again
}

type mappedField struct {
	Name, Label string
	Column      int
}

type listAnswer struct {
	Rows   []listRow
	Total  int
	Counts []listCount
	More   int // rows that are not shown
	Asked  bool
}

type listCount struct {
	Word string
	Tone tone
	N    int
}

// listRow is one line of the answer, as the page, the script and the exports
// have it.
type listRow struct {
	Line     int      `json:"line"`
	Given    string   `json:"given"`
	Name     string   `json:"name,omitempty"`
	Verdict  string   `json:"verdict"` // or problem
	Word     string   `json:"word"`
	Tone     tone     `json:"tone"`
	Summary  string   `json:"summary"`
	Policy   string   `json:"policy,omitempty"`
	Reasons  []string `json:"reasons,omitempty"`
	Match    string   `json:"match,omitempty"` // is it the person named: yes, near or no
	Issuer   string   `json:"issuer,omitempty"`
	Scheme   string   `json:"scheme,omitempty"`
	Until    string   `json:"valid_until,omitempty"`
	Flags    []string `json:"flags,omitempty"`
	Page     string   `json:"page,omitempty"`
	Decided  string   `json:"decided_at,omitempty"`
	Checked  string   `json:"checked_at,omitempty"`
	Receipt  string   `json:"receipt,omitempty"`
	Attended bool     `json:"attention"` // worth a look
}

// listPage shows the empty form.
func (s *Site) listPage(c echo.Context) error {
	return s.showList(c, http.StatusOK, listView{Form: listForm{As: "page", Only: "all"}})
}

func (s *Site) showList(c echo.Context, status int, v listView) error {
	s.prepare()
	v.Script, v.MaxBytes, v.MaxLines = s.address("list.js"), roster.MaxFile, roster.MaxLines
	p := page{Title: "Check a list of certificates", Description: "Check many certificates at once: a file or pasted lines in, an answer with reasons for each, nothing stored.",
		Address: strings.TrimSuffix(s.Addresses.Public, "/") + "/check", Data: v}
	if v.Answer != nil || v.Mapping != nil || len(v.Faults) > 0 {
		p.Private, p.Hidden, p.Address = true, true, ""
	}
	return s.show(c, status, "list", p)
}

// list answers the form: read, find the columns, judge, in the form wanted.
func (s *Site) list(c echo.Context) error {
	form, data, err := s.listInput(c)
	if err != nil {
		return err
	}
	fail := func(says string) error {
		if form.As == "rows" {
			return c.JSON(http.StatusUnprocessableEntity, map[string]string{"fault": says})
		}
		return s.showList(c, http.StatusUnprocessableEntity, listView{Form: form, Faults: []string{says}})
	}
	table, err := roster.Read(data)
	var no *roster.UnreadableError
	if errors.As(err, &no) {
		return fail(no.Error())
	}
	if err != nil {
		return err
	}
	demand, wording, faults := form.demand()
	if len(faults) > 0 {
		return fail(strings.Join(faults, " "))
	}
	columns, sure := form.columns(table)
	if !sure {
		if form.As == "rows" {
			return c.JSON(http.StatusConflict, map[string]bool{"mapping": true})
		}
		return s.showList(c, http.StatusOK, listView{Form: form, Mapping: mapping(table, columns, &form, data)})
	}
	select {
	case s.Lists.Seats <- struct{}{}:
		defer func() { <-s.Lists.Seats }()
	default:
		return fail("Too many lists are being checked just now. Wait a minute and try again; nothing was decided about any certificate.")
	}
	j := &listJob{site: s, echo: c, form: form, demand: demand, policy: wording, entries: table.Entries(columns)}
	return j.run()
}

// listInput reads the form. A file goes before pasted lines.
func (s *Site) listInput(c echo.Context) (listForm, []byte, error) {
	value := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	var data []byte
	if header, err := c.FormFile("list"); err == nil && header.Size > 0 {
		f, err := header.Open()
		if err != nil {
			return listForm{}, nil, err
		}
		defer f.Close() //nolint:errcheck // read only
		if data, err = io.ReadAll(io.LimitReader(f, roster.MaxFile+1)); err != nil {
			return listForm{}, nil, err
		}
	} else if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return listForm{}, nil, large
	}
	form := listForm{Lines: value("lines"), As: value("as"), Only: value("only"), Asker: shortened(value("asker"), receipt.MaxAsker/4),
		Elsewhere: value("elsewhere"), Arrangements: value("arrangements"), Levels: value("levels"), Severity: value("severity"), Flags: value("flags"),
		StatusHours: value("status_hours"), CoverageDays: value("coverage_days"), Transparency: value("transparency") != "", Columns: map[string]string{}}
	for _, f := range mappedFields() {
		if v := value("column_" + f.Name); v != "" {
			form.Columns[f.Name] = v
		}
	}
	if value("heading") != "" {
		form.Columns["heading"] = value("heading")
	}
	if len(data) == 0 {
		data = []byte(form.Lines)
	}
	return form, data, nil
}

func mappedFields() []mappedField {
	return []mappedField{{"number", "Number, link or credential", 0}, {"name", "Name", roster.None}, {"email", "E-mail address", roster.None},
		{"issuer", "Issuer (its id here)", roster.None}, {"scheme", "Scheme (its id here)", roster.None}}
}

// columns are those that the form names, else those that are found.
func (f listForm) columns(t roster.Table) (roster.Columns, bool) {
	c, sure := t.Guess()
	n, err := strconv.Atoi(f.Columns["number"])
	if err != nil || n < 0 {
		return c, sure
	}
	at := func(name string) int {
		if i, err := strconv.Atoi(f.Columns[name]); err == nil && i >= 0 {
			return i
		}
		return roster.None
	}
	return roster.Columns{Number: n, Name: at("name"), Email: at("email"), Issuer: at("issuer"), Scheme: at("scheme"), Heading: f.Columns["heading"] == "yes"}, true
}

// carried bounds the list that the page about columns carries on.
const carried = 2 << 20

func mapping(t roster.Table, c roster.Columns, form *listForm, data []byte) *mappingView {
	m := &mappingView{Fields: mappedFields()}
	width := 0
	for _, row := range t.Rows[:min(len(t.Rows), 6)] {
		width = max(width, len(row))
		short := make([]string, len(row))
		for i, cell := range row {
			short[i] = shortened(cell, 60)
		}
		m.Sample = append(m.Sample, short)
	}
	for i := range width {
		head := "Column " + strconv.Itoa(i+1)
		if i < len(t.Rows[0]) {
			head += ": " + shortened(t.Rows[0][i], 40)
		}
		m.Heading = append(m.Heading, head)
	}
	for i, at := range []int{c.Number, c.Name, c.Email, c.Issuer, c.Scheme} {
		m.Fields[i].Column = at
	}
	if c.Heading {
		form.Columns["heading"] = "yes"
	}
	var b strings.Builder
	if len(data) > carried {
		m.Again, form.Lines = true, ""
		return m
	}
	w := roster.NewPlain(&b)
	for _, row := range t.Rows {
		_ = w.Row(row...) // to memory
	}
	_ = w.Close() // to memory
	form.Lines = b.String()
	return m
}

// demand reads the policy of the form, and tells what in it means nothing.
func (f listForm) demand() (d verify.Demand, wording json.RawMessage, faults []string) {
	words := map[string]any{}
	if f.Elsewhere != "" {
		d.Elsewhere = verify.Elsewhere(f.Elsewhere)
		words["elsewhere"] = f.Elsewhere
		if d.Elsewhere != verify.ElsewhereAccepted && d.Elsewhere != verify.ElsewhereRefused {
			faults = append(faults, "Accreditation elsewhere is accepted or refused.")
		}
	}
	for name, to := range map[string]struct {
		text string
		list *[]string
	}{"arrangements": {f.Arrangements, &d.Arrangements}, "levels": {f.Levels, &d.Levels}, "block_flags": {f.Flags, &d.BlockFlags}} {
		for x := range strings.SplitSeq(to.text, ",") {
			if x = strings.TrimSpace(x); x != "" && len(*to.list) < 100 {
				*to.list = append(*to.list, x)
			}
		}
		if len(*to.list) > 0 {
			words[name] = *to.list
		}
	}
	for i, id := range d.BlockFlags {
		d.BlockFlags[i] = strings.ToUpper(id)
		if !redflag.Known(d.BlockFlags[i]) {
			faults = append(faults, "There is no rule "+shortened(id, 20)+" among the red flags.")
		}
	}
	if f.Severity != "" {
		if d.BlockSeverity = redflag.Severity(f.Severity); d.BlockSeverity.Rank() == 0 {
			faults = append(faults, "The severity of a flag is info, low, medium, high or critical.")
		}
		words["block_severity"] = f.Severity
	}
	for name, to := range map[string]struct {
		text string
		unit time.Duration
		age  *time.Duration
	}{"status_max_age_hours": {f.StatusHours, time.Hour, &d.StatusAge}, "coverage_max_age_days": {f.CoverageDays, 24 * time.Hour, &d.CoverageAge}} {
		if to.text == "" {
			continue
		}
		n, err := strconv.Atoi(to.text)
		if err != nil || n < 1 || n > 87_600 {
			faults = append(faults, "Ages are whole numbers above zero.")
			continue
		}
		*to.age = time.Duration(n) * to.unit
		words[name] = n
	}
	if f.Transparency {
		d.Checks, words["transparency"] = append(d.Checks, verify.CheckTransparency), true
	}
	if len(words) > 0 {
		wording, _ = json.Marshal(words) // strings and numbers do not fail
	}
	return d, wording, faults
}

// isList tells whether the form is that of a list: it has pasted lines, even
// none, or a file of its own name.
func isList(c echo.Context) bool {
	form, err := c.MultipartForm()
	if err != nil {
		return c.Request().PostForm.Has("lines")
	}
	return len(form.Value["lines"]) > 0 || len(form.File["list"]) > 0
}
