package web

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/bonafide-dev/bonafide/internal/backlink"
	"github.com/bonafide-dev/bonafide/internal/picture"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// shareView is what the page of a certificate offers to show it elsewhere, and
// what it tells machines in its head.
type shareView struct {
	Title, About    string
	Page            string
	BadgeSVG        string
	BadgePNG        string
	Card            string
	PDF             string
	CardWidth       int
	CardHeight      int
	OEmbedJSON      string
	OEmbedXML       string
	LinkedInProfile string // empty: not in force, nothing to add to a profile
	LinkedInShare   string
	Fields          []field // of LinkedIn's form, to copy
	Frame, Script   string  // to copy into another page
	ShareScript     string
	Schema          map[string]any
	Backlink        *backlinkView
	Host            string
}

// field is a text to copy.
type field struct{ Label, Text string }

// backlinkView is whether the issuer's own site says that its certificates are
// checked here.
type backlinkView struct {
	Tone         tone
	Key          string // of its message
	Domain, Host string
	Address      string
}

// share gathers the view. Nothing in it needs more than the report and the
// register's entry of the issuer.
func (s *Site) share(ctx context.Context, n credential.Number, r *verify.Report) *shareView {
	f := s.face(n, r)
	page := s.Addresses.Page(n)
	v := &shareView{Title: f.Word, About: picture.About(f), Page: page, Host: f.Host,
		BadgeSVG: s.hosted(n, "badge.svg"), BadgePNG: s.hosted(n, "badge.png"), Card: s.hosted(n, "card.png"), PDF: s.hosted(n, "certificate.pdf"),
		CardWidth: picture.CardWidth, CardHeight: picture.CardHeight, ShareScript: s.address("share.js"),
		Frame:  s.embedding(n, f, embedWidth, embedHeight).HTML,
		Script: `<div data-bonafide-id="` + string(n) + `"></div><script src="` + s.Addresses.Public + `/embed.js" async></script>`,
	}
	if f.Scheme != "" {
		v.Title += ": " + f.Scheme
	}
	for format, to := range map[string]*string{"json": &v.OEmbedJSON, "xml": &v.OEmbedXML} {
		*to = s.Addresses.Public + "/oembed?" + url.Values{"url": {page}, "format": {format}}.Encode()
	}
	v.LinkedInShare = "https://www.linkedin.com/sharing/share-offsite/?" + url.Values{"url": {page}}.Encode()
	c := r.Certificate
	if c == nil || r.Authenticity != verify.Authentic {
		return v
	}
	issuer := s.issuerOf(ctx, c.Issuer)
	if r.Currency == verify.InForce {
		v.LinkedInProfile, v.Fields = linkedIn(n, page, c, issuer)
	}
	v.Schema = schemaOf(page, n, r, s.inEnglish().kindWord(c.Scheme.Kind))
	v.Backlink = s.backlink(ctx, issuer)
	return v
}

// issuerOf is the register's entry of a body; of one it does not know, the name.
func (s *Site) issuerOf(ctx context.Context, b verify.Body) registry.Body {
	if s.Known != nil && b.ID != "" {
		if known, ok := s.Known(ctx, b.ID); ok {
			return known
		}
	}
	return registry.Body{Name: b.Name}
}

// linkedIn makes the address that fills LinkedIn's form of a licence or
// certification, and the same as fields to copy: the form is not always filled.
// The organisation's number shows its logo, and wins over its name.
func linkedIn(n credential.Number, page string, c *verify.Certificate, issuer registry.Body) (string, []field) {
	q := url.Values{"startTask": {"CERTIFICATION_NAME"}, "name": {c.Scheme.Name}, "certUrl": {page}, "certId": {string(n)}}
	fields := []field{{"Name", c.Scheme.Name}, {"Issuing organization", issuer.Name}}
	if issuer.LinkedInID != "" {
		q.Set("organizationId", issuer.LinkedInID)
	} else {
		q.Set("organizationName", issuer.Name)
	}
	dated := func(label, year, month string, t *time.Time) {
		if t == nil {
			return
		}
		u := t.UTC()
		q.Set(year, strconv.Itoa(u.Year()))
		q.Set(month, strconv.Itoa(int(u.Month())))
		fields = append(fields, field{label, u.Format("January 2006")})
	}
	dated("Issue date", "issueYear", "issueMonth", c.DecidedAt)
	dated("Expiration date", "expirationYear", "expirationMonth", c.ValidUntil)
	fields = append(fields, field{"Credential ID", string(n)}, field{"Credential URL", page})
	return "https://www.linkedin.com/profile/add?" + q.Encode(), fields
}

// schemaOf describes the certificate in the words of schema.org. The holder is
// not named: a page that says a name for people to read has not said that
// machines may collect it.
func schemaOf(page string, n credential.Number, r *verify.Report, kind string) map[string]any {
	c := r.Certificate
	out := map[string]any{"@context": "https://schema.org", "@type": []string{"Certification", "EducationalOccupationalCredential"}, "@id": page, "url": page,
		"name": c.Scheme.Name, "certificationIdentification": string(n), "credentialCategory": kind,
		"certificationStatus": "https://schema.org/CertificationInactive",
		"issuedBy":            organisation(c.Issuer)}
	if r.Currency == verify.InForce {
		out["certificationStatus"] = "https://schema.org/CertificationActive"
	}
	if c.Scheme.Level != "" {
		out["educationalLevel"] = c.Scheme.Level
	}
	for name, t := range map[string]*time.Time{"datePublished": c.DecidedAt, "validFrom": c.ValidFrom, "expires": c.ValidUntil} {
		if t != nil {
			out[name] = stamp(*t)
		}
	}
	if r.Accreditation.Now == "recognised" && len(r.Chain.Now) > 0 {
		out["recognizedBy"] = organisation(r.Chain.Now[0].Issuer)
	}
	return out
}

func organisation(b verify.Body) map[string]any {
	out := map[string]any{"@type": "Organization", "name": b.Name}
	if b.Domain != "" {
		out["url"] = "https://" + b.Domain + "/"
	}
	return out
}

// backlink asks whether the issuer's domain names this service; nil if the
// register knows no domain to ask.
func (s *Site) backlink(ctx context.Context, issuer registry.Body) *backlinkView {
	if s.Backlink == nil || len(issuer.Domains) == 0 {
		return nil
	}
	a := s.Backlink(ctx, issuer.Domains)
	v := &backlinkView{Tone: open, Key: "share.backlink.unknown", Domain: a.Domain, Host: host(s.Addresses.Public), Address: backlink.Address(a.Domain)}
	switch a.Outcome {
	case backlink.Confirmed:
		v.Tone, v.Key = good, "share.backlink.confirmed"
	case backlink.Elsewhere:
		v.Tone, v.Key = caution, "share.backlink.elsewhere"
	case backlink.Silent:
		v.Tone, v.Key = plain, "share.backlink.silent"
	}
	return v
}
