package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

const ndjson = "application/x-ndjson"

// line is one line of an answer.
type line struct {
	Index    int            `json:"index"`
	Status   string         `json:"status"`
	ID       string         `json:"id"`
	Replayed bool           `json:"replayed"`
	Problem  map[string]any `json:"problem"`
}

func (l line) code() string { s, _ := l.Problem["code"].(string); return s }

func (h *house) batch(token, query, list string, header ...string) []line {
	if len(header) == 0 {
		header = []string{"Content-Type", ndjson}
	}
	a := h.do("POST", "/v1/certificates/batch"+query, token, list, header...)
	require.Equal(h.t, 200, a.status, a.raw)
	return linesIn(h.t, a.raw)
}

func linesIn(t testing.TB, raw []byte) []line {
	var out []line
	for text := range bytes.Lines(raw) {
		var l line
		require.NoError(t, json.Unmarshal(text, &l), string(text))
		require.Equal(t, len(out), l.Index, "in order")
		out = append(out, l)
	}
	return out
}

// many is a list of so many lines, each for another holder.
func many(n int, mark string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(request(fmt.Sprintf("Ada %s %d", mark, i)) + "\n")
	}
	return b.String()
}

func TestBatch(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		list := request("Ada One") + "\n\n" + `{"scheme":"nothing"}` + "\n" + `not JSON` + "\n" + strings.Replace(request("Ada Two"), `{`, `{"external_id":"CRM-2",`, 1)
		got := h.batch(token, "", list)
		require.Len(t, got, 4)
		require.Equal(t, "in_force", got[0].Status)
		require.Equal(t, string(verify.BonaFide), h.do("GET", "/v1/certificates/"+got[0].ID, "", "").code())
		require.Equal(t, "INVALID_INPUT", got[1].code(), got[1].Problem)
		require.NotEmpty(t, got[1].Problem["errors"])
		require.Equal(t, "MALFORMED_JSON", got[2].code(), got[2].Problem)
		require.Empty(t, got[3].Problem)
		rec, err := h.app.db.Certificate(t.Context(), got[3].ID)
		require.NoError(t, err)
		require.Equal(t, "CRM-2", rec.Request.ExternalID)
		all := h.do("GET", "/v1/batches", token, "")
		first := all.json["data"].([]any)[0].(map[string]any)
		require.Equal(t, rec.Request.Batch, first["id"])
		require.Equal(t, []any{"finished", 4.0, 2.0, 2.0}, []any{first["state"], first["received"], first["issued"], first["failed"]})
		bulk := h.do("POST", "/v1/certificates/bulk-events", token, fmt.Sprintf(`{"select":{"batch":%q},"event":"suspended","reason":"a test","dry_run":true}`, first["id"]))
		require.EqualValues(t, 2, bulk.json["count"], bulk.raw)

		other := h.token(access.Client{Body: "demo-lapsed", Scopes: access.Scopes()})
		require.Equal(t, 404, h.do("GET", "/v1/batches/"+first["id"].(string), other, "").status)
		require.Equal(t, "SCHEME_OF_ANOTHER_BODY", h.batch(other, "", request("Ada Stolen"))[0].code())
		wrong := h.batch(token, "", strings.Replace(request("Ada Else"), `{`, `{"issuer":"demo-lapsed",`, 1))
		require.Equal(t, "WRONG_BODY", wrong[0].code())
		h.intact(t)
	})
}

// TestBatchIsResumed: a repeat under the key issues what is missing and nothing
// twice, whether the first call was cut, ended or still runs elsewhere; a line
// that differs is refused.
func TestBatchIsResumed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token, list := h.certifier(), many(60, "Resumed")
		key := []string{"Content-Type", ndjson, "Idempotency-Key", "exam"}
		half := h.batch(token, "", strings.Join(strings.SplitAfter(list, "\n")[:25], ""), key...)
		require.Len(t, half, 25)
		again := *h.app // another process on the same database
		server := &house{t: t, app: &again, url: h.url}
		var wait sync.WaitGroup
		runs := make([][]line, 3)
		for i := range runs {
			wait.Go(func() { runs[i] = server.batch(token, "", list, key...) })
		}
		wait.Wait()
		seen := map[string]bool{}
		for i := range 60 {
			require.Empty(t, runs[0][i].Problem)
			require.Equal(t, runs[0][i].ID, runs[1][i].ID)
			require.Equal(t, runs[0][i].ID, runs[2][i].ID)
			if i < 25 {
				require.Equal(t, half[i].ID, runs[0][i].ID)
				require.True(t, runs[0][i].Replayed)
			}
			seen[runs[0][i].ID] = true
		}
		require.Len(t, seen, 60)
		differs := h.batch(token, "", strings.Replace(list, "Ada Resumed 3\"", "Ada Other\"", 1), key...)
		require.Equal(t, "IDEMPOTENCY_KEY_REUSED", differs[3].code(), differs[3].Problem)
		require.Empty(t, differs[4].Problem)
		h.intact(t)
	})
}

// TestBatchAllOrNothing, and a trial that issues nothing.
func TestBatchAllOrNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		before := h.intact(t)
		bad := many(5, "Atomic") + `{"scheme":"nothing"}` + "\n"
		got := h.batch(token, "?atomic=true", bad)
		require.Len(t, got, 6)
		require.Equal(t, "BATCH_REFUSED", got[0].code())
		require.Equal(t, "INVALID_INPUT", got[5].code())
		require.Equal(t, before.Certificates, h.intact(t).Certificates)

		one := h.oneEach("deny") // a scheme of which a holder has one
		twice := fmt.Sprintf(`{"scheme":%q,"holder":{"name":"Ada Twice"},"decided_at":"2026-03-01T09:00:00Z"}`+"\n", one)
		got = h.batch(token, "?atomic=true", many(2, "Atomic")+twice+twice)
		require.NotEmpty(t, got[3].code())
		require.Equal(t, "BATCH_REFUSED", got[0].code())
		require.Empty(t, h.batch(token, "", twice)[0].Problem, "what was taken back stands in nobody's way")
		require.Equal(t, "DUPLICATE", h.batch(token, "?dry_run=true", twice)[0].code(), "a trial knows it too")

		got = h.batch(token, "?atomic=true", many(40, "Atomic"), "Content-Type", ndjson, "Idempotency-Key", "atomic")
		for _, l := range got {
			require.Empty(t, l.Problem)
		}
		same := h.batch(token, "?atomic=true", many(40, "Atomic"), "Content-Type", ndjson, "Idempotency-Key", "atomic")
		require.Equal(t, got[7].ID, same[7].ID)
		count := h.intact(t).Certificates
		require.Equal(t, before.Certificates+41, count)
		trial := h.batch(token, "?dry_run=true", bad)
		require.Equal(t, "valid", trial[0].Status)
		require.Equal(t, "INVALID_INPUT", trial[5].code())
		require.Equal(t, count, h.intact(t).Certificates)
	})
}

// TestBatchAsCSV in the forms that offices save, with columns of other names.
func TestBatchAsCSV(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		csv := []string{"Content-Type", "text/csv"}
		got := h.batch(token, "", "\uFEFFscheme,holder.name,holder.email,decided_at,accreditation_claim\ndemo-service-lead,\"Lovelace, Ada\",ada@example.org,2026-03-01T09:00:00Z,TRUE\ndemo-service-lead,Ada,,2026-03-01T09:00:00Z,perhaps\n", csv...)
		require.Len(t, got, 2)
		require.Empty(t, got[0].Problem)
		require.Equal(t, "INVALID_INPUT", got[1].code())
		query := "?" + url.Values{"mapping": {`{"Name":"holder.name","Datum":"decided_at"}`}, "defaults": {`{"scheme":"demo-service-lead","accreditation_claim":true}`}}.Encode()
		got = h.batch(token, query, "Name;Datum;Note\r\nŽofie Nováková;2026-03-01T09:00:00Z;x\r\n", csv...)
		require.Empty(t, got[0].Problem)
		rec, err := h.app.db.Certificate(t.Context(), got[0].ID)
		require.NoError(t, err)
		require.Equal(t, "Žofie Nováková", rec.Request.Holder.Name)
		require.True(t, rec.Request.Claim)
		for list, header := range map[string][]string{"name\nAda\n": csv, "": csv} {
			require.Equal(t, 422, h.do("POST", "/v1/certificates/batch", token, list, header...).status, list)
		}
		require.Equal(t, 422, h.do("POST", "/v1/certificates/batch?mapping=x", token, "a\nb\n", csv...).status)
		require.Equal(t, 422, h.do("POST", "/v1/certificates/batch?mapping={}", token, many(1, "x"), "Content-Type", ndjson).status)
	})
}

// TestBatchBadInput: lists that break off, never end, or blow up.
func TestBatchBadInput(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	token := h.certifier()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := io.WriteString(w, many(3, "Packed"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	whole := packed.String()
	zipped := []string{"Content-Type", ndjson, "Content-Encoding", "gzip"}
	require.Len(t, h.batch(token, "", whole, zipped...), 3)
	cut := h.batch(token, "", whole[:len(whole)-9], zipped...)
	require.Equal(t, "MALFORMED", cut[len(cut)-1].code())
	require.Equal(t, 400, h.do("POST", "/v1/certificates/batch", token, "no gzip", zipped...).status)
	require.Equal(t, 415, h.do("POST", "/v1/certificates/batch", token, "x", "Content-Type", "application/json").status)
	require.Equal(t, 415, h.do("POST", "/v1/certificates/batch", token, "x", "Content-Type", ndjson, "Content-Encoding", "br").status)
	long := h.batch(token, "", `{"scheme":"`+strings.Repeat("x", 2<<20)+"\"}\n"+request("Ada After"))
	require.Len(t, long, 2)
	require.NotEmpty(t, long[0].Problem)
	require.Empty(t, long[1].Problem, "a line too long spoils no other")
	endless := h.batch(token, "", "scheme,holder.name\ndemo-service-lead,\""+strings.Repeat("x", 4<<20), "Content-Type", "text/csv")
	require.Equal(t, "MALFORMED", endless[len(endless)-1].code())
	for _, bad := range []string{`{"scheme":"a","scheme":"b"}`, `{"unknown":1}`, `[]`, `null`, "\xff\xfe{\x00", `{"holder":{"name":"a"}} x`} {
		require.NotEmpty(t, h.batch(token, "", bad)[0].code(), bad)
	}
}

// TestBatchAnswersWhileItReads and keeps no more in memory than is in work.
func TestBatchAnswersWhileItReads(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	out, in := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), "POST", h.url+"/v1/certificates/batch?dry_run=true", out)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+h.certifier())
	r.Header.Set("Content-Type", ndjson)
	const total = 6000
	sent := make(chan struct{})
	go func() {
		defer in.Close()
		fmt.Fprintln(in, request("Ada First"))
		<-sent // the answer is there before the rest is sent
		for i := range total {
			fmt.Fprintln(in, request(fmt.Sprint("Ada ", i)))
		}
	}()
	a, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer a.Body.Close()
	answers := bufio.NewScanner(a.Body)
	require.True(t, answers.Scan())
	close(sent)
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	var early, late uint64
	count := 0
	for answers.Scan() {
		if count++; count == total/3 || count == total-1000 {
			runtime.GC()
			metrics.Read(live)
			early, late = late, live[0].Value.Uint64()
		}
	}
	require.Equal(t, total, count)
	require.Less(t, late, early+64<<20, "bytes in use do not grow with the list")
}

// TestBatchSurvivesACutConnection: who goes leaves what was issued, and the
// batch as interrupted.
func TestBatchSurvivesACutConnection(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.certifier()
		out, in := io.Pipe()
		r, err := http.NewRequestWithContext(t.Context(), "POST", h.url+"/v1/certificates/batch", out)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", ndjson)
		r.Header.Set("Idempotency-Key", "cut")
		list := strings.SplitAfter(many(30, "Cut"), "\n")
		go func() {
			for _, l := range list[:10] {
				io.WriteString(in, l)
			}
		}()
		a, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		answers := bufio.NewScanner(a.Body)
		for range 10 {
			require.True(t, answers.Scan())
		}
		where := a.Header.Get("Location")
		in.CloseWithError(io.ErrUnexpectedEOF)
		a.Body.Close()
		require.Eventually(t, func() bool { return h.do("GET", where, token, "").json["state"] == "interrupted" }, 5*time.Second, 20*time.Millisecond)
		got := h.batch(token, "", strings.Join(list, ""), "Content-Type", ndjson, "Idempotency-Key", "cut")
		require.Len(t, got, 30)
		require.True(t, got[9].Replayed)
		require.False(t, got[10].Replayed)
		require.Equal(t, "finished", h.do("GET", where, token, "").json["state"])
		h.intact(t)
	})
}
