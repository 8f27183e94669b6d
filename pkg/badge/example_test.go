package badge_test

import (
	"fmt"

	"github.com/bonafide-dev/bonafide/pkg/badge"
)

// Bake a credential into a picture, and take it out again.
func Example() {
	picture := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><circle r="9"/></svg>`)
	baked, err := badge.BakeSVG(picture, "eyJhbGciOiJFUzI1NiJ9.e30.c2ln")
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := badge.Extract(baked)
	fmt.Println(found.Version == badge.OpenBadges3, found.Text, err)
	// Output: true eyJhbGciOiJFUzI1NiJ9.e30.c2ln <nil>
}
