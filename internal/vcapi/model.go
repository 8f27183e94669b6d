package vcapi

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/ijson"
)

// Contexts that a credential may begin with.
const (
	contextV2 = "https://www.w3.org/ns/credentials/v2"
	contextV1 = "https://www.w3.org/2018/credentials/v1"
)

type object = map[string]any

// decode reads a JSON object strictly, numbers as they are written.
func decode(data []byte) (object, error) {
	if err := ijson.Check(data); err != nil {
		return nil, malformed("", "%v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	var o object
	if err := dec.Decode(&o); err != nil || o == nil {
		return nil, malformed("", "must be an object")
	}
	return o, nil
}

// model is the check of a document against the data model (VC Data Model 2.0,
// 4): every fault, in order.
type model struct{ faults []Problem }

func (m *model) fail(at, format string, args ...any) {
	m.faults = append(m.faults, malformedProblem(at, fmt.Sprintf(format, args...)))
}

func (m *model) err() error {
	if len(m.faults) == 0 {
		return nil
	}
	return Problems(m.faults)
}

// credential checks a credential without its proof. Data model 1.1 is taken
// where lenient is set: it is verified still, never issued.
func credential(o object, lenient bool) error {
	m := &model{}
	first := m.contexts(o, lenient)
	m.id(o, "id", false)
	m.types(o, "type", "VerifiableCredential")
	m.words(o, "name")
	m.words(o, "description")
	m.party(o, "issuer", true)
	m.subjects(o)
	from, until := "validFrom", "validUntil"
	if first == contextV1 {
		from, until = "issuanceDate", "expirationDate"
	}
	m.period(o, from, until)
	m.typed(o, "credentialStatus", false)
	m.typed(o, "credentialSchema", true)
	m.typed(o, "refreshService", false)
	m.typed(o, "termsOfUse", false)
	m.typed(o, "evidence", false)
	m.resources(o)
	m.entries(o, "credential")
	for _, name := range []string{"vc", "vp"} {
		if _, ok := o[name]; ok {
			m.fail(name, "is a claim of the older encoding and must not appear")
		}
	}
	return m.err()
}

// presentation checks a presentation without its proof and what it holds.
func presentation(o object) error {
	m := &model{}
	m.contexts(o, true)
	m.id(o, "id", false)
	m.types(o, "type", "VerifiablePresentation")
	m.party(o, "holder", false)
	for i, x := range list(o["verifiableCredential"]) {
		if v, ok := x.(object); !ok || len(v) == 0 {
			m.fail(fmt.Sprintf("verifiableCredential[%d]", i), "must be an object: a secured or an enveloped credential")
		}
	}
	return m.err()
}

// contexts: an ordered set that begins with the base context; what follows are
// addresses and objects.
func (m *model) contexts(o object, lenient bool) (first string) {
	all, ok := o["@context"].([]any)
	if s, isText := o["@context"].(string); isText && lenient {
		all, ok = []any{s}, true
	}
	if !ok || len(all) == 0 {
		m.fail("@context", "must be a list that begins with %s", contextV2)
		return ""
	}
	first, _ = all[0].(string)
	if first != contextV2 && (!lenient || first != contextV1) {
		m.fail("@context", "must begin with %s", contextV2)
	}
	var seen []string
	for i, x := range all {
		switch v := x.(type) {
		case string:
			if !isURL(v) {
				m.fail(fmt.Sprintf("@context[%d]", i), "is not a URL")
			} else if slices.Contains(seen, v) {
				m.fail(fmt.Sprintf("@context[%d]", i), "is there twice")
			}
			seen = append(seen, v)
		case object:
		default:
			m.fail(fmt.Sprintf("@context[%d]", i), "must be a URL or an object")
		}
	}
	return first
}

// id: one URL, or none.
func (m *model) id(o object, at string, required bool) {
	v, ok := o["id"]
	if s, isText := v.(string); ok && (!isText || !isURL(s)) || !ok && required {
		m.fail(at, "must be one URL")
	}
}

func (m *model) types(o object, at, must string) {
	var all []string
	for _, x := range list(o["type"]) {
		s, ok := x.(string)
		if !ok || s == "" {
			m.fail(at, "must be a text or a list of texts")
			return
		}
		all = append(all, s)
	}
	if len(all) == 0 || must != "" && !slices.Contains(all, must) {
		m.fail(at, "lacks %s", first(must, "a type"))
	}
}

// words: a text, a language value object, or a list of those.
func (m *model) words(o object, name string) {
	for _, x := range list(o[name]) {
		switch v := x.(type) {
		case string:
		case object:
			if s, ok := v["@value"].(string); !ok || s == "" {
				m.fail(name, "must hold its text in @value")
			}
			for k, y := range v {
				s, isText := y.(string)
				switch k {
				case "@value":
				case "@language":
					if !isText || s == "" {
						m.fail(name, "@language must be a language tag")
					}
				case "@direction":
					if s != "ltr" && s != "rtl" {
						m.fail(name, "@direction must be ltr or rtl")
					}
				default:
					m.fail(name, "%q does not belong to a language value", k)
				}
			}
		default:
			m.fail(name, "must be a text or a language value")
		}
	}
}

// party: a URL, or an object with a URL as id.
func (m *model) party(o object, name string, required bool) {
	v, ok := o[name]
	if !ok && !required {
		return
	}
	switch x := v.(type) {
	case string:
		if !isURL(x) {
			m.fail(name, "must be a URL, or an object with one as id")
		}
	case object:
		m.id(x, name+".id", true)
		m.words(x, "name")
		m.words(x, "description")
	default:
		m.fail(name, "must be a URL, or an object with one as id")
	}
}

func (m *model) subjects(o object) {
	v, ok := o["credentialSubject"]
	all := list(v)
	if !ok || len(all) == 0 {
		m.fail("credentialSubject", "is missing")
	}
	for i, x := range all {
		at := fmt.Sprintf("credentialSubject[%d]", i)
		s, ok := x.(object)
		if !ok || len(s) == 0 {
			m.fail(at, "must be an object that says something")
			continue
		}
		m.id(s, at+".id", false)
	}
}

// dateTimeStamp is that of XML Schema 1.1: the zone is part of it.
func dateTimeStamp(s string) (time.Time, bool) {
	shape := regexp.MustCompile(`^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil && shape.MatchString(s)
}

func (m *model) period(o object, from, until string) {
	var at [2]time.Time
	for i, name := range []string{from, until} {
		v, ok := o[name]
		if !ok {
			continue
		}
		s, _ := v.(string)
		if at[i], ok = dateTimeStamp(s); !ok {
			m.fail(name, "must be an instant with zone, such as 2026-03-01T09:00:00Z")
		}
	}
	if !at[0].IsZero() && !at[1].IsZero() && at[1].Before(at[0]) {
		m.fail(until, "lies before %s", from)
	}
}

// typed: an object or a list of objects, each with a type, and an id if told.
func (m *model) typed(o object, name string, withID bool) {
	v, ok := o[name]
	if !ok {
		return
	}
	for i, x := range list(v) {
		at := fmt.Sprintf("%s[%d]", name, i)
		y, ok := x.(object)
		if !ok {
			m.fail(at, "must be an object")
			continue
		}
		m.types(y, at+".type", "")
		m.id(y, at+".id", withID)
	}
}

// entries checks every BitstringStatusListEntry, wherever it stands (Bitstring
// Status List 1.0, 3: a malformed one is an error to whoever processes it).
func (m *model) entries(v any, at string) {
	switch x := v.(type) {
	case object:
		if slices.Contains(texts(x["type"]), "BitstringStatusListEntry") {
			m.entry(x, at)
		}
		for name, y := range x {
			m.entries(y, at+"."+name)
		}
	case []any:
		for i, y := range x {
			m.entries(y, fmt.Sprintf("%s[%d]", at, i))
		}
	}
}

// entry is a BitstringStatusListEntry (Bitstring Status List 1.0, 2.1).
func (m *model) entry(o object, at string) {
	purpose, _ := o["statusPurpose"].(string)
	index, _ := o["statusListIndex"].(string)
	list, _ := o["statusListCredential"].(string)
	if purpose == "" {
		m.fail(at+".statusPurpose", "is missing")
	}
	if index == "" || strings.Trim(index, "0123456789") != "" {
		m.fail(at+".statusListIndex", "must be a whole number in a text")
	}
	if !isURL(list) {
		m.fail(at+".statusListCredential", "must be a URL")
	}
	if id, ok := o["id"].(string); ok && id == list {
		m.fail(at+".id", "must not be the list's own address")
	}
}

// resources: each with an id of its own and a digest (5.3).
func (m *model) resources(o object) {
	v, ok := o["relatedResource"]
	if !ok {
		return
	}
	seen := map[string]bool{}
	for i, x := range list(v) {
		at := fmt.Sprintf("relatedResource[%d]", i)
		y, ok := x.(object)
		if !ok {
			m.fail(at, "must be an object")
			continue
		}
		m.id(y, at+".id", true)
		if id, _ := y["id"].(string); seen[id] {
			m.fail(at+".id", "is there twice")
		} else {
			seen[id] = true
		}
		sri, isSRI := y["digestSRI"].(string)
		multi, isMulti := y["digestMultibase"].(string)
		if !isSRI && !isMulti || isSRI && !regexp.MustCompile(`^sha(256|384|512)-[A-Za-z0-9+/]+=*$`).MatchString(sri) || isMulti && len(multi) < 2 {
			m.fail(at, "needs a digest: digestSRI or digestMultibase")
		}
	}
}

// isURL: absolute, with a scheme (WHATWG URL, absolute-URL string).
func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Opaque != "" || u.Host != "" || u.Path != "") && !strings.ContainsAny(s, " \t\r\n<>\"{}|\\^`")
}

func list(v any) []any {
	switch x := v.(type) {
	case nil:
		return nil
	case []any:
		return x
	default:
		return []any{v}
	}
}

func texts(v any) []string {
	var out []string
	for _, x := range list(v) {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// partyID is the id of an issuer or holder.
func partyID(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	o, _ := v.(object)
	s, _ := o["id"].(string)
	return s
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}
