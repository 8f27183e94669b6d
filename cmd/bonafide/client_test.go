package main

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/pkg/client"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestGoClient takes a newcomer's way through the whole service with pkg/client
// alone: register two bodies and a scheme, accredit, issue, look up, carry the
// bundle away, suspend, withdraw.
func TestGoClient(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		enrol := func(c access.Client) *client.Client {
			made, secret, err := h.app.gate.Enrol(ctx, c)
			require.NoError(t, err)
			return &client.Client{Base: h.url, ID: made.ID, Secret: secret}
		}
		operator := enrol(access.Client{Operator: true})
		body, err := operator.AddBody(ctx, client.BodyRequest{Name: "Newcomer Personnel Certification", Roles: []string{"certification_body"}, AcceptLikeness: true})
		require.NoError(t, err)
		statement, err := operator.State(ctx, client.StatementRequest{Kind: "accreditation", Issuer: "demo-accreditation", Subject: body.ID, Number: "N-1",
			Scope: client.Scope{Activity: "certification_of_persons", Standard: "ISO/IEC 17024", Edition: "2012"}, ValidFrom: time.Now().AddDate(-1, 0, 0).UTC()})
		require.NoError(t, err)
		require.Equal(t, "signed", statement.Assurance)

		own := enrol(access.Client{Body: body.ID, Scopes: []string{"certificates:write", "certificates:read", "registry:write"}})
		scheme, err := own.AddScheme(ctx, client.SchemeRequest{Owner: body.ID, Name: "Newcomer Certified Lead", Kind: "certification_of_persons", Duplicates: "allow"})
		require.NoError(t, err)
		request := client.IssueRequest{Scheme: scheme.ID, Holder: client.Holder{Name: "Ada Example"}, DecidedAt: time.Now().Add(-time.Hour).UTC(),
			AccreditationClaim: true, Publication: "public", Key: "one"}
		issued, err := own.Issue(ctx, request)
		require.NoError(t, err)
		again, err := own.Issue(ctx, request)
		require.NoError(t, err)
		require.Equal(t, issued.Number, again.Number)
		for i := range 3 {
			request.Key, request.Holder.Name = "", string(rune('A'+i))
			_, err := own.Issue(ctx, request)
			require.NoError(t, err)
		}
		held := 0
		for c, err := range own.Certificates(ctx, client.Filter{Scheme: scheme.ID}) {
			require.NoError(t, err)
			require.Equal(t, scheme.ID, c.Scheme)
			held++
		}
		require.Equal(t, 4, held)

		anyone := &client.Client{Base: h.url}
		report, err := anyone.Lookup(ctx, issued.Number, client.LookupQuery{Name: "Ada Example"})
		require.NoError(t, err)
		require.Equal(t, verify.BonaFide, report.Verdict, report.Summary)
		bundle, err := anyone.Bundle(ctx, issued.Number)
		require.NoError(t, err)
		anchors, registrars := h.app.anchors.Trust()
		require.Equal(t, verify.BonaFide, evaluate(t, bundle, verify.Policy{Anchors: anchors, Registrars: registrars, Now: time.Now()}).Verdict)
		token, err := anyone.Credential(ctx, issued.Number)
		require.NoError(t, err)
		report, err = anyone.Verify(ctx, client.VerifyRequest{Credential: token})
		require.NoError(t, err)
		require.Equal(t, verify.BonaFide, report.Verdict)
		chain, err := anyone.Chain(ctx, body.ID, client.ChainQuery{Scheme: scheme.ID})
		require.NoError(t, err)
		require.Equal(t, "recognised", chain.Accreditation)
		require.Len(t, chain.Links, 2)

		// A body that keeps its own key: register, prepare, sign, seal.
		private, err := jws.GenerateES256(rand.Reader)
		require.NoError(t, err)
		public, err := jws.NewJWK(private.Public(), "")
		require.NoError(t, err)
		jwk, err := json.Marshal(public)
		require.NoError(t, err)
		keeper := enrol(access.Client{Body: body.ID, Scopes: access.Scopes()})
		key, err := keeper.AddKey(ctx, body.ID, client.KeyRequest{JWK: jwk, Use: "credential"})
		require.NoError(t, err)
		request.Holder.Name, request.AccreditationClaim = "Grace Example", false
		waiting, err := keeper.Prepare(ctx, request)
		require.NoError(t, err)
		require.Equal(t, key.Kid, waiting.Kid)
		signed, err := jws.Signer{KeyID: key.Kid, Key: private}.SignInput(waiting.SigningInput)
		require.NoError(t, err)
		sealed, err := keeper.Seal(ctx, waiting.Number, signed[strings.LastIndexByte(signed, '.')+1:])
		require.NoError(t, err)
		require.Equal(t, signed, sealed.Credential)
		require.NoError(t, keeper.RevokeKey(ctx, body.ID, key.Kid, client.KeyRevocation{Reason: "a test"}))
		revoked := false
		for k, err := range anyone.Keys(ctx, body.ID) {
			require.NoError(t, err)
			revoked = revoked || k.Kid == key.Kid && k.RevokedAt != nil
		}
		require.True(t, revoked)
		require.NoError(t, own.SetCoverage(ctx, body.ID, client.Coverage{Register: "partial", SynchronisedAt: time.Now().Add(-time.Hour).UTC()}))
		same, err := anyone.Scheme(ctx, scheme.ID)
		require.NoError(t, err)
		require.Equal(t, scheme.Address, same.Address)
		found := 0
		for s, err := range anyone.Schemes(ctx) {
			require.NoError(t, err)
			if s.ID == scheme.ID {
				found++
			}
		}
		require.Equal(t, 1, found)
		known, err := anyone.Statement(ctx, statement.ID)
		require.NoError(t, err)
		require.Equal(t, "in_force", known.Status)

		_, err = own.Event(ctx, issued.Number, client.EventRequest{Event: "suspended", PublicReason: "under review"})
		require.NoError(t, err)
		report, err = anyone.Lookup(ctx, issued.Number, client.LookupQuery{})
		require.NoError(t, err)
		require.Equal(t, verify.NotInForce, report.Verdict)
		_, err = operator.StatementEvent(ctx, statement.ID, client.StatementEventRequest{Event: "withdrawn"})
		require.NoError(t, err)
		chain, err = anyone.Chain(ctx, body.ID, client.ChainQuery{Scheme: scheme.ID})
		require.NoError(t, err)
		require.NotEqual(t, "recognised", chain.Accreditation)

		_, err = own.AddBody(ctx, client.BodyRequest{Name: "X", Roles: []string{"certification_body"}})
		var p *client.Problem
		require.ErrorAs(t, err, &p)
		require.Equal(t, "OPERATOR_ONLY", p.Code)
		listed := false
		for b, err := range anyone.Bodies(ctx, client.BodyFilter{Query: "Newcomer Personnel"}) {
			require.NoError(t, err)
			listed = listed || b.ID == body.ID
		}
		require.True(t, listed)
	})
}
