package keys_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

const did = "did:web:register.example:bodies:cb"

func custodian(db *store.DB, kek byte) *keys.Custodian {
	c := &keys.Custodian{Store: db, Now: time.Now, Rand: rand.Reader}
	c.KEK[0] = kek
	return c
}

func publicKey(t *testing.T) jws.JWK {
	private, err := jws.GenerateES256(rand.Reader)
	require.NoError(t, err)
	public, err := jws.NewJWK(private.Public(), "")
	require.NoError(t, err)
	return public
}

func TestRotationKeepsWhatWasSigned(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, c := t.Context(), custodian(db, 1)
		_, err := c.Signer(ctx, "cb", keys.ForCredentials)
		require.ErrorIs(t, err, keys.ErrNoKey)
		require.NoError(t, c.Ensure(ctx, "cb", did, keys.ForCredentials))
		require.NoError(t, c.Ensure(ctx, "cb", did, keys.ForCredentials), "once is enough")
		held, err := c.Public(ctx, "cb")
		require.NoError(t, err)
		require.Len(t, held, 1)
		first := held[0]
		require.Equal(t, did+"#"+first.Public.Thumbprint(), first.ID)
		require.Empty(t, first.Sealed, "what the public sees has no private half")

		second, err := c.Create(ctx, "cb", did, keys.ForCredentials)
		require.NoError(t, err)
		signer, err := c.Signer(ctx, "cb", keys.ForCredentials)
		require.NoError(t, err)
		require.Equal(t, second.ID, signer.KeyID, "the newest signs")
		old, err := c.SignerByID(ctx, "cb", first.ID)
		require.NoError(t, err, "input recorded under the old key is still signed with it")
		token, err := jws.Sign([]byte(`{}`), "JWT", old)
		require.NoError(t, err)
		u, err := jws.Parse(token)
		require.NoError(t, err)
		require.NoError(t, u.Verify(first.Public))
		_, err = c.SignerByID(ctx, "another", first.ID)
		require.ErrorIs(t, err, keys.ErrNoKey, "a key signs for its body alone")

		require.NoError(t, c.Revoke(ctx, "cb", second.ID, time.Time{}, "lost"))
		_, err = c.SignerByID(ctx, "cb", second.ID)
		require.ErrorIs(t, err, keys.ErrNoKey, "a revoked key never signs")
		signer, err = c.Signer(ctx, "cb", keys.ForCredentials)
		require.NoError(t, err)
		require.Equal(t, first.ID, signer.KeyID)
		held, err = c.Public(ctx, "cb")
		require.NoError(t, err)
		require.Len(t, held, 2, "a revoked key stays listed")
		require.ErrorIs(t, c.Revoke(ctx, "cb", second.ID, time.Time{}, "again"), registry.ErrNotFound)
		var invalid fault.Invalid
		require.ErrorAs(t, c.Revoke(ctx, "cb", first.ID, time.Time{}, ""), &invalid)
		require.ErrorAs(t, c.Revoke(ctx, "cb", first.ID, time.Now().Add(time.Hour), "r"), &invalid)
	})
}

func TestUsesAreKeptApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, c := t.Context(), custodian(db, 1)
		require.NoError(t, c.Ensure(ctx, keys.Service, "did:web:register.example", keys.ForAccess))
		_, err := c.Signer(ctx, keys.Service, keys.ForCredentials)
		require.ErrorIs(t, err, keys.ErrNoKey, "an access key signs no credential")
		client := publicKey(t)
		_, err = c.Register(ctx, "cb", did, client, keys.ForClients)
		require.NoError(t, err)
		held, err := c.Public(ctx, "cb")
		require.NoError(t, err)
		require.Empty(t, held, "a client's key vouches for no credential")
		of, err := c.OfClients(ctx, "cb")
		require.NoError(t, err)
		require.Len(t, of, 1)
		var invalid fault.Invalid
		_, err = c.Register(ctx, "cb", did, publicKey(t), keys.ForAccess)
		require.ErrorAs(t, err, &invalid, "nobody registers a key that makes access tokens")
		_, err = c.Signer(ctx, "cb", keys.ForClients)
		require.ErrorIs(t, err, keys.ErrNoKey, "what the body keeps cannot sign here")
	})
}

// TestKeysRestSealed: neither the store nor another key encryption key gives a
// private half away, and a sealed key is good for its own names alone.
func TestKeysRestSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, c := t.Context(), custodian(db, 1)
		k, err := c.Create(ctx, "cb", did, keys.ForCredentials)
		require.NoError(t, err)
		require.NotEmpty(t, k.Sealed)
		again, err := c.Create(ctx, "cb", did, keys.ForCredentials)
		require.NoError(t, err)
		require.False(t, bytes.HasPrefix(again.Sealed, k.Sealed[:12]), "each nonce is drawn")
		_, err = custodian(db, 2).SignerByID(ctx, "cb", k.ID)
		require.ErrorContains(t, err, "does not fit")
		stolen := keys.Key{ID: "did:web:register.example:bodies:eve#k", Body: "eve", Use: keys.ForCredentials, Public: k.Public, Sealed: k.Sealed, CreatedAt: time.Now()}
		require.NoError(t, db.AddKey(ctx, stolen))
		_, err = c.Signer(ctx, "eve", keys.ForCredentials)
		require.Error(t, err, "a sealed key moved to another body's row does not open")
		short := stolen
		short.ID, short.Body, short.Sealed = "did:web:register.example:bodies:mal#k", "mal", []byte{1}
		require.NoError(t, db.AddKey(ctx, short))
		_, err = c.Signer(ctx, "mal", keys.ForCredentials)
		require.ErrorContains(t, err, "damaged")
	})
}

func TestKeyEncryptionKey(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	kek, err := keys.LoadKEK(good, "", false)
	require.NoError(t, err)
	require.EqualValues(t, 7, kek[31])
	for _, bad := range []string{"x", base64.StdEncoding.EncodeToString(make([]byte, 31)), good + good} {
		_, err = keys.LoadKEK(bad, "", false)
		require.Error(t, err, bad)
		require.NotContains(t, err.Error(), bad, "a key is not written to a log")
	}
	file := filepath.Join(t.TempDir(), "kek")
	_, err = keys.LoadKEK("", file, false)
	require.ErrorIs(t, err, os.ErrNotExist, "it is made only where asked")
	got := make([][32]byte, 8)
	var all sync.WaitGroup
	for i := range got {
		all.Go(func() {
			var err error
			if got[i], err = keys.LoadKEK("", file, true); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, k := range got {
		require.Equal(t, got[0], k, "all who start at once agree")
		require.NotEqual(t, [32]byte{}, k)
	}
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing is left lying about")
}
