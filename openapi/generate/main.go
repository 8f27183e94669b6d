// Command generate writes openapi.json and openapi.yaml: swag reads the
// annotations (Swagger 2.0 is all that its stable version speaks), kin-openapi
// converts to OpenAPI 3.1, and what swag cannot say is put right here.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3conv"
	"go.yaml.in/yaml/v3"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// run writes into the working directory, openapi.
func run() error {
	temp, err := os.MkdirTemp("", "openapi-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp) //nolint:errcheck // a folder for temporary files
	const folders = "../api/v1,../api/interop,../api/web,../pkg/verify,../pkg/receipt,../pkg/redflag,../pkg/trust,../pkg/jws,../internal/registry,../internal/issue,../internal/keys,../internal/cpd,../internal/vcapi"
	swag := exec.Command("go", "tool", "swag", "init", "-q", "-g", "api.go", "-d", folders, "-o", temp, "--outputTypes", "json") //nolint:gosec // fixed words
	swag.Stdout, swag.Stderr = os.Stdout, os.Stderr
	if err := swag.Run(); err != nil {
		return fmt.Errorf("swag: %w", err)
	}
	data, err := os.ReadFile(filepath.Join(temp, "swagger.json"))
	if err != nil {
		return err
	}
	var old openapi2.T
	if err := json.Unmarshal(data, &old); err != nil {
		return fmt.Errorf("reading Swagger 2.0: %w", err)
	}
	doc, err := openapi2conv.ToV3(&old)
	if err != nil {
		return fmt.Errorf("converting to OpenAPI 3.0: %w", err)
	}
	openapi3conv.Upgrade(doc)
	doc.OpenAPI = "3.1.1"
	doc.Servers = openapi3.Servers{{URL: "/"}}
	mend(doc)
	if err := doc.Validate(context.Background()); err != nil {
		return fmt.Errorf("the description is not valid: %w", err)
	}
	return write(doc)
}

// mend says what swag has no words for: problem documents and signed records
// have media types of their own.
func mend(doc *openapi3.T) {
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status, r := range op.Responses.Map() {
				if r.Value == nil {
					continue
				}
				switch {
				case strings.HasPrefix(status, "4"), strings.HasPrefix(status, "5"):
					if problem(r.Value) { // other people's protocols have errors of their own
						rename(r.Value, "application/problem+json")
					}
				case strings.HasSuffix(path, "/openid-federation"), strings.HasSuffix(path, "/federation/fetch"):
					rename(r.Value, "application/entity-statement+jwt")
				case strings.HasSuffix(path, "/federation/resolve"):
					rename(r.Value, "application/resolve-response+jwt")
				case strings.HasSuffix(path, "/federation/trust_mark"):
					rename(r.Value, "application/trust-mark+jwt")
				case strings.HasSuffix(path, "/federation/trust_mark_status"):
					rename(r.Value, "application/trust-mark-status-response+jwt")
				case strings.HasSuffix(path, "/credential"):
					rename(r.Value, "application/vc+jwt")
				case strings.HasSuffix(path, "/bundle"):
					rename(r.Value, "application/vp")
				case strings.HasSuffix(path, "did.json"):
					rename(r.Value, "application/did+json")
				case path == "/ns/v1":
					rename(r.Value, "application/ld+json")
				}
			}
			if strings.HasPrefix(path, "/status/") {
				op.Responses.Value("200").Value.Content["application/vc+jwt"] = openapi3.NewMediaType().WithSchema(openapi3.NewStringSchema())
			}
			if (path == "/v1/verifications" || path == "/v1/claims") && method == "POST" {
				upload(op)
			}
		}
	}
}

// problem reports whether the answer is a problem document.
func problem(r *openapi3.Response) bool {
	for _, content := range r.Content {
		return content.Schema != nil && strings.HasSuffix(content.Schema.Ref, ".ProblemDocument")
	}
	return false
}

func rename(r *openapi3.Response, kind string) {
	for _, content := range r.Content {
		r.Content = openapi3.Content{kind: content}
		return
	}
}

// upload adds the form with a file beside the JSON body.
func upload(op *openapi3.Operation) {
	file := openapi3.NewObjectSchema().WithProperty("file", openapi3.NewStringSchema().WithFormat("binary"))
	file.Required = []string{"file"}
	op.RequestBody.Value.Content["multipart/form-data"] = openapi3.NewMediaType().WithSchema(file)
}

func write(doc *openapi3.T) error {
	data, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile("openapi.json", append(data, '\n'), 0o644); err != nil {
		return err
	}
	var plain any
	if err := json.Unmarshal(data, &plain); err != nil {
		return err
	}
	if data, err = yaml.Marshal(plain); err != nil {
		return err
	}
	return os.WriteFile("openapi.yaml", data, 0o644)
}
