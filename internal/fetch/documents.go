package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/did"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// Limits of a folder of documents: an operator's own, so generous.
const (
	maxDocuments = 10_000
	maxDocument  = 4 << 20 // bytes of a file
)

// Documents are read from a folder instead of the network: controller
// documents, keys, contexts, schemas, status lists, Open Badges 2.0 objects.
type Documents struct {
	held map[string]document
}

type document struct {
	media string
	body  []byte
}

// ReadDocuments reads every .json and .jsonld file of the folder and of those
// in it. A file is either the document itself, found under its id, or, for
// what has no id or another address, an envelope:
//
//	{"address": "https://…", "document": {…} or "eyJ…"}
//
// A document given as a string is served as that text, such as a status list
// in its JWT form. Two files for one address are a fault.
func ReadDocuments(folder string) (*Documents, error) {
	d := &Documents{held: map[string]document{}}
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if x := strings.ToLower(filepath.Ext(path)); x != ".json" && x != ".jsonld" {
			return nil
		}
		if info, err := entry.Info(); err != nil || info.Size() > maxDocument {
			return fmt.Errorf("%s is larger than %d bytes", path, maxDocument)
		}
		data, err := os.ReadFile(path) //nolint:gosec // the operator's own folder
		if err != nil {
			return err
		}
		if err := d.add(data); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading documents: %w", err)
	}
	return d, nil
}

func (d *Documents) add(data []byte) error {
	if err := ijson.Check(data); err != nil {
		return fmt.Errorf("it %w", err)
	}
	var w struct {
		ID       string          `json:"id"`
		Address  string          `json:"address"`
		Document json.RawMessage `json:"document"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("is neither a document with an id nor an envelope with address and document")
	}
	address, x := w.ID, document{"application/json", data}
	if w.Address != "" && len(w.Document) > 0 {
		address, x.body = w.Address, w.Document
		var text string
		if bytes.HasPrefix(w.Document, []byte(`"`)) && json.Unmarshal(w.Document, &text) == nil {
			x = document{"text/plain", []byte(text)}
		}
	}
	if address == "" {
		return nil // such as a package.json beside them: nothing could ask for it
	}
	if a, err := did.Address(address); err == nil {
		address = a // a did:web is asked for by its address
	}
	if _, twice := d.held[address]; twice {
		return fmt.Errorf("another file is for %s too", address)
	}
	if len(d.held) == maxDocuments {
		return fmt.Errorf("there are more than %d documents", maxDocuments)
	}
	d.held[address] = x
	return nil
}

// Get implements Reader. An address is looked for as it stands, then without
// its fragment.
func (d *Documents) Get(_ context.Context, address string, _ Kind) (Answer, error) {
	x, ok := d.held[address]
	if !ok {
		before, _, _ := strings.Cut(address, "#")
		if x, ok = d.held[before]; !ok {
			return Answer{}, fmt.Errorf("%w: it is not among the documents", verify.ErrUnobtainable)
		}
	}
	return Answer{Address: address, Type: x.media, Body: x.body}, nil
}

// Context is a JSON-LD context among the documents, for verify.Policy.
func (d *Documents) Context(address string) ([]byte, bool) {
	x, ok := d.held[address]
	return x.body, ok
}
