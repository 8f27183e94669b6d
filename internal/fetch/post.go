package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Limits of one message that is sent.
const (
	maxSendTime   = 15 * time.Second // as Standard Webhooks advises, to the last byte read
	maxSendAnswer = 16 << 10         // read of an answer, which nobody looks at
	sendPerHost   = 8                // connections to one host
)

// Why a message was not taken, beside a status: the whole vocabulary.
var (
	ErrAddress = errors.New("only https addresses of public hosts are sent to")
	ErrReach   = errors.New("the host could not be reached")
	ErrLate    = errors.New("the host did not answer in time")
)

// Sender sends messages to addresses that strangers named, under the same rules
// as a Client: https of public hosts, checked where it is dialled. Redirects
// are not followed, no cookie is kept, and of the answer only the status counts.
type Sender struct {
	client *Client
	http   *http.Client
}

// NewSender makes a Sender.
func NewSender(o Options) (*Sender, error) {
	c, err := New(o)
	if err != nil {
		return nil, err
	}
	if c.options.Send == 0 {
		c.options.Send = maxSendTime
	}
	return &Sender{client: c, http: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{Proxy: nil, DialContext: c.dial, DisableCompression: true, MaxResponseHeaderBytes: maxHeader, ForceAttemptHTTP2: true,
			MaxConnsPerHost: sendPerHost, MaxIdleConnsPerHost: 1, MaxIdleConns: maxAtOnce, IdleConnTimeout: time.Minute,
			TLSClientConfig: &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: maxSendTime},
	}}, nil
}

// May tells whether an address may be sent to, by its form.
func (s *Sender) May(address string) bool {
	_, err := s.client.admit(address)
	return err == nil
}

// Post sends JSON. It returns the status that was answered and how long the
// host asks to be left alone, if it does. Without a status the error is one of
// the fixed list.
func (s *Sender) Post(ctx context.Context, address string, header map[string]string, body []byte) (status int, wait time.Duration, err error) {
	u, err := s.client.admit(address)
	if err != nil {
		return 0, 0, ErrAddress
	}
	ctx, cancel := context.WithTimeout(ctx, s.client.options.Send)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return 0, 0, ErrAddress
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", s.client.options.Agent)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	answer, err := s.http.Do(r)
	if err != nil {
		return 0, 0, s.because(ctx, err)
	}
	defer answer.Body.Close()                                    //nolint:errcheck // nobody looks at it
	_, _ = io.CopyN(io.Discard, answer.Body, maxSendAnswer)      // so that the connection can be used again; what it says does not matter
	seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After")) // a date counts as nothing said
	return answer.StatusCode, time.Duration(max(seconds, 0)) * time.Second, nil
}

func (s *Sender) because(ctx context.Context, err error) error {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errAddress):
		return ErrAddress
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return ErrLate
	}
	return ErrReach // what net/http says names addresses
}
