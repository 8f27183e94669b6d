package backlink_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/backlink"
	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// sites are documents by address, read as the network would; counting, and
// slow if told so.
type sites struct {
	files map[string]fetch.Answer
	slow  chan struct{}
	asked atomic.Int64
}

func (s *sites) Get(_ context.Context, address string, _ fetch.Kind) (fetch.Answer, error) {
	s.asked.Add(1)
	if s.slow != nil {
		<-s.slow
	}
	a, ok := s.files[address]
	if !ok {
		return fetch.Answer{}, fmt.Errorf("%w: not there", verify.ErrUnobtainable)
	}
	if a.Address == "" {
		a.Address = address
	}
	return a, nil
}

func TestWhatTheIssuersSiteSays(t *testing.T) {
	for name, c := range map[string]struct {
		body, at string
		want     backlink.Outcome
	}{
		"named":               {`{"verify_at":["https://other.example","https://bonafide.example"]}`, "", backlink.Confirmed},
		"named with its port": {`{"verify_at":["HTTPS://Bonafide.Example:443/"],"more":1}`, "", backlink.Confirmed},
		"others are named":    {`{"verify_at":["https://bonafide.example.evil.example"]}`, "", backlink.Elsewhere},
		"another scheme":      {`{"verify_at":["http://bonafide.example"]}`, "", backlink.Elsewhere},
		"a user in front":     {`{"verify_at":["https://bonafide.example@evil.example"]}`, "", backlink.Elsewhere},
		"nobody is named":     {`{"verify_at":[]}`, "", backlink.Silent},
		"no JSON":             {`<html>`, "", backlink.Unknown},
		"another shape":       {`{"verify_at":"https://bonafide.example"}`, "", backlink.Unknown},
		"its www":             {`{"verify_at":["https://bonafide.example"]}`, "https://www.cb.example/.well-known/bonafide.json", backlink.Confirmed},
		"led away":            {`{"verify_at":["https://bonafide.example"]}`, "https://evil.example/.well-known/bonafide.json", backlink.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			s := &sites{files: map[string]fetch.Answer{"https://cb.example/.well-known/bonafide.json": {Body: []byte(c.body), Address: c.at}}}
			k, err := backlink.New(s, "https://bonafide.example")
			require.NoError(t, err)
			require.Equal(t, backlink.Answer{Domain: "cb.example", Outcome: c.want}, k.Check(t.Context(), []string{"cb.example"}))
			k.Check(t.Context(), []string{"cb.example"})
			require.EqualValues(t, 1, s.asked.Load(), "an answer is kept")
		})
	}
}

// TestNoAnswerIsNoWord: what cannot be had is said to be so, and one domain that
// confirms is enough.
func TestNoAnswerIsNoWord(t *testing.T) {
	s := &sites{files: map[string]fetch.Answer{"https://b.example/.well-known/bonafide.json": {Body: []byte(`{"verify_at":["https://bonafide.example"]}`)}}}
	k, err := backlink.New(s, "https://bonafide.example")
	require.NoError(t, err)
	require.Equal(t, backlink.Answer{Domain: "a.example"}, k.Check(t.Context(), []string{"a.example"}))
	require.Equal(t, backlink.Answer{Domain: "b.example", Outcome: backlink.Confirmed}, k.Check(t.Context(), []string{"a.example", "b.example"}))
	require.Equal(t, backlink.Answer{}, k.Check(t.Context(), nil))
}

// TestASlowSiteHoldsNobodyUp: the page does not wait for it, asks once, and the
// next visitor has the answer.
func TestASlowSiteHoldsNobodyUp(t *testing.T) {
	s := &sites{slow: make(chan struct{}), files: map[string]fetch.Answer{"https://cb.example/.well-known/bonafide.json": {Body: []byte(`{"verify_at":["https://bonafide.example"]}`)}}}
	k, err := backlink.New(s, "https://bonafide.example")
	require.NoError(t, err)
	start := time.Now()
	for range 2 {
		require.Equal(t, backlink.Unknown, k.Check(t.Context(), []string{"cb.example"}).Outcome)
	}
	require.Less(t, time.Since(start), 3*time.Second)
	require.EqualValues(t, 1, s.asked.Load())
	close(s.slow)
	require.Eventually(t, func() bool {
		return k.Check(t.Context(), []string{"cb.example"}).Outcome == backlink.Confirmed
	}, 5*time.Second, 10*time.Millisecond)
}
