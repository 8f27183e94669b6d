package trust_test

import (
	"slices"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

const (
	good      = "recognised pass pass pass"
	elsewhere = "elsewhere pass pass fail"
	reported  = "elsewhere pass pass unknown"
	refused   = "unknown fail fail not_applicable"
	unscoped  = "unknown pass fail not_applicable"
	none      = "none fail fail not_applicable"
	open      = "unknown unknown unknown unknown"
)

func chainCases() []chainCase {
	return slices.Concat(accreditationCases(), recognitionCases(), anchorCases(), graphCases(), knowledgeCases())
}

func accreditationCases() []chainCase {
	r := rec("r1", "ga", "ab")
	systems := trust.Scope{Activity: trust.CertificationOfManagementSystems, Standard: "ISO/IEC 17021-1"}
	abroad := forPersons()
	abroad.Countries = []string{"CH", "LI"}
	old := forPersons()
	old.Edition = "2003"
	inCountry := func(c string) trust.Scope { n := forPersons("s1"); n.Countries = []string{c}; return n }
	edition := forPersons("s1")
	edition.Edition = "2012"
	says := func(s ...trust.Statement) []trust.Statement { return append(s, r) }
	return []chainCase{
		{name: "plain chain", says: says(acc("a1")), want: good + " | a1 r1 |"},
		{name: "nothing known, register partial", want: open + " | | REGISTER_INCOMPLETE"},
		{name: "nothing known, register complete", complete: true, want: none + " | | NOT_ACCREDITED"},
		{name: "first instant counts", says: says(acc("a1")), at: "2020-01-01", want: good + " | a1 r1 |"},
		{name: "before the first instant", says: says(acc("a1")), at: "2019-12-31", want: open + " | | REGISTER_INCOMPLETE"},
		{name: "end is exclusive", says: says(acc("a1", until("2024-06-01"))), want: refused + " | | ACCREDITATION_EXPIRED:a1"},
		{name: "last day before the end", says: says(acc("a1", until("2024-06-02"))), want: good + " | a1 r1 |"},
		{name: "suspended", says: says(acc("a1", happened(trust.Suspended, "2024-06-01"))), want: refused + " | | ACCREDITATION_SUSPENDED:a1"},
		{name: "suspended, register complete", complete: true, says: says(acc("a1", happened(trust.Suspended, "2024-05-01"))), want: none + " | | ACCREDITATION_SUSPENDED:a1"},
		{name: "suspended later", says: says(acc("a1", happened(trust.Suspended, "2024-06-02"))), want: good + " | a1 r1 |"},
		{name: "suspended and restored before", says: says(acc("a1", happened(trust.Suspended, "2024-02-01"), happened(trust.Restored, "2024-06-01"))), want: good + " | a1 r1 |"},
		{name: "between suspension and restoration", says: says(acc("a1", happened(trust.Suspended, "2024-02-01"), happened(trust.Restored, "2024-09-01"))), want: refused + " | | ACCREDITATION_SUSPENDED:a1"},
		{name: "withdrawn", says: says(acc("a1", happened(trust.Withdrawn, "2024-05-31"))), want: refused + " | | ACCREDITATION_WITHDRAWN:a1"},
		{name: "restored after withdrawal is ignored", says: says(acc("a1", happened(trust.Withdrawn, "2024-01-01"), happened(trust.Restored, "2024-02-01"))), want: refused + " | | ACCREDITATION_WITHDRAWN:a1"},
		{name: "superseded without a known successor", says: says(acc("a1", happened(trust.Superseded, "2024-01-01"))), want: open + " | | REGISTER_INCOMPLETE"},
		{name: "superseded, successor carries on", says: says(acc("a1", happened(trust.Superseded, "2024-01-01")), acc("a2", from("2024-01-01"))), want: good + " | a2 r1 |"},
		{name: "events out of order in the list", says: says(acc("a1", happened(trust.Restored, "2024-05-01"), happened(trust.Suspended, "2024-02-01"))), want: good + " | a1 r1 |"},
		{name: "same instant, learnt later counts last", says: says(acc("a1", happenedLearnt(trust.Restored, "2024-02-01", "2024-02-03"), happenedLearnt(trust.Suspended, "2024-02-01", "2024-02-02"))), want: good + " | a1 r1 |"},
		{name: "scheme not in scope", says: says(acc("a1", granting(forPersons("s2")))), want: unscoped + " | | ACCREDITATION_OUT_OF_SCOPE:a1"},
		{name: "scheme in scope", says: says(acc("a1", granting(forPersons("s2", "s1")))), want: good + " | a1 r1 |"},
		{name: "scheme not in scope, register complete", complete: true, says: says(acc("a1", granting(forPersons("s2")))), want: "none pass fail not_applicable | | ACCREDITATION_OUT_OF_SCOPE:a1"},
		{name: "scope reduced before", says: says(acc("a1", happened(trust.Reduced, "2024-05-01", forPersons("s2")))), want: unscoped + " | | ACCREDITATION_OUT_OF_SCOPE:a1"},
		{name: "scope extended before", says: says(acc("a1", granting(forPersons("s2")), happened(trust.Extended, "2024-05-01", forPersons("s1", "s2")))), want: good + " | a1 r1 |"},
		{name: "scope extended only later", says: says(acc("a1", granting(forPersons("s2")), happened(trust.Extended, "2024-07-01", forPersons("s1", "s2")))), want: unscoped + " | | ACCREDITATION_OUT_OF_SCOPE:a1"},
		{name: "other activity", says: says(acc("a1", granting(systems))), want: open + " | | REGISTER_INCOMPLETE"},
		{name: "other activity, register complete", complete: true, says: says(acc("a1", granting(systems))), want: none + " | | NOT_ACCREDITED"},
		{name: "country outside", need: inCountry("DE"), says: says(acc("a1", granting(abroad))), want: unscoped + " | | ACCREDITATION_OUT_OF_SCOPE:a1"},
		{name: "country inside", need: inCountry("CH"), says: says(acc("a1", granting(abroad))), want: good + " | a1 r1 |"},
		{name: "other edition", need: edition, says: says(acc("a1", granting(old))), want: unscoped + " | | ACCREDITATION_OUT_OF_SCOPE:a1"},
		{name: "ended for another scheme says nothing", says: says(acc("a1", granting(forPersons("s2")), happened(trust.Withdrawn, "2024-01-01"))), want: open + " | | REGISTER_INCOMPLETE"},
		{name: "one withdrawn, another in force", says: says(acc("a1", happened(trust.Withdrawn, "2024-01-01")), acc("a2")), want: good + " | a2 r1 | ACCREDITATION_WITHDRAWN:a1"},
		{name: "accreditation of itself", says: says(acc("a1", by("cb"))), want: open + " | | REGISTER_INCOMPLETE"},
		{name: "accreditation of another body", says: says(acc("a1", about("cb2"))), want: open + " | | REGISTER_INCOMPLETE"},
		{name: "recognition of the body is no accreditation", says: says(rec("r2", "ga", "cb")), want: open + " | | REGISTER_INCOMPLETE"},
		{name: "unconfirmed accreditation", complete: true, says: says(acc("a1", unconfirmed)), want: open + " | | REGISTER_INCOMPLETE:a1"},
		{name: "unconfirmed accreditation beside a withdrawn one", says: says(acc("a1", happened(trust.Withdrawn, "2024-01-01")), acc("a2", unconfirmed)), want: open + " | | ACCREDITATION_WITHDRAWN:a1 REGISTER_INCOMPLETE:a2"},
		{name: "unconfirmed accreditation for another scheme", complete: true, says: says(acc("a1", unconfirmed, granting(forPersons("s2")))), want: none + " | | NOT_ACCREDITED"},
		{name: "unconfirmed accreditation that has expired", complete: true, says: says(acc("a1", unconfirmed, until("2023-01-01"))), want: none + " | | NOT_ACCREDITED"},
	}
}

func recognitionCases() []chainCase {
	systems := trust.Scope{Activity: trust.CertificationOfManagementSystems}
	narrow := forPersons()
	narrow.Countries = []string{"CH"}
	a := acc("a1")
	says := func(s ...trust.Statement) []trust.Statement { return append(s, a) }
	return []chainCase{
		{name: "accreditor not recognised", says: says(), want: elsewhere + " | a1 | NOT_RECOGNISED:a1"},
		{name: "accreditor recognised for another activity only", says: says(rec("r1", "ga", "ab", granting(systems))), want: elsewhere + " | a1 | NOT_RECOGNISED:a1"},
		{name: "recognition not yet valid", says: says(rec("r1", "ga", "ab", from("2024-07-01"))), want: elsewhere + " | a1 | NOT_RECOGNISED:a1"},
		{name: "recognition expired", says: says(rec("r1", "ga", "ab", until("2024-01-01"))), want: elsewhere + " | a1 | RECOGNITION_ENDED:r1"},
		{name: "recognition suspended", says: says(rec("r1", "ga", "ab", happened(trust.Suspended, "2024-01-01"))), want: elsewhere + " | a1 | RECOGNITION_ENDED:r1"},
		{name: "recognition withdrawn", says: says(rec("r1", "ga", "ab", happened(trust.Withdrawn, "2024-01-01"))), want: elsewhere + " | a1 | RECOGNITION_ENDED:r1"},
		{name: "recognised then, withdrawn since", at: "2023-06-01", says: says(rec("r1", "ga", "ab", happened(trust.Withdrawn, "2024-01-01"))), want: good + " | a1 r1 |"},
		{name: "recognition reduced", says: says(rec("r1", "ga", "ab", happened(trust.Reduced, "2024-01-01", systems))), want: elsewhere + " | a1 | RECOGNITION_ENDED:r1"},
		{name: "recognition reduced that never covered it", says: says(rec("r1", "ga", "ab", granting(systems), happened(trust.Reduced, "2024-01-01", trust.Scope{Activity: trust.Education}))), want: elsewhere + " | a1 | NOT_RECOGNISED:a1"},
		{name: "recognition narrower than the accreditation", says: says(rec("r1", "ga", "ab", granting(narrow))), want: elsewhere + " | a1 | NOT_RECOGNISED:a1"},
		{name: "recognition narrower, but wide enough for the need", says: says(rec("r1", "ga", "ab", granting(forPersons("s1")))), want: good + " | a1 r1 |"},
		{name: "recognition superseded, successor carries on", says: says(rec("r1", "ga", "ab", happened(trust.Superseded, "2024-01-01")), rec("r2", "ga", "ab", from("2024-01-01"))), want: good + " | a1 r2 |"},
		{name: "recognition of itself", anchors: []trust.Anchor{anchor("ab")}, says: says(rec("r1", "ab", "ab")), want: elsewhere + " | a1 | NOT_RECOGNISED:a1"},
		{name: "unconfirmed recognition", says: says(rec("r1", "ga", "ab", unconfirmed)), want: reported + " | a1 | NOT_RECOGNISED:r1"},
		{name: "unconfirmed recognition beside a confirmed one", says: says(rec("r1", "ga", "ab", unconfirmed), rec("r2", "ga", "ab")), want: good + " | a1 r2 | NOT_RECOGNISED:r1"},
		{name: "unconfirmed recognition leading nowhere", says: says(rec("r1", "gb", "ab", unconfirmed)), want: elsewhere + " | a1 | NOT_RECOGNISED:r1"},
		{name: "unconfirmed recognition higher up", says: says(rec("r1", "ra", "ab"), rec("r2", "ga", "ra", unconfirmed)), want: reported + " | a1 r1 | NOT_RECOGNISED:r2"},
	}
}

func anchorCases() []chainCase {
	a, r := acc("a1"), rec("r1", "ga", "ab")
	both := []trust.Statement{a, r}
	systems := trust.Scope{Activity: trust.CertificationOfManagementSystems}
	return []chainCase{
		{name: "zero policy trusts nobody", anchors: []trust.Anchor{}, says: both, want: elsewhere + " | a1 | NOT_RECOGNISED:r1"},
		{name: "anchor without scopes", anchors: []trust.Anchor{{DID: "ga"}}, says: both, want: elsewhere + " | a1 | NOT_RECOGNISED:r1"},
		{name: "anchor for another activity", anchors: []trust.Anchor{anchor("ga", systems)}, says: both, want: elsewhere + " | a1 | NOT_RECOGNISED:r1"},
		{name: "anchor not yet in force", anchors: []trust.Anchor{begun(anchor("ga"), "2024-07-01")}, says: both, want: elsewhere + " | a1 | NOT_RECOGNISED:r1"},
		{name: "anchor has ended", anchors: []trust.Anchor{ended(anchor("ga"), "2024-06-01", "")}, says: both, want: elsewhere + " | a1 | RECOGNITION_ENDED:r1"},
		{name: "anchor ended, before its end", at: "2023-06-01", anchors: []trust.Anchor{ended(anchor("ga"), "2024-01-01", "")}, says: both, want: good + " | a1 r1 |"},
		{name: "successor carries recognitions on", anchors: []trust.Anchor{ended(anchor("ga"), "2024-01-01", "gb"), begun(anchor("gb"), "2024-01-01")}, says: both, want: good + " | a1 r1 |"},
		{name: "successor before the end of the old", at: "2023-06-01", anchors: []trust.Anchor{ended(begun(anchor("ga"), "2023-07-01"), "2024-01-01", "gb"), anchor("gb")}, says: both, want: elsewhere + " | a1 | NOT_RECOGNISED:r1"},
		{name: "gap before the successor", anchors: []trust.Anchor{ended(anchor("ga"), "2024-01-01", "gb"), begun(anchor("gb"), "2024-07-01")}, says: both, want: elsewhere + " | a1 | RECOGNITION_ENDED:r1"},
		{name: "successor for another activity", anchors: []trust.Anchor{ended(anchor("ga"), "2024-01-01", "gb"), anchor("gb", systems)}, says: both, want: elsewhere + " | a1 | RECOGNITION_ENDED:r1"},
		{name: "old anchor was not trusted for it, successor is", anchors: []trust.Anchor{ended(anchor("ga", systems), "2024-01-01", "gb"), anchor("gb")}, says: both, want: elsewhere + " | a1 | NOT_RECOGNISED:r1"},
		{name: "successor of a successor", anchors: []trust.Anchor{ended(anchor("ga"), "2022-01-01", "gb"), ended(anchor("gb"), "2024-01-01", "gc"), anchor("gc")}, says: both, want: good + " | a1 r1 |"},
		{name: "successors in a circle", anchors: []trust.Anchor{ended(anchor("ga"), "2022-01-01", "gb"), ended(anchor("gb"), "2024-01-01", "ga")}, says: both, want: elsewhere + " | a1 | RECOGNITION_ENDED:r1"},
		{name: "anchor listed twice, the second counts", anchors: []trust.Anchor{anchor("ga", systems), anchor("ga")}, says: both, want: good + " | a1 r1 |"},
		{name: "ended regional anchor recognised by a global one", anchors: []trust.Anchor{ended(anchor("ra"), "2024-01-01", ""), anchor("ga")}, says: []trust.Statement{a, rec("r1", "ra", "ab"), rec("r2", "ga", "ra")}, want: good + " | a1 r1 r2 | RECOGNITION_ENDED:r1"},
		{name: "anchor must not accredit", says: []trust.Statement{acc("a1", by("ga"))}, want: elsewhere + " | a1 | NOT_RECOGNISED:a1"},
		{name: "anchor that accredits, recognised by another", anchors: []trust.Anchor{anchor("ga"), anchor("gb")}, says: []trust.Statement{acc("a1", by("ga")), rec("r1", "gb", "ga")}, want: good + " | a1 r1 |"},
	}
}

func graphCases() []chainCase {
	a := acc("a1")
	says := func(s ...trust.Statement) []trust.Statement { return append(s, a) }
	ladder := says(rec("r1", "ra", "ab"), rec("r2", "rb", "ra"), rec("r3", "ga", "rb"))
	return []chainCase{
		{name: "regional arrangement under a global one", says: says(rec("r1", "ra", "ab"), rec("r2", "ga", "ra")), want: good + " | a1 r1 r2 |"},
		{name: "regional arrangement alone", says: says(rec("r1", "ra", "ab")), want: elsewhere + " | a1 | NOT_RECOGNISED:r1"},
		{name: "region recognised, but not for this activity", says: says(rec("r1", "ra", "ab"), rec("r2", "ga", "ra", granting(trust.Scope{Activity: trust.CertificationOfManagementSystems}))), want: elsewhere + " | a1 | NOT_RECOGNISED:r1"},
		{name: "shorter chain wins", says: says(rec("r1", "ra", "ab"), rec("r2", "ga", "ra"), rec("r3", "ga", "ab")), want: good + " | a1 r3 |"},
		{name: "signed before recorded", says: says(rec("r1", "ga", "ab", recorded), rec("r2", "ga", "ab")), want: good + " | a1 r2 |"},
		{name: "lower ID decides between equals", says: says(rec("r2", "ga", "ab"), rec("r1", "ga", "ab")), want: good + " | a1 r1 |"},
		{name: "recognised accreditor before another", says: []trust.Statement{acc("a1", by("ax")), acc("a2"), rec("r1", "ga", "ab")}, want: good + " | a2 r1 | NOT_RECOGNISED:a1"},
		{name: "as deep as allowed", says: ladder, want: good + " | a1 r1 r2 r3 |"},
		{name: "one link too deep", depth: 3, says: ladder, want: elsewhere + " | a1 | CHAIN_TOO_LONG:r3"},
		{name: "as many links below as the recognition allows", says: says(rec("r1", "ra", "ab", below(1)), rec("r2", "ga", "ra", below(2))), want: good + " | a1 r1 r2 |"},
		{name: "more links below than the recognition allows", says: says(rec("r1", "ra", "ab"), rec("r2", "ga", "ra", below(1))), want: elsewhere + " | a1 | CHAIN_TOO_LONG:r2"},
		{name: "another recognition allows what one does not", says: says(rec("r1", "ra", "ab"), rec("r2", "ga", "ra", below(1)), rec("r3", "ga", "ra")), want: good + " | a1 r1 r3 | CHAIN_TOO_LONG:r2"},
		{name: "recognitions in a circle", says: says(rec("r1", "ra", "ab"), rec("r2", "ab", "ra")), want: elsewhere + " | a1 | CHAIN_LOOP:r2"},
		{name: "circle beside a good chain", says: says(rec("r1", "ra", "ab"), rec("r2", "ab", "ra"), rec("r3", "ga", "ra")), want: good + " | a1 r1 r3 | CHAIN_LOOP:r2"},
		{name: "recognised by the body it accredits", says: says(rec("r1", "cb", "ab")), want: elsewhere + " | a1 | CHAIN_LOOP:r1"},
		{name: "two ways to the same arrangement are no circle", says: says(rec("r1", "ra", "ab"), rec("r2", "rb", "ab"), rec("r3", "ga", "ra"), rec("r4", "ga", "rb")), want: good + " | a1 r1 r3 |"},
	}
}

func knowledgeCases() []chainCase {
	r := rec("r1", "ga", "ab")
	late := happenedLearnt(trust.Withdrawn, "2024-01-01", "2024-09-01")
	return []chainCase{
		{name: "withdrawal learnt late, by what is known today", says: []trust.Statement{acc("a1", late), r}, want: refused + " | | ACCREDITATION_WITHDRAWN:a1"},
		{name: "withdrawal learnt late, by what was known then", knownAt: "2024-06-01", says: []trust.Statement{acc("a1", late), r}, want: good + " | a1 r1 |"},
		{name: "learnt at that very instant is known", knownAt: "2024-09-01", says: []trust.Statement{acc("a1", late), r}, want: refused + " | | ACCREDITATION_WITHDRAWN:a1"},
		{name: "statement not yet known", knownAt: "2024-06-01", says: []trust.Statement{acc("a1", learnt("2024-06-02")), r}, want: open + " | | REGISTER_INCOMPLETE"},
		{name: "recognition not yet known", knownAt: "2024-06-01", says: []trust.Statement{acc("a1"), rec("r1", "ga", "ab", learnt("2024-06-02"))}, want: elsewhere + " | a1 | NOT_RECOGNISED:a1"},
		{name: "edition overlap", need: overlap("2026"), says: []trust.Statement{acc("a1", granting(edition("2012"))), acc("a2", granting(edition("2026"))), r}, want: good + " | a2 r1 | ACCREDITATION_OUT_OF_SCOPE:a1"},
		{name: "region recognised for persons only from November 2016", at: "2016-10-01", says: []trust.Statement{acc("a1", from("2010-01-01")), rec("r1", "ra", "ab", from("2002-01-01")), rec("r2", "ga", "ra", from("2016-11-04"))}, want: elsewhere + " | a1 | NOT_RECOGNISED:r1"},
		{name: "accreditor left the arrangement, asked before", at: "2014-05-01", says: []trust.Statement{acc("a1", from("2010-01-01")), rec("r1", "ga", "ab", from("2010-01-01"), happened(trust.Withdrawn, "2015-12-31"))}, want: good + " | a1 r1 |"},
		{name: "accreditor left the arrangement, asked after", at: "2016-05-01", says: []trust.Statement{acc("a1", from("2010-01-01")), rec("r1", "ga", "ab", from("2010-01-01"), happened(trust.Withdrawn, "2015-12-31"))}, want: elsewhere + " | a1 | RECOGNITION_ENDED:r1"},
	}
}

func edition(e string) trust.Scope {
	s := forPersons()
	s.Edition = e
	return s
}

func overlap(e string) trust.Scope {
	s := forPersons("s1")
	s.Edition = e
	return s
}
