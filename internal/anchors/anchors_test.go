package anchors_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/anchors"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

func list(t *testing.T, path string) (*anchors.List, jws.JWK) {
	private, err := jws.GenerateES256(rand.Reader)
	require.NoError(t, err)
	own, err := jws.NewJWK(private.Public(), "")
	require.NoError(t, err)
	return &anchors.List{Path: path, Addresses: credential.Addresses{Public: "https://register.example"}, Self: func() ([]jws.JWK, error) { return []jws.JWK{own}, nil }}, own
}

func write(t *testing.T, path, text string) {
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

const one = `{"anchors":[{"body":"ga","name":"Global","scopes":[{"activity":"certification_of_persons","standard":"ISO/IEC 17024"}],"valid_from":"2026-01-01","valid_until":null}],"registrars":[],"logs":[]}`

// TestBuiltInList: known arrangements, with the hand-over of 2026, and this
// register as registrar of itself.
func TestBuiltInList(t *testing.T) {
	l, own := list(t, "")
	before, registrars := l.Trust()
	require.Empty(t, before, "before the first reading nobody is trusted")
	require.Empty(t, registrars)
	_, err := l.Show()
	require.Error(t, err)
	require.NoError(t, l.Load())
	byDID := map[string]trust.Anchor{}
	for _, a := range l.Plain() {
		byDID[a.DID] = a
		require.NotEmpty(t, a.Scopes, a.Name)
		require.NotContains(t, a.DID, "demo")
	}
	iaf, global := byDID[l.Addresses.Body("iaf")], byDID[l.Addresses.Body("global-aci")]
	require.Equal(t, global.DID, iaf.Successor)
	require.Equal(t, iaf.ValidUntil, global.ValidFrom, "no gap between them")
	_, registrars = l.Trust()
	require.Equal(t, []verify.Registrar{{DID: l.Addresses.Service(), Name: "This register", Keys: []jws.JWK{own}}}, registrars)
	l.Demo = func() ([]verify.Anchor, error) {
		return []verify.Anchor{{Anchor: trust.Anchor{DID: "did:web:demo"}}}, nil
	}
	n := len(l.Plain())
	require.NoError(t, l.Load())
	require.Len(t, l.Plain(), n+1)
}

// TestABrokenFileChangesNothing: whatever is wrong with a file, the list in
// force stays, and the operator is told where.
func TestABrokenFileChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "anchors.json")
	l, _ := list(t, path)
	l.Demo = func() ([]verify.Anchor, error) {
		return nil, errors.New("a file is the operator's word: no demo beside it")
	}
	require.ErrorIs(t, l.Load(), os.ErrNotExist)
	write(t, path, one)
	require.NoError(t, l.Load())
	held := l.Plain()
	require.Len(t, held, 1)
	require.Equal(t, l.Addresses.Body("ga"), held[0].DID, "a body's DID is found by its id")
	for name, c := range map[string]struct{ text, told string }{
		"not JSON":            {`{`, "anchors"},
		"an unknown member":   {strings.Replace(one, `"name"`, `"nmae"`, 1), "nmae"},
		"a name twice":        {strings.Replace(one, `"name":"Global"`, `"name":"Global","name":"Evil"`, 1), "name"},
		"behind the end":      {one + one, "anchors"},
		"no scopes":           {strings.Replace(one, `[{"activity":"certification_of_persons","standard":"ISO/IEC 17024"}]`, `[]`, 1), "scopes"},
		"a scope of anything": {strings.Replace(one, `"activity":"certification_of_persons",`, ``, 1), "activity"},
		"nobody":              {strings.Replace(one, `"body":"ga"`, `"body":""`, 1), "did"},
		"a date without day":  {strings.Replace(one, `2026-01-01`, `2026-01`, 1), "valid_from"},
		"a broken key":        {strings.Replace(one, `"valid_from"`, `"keys":{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]},"valid_from"`, 1), "keys[0]"},
		"a secret key":        {strings.Replace(one, `"valid_from"`, `"keys":{"keys":[{"kty":"oct","k":"AAAA"}]},"valid_from"`, 1), "keys[0]"},
		"a successor unknown": {strings.Replace(one, `"valid_from"`, `"successor":"gb","valid_from"`, 1), "gb"},
		"too large":           {one + strings.Repeat(" ", anchors.MaxFileBytes), "larger"},
	} {
		write(t, path, c.text)
		require.ErrorContains(t, l.Load(), c.told, name)
		require.Equal(t, held, l.Plain(), name)
	}
	l.Self = func() ([]jws.JWK, error) { return nil, errors.New("no database") }
	write(t, path, strings.Replace(one, "Global", "Other", 1))
	require.ErrorContains(t, l.Load(), "no database")
	require.Equal(t, held, l.Plain())
}

// TestShownIsRead: what is shown, read again, is the same list.
func TestShownIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "anchors.json")
	l, own := list(t, path)
	key, err := json.Marshal(own)
	require.NoError(t, err)
	write(t, path, strings.Replace(one, `"valid_from"`, `"keys":{"keys":[`+string(key)+`]},"valid_from"`, 1))
	require.NoError(t, l.Load())
	shown, err := l.Show()
	require.NoError(t, err)
	first, registrars := l.Trust()
	again, err := verify.ParseAnchors(shown, nil)
	require.NoError(t, err)
	require.Equal(t, first, again.Anchors)
	require.Equal(t, registrars, again.Registrars)
}
