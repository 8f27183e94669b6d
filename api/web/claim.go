package web

import (
	"bytes"
	"errors"
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
	Faults   []string
	Answered *verify.Report
	Saying   saying
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
	in, err := s.claimInput(c)
	v := claimView{Form: in}
	if err == nil {
		v.Answered, err = s.Claim(c.Request().Context(), in)
	}
	var invalid fault.Invalid
	if errors.As(err, &invalid) {
		for _, f := range invalid {
			v.Faults = append(v.Faults, strings.TrimSpace(fieldWord(f.Pointer)+" "+f.Detail)+".")
		}
		return s.showClaim(c, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	v.fill()
	return s.showClaim(c, http.StatusOK, v)
}

func (s *Site) showClaim(c echo.Context, status int, v claimView) error {
	v.Rows = append([]claims.Accreditation{}, v.Form.Accreditation...)
	if len(v.Rows) == 0 {
		v.Rows = []claims.Accreditation{{}}
	}
	p := page{Title: "Check what a certificate claims", Description: "Type or paste what a certificate says, and learn which of its claims are confirmed, not confirmed or contradicted.",
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

func fieldWord(pointer string) string {
	switch pointer {
	case "/issued_on":
		return "The date of issue"
	case "/expires_on":
		return "The date of expiry"
	case "/file":
		return "The file"
	case "/text":
		return "The text"
	case "":
		return "The form"
	default:
		return "A field"
	}
}

// fill turns the report into what the page shows.
func (v *claimView) fill() {
	r := v.Answered
	v.Saying = claimSaying(r)
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
				v.Dates = append(v.Dates, d.at.Written+" was read as "+d.at.Day+"; it could also be "+strings.Join(other(d.at.Readings, d.at.Day), " or "))
			}
		}
	}
	for _, l := range r.Claims {
		x := claimedView{ClaimedLink: l, Sources: sources(l.Sources)}
		x.Word, x.Tone = linkWord(l.Outcome)
		v.Links = append(v.Links, x)
	}
	for _, f := range r.RedFlags {
		x := flagView{RedFlag: f}
		x.Word, x.Tone = severityWord(f.Severity)
		v.Flags = append(v.Flags, x)
	}
	for _, c := range r.Checks {
		x := checkView{Check: c}
		x.Word, x.Tone = outcomeWord(c.Outcome)
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

func linkWord(outcome string) (string, tone) {
	switch outcome {
	case verify.Confirmed:
		return "Confirmed", good
	case verify.Contradicted:
		return "Contradicted", stop
	default:
		return "Not confirmed", open
	}
}

// claimSaying puts the verdict about a claim in words. A claim that led to a
// record of this register is told like the record.
func claimSaying(r *verify.Report) saying {
	switch {
	case r.Links.Page != "" || r.Verdict != verify.Undetermined && r.Verdict != verify.Misrepresented && r.Verdict != verify.NotFound:
		return sayingOf(r)
	case r.Verdict == verify.Misrepresented:
		return saying{stop, "Claim not supported", "Something this certificate claims is not so.",
			"The supposed source of an accreditation or recognition does not support what the certificate says. Which claim, and by what source, stands below.",
			"Do not rely on that claim. The holder may know nothing of it: ask the issuer to explain."}
	case r.Verdict == verify.NotFound:
		return saying{caution, "Not in the register", "The issuer’s register does not hold this number.",
			"The register of this issuer’s certificates is complete here, and the number is not in it.",
			"Compare the number with the certificate. Then ask the issuer, by an address you found yourself."}
	default:
		return saying{open, "Seen on paper only", "Paper alone cannot show that this certificate is genuine.",
			"Anyone can print a certificate. What the register knows about the names on it stands below: what is confirmed, and what is not.",
			"This is neither a yes nor a no. Ask the holder for the link or number that the issuer gives out, or ask the issuer to confirm it."}
	}
}
