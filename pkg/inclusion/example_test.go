package inclusion_test

import (
	"fmt"

	"github.com/bonafide-dev/bonafide/pkg/inclusion"
)

// A proof, as it comes with a bundle or from /v1/log/proof, is checked with
// nothing but the log's key; the entry in it names the token by its hash.
func ExampleCheck() {
	const proof = `c2sp.org/tlog-proof@v1
extra eyJ2IjoxLCJraW5kIjoiY2VydGlmaWNhdGUuaXNzdWVkIiwiYXQiOiIyMDI2LTA5LTIxVDE0OjEzOjIwWiIsImJvZHkiOiJjYiIsInNjaGVtZSI6ImNjeCIsInRva2VuX3NoYTI1NiI6IjI1NmQwNGRiNGU1ZTRhYzMwODc1MWVkMDg4NWI3MjJiNzU4NjMwNTY3YzUzYTcxMjVlZDlmYmQwNjhlNWMzZjYiLCJyZWNvcmRfc2hhMjU2IjoiMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMCJ9
index 1
oa8DAjHKL9IOzzDFKUuvj2kyHQm7FqxTiFzNF6OFKA0=
ZW0+j1RCOM324y1kD1G6CRSVmxTt16UtC4uZq0yKxsY=

register.example/log/2026
3
rcFSVCiIQB2/6AYxNxVOeS6qwptjzG7c3+/ohGjtglw=

— register.example/log/2026 Ooz+627oMocdBxMN36xsSFwqnVXp4C2d0CIuX//sHToLc1m0XLx3s+YfVSnjE3Jpm+SuIyrO8533jWeS6z4RXkyxHA8=
`
	logs := []inclusion.Log{{
		Origin: "register.example/log/2026",
		Key:    "register.example/log/2026+3a8cfeeb+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c",
	}}
	in, err := inclusion.Check([]byte(proof), nil, logs)
	if err != nil {
		fmt.Println(err)
		return
	}
	entry, err := inclusion.ParseEntry(in.Entry)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("entry", in.Index, "of", in.Size, "in", in.Origin)
	fmt.Println(entry.Kind, "on", entry.At.Format("2006-01-02"), "about this token:", entry.Names("header.payload.signature"))
	// Output:
	// entry 1 of 3 in register.example/log/2026
	// certificate.issued on 2026-09-21 about this token: true
}
