package claims_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bonafide-dev/bonafide/internal/claims"
	"github.com/bonafide-dev/bonafide/internal/fault"
)

// document makes a PDF of one page with the lines given, packed or plain.
func document(packed bool, lines ...string) []byte {
	var content strings.Builder
	content.WriteString("BT /F1 12 Tf 72 760 Td 16 TL\n")
	for _, l := range lines {
		fmt.Fprintf(&content, "(%s) Tj T*\n", strings.NewReplacer("\\", `\\`, "(", `\(`, ")", `\)`).Replace(l))
	}
	content.WriteString("ET")
	stream, filter := []byte(content.String()), ""
	if packed {
		stream, filter = deflated(stream), "/Filter /FlateDecode "
	}
	return withStream(stream, filter)
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(data) // into memory
	_ = z.Close()
	return b.Bytes()
}

func withStream(stream []byte, filter string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(body string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), body)
	}
	b.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>")
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	object(fmt.Sprintf("<< /Length %d %s>>\nstream\n%s\nendstream", len(stream), filter, stream))
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes()
}

// TestClaimFromAPDF: the text of a PDF is read line by line and judged.
func TestClaimFromAPDF(t *testing.T) {
	d := desk(t)
	for _, packed := range []bool{false, true} {
		text, err := claims.NewPDF().Text(t.Context(), document(packed, "CERTIFICATE", "This is to certify that", "Rosa Alt", "is a", "Certified Happiness Coach",
			"Certificate No. HC-2024-17", "Issued on 1 March 2024, valid until 28 February 2027", "Issued by Prime Global Institute", "Accredited by IAF"))
		require.NoError(t, err)
		require.Contains(t, text, "Certified Happiness Coach\n")
		r, err := d.Check(t.Context(), claims.Input{Text: text, Document: true})
		require.NoError(t, err)
		require.Equal(t, "misrepresented", string(r.Verdict), story(r))
		u := r.Understood
		require.Equal(t, "pdf", u.Source)
		require.Equal(t, "Rosa Alt", u.HolderName)
		require.Equal(t, "Certified Happiness Coach", u.CredentialName)
		require.Equal(t, "HC-2024-17", u.CertificateNumber)
		require.Equal(t, "Prime Global Institute", u.Issuer.Name)
		require.Equal(t, "2024-03-01", u.IssuedOn.Day)
		require.Equal(t, "2027-02-28", u.ExpiresOn.Day)
	}
}

func TestPDFsThatAreRefused(t *testing.T) {
	p := claims.NewPDF()
	bomb := withStream(deflated(bytes.Repeat([]byte("BT (x) Tj ET\n"), 4<<20)), "/Filter /FlateDecode ")
	require.Less(t, len(bomb), 1<<20)
	for name, data := range map[string][]byte{
		"text": []byte("hello"), "empty": {}, "a bomb": bomb,
		"a page that draws too much": withStream(deflated(bytes.Repeat([]byte("BT (x) Tj ET\n"), 200_000)), "/Filter /FlateDecode "),
		"packed twice":               withStream(deflated(deflated([]byte("BT (x) Tj ET"))), "/Filter [/FlateDecode /FlateDecode] "),
		"cut off":                    document(false, "one two three four")[:300], "no text": document(false, ""), "only a head": []byte("%PDF-1.7\n"),
	} {
		_, err := p.Text(t.Context(), data)
		var invalid fault.Invalid
		require.True(t, errors.As(err, &invalid), "%s: %v", name, err)
		require.Equal(t, "/file", invalid[0].Pointer)
	}
	_, err := p.Text(t.Context(), document(true, "one two three four"))
	require.NoError(t, err, "every slot is free again")
}

// FuzzPDF: whatever the bytes, the answer is a text or a fault.
func FuzzPDF(f *testing.F) {
	f.Add(document(false, "one two three four"))
	f.Add(document(true, "one two three four"))
	p := claims.NewPDF()
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := p.Text(t.Context(), data)
		var invalid fault.Invalid
		if err != nil && !errors.As(err, &invalid) && !errors.Is(err, claims.ErrBusy) {
			t.Fatal(err)
		}
	})
}
