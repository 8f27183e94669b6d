package v1

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

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

// didDocument is a did:web document: every key stays listed, only those not
// revoked may still assert. The ids in assertionMethod are full strings.
func didDocument(id string, held []keys.Key) (map[string]any, error) {
	methods, asserting := []map[string]any{}, []string{}
	for _, k := range held {
		m, err := method(id, k)
		if err != nil {
			return nil, err
		}
		methods = append(methods, m)
		if k.RevokedAt.IsZero() {
			asserting = append(asserting, k.ID)
		}
	}
	return map[string]any{"@context": []string{"https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1", "https://w3id.org/security/multikey/v1"},
		"id": id, "verificationMethod": methods, "assertionMethod": asserting}, nil
}

// method is a key as a verification method: a JsonWebKey for those that sign
// tokens, a Multikey for those that make embedded proofs.
func method(id string, k keys.Key) (map[string]any, error) {
	if k.Use != keys.ForProofs {
		return map[string]any{"id": k.ID, "type": "JsonWebKey", "controller": id, "publicKeyJwk": k.Public}, nil
	}
	multikey, err := did.Multikey(k.Public)
	if err != nil {
		return nil, fmt.Errorf("writing key %s: %w", k.ID, err)
	}
	return map[string]any{"id": k.ID, "type": "Multikey", "controller": id, "publicKeyMultibase": multikey}, nil
}

func (a *API) document(c echo.Context, body, id string) error {
	held, err := a.Custodian.Asserting(c.Request().Context(), body)
	if err != nil {
		return err
	}
	doc, err := didDocument(id, held)
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
	return a.document(c, keys.Service, a.Addresses.Service())
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
	return a.document(c, b.ID, b.DID)
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
// @Description Bitstring Status List credential as a compact JWS.
// @Tags addresses
// @Produce plain
// @Param list path string true "List id"
// @Param timestamp query string false "The list as it was at an instant"
// @Success 200 {string} string "Compact JWS"
// @Failure 404 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Router /status/{list} [get]
func (a *API) statusList(c echo.Context) error { return a.publish(c, "revocation") }

// suspensionList serves the call below.
//
// @Summary Suspension list
// @Description The same indexes as the revocation list.
// @Tags addresses
// @Produce plain
// @Param list path string true "List id"
// @Param timestamp query string false "The list as it was at an instant"
// @Success 200 {string} string "Compact JWS"
// @Failure 404 {object} ProblemDocument
// @Failure 422 {object} ProblemDocument
// @Router /status/{list}/suspension [get]
func (a *API) suspensionList(c echo.Context) error { return a.publish(c, "suspension") }

func (a *API) publish(c echo.Context, purpose string) error {
	t, err := instant(c, "timestamp")
	if err != nil {
		return err
	}
	token, err := a.Publisher.List(c.Request().Context(), c.Param("list"), purpose, t)
	if err != nil {
		return err
	}
	return read(c, "public, max-age=60", "application/vc+jwt", []byte(token))
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
