// Command contextfetch keeps the third-party JSON-LD contexts of a folder: it
// checks every file that contexts.json there names against its hash, and takes
// what is missing from the npm package named. A file with another hash is an
// error, whatever the package says: a context that changed is another one.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// entry is one line of contexts.json.
type entry struct {
	Address string `json:"address"`
	File    string `json:"file"`
	Package string `json:"package"`
	Version string `json:"version"`
	Path    string `json:"path"`
	Licence string `json:"licence"`
	SHA256  string `json:"sha256"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: contextfetch FOLDER")
		os.Exit(64)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "contextfetch:", err)
		os.Exit(1)
	}
}

func run(folder string) error {
	raw, err := os.ReadFile(filepath.Join(folder, "contexts.json")) //nolint:gosec // the developer names the folder
	if err != nil {
		return err
	}
	var all []entry
	if err := json.Unmarshal(raw, &all); err != nil {
		return fmt.Errorf("contexts.json: %w", err)
	}
	var faults []error
	for _, e := range all {
		faults = append(faults, e.keep(folder))
	}
	return errors.Join(faults...)
}

// keep makes sure that the file is there and is the one recorded.
func (e entry) keep(folder string) error {
	path := filepath.Join(folder, e.File)
	data, err := os.ReadFile(path) //nolint:gosec // likewise
	if errors.Is(err, fs.ErrNotExist) {
		if data, err = e.fetch(); err == nil {
			err = e.check(data)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", e.File, err)
		}
		return os.WriteFile(path, data, 0o644) //nolint:gosec // a source file, as its neighbours
	}
	if err != nil {
		return err
	}
	return e.check(data)
}

func (e entry) check(data []byte) error {
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != e.SHA256 {
		return fmt.Errorf("%s of %s@%s has SHA-256 %x, not %s", e.File, e.Package, e.Version, sum, e.SHA256)
	}
	return nil
}

// fetch takes the document out of the package. Some packages hold contexts as
// JavaScript modules: those are written as JSON with two spaces of indent.
func (e entry) fetch() ([]byte, error) {
	dir, err := os.MkdirTemp("", "contextfetch")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	if err := command(dir, "npm", "pack", "--silent", e.Package+"@"+e.Version); err != nil {
		return nil, err
	}
	packed, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(packed) != 1 {
		return nil, fmt.Errorf("npm packed %d files", len(packed))
	}
	if err := command(dir, "tar", "-xzf", packed[0], "package/"+e.Path); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "package", filepath.FromSlash(e.Path))
	if !strings.HasSuffix(file, ".js") {
		return os.ReadFile(file)
	}
	cmd := exec.Command("node", "-e", `process.stdout.write(JSON.stringify(require(process.argv[1]), null, 2) + "\n")`, file) //nolint:gosec // a file of the package just checked by its name and version
	cmd.Stderr = os.Stderr
	return cmd.Output()
}

func command(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...) //nolint:gosec // npm and tar, with what contexts.json names
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(out))
	}
	return nil
}
