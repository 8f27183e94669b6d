package main

import (
	"crypto/ecdsa"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4" //nolint:depguard // the floor is Echo and nothing else
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/lookup"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// hot is how many certificates a warm lookup is spread over.
const hot = 1000

// warm looks up every certificate that a warm lookup is spread over.
func (x *bench) warm(b *testing.B) {
	for _, n := range x.numbers[:min(hot, len(x.numbers))] {
		r, err := x.app.lookup.Certificate(b.Context(), n, lookup.Query{})
		require.NoError(b, err)
		require.Equal(b, verify.BonaFide, r.Verdict, "%s", n)
	}
}

func (x *bench) reading(path string, among int) func() []byte {
	return func() []byte { return getRequest(path + x.numbers[rand.IntN(min(among, len(x.numbers)))]) }
}

// lookupJobs: the public lookup over HTTP, where the bytes were verified
// before and where every request verifies; and on SQLite.
func lookupJobs(b *testing.B, s benchSettings) []job {
	x := newBench(b, "postgres", s.certificates)
	pool := x.pool(b)
	x.router.GET("/floor/:id", func(c echo.Context) error {
		var input, signature string
		if err := pool.QueryRow(c.Request().Context(), "SELECT signing_input, signature FROM certificates WHERE number = $1", c.Param("id")).Scan(&input, &signature); err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "application/vc+jwt", []byte(input+"."+signature))
	})
	on := func(address, path string, x *bench, among int) load {
		return overHTTP(b, address, s.clients, http.StatusOK, x.reading(path, among))
	}
	cold := x.forgetful(b)
	lite := newBench(b, "sqlite", s.certificates)
	x.warm(b)
	lite.warm(b)
	const floor = "pgx point select"
	return []job{
		{name: "lookup verified", floorName: floor, must: .40, aim: .50, ours: on(cold, "/v1/certificates/", x, s.certificates), floor: on(x.address, "/floor/", x, s.certificates), statements: x.statements.Load},
		{name: "lookup warm", floorName: floor, must: .70, aim: .80, ours: on(x.address, "/v1/certificates/", x, hot), floor: on(x.address, "/floor/", x, hot), statements: x.statements.Load},
		{name: "lookup sqlite", floorName: "lookup on PostgreSQL", must: .75, aim: .95, ours: on(lite.address, "/v1/certificates/", lite, hot), floor: on(x.address, "/v1/certificates/", x, hot), statements: lite.statements.Load},
	}
}

// forgetful serves the same house again, without any memory of verified bytes.
func (x *bench) forgetful(b *testing.B) string {
	again := *x.app
	d := x.app.lookup
	again.lookup = &lookup.Desk{Certificates: d.Certificates, Registrar: d.Registrar, Custodian: d.Custodian, Publisher: d.Publisher,
		Addresses: d.Addresses, Trust: d.Trust, Now: d.Now}
	server := httptest.NewServer(again.handler(config{}, slog.New(slog.DiscardHandler)))
	b.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// issueJobs: one certificate, durable when answered, beside one durable
// insert of bytes signed before into the same table.
func issueJobs(b *testing.B, s benchSettings) []job {
	x := newBench(b, "postgres", s.certificates)
	pool := x.pool(b)
	input, signature := x.model[:strings.LastIndexByte(x.model, '.')], x.model[strings.LastIndexByte(x.model, '.')+1:]
	var serial atomic.Int64
	serial.Store(1 << 40)
	x.router.POST("/floor", func(c echo.Context) error {
		if _, err := io.Copy(io.Discard, c.Request().Body); err != nil {
			return err
		}
		_, err := pool.Exec(c.Request().Context(), `INSERT INTO certificates (number, body, scheme, state, fingerprint, external_id, holder_key, valid_from, valid_until, list, idx, key_id, signing_input, signature, salt, subject_id, request, created_at, sealed_at)
			VALUES ($1, 'demo-certification', 'demo-service-lead', 'sealed', '', '', 'n:x', 0, 0, 'bench', 0, '', $2, $3, '', '', '{}', 0, 0)`,
			string(numberOf(uint64(serial.Add(1)))), input, signature)
		if err != nil {
			return err
		}
		return c.Blob(http.StatusCreated, "application/vc+jwt", []byte(x.model))
	})
	token := x.token(access.Client{Body: "demo-certification", Scopes: []string{"certificates:write"}})
	body := func(path string) func() []byte {
		return func() []byte {
			return postRequest(path, "application/json", token, request(fmt.Sprint("Holder ", serial.Add(1))))
		}
	}
	lite := newBench(b, "sqlite", s.certificates)
	liteToken := lite.token(access.Client{Body: "demo-certification", Scopes: []string{"certificates:write"}})
	ours := overHTTP(b, x.address, s.clients, http.StatusCreated, body("/v1/certificates"))
	return []job{
		{name: "issue one", floorName: "pgx insert of signed bytes", must: .55, aim: .65, ours: ours,
			floor: overHTTP(b, x.address, s.clients, http.StatusCreated, body("/floor")), statements: x.statements.Load},
		{name: "issue one sqlite", floorName: "issue one on PostgreSQL", ours: overHTTP(b, lite.address, s.clients, http.StatusCreated, func() []byte {
			return postRequest("/v1/certificates", "application/json", liteToken, request(fmt.Sprint("Holder ", serial.Add(1))))
		}), floor: ours, statements: lite.statements.Load},
	}
}

// verifyJobs: a submitted certificate and its two links, read from text and
// judged in process, beside three bare signature checks; and over HTTP.
func verifyJobs(b *testing.B, s benchSettings) []job {
	x := newBench(b, "postgres", s.certificates)
	data := x.do("GET", "/v1/certificates/"+x.pages[verify.BonaFide]+"/bundle", "", "").raw
	anchors, registrars := x.app.anchors.Trust()
	p := verify.Policy{Anchors: anchors, Registrars: registrars, Now: time.Now()}
	token, src, err := verify.ParseBundle(data, p)
	require.NoError(b, err)
	ev, err := verify.Gather(b.Context(), token, p, src)
	require.NoError(b, err)
	require.Len(b, ev.Statements, 2)
	tokens := []string{token, ev.Statements[0].Token(), ev.Statements[1].Token()}
	var raw []func() error
	for _, body := range []string{"demo-certification", "demo-accreditation", "demo-arrangement"} {
		signer, err := x.app.custodian.Signer(b.Context(), body, keys.ForCredentials)
		require.NoError(b, err)
		check, err := bare(tokens[len(raw)], signer.Key.Public().(*ecdsa.PublicKey))
		require.NoError(b, err)
		raw = append(raw, check)
	}
	chain := func() error {
		fresh := ev
		fresh.Certificate, fresh.Statements = verify.ReadCertificate(tokens[0]), nil
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
	alone := func(work ...func() error) load {
		return load{1, func() (func() error, func()) {
			return func() error {
				for _, f := range work {
					if err := f(); err != nil {
						return err
					}
				}
				return nil
			}, func() {}
		}}
	}
	runtime.GC()
	x.router.POST("/floor", func(c echo.Context) error {
		body, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		check, err := bare(string(body), x.key)
		if err == nil {
			err = check()
		}
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "application/json", []byte(`{"verdict":"bona_fide"}`))
	})
	issued := make([]string, min(hot, s.certificates))
	for i := range issued {
		issued[i], err = x.app.lookup.Credential(b.Context(), x.numbers[i])
		require.NoError(b, err)
	}
	one := func() string { return issued[rand.IntN(len(issued))] }
	return []job{
		{name: "verify chain", floorName: "three bare ES256 checks", must: .55, aim: .65, ours: alone(chain), floor: alone(raw...)},
		{name: "verify submitted", floorName: "read, split, bare ES256 check", must: .60, aim: .75,
			ours: overHTTP(b, x.address, s.clients, http.StatusOK, func() []byte {
				return postRequest("/v1/verifications", "application/json", "", `{"credential":"`+one()+`"}`)
			}),
			floor:      overHTTP(b, x.address, s.clients, http.StatusOK, func() []byte { return postRequest("/floor", "application/jwt", "", one()) }),
			statements: x.statements.Load},
	}
}
