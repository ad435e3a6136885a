package project

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi"
)

// Recheck says of another text what lint would say of it, with the config around
// it, and leaves the project as it is.
func TestRecheck(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const text = `openapi: 3.0.1
info: {title: T, version: "1"}
paths:
  /items/{id}:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:F/invocations
`
	write("rehearse.yaml", "apis:\n  T: {document: a.yaml, stages: {dev: {}, prod: {document: b.yaml}}}\n")
	write("a.yaml", text)
	write("b.yaml", strings.Replace(text, "title: T", "title: B", 1))
	p, err := Open(filepath.Join(dir, "rehearse.yaml"), Options{Inspect: true})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	has := func(findings []openapi.Finding, rule string) bool {
		return slices.ContainsFunc(findings, func(f openapi.Finding) bool { return f.Rule == rule })
	}
	for _, d := range p.Documents() {
		before := len(p.Findings())
		if _, found := p.Recheck(d, []byte(text)); !has(found, "path-parameter-undeclared") || !has(found, "function-unknown") {
			t.Errorf("%s: as it stands: %v", d.Name, found)
		}
		mended := strings.Replace(text, "      responses", "      parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n      responses", 1)
		now, found := p.Recheck(d, []byte(mended))
		if has(found, "path-parameter-undeclared") || !has(found, "function-unknown") {
			t.Errorf("%s: mended: %v", d.Name, found)
		}
		if now == d || now.Name != d.Name || now.API != d.API || len(now.Stages) != len(d.Stages) || len(now.Stages) != 1 {
			t.Errorf("%s becomes %+v", d.Name, now)
		}
		if _, found := p.Recheck(d, []byte("a: [")); !has(found, "document-unparseable") {
			t.Errorf("%s: broken: %v", d.Name, found)
		}
		if !slices.Contains(p.Documents(), d) || len(p.Findings()) != before || d.Refused {
			t.Errorf("%s: the project has changed", d.Name)
		}
	}
}
