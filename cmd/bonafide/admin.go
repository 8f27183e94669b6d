package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/store"
)

// withApp opens the deployment's database for one administrative command.
func withApp(e *environment, do func(a *app) error) error {
	c, err := loadConfig(os.Getenv)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	a, err := openApp(e.ctx, c, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(do(a), a.close())
}

type clientCmd struct {
	Create clientCreateCmd `cmd:"" help:"Create a client and print its secret, once."`
}

type clientCreateCmd struct {
	Body     string `help:"Body the client acts for." placeholder:"ID"`
	Operator bool   `help:"A client that may do everything."`
	Scope    string `help:"Scopes, separated by spaces." placeholder:"\"S1 S2\""`
	Name     string `help:"Name, for people."`
}

// Run prints the client as JSON.
func (c clientCreateCmd) Run(e *environment) error {
	return withApp(e, func(a *app) error {
		client, secret, err := a.gate.Enrol(e.ctx, access.Client{Name: c.Name, Body: c.Body, Operator: c.Operator, Scopes: strings.Fields(c.Scope)})
		if err != nil {
			return err
		}
		return json.NewEncoder(e.out).Encode(map[string]any{"client_id": client.ID, "client_secret": secret,
			"body": client.Body, "scope": strings.Join(client.Scopes, " "), "operator": client.Operator})
	})
}

type importCmd struct {
	Registry  importRegistryCmd  `cmd:"" help:"Import registry files; importing twice changes nothing."`
	Directory importDirectoryCmd `cmd:"" help:"Import an accreditor's directory from a CSV or JSON export, through a mapping."`
}

type importRegistryCmd struct {
	Files []string `arg:"" help:"Files in the registry format."`
}

// Run imports all files in one transaction.
func (c importRegistryCmd) Run(e *environment) error {
	var files []registry.NamedReader
	for _, path := range c.Files {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // read only
		files = append(files, registry.NamedReader{Name: path, Reader: f})
	}
	return withApp(e, func(a *app) error {
		added, changed, err := a.registrar.Import(e.ctx, files, progress(e.errOut, "importing"))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.out, "%d added, %d changed\n", added, changed)
		return err
	})
}

type exportCmd struct {
	Registry exportRegistryCmd `cmd:"" help:"Export the registry as versioned JSON."`
}

type exportRegistryCmd struct{}

// Run writes the registry to standard output.
func (exportRegistryCmd) Run(e *environment) error {
	return withApp(e, func(a *app) error { return a.registrar.Export(e.ctx, e.out) })
}

type anchorsCmd struct {
	Show anchorsShowCmd `cmd:"" help:"Print the list in force."`
}

type anchorsShowCmd struct{}

// Run prints anchors and registrars in the form of an anchors file.
func (anchorsShowCmd) Run(e *environment) error {
	return withApp(e, func(a *app) error {
		data, err := a.anchors.Show()
		if err != nil {
			return err
		}
		_, err = e.out.Write(append(data, '\n'))
		return err
	})
}

// progress reports on a terminal, and stays silent elsewhere.
func progress(out io.Writer, what string) func(done, total int) {
	f, ok := out.(*os.File)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(done, total int) {
		fmt.Fprintf(f, "\r%s: %d of %d", what, done, total)
		if done == total {
			fmt.Fprintln(f)
		}
	}
}
