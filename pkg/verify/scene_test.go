package verify_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// The cast of the written table: cb certified Zoe on 1 March 2026; ab accredits
// cb, ga recognises ab and is the only anchor; rr keeps the register. The
// question is asked on 1 June 2026. A line of the table changes what it must.

func sceneDay(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

type actor struct {
	did string
	key crypto.Signer
	jwk jws.JWK
}

// newActor has the same key whenever it is made, so that a fuzzer's processes
// sign the same.
func newActor(t testing.TB, did string) actor {
	seed := sha256.Sum256([]byte(did))
	private := ed25519.NewKeyFromSeed(seed[:])
	public, err := jws.NewJWK(private.Public(), "")
	require.NoError(t, err)
	return actor{did, private, public.WithKeyID(did + "#" + public.Thumbprint())}
}

func (a actor) sign(t testing.TB, payload []byte) string {
	token, err := jws.Sign(payload, "JWT", jws.Signer{KeyID: a.jwk.KeyID(), Key: a.key})
	require.NoError(t, err)
	return token
}

// scene is everything a report is made from, before it is signed and put together.
type scene struct {
	t                 testing.TB
	at                credential.Addresses
	ga, ab, cb, ra    actor
	rr, eve           actor // the register; somebody nobody knows
	certificate       credential.Certificate
	statements        []credential.Statement
	signers           map[string]actor // by statement; default: its SignedBy
	signer            actor            // of the certificate
	alter             func(token string) string
	register          verify.Register
	policy            verify.Policy
	lists             []string
	unobtainable      []string
	nothing           bool                      // no such record
	proof             func(token string) string // of a transparency log
	nobodyKnowsStatus bool                      // the register holds no history of the certificate
}

func newScene(t testing.TB) *scene {
	at := credential.Addresses{Public: "https://register.example"}
	s := &scene{t: t, at: at, signers: map[string]actor{}, ga: newActor(t, at.Body("ga")), ab: newActor(t, at.Body("ab")), cb: newActor(t, at.Body("cb")),
		ra: newActor(t, at.Body("ra")), rr: newActor(t, at.Service()), eve: newActor(t, at.Body("eve"))}
	s.signer = s.cb
	n, err := credential.NewNumber(bytes.NewReader(make([]byte, 64)))
	require.NoError(t, err)
	s.certificate = credential.Certificate{
		ID: at.Certificate(n), Number: n, Issuer: credential.Party{DID: s.cb.did, Name: "Certification Body"}, DecidedAt: sceneDay("2026-03-01"), ValidFrom: sceneDay("2026-03-01"),
		ValidUntil: sceneDay("2029-03-01"), Claim: true, Holder: credential.Holder{SubjectID: "urn:uuid:6a6f5d0c-6c0c-4d89-8a87-2ac7f0f3f3c4", Name: "Zoe Example", Email: "zoe@example.org", Salt: "c2FsdA"},
		Scheme: credential.Scheme{Address: at.Scheme("welder"), Name: "Welder", Kind: "certification_of_persons", Activity: trust.CertificationOfPersons, Criteria: "x", Description: "x"},
		Status: credential.StatusEntry{List: at.StatusList("l"), Index: 7},
	}
	s.statements = []credential.Statement{s.says(trust.Accreditation, "a1", s.ab, s.cb), s.says(trust.Recognition, "r1", s.ga, s.ab)}
	s.register = verify.Register{
		Registrar: s.rr.did, AsOf: sceneDay("2026-06-01"), Histories: map[string]verify.History{}, Keys: map[string][]verify.PublishedKey{},
		Bodies:  []verify.Body{{ID: "cb", DID: s.cb.did, Name: "Certification Body"}, {ID: "ab", DID: s.ab.did, Name: "Accreditation Body"}},
		Schemes: []verify.RegisteredScheme{{Address: at.Scheme("welder"), ID: "welder", Name: "Welder", Kind: "certification_of_persons", Owner: s.cb.did, Activity: string(trust.CertificationOfPersons)}},
	}
	s.policy = verify.Policy{Now: sceneDay("2026-06-01"), PublicURL: at.Public,
		Anchors:    []verify.Anchor{{Anchor: trust.Anchor{DID: s.ga.did, Name: "Global", Scopes: []trust.Scope{{Activity: trust.CertificationOfPersons}}}, Keys: []jws.JWK{s.ga.jwk}}},
		Registrars: []verify.Registrar{{DID: s.rr.did, Name: "Register", Keys: []jws.JWK{s.rr.jwk}}}}
	return s
}

// says is a statement of five years for the certification of persons.
func (s *scene) says(kind trust.Kind, id string, issuer, subject actor) credential.Statement {
	return credential.Statement{
		Statement: trust.Statement{ID: s.at.Statement(id), Kind: kind, Issuer: issuer.did, Subject: subject.did, Assurance: trust.Signed,
			Scope: trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024"}, ValidFrom: sceneDay("2024-01-01"), ValidUntil: sceneDay("2030-01-01")},
		SignedBy: credential.Party{DID: issuer.did, Name: id}, SubjectName: id, SubjectKeys: []jws.JWK{subject.jwk},
		Status: credential.StatusEntry{List: s.at.StatusList("l" + id), Index: 3},
	}
}

// happened adds an event to the history of a statement or, by an empty id, of
// the certificate.
func (s *scene) happened(id string, kind trust.EventKind, on string, scope ...trust.Scope) {
	address := s.certificate.ID
	if id != "" {
		address = s.at.Statement(id)
	}
	h := s.register.Histories[address]
	e := trust.Event{Kind: kind, EffectiveAt: sceneDay(on), LearntAt: sceneDay(on)}
	if len(scope) > 0 {
		e.Scope = &scope[0]
	}
	h.Events = append(h.Events, e)
	s.register.Histories[address] = h
}

func (s *scene) complete() {
	until := sceneDay("2027-01-01")
	s.register.CompleteUntil = &until
}

// report signs everything and has it judged.
func (s *scene) report() *verify.Report {
	ev := verify.Evidence{Register: s.register, StatusLists: s.lists, Unobtainable: s.unobtainable}
	actors := map[string]actor{}
	for _, a := range []actor{s.ga, s.ab, s.cb, s.ra, s.rr, s.eve} {
		actors[a.did] = a
	}
	for _, x := range s.statements {
		by, ok := s.signers[x.ID]
		if !ok {
			by = actors[x.SignedBy.DID]
		}
		payload, err := x.Payload()
		require.NoError(s.t, err)
		u, err := verify.ParseStatement(by.sign(s.t, payload))
		require.NoError(s.t, err)
		ev.Statements = append(ev.Statements, u)
		s.known(x.ID)
	}
	if !s.nobodyKnowsStatus {
		s.known(s.certificate.ID)
	}
	if !s.nothing {
		payload, err := s.certificate.Payload()
		require.NoError(s.t, err)
		token := s.signer.sign(s.t, payload)
		if s.alter != nil {
			token = s.alter(token)
		}
		ev.Certificate = verify.ReadCertificate(token)
		if s.proof != nil {
			ev.LogProofs = []string{s.proof(token)}
		}
	}
	return verify.Evaluate(ev, s.policy)
}

// known gives a record a history, if it has none.
func (s *scene) known(id string) {
	h := s.register.Histories[id]
	if h.RecordedAt.IsZero() {
		h.RecordedAt = sceneDay("2026-03-02")
	}
	s.register.Histories[id] = h
}

// rewritten changes the payload of a token and leaves its signature.
func rewritten(t testing.TB, token, old, replacement string) string {
	part := strings.Split(token, ".")
	payload, err := jws.Parse(token)
	require.NoError(t, err)
	changed := strings.Replace(string(payload.Payload), old, replacement, 1)
	require.NotEqual(t, string(payload.Payload), changed)
	part[1] = b64(changed)
	return strings.Join(part, ".")
}

// claimed signs the certificate's payload after a change that its builder
// would not make.
func (s *scene) claimed(change func(map[string]any)) {
	s.alter = func(token string) string {
		u, err := jws.Parse(token)
		require.NoError(s.t, err)
		var o map[string]any
		require.NoError(s.t, json.Unmarshal(u.Payload, &o))
		change(o)
		payload, err := json.Marshal(o)
		require.NoError(s.t, err)
		return s.signer.sign(s.t, payload)
	}
}
