package dataintegrity_test

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/bonafide-dev/bonafide/pkg/dataintegrity"
	"github.com/bonafide-dev/bonafide/pkg/did"
)

// TestPresentationOfAnother: a presentation that @digitalbazaar/vc 7.3.0 signed
// verifies: each of its credentials has a graph of its own.
func TestPresentationOfAnother(t *testing.T) {
	data, err := os.ReadFile("testdata/presentations/digitalbazaar-vc-7.3.0.json")
	if err != nil {
		t.Fatal(err)
	}
	check := func(data []byte) error {
		u, err := dataintegrity.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := did.Key(did.Controller(u.Proofs[0].VerificationMethod))
		if err != nil {
			t.Fatal(err)
		}
		return u.Verify(0, doc.Authentication[0].Key, dataintegrity.Authentication, nil)
	}
	if err := check(data); err != nil {
		t.Errorf("got %v", err)
	}
	if err := check(bytes.Replace(data, []byte(`"Ada"`), []byte(`"Eve"`), 1)); !errors.Is(err, dataintegrity.ErrProof) {
		t.Errorf("altered: got %v", err)
	}
}
