package trust_test

import (
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func ExampleEvaluate() {
	on := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	welders := trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024"}
	statements := []trust.Statement{
		{ID: "accreditation", Kind: trust.Accreditation, Issuer: "did:web:ab.example", Subject: "did:web:cb.example",
			Scope: welders, ValidFrom: on(2020, 1, 1),
			Events: []trust.Event{{Kind: trust.Suspended, EffectiveAt: on(2024, 5, 1)}}},
		{ID: "recognition", Kind: trust.Recognition, Issuer: "did:web:arrangement.example", Subject: "did:web:ab.example",
			Scope: welders, ValidFrom: on(2016, 11, 4)},
	}
	policy := trust.Policy{Anchors: []trust.Anchor{{DID: "did:web:arrangement.example", Scopes: []trust.Scope{welders}}}}
	for _, at := range []time.Time{on(2023, 3, 1), on(2024, 6, 1)} {
		f := trust.Evaluate(trust.Question{Body: "did:web:cb.example", Need: welders, At: at}, statements, policy)
		fmt.Println(at.Format(time.DateOnly), f.State, f.InScope)
		for _, l := range f.Path {
			fmt.Println("  ", l.Statement.ID, "by", l.Statement.Issuer)
		}
		for _, p := range f.Problems {
			fmt.Println("  ", p.Code, "since", p.Since.Format(time.DateOnly))
		}
	}
	// Output:
	// 2023-03-01 recognised pass
	//    accreditation by did:web:ab.example
	//    recognition by did:web:arrangement.example
	// 2024-06-01 unknown fail
	//    ACCREDITATION_SUSPENDED since 2024-05-01
}
