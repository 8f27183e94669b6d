package main

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestFaultRegisterPutBack: the database is put back to an earlier state under
// services that run on. What they hold of the state that never was is given up,
// and what is decided afterwards counts at once, although the register has had
// that many changes before.
func TestFaultRegisterPutBack(t *testing.T) {
	h := open(t, demo(t, "sqlite"))
	operator := h.operator()
	add := func(id string) {
		h.must(201, "POST", "/v1/schemes", operator, `{"id":"`+id+`","owner":"`+mine+`","name":"`+id+`","kind":"attendance"}`)
	}
	shown := func(id string) bool { return h.do("GET", "/v1/schemes/"+id, "", "").status == 200 }
	add("kept-scheme")
	require.True(t, shown("kept-scheme"))
	version, err := h.app.db.Version(t.Context())
	require.NoError(t, err)
	add("lost-scheme")
	require.True(t, shown("lost-scheme"))
	require.Equal(t, 200, h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide], "", "").status)
	behind(t, h.dsn, "DELETE FROM schemes WHERE id = 'lost-scheme'")
	behind(t, h.dsn, "UPDATE registry_version SET version = "+fmt.Sprint(version))
	require.Eventually(t, func() bool { return !shown("lost-scheme") }, time.Second, 10*time.Millisecond, "what never was is not shown")
	require.True(t, shown("kept-scheme"))
	add("new-scheme")
	require.True(t, shown("new-scheme"), "what is decided now is shown at once")
	require.Equal(t, string(verify.BonaFide), h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide], "", "").code())
}

// TestFaultWithdrawalIsSeen: while many look up the same certificates at two
// services, a withdrawal, of a certificate or of the accreditation above it, is
// seen within a second by everybody at both, and nobody falls back.
func TestFaultWithdrawalIsSeen(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			dsn := demo(t, engine)
			one := open(t, dsn)
			two := open(t, dsn)
			before, random := one.intact(t), dice(t)
			ids := make([]string, 6)
			for i := range ids {
				ids[i] = one.issueTo("Ada " + fmt.Sprint(i))
			}
			var told [6]atomic.Int64 // when withdrawing was acknowledged, in microseconds
			var stop atomic.Bool
			var all sync.WaitGroup
			times := make([][]time.Duration, 8)
			for r := range times {
				h := []*house{one, two}[r%2]
				all.Go(func() {
					for i := r; !stop.Load(); i++ {
						n, asked := i%len(ids), time.Now()
						a := h.do("GET", "/v1/certificates/"+ids[n], "", "")
						times[r] = append(times[r], time.Since(asked))
						at := told[n].Load()
						switch {
						case a.status != 200:
							t.Errorf("%d %s", a.status, a.raw)
							return
						case at != 0 && asked.Sub(time.UnixMicro(at)) > time.Second && a.code() != string(verify.NotInForce):
							t.Errorf("%s is shown as %s %s after it was withdrawn", ids[n], a.code(), asked.Sub(time.UnixMicro(at)))
							return
						}
					}
				})
			}
			token := one.certifier()
			for _, n := range random.Perm(len(ids)) {
				time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
				h := []*house{one, two}[n%2]
				a := h.do("POST", "/v1/certificates/"+ids[n]+"/events", token, `{"event":"withdrawn","reason":"a test"}`)
				if a.status != 201 {
					t.Errorf("%d %s", a.status, a.raw)
				}
				told[n].Store(time.Now().UnixMicro())
			}
			time.Sleep(1200 * time.Millisecond)
			stop.Store(true)
			all.Wait()
			every := slices.Sorted(slices.Values(slices.Concat(times...)))
			require.NotEmpty(t, every)
			p99 := every[len(every)*99/100]
			t.Logf("%d lookups while withdrawing, p99 %s", len(every), p99)
			require.Less(t, p99, 10*time.Second, "nobody is held up")
			for _, id := range ids {
				for _, h := range []*house{one, two} {
					require.Equal(t, string(verify.NotInForce), h.do("GET", "/v1/certificates/"+id, "", "").code())
				}
			}
			before.Certificates += len(ids)
			before.CertificateEvents += len(ids)
			require.Equal(t, before, one.intact(t))
		})
	}
}
