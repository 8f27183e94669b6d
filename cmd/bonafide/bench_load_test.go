package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load sends work from so many workers at once until the window closes. Work
// is made once for each worker, so that a worker may own a connection.
type load struct {
	workers int
	worker  func() (do func() error, done func())
}

// sample is what one window of one load showed.
type sample struct {
	rate     float64 // per second
	p50, p99 time.Duration
	allocs   float64 // per operation, in the server and the load together
	sent     int64
}

func (l load) run(window time.Duration) (sample, error) {
	var mu sync.Mutex
	var took []time.Duration
	var failed atomic.Pointer[error]
	var wait sync.WaitGroup
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	for range l.workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			do, done := l.worker()
			defer done()
			mine := make([]time.Duration, 0, 4096)
			for last := time.Now(); last.Sub(start) < window; {
				if err := do(); err != nil {
					failed.Store(&err)
					return
				}
				now := time.Now()
				mine = append(mine, now.Sub(last))
				last = now
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
		}()
	}
	wait.Wait()
	elapsed := time.Since(start)
	runtime.ReadMemStats(&after)
	if err := failed.Load(); err != nil {
		return sample{}, *err
	}
	slices.Sort(took)
	n := len(took)
	return sample{rate: float64(n) / elapsed.Seconds(), p50: took[n/2], p99: took[n*99/100],
		allocs: float64(after.Mallocs-before.Mallocs) / float64(n), sent: int64(n)}, nil
}

// overHTTP is a load on one address: each worker keeps one connection and
// sends what next writes. It reads no more of an answer than its length, so
// that the load takes little of the machine it shares with the server.
func overHTTP(b *testing.B, address string, workers, status int, next func() []byte) load {
	want := []byte(fmt.Sprintf("HTTP/1.1 %d ", status))
	return load{workers, func() (func() error, func()) {
		conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", address)
		if err != nil {
			return func() error { return err }, func() {}
		}
		r := bufio.NewReaderSize(conn, 16<<10)
		return func() error {
			if _, err := conn.Write(next()); err != nil {
				return err
			}
			return answered(r, want)
		}, func() { _ = conn.Close() } // the window is over
	}}
}

func answered(r *bufio.Reader, want []byte) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	ok := bytes.HasPrefix(line, want)
	first := string(line)
	length, chunked := 0, false
	for {
		if line, err = r.ReadSlice('\n'); err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch string(name) {
		case "Content-Length":
			length, err = strconv.Atoi(string(bytes.TrimSpace(value)))
		case "Transfer-Encoding":
			chunked = true
		}
		if err != nil {
			return err
		}
	}
	for more := true; more; {
		if chunked {
			if line, err = r.ReadSlice('\n'); err != nil {
				return err
			}
			n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
			if err != nil {
				return err
			}
			length = int(n) + 2
		}
		more = chunked && length > 2
		if !ok && length > 0 {
			text := make([]byte, length)
			_, err := io.ReadFull(r, text)
			return fmt.Errorf("%s %s %w", first, text, err)
		}
		if _, err := r.Discard(length); err != nil {
			return err
		}
	}
	if !ok {
		return fmt.Errorf("%s", first)
	}
	return nil
}

func getRequest(path string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: bench\r\n\r\n")
}

func postRequest(path, kind, token, body string) []byte {
	if token != "" {
		token = "Authorization: Bearer " + token + "\r\n"
	}
	return []byte("POST " + path + " HTTP/1.1\r\nHost: bench\r\n" + token + "Content-Type: " + kind + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}

// bare splits a token and returns its bare ES256 check by the standard library.
func bare(token string, key *ecdsa.PublicKey) (check func() error, err error) {
	dot := strings.LastIndexByte(token, '.')
	if dot < 0 {
		return nil, errors.New("no signature")
	}
	sig, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
	if err != nil || len(sig) != 64 {
		return nil, errors.New("no ES256 signature")
	}
	input, r, s := []byte(token[:dot]), new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
	return func() error {
		digest := sha256.Sum256(input)
		if !ecdsa.Verify(key, digest[:], r, s) {
			return errors.New("the signature does not verify")
		}
		return nil
	}, nil
}
