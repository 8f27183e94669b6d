package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/receipt"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// receiptIn finds a receipt in what was handed in: the token itself, or a
// report with its receipt.
func receiptIn(input []byte) (*receipt.Unverified, bool) {
	text := strings.TrimSpace(string(input))
	if strings.HasPrefix(text, "{") {
		var r struct {
			Receipt string `json:"receipt"`
		}
		if json.Unmarshal([]byte(text), &r) != nil {
			return nil, false
		}
		text = r.Receipt
	}
	if !receipt.Is(text) {
		return nil, false
	}
	u, err := receipt.Parse(text)
	return u, err == nil
}

func (c verifyCmd) receipt(e *environment, u *receipt.Unverified) error {
	cfg, err := loadConfig(os.Getenv)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	p, err := c.policy(cfg)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	return c.judgeReceipt(e, u, p.Registrars)
}

// judgeReceipt verifies a receipt with the keys of the anchors file, and of the
// service's own did.json if one is given.
func (c verifyCmd) judgeReceipt(e *environment, u *receipt.Unverified, registrars []verify.Registrar) error {
	if c.Keys != "" {
		data, err := readInput(c.Keys, e.in)
		if err != nil {
			return &exitError{exitUsage, err}
		}
		doc, err := did.ParseDocument(data, u.Receipt.Issuer)
		if err != nil {
			return &exitError{exitUsage, told(c.Keys, err)}
		}
		own := verify.Registrar{DID: u.Receipt.Issuer}
		for _, m := range doc.Assertion {
			if m.Ended.IsZero() || u.Receipt.IssuedAt < m.Ended.Unix() {
				own.Keys = append(own.Keys, m.Key)
			}
		}
		registrars = append(registrars, own)
	}
	about := receipt.About{Number: c.Certificate}
	if c.About != "" {
		text, err := readInput(c.About, e.in)
		if err != nil {
			return &exitError{exitUsage, err}
		}
		about.Text = text
	}
	j := u.Judge(registrars, about, time.Now().UTC())
	if err := printReceipt(e.out, c.JSON, u, j); err != nil {
		return err
	}
	switch j.Outcome {
	case trust.Pass.String():
		return nil
	case trust.Fail.String():
		return &exitError{code: 1}
	default:
		return &exitError{code: exitUndetermined}
	}
}

// printReceipt tells what a receipt attests and what it does not; what it says
// of itself only if it is to be believed.
func printReceipt(out io.Writer, asJSON bool, u *receipt.Unverified, j receipt.Judgement) error {
	if asJSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(map[string]any{"outcome": j.Outcome, "detail": j.Detail, "attests": j.Attests, "does_not_attest": j.Leaves, "receipt": u.Receipt})
	}
	fmt.Fprintf(out, "receipt: %s\n%s\n", j.Outcome, j.Detail)
	for _, s := range j.Attests {
		fmt.Fprintf(out, "\n+ %s", s)
	}
	for _, s := range j.Leaves {
		fmt.Fprintf(out, "\n- %s", s)
	}
	_, err := fmt.Fprintln(out)
	return err
}
