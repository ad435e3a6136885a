package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/reports/sariftest"
)

// mockDocument is a document with one method, whose integration is more.
func mockDocument(path, more string) string {
	return `openapi: 3.0.1
info: {title: T, version: "1"}
paths:
  ` + path + `:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration: {` + more + `}
`
}

// TestSARIFIsValid holds what the commands print against the schema of SARIF.
func TestSARIFIsValid(t *testing.T) {
	fixtures, err := filepath.Glob("../../openapi/lint/testdata/*.yaml")
	if err != nil || len(fixtures) == 0 {
		t.Fatal("no fixtures of rules", err)
	}
	for i := range fixtures {
		if fixtures[i], err = filepath.Abs(fixtures[i]); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(t.TempDir())
	const mock = `type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: "200"}}`
	for name, text := range map[string]string{
		"fine.yaml":         mockDocument("/items", mock),
		"refused.yaml":      mockDocument("/items", `type: http, httpMethod: GET, uri: "not a uri"`),
		"no-method.yaml":    "openapi: 3.0.1\ninfo: {title: T, version: \"1\"}\npaths: {}\n",
		"broken.yaml":       "openapi: 3.0.1\ninfo: {title: T\n",
		"empty.yaml":        "",
		"nul.yaml":          "openapi: 3.0.1\n\x00",
		"none.yaml":         "just: a file\n",
		"swagger.json":      `{"swagger": "2.0", "info": {"title": "T", "version": "1"}, "paths": {"/x": {"get": {}}}}`,
		"v2.yaml":           mockDocument("/items", `payloadFormatVersion: "2.0", type: aws_proxy, uri: x`),
		"a b/größe 🙂%.yaml": mockDocument("/größe/{鍵}", `type: http, httpMethod: GET, uri: "kein URI 🙂"`),
		"a b/[x]#?&'.yaml":  mockDocument("/items", `type: nope`),
		"a:b.yaml":          mockDocument("/items", `type: nope`),
		"rehearse.yaml":     "apis: {T: {document: refused.yaml, stages: {dev: {}}}}\napiKeys: {K: {}}\n",
		"fails.feature":     "Feature: Größe\n  Scenario: it fails 🙂\n    When I send GET \"/dev/items\"\n    Then the status is 418\n\n  Scenario: it passes\n    When I send GET \"/dev/items\"\n    Then the status is 200\n\n  Scenario: no such step\n    When pigs fly\n",
		"passes.feature":    "Feature: F\n  Scenario: it passes\n    When I send GET \"/dev/items\"\n    Then the status is 200\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	absolute, err := filepath.Abs("refused.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		args    []string
		results int // at least; -1: none
	}{
		{"nothing found", []string{"lint", "fine.yaml", "--rule", "cors-options-missing=off"}, 0},
		{"found in one document", []string{"lint", "refused.yaml"}, 1},
		{"found in the documents of the config", []string{"lint"}, 1},
		{"found without a line to point at", []string{"lint", "no-method.yaml"}, 1},
		{"a document that doesn't parse", []string{"lint", "broken.yaml"}, 1},
		{"an empty document", []string{"lint", "empty.yaml"}, 1},
		{"a document with a NUL byte", []string{"lint", "nul.yaml"}, 1},
		{"no OpenAPI at all", []string{"lint", "none.yaml"}, 1},
		{"Swagger", []string{"lint", "swagger.json"}, 1},
		{"an HTTP API", []string{"lint", "v2.yaml"}, 1},
		{"names with blanks and letters beyond ASCII", []string{"lint", "a b/größe 🙂%.yaml"}, 1},
		{"names with what URIs give a meaning", []string{"lint", "a b/[x]#?&'.yaml"}, 1},
		{"a name that looks like a scheme", []string{"lint", "a:b.yaml"}, 1},
		{"an absolute name", []string{"lint", absolute}, 1},
		{"one document can't be opened", []string{"lint", "nowhere.yaml", "refused.yaml"}, 1},
		{"many documents", []string{"lint", "fine.yaml", "broken.yaml", "refused.yaml", "swagger.json"}, 3},
		{"the fixture of every rule", append([]string{"lint"}, fixtures...), len(fixtures)},
		{"scenarios that fail", []string{"test", "fine.yaml", "fails.feature"}, 2},
		{"scenarios that pass", []string{"test", "fine.yaml", "passes.feature"}, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			run(t.Context(), append(tt.args, "--format", "sarif"), strings.NewReader(""), &stdout, &stderr)
			sariftest.Check(t, stdout.Bytes())
			var log struct {
				Runs []struct {
					ColumnKind string
					Results    []any
				}
			}
			if err := json.Unmarshal(stdout.Bytes(), &log); err != nil || len(log.Runs) != 1 {
				t.Fatalf("%v: %s%s", err, &stdout, &stderr)
			}
			if log.Runs[0].ColumnKind != "unicodeCodePoints" {
				t.Errorf("columnKind is %q", log.Runs[0].ColumnKind)
			}
			if got := len(log.Runs[0].Results); got < tt.results || tt.results < 0 && got > 0 {
				t.Errorf("%d results, want at least %d: %s", got, tt.results, &stdout)
			}
		})
	}
}
