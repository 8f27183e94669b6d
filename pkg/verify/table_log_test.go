package verify_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/bonafide-dev/bonafide/pkg/inclusion"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

const sceneLog = "register.example/log/2026"

// logged is the register's word on where its log holds the certificate.
func (s *scene) logged(l verify.Logged, recorded string) {
	s.known(s.certificate.ID)
	h := s.register.Histories[s.certificate.ID]
	h.RecordedAt, h.Logged = sceneInstant(recorded), &l
	s.register.Histories[s.certificate.ID] = h
}

func sceneInstant(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err) // a slip in a test
	}
	return t
}

// proves has the certificate come with a proof of a log of one entry, after a
// change of it; trusted is whether the policy lists the log.
func (s *scene) proves(trusted bool, change func(*inclusion.Entry)) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	if trusted {
		s.policy.Logs = []verify.Log{{Origin: sceneLog, Key: inclusion.VerifierKey(sceneLog, key.Public().(ed25519.PublicKey))}}
	}
	s.proof = func(token string) string {
		hash := inclusion.TokenHash(token)
		e := inclusion.Entry{Version: inclusion.EntryVersion, Kind: inclusion.CertificateIssued, At: sceneInstant("2026-03-02T10:00:00Z"), Token: hex.EncodeToString(hash[:])}
		change(&e)
		data, err := e.Encode()
		require.NoError(s.t, err)
		signer, err := inclusion.NewSigner(sceneLog, key)
		require.NoError(s.t, err)
		signed, err := inclusion.Sign(inclusion.Checkpoint{Origin: sceneLog, Size: 1, Root: tlog.RecordHash(data)}, signer)
		require.NoError(s.t, err)
		return string(inclusion.Proof{Checkpoint: signed, Entry: data}.Encode())
	}
}

// logLines: where the certificate stands in a log changes no verdict.
func logLines() []line {
	seven := int64(7)
	same := func(*inclusion.Entry) {}
	return []line{
		{name: "log: proven", change: func(s *scene) { s.proves(true, same) }, verdict: verify.BonaFide, checks: []string{"transparency pass"}},
		{name: "log: proven by a log nobody lists", change: func(s *scene) { s.proves(false, same) }, verdict: verify.BonaFide, checks: []string{"transparency unknown"}},
		{name: "log: proof of another record", change: func(s *scene) { s.proves(true, func(e *inclusion.Entry) { e.Token = "00" }) }, verdict: verify.BonaFide, checks: []string{"transparency fail LOG_PROOF_INVALID"}},
		{name: "log: proof of another kind", change: func(s *scene) { s.proves(true, func(e *inclusion.Entry) { e.Kind = "certificate.suspended" }) }, verdict: verify.BonaFide, checks: []string{"transparency fail LOG_PROOF_INVALID"}},
		{name: "log: broken proof", change: func(s *scene) { s.proof = func(string) string { return "x" } }, verdict: verify.BonaFide, checks: []string{"transparency fail LOG_PROOF_INVALID"}},
		{name: "log: by the register's word", change: func(s *scene) { s.logged(verify.Logged{Origin: sceneLog, Index: &seven}, "2026-03-02T10:00:00Z") }, verdict: verify.BonaFide, checks: []string{"transparency pass"}},
		{name: "log: waits", change: func(s *scene) { s.logged(verify.Logged{}, "2026-05-31T23:59:30Z") }, verdict: verify.BonaFide, checks: []string{"transparency unknown"}},
		{name: "log: waited too long", change: func(s *scene) { s.logged(verify.Logged{}, "2026-05-31T23:58:59Z") }, verdict: verify.BonaFide, checks: []string{"transparency fail NOT_IN_LOG"}},
		{name: "log: a longer delay is granted", change: func(s *scene) {
			s.policy.MergeDelay = time.Hour
			s.logged(verify.Logged{}, "2026-05-31T23:58:59Z")
		}, verdict: verify.BonaFide, checks: []string{"transparency unknown"}},
	}
}
