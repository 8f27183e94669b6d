package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/issue"
)

// one issues a certificate of the demo certification body.
func (h *house) one(r issue.Request) string {
	h.t.Helper()
	r.Scheme = "demo-service-lead"
	if r.Publication == "" {
		r.Publication = issue.Public
	}
	rec, _, err := h.app.issuer.Issue(h.t.Context(), mine, r, "")
	require.NoError(h.t, err)
	return rec.Number
}

// rowOf finds the row of a table in which the member has the value.
func rowOf(t *testing.T, a map[string]any, table, member string, value any) map[string]any {
	t.Helper()
	rows, ok := a[table].([]any)
	require.True(t, ok, table)
	for _, r := range rows {
		if r.(map[string]any)[member] == value {
			return r.(map[string]any)
		}
	}
	require.Fail(t, "no such row", "%s: %s = %v in %v", table, member, value, rows)
	return nil
}

func TestStatusAndExpiringReports(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token, writer := h.reporter(mine), h.certifier()
		decided := time.Now().UTC().Add(-48 * time.Hour)
		issued := func(name string, days int) string {
			return h.one(issue.Request{Holder: issue.Holder{Name: name}, ExternalID: name, DecidedAt: decided, ValidUntil: time.Now().UTC().Add(time.Duration(days)*24*time.Hour - time.Hour), Examiner: "=EX"})
		}
		soon, later, stopped, gone := issued("=SUM(A1)", 20), issued("Later", 80), issued("Stopped", 20), issued("Gone", 20)
		renewed := issued("Renewed", 10)
		h.must(201, "POST", "/v1/certificates/"+stopped+"/events", writer, `{"event":"suspended","reason":"kept to ourselves"}`)
		h.must(201, "POST", "/v1/certificates/"+gone+"/events", writer, `{"event":"withdrawn"}`)
		h.must(201, "POST", "/v1/certificates/"+renewed+"/renewals", writer, `{}`)

		a := h.must(200, "GET", "/v1/reports/status", token, "")
		for n, status := range map[string]string{soon: "in_force", stopped: "suspended", gone: "withdrawn", renewed: "superseded"} {
			require.Equal(t, status, rowOf(t, a, "certificates", "number", n)["status"], n)
		}
		total := 0.0
		for _, g := range a["counts"].([]any) {
			total += g.(map[string]any)["certificates"].(float64)
		}
		require.Len(t, a["certificates"], int(total), "counts and list agree")
		require.NotContains(t, fmt.Sprint(a), "kept to ourselves")

		a = h.must(200, "GET", "/v1/reports/expiring?within=30", token, "")
		require.InDelta(t, 20, rowOf(t, a, "certificates", "number", soon)["days_left"], 0)
		require.Equal(t, "suspended", rowOf(t, a, "certificates", "number", stopped)["status"])
		for _, n := range []string{later, gone, renewed} {
			require.NotContains(t, fmt.Sprint(a["certificates"]), n)
		}
		a = h.must(200, "GET", "/v1/reports/expiring", token, "")
		rowOf(t, a, "certificates", "number", later)
		w := rowOf(t, a, "windows", "status", "suspended")
		require.InDelta(t, 1, w["in_30_days"], 0)
		require.InDelta(t, 1, w["in_365_days"], 0)
		require.Equal(t, 422, h.do("GET", "/v1/reports/expiring?within=0", token, "").status)

		// Formats: by name, by Accept; text is no formula.
		c := h.do("GET", "/v1/reports/status?format=csv", token, "")
		require.Equal(t, "text/csv; charset=utf-8; header=present", c.header.Get("Content-Type"))
		require.Contains(t, c.header.Get("Content-Disposition"), "attachment; filename=\"demo-certification-status-")
		require.Equal(t, "private, no-store", c.header.Get("Cache-Control"))
		lines, err := csv.NewReader(bytes.NewReader(c.raw)).ReadAll()
		require.NoError(t, err)
		require.Len(t, lines, int(total)+1)
		for _, l := range lines {
			for _, cell := range l {
				require.False(t, cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])), cell)
			}
		}
		require.Contains(t, string(c.raw), "'=SUM(A1)")
		require.Contains(t, string(h.do("GET", "/v1/reports/status?table=counts", token, "", "Accept", "text/csv").raw), "scheme,status,level,month,certificates\n")
		x := h.do("GET", "/v1/reports/status", token, "", "Accept", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
		require.Equal(t, "PK", string(x.raw[:2]))
		require.Equal(t, 422, h.do("GET", "/v1/reports/status?format=pdf", token, "").status)
		require.Equal(t, 422, h.do("GET", "/v1/reports/status?format=csv&table=none", token, "").status)

		// Another body sees none of it, whatever it asks for.
		other := h.reporter("demo-lapsed")
		for _, path := range []string{"status", "expiring", "cpd?all=true", "examiners", "centres"} {
			raw := string(h.do("GET", "/v1/reports/"+path, other, "").raw)
			for _, secret := range []string{soon, later, "=SUM", "Stopped", "=EX"} {
				require.NotContains(t, raw, secret, path)
			}
			if !strings.Contains(path, "?") {
				require.Equal(t, 403, h.do("GET", "/v1/reports/"+path+"?issuer="+mine, other, "").status)
				require.Equal(t, 403, h.do("GET", "/v1/reports/"+path, writer, "").status, "the scope is reports:read")
			}
		}
		require.Equal(t, mine, h.must(200, "GET", "/v1/reports/status?issuer="+mine, h.token(access.Client{Operator: true}), "")["body"])
	})
}

func TestCPDReport(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		writer := h.certifier()
		h.must(201, "POST", "/v1/schemes", writer, `{"id":"demo-cpd","owner":"demo-certification","name":"CPD","kind":"certification_of_persons","validity_months":36,
			"recertification":{"cycle_months":36,"units":30,"unit":"hour","opens_days_before":90,"categories":[{"name":"real time","min":10},{"name":"other"}]}}`)
		decided := time.Now().UTC().AddDate(0, -6, 0)
		numbers := map[string]string{}
		for _, name := range []string{"Some", "All", "None"} {
			rec, _, err := h.app.issuer.Issue(t.Context(), mine, issue.Request{Scheme: "demo-cpd", Holder: issue.Holder{Name: name}, DecidedAt: decided}, "")
			require.NoError(t, err)
			numbers[name] = rec.Number
		}
		on := time.Now().UTC().AddDate(0, 0, -3).Format(time.DateOnly)
		enter := func(name, category string, units float64) {
			h.must(201, "POST", "/v1/certificates/"+numbers[name]+"/cpd", writer, unitsOf(category, units, on))
		}
		enter("Some", "real time", 4)
		enter("Some", "other", 8)
		enter("All", "real time", 30)
		a := h.must(200, "GET", "/v1/reports/cpd", h.reporter(mine), "")
		some := rowOf(t, a, "certificates", "number", numbers["Some"])
		require.Equal(t, []any{map[string]any{"units": 18.0}, map[string]any{"category": "real time", "units": 6.0}}, some["missing"])
		require.Equal(t, []any{30.0, 12.0, "on_track", "hour"}, []any{some["required"], some["earned"], some["state"], some["unit"]})
		one := h.must(200, "GET", "/v1/certificates/"+numbers["Some"]+"/recertification", writer, "")
		require.Equal(t, one["missing"], some["missing"], "the report and the certificate tell the same")
		rowOf(t, a, "certificates", "number", numbers["None"])
		require.NotContains(t, fmt.Sprint(a["certificates"]), numbers["All"])
		rowOf(t, h.must(200, "GET", "/v1/reports/cpd?all=true", h.reporter(mine), ""), "certificates", "number", numbers["All"])
		require.Contains(t, string(h.do("GET", "/v1/reports/cpd?format=csv", h.reporter(mine), "").raw), "18; real time: 6")
	})
}

// TestPassRates: one examiner of three passes nearly everyone, on one day.
func TestPassRates(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token, writer := h.reporter(mine), h.certifier()
		start := time.Now().UTC().AddDate(0, 0, -60).Truncate(time.Hour)
		n := 0
		pass := func(examiner string, day, count int) {
			for range count {
				n++
				at := start.AddDate(0, 0, day)
				h.one(issue.Request{Holder: issue.Holder{Name: fmt.Sprint("Holder ", n)}, DecidedAt: at, ValidUntil: at.AddDate(2, 0, 0), Examiner: examiner, Centre: "C-" + examiner})
			}
		}
		for day := range 10 {
			pass("fair", day, 1)
			pass("generous", day, 1)
		}
		pass("generous", 11, 15)
		pass("rare", 3, 2)
		a := h.must(200, "GET", "/v1/reports/examiners", token, "")
		require.Equal(t, []any{"only_passes_known", nil}, []any{rowOf(t, a, "examiners", "examiner", "fair")["pass_rate_is"], rowOf(t, a, "examiners", "examiner", "fair")["pass_rate"]})

		fail := func(status int, examiner string, more ...string) map[string]any {
			return h.must(status, "POST", "/v1/assessments", writer, fmt.Sprintf(`{"scheme":"demo-service-lead","outcome":"fail","decided_at":%q,"examiner":%q,"centre":%q}`,
				start.AddDate(0, 0, 5).Format(time.RFC3339), examiner, "C-"+examiner), more...)
		}
		first := fail(201, "fair", "Idempotency-Key", "f")
		require.Equal(t, first["id"], fail(201, "fair", "Idempotency-Key", "f")["id"], "once")
		for range 14 {
			fail(201, "fair")
		}
		a = h.must(200, "GET", "/v1/reports/examiners", token, "")
		g, f := rowOf(t, a, "examiners", "examiner", "generous"), rowOf(t, a, "examiners", "examiner", "fair")
		require.Equal(t, []any{25.0, 0.0, 1.0, "unusually_high", 15.0, "unusually_high"}, []any{g["passed"], g["failed"], g["pass_rate"], g["pass_rate_is"], g["busiest_day"], g["busiest_day_is"]})
		require.Equal(t, []any{10.0, 15.0, 0.4, "unusually_low", "usual"}, []any{f["passed"], f["failed"], f["pass_rate"], f["pass_rate_is"], f["busiest_day_is"]})
		require.Equal(t, "too_few", rowOf(t, a, "examiners", "examiner", "rare")["pass_rate_is"])
		require.Equal(t, "unusually_high", rowOf(t, h.must(200, "GET", "/v1/reports/centres", token, ""), "centres", "centre", "C-generous")["pass_rate_is"])
		day := start.AddDate(0, 0, 3).Format(time.DateOnly)
		of := rowOf(t, h.must(200, "GET", "/v1/reports/examiners?from="+day+"&to="+day, token, ""), "examiners", "examiner", "fair")
		require.Equal(t, []any{1.0, day, day}, []any{of["assessed"], of["first"], of["last"]})

		for name, body := range map[string]string{
			"passed": `{"scheme":"demo-service-lead","outcome":"pass","decided_at":"2026-01-01T09:00:00Z"}`, "no day": `{"scheme":"demo-service-lead","outcome":"fail"}`,
			"future": `{"scheme":"demo-service-lead","outcome":"fail","decided_at":"2999-01-01T09:00:00Z"}`, "no scheme": `{"scheme":"none","outcome":"fail","decided_at":"2026-01-01T09:00:00Z"}`,
		} {
			require.Equal(t, 422, h.do("POST", "/v1/assessments", writer, body).status, name)
		}
		other := h.token(access.Client{Body: "demo-lapsed", Scopes: access.Scopes()})
		require.Equal(t, 403, h.do("POST", "/v1/assessments", other, `{"scheme":"demo-service-lead","outcome":"fail","decided_at":"2026-01-01T09:00:00Z"}`).status)
	})
}
