package verify_test

import (
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// unaccredited leaves the issuer without any accreditation; the register
// vouches for its keys.
func unaccredited(s *scene) {
	s.statements = nil
	s.register.Keys[s.cb.did] = []verify.PublishedKey{{JWK: s.cb.jwk}}
}

func withoutClaim(s *scene) { s.certificate.Claim = false }

func accreditationLines() []line {
	both := func(first, second func(*scene)) func(*scene) { return func(s *scene) { first(s); second(s) } }
	return []line{
		{name: "none held, none claimed, register complete", verdict: verify.Unaccredited, told: []string{"NOT_ACCREDITED"},
			change: both(unaccredited, both(withoutClaim, (*scene).complete)), checks: []string{"accredited_at_decision fail NOT_ACCREDITED", "accredited_now fail NOT_ACCREDITED",
				"recognised_at_decision not_applicable", "recognised_now not_applicable", "scope not_applicable", "accreditation_claim not_applicable"}},
		{name: "none held, none claimed, register partial", verdict: verify.Undetermined, told: []string{"REGISTER_INCOMPLETE"},
			change: both(unaccredited, withoutClaim), checks: []string{"accredited_at_decision unknown REGISTER_INCOMPLETE", "accredited_now unknown REGISTER_INCOMPLETE",
				"recognised_at_decision unknown NOT_RECOGNISED", "recognised_now unknown NOT_RECOGNISED", "scope unknown REGISTER_INCOMPLETE", "accreditation_claim not_applicable"}},
		{name: "none held, one claimed, register complete", verdict: verify.Misrepresented,
			change: both(unaccredited, (*scene).complete), checks: []string{"accreditation_claim fail ACCREDITATION_NOT_HELD", "signature pass"}},
		{name: "none held, one claimed, register partial", verdict: verify.Undetermined,
			change: unaccredited, checks: []string{"accreditation_claim unknown REGISTER_INCOMPLETE"}},
		{name: "suspended at decision", verdict: verify.Misrepresented, told: []string{"ACCREDITATION_SUSPENDED"},
			change: func(s *scene) { s.happened("a1", trust.Suspended, "2026-02-01") }, checks: []string{"accredited_at_decision fail ACCREDITATION_SUSPENDED"}},
		{name: "withdrawn at decision", verdict: verify.Misrepresented, told: []string{"ACCREDITATION_WITHDRAWN"},
			change: func(s *scene) { s.happened("a1", trust.Withdrawn, "2026-02-01") }, checks: []string{"accredited_at_decision fail ACCREDITATION_WITHDRAWN"}},
		{name: "expired at decision", verdict: verify.Misrepresented, told: []string{"ACCREDITATION_EXPIRED"},
			change: func(s *scene) { s.statements[0].ValidUntil = sceneDay("2026-02-01") }, checks: []string{"accredited_at_decision fail ACCREDITATION_EXPIRED"}},
		{name: "accredited for another scheme", verdict: verify.Misrepresented, told: []string{"ACCREDITATION_OUT_OF_SCOPE"},
			change: func(s *scene) { s.statements[0].Scope.Schemes = []string{s.at.Scheme("painter")} },
			checks: []string{"accredited_at_decision fail ACCREDITATION_OUT_OF_SCOPE", "scope fail ACCREDITATION_OUT_OF_SCOPE"}},
		{name: "an accreditation whose status nobody knows", verdict: verify.Undetermined, change: func(s *scene) {
			s.register.AsOf = sceneDay("2026-02-01")
			delete(s.register.Histories, s.certificate.ID)
		},
			checks: []string{"status unknown STATUS_UNAVAILABLE", "accredited_at_decision unknown REGISTER_INCOMPLETE"}},
		{name: "recorded from a weak source", verdict: verify.Undetermined, change: func(s *scene) {
			s.record(0)
			s.register.Histories[s.at.Statement("a1")] = verify.History{RecordedAt: sceneDay("2026-02-01"), Grade: "C"}
			s.register.Keys[s.cb.did] = []verify.PublishedKey{{JWK: s.cb.jwk}}
		}, checks: []string{"accredited_at_decision unknown REGISTER_INCOMPLETE"}},
		{name: "recorded by a registrar on the list", verdict: verify.BonaFide, change: func(s *scene) { s.record(0) }, checks: []string{"accredited_at_decision pass"}},
		{name: "recorded by somebody who is not", verdict: verify.Undetermined, change: func(s *scene) { s.record(0); s.statements[0].SignedBy.DID = s.eve.did },
			checks: []string{"issuer_key unknown ISSUER_UNKNOWN"}},
		{name: "a statement that its issuer did not sign", verdict: verify.Undetermined, change: func(s *scene) { s.signers[s.statements[0].ID] = s.eve },
			checks: []string{"issuer_key unknown ISSUER_UNKNOWN"}},
	}
}

// record turns a statement into one that the register recorded.
func (s *scene) record(i int) {
	x := &s.statements[i]
	x.SignedBy, x.Assurance = credential.Party{DID: s.rr.did, Name: "Register"}, trust.Recorded
	x.Sources = []trust.Source{{URL: "https://ab.example/list", RetrievedAt: sceneDay("2026-02-01")}}
}

func recognitionLines() []line {
	add := func(s *scene, id string, issuer, subject actor) *credential.Statement {
		s.statements = append(s.statements, s.says(trust.Recognition, id, issuer, subject))
		return &s.statements[len(s.statements)-1]
	}
	alone := func(s *scene) { // nothing above the accreditor, whose keys the register knows
		s.statements = s.statements[:1]
		s.register.Keys[s.ab.did] = []verify.PublishedKey{{JWK: s.ab.jwk}}
	}
	return []line{
		{name: "accreditor outside the list", verdict: verify.AccreditedElsewhere, told: []string{"NOT_RECOGNISED"}, change: alone,
			checks: []string{"accredited_at_decision pass", "recognised_at_decision fail NOT_RECOGNISED", "recognised_now fail NOT_RECOGNISED"}},
		{name: "recognition reported by a weak source", verdict: verify.AccreditedElsewhere, change: func(s *scene) {
			s.record(1)
			s.register.Histories[s.at.Statement("r1")] = verify.History{RecordedAt: sceneDay("2026-02-01"), Grade: "C"}
		}, checks: []string{"recognised_at_decision unknown NOT_RECOGNISED", "recognised_now unknown NOT_RECOGNISED"}},
		{name: "recognition ended before the decision", verdict: verify.AccreditedElsewhere, told: []string{"RECOGNITION_ENDED"},
			change: func(s *scene) { s.happened("r1", trust.Withdrawn, "2026-02-01") }, checks: []string{"recognised_at_decision fail RECOGNITION_ENDED"}},
		{name: "a circle", verdict: verify.AccreditedElsewhere, told: []string{"CHAIN_LOOP"}, change: func(s *scene) {
			alone(s)
			add(s, "r2", s.ra, s.ab)
			add(s, "r3", s.ab, s.ra)
			s.register.Keys[s.ra.did] = []verify.PublishedKey{{JWK: s.ra.jwk}}
		}, checks: []string{"recognised_at_decision fail CHAIN_LOOP"}},
		{name: "longer than a recognition allows", verdict: verify.AccreditedElsewhere, told: []string{"CHAIN_TOO_LONG"}, change: func(s *scene) {
			alone(s)
			add(s, "r2", s.ra, s.ab)
			add(s, "r3", s.ga, s.ra).MaxChainDepth = 1
		}, checks: []string{"recognised_at_decision fail CHAIN_TOO_LONG"}},
		{name: "over a region, as long as allowed", verdict: verify.BonaFide, change: func(s *scene) {
			alone(s)
			add(s, "r2", s.ra, s.ab)
			add(s, "r3", s.ga, s.ra).MaxChainDepth = 2
		}, checks: []string{"recognised_at_decision pass"}},
		{name: "no anchors", verdict: verify.Undetermined, change: func(s *scene) { s.policy.Anchors = nil }, checks: []string{"issuer_key unknown ISSUER_UNKNOWN"}},
		{name: "an anchor with other keys", verdict: verify.Undetermined, change: func(s *scene) { s.policy.Anchors[0].Keys = []jws.JWK{s.eve.jwk} },
			checks: []string{"issuer_key unknown ISSUER_UNKNOWN"}},
		{name: "an anchor without keys, for which the register vouches", verdict: verify.BonaFide, change: func(s *scene) {
			s.policy.Anchors[0].Keys = nil
			s.register.Keys[s.ga.did] = []verify.PublishedKey{{JWK: s.ga.jwk}}
		}, checks: []string{"recognised_at_decision pass"}},
		{name: "an anchor without keys, for which nobody vouches", verdict: verify.Undetermined, change: func(s *scene) { s.policy.Anchors[0].Keys = nil },
			checks: []string{"issuer_key unknown ISSUER_UNKNOWN"}},
	}
}

func lapseLines() []line {
	return []line{
		{name: "suspended since: earlier ones stand", verdict: verify.BonaFide, change: func(s *scene) { s.happened("a1", trust.Suspended, "2026-04-01") },
			checks: []string{"accredited_at_decision pass", "accredited_now fail ACCREDITATION_SUSPENDED", "recognised_now not_applicable"}},
		{name: "withdrawn less than 90 days ago", verdict: verify.BonaFide, change: func(s *scene) { s.happened("a1", trust.Withdrawn, "2026-03-04") },
			checks: []string{"accredited_now fail ACCREDITATION_WITHDRAWN"}},
		{name: "withdrawn 90 days ago", verdict: verify.AccreditationLapsed, change: func(s *scene) { s.happened("a1", trust.Withdrawn, "2026-03-03") },
			checks: []string{"accredited_now fail ACCREDITATION_WITHDRAWN"}},
		{name: "accreditor left the arrangement", verdict: verify.AccreditationLapsed, change: func(s *scene) { s.happened("r1", trust.Withdrawn, "2026-05-31") },
			checks: []string{"accredited_now pass", "recognised_now fail RECOGNITION_ENDED"}},
		{name: "a rule of the register excuses it", verdict: verify.BonaFide, change: func(s *scene) {
			s.happened("r1", trust.Withdrawn, "2026-05-31")
			s.register.Effects = []trust.Effect{{Of: trust.Recognition, Event: trust.Withdrawn, StandDays: 2, Note: "Two days.", Source: "us"}}
		}, checks: []string{"recognised_now fail RECOGNITION_ENDED"}},
		{name: "a rule of the register does not", verdict: verify.AccreditationLapsed, change: func(s *scene) {
			s.happened("a1", trust.Suspended, "2026-04-01")
			s.register.Effects = []trust.Effect{{Of: trust.Accreditation, Event: trust.Suspended, Note: "At once.", Source: "us"}}
		}, checks: []string{"accredited_now fail ACCREDITATION_SUSPENDED"}},
	}
}
