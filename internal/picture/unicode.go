package picture

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// spelled gives a PDF of the writer's a table of Unicode that every reader
// understands. The writer maps all of U+0000 to U+FFFF by a single range; but a
// range may vary in its last byte only (Adobe Technical Note 5014, 1.4.1), and
// readers that hold to that take the first byte of every character for zero. The
// better table is added as an incremental update (ISO 32000-1, 7.5.6): the same
// object again, behind the file, with a cross-reference of its own.
func spelled(file []byte) ([]byte, error) {
	object := regexp.MustCompile(`/ToUnicode (\d+) 0 R`).FindSubmatch(file)
	trailer := regexp.MustCompile(`trailer\s+<<\s+(/Size \d+\s+/Root \d+ 0 R\s+/Info \d+ 0 R)\s+>>\s+startxref\s+(\d+)\s+%%EOF\s*$`).FindSubmatch(file)
	if object == nil || trailer == nil {
		return nil, fmt.Errorf("writing a PDF: its table of Unicode or its trailer is not where the writer puts it")
	}
	b := bytes.NewBuffer(file)
	if !bytes.HasSuffix(file, []byte("\n")) {
		b.WriteByte('\n')
	}
	at, table := b.Len(), identity()
	fmt.Fprintf(b, "%s 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n", object[1], len(table), table)
	xref := b.Len()
	fmt.Fprintf(b, "xref\n%s 1\n%010d 00000 n \ntrailer\n<<\n%s\n/Prev %s\n>>\nstartxref\n%d\n%%%%EOF\n", object[1], at, trailer[1], trailer[2], xref)
	return b.Bytes(), nil
}

// identity is a CMap of one range for each first byte.
func identity() string {
	const most = 100 // ranges in a block (Technical Note 5014, 1.4.1)
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for first := 0; first < 256; first += most {
		block := min(most, 256-first)
		fmt.Fprintf(&b, "%d beginbfrange\n", block)
		for i := first; i < first+block; i++ {
			fmt.Fprintf(&b, "<%02X00> <%02XFF> <%02X00>\n", i, i, i)
		}
		b.WriteString("endbfrange\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend")
	return b.String()
}
