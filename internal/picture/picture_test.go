package picture_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/picture"
)

func studio(t testing.TB) *picture.Studio {
	t.Helper()
	s, err := picture.NewStudio(filepath.Join(t.TempDir(), "missing"), "/usr/share/fonts")
	require.NoError(t, err)
	return s
}

// TestEveryFaceIsDrawn: no name breaks a picture. Where BONAFIDE_TEST_LOOK names
// a folder, the pictures are left there to be looked at.
func TestEveryFaceIsDrawn(t *testing.T) {
	s := studio(t)
	for name, f := range faces() {
		for kind, draw := range map[string]func(context.Context, picture.Face) ([]byte, error){
			"badge.svg": s.BadgeSVG, "badge.png": s.BadgePNG, "card.png": s.CardPNG,
			"certificate.pdf": func(ctx context.Context, f picture.Face) ([]byte, error) { return s.PDF(ctx, f, "a.b.c") },
		} {
			b, err := draw(t.Context(), f)
			require.NoError(t, err, "%s %s", name, kind)
			if folder := os.Getenv("BONAFIDE_TEST_LOOK"); folder != "" {
				require.NoError(t, os.WriteFile(filepath.Join(folder, name+"-"+kind), b, 0o600))
			}
			switch filepath.Ext(kind) {
			case ".png":
				_, err = png.Decode(bytes.NewReader(b))
				require.NoError(t, err)
			case ".svg":
				closed(t, b)
			case ".pdf":
				require.NoError(t, api.Validate(bytes.NewReader(b), nil), name)
			}
		}
	}
}

// closed holds that an SVG is well-formed, and neither loads nor runs anything.
func closed(t *testing.T, svg []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err, "%s", svg)
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		require.Contains(t, []string{"svg", "title", "desc", "path", "text", "a"}, e.Name.Local)
		for _, a := range e.Attr {
			require.False(t, strings.HasPrefix(strings.ToLower(a.Name.Local), "on"), a.Name.Local)
			if a.Name.Local == "href" {
				require.Equal(t, "a", e.Name.Local)
				require.Equal(t, "https://bonafide.example/c/7K3M-9QXA-4TZ8-H", a.Value)
			}
		}
	}
}

// TestStatesDifferInShape: the symbols stay apart for whoever sees no colour.
func TestStatesDifferInShape(t *testing.T) {
	s, seen := studio(t), map[string]picture.Tone{}
	for _, tone := range []picture.Tone{picture.Good, picture.Caution, picture.Stop, picture.Open, picture.Plain} {
		f := face("Ada")
		f.Tone, f.Word = tone, "X"
		b, err := s.BadgePNG(t.Context(), f)
		require.NoError(t, err)
		img, err := png.Decode(bytes.NewReader(b))
		require.NoError(t, err)
		var shape strings.Builder
		for y := 40; y < 128; y++ {
			for x := 44; x < 132; x++ {
				if g, ok := color.GrayModel.Convert(img.At(x, y)).(color.Gray); ok && g.Y < 160 {
					shape.WriteByte('#')
				} else {
					shape.WriteByte('.')
				}
			}
		}
		require.Contains(t, shape.String(), "#")
		require.Empty(t, seen[shape.String()], "%s looks like %s", tone, seen[shape.String()])
		seen[shape.String()] = tone
	}
}

// TestStateIsWhatItSays: the stamp alone does not make another state; anything
// else does.
func TestStateIsWhatItSays(t *testing.T) {
	f := face("Ada")
	later := f
	later.AsOf = "tomorrow"
	require.Equal(t, f.State(), later.State())
	withdrawn := f
	withdrawn.Word = "Withdrawn"
	require.NotEqual(t, f.State(), withdrawn.State())
	chained := f
	chained.Chain = nil
	require.NotEqual(t, f.State(), chained.State())
}

// TestSameFaceSameBytes: a PDF is a function of what it says.
func TestSameFaceSameBytes(t *testing.T) {
	a, err := studio(t).PDF(t.Context(), face("Ada"), "a.b.c")
	require.NoError(t, err)
	b, err := studio(t).PDF(t.Context(), face("Ada"), "a.b.c")
	require.NoError(t, err)
	require.Equal(t, a, b)
	files, err := api.ExtractAttachmentsRaw(bytes.NewReader(a), "", nil, nil)
	require.NoError(t, err)
	require.Len(t, files, 1)
	held, err := io.ReadAll(files[0])
	require.NoError(t, err)
	require.Equal(t, "a.b.c", string(held))
}

// TestACrowdIsTurnedAway: of many different pictures at once, those beyond the
// queue are refused, and the room works on after.
func TestACrowdIsTurnedAway(t *testing.T) {
	s := studio(t)
	var wg sync.WaitGroup
	errs := make(chan error, 120)
	for i := range cap(errs) {
		wg.Go(func() {
			_, err := s.PDF(t.Context(), face(strings.Repeat("n", i+1)), "")
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			require.ErrorIs(t, err, picture.ErrBusy)
		}
	}
	_, err := s.BadgePNG(t.Context(), face("Ada"))
	require.NoError(t, err)
}

func TestWordsForWhoCannotSee(t *testing.T) {
	about := picture.About(face("Ada\u202E Lovelace"))
	require.Equal(t, "This certificate is bona fide. as of 25 November 2026, 06:40 UTC. Ada Lovelace. Certified Customer Experience Lead, practitioner. Issued by Example Certification Ltd (certification.example). Issued for 1 March 2026 to 1 March 2029. 7K3M-9QXA-4TZ8-H. Check it at https://bonafide.example/c/7K3M-9QXA-4TZ8-H", about)
}

func BenchmarkBadgePNG(b *testing.B) {
	s := studio(b)
	for i := range b.N {
		if _, err := s.BadgePNG(b.Context(), face(strings.Repeat("n", i%40)+" "+strings.Repeat("m", i%37))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPDF(b *testing.B) {
	s := studio(b)
	for i := range b.N {
		if _, err := s.PDF(b.Context(), face(strings.Repeat("n", i%40)+" "+strings.Repeat("m", i%37)), ""); err != nil {
			b.Fatal(err)
		}
	}
}
