package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/renewal"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func TestNameCorrected(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.scheme("naming", `{"cycle_months":12,"units":2,"unit":"CEU","opens_days_before":90}`)
		token := h.certifier()
		decided := time.Now().UTC().AddDate(0, -11, 0).Truncate(time.Second)
		was := h.must(201, "POST", "/v1/certificates", token, issueOf("naming", "Erika Alt", decided.Format(time.RFC3339)))
		old := was["id"].(string)
		h.must(201, "POST", "/v1/certificates/"+old+"/cpd", token, unitsOf("", 2, decided.AddDate(0, 1, 0).Format(time.DateOnly)))
		for body, status := range map[string]int{`{"event":"name_corrected"}`: 422, `{"event":"name_corrected","name":" Erika  Alt "}`: 422, `{"event":"name_corrected","name":"Erika\u202e"}`: 422,
			`{"event":"name_corrected","name":"E","effective_at":"2026-01-01T00:00:00Z"}`: 422, `{"event":"name_corrected","name":"E","old_name":"gone"}`: 422, `{"event":"suspended","name":"E"}`: 422} {
			require.Equal(t, status, h.do("POST", "/v1/certificates/"+old+"/events", token, body).status, body)
		}
		now := h.must(201, "POST", "/v1/certificates/"+old+"/events", token, `{"event":"name_corrected","name":"Erika Neu","reason":"marriage","public_reason":"corrected"}`, "Idempotency-Key", "name-1")
		n := now["id"].(string)
		require.NotEqual(t, old, n, "a new signed record")
		require.Equal(t, n, h.must(201, "POST", "/v1/certificates/"+old+"/events", token, `{"event":"name_corrected","name":"Erika Neu","reason":"marriage","public_reason":"corrected"}`, "Idempotency-Key", "name-1")["id"])
		require.Equal(t, []any{was["decided_at"], was["valid_until"], 1.0, old, "corrected"}, []any{now["decided_at"], now["valid_until"], now["cycle"], now["previous"], now["succession"]})
		report := h.must(200, "GET", "/v1/certificates/"+n, "", "")
		require.Equal(t, "bona_fide", report["verdict"])
		require.Equal(t, "Erika Neu", report["certificate"].(map[string]any)["holder"].(map[string]any)["name"])

		// The former name is nowhere, at whatever instant one asks.
		for _, q := range []string{"", "?at=" + decided.AddDate(0, 2, 0).Format(time.DateOnly), "?known_at=" + time.Now().UTC().Add(time.Minute).Format(time.RFC3339)} {
			raw := h.do("GET", "/v1/certificates/"+old+q, "", "")
			require.Equal(t, 200, raw.status)
			require.NotContains(t, string(raw.raw), "Erika", q)
		}
		require.NotContains(t, string(h.do("GET", "/c/"+old, "", "", "Accept", "text/html").raw), "Erika")
		require.Equal(t, map[string]any{"page": "http://localhost:8080/c/" + old}, h.must(200, "GET", "/v1/certificates/"+old, "", "")["links"])
		_, err := h.app.forms.Certificate(t.Context(), old)
		require.ErrorContains(t, err, "NAME_CORRECTED", "in no form")
		for _, suffix := range []string{"/credential", "/bundle"} {
			a := h.do("GET", "/v1/certificates/"+old+suffix, "", "")
			require.Equal(t, []any{404, "NAME_CORRECTED", n}, []any{a.status, a.code(), a.json["successor"]})
		}
		history := h.must(200, "GET", "/v1/certificates/"+old, "", "")["history"].([]any)
		require.Len(t, history, 2)
		require.Equal(t, []any{"name_corrected", "superseded", n, "corrected"},
			[]any{history[0].(map[string]any)["event"], history[1].(map[string]any)["event"], history[1].(map[string]any)["successor"], history[0].(map[string]any)["reason"]})
		require.NotContains(t, string(h.do("GET", "/v1/certificates/"+old, "", "").raw), "marriage")

		// The cycle goes on: what was earned counts, and renewing ends it.
		require.InDelta(t, 2, h.must(200, "GET", "/v1/certificates/"+n+"/recertification", token, "")["earned"], 0)
		renewed := h.must(201, "POST", "/v1/certificates/"+n+"/renewals", token, `{}`)
		require.Equal(t, []any{2.0, n, "Erika Neu"}, []any{renewed["cycle"], renewed["previous"], renewed["holder"].(map[string]any)["name"]})

		// By policy the former name may stay.
		open := h.must(201, "POST", "/v1/certificates", token, request("Otto Alt"))["id"].(string)
		h.must(201, "POST", "/v1/certificates/"+open+"/events", token, `{"event":"name_corrected","name":"Otto Neu","old_name":"shown"}`)
		require.Contains(t, string(h.do("GET", "/v1/certificates/"+open, "", "").raw), "Otto Alt")
		require.Equal(t, 200, h.do("GET", "/v1/certificates/"+open+"/credential", "", "").status)
		require.Equal(t, 409, h.do("POST", "/v1/certificates/"+open+"/events", token, `{"event":"name_corrected","name":"Otto Ganzneu"}`).status)

		// A name that is not published is not published by correcting it.
		secret := h.must(201, "POST", "/v1/certificates", token, strings.Replace(request("Ida Geheim"), `"public"`, `"match"`, 1))["id"].(string)
		corrected := h.must(201, "POST", "/v1/certificates/"+secret+"/events", token, `{"event":"name_corrected","name":"Ida Verborgen","old_name":"shown"}`)["id"].(string)
		for _, number := range []string{secret, corrected} {
			require.NotContains(t, string(h.do("GET", "/v1/certificates/"+number, "", "").raw), "Ida")
		}
		match := h.must(200, "GET", "/v1/certificates/"+corrected+"?name=Ida+Verborgen", "", "")["checks"].([]any)[7].(map[string]any)
		require.Equal(t, []any{"holder_match", "pass"}, []any{match["id"], match["outcome"]})

		// Whoever has the earlier number may ask for the right name, and learns
		// nothing of a former one that is hidden.
		for path, want := range map[string]string{
			secret + "?name=Ida+Verborgen": "pass", secret + "?name=Ida+Geheim": "pass", secret + "?name=Eve": "fail",
			old + "?name=Erika+Neu": "pass", old + "?name=Erika+Alt": "unknown", old + "?name=Eve": "unknown",
		} {
			require.Equal(t, want, h.must(200, "GET", "/v1/certificates/"+path, "", "")["checks"].([]any)[7].(map[string]any)["outcome"], path)
		}
	})
}

// TestOneSuccessor races renewals and a correction of one certificate.
func TestOneSuccessor(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		path := "/v1/certificates/" + h.must(201, "POST", "/v1/certificates", token, request("Ada"))["id"].(string)
		var wait sync.WaitGroup
		answers := make([]answer, 8)
		for i := range answers {
			wait.Add(1)
			go func() {
				defer wait.Done()
				if i == 0 {
					answers[i] = h.do("POST", path+"/events", token, `{"event":"name_corrected","name":"Eda"}`, "Idempotency-Key", "race-0")
					return
				}
				answers[i] = h.do("POST", path+"/renewals", token, `{}`, "Idempotency-Key", fmt.Sprint("race-", i))
			}()
		}
		wait.Wait()
		won := ""
		for _, a := range answers {
			if a.status == 201 {
				require.Empty(t, won, "one successor")
				won = a.json["id"].(string)
				continue
			}
			require.Equal(t, 409, a.status, "%s", a.raw)
		}
		report := h.must(200, "GET", path, "", "")
		require.Equal(t, won, report["certificate"].(map[string]any)["successor"])
		all, err := h.app.db.Certificates(t.Context(), "demo-certification", issue.Filter{Now: time.Now(), Limit: 200})
		require.NoError(t, err)
		followers := 0
		for _, r := range all {
			if strings.HasSuffix(path, r.Request.Lineage.Previous) && r.Request.Lineage.Previous != "" {
				followers++
			}
		}
		require.Equal(t, 1, followers)
	})
}

// TestRenewalSurvivesEveryCrash kills the process at every step of a renewal.
func TestRenewalSurvivesEveryCrash(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, c := range []crashing{{step: "record"}, {step: "record", after: true}, {step: "seal"}, {step: "seal", after: true}} {
			decided := time.Now().UTC().Add(-time.Hour)
			first, _, err := h.app.issuer.Issue(t.Context(), mine, issue.Request{Scheme: "demo-service-lead", Holder: issue.Holder{Name: "Ada"}, DecidedAt: decided, ValidUntil: decided.AddDate(1, 0, 0)}, "")
			require.NoError(t, err)
			issuer := *h.app.issuer
			issuer.Store = &crashing{Store: h.app.db, step: c.step, after: c.after}
			dying := *h.app.renewals
			dying.Issuer = &issuer
			_, _, err = dying.Renew(t.Context(), mine, first.Number, renewal.Request{}, "k")
			require.ErrorIs(t, err, errCrash)
			rec, _, err := h.app.renewals.Renew(t.Context(), mine, first.Number, renewal.Request{}, "k")
			require.NoError(t, err, c.step)
			again, replayed, err := h.app.renewals.Renew(t.Context(), mine, first.Number, renewal.Request{}, "k")
			require.NoError(t, err)
			require.True(t, replayed)
			require.Equal(t, rec.Token, again.Token)
			_, _, err = h.app.renewals.Renew(t.Context(), mine, first.Number, renewal.Request{Level: "leader"}, "k")
			require.ErrorIs(t, err, issue.ErrKeyReused)
			first, err = h.app.db.Certificate(t.Context(), first.Number)
			require.NoError(t, err)
			require.Len(t, first.Events, 1)
			require.Equal(t, []any{trust.Superseded, rec.Number}, []any{first.Events[0].Kind, first.Events[0].Successor})
		}
	})
}

// TestSuspendedMeanwhile: between judgement and seal a certificate may be
// suspended; then nothing follows it.
func TestSuspendedMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		decided := time.Now().UTC().Add(-time.Hour)
		first, _, err := h.app.issuer.Issue(t.Context(), mine, issue.Request{Scheme: "demo-service-lead", Holder: issue.Holder{Name: "Ada"}, DecidedAt: decided, ValidUntil: decided.AddDate(1, 0, 0)}, "")
		require.NoError(t, err)
		issuer := *h.app.issuer
		issuer.Store = &crashing{Store: h.app.db, step: "seal"}
		dying := *h.app.renewals
		dying.Issuer = &issuer
		_, _, err = dying.Renew(t.Context(), mine, first.Number, renewal.Request{}, "k")
		require.ErrorIs(t, err, errCrash)
		_, err = h.app.desk.Certificate(t.Context(), mine, first.Number, trust.Event{Kind: trust.Suspended}, "")
		require.NoError(t, err)
		_, _, err = h.app.renewals.Renew(t.Context(), mine, first.Number, renewal.Request{}, "k")
		require.ErrorContains(t, err, "STATUS_CONFLICT")
		_, err = h.app.desk.Certificate(t.Context(), mine, first.Number, trust.Event{Kind: trust.Restored}, "")
		require.NoError(t, err)
		rec, _, err := h.app.renewals.Renew(t.Context(), mine, first.Number, renewal.Request{}, "k")
		require.NoError(t, err, "what was begun is finished")
		require.Equal(t, issue.Sealed, rec.State)
	})
}
