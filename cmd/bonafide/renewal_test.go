package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// traveller is a house whose clock goes where the test says.
type traveller struct {
	*house
	at atomic.Int64
}

func (v *traveller) now() time.Time { return time.Unix(v.at.Load(), 0).UTC() }

// goTo a day, early in the morning.
func (v *traveller) goTo(day string) {
	t, err := time.Parse(time.DateOnly, day)
	require.NoError(v.t, err)
	v.at.Store(t.Add(6 * time.Hour).Unix())
}

func eachTraveller(t *testing.T, day string, run func(t *testing.T, v *traveller)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			v := &traveller{house: &house{t: t, pages: map[verify.Verdict]string{}}}
			v.goTo(day)
			c := config{PublicURL: "http://localhost:8080", Database: storetest.DSN(t, engine), KEK: base64.StdEncoding.EncodeToString(make([]byte, 32)), Seed: "demo"}
			var err error
			v.app, err = openAppAt(t.Context(), c, store.Options{}, v.now)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, v.app.close()) })
			require.NoError(t, seed(&environment{ctx: t.Context(), out: &bytes.Buffer{}, errOut: io.Discard}, v.app, c))
			server := httptest.NewServer(v.app.handler(c, slog.New(slog.DiscardHandler)))
			t.Cleanup(server.Close)
			v.url = server.URL
			run(t, v)
		})
	}
}

// must is a call that succeeds as it should.
func (h *house) must(status int, method, path, token, body string, header ...string) map[string]any {
	h.t.Helper()
	a := h.do(method, path, token, body, header...)
	require.Equal(h.t, status, a.status, "%s %s: %s", method, path, a.raw)
	return a.json
}

// scheme registers a scheme of the demo certifier with a rule.
func (h *house) scheme(id, rule string) {
	operator := h.token(access.Client{Operator: true})
	h.must(201, "POST", "/v1/schemes", operator, fmt.Sprintf(`{"id":%q,"owner":"demo-certification","name":"Scheme %s","kind":"certification_of_persons","recertification":%s}`, id, id, rule))
}

func issueOf(scheme, name, decided string) string {
	return fmt.Sprintf(`{"scheme":%q,"holder":{"name":%q,"email":"x@example.org"},"decided_at":%q,"accreditation_claim":true,"publication":"public","examiner":"EX-7","centre":"Geneva"}`, scheme, name, decided)
}

func unitsOf(category string, units float64, day string) string {
	return fmt.Sprintf(`{"category":%q,"units":%g,"earned_on":%q,"description":"course"}`, category, units, day)
}

// TestThreeCycles travels through three cycles of a year: renewed early, late
// in the grace, reinstated after it.
func TestThreeCycles(t *testing.T) {
	eachTraveller(t, "2027-01-10", func(t *testing.T, v *traveller) {
		v.scheme("yearly", `{"cycle_months":12,"units":10,"unit":"CEU","opens_days_before":90,"step":0.5,"categories":[{"name":"live","min":4},{"name":"reading","max":6}],
			"grace_months":2,"grace_status":"suspended","late":"exam","carry_over":{"last_months":3,"max":2}}`)
		certifier := func() string { return v.certifier() } // tokens are short-lived
		first := v.must(201, "POST", "/v1/certificates", certifier(), issueOf("yearly", "Ada", "2027-01-10T05:00:00Z"))["id"].(string)
		path := "/v1/certificates/" + first
		require.Equal(t, "2028-01-10T05:00:00Z", v.must(200, "GET", path, "", "")["certificate"].(map[string]any)["valid_until"], "the rule's cycle is the length")

		// Cycle 1: nothing yet, then some, then enough.
		require.Equal(t, map[string]any{"state": "on_track", "status": "in_force"}, v.must(200, "GET", path+"/recertification", "", ""), "a stranger learns no more than state and status")
		full := v.must(200, "GET", path+"/recertification", certifier(), "")
		require.InDelta(t, 10, full["required"], 0)
		require.Equal(t, []any{map[string]any{"units": 10.0}, map[string]any{"category": "live", "units": 4.0}}, full["missing"])
		v.goTo("2027-10-20")
		incomplete := v.do("POST", path+"/renewals", certifier(), `{}`)
		require.Equal(t, 422, incomplete.status)
		require.Equal(t, "RECERTIFICATION_INCOMPLETE", incomplete.code())
		require.Equal(t, []any{map[string]any{"units": 10.0}, map[string]any{"category": "live", "units": 4.0}}, incomplete.json["missing"])
		require.Equal(t, "due", v.must(200, "GET", path+"/recertification", "", "")["state"])
		v.must(201, "POST", path+"/cpd", certifier(), unitsOf("reading", 9, "2027-05-01"))
		v.must(201, "POST", path+"/cpd", certifier(), unitsOf("live", 3.5, "2027-06-01"))
		require.Equal(t, []any{map[string]any{"units": 0.5}, map[string]any{"category": "live", "units": 0.5}}, v.must(200, "GET", path+"/recertification", certifier(), "")["missing"])
		v.must(201, "POST", path+"/cpd", certifier(), unitsOf("live", 3.5, "2027-10-19"))
		outlook := v.must(200, "GET", path+"/recertification", certifier(), "")["renewal"].(map[string]any)
		require.Equal(t, map[string]any{"possible": true, "kind": "renewed", "valid_until": "2029-01-10T05:00:00Z"}, outlook)
		two := v.must(201, "POST", path+"/renewals", certifier(), `{"examiner":"EX-8"}`, "Idempotency-Key", "renew-1")
		second := two["id"].(string)
		require.NotEqual(t, first, second)
		require.Equal(t, []any{"2029-01-10T05:00:00Z", "2027-01-10T05:00:00Z", 2.0, first, "renewed", nil, "EX-8"},
			[]any{two["valid_until"], two["original_decided_at"], two["cycle"], two["previous"], two["succession"], two["gap"], two["examiner"]}, "early, and no time lost")
		require.Equal(t, second, v.must(201, "POST", path+"/renewals", certifier(), `{"examiner":"EX-8"}`, "Idempotency-Key", "renew-1")["id"], "the same key, the same certificate")
		again := v.do("POST", path+"/renewals", certifier(), `{}`)
		require.Equal(t, 409, again.status)
		require.Equal(t, second, again.json["successor"])
		require.Equal(t, 409, v.do("POST", path+"/cpd", certifier(), unitsOf("live", 1, "2027-10-19")).status, "the first cycle is closed")
		old := v.must(200, "GET", path, "", "")
		require.Equal(t, "superseded", old["currency"])
		require.Equal(t, second, old["certificate"].(map[string]any)["successor"])
		report := v.must(200, "GET", "/v1/certificates/"+second, "", "")
		require.Equal(t, "bona_fide", report["verdict"])
		require.Equal(t, first, report["certificate"].(map[string]any)["previous"])

		// Cycle 2: a unit carried over; renewed late, in the grace.
		path = "/v1/certificates/" + second
		full = v.must(200, "GET", path+"/recertification", certifier(), "")
		require.InDelta(t, 2, full["carried_over"], 0, "13 counted, 10 needed, 3.5 in the last months, 2 at most")
		require.InDelta(t, 2, full["earned"], 0)
		require.Equal(t, "2028-01-10T05:00:00Z", full["cycle"].(map[string]any)["from"])
		v.goTo("2029-02-01")
		require.Equal(t, "overdue", v.must(200, "GET", path+"/recertification", "", "")["state"])
		require.Equal(t, "expired", v.must(200, "GET", path, "", "")["currency"])
		v.must(201, "POST", path+"/cpd", certifier(), unitsOf("live", 8, "2028-03-01"))
		three := v.must(201, "POST", path+"/renewals", certifier(), `{}`)
		third := three["id"].(string)
		require.Equal(t, []any{"late", "2030-01-10T05:00:00Z", 3.0, map[string]any{"from": "2029-01-10T05:00:00Z", "until": "2029-02-01T06:00:00Z"}},
			[]any{three["succession"], three["valid_until"], three["cycle"], three["gap"]}, "the time is not given twice")

		// Cycle 3: after the grace, by the way back that the rule asks for.
		path = "/v1/certificates/" + third
		v.goTo("2030-06-01")
		v.must(201, "POST", path+"/cpd", certifier(), unitsOf("live", 10, "2030-05-01"))
		require.Equal(t, "LATE_PATH_NEEDED", v.do("POST", path+"/renewals", certifier(), `{}`).code())
		four := v.must(201, "POST", path+"/renewals", certifier(), `{"late_path":"exam"}`)
		require.Equal(t, []any{"reinstated", "2031-06-01T06:00:00Z", "2027-01-10T05:00:00Z", 4.0}, []any{four["succession"], four["valid_until"], four["original_decided_at"], four["cycle"]})
		fourth := four["id"].(string)
		report = v.must(200, "GET", "/v1/certificates/"+fourth, "", "")
		require.Equal(t, "bona_fide", report["verdict"])
		require.Equal(t, map[string]any{"from": "2030-01-10T05:00:00Z", "until": "2030-06-01T06:00:00Z"}, report["certificate"].(map[string]any)["gap"])
		require.Equal(t, "2027-01-10T05:00:00Z", report["certificate"].(map[string]any)["original_decided_at"])
		page := string(v.do("GET", "/c/"+fourth, "", "", "Accept", "text/html").raw)
		for _, shown := range []string{"10 January 2027", "Reinstated", third, "1 June 2030"} {
			require.Contains(t, page, shown)
		}
		require.NotContains(t, page, "course", "the ledger is not shown")
		for n, currency := range map[string]string{first: "superseded", second: "superseded", third: "superseded", fourth: "in_force"} {
			require.Equal(t, currency, v.must(200, "GET", "/v1/certificates/"+n, "", "")["currency"])
		}
		require.Equal(t, "expired", v.must(200, "GET", "/v1/certificates/"+third+"?at=2030-03-01", "", "")["currency"], "the gap stays visible")

		// The bundle tells the same, offline.
		data := v.do("GET", "/v1/certificates/"+fourth+"/bundle", "", "").raw
		anchors, registrars := v.app.anchors.Trust()
		r := evaluate(t, data, verify.Policy{Anchors: anchors, Registrars: registrars, Now: v.now(), PublicURL: "http://localhost:8080"})
		require.Equal(t, verify.BonaFide, r.Verdict, r.Summary)
		require.Equal(t, []any{third, "reinstated", 4}, []any{r.Certificate.Previous, r.Certificate.Succession, r.Certificate.Cycle})
	})
}

func TestLedgerIsTheBodysOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.scheme("own", `{"cycle_months":12,"units":10,"unit":"CEU","opens_days_before":90,"step":0.25,"categories":[{"name":"live"},{"name":"essay","min":1,"apart":true}],"audit_percent":100,"proof_months":12,"waivable_units":4}`)
		token := h.certifier()
		decided := time.Now().UTC().AddDate(0, -11, 0)
		n := h.must(201, "POST", "/v1/certificates", token, issueOf("own", "Ada", decided.Format(time.RFC3339)))["id"].(string)
		path := "/v1/certificates/" + n
		day := decided.AddDate(0, 1, 0).Format(time.DateOnly)
		for name, x := range map[string]struct{ body, pointer string }{
			"step":              {unitsOf("live", 1.1, day), "/units"},
			"negative":          {unitsOf("live", -1, day), "/units"},
			"half an essay":     {unitsOf("essay", 0.5, day), "/units"},
			"category":          {unitsOf("dead", 1, day), "/category"},
			"no category":       {unitsOf("", 1, day), "/category"},
			"future":            {unitsOf("live", 1, time.Now().AddDate(0, 0, 3).Format(time.DateOnly)), "/earned_on"},
			"no day":            {unitsOf("live", 1, "yesterday"), "/earned_on"},
			"no description":    {strings.Replace(unitsOf("live", 1, day), "course", " ", 1), "/description"},
			"http":              {strings.Replace(unitsOf("live", 1, day), `"course"`, `"course","evidence_url":"http://a.example"`, 1), "/evidence_url"},
			"nobody's waiver":   {strings.Replace(unitsOf("live", 1, day), `"course"`, `"course","kind":"waiver"`, 1), "/reviewer"},
			"status":            {strings.Replace(unitsOf("live", 1, day), `"course"`, `"course","status":"maybe"`, 1), "/status"},
			"takes back naught": {`{"corrects":"x","description":"typed twice"}`, "/corrects"},
			"takes back a part": {`{"corrects":"x","description":"typed twice","units":1}`, "/corrects"},
		} {
			a := h.do("POST", path+"/cpd", token, x.body)
			require.Equal(t, 422, a.status, "%s: %s", name, a.raw)
			require.Equal(t, x.pointer, a.json["errors"].([]any)[0].(map[string]any)["pointer"], name)
		}
		entry := h.must(201, "POST", path+"/cpd", token, unitsOf("live", 6.25, day), "Idempotency-Key", "cpd-1")
		require.Equal(t, entry["id"], h.must(201, "POST", path+"/cpd", token, unitsOf("live", 6.25, day), "Idempotency-Key", "cpd-1")["id"])
		require.Equal(t, 422, h.do("POST", path+"/cpd", token, unitsOf("live", 6.5, day), "Idempotency-Key", "cpd-1").status)
		wrong := h.must(201, "POST", path+"/cpd", token, unitsOf("live", 8, day))
		back := fmt.Sprintf(`{"corrects":%q,"description":"typed twice"}`, wrong["id"])
		require.InDelta(t, -8, h.must(201, "POST", path+"/cpd", token, back)["units"], 0)
		require.Equal(t, 409, h.do("POST", path+"/cpd", token, back).status, "once")
		h.must(201, "POST", path+"/cpd", token, unitsOf("essay", 1, day))
		h.must(201, "POST", path+"/cpd", token, strings.Replace(unitsOf("", 9, day), `"course"`, `"illness","kind":"waiver","reviewer":"Board"`, 1))
		h.must(201, "POST", path+"/cpd", token, strings.Replace(unitsOf("live", 3, day), `"course"`, `"seminar","status":"submitted"`, 1))
		h.must(201, "POST", path+"/cpd", token, unitsOf("live", 50, decided.AddDate(0, 0, -2).Format(time.DateOnly)))
		full := h.must(200, "GET", path+"/recertification", token, "")
		require.Equal(t, []any{"due", 6.0, 6.25, 3.0, 4.0, []any{}}, []any{full["state"], full["required"], full["earned"], full["pending"], full["waived"], full["missing"]})
		ledger := h.must(200, "GET", path+"/cpd", token, "")
		require.Len(t, ledger["data"], 7, "what was taken back stays")
		audit := ledger["audit"].(map[string]any)
		require.Equal(t, true, audit["selected"])
		require.Contains(t, audit["why"], entry["id"])

		other := h.token(access.Client{Body: "demo-lapsed", Scopes: access.Scopes()})
		require.Equal(t, 401, h.do("GET", path+"/cpd", "", "").status)
		for _, call := range [][3]string{{"GET", "/cpd"}, {"POST", "/cpd", unitsOf("live", 1, day)}, {"POST", "/renewals", `{}`}, {"POST", "/events", `{"event":"name_corrected","name":"Eve"}`}} {
			require.Equal(t, 404, h.do(call[0], path+call[1], other, call[2]).status, call)
			require.Equal(t, 401, h.do(call[0], path+call[1], "", call[2]).status, call)
		}
		require.Equal(t, map[string]any{"state": "due", "status": "in_force"}, h.must(200, "GET", path+"/recertification", other, ""), "another body is a stranger")
		require.Equal(t, 401, h.do("GET", path+"/recertification", "x", "").status)
		reader := h.token(access.Client{Body: "demo-certification", Scopes: []string{"certificates:read"}})
		require.Equal(t, 403, h.do("POST", path+"/cpd", reader, unitsOf("live", 1, day)).status)
		require.Equal(t, 403, h.do("POST", path+"/renewals", reader, `{}`).status)
		report := string(h.do("GET", path, "", "").raw)
		for _, secret := range []string{"course", "illness", "seminar", "EX-7", "Geneva"} {
			require.NotContains(t, report, secret)
		}
		h.must(201, "POST", path+"/events", token, `{"event":"suspended"}`)
		h.must(201, "POST", path+"/cpd", token, unitsOf("live", 1, day))
		require.Equal(t, "STATUS_CONFLICT", h.do("POST", path+"/renewals", token, `{}`).code(), "restored first")
		h.must(201, "POST", path+"/events", token, `{"event":"restored"}`)
		operator := h.token(access.Client{Operator: true})
		require.Equal(t, n, h.must(201, "POST", path+"/renewals", operator, "")["previous"])
	})
}
