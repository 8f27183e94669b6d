package registry

import (
	"slices"
	"strings"

	"github.com/bonafide-dev/bonafide/pkg/credential"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// View is the whole registry at one version, indexed. It never changes: what
// its methods return must not be written to.
type View struct {
	addresses  credential.Addresses
	all        Snapshot
	bodies     map[string]int // by id, into all.Bodies
	dids       map[string]int
	schemes    map[string]int
	statements map[string]int
	about      map[string][]Statement // by subject's id
	by         map[string][]Statement // by issuer's id
	coverage   map[string][]Coverage  // by body id, the latest of each kind
	trusted    []trust.Statement
	upward     map[string][]trust.Statement // by subject's DID
	named      struct{ bodies, schemes lazyIndex }
}

// NewView indexes a snapshot. Records are ordered by id.
func NewView(all Snapshot, addresses credential.Addresses) *View {
	v := &View{
		addresses: addresses, all: all,
		bodies: map[string]int{}, dids: map[string]int{}, schemes: map[string]int{}, statements: map[string]int{},
		about: map[string][]Statement{}, by: map[string][]Statement{}, coverage: map[string][]Coverage{}, upward: map[string][]trust.Statement{},
	}
	v.all.Bodies = slices.SortedFunc(slices.Values(all.Bodies), func(a, b Body) int { return strings.Compare(a.ID, b.ID) })
	v.all.Schemes = slices.SortedFunc(slices.Values(all.Schemes), func(a, b Scheme) int { return strings.Compare(a.ID, b.ID) })
	v.all.Statements = slices.SortedFunc(slices.Values(all.Statements), func(a, b Statement) int { return strings.Compare(a.ID, b.ID) })
	v.all.Effects = slices.SortedFunc(slices.Values(all.Effects), func(a, b Effect) int { return strings.Compare(a.ID, b.ID) })
	for i, b := range v.all.Bodies {
		v.bodies[b.ID], v.dids[b.DID] = i, i
	}
	for i, s := range v.all.Schemes {
		v.schemes[s.ID] = i
	}
	for i, s := range v.all.Statements {
		v.statements[s.ID] = i
		v.about[s.Subject] = append(v.about[s.Subject], s)
		v.by[s.Issuer] = append(v.by[s.Issuer], s)
		t := v.trust(s)
		v.trusted = append(v.trusted, t)
		v.upward[t.Subject] = append(v.upward[t.Subject], t)
	}
	for _, c := range all.Coverage {
		v.addCoverage(c)
	}
	return v
}

// addCoverage keeps the latest word of each kind; of two learnt at the same
// instant the later in the snapshot.
func (v *View) addCoverage(c Coverage) {
	held := v.coverage[c.Body]
	for i, old := range held {
		if old.Of == c.Of {
			if !c.LearntAt.Before(old.LearntAt) {
				held[i] = c
			}
			return
		}
	}
	v.coverage[c.Body] = append(held, c)
}

// Version is the version of the registry that the View shows.
func (v *View) Version() int64 { return v.all.Version }

// Body returns the body of that id.
func (v *View) Body(id string) (Body, bool) {
	i, ok := v.bodies[id]
	if !ok {
		return Body{}, false
	}
	return v.all.Bodies[i], true
}

// ByDID returns the body of that DID.
func (v *View) ByDID(did string) (Body, bool) {
	i, ok := v.dids[did]
	if !ok {
		return Body{}, false
	}
	return v.all.Bodies[i], true
}

// Scheme returns the scheme of that id.
func (v *View) Scheme(id string) (Scheme, bool) {
	i, ok := v.schemes[id]
	if !ok {
		return Scheme{}, false
	}
	return v.all.Schemes[i], true
}

// Schemes returns all schemes, ordered by id.
func (v *View) Schemes() []Scheme { return v.all.Schemes }

// Statement returns the statement of that id.
func (v *View) Statement(id string) (Statement, bool) {
	i, ok := v.statements[id]
	if !ok {
		return Statement{}, false
	}
	return v.all.Statements[i], true
}

// Held returns all statements, ordered by id.
func (v *View) Held() []Statement { return v.all.Statements }

// About returns the statements about the body of that DID, ordered by id.
func (v *View) About(did string) []Statement {
	b, ok := v.ByDID(did)
	if !ok {
		return nil
	}
	return v.about[b.ID]
}

// By returns the statements that the body of that DID made, ordered by id.
func (v *View) By(did string) []Statement {
	b, ok := v.ByDID(did)
	if !ok {
		return nil
	}
	return v.by[b.ID]
}

// Statements returns all statements as package trust judges them: bodies by
// DID, statements and schemes by address. A recorded statement whose source is
// not of grade A or B is unconfirmed.
func (v *View) Statements() []trust.Statement { return v.trusted }

// Above returns the statements from which a chain up from the body can be
// made: those about it, about whoever made those, and so on.
func (v *View) Above(did string) []trust.Statement {
	var out []trust.Statement
	seen := map[string]bool{did: true}
	for queue := []string{did}; len(queue) > 0; queue = queue[1:] {
		for _, s := range v.upward[queue[0]] {
			out = append(out, s)
			if !seen[s.Issuer] {
				seen[s.Issuer] = true
				queue = append(queue, s.Issuer)
			}
		}
	}
	return out
}

// Coverage returns the latest word on how complete the register is for the body.
func (v *View) Coverage(body string) []Coverage { return v.coverage[body] }

// Filter narrows a list of bodies; empty members ask nothing.
type Filter struct {
	Role     Role
	Country  string // ISO 3166-1 alpha-2, any case
	Standard string // some statement about or by the body names it
}

// Bodies returns the bodies that pass every filter, ordered by id.
func (v *View) Bodies(filters ...Filter) []Body {
	if len(filters) == 0 {
		return v.all.Bodies
	}
	var out []Body
	for _, b := range v.all.Bodies {
		if v.passes(b, filters) {
			out = append(out, b)
		}
	}
	return out
}

func (v *View) passes(b Body, filters []Filter) bool {
	for _, f := range filters {
		if f.Role != "" && !slices.Contains(b.Roles, f.Role) ||
			f.Country != "" && !strings.EqualFold(b.Country, f.Country) ||
			f.Standard != "" && !v.attests(b.ID, f.Standard) {
			return false
		}
	}
	return true
}

// attests reports whether a statement about or by the body names the standard.
func (v *View) attests(body, standard string) bool {
	want, edition := trust.ParseStandard(standard)
	matches := func(s Statement) bool {
		return strings.EqualFold(s.Scope.Standard, want) && (edition == "" || s.Scope.Edition == "" || s.Scope.Edition == edition)
	}
	return slices.ContainsFunc(v.about[body], matches) || slices.ContainsFunc(v.by[body], matches)
}

// trust turns a statement into the form that package trust judges.
func (v *View) trust(s Statement) trust.Statement {
	events := make([]trust.Event, len(s.Events))
	for i, e := range s.Events {
		if e.Scope != nil {
			scope := v.addressed(*e.Scope)
			e.Scope = &scope
		}
		events[i] = e
	}
	issuer, _ := v.Body(s.Issuer)   // the store keeps the reference
	subject, _ := v.Body(s.Subject) // likewise
	return trust.Statement{
		ID: v.addresses.Statement(s.ID), Kind: s.Kind, Issuer: issuer.DID, Subject: subject.DID,
		Number: s.Number, Scope: v.addressed(s.Scope), ValidFrom: s.ValidFrom, ValidUntil: s.ValidUntil, LearntAt: s.LearntAt,
		Events: events, Assurance: s.Assurance, Unconfirmed: unconfirmed(s), Sources: s.Sources,
	}
}

// unconfirmed: a recorded statement may carry a positive answer only if its
// source is of grade A or B.
func unconfirmed(s Statement) bool {
	return s.Assurance != trust.Signed && s.Grade != "A" && s.Grade != "B"
}

// addressed names the schemes of a scope by address; what is no scheme's id stays.
func (v *View) addressed(s trust.Scope) trust.Scope {
	if len(s.Schemes) == 0 {
		return s
	}
	schemes := make([]string, len(s.Schemes))
	for i, id := range s.Schemes {
		schemes[i] = id
		if _, ok := v.Scheme(id); ok {
			schemes[i] = v.addresses.Scheme(id)
		}
	}
	s.Schemes = schemes
	return s
}
