package assertion_test

import (
	"fmt"

	"github.com/bonafide-dev/bonafide/pkg/assertion"
)

// Read an Open Badges 2.0 assertion; where its issuer keeps it says whether it
// is genuine, which package verify finds out.
func Example() {
	a, err := assertion.Parse([]byte(`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://example.org/a",
		"recipient":{"type":"email","hashed":false,"identity":"holder@example.org"},"badge":"https://example.org/welder",
		"issuedOn":"2026-01-01T00:00:00Z","verification":{"type":"hosted"}}`))
	fmt.Println(a.Badge.Address, a.Signed, err)
	// Output: https://example.org/welder false <nil>
}
