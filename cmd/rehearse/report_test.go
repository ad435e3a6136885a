package main

import (
	"bytes"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/fixtures"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/reports"
)

func TestREADMEsReportIsTheLabs(t *testing.T) {
	lab, err := fs.Sub(fixtures.Items, "items")
	if err != nil {
		t.Fatal(err)
	}
	block := readmeBlocks(t, "text")[0]
	dir := t.TempDir()
	if err := os.CopyFS(dir, lab); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	t.Setenv("LAB_KEY", "LabKeyLabKeyLabKeyLabKeyLabKeyLabKey1234")
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"show", "--report", "openapi.yaml"}, strings.NewReader(""), &stdout, &stderr); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	rest := reports.Wrap(stdout.String())
	for part := range strings.SplitSeq(block, "...\n") {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Errorf("README.md has this of the report of the lab's document:\n%s\nand the report is\n%s", part, rest)
		}
		rest = after
	}
}

func TestNodesAreCalledAsOneWouldSayIt(t *testing.T) {
	tests := []struct{ pointer, name, subject string }{
		{"", "the document", ""},
		{"/info/title", "info.title", "info"},
		{"/paths", "paths", "paths"},
		{"/paths/~1a~1{b}", "/a/{b}", "paths"},
		{"/paths/~1a/get", "GET /a", "operations"},
		{"/paths/~1a/parameters/0/name", "/a parameters.0.name", "parameters"},
		{"/paths/~1a/x-amazon-apigateway-any-method/responses/200", "ANY /a responses.200", "responses"},
		{"/paths/~1a/get/x-amazon-apigateway-integration/responses/default", "GET /a integration.responses.default", "integrations"},
		{"/components/schemas/Pet/properties/a~1b", "schemas.Pet.properties.a/b", "schemas"},
		{"/x-amazon-apigateway-policy", "x-amazon-apigateway-policy", "policy"},
	}
	for _, tt := range tests {
		if got := nodeName(tt.pointer); got != tt.name {
			t.Errorf("nodeName(%q) = %q, want %q", tt.pointer, got, tt.name)
		}
		if tt.pointer == "" {
			continue // not counted under a subject
		}
		if got := subjectOf(tt.pointer); got != tt.subject {
			t.Errorf("subjectOf(%q) = %q, want %q", tt.pointer, got, tt.subject)
		}
	}
}

func TestNodesFoldByKeyAndReason(t *testing.T) {
	tests := []struct{ pointer, key, places string }{
		{"/paths/~1a/get/tags", "tags", "operations"},
		{"/paths/~1a/get/tags/0", "tags", "places"},
		{"/paths/~1a/summary", "summary", "paths"},
		{"/paths/~1a/get/parameters/0/schema", "schema", "parameters"},
		{"/paths/~1a/get/responses/200/description", "description", "responses"},
		{"/paths/~1a/get/responses/200/content/application~1json/example", "example", "media types"},
		{"/components/schemas/Pet/properties/id/nullable", "nullable", "schemas"},
		{"/components/securitySchemes/k/in", "in", "security schemes"},
	}
	for _, tt := range tests {
		want := fold{verdict: openapi.NodeIgnored, why: "why", rule: "rule", key: tt.key, places: tt.places}
		if got := foldOf(openapi.NodeReport{Pointer: tt.pointer, Verdict: openapi.NodeIgnored, Why: "why", Rule: "rule"}); got != want {
			t.Errorf("foldOf(%s) = %+v, want %+v", tt.pointer, got, want)
		}
	}
}
