package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/internal/roster"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// listJob judges one list and writes the answer in one form.
type listJob struct {
	site    *Site
	echo    echo.Context
	form    listForm
	demand  verify.Demand
	policy  json.RawMessage
	entries []roster.Entry
}

// rowFile is what rows can be written to.
type rowFile interface {
	Row(cells ...string) error
	Close() error
}

func (j *listJob) run() error {
	c := j.echo
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	switch j.form.As {
	case "rows":
		return j.stream()
	case "csv":
		return j.export("text/csv; charset=utf-8", "csv", func(w io.Writer) (rowFile, error) { return roster.NewCSV(w) })
	case "xlsx":
		return j.export("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", func(w io.Writer) (rowFile, error) { return roster.NewWorkbook(w) })
	case "json":
		return j.document()
	}
	return j.page()
}

// page shows the first rows, those worth a look alone if that is wanted, and
// counts all.
func (j *listJob) page() error {
	a := &listAnswer{Total: len(j.entries), Asked: len(j.policy) > 0}
	at := map[string]int{}
	err := j.each(false, func(r listRow, _ *verify.Report) error {
		i, ok := at[r.Word]
		if !ok {
			i = len(a.Counts)
			at[r.Word] = i
			a.Counts = append(a.Counts, listCount{Word: r.Word, Tone: r.Tone})
		}
		a.Counts[i].N++
		switch {
		case j.form.Only == "attention" && !r.Attended:
		case len(a.Rows) >= listShown:
			a.More++
		default:
			a.Rows = append(a.Rows, r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	form := j.form
	var b strings.Builder
	if w := roster.NewPlain(&b); len(j.entries) <= 20_000 { // to ask again, and for the exports
		_ = w.Row("number", "name", "email", "issuer", "scheme") // to memory
		for _, e := range j.entries {
			_ = w.Row(e.Number, e.Name, e.Email, e.Issuer, e.Scheme)
		}
		_ = w.Close()
	}
	if form.Lines = b.String(); len(form.Lines) > carried {
		form.Lines = ""
	}
	form.Columns = map[string]string{"number": "0", "name": "1", "email": "2", "issuer": "3", "scheme": "4", "heading": "yes"}
	return j.site.showList(j.echo, http.StatusOK, listView{Form: form, Answer: a})
}

// stream sends rows as they are ready, for the script: a line with the total,
// then one for each.
func (j *listJob) stream() error {
	c := j.echo
	c.Response().Header().Set(echo.HeaderContentType, "application/x-ndjson")
	enc := json.NewEncoder(c.Response())
	if err := enc.Encode(map[string]int{"total": len(j.entries)}); err != nil {
		return nil //nolint:nilerr // nobody reads on
	}
	return j.each(false, func(r listRow, _ *verify.Report) error { return enc.Encode(r) })
}

func headings() []string {
	return []string{"line", "given", "name", "verdict", "meaning", "summary", "policy", "reasons", "person matches", "issuer", "scheme", "decided", "valid until", "flags", "page", "checked", "receipt"}
}

func (r listRow) cells() []string {
	return []string{fmt.Sprint(r.Line), r.Given, r.Name, r.Verdict, r.Word, r.Summary, r.Policy, strings.Join(r.Reasons, " "), r.Match, r.Issuer, r.Scheme, r.Decided, r.Until,
		strings.Join(r.Flags, "; "), r.Page, r.Checked, r.Receipt}
}

// export writes a file of rows, each with its receipt.
func (j *listJob) export(kind, suffix string, open func(io.Writer) (rowFile, error)) error {
	h := j.echo.Response().Header()
	h.Set(echo.HeaderContentType, kind)
	h.Set(echo.HeaderContentDisposition, `attachment; filename="certificates.`+suffix+`"`)
	w, err := open(j.echo.Response())
	if err != nil {
		return err
	}
	if err := w.Row(headings()...); err != nil {
		return err
	}
	if err := j.each(true, func(r listRow, _ *verify.Report) error { return w.Row(r.cells()...) }); err != nil {
		return err
	}
	return w.Close()
}

// document writes everything as JSON: the whole reports, with their receipts.
func (j *listJob) document() error {
	out := j.echo.Response()
	out.Header().Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	out.Header().Set(echo.HeaderContentDisposition, `attachment; filename="certificates.json"`)
	separator := "["
	err := j.each(true, func(r listRow, full *verify.Report) error {
		data, err := json.Marshal(struct {
			Line    int            `json:"line"`
			Given   string         `json:"given"`
			Name    string         `json:"name,omitempty"`
			Summary string         `json:"summary"`
			Report  *verify.Report `json:"report"`
		}{r.Line, r.Given, r.Name, r.Summary, full})
		if err == nil {
			_, err = fmt.Fprintf(out, "%s\n%s", separator, data)
		}
		separator = ","
		return err
	})
	if err != nil {
		return err
	}
	if separator == "[" {
		_, err = io.WriteString(out, "[")
	}
	if err == nil {
		_, err = io.WriteString(out, "\n]\n")
	}
	return err
}

// each judges the entries chunk by chunk and hands on the rows in order.
func (j *listJob) each(receipts bool, take func(listRow, *verify.Report) error) error {
	english := j.site.inEnglish() // one answer for all who read the file
	ctx := j.echo.Request().Context()
	sign, err := j.site.Lists.Notary(ctx)
	if err != nil {
		return err
	}
	control := http.NewResponseController(j.echo.Response())
	for from := 0; from < len(j.entries); from += listChunk {
		part := j.entries[from:min(from+listChunk, len(j.entries))]
		lines, rows, full := make([]lookup.Line, len(part)), make([]listRow, len(part)), make([]*verify.Report, len(part))
		for i, e := range part {
			lines[i] = j.line(e)
		}
		err := j.site.Lists.Batch(ctx, lines, func(i int, r *verify.Report, err error) {
			if err == nil && receipts {
				asked := lines[i].AskedOf(j.form.Asker)
				asked.Policy = j.policy
				err = sign(r, asked)
			}
			if err != nil {
				r = nil
			}
			rows[i], full[i] = english.rowOf(part[i], r, err), r
		})
		if err != nil {
			return err
		}
		_ = control.SetWriteDeadline(time.Now().Add(listTimeout)) // where there is none, none is needed
		for i := range rows {
			if err := take(rows[i], full[i]); err != nil {
				return err
			}
		}
		if j.form.As == "rows" {
			if err := control.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *listJob) line(e roster.Entry) lookup.Line {
	l := lookup.Line{Submission: lookup.Submission{Expect: verify.Expect{Name: e.Name, Email: e.Email, Issuer: e.Issuer, Scheme: e.Scheme}, Demand: j.demand, Asker: j.echo.RealIP()}}
	_, address := intake.Address(e.Number)
	switch read := j.site.read(e.Number); {
	case e.Number == "":
		l.Fault = errNoNumber
	case read.Slip == noSlip:
		l.Number = string(read.Number)
	case address || read.Slip == credentialSlip:
		l.Text = e.Number
	default:
		l.Number = e.Number
	}
	return l
}

var errNoNumber = errors.New("no number")

// rowOf puts an answer, or why there is none, into a row.
func (v voice) rowOf(e roster.Entry, r *verify.Report, err error) listRow {
	row := listRow{Line: e.Line, Given: shortened(e.Number, 200), Name: shortened(e.Name, 200)}
	if err != nil {
		row.Verdict, row.Word, row.Tone, row.Attended = "problem", "Not checked", open, true
		row.Summary = notChecked(err)
		return row
	}
	s := v.sayingOf(r)
	row.Verdict, row.Word, row.Tone, row.Summary, row.Page, row.Receipt = string(r.Verdict), s.Word, s.Tone, r.Summary, r.Links.Page, r.Receipt
	row.Checked = r.CheckedAt.UTC().Format(time.RFC3339)
	row.Attended = r.Verdict != verify.BonaFide || len(r.RedFlags) > 0
	if c := r.Certificate; c != nil {
		row.Issuer, row.Scheme = c.Issuer.Name, c.Scheme.Name
		if c.ValidUntil != nil {
			row.Until = c.ValidUntil.UTC().Format(time.DateOnly)
		}
		if c.DecidedAt != nil {
			row.Decided = c.DecidedAt.UTC().Format(time.DateOnly)
		}
	}
	for _, f := range r.RedFlags {
		row.Flags = append(row.Flags, f.ID+" "+f.Title)
	}
	for _, c := range r.Checks {
		if c.ID == verify.CheckHolderMatch && c.Outcome != trust.NotApplicable.String() {
			row.Match = personWord(c)
			row.Attended = row.Attended || c.Outcome != trust.Pass.String()
		}
	}
	if p := r.Policy; p != nil {
		row.Policy = p.Outcome
		for _, x := range p.Reasons {
			row.Reasons = append(row.Reasons, x.Detail)
		}
		row.Attended = row.Attended || p.Outcome != trust.Pass.String()
	}
	return row
}

// personWord is the answer to whether it is the person named.
func personWord(c verify.Check) string {
	switch {
	case c.Outcome == trust.Pass.String():
		return "yes"
	case c.Outcome == trust.Fail.String():
		return "no"
	case c.Problem != nil:
		return "near"
	}
	return "not compared"
}

// notChecked says why a line has no answer. It is never about the certificate.
func notChecked(err error) string {
	var guesses *lookup.TooManyGuessesError
	switch {
	case errors.Is(err, errNoNumber):
		return "There is no number, link or credential in this line."
	case errors.Is(err, credential.ErrCheckCharacter):
		return "The number has a typing mistake: its last character does not fit the others. Compare it with the certificate."
	case errors.As(err, &guesses):
		return "Too many different names were asked about this certificate from your network. Wait an hour, or ask the holder."
	}
	if remedy, ok := intake.Remedy(err); ok {
		return "This " + remedy + "."
	}
	return "It could not be checked just now. Try again."
}
