package dataintegrity

import (
	"fmt"
	"slices"
)

const (
	// maxValues bounds the members and items of a document. The largest sample
	// of 1EdTech has about 400.
	maxValues = 20000
	// maxObjects bounds the objects of a document: the library takes time
	// quadratic in their number, a quarter of a second for these.
	maxObjects = 1500
	// maxContexts bounds the contexts below the top, each of which is read anew.
	maxContexts = 64
	// maxInline bounds the terms of a context written into a document.
	maxInline = 256
)

// bound refuses what would make expansion itself expensive, and contexts written
// into the document below its top: those could give a member another meaning
// half way through (Data Integrity 1.0, 4.6). Credentials within a document
// name their contexts by address.
func bound(document object) error {
	for _, c := range list(document["@context"]) {
		inline, ok := c.(object)
		if ok && (len(inline) > maxInline || hasContext(inline)) {
			return fmt.Errorf("%w: a context within a context, or a large one", ErrUnsupported)
		}
	}
	var c counter
	for name, v := range document {
		if name == "@context" {
			continue
		}
		if err := c.count(v); err != nil {
			return err
		}
	}
	return nil
}

func hasContext(v any) bool {
	switch v := v.(type) {
	case object:
		for name, x := range v {
			if name == "@context" || name == "@import" || hasContext(x) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasContext)
	}
	return false
}

// counter counts what a document is made of.
type counter struct{ values, objects, contexts int }

func (c *counter) count(v any) error {
	if c.values++; c.values > maxValues {
		return ErrCostly
	}
	switch v := v.(type) {
	case object:
		if c.objects++; c.objects > maxObjects {
			return ErrCostly
		}
		for name, x := range v {
			if name == "@context" {
				if c.contexts++; c.contexts > maxContexts {
					return ErrCostly
				}
				if slices.ContainsFunc(list(x), func(y any) bool { _, ok := y.(string); return !ok }) {
					return fmt.Errorf("%w: a context written into the document below its top", ErrUnsupported)
				}
			}
			if err := c.count(x); err != nil {
				return err
			}
		}
	case []any:
		for _, x := range v {
			if err := c.count(x); err != nil {
				return err
			}
		}
	}
	return nil
}
