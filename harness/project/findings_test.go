package project

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-api/rehearse/openapi"
)

// TestNoErrorOnWhatWorks lints the document of each case of what AWS answered. A
// rule that calls something an error which works on AWS turns people away, so what
// is called one must be a method whose every call in the case fails.
func TestNoErrorOnWhatWorks(t *testing.T) {
	for _, c := range runtimeCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			document, err := yaml.Marshal(&c.OpenAPI)
			if err != nil {
				t.Fatal(err)
			}
			p, err := OpenFS(fstest.MapFS{
				ConfigName: {Data: rehearseYAMLOf(t, c)}, "openapi.yaml": {Data: backendName.ReplaceAll(document, []byte("$1.example.com"))},
			}, ConfigName, Options{AllowRefused: true, Inspect: true})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			for _, f := range p.Findings() {
				if f.Severity == openapi.Error && !failing(c, f.Pointer) {
					t.Errorf("%s: %s: %s", f.Pos, f.Rule, f.Message)
				}
			}
		})
	}
}

// backendName is where a case's document names one of its backends.
var backendName = regexp.MustCompile(`\{\{backend\.([^}]+)\}\}`)

// failing reports whether the case calls the method that a pointer leads into,
// and every call of it fails.
func failing(c *runtimeCase, pointer string) bool {
	parts := strings.Split(pointer, "/")
	if len(parts) < 4 || parts[1] != "paths" {
		return false
	}
	path, verb := strings.ReplaceAll(parts[2], "~1", "/"), parts[3]
	called := false
	for _, step := range c.Steps {
		_, rest, _ := strings.Cut(strings.TrimPrefix(step.Request.Path, "/"), "/") // behind the stage
		if "/"+rest != path || verb != strings.ToLower(step.Request.Method) && verb != "x-amazon-apigateway-any-method" {
			continue
		}
		if step.Expect.Status < 400 {
			return false
		}
		called = true
	}
	return called
}
