package intake_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/intake"
	"github.com/bonafide-dev/bonafide/pkg/badge"
)

const (
	token    = "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln"
	document = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"]}`
)

// fixture reads third-party test data, which is not part of the project.
func fixture(t *testing.T, path ...string) []byte {
	dir := os.Getenv("BONAFIDE_FIXTURES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data", "fixtures")
	}
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("third-party test data not found at %s", dir)
		}
		t.Skipf("third-party test data not found at %s: NOT TESTED against it (set BONAFIDE_FIXTURES)", dir)
	}
	data, err := os.ReadFile(filepath.Join(append([]string{dir}, path...)...))
	require.NoError(t, err)
	return data
}

// pdf writes a file of the objects; object 1 is the catalogue.
func pdf(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	at := make([]int, len(objects))
	for i, o := range objects {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, x := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", x)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

func stream(dict, data string) string {
	return fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

func deflated(data string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(data)) // into memory
	_ = z.Close()
	return b.String()
}

// page is a PDF of one page that shows the content, with attachments.
func page(content string, annotations string, attachments ...string) []byte {
	objects := []string{
		"", "<</Type /Pages /Kids [3 0 R] /Count 1>>",
		"<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources <<>> /Annots [" + annotations + "]>>",
		stream("/Filter /FlateDecode", deflated(content)),
	}
	names := ""
	for i, a := range attachments {
		n := len(objects) + 1
		objects = append(objects, fmt.Sprintf("<</Type /Filespec /F (a%d) /UF (a%d) /EF <</F %d 0 R>>>>", i, i, n+1), stream("/Type /EmbeddedFile /Filter /FlateDecode", deflated(a)))
		names += fmt.Sprintf("(a%d) %d 0 R ", i, n)
	}
	objects[0] = "<</Type /Catalog /Pages 2 0 R"
	if names != "" {
		objects[0] += " /Names <</EmbeddedFiles <</Names [" + names + "]>>>>"
	}
	objects[0] += ">>"
	return pdf(objects...)
}

// fontPage is a PDF whose text is in the codes of a font that says what they mean.
func fontPage(content, cmap string) []byte {
	return pdf("<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Kids [3 0 R] /Count 1 /Resources <</Font <</F7 5 0 R>>>>>>",
		"<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents [4 0 R]>>", stream("", content),
		"<</Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /ToUnicode 6 0 R>>", stream("/Filter /FlateDecode", deflated(cmap)))
}

const cmap = `/CIDInit /ProcSet findresource begin 1 begincodespacerange <0000> <FFFF> endcodespacerange
1 beginbfrange <0100> <017F> <0000> <0200> <0202> [<0061> <0062> <0063>] endbfrange
2 beginbfchar <0300> <0066 0069> <040000> <0061> endbfchar
1 beginbfrange <00000000> <FFFFFFFF> <0061> endbfrange`

func coded(text, format string) string {
	out := ""
	for _, b := range []byte(text) {
		out += fmt.Sprintf(format, b)
	}
	return out
}

func baked(t *testing.T, text string) []byte {
	out, err := badge.BakeSVG([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>`), text)
	require.NoError(t, err)
	return out
}

func TestRead(t *testing.T) {
	const link = `<</Type /Annot /Subtype /Link /Rect [0 0 9 9] /A <</S /URI /URI (https://example.org/c/7K3M)>>>>`
	for name, x := range map[string]struct {
		data      []byte
		text      string
		addresses []string
	}{
		"token":                    {[]byte("\uFEFF  " + token + "\r\n"), token, nil},
		"document":                 {[]byte("\n" + document + "\n"), document, nil},
		"older document":           {[]byte(`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion"}`), `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion"}`, nil},
		"address":                  {[]byte(" https://example.org/c/7K3M "), "", []string{"https://example.org/c/7K3M"}},
		"address without scheme":   {[]byte("www.example.org/c/7K3M"), "", []string{"https://www.example.org/c/7K3M"}},
		"picture":                  {baked(t, token), token, nil},
		"picture with document":    {baked(t, document), document, nil},
		"picture with address":     {[]byte(`<svg><o:assertion xmlns:o="http://openbadges.org" verify="https://example.org/a"/></svg>`), "", []string{"https://example.org/a"}},
		"PDF with token":           {page("", "", "notes", token), token, nil},
		"PDF with document":        {page("(https://example.org/c/7K3M) Tj", link, "", "\x00\x01", document), document, nil},
		"PDF with picture":         {page("", "", string(baked(t, token))), token, nil},
		"PDF with link":            {page("", link), "", []string{"https://example.org/c/7K3M"}},
		"PDF with text":            {page("BT (See https://example.org/c/7K3M.) Tj (Issued) Tj ET", ""), "", []string{"https://example.org/c/7K3M"}},
		"PDF with kerned text":     {page("BT [(https://exam) -20 (ple.org/c/) 3 (7K3M)] TJ ET", ""), "", []string{"https://example.org/c/7K3M"}},
		"PDF with hexadecimal":     {page("BT <68747470733a2f2f6578616d706c652e6f72672f632f374b334d> Tj ET", ""), "", []string{"https://example.org/c/7K3M"}},
		"PDF with junk before it":  {append([]byte("\n\n"), page("", "", token)...), token, nil},
		"PDF with escaped text":    {page(`BT (\(see (https://example.org/c/7K3M\)\\) \051) Tj % (http://no)`+"\n"+`ET`, ""), "", []string{"https://example.org/c/7K3M"}},
		"PDF with a font's codes":  {fontPage("BT /F7 12 Tf <"+coded("https://example.org/c/7K3M", "01%02X")+"> Tj ET", cmap), "", []string{"https://example.org/c/7K3M"}},
		"PDF with codes escaped":   {fontPage("BT /F7 12 Tf ("+coded("https://example.org/", `\001\%03o`)+") Tj ET", cmap), "", []string{"https://example.org/"}},
		"PDF with codes of a list": {fontPage("BT /F7 12 Tf [<"+coded("https://", "01%02X")+"> 3 <020002010202030001610200>] TJ ET", cmap), "", []string{"https://abcfiaa"}},
		"PDF with two fonts":       {fontPage("BT /F7 12 Tf <0161> Tj /F9 12 Tf (https://example.org/) Tj ET", cmap), "", []string{"https://example.org/"}},
		"PDF within PDF is no use": {page("", link, string(page("", "", token))), "", []string{"https://example.org/c/7K3M"}},
	} {
		got, err := intake.New().Read(context.Background(), x.data)
		require.NoError(t, err, name)
		require.Equal(t, x.text, got.Credential, name)
		require.Equal(t, x.addresses, got.Addresses, name)
		require.Equal(t, strings.HasPrefix(name, "PDF") && x.text == "", got.Loose, name)
	}
}

func TestFixtures(t *testing.T) {
	for file, begins := range map[string]string{
		"ob30-1edtech-validator/simple-json.png":                   "{",
		"ob30-1edtech-validator/simple-jwt.png":                    "eyJ",
		"ob30-1edtech-validator/simple-jwt.svg":                    "eyJ",
		"ob30-1edtech-validator/simple.jwt":                        "eyJ",
		"ob30-1edtech-validator/simple.json":                       "{",
		"ob20-1edtech-validator/simple-badge.png":                  "{",
		"ob20-1edtech-validator/simple.jwt":                        "eyJ",
		"ob20-1edtech-validator/basic-assertion.json":              "{",
		"vc-di-eddsa-vectors/proof-set-chain/signedProofSet2.json": "{",
	} {
		got, err := intake.New().Read(context.Background(), fixture(t, strings.Split(file, "/")...))
		require.NoError(t, err, file)
		require.True(t, strings.HasPrefix(got.Credential, begins), file)
	}
}

// TestUnreadable: every refusal says what to hand in instead.
func TestUnreadable(t *testing.T) {
	loop := pdf("<</Type /Catalog /Pages 2 0 R /Names <</EmbeddedFiles 3 0 R>>>>", "<</Type /Pages /Kids [2 0 R] /Count 1>>", "<</Kids [3 0 R]>>")
	for name, data := range map[string][]byte{
		"nothing":              nil,
		"space":                []byte(" \n\t"),
		"prose":                []byte("Certified by everyone"),
		"two parts":            []byte("eyJh.eyJh"),
		"a fraction":           []byte("1/2"),
		"points alone":         []byte("../../etc/passwd"),
		"a path":               []byte("/etc/ssl/a.pem"),
		"binary":               {0, 1, 2, 3},
		"not UTF-8":            []byte("\xff\xfe{\x00"),
		"broken JSON":          []byte(`{"@context":`),
		"JSON twice":           []byte(`{"type":"a","type":"b"}`),
		"JSON of another kind": []byte(`{"name":"x"}`),
		"deep JSON":            []byte(`{"type":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`),
		"picture without":      []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
		"picture with prose":   baked(t, "hello"),
		"damaged picture":      []byte("\x89PNG\r\n\x1a\nxxxx"),
		"too large":            bytes.Repeat([]byte("a"), intake.MaxFile+1),
		"PDF without":          page("BT (Certificate) Tj ET", ""),
		"PDF of nothing":       []byte("%PDF-1.7"),
		"PDF that loops":       loop,
		"PDF with a bomb":      page("", "", strings.Repeat("0", 12<<20)),
		"PDF bomb on a page":   page(strings.Repeat("(https://a.b/) ", 1<<20), ""),
		"PDF with odd table":   []byte("%PDF-1.7\nxref\n0 99999999\n0000000000 65535 f \ntrailer\n<</Size 99999999 /Root 1 0 R>>\nstartxref\n9\n%%EOF"),
		"PDF without end":      page("", "", token)[:300],
	} {
		start := time.Now()
		got, err := intake.New().Read(context.Background(), data)
		var unreadable *intake.UnreadableError
		require.ErrorAs(t, err, &unreadable, name)
		require.Zero(t, got, name)
		require.Regexp(t, `(hand in|download|type) .+`, err.Error(), name)
		require.Less(t, time.Since(start), 10*time.Second, name)
	}
}

func TestAlternates(t *testing.T) {
	const html = `<!doctype html><title>x</title>
<LINK REL="canonical Alternate" TYPE="application/json; charset=utf-8" HREF="/api/1">
<link rel=alternate type="application/vc+jwt" href="/c/1/jwt">
<link rel=alternate type="application/vp" href="1/bundle">
<link rel=alternate type="application/vp" href="https://elsewhere.example/bundle">
<link rel=alternate type="application/vp" href="http://example.org/bundle">
<link rel=alternate type="application/vp" href="javascript:alert(1)">
<link rel=alternate type="text/html" href="/x"><link rel=stylesheet type="application/vp" href="/x"><link rel=alternate type="application/vp">
<!-- <link rel=alternate type="application/vp" href="/comment"> --><script>"<link rel=alternate type='application/vp' href='/script'>"</script>`
	require.Equal(t, []string{"https://example.org/c/1/bundle", "https://example.org/c/1/jwt", "https://example.org/api/1"},
		intake.Alternates([]byte(html), "https://example.org/c/1"))
	require.Empty(t, intake.Alternates([]byte("<html>"), "https://example.org/"))
	require.Len(t, intake.Alternates([]byte(strings.Repeat(`<link rel=alternate type="application/vp" href="/x">`, 10_000)), "https://example.org/"), 64)
}

func FuzzRead(f *testing.F) {
	for _, seed := range [][]byte{page("BT (https://example.org/c/7K3M) Tj ET", "", token), []byte(token), []byte(document), []byte("https://example.org/")} {
		f.Add(seed)
	}
	desk := intake.New()
	f.Fuzz(func(t *testing.T, data []byte) {
		start := time.Now()
		item, err := desk.Read(context.Background(), data)
		require.Less(t, time.Since(start), 4*time.Second)
		require.Equal(t, err != nil, item.Credential == "" && len(item.Addresses) == 0)
	})
}
