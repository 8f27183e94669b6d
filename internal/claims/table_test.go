package claims_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/claims"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// row is one line of the table of claims (testdata/claims.json).
type row struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"` // honest, dishonest or edge
	Claim struct {
		Holder     string `json:"holder_name"`
		Credential string `json:"credential_name"`
		Number     string `json:"certificate_number"`
		Issuer     struct {
			Name    string `json:"name"`
			Website string `json:"website"`
		} `json:"issuer"`
		Accreditation []struct {
			Body        string `json:"body"`
			Number      string `json:"number"`
			Standard    string `json:"standard"`
			Arrangement string `json:"arrangement"`
		} `json:"accreditation"`
		IssuedOn  string `json:"issued_on"`
		ExpiresOn string `json:"expires_on"`
		Text      string `json:"text"`
		Document  bool   `json:"document"` // the text is that of a whole document
	} `json:"claim"`
	Verdict string            `json:"verdict"`
	Flags   map[string]string `json:"flags"` // every flag above info, with its severity
	Info    []string          `json:"info"`  // flags at info that must be there
	Links   []string          `json:"links"` // outcome of each claimed link, in order; absent: not compared
	Issuer  *string           `json:"issuer"`
	Scheme  *string           `json:"scheme"`
}

func (r row) input() claims.Input {
	c := r.Claim
	in := claims.Input{Holder: c.Holder, Credential: c.Credential, Number: c.Number, IssuerName: c.Issuer.Name, IssuerWebsite: c.Issuer.Website,
		IssuedOn: c.IssuedOn, ExpiresOn: c.ExpiresOn, Text: c.Text, Document: c.Document}
	for _, a := range c.Accreditation {
		in.Accreditation = append(in.Accreditation, claims.Accreditation(a))
	}
	return in
}

func table(t *testing.T) []row {
	data, err := os.ReadFile("testdata/claims.json")
	require.NoError(t, err)
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	var rows []row
	require.NoError(t, dec.Decode(&rows))
	return rows
}

// TestTableOfClaims is the written table: what an employer would type, the
// verdict, every flag above info, and how each claimed link is settled.
func TestTableOfClaims(t *testing.T) {
	d := desk(t)
	count := map[string]int{}
	seen := map[string]bool{}
	for _, r := range table(t) {
		require.False(t, seen[r.Name], "two rows named %q", r.Name)
		seen[r.Name] = true
		count[r.Kind]++
		t.Run(r.Name, func(t *testing.T) {
			report, err := d.Check(t.Context(), r.input())
			require.NoError(t, err)
			tell := story(report)
			require.Equal(t, r.Verdict, string(report.Verdict), tell)
			above, info := map[string]string{}, []string{}
			for _, f := range report.RedFlags {
				if f.Severity == "info" {
					info = append(info, f.ID)
				} else {
					above[f.ID] = f.Severity
				}
			}
			if r.Flags == nil {
				r.Flags = map[string]string{}
			}
			require.Equal(t, r.Flags, above, tell)
			for _, id := range r.Info {
				require.Contains(t, info, id, tell)
			}
			if r.Links != nil {
				got := []string{}
				for _, l := range report.Claims {
					got = append(got, l.Kind+":"+l.Outcome)
				}
				require.Equal(t, r.Links, got, tell)
			}
			if r.Issuer != nil {
				require.Equal(t, *r.Issuer, idOf(report.Understood.Issuer.Body), tell)
			}
			if r.Scheme != nil {
				id := ""
				if s := report.Understood.Scheme; s != nil {
					id = s.ID
				}
				require.Equal(t, *r.Scheme, id, tell)
			}
			if r.Kind == "honest" {
				require.NotEqual(t, verify.Misrepresented, report.Verdict, tell)
			}
			whole(t, report)
		})
	}
	require.GreaterOrEqual(t, count["honest"], 20)
	require.GreaterOrEqual(t, count["dishonest"], 20)
	require.GreaterOrEqual(t, count["edge"], 15)
	require.GreaterOrEqual(t, len(seen), 60)
}

func idOf(b *verify.Body) string {
	if b == nil {
		return ""
	}
	return b.ID
}

// whole holds what every report of a claim must keep.
func whole(t *testing.T, r *verify.Report) {
	t.Helper()
	require.NotNil(t, r.Understood)
	require.NotNil(t, r.Claims)
	var ids []verify.CheckID
	for _, c := range r.Checks {
		ids = append(ids, c.ID)
		require.Contains(t, []string{"pass", "fail", "unknown", "not_applicable"}, c.Outcome)
	}
	require.Equal(t, verify.CheckIDs(), ids)
	for _, l := range r.Claims {
		require.NotEmpty(t, l.Detail)
		if l.Outcome == verify.Contradicted {
			require.NotNil(t, l.Problem, "%+v", l)
		}
	}
	data, err := json.Marshal(r)
	require.NoError(t, err)
	mine := *r // what the asker wrote is his own wording
	mine.Understood = nil
	said, err := json.Marshal(mine.Summary)
	require.NoError(t, err)
	require.NotRegexp(t, accusing(), string(said))
	require.NotContains(t, string(data), "null,\"checks\"")
}

func accusing() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(fake|fraud\w*|predatory|scam\w*|bogus|sham|crook\w*|diploma mill|worthless)\b`)
}

// story is a report in a few lines, for a failing test.
func story(r *verify.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s: %s\n", r.Verdict, r.Summary)
	for _, f := range r.RedFlags {
		fmt.Fprintf(&b, "  %s %s %v\n", f.ID, f.Severity, f.Evidence)
	}
	for _, l := range r.Claims {
		fmt.Fprintf(&b, "  link %s: %s -> %s: %s (%s)\n", l.Kind, l.Issuer.Name, l.Subject.Name, l.Outcome, l.Detail)
	}
	data, _ := json.Marshal(r.Understood)
	fmt.Fprintf(&b, "  understood %s\n", data)
	return b.String()
}

// TestEveryPatternIsInTheTable: each rule that a claim can raise has a row.
func TestEveryPatternIsInTheTable(t *testing.T) {
	var raised []string
	for _, r := range table(t) {
		for id := range r.Flags {
			if !slices.Contains(raised, id) {
				raised = append(raised, id)
			}
		}
	}
	for _, id := range []string{"RF-02", "RF-04", "RF-05", "RF-06", "RF-07", "RF-08", "RF-09", "RF-10", "RF-12", "RF-13", "RF-14", "RF-15", "RF-17", "RF-18", "RF-19", "RF-20",
		"RF-21", "RF-22", "RF-23", "RF-24", "RF-25", "RF-26", "RF-27", "RF-28", "RF-29", "RF-30", "RF-32", "RF-35", "RF-36"} {
		require.Contains(t, raised, id)
	}
}

func now() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }
