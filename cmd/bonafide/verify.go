package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/bonafide-dev/bonafide/internal/anchors"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

type verifyCmd struct {
	Input   string `arg:"" help:"A file with a JWT or a bundle, or - for standard input."`
	Anchors string `help:"Anchors file: whom to trust. Default: BONAFIDE_ANCHORS, else the built-in list." placeholder:"FILE"`
	Bundle  string `help:"A bundle with the chain of the credential." placeholder:"FILE"`
	At      string `help:"Judge this instant instead of now." placeholder:"RFC3339"`
	JSON    bool   `help:"Print the report as JSON."`
}

// maxInput bounds a credential or bundle read from a file.
const maxInput = 16 << 20

// Run verifies offline: nothing but the files named is read.
func (c verifyCmd) Run(e *environment) error {
	report, err := c.report(e)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if c.JSON {
		enc := json.NewEncoder(e.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(report)
	} else {
		err = printReport(e.out, report)
	}
	if err != nil {
		return err
	}
	switch report.Verdict {
	case verify.BonaFide:
		return nil
	case verify.Undetermined, verify.NotFound:
		return &exitError{code: exitUndetermined}
	default:
		return &exitError{code: 1}
	}
}

func (c verifyCmd) report(e *environment) (*verify.Report, error) {
	if strings.HasPrefix(c.Input, "http://") || strings.HasPrefix(c.Input, "https://") {
		return nil, errors.New("addresses cannot be read by this version: download the bundle and name the file")
	}
	cfg, err := loadConfig(os.Getenv)
	if err != nil {
		return nil, err
	}
	if c.Anchors == "" {
		c.Anchors = cfg.AnchorsFile
	}
	list := anchors.List{Path: c.Anchors, Addresses: credential.Addresses{Public: cfg.PublicURL},
		Self: func() ([]jws.JWK, error) { return nil, nil }}
	if err := list.Load(); err != nil {
		return nil, err
	}
	p := verify.Policy{Now: time.Now().UTC()}
	p.Anchors, p.Registrars = list.Trust()
	if c.At != "" {
		if p.At, err = time.Parse(time.RFC3339, c.At); err != nil {
			return nil, fmt.Errorf("--at: %q is not an instant with zone, such as 2026-03-01T00:00:00Z", c.At)
		}
	}
	input, err := readInput(c.Input, e.in)
	if err != nil {
		return nil, err
	}
	token, src := string(bytes.TrimSpace(input)), verify.Source(&verify.BundleSource{})
	bundle := input
	if c.Bundle != "" {
		if bundle, err = readInput(c.Bundle, e.in); err != nil {
			return nil, err
		}
	}
	if c.Bundle != "" || strings.HasPrefix(token, "{") {
		inside, s, err := verify.ParseBundle(bundle, p)
		if err != nil {
			return nil, err
		}
		src = s
		if c.Bundle == "" {
			token = inside
		}
	}
	ev, err := verify.Gather(e.ctx, token, p, src)
	if err != nil {
		return nil, err
	}
	return verify.Evaluate(ev, p), nil
}

func readInput(path string, in io.Reader) ([]byte, error) {
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close() //nolint:errcheck // read only
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err == nil && len(bytes.TrimSpace(data)) == 0 {
		err = fmt.Errorf("%s is empty", path)
	}
	if err == nil && len(data) > maxInput {
		err = fmt.Errorf("%s is larger than %d MiB", path, maxInput>>20)
	}
	return data, err
}

func printReport(out io.Writer, r *verify.Report) error {
	fmt.Fprintf(out, "%s\n%s\n\n", r.Verdict, r.Summary)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, c := range r.Checks {
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.Outcome, c.ID, c.Detail)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, l := range r.Chain.AtDecision {
		fmt.Fprintf(out, "\n%s of %s by %s: %s, %s", l.Kind, l.Subject.Name, l.Issuer.Name, l.Status, l.Assurance)
	}
	_, err := fmt.Fprintln(out)
	return err
}
