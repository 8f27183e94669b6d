package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/bonafide-dev/bonafide/internal/vcapi"
	"github.com/bonafide-dev/bonafide/pkg/jws"
)

// conformanceCmd is what the W3C suite for VC-JOSE-COSE calls: files in, a file
// out. The keys come with the call; the register's are never touched.
type conformanceCmd struct {
	Issue  conformanceIssueCmd  `cmd:"" help:"Sign a credential or presentation with the key of a file."`
	Verify conformanceVerifyCmd `cmd:"" help:"Verify one with the key of a file."`
}

type conformanceFiles struct {
	Input   string `required:"" type:"existingfile" help:"The document or token."`
	Key     string `required:"" type:"existingfile" help:"A JsonWebKey object with publicKeyJwk or secretKeyJwk."`
	Feature string `required:"" enum:"credential_jose,presentation_jose" help:"credential_jose or presentation_jose."`
	Output  string `required:"" help:"Where to write {\"result\",\"data\"}."`
}

type (
	conformanceIssueCmd  struct{ conformanceFiles }
	conformanceVerifyCmd struct{ conformanceFiles }
)

// conformanceResult is what the suite reads.
type conformanceResult struct {
	Result string `json:"result"` // success or failure
	Data   any    `json:"data,omitempty"`
	Errors string `json:"errors,omitempty"`
}

func (f conformanceFiles) kind() string {
	if f.Feature == "presentation_jose" {
		return vcapi.KindPresentation
	}
	return vcapi.KindCredential
}

// read returns the input and the key; a key file that cannot be used is a fault
// of the call, not a result.
func (f conformanceFiles) read() (input []byte, key jsonWebKey, err error) {
	if input, err = os.ReadFile(f.Input); err != nil {
		return nil, key, err
	}
	data, err := os.ReadFile(f.Key)
	if err != nil {
		return nil, key, err
	}
	if err := json.Unmarshal(data, &key); err != nil {
		return nil, key, fmt.Errorf("reading %s: %w", f.Key, err)
	}
	return input, key, nil
}

type jsonWebKey struct {
	ID     string          `json:"id"`
	Public json.RawMessage `json:"publicKeyJwk"`
	Secret json.RawMessage `json:"secretKeyJwk"`
}

func (k jsonWebKey) signer() (jws.Signer, error) {
	if len(k.Secret) == 0 {
		return jws.Signer{}, errors.New("the key file has no secretKeyJwk")
	}
	s, err := jws.ParsePrivateJWK(k.Secret)
	if k.ID != "" {
		s.KeyID = k.ID
	}
	return s, err
}

func (k jsonWebKey) public() (jws.JWK, error) {
	if len(k.Public) > 0 {
		return jws.ParseJWK(k.Public)
	}
	s, err := k.signer()
	if err != nil {
		return jws.JWK{}, err
	}
	return jws.NewJWK(s.Key.Public(), s.KeyID)
}

func (f conformanceFiles) write(data any, err error) error {
	out := conformanceResult{Result: "success", Data: data}
	if err != nil {
		out = conformanceResult{Result: "failure", Errors: err.Error()}
	}
	text, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return os.WriteFile(f.Output, append(text, '\n'), 0o600)
}

// Run signs.
func (c conformanceIssueCmd) Run(*environment) error {
	input, key, err := c.read()
	if err != nil {
		return &exitError{exitUsage, err}
	}
	s, err := key.signer()
	if err != nil {
		return &exitError{exitUsage, err}
	}
	token, err := vcapi.SignToken(input, c.kind(), s)
	return c.write(token, err)
}

// Run verifies.
func (c conformanceVerifyCmd) Run(*environment) error {
	input, key, err := c.read()
	if err != nil {
		return &exitError{exitUsage, err}
	}
	public, err := key.public()
	if err != nil {
		return &exitError{exitUsage, err}
	}
	document, err := vcapi.VerifyToken(string(input), c.kind(), public)
	return c.write(document, err)
}
