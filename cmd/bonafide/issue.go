package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/client"
)

type issueCmd struct {
	File         string            `arg:"" help:"NDJSON or CSV; - for standard input."`
	Server       string            `help:"Address of the service." env:"BONAFIDE_SERVER" default:"http://localhost:8080"`
	ClientID     string            `required:"" help:"Client id." env:"BONAFIDE_CLIENT_ID"`
	ClientSecret string            `required:"" help:"Client secret." env:"BONAFIDE_CLIENT_SECRET"`
	Key          string            `help:"Idempotency key; without it one is made of the list, so that the same list is never issued twice."`
	Map          map[string]string `help:"Column of the CSV to member, such as Name=holder.name." placeholder:"COLUMN=MEMBER"`
	Defaults     string            `help:"JSON object: members that hold where a line has none."`
	Atomic       bool              `help:"All or nothing, at most 10000 lines."`
	DryRun       bool              `help:"Judge every line and issue nothing."`
	Credentials  bool              `help:"Print the signed credentials too."`
}

// errLines says that some lines were not issued.
var errLines = errors.New("not every line was issued")

// Run issues the list and prints each line's outcome as NDJSON. A cut connection
// or a restarted service is waited for, and what was issued is not issued twice.
func (c issueCmd) Run(e *environment) error {
	data, err := c.read(e)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	o := client.BatchOptions{Key: c.Key, Mapping: c.Map, Atomic: c.Atomic, DryRun: c.DryRun, Credentials: c.Credentials,
		CSV: strings.EqualFold(filepath.Ext(c.File), ".csv") || len(c.Map) > 0}
	if c.Defaults != "" {
		if err := json.Unmarshal([]byte(c.Defaults), &o.Defaults); err != nil {
			return &exitError{exitUsage, fmt.Errorf("--defaults is no JSON object: %w", err)}
		}
	}
	if o.Key == "" {
		sum := sha256.Sum256(append([]byte(c.Defaults+"\x00"), data...))
		o.Key = "list-" + hex.EncodeToString(sum[:16])
	}
	total := bytes.Count(bytes.TrimSpace(data), []byte("\n")) + 1
	if o.CSV {
		total--
	}
	show := progress(e.errOut, "issuing")
	out, failed := json.NewEncoder(e.out), 0
	out.SetEscapeHTML(false)
	to := &client.Client{Base: c.Server, ID: c.ClientID, Secret: c.ClientSecret}
	err = to.Batch(e.ctx, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }, o, func(l client.BatchLine) error {
		if l.Problem != nil {
			failed++
		}
		if show != nil {
			show(l.Index+1, max(total, l.Index+1))
		}
		return out.Encode(l)
	})
	if err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%w: %d", errLines, failed)
	}
	return nil
}

func (c issueCmd) read(e *environment) ([]byte, error) {
	if c.File == "-" {
		return io.ReadAll(e.in)
	}
	return os.ReadFile(c.File)
}
