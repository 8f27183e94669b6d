package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/internal/fault"
	"github.com/bonafide-dev/bonafide/internal/issue"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
)

// Member of a team, told by the number of any certificate of theirs, by e-mail
// or by name. Ref is the asker's own word for them.
type Member struct{ Ref, Certificate, Email, Name string }

// Role is what a person in it must hold: every one of Needs.
type Role struct {
	Name  string
	Needs []Needed
}

// Needed is a scheme, at a level if one is named.
type Needed struct{ Scheme, Level string }

// Limits of a matrix: it is judged in memory.
const (
	maxTeam  = 500
	maxRoles = 50
	maxNeeds = 20
)

// What a member holds of what is needed, best first.
const (
	held      = "held"
	expiring  = "expiring"
	suspended = "suspended"
	expired   = "expired"
	missing   = "not_held"
	ambiguous = "ambiguous" // certificates of several people fit
)

// Matrix tells who of a team holds what each role needs, among the body's own
// certificates: one row for each member, role and need, and one for each member
// and role.
func (d *Desk) Matrix(ctx context.Context, body string, team []Member, roles []Role, o Options) (*Report, error) {
	v, err := d.Registrar.View(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkMatrix(v, body, team, roles); err != nil {
		return nil, err
	}
	now, within := d.now(), cmp.Or(o.Within, WithinDays)
	m := matrix{now: now, soon: now.Add(time.Duration(within) * daylong), team: team}
	var schemes []string
	for _, r := range roles {
		for _, n := range r.Needs {
			schemes = append(schemes, n.Scheme)
		}
	}
	slices.Sort(schemes)
	if err := d.gather(ctx, body, &m, slices.Compact(schemes)); err != nil {
		return nil, err
	}
	return &Report{Name: "matrix", Body: body, AsOf: now,
		About: []string{
			"Among the certificates of your own body. expiring: in force, and ends within " + number(float64(within)) + " days. ambiguous: certificates of more than one person fit, so none counts; name an e-mail address or a certificate.",
			"ready: every need of the role is held or expiring.",
		},
		Tables: []Table{
			{"needs", []string{"member", "role", "scheme", "level", "is", "number", "status", "valid_until"}, func(_ context.Context, row func(...any) error) error {
				return m.each(roles, func(i int, r Role, n Needed, is string, c *issue.Record) error {
					if c == nil {
						return row(team[i].ref(), r.Name, n.Scheme, n.Level, is, nil, nil, nil)
					}
					return row(team[i].ref(), r.Name, n.Scheme, n.Level, is, c.Number, statusAt(*c, now), c.Request.ValidUntil)
				})
			}},
			{"roles", []string{"member", "role", "ready", "gaps", "expiring"}, func(_ context.Context, row func(...any) error) error {
				for i := range team {
					for _, r := range roles {
						gaps, soon := 0, 0
						for _, n := range r.Needs {
							switch is, _ := m.judge(i, n); is {
							case held:
							case expiring:
								soon++
							default:
								gaps++
							}
						}
						if err := row(team[i].ref(), r.Name, gaps == 0, gaps, soon); err != nil {
							return err
						}
					}
				}
				return nil
			}},
		}}, nil
}

func (m Member) ref() string { return cmp.Or(m.Ref, m.Certificate, m.Email, m.Name) }

func checkMatrix(v *registry.View, body string, team []Member, roles []Role) error {
	var f fault.Invalid
	if len(team) == 0 || len(team) > maxTeam {
		f.Add("/team", fmt.Sprintf("must name from 1 to %d people", maxTeam))
	}
	if len(roles) == 0 || len(roles) > maxRoles {
		f.Add("/roles", fmt.Sprintf("must name from 1 to %d roles", maxRoles))
	}
	if len(f) > 0 {
		return f
	}
	for i, m := range team {
		if m.Certificate == "" && m.Email == "" && m.Name == "" {
			f.Add(fmt.Sprintf("/team/%d", i), "names nobody: give certificate, email or name")
		}
		if m.Certificate != "" {
			if _, err := credential.ParseNumber(m.Certificate); err != nil {
				f.Add(fmt.Sprintf("/team/%d/certificate", i), "is not a number of this register: "+err.Error())
			}
		}
	}
	for i, r := range roles {
		if r.Name == "" {
			f.Add(fmt.Sprintf("/roles/%d/role", i), "is missing")
		}
		if len(r.Needs) == 0 || len(r.Needs) > maxNeeds {
			f.Add(fmt.Sprintf("/roles/%d/needs", i), fmt.Sprintf("must name from 1 to %d schemes", maxNeeds))
			continue
		}
		for k, n := range r.Needs {
			if s, ok := v.Scheme(n.Scheme); !ok || s.Owner != body {
				f.Add(fmt.Sprintf("/roles/%d/needs/%d/scheme", i, k), "is not a scheme of the body")
			}
		}
	}
	return f.Err()
}

type matrix struct {
	now, soon time.Time
	team      []Member
	held      [][]issue.Record // by member
	people    []map[string]bool
}

// gather reads the body's certificates twice: once for whose the certificates
// are that members are named by, once for all that they hold of the schemes.
func (d *Desk) gather(ctx context.Context, body string, m *matrix, schemes []string) error {
	m.held, m.people = make([][]issue.Record, len(m.team)), make([]map[string]bool, len(m.team))
	members := map[string][]int{}
	by := func(key string, i int) { members[key] = append(members[key], i) }
	numbers := map[string][]int{}
	for i, t := range m.team {
		m.people[i] = map[string]bool{}
		switch {
		case t.Certificate != "":
			n, err := credential.ParseNumber(t.Certificate)
			if err != nil {
				return err
			}
			numbers[string(n)] = append(numbers[string(n)], i)
		case t.Email != "":
			by("e:"+credential.NormalEmail(t.Email), i)
		default:
			by("n:"+credential.NormalName(t.Name), i)
		}
	}
	if len(numbers) > 0 {
		err := d.Store.Walk(ctx, body, Walk{SealedBy: m.now}, func(page []issue.Record) error {
			for _, r := range page {
				for _, i := range numbers[r.Number] {
					by("p:"+person(r), i)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return d.Store.Walk(ctx, body, Walk{SealedBy: m.now, Schemes: schemes}, func(page []issue.Record) error {
		for _, r := range page {
			keys := []string{"p:" + person(r), "n:" + credential.NormalName(r.Request.Holder.Name)}
			if e := r.Request.Holder.Email; e != "" {
				keys = append(keys, "e:"+credential.NormalEmail(e))
			}
			for _, k := range keys {
				for _, i := range members[k] {
					m.held[i] = append(m.held[i], r)
					m.people[i][person(r)] = true
				}
			}
		}
		return nil
	})
}

// person is who a certificate's holder is taken for: the e-mail address if there
// is one, else the name, as issuing does to find duplicates.
func person(r issue.Record) string {
	if h := r.Request.Holder; h.Email != "" {
		return credential.NormalEmail(h.Email)
	}
	return "name " + credential.NormalName(r.Request.Holder.Name)
}

func (m *matrix) each(roles []Role, visit func(member int, r Role, n Needed, is string, c *issue.Record) error) error {
	for i := range m.team {
		for _, r := range roles {
			for _, n := range r.Needs {
				is, c := m.judge(i, n)
				if err := visit(i, r, n, is, c); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// judge finds the best certificate that the member has of what is needed.
func (m *matrix) judge(i int, n Needed) (is string, best *issue.Record) {
	if len(m.people[i]) > 1 {
		return ambiguous, nil
	}
	order := []string{held, expiring, suspended, expired, missing}
	is = missing
	for k := range m.held[i] {
		r := &m.held[i][k]
		if r.Scheme != n.Scheme || n.Level != "" && !strings.EqualFold(r.Request.Level, n.Level) {
			continue
		}
		this := m.stands(*r)
		if slices.Index(order, this) < slices.Index(order, is) {
			is, best = this, r
		}
	}
	return is, best
}

func (m *matrix) stands(r issue.Record) string {
	switch statusAt(r, m.now) {
	case "in_force":
		if until := r.Request.ValidUntil; !until.IsZero() && !until.After(m.soon) {
			return expiring
		}
		return held
	case "suspended":
		return suspended
	case "expired":
		return expired
	}
	return missing
}
