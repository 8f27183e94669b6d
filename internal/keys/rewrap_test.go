package keys_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
)

// dying is a store of a process that dies after so many changes.
type dying struct {
	keys.Store
	left int
}

func (d *dying) ResealKey(ctx context.Context, k keys.Key, was []byte) error {
	if d.left--; d.left < 0 {
		return errors.New("crashed")
	}
	return d.Store.ResealKey(ctx, k, was)
}

// TestRewrap: one key encryption key follows another while servers run, also
// across a crash and by two processes at once.
func TestRewrap(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		before := custodian(db, 1)
		both := custodian(db, 1) // a server restarted first: seals with the old, opens with either
		both.Others = append(both.Others, custodian(db, 2).KEK)
		var made []keys.Key
		for _, use := range []keys.Use{keys.ForCredentials, keys.ForProofs, keys.ForAccess, keys.ForCredentials} {
			k, err := before.Create(ctx, "cb", did, use)
			require.NoError(t, err)
			made = append(made, k)
		}
		_, err := before.Register(ctx, "cb", did, publicKey(t), keys.ForClients)
		require.NoError(t, err)
		after := custodian(db, 2)
		n, err := after.Rewrap(ctx)
		require.Error(t, err, "without the old one nothing is opened")
		require.Zero(t, n)
		signs := func(c *keys.Custodian, why string) {
			for _, k := range made {
				if k.Use == keys.ForCredentials {
					_, err := c.SignerByID(ctx, "cb", k.ID)
					require.NoError(t, err, why)
				}
			}
			for _, use := range []keys.Use{keys.ForProofs, keys.ForAccess} {
				_, err := c.Signer(ctx, "cb", use)
				require.NoError(t, err, why)
			}
		}
		after.Others = append(after.Others, before.KEK)
		crashed := &keys.Custodian{Store: &dying{db, 2}, KEK: after.KEK, Others: after.Others, Now: after.Now, Rand: after.Rand}
		n, err = crashed.Rewrap(ctx)
		require.ErrorContains(t, err, "crashed")
		require.Equal(t, 2, n)
		signs(after, "half way")
		signs(both, "half way, by a server that seals with the old one")
		var wait sync.WaitGroup
		counts := make([]int, 4)
		for i := range counts {
			wait.Go(func() {
				c := custodian(db, 2)
				c.Others = append(c.Others, before.KEK)
				var err error
				if counts[i], err = c.Rewrap(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		require.Equal(t, 2, counts[0]+counts[1]+counts[2]+counts[3], "each key once")
		signs(custodian(db, 2), "the new one alone")
		signs(both, "a server that runs on")
		_, err = before.Signer(ctx, "cb", keys.ForProofs)
		require.ErrorContains(t, err, "does not fit", "the old one opens nothing any more")
		n, err = after.Rewrap(ctx)
		require.NoError(t, err)
		require.Zero(t, n)
		// A key that was sealed before key encryption keys had names.
		old, err := before.Create(ctx, "cb", did, keys.ForAccess)
		require.NoError(t, err)
		old.ID, old.KEK, old.Body = "x#y", "", "other"
		require.NoError(t, db.AddKey(ctx, old))
		n, err = after.Rewrap(ctx)
		require.ErrorContains(t, err, "x#y", "moved to another body's row it is opened by none, and told")
		require.Equal(t, 1, n)
	})
}

// TestTheLifeOfAKey: what may follow what.
func TestTheLifeOfAKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, c := t.Context(), custodian(db, 1)
		first, err := c.Create(ctx, "cb", did, keys.ForCredentials)
		require.NoError(t, err)
		_, err = c.Announce(ctx, "cb", did, keys.ForCredentials, keys.CustodyHere, nil, "another")
		require.ErrorIs(t, err, keys.ErrMoved)
		next, err := c.Announce(ctx, "cb", did, keys.ForCredentials, keys.CustodyHere, nil, first.ID)
		require.NoError(t, err)
		again, err := c.Announce(ctx, "cb", did, keys.ForCredentials, keys.CustodyHere, nil, first.ID)
		require.NoError(t, err)
		require.Equal(t, next.ID, again.ID)
		signer, err := c.Signer(ctx, "cb", keys.ForCredentials)
		require.NoError(t, err)
		require.Equal(t, first.ID, signer.KeyID, "the next one waits")
		_, err = c.SignerByID(ctx, "cb", next.ID)
		require.ErrorIs(t, err, keys.ErrNoKey)
		states := func() (out []keys.State) {
			held, err := c.Held(ctx, "cb", keys.ForCredentials)
			require.NoError(t, err)
			for _, k := range held {
				out = append(out, k.State)
			}
			return out
		}
		require.Equal(t, []keys.State{keys.Signing, keys.Next}, states())
		require.Error(t, c.Retire(ctx, "cb", next.ID))
		require.Error(t, c.Activate(ctx, "another", keys.ForCredentials, next.ID))
		require.NoError(t, c.Activate(ctx, "cb", keys.ForCredentials, next.ID))
		require.NoError(t, c.Activate(ctx, "cb", keys.ForCredentials, next.ID), "again")
		require.Equal(t, []keys.State{keys.Signing, keys.Retiring}, states())
		require.NoError(t, c.Revoke(ctx, "cb", next.ID, time.Time{}, "lost"))
		require.Equal(t, []keys.State{keys.Revoked, keys.Signing}, states(), "the one before signs again")
		third, err := c.Announce(ctx, "cb", did, keys.ForCredentials, keys.CustodyHere, nil, first.ID)
		require.NoError(t, err)
		require.NoError(t, c.Revoke(ctx, "cb", third.ID, time.Time{}, "lost too"))
		require.Error(t, c.Activate(ctx, "cb", keys.ForCredentials, third.ID), "a revoked key never signs")
		fourth, err := c.Announce(ctx, "cb", did, keys.ForCredentials, keys.CustodyHere, nil, first.ID)
		require.NoError(t, err)
		require.NoError(t, c.Activate(ctx, "cb", keys.ForCredentials, fourth.ID))
		require.NoError(t, c.Retire(ctx, "cb", first.ID))
		require.Equal(t, []keys.State{keys.Signing, keys.Revoked, keys.Retired, keys.Revoked}, states())
		_, err = c.SignerByID(ctx, "cb", first.ID)
		require.ErrorIs(t, err, keys.ErrNoKey)
	})
}
