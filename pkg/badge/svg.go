package badge

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// element is where an edition keeps its credential in an SVG.
func (v Version) element() xml.Name {
	if v == OpenBadges2 {
		return xml.Name{Space: "http://openbadges.org", Local: "assertion"}
	}
	return xml.Name{Space: "https://purl.imsglobal.org/ob/v3p0", Local: "credential"}
}

// found is a credential's element in an SVG.
type found struct {
	Content
	from, to int64 // its bytes
}

// scanned is what a walk through an SVG tells.
type scanned struct {
	root  xml.StartElement
	start int64 // of the root's start tag
	end   int64 // behind it
	baked []found
}

// scan walks through an SVG once. It is lenient where drawing programs are
// (entities of an internal subset stay the characters they were written with):
// nothing found is believed before its signature verified, so that leniency
// gives an attacker nothing. Nothing is expanded, so nothing can grow.
func scan(picture []byte) (scanned, error) {
	var s scanned
	if len(picture) > MaxPicture {
		return s, damaged("it is larger than %d bytes", MaxPicture)
	}
	if !IsSVG(picture) {
		return s, ErrNotPicture
	}
	d := xml.NewDecoder(bytes.NewReader(picture))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // anything but UTF-8 fails as bytes
	for {
		at := d.InputOffset()
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if s.root.Name.Local != "svg" {
				return s, ErrNotPicture
			}
			return s, nil
		}
		if err != nil {
			return s, damaged("its markup is not well-formed")
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if s.root.Name.Local == "" {
			s.root, s.start, s.end = start.Copy(), at, d.InputOffset()
			continue
		}
		for _, v := range []Version{OpenBadges3, OpenBadges2} {
			if start.Name != v.element() {
				continue
			}
			text, err := content(d, start)
			if err != nil {
				return s, err
			}
			s.baked = append(s.baked, found{Content: Content{Version: v, Text: text}, from: at, to: d.InputOffset()})
		}
	}
}

// content reads a credential's element to its end: the verify attribute (a
// compact JWS; for Open Badges 2.0 also an address), or the text within. An
// Open Badges 2.0 hosted assertion has both; its document says as much as its
// address and more.
func content(d *xml.Decoder, start xml.StartElement) (string, error) {
	var inner strings.Builder
	for depth := 1; depth > 0; {
		token, err := d.Token()
		if err != nil {
			return "", damaged("its markup is not well-formed")
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 1 {
				inner.Write(t)
			}
		}
		if inner.Len() > MaxText {
			return "", damaged("its credential is longer than %d bytes", MaxText)
		}
	}
	text, address := strings.TrimSpace(inner.String()), ""
	for _, a := range start.Attr {
		if a.Name.Local == "verify" && a.Name.Space == "" {
			address = strings.TrimSpace(a.Value)
		}
	}
	if address != "" && (text == "" || !strings.HasPrefix(text, "{") || start.Name == OpenBadges3.element()) {
		text = address
	}
	switch {
	case len(text) > MaxText:
		return "", damaged("its credential is longer than %d bytes", MaxText)
	case !utf8.ValidString(text):
		return "", damaged("its credential is not text")
	}
	return text, nil
}

// ExtractSVG takes the credential out of an SVG: the first one of Open Badges
// 3.0, else the first of Open Badges 2.0.
func ExtractSVG(picture []byte) (Content, error) {
	s, err := scan(picture)
	if err != nil {
		return Content{}, err
	}
	for _, v := range []Version{OpenBadges3, OpenBadges2} {
		for _, f := range s.baked {
			if f.Version == v && f.Text != "" {
				return f.Content, nil
			}
		}
	}
	return Content{}, ErrNoCredential
}

// BakeSVG returns the SVG with the credential directly after the start tag of
// its root, a compact JWS as attribute, a JSON document as CDATA:
//
//	<svg … xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">
//	<openbadges:credential verify="eyJ…"></openbadges:credential>
//
// What an earlier baking left, of either edition, is taken out; every other
// byte stays. The picture is not made safe: who serves it to browsers must
// know where it came from.
func BakeSVG(picture []byte, credential string) ([]byte, error) {
	if err := bakeable(credential); err != nil {
		return nil, err
	}
	s, err := scan(picture)
	if err != nil {
		return nil, err
	}
	tag := picture[s.start:s.end]
	if bytes.HasSuffix(tag, []byte("/>")) || !bytes.HasPrefix(tag, []byte("<")) {
		return nil, damaged("the picture is empty")
	}
	const declaration = ` xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"`
	onRoot, onElement := declaration, ""
	for _, a := range s.root.Attr {
		if a.Name.Space == "xmlns" && a.Name.Local == "openbadges" {
			if onRoot = ""; a.Value != OpenBadges3.element().Space {
				onElement = declaration // the prefix means something else out there
			}
		}
	}
	nameEnd := s.start + 1 + int64(bytes.IndexAny(tag[1:], " \t\r\n>"))
	var out bytes.Buffer
	out.Write(picture[:nameEnd])
	out.WriteString(onRoot)
	out.Write(picture[nameEnd:s.end])
	out.WriteString("\n<openbadges:credential" + onElement)
	if strings.HasPrefix(strings.TrimSpace(credential), "{") {
		out.WriteString("><![CDATA[" + strings.ReplaceAll(credential, "]]>", "]]]]><![CDATA[>") + "]]>")
	} else {
		out.WriteString(` verify="`)
		if err := xml.EscapeText(&out, []byte(credential)); err != nil {
			return nil, fmt.Errorf("baking: %w", err)
		}
		out.WriteString(`">`)
	}
	out.WriteString("</openbadges:credential>")
	at := s.end
	for _, f := range s.baked {
		out.Write(picture[at:f.from])
		at = f.to
	}
	out.Write(picture[at:])
	return out.Bytes(), nil
}
