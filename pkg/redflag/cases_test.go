package redflag_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	. "github.com/bonafide-dev/bonafide/pkg/redflag"
)

func at(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

var (
	now     = at(2026, 11, 25)
	decided = at(2024, 3, 1)
)

// one is a rule's pair of fixtures: the facts that raise it, and what makes
// its guard hold. want is the severity left under the guard.
type one struct {
	id    string
	facts Facts
	guard func(*Facts)
	want  Severity
}

func accreditors(a ...Accreditor) []Accreditor { return a }

func cases() []one {
	accredited := Certificate{Accredited: true}
	known := Issuer{Said: "Body", Known: true, Complete: true}
	return []one{
		{"RF-01", Facts{Issuer: Issuer{Said: "Nowhere Board", Complete: true}}, func(f *Facts) { f.Issuer.Complete = false }, Info},
		{"RF-02", Facts{Accreditors: accreditors(Accreditor{Said: "Nowhere", ListComplete: true})}, func(f *Facts) { f.Accreditors[0].ListComplete = false }, Info},
		{"RF-02", Facts{Accreditors: accreditors(Accreditor{Said: "NCCA", ListComplete: true})}, func(f *Facts) { f.Accreditors[0].Sector = true }, None},
		{"RF-03", Facts{Accreditors: accreditors(Accreditor{Said: "X", Known: true, Recognised: No, ListComplete: true})}, func(f *Facts) { f.Accreditors[0].Recognised = Unknown }, Info},
		{"RF-03", Facts{Accreditors: accreditors(Accreditor{Said: "X", Known: true, Recognised: No, ListComplete: true})}, func(f *Facts) { f.Accreditors[0].Sector = true }, Info},
		{"RF-04", Facts{Accreditors: accreditors(Accreditor{Said: "X", Known: true, Ended: at(2021, 3, 24), EndedHow: "suspended"})}, func(f *Facts) { f.Accreditors[0].OtherScope = true }, None},
		{"RF-05", Facts{Certificate: accredited, Issuer: known, Held: Held{Then: No, Complete: true}}, func(f *Facts) { f.Held.Complete = false }, Info},
		{"RF-05", Facts{Certificate: accredited, Issuer: known, Held: Held{Then: No, Complete: true, Began: at(2024, 5, 1)}}, func(f *Facts) { f.Certificate.ReissuedFrom = at(2025, 1, 1) }, None},
		{"RF-06", Facts{Certificate: accredited, Issuer: known, Held: Held{Then: No, Suspended: at(2024, 1, 1)}}, func(f *Facts) { f.Certificate.Accredited = false }, None},
		{"RF-06", Facts{Certificate: accredited, Issuer: known, Held: Held{Then: No, Suspended: at(2024, 1, 1)}}, func(f *Facts) { f.Held.Suspended = decided }, Info},
		{"RF-07", Facts{Certificate: accredited, Issuer: known, Held: Held{Then: No, Complete: true, OtherOnly: []string{"certification_of_products"}}}, func(f *Facts) { f.Certificate.Accredited = false }, None},
		{"RF-07", Facts{Certificate: accredited, Issuer: known, Held: Held{Then: No, Complete: true, OtherOnly: []string{"certification_of_products"}}}, func(f *Facts) { f.Held.Complete = false }, Info},
		{"RF-08", Facts{Certificate: accredited, Issuer: known, Held: Held{Then: No, OutOfScope: true, ScopeKnown: true}}, func(f *Facts) { f.Held.ScopeKnown = false }, Info},
		{"RF-08", Facts{Certificate: accredited, Issuer: known, Held: Held{Then: No, OutOfScope: true, ScopeKnown: true}}, func(f *Facts) { f.Certificate.Accredited = false }, Info},
		{"RF-09", Facts{Accreditors: accreditors(Accreditor{Said: "UKAS", Known: true, Recognised: Yes, Number: "0030", NumberOf: "Other"})}, func(f *Facts) { f.Accreditors[0].NumberMoved = true }, Info},
		{"RF-09", Facts{Accreditors: accreditors(Accreditor{Said: "UKAS", Known: true, Recognised: Yes, Number: "9", NumberWrong: true, NumberChecked: true})}, func(f *Facts) { f.Accreditors[0].NumberChecked = false }, Info},
		{"RF-10", Facts{Issuer: known, Record: Record{Asked: true, Complete: true}}, func(f *Facts) { f.Record.Mistyped = true }, None},
		{"RF-10", Facts{Issuer: known, Record: Record{Asked: true, Complete: true}}, func(f *Facts) { f.Record.Complete = false }, Info},
		{"RF-11", Facts{Record: Record{Found: true, Holder: No}}, func(f *Facts) { f.Record.Near = true }, Info},
		{"RF-12", Facts{Certificate: Certificate{Accredited: true, Whole: true, Missing: []string{"number"}}, Accreditors: accreditors(Accreditor{Said: "X", Known: true, Recognised: Yes})}, func(f *Facts) { f.Certificate.Letter = true }, None},
		{"RF-13", Facts{Certificate: Certificate{Ends: No}}, func(f *Facts) { f.Scheme = Scheme{Known: true, NoExpiry: Yes} }, Low},
		{"RF-13", Facts{Certificate: Certificate{Ends: No}, Scheme: Scheme{Known: true, Months: 36}}, func(f *Facts) { f.Scheme.EndlessBefore = at(2025, 1, 1) }, Low},
		{"RF-13", Facts{Certificate: Certificate{Ends: No}}, func(f *Facts) { f.Scheme = Scheme{Known: true, Taught: true} }, None},
		{"RF-13", Facts{Certificate: Certificate{Ends: No}}, func(f *Facts) { f.Scheme = Scheme{Known: true} }, Info},
		{"RF-14", Facts{Certificate: Certificate{Effective: decided, Expires: at(2029, 3, 1)}, Scheme: Scheme{Known: true, Months: 36}}, func(f *Facts) {
			f.Certificate.Renewal, f.Certificate.Expires, f.Scheme.EarlyDays = true, at(2027, 12, 1), 365
		}, None},
		{"RF-15", Facts{Certificate: Certificate{Expires: at(2026, 10, 1)}, Wording: Wording{Current: true}}, func(f *Facts) { f.Scheme.GraceDays = 90 }, Info},
		{"RF-16", Facts{Record: Record{Found: true, Status: "withdrawn", Since: at(2025, 1, 1)}}, func(f *Facts) { f.Record.Since = at(2027, 1, 1) }, None},
		{"RF-17", Facts{Certificate: Certificate{Effective: at(2024, 4, 1), Expires: at(2023, 4, 1)}}, func(f *Facts) { f.Certificate.Expires, f.Certificate.Effective = at(2024, 2, 29), at(2024, 2, 29) }, None},
		{"RF-17", Facts{Certificate: Certificate{Effective: at(2023, 4, 1)}}, func(f *Facts) { f.Certificate.Renewal = true }, None},
		{"RF-18", Facts{Certificate: Certificate{Standard: "ISO/IEC 17024", Edition: "2003"}}, func(f *Facts) { f.Certificate.Standard = "ISO 9712" }, None},
		{"RF-19", Facts{Wording: Wording{ISO: "ISO certified"}}, func(f *Facts) { f.Wording.ISOSubject = true }, None},
		{"RF-20", Facts{Certificate: Certificate{Person: Yes, CertifiedTo: "ISO 9001"}}, func(f *Facts) { f.Certificate.Role = true }, None},
		{"RF-20", Facts{Certificate: Certificate{Person: Yes}, Scheme: Scheme{Known: true, ForOrganisations: true}}, func(f *Facts) { f.Certificate.Person = Unknown }, Info},
		{"RF-21", Facts{Wording: Wording{Attendance: "attended", Certified: "certified"}}, func(f *Facts) { f.Wording.Certified = "" }, None},
		{"RF-21", Facts{Wording: Wording{Attendance: "completed", Certified: "certified"}}, func(f *Facts) { f.Wording.CompletionOK = true }, None},
		{"RF-22", Facts{Wording: Wording{Registered: "registered with the Board"}}, func(f *Facts) { f.Wording.Statutory = true }, None},
		{"RF-23", Facts{Accreditors: accreditors(Accreditor{Said: "IAF", Nobody: true})}, func(f *Facts) { f.Accreditors[0].Signatory = true }, None},
		{"RF-24", Facts{Wording: Wording{Process: "accreditation pending"}}, func(f *Facts) { f.Wording.ProcessOpen = true }, Info},
		{"RF-25", Facts{Accreditors: accreditors(Accreditor{Said: "Body", Known: true, Recognised: Yes, Same: "one name"})}, func(f *Facts) { f.Accreditors[0].SameFamily = true }, None},
		{"RF-26", Facts{Accreditors: accreditors(Accreditor{Said: "X", Known: true, Recognised: Yes, Chain: "World Forum MLA"})}, func(f *Facts) { f.Accreditors[0].ChainKnown = true }, Info},
		{"RF-27", Facts{Issuer: Issuer{Said: "Bodyy", Known: true, Like: "Body", LikeWhy: "one letter", LikeConflict: true}}, func(f *Facts) { f.Issuer.LikeConflict = false }, Info},
		{"RF-28", Facts{Certificate: Certificate{Marks: []Mark{{Arrangement: "global-aci"}}}}, func(f *Facts) { f.Decided = at(2026, 6, 1) }, Info},
		{"RF-28", Facts{Certificate: Certificate{Marks: []Mark{{Arrangement: "iaf"}}}}, func(f *Facts) { f.Certificate.Marks[0].Accreditor = "UKAS" }, None},
		{"RF-28", Facts{Certificate: Certificate{Marks: []Mark{{Arrangement: "iaf", Accreditor: "ACCREDIA", NotOnPeople: true}}}}, func(f *Facts) { f.Certificate.Person = No }, None},
		{"RF-29", Facts{Certificate: Certificate{Accredited: true, Whole: true}}, func(f *Facts) { f.Certificate.Letter = true }, None},
		{"RF-30", Facts{Issuer: Issuer{Hosts: []string{"body.example"}}, Certificate: Certificate{CheckHost: "seller.example"}}, func(f *Facts) { f.Issuer.Listed = true }, None},
		{"RF-30", Facts{Issuer: Issuer{Hosts: []string{"body.example"}}, Certificate: Certificate{CheckHost: "seller.example"}}, func(f *Facts) { f.Issuer.Known = true }, Info},
		{"RF-32", Facts{Wording: Wording{Guaranteed: "guaranteed pass"}}, func(f *Facts) { f.Wording.Denied = true }, None},
		{"RF-32", Facts{Scheme: Scheme{Known: true, OwnerTrains: true}}, func(f *Facts) { f.Scheme.OpenTraining = true }, None},
		{"RF-34", Facts{Warnings: []Warning{{Subject: "Body", Authority: "A", Date: at(2020, 1, 1)}}}, func(f *Facts) { f.Warnings[0].Other = true }, None},
		{"RF-35", Facts{Wording: Wording{MembersOnly: "members only"}}, func(f *Facts) { f.Wording.MembersFee = true }, None},
		{"RF-37", Facts{Held: Held{Then: Yes, WithdrawnAt: decided.AddDate(0, 0, 30)}, Record: Record{Logged: decided.AddDate(0, 0, 31)}}, func(f *Facts) { f.Record.Imported = true }, Info},
		{"RF-37", Facts{Held: Held{Then: Yes, WithdrawnAt: decided.AddDate(0, 0, 30)}, Record: Record{Logged: decided.AddDate(0, 0, 31)}}, func(f *Facts) { f.Held.WithdrawnAt = decided.AddDate(0, 0, 32) }, Info},
		{"RF-37", Facts{Held: Held{Then: Yes, WithdrawnAt: decided.AddDate(0, 0, 30)}, Record: Record{Logged: decided.AddDate(0, 0, 31)}}, func(f *Facts) { f.Record.Logged = decided.AddDate(0, 0, 30) }, None},
		{"RF-36", Facts{Certificate: accredited, Issuer: known, Held: Held{Then: Yes, WithdrawnAt: at(2026, 1, 1)}}, func(f *Facts) { f.Held.Transferred = "Next Body" }, Info},
		{"RF-36", Facts{Certificate: accredited, Issuer: known, Held: Held{Then: Yes, WithdrawnAt: at(2026, 1, 1)}}, func(f *Facts) { f.Held.StandsByRule = true }, Info},
		{"RF-36", Facts{Certificate: accredited, Issuer: known, Held: Held{Then: Yes, WithdrawnAt: at(2026, 1, 1)}}, func(f *Facts) {
			f.Held.WithdrawnAt, f.Held.SuspendedAt = time.Time{}, at(2026, 1, 1)
		}, Low},
	}
}

// TestConditionAndGuard: each rule fires at its own severity, alone, and its
// guard takes the flag away or lowers it.
func TestConditionAndGuard(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range cases() {
		seen[c.id] = true
		f := c.facts
		f.Now, f.Decided = now, decided
		rule := byID(c.id)
		flag, ok := rule.Find(&f)
		require.True(t, ok, "%s does not fire", c.id)
		require.Equal(t, rule.Severity, flag.Severity, c.id)
		require.Equal(t, rule.Sentence, flag.Explanation)
		require.NotNil(t, flag.Evidence)
		c.guard(&f)
		flag, ok = rule.Find(&f)
		require.Equal(t, c.want, flag.Severity, "%s under its guard", c.id)
		require.Equal(t, c.want != None, ok, c.id)
		if ok {
			require.NotEqual(t, rule.Sentence, flag.Explanation, "%s: a lowered flag says something else", c.id)
		}
	}
	for _, r := range All() {
		require.True(t, seen[r.ID], "no case for %s", r.ID)
	}
}

func byID(id string) Rule {
	for _, r := range All() {
		if r.ID == id {
			return r
		}
	}
	panic(id)
}

// TestAbsenceProvesNothingAlone is the closed-world rule over all rules: with
// registers that are not complete, no rule that concludes from absence rises
// above info.
func TestAbsenceProvesNothingAlone(t *testing.T) {
	f := Facts{
		Now: now, Decided: decided, Certificate: Certificate{Accredited: true, Person: Yes},
		Issuer: Issuer{Said: "Nowhere Board"}, Record: Record{Asked: true},
		Accreditors: accreditors(Accreditor{Said: "Nowhere"}, Accreditor{Said: "X", Known: true, Recognised: No, Number: "1", NumberWrong: true}),
	}
	for _, known := range []bool{false, true} {
		f.Issuer.Known = known
		for _, held := range []Held{{Then: No}, {OutOfScope: true}, {OtherOnly: []string{"certification_of_products"}}} {
			f.Held = held
			fired := 0
			for _, r := range All() {
				if flag, ok := r.Find(&f); ok && r.Absence {
					fired++
					require.LessOrEqual(t, flag.Severity.Rank(), Info.Rank(), r.ID)
				}
			}
			require.Greater(t, fired, 3)
		}
	}
}

// TestDatesOfRules: a rule with a date does not judge what was decided before.
func TestDatesOfRules(t *testing.T) {
	f := Facts{Now: now, Certificate: Certificate{Accredited: true, Whole: true, Standard: "ISO/IEC 17024", Edition: "2003"}}
	for id, from := range map[string]time.Time{"RF-18": at(2015, 7, 1), "RF-29": at(2020, 10, 30)} {
		f.Decided = from.Add(-time.Hour)
		_, ok := byID(id).Find(&f)
		require.False(t, ok, id)
		f.Decided = from
		_, ok = byID(id).Find(&f)
		require.True(t, ok, id)
		f.Decided = time.Time{}
		_, ok = byID(id).Find(&f)
		require.False(t, ok, "%s without a date of decision", id)
	}
}
