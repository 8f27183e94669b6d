package claims_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/claims"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestNoHonestBodyIsFlagged: every accreditation of the reference registry,
// claimed as it is, in fields and in sentences of four languages, is neither
// contradicted nor flagged above info, and the confirmed ones are confirmed.
func TestNoHonestBodyIsFlagged(t *testing.T) {
	d := desk(t)
	view, err := d.View(t.Context())
	require.NoError(t, err)
	tried := 0
	for _, s := range view.Held() {
		if s.Kind != trust.Accreditation || s.Assurance != trust.Recorded || !s.ValidUntil.IsZero() {
			continue
		}
		issuer, _ := view.Body(s.Subject)
		accreditor, _ := view.Body(s.Issuer)
		title := "Certified Specialist"
		if len(s.Scope.Schemes) > 0 {
			scheme, _ := view.Scheme(s.Scope.Schemes[0])
			title = scheme.Name
			if scheme.Acronym != "" {
				title = scheme.Acronym
			}
		}
		for i, in := range honest(issuer, accreditor, title, s.Number) {
			r, err := d.Check(t.Context(), in)
			require.NoError(t, err)
			tried++
			require.Equal(t, verify.Undetermined, r.Verdict, "%s, form %d: %s", s.ID, i, story(r))
			for _, f := range r.RedFlags {
				require.Equal(t, "info", f.Severity, "%s, form %d: %s", s.ID, i, story(r))
			}
			for _, l := range r.Claims {
				require.NotEqual(t, verify.Contradicted, l.Outcome, "%s, form %d: %s", s.ID, i, story(r))
			}
			if s.Grade != "C" {
				require.Equal(t, issuer.ID, idOf(r.Understood.Issuer.Body), "%s, form %d: %s", s.ID, i, story(r))
				require.True(t, slices.ContainsFunc(r.Claims, func(l verify.ClaimedLink) bool {
					return l.Outcome == verify.Confirmed && l.Issuer.ID == accreditor.ID
				}), "%s, form %d: %s", s.ID, i, story(r))
			}
		}
	}
	require.Greater(t, tried, 250)
}

func honest(issuer, accreditor registry.Body, title, number string) []claims.Input {
	short := func(b registry.Body) string {
		if len(b.Acronym) > 3 {
			return b.Acronym
		}
		return b.Name
	}
	name, _, _ := strings.Cut(issuer.Name, " (")
	return []claims.Input{
		{Holder: "Ada Ray", Credential: title, IssuerName: issuer.Name, IssuerWebsite: issuer.Website, IssuedOn: "2026-11-24",
			Accreditation: []claims.Accreditation{{Body: accreditor.Name, Number: number}}},
		{Credential: title, IssuerName: short(issuer), Accreditation: []claims.Accreditation{{Body: short(accreditor)}}, IssuedOn: "24.11.2026"},
		{Text: fmt.Sprintf("%s. Certified by %s, accredited by %s. Issued 24 November 2026.", title, name, short(accreditor))},
		{Text: fmt.Sprintf("%s, ausgestellt von %s, akkreditiert durch %s, am 24. November 2026.", title, name, short(accreditor))},
		{Text: fmt.Sprintf("%s, délivré par %s, accrédité par %s, le 24 novembre 2026.", title, name, short(accreditor))},
		{Text: fmt.Sprintf("%s, emitido por %s, acreditado por %s, el 24 de noviembre de 2026.", title, name, short(accreditor))},
	}
}

// TestTheSameWordsAreWrongForEverybody: whoever says it, IAF, ILAC, Global ACI
// and ISO accredit nobody.
func TestTheSameWordsAreWrongForEverybody(t *testing.T) {
	d := desk(t)
	for _, who := range []string{"IAF", "ILAC", "ISO", "Global ACI", "the International Accreditation Forum"} {
		for _, sentence := range []string{
			"Certified Coach of Prime Academy, accredited by %s.", "This certificate is fully accredited by %s and valid worldwide",
			"Zertifizierter Coach der Prime Akademie, akkreditiert durch %s.", "Coach certifié, organisme accrédité par %s.",
			"Coach certificado, entidad acreditada por %s.", "Coach certificato, ente accreditato da %s.",
		} {
			r, err := d.Check(t.Context(), claims.Input{Text: fmt.Sprintf(sentence, who)})
			require.NoError(t, err)
			require.Equal(t, verify.Misrepresented, r.Verdict, "%q %s", fmt.Sprintf(sentence, who), story(r))
		}
		r, err := d.Check(t.Context(), claims.Input{IssuerName: "CXPA", Credential: "CCXP", Accreditation: []claims.Accreditation{{Body: who}}})
		require.NoError(t, err)
		require.Equal(t, verify.Misrepresented, r.Verdict, "%s", story(r))
	}
}

// TestCheckIsDeterministic: the same claim gives the same report.
func TestCheckIsDeterministic(t *testing.T) {
	d := desk(t)
	for _, r := range table(t)[:20] {
		first, err := d.Check(t.Context(), r.input())
		require.NoError(t, err)
		second, err := d.Check(t.Context(), r.input())
		require.NoError(t, err)
		require.Equal(t, first, second)
	}
}

// FuzzClaim: whatever the text, the answer is a report, and no claim about
// nothing comes out contradicted.
func FuzzClaim(f *testing.F) {
	for _, s := range []string{"accredited by IAF", "UKАS accredited", "ISO 17024:2012 certified 31.02.2024", "\x00\xff accréditée", strings.Repeat("a ", 5000), "شهادة IAF 2024年3月1日"} {
		f.Add(s, "")
	}
	d := desk(f)
	f.Fuzz(func(t *testing.T, text, issuer string) {
		r, err := d.Check(t.Context(), claims.Input{Text: text, IssuerName: issuer})
		if err != nil {
			return // too long, or nothing
		}
		whole(t, r)
	})
}
