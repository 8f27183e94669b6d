package verify_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// A certificate and its chain verify offline, from a bundle and the operator's
// list of whom to trust.
func Example() {
	list, _ := os.ReadFile("testdata/anchors.json")
	bundle, _ := os.ReadFile("testdata/bundle.json")
	anchors, err := verify.ParseAnchors(list, nil)
	p := verify.Policy{Anchors: anchors.Anchors, Registrars: anchors.Registrars, Now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	certificate, source, err2 := verify.Open(bundle, p)
	if err != nil || err2 != nil {
		fmt.Println(err, err2)
		return
	}
	evidence, err := verify.GatherFor(context.Background(), certificate, p, source)
	report := verify.Evaluate(evidence, p)
	fmt.Println(report.Verdict, err)
	for _, link := range report.Chain.AtDecision {
		fmt.Println(link.Kind, "by", link.Issuer.Name)
	}
	// Output:
	// bona_fide <nil>
	// accreditation by did:web:register.example:bodies:ab
	// recognition by GA
}
