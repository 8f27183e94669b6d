package verify_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// pinned are controller documents for 1EdTech's test issuers: their addresses
// resolve nowhere, the fragment of each method is the key itself.
func pinned(t testing.TB) map[string]string {
	out := map[string]string{}
	for controller, keys := range map[string][]string{
		"https://example.com/issuers/876543":                        {"z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi", "z6MkrvfzkMnvCroEUP2DVc9SHPE48CRsvHiVSusHioxTYu1x", "z6MknNHHrBzPytzu6CUBP9Lg7fg4KSBjzimc2Frh693YbMiv"},
		"https://1edtech.edu/issuers/565049":                        {"z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"},
		"https://example.edu/issuers/565049":                        {"z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"},
		"https://state.gov/issuers/565049":                          {"z6MkoMGF38Ck9xkdqrbZt4h9eHb1qc3GhAAkoSWa4Vy3SHRN"},
		"did:web:digitalcredentials.github.io:dcc-did-web":          {"z6MknNQD1WHLGGraFi6zcbGevuAgkVfdyCdtZnQTGWVVvR5Q"},
		"did:web:digitalcredentials.github.io:dcc-did-web:multikey": {"z6MknNQD1WHLGGraFi6zcbGevuAgkVfdyCdtZnQTGWVVvR5Q"},
	} {
		var methods, ids []any
		for _, k := range keys {
			id := controller + "#" + k
			methods = append(methods, members{"id": id, "type": "Multikey", "controller": controller, "publicKeyMultibase": k})
			ids = append(ids, id)
		}
		raw, err := json.Marshal(members{"id": controller, "verificationMethod": methods, "assertionMethod": ids})
		require.NoError(t, err)
		out[controller] = string(raw)
	}
	return out
}

// bare tells only whether an input is a credential at all.
const bare = "not a credential"

// TestFixtures judges every file of the third-party test data by this table.
// Nobody in the register knows any of these issuers, so that no verdict can be
// better than "undetermined": their own keys make a record authentic, and say
// nothing of their standing.
func TestFixtures(t *testing.T) {
	type want struct {
		file      string
		verdict   verify.Verdict
		authentic verify.Authenticity
		currency  verify.Currency
		signature string // outcome, and problem code
		why       string
	}
	const yes, no, maybe, unknown = verify.Authentic, verify.Inauthentic, verify.AuthenticityUnknown, verify.CurrencyUnknown
	for _, x := range []want{
		{"ob30-1edtech-validator/simple.json", verify.Undetermined, yes, unknown, "pass", "names no status list"},
		{"ob30-1edtech-validator/simple_v1.json", verify.Undetermined, yes, unknown, "pass", "data model 1.1, Ed25519Signature2020"},
		{"ob30-1edtech-validator/simple-did-web-method.json", verify.Undetermined, yes, unknown, "pass", ""},
		{"ob30-1edtech-validator/endorsement-valid.json", verify.Undetermined, yes, unknown, "pass", "praise, not a certificate"},
		{"ob30-1edtech-validator/simple-err-expired.json", verify.NotInForce, yes, verify.Expired, "pass", ""},
		{"ob30-1edtech-validator/simple-err-proof-value.json", verify.NotAuthentic, no, unknown, "fail INVALID_SIGNATURE", ""},
		{"ob30-1edtech-validator/simple-err-type.json", verify.NotAuthentic, no, unknown, "fail INVALID_SIGNATURE", "a type that no context defines is not signed"},
		{"ob30-1edtech-validator/simple.jwt", verify.NotAuthentic, no, unknown, "unknown", "the badge has no achievement"},
		{"ob30-1edtech-validator/simple-jwt.svg", verify.Undetermined, yes, unknown, "pass", "RS256, the jwk of its header pinned"},
		{"clr20-1edtech-validator/complex.json", verify.Undetermined, maybe, unknown, "unknown", "an older context of CLR, held nowhere here"},
		{"clr20-1edtech-validator/simple.json", verify.Undetermined, yes, unknown, "pass", "a transcript: a credential, no badge"},
		{"clr20-1edtech-validator/simple-noproof.json", verify.Undetermined, maybe, unknown, "fail INVALID_SIGNATURE", "unsigned"},
		{"clr20-1edtech-validator/simple.jwt", verify.NotAuthentic, no, unknown, "unknown", "its own jwk is not one of the issuer's"},
		{"dcc-verifier-core/safeModeBreaker.json", verify.NotAuthentic, no, unknown, "fail INVALID_SIGNATURE", "members that no context defines are not signed"},
		{"dcc-verifier-core/testVC.json", verify.NotAuthentic, no, unknown, "fail INVALID_SIGNATURE", "both proofs are over another document"},
		{"dcc-verifier-core/v1NoStatus.json", verify.Undetermined, yes, unknown, "pass", ""},
		{"dcc-verifier-core/v1OBv3SpecExample.json", verify.Undetermined, yes, unknown, "pass", ""},
		{"dcc-verifier-core/v2OBv3SpecExample.json", verify.Undetermined, yes, unknown, "pass", ""},
		{"dcc-verifier-core/v2NoStatus.json", verify.Undetermined, yes, unknown, "pass", ""},
		{"dcc-verifier-core/v2Expired.json", verify.NotInForce, yes, verify.Expired, "pass", ""},
		{"dcc-verifier-core/v2DoubleSigWithBadStatusUrl.json", verify.Undetermined, yes, unknown, "pass", "two proofs; the list cannot be had"},
		{"dcc-verifier-core/v2DoubleSigWithValidStatus.json", verify.Undetermined, yes, unknown, "pass", "the list at that address is another"},
		{"dcc-verifier-core/v2EddsaWithValidStatus.json", verify.Undetermined, yes, unknown, "pass", "likewise"},
		{"dcc-verifier-core/v2WithValidStatus.json", verify.Undetermined, yes, unknown, "pass", "likewise"},
		{"dcc-verifier-core/v2Revoked.json", verify.Undetermined, yes, unknown, "pass", "likewise: a bit of another list says nothing"},
		{"dcc-verifier-core/v2didWebWithValidStatus.json", verify.Undetermined, yes, unknown, "pass", ""},
		{"dcc-verifier-core/v2didWebMultikeyWithValidStatus.json", verify.Undetermined, yes, unknown, "pass", ""},
		{"dcc-verifier-core/v2WithBadDidWeb.json", verify.Undetermined, maybe, unknown, "unknown", "no document"},
		{"status-list/1edtech-testlist.json", verify.Undetermined, yes, unknown, "pass", "a list is a credential, no certificate"},
		{"status-list/dcc-bitstring-e5WK8CbZ1GjycuPombrj.json", verify.Undetermined, yes, unknown, "pass", ""},
		{"vc-di-eddsa-vectors/eddsa-rdfc-2022/signedDataInt.json", verify.Undetermined, maybe, unknown, "unknown", "signed by a did:key that is not the issuer"},
		{"vc-di-eddsa-vectors/eddsa-rdfc-2022/employ/signedDataInt.json", verify.Undetermined, maybe, unknown, "unknown", "a context held nowhere here"},
		{"vc-di-eddsa-vectors/eddsa-jcs-2022/signedJCS.json", verify.Undetermined, maybe, unknown, "unknown", ""},
		{"vc-di-eddsa-vectors/proof-set-chain/signedProofSet2.json", verify.Undetermined, maybe, unknown, "unknown", ""},
		{"vc-di-eddsa-vectors/proof-set-chain/signedProofChain2.json", verify.Undetermined, maybe, unknown, "unknown", ""},
		{"vc-di-eddsa-vectors/unsigned.json", verify.Undetermined, maybe, unknown, "fail INVALID_SIGNATURE", ""},
		{"vc-di-eddsa-vectors/eddsa-rdfc-2022/proofConfigDataInt.json", bare, "", "", "", "a proof alone"},
		{"vc-di-eddsa-vectors/eddsa-jcs-2022/proofConfigJCS.json", bare, "", "", "", ""},
		{"vc-di-eddsa-vectors/keyPair.json", bare, "", "", "", ""},
		{"ob20-1edtech-validator/basic-assertion.json", bare, "", "", "", "Open Badges 2.0 is read elsewhere"},
		{"ob20-1edtech-validator/simple.jwt", verify.NotAuthentic, no, unknown, "unknown", "likewise: as it stands, no credential"},
		{"contexts/credentials-v2.jsonld", bare, "", "", "", ""},
		{"schemas/vc20/verifiable-credential-schema.json", bare, "", "", "", ""},
	} {
		t.Run(x.file, func(t *testing.T) {
			p := verify.Policy{Now: now(), Contexts: clr(t)}
			src := &documents{controllers: pinned(t), lists: map[string]string{
				"https://raw.githubusercontent.com/digitalcredentials/verifier-core/refs/heads/main/src/test-fixtures/status/e5WK8CbZ1GjycuPombrj": string(fixture(t, "status-list", "dcc-bitstring-e5WK8CbZ1GjycuPombrj.json"))}}
			input := string(fixture(t, strings.Split(x.file, "/")...))
			if strings.HasSuffix(x.file, ".svg") {
				input = regexp.MustCompile(`verify="([^"]+)"`).FindStringSubmatch(input)[1]
				src.controllers["https://1edtech.edu/issuers/565049"] = headerKey(t, input)
			}
			if x.verdict == bare {
				_, _, err := verify.Open([]byte(input), p)
				require.ErrorIs(t, err, verify.ErrUnreadable)
				return
			}
			r := judge(t, input, p, src)
			o, problem := outcome(t, r, verify.CheckSignature)
			require.Equal(t, x, want{x.file, r.Verdict, r.Authenticity, r.Currency, strings.TrimSpace(o + " " + problem), x.why}, r.Summary)
		})
	}
}

// clr is a context that is not held but given, as the command line may.
func clr(t testing.TB) func(string) ([]byte, bool) {
	raw := fixture(t, "contexts", "clr-v2p0-2.0.1.json")
	return func(address string) ([]byte, bool) {
		return raw, address == "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
	}
}

// headerKey is a JWK set of the key in a token's own header.
func headerKey(t testing.TB, token string) string {
	u, err := jws.Parse(token)
	require.NoError(t, err)
	raw, err := json.Marshal(u.Header.JWK.WithKeyID("k"))
	require.NoError(t, err)
	return `{"keys":[` + string(raw) + `]}`
}

// TestOwnKeyIsNotEnough: a key that a token brings along proves nothing until
// its issuer publishes it.
func TestOwnKeyIsNotEnough(t *testing.T) {
	token := regexp.MustCompile(`verify="([^"]+)"`).FindStringSubmatch(string(fixture(t, "ob30-1edtech-validator", "simple-jwt.svg")))[1]
	r := judge(t, token, verify.Policy{Now: now()}, &documents{})
	require.Equal(t, verify.AuthenticityUnknown, r.Authenticity)
	o, problem := outcome(t, r, verify.CheckIssuerKey)
	require.Equal(t, "unknown COULD_NOT_FETCH", o+" "+problem)
}
