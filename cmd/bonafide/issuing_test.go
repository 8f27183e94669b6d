package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// ownKey registers a key that the demo certifier keeps itself.
func (h *house) ownKey() jws.Signer {
	private, err := jws.GenerateES256(rand.Reader)
	require.NoError(h.t, err)
	public, err := jws.NewJWK(private.Public(), "")
	require.NoError(h.t, err)
	jwk, err := json.Marshal(map[string]any{"jwk": public, "use": "credential"})
	require.NoError(h.t, err)
	token := h.token(access.Client{Body: mine, Scopes: access.Scopes()})
	return jws.Signer{KeyID: h.must(201, "POST", "/v1/bodies/"+mine+"/keys", token, string(jwk))["kid"].(string), Key: private}
}

// sealed signs what was prepared and hands the signature in.
func (h *house) sealed(token string, prepared map[string]any, s jws.Signer) answer {
	signed, err := s.SignInput(prepared["signing_input"].(string))
	require.NoError(h.t, err)
	return h.do("POST", "/v1/certificates/"+prepared["number"].(string)+"/seal", token, `{"signature":"`+signed[strings.LastIndexByte(signed, '.')+1:]+`"}`)
}

// revokeAll ends every credential key of the demo certifier.
func (h *house) revokeAll() {
	held, err := h.app.custodian.Public(h.t.Context(), mine)
	require.NoError(h.t, err)
	for _, k := range held {
		if k.RevokedAt.IsZero() {
			require.NoError(h.t, h.app.custodian.Revoke(h.t.Context(), mine, k.ID, time.Time{}, "a test"))
		}
	}
}

func (h *house) newKey() {
	_, err := h.app.custodian.Create(h.t.Context(), mine, h.app.addresses.Body(mine), keys.ForCredentials)
	require.NoError(h.t, err)
}

// oneEach registers a scheme whose holders may have one certificate.
func (h *house) oneEach(policy string) (id string) {
	return h.must(201, "POST", "/v1/schemes", h.operator(),
		fmt.Sprintf(`{"owner":%q,"name":"One each, %s","kind":"certification_of_persons","duplicates":%q}`, mine, policy, policy))["id"].(string)
}

// TestAKeyKeptElsewhere is the newest and cannot sign here: issuing goes on
// with the newest that can, preparing with the newest of all.
func TestAKeyKeptElsewhere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token, own := h.certifier(), h.ownKey()
		scheme := h.oneEach("deny")
		body := issueOf(scheme, "Ada", instantOf(-time.Hour))
		issued := h.must(201, "POST", "/v1/certificates", token, body, "Idempotency-Key", "kept")
		rec, err := h.app.db.Certificate(t.Context(), issued["id"].(string))
		require.NoError(t, err)
		require.NotEqual(t, own.KeyID, rec.KeyID)
		require.Equal(t, "bona_fide", h.do("GET", "/v1/certificates/"+rec.Number, "", "").code())
		prepared := h.must(201, "POST", "/v1/certificates/prepare", token, request("Grace"))
		require.Equal(t, own.KeyID, prepared["kid"])
		require.Equal(t, 201, h.sealed(token, prepared, own).status)

		// What was prepared is issued under the same key if the body asks for it.
		waiting := h.must(201, "POST", "/v1/certificates/prepare", token, request("Eve"), "Idempotency-Key", "both")
		taken := h.must(201, "POST", "/v1/certificates", token, request("Eve"), "Idempotency-Key", "both")
		require.Equal(t, waiting["number"], taken["number"])
		require.Equal(t, "WRONG_STATE", h.sealed(token, waiting, own).code())
		require.Equal(t, "bona_fide", h.do("GET", "/v1/certificates/"+taken["number"].(string), "", "").code())

		// With no key left nothing is recorded; what was issued is still answered.
		h.revokeAll()
		again := h.do("POST", "/v1/certificates", token, body, "Idempotency-Key", "kept")
		require.Equal(t, []any{201, "true", rec.Number}, []any{again.status, again.header.Get("Idempotency-Replayed"), again.json["id"]})
		other := strings.Replace(body, "x@example.org", "y@example.org", 1)
		for range 2 {
			require.Equal(t, "NO_KEY", h.do("POST", "/v1/certificates", token, other, "Idempotency-Key", "keyless").code())
		}
		h.newKey()
		require.Equal(t, 201, h.do("POST", "/v1/certificates", token, other, "Idempotency-Key", "keyless").status)
	})
}

// TestAKeyLostOnTheWay: what was recorded for a key that is gone is composed
// anew under its number, by either way of issuing.
func TestAKeyLostOnTheWay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		decided := time.Now().UTC().Add(-time.Hour)
		req := issue.Request{Scheme: h.oneEach("deny"), Holder: issue.Holder{Name: "Ada"}, DecidedAt: decided, ValidUntil: decided.AddDate(1, 0, 0), Claim: true, Publication: issue.Public}
		dying := *h.app.issuer
		dying.Store = &crashing{Store: h.app.db, step: "record", after: true}
		_, _, err := dying.Issue(t.Context(), mine, req, "lost")
		require.ErrorIs(t, err, errCrash)
		begun, err := h.app.db.ByKey(t.Context(), mine, "lost")
		require.NoError(t, err)

		token, first := h.certifier(), h.ownKey()
		prepared := h.must(201, "POST", "/v1/certificates/prepare", token, request("Grace"), "Idempotency-Key", "prepared")
		h.revokeAll()
		_, _, err = h.app.issuer.Issue(t.Context(), mine, req, "lost")
		require.ErrorIs(t, err, keys.ErrNoKey)
		require.Equal(t, "NO_KEY", h.sealed(token, prepared, first).code())
		h.newKey()
		rec, replayed, err := h.app.issuer.Issue(t.Context(), mine, req, "lost")
		require.NoError(t, err)
		require.True(t, replayed)
		require.Equal(t, begun.Number, rec.Number)
		require.NotEqual(t, begun.KeyID, rec.KeyID)
		require.Equal(t, "bona_fide", h.do("GET", "/v1/certificates/"+rec.Number, "", "").code())
		stored, err := h.app.db.Certificate(t.Context(), rec.Number)
		require.NoError(t, err)
		require.Equal(t, rec.Token, stored.Token)

		second := h.ownKey()
		again := h.must(201, "POST", "/v1/certificates/prepare", token, request("Grace"), "Idempotency-Key", "prepared")
		require.Equal(t, []any{prepared["number"], second.KeyID}, []any{again["number"], again["kid"]})
		require.Equal(t, 201, h.sealed(token, again, second).status)
	})
}

// TestAClaimThatNoLongerHolds is not sealed: neither with the body's own
// signature nor anew with another key.
func TestAClaimThatNoLongerHolds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token, own := h.certifier(), h.ownKey()
		claiming := h.must(201, "POST", "/v1/certificates/prepare", token, request("Ada"), "Idempotency-Key", "claim")
		plain := h.must(201, "POST", "/v1/certificates/prepare", token, strings.Replace(request("Eve"), `"accreditation_claim":true`, `"accreditation_claim":false`, 1))
		view, err := h.app.registrar.View(t.Context())
		require.NoError(t, err)
		for _, s := range view.Held() {
			if s.Subject == mine && s.Kind == trust.Accreditation {
				h.must(201, "POST", "/v1/statements/"+s.ID+"/events", h.operator(), `{"event":"suspended"}`)
			}
		}
		a := h.sealed(token, claiming, own)
		require.Equal(t, []any{422, "ACCREDITATION_SUSPENDED"}, []any{a.status, a.code()}, "%s", a.raw)
		require.Equal(t, 201, h.sealed(token, plain, own).status, "it claims nothing")
		h.revokeAll()
		h.newKey()
		require.Equal(t, "ACCREDITATION_SUSPENDED", h.do("POST", "/v1/certificates", token, request("Ada"), "Idempotency-Key", "claim").code())
		require.Equal(t, "not_found", h.do("GET", "/v1/certificates/"+claiming["number"].(string), "", "").code())
	})
}

// TestOneEach: under "replace" the holder always keeps one, under "deny" never
// gets two, in whatever order certificates are prepared and sealed.
func TestOneEach(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token, own := h.certifier(), h.ownKey()
		currency := func(number any) any {
			return h.must(200, "GET", "/v1/certificates/"+number.(string), "", "")["currency"]
		}
		body := issueOf(h.oneEach("replace"), "Ada", instantOf(-time.Hour))
		waiting := h.must(201, "POST", "/v1/certificates/prepare", token, body)
		now := h.must(201, "POST", "/v1/certificates", token, body)
		require.Equal(t, "in_force", currency(now["id"]))
		require.Equal(t, 201, h.sealed(token, waiting, own).status)
		require.Equal(t, []any{"superseded", "in_force"}, []any{currency(now["id"]), currency(waiting["id"])})

		decided := time.Now().UTC().Add(-time.Hour)
		req := issue.Request{Scheme: h.oneEach("deny"), Holder: issue.Holder{Name: "Ada", Email: "x@example.org"}, DecidedAt: decided, ValidUntil: decided.AddDate(1, 0, 0)}
		early := *h.app.issuer
		early.Now = func() time.Time { return time.Now().Add(-11 * time.Minute) }
		begun, _, err := early.Prepare(t.Context(), mine, req, "early")
		require.NoError(t, err)
		second := h.must(201, "POST", "/v1/certificates", token, issueOf(req.Scheme, "Ada", instantOf(-time.Hour)))
		refused := h.sealed(token, map[string]any{"number": begun.Number, "signing_input": begun.SigningInput}, own)
		require.Equal(t, []any{409, "DUPLICATE", second["id"]}, []any{refused.status, refused.code(), refused.json["id"]})
		_, _, err = h.app.issuer.Issue(t.Context(), mine, req, "early")
		var twice *issue.DuplicateError
		require.ErrorAs(t, err, &twice)
	})
}
