package badge

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
	"unicode/utf8"
)

const signature = "\x89PNG\r\n\x1a\n"

// chunk is one piece of a PNG (W3C PNG, 5.3).
type chunk struct {
	kind string
	data []byte
	raw  []byte // with length and CRC
}

// chunks cuts a PNG into its pieces, up to and with IEND. Every length and
// every CRC is checked.
func chunks(picture []byte) ([]chunk, error) {
	if len(picture) > MaxPicture {
		return nil, damaged("it is larger than %d bytes", MaxPicture)
	}
	if !IsPNG(picture) {
		return nil, ErrNotPicture
	}
	var out []chunk
	for rest := picture[len(signature):]; ; {
		if len(rest) < 12 {
			return nil, damaged("it ends without an IEND chunk")
		}
		size := binary.BigEndian.Uint32(rest)
		if uint64(size) > uint64(len(rest)-12) {
			return nil, damaged("a chunk is longer than the file")
		}
		c := chunk{kind: string(rest[4:8]), data: rest[8 : 8+size], raw: rest[:12+size]}
		if crc32.ChecksumIEEE(rest[4:8+size]) != binary.BigEndian.Uint32(rest[8+size:]) {
			return nil, damaged("a chunk does not fit its checksum")
		}
		if out = append(out, c); len(out) > MaxChunks {
			return nil, damaged("it has more than %d chunks", MaxChunks)
		}
		if len(out) == 1 && c.kind != "IHDR" {
			return nil, damaged("it does not begin with an IHDR chunk")
		}
		if c.kind == "IEND" {
			return out, nil
		}
		rest = rest[12+size:]
	}
}

func (v Version) keyword() string {
	if v == OpenBadges2 {
		return "openbadges"
	}
	return "openbadgecredential"
}

// ExtractPNG takes the credential out of a PNG: of the first iTXt chunk named
// openbadgecredential, else of the first iTXt or tEXt chunk named openbadges.
func ExtractPNG(picture []byte) (Content, error) {
	all, err := chunks(picture)
	if err != nil {
		return Content{}, err
	}
	for _, v := range []Version{OpenBadges3, OpenBadges2} {
		for _, c := range all {
			if !c.named(v) {
				continue
			}
			text, err := c.text(v)
			return Content{Version: v, Text: text}, err
		}
	}
	return Content{}, ErrNoCredential
}

// named tells whether the chunk is where that edition keeps its credential.
func (c chunk) named(v Version) bool {
	if c.kind != "iTXt" && (c.kind != "tEXt" || v != OpenBadges2) {
		return false
	}
	name, _, ok := bytes.Cut(c.data, []byte{0})
	return ok && string(name) == v.keyword()
}

// text reads the text of an iTXt or tEXt chunk (W3C PNG, 11.3.3):
//
//	iTXt: keyword 0 flag method language 0 translated-keyword 0 text (UTF-8)
//	tEXt: keyword 0 text (Latin-1; here an address or a JWS, so ASCII)
//
// Compressed text is against both baking specifications, but picture programs
// compress what they rewrite: it is inflated up to MaxText and no further.
func (c chunk) text(v Version) (string, error) {
	body := c.data[len(v.keyword())+1:]
	if c.kind == "iTXt" {
		if len(body) < 2 || body[0] > 1 || body[0] == 1 && body[1] != 0 {
			return "", damaged("the credential's chunk has an unknown compression")
		}
		compressed := body[0] == 1
		parts := bytes.SplitN(body[2:], []byte{0}, 3) // language, translated keyword, text
		if len(parts) < 3 {
			return "", damaged("the credential's chunk is cut short")
		}
		body = parts[2]
		if compressed {
			var err error
			if body, err = inflate(body); err != nil {
				return "", err
			}
		}
	}
	if len(body) > MaxText {
		return "", damaged("its credential is longer than %d bytes", MaxText)
	}
	if !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0 {
		return "", damaged("its credential is not text")
	}
	return string(body), nil
}

func inflate(data []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, damaged("its credential cannot be inflated")
	}
	out, err := io.ReadAll(io.LimitReader(z, MaxText+1)) // a bomb stops here
	if err != nil {
		return nil, damaged("its credential cannot be inflated")
	}
	return out, nil
}

// BakePNG returns the PNG with the credential, a compact JWS or a JSON
// document, in one uncompressed iTXt chunk before the picture's own data, where
// every reader looks. What an earlier baking left, of either edition, is taken
// out; every other byte stays, up to IEND.
func BakePNG(picture []byte, credential string) ([]byte, error) {
	if err := bakeable(credential); err != nil {
		return nil, err
	}
	all, err := chunks(picture)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(x chunk) bool { return x.named(OpenBadges3) || x.named(OpenBadges2) })
	data := append([]byte(OpenBadges3.keyword()), 0, 0, 0, 0, 0)
	data = append(data, credential...)
	out := []byte(signature)
	baked := false
	for _, x := range all {
		if !baked && (x.kind == "IDAT" || x.kind == "IEND") {
			out, baked = appendChunk(out, "iTXt", data), true
		}
		out = append(out, x.raw...)
	}
	return out, nil
}

func appendChunk(out []byte, kind string, data []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	start := len(out)
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
}
