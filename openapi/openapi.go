// Package openapi holds the generated description of the HTTP interface.
package openapi

import _ "embed"

//go:generate go run ./generate

// JSON is the OpenAPI 3.1 description as JSON.
//
//go:embed openapi.json
var JSON []byte

// YAML is the same as YAML.
//
//go:embed openapi.yaml
var YAML []byte
