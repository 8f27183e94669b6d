package web_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/backlink"
	"github.com/bonafide-dev/bonafide/internal/picture"
	"github.com/bonafide-dev/bonafide/internal/registry"
	"github.com/bonafide-dev/bonafide/internal/wording"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// TestShareBlock: in every language the page offers its pictures, tells what the
// issuer's site says, and says where it stands itself.
func TestShareBlock(t *testing.T) {
	n := number(t)
	says := backlink.Unknown
	site, e := serve(t, bonaFide(n))
	var err error
	site.Pictures, err = picture.NewStudio()
	require.NoError(t, err)
	site.Known = func(context.Context, string) (registry.Body, bool) {
		return registry.Body{Name: "Evil </script><script>x", Domains: []string{"nordlys.example"}}, true
	}
	site.Backlink = func(_ context.Context, domains []string) backlink.Answer {
		return backlink.Answer{Domain: domains[0], Outcome: says}
	}
	for outcome, want := range map[backlink.Outcome]string{
		backlink.Unknown:   "could not be checked",
		backlink.Confirmed: "</bdi> itself says that its certificates are checked at <bdi>example.org</bdi>",
		backlink.Elsewhere: "names other places",
		backlink.Silent:    "does not say where",
	} {
		says = outcome
		page := get(t, e, "/c/"+string(n)).Body.Bytes()
		sound(t, page)
		require.Contains(t, string(page), want)
		require.Contains(t, string(page), `href="https://nordlys.example/.well-known/bonafide.json"`)
		require.NotContains(t, string(page), "</script><script>x")
	}
	for _, tag := range wording.Tags() {
		page := get(t, e, "/c/"+string(n)+"?lang="+tag).Body.String()
		for _, file := range []string{"badge.svg", "badge.png", "certificate.pdf"} {
			require.Contains(t, page, `href="https://example.org/c/`+string(n)+"/"+file+`"`, tag)
		}
		require.NotContains(t, page, "{host}", tag)
		if tag != wording.English {
			require.NotContains(t, page, "Show it elsewhere", tag)
		}
	}
	require.NotContains(t, get(t, e, "/c/"+string(n)+"?at=2026-06-01").Body.String(), `id="share"`, "pictures tell of today alone")
}

// TestNothingIsOfferedOfAnAlteredRecord: its page has pictures that say so, and
// neither a profile to add it to nor data for machines.
func TestNothingIsOfferedOfAnAlteredRecord(t *testing.T) {
	n := number(t)
	r := bonaFide(n)
	r.Verdict, r.Authenticity = verify.NotAuthentic, verify.Inauthentic
	site, e := serve(t, r)
	var err error
	site.Pictures, err = picture.NewStudio()
	require.NoError(t, err)
	site.Credential = func(context.Context, string) (string, error) { t.Fatal("asked for"); return "", nil }
	page := get(t, e, "/c/"+string(n)).Body.String()
	require.NotContains(t, page, "linkedin.com/profile")
	require.NotContains(t, page, "ld+json")
	svg := get(t, e, "/c/"+string(n)+"/badge.svg").Body.String()
	require.Contains(t, svg, "Not authentic")
	require.NotContains(t, svg, r.Certificate.Scheme.Name)
	if name := r.Certificate.Holder.Name; name != "" {
		require.False(t, strings.Contains(svg, name))
	}
}
