package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// dice are those of a run that can be repeated: BONAFIDE_TEST_DICE names
// another.
func dice(t *testing.T) *rand.Rand {
	n, err := strconv.ParseUint(os.Getenv("BONAFIDE_TEST_DICE"), 10, 64)
	if err != nil {
		n = 1
	}
	t.Logf("BONAFIDE_TEST_DICE=%d", n)
	return rand.New(rand.NewPCG(n, n))
}

// crew issues, withdraws, looks up and verifies at once, against a service that
// may be away at any moment, and keeps what it was told. A request that was cut
// off or told to come again is repeated under its key; any other answer that
// was not asked for is a fault.
type crew struct {
	h     *house // on the same database: clients, and the census
	token string
	where atomic.Pointer[string] // the address of the service; changes when it is started anew
	http  *http.Client

	mu     sync.Mutex
	issued map[string]promised // by key
	wrong  []string
	looked int // answers to lookups of what was acknowledged

	stop atomic.Bool
	all  sync.WaitGroup
}

// promised is what the service has acknowledged about one certificate.
type promised struct {
	number, credential string
	withdrawn          bool // acknowledged
	asked              bool // withdrawing was asked for, and may have happened
}

func newCrew(h *house, url string) *crew {
	c := &crew{h: h, token: h.certifier(), issued: map[string]promised{}, http: &http.Client{Timeout: 30 * time.Second}}
	c.where.Store(&url)
	return c
}

// begin sends the crew to work until done.
func (c *crew) begin(writers, readers int) {
	for w := range writers {
		c.all.Go(func() {
			for i := 0; !c.stop.Load(); i++ {
				c.write(fmt.Sprintf("crew %d %d", w, i), i%3 == 0)
			}
		})
	}
	for r := range readers {
		c.all.Go(func() {
			own := rand.New(rand.NewPCG(uint64(r), 0))
			for !c.stop.Load() {
				c.read(own)
			}
		})
	}
}

// done lets everybody finish what they began, which needs the service back.
func (c *crew) done(t *testing.T) {
	t.Helper()
	c.stop.Store(true)
	c.all.Wait()
	require.Empty(t, c.wrong)
}

func (c *crew) fault(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wrong) < 20 {
		c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
	}
}

// once asks once; status zero: it was cut off.
func (c *crew) once(method, path, token, body, key string) answer {
	r, err := http.NewRequest(method, *c.where.Load()+path, bytes.NewReader([]byte(body))) //nolint:noctx // the client has a time limit
	if err != nil {
		return answer{}
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return answer{}
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header}
	if a.raw, err = io.ReadAll(resp.Body); err != nil {
		return answer{} // cut off in the middle
	}
	_ = json.Unmarshal(a.raw, &a.json) // not every answer is JSON
	return a
}

// patience is longer than the lease of a key whose holder died.
const patience = 2 * time.Minute

// until repeats a request until it is answered for good.
func (c *crew) until(method, path, token, body, key string) answer {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		a := c.once(method, path, token, body, key)
		switch {
		case a.status == 0, a.status == 503, a.code() == "IN_PROGRESS":
			continue
		case a.status >= 500:
			c.fault("%s %s: %d %s", method, path, a.status, a.raw)
			continue
		}
		return a
	}
	c.fault("%s %s: never answered", method, path)
	return answer{}
}

func (c *crew) write(key string, withdraw bool) {
	a := c.until("POST", "/v1/certificates", c.token, request("Ada "+key), key)
	if a.status != 201 {
		c.fault("issuing %s: %d %s", key, a.status, a.raw)
		return
	}
	p := promised{}
	p.number, _ = a.json["id"].(string)
	p.credential, _ = a.json["credential"].(string)
	c.keep(key, p)
	if !withdraw {
		return
	}
	p.asked = true
	c.keep(key, p)
	a = c.until("POST", "/v1/certificates/"+p.number+"/events", c.token, `{"event":"withdrawn","reason":"a fault"}`, "withdraw "+key)
	if a.status != 201 && a.code() != "STATUS_CONFLICT" { // that it is withdrawn already: the first try was carried out
		c.fault("withdrawing %s: %d %s", p.number, a.status, a.raw)
		return
	}
	p.withdrawn = true
	c.keep(key, p)
}

func (c *crew) keep(key string, p promised) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.issued[key] = p
}

// read looks one up, or has it verified, and compares with what was
// acknowledged before it asked.
func (c *crew) read(dice *rand.Rand) {
	c.mu.Lock()
	n, known := dice.IntN(len(c.issued)+1), promised{}
	for _, p := range c.issued {
		if known = p; n == 0 {
			break
		}
		n--
	}
	c.mu.Unlock()
	if known.number == "" {
		time.Sleep(5 * time.Millisecond)
		return
	}
	var a answer
	if dice.IntN(4) == 0 {
		a = c.once("POST", "/v1/verifications", "", `{"credential":"`+known.credential+`"}`, "")
	} else {
		a = c.once("GET", "/v1/certificates/"+known.number, "", "", "")
	}
	switch {
	case a.status == 0 || a.status == 503:
		time.Sleep(20 * time.Millisecond)
	case a.status != 200:
		c.fault("looking up %s: %d %s", known.number, a.status, a.raw)
	case known.withdrawn && a.code() != string(verify.NotInForce):
		c.fault("%s was withdrawn and is shown as %s", known.number, a.code())
	case !known.asked && a.code() != string(verify.BonaFide) && a.code() != string(verify.NotInForce):
		c.fault("%s is shown as %s", known.number, a.code())
	default:
		c.mu.Lock()
		c.looked++
		c.mu.Unlock()
	}
}

// kept checks all that was acknowledged, and everything that must hold of the
// store and of its log. before is the census before the crew came.
func (c *crew) kept(t *testing.T, before census) {
	t.Helper()
	require.NotEmpty(t, c.issued)
	require.Positive(t, c.looked)
	_, err := c.h.app.log.Sequence(t.Context())
	require.NoError(t, err)
	numbers, withdrawn := map[string]bool{}, 0
	for key, p := range c.issued {
		numbers[p.number] = true
		again := c.h.do("POST", "/v1/certificates", c.token, request("Ada "+key), "Idempotency-Key", key)
		require.Equal(t, 201, again.status, "%s: %s", key, again.raw)
		require.Equal(t, p.number, again.json["id"], "what was acknowledged is there")
		a := c.h.do("GET", "/v1/certificates/"+p.number, "", "")
		if p.withdrawn {
			withdrawn++
			require.Equal(t, string(verify.NotInForce), a.code(), p.number)
		} else {
			require.Equal(t, string(verify.BonaFide), a.code(), p.number)
		}
		outcome, problem := transparency(t, a)
		require.Equal(t, "pass", outcome, problem)
	}
	require.Len(t, numbers, len(c.issued), "each once")
	after := c.h.intact(t)
	before.Certificates += len(numbers)
	before.CertificateEvents += withdrawn
	before.Coverage = after.Coverage // the demo world says at every start how complete it is
	require.Equal(t, before, after, "nothing twice, nothing by halves")
	entries, err := c.h.app.log.Audit(t.Context())
	require.NoError(t, err)
	require.Positive(t, entries)
	t.Logf("%d issued, %d of them withdrawn, %d lookups, %d entries of the log", len(numbers), withdrawn, c.looked, entries)
}
