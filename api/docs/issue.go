//go:build ignore

// Issue a certificate, look it up, verify its credential, embed it.
// BONAFIDE_URL, CLIENT_ID and CLIENT_SECRET come from the environment.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/client"
)

func main() {
	ctx := context.Background()
	c := &client.Client{Base: os.Getenv("BONAFIDE_URL"), ID: os.Getenv("CLIENT_ID"), Secret: os.Getenv("CLIENT_SECRET")}

	issued, err := c.Issue(ctx, client.IssueRequest{
		Scheme: "demo-service-lead", Holder: client.Holder{Name: "Ada Go", Email: "ada@example.org"},
		DecidedAt: time.Now().UTC().Truncate(24 * time.Hour), AccreditationClaim: true, Publication: "public",
		Key: "exam-4711-go", // the same key never issues twice: use the id of your own record
	})
	if err != nil {
		log.Fatal(err) // a *client.Problem says what to mend
	}
	fmt.Println("issued", issued.Number)

	report, err := c.Lookup(ctx, issued.Number, client.LookupQuery{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("lookup", report.Verdict)

	report, err = c.Verify(ctx, client.VerifyRequest{Credential: issued.Credential}) // what a holder hands in
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("verified", report.Verdict)

	fmt.Printf("embed <script src=\"%s/embed.js\"></script><div data-bonafide-id=\"%s\"></div>\n", c.Base, issued.Number)
}
