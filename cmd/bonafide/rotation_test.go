package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/rotation"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

func (h *house) keeper(body string) string {
	return h.token(access.Client{Body: body, Scopes: []string{"keys:write", "certificates:write", "certificates:read"}})
}

// issued issues a certificate of the body mine and returns its number and the key that signed it.
func (h *house) issued(token, name string) (number, kid string) {
	a := h.do("POST", "/v1/certificates", token, request(name))
	require.Equal(h.t, 201, a.status, "%s", a.raw)
	rec, err := h.app.db.Certificate(h.t.Context(), a.json["id"].(string))
	require.NoError(h.t, err)
	return rec.Number, rec.KeyID
}

// offline judges the bundle of a certificate by the anchors and their keys
// alone: no registrar is believed.
func (h *house) offline(number string) *verify.Report {
	data := h.do("GET", "/v1/certificates/"+number+"/bundle", "", "")
	require.Equal(h.t, 200, data.status)
	all, _ := h.app.anchors.Trust()
	p := verify.Policy{Now: time.Now().UTC(), Anchors: all}
	text, src, err := verify.ParseBundle(data.raw, p)
	require.NoError(h.t, err)
	u, inside, err := verify.Open([]byte(text), p)
	require.NoError(h.t, err)
	ev, err := verify.GatherFor(h.t.Context(), u, p, verify.Sources{src, inside})
	require.NoError(h.t, err)
	return verify.Evaluate(ev, p)
}

func (h *house) active(body string, use keys.Use) string {
	held, err := h.app.custodian.Held(h.t.Context(), body, use)
	require.NoError(h.t, err)
	return keys.Active(held).ID
}

func TestRotationOverlaps(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.keeper(mine)
		before, first := h.issued(token, "Ada")
		was := h.offline(before)
		require.Equal(t, verify.BonaFide, was.Verdict, was.Summary)
		a := h.do("POST", "/v1/bodies/"+mine+"/keys/rotation", token, `{}`)
		require.Equal(t, 201, a.status, "%s", a.raw)
		require.Equal(t, "active", a.json["key"].(map[string]any)["state"])
		require.Empty(t, a.json["awaiting"])
		require.NotEmpty(t, a.json["reissued"], "the superior's statement vouches for the new key")
		second := a.json["key"].(map[string]any)["kid"].(string)
		require.NotEqual(t, first, second)
		after, kid := h.issued(token, "Eve")
		require.Equal(t, second, kid)
		for _, n := range []string{before, after} {
			require.Equal(t, "bona_fide", h.do("GET", "/v1/certificates/"+n, "", "").code())
			r := h.offline(n)
			require.Equal(t, verify.BonaFide, r.Verdict, r.Summary)
		}
		// Asked by name, a repeat rotates nothing.
		again := h.do("POST", "/v1/bodies/"+mine+"/keys/rotation", token, `{"from":"`+first+`"}`)
		require.Equal(t, 201, again.status, "%s", again.raw)
		require.Equal(t, second, again.json["key"].(map[string]any)["kid"])
		require.Equal(t, 422, h.do("POST", "/v1/bodies/"+mine+"/keys/rotation", token, `{"from":"did:web:x#y"}`).status)
		require.Equal(t, 422, h.do("POST", "/v1/bodies/"+mine+"/keys/rotation", token, `{"use":"access"}`).status)
		require.Equal(t, 422, h.do("POST", "/v1/bodies/"+mine+"/keys/rotation", token, `{"custody":"hsm"}`).status, "there is no token here")

		states := map[string]any{}
		for _, k := range h.do("GET", "/v1/bodies/"+mine+"/keys", "", "").json["data"].([]any) {
			states[k.(map[string]any)["kid"].(string)] = k.(map[string]any)["state"]
		}
		require.Equal(t, []any{"retiring", "active"}, []any{states[first], states[second]})
		// Retired, the old key has no private half any more; what it signed stays good.
		thumbprint := func(kid string) string { return kid[strings.Index(kid, "#")+1:] }
		require.Equal(t, 409, h.do("POST", "/v1/bodies/"+mine+"/keys/"+thumbprint(second)+"/retirement", token, "").status, "the active one is not retired")
		for range 2 {
			require.Equal(t, 201, h.do("POST", "/v1/bodies/"+mine+"/keys/"+thumbprint(first)+"/retirement", token, "").status)
		}
		held, err := h.app.db.Keys(t.Context(), mine, keys.ForCredentials)
		require.NoError(t, err)
		require.Empty(t, held[len(held)-1].Sealed)
		require.Equal(t, verify.BonaFide, h.offline(before).Verdict)
		did := h.do("GET", "/bodies/"+mine+"/did.json", "", "").json
		require.NotContains(t, did["assertionMethod"], first)
		require.Contains(t, string(h.do("GET", "/bodies/"+mine+"/did.json", "", "").raw), first, "listed for what it signed")
	})
}

// TestStatementsFollowTheKeys: number, scope, validity and history of what is
// stated anew are those of what it succeeds, and the past reads as it did.
func TestStatementsFollowTheKeys(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, err := h.app.registrar.View(ctx)
		require.NoError(t, err)
		var old registry.Statement
		for _, s := range v.About(h.app.addresses.Body(mine)) {
			if len(s.Events) == 0 {
				old = s
			}
		}
		require.NotEmpty(t, old.ID)
		operator := h.token(access.Client{Operator: true})
		h.must(201, "POST", "/v1/statements/"+old.ID+"/events", operator, `{"event":"suspended","effective_at":"`+instantOf(-time.Hour)+`"}`)
		out, err := h.app.rotation.Rotate(ctx, rotation.Request{Body: mine})
		require.NoError(t, err)
		require.Empty(t, out.Awaiting)
		now, err := h.app.registrar.View(ctx)
		require.NoError(t, err)
		was, _ := now.Statement(old.ID)
		last := was.Events[len(was.Events)-1]
		require.EqualValues(t, "superseded", last.Kind)
		next, ok := now.Statement(last.Successor)
		require.True(t, ok)
		require.Equal(t, []any{old.Kind, old.Issuer, old.Subject, old.Number, old.Scope, old.ValidFrom, old.ValidUntil, old.Assurance},
			[]any{next.Kind, next.Issuer, next.Subject, next.Number, next.Scope, next.ValidFrom, next.ValidUntil, next.Assurance})
		require.Len(t, next.Events, 1, "a suspension is not lifted by a key")
		require.EqualValues(t, "suspended", next.Events[0].Kind)
		require.Equal(t, "suspended", h.must(200, "GET", "/v1/statements/"+next.ID, "", "")["status"])
		// A withdrawn statement is never stated anew.
		h.must(201, "POST", "/v1/statements/"+next.ID+"/events", operator, `{"event":"withdrawn","effective_at":"`+instantOf(0)+`"}`)
		out, err = h.app.rotation.Rotate(ctx, rotation.Request{Body: mine})
		require.NoError(t, err)
		for _, s := range out.Reissued {
			require.NotEqual(t, next.Number, s.Number)
		}
	})
}

func TestRotationIsOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		other := h.token(access.Client{Body: "demo-lapsed", Scopes: access.Scopes()})
		was := h.active(mine, keys.ForCredentials)
		require.Equal(t, 403, h.do("POST", "/v1/bodies/"+mine+"/keys/rotation", other, `{}`).status)
		require.Equal(t, 403, h.do("POST", "/v1/bodies/"+mine+"/keys/"+was[strings.Index(was, "#")+1:]+"/retirement", other, "").status)
		require.Equal(t, 404, h.do("POST", "/v1/bodies/register/keys/rotation", h.token(access.Client{Operator: true}), `{}`).status, "the register's own key is the operator's, at the machine")
		require.Equal(t, 404, h.do("POST", "/v1/bodies/demo-lapsed/keys/"+strings.ReplaceAll(was, "#", "%23")+"/retirement", other, "").status)
		require.Equal(t, was, h.active(mine, keys.ForCredentials))
	})
}

// TestReplicasRotateOnce: of two processes that rotate at once, one makes the
// key, and both tell of it.
func TestReplicasRotateOnce(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := demo(t, engine)
			a, b := open(t, dsn), open(t, dsn)
			from := a.active(mine, keys.ForCredentials)
			var wait sync.WaitGroup
			got := make([]string, 6)
			for i := range got {
				h := []*house{a, b}[i%2]
				wait.Go(func() {
					out, err := h.app.rotation.Rotate(t.Context(), rotation.Request{Body: mine, From: from})
					if err == nil && len(out.Awaiting) == 0 {
						got[i] = out.Key.ID
					} else {
						t.Error(err, out.Awaiting)
					}
				})
			}
			wait.Wait()
			for _, kid := range got {
				require.Equal(t, got[0], kid)
			}
			require.Equal(t, got[0], b.active(mine, keys.ForCredentials))
			held, err := a.app.custodian.Held(t.Context(), mine, keys.ForCredentials)
			require.NoError(t, err)
			require.Len(t, held, 2)
			n, kid := b.issued(b.keeper(mine), "Ada")
			require.Equal(t, got[0], kid)
			require.Equal(t, verify.BonaFide, a.offline(n).Verdict)
		})
	}
}

// crashingKeys is the real store of a process that dies at one step.
type crashingKeys struct {
	keys.Store
	step  string
	after bool
}

func (c *crashingKeys) crash(step string, work func() error) error {
	return (&crashing{step: c.step, after: c.after}).crash(step, work)
}

func (c *crashingKeys) AddNextKey(ctx context.Context, k keys.Key, after string) error {
	return c.crash("next", func() error { return c.Store.AddNextKey(ctx, k, after) })
}

func (c *crashingKeys) ActivateKey(ctx context.Context, body, id string, at time.Time) error {
	return c.crash("activate", func() error { return c.Store.ActivateKey(ctx, body, id, at) })
}

func (c *crashingKeys) RevokeKey(ctx context.Context, body, id string, at, since time.Time, reason string) error {
	return c.crash("revoke", func() error { return c.Store.RevokeKey(ctx, body, id, at, since, reason) })
}

type crashingRegistry struct {
	registry.Store
	after bool
	on    bool
}

func (c *crashingRegistry) Apply(ctx context.Context, all registry.Snapshot) (added, changed int, err error) {
	step := ""
	if c.on {
		step = "apply"
	}
	err = (&crashing{step: step, after: c.after}).crash("apply", func() error { added, changed, err = c.Store.Apply(ctx, all); return err })
	return added, changed, err
}

// TestEveryCrashPointOfARotation: whatever step a process dies at, the key that
// signs is vouched for, and the next round of any process finishes.
func TestEveryCrashPointOfARotation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.keeper(mine)
		for i, c := range []struct {
			step  string
			after bool
		}{{"next", false}, {"next", true}, {"apply", false}, {"apply", true}, {"activate", false}, {"activate", true}} {
			from := h.active(mine, keys.ForCredentials)
			dying := *h.app
			custodian := &keys.Custodian{Store: &crashingKeys{h.app.db, c.step, c.after}, KEK: h.app.custodian.KEK, Now: h.app.now, Rand: rand.Reader}
			registrar := &registry.Registrar{Store: &crashingRegistry{h.app.db, c.after, c.step == "apply"}, Addresses: h.app.addresses, Now: h.app.now, Rand: rand.Reader,
				Keys: keyring{custodian}, Lists: h.app.publisher.Place, Anchors: h.app.anchors.Plain}
			dying.rotation = &rotation.Desk{Keys: custodian, Registrar: registrar, Addresses: h.app.addresses, Anchors: h.app.rotation.Anchors}
			_, err := dying.rotation.Rotate(t.Context(), rotation.Request{Body: mine, From: from})
			require.ErrorIs(t, err, errCrash, c.step)
			n, _ := h.issued(token, "Ada "+c.step)
			require.Equal(t, verify.BonaFide, h.offline(n).Verdict, "between the steps nothing is broken")
			if i%2 == 0 {
				_, err = h.app.rotation.Settle(t.Context())
				require.NoError(t, err)
			}
			out, err := h.app.rotation.Rotate(t.Context(), rotation.Request{Body: mine, From: from})
			require.NoError(t, err)
			require.Empty(t, out.Awaiting)
			require.NotEqual(t, from, out.Key.ID)
			n, kid := h.issued(token, "Eve "+c.step)
			require.Equal(t, out.Key.ID, kid)
			require.Equal(t, verify.BonaFide, h.offline(n).Verdict)
		}
		held, err := h.app.custodian.Held(t.Context(), mine, keys.ForCredentials)
		require.NoError(t, err)
		require.Len(t, held, 7, "each rotation made one key")
	})
}

// TestRevocationIsFinished: what a crash left between the revocation and the
// superior's statement is done by a repeat, or by the next round.
func TestRevocationIsFinished(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		vouches := func(kid string) bool {
			v, err := h.app.registrar.View(ctx)
			require.NoError(t, err)
			for _, s := range v.About(h.app.addresses.Body(mine)) {
				a := h.must(200, "GET", "/v1/statements/"+s.ID, "", "")
				payload, err := base64.RawURLEncoding.DecodeString(strings.Split(s.Credential, ".")[1])
				require.NoError(t, err)
				if a["status"] == "in_force" && strings.Contains(string(payload), kid) {
					return true
				}
			}
			return false
		}
		for _, repeat := range []bool{true, false} {
			kid := h.active(mine, keys.ForCredentials)
			_, err := h.app.rotation.Rotate(ctx, rotation.Request{Body: mine})
			require.NoError(t, err)
			require.True(t, vouches(kid))
			require.NoError(t, h.app.custodian.Revoke(ctx, mine, kid, time.Time{}, "lost"), "and here the process dies")
			require.True(t, vouches(kid))
			if repeat {
				_, err = h.app.rotation.Revoke(ctx, mine, kid, time.Time{}, "lost")
			} else {
				_, err = h.app.rotation.Settle(ctx)
			}
			require.NoError(t, err)
			require.False(t, vouches(kid))
			_, err = h.app.rotation.Revoke(ctx, mine, kid, time.Time{}, "other words")
			require.ErrorIs(t, err, registry.ErrNotFound, "a revocation is not rewritten")
		}
	})
}

// TestOwnKeyFollowsAnother: a body that keeps its own key hands in the next
// one; what it prepared before is sealed after, unless the key was revoked.
func TestOwnKeyFollowsAnother(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token := h.keeper(mine)
		pair := func() (jws.Signer, string) {
			private, err := jws.GenerateES256(rand.Reader)
			require.NoError(t, err)
			public, err := jws.NewJWK(private.Public(), "")
			require.NoError(t, err)
			text, err := json.Marshal(public)
			require.NoError(t, err)
			return jws.Signer{KeyID: "did:web:localhost%3A8080:bodies:" + mine + "#" + public.Thumbprint(), Key: private}, string(text)
		}
		rotate := func(body string) answer { return h.do("POST", "/v1/bodies/"+mine+"/keys/rotation", token, body) }
		first, jwk := pair()
		a := rotate(`{"jwk":` + jwk + `}`)
		require.Equal(t, 201, a.status, "%s", a.raw)
		require.Equal(t, first.KeyID, a.json["key"].(map[string]any)["kid"])
		require.Equal(t, 409, rotate(`{}`).status, "nobody else makes a key for it")
		require.Equal(t, 409, rotate(`{"jwk":`+jwk+`}`).status, "a key is used once")
		prepare := func(name string) (number, input string) {
			a := h.do("POST", "/v1/certificates/prepare", token, request(name))
			require.Equal(t, 201, a.status, "%s", a.raw)
			return a.json["id"].(string), a.json["signing_input"].(string)
		}
		seal := func(number, input string, s jws.Signer) answer {
			full, err := s.SignInput(input)
			require.NoError(t, err)
			return h.do("POST", "/v1/certificates/"+number+"/seal", token, `{"signature":"`+full[strings.LastIndex(full, ".")+1:]+`"}`)
		}
		early, input := prepare("Ada")
		late, inputLate := prepare("Bob")
		second, jwk := pair()
		require.Equal(t, 201, rotate(`{"jwk":`+jwk+`}`).status)
		require.Equal(t, 201, seal(early, input, first).status, "what was recorded before the rotation")
		require.Equal(t, verify.BonaFide, h.offline(early).Verdict)
		fresh, inputFresh := prepare("Eve")
		require.GreaterOrEqual(t, seal(fresh, inputFresh, first).status, 400, "the old key signs nothing new")
		require.Equal(t, 201, seal(fresh, inputFresh, second).status)
		require.Equal(t, verify.BonaFide, h.offline(fresh).Verdict)
		h.must(201, "POST", "/v1/bodies/"+mine+"/keys/"+first.KeyID[strings.Index(first.KeyID, "#")+1:]+"/revocation", token, `{"reason":"lost"}`)
		require.GreaterOrEqual(t, seal(late, inputLate, first).status, 400, "a revoked key seals nothing")
		require.Equal(t, 404, h.do("GET", "/v1/certificates/"+late, "", "").status)
		require.Equal(t, "bona_fide", h.do("GET", "/v1/certificates/"+early, "", "").code(), "what was sealed before stays")
	})
}

// TestSuperiorWithItsOwnKey: where the superior cannot state anew here, the
// next key does not sign, and the answer says what is awaited.
func TestSuperiorWithItsOwnKey(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, token := t.Context(), h.keeper(mine)
		superior := h.active(accred, keys.ForCredentials)
		require.NoError(t, h.app.custodian.Revoke(ctx, accred, superior, time.Time{}, "moves to its own machine"))
		was := h.active(mine, keys.ForCredentials)
		var waiting string
		for range 2 { // a repeat makes no other key
			a := h.do("POST", "/v1/bodies/"+mine+"/keys/rotation", token, `{}`)
			require.Equal(t, 202, a.status, "%s", a.raw)
			require.Equal(t, "next", a.json["key"].(map[string]any)["state"])
			require.Equal(t, accred, a.json["awaiting"].([]any)[0].(map[string]any)["by"])
			kid := a.json["key"].(map[string]any)["kid"].(string)
			require.True(t, waiting == "" || waiting == kid)
			waiting = kid
		}
		require.Contains(t, string(h.do("GET", "/bodies/"+mine+"/did.json", "", "").raw), waiting, "it is known before it signs")
		_, kid := h.issued(token, "Ada")
		require.Equal(t, was, kid)
		switched, err := h.app.rotation.Settle(ctx)
		require.NoError(t, err)
		require.Zero(t, switched)
		_, err = h.app.custodian.Create(ctx, accred, h.app.addresses.Body(accred), keys.ForCredentials)
		require.NoError(t, err)
		switched, err = h.app.rotation.Settle(ctx)
		require.NoError(t, err)
		require.Equal(t, 1, switched)
		_, kid = h.issued(token, "Eve")
		require.Equal(t, waiting, kid)
	})
}

// TestTheTopRotatesByTheList: no statement vouches for the register, or for an
// anchor whose keys are listed.
func TestTheTopRotatesByTheList(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		was := h.active(keys.Service, keys.ForCredentials)
		out, err := h.app.rotation.Rotate(ctx, rotation.Request{Body: keys.Service})
		require.NoError(t, err)
		require.Len(t, out.Awaiting, 1)
		require.Equal(t, was, h.active(keys.Service, keys.ForCredentials))
		_, err = h.app.rotation.Settle(ctx)
		require.NoError(t, err)
		require.Equal(t, was, h.active(keys.Service, keys.ForCredentials), "nobody but the operator says that it is announced")
		done, err := h.app.rotation.Rotate(ctx, rotation.Request{Body: keys.Service, Announced: true})
		require.NoError(t, err)
		require.Empty(t, done.Awaiting)
		require.Equal(t, out.Key.ID, done.Key.ID)
		require.Equal(t, out.Key.ID, h.active(keys.Service, keys.ForCredentials))

		const top = "demo-arrangement"
		list, _ := h.app.anchors.Trust()
		h.app.rotation.Anchors = func() ([]verify.Anchor, error) { return list, nil } // the file as it was
		out, err = h.app.rotation.Rotate(ctx, rotation.Request{Body: top})
		require.NoError(t, err)
		require.Len(t, out.Awaiting, 1)
		require.Contains(t, out.Awaiting[0].Detail, out.Key.ID)
		require.NotEqual(t, out.Key.ID, h.active(top, keys.ForCredentials))
		require.NoError(t, h.app.anchors.Load()) // the operator adds the key
		list, _ = h.app.anchors.Trust()
		_, err = h.app.rotation.Settle(ctx)
		require.NoError(t, err)
		require.Equal(t, out.Key.ID, h.active(top, keys.ForCredentials))
	})
}

// TestCompromiseHasAnInstant: what was recorded before it is believed, what was
// recorded at it or later is not, and the superior vouches for the key no longer.
func TestCompromiseHasAnInstant(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, token := t.Context(), h.keeper(mine)
		for _, later := range []time.Duration{0, time.Microsecond} {
			first, kid := h.issued(token, "Ada")
			second, _ := h.issued(token, "Eve")
			third, _ := h.issued(token, "Bob")
			rec, err := h.app.db.Certificate(ctx, second)
			require.NoError(t, err)
			_, err = h.app.rotation.Rotate(ctx, rotation.Request{Body: mine, From: kid})
			require.NoError(t, err)
			out, err := h.app.rotation.Revoke(ctx, mine, kid, rec.SealedAt.Add(later), "stolen")
			require.NoError(t, err)
			require.NotEmpty(t, out.Reissued)
			want := map[string]string{first: "bona_fide", second: "not_authentic", third: "not_authentic"}
			if later > 0 {
				want[second] = "bona_fide"
			}
			for n, verdict := range want {
				a := h.do("GET", "/v1/certificates/"+n, "", "")
				require.Equal(t, verdict, a.code(), "%s later by %s: %s", n, later, a.raw)
			}
			fresh, signedBy := h.issued(token, "Ida")
			require.NotEqual(t, kid, signedBy)
			require.Equal(t, verify.BonaFide, h.offline(fresh).Verdict)
		}
	})
}
