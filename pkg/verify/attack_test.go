package verify_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestForgedChains: nothing but a link of the right body, about the right
// subject, signed by a key that its parent vouched for, carries a chain.
func TestForgedChains(t *testing.T) {
	c := newChain(t)
	mallory := keyParty(t)
	posing := party{did: c.ab.did, key: mallory.key, id: c.ab.id} // claims the accreditor's key id
	token := c.cb.token(t, c.certificate)
	accreditation, recognition := c.ab.token(t, c.accredited), c.ga.token(t, c.recognition)
	praise := with(c.accredited, "type", []string{"VerifiableCredential", "EndorsementCredential"})
	subject := with(c.accredited["credentialSubject"].(members), "id", c.at.Body("other"))
	about := with(with(c.accredited, "credentialSubject", subject), "sub", c.at.Body("other"))
	altered := with(c.accredited, "name", "accreditation of everybody")
	parts, other := strings.Split(accreditation, "."), strings.Split(c.ab.token(t, altered), ".")
	for name, links := range map[string][]string{
		"forged link":               {posing.token(t, c.accredited), recognition},
		"forged embedded link":      {posing.embedded(t, plain(c.accredited)), recognition},
		"another payload":           {parts[0] + "." + other[1] + "." + parts[2], recognition},
		"link for another subject":  {c.ab.token(t, about), recognition},
		"ordinary endorsement":      {c.ab.token(t, praise), recognition},
		"accreditation by oneself":  {c.cb.token(t, c.accredited), recognition},
		"recognition alone":         {recognition},
		"accreditation alone":       {accreditation},
		"recognition by a stranger": {accreditation, mallory.token(t, with(c.recognition, "iss", mallory.did))},
	} {
		r := c.judge(t, bundle(t, token, links...))
		require.NotEqual(t, verify.BonaFide, r.Verdict, name)
		require.NotEqual(t, "recognised", r.Accreditation.AtDecision, name)
	}
	// A forged link beside the good ones changes nothing.
	r := c.judge(t, bundle(t, token, posing.token(t, c.accredited), accreditation, recognition))
	require.Equal(t, verify.BonaFide, r.Verdict, r.Summary)
}

// TestForgedCertificates: a certificate is its issuer's only by a key of its
// issuer, over all that it says, for the purpose of asserting.
func TestForgedCertificates(t *testing.T) {
	c := newChain(t)
	mallory := keyParty(t)
	posing := party{did: c.cb.did, key: mallory.key, id: c.cb.id}
	good := c.cb.embedded(t, plain(c.certificate))
	raw, err := json.Marshal(plain(c.certificate))
	require.NoError(t, err)
	purpose, err := dataintegrity.Sign(raw, dataintegrity.Options{Suite: dataintegrity.EdDSARDFC, Purpose: dataintegrity.Authentication}, jws.Signer{KeyID: c.cb.id, Key: c.cb.key})
	require.NoError(t, err)
	vc := `"https://www.w3.org/ns/credentials/v2"`
	for name, input := range map[string]string{
		"another key":       posing.embedded(t, plain(c.certificate)),
		"a stranger's key":  mallory.embedded(t, plain(c.certificate)),
		"token, other key":  posing.token(t, c.certificate),
		"token, stranger":   mallory.token(t, c.certificate),
		"altered":           strings.Replace(good, `"Zoe"`, `"Eve"`, 1),
		"wrong purpose":     string(purpose),
		"purpose renamed":   strings.Replace(string(purpose), `"authentication"`, `"assertionMethod"`, 1),
		"redefined term":    strings.Replace(good, vc, vc+`,{"licenseNumber":"https://evil.example/x"}`, 1),
		"undefined term":    strings.Replace(good, `"name":"Welder"`, `"name":"Welder","rank":"master"`, 1),
		"nested context":    strings.Replace(good, `"achievement":{`, `"achievement":{"@context":"https://www.w3.org/ns/credentials/examples/v2",`, 1),
		"method of another": strings.Replace(good, `"verificationMethod":"`+c.cb.id, `"verificationMethod":"`+mallory.id, 1),
		"proof gone":        string(raw),
		"no algorithm":      "eyJhbGciOiJub25lIn0." + strings.Split(c.cb.token(t, c.certificate), ".")[1] + ".",
	} {
		presented := input
		if strings.HasPrefix(input, "{") && strings.Contains(input, `"proof"`) || !strings.HasPrefix(input, "{") {
			presented = bundle(t, input, c.statements(t)...)
		}
		if name == "no algorithm" {
			presented = input
		}
		r := c.judge(t, presented)
		require.NotEqual(t, verify.Authentic, r.Authenticity, name)
		require.Contains(t, []verify.Verdict{verify.NotAuthentic, verify.Undetermined}, r.Verdict, "%s: %s", name, r.Summary)
	}
}

// TestContextOrder: the same statements of RDF, spelt so that a plain reader
// sees something else, are refused: the contexts that give words their meaning
// are those of the profile and stand at the top.
func TestContextOrder(t *testing.T) {
	c := newChain(t)
	good := c.cb.embedded(t, plain(c.certificate))
	swapped := strings.Replace(good, `["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"`,
		`["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json","https://www.w3.org/ns/credentials/v2"`, 1)
	require.NotEqual(t, good, swapped)
	r := c.judge(t, bundle(t, swapped, c.statements(t)...))
	require.Equal(t, verify.NotAuthentic, r.Verdict)
	o, problem := outcome(t, r, verify.CheckFormat)
	require.Equal(t, "fail MALFORMED", o+" "+problem)
}

// TestProofSets: every proof must verify; one that nobody can check leaves the
// whole unknown.
func TestProofSets(t *testing.T) {
	c := newChain(t)
	witness, absent := keyParty(t), newParty(t, "did:web:absent.example")
	doc := plain(c.certificate)
	set := func(proofs ...string) string {
		var all []any
		for _, p := range proofs {
			var o members
			require.NoError(t, json.Unmarshal([]byte(p), &o))
			all = append(all, o["proof"])
		}
		raw, err := json.Marshal(with(doc, "proof", all))
		require.NoError(t, err)
		return string(raw)
	}
	own, second := c.cb.embedded(t, doc), witness.embedded(t, doc)
	spoilt := witness.embedded(t, with(doc, "name", "Another"))
	unknown := strings.Replace(second, "eddsa-rdfc-2022", "ecdsa-sd-2023", 1)
	for name, x := range map[string]struct {
		input string
		want  verify.Authenticity
	}{
		"own and witness":        {set(own, second), verify.Authentic},
		"witness first":          {set(second, own), verify.Authentic},
		"witness alone":          {set(second), verify.Inauthentic},
		"witness fails":          {set(own, spoilt), verify.Inauthentic},
		"own fails":              {set(c.cb.embedded(t, with(doc, "name", "Another")), second), verify.Inauthentic},
		"witness is not known":   {set(own, absent.embedded(t, doc)), verify.AuthenticityUnknown},
		"a suite not known here": {set(own, unknown), verify.AuthenticityUnknown},
	} {
		r := c.judge(t, bundle(t, x.input, c.statements(t)...))
		require.Equal(t, x.want, r.Authenticity, "%s: %s", name, r.Summary)
	}
}

// TestStrangers: who an issuer is, is not for its credential to say. With a
// complete register "no accreditation" is known, without it nothing is.
func TestStrangers(t *testing.T) {
	c := newChain(t)
	stranger := keyParty(t)
	profile := with(with(c.certificate["issuer"].(members), "id", stranger.did), "name", "CB")
	o := with(with(with(plain(c.certificate), "issuer", profile), "id", "urn:uuid:1"), "accreditationClaim", nil)
	list := "https://stranger.example/list"
	o = with(o, "credentialStatus", members{"id": list + "#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": list})
	c.publish(t, stranger, list, "revocation", nil)
	input := stranger.embedded(t, o)
	until := now()
	for name, x := range map[string]struct {
		register verify.Register
		want     verify.Verdict
	}{
		"nobody knows":         {verify.Register{}, verify.Undetermined},
		"register is complete": {verify.Register{Registrar: "did:web:r.example", AsOf: now(), CompleteUntil: &until}, verify.Unaccredited},
	} {
		src := &documents{lists: c.lists, register: x.register}
		for _, s := range c.statements(t) { // all the world's statements are about others
			u, err := verify.ParseStatement(s)
			require.NoError(t, err)
			src.statements = map[string][]*verify.UnverifiedStatement{u.Claims().Subject: {u}}
		}
		r := judge(t, input, c.policy, src)
		require.Equal(t, verify.Authentic, r.Authenticity, name)
		require.Equal(t, x.want, r.Verdict, "%s: %s", name, r.Summary)
		require.Equal(t, stranger.did, r.Certificate.Issuer.Name, "it is not called what it calls itself")
	}
	// Claiming an accreditation that a complete register does not know.
	src := &documents{lists: c.lists, register: verify.Register{Registrar: "did:web:r.example", AsOf: now(), CompleteUntil: &until}}
	r := judge(t, stranger.embedded(t, with(o, "accreditationClaim", true)), c.policy, src)
	require.Equal(t, verify.Misrepresented, r.Verdict)
}

// TestPublishedBesideVouched: where somebody vouches for an issuer's keys, a key
// that only the issuer's own document names is not enough, nor is it forged.
func TestPublishedBesideVouched(t *testing.T) {
	c := newChain(t)
	fresh := keyParty(t)
	next := party{did: c.cb.did, key: fresh.key, id: c.cb.did + "#next"}
	src := &documents{lists: c.lists, controllers: map[string]string{c.cb.did: next.document(t)}}
	r := judge(t, bundle(t, next.token(t, c.certificate), c.statements(t)...), c.policy, src)
	require.Equal(t, verify.Undetermined, r.Verdict, r.Summary)
	o, problem := outcome(t, r, verify.CheckIssuerKey)
	require.Equal(t, "unknown UNKNOWN_KEY", o+" "+problem)
}

// TestWhatIsAskedFor: before a signature verified, nothing is looked for but
// what the issuer itself publishes.
func TestWhatIsAskedFor(t *testing.T) {
	c := newChain(t)
	src := &documents{lists: c.lists}
	judge(t, c.cb.token(t, c.certificate), c.policy, src)
	require.Equal(t, []string{c.cb.did}, src.asked)

	elsewhere := party{did: c.cb.did, key: c.cb.key, id: "https://evil.example/keys/1"}
	src = &documents{lists: c.lists}
	judge(t, elsewhere.token(t, c.certificate), c.policy, src)
	require.Equal(t, []string{c.cb.did}, src.asked, "a kid on another host is only a name")

	for _, id := range []string{"did:web:127.0.0.1", "did:web:169.254.169.254:latest", "https://user@host.example/", "http://cb.example/", "did:web:a..b", "https://2130706433/", "urn:x"} {
		src = &documents{}
		o := with(plain(c.certificate), "issuer", with(c.certificate["issuer"].(members), "id", id))
		judge(t, party{did: id, key: c.cb.key, id: id + "#k"}.embedded(t, o), c.policy, src)
		require.Empty(t, src.asked, id)
	}
}

// TestKidAddress: a kid may be the address of one JWK on the issuer's own host.
func TestKidAddress(t *testing.T) {
	c := newChain(t)
	site := party{did: "https://cb.example/profile", key: c.cb.key, id: "https://cb.example/keys/1"}
	o := with(with(c.certificate, "issuer", with(c.certificate["issuer"].(members), "id", site.did)), "iss", site.did)
	raw, err := json.Marshal(site.public(t))
	require.NoError(t, err)
	src := &documents{controllers: map[string]string{site.id: string(raw)}}
	r := judge(t, site.token(t, o), c.policy, src)
	require.Equal(t, verify.Authentic, r.Authenticity, r.Summary)
	away := party{did: site.did, key: c.cb.key, id: "https://evil.example/keys/1"}
	src = &documents{controllers: map[string]string{away.id: string(raw)}}
	r = judge(t, away.token(t, o), c.policy, src)
	require.Equal(t, verify.AuthenticityUnknown, r.Authenticity)
}

// TestOlderForm: a token of data model 1.1 is read, and told to be an older
// form; what its registered claims alone say is filled in.
func TestOlderForm(t *testing.T) {
	c := newChain(t)
	inner := plain(c.certificate)
	inner["@context"] = []string{"https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", c.at.Context()}
	for _, name := range []string{"validFrom", "id", "issuer"} {
		delete(inner, name)
	}
	o := members{"vc": inner}
	for _, claim := range []string{"iss", "sub", "jti", "nbf"} {
		o[claim] = c.certificate[claim]
	}
	r := c.judge(t, bundle(t, c.cb.token(t, o), c.statements(t)...))
	require.Equal(t, verify.BonaFide, r.Verdict, "%s %v", r.Summary, r.Checks)
	require.Contains(t, r.Checks[0].Detail, "data model 1.1")
	require.Equal(t, "1.1", r.Certificate.Form.DataModel)
	for name, change := range map[string]members{
		"another id beside": with(o, "jti", "urn:uuid:2"),
		"two documents":     with(o, "credentialSubject", inner["credentialSubject"]),
		"not an object":     with(o, "vc", "x"),
	} {
		if name == "another id beside" {
			change["vc"] = with(inner, "id", c.certificate["id"])
		}
		r := c.judge(t, bundle(t, c.cb.token(t, change), c.statements(t)...))
		require.Equal(t, verify.NotAuthentic, r.Verdict, name)
	}
}

// TestKeyWithoutFragment: a did:key has one key, so that its method may go
// without the fragment; a did:web has not.
func TestKeyWithoutFragment(t *testing.T) {
	c := newChain(t)
	bare := keyParty(t)
	bare.id = bare.did
	o := with(plain(c.certificate), "issuer", with(c.certificate["issuer"].(members), "id", bare.did))
	require.Equal(t, verify.Authentic, judge(t, bare.embedded(t, o), c.policy, nil).Authenticity)
	web := party{did: c.cb.did, key: c.cb.key, id: c.cb.did}
	r := c.judge(t, bundle(t, web.embedded(t, plain(c.certificate)), c.statements(t)...))
	require.Equal(t, verify.Inauthentic, r.Authenticity)
}

func TestEndedKey(t *testing.T) {
	c := newChain(t)
	var doc members
	require.NoError(t, json.Unmarshal([]byte(c.cb.document(t)), &doc))
	for name, x := range map[string]struct {
		member string
		at     time.Time
		want   verify.Authenticity
	}{
		"revoked":          {"revoked", now().Add(-time.Hour), verify.AuthenticityUnknown},
		"expired":          {"expires", now(), verify.AuthenticityUnknown},
		"to expire":        {"expires", now().Add(time.Hour), verify.Authentic},
		"to be taken back": {"revoked", now().Add(time.Hour), verify.Authentic},
	} {
		method := doc["verificationMethod"].([]any)[0].(members)
		raw, err := json.Marshal(with(doc, "verificationMethod", []any{with(method, x.member, x.at.Format(time.RFC3339))}))
		require.NoError(t, err)
		r := judge(t, c.cb.token(t, c.certificate), c.policy, &documents{lists: c.lists, controllers: map[string]string{c.cb.did: string(raw)}})
		require.Equal(t, x.want, r.Authenticity, name)
	}
}

// TestProofTimes: a proof may be made for a time.
func TestProofTimes(t *testing.T) {
	c := newChain(t)
	raw, err := json.Marshal(plain(c.certificate))
	require.NoError(t, err)
	made, err := dataintegrity.Sign(raw, dataintegrity.Options{Suite: dataintegrity.EdDSARDFC, Purpose: dataintegrity.Assertion, Created: now().Add(time.Hour)}, jws.Signer{KeyID: c.cb.id, Key: c.cb.key})
	require.NoError(t, err)
	r := c.judge(t, bundle(t, string(made), c.statements(t)...))
	require.Equal(t, verify.Undetermined, r.Verdict, "made in the future")
	c.policy.Now = now().Add(2 * time.Hour)
	r = c.judge(t, bundle(t, string(made), c.statements(t)...))
	require.Equal(t, verify.BonaFide, r.Verdict, r.Summary)
}

// TestUnreadable: what is no credential is told apart from a bad one.
func TestUnreadable(t *testing.T) {
	c := newChain(t)
	for name, input := range map[string]string{
		"nothing": "", "words": "certificate number 12", "html": "<html></html>", "number": "7", "array": "[]", "host": "www.example.org", "text": `"a.b.c"`,
		"other json": `{"type":"Assertion"}`, "no type": `{"a":1}`, "broken": `{"type":"VerifiableCredential"`,
		"nested arrays": `{"type":["VerifiableCredential"],"x":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + "}",
		"twice":         `{"type":["VerifiableCredential"],"type":["VerifiableCredential"]}`,
	} {
		_, _, err := verify.Open([]byte(input), c.policy)
		require.ErrorIs(t, err, verify.ErrUnreadable, name)
	}
	empty, err := credential.Presentation(nil)
	require.NoError(t, err)
	_, _, err = verify.Open(empty, c.policy)
	require.ErrorIs(t, err, verify.ErrNoCertificate)
	_, _, err = verify.Open([]byte(bundle(t, c.statements(t)[0])), c.policy)
	require.ErrorIs(t, err, verify.ErrNoCertificate, "links alone certify nothing")
}
