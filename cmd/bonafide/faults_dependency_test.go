package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// hanging answers nothing until over is called, which must be before its server
// is closed.
func hanging() (handle http.HandlerFunc, over func()) {
	end := make(chan struct{})
	return func(http.ResponseWriter, *http.Request) { <-end }, func() { close(end) }
}

// TestFaultHostHangs: the host of an issuer's document takes every connection
// and answers nothing. Whoever asks is told in bounded time that it could not be
// checked, which is no verdict, and nobody who asks about the register's own
// certificates waits for it.
func TestFaultHostHangs(t *testing.T) {
	t.Parallel()
	h := open(t, demo(t, "sqlite"))
	handle, over := hanging()
	h.reach(handle)
	t.Cleanup(over)
	const did = "did:web:example.com"
	private, err := jws.GenerateES256(nil)
	require.NoError(t, err)
	body, err := json.Marshal(map[string]string{"credential": foreign(t, did, "", jws.Signer{KeyID: did + "#k1", Key: private})})
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			start := time.Now()
			a := h.do("POST", "/v1/verifications", "", string(body))
			if a.status != 200 || a.code() != string(verify.Undetermined) || a.json["authenticity"] == "authentic" {
				t.Errorf("%d %s", a.status, a.raw)
			}
			if took := time.Since(start); took > 15*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
	for range 20 {
		start := time.Now()
		require.Equal(t, string(verify.BonaFide), h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide], "", "").code())
		require.Less(t, time.Since(start), 4*time.Second, "less than the host is waited for")
	}
	all.Wait()
	h.intact(t)
}

// TestFaultReceiverHangs: the receiver of a webhook answers nothing. Its
// messages wait; another's are sent, and issuing does not notice.
func TestFaultReceiverHangs(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r, token := h.receive(), h.hookToken()
		handle, over := hanging()
		stuck := httptest.NewTLSServer(handle) // with the certificate of the other
		t.Cleanup(stuck.Close)
		t.Cleanup(over)
		h.hook(token, stuck.URL)
		h.hook(token, r.URL)
		_, err := h.app.log.Sequence(t.Context())
		require.NoError(t, err)
		number := h.must(201, "POST", "/v1/certificates", token, request("Ada Stuck"))["id"]
		_, err = h.app.log.Sequence(t.Context())
		require.NoError(t, err)
		done := make(chan error, 1)
		go func() { done <- h.app.notices.Round(t.Context()) }()
		require.Eventually(t, func() bool {
			for _, x := range r.taken() {
				if x.data["certificate"] == number {
					return true
				}
			}
			return false
		}, 20*time.Second, 10*time.Millisecond, "the other is told")
		start := time.Now()
		require.Equal(t, 201, h.do("POST", "/v1/certificates", token, request("Eve Stuck")).status)
		require.Less(t, time.Since(start), 10*time.Second)
		select {
		case err := <-done:
			require.NoError(t, err)
		case <-time.After(time.Minute):
			t.Fatal("the round never ends")
		}
		h.intact(t)
	})
}
