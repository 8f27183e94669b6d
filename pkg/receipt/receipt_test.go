package receipt_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

const service = "did:web:register.example"

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type desk struct {
	signer     jws.Signer
	registrars []verify.Registrar
}

func open(t testing.TB, did string) desk {
	key, err := jws.GenerateES256(rand.Reader)
	require.NoError(t, err)
	jwk, err := jws.NewJWK(key.Public(), "")
	require.NoError(t, err)
	kid := did + "#" + jwk.Thumbprint()
	return desk{jws.Signer{KeyID: kid, Key: key}, []verify.Registrar{{DID: did, Keys: []jws.JWK{jwk.WithKeyID(kid)}}}}
}

func (d desk) sign(t testing.TB, change ...func(*receipt.Receipt)) string {
	sum := sha256.Sum256([]byte("eyJ.a.b"))
	r := receipt.Receipt{Version: receipt.Version, ID: "urn:uuid:1", Issuer: service, IssuedAt: noon.Unix(),
		Asked:    receipt.Asked{By: "Example Screening", What: receipt.OfCredential, SHA256: hex.EncodeToString(sum[:])},
		Report:   &verify.Report{Verdict: verify.BonaFide, Summary: "It is bona fide.", At: noon, CheckedAt: noon, Certificate: &verify.Certificate{Number: "7K3M-9QXA-4TZ8-H"}},
		Evidence: []verify.Exhibit{{Kind: "certificate", SHA256: hex.EncodeToString(sum[:])}}}
	for _, f := range change {
		f(&r)
	}
	token, err := receipt.Sign(r, d.signer)
	require.NoError(t, err)
	return token
}

func judge(t testing.TB, token string, g []verify.Registrar, about receipt.About) receipt.Judgement {
	u, err := receipt.Parse(token)
	require.NoError(t, err)
	return u.Judge(g, about, noon.AddDate(9, 0, 0))
}

func TestReceiptIsBelievedYearsLaterWithTheKeyAlone(t *testing.T) {
	d := open(t, service)
	j := judge(t, d.sign(t), d.registrars, receipt.About{})
	require.Equal(t, "pass", j.Outcome)
	require.Contains(t, j.Attests[0], "2026-03-01T12:00:00Z")
	require.Contains(t, strings.Join(j.Attests, " "), "Example Screening; nobody checked that")
	require.NotEmpty(t, j.Leaves)
	require.Equal(t, "pass", judge(t, d.sign(t), d.registrars, receipt.About{Text: []byte("eyJ.a.b\n")}).Outcome, "the text it was made for")
}

func TestForgedReceipts(t *testing.T) {
	d, other := open(t, service), open(t, service)
	token := d.sign(t)
	parts := strings.Split(token, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	altered := parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), "bona_fide", "not_found", 1))) + "." + parts[2]
	require.Equal(t, "fail", judge(t, altered, d.registrars, receipt.About{}).Outcome, "altered")
	require.Equal(t, "unknown", judge(t, other.sign(t), d.registrars, receipt.About{}).Outcome, "another key")
	stolen := other
	stolen.signer.KeyID = d.signer.KeyID
	require.Equal(t, "fail", judge(t, stolen.sign(t), d.registrars, receipt.About{}).Outcome, "another key under the right name")
	require.Equal(t, "unknown", judge(t, token, nil, receipt.About{}).Outcome, "nobody is trusted")
	body := open(t, service+":bodies:cb")
	g := append(d.registrars, body.registrars...)
	require.Equal(t, "unknown", judge(t, body.sign(t), g, receipt.About{}).Outcome, "signed by one and said by another")
	late := d.sign(t, func(r *receipt.Receipt) { r.IssuedAt = noon.AddDate(20, 0, 0).Unix() })
	require.Equal(t, "unknown", judge(t, late, d.registrars, receipt.About{}).Outcome, "dated ahead")
}

func TestReceiptForAnotherCertificate(t *testing.T) {
	d := open(t, service)
	token := d.sign(t)
	for _, about := range []receipt.About{{Text: []byte("eyJ.a.c")}, {Number: "0000-0000-0000-0"}, {Number: "nonsense"}} {
		require.Equal(t, "fail", judge(t, token, d.registrars, about).Outcome)
	}
	none := d.sign(t, func(r *receipt.Receipt) { r.Report.Certificate = nil })
	require.Equal(t, "fail", judge(t, none, d.registrars, receipt.About{Number: "0000-0000-0000-0"}).Outcome)
}

func TestOtherTokensAreNoReceipts(t *testing.T) {
	d := open(t, service)
	credential, err := jws.Sign([]byte(`{"version":1,"jti":"x","iss":"`+service+`","report":{}}`), "JWT", d.signer)
	require.NoError(t, err)
	require.False(t, receipt.Is(credential))
	_, err = receipt.Parse(credential)
	require.ErrorIs(t, err, receipt.ErrNotReceipt)
	for _, payload := range []string{`{}`, `{"version":2,"jti":"x","iss":"a","report":{}}`, `{"version":1,"jti":"x","iss":"a"}`} {
		token, err := jws.Sign([]byte(payload), receipt.Type, d.signer)
		require.NoError(t, err)
		_, err = receipt.Parse(token)
		require.ErrorIs(t, err, receipt.ErrNotReceipt, payload)
	}
	token, err := jws.Sign([]byte(`{"version":"one"}`), receipt.Type, d.signer)
	require.NoError(t, err)
	_, err = receipt.Parse(token)
	require.ErrorIs(t, err, jws.ErrMalformed)
}

func FuzzParse(f *testing.F) {
	d := open(f, service)
	f.Add(d.sign(f))
	f.Add("e30.e30.")
	f.Fuzz(func(t *testing.T, token string) {
		u, err := receipt.Parse(token)
		if err != nil {
			return
		}
		if u.Judge(d.registrars, receipt.About{}, noon).Outcome == "pass" {
			require.NoError(t, func() error {
				p, err := jws.Parse(token)
				require.NoError(t, err)
				return p.Verify(d.registrars[0].Keys[0])
			}())
		}
	})
}
