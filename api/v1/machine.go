package v1

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bonafide-dev/bonafide/internal/forms"
	"github.com/bonafide-dev/bonafide/internal/keys"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// thumbprintLength is the length of a SHA-256 in base64url.
const thumbprintLength = 43

// keyOfBody is the id of the body's key that a path names: by its thumbprint
// alone, or by the whole id. A did:web may hold a percent sign of its own
// (localhost%3A8080), and a path reaches us unescaped once, or not at all: so
// what is compared is unescaped to the end. Another body's key stays as it is,
// and is not found.
func keyOfBody(did, named string) string {
	of, thumbprint, ok := strings.Cut(plain(named), "#")
	switch {
	case !ok && len(of) == thumbprintLength:
		return did + "#" + of
	case ok && of == plain(did):
		return did + "#" + thumbprint
	}
	return named
}

func plain(s string) string {
	for range 3 {
		u, err := url.PathUnescape(s)
		if err != nil || u == s {
			break
		}
		s = u
	}
	return s
}

// didDocument is a did:web document: every key stays listed, only those
// neither revoked nor retired may still assert. The ids in assertionMethod are full strings.
func didDocument(id string, held []keys.Key, more []map[string]any) (map[string]any, error) {
	methods, asserting := []map[string]any{}, []string{}
	for _, k := range held {
		all, err := described(id, k)
		if err != nil {
			return nil, err
		}
		for _, m := range all {
			methods = append(methods, m)
			if name, _ := m["id"].(string); k.RevokedAt.IsZero() && k.RetiredAt.IsZero() {
				asserting = append(asserting, name)
			}
		}
	}
	for _, m := range more {
		name, _ := m["id"].(string)
		methods, asserting = append(methods, m), append(asserting, name)
	}
	return map[string]any{"@context": []string{"https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1", "https://w3id.org/security/multikey/v1"},
		"id": id, "verificationMethod": methods, "assertionMethod": asserting}, nil
}

// described is a key as verification methods: a JsonWebKey for those that sign
// tokens, a Multikey for those that make embedded proofs. An elliptic key for
// tokens is written as a Multikey too, under a name of its own: some readers
// of tokens know no JsonWebKey.
func described(id string, k keys.Key) ([]map[string]any, error) {
	var out []map[string]any
	if k.Use != keys.ForProofs {
		out = append(out, map[string]any{"id": k.ID, "type": "JsonWebKey", "controller": id, "publicKeyJwk": k.Public})
	}
	if k.Public.Algorithm() == "RS256" {
		return out, nil
	}
	multikey, err := did.Multikey(k.Public)
	if err != nil {
		return nil, fmt.Errorf("writing key %s: %w", k.ID, err)
	}
	name := k.ID
	if k.Use != keys.ForProofs {
		name = id + "#" + multikey
	}
	return append(out, map[string]any{"id": name, "type": "Multikey", "controller": id, "publicKeyMultibase": multikey}), nil
}

func (a *API) document(c echo.Context, body, id string, more []map[string]any) error {
	held, err := a.Custodian.Asserting(c.Request().Context(), body)
	if err != nil {
		return err
	}
	doc, err := didDocument(id, held, more)
	if err != nil {
		return err
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	return read(c, cacheShort, "application/did+json", data)
}

// serviceDocument serves the call below.
//
// @Summary DID document of this register
// @Tags addresses
// @Produce json
// @Success 200 {object} map[string]any
// @Router /.well-known/did.json [get]
func (a *API) serviceDocument(c echo.Context) error {
	return a.document(c, keys.Service, a.Addresses.Service(), a.Conformance)
}

// bodyDocument serves the call below.
//
// @Summary DID document of a body
// @Tags addresses
// @Produce json
// @Param id path string true "Body id"
// @Success 200 {object} map[string]any
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /bodies/{id}/did.json [get]
func (a *API) bodyDocument(c echo.Context) error {
	b, err := a.named(c)
	if err != nil {
		return err
	}
	return a.document(c, b.ID, b.DID, nil)
}

// jwks serves the call below.
//
// @Summary Keys of a body as a JWK set
// @Tags addresses
// @Produce json
// @Param id path string true "Body id"
// @Success 200 {object} map[string]any
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /bodies/{id}/jwks.json [get]
func (a *API) jwks(c echo.Context) error {
	b, err := a.named(c)
	if err != nil {
		return err
	}
	held, err := a.Custodian.Public(c.Request().Context(), b.ID)
	if err != nil {
		return err
	}
	set := []jws.JWK{}
	for _, k := range held {
		if k.RevokedAt.IsZero() {
			set = append(set, k.Public)
		}
	}
	data, err := json.Marshal(map[string]any{"keys": set})
	if err != nil {
		return err
	}
	return read(c, cacheShort, "application/jwk-set+json", data)
}

// key serves one JWK, for readers that take a kid for its address.
//
// @Summary One key of a body
// @Tags addresses
// @Produce json
// @Param id path string true "Body id"
// @Param thumbprint path string true "RFC 7638 SHA-256 thumbprint"
// @Success 200 {object} map[string]any
// @Failure 404 {object} ProblemDocument
// @Failure 429 {object} ProblemDocument
// @Router /bodies/{id}/keys/{thumbprint} [get]
func (a *API) key(c echo.Context) error {
	b, err := a.named(c)
	if err != nil {
		return err
	}
	held, err := a.Custodian.Asserting(c.Request().Context(), b.ID)
	if err != nil {
		return err
	}
	for _, k := range held {
		if k.Public.Thumbprint() != c.Param("thumbprint") {
			continue
		}
		data, err := json.Marshal(k.Public)
		if err != nil {
			return err
		}
		return read(c, cacheShort, "application/jwk+json", data)
	}
	return registry.ErrNotFound
}

// statusList serves the call below.
//
// @Summary Revocation list
// @Description Bitstring Status List credential: JSON with an embedded proof, or by Accept: application/vc+jwt a compact JWS.
// @Tags addresses
// @Produce json
// @Param list path string true "List id"
// @Param timestamp query string false "The list as it was at an instant"
// @Success 200 {object} map[string]any
// @Failure 404 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Router /status/{list} [get]
func (a *API) statusList(c echo.Context) error { return a.publish(c, "revocation") }

// suspensionList serves the call below.
//
// @Summary Suspension list
// @Description The same indexes as the revocation list, in the same forms.
// @Tags addresses
// @Produce json
// @Param list path string true "List id"
// @Param timestamp query string false "The list as it was at an instant"
// @Success 200 {object} map[string]any
// @Failure 404 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Router /status/{list}/suspension [get]
func (a *API) suspensionList(c echo.Context) error { return a.publish(c, "suspension") }

// cacheList lets a list be kept for a minute: an event shows within it.
const cacheList = "public, max-age=60"

func (a *API) publish(c echo.Context, purpose string) error {
	t, err := instant(c, "timestamp")
	if err != nil {
		return err
	}
	ctx, list := c.Request().Context(), c.Param("list")
	form := prefers(c, echo.MIMEApplicationJSON, mediaVC, mediaVCLD, "application/ld+json", "application/vc+jwt", "application/jwt")
	if form != "application/vc+jwt" && form != "application/jwt" {
		document, err := a.Publisher.Document(ctx, list, purpose, t)
		if err == nil {
			return read(c, cacheList, form, document)
		}
		if !errors.Is(err, forms.ErrNoForm) {
			return err
		}
		form = "application/vc+jwt" // its issuer signs tokens alone
	}
	token, err := a.Publisher.List(ctx, list, purpose, t)
	if err != nil {
		return err
	}
	return read(c, cacheList, form, []byte(token))
}

// context serves the call below.
//
// @Summary JSON-LD context
// @Description Immutable.
// @Tags addresses
// @Produce json
// @Success 200 {object} map[string]any
// @Router /ns/v1 [get]
func (a *API) context(c echo.Context) error {
	return read(c, cacheForever, "application/ld+json", credential.Context())
}
