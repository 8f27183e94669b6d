package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/bonafide-dev/bonafide/pkg/client"
)

// register stands for a service in the examples.
func register() *httptest.Server {
	mux := http.NewServeMux()
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	mux.Handle("POST /oauth2/token", answer(200, `{"access_token":"t","token_type":"Bearer","expires_in":900}`))
	mux.Handle("POST /v1/certificates", answer(201, `{"number":"5K3M-8D2Q-9XWT-R","status":"in_force","url":"https://register.example/c/5K3M-8D2Q-9XWT-R"}`))
	mux.Handle("GET /v1/certificates/5K3M-8D2Q-9XWT-R", answer(200, `{"verdict":"bona_fide","summary":"In force, accredited and recognised."}`))
	mux.Handle("GET /v1/certificates/{id}", answer(404, `{"code":"CHECK_CHARACTER","status":404,"detail":"The number was mistyped."}`))
	mux.Handle("GET /v1/bodies", answer(200, `{"data":[{"id":"anab","name":"ANSI National Accreditation Board","roles":["accreditation_body"]}],"next_cursor":null}`))
	return httptest.NewServer(mux)
}

func Example() {
	service := register()
	defer service.Close()
	ctx := context.Background()
	c := &client.Client{Base: service.URL, ID: "c-123", Secret: "…"}

	issued, err := c.Issue(ctx, client.IssueRequest{
		Scheme: "service-lead", Holder: client.Holder{Name: "Ada Example", Email: "ada@example.org"},
		DecidedAt: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), AccreditationClaim: true, Key: "crm-77",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := c.Lookup(ctx, issued.Number, client.LookupQuery{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(issued.Number, report.Verdict)
	// Output: 5K3M-8D2Q-9XWT-R bona_fide
}

func ExampleProblem() {
	service := register()
	defer service.Close()
	c := &client.Client{Base: service.URL}
	_, err := c.Lookup(context.Background(), "5K3M-8D2Q-9XWT-A", client.LookupQuery{})
	var p *client.Problem
	if errors.As(err, &p) {
		fmt.Println(p.Code)
	}
	// Output: CHECK_CHARACTER
}

func ExampleClient_Bodies() {
	service := register()
	defer service.Close()
	c := &client.Client{Base: service.URL}
	for body, err := range c.Bodies(context.Background(), client.BodyFilter{Role: "accreditation_body"}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(body.Name)
	}
	// Output: ANSI National Accreditation Board
}
