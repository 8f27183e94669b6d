package access_test

import (
	"crypto"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/store"
	"github.com/bonafide-dev/bonafide/internal/store/storetest"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

const public = "https://register.example"

// gatehouse is a gate with one body behind it and a clock that can be moved.
type gatehouse struct {
	*access.Gate
	t   *testing.T
	now time.Time
}

func gates(t *testing.T, run func(t *testing.T, g *gatehouse)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g := &gatehouse{t: t, now: time.Now().UTC().Truncate(time.Second)}
		clock := func() time.Time { return g.now }
		at := credential.Addresses{Public: public}
		custodian := &keys.Custodian{Store: db, Now: clock, Rand: rand.Reader}
		g.Gate = &access.Gate{Store: db, Keys: custodian, Addresses: at, Now: clock, Rand: rand.Reader}
		require.NoError(t, custodian.Ensure(t.Context(), keys.Service, at.Service(), keys.ForAccess))
		require.NoError(t, custodian.Ensure(t.Context(), keys.Service, at.Service(), keys.ForCredentials))
		for _, id := range []string{"cb", "eve"} {
			require.NoError(t, db.AddBody(t.Context(), registry.Body{ID: id, DID: at.Body(id), Name: id, Roles: []registry.Role{registry.CertificationBody}}))
		}
		run(t, g)
	})
}

func (g *gatehouse) enrol(c access.Client) (access.Client, string) {
	client, secret, err := g.Enrol(g.t.Context(), c)
	require.NoError(g.t, err)
	return client, secret
}

func (g *gatehouse) refused(r access.TokenRequest, code string) {
	g.t.Helper()
	if r.GrantType == "" {
		r.GrantType = "client_credentials"
	}
	_, err := g.Token(g.t.Context(), r)
	var refused *access.OAuthError
	require.ErrorAs(g.t, err, &refused)
	require.Equal(g.t, code, refused.Code)
}

func TestSecretsLetIn(t *testing.T) {
	gates(t, func(t *testing.T, g *gatehouse) {
		c, secret := g.enrol(access.Client{Body: "cb", Scopes: []string{"certificates:write", "certificates:read"}})
		require.GreaterOrEqual(t, len(secret), 43, "256 bits")
		require.NotContains(t, string(c.SecretHash), secret)
		with := func(id, secret, scope string) access.TokenRequest {
			return access.TokenRequest{GrantType: "client_credentials", ClientID: id, ClientSecret: secret, Scope: scope}
		}
		answer, err := g.Token(t.Context(), with(c.ID, secret, ""))
		require.NoError(t, err)
		require.Equal(t, "certificates:write certificates:read", answer.Scope)
		caller, err := g.Caller(t.Context(), answer.AccessToken)
		require.NoError(t, err)
		require.Equal(t, []any{c.ID, "cb", false}, []any{caller.Client, caller.Body, caller.Operator})
		require.True(t, caller.May("certificates:write", "cb"))
		require.False(t, caller.May("certificates:write", "eve"))
		require.False(t, caller.May("certificates:write", ""))
		require.False(t, caller.May("keys:write", "cb"))

		narrow, err := g.Token(t.Context(), with(c.ID, secret, "certificates:read"))
		require.NoError(t, err)
		caller, err = g.Caller(t.Context(), narrow.AccessToken)
		require.NoError(t, err)
		require.False(t, caller.May("certificates:write", "cb"), "a token has what was asked for")

		g.refused(with(c.ID, secret+"x", ""), "invalid_client")
		g.refused(with(c.ID, "", ""), "invalid_client")
		g.refused(with("c-nobody", secret, ""), "invalid_client")
		g.refused(with("", "", ""), "invalid_client")
		g.refused(with(c.ID, secret, "keys:write"), "invalid_scope")
		g.refused(access.TokenRequest{GrantType: "password", ClientID: c.ID, ClientSecret: secret}, "unsupported_grant_type")

		g.now = g.now.Add(access.TokenLife)
		_, err = g.Caller(t.Context(), answer.AccessToken)
		require.ErrorIs(t, err, access.ErrToken, "a quarter of an hour, and not a second more")
	})
}

func TestOperatorsMayEverything(t *testing.T) {
	gates(t, func(t *testing.T, g *gatehouse) {
		c, secret := g.enrol(access.Client{Operator: true})
		answer, err := g.Token(t.Context(), access.TokenRequest{GrantType: "client_credentials", ClientID: c.ID, ClientSecret: secret})
		require.NoError(t, err)
		caller, err := g.Caller(t.Context(), answer.AccessToken)
		require.NoError(t, err)
		for _, scope := range access.Scopes() {
			require.True(t, caller.May(scope, "cb"), scope)
		}
		var invalid fault.Invalid
		for name, c := range map[string]access.Client{
			"for nobody": {Scopes: []string{"keys:write"}}, "for one and all": {Body: "cb", Operator: true}, "an unknown scope": {Body: "cb", Scopes: []string{"all"}}, "no scope": {Body: "cb"},
		} {
			_, _, err := g.Enrol(t.Context(), c)
			require.ErrorAs(t, err, &invalid, name)
		}
		_, _, err = g.Enrol(t.Context(), access.Client{Body: "nobody", Scopes: []string{"keys:write"}})
		require.ErrorIs(t, err, registry.ErrNotFound)
	})
}

// TestTokensOfOthers: what is not an access token of this service, by this
// service's access key, is none.
func TestTokensOfOthers(t *testing.T) {
	gates(t, func(t *testing.T, g *gatehouse) {
		c, secret := g.enrol(access.Client{Body: "cb", Scopes: []string{"keys:write"}})
		answer, err := g.Token(t.Context(), access.TokenRequest{GrantType: "client_credentials", ClientID: c.ID, ClientSecret: secret})
		require.NoError(t, err)
		u, err := jws.Parse(answer.AccessToken)
		require.NoError(t, err)
		own, err := g.Keys.Signer(t.Context(), keys.Service, keys.ForAccess)
		require.NoError(t, err)
		credentials, err := g.Keys.Signer(t.Context(), keys.Service, keys.ForCredentials)
		require.NoError(t, err)
		foreign, err := jws.GenerateES256(rand.Reader)
		require.NoError(t, err)
		changed := func(name string, v any) []byte {
			var o map[string]any
			require.NoError(t, json.Unmarshal(u.Payload, &o))
			o[name] = v
			data, err := json.Marshal(o)
			require.NoError(t, err)
			return data
		}
		for name, x := range map[string]struct {
			payload []byte
			typ     string
			by      jws.Signer
		}{
			"another type":         {u.Payload, "JWT", own},
			"the credential key":   {u.Payload, "at+jwt", credentials},
			"a foreign key":        {u.Payload, "at+jwt", jws.Signer{KeyID: own.KeyID, Key: foreign}},
			"another issuer":       {changed("iss", "https://evil.example"), "at+jwt", own},
			"another audience":     {changed("aud", "https://evil.example"), "at+jwt", own},
			"no end":               {changed("exp", 0), "at+jwt", own},
			"issued in the future": {changed("iat", g.now.Add(time.Hour).Unix()), "at+jwt", own},
			"an unknown client":    {changed("client_id", "c-nobody"), "at+jwt", own},
		} {
			token, err := jws.Sign(x.payload, x.typ, x.by)
			require.NoError(t, err)
			_, err = g.Caller(t.Context(), token)
			require.ErrorIs(t, err, access.ErrToken, name)
		}
		for _, token := range []string{"", "x", answer.AccessToken + "x", strings.Replace(answer.AccessToken, ".", "..", 1)} {
			_, err = g.Caller(t.Context(), token)
			require.ErrorIs(t, err, access.ErrToken, token)
		}
		_, err = g.Caller(t.Context(), answer.AccessToken)
		require.NoError(t, err)
	})
}

// TestAssertionsLetIn is private_key_jwt (RFC 7523) with everything that must
// not pass for it.
func TestAssertionsLetIn(t *testing.T) {
	gates(t, func(t *testing.T, g *gatehouse) {
		c, _ := g.enrol(access.Client{Body: "cb", Scopes: []string{"keys:write"}})
		operator, _ := g.enrol(access.Client{Operator: true})
		register := func(body string) (crypto.Signer, keys.Key) {
			private, err := jws.GenerateES256(rand.Reader)
			require.NoError(t, err)
			jwk, err := jws.NewJWK(private.Public(), "")
			require.NoError(t, err)
			k, err := g.Keys.Register(t.Context(), body, g.Addresses.Body(body), jwk, keys.ForClients)
			require.NoError(t, err)
			return private, k
		}
		own, key := register("cb")
		evil, evilKey := register("eve")
		jti := 0
		made := func(change func(o map[string]any), by crypto.Signer, kid string) access.TokenRequest {
			jti++
			o := map[string]any{"iss": c.ID, "sub": c.ID, "aud": public + "/oauth2/token", "jti": strings.Repeat("j", jti), "iat": g.now.Unix(), "exp": g.now.Add(time.Minute).Unix()}
			if change != nil {
				change(o)
			}
			data, err := json.Marshal(o)
			require.NoError(t, err)
			token, err := jws.Sign(data, "JWT", jws.Signer{KeyID: kid, Key: by})
			require.NoError(t, err)
			return access.TokenRequest{GrantType: "client_credentials", AssertionType: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", Assertion: token}
		}
		good := made(nil, own, key.ID)
		answer, err := g.Token(t.Context(), good)
		require.NoError(t, err)
		caller, err := g.Caller(t.Context(), answer.AccessToken)
		require.NoError(t, err)
		require.Equal(t, "cb", caller.Body)
		g.refused(good, "invalid_client") // used before
		for _, aud := range []any{public, []string{public}} {
			_, err = g.Token(t.Context(), made(func(o map[string]any) { o["aud"] = aud }, own, key.ID))
			require.NoError(t, err, "%v", aud)
		}
		set := func(name string, v any) func(map[string]any) { return func(o map[string]any) { o[name] = v } }
		for name, change := range map[string]func(map[string]any){
			"for another service":    set("aud", "https://evil.example"),
			"for this and another":   set("aud", []string{public, "https://evil.example"}),
			"without audience":       set("aud", nil),
			"ended":                  set("exp", g.now.Unix()),
			"good for a day":         set("exp", g.now.AddDate(0, 0, 1).Unix()),
			"without end":            set("exp", 0),
			"issued in the future":   set("iat", g.now.Add(time.Hour).Unix()),
			"without jti":            set("jti", ""),
			"of one for another":     set("sub", "c-other"),
			"of an unknown client":   func(o map[string]any) { o["iss"], o["sub"] = "c-nobody", "c-nobody" },
			"of an operator":         func(o map[string]any) { o["iss"], o["sub"] = operator.ID, operator.ID },
			"with a jti of a novel":  set("jti", strings.Repeat("x", 300)),
			"with numbers for texts": set("iss", 7),
		} {
			t.Log(name)
			g.refused(made(change, own, key.ID), "invalid_client")
		}
		g.refused(made(nil, evil, key.ID), "invalid_client")
		g.refused(made(nil, evil, evilKey.ID), "invalid_client") // another body's key for this client
		wrongType := made(nil, own, key.ID)
		wrongType.AssertionType = "jwt"
		g.refused(wrongType, "invalid_client")
		other := made(nil, own, key.ID)
		other.ClientID = operator.ID
		g.refused(other, "invalid_client")
		require.NoError(t, g.Keys.Store.RevokeKey(t.Context(), "cb", key.ID, g.now, time.Time{}, "lost"))
		g.refused(made(nil, own, key.ID), "invalid_client")
	})
}
