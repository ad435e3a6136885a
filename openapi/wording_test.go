package openapi

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestFindingsSayWhatIsMeant holds messages that once were misleading.
func TestFindingsSayWhatIsMeant(t *testing.T) {
	const intro = head
	tests := []struct {
		name, paths string
		other       string // paths.yaml
		rule, want  string
		never       string // a rule that has nothing to say here
	}{
		{"a method without responses stays", "  /x: {get: {}}", "",
			"operation-without-responses", "GET /x has no responses: the method is there and declares no answer", ""},
		{"a reference to a folder names no model", "  /x: {get: {responses: {'400': {description: no, content: {application/json: {schema: {$ref: 'schemas/'}}}}}}}", "",
			"model-ref-missing", `the response 400 of GET /x uses the schema reference "schemas/", which names no model: the reference is left out`, ""},
		{"a reference to a schema that isn't there", "  /x: {get: {responses: {'400': {description: no, content: {application/json: {schema: {$ref: '#/components/schemas/S'}}}}}}}", "",
			"model-ref-missing", `the response 400 of GET /x uses the schema "S", which is no model: the reference is left out`, ""},
		{"paths that lead back to themselves through a file", "  $ref: paths.yaml", "$ref: openapi.yaml#/paths",
			"ref-cycle", `paths refers to "#/paths", which leads back to itself: it is left out`, "path-without-slash"},
		{"paths that lead back to themselves", "  $ref: '#/paths'", "",
			"ref-cycle", `paths refers to "#/paths", which leads back to itself: it is left out`, "path-without-slash"},
		{"paths in another place of the document", "  $ref: '#/x-paths'", "",
			"openapi-wrong-kind", `paths refers to "#/x-paths", and API Gateway reads paths only where they stand: it is ignored`, "path-without-slash"},
		{"paths in a file that isn't there", "  $ref: nowhere.yaml", "",
			"external-ref-dropped", `"nowhere.yaml" is not in this document: what refers to it is left out`, "path-without-slash"},
		{"a path without a slash is no reference", "  x: {get: {responses: {}}}", "",
			"path-without-slash", `the path "x" doesn't start with /`, "ref-cycle"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := fstest.MapFS{"openapi.yaml": {Data: []byte(intro + "paths:\n" + tt.paths + "\n")}}
			if tt.other != "" {
				files["paths.yaml"] = &fstest.MapFile{Data: []byte(tt.other + "\n")}
			}
			doc, err := Load(files, "openapi.yaml")
			if err != nil {
				t.Fatal(err)
			}
			_, findings := Import(doc, Options{})
			var said []string
			for _, f := range findings {
				said = append(said, f.Rule+": "+f.Message)
			}
			if !slices.Contains(said, tt.rule+": "+tt.want) {
				t.Errorf("want %s: %s\ngot\n%s", tt.rule, tt.want, strings.Join(said, "\n"))
			}
			if slices.ContainsFunc(findings, func(f Finding) bool { return f.Rule == tt.never }) {
				t.Errorf("%s is said:\n%s", tt.never, strings.Join(said, "\n"))
			}
		})
	}
	// A document read by itself has no bundle to say it.
	doc, err := LoadBytes("openapi.yaml", []byte(intro+"paths:\n  $ref: other.yaml\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, findings := Import(doc, Options{})
	if !slices.ContainsFunc(findings, func(f Finding) bool {
		return f.Rule == "external-ref-dropped" && f.Message == `paths refers to "other.yaml", which is not in this document: it is left out`
	}) {
		t.Errorf("got %+v", findings)
	}
}

// TestPlaceAndPointerAgree holds what the import says of each rule's document to one
// thing: its place is that of what its pointer leads to, or stands inside of it.
func TestPlaceAndPointerAgree(t *testing.T) {
	for id, text := range triggers {
		doc, err := LoadBytes(id+".yaml", []byte(text))
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		_, findings := Import(doc, Options{})
		for _, f := range findings {
			n := doc.Node(f.Pointer)
			if f.Pointer != "" && n != nil && f.Pos != doc.At(f.Pointer) && !n.Holds(f.Pos) {
				t.Errorf("%s: %s: the pointer %s is at %s", f.Pos, f.Rule, f.Pointer, doc.At(f.Pointer))
			}
		}
	}
}
