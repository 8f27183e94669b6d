package intake_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

// shelf answers from memory, as the documents and the network do.
type shelf map[string]fetch.Answer

// Get implements fetch.Reader.
func (s shelf) Get(_ context.Context, address string, _ fetch.Kind) (fetch.Answer, error) {
	a, ok := s[address]
	if !ok {
		return fetch.Answer{}, verify.ErrUnobtainable
	}
	if a.Address == "" {
		a.Address = address
	}
	return a, nil
}

func page1(head string) fetch.Answer {
	return fetch.Answer{Type: "text/html", Body: []byte("<!doctype html><html><head>" + head + "</head><body>Congratulations</body></html>")}
}

func TestFollow(t *testing.T) {
	const at, jwt = "https://example.org/share/1", `<link rel="alternate" type="application/vc+jwt" href="/jwt">`
	schema := `<script type="application/ld+json">{"@context":"https://schema.org","@type":"EducationalOccupationalCredential"}</script>`
	for name, x := range map[string]struct {
		shelf shelf
		text  string
	}{
		"a token":             {shelf{at: {Type: "text/plain", Body: []byte(token + "\n")}}, token},
		"a document":          {shelf{at: {Type: "application/json", Body: []byte(document)}}, document},
		"a picture":           {shelf{at: {Type: "image/svg+xml", Body: baked(t, token)}}, token},
		"a PDF":               {shelf{at: {Type: "application/pdf", Body: page("", "", token)}}, token},
		"a page with a link":  {shelf{at: page1(jwt), "https://example.org/jwt": {Type: "text/plain", Body: []byte(token)}}, token},
		"a page elsewhere":    {shelf{at: {Address: "https://example.net/x", Type: "text/html", Body: page1(jwt).Body}, "https://example.net/jwt": {Type: "text/plain", Body: []byte(token)}}, token},
		"a page with data":    {shelf{at: page1(schema + `<script type="application/ld+json"> ` + document + ` </script>`)}, document},
		"a broken first link": {shelf{at: page1(`<link rel=alternate type="application/vp" href="/gone">` + jwt), "https://example.org/jwt": {Type: "text/plain", Body: []byte(token)}}, token},
		"a link to a page":    {shelf{at: page1(`<link rel=alternate type="application/vp" href="/p">` + jwt), "https://example.org/p": page1(""), "https://example.org/jwt": {Type: "text/plain", Body: []byte(token)}}, token},
		"an older badge":      {shelf{at: page1(`<script type="application/json">` + older + `</script>`)}, older},
	} {
		item, err := intake.New().Follow(context.Background(), at, fetch.NewSource(x.shelf))
		require.NoError(t, err, name)
		require.Equal(t, x.text, item.Credential, name)
	}
	for name, x := range map[string]shelf{
		"a page without":         {at: page1(schema)},
		"another host's form":    {at: page1(`<link rel="alternate" type="application/vc+jwt" href="https://elsewhere.example/jwt">`), "https://elsewhere.example/jwt": {Type: "text/plain", Body: []byte(token)}},
		"an address again":       {at: {Type: "text/plain", Body: []byte("https://example.org/2")}},
		"prose":                  {at: {Type: "text/plain", Body: []byte("hello")}},
		"PDF with an address":    {at: {Type: "application/pdf", Body: page("(https://example.org/2) Tj", "")}},
		"the fourth form":        {at: page1(strings.Repeat(`<link rel=alternate type="application/vp" href="/gone">`, 3) + jwt), "https://example.org/jwt": {Type: "text/plain", Body: []byte(token)}},
		"a script that is none":  {at: page1(`<script type="application/ld+json">{"a":</script><script>` + document + `</script>`)},
		"a credential in a note": {at: page1(`<!-- <script type="application/ld+json">` + document + `</script> -->`)},
	} {
		item, err := intake.New().Follow(context.Background(), at, fetch.NewSource(x))
		var unreadable *intake.UnreadableError
		require.ErrorAs(t, err, &unreadable, name)
		require.Zero(t, item, name)
		remedy, ok := intake.Remedy(err)
		require.True(t, ok)
		require.Regexp(t, "hand in", remedy, name)
	}
	item, err := intake.New().Follow(context.Background(), "http://example.org/old", fetch.NewSource(shelf{"https://example.org/old": {Type: "text/plain", Body: []byte(token)}}))
	require.NoError(t, err, "an old link is read over https")
	require.Equal(t, token, item.Credential)
	_, err = intake.New().Follow(context.Background(), at, fetch.NewSource(shelf{}))
	require.ErrorIs(t, err, verify.ErrUnobtainable)
}

const older = `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://example.org/a","badge":"https://example.org/b"}`

func FuzzFollow(f *testing.F) {
	f.Add([]byte(`<link rel=alternate type="application/vp" href="/x"><script type="application/ld+json">` + document + `</script>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		item, err := intake.New().Follow(context.Background(), "https://example.org/", fetch.NewSource(shelf{"https://example.org/": {Type: "text/html", Body: body}}))
		require.Equal(t, err != nil, item.Credential == "")
	})
}
