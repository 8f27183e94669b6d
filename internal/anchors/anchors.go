// Package anchors keeps the operator's list of whom to trust: the arrangements
// and registrars that end a chain. The list comes from a file, or is the
// built-in one of known arrangements; it is re-read on request and a broken
// file never replaces a good one. What the list means is package trust's.
package anchors

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

//go:embed builtin.json
var builtin []byte

// List is the list in force. Fill the fields, then Load.
type List struct {
	Path      string // empty: the built-in list
	Addresses credential.Addresses
	Demo      func() ([]verify.Anchor, error) // trusted beside the built-in list, in demo mode only; else nil
	// Self gives the keys of the service, always a registrar of its own register.
	Self func() ([]jws.JWK, error)
	Logs func() ([]verify.Log, error) // the service's own transparency logs; nil: none

	current atomic.Pointer[verify.AnchorList]
}

// MaxFileBytes bounds an anchors file.
const MaxFileBytes = 4 << 20

// Load reads the list anew. On an error the list in force stays.
func (l *List) Load() error {
	data := builtin
	if l.Path != "" {
		info, err := os.Stat(l.Path)
		if err != nil {
			return fmt.Errorf("reading anchors: %w", err)
		}
		if info.Size() > MaxFileBytes {
			return fmt.Errorf("reading anchors: %s is larger than %d bytes", l.Path, MaxFileBytes)
		}
		if data, err = os.ReadFile(l.Path); err != nil {
			return fmt.Errorf("reading anchors: %w", err)
		}
	}
	list, err := verify.ParseAnchors(data, l.Addresses.Body)
	if err != nil {
		return err
	}
	if l.Path == "" && l.Demo != nil {
		demo, err := l.Demo()
		if err != nil {
			return fmt.Errorf("reading the demo anchor: %w", err)
		}
		list.Anchors = append(list.Anchors, demo...)
	}
	keys, err := l.Self()
	if err != nil {
		return fmt.Errorf("reading the register's own keys: %w", err)
	}
	list.Registrars = append(list.Registrars, verify.Registrar{DID: l.Addresses.Service(), Name: "This register", Keys: keys})
	if l.Logs != nil {
		own, err := l.Logs()
		if err != nil {
			return fmt.Errorf("reading the register's own logs: %w", err)
		}
		list.Logs = append(list.Logs, own...)
	}
	l.current.Store(&list)
	return nil
}

// Trust returns whom the service trusts now. Before the first Load, nobody.
func (l *List) Trust() ([]verify.Anchor, []verify.Registrar) {
	list := l.current.Load()
	if list == nil {
		return nil, nil
	}
	return list.Anchors, list.Registrars
}

// Trusted returns the transparency logs whose proofs count. Before the first
// Load, none.
func (l *List) Trusted() []verify.Log {
	if list := l.current.Load(); list != nil {
		return list.Logs
	}
	return nil
}

// Plain returns the anchors as package trust knows them.
func (l *List) Plain() []trust.Anchor {
	all, _ := l.Trust()
	out := make([]trust.Anchor, len(all))
	for i, a := range all {
		out[i] = a.Anchor
	}
	return out
}

// Show writes the list in force as an anchors file.
func (l *List) Show() ([]byte, error) {
	list := l.current.Load()
	if list == nil {
		return nil, errors.New("no list was loaded")
	}
	return verify.FormatAnchors(*list)
}
