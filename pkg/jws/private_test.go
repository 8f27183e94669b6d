package jws_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/bonafide-dev/bonafide/pkg/jws"
)

func TestParsePrivateJWK(t *testing.T) {
	good := `{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}` // RFC 8037, A.1
	s, err := jws.ParsePrivateJWK(json.RawMessage(good))
	if err != nil || s.KeyID != "k1" {
		t.Fatalf("got %v, %v", s.KeyID, err)
	}
	key, err := jws.NewJWK(s.Key.Public(), "k1")
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.Sign([]byte(`{"a":1}`), "JWT", s)
	if err != nil {
		t.Fatal(err)
	}
	u, err := jws.Parse(token)
	if err != nil || u.Verify(key) != nil {
		t.Errorf("what it signs does not verify: %v", err)
	}
	for name, bad := range map[string]string{
		"public":    `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		"symmetric": `{"kty":"oct","k":"AAAA"}`,
		"twice":     `{"kty":"OKP","kty":"EC"}`,
		"no JSON":   `{`,
	} {
		if _, err := jws.ParsePrivateJWK(json.RawMessage(bad)); !errors.Is(err, jws.ErrKey) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
