package web

import (
	"bytes"
	"errors"
	"html/template"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/claims"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// maxRows bounds the accreditations that one form may name.
const maxRows = 10

// claimView is the page of the claim check: the form, filled with what was
// understood so that it can be corrected, and the answer if there is one.
type claimView struct {
	Form     claims.Input
	Rows     []claims.Accreditation // at least one, for the form
	Faults   []template.HTML
	Answered *verify.Report
	Saying   saying
	Lead     template.HTML
	Links    []claimedView
	Dates    []string // dates that can be read in two ways
	MayMean  []verify.Body
	Wording  []verify.UnderstoodWording
	Flags    []flagView
	Answers  []checkView
	Unknown  []checkView
}

type claimedView struct {
	verify.ClaimedLink
	Told    template.HTML
	Word    string
	Tone    tone
	Sources []sourceView
}

func (s *Site) claimForm(c echo.Context) error {
	return s.showClaim(c, http.StatusOK, claimView{})
}

// claim answers the form. What cannot be read is told beside the form, with
// everything the visitor typed still in it.
func (s *Site) claim(c echo.Context) error {
	w := s.voice(c)
	in, err := s.claimInput(c)
	v := claimView{Form: in}
	if err == nil {
		v.Answered, err = s.Claim(c.Request().Context(), in)
	}
	var invalid fault.Invalid
	if errors.As(err, &invalid) {
		for _, f := range invalid {
			v.Faults = append(v.Faults, w.complaint("claims.field", f))
		}
		return s.showClaim(c, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	v.fill(w)
	return s.showClaim(c, http.StatusOK, v)
}

func (s *Site) showClaim(c echo.Context, status int, v claimView) error {
	v.Rows = append([]claims.Accreditation{}, v.Form.Accreditation...)
	if len(v.Rows) == 0 {
		v.Rows = []claims.Accreditation{{}}
	}
	w := s.voice(c)
	p := page{Title: w.Say("claims.title"), Description: w.Say("claims.description"),
		Address: strings.TrimSuffix(s.Addresses.Public, "/") + "/claims", Data: v}
	if v.Answered != nil {
		p.Verdict, p.Hidden, p.Title = v.Answered.Verdict, true, v.Saying.Word
	}
	return s.show(c, status, "claims", p)
}

func (s *Site) claimInput(c echo.Context) (claims.Input, error) {
	value := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	in := claims.Input{Holder: value("holder"), Credential: value("credential"), Number: value("number"), IssuerName: value("issuer"),
		IssuerWebsite: value("website"), IssuedOn: value("issued"), ExpiresOn: value("expires"), Text: value("text")}
	form, err := c.FormParams()
	if err != nil {
		return in, fault.Invalid{{Detail: "The form could not be read"}}
	}
	for i, body := range form["accreditor"] {
		at := func(name string) string {
			if all := form[name]; i < len(all) {
				return strings.TrimSpace(all[i])
			}
			return ""
		}
		a := claims.Accreditation{Body: strings.TrimSpace(body), Number: at("accreditation"), Standard: at("standard"), Arrangement: at("arrangement")}
		if a != (claims.Accreditation{}) && len(in.Accreditation) < maxRows {
			in.Accreditation = append(in.Accreditation, a)
		}
	}
	return in, s.claimFile(c, &in)
}

// claimFile reads a file if one was chosen.
func (s *Site) claimFile(c echo.Context, in *claims.Input) error {
	header, err := c.FormFile("file")
	if err != nil || header.Size == 0 {
		return nil // none was chosen
	}
	f, err := header.Open()
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(f, intake.MaxFile+1))
	if err != nil {
		return err
	}
	switch {
	case len(data) > intake.MaxFile:
		return fault.Invalid{{Pointer: "/file", Detail: "is larger than 4 MB"}}
	case !bytes.ContainsRune(data, 0) && !bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")):
		in.Text = strings.TrimSpace(in.Text + "\n" + string(data))
		return nil
	}
	text, err := s.ReadPDF(c.Request().Context(), data)
	if err != nil {
		return err
	}
	in.Text, in.Document = strings.TrimSpace(in.Text+"\n"+text), in.Text == ""
	return nil
}

// complaint tells what is wrong with a field of a form: a message of area for
// its pointer, and the English detail of whoever refused it.
func (v voice) complaint(area string, f fault.Field) template.HTML {
	field, ok := v.known(area, strings.ReplaceAll(strings.TrimPrefix(f.Pointer, "/"), "/", "_"))
	if !ok {
		field = v.Say(area + ".other")
	}
	return v.html("form.complaint", "field", template.HTML(template.HTMLEscapeString(field)), "why", v.english(f.Detail+".")) //nolint:gosec // escaped
}

// fill turns the report into what the page shows.
func (v *claimView) fill(w voice) {
	r := v.Answered
	v.Saying = w.claimSaying(r)
	v.Lead = w.english(r.Summary)
	u := r.Understood
	v.Form.Holder, v.Form.Credential, v.Form.Number, v.Form.IssuerName = u.HolderName, u.CredentialName, u.CertificateNumber, u.Issuer.Name
	v.Form.Accreditation, v.Wording = nil, u.Wording
	v.MayMean = append(v.MayMean, u.Issuer.MayMean...)
	for _, a := range u.Accreditation {
		v.Form.Accreditation = append(v.Form.Accreditation, claims.Accreditation{Body: a.Body.Name, Number: a.Number, Standard: a.Standard, Arrangement: a.Arrangement})
		v.MayMean = append(v.MayMean, a.Body.MayMean...)
	}
	for _, d := range []struct {
		at *verify.UnderstoodDate
		to *string
	}{{u.IssuedOn, &v.Form.IssuedOn}, {u.ExpiresOn, &v.Form.ExpiresOn}} {
		if d.at != nil {
			*d.to = d.at.Day
			if len(d.at.Readings) > 1 {
				v.Dates = append(v.Dates, w.Say("claims.date", "written", d.at.Written, "day", d.at.Day, "others", strings.Join(other(d.at.Readings, d.at.Day), ", ")))
			}
		}
	}
	for _, l := range r.Claims {
		x := claimedView{ClaimedLink: l, Told: w.english(l.Detail), Sources: sources(l.Sources)}
		x.Word, x.Tone = w.linkWord(l.Outcome)
		v.Links = append(v.Links, x)
	}
	for _, f := range r.RedFlags {
		v.Flags = append(v.Flags, w.flag(f))
	}
	for _, c := range r.Checks {
		x := w.check(c)
		switch c.Outcome {
		case "pass", "fail":
			v.Answers = append(v.Answers, x)
		case "unknown":
			v.Unknown = append(v.Unknown, x)
		}
	}
}

func other(all []string, taken string) []string {
	var out []string
	for _, s := range all {
		if s != taken {
			out = append(out, s)
		}
	}
	return out
}

func (v voice) linkWord(outcome string) (string, tone) {
	switch outcome {
	case verify.Confirmed:
		return v.Say("claimed.confirmed"), good
	case verify.Contradicted:
		return v.Say("claimed.contradicted"), stop
	default:
		return v.Say("claimed.open"), open
	}
}

// claimSaying puts the verdict about a claim in words. A claim that led to a
// record of this register is told like the record.
func (v voice) claimSaying(r *verify.Report) saying {
	switch {
	case r.Links.Page != "" || r.Verdict != verify.Undetermined && r.Verdict != verify.Misrepresented && r.Verdict != verify.NotFound:
		return v.sayingOf(r)
	case r.Verdict == verify.Misrepresented:
		return v.saying(stop, "claim")
	case r.Verdict == verify.NotFound:
		return v.saying(caution, "unlisted")
	default:
		return v.saying(open, "paper")
	}
}
