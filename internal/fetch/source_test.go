package fetch_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/fetch"
	"github.com/bonafide-dev/bonafide/pkg/verify"
)

var _ verify.Source = (*fetch.Source)(nil)

const multikey = "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"

func controller(id string) string {
	return `{"id":"` + id + `","assertionMethod":[{"id":"` + id + `#k","type":"Multikey","controller":"` + id + `","publicKeyMultibase":"` + multikey + `"}]}`
}

// folder writes documents, one a file.
func folder(t *testing.T, files map[string]string) string {
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return dir
}

func TestDocuments(t *testing.T) {
	d, err := fetch.ReadDocuments(folder(t, map[string]string{
		"a.json":          controller("https://example.com/issuers/1"),
		"b.JSON":          controller("did:web:example.org"),
		"deep/c.jsonld":   `{"address":"https://example.com/context","document":{"@context":{"a":"urn:a"}}}`,
		"list.json":       `{"address":"https://example.com/list","document":"eyJh.eyJh.c2ln"}`,
		"d.json":          `{"address":"https://example.net/.well-known/did.json","document":` + controller("did:web:example.net") + `}`,
		"package.json":    `{"name":"x"}`,
		"picture.png":     "\x89PNG",
		"envelope2.json":  `{"id":"https://example.com/both","address":"Main Street 1"}`,
		"http/older.json": `{"id":"http://example.org/key1.json"}`,
	}))
	require.NoError(t, err)
	src := fetch.NewSource(d)
	for _, id := range []string{"https://example.com/issuers/1", "did:web:example.org", "did:web:example.net"} {
		keys, err := src.Controller(context.Background(), id)
		require.NoError(t, err, id)
		require.Len(t, keys, 1)
		require.Equal(t, id+"#k", keys[0].JWK.KeyID())
	}
	list, err := src.StatusList(context.Background(), "https://example.com/list", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.Equal(t, "eyJh.eyJh.c2ln", list)
	held, ok := d.Context("https://example.com/context")
	require.True(t, ok)
	require.JSONEq(t, `{"@context":{"a":"urn:a"}}`, string(held))
	for _, address := range []string{"http://example.org/key1.json", "https://example.com/both", "https://example.com/issuers/1#k"} {
		_, err = d.Get(context.Background(), address, fetch.Data)
		require.NoError(t, err, address)
	}
	for _, address := range []string{"https://example.com/", "Main Street 1", ""} {
		_, err = d.Get(context.Background(), address, fetch.Data)
		require.ErrorIs(t, err, verify.ErrUnobtainable, address)
	}
	_, err = new(fetch.Documents).Get(context.Background(), "https://example.com/", fetch.Data)
	require.ErrorIs(t, err, verify.ErrUnobtainable)
}

func TestDocumentsRefused(t *testing.T) {
	for says, files := range map[string]map[string]string{
		"is not JSON":               {"a.json": "{"},
		"stands twice":              {"a.json": `{"id":"a","id":"b"}`},
		"neither a document":        {"a.json": `[1]`},
		"another file is for":       {"a.json": `{"id":"urn:a"}`, "b.json": `{"address":"urn:a","document":{}}`},
		"for https://example.org/.": {"a.json": `{"id":"did:web:example.org"}`, "b.json": `{"id":"https://example.org/.well-known/did.json"}`},
		"larger than":               {"a.json": `{"id":"` + strings.Repeat("a", 5<<20) + `"}`},
	} {
		_, err := fetch.ReadDocuments(folder(t, files))
		require.ErrorContains(t, err, says)
	}
	_, err := fetch.ReadDocuments(filepath.Join(t.TempDir(), "none"))
	require.ErrorContains(t, err, "reading documents")
}

func TestSource(t *testing.T) {
	var asked []string
	w := open(t, false, func(rw http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Host+r.URL.RequestURI())
		rw.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/.well-known/did.json":
			fmt.Fprint(rw, controller("did:web:"+r.Host))
		case "/other/did.json":
			fmt.Fprint(rw, controller("did:web:elsewhere.example"))
		case "/jwk":
			fmt.Fprint(rw, `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`)
		case "/list":
			fmt.Fprint(rw, " eyJh.eyJh.c2ln\n")
		default:
			fmt.Fprint(rw, `{"kty":"oct","k":"c2VjcmV0"}`)
		}
	})
	ctx := context.Background()
	src := fetch.NewSource(w.client.For(""))
	keys, err := src.Controller(ctx, "did:web:example.com")
	require.NoError(t, err)
	require.Equal(t, "did:web:example.com#k", keys[0].JWK.KeyID())
	keys, err = src.Controller(ctx, "https://example.com/jwk")
	require.NoError(t, err)
	require.Equal(t, "https://example.com/jwk", keys[0].JWK.KeyID())
	for _, id := range []string{"did:web:example.com:other", "https://example.com/secret", "did:example:1", "did:web:10.0.0.1", "did:web:localhost", "did:web:example.com%3A22", "https://example.com/a?b"} {
		keys, err = src.Controller(ctx, id)
		require.ErrorIs(t, err, verify.ErrUnobtainable, id)
		require.Empty(t, keys)
		require.NotContains(t, err.Error(), "c2VjcmV0")
	}
	src, asked = fetch.NewSource(w.client.For("")), nil
	for _, at := range []time.Time{time.Now(), time.Now().AddDate(0, 0, 1), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), {}} {
		list, err := src.StatusList(ctx, "https://example.com/list?a=b", at)
		require.NoError(t, err)
		require.Equal(t, "eyJh.eyJh.c2ln", list)
	}
	require.Equal(t, []string{"example.com/list?a=b", "example.com/list?a=b&timestamp=2026-01-02T03%3A04%3A05Z"}, asked)
	statements, err := src.Statements(ctx, "did:web:example.com")
	require.NoError(t, err)
	require.Empty(t, statements)
}

// TestBudget: one verification reads twenty documents and no more; what it read
// before costs nothing.
func TestBudget(t *testing.T) {
	w := open(t, false, document)
	src := fetch.NewSource(w.client.For(""))
	answered := 0
	for i := range 30 {
		_, err := src.Get(context.Background(), fmt.Sprintf("https://example.com/%d", i), fetch.Data)
		if err == nil {
			answered++
			continue
		}
		require.ErrorIs(t, err, fetch.ErrBudget)
	}
	require.Equal(t, 20, answered)
	require.EqualValues(t, 20, w.asked.Load())
	again, err := src.Get(context.Background(), "https://example.com/0", fetch.Data)
	require.NoError(t, err)
	require.NotEmpty(t, again.Body)
	require.EqualValues(t, 20, w.asked.Load())
}
