package picture

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/font/opentype/tables"
)

// Limits of what is read of the folders.
const (
	maxFonts    = 600      // files looked at; Debian's whole Noto has about 500 of use
	maxFontFile = 64 << 20 // bytes; the largest CJK collection in use has 20 MB
)

// shelf holds the fonts: DejaVu Sans from the binary (Latin, Greek, Cyrillic,
// Arabic, Hebrew, Armenian, Georgian …) and, for other scripts, those of the
// folders. Which runes the latter have is read once, on the first need; the
// fonts themselves when a text needs them.
type shelf struct {
	regular, bold *font.Font
	folders       []string

	once  sync.Once
	more  []*volume
	mu    sync.Mutex // guards loaded
	loads map[*volume]*font.Font
}

// volume is a font of a folder that may be read.
type volume struct {
	path  string
	cover font.Cmap
}

func newShelf(folders []string) (*shelf, error) {
	s := &shelf{folders: folders, loads: map[*volume]*font.Font{}}
	for data, to := range map[*[]byte]**font.Font{&dejavusans.TTF: &s.regular, &dejavusansbold.TTF: &s.bold} {
		face, err := font.ParseTTF(bytes.NewReader(*data))
		if err != nil {
			return nil, fmt.Errorf("reading a built-in font: %w", err)
		}
		*to = face.Font
	}
	return s, nil
}

// with finds a font of the folders that has the rune, nil if there is none.
func (s *shelf) with(r rune) *font.Font {
	s.once.Do(s.look)
	for _, v := range s.more {
		if _, ok := v.cover.Lookup(r); !ok {
			continue
		}
		if f := s.load(v); f != nil {
			return f
		}
	}
	return nil
}

func (s *shelf) load(v *volume) *font.Font {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.loads[v]; ok {
		return f
	}
	s.loads[v] = nil // a font that cannot be read is not tried again
	if l := opened(v.path); l != nil {
		if f, err := font.NewFont(l); err == nil {
			s.loads[v] = f
		}
	}
	return s.loads[v]
}

// look lists the fonts of the folders, upright sans-serif ones first: they go
// with DejaVu.
func (s *shelf) look() {
	var paths []string
	for _, folder := range s.folders {
		_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error { // what cannot be read holds no font for us
			if err != nil || len(paths) == maxFonts {
				return nil
			}
			switch strings.ToLower(filepath.Ext(path)) {
			case ".ttf", ".otf", ".ttc":
				if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() <= maxFontFile && fitting(path) < 9 {
					paths = append(paths, path)
				}
			}
			return nil
		})
	}
	slices.SortStableFunc(paths, func(a, b string) int { return fitting(a) - fitting(b) })
	for _, path := range paths {
		if cover := coverage(path); cover != nil {
			s.more = append(s.more, &volume{path: path, cover: cover})
		}
	}
}

// fitting orders fonts by their file's name; 9 is of no use beside upright text.
func fitting(path string) int {
	name := strings.ToLower(filepath.Base(path))
	for _, no := range []string{"italic", "oblique", "bold", "black", "light", "thin", "condensed", "mono", "emoji", "dejavu"} {
		if strings.Contains(name, no) {
			return 9
		}
	}
	switch {
	case strings.HasPrefix(name, "notosans-"):
		return 0
	case strings.HasPrefix(name, "notosans"):
		return 1
	case strings.Contains(name, "sans"):
		return 2
	case strings.Contains(name, "serif"):
		return 4
	default:
		return 3
	}
}

// opened reads a font file; of a collection the first font. Nil: no font.
func opened(path string) *opentype.Loader {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return first(bytes.NewReader(data))
}

func first(r opentype.Resource) *opentype.Loader {
	all, err := opentype.NewLoaders(r)
	if err != nil || len(all) == 0 {
		return nil
	}
	return all[0]
}

// coverage reads which runes a font file has. Nil: it is no font with outlines.
func coverage(path string) font.Cmap {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }() // only read
	l := first(f)
	if l == nil || !l.HasTable(opentype.MustNewTag("glyf")) && !l.HasTable(opentype.MustNewTag("CFF ")) && !l.HasTable(opentype.MustNewTag("CFF2")) {
		return nil
	}
	raw, err := l.RawTable(opentype.MustNewTag("cmap"))
	if err != nil {
		return nil
	}
	table, _, err := tables.ParseCmap(raw)
	if err != nil {
		return nil
	}
	cover, _, err := font.ProcessCmap(table, tables.FPNone)
	if err != nil {
		return nil
	}
	return cover
}
