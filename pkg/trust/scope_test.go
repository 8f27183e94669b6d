package trust_test

import (
	"reflect"
	"testing"

	"github.com/bonafide-dev/bonafide/pkg/trust"
)

func TestScope(t *testing.T) {
	all := trust.Scope{Activity: trust.CertificationOfPersons}
	with := func(f func(*trust.Scope)) trust.Scope { s := all; f(&s); return s }
	standard := with(func(s *trust.Scope) { s.Standard = "ISO/IEC 17024" })
	old := with(func(s *trust.Scope) { s.Standard, s.Edition = "ISO/IEC 17024", "2012" })
	other := with(func(s *trust.Scope) { s.Standard = "ISO/IEC 17065" })
	swiss := with(func(s *trust.Scope) { s.Countries = []string{"CH"} })
	alpine := with(func(s *trust.Scope) { s.Countries = []string{"AT", "CH"} })
	welding := with(func(s *trust.Scope) { s.Schemes = []string{"welder"} })
	auditing := with(func(s *trust.Scope) { s.SubScopes = []string{"IPC-PL-11-006"} })
	for _, c := range []struct {
		name             string
		parent, child    trust.Scope
		includes, covers bool
	}{
		{"same", old, old, true, true},
		{"unrestricted parent", all, old, true, true},
		{"restricted parent, silent child", old, all, false, true},
		{"edition restricted, child names none", old, standard, false, true},
		{"edition named under any edition", standard, old, true, true},
		{"other standard", standard, other, false, false},
		{"country inside", alpine, swiss, true, true},
		{"country outside", swiss, alpine, false, false},
		{"countries restricted, silent child", swiss, all, false, true},
		{"scheme under all schemes", all, welding, true, true},
		{"scheme against sub-scope", auditing, welding, false, true},
		{"sub-scope outside", auditing, with(func(s *trust.Scope) { s.SubScopes = []string{"x"} }), false, false},
		{"other activity", trust.Scope{Activity: trust.Education}, all, false, false},
		{"no activity covers nothing", trust.Scope{}, all, false, false},
	} {
		if got := c.parent.Includes(c.child); got != c.includes {
			t.Errorf("%s: Includes is %v", c.name, got)
		}
		if got := c.parent.Covers(c.child); got != c.covers {
			t.Errorf("%s: Covers is %v", c.name, got)
		}
	}
}

func TestNeed(t *testing.T) {
	for _, c := range []struct {
		activity trust.Activity
		standard string
		want     trust.Scope
	}{
		{"", "", trust.Scope{Activity: trust.CertificationOfPersons}},
		{trust.Education, "", trust.Scope{Activity: trust.Education}},
		{trust.CertificationOfPersons, "ISO/IEC 17024:2012", trust.Scope{Activity: trust.CertificationOfPersons, Standard: "ISO/IEC 17024", Edition: "2012"}},
		{trust.CertificationOfManagementSystems, "ISO 9001:2015", trust.Scope{Activity: trust.CertificationOfManagementSystems, SubScopes: []string{"ISO 9001:2015"}}},
	} {
		c.want.Schemes = []string{"s"}
		if got := trust.Need(c.activity, c.standard, "s"); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s, %q: %+v", c.activity, c.standard, got)
		}
	}
}

func TestParseStandard(t *testing.T) {
	for in, want := range map[string][2]string{
		"ISO/IEC 17024:2012":      {"ISO/IEC 17024", "2012"},
		"  ISO/IEC   17024 :2012": {"ISO/IEC 17024", "2012"},
		"ISO/IEC 17024":           {"ISO/IEC 17024", ""},
		"ISO/IEC 17021-1:2015":    {"ISO/IEC 17021-1", "2015"},
		"IPC:PL-11-006":           {"IPC:PL-11-006", ""},
		"ISO 9001:201":            {"ISO 9001:201", ""},
		"":                        {"", ""},
	} {
		if s, e := trust.ParseStandard(in); [2]string{s, e} != want {
			t.Errorf("%q gives %q, %q", in, s, e)
		}
	}
}
