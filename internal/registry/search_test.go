package registry_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.mau.fi/util/confusable"

	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/pkg/credential"
)

// crowd is a register of n bodies whose names share their words, as real ones do.
func crowd(n int) *registry.View {
	r := rand.New(rand.NewPCG(7, 7))
	pick := func(all string) string { f := strings.Fields(all); return f[r.IntN(len(f))] }
	syllable := func() string {
		return pick("b c d f g h k l m n p r s t v br cr dr gr kr pr st tr sk") + pick("a e i o u ai ei ou") + pick("n r l s t m k nd rt x")
	}
	proper := func() string {
		w := syllable() + syllable()
		if r.IntN(3) == 0 {
			w += syllable()
		}
		return strings.ToUpper(w[:1]) + w[1:]
	}
	var s registry.Snapshot
	for i := range n {
		name := proper() + " " + pick("Certification Assessment Accreditation Registrars Examination Quality Personnel Professional")
		if r.IntN(2) == 0 {
			name += " " + pick("Board Institute Services Council Center Association Bureau Academy")
		}
		if r.IntN(3) == 0 {
			name = pick("International National European Asian African Nordic") + " " + name
		}
		name += " " + pick("GmbH Ltd Inc LLC SA BV AS SpA SRL Oy")
		id := fmt.Sprintf("b%06d", i)
		s.Bodies = append(s.Bodies, registry.Body{ID: id, DID: "did:web:" + id, Name: name, Roles: []registry.Role{registry.CertificationBody}})
	}
	return registry.NewView(s, credential.Addresses{Public: "https://register.example"})
}

// misspell makes two random edits.
func misspell(r *rand.Rand, s string) string {
	letters := []rune(s)
	for range 2 {
		i := 1 + r.IntN(len(letters)-2)
		switch c := rune('a' + r.IntN(26)); r.IntN(4) {
		case 0:
			letters[i] = c
		case 1:
			letters = slices.Delete(letters, i, i+1)
		case 2:
			letters = slices.Insert(letters, i, c)
		default:
			letters[i], letters[i+1] = letters[i+1], letters[i]
		}
	}
	return string(letters)
}

func recall(v *registry.View, asked int) float64 {
	r := rand.New(rand.NewPCG(1, 2))
	all, right := v.Bodies(), 0
	for range asked {
		b := all[r.IntN(len(all))]
		hits := v.Search(misspell(r, b.Name))
		if slices.ContainsFunc(hits[:min(10, len(hits))], func(h registry.Hit) bool { return h.Body.ID == b.ID || h.Body.Name == b.Name }) {
			right++
		}
	}
	return float64(right) / float64(asked)
}

func TestSearchForgivesTwoEdits(t *testing.T) {
	if got := recall(crowd(10_000), 150); got < 0.98 {
		t.Errorf("recall@10 is %.3f", got)
	}
}

// TestSearchWorkIsBounded counts what searches read at two sizes: ten times
// the names cost far less than ten times the work, and never more than a bound.
func TestSearchWorkIsBounded(t *testing.T) {
	queries := func(v *registry.View) []string {
		r := rand.New(rand.NewPCG(3, 4))
		out := []string{"certification", "national certification board", "institute", "x", "International Certification Council"}
		for range 60 {
			b := v.Bodies()[r.IntN(len(v.Bodies()))]
			out = append(out, misspell(r, b.Name), strings.Fields(b.Name)[0])
		}
		return out
	}
	mean := map[int]int{}
	for _, n := range []int{3_000, 30_000} {
		v := crowd(n)
		sum, most := 0, 0
		all := queries(v)
		for _, q := range all {
			w := registry.SearchWork(v, q)
			sum += w
			if w > most {
				most = w
			}
		}
		mean[n] = sum / len(all)
		if most > 60_000 {
			t.Errorf("of %d names one search read %d places", n, most)
		}
	}
	t.Logf("places read by a search, mean: %v", mean)
	if mean[30_000] > 6*mean[3_000] {
		t.Errorf("ten times the names cost %d times the work", mean[30_000]/mean[3_000])
	}
}

// BenchmarkSearch is the goal for body names: 100 000 of them, two edits.
func BenchmarkSearch(b *testing.B) {
	v := crowd(100_000)
	r := rand.New(rand.NewPCG(5, 6))
	all := v.Bodies()
	registry.PrepareSearch(v)
	b.Run("two_edits", func(b *testing.B) {
		for b.Loop() {
			v.Search(misspell(r, all[r.IntN(len(all))].Name))
		}
		b.ReportMetric(recall(v, 300), "recall@10")
	})
	b.Run("common_words", func(b *testing.B) {
		for b.Loop() {
			v.Search("national certification board")
		}
	})
	b.Run("lookalikes", func(b *testing.B) {
		for b.Loop() {
			v.Lookalikes(registry.Body{ID: "new", Name: misspell(r, all[r.IntN(len(all))].Name)})
		}
	})
}

func TestSearchInAnyScript(t *testing.T) {
	var s registry.Snapshot
	for id, names := range map[string][]string{
		"kz": {"Национальный центр аккредитации"}, "gr": {"Εθνικό Σύστημα Διαπίστευσης"}, "cn": {"中国合格评定国家认可委员会"},
		"sa": {"المركز السعودي للاعتماد"}, "kr": {"한국인정기구"}, "jp": {"日本適合性認定協会"}, "de": {"Prüfstelle für Schweißer GmbH", "Schweisser-Prüfstelle"},
	} {
		s.Bodies = append(s.Bodies, registry.Body{ID: id, DID: "did:" + id, Name: names[0], Aliases: names[1:], Roles: []registry.Role{registry.AccreditationBody}})
	}
	v := registry.NewView(s, credential.Addresses{})
	for query, want := range map[string]string{
		"национальный центр": "kz", "Natsionalnyi tsentr akkreditatsii": "kz", "NATIONALNY TSENTR AKKREDITATSII": "kz", "εθνικο συστημα": "gr", "Ethniko Systema": "gr",
		"国家认可": "cn", "السعودي للاعتماد": "sa", "한국인정": "kr", "適合性認定": "jp", "prufstelle fur schweisser": "de", "PRÜFSTELLE": "de",
	} {
		hits := v.Search(query)
		if len(hits) == 0 || hits[0].Body.ID != want {
			t.Errorf("%q found %v; want %s first", query, hits, want)
		}
	}
}

func TestSearchSchemes(t *testing.T) {
	v := view(t, imported(t))
	for query, want := range map[string]registry.SchemeHit{
		"CCXP": {Scheme: registry.Scheme{ID: "ccxp"}, Match: registry.MatchExact},
		"certified customer experience professional": {Scheme: registry.Scheme{ID: "ccxp"}, Match: registry.MatchExact},
		"customer experience professional certified": {Scheme: registry.Scheme{ID: "ccxp"}, Match: registry.MatchStrong},
		"Certified Ethical Haker":                    {Scheme: registry.Scheme{ID: "ceh"}, Match: registry.MatchStrong},
		"arborist":                                   {Scheme: registry.Scheme{ID: "isa-ca"}, Match: registry.MatchWeak},
	} {
		hits := v.SearchSchemes(query)
		if len(hits) == 0 || hits[0].Scheme.ID != want.Scheme.ID || hits[0].Match != want.Match {
			t.Errorf("%q found %+v; want %s, %s", query, hits, want.Scheme.ID, want.Match)
		}
	}
}

func TestIndexIsTakenOverUnharmed(t *testing.T) {
	h := imported(t)
	before := view(t, h).Search("Nordlys")
	h.add(t, "zz: certification_body")
	if _, err := h.AddBody(t.Context(), registry.Body{ID: "aaa", Name: "Nordlys Certification AS", Roles: []registry.Role{registry.CertificationBody}}, false); err != nil {
		t.Fatal(err)
	}
	after := view(t, h).Search("Nordlys")
	if len(before) != 0 || len(after) != 1 || after[0].Body.ID != "aaa" {
		t.Errorf("found %v, then %v", before, after)
	}
	if hits := view(t, h).Search("ukas"); len(hits) == 0 || hits[0].Body.ID != "ukas" {
		t.Errorf("a body that did not change is lost: %v", hits)
	}
}

func TestSkeletonOfASCIIIsThatOfUnicode(t *testing.T) {
	for r := rune(' '); r < 0x7F; r++ {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ' '
		if got, want := registry.Skeleton(string(r)), confusable.Skeleton(string(r)); letter && got != want {
			t.Errorf("skeleton of %q is %q; want %q", r, got, want)
		}
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		most int
		want int
	}{
		{"", "", 2, 0}, {"abc", "abc", 0, 0}, {"abc", "acb", 2, 1}, {"abcd", "bacd", 1, 1}, {"kitten", "sitting", 5, 3}, {"kitten", "sitting", 2, 3},
		{"é", "e", 1, 1}, {"", "ab", 5, 2}, {"ab", "", 1, 2}, {strings.Repeat("a", 200), strings.Repeat("a", 199) + "b", 3, 1}, {"ca", "abc", 5, 3},
	} {
		if got := registry.Edits(c.a, c.b, c.most); got != c.want {
			t.Errorf("from %q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
		if x, y := registry.Edits(c.a, c.b, c.most), registry.Edits(c.b, c.a, c.most); x != y {
			t.Errorf("%q and %q: %d one way, %d the other", c.a, c.b, x, y)
		}
	}
}

func TestLookalikeSchemes(t *testing.T) {
	h := imported(t)
	h.add(t, "zz: certification_body")
	for name, c := range map[string]struct {
		scheme registry.Scheme
		like   string
	}{
		"typing error":          {registry.Scheme{Owner: "zz", Name: "Certified Infomation Systems Auditor"}, "cisa"},
		"another order":         {registry.Scheme{Owner: "zz", Name: "Customer Experience Certified Professional"}, "ccxp"},
		"its acronym in a name": {registry.Scheme{Owner: "zz", Name: "CISSP Expert"}, "cissp"},
		"drawn otherwise":       {registry.Scheme{Owner: "zz", Name: "Security", Acronym: "СІSSР"}, "cissp"},
		"the owner's own":       {registry.Scheme{Owner: "isaca", Name: "Certified Information Systems Auditors"}, ""},
		"another field":         {registry.Scheme{Owner: "zz", Name: "Certified Crane Examiner", Acronym: "CCX"}, ""},
	} {
		c.scheme.ID = "new"
		err := h.RefuseLikeScheme(t.Context(), c.scheme)
		switch {
		case c.like == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.like != "" && (err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", c.like))):
			t.Errorf("%s: %v; want a likeness with %s", name, err, c.like)
		}
	}
}

func TestResembled(t *testing.T) {
	v := view(t, imported(t))
	for _, c := range []struct{ name, acronym, host, country, like string }{
		{"United Kingdom Accreditation Service", "UKAS", "www.ukas.com", "GB", ""},
		{"United Kingdom Accreditation Service", "", "", "", ""},
		{"UKAS", "", "ukas.com", "", ""},
		{"United Kingdom Acreditation Service", "", "", "", "ukas"},
		{"United Kingdom Accreditation Service", "", "ukas-org.com", "", "ukas"},
		{"", "", "accred1a.it", "", "accredia"},
		{"Nordlys Certification AS", "NCA", "nordlys.example", "NO", ""},
		{"Georgian Accreditation Center", "GAC", "gac.gov.ge", "GE", ""},
	} {
		got := v.Resembled(c.name, c.acronym, c.host, c.country)
		if c.like == "" && len(got) > 0 || c.like != "" && (len(got) == 0 || got[0].Body != c.like) {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}
