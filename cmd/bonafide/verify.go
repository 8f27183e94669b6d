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
	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

type verifyCmd struct {
	Input     string `arg:"" help:"A file (JWT, JSON, bundle, baked PNG or SVG, PDF), an https address, or - for standard input."`
	Anchors   string `help:"Anchors file: whom to trust. Default: BONAFIDE_ANCHORS, else the built-in list." placeholder:"FILE"`
	Bundle    string `help:"A bundle with the chain of the credential." placeholder:"FILE"`
	Documents string `help:"Folder of controller documents, contexts, schemas and lists, read instead of the network. Default: BONAFIDE_DOCUMENTS." placeholder:"DIR"`
	At        string `help:"Judge this instant instead of now." placeholder:"RFC3339"`
	JSON      bool   `help:"Print the report as JSON."`
	Keys      string `help:"Of a receipt: the did.json of the service that signed it, kept from that service, beside the registrars of the anchors file." placeholder:"FILE"`
	About     string `help:"Of a receipt: the exact credential or file that it is shown for." placeholder:"FILE"`
	// Certificate is the number that a receipt is shown for.
	Certificate string `help:"Of a receipt: the certificate's number that it is shown for." placeholder:"NUMBER"`
}

// maxInput bounds a bundle read from a file.
const maxInput = 16 << 20

// Run verifies offline: nothing but the files named is read, unless the
// argument is an address.
func (c verifyCmd) Run(e *environment) error {
	if !c.address() {
		input, err := readInput(c.Input, e.in)
		if err != nil {
			return &exitError{exitUsage, err}
		}
		if u, ok := receiptIn(input); ok {
			return c.receipt(e, u)
		}
		e.in = bytes.NewReader(input) // what came on standard input is read again
	}
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
	cfg, err := loadConfig(os.Getenv)
	if err != nil {
		return nil, err
	}
	p, err := c.policy(cfg)
	if err != nil {
		return nil, err
	}
	src, contexts, err := c.source(cfg)
	if err != nil {
		return nil, err
	}
	p.Contexts = contexts
	text, err := c.credential(e, src)
	if err != nil {
		return nil, err
	}
	if verify.IsAssertion(text) {
		ev, err := verify.GatherAssertion(e.ctx, text, p, src, src.Document)
		if err != nil {
			return nil, err
		}
		return verify.Evaluate(ev, p), nil
	}
	u, inside, err := verify.Open(text, p)
	if err != nil {
		return nil, err
	}
	sources, proofs := verify.Sources{inside, src}, inside.LogProofs()
	if c.Bundle != "" {
		bundle, err := readInput(c.Bundle, e.in)
		if err != nil {
			return nil, err
		}
		_, beside, err := verify.ParseBundle(bundle, p)
		if err != nil && !errors.Is(err, verify.ErrNoCertificate) { // statements alone serve
			return nil, told(c.Bundle, err)
		}
		sources, proofs = verify.Sources{beside, inside, src}, append(beside.LogProofs(), proofs...)
	}
	ev, err := verify.GatherFor(e.ctx, u, p, sources)
	if err != nil {
		return nil, err
	}
	ev.LogProofs = proofs
	return verify.Evaluate(ev, p), nil
}

// policy is whom to trust, and the instant to judge.
func (c verifyCmd) policy(cfg config) (verify.Policy, error) {
	path := c.Anchors
	if path == "" {
		path = cfg.AnchorsFile
	}
	list := anchors.List{Path: path, Addresses: credential.Addresses{Public: cfg.PublicURL},
		Self: func() ([]jws.JWK, error) { return nil, nil }}
	if err := list.Load(); err != nil {
		return verify.Policy{}, err
	}
	p := verify.Policy{Now: time.Now().UTC(), Logs: list.Trusted()}
	p.Anchors, p.Registrars = list.Trust()
	if c.At != "" {
		at, err := time.Parse(time.RFC3339, c.At)
		if err != nil {
			return p, fmt.Errorf("--at: %q is not an instant with zone, such as 2026-03-01T00:00:00Z", c.At)
		}
		p.At = at.UTC()
	}
	return p, nil
}

func (c verifyCmd) address() bool {
	return strings.HasPrefix(c.Input, "http://") || strings.HasPrefix(c.Input, "https://")
}

// source is where evidence comes from: documents, if there are any; the
// network, if the argument is an address (this machine too, if that is what it
// names); else nowhere.
func (c verifyCmd) source(cfg config) (*fetch.Source, func(string) ([]byte, bool), error) {
	folder := c.Documents
	if folder == "" {
		folder = cfg.Documents
	}
	if folder != "" {
		documents, err := fetch.ReadDocuments(folder)
		if err != nil {
			return nil, nil, err
		}
		return fetch.NewSource(documents), documents.Context, nil
	}
	if !c.address() {
		return fetch.NewSource(&fetch.Documents{}), nil, nil
	}
	client, err := fetch.New(fetch.Options{Loopback: cfg.FetchLoopback || fetch.IsLoopback(c.Input), Agent: "bonafide/" + version})
	if err != nil {
		return nil, nil, err
	}
	return fetch.NewSource(client.For("")), nil, nil
}

// credential reads the argument: text of a credential or bundle.
func (c verifyCmd) credential(e *environment, src *fetch.Source) ([]byte, error) {
	desk := intake.New()
	if c.address() {
		item, err := desk.Follow(e.ctx, c.Input, src)
		return []byte(item.Credential), told(c.Input, err)
	}
	input, err := readInput(c.Input, e.in)
	if err != nil {
		return nil, err
	}
	item, err := desk.Read(e.ctx, input)
	if err != nil {
		return nil, told(c.Input, err)
	}
	if item.Credential == "" && !item.Loose { // perhaps among the documents
		if there, err := desk.Follow(e.ctx, item.Addresses[0], src); err == nil {
			item = there
		}
	}
	if item.Credential == "" {
		return nil, fmt.Errorf("%s holds no credential, but names an address; if its issuer verifies certificates there, give that address instead: %s", c.Input, item.Addresses[0])
	}
	return []byte(item.Credential), nil
}

// told puts the argument before a sentence that begins with "is" or "cannot".
func told(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
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
