package main

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/pkg/credential"
)

// TestGuessingNumbers: ten thousand numbers find nothing, a mistyped one is
// told apart from an unknown one, and the store is what it was.
func TestGuessingNumbers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		const guesses, callers, most = 10_000, 4, 5 * time.Minute // also where others keep the machine busy
		before, start := h.intact(t), time.Now()
		handler := h.app.handler(demoConfig(""), slog.New(slog.DiscardHandler))
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				for i := range guesses / callers {
					n, err := credential.NewNumber(rand.Reader)
					if err != nil {
						t.Error(err)
						return
					}
					typed, want := string(n), "not_found"
					if i%10 == 0 {
						typed, want = mistyped(typed), "CHECK_CHARACTER"
					}
					w := httptest.NewRecorder()
					handler.ServeHTTP(w, httptest.NewRequest("GET", "/v1/certificates/"+typed, nil))
					if w.Code != 404 || !strings.Contains(w.Body.String(), `"`+want+`"`) {
						t.Errorf("%s: %d %s", typed, w.Code, w.Body)
						return
					}
				}
			})
		}
		all.Wait()
		require.Less(t, time.Since(start), most)
		require.Equal(t, before, h.intact(t))
	})
}

// mistyped changes the check character and nothing else.
func mistyped(number string) string {
	last := number[len(number)-1]
	if last == '0' {
		return number[:len(number)-1] + "1"
	}
	return number[:len(number)-1] + "0"
}

// TestGuessingIsLimited: with the limit on, whoever asks too often is told when
// to come again, and writers with a token are not held up by it.
func TestGuessingIsLimited(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := demoConfig("")
		c.RateLimit = 50
		limited := httptest.NewServer(h.app.handler(c, slog.New(slog.DiscardHandler)))
		t.Cleanup(limited.Close)
		open := h.url
		h.url = limited.URL
		refused := 0
		for i := range 80 {
			a := h.do("GET", "/v1/certificates/0000-0000-0000-0", "", "")
			require.Contains(t, a.header.Get("RateLimit-Policy"), "q=50;w=60")
			require.NotEmpty(t, a.header.Get("RateLimit"))
			if a.status != 429 {
				require.Less(t, i, 50)
				continue
			}
			refused++
			require.Equal(t, "RATE_LIMITED", a.code())
			wait, err := strconv.Atoi(a.header.Get("Retry-After"))
			require.NoError(t, err)
			require.True(t, wait >= 1 && wait <= 60, "%d", wait)
		}
		require.Equal(t, 30, refused)
		h.url = open
		token := h.certifier() // the token endpoint counts as anonymous
		h.url = limited.URL
		require.Equal(t, 429, h.do("GET", "/c/0000-0000-0000-0", "", "", "Accept", "text/html").status)
		require.Equal(t, 201, h.do("POST", "/v1/certificates", token, request("Ada")).status)
	})
}

// TestTwoClientsUnderOneKey: two clients of one body race under one key. The
// same request is issued once, whoever asks; another request under the key is
// refused, and neither leaves anything behind.
func TestTwoClientsUnderOneKey(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		before := h.intact(t)
		tokens := []string{h.certifier(), h.certifier()}
		race := func(key string, body func(i int) string) []answer {
			answers := make([]answer, 8)
			var all sync.WaitGroup
			for i := range answers {
				all.Go(func() {
					for range 200 {
						answers[i] = h.do("POST", "/v1/certificates", tokens[i%2], body(i), "Idempotency-Key", key)
						if answers[i].status != 409 {
							return
						}
						time.Sleep(20 * time.Millisecond) // the first is still running
					}
				})
			}
			all.Wait()
			return answers
		}
		issued := map[any]bool{}
		for _, a := range race("same", func(int) string { return request("Ada") }) {
			require.Equal(t, 201, a.status, "%s", a.raw)
			issued[a.json["id"]] = true
		}
		require.Len(t, issued, 1)
		issued = map[any]bool{}
		refused := 0
		for _, a := range race("other", func(i int) string { return request(fmt.Sprint("Ada ", i%2)) }) {
			if a.status == 201 {
				issued[a.json["id"]] = true
				continue
			}
			require.Equal(t, 422, a.status, "%s", a.raw)
			require.Equal(t, "IDEMPOTENCY_KEY_REUSED", a.code())
			refused++
		}
		require.Len(t, issued, 1)
		require.Equal(t, 4, refused)
		before.Certificates += 2
		require.Equal(t, before, h.intact(t))
	})
}

// TestNoLoopOfBodies: three bodies that would vouch for one another in a
// circle; the statement that would close it is refused.
func TestNoLoopOfBodies(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		operator := h.token(access.Client{Operator: true})
		names := []string{"Ring Alder", "Ring Birch", "Ring Cedar"}
		for i, kind := range []string{"accreditation", "recognition"} {
			var ids []string
			roles := `["accreditation_body","certification_body"]`
			if kind == "recognition" {
				roles = `["arrangement","accreditation_body"]`
			}
			for _, n := range names {
				a := h.do("POST", "/v1/bodies?accept_likeness=true", operator, fmt.Sprintf(`{"name":"%s %d","roles":%s}`, n, i, roles))
				require.Equal(t, 201, a.status, "%s", a.raw)
				ids = append(ids, a.json["id"].(string))
			}
			state := func(issuer, subject string) answer {
				return h.do("POST", "/v1/statements", operator, fmt.Sprintf(`{"kind":%q,"issuer":%q,"subject":%q,"scope":{"activity":"certification_of_persons","standard":"ISO/IEC 17024"},"valid_from":%q}`,
					kind, issuer, subject, instantOf(-24*time.Hour)))
			}
			require.Equal(t, 201, state(ids[0], ids[1]).status)
			require.Equal(t, 201, state(ids[1], ids[2]).status)
			before := h.intact(t)
			closing := state(ids[2], ids[0])
			require.Equal(t, 422, closing.status, "%s", closing.raw)
			require.Equal(t, "CHAIN_LOOP", closing.code())
			require.Equal(t, before, h.intact(t))
		}
	})
}

// TestNothingHalfIssuedIsCounted: what was reserved by a request that was then
// refused is not issued, and its holder may be certified.
func TestNothingHalfIssuedIsCounted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		before := h.intact(t)
		_, _, err := h.app.issuer.Prepare(t.Context(), mine, issue.Request{Scheme: "demo-service-lead", Holder: issue.Holder{Name: "Ada"}, DecidedAt: time.Now().Add(-time.Hour)}, "half")
		require.NoError(t, err)
		require.Equal(t, before, h.intact(t))
	})
}
