package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/access"
	"github.com/bonafide-dev/bonafide/internal/keys"
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

type keysCmd struct {
	Rotate keysRotateCmd `cmd:"" help:"Give a body a new signing key; the old one stays good for what it signed."`
	Revoke keysRevokeCmd `cmd:"" help:"Revoke a key."`
}

type keysRotateCmd struct {
	Body  string `required:"" help:"Body id; \"register\" for the service itself."`
	Proof bool   `help:"The Ed25519 key for embedded proofs instead of the key for tokens."`
}

// Run creates the new key and prints its id.
func (c keysRotateCmd) Run(e *environment) error {
	return withApp(e, func(a *app) error {
		did := a.addresses.Service()
		if c.Body != keys.Service {
			view, err := a.registrar.View(e.ctx)
			if err != nil {
				return err
			}
			b, ok := view.Body(c.Body)
			if !ok {
				return fmt.Errorf("no body has the id %q", c.Body)
			}
			did = b.DID
		}
		use := keys.ForCredentials
		if c.Proof {
			use = keys.ForProofs
		}
		k, err := a.custodian.Create(e.ctx, c.Body, did, use)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(e.out, k.ID)
		return err
	})
}

type keysRevokeCmd struct {
	Body          string `required:"" help:"Body id."`
	Key           string `arg:"" help:"Key id."`
	Reason        string `required:"" help:"Why, for the record."`
	CompromisedAt string `help:"Since when the key may be in other hands; records made later are not believed." placeholder:"RFC3339"`
}

// Run revokes the key.
func (c keysRevokeCmd) Run(e *environment) error {
	var at time.Time
	if c.CompromisedAt != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, c.CompromisedAt); err != nil {
			return &exitError{exitUsage, fmt.Errorf("--compromised-at: %q is not an instant with zone", c.CompromisedAt)}
		}
	}
	return withApp(e, func(a *app) error { return a.custodian.Revoke(e.ctx, c.Body, c.Key, at, c.Reason) })
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
