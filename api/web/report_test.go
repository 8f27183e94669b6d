package web_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

func at(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func when(s string) *time.Time {
	t := at(s)
	return &t
}

func number(t testing.TB) credential.Number {
	t.Helper()
	n, err := credential.NewNumber(bytes.NewReader([]byte("a fixed seed, long enough for a number")))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// bodies of the report's world.
func bodies() (cb, ab, arrangement verify.Body) {
	return verify.Body{ID: "nordlys", DID: "did:web:example.org:bodies:nordlys", Name: "Nordlys Certification AS", Domain: "nordlys.example"},
		verify.Body{ID: "akkred", DID: "did:web:example.org:bodies:akkred", Name: "Akkreditering Nord", Domain: "akkred.example"},
		verify.Body{ID: "arrangement", DID: "did:web:example.org:bodies:arrangement", Name: "Example Recognition Arrangement"}
}

func accreditation() verify.Link {
	cb, ab, _ := bodies()
	return verify.Link{Kind: "accreditation", Statement: "https://example.org/s/1", Issuer: ab, Subject: cb, Number: "PERS 014",
		Scope:     verify.Scope{Activity: "certification_of_persons", Standard: "ISO/IEC 17024", Edition: "2012", Schemes: []string{"ccx"}},
		ValidFrom: when("2021-05-01"), ValidUntil: when("2029-05-01"), Status: "in_force", Assurance: "signed"}
}

func recognition() verify.Link {
	_, ab, top := bodies()
	return verify.Link{Kind: "recognition", Statement: "https://example.org/s/2", Issuer: top, Subject: ab,
		Scope:     verify.Scope{Activity: "certification_of_persons", Standard: "ISO/IEC 17024"},
		ValidFrom: when("2015-03-10"), Status: "in_force", Assurance: "recorded",
		Sources: []verify.Citation{{URL: "https://arrangement.example/signatories", RetrievedAt: when("2026-10-02"), SourceDate: "2026-09", Says: "Akkreditering Nord: certification of persons"}}}
}

func details() map[verify.CheckID][3]string {
	return map[verify.CheckID][3]string{
		verify.CheckFormat:               {"pass", "Is it a well-formed record?", "The record is a well-formed Open Badges 3.0 credential."},
		verify.CheckSignature:            {"pass", "Is it unaltered?", "The signature fits the content: nothing was altered."},
		verify.CheckIssuerKey:            {"pass", "Did its issuer sign it?", "The key belongs to Nordlys Certification AS."},
		verify.CheckClaimsMatch:          {"pass", "Does it agree with the issuer's record?", "The record agrees with itself and with the register."},
		verify.CheckValidity:             {"pass", "Is it within its dates?", "It is valid from 1 March 2026 to 1 March 2029."},
		verify.CheckStatus:               {"pass", "Was it suspended or withdrawn?", "No suspension or withdrawal is on record."},
		verify.CheckSupersession:         {"pass", "Has a newer one replaced it?", "No newer certificate replaces it."},
		verify.CheckHolderMatch:          {"not_applicable", "Does it belong to the person named?", "No name or e-mail address was given to compare."},
		verify.CheckAccreditedAtDecision: {"pass", "Was the issuer accredited for this scheme at decision?", "Nordlys Certification AS held an accreditation for this scheme on the day of the decision, 1 March 2026."},
		verify.CheckAccreditedNow:        {"pass", "Is the issuer accredited for this scheme now?", "Nordlys Certification AS held an accreditation for this scheme on 24 November 2026."},
		verify.CheckRecognisedAtDecision: {"pass", "Was the accreditor recognised at decision?", "The accreditor was recognised by Example Recognition Arrangement for this activity on 1 March 2026."},
		verify.CheckRecognisedNow:        {"pass", "Is the accreditor recognised now?", "The accreditor was recognised by Example Recognition Arrangement for this activity on 24 November 2026."},
		verify.CheckScope:                {"pass", "Does the accreditation cover this scheme?", "The accreditation covered this scheme."},
		verify.CheckAccreditationClaim:   {"pass", "Is the accreditation it claims held?", "The accreditation it claims was held on the day of the decision."},
		verify.CheckTransparency:         {"not_applicable", "Is it in the transparency log?", "No transparency log was asked for a proof."},
	}
}

func bonaFide(n credential.Number) *verify.Report {
	cb, _, _ := bodies()
	r := &verify.Report{
		Verdict: verify.BonaFide, At: at("2026-11-24"), CheckedAt: at("2026-11-24").Add(9*time.Hour + 41*time.Minute),
		Summary:      "Certified Crane Examiner issued by Nordlys Certification AS is authentic and in force; its issuer was accredited for this scheme on 1 March 2026 and is on 24 November 2026, by a recognised accreditor.",
		Authenticity: verify.Authentic, Currency: verify.InForce, Accreditation: verify.Accreditation{AtDecision: "recognised", Now: "recognised"},
		Certificate: &verify.Certificate{ID: string(n), Number: string(n), Holder: verify.Holder{Name: "Ingrid Sørbø"}, Issuer: cb,
			Scheme:    verify.Scheme{ID: "ccx", Name: "Certified Crane Examiner", Kind: "certification_of_persons", Level: "practitioner"},
			DecidedAt: when("2026-03-01"), ValidFrom: when("2026-03-01"), ValidUntil: when("2029-03-01")},
		Chain: verify.Chain{AtDecision: []verify.Link{accreditation(), recognition()}, Now: []verify.Link{accreditation(), recognition()}},
		Coverage: []verify.Coverage{{Body: cb.DID, Of: "certificates", Register: "complete", SynchronisedAt: when("2026-11-24")},
			{Body: "akkred", Of: "accreditations_granted", Register: "partial", SynchronisedAt: when("2026-10-02")}},
		Links: verify.Links{Bundle: "https://example.org/v1/certificates/" + string(n) + "/bundle", Credential: "https://example.org/v1/certificates/" + string(n) + "/credential", Page: "https://example.org/c/" + string(n)},
	}
	known := details()
	for _, id := range verify.CheckIDs() {
		d := known[id]
		r.Checks = append(r.Checks, verify.Check{ID: id, Outcome: d[0], Title: d[1], Detail: d[2]})
	}
	return r
}

func set(r *verify.Report, id verify.CheckID, outcome, code, detail string) {
	for i := range r.Checks {
		if r.Checks[i].ID == id {
			r.Checks[i].Outcome, r.Checks[i].Detail, r.Checks[i].Problem = outcome, detail, &code
		}
	}
}

// reports has one report for each verdict, and for each way of a page to look
// different under the same verdict.
func reports(t testing.TB) map[string]*verify.Report {
	n := number(t)
	const what = "Certified Crane Examiner issued by Nordlys Certification AS "
	out := map[string]*verify.Report{"bona_fide": bonaFide(n)}
	vary := func(name string, v verify.Verdict, summary string, change func(r *verify.Report)) {
		r := bonaFide(n)
		r.Verdict, r.Summary = v, what+summary
		change(r)
		out[name] = r
	}
	vary("not_authentic", verify.NotAuthentic, "", func(r *verify.Report) {
		r.Summary = "This record contradicts what its supposed issuer, Nordlys Certification AS, has on record."
		r.Authenticity = verify.Inauthentic
		set(r, verify.CheckSignature, "fail", verify.InvalidSignature, "The signature does not fit the content: the record was altered or forged.")
	})
	vary("misrepresented", verify.Misrepresented, "claims an accreditation that was not held for this scheme on 1 March 2026.", func(r *verify.Report) {
		r.Accreditation = verify.Accreditation{AtDecision: "contradicted", Now: "none"}
		r.Chain = verify.Chain{}
		set(r, verify.CheckAccreditationClaim, "fail", verify.AccreditationUnheld, "It claims an accreditation that its issuer did not hold for this scheme on 1 March 2026.")
		set(r, verify.CheckScope, "fail", "ACCREDITATION_OUT_OF_SCOPE", "The issuer was accredited, but not for this scheme.")
		r.Problems = []verify.Problem{{Code: "ACCREDITATION_OUT_OF_SCOPE", Detail: "The accreditation PERS 014 does not list this scheme."}, {Code: "ACCREDITATION_OUT_OF_SCOPE", Detail: "The accreditation PERS 014 does not list this scheme."}}
		r.RedFlags = []verify.RedFlag{{ID: "RF-24", Severity: "high", Title: "Accreditation claimed outside its scope", Explanation: "The accreditation body lists other schemes for this issuer, not this one.", Reference: "ISO/IEC 17011:2017, 9.9"}}
	})
	vary("undetermined", verify.Undetermined, "is authentic and in force; whether its issuer was accredited for this scheme is not confirmed.", func(r *verify.Report) {
		r.Accreditation = verify.Accreditation{AtDecision: "unknown", Now: "unknown"}
		r.Chain, r.Coverage = verify.Chain{}, nil
		for _, id := range []verify.CheckID{verify.CheckAccreditedAtDecision, verify.CheckAccreditedNow, verify.CheckScope, verify.CheckAccreditationClaim} {
			set(r, id, "unknown", "REGISTER_INCOMPLETE", "Not confirmed: the register is not complete enough to say there was none.")
		}
	})
	vary("not_in_force", verify.NotInForce, "is authentic but not in force: it is suspended.", func(r *verify.Report) {
		r.Currency = verify.Suspended
		set(r, verify.CheckStatus, "fail", verify.CodeSuspended, "It is suspended since 1 September 2026.")
		r.History = []verify.Event{{Event: "suspended", EffectiveAt: at("2026-09-01"), LearntAt: at("2026-09-02"), Reason: "Surveillance overdue."}}
	})
	vary("superseded", verify.NotInForce, "is authentic but not in force: it is superseded.", func(r *verify.Report) {
		r.Currency = verify.Superseded
		r.History = []verify.Event{{Event: "superseded", EffectiveAt: at("2026-09-01"), LearntAt: at("2026-09-01"), Successor: string(n)}}
	})
	vary("not_certification", verify.NotCertification, "is authentic and in force, but attests attendance or study, not certified competence.", func(r *verify.Report) {
		r.Certificate.Scheme.Kind = "attendance"
	})
	vary("accreditation_lapsed", verify.AccreditationLapsed, "is authentic and in force; its issuer was accredited by a recognised accreditor on 1 March 2026, but this no longer holds on 24 November 2026.", func(r *verify.Report) {
		r.Accreditation.Now = "none"
		r.Chain.Now[0].Status, r.Chain.Now[0].Since = "withdrawn", when("2026-06-01")
		set(r, verify.CheckAccreditedNow, "fail", "ACCREDITATION_WITHDRAWN", "Nordlys Certification AS held no accreditation for this scheme on 24 November 2026.")
	})
	vary("bona_fide_excused", verify.BonaFide, "is authentic and in force; its issuer was accredited for this scheme on 1 March 2026, and by the rules in force the certificate stands although the accreditation does not hold today.", func(r *verify.Report) {
		r.Accreditation.Now = "none"
		r.Chain.Now = nil
	})
	vary("accredited_elsewhere", verify.AccreditedElsewhere, "is authentic and in force; its issuer was accredited on 1 March 2026, but recognition of the accreditor for this activity is not confirmed.", func(r *verify.Report) {
		r.Accreditation = verify.Accreditation{AtDecision: "elsewhere", Now: "elsewhere"}
		r.Chain.AtDecision, r.Chain.Now = r.Chain.AtDecision[:1], r.Chain.Now[:1]
		set(r, verify.CheckRecognisedNow, "fail", "NOT_RECOGNISED", "No arrangement on the operator's list recognised the accreditor on 24 November 2026.")
	})
	vary("unaccredited", verify.Unaccredited, "is authentic and in force; its issuer held no accreditation for this scheme on 1 March 2026, and the certificate claims none.", func(r *verify.Report) {
		r.Accreditation = verify.Accreditation{AtDecision: "none", Now: "none"}
		r.Chain = verify.Chain{}
		r.Certificate.Holder.Name = ""
	})
	vary("transferred", verify.BonaFide, "is authentic and in force.", func(r *verify.Report) {
		r.At = at("2027-05-01")
		r.Chain.Now[0].Statement, r.Chain.Now[0].Issuer.Name, r.Chain.Now[0].Issuer.ID = "https://example.org/s/9", "Another Accreditor", ""
	})
	return out
}
