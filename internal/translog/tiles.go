package translog

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// C2SP tlog-tiles: a full tile holds 256 hashes, its own hash is one of the
// level above.
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// hashes reads the hashes of a tree from its tiles, each tile once.
type hashes struct {
	tiles map[Place][]byte
	load  func([]Place) (map[Place][]byte, error) // nil: there are no others
}

func (l *Log) hashes(ctx context.Context, origin string) *hashes {
	return &hashes{map[Place][]byte{}, func(p []Place) (map[Place][]byte, error) { return l.Store.Tiles(ctx, origin, p) }}
}

// ReadHashes implements tlog.HashReader.
func (h *hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var missing []Place
	for _, i := range indexes {
		t := tlog.TileForIndex(tileHeight, i)
		p := Place{t.L, t.N}
		if len(h.tiles[p]) < t.W*tlog.HashSize && !slices.Contains(missing, p) {
			missing = append(missing, p)
		}
	}
	if len(missing) > 0 && h.load != nil {
		read, err := h.load(missing)
		if err != nil {
			return nil, fmt.Errorf("reading tiles: %w", err)
		}
		maps.Copy(h.tiles, read)
	}
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		t := tlog.TileForIndex(tileHeight, index)
		data := h.tiles[Place{t.L, t.N}]
		if len(data) < t.W*tlog.HashSize {
			return nil, fmt.Errorf("%w: tile %d/%d is missing or cut", ErrInconsistent, t.L, t.N)
		}
		var err error
		if out[i], err = tlog.HashFromTile(t, data[:t.W*tlog.HashSize], index); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInconsistent, err)
		}
	}
	return out, nil
}

// edge is the right edge of a tree: what must be known to append to it.
func edge(size int64) []Place {
	var out []Place
	for level := 0; size > 0; level, size = level+1, size>>tileHeight {
		if size%tileWidth != 0 {
			out = append(out, Place{level, size >> tileHeight})
		}
	}
	return out
}

// grow appends the hashes of entries to a tree of the size and returns which
// tiles changed.
func (h *hashes) grow(size int64, leaves []tlog.Hash) map[Place]bool {
	changed := map[Place]bool{}
	for _, leaf := range leaves {
		hash, n := leaf, size
		for level := 0; ; level++ {
			p := Place{level, n >> tileHeight}
			h.tiles[p], changed[p] = append(h.tiles[p], hash[:]...), true
			if n++; n%tileWidth != 0 {
				break
			}
			hash, n = whole(h.tiles[p]), n>>tileHeight-1
		}
		size++
	}
	return changed
}

// whole is the hash of a full tile.
func whole(data []byte) tlog.Hash {
	row := make([]tlog.Hash, len(data)/tlog.HashSize)
	for i := range row {
		copy(row[i][:], data[i*tlog.HashSize:])
	}
	for len(row) > 1 {
		for i := range len(row) / 2 {
			row[i] = tlog.NodeHash(row[2*i], row[2*i+1])
		}
		row = row[:len(row)/2]
	}
	return row[0]
}

// TileName is what a path below tile/ names: a tile of hashes or of entries.
type TileName struct {
	Entries bool
	Place
	Width int // 256: the full tile
}

// ParseTile reads the path of a tile as C2SP tlog-tiles writes it, and only so:
//
//	tile/LEVEL/N[.p/WIDTH]
//	tile/entries/N[.p/WIDTH]
//
// N in groups of three digits, each but the last behind an x: x001/x234/067.
func ParseTile(path string) (TileName, bool) {
	rest, ok := strings.CutPrefix(path, "tile/")
	kind, rest, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 {
		return TileName{}, false
	}
	t := TileName{Entries: kind == "entries", Width: tileWidth}
	if !t.Entries {
		level, err := strconv.Atoi(kind)
		if err != nil || level < 0 || level >= 64/tileHeight {
			return TileName{}, false
		}
		t.Level = level
	}
	if number, width, partial := strings.Cut(rest, ".p/"); partial {
		w, err := strconv.Atoi(width)
		if err != nil || w < 1 || w >= tileWidth {
			return TileName{}, false
		}
		rest, t.Width = number, w
	}
	for group := range strings.SplitSeq(rest, "/") {
		n, err := strconv.Atoi(strings.TrimPrefix(group, "x"))
		if err != nil || n < 0 || n > 999 || t.N > 1<<40 {
			return TileName{}, false
		}
		t.N = t.N*1000 + int64(n)
	}
	return t, t.Path() == path
}

// Path writes the path of the tile.
func (t TileName) Path() string {
	kind := strconv.Itoa(t.Level)
	if t.Entries {
		kind = "entries"
	}
	number := fmt.Sprintf("%03d", t.N%1000)
	for n := t.N / 1000; n > 0; n /= 1000 {
		number = fmt.Sprintf("x%03d/%s", n%1000, number)
	}
	if t.Width < tileWidth {
		number += fmt.Sprintf(".p/%d", t.Width)
	}
	return "tile/" + kind + "/" + number
}

// until is how many hashes of its level, or entries, there must be.
func (t TileName) until() int64 { return t.N*tileWidth + int64(t.Width) }

// within tells whether a tree of the size has the tile.
func (t TileName) within(size int64) bool {
	if t.Entries {
		return t.until() <= size
	}
	return t.until() <= size>>(tileHeight*t.Level)
}

// bundle writes entries as a tile does: two bytes of length before each.
func bundle(entries [][]byte) []byte {
	var out []byte
	for _, e := range entries {
		out = binary.BigEndian.AppendUint16(out, uint16(len(e))) // no leaf is longer, see append
		out = append(out, e...)
	}
	return out
}

// unbundle reads what bundle writes.
func unbundle(data []byte) ([][]byte, bool) {
	var out [][]byte
	for len(data) > 0 {
		if len(data) < 2 {
			return nil, false
		}
		n := int(binary.BigEndian.Uint16(data))
		if data = data[2:]; len(data) < n {
			return nil, false
		}
		out, data = append(out, data[:n]), data[n:]
	}
	return out, true
}
