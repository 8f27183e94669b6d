package main

import (
	"context"
	"crypto/ecdsa"
	"database/sql"
	"encoding/base64"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4" //nolint:depguard // the floor is Echo and nothing else
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// bench is a whole house with many certificates in it, and the floors beside
// it: the same router and middleware with a handler that does the least.
type bench struct {
	*house
	dsn     string
	router  *echo.Echo
	address string
	numbers []string
	model   string // the token of one certificate
	key     *ecdsa.PublicKey
}

// floorPool is how many connections serve a floor best on few cores.
const floorPool = 8

func newBench(b *testing.B, engine string, certificates int) *bench {
	x := &bench{dsn: demo(b, engine)}
	x.house = open(b, x.dsn)
	x.router = x.app.handler(config{}, slog.New(slog.DiscardHandler)).(*echo.Echo)
	server := httptest.NewServer(x.router)
	b.Cleanup(server.Close)
	x.address = strings.TrimPrefix(server.URL, "http://")
	x.model = string(x.do("GET", "/v1/certificates/"+x.pages[verify.BonaFide]+"/credential", "", "").raw)
	signer, err := x.app.custodian.Signer(b.Context(), "demo-certification", keys.ForCredentials)
	require.NoError(b, err)
	x.key = signer.Key.Public().(*ecdsa.PublicKey)
	x.fill(b, certificates, signer)
	return x
}

func (x *bench) pool(b *testing.B) *pgxpool.Pool {
	pool, err := pgxpool.New(b.Context(), fmt.Sprintf("%s&pool_max_conns=%d", x.dsn, floorPool))
	require.NoError(b, err)
	b.Cleanup(pool.Close)
	return pool
}

const copied = "body, scheme, state, fingerprint, external_id, holder_key, valid_from, valid_until, key_id, salt, request, created_at, sealed_at"

// fill writes copies of the model certificate, each with a number, a subject
// and a status entry of its own and properly signed.
func (x *bench) fill(b *testing.B, n int, signer jws.Signer) {
	header, rest, _ := strings.Cut(x.model, ".")
	payload, err := base64.RawURLEncoding.DecodeString(strings.SplitN(rest, ".", 2)[0])
	require.NoError(b, err)
	modelNumber := x.pages[verify.BonaFide]
	rec, err := x.app.db.Certificate(b.Context(), modelNumber)
	require.NoError(b, err)
	index := fmt.Sprint(rec.StatusIndex)
	make1 := func(i int) (number, subject, input, signature string) {
		number = string(numberOf(uint64(i)))
		subject = "urn:uuid:" + uuid.NewSHA1(uuid.Nil, []byte(number)).String()
		p := strings.NewReplacer(modelNumber, number, rec.SubjectID, subject, `#`+index+`"`, fmt.Sprintf(`#%d"`, i), `"statusListIndex":"`+index+`"`, fmt.Sprintf(`"statusListIndex":"%d"`, i)).Replace(string(payload))
		input = header + "." + base64.RawURLEncoding.EncodeToString([]byte(p))
		token, err := signer.SignInput(input)
		require.NoError(b, err)
		return number, subject, input, token[len(input)+1:]
	}
	x.numbers = make([]string, n)
	rows := make(chan filled, 1000)
	go func() {
		defer close(rows)
		for i := range n {
			var r filled
			r.number, r.subject, r.input, r.signature = make1(i)
			x.numbers[i] = r.number
			rows <- r
		}
	}()
	if path, ok := strings.CutPrefix(x.dsn, "sqlite:"); ok {
		fillLite(b, path, modelNumber, rows)
		return
	}
	fillPostgres(b, x.dsn, modelNumber, n, rows)
}

// filled is one copy.
type filled struct{ number, subject, input, signature string }

func fillColumns() []string {
	return []string{"number", "subject_id", "signing_input", "signature", "list", "idx"}
}

func fillLite(b *testing.B, path, model string, rows <-chan filled) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=synchronous(OFF)")
	require.NoError(b, err)
	defer db.Close()
	tx, err := db.BeginTx(b.Context(), nil)
	require.NoError(b, err)
	_, err = tx.Exec("INSERT INTO status_lists (id, body, seq) VALUES ('bench', 'demo-certification', 0)")
	require.NoError(b, err)
	entry, err := tx.Prepare("INSERT INTO status_entries (list, idx) VALUES ('bench', ?)")
	require.NoError(b, err)
	defer entry.Close()
	insert, err := tx.Prepare("INSERT INTO certificates (" + strings.Join(fillColumns(), ", ") + ", " + copied + ") SELECT ?, ?, ?, ?, 'bench', ?, " + copied + " FROM certificates WHERE number = '" + model + "'")
	require.NoError(b, err)
	defer insert.Close()
	i := 0
	for r := range rows {
		_, err := entry.Exec(i)
		require.NoError(b, err)
		_, err = insert.Exec(r.number, r.subject, r.input, r.signature, i)
		require.NoError(b, err)
		i++
	}
	require.NoError(b, tx.Commit())
}

func fillPostgres(b *testing.B, dsn, model string, n int, rows <-chan filled) {
	conn, err := pgx.Connect(b.Context(), dsn)
	require.NoError(b, err)
	defer conn.Close(context.Background())
	exec := func(sql string, args ...any) {
		_, err := conn.Exec(b.Context(), sql, args...)
		require.NoError(b, err)
	}
	exec("INSERT INTO status_lists (id, body, seq) VALUES ('bench', 'demo-certification', 0)")
	exec("INSERT INTO status_entries (list, idx) SELECT 'bench', i FROM generate_series(0, $1 - 1) i", n)
	exec("CREATE TEMPORARY TABLE made (number text, subject_id text, signing_input text, signature text, list text, idx integer)")
	i := -1
	_, err = conn.CopyFrom(b.Context(), pgx.Identifier{"made"}, fillColumns(), pgx.CopyFromFunc(func() ([]any, error) {
		r, more := <-rows
		if !more {
			return nil, nil
		}
		i++
		return []any{r.number, r.subject, r.input, r.signature, "bench", i}, nil
	}))
	require.NoError(b, err)
	exec("INSERT INTO certificates (" + strings.Join(fillColumns(), ", ") + ", " + copied + ") SELECT made.*, " + copied + " FROM made, (SELECT " + copied + " FROM certificates WHERE number = '" + model + "') model")
	exec("VACUUM ANALYZE certificates")
	exec("CHECKPOINT")
}

// numberOf is a number made of i, spread over all numbers so that neighbours
// in time are no neighbours in an index.
func numberOf(i uint64) credential.Number {
	seed := [32]byte{}
	for k := range 8 {
		seed[k] = byte(i >> (8 * k))
	}
	n, err := credential.NewNumber(rand.NewChaCha8(seed))
	if err != nil {
		panic(err) // the source cannot fail
	}
	return n
}
