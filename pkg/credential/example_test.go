package credential_test

import (
	"crypto/ed25519"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// A certification body writes a certificate, signs it, and somebody reads it.
func Example() {
	number, err := credential.ParseNumber("0123 4567 89ab y")
	if err != nil {
		fmt.Println(err)
		return
	}
	at := credential.Addresses{Public: "https://bonafide.example"}
	decided := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	payload, err := credential.Certificate{
		ID: at.Certificate(number), Number: number,
		Issuer: credential.Party{DID: at.Body("welders"), Name: "Welders' Board"},
		Holder: credential.Holder{SubjectID: "urn:uuid:6a6f5d0c-6c0c-4d89-8a87-2ac7f0f3f3c4", Name: "Zoë Ñandú", HideName: true, Salt: "9f3c"},
		Scheme: credential.Scheme{Address: at.Scheme("welder-1"), Name: "Certified Welder", Kind: "certification_of_persons"},

		DecidedAt: decided, ValidFrom: decided, ValidUntil: decided.AddDate(3, 0, 0),
		Status: credential.StatusEntry{List: at.StatusList("7"), Index: 94567},
	}.Payload()
	if err != nil {
		fmt.Println(err)
		return
	}
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	token, err := jws.Sign(payload, "JWT", jws.Signer{KeyID: at.Body("welders") + "#k1", Key: key})
	if err != nil {
		fmt.Println(err)
		return
	}

	u, err := jws.Parse(token)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := credential.ParseCertificate(u) // still unverified: see package verify
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Number, c.Issuer.DID)
	fmt.Println(c.Holder.Name == "", c.Holder.NameHash == credential.Hash(credential.NormalName("ZOË  ñandú"), c.Holder.Salt))
	// Output:
	// 0123-4567-89AB-Y did:web:bonafide.example:bodies:welders
	// true true
}
