package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// maxImport bounds one file: a hundred thousand bodies with their statements.
const maxImport = 256 << 20

// NamedReader is a file of the reference format.
type NamedReader struct {
	Name string
	io.Reader
}

// Import loads files of the reference format (FORMAT.md), all or nothing. A
// broken file is answered with fault.Invalid that names record and field.
// Importing the same facts again changes nothing; a statement once held is not
// changed, but gains the events it did not have. Statements are recorded
// statements of this register, which signs them; a statement that another
// register held as signed becomes a recorded one. progress, if not nil, is
// called as records are made ready.
func (r *Registrar) Import(ctx context.Context, files []NamedReader, progress func(done, total int)) (added, changed int, err error) {
	// 1 Read all files strictly.
	var parsed []namedFile
	total := 0
	for _, file := range files {
		f, err := readFile(file)
		if err != nil {
			return 0, 0, err
		}
		parsed = append(parsed, f)
		total += len(f.Bodies) + len(f.Schemes) + len(f.Statements) + len(f.Coverage) + len(f.Effects)
	}
	// 2 to 4, again if another writer was faster: with an entry of a status list
	// that was drawn, or with a record of the same id.
	for attempt := 1; ; attempt++ {
		added, changed, err = r.load(ctx, parsed, total, progress)
		if !errors.Is(err, ErrDuplicate) || attempt == placeAttempts {
			return added, changed, err
		}
	}
}

func (r *Registrar) load(ctx context.Context, parsed []namedFile, total int, progress func(done, total int)) (added, changed int, err error) {
	// 2 Judge every record against what is held and what comes with it.
	v, err := r.View(ctx)
	if err != nil {
		return 0, 0, err
	}
	in := intake{registrar: r, held: v, now: r.now(), addresses: map[string]string{}}
	if err := in.take(parsed); err != nil {
		return 0, 0, err
	}
	// 3 Sign what is new.
	done := total - len(in.unsigned)
	step := func() {
		if progress != nil {
			progress(done, total)
		}
	}
	step()
	taken := map[place]bool{}
	for _, s := range in.unsigned {
		if err := ctx.Err(); err != nil {
			return 0, 0, err
		}
		sealed, err := r.seal(ctx, in.after, s, taken)
		if err != nil {
			return 0, 0, err
		}
		in.fresh.Statements = append(in.fresh.Statements, sealed)
		done++
		step()
	}
	// 4 Record all of it at once.
	if in.empty() {
		return 0, 0, nil
	}
	added, changed, err = r.Store.Apply(ctx, in.fresh)
	if err != nil {
		return 0, 0, fmt.Errorf("recording the import: %w", err)
	}
	return added, changed, nil
}

type namedFile struct {
	fileJSON
	name string
}

func readFile(file NamedReader) (namedFile, error) {
	data, err := io.ReadAll(io.LimitReader(file, maxImport+1))
	if err != nil {
		return namedFile{}, fmt.Errorf("reading %s: %w", file.Name, err)
	}
	refuse := func(pointer, detail string) (namedFile, error) {
		return namedFile{}, fault.Invalid{{Pointer: pointer, Detail: file.Name + ": " + detail}}
	}
	if len(data) > maxImport {
		return refuse("", fmt.Sprintf("is larger than %d bytes", maxImport))
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var head struct {
		Format  string
		Version int
	}
	// A syntax fault shows again, with its place, in the strict reading below.
	if err := json.Unmarshal(data, &head); err == nil && (head.Format != formatName || head.Version != formatVersion) {
		return refuse("/format", fmt.Sprintf("must be %q with version %d", formatName, formatVersion))
	}
	var raw struct {
		Format     string            `json:"format"`
		Version    int               `json:"version"`
		Bodies     []json.RawMessage `json:"bodies"`
		Schemes    []json.RawMessage `json:"schemes"`
		Statements []json.RawMessage `json:"statements"`
		Coverage   []json.RawMessage `json:"coverage"`
		Effects    []json.RawMessage `json:"effects"`
	}
	if err := ijson.Decode(data, &raw); err != nil {
		return namedFile{}, located(err, file.Name, "")
	}
	f := namedFile{name: file.Name}
	for _, err := range []error{
		records(raw.Bodies, &f.Bodies, file.Name, "/bodies"), records(raw.Schemes, &f.Schemes, file.Name, "/schemes"),
		records(raw.Statements, &f.Statements, file.Name, "/statements"), records(raw.Coverage, &f.Coverage, file.Name, "/coverage"),
		records(raw.Effects, &f.Effects, file.Name, "/effects"),
	} {
		if err != nil {
			return namedFile{}, err
		}
	}
	return f, nil
}

// records reads each record by itself, so that a fault names it.
func records[T any](raw []json.RawMessage, into *[]T, file, pointer string) error {
	*into = make([]T, len(raw))
	for i, data := range raw {
		if err := ijson.Decode(data, &(*into)[i]); err != nil {
			var name struct{ ID, Body string }
			_ = json.Unmarshal(data, &name) // what cannot be read has no name
			return located(err, fmt.Sprintf("%s, record %q", file, name.ID+name.Body), fmt.Sprintf("%s/%d", pointer, i))
		}
	}
	return nil
}

// located is a fault of reading as the import names it.
func located(err error, name, pointer string) error {
	var at *ijson.Error
	if !errors.As(err, &at) {
		return fault.Invalid{{Pointer: pointer, Detail: name + ": " + err.Error()}}
	}
	return fault.Invalid{{Pointer: pointer + at.Pointer, Detail: name + ": " + at.Detail}}
}
