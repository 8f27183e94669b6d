package world

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// certificate is one demo certificate.
type certificate struct {
	key     string // idempotency key: every start finds it again
	body    string
	scheme  string
	holder  string
	claim   bool
	months  int // decided so many months before the base day
	valid   int // months
	event   trust.EventKind
	tamper  bool
	verdict verify.Verdict
	shows   string
}

func certificates() []certificate {
	return []certificate{
		{key: "demo-1", body: certifier, scheme: "demo-service-lead", holder: "Amélie Dupont", claim: true, months: 8, valid: 36,
			verdict: verify.BonaFide, shows: "in force, accredited and recognised, then and now"},
		{key: "demo-2", body: "demo-independent", scheme: "demo-guild-crafter", holder: "Jonas Weber", months: 3, valid: 36,
			verdict: verify.Unaccredited, shows: "in force, no accreditation held, none claimed"},
		{key: "demo-3", body: certifier, scheme: "demo-service-lead", holder: "Noor Haddad", claim: true, months: 10, valid: 36, event: trust.Suspended,
			verdict: verify.NotInForce, shows: "suspended by its issuer"},
		{key: "demo-4", body: certifier, scheme: "demo-service-lead", holder: "Piotr Nowak", claim: true, months: 5, valid: 36, tamper: true,
			verdict: verify.NotAuthentic, shows: "tampered with: the stored record was altered after signing"},
		{key: "demo-5", body: certifier, scheme: "demo-service-course", holder: "Lucía García", months: 6, valid: 60,
			verdict: verify.NotCertification, shows: "attendance of a course, not certification"},
		{key: "demo-6", body: "demo-lapsed", scheme: "demo-harbour-master", holder: "Ingrid Solberg", claim: true, months: 14, valid: 60,
			verdict: verify.AccreditationLapsed, shows: "the accreditor has left the arrangement since"},
		{key: "demo-7", body: "demo-elsewhere", scheme: "demo-mountain-guide", holder: "Tenzin Dorje", claim: true, months: 4, valid: 36,
			verdict: verify.AccreditedElsewhere, shows: "accredited by a body that no listed arrangement recognises"},
		{key: "demo-8", body: "demo-unsurveyed", scheme: "demo-unsurveyed-analyst", holder: "Grace Okafor", months: 2, valid: 36,
			verdict: verify.Undetermined, shows: "no accreditation on record, and the register is not complete enough to say there is none"},
		{key: "demo-9", body: "demo-overclaiming", scheme: "demo-lakeside-auditor", holder: "Marco Bianchi", claim: true, months: 12, valid: 36,
			verdict: verify.Misrepresented, shows: "claims an accreditation that was not held on the day of the decision"},
		{key: "demo-10", body: certifier, scheme: "demo-service-lead", holder: "Hana Suzuki", claim: true, months: 40, valid: 36,
			verdict: verify.NotInForce, shows: "expired"},
	}
}

func (d *Demo) certificate(ctx context.Context, c certificate, base time.Time) (string, error) {
	decided := base.AddDate(0, -c.months, 0).Add(9 * time.Hour)
	req := issue.Request{
		Scheme: c.scheme, ExternalID: c.key, Holder: issue.Holder{Name: c.holder, Email: c.key + "@example.org", Kind: "person"},
		DecidedAt: decided, ValidFrom: decided, ValidUntil: decided.AddDate(0, c.valid, 0),
		Level: "practitioner", Claim: c.claim, Publication: issue.Public, Imported: true,
	}
	if c.tamper {
		return d.tampered(ctx, c, req)
	}
	rec, _, err := d.Issuer.Issue(ctx, c.body, req, c.key)
	if err != nil {
		return "", err
	}
	if c.event != "" && len(rec.Events) == 0 {
		_, err = d.Status.Certificate(ctx, c.body, rec.Number, trust.Event{Kind: c.event, EffectiveAt: base.AddDate(0, -1, 0), Reason: "Demonstration"}, "")
	}
	return rec.Number, err
}

// tampered stores an altered copy of a certificate that was issued properly:
// what a hand in the database could do, and what the signature shows.
func (d *Demo) tampered(ctx context.Context, c certificate, req issue.Request) (string, error) {
	rec, _, err := d.Issuer.Prepare(ctx, c.body, req, c.key)
	if err != nil {
		return "", err
	}
	if rec.State == issue.Sealed {
		return rec.Number, nil // made by an earlier start
	}
	signer, err := d.Custodian.SignerByID(ctx, c.body, rec.KeyID)
	if err != nil {
		return "", err
	}
	token, err := signer.SignInput(rec.SigningInput)
	if err != nil {
		return "", err
	}
	parts := strings.Split(token, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", err
	}
	altered := strings.Replace(string(payload), c.holder, "Peter Nowak", 1)
	if altered == string(payload) {
		return "", fmt.Errorf("the holder's name is not in the record")
	}
	parts[1] = base64.RawURLEncoding.EncodeToString([]byte(altered))
	return rec.Number, d.Records.Seal(ctx, rec, strings.Join(parts, "."), d.Now().UTC(), registry.DuplicatesDeny)
}

// Text tells a newcomer where to look and how to issue, as of now.
func (g *Guide) Text(at credential.Addresses, now time.Time) string {
	var b strings.Builder
	b.WriteString("\nDemonstration register: every organisation named demo-… and its certificates are examples.\n\n")
	for _, p := range g.Pages {
		fmt.Fprintf(&b, "  %-21s %s   %s\n", p.Verdict, at.Page(credential.Number(p.Number)), p.Shows)
	}
	fmt.Fprintf(&b, "  %-21s %s   no such record\n", verify.NotFound, at.Page("0000-0000-0000-0"))
	fmt.Fprintf(&b, "\n  client id      %s\n  client secret  %s\n\nIssue one:\n\n", g.Client.ID, g.Secret)
	fmt.Fprintf(&b, "  TOKEN=$(curl -s -u %s:%s -d grant_type=client_credentials %s/oauth2/token | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n", g.Client.ID, g.Secret, at.Public)
	decided := now.UTC().Add(-time.Hour).Truncate(time.Second).Format(time.RFC3339)
	fmt.Fprintf(&b, `  curl -s %s/v1/certificates -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H 'Idempotency-Key: my-first' \
    -d '{"scheme":"demo-service-lead","holder":{"name":"Ada Example","email":"ada@example.org"},"decided_at":"%s","accreditation_claim":true,"publication":"public"}'

`, at.Public, decided)
	return b.String()
}
