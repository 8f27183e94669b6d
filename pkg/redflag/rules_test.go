package redflag_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/redflag"
)

//go:generate go test -count=1 -run TestRulesPage -update .

func TestMain(m *testing.M) {
	update := flag.Bool("update", false, "write RULES.md anew")
	flag.Parse()
	if *update {
		if err := os.WriteFile("RULES.md", []byte(page()), 0o600); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// TestRulesPage holds RULES.md to the rules.
func TestRulesPage(t *testing.T) {
	have, err := os.ReadFile("RULES.md")
	require.NoError(t, err)
	require.Equal(t, page(), string(have), "RULES.md is out of date: run make generate")
}

func page() string {
	var b strings.Builder
	b.WriteString(`# Red flags

Written by ` + "`make generate`" + ` from the rules beside this page; do not edit.

A flag states evidence, not a conclusion, and never changes a verdict. A rule that concludes from *absence* rises above
` + "`info`" + ` only where the register is complete for the day. "D" is the day of the decision.

| id | flag | severity | fires when | guard | absence | since | source |
|---|---|---|---|---|---|---|---|
`)
	cell := func(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
	for _, r := range redflag.All() {
		absence, since := "", ""
		if r.Absence {
			absence = "yes"
		}
		if !r.Effective.IsZero() {
			since = "D ≥ " + r.Effective.Format(time.DateOnly)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | [%s](%s) |\n", r.ID, cell(r.Title), r.Severity, cell(r.When), cell(r.Unless), absence, since, cell(r.Citation), r.Reference)
	}
	b.WriteString("\n## What an employer reads\n\n")
	for _, r := range redflag.All() {
		fmt.Fprintf(&b, "- **%s** %s\n", r.ID, r.Sentence)
	}
	b.WriteString(`
## Not here

RF-31 (the issuer does not answer) and RF-33 (duties of recertification not met) wait for the facts they need: no inquiry
with an issuer and no account of professional development reaches these rules yet.
`)
	return b.String()
}

func TestCatalogueIsWhole(t *testing.T) {
	primary, last := 0, ""
	for _, r := range redflag.All() {
		require.Greater(t, r.ID, last, "in order, each once")
		last = r.ID
		require.Regexp(t, `^RF-\d\d$`, r.ID)
		require.Positive(t, r.Severity.Rank(), r.ID)
		require.Regexp(t, `^https?://`, r.Reference)
		for _, s := range []string{r.Title, r.Sentence, r.Citation, r.When, r.Unless} {
			require.NotEmpty(t, s, r.ID)
		}
		if !r.Secondary {
			primary++
		}
		require.True(t, redflag.Known(r.ID))
	}
	require.Equal(t, 31, primary)
	require.False(t, redflag.Known("RF-99"))
}

// TestNothingKnownRaisesNothing: the zero Facts is nobody's fault.
func TestNothingKnownRaisesNothing(t *testing.T) {
	require.Empty(t, redflag.Find(&redflag.Facts{}, redflag.All()))
	require.Empty(t, redflag.Find(&redflag.Facts{Now: now, Decided: decided}, redflag.All()))
}

func TestWordsAccuseNobody(t *testing.T) {
	accusing := regexp.MustCompile(`(?i)\b(fake|fraud\w*|predatory|scam\w*|bogus|sham|crook\w*|mill|worthless)\b`)
	for _, r := range redflag.All() {
		for _, s := range []string{r.Title, r.Sentence, r.Citation, r.When, r.Unless} {
			require.NotRegexp(t, accusing, s, r.ID)
		}
	}
}

func TestSwitchedOffAndSorted(t *testing.T) {
	f := &redflag.Facts{Now: now, Decided: decided, Wording: redflag.Wording{ISO: "ISO certified", Guaranteed: "no exam", MembersOnly: "members only"}}
	ids := func(all []redflag.Flag) (out []string) {
		for _, x := range all {
			out = append(out, x.ID)
		}
		return out
	}
	require.Equal(t, []string{"RF-32", "RF-19", "RF-35"}, ids(redflag.Find(f, redflag.All())), "gravest first")
	require.Equal(t, []string{"RF-19"}, ids(redflag.Find(f, redflag.Without([]string{"RF-32", "RF-35"}))))
}
