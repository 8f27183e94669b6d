package issue_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// TestRequestsKeepTheirFingerprint: what is hashed under an idempotency key
// must stay as it was first written, or a repeat after an upgrade would be
// taken for another request.
func TestRequestsKeepTheirFingerprint(t *testing.T) {
	data, err := json.Marshal(issue.Request{Scheme: "s", Holder: issue.Holder{Name: "Ada"}, DecidedAt: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	require.JSONEq(t, `{"Scheme":"s","ExternalID":"","Holder":{"Name":"Ada","Email":"","Kind":""},"DecidedAt":"2026-03-01T09:00:00Z","ValidFrom":"0001-01-01T00:00:00Z",
		"ValidUntil":"0001-01-01T00:00:00Z","Level":"","Evidence":null,"Examiner":"","Claim":false,"Publication":""}`, string(data))
}

func TestPlace(t *testing.T) {
	decided := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	first := issue.Record{Number: "A", Request: issue.Request{DecidedAt: decided, ValidFrom: decided.Add(time.Hour)}}
	require.Equal(t, issue.Lineage{First: "A", Cycle: 1, Granted: decided, From: decided.Add(time.Hour), Earns: decided}, first.Place())
	third := issue.Record{Number: "C", Request: issue.Request{DecidedAt: decided, Lineage: issue.Lineage{First: "A", Previous: "B", Kind: "late", Cycle: 3, Granted: decided.AddDate(-4, 0, 0), From: decided.AddDate(0, -1, 0), Earns: decided}}}
	require.Equal(t, third.Request.Lineage, third.Place())
	require.Equal(t, "A", third.Root())
}

func TestMayFollow(t *testing.T) {
	decided := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	event := func(kind trust.EventKind, days int, successor string) trust.Event {
		return trust.Event{Kind: kind, EffectiveAt: decided.AddDate(0, 0, days), LearntAt: decided.AddDate(0, 0, days), Successor: successor}
	}
	for name, c := range map[string]struct {
		events []trust.Event
		want   string
	}{
		"nothing happened":   {nil, ""},
		"restored":           {[]trust.Event{event(trust.Suspended, 1, ""), event(trust.Restored, 2, "")}, ""},
		"suspended":          {[]trust.Event{event(trust.Suspended, 1, "")}, "restore it first"},
		"in the future":      {[]trust.Event{event(trust.Suspended, 10_000, "")}, "restore it first"},
		"withdrawn":          {[]trust.Event{event(trust.Withdrawn, 1, "")}, "which is final"},
		"superseded":         {[]trust.Event{event(trust.Superseded, 1, "B")}, "go on with its successor"},
		"superseded by what": {[]trust.Event{event(trust.Superseded, 1, "")}, "which is final"},
	} {
		err := issue.MayFollow(issue.Record{Request: issue.Request{DecidedAt: decided, ValidFrom: decided, ValidUntil: decided.AddDate(0, 1, 0)}, Events: c.events})
		if c.want == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, c.want, name)
	}
}
