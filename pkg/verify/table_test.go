package verify_test

import (
	"encoding/base64"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// line is one line of the table: what is changed, the verdict, and the checks
// that matter as "check outcome CODE".
type line struct {
	name    string
	change  func(s *scene)
	verdict verify.Verdict
	checks  []string
	told    []string // codes among the report's problems
}

func table() []line {
	return slices.Concat(recordLines(), statusLines(), holderLines(), accreditationLines(), recognitionLines(), lapseLines(), logLines())
}

// possible is every outcome that a check can have in a report about a record.
func possible() map[verify.CheckID][]string {
	four := []string{"pass", "fail", "unknown", "not_applicable"}
	return map[verify.CheckID][]string{
		verify.CheckFormat: four[:2], verify.CheckSignature: four[:3], verify.CheckIssuerKey: four[:3], verify.CheckClaimsMatch: four[:3],
		verify.CheckValidity: four[:3], verify.CheckStatus: four[:3], verify.CheckSupersession: four[:3], verify.CheckHolderMatch: four,
		verify.CheckAccreditedAtDecision: four[:3], verify.CheckAccreditedNow: four[:3], verify.CheckRecognisedAtDecision: four, verify.CheckRecognisedNow: four,
		verify.CheckScope: four, verify.CheckAccreditationClaim: four, verify.CheckTransparency: four,
	}
}

// elsewhereMade are codes that this package defines and other rooms give: a
// look-alike is told by the claim check.
func elsewhereMade() []string { return []string{"LOOKALIKE"} }

// TestTable runs every line and then holds that together they reach every
// verdict, every outcome of every check, and every problem code.
func TestTable(t *testing.T) {
	ran, verdicts, outcomes, codes := 0, map[verify.Verdict]bool{}, map[string]bool{}, map[string]bool{}
	for _, l := range table() {
		t.Run(l.name, func(t *testing.T) {
			ran++
			s := newScene(t)
			l.change(s)
			r := s.report()
			require.Equal(t, l.verdict, r.Verdict, "%s\n%s", r.Summary, checksOf(r))
			require.NotEmpty(t, r.Summary)
			verdicts[r.Verdict] = true
			require.Len(t, r.Checks, len(verify.CheckIDs()))
			given := map[string]string{}
			for i, c := range r.Checks {
				require.Equal(t, verify.CheckIDs()[i], c.ID)
				require.NotEmpty(t, c.Title)
				require.NotEmpty(t, c.Detail)
				words := string(c.ID) + " " + c.Outcome
				if r.Verdict != verify.NotFound {
					outcomes[words] = true
					require.Contains(t, possible()[c.ID], c.Outcome, "possible() does not have %s", words)
				}
				if c.Problem != nil {
					require.NotEqual(t, "pass", c.Outcome, "a problem beside a success: %s", words)
					require.NotEqual(t, "not_applicable", c.Outcome, words)
					codes[*c.Problem] = true
					words += " " + *c.Problem
				}
				given[string(c.ID)] = words
			}
			for _, want := range l.checks {
				id, _, _ := strings.Cut(want, " ")
				require.Equal(t, want, given[id], "%s", checksOf(r))
			}
			var told []string
			for _, p := range r.Problems {
				require.NotEmpty(t, p.Detail)
				told = append(told, p.Code)
				codes[p.Code] = true
			}
			for _, want := range l.told {
				require.Contains(t, told, want)
			}
		})
	}
	if t.Failed() || ran < len(table()) {
		return // only some lines were asked for
	}
	for _, v := range namesIn(t, "report.go", regexp.MustCompile(`^[a-z_]+$`), "Verdict") {
		require.True(t, verdicts[verify.Verdict(v)], "no line ends as %s", v)
	}
	for id, all := range possible() {
		for _, o := range all {
			require.True(t, outcomes[string(id)+" "+o], "no line reaches %s %s", id, o)
		}
	}
	code := regexp.MustCompile(`^[A-Z][A-Z_]+$`)
	for _, c := range append(namesIn(t, "report.go", code, ""), namesIn(t, "../trust/trust.go", code, "Code")...) {
		if slices.Contains(elsewhereMade(), c) {
			require.False(t, codes[c], "%s is given here now: take it off the list", c)
			continue
		}
		require.True(t, codes[c], "no line gives %s", c)
	}
}

// namesIn lists the string constants of a source file whose values look like
// that and, if a type is named, have it.
func namesIn(t *testing.T, file string, like *regexp.Regexp, typed string) []string {
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	var out []string
	ast.Inspect(tree, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			return true
		}
		if id, named := v.Type.(*ast.Ident); typed != "" && (!named || id.Name != typed) {
			return true
		}
		if lit, ok := v.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && like.MatchString(s) {
				out = append(out, s)
			}
		}
		return true
	})
	require.NotEmpty(t, out, file)
	return out
}

func checksOf(r *verify.Report) string {
	var b strings.Builder
	for _, c := range r.Checks {
		b.WriteString(string(c.ID) + " " + c.Outcome)
		if c.Problem != nil {
			b.WriteString(" " + *c.Problem)
		}
		b.WriteString(": " + c.Detail + "\n")
	}
	return b.String()
}

func recordLines() []line {
	return []line{
		{name: "bona fide", change: func(*scene) {}, verdict: verify.BonaFide, checks: []string{"format pass", "signature pass", "issuer_key pass", "claims_match pass",
			"validity pass", "status pass", "supersession pass", "holder_match not_applicable", "accredited_at_decision pass", "accredited_now pass", "recognised_at_decision pass",
			"recognised_now pass", "scope pass", "accreditation_claim pass", "transparency not_applicable"}},
		{name: "no such record", change: func(s *scene) { s.nothing = true }, verdict: verify.NotFound, checks: []string{"format unknown", "signature unknown"}},
		{name: "not a credential", change: func(s *scene) { s.alter = func(string) string { return "a.b.c" } }, verdict: verify.NotAuthentic,
			checks: []string{"format fail MALFORMED", "signature unknown", "claims_match unknown", "validity unknown", "transparency unknown"}},
		{name: "says two different things", change: func(s *scene) { s.claimed(func(o map[string]any) { o["iss"] = s.eve.did }) }, verdict: verify.NotAuthentic,
			checks: []string{"format pass", "claims_match fail CLAIM_MISMATCH"}},
		{name: "altered", change: func(s *scene) {
			s.alter = func(token string) string { return rewritten(s.t, token, "Zoe Example", "Eve Example") }
		}, verdict: verify.NotAuthentic, checks: []string{"signature fail INVALID_SIGNATURE", "issuer_key pass"}},
		{name: "signed by somebody else", change: func(s *scene) { s.signer = s.eve }, verdict: verify.NotAuthentic, checks: []string{"signature unknown", "issuer_key fail UNKNOWN_KEY"}},
		{name: "key lost before it was made", change: func(s *scene) {
			lost := sceneDay("2026-02-01")
			s.register.Keys[s.cb.did] = []verify.PublishedKey{{JWK: s.cb.jwk, CompromisedAt: &lost, RevokedAt: &lost}}
		}, verdict: verify.NotAuthentic, checks: []string{"signature pass", "issuer_key fail UNKNOWN_KEY"}},
		{name: "key retired since", change: func(s *scene) {
			retired := sceneDay("2026-04-01")
			s.register.Keys[s.cb.did] = []verify.PublishedKey{{JWK: s.cb.jwk, RevokedAt: &retired}}
		}, verdict: verify.BonaFide, checks: []string{"issuer_key pass"}},
		{name: "nobody vouches for the issuer", change: func(s *scene) { s.statements = nil }, verdict: verify.Undetermined, checks: []string{"issuer_key unknown ISSUER_UNKNOWN"}},
		{name: "the issuer's keys could not be had", change: func(s *scene) { s.statements, s.unobtainable = nil, []string{s.cb.did} }, verdict: verify.Undetermined,
			checks: []string{"issuer_key unknown COULD_NOT_FETCH"}},
		{name: "the scheme of another body", change: func(s *scene) { s.register.Schemes[0].Owner = s.eve.did }, verdict: verify.NotAuthentic,
			checks: []string{"signature pass", "claims_match fail CLAIM_MISMATCH"}},
		{name: "not the body expected", change: func(s *scene) { s.policy.Expect.Issuer = "ab" }, verdict: verify.BonaFide, checks: []string{"claims_match fail CLAIM_MISMATCH"}},
		{name: "not the scheme expected", change: func(s *scene) { s.policy.Expect.Scheme = "painter" }, verdict: verify.BonaFide, checks: []string{"claims_match fail CLAIM_MISMATCH"}},
		{name: "body and scheme as expected", change: func(s *scene) { s.policy.Expect.Scheme, s.policy.Expect.Issuer = "welder", "cb" }, verdict: verify.BonaFide, checks: []string{"claims_match pass"}},
		{name: "attendance", change: func(s *scene) { s.register.Schemes[0].Kind = "attendance" }, verdict: verify.NotCertification},
		{name: "academic", change: func(s *scene) { s.register.Schemes[0].Kind = "academic" }, verdict: verify.NotCertification},
	}
}

func statusLines() []line {
	return []line{
		{name: "expired", change: func(s *scene) { s.policy.At = sceneDay("2029-03-01") }, verdict: verify.NotInForce, checks: []string{"validity fail EXPIRED"}},
		{name: "the instant before the end", change: func(s *scene) { s.policy.Now = sceneDay("2029-03-01").Add(-1); s.register.AsOf = s.policy.Now }, verdict: verify.BonaFide, checks: []string{"validity pass"}},
		{name: "not yet valid", change: func(s *scene) { s.certificate.ValidFrom = sceneDay("2026-07-01") }, verdict: verify.NotInForce, checks: []string{"validity fail NOT_YET_VALID"}},
		{name: "suspended", change: func(s *scene) { s.happened("", trust.Suspended, "2026-05-01") }, verdict: verify.NotInForce, checks: []string{"status fail SUSPENDED"}},
		{name: "suspended and restored", change: func(s *scene) {
			s.happened("", trust.Suspended, "2026-04-01")
			s.happened("", trust.Restored, "2026-05-01")
		}, verdict: verify.BonaFide, checks: []string{"status pass"}},
		{name: "withdrawn", change: func(s *scene) { s.happened("", trust.Withdrawn, "2026-05-01") }, verdict: verify.NotInForce, checks: []string{"status fail WITHDRAWN"}},
		{name: "withdrawn, asked of the day before", change: func(s *scene) { s.happened("", trust.Withdrawn, "2026-05-01"); s.policy.At = sceneDay("2026-04-30") }, verdict: verify.BonaFide, checks: []string{"status pass"}},
		{name: "superseded", change: func(s *scene) { s.happened("", trust.Superseded, "2026-05-01") }, verdict: verify.NotInForce, checks: []string{"supersession fail SUPERSEDED", "status pass"}},
		{name: "nobody knows its status", change: func(s *scene) { s.nobodyKnowsStatus = true }, verdict: verify.Undetermined,
			checks: []string{"status unknown STATUS_UNAVAILABLE", "supersession unknown STATUS_UNAVAILABLE", "signature pass"}},
		{name: "the register's word is old", change: func(s *scene) { s.register.AsOf = sceneDay("2026-05-30") }, verdict: verify.Undetermined, checks: []string{"status unknown STATUS_UNAVAILABLE"}},
	}
}

func holderLines() []line {
	asks := func(name, email string) func(*scene) {
		return func(s *scene) { s.policy.Expect.Name, s.policy.Expect.Email = name, email }
	}
	return []line{
		{name: "the name matches", change: asks("ZOE  EXAMPLE", ""), verdict: verify.BonaFide, checks: []string{"holder_match pass"}},
		{name: "name and address match", change: asks("Zoe Example", "Zoe@Example.org "), verdict: verify.BonaFide, checks: []string{"holder_match pass"}},
		{name: "the name is near", change: asks("Zoe Exampl", ""), verdict: verify.BonaFide, checks: []string{"holder_match unknown HOLDER_MISMATCH"}},
		{name: "another name", change: asks("Eve Other", ""), verdict: verify.BonaFide, checks: []string{"holder_match fail HOLDER_MISMATCH"}},
		{name: "another address", change: asks("Zoe Example", "eve@example.org"), verdict: verify.BonaFide, checks: []string{"holder_match fail HOLDER_MISMATCH"}},
		{name: "no address to compare with", change: func(s *scene) { s.certificate.Holder.Email = ""; s.policy.Expect.Email = "zoe@example.org" }, verdict: verify.BonaFide, checks: []string{"holder_match unknown"}},
		{name: "a hidden name matches", change: func(s *scene) { s.certificate.Holder.HideName = true; s.policy.Expect.Name = "zoe example" }, verdict: verify.BonaFide, checks: []string{"holder_match pass"}},
		{name: "a hidden name does not", change: func(s *scene) { s.certificate.Holder.HideName = true; s.policy.Expect.Name = "Eve" }, verdict: verify.BonaFide, checks: []string{"holder_match fail HOLDER_MISMATCH"}},
	}
}
