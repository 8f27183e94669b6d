package trust_test

import (
	"testing"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func TestAt(t *testing.T) {
	s1 := forPersons("s1")
	for _, c := range []struct {
		name   string
		s      trust.Statement
		at     string
		status trust.LinkStatus
		since  string // empty: unknown
		cause  trust.EventKind
	}{
		{"in force from its start", acc("a"), "2024-01-01", trust.LinkInForce, "2020-01-01", ""},
		{"not yet valid", acc("a"), "2019-01-01", trust.LinkNotYetValid, "", ""},
		{"expired", acc("a", until("2023-01-01")), "2023-01-01", trust.LinkExpired, "2023-01-01", ""},
		{"expired while suspended", acc("a", until("2023-01-01"), happened(trust.Suspended, "2022-01-01")), "2024-01-01", trust.LinkExpired, "2023-01-01", ""},
		{"suspended twice counts from the first", acc("a", happened(trust.Suspended, "2022-01-01"), happened(trust.Suspended, "2023-01-01")), "2024-01-01", trust.LinkSuspended, "2022-01-01", trust.Suspended},
		{"restored", acc("a", happened(trust.Suspended, "2022-01-01"), happened(trust.Restored, "2023-01-01")), "2024-01-01", trust.LinkInForce, "2023-01-01", ""},
		{"restored though never suspended", acc("a", happened(trust.Restored, "2023-01-01")), "2024-01-01", trust.LinkInForce, "2020-01-01", ""},
		{"withdrawn after suspension", acc("a", happened(trust.Suspended, "2022-01-01"), happened(trust.Withdrawn, "2023-01-01")), "2024-01-01", trust.LinkWithdrawn, "2023-01-01", trust.Withdrawn},
		{"superseded, later withdrawal ignored", acc("a", happened(trust.Superseded, "2022-01-01"), happened(trust.Withdrawn, "2023-01-01")), "2024-01-01", trust.LinkSuperseded, "2022-01-01", trust.Superseded},
		{"reduced", acc("a", happened(trust.Reduced, "2022-01-01", s1)), "2024-01-01", trust.LinkInForce, "2022-01-01", trust.Reduced},
		{"reduction is not undone by a restoration", acc("a", happened(trust.Reduced, "2021-01-01", s1), happened(trust.Suspended, "2022-01-01"), happened(trust.Restored, "2023-01-01")), "2024-01-01", trust.LinkInForce, "2021-01-01", trust.Reduced},
		{"reduced while suspended", acc("a", happened(trust.Suspended, "2021-01-01"), happened(trust.Reduced, "2022-01-01", s1)), "2024-01-01", trust.LinkSuspended, "2021-01-01", trust.Suspended},
		{"reduced without a scope is ignored", acc("a", happened(trust.Reduced, "2022-01-01")), "2024-01-01", trust.LinkInForce, "2020-01-01", ""},
		{"unknown event is ignored", acc("a", happened("renamed", "2022-01-01")), "2024-01-01", trust.LinkInForce, "2020-01-01", ""},
	} {
		l := trust.At(c.s, day(c.at), time.Time{})
		var since time.Time
		if c.since != "" {
			since = day(c.since)
		}
		if l.Status != c.status || !l.Since.Equal(since) || l.Cause != c.cause {
			t.Errorf("%s: %s since %v by %q", c.name, l.Status, l.Since, l.Cause)
		}
	}
}

func TestAtDoesNotAllocate(t *testing.T) {
	plain, eventful := acc("a"), acc("a", happened(trust.Suspended, "2021-01-01"), happened(trust.Restored, "2022-01-01"))
	at := day("2024-01-01")
	var l trust.Link
	for name, s := range map[string]trust.Statement{"without events": plain, "with events in order": eventful} {
		if n := testing.AllocsPerRun(100, func() { l = trust.At(s, at, time.Time{}) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		if l.Status != trust.LinkInForce {
			t.Errorf("%s: %s", name, l.Status)
		}
	}
}

func TestAtLeavesEventsAlone(t *testing.T) {
	s := acc("a", happened(trust.Restored, "2022-01-01"), happened(trust.Suspended, "2021-01-01"))
	trust.At(s, day("2024-01-01"), time.Time{})
	if s.Events[0].Kind != trust.Restored {
		t.Error("the caller's events were put in another order")
	}
}

func TestExcuseByRule(t *testing.T) {
	dated := []trust.Effect{
		{Of: trust.Accreditation, Event: trust.Withdrawn, StandDays: 10, Source: "first"},
		{Of: trust.Accreditation, Event: trust.Withdrawn, StandDays: 30, From: day("2022-01-01"), Source: "second"},
		{Of: trust.Accreditation, Event: trust.Withdrawn, From: day("2023-01-01"), Until: day("2023-02-01"), Source: "third"},
	}
	withdrawn := func(on string) trust.Statement { return acc("a", happened(trust.Withdrawn, on)) }
	for _, c := range []struct {
		name    string
		effects []trust.Effect
		s       trust.Statement
		now     string
		source  string // empty: not excused
	}{
		{"in force needs no excuse", nil, acc("a"), "2024-01-01", ""},
		{"expired is no event", nil, acc("a", until("2023-12-31")), "2024-01-01", ""},
		{"suspended", nil, acc("a", happened(trust.Suspended, "2021-01-01")), "2029-01-01", "bonafide default"},
		{"withdrawn, 90th day", nil, withdrawn("2024-01-01"), "2024-03-30", "bonafide default"},
		{"withdrawn, 90 days over", nil, withdrawn("2024-01-01"), "2024-03-31", ""},
		{"reduced", nil, acc("a", happened(trust.Reduced, "2024-01-01", forPersons("s2"))), "2024-02-01", "bonafide default"},
		{"reduced long ago", nil, acc("a", happened(trust.Reduced, "2023-01-01", forPersons("s2"))), "2024-02-01", ""},
		{"extended takes nothing away", nil, acc("a", happened(trust.Extended, "2024-01-01", forPersons("s2"))), "2024-01-02", ""},
		{"superseded", nil, acc("a", happened(trust.Superseded, "2024-01-01")), "2024-01-02", ""},
		{"recognition suspended", nil, rec("r", "ga", "ab", happened(trust.Suspended, "2024-01-01")), "2024-01-02", "bonafide default"},
		{"recognition withdrawn", nil, rec("r", "ga", "ab", happened(trust.Withdrawn, "2024-01-01")), "2024-01-01", ""},
		{"no rules at all", []trust.Effect{}, acc("a", happened(trust.Suspended, "2024-01-01")), "2024-01-02", ""},
		{"rule of the day of the event", dated, withdrawn("2021-12-25"), "2022-01-02", "first"},
		{"later rule from its first instant", dated, withdrawn("2022-01-01"), "2022-01-20", "second"},
		{"most specific rule alone, though stricter", dated, withdrawn("2023-01-15"), "2023-01-15", ""},
		{"rule's end is exclusive", dated, withdrawn("2023-02-01"), "2023-02-20", "second"},
		{"withdrawn when it had ended anyway", nil, acc("a", until("2023-12-31"), happened(trust.Withdrawn, "2024-01-01")), "2024-01-02", ""},
	} {
		now := day(c.now)
		e, ok := trust.Policy{Effects: c.effects}.Excuse(trust.At(c.s, now, time.Time{}), now)
		if ok != (c.source != "") || e.Source != c.source {
			t.Errorf("%s: %v by %q", c.name, ok, e.Source)
		}
	}
}
