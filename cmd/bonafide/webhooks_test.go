package main

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/internal/notify"
)

// received is one request at a receiver.
type received struct {
	id, timestamp, signature string
	body                     []byte
	kind                     string
	data                     map[string]any
}

// receiver is a real HTTPS server that messages are sent to.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	all    []received
	answer func(received, http.ResponseWriter) // nil: 204
}

// receive starts a receiver that the house may reach.
func (h *house) receive() *receiver {
	r := &receiver{}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		x := received{id: q.Header.Get("webhook-id"), timestamp: q.Header.Get("webhook-timestamp"), signature: q.Header.Get("webhook-signature"), body: body}
		var m struct {
			Type string         `json:"type"`
			Data map[string]any `json:"data"`
		}
		_ = json.Unmarshal(body, &m) // what cannot be read shows as such
		x.kind, x.data = m.Type, m.Data
		r.mu.Lock()
		r.all = append(r.all, x)
		answer := r.answer
		r.mu.Unlock()
		if answer != nil {
			answer(x, w)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	h.t.Cleanup(r.Close)
	_, err := h.app.log.Sequence(h.t.Context()) // what was before is in its place
	require.NoError(h.t, err)
	roots := x509.NewCertPool()
	roots.AddCert(r.Certificate())
	sender, err := fetch.NewSender(fetch.Options{Loopback: true, Roots: roots, Send: time.Second})
	require.NoError(h.t, err)
	h.app.notices.May, h.app.notices.Post = sender.May, sender.Post
	return r
}

func (r *receiver) answers(f func(received, http.ResponseWriter)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

func answering(code int) func(received, http.ResponseWriter) {
	return func(_ received, w http.ResponseWriter) { w.WriteHeader(code) }
}

// taken is what has come in since it was last asked.
func (r *receiver) taken() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.all
	r.all = nil
	return out
}

func (r *receiver) kinds() []string {
	var out []string
	for _, x := range r.taken() {
		out = append(out, x.kind)
	}
	return out
}

// rounds sequences the log and serves webhooks until there is nothing to do at
// the instant.
func (h *house) rounds() {
	_, err := h.app.log.Sequence(h.t.Context())
	require.NoError(h.t, err)
	for range 100 {
		require.NoError(h.t, h.app.notices.Round(h.t.Context()))
		ready, err := h.app.db.Ready(h.t.Context(), h.app.now(), 10)
		require.NoError(h.t, err)
		if len(ready) == 0 {
			return
		}
	}
	h.t.Fatal("webhooks are never done")
}

func (h *house) hookToken() string {
	return h.token(access.Client{Body: mine, Scopes: []string{"webhooks:write", "certificates:write", "certificates:read"}})
}

func (h *house) hook(token, url string, events ...string) map[string]any {
	data, err := json.Marshal(map[string]any{"url": url, "events": events})
	require.NoError(h.t, err)
	return h.must(201, "POST", "/v1/webhooks", token, string(data))
}

// replica is another process on the same database.
func (h *house) replica(server string) *notify.Office {
	o := h.app.notices
	return &notify.Office{Store: o.Store, Watches: o.Watches, Jobs: o.Jobs, Calendar: o.Calendar, Custodian: o.Custodian, Registrar: o.Registrar, Renewals: o.Renewals, Report: o.Report,
		Addresses: o.Addresses, May: o.May, Post: o.Post, Server: server, Now: o.Now, Rand: o.Rand, Jitter: o.Jitter}
}

// signed checks the v1 signature under the secret and the v1a under the key.
func signed(x received, secret, public string) (v1, v1a bool) {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	pub, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(public, "whpk_"))
	text := append([]byte(x.id+"."+x.timestamp+"."), x.body...)
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	for _, s := range strings.Fields(x.signature) {
		version, value, _ := strings.Cut(s, ",")
		raw, err := base64.StdEncoding.DecodeString(value)
		v1 = v1 || err == nil && version == "v1" && hmac.Equal(raw, mac.Sum(nil))
		v1a = v1a || err == nil && version == "v1a" && len(pub) == ed25519.PublicKeySize && ed25519.Verify(pub, text, raw)
	}
	return v1, v1a
}

func TestWebhookTellsWhatHappens(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r, token := h.receive(), h.hookToken()
		hook := h.hook(token, r.URL)
		id, secret := hook["id"].(string), hook["secret"].(string)
		require.True(t, strings.HasPrefix(secret, "whsec_"))
		require.NotContains(t, h.must(200, "GET", "/v1/webhooks/"+id, token, ""), "secret", "it is shown once")
		h.rounds()
		require.Empty(t, r.taken(), "what happened before is not told")

		a := h.must(201, "POST", "/v1/certificates", token, request("Ada Lovelace"))
		number := a["id"].(string)
		h.must(201, "POST", "/v1/certificates/"+number+"/events", token, `{"event":"suspended","reason":"a secret reason"}`)
		h.rounds()
		got := r.taken()
		require.Len(t, got, 2)
		require.Equal(t, []string{"certificate.issued", "certificate.suspended"}, []string{got[0].kind, got[1].kind})
		for _, x := range got {
			v1, v1a := signed(x, secret, hook["public_key"].(string))
			require.True(t, v1)
			require.True(t, v1a)
			require.Equal(t, number, x.data["certificate"])
			require.NotContains(t, string(x.body), "Lovelace")
			require.NotContains(t, string(x.body), "reason")
		}
		log := h.must(200, "GET", "/v1/webhooks/"+id+"/deliveries", token, "")["data"].([]any)
		require.Len(t, log, 2)
		require.Equal(t, "delivered", log[0].(map[string]any)["state"])

		h.rounds()
		require.Empty(t, r.taken(), "nothing is told twice")
		h.must(202, "POST", "/v1/webhooks/"+id+"/replay", token, `{"from":"2020-01-01T00:00:00Z"}`)
		h.rounds()
		again := r.taken()
		ids := map[string]bool{}
		for _, x := range again {
			ids[x.id] = true
		}
		require.True(t, ids[got[0].id] && ids[got[1].id], "a replay keeps the ids")
		require.Greater(t, len(again), 2, "and tells what was before the webhook")
		h.must(202, "POST", "/v1/webhooks/"+id+"/replay", token, `{"delivery":"`+got[1].id+`"}`)
		h.rounds()
		one := r.taken()
		require.Len(t, one, 1)
		require.Equal(t, got[1].id, one[0].id)
		require.Equal(t, string(got[1].body), string(one[0].body))

		other := h.token(access.Client{Body: "demo-lapsed", Scopes: access.Scopes()})
		for _, call := range []string{"GET /v1/webhooks/" + id, "DELETE /v1/webhooks/" + id, "GET /v1/webhooks/" + id + "/deliveries"} {
			method, path, _ := strings.Cut(call, " ")
			require.Equal(t, 404, h.do(method, path, other, "").status, call)
		}
	})
}

func TestWebhookSecretRotation(t *testing.T) {
	eachTraveller(t, "2027-06-01", func(t *testing.T, v *traveller) {
		r, token := v.receive(), v.hookToken()
		hook := v.hook(token, r.URL)
		id, first := hook["id"].(string), hook["secret"].(string)
		second := v.must(201, "POST", "/v1/webhooks/"+id+"/secret", token, `{"overlap_hours":48}`)["secret"].(string)
		require.NotEqual(t, first, second)
		send := func() received {
			v.must(202, "POST", "/v1/webhooks/"+id+"/test", v.hookToken(), "")
			v.rounds()
			got := r.taken()
			require.Len(t, got, 1)
			require.Equal(t, "webhook.test", got[0].kind)
			return got[0]
		}
		x := send()
		a, _ := signed(x, first, "")
		b, _ := signed(x, second, "")
		require.True(t, a && b, "both sign in the overlap")
		v.goTo("2027-06-04")
		x = send()
		a, _ = signed(x, first, "")
		b, _ = signed(x, second, "")
		require.True(t, !a && b, "then the new one alone")
		require.Equal(t, 422, v.do("POST", "/v1/webhooks/"+id+"/secret", v.hookToken(), `{"overlap_hours":169}`).status)
	})
}

// TestWebhookReceiverThatFails: every way of not taking a message is noted, and
// the message comes again under its id, byte for byte.
func TestWebhookReceiverThatFails(t *testing.T) {
	eachTraveller(t, "2027-06-01", func(t *testing.T, v *traveller) {
		r, token := v.receive(), v.hookToken()
		elsewhere := 0
		second := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
		t.Cleanup(second.Close)
		hang := make(chan struct{})
		t.Cleanup(func() { close(hang) })
		hook := v.hook(token, r.URL)
		id := hook["id"].(string)
		for name, c := range map[string]struct {
			answer  func(received, http.ResponseWriter)
			outcome string
			status  float64
		}{
			"500":       {answering(500), "status", 500},
			"hangs":     {func(_ received, _ http.ResponseWriter) { <-hang }, "timeout", 0},
			"redirects": {func(_ received, w http.ResponseWriter) { w.Header().Set("Location", second.URL); w.WriteHeader(307) }, "redirect", 307},
			"cuts":      {func(received, http.ResponseWriter) { panic(http.ErrAbortHandler) }, "unreachable", 0},
		} {
			r.answers(c.answer)
			v.must(202, "POST", "/v1/webhooks/"+id+"/test", v.hookToken(), "")
			v.rounds()
			got := r.taken()
			require.NotEmpty(t, got, name)
			last := v.must(200, "GET", "/v1/webhooks/"+id+"/deliveries?limit=1", v.hookToken(), "")["data"].([]any)[0].(map[string]any)
			require.Equal(t, c.outcome, last["last_outcome"], name)
			require.Equal(t, "pending", last["state"], name)
			if c.status > 0 {
				require.Equal(t, c.status, last["last_status"], name)
			}
			r.answers(nil)
			v.at.Add(7)
			v.rounds()
			again := r.taken()
			require.Len(t, again, 1, name)
			require.Equal(t, got[0].id, again[0].id, name)
			require.Equal(t, string(got[0].body), string(again[0].body), name)
		}
		require.Zero(t, elsewhere, "redirects are not followed")

		// A huge answer and one that comes in drops are taken by their status.
		r.answers(func(_ received, w http.ResponseWriter) {
			w.WriteHeader(200)
			for range 1 << 12 {
				if _, err := w.Write(make([]byte, 1<<12)); err != nil {
					return
				}
			}
		})
		v.must(202, "POST", "/v1/webhooks/"+id+"/test", v.hookToken(), "")
		v.rounds()
		last := v.must(200, "GET", "/v1/webhooks/"+id+"/deliveries?limit=1", v.hookToken(), "")["data"].([]any)[0].(map[string]any)
		require.Equal(t, "delivered", last["state"])
		r.taken()

		// A receiver whose certificate nobody trusts gets nothing.
		r.answers(nil)
		untrusted, err := fetch.NewSender(fetch.Options{Loopback: true, Send: time.Second})
		require.NoError(t, err)
		trusted := v.app.notices.Post
		v.app.notices.Post = untrusted.Post
		v.must(202, "POST", "/v1/webhooks/"+id+"/test", v.hookToken(), "")
		v.rounds()
		require.Empty(t, r.taken())
		v.app.notices.Post = trusted

		// 410 ends it at once; enabling sends what waited.
		v.at.Add(7)
		r.answers(answering(410))
		v.rounds()
		require.Len(t, r.taken(), 1)
		e := v.must(200, "GET", "/v1/webhooks/"+id, v.hookToken(), "")
		require.Equal(t, []any{false, "gone"}, []any{e["enabled"], e["disabled_because"]})
		v.at.Add(86400)
		r.answers(nil)
		v.rounds()
		require.Empty(t, r.taken())
		v.must(200, "PATCH", "/v1/webhooks/"+id, v.hookToken(), `{"enabled":true}`)
		v.rounds()
		require.Len(t, r.taken(), 1)
	})
}

// TestWebhookReceiverAwayForDays loses nothing: it is disabled, which another
// webhook of the body is told, and goes on where it was when it is enabled.
func TestWebhookReceiverAwayForDays(t *testing.T) {
	eachTraveller(t, "2027-06-01", func(t *testing.T, v *traveller) {
		r, token := v.receive(), v.hookToken()
		id := v.hook(token, r.URL+"/away", "certificate.*")["id"].(string)
		v.hook(token, r.URL+"/steady", "webhook.*")
		r.answers(func(x received, w http.ResponseWriter) {
			if strings.HasPrefix(x.kind, "certificate.") {
				w.WriteHeader(503)
			}
		})
		number := v.must(201, "POST", "/v1/certificates", token, issueOf("demo-service-lead", "Ada Lovelace", "2027-06-01T05:00:00Z"))["id"].(string)
		attempts, disabled := 0, 0
		for range 24 * 6 { // an hour at a time
			v.rounds()
			for _, x := range r.taken() {
				switch x.kind {
				case "certificate.issued":
					attempts++
				case "webhook.disabled":
					require.Equal(t, id, x.data["webhook"])
					disabled++
				}
			}
			v.at.Add(3600)
			if attempts == 3 { // more happens while it is away
				v.must(201, "POST", "/v1/certificates/"+number+"/events", v.hookToken(), `{"event":"suspended","reason":"x"}`)
				attempts++
			}
		}
		require.Less(t, attempts, 15, "the pauses grow")
		e := v.must(200, "GET", "/v1/webhooks/"+id, v.hookToken(), "")
		require.Equal(t, "failing", e["disabled_because"], e)
		require.Equal(t, 1, disabled, "the other webhook is told, once")
		v.must(201, "POST", "/v1/certificates/"+number+"/events", v.hookToken(), `{"event":"restored","reason":"x"}`)
		r.answers(nil)
		v.must(200, "PATCH", "/v1/webhooks/"+id, v.hookToken(), `{"enabled":true}`)
		v.rounds()
		kinds := r.kinds()
		require.Equal(t, []string{"certificate.suspended", "certificate.restored"}, kinds, "what was not given up, in order")
		dead := v.must(200, "GET", "/v1/webhooks/"+id+"/deliveries?state=dead", v.hookToken(), "")["data"].([]any)
		require.Len(t, dead, 1)
		v.must(202, "POST", "/v1/webhooks/"+id+"/replay", v.hookToken(), `{"delivery":"`+dead[0].(map[string]any)["id"].(string)+`"}`)
		v.rounds()
		require.Equal(t, []string{"certificate.issued"}, r.kinds())
	})
}

// TestWebhookOrder: whatever fails, messages of one certificate come in order,
// and one that fails holds up no other certificate's.
func TestWebhookOrder(t *testing.T) {
	eachTraveller(t, "2027-06-01", func(t *testing.T, v *traveller) {
		r, token := v.receive(), v.hookToken()
		v.hook(token, r.URL, "certificate.*")
		var numbers []string
		for i := range 4 {
			numbers = append(numbers, v.must(201, "POST", "/v1/certificates", token, issueOf("demo-service-lead", fmt.Sprint("Holder ", i), "2027-06-01T05:00:00Z"))["id"].(string))
		}
		for range 3 {
			for _, n := range numbers {
				v.must(201, "POST", "/v1/certificates/"+n+"/events", token, `{"event":"suspended","reason":"x"}`)
				v.must(201, "POST", "/v1/certificates/"+n+"/events", token, `{"event":"restored","reason":"x"}`)
			}
		}
		var mu sync.Mutex
		tries, accepted := map[string]int{}, map[string][]float64{}
		r.answers(func(x received, w http.ResponseWriter) {
			mu.Lock()
			defer mu.Unlock()
			n := x.data["certificate"].(string)
			tries[x.id]++
			sum := sha256.Sum256([]byte(x.id))
			if n == numbers[0] || tries[x.id] <= int(sum[0]%3) { // the first never works, others at the first to third attempt
				w.WriteHeader(500)
				return
			}
			accepted[n] = append(accepted[n], x.data["log_index"].(float64))
		})
		for range 60 {
			v.rounds()
			v.at.Add(400)
		}
		mu.Lock()
		defer mu.Unlock()
		require.Empty(t, accepted[numbers[0]])
		for _, n := range numbers[1:] {
			require.Len(t, accepted[n], 7, "all that happened to %s", n)
			require.True(t, slices.IsSorted(accepted[n]), "%v", accepted[n])
		}
	})
}

// TestWebhookTwoReplicas: of two that serve the same webhook one sends, and what
// a killed one leaves is sent by the other under the same id.
func TestWebhookTwoReplicas(t *testing.T) {
	eachTraveller(t, "2027-06-01", func(t *testing.T, v *traveller) {
		r, token := v.receive(), v.hookToken()
		v.hook(token, r.URL, "certificate.*")
		for i := range 12 {
			v.must(201, "POST", "/v1/certificates", token, issueOf("demo-service-lead", fmt.Sprint("Holder ", i), "2027-06-01T05:00:00Z"))
		}
		_, err := v.app.log.Sequence(t.Context())
		require.NoError(t, err)
		second := v.replica("second")
		var both sync.WaitGroup
		for range 4 {
			for _, o := range []*notify.Office{v.app.notices, second} {
				both.Go(func() { _ = o.Round(t.Context()) }) // what fails is tried again below
			}
		}
		both.Wait()
		v.rounds()
		seen := map[string]int{}
		for _, x := range r.taken() {
			seen[x.id]++
		}
		require.Len(t, seen, 12)
		for id, n := range seen {
			require.Equal(t, 1, n, id)
		}

		// One is killed while it sends: the receiver has the message, the register
		// does not know, and the lease is still held.
		n := v.must(201, "POST", "/v1/certificates", token, issueOf("demo-service-lead", "Holder last", "2027-06-01T05:00:00Z"))["id"].(string)
		_, err = v.app.log.Sequence(t.Context())
		require.NoError(t, err)
		dying := v.replica("killed")
		dead := make(chan struct{})
		dying.Post = func(ctx context.Context, address string, header map[string]string, body []byte) (int, time.Duration, error) {
			_, _, _ = second.Post(ctx, address, header, body)
			close(dead)
			select {} // never comes back
		}
		go func() { _ = dying.Round(context.Background()) }()
		<-dead
		require.NoError(t, second.Round(t.Context()))
		first := r.taken()
		require.Len(t, first, 1, "the other waits for the lease to end")
		v.at.Add(120)
		require.NoError(t, second.Round(t.Context()))
		again := r.taken()
		require.Len(t, again, 1)
		require.Equal(t, first[0].id, again[0].id)
		require.Equal(t, n, again[0].data["certificate"])
	})
}

// TestWebhookTargets: what would reach inside is refused by its form, or where
// it is dialled.
func TestWebhookTargets(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.hookToken()
		for _, url := range []string{"", "http://example.com/", "https://127.0.0.1/", "https://localhost/x", "https://[::1]/", "https://10.0.0.1/", "https://example.com:8443/", "https://user@example.com/",
			"https://2130706433/", "https://intranet/", "ftp://example.com/", "file:///etc/passwd", "https://169.254.169.254/latest"} {
			a := h.do("POST", "/v1/webhooks", token, `{"url":"`+url+`"}`)
			require.Equal(t, 422, a.status, "%s: %s", url, a.raw)
		}
		require.Equal(t, 422, h.do("POST", "/v1/webhooks", token, `{"url":"https://example.com/","events":["certificate.eaten"]}`).status)
		require.Equal(t, 422, h.do("POST", "/v1/webhooks", token, `{"url":"https://example.com/","events":["*"]}`).status)
		first := h.do("POST", "/v1/webhooks", token, `{"url":"https://example.com/"}`, "Idempotency-Key", "k1")
		again := h.do("POST", "/v1/webhooks", token, `{"url":"https://example.com/"}`, "Idempotency-Key", "k1")
		require.Equal(t, []int{201, 201}, []int{first.status, again.status})
		require.Equal(t, first.json, again.json)
		require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
		require.Equal(t, 422, h.do("POST", "/v1/webhooks", token, `{"url":"https://example.com/other"}`, "Idempotency-Key", "k1").status)
		for range 19 {
			h.must(201, "POST", "/v1/webhooks", token, `{"url":"https://example.com/"}`)
		}
		require.Equal(t, "TOO_MANY_WEBHOOKS", h.do("POST", "/v1/webhooks", token, `{"url":"https://example.com/"}`).code())
	})
}
