package verify

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
	"github.com/bonafide-dev/bonafide/pkg/jws"
	"github.com/bonafide-dev/bonafide/pkg/trust"
)

// AnchorList is the operator's list of whom to trust.
type AnchorList struct {
	Anchors    []Anchor
	Registrars []Registrar
	Logs       []Log
}

type anchorWire struct {
	Body       string      `json:"body,omitempty"`
	DID        string      `json:"did"`
	Name       string      `json:"name"`
	Scopes     []scopeWire `json:"scopes"`
	Keys       *jwksWire   `json:"keys,omitempty"`
	ValidFrom  *string     `json:"valid_from"`
	ValidUntil *string     `json:"valid_until"`
	Successor  string      `json:"successor,omitempty"`
}

type scopeWire struct {
	Activity  trust.Activity `json:"activity"`
	Standard  string         `json:"standard,omitempty"`
	Edition   string         `json:"edition,omitempty"`
	SubScopes []string       `json:"sub_scopes,omitempty"`
	Schemes   []string       `json:"schemes,omitempty"`
	Countries []string       `json:"countries,omitempty"`
}

type jwksWire struct {
	Keys []json.RawMessage `json:"keys"`
}

type registrarWire struct {
	DID  string    `json:"did"`
	Name string    `json:"name"`
	Keys *jwksWire `json:"keys,omitempty"`
}

type anchorListWire struct {
	Anchors    []anchorWire    `json:"anchors"`
	Registrars []registrarWire `json:"registrars"`
	Logs       []Log           `json:"logs"`
}

// ParseAnchors reads an anchors file:
//
//	{"anchors":[{"body","did","name","scopes":[{"activity","standard",…}],
//	  "keys":{"keys":[JWK]},"valid_from","valid_until","successor"}],
//	 "registrars":[{"did","name","keys"}],"logs":[{"origin","key","witnesses","quorum"}]}
//
// body is a register id; did may be left out where resolve, if not nil, knows
// the DID of that body. successor names another anchor of the file by body or
// DID. Dates are days or instants, valid_until is exclusive. Unknown members
// are refused: a slip must not widen trust.
func ParseAnchors(data []byte, resolve func(body string) string) (AnchorList, error) {
	var w anchorListWire
	if err := ijson.Decode(data, &w); err != nil {
		return AnchorList{}, fmt.Errorf("reading anchors: %w", err)
	}
	var out AnchorList
	dids := map[string]string{}
	for i, a := range w.Anchors {
		if a.DID == "" && a.Body != "" && resolve != nil {
			w.Anchors[i].DID = resolve(a.Body)
		}
		if w.Anchors[i].DID == "" {
			return AnchorList{}, fmt.Errorf("anchors[%d]: did is missing", i)
		}
		dids[a.Body], dids[w.Anchors[i].DID] = w.Anchors[i].DID, w.Anchors[i].DID
	}
	for i, a := range w.Anchors {
		anchor, err := a.anchor(dids)
		if err != nil {
			return AnchorList{}, fmt.Errorf("anchors[%d] (%s): %w", i, a.DID, err)
		}
		out.Anchors = append(out.Anchors, anchor)
	}
	for i, r := range w.Registrars {
		keys, err := r.Keys.parse()
		if err != nil {
			return AnchorList{}, fmt.Errorf("registrars[%d]: %w", i, err)
		}
		if r.DID == "" {
			return AnchorList{}, fmt.Errorf("registrars[%d]: did is missing", i)
		}
		out.Registrars = append(out.Registrars, Registrar{DID: r.DID, Name: r.Name, Keys: keys})
	}
	for i, l := range w.Logs {
		if err := l.Valid(); err != nil {
			return AnchorList{}, fmt.Errorf("logs[%d]: %w", i, err)
		}
	}
	out.Logs = w.Logs
	return out, nil
}

func (a anchorWire) anchor(dids map[string]string) (Anchor, error) {
	keys, err := a.Keys.parse()
	if err != nil {
		return Anchor{}, err
	}
	out := Anchor{Anchor: trust.Anchor{DID: a.DID, Name: a.Name}, Keys: keys}
	if a.Successor != "" {
		if out.Successor = dids[a.Successor]; out.Successor == "" {
			return Anchor{}, fmt.Errorf("successor %q is not an anchor of this file", a.Successor)
		}
	}
	if out.ValidFrom, err = moment(a.ValidFrom); err != nil {
		return Anchor{}, fmt.Errorf("valid_from: %w", err)
	}
	if out.ValidUntil, err = moment(a.ValidUntil); err != nil {
		return Anchor{}, fmt.Errorf("valid_until: %w", err)
	}
	if len(a.Scopes) == 0 {
		return Anchor{}, fmt.Errorf("scopes is missing: name what the anchor is trusted for")
	}
	for _, s := range a.Scopes {
		if s.Activity == "" {
			return Anchor{}, fmt.Errorf("a scope without activity would trust the anchor for everything")
		}
		standard, edition := trust.ParseStandard(s.Standard)
		if s.Edition != "" {
			edition = s.Edition
		}
		out.Scopes = append(out.Scopes, trust.Scope{Activity: s.Activity, Standard: standard, Edition: edition,
			SubScopes: s.SubScopes, Schemes: s.Schemes, Countries: s.Countries})
	}
	return out, nil
}

func (j *jwksWire) parse() ([]jws.JWK, error) {
	if j == nil {
		return nil, nil
	}
	var out []jws.JWK
	for i, raw := range j.Keys {
		k, err := jws.ParseJWK(raw)
		if err != nil {
			return nil, fmt.Errorf("keys[%d]: %w", i, err)
		}
		out = append(out, k)
	}
	return out, nil
}

func moment(s *string) (time.Time, error) {
	if s == nil || *s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, *s); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, *s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is neither a day (2026-01-31) nor an instant (2026-01-31T00:00:00Z)", *s)
	}
	return t.UTC(), nil
}

// FormatAnchors writes a list in the form that ParseAnchors reads.
func FormatAnchors(l AnchorList) ([]byte, error) {
	w := anchorListWire{Anchors: []anchorWire{}, Registrars: []registrarWire{}, Logs: l.Logs}
	if w.Logs == nil {
		w.Logs = []Log{}
	}
	for _, a := range l.Anchors {
		keys, err := setOf(a.Keys)
		if err != nil {
			return nil, err
		}
		x := anchorWire{DID: a.DID, Name: a.Name, Keys: keys, ValidFrom: written(a.ValidFrom), ValidUntil: written(a.ValidUntil), Successor: a.Successor}
		for _, s := range a.Scopes {
			x.Scopes = append(x.Scopes, scopeWire(s))
		}
		w.Anchors = append(w.Anchors, x)
	}
	for _, r := range l.Registrars {
		keys, err := setOf(r.Keys)
		if err != nil {
			return nil, err
		}
		w.Registrars = append(w.Registrars, registrarWire{DID: r.DID, Name: r.Name, Keys: keys})
	}
	return json.MarshalIndent(w, "", "  ")
}

func setOf(keys []jws.JWK) (*jwksWire, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var out jwksWire
	for _, k := range keys {
		raw, err := json.Marshal(k)
		if err != nil {
			return nil, fmt.Errorf("writing key: %w", err)
		}
		out.Keys = append(out.Keys, raw)
	}
	return &out, nil
}

func written(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339)
	return &s
}
