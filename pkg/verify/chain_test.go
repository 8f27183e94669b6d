package verify_test

import (
	"crypto/rand"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/statuslist"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

var update = flag.Bool("update", false, "write the data of the example anew")

// chain is a small world without a register: an arrangement recognises an
// accreditation body, which accredits a certification body, which certifies.
type chain struct {
	at          credential.Addresses
	ga, ab, cb  party
	certificate members // as its payload, not signed
	recognition members
	accredited  members
	lists       map[string]string
	policy      verify.Policy
}

func decision() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

func newChain(t testing.TB) *chain {
	at := credential.Addresses{Public: "https://register.example"}
	c := &chain{at: at, ga: newParty(t, at.Body("ga")), ab: newParty(t, at.Body("ab")), cb: newParty(t, at.Body("cb")), lists: map[string]string{}}
	scope := trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024"}
	statement := func(kind trust.Kind, id string, issuer, subject party, s trust.Scope) members {
		payload, err := credential.Statement{
			Statement: trust.Statement{ID: at.Statement(id), Kind: kind, Issuer: issuer.did, Subject: subject.did, Scope: s, ValidFrom: decision().AddDate(-1, 0, 0), Assurance: trust.Signed},
			SignedBy:  credential.Party{DID: issuer.did, Name: id}, SubjectName: subject.did, SubjectKeys: []jws.JWK{subject.public(t)},
			Status: credential.StatusEntry{List: c.list(t, issuer, id), Index: 7},
		}.Payload()
		require.NoError(t, err)
		return decoded(t, payload)
	}
	c.recognition = statement(trust.Recognition, "recognition", c.ga, c.ab, scope)
	scope.Schemes = []string{at.Scheme("welder")}
	c.accredited = statement(trust.Accreditation, "accreditation", c.ab, c.cb, scope)
	n, err := credential.NewNumber(rand.Reader)
	require.NoError(t, err)
	payload, err := credential.Certificate{
		ID: at.Certificate(n), Number: n, Issuer: credential.Party{DID: c.cb.did, Name: "CB"}, DecidedAt: decision(), ValidFrom: decision(), Claim: true,
		Holder: credential.Holder{SubjectID: "urn:uuid:6a6f5d0c-6c0c-4d89-8a87-2ac7f0f3f3c4", Name: "Zoe"},
		Scheme: credential.Scheme{Address: at.Scheme("welder"), Name: "Welder", Kind: "certification_of_persons", Activity: trust.CertificationOfPersons},
		Status: credential.StatusEntry{List: c.list(t, c.cb, "certificates"), Index: 7},
	}.Payload()
	require.NoError(t, err)
	c.certificate = decoded(t, payload)
	c.policy = verify.Policy{Now: now(), Anchors: []verify.Anchor{{Anchor: trust.Anchor{DID: c.ga.did, Name: "GA",
		Scopes: []trust.Scope{{Activity: trust.CertificationOfPersons}}}, Keys: []jws.JWK{c.ga.public(t)}}}}
	return c
}

func decoded(t testing.TB, payload []byte) members {
	var o members
	require.NoError(t, json.Unmarshal(payload, &o))
	return o
}

// list publishes an issuer's two empty lists and returns the address of one.
func (c *chain) list(t testing.TB, issuer party, id string) string {
	address := c.at.StatusList(id)
	c.publish(t, issuer, address, "revocation", nil)
	c.publish(t, issuer, credential.SuspensionAddress(address), "suspension", nil)
	return address
}

// publish signs a list and puts it at its address; change alters it before.
func (c *chain) publish(t testing.TB, issuer party, address, purpose string, change func(*credential.StatusList)) {
	l := credential.StatusList{ID: address, Issuer: issuer.did, Purpose: purpose, Bits: statuslist.New(0),
		ValidFrom: decision().AddDate(0, -1, 0), ValidUntil: now().AddDate(0, 0, 1)}
	if change != nil {
		change(&l)
	}
	payload, err := l.Payload()
	require.NoError(t, err)
	c.lists[address] = issuer.token(t, decoded(t, payload))
}

// bundle presents a certificate and the statements given.
func bundle(t testing.TB, certificate string, statements ...string) string {
	data, err := credential.Presentation(append([]string{certificate}, statements...))
	require.NoError(t, err)
	return string(data)
}

func (c *chain) statements(t testing.TB) []string {
	return []string{c.ab.token(t, c.accredited), c.ga.token(t, c.recognition)}
}

func (c *chain) judge(t testing.TB, input string) *verify.Report {
	return judge(t, input, c.policy, &documents{lists: c.lists})
}

// plain is a payload without the claims that a JWT repeats.
func plain(o members) members {
	out := members{}
	for name, v := range o {
		switch name {
		case "iss", "sub", "jti", "nbf", "exp":
		default:
			out[name] = v
		}
	}
	return out
}

func with(o members, name string, v any) members {
	out := members{}
	for k, x := range o {
		out[k] = x
	}
	if v == nil {
		delete(out, name)
	} else {
		out[name] = v
	}
	return out
}

// TestChainInEveryForm: the same chain, in tokens and with embedded proofs.
func TestChainInEveryForm(t *testing.T) {
	c := newChain(t)
	token, embedded := c.cb.token(t, c.certificate), c.cb.embedded(t, plain(c.certificate))
	enveloped, err := json.Marshal(members{"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + token})
	require.NoError(t, err)
	require.NotEmpty(t, enveloped)
	links := []string{c.ab.embedded(t, plain(c.accredited)), c.ga.embedded(t, plain(c.recognition))}
	for name, input := range map[string]string{
		"tokens": bundle(t, token, c.statements(t)...), "embedded": bundle(t, embedded, links...),
		"mixed": bundle(t, embedded, c.statements(t)...), "white space": "\n " + bundle(t, token, links...) + "\r\n",
	} {
		r := c.judge(t, input)
		require.Equal(t, verify.BonaFide, r.Verdict, "%s: %s %v", name, r.Summary, r.Problems)
		require.Len(t, r.Chain.AtDecision, 2, name)
	}
	for name, input := range map[string]string{"token": token, "embedded": embedded, "enveloped": string(enveloped)} {
		src := &documents{lists: c.lists, controllers: map[string]string{c.cb.did: c.cb.document(t)}}
		r := judge(t, input, c.policy, src)
		require.Equal(t, verify.Authentic, r.Authenticity, name)
		require.Equal(t, verify.InForce, r.Currency, name)
		require.Equal(t, verify.Undetermined, r.Verdict, "%s: its own key makes no chain", name)
	}
}

// TestStapledChain: a certificate that carries its links needs no bundle; what
// it carries is believed no more than what a bundle does.
func TestStapledChain(t *testing.T) {
	c := newChain(t)
	staple := func(o members, token string) members {
		return with(o, "issuer", with(o["issuer"].(members), "endorsementJwt", []string{token}))
	}
	accredited := c.ab.token(t, staple(c.accredited, c.ga.token(t, c.recognition)))
	r := c.judge(t, c.cb.token(t, staple(c.certificate, accredited)))
	require.Equal(t, verify.BonaFide, r.Verdict, r.Summary)
	r = c.judge(t, c.cb.embedded(t, plain(staple(c.certificate, accredited))))
	require.Equal(t, verify.BonaFide, r.Verdict, r.Summary)
	mallory := keyParty(t)
	posing := party{did: c.ab.did, key: mallory.key, id: c.ab.id}
	r = c.judge(t, c.cb.token(t, staple(c.certificate, posing.token(t, staple(c.accredited, c.ga.token(t, c.recognition))))))
	require.NotEqual(t, verify.BonaFide, r.Verdict)
}

// TestAnAnchorListedTwice, for two periods with a key set each: what either
// signed counts, in whatever order they are listed.
func TestAnAnchorListedTwice(t *testing.T) {
	c := newChain(t)
	other := keyParty(t)
	first, second := c.policy.Anchors[0], c.policy.Anchors[0]
	first.ValidUntil, second.ValidFrom = decision().AddDate(0, 1, 0), decision().AddDate(0, 1, 0)
	second.Keys = []jws.JWK{party{did: c.ga.did, key: other.key, id: c.ga.did + "#second"}.public(t)}
	input := bundle(t, c.cb.token(t, c.certificate), c.statements(t)...)
	for _, anchors := range [][]verify.Anchor{{first, second}, {second, first}} {
		c.policy.Anchors = anchors
		r := c.judge(t, input)
		require.Equal(t, verify.BonaFide, r.Verdict, "%s %v", r.Summary, r.Problems)
	}
	c.policy.Anchors = []verify.Anchor{second}
	require.NotEqual(t, verify.BonaFide, c.judge(t, input).Verdict)
}

// TestPresentations: whoever presents a certificate, and in whatever wrapping,
// it is the certificate that is judged.
func TestPresentations(t *testing.T) {
	c := newChain(t)
	holder := keyParty(t)
	inner := bundle(t, c.cb.token(t, c.certificate), c.statements(t)...)
	signed := func(payload, typ string) string {
		out, err := jws.Sign([]byte(payload), typ, jws.Signer{KeyID: holder.id, Key: holder.key})
		require.NoError(t, err)
		return out
	}
	token := signed(inner, "vp+jwt")
	for name, input := range map[string]string{
		"token": token, "token of 1.1": signed(`{"vp":`+inner+`}`, "JWT"),
		"enveloped": `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"EnvelopedVerifiablePresentation","id":"data:application/vp+jwt,` + token + `"}`,
	} {
		require.Equal(t, verify.BonaFide, c.judge(t, input).Verdict, name)
	}
	_, _, err := verify.Open([]byte(`{"type":"EnvelopedVerifiablePresentation","id":"data:application/vp+jwt,`+c.cb.token(t, c.certificate)+`"}`), c.policy)
	require.ErrorIs(t, err, verify.ErrUnreadable)
}

// TestExampleData writes the data of the example with -update, and makes sure
// that it is still what a bundle looks like.
func TestExampleData(t *testing.T) {
	bundlePath, anchorsPath := filepath.Join("testdata", "bundle.json"), filepath.Join("testdata", "anchors.json")
	if *update {
		c := newChain(t)
		data := bundle(t, c.cb.token(t, c.certificate), append(c.statements(t), slices.Collect(maps.Values(c.lists))...)...)
		list, err := verify.FormatAnchors(verify.AnchorList{Anchors: c.policy.Anchors})
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(bundlePath, []byte(data+"\n"), 0o644))
		require.NoError(t, os.WriteFile(anchorsPath, append(list, '\n'), 0o644))
	}
	data, err := os.ReadFile(bundlePath)
	require.NoError(t, err)
	tokens, err := credential.ParsePresentation(data)
	require.NoError(t, err)
	require.Len(t, tokens, 9, "a certificate, two links, six lists")
}
