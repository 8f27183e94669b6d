package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4" //nolint:depguard // the floor is Echo and nothing else
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Rounds are interleaved with the floor's, so that a machine whose speed
// drifts slows both; the median of the ratios within one round is what counts.
const (
	benchRounds      = 9
	benchWindow      = 700 * time.Millisecond
	benchConcurrency = 16
)

// against reports how much of the floor's throughput ours reaches.
func against(b *testing.B, floor, ours func() error, workers int) {
	b.Helper()
	rate := func(do func() error) float64 {
		var done atomic.Int64
		var wait sync.WaitGroup
		start := time.Now()
		for range workers {
			wait.Add(1)
			go func() {
				defer wait.Done()
				for time.Since(start) < benchWindow {
					if err := do(); err != nil {
						b.Error(err)
						return
					}
					done.Add(1)
				}
			}()
		}
		wait.Wait()
		return float64(done.Load()) / time.Since(start).Seconds()
	}
	rate(floor) // warm up
	rate(ours)
	var ratios, floors, own []float64
	for range benchRounds {
		f, o := rate(floor), rate(ours)
		ratios, floors, own = append(ratios, o/f), append(floors, f), append(own, o)
	}
	median := func(x []float64) float64 { sort.Float64s(x); return x[len(x)/2] }
	b.ReportMetric(median(ratios), "x_floor")
	b.ReportMetric(median(own), "ours/s")
	b.ReportMetric(median(floors), "floor/s")
	b.ReportMetric(0, "ns/op")
}

func get(client *http.Client, url string) func() error {
	return func() error {
		resp, err := client.Get(url) //nolint:noctx // a benchmark
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", url, resp.Status)
		}
		return nil
	}
}

// benchHouse is a demo house on PostgreSQL with a bare server beside it: Echo
// and pgx, nothing else, on the same tables.
func benchHouse(b *testing.B) (h *house, pool *pgxpool.Pool, client *http.Client) {
	dsn := storetest.DSN(b, "postgres")
	h = open(b, dsn)
	pool, err := pgxpool.New(b.Context(), dsn+"&pool_max_conns=16")
	require.NoError(b, err)
	b.Cleanup(pool.Close)
	client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * benchConcurrency}}
	b.Cleanup(client.CloseIdleConnections)
	return h, pool, client
}

func BenchmarkLookup(b *testing.B) {
	h, pool, client := benchHouse(b)
	bare := echo.New()
	bare.GET("/:id", func(c echo.Context) error {
		var input, signature string
		if err := pool.QueryRow(c.Request().Context(), "SELECT signing_input, signature FROM certificates WHERE number = $1", c.Param("id")).Scan(&input, &signature); err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "application/vc+jwt", []byte(input+"."+signature))
	})
	floor := httptest.NewServer(bare)
	defer floor.Close()
	n := h.pages[verify.BonaFide]
	against(b, get(client, floor.URL+"/"+n), get(client, h.url+"/v1/certificates/"+n), benchConcurrency)
}

func BenchmarkIssue(b *testing.B) {
	h, pool, client := benchHouse(b)
	_, err := pool.Exec(b.Context(), "CREATE TABLE floor (id BIGSERIAL PRIMARY KEY, token TEXT NOT NULL)")
	require.NoError(b, err)
	signer, err := h.app.custodian.Signer(b.Context(), "demo-certification", keys.ForCredentials)
	require.NoError(b, err)
	payload := []byte(`{"filler":"` + strings.Repeat("x", 1800) + `"}`)
	bare := echo.New()
	bare.POST("/", func(c echo.Context) error {
		token, err := jws.Sign(payload, "JWT", signer)
		if err != nil {
			return err
		}
		if _, err := pool.Exec(c.Request().Context(), "INSERT INTO floor (token) VALUES ($1)", token); err != nil {
			return err
		}
		return c.String(http.StatusCreated, token)
	})
	floor := httptest.NewServer(bare)
	defer floor.Close()
	token := h.token(access.Client{Body: "demo-certification", Scopes: []string{"certificates:write"}})
	var number atomic.Int64
	post := func(url string) func() error {
		return func() error {
			r, err := http.NewRequestWithContext(b.Context(), "POST", url, strings.NewReader(request(fmt.Sprint("Holder ", number.Add(1)))))
			if err != nil {
				return err
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+token)
			resp, err := client.Do(r)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err == nil && resp.StatusCode != http.StatusCreated {
				err = fmt.Errorf("%s: %s", resp.Status, body)
			}
			return err
		}
	}
	against(b, post(floor.URL+"/"), post(h.url+"/v1/certificates"), benchConcurrency)
}

// BenchmarkVerifyChain judges a submitted certificate with its accreditation
// and recognition, each read and checked anew, against checking the same three
// signatures and nothing else.
func BenchmarkVerifyChain(b *testing.B) {
	h, _, _ := benchHouse(b)
	data := h.do("GET", "/v1/certificates/"+h.pages[verify.BonaFide]+"/bundle", "", "").raw
	anchors, registrars := h.app.anchors.Trust()
	p := verify.Policy{Anchors: anchors, Registrars: registrars, Now: time.Now()}
	token, src, err := verify.ParseBundle(data, p)
	require.NoError(b, err)
	ev, err := verify.Gather(b.Context(), token, p, src)
	require.NoError(b, err)
	require.Len(b, ev.Statements, 2)
	tokens := []string{token, ev.Statements[0].Token(), ev.Statements[1].Token()}
	raw := func() error {
		for _, t := range tokens {
			u, err := jws.Parse(t)
			if err != nil {
				return err
			}
			verified := false
			for _, published := range ev.Register.Keys {
				for _, k := range published {
					verified = verified || u.Header.Kid == k.JWK.KeyID() && u.Verify(k.JWK) == nil
				}
			}
			if !verified {
				return fmt.Errorf("no key verifies")
			}
		}
		return nil
	}
	whole := func() error {
		fresh := ev
		fresh.Statements = nil
		for _, t := range tokens[1:] {
			s, err := verify.ParseStatement(t)
			if err != nil {
				return err
			}
			fresh.Statements = append(fresh.Statements, s)
		}
		if v := verify.Evaluate(fresh, p).Verdict; v != verify.BonaFide {
			return fmt.Errorf("verdict %s", v)
		}
		return nil
	}
	against(b, raw, whole, 1)
}
