package vcapi_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/vcapi"
	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// web is a network of controllers that tells what it was asked for.
type web struct {
	keys  map[string][]verify.PublishedKey
	lists map[string]string
	asked []string
}

func (w *web) Controller(_ context.Context, id string) ([]verify.PublishedKey, error) {
	w.asked = append(w.asked, id)
	if k, ok := w.keys[id]; ok {
		return k, nil
	}
	return nil, verify.ErrUnobtainable
}

func (w *web) StatusList(_ context.Context, address string, _ time.Time) (string, error) {
	w.asked = append(w.asked, address)
	if l, ok := w.lists[address]; ok {
		return l, nil
	}
	return "", verify.ErrUnobtainable
}

func now() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func office(w *web) *vcapi.Office {
	return &vcapi.Office{DID: "did:web:register.example", Sources: func(string) vcapi.Source { return w }, Now: now}
}

// party is an issuer with a key, published under its DID.
func party(t testing.TB, id string) (jws.Signer, verify.PublishedKey) {
	t.Helper()
	private, err := jws.GenerateEd25519(rand.Reader)
	require.NoError(t, err)
	public, err := jws.NewJWK(private.Public(), "")
	require.NoError(t, err)
	text, err := did.Multikey(public)
	require.NoError(t, err)
	if id == "" {
		id = "did:key:" + text
	}
	s := jws.Signer{KeyID: id + "#" + text, Key: private}
	return s, verify.PublishedKey{JWK: public.WithKeyID(s.KeyID)}
}

func signed(t testing.TB, s jws.Signer, issuer, more string) []byte {
	t.Helper()
	c := fmt.Sprintf(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":%q,"credentialSubject":{"id":"did:example:x"}%s}`, issuer, more)
	out, err := dataintegrity.Sign([]byte(c), dataintegrity.Options{Suite: dataintegrity.EdDSAJCS, Purpose: dataintegrity.Assertion}, s)
	require.NoError(t, err)
	return out
}

// TestNothingIsFetchedForStrangers: of what an unverified credential names, only
// its issuer's own document is looked for, and its status list only once the
// proof has verified.
func TestNothingIsFetchedForStrangers(t *testing.T) {
	const issuer = "did:web:issuer.example"
	key, published := party(t, issuer)
	other, _ := party(t, "did:web:internal.example")
	entry := `,"credentialStatus":{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"1","statusListCredential":"https://list.example/1"}`
	for name, c := range map[string]struct {
		document []byte
		known    bool
		verified bool
		asked    []string
	}{
		"good":                {signed(t, key, issuer, ""), true, true, []string{issuer}},
		"not to be had":       {signed(t, key, issuer, ""), false, false, []string{issuer}},
		"another signs":       {signed(t, other, issuer, ""), true, false, nil},
		"list after proof":    {signed(t, key, issuer, entry), true, true, []string{issuer, "https://list.example/1"}},
		"forged, then none":   {[]byte(strings.Replace(string(signed(t, key, issuer, entry)), "did:example:x", "did:example:y", 1)), true, false, []string{issuer}},
		"not even a model":    {[]byte(strings.Replace(string(signed(t, key, issuer, entry)), `"type":["VerifiableCredential"]`, `"type":[]`, 1)), true, false, nil},
		"nested ten thousand": {[]byte(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)), true, false, nil},
	} {
		w := &web{keys: map[string][]verify.PublishedKey{}}
		if c.known {
			w.keys[issuer] = []verify.PublishedKey{published}
		}
		v, err := office(w).For("somebody").Credential(t.Context(), c.document, true)
		require.Equal(t, c.verified, err == nil, "%s: %v", name, err)
		require.Equal(t, c.asked, w.asked, name)
		if err != nil {
			var faults vcapi.Problems
			require.True(t, errors.As(err, &faults), "%s: %v", name, err)
		}
		if name == "list after proof" {
			require.Len(t, v.Warnings, 1, "a list that cannot be had is told, and is no failure")
		}
	}
}

// TestPresentationsAskForNobody: a presentation's holder proves itself by its
// identifier; documents elsewhere say nothing here of authentication.
func TestPresentationsAskForNobody(t *testing.T) {
	key, published := party(t, "did:web:holder.example")
	vp := `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"holder":"did:web:holder.example"}`
	data, err := dataintegrity.Sign([]byte(vp), dataintegrity.Options{Suite: dataintegrity.EdDSAJCS, Purpose: dataintegrity.Authentication}, key)
	require.NoError(t, err)
	w := &web{keys: map[string][]verify.PublishedKey{"did:web:holder.example": {published}}}
	_, err = office(w).For("somebody").Presentation(t.Context(), data, "", "")
	require.Error(t, err)
	require.Empty(t, w.asked)
}

// TestRevokedKeysVerifyNothing: a key that its controller has ended is none.
func TestRevokedKeysVerifyNothing(t *testing.T) {
	const issuer = "did:web:issuer.example"
	key, published := party(t, issuer)
	ended := now().Add(-time.Hour)
	published.RevokedAt = &ended
	w := &web{keys: map[string][]verify.PublishedKey{issuer: {published}}}
	_, err := office(w).For("somebody").Credential(t.Context(), signed(t, key, issuer, ""), false)
	require.ErrorContains(t, err, "no key")
}

// FuzzCredential: whatever the bytes, an answer comes, and only what a known
// issuer signed is verified.
func FuzzCredential(f *testing.F) {
	key, _ := party(f, "")
	issuer := did.Controller(key.KeyID)
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,a.b.c"}`))
	f.Add(signed(f, key, issuer, ""))
	f.Add(signed(f, key, issuer, `,"validUntil":"2020-01-01T00:00:00Z","name":{"@value":"x","@language":"en"}`))
	o := office(&web{})
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := o.For("f").Credential(t.Context(), data, true)
		if err == nil && !json.Valid(data) {
			t.Fatalf("verified what is no JSON: %q", data)
		}
		_, _ = o.For("f").Presentation(t.Context(), data, "c", "d") // an answer is enough
	})
}

// TestWorkIsBounded: where all places for strangers' documents are taken, a proof
// is not checked, and that is no success.
func TestWorkIsBounded(t *testing.T) {
	o := office(&web{})
	over := make(chan time.Time)
	close(over)
	o.Workers = dataintegrity.NewWorkers(0, 1, func() <-chan time.Time { return over })
	signer, _ := party(t, "")
	document := signed(t, signer, did.Controller(signer.KeyID), "")
	_, err := o.For("").Credential(t.Context(), document, false)
	require.ErrorContains(t, err, "too many documents")
	o.Workers = dataintegrity.NewWorkers(1, 1, nil)
	_, err = o.For("").Credential(t.Context(), document, false)
	require.NoError(t, err)
}
