package registry

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

//go:embed reference/*.json
var reference embed.FS // read-only by its type

// Reference returns the reference data that the binary carries: bodies,
// schemes, statements and effect rules compiled from public sources.
func Reference() []NamedReader {
	entries, err := reference.ReadDir("reference")
	if err != nil {
		return nil // an embedded folder can be read
	}
	var out []NamedReader
	for _, e := range entries {
		f, err := reference.Open("reference/" + e.Name())
		if err != nil {
			return nil // so can an embedded file
		}
		out = append(out, NamedReader{Name: e.Name(), Reader: f})
	}
	return out
}

// Export writes the whole registry in the reference format (FORMAT.md), in one
// fixed order, without credentials and keys. A statement signed by its issuer
// names the address of its credential as its source.
func (r *Registrar) Export(ctx context.Context, w io.Writer) error {
	v, err := r.View(ctx)
	if err != nil {
		return err
	}
	file := fileJSON{
		Format: formatName, Version: formatVersion,
		Bodies: []bodyJSON{}, Schemes: []schemeJSON{}, Statements: []statementJSON{}, Coverage: []coverageJSON{}, Effects: []effectJSON{},
	}
	for _, b := range v.all.Bodies {
		file.Bodies = append(file.Bodies, writtenBody(b))
	}
	for _, s := range v.all.Schemes {
		file.Schemes = append(file.Schemes, writtenScheme(s))
	}
	for _, s := range v.all.Statements {
		if s.Assurance == trust.Signed {
			s.Sources = append(slices.Clip(s.Sources), trust.Source{URL: r.Addresses.Statement(s.ID), RetrievedAt: s.LearntAt})
		}
		file.Statements = append(file.Statements, writtenStatement(s))
	}
	for _, c := range v.all.Coverage {
		file.Coverage = append(file.Coverage, writtenCoverage(c))
	}
	slices.SortStableFunc(file.Coverage, func(a, b coverageJSON) int {
		return cmp.Or(strings.Compare(a.Body, b.Body), strings.Compare(a.Of, b.Of), strings.Compare(a.LearntAt, b.LearntAt))
	})
	for _, x := range v.all.Effects {
		file.Effects = append(file.Effects, writtenEffect(x))
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(file); err != nil {
		return fmt.Errorf("writing the registry: %w", err)
	}
	return nil
}
