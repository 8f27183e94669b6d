package receipt_test

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// A receipt is read with the keys of the registers that the reader trusts.
func Example() {
	key, _ := jws.GenerateES256(rand.Reader)
	jwk, _ := jws.NewJWK(key.Public(), "did:web:register.example#1")
	day := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	token, err := receipt.Sign(receipt.Receipt{Version: receipt.Version, ID: "urn:uuid:1", Issuer: "did:web:register.example", IssuedAt: day.Unix(),
		Report: &verify.Report{Verdict: verify.BonaFide, At: day, CheckedAt: day}}, jws.Signer{KeyID: jwk.KeyID(), Key: key})
	if err != nil {
		fmt.Println(err)
		return
	}
	u, _ := receipt.Parse(token)
	trusted := []verify.Registrar{{DID: "did:web:register.example", Keys: []jws.JWK{jwk}}}
	fmt.Println(u.Judge(trusted, receipt.About{}, day.AddDate(5, 0, 0)).Outcome)
	// Output: pass
}
