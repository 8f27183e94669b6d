package badge_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/pkg/badge"
)

const (
	token    = "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln"
	document = `{"type":["VerifiableCredential"],"name":"a <b> & ]]> ü 中"}`
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

// picture is a small PNG, with further chunks before its IEND.
func picture(t testing.TB, extra ...[]byte) []byte {
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))))
	end := b.Len() - 12
	out := append([]byte{}, b.Bytes()[:end]...)
	for _, x := range extra {
		out = append(out, x...)
	}
	return append(out, b.Bytes()[end:]...)
}

func chunk(kind, data string) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func deflated(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(s)) // into memory
	_ = z.Close()
	return b.String()
}

func svg(inner string) []byte {
	return []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9">` + inner + `<rect/></svg>`)
}

func TestThereAndBack(t *testing.T) {
	for _, text := range []string{token, document} {
		for _, bake := range []func([]byte, string) ([]byte, error){badge.BakePNG, badge.BakeSVG} {
			for _, source := range [][]byte{picture(t), svg(""), svg("<!-- c -->")} {
				if out, err := bake(source, text); err == nil {
					got, err := badge.Extract(out)
					require.NoError(t, err)
					require.Equal(t, badge.Content{Version: badge.OpenBadges3, Text: text}, got)
					again, err := bake(out, token+"x")
					require.NoError(t, err)
					got, err = badge.Extract(again)
					require.NoError(t, err)
					require.Equal(t, token+"x", got.Text, "the older one must be gone")
					require.Equal(t, 1, strings.Count(string(again), "openbadgecredential\x00")+strings.Count(string(again), "<openbadges:credential"))
				} else {
					require.ErrorIs(t, err, badge.ErrNotPicture)
				}
			}
		}
	}
}

func TestBakedPictureStillDecodes(t *testing.T) {
	out, err := badge.BakePNG(fixture(t, "ob20-1edtech-validator", "simple-badge.png"), token)
	require.NoError(t, err)
	_, err = png.Decode(bytes.NewReader(out))
	require.NoError(t, err)
	require.NotContains(t, string(out), "w3id.org/openbadges", "the older badge must be gone")
}

func TestFixtures(t *testing.T) {
	for file, want := range map[string]struct {
		version badge.Version
		begins  string
	}{
		"ob30-1edtech-validator/simple-json.png":  {badge.OpenBadges3, "{  \"@context\""},
		"ob30-1edtech-validator/simple-jwt.png":   {badge.OpenBadges3, "eyJhbGciOiJSUzI1NiIsImp3ayI6"},
		"ob30-1edtech-validator/simple-jwt.svg":   {badge.OpenBadges3, "eyJhbGciOiJSUzI1NiIsImp3ayI6"},
		"ob20-1edtech-validator/simple-badge.png": {badge.OpenBadges2, `{"@context":"https://w3id.org/openbadges/v2"`},
	} {
		got, err := badge.Extract(fixture(t, strings.Split(file, "/")...))
		require.NoError(t, err, file)
		require.Equal(t, want.version, got.Version, file)
		require.True(t, strings.HasPrefix(got.Text, want.begins), "%s: %.40s", file, got.Text)
	}
	_, err := badge.Extract(fixture(t, "ob20-1edtech-validator", "assets", "robotics-badge.png"))
	require.ErrorIs(t, err, badge.ErrNoCredential)
}

func TestPNG(t *testing.T) {
	itxt := func(keyword, text string) []byte { return chunk("iTXt", keyword+"\x00\x00\x00\x00\x00"+text) }
	whole := picture(t, itxt("openbadgecredential", token))
	broken := bytes.Replace(whole, []byte(token), []byte("f"+token[1:]), 1)
	huge := bytes.Replace(whole, chunk("IEND", ""), []byte("\xff\xff\xff\xf0iTXt"), 1)
	for name, x := range map[string]struct {
		picture []byte
		text    string
		fault   error
	}{
		"first of two":            {picture(t, itxt("openbadgecredential", token), itxt("openbadgecredential", document)), token, nil},
		"the newer edition":       {picture(t, itxt("openbadges", document), itxt("openbadgecredential", token)), token, nil},
		"older edition":           {picture(t, itxt("openbadges", document)), document, nil},
		"older edition, address":  {picture(t, chunk("tEXt", "openbadges\x00https://example.org/a.json")), "https://example.org/a.json", nil},
		"newer edition in tEXt":   {picture(t, chunk("tEXt", "openbadgecredential\x00"+token)), "", badge.ErrNoCredential},
		"language and title":      {picture(t, chunk("iTXt", "openbadgecredential\x00\x00\x00en\x00Ausweis\x00"+token)), token, nil},
		"compressed":              {picture(t, chunk("iTXt", "openbadgecredential\x00\x01\x00\x00\x00"+deflated(token))), token, nil},
		"a bomb":                  {picture(t, chunk("iTXt", "openbadgecredential\x00\x01\x00\x00\x00"+deflated(strings.Repeat("0", 8<<20)))), "", badge.ErrDamaged},
		"unknown compression":     {picture(t, chunk("iTXt", "openbadgecredential\x00\x01\x07\x00\x00"+deflated(token))), "", badge.ErrDamaged},
		"not inflatable":          {picture(t, chunk("iTXt", "openbadgecredential\x00\x01\x00\x00\x00zzzz")), "", badge.ErrDamaged},
		"cut short":               {picture(t, chunk("iTXt", "openbadgecredential\x00\x00\x00")), "", badge.ErrDamaged},
		"not text":                {picture(t, itxt("openbadgecredential", "\xff\xfe")), "", badge.ErrDamaged},
		"too long":                {picture(t, itxt("openbadgecredential", strings.Repeat("0", badge.MaxText+1))), "", badge.ErrDamaged},
		"wrong checksum":          {broken, "", badge.ErrDamaged},
		"longer than the file":    {huge, "", badge.ErrDamaged},
		"without end":             {whole[:len(whole)-12], "", badge.ErrDamaged},
		"signature alone":         {whole[:8], "", badge.ErrDamaged},
		"not beginning with IHDR": {append(append([]byte{}, whole[:8]...), chunk("IEND", "")...), "", badge.ErrDamaged},
		"chunks without end":      {picture(t, bytes.Repeat(chunk("tEXt", ""), badge.MaxChunks)), "", badge.ErrDamaged},
		"behind the end":          {append(picture(t), itxt("openbadgecredential", token)...), "", badge.ErrNoCredential},
		"none":                    {picture(t), "", badge.ErrNoCredential},
	} {
		got, err := badge.Extract(x.picture)
		require.ErrorIs(t, err, x.fault, name)
		require.Equal(t, x.text, got.Text, name)
	}
}

func TestSVG(t *testing.T) {
	const ob3, ob2 = ` xmlns:o="https://purl.imsglobal.org/ob/v3p0"`, ` xmlns:o="http://openbadges.org"`
	for name, x := range map[string]struct {
		picture string
		text    string
		fault   error
	}{
		"newer":                  {`<svg` + ob3 + `><o:credential verify="` + token + `"></o:credential></svg>`, token, nil},
		"newer, document":        {`<svg` + ob3 + `><o:credential><![CDATA[ {"a":1} ]]></o:credential></svg>`, `{"a":1}`, nil},
		"newer, both":            {`<svg` + ob3 + `><o:credential verify="` + token + `">{"a":1}</o:credential></svg>`, token, nil},
		"older, signed":          {`<svg` + ob2 + `><o:assertion verify="` + token + `"/></svg>`, token, nil},
		"older, hosted":          {`<svg` + ob2 + `><o:assertion verify="https://example.org/a"><![CDATA[{"a":1}]]></o:assertion></svg>`, `{"a":1}`, nil},
		"older, address":         {`<svg` + ob2 + `><o:assertion verify="https://example.org/a"/></svg>`, `https://example.org/a`, nil},
		"both editions":          {`<svg><o:assertion` + ob2 + ` verify="x"/><o:credential` + ob3 + ` verify="y"/></svg>`, "y", nil},
		"deep inside":            {`<svg` + ob3 + `><g><metadata><o:credential verify="y"/></metadata></g></svg>`, "y", nil},
		"another namespace":      {`<svg xmlns:o="https://example.org/"><o:credential verify="y"/></svg>`, "", badge.ErrNoCredential},
		"script":                 {`<svg` + ob3 + `><script>alert(1)</script><o:credential verify="y" onload="alert(1)"/></svg>`, "y", nil},
		"drawing program":        {`<!DOCTYPE svg [<!ENTITY ns "http://x/">]><svg xmlns:x="&ns;"` + ob3 + `><o:credential verify="y"/></svg>`, "y", nil},
		"entity stays as it is":  {`<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg` + ob3 + `><o:credential>&a;</o:credential></svg>`, "&a;", nil},
		"entities of entities":   {`<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><svg` + ob3 + `><o:credential verify="&b;"/></svg>`, "&b;", nil},
		"not closed":             {`<svg` + ob3 + `><o:credential verify="y"`, "", badge.ErrDamaged},
		"too long":               {`<svg` + ob3 + `><o:credential>` + strings.Repeat("0", badge.MaxText+1) + `</o:credential></svg>`, "", badge.ErrDamaged},
		"another root":           {`<html><svg` + ob3 + `><o:credential verify="y"/></svg></html>`, "", badge.ErrNotPicture},
		"Latin-1 without accent": {`<?xml version="1.0" encoding="ISO-8859-1"?><svg` + ob3 + `><o:credential verify="y"/></svg>`, "y", nil},
		"Latin-1 with accent":    {`<?xml version="1.0" encoding="ISO-8859-1"?><svg` + ob3 + `><o:credential verify="` + "\xe9" + `"/></svg>`, "", badge.ErrDamaged},
		"none":                   {`<svg/>`, "", badge.ErrNoCredential},
		"empty":                  {`<svg` + ob3 + `><o:credential/></svg>`, "", badge.ErrNoCredential},
	} {
		got, err := badge.Extract([]byte(x.picture))
		require.ErrorIs(t, err, x.fault, name)
		require.Equal(t, x.text, got.Text, name)
	}
	for _, other := range []string{"", "GIF89a", "{}", "  ", "<p>", token} {
		_, err := badge.Extract([]byte(other))
		require.ErrorIs(t, err, badge.ErrNotPicture, other)
	}
}

// TestBakeSVGKeepsThePicture: only what must be added is.
func TestBakeSVGKeepsThePicture(t *testing.T) {
	out, err := badge.BakeSVG([]byte("<?xml version='1.0'?>\n<!-- <svg> -->\n<svg\n\twidth=\"1\"><g/></svg>\n"), token)
	require.NoError(t, err)
	require.Equal(t, "<?xml version='1.0'?>\n<!-- <svg> -->\n<svg xmlns:openbadges=\"https://purl.imsglobal.org/ob/v3p0\"\n\twidth=\"1\">\n"+
		`<openbadges:credential verify="`+token+`"></openbadges:credential><g/></svg>`+"\n", string(out))
	out, err = badge.BakeSVG([]byte(`<svg xmlns:openbadges="http://openbadges.org"><openbadges:assertion verify="x"/><g/></svg>`), document)
	require.NoError(t, err)
	got, err := badge.Extract(out)
	require.NoError(t, err)
	require.Equal(t, badge.Content{Version: badge.OpenBadges3, Text: document}, got)
	require.NotContains(t, string(out), "assertion")
	for _, bad := range []string{"<svg/>", "<p/>"} {
		_, err := badge.BakeSVG([]byte(bad), token)
		require.Error(t, err, bad)
	}
	for _, text := range []string{"", " ", "\xff", "a\x00", strings.Repeat("0", badge.MaxText+1)} {
		_, err := badge.BakeSVG(svg(""), text)
		require.ErrorContains(t, err, "baking")
		_, err = badge.BakePNG(picture(t), text)
		require.ErrorContains(t, err, "baking")
	}
}

// tool runs an independent program that knows PNG.
func tool(t *testing.T, name string, args ...string) string {
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed: NOT TESTED against it (Debian: pngcheck, libimage-exiftool-perl)", name)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

func TestOtherProgramsAgree(t *testing.T) {
	path := filepath.Join(t.TempDir(), "badge.png")
	out, err := badge.BakePNG(picture(t), token)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, out, 0o600))
	t.Run("pngcheck", func(t *testing.T) { require.Contains(t, tool(t, "pngcheck", "-v", path), "openbadgecredential") })
	t.Run("exiftool", func(t *testing.T) {
		require.Equal(t, token, tool(t, "exiftool", "-b", "-Openbadgecredential", path))
	})
}

func FuzzExtract(f *testing.F) {
	f.Add(picture(f, chunk("iTXt", "openbadgecredential\x00\x01\x00\x00\x00"+deflated(token))))
	f.Add([]byte(`<svg xmlns:o="http://openbadges.org"><o:assertion verify="x"><![CDATA[{}]]></o:assertion></svg>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := badge.Extract(data)
		require.Equal(t, err != nil, c.Text == "" || c.Version == 0)
		require.LessOrEqual(t, len(c.Text), badge.MaxText)
		for _, bake := range []func([]byte, string) ([]byte, error){badge.BakePNG, badge.BakeSVG} {
			out, err := bake(data, token)
			if err != nil {
				continue
			}
			got, err := badge.Extract(out)
			require.NoError(t, err)
			require.Equal(t, token, got.Text)
		}
	})
}
