package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/keys"
)

// batchLines is how long the lists of the benchmark are.
const batchLines = 1000

// batchJobs: a list of certificates over HTTP, durable when answered, beside
// signing as many payloads on all cores and one COPY into the same table.
func batchJobs(b *testing.B, s benchSettings) []job {
	x := newBench(b, "postgres", s.certificates)
	pool := x.pool(b)
	token := x.token(access.Client{Body: mine, Scopes: []string{"certificates:write"}})
	signer, err := x.app.custodian.Signer(b.Context(), mine, keys.ForCredentials)
	require.NoError(b, err)
	input := x.model[:strings.LastIndexByte(x.model, '.')]
	var serial atomic.Int64
	serial.Store(1 << 42)
	floor := func() error {
		first := serial.Add(batchLines) - batchLines
		rows := make([][]any, batchLines)
		var work sync.WaitGroup
		for core := range runtime.GOMAXPROCS(0) {
			work.Go(func() {
				for i := core; i < batchLines; i += runtime.GOMAXPROCS(0) {
					signed, err := signer.SignInput(input)
					if err != nil {
						panic(err) // it signed before
					}
					rows[i] = []any{string(numberOf(uint64(first + int64(i)))), mine, "demo-service-lead", "sealed", []byte{}, "", "n:x", int64(0), int64(0), "bench", int32(0), "",
						input, signed[len(input)+1:], "", "", "{}", int64(0), int64(0)}
				}
			})
		}
		work.Wait()
		_, err := pool.CopyFrom(context.Background(), pgx.Identifier{"certificates"}, []string{"number", "body", "scheme", "state", "fingerprint", "external_id", "holder_key", "valid_from", "valid_until",
			"list", "idx", "key_id", "signing_input", "signature", "salt", "subject_id", "request", "created_at", "sealed_at"}, pgx.CopyFromRows(rows))
		return err
	}
	batch := func(x *bench, token string) func() error {
		return func() error {
			var list strings.Builder
			for range batchLines {
				list.WriteString(request(fmt.Sprint("Holder ", serial.Add(1))) + "\n")
			}
			r, err := http.NewRequest(http.MethodPost, x.url+"/v1/certificates/batch", strings.NewReader(list.String())) //nolint:noctx // bounded by the window
			if err != nil {
				return err
			}
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Content-Type", ndjson)
			a, err := http.DefaultClient.Do(r)
			if err != nil {
				return err
			}
			defer a.Body.Close()
			data, err := io.ReadAll(a.Body)
			if err == nil && strings.Count(string(data), `"status":"in_force"`) != batchLines {
				err = fmt.Errorf("not every line was issued: %.300s", data)
			}
			return err
		}
	}
	alone := func(work func() error) load {
		return load{1, func() (func() error, func()) { return work, func() {} }}
	}
	lite := newBench(b, "sqlite", s.certificates)
	ours := alone(batch(x, token))
	return []job{
		{name: "batch of 1000", floorName: "sign on all cores, one COPY", must: .60, aim: .85, ours: ours, floor: alone(floor), statements: x.statements.Load},
		{name: "batch of 1000 sqlite", floorName: "batch on PostgreSQL", ours: alone(batch(lite, lite.token(access.Client{Body: mine, Scopes: []string{"certificates:write"}}))), floor: ours},
	}
}
