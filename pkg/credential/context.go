package credential

import (
	"bytes"
	_ "embed"
)

//go:embed ns-v1.jsonld
var context []byte

// Context is the JSON-LD context served at Addresses.Context. It never
// changes: another version gets another address.
func Context() []byte { return bytes.Clone(context) }
