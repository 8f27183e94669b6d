package credential

import (
	"bytes"
	_ "embed" // for the document beside this file
)

//go:embed ns-v1.jsonld
var contextDocument []byte // never written to

// Context is the JSON-LD context served at Addresses.Context, byte for byte.
// It only ever grows: a term that changed its meaning would get another
// address.
func Context() []byte { return bytes.Clone(contextDocument) }
