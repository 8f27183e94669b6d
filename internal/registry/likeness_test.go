package registry_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bonafide-dev/bonafide/internal/registry"
)

var update = flag.Bool("update", false, "write generated pages anew")

// What the guard must hold. The figures of a run are in LIKENESS.md.
const (
	minRecall    = 0.95
	minPrecision = 0.98
)

type labelled struct {
	alike    bool
	kind, id string
	body     registry.Body
}

// labelledNames reads testdata/likeness.txt.
func labelledNames(t *testing.T) []labelled {
	t.Helper()
	data, err := os.ReadFile("testdata/likeness.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []labelled
	for n, line := range strings.Split(string(data), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "|")
		if len(f) != 7 {
			t.Fatalf("line %d has %d fields", n+1, len(f))
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		x := labelled{alike: f[0] == "alike", kind: f[1], id: f[2], body: registry.Body{ID: "new", Name: f[3], Acronym: f[4], Country: f[6]}}
		if f[5] != "" {
			x.body.Domains = []string{f[5]}
		}
		out = append(out, x)
	}
	return out
}

// tally is what the guard said of one kind of name.
type tally struct {
	kind        string
	asked, said int
}

// TestLikenessOfLabelledNames measures the guard on names that it must know
// and on names that it must let pass: every pair of reference bodies among them.
func TestLikenessOfLabelledNames(t *testing.T) {
	v := view(t, imported(t))
	kinds := map[bool][]*tally{}
	note := func(alike bool, kind string, said bool) {
		i := slices.IndexFunc(kinds[alike], func(k *tally) bool { return k.kind == kind })
		if i < 0 {
			i = len(kinds[alike])
			kinds[alike] = append(kinds[alike], &tally{kind: kind})
		}
		kinds[alike][i].asked++
		if said {
			kinds[alike][i].said++
		}
	}
	for _, x := range labelledNames(t) {
		got := v.Lookalikes(x.body)
		said := len(got) > 0
		if x.alike {
			if _, ok := v.Body(x.id); !ok {
				t.Fatalf("%q is no reference body", x.id)
			}
			said = slices.ContainsFunc(got, func(l registry.Likeness) bool { return l.Body == x.id })
		}
		note(x.alike, x.kind, said)
		if said != x.alike {
			t.Logf("wrong: %s %s: %q %q %v %s gave %+v", map[bool]string{true: "alike", false: "honest"}[x.alike], x.id, x.body.Name, x.body.Acronym, x.body.Domains, x.body.Country, got)
		}
	}
	bodies := v.Bodies()
	for _, a := range bodies {
		like := v.Lookalikes(a)
		for _, l := range like {
			t.Logf("wrong: %s is like %s: %s", a.ID, l.Body, l.Reason)
		}
		for _, b := range bodies {
			if a.ID != b.ID {
				note(false, "pair of reference bodies", slices.ContainsFunc(like, func(l registry.Likeness) bool { return l.Body == b.ID }))
			}
		}
	}
	sum := func(all []*tally) (asked, said int) {
		for _, k := range all {
			asked, said = asked+k.asked, said+k.said
		}
		return asked, said
	}
	imitations, known := sum(kinds[true])
	honest, wrong := sum(kinds[false])
	recall, precision := float64(known)/float64(imitations), float64(known)/float64(known+wrong)
	if imitations < 150 || honest < 9000 {
		t.Errorf("only %d imitations and %d honest pairs", imitations, honest)
	}
	if recall < minRecall || precision < minPrecision {
		t.Errorf("recall %.3f, precision %.3f; want %.2f and %.2f", recall, precision, minRecall, minPrecision)
	}
	var page strings.Builder
	fmt.Fprintf(&page, "| names | asked | said to be alike |\n|---|---|---|\n")
	for _, alike := range []bool{true, false} {
		for _, k := range kinds[alike] {
			fmt.Fprintf(&page, "| %s: %s | %d | %d |\n", map[bool]string{true: "imitation", false: "honest"}[alike], k.kind, k.asked, k.said)
		}
	}
	fmt.Fprintf(&page, "\nRecall %.1f %% (%d of %d). Precision %.1f %% (%d of %d). Held by the test: at least %.0f %% and %.0f %%.\n",
		100*recall, known, imitations, 100*precision, known, known+wrong, 100*minRecall, 100*minPrecision)
	checkFigures(t, page.String())
}

// checkFigures compares the page's figures with those of this run.
func checkFigures(t *testing.T, figures string) {
	t.Helper()
	const file, from, to = "LIKENESS.md", "<!-- figures -->\n", "<!-- end of figures -->"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(data), from)
	_, after, ok := strings.Cut(rest, to)
	if !ok {
		t.Fatalf("%s has no place for figures", file)
	}
	want := []byte(before + from + figures + to + after)
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(want, data) {
		t.Errorf("the figures of %s are not those of this run; write them with -update:\n%s", file, figures)
	}
}
