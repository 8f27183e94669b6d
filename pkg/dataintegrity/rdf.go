package dataintegrity

import (
	"errors"
	"fmt"
	"strings"

	"github.com/piprate/json-gold/ld"
)

// loader serves the contexts held here and those of the caller, and reads
// nothing else.
type loader struct {
	more   Contexts
	parsed map[string]any
	missed *string // the first address that nobody holds
}

// LoadDocument implements ld.DocumentLoader.
func (l loader) LoadDocument(address string) (*ld.RemoteDocument, error) {
	doc, ok := l.parsed[address]
	if !ok {
		raw, held := Context(address)
		if !held && l.more != nil {
			raw, held = l.more(address)
		}
		if !held {
			if *l.missed == "" {
				*l.missed = address
			}
			return nil, ld.NewJsonLdError(ld.LoadingRemoteContextFailed, address)
		}
		parsed, err := decode(raw)
		if err != nil {
			return nil, ld.NewJsonLdError(ld.LoadingRemoteContextFailed, address)
		}
		l.parsed[address], doc = parsed, parsed
	}
	return &ld.RemoteDocument{DocumentURL: address, Document: doc}, nil
}

// expand reads the document as JSON-LD, strictly: a member, type or id that no
// context defines is ErrUncovered, since RDF would drop it silently.
func expand(document object, contexts Contexts) ([]any, *ld.JsonLdOptions, error) {
	if err := bound(document); err != nil {
		return nil, nil, err
	}
	missed := ""
	options := ld.NewJsonLdOptions("")
	options.DocumentLoader = loader{more: contexts, parsed: map[string]any{}, missed: &missed}
	options.SafeMode = true // Normalize would forget it: expand first, canonicalise then
	options.Algorithm, options.Format = ld.AlgorithmURDNA2015, "application/n-quads"
	expanded, err := ld.NewJsonLdProcessor().Expand(separated(document), options)
	switch {
	case missed != "":
		return nil, nil, fmt.Errorf("%w: the context %.200q is not held here", ErrUnsupported, missed)
	case err != nil:
		return nil, nil, uncovered(err)
	}
	return expanded, options, absolute(expanded)
}

func uncovered(err error) error {
	var fault *ld.JsonLdError
	if errors.As(err, &fault) {
		return fmt.Errorf("%w: %s", ErrUncovered, fault.Code)
	}
	return fmt.Errorf("%w: %w", ErrUncovered, err)
}

// canonicalRDF is the canonical N-Quads of the document (RDF Dataset
// Canonicalization, RDFC-1.0).
func canonicalRDF(document object, contexts Contexts) ([]byte, error) {
	expanded, options, err := expand(document, contexts)
	if err != nil {
		return nil, err
	}
	api := ld.NewJsonLdApi()
	dataset, err := api.ToRDF(expanded, options)
	if err != nil {
		return nil, uncovered(err)
	}
	if err := affordable(dataset); err != nil {
		return nil, err
	}
	out, err := api.Normalize(dataset, options)
	text, ok := out.(string)
	if err != nil || !ok {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return []byte(text), nil
}

// absolute refuses types and ids without a scheme: expansion leaves them, RDF
// drops them.
func absolute(v any) error {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if err := absolute(x); err != nil {
				return err
			}
		}
	case object:
		if v["@type"] == "@json" {
			return nil
		}
		for name, x := range v {
			switch name {
			case "@value", "@language", "@direction", "@index":
				continue
			case "@id", "@type":
				for _, id := range list(x) {
					s, _ := id.(string)
					if !strings.Contains(s, ":") {
						return fmt.Errorf("%w: %.80q", ErrUncovered, s)
					}
				}
				continue
			}
			if err := absolute(x); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkContexts makes sure that a document signed as plain JSON means what its
// members say: every context is held here and defines them.
func checkContexts(document object, contexts Contexts) error {
	_, _, err := expand(document, contexts)
	return err
}
