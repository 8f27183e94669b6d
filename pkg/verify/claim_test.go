package verify_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// paper is the claim that cb makes of itself on paper, with the scene's
// statements as the register holds them.
func (s *scene) paper(change func(*verify.Claim)) verify.ClaimEvidence {
	ev := verify.ClaimEvidence{Register: s.register, Claim: verify.Claim{
		Understood: verify.Understood{CredentialName: "Welder", Issuer: verify.UnderstoodBody{Name: "Certification Body"}}, Issuer: s.cb.did,
		Scheme: &s.register.Schemes[0], Activity: trust.CertificationOfPersons, Decided: sceneDay("2026-03-01"), Expires: sceneDay("2029-03-01"),
		Links: []verify.AccreditationClaim{{Said: "Accreditation Body", Body: s.ab.did}},
	}}
	for _, x := range s.statements {
		x.Statement.Events = s.register.Histories[x.ID].Events
		ev.Statements = append(ev.Statements, x.Statement)
	}
	change(&ev.Claim)
	return ev
}

func TestClaimsAgainstStatements(t *testing.T) {
	said := func(c *verify.Claim) { c.Links[0].Said, c.Links[0].Body = "Nimbus", "" }
	for _, x := range []struct {
		name    string
		scene   func(*scene)
		claim   func(*verify.Claim)
		verdict verify.Verdict
		outcome string
		problem string
	}{
		{"held", nil, nil, verify.Undetermined, verify.Confirmed, ""},
		{"held, no date told", nil, func(c *verify.Claim) { c.Decided = time.Time{} }, verify.Undetermined, verify.Confirmed, ""},
		{"suspended then", func(s *scene) { s.happened("a1", trust.Suspended, "2026-02-01") }, nil, verify.Misrepresented, verify.Contradicted, "ACCREDITATION_SUSPENDED"},
		{"withdrawn then", func(s *scene) { s.happened("a1", trust.Withdrawn, "2026-02-01") }, nil, verify.Misrepresented, verify.Contradicted, "ACCREDITATION_WITHDRAWN"},
		{"withdrawn since", func(s *scene) { s.happened("a1", trust.Withdrawn, "2026-05-01") }, nil, verify.Undetermined, verify.Confirmed, ""},
		{"other scheme, accreditor's own word", func(s *scene) { s.statements[0].Scope.Schemes = []string{"other"} }, nil, verify.Misrepresented, verify.Contradicted, "ACCREDITATION_OUT_OF_SCOPE"},
		{"other scheme, recorded from a source", func(s *scene) {
			s.statements[0].Scope.Schemes, s.statements[0].Assurance = []string{"other"}, trust.Recorded
		}, nil, verify.Undetermined, verify.NotConfirmed, "ACCREDITATION_OUT_OF_SCOPE"},
		{"reported by a weak source", func(s *scene) { s.statements[0].Unconfirmed = true }, nil, verify.Undetermined, verify.NotConfirmed, "REGISTER_INCOMPLETE"},
		{"not on record", func(s *scene) { s.statements = s.statements[1:] }, nil, verify.Undetermined, verify.NotConfirmed, "REGISTER_INCOMPLETE"},
		{"not on record, register complete", func(s *scene) { s.statements = s.statements[1:]; s.complete() }, nil, verify.Misrepresented, verify.Contradicted, "ACCREDITATION_NOT_HELD"},
		{"accreditor not known", nil, said, verify.Undetermined, verify.NotConfirmed, "REGISTER_INCOMPLETE"},
		{"accreditor not known, register complete", (*scene).complete, said, verify.Misrepresented, verify.Contradicted, "ACCREDITATION_NOT_HELD"},
		{"issuer not known", nil, func(c *verify.Claim) { c.Issuer = "" }, verify.Undetermined, verify.NotConfirmed, "ISSUER_UNKNOWN"},
		{"issuer not known, the accreditor's register complete", nil, func(c *verify.Claim) { c.Issuer, c.Links[0].Complete = "", true }, verify.Misrepresented, verify.Contradicted, "ACCREDITATION_NOT_HELD"},
		{"an organisation that accredits nobody", nil, func(c *verify.Claim) {
			c.Links[0].Nobody = &verify.Organisation{Name: "IAF", Why: "It accredits nobody.", Source: verify.Citation{URL: "https://s.example"}}
		}, verify.Misrepresented, verify.Contradicted, "ACCREDITATION_NOT_HELD"},
		{"a source excludes the title", nil, func(c *verify.Claim) { c.Links[0].Excluded = &verify.Citation{URL: "https://s.example"} }, verify.Misrepresented, verify.Contradicted, "ACCREDITATION_OUT_OF_SCOPE"},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newScene(t)
			if x.scene != nil {
				x.scene(s)
			}
			r := verify.EvaluateClaim(s.paper(func(c *verify.Claim) {
				if x.claim != nil {
					x.claim(c)
				}
			}), s.policy)
			require.Equal(t, x.verdict, r.Verdict, r.Summary)
			require.Len(t, r.Claims, 1)
			require.Equal(t, x.outcome, r.Claims[0].Outcome, r.Claims[0].Detail)
			problem := ""
			if r.Claims[0].Problem != nil {
				problem = *r.Claims[0].Problem
			}
			require.Equal(t, x.problem, problem)
			require.Equal(t, verify.AuthenticityUnknown, r.Authenticity, "paper proves nothing")
			if x.verdict == verify.Misrepresented {
				require.Equal(t, "contradicted", r.Accreditation.AtDecision)
			}
		})
	}
}

// TestSameNumbers: accreditation numbers are compared without their trimmings.
func TestSameNumbers(t *testing.T) {
	for _, x := range []struct {
		a, b string
		same bool
	}{
		{"0030", "30", true}, {"UKAS 0030", "0030", true}, {"EAO 0042", "eao-42", true}, {"D-ZP-12345-01-00", "D-ZP-12345-01-00", true},
		{"0030", "0300", false}, {"AC 088", "AB 088", false}, {"", "", false}, {"UKAS", "UKAS", false}, {"12-3", "123", false},
	} {
		require.Equal(t, x.same, verify.SameNumber(x.a, x.b), "%q %q", x.a, x.b)
	}
}

// A claim on paper is judged by what its supposed source says of it.
func ExampleEvaluateClaim() {
	r := verify.EvaluateClaim(verify.ClaimEvidence{Claim: verify.Claim{
		Understood: verify.Understood{CredentialName: "Certified Coach", Issuer: verify.UnderstoodBody{Name: "Prime Institute"}},
		Activity:   trust.CertificationOfPersons,
		Links:      []verify.AccreditationClaim{{Said: "IAF", Nobody: &verify.Organisation{Name: "IAF", Why: "IAF accredits no certification body."}}},
	}}, verify.Policy{Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
	fmt.Println(r.Verdict)
	fmt.Println(r.Claims[0].Outcome, "-", r.Claims[0].Detail)
	fmt.Println(r.RedFlags[0].ID, r.RedFlags[0].Severity)
	// Output:
	// misrepresented
	// contradicted - IAF accredits no certification body.
	// RF-23 critical
}
