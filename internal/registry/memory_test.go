package registry_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// memory is a registry.Store that keeps its promises in memory.
type memory struct {
	mu    sync.Mutex
	all   registry.Snapshot
	reads int // of Snapshot
}

func (m *memory) AddBody(_ context.Context, b registry.Body) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.ContainsFunc(m.all.Bodies, func(o registry.Body) bool { return o.ID == b.ID || o.DID == b.DID }) {
		return registry.ErrDuplicate
	}
	m.all.Bodies = append(m.all.Bodies, b)
	m.all.Version++
	return nil
}

func find[T any](all []T, is func(T) bool) (T, error) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], nil
	}
	var none T
	return none, registry.ErrNotFound
}

func (m *memory) Body(_ context.Context, id string) (registry.Body, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return find(m.all.Bodies, func(b registry.Body) bool { return b.ID == id })
}

func (m *memory) AddScheme(_ context.Context, s registry.Scheme) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.ContainsFunc(m.all.Schemes, func(o registry.Scheme) bool { return o.ID == s.ID }) {
		return registry.ErrDuplicate
	}
	m.all.Schemes = append(m.all.Schemes, s)
	m.all.Version++
	return nil
}

func (m *memory) Scheme(_ context.Context, id string) (registry.Scheme, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return find(m.all.Schemes, func(s registry.Scheme) bool { return s.ID == id })
}

func (m *memory) AppendRules(_ context.Context, id string, rules registry.RuleSet, check func(registry.Scheme) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.all.Schemes, func(s registry.Scheme) bool { return s.ID == id })
	if i < 0 {
		return registry.ErrNotFound
	}
	if err := check(m.all.Schemes[i]); err != nil {
		return err
	}
	m.all.Schemes = slices.Clone(m.all.Schemes)
	m.all.Schemes[i].Rules = append(slices.Clone(m.all.Schemes[i].Rules), rules)
	m.all.Version++
	return nil
}

func (m *memory) AddStatement(_ context.Context, s registry.Statement) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.addStatement(s)
}

func (m *memory) addStatement(s registry.Statement) error {
	if slices.ContainsFunc(m.all.Statements, func(o registry.Statement) bool {
		return o.ID == s.ID || o.StatusList == s.StatusList && o.StatusIndex == s.StatusIndex
	}) {
		return registry.ErrDuplicate
	}
	m.all.Statements = append(m.all.Statements, s)
	m.all.Version++
	return nil
}

func (m *memory) Statement(_ context.Context, id string) (registry.Statement, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return find(m.all.Statements, func(s registry.Statement) bool { return s.ID == id })
}

func (m *memory) AppendStatementEvent(_ context.Context, id string, e trust.Event, check func(registry.Statement) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.all.Statements, func(s registry.Statement) bool { return s.ID == id })
	if i < 0 {
		return registry.ErrNotFound
	}
	if err := check(m.all.Statements[i]); err != nil {
		return err
	}
	m.all.Statements = slices.Clone(m.all.Statements)
	m.all.Statements[i].Events = append(slices.Clone(m.all.Statements[i].Events), e)
	m.all.Version++
	return nil
}

func (m *memory) PutCoverage(_ context.Context, c []registry.Coverage) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all.Coverage = append(slices.Clip(m.all.Coverage), c...)
	m.all.Version++
	return nil
}

func (m *memory) Apply(_ context.Context, all registry.Snapshot) (added, changed int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.all
	m.all.Bodies, m.all.Schemes, m.all.Statements = slices.Clone(before.Bodies), slices.Clone(before.Schemes), slices.Clone(before.Statements)
	put(&m.all.Bodies, all.Bodies, func(b registry.Body) string { return b.ID }, &added, &changed)
	put(&m.all.Schemes, all.Schemes, func(s registry.Scheme) string { return s.ID }, &added, &changed)
	m.all.Effects = slices.Clone(before.Effects)
	put(&m.all.Effects, all.Effects, func(e registry.Effect) string { return e.ID }, &added, &changed)
	for _, s := range all.Statements {
		i := slices.IndexFunc(m.all.Statements, func(o registry.Statement) bool { return o.ID == s.ID })
		if i < 0 {
			if err := m.addStatement(s); err != nil {
				m.all = before
				return 0, 0, err
			}
			added++
			continue
		}
		old := m.all.Statements[i]
		grown := old
		grown.Events = s.Events
		if !reflect.DeepEqual(grown, s) || len(s.Events) < len(old.Events) || !slices.EqualFunc(old.Events, s.Events[:len(old.Events)], func(a, b trust.Event) bool { return reflect.DeepEqual(a, b) }) {
			m.all = before
			return 0, 0, registry.ErrDuplicate
		}
		m.all.Statements[i] = s
		changed++
	}
	m.all.Coverage = append(slices.Clip(m.all.Coverage), all.Coverage...)
	added += len(all.Coverage)
	m.all.Version = before.Version + 1
	return added, changed, nil
}

func put[T any](held *[]T, all []T, id func(T) string, added, changed *int) {
	for _, x := range all {
		i := slices.IndexFunc(*held, func(o T) bool { return id(o) == id(x) })
		switch {
		case i < 0:
			*held = append(*held, x)
			*added++
		case !reflect.DeepEqual((*held)[i], x):
			(*held)[i] = x
			*changed++
		}
	}
}

func (m *memory) Snapshot(context.Context) (registry.Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	return m.all, nil
}

func (m *memory) Version(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.all.Version, nil
}

// ring signs so that a test can read who signed what.
type ring struct {
	mu     sync.Mutex
	opened map[string]string
	broken error
}

func (k *ring) Open(_ context.Context, body, did string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.opened[body] = did
	return nil
}

func (k *ring) Public(context.Context, string) ([]jws.JWK, error) { return nil, nil }

func (k *ring) Sign(_ context.Context, body string, payload []byte) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken != nil {
		return "", k.broken
	}
	if k.opened[body] == "" {
		return "", fmt.Errorf("no key of %s", body)
	}
	return body + "|" + string(payload), nil
}

// now is when every test takes place.
func now() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

type house struct {
	*registry.Registrar
	store *memory
	keys  *ring
}

func newHouse(t *testing.T) house {
	t.Helper()
	h := house{store: &memory{}, keys: &ring{opened: map[string]string{}}}
	var mu sync.Mutex
	next := 0
	h.Registrar = &registry.Registrar{
		Store: h.store, Addresses: credential.Addresses{Public: "https://register.example"}, Now: now, Rand: rand.Reader, Keys: h.keys,
		Lists: func(_ context.Context, body string) (string, int, error) {
			mu.Lock()
			defer mu.Unlock()
			next++
			return body + "-1", next, nil
		},
	}
	return h
}

// add registers bodies written as "id: role role".
func (h house) add(t *testing.T, bodies ...string) {
	t.Helper()
	for _, b := range bodies {
		id, roles, _ := strings.Cut(b, ": ")
		body := registry.Body{ID: id, Name: "Body " + id}
		for _, r := range strings.Fields(roles) {
			body.Roles = append(body.Roles, registry.Role(r))
		}
		if _, err := h.AddBody(t.Context(), body, true); err != nil {
			t.Fatalf("adding %s: %v", id, err)
		}
	}
}

// state makes a statement for certification of persons.
func (h house) state(t *testing.T, kind trust.Kind, issuer, subject string) registry.Statement {
	t.Helper()
	s, err := h.State(t.Context(), statement(kind, issuer, subject))
	if err != nil {
		t.Fatalf("stating %s about %s: %v", issuer, subject, err)
	}
	return s
}

func statement(kind trust.Kind, issuer, subject string) registry.Statement {
	return registry.Statement{
		Kind: kind, Issuer: issuer, Subject: subject, ValidFrom: day("2026-01-01"),
		Scope: trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024"},
	}
}
