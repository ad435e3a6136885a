package openapi

import (
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// FuzzBundle bundles two files of any text: it comes to an end, and then nothing
// of another file is left to bundle but what it said can't be.
func FuzzBundle(f *testing.F) {
	seeds := [][2]string{
		{"paths: {/x: {$ref: other.yaml}}", "get: {responses: {'200': {$ref: '#/ok'}}}\nok: {}"},
		{"components: {schemas: {$ref: other.yaml}}", "A: {$ref: '#/A'}\nB: {items: {$ref: 'api.yaml#/components/schemas/A'}}"},
		{"components: {schemas: {A: {$ref: other.yaml}}}", "$ref: other.yaml"},
		{"components: {$ref: other.yaml}\npaths: {$ref: 'other.yaml#/paths'}", "schemas: {A: &a {items: {$ref: '#/schemas/A'}}, B: *a}\npaths: {/x: {$ref: '#/paths/~1x'}}"},
		{"swagger: 2.0\ndefinitions: {A: {$ref: 'other.yaml#/A/items/0'}}", "A: {$ref: '#/B'}\nB: {items: [{$ref: 'other.yaml#/A'}]}"},
		{"info: {$ref: other.yaml}", "a: {$ref: '#'}\nb: {$ref: api.yaml}"},
		{"x-amazon-apigateway-policy: {$ref: 'other.yaml#/%2e%ff/~01'}", "]"},
	}
	for _, s := range seeds {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, api, other string) {
		file, err := source.Read("api.yaml", []byte(api))
		if err != nil {
			return
		}
		read := filesOf(project(map[string]string{"api.yaml": api, "other.yaml": other}), nil)
		root, findings, why := bundle(file.Root, "api.yaml", read)
		for _, f := range findings {
			if f.Rule == "" || f.Message == "" || f.Category == "" || f.Severity == "" || f.Evidence == "" || f.Pos.File == "" {
				t.Errorf("finding %+v", f)
			}
			if f.Rule == "document-too-large" {
				return
			}
		}
		aliases := strings.Contains(api+other, "&") // values that are one may be said to stay once
		values := 0
		var check func(n *source.Node, s shape)
		check = func(n *source.Node, s shape) {
			if values++; n == nil || s == dataShape || values > maxBundledValues {
				return
			}
			if ref := reference(n); ref != nil {
				if fileRef(ref.Value) && why[ref.Pos] == "" && !aliases {
					t.Errorf("%s stays at %s, and nobody says why", ref.Value, ref.Pos)
				}
				return // what stands beside it doesn't count
			}
			for _, item := range n.Items {
				check(item, shapes[s].item)
			}
			for _, m := range n.Members {
				check(m.Value, s.of(m.Key))
			}
		}
		check(root, documentShape)
		Import(&Document{Name: "api.yaml", Root: root, Files: []*source.File{file}}, Options{})
	})
}
