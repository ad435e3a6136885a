package openapi

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// FuzzImport reads and imports anything: no panic, no hang, every finding with a
// rule and a message, a verdict on every node, JSON that can be read, and a second
// import that says the same.
func FuzzImport(f *testing.F) {
	for _, c := range readFiles(f, casesFolder+"/*.yaml") {
		f.Add(documentOf(c.Root))
	}
	f.Add([]byte(largeDocument(2)))
	f.Add([]byte(strings.Replace(largeDocument(2), "openapi: 3.0.1", "swagger: '2.0'", 1)))
	f.Add([]byte("openapi: 3.0.1\npaths: &p {/a: *p}\n"))
	f.Add([]byte("openapi: 3.0.1\npaths: {/a: {$ref: '#/paths/~1a'}, /b: {get: {responses: {'200': {$ref: '#/paths/~1b/get/responses/200'}}}}}\n"))
	f.Fuzz(checkImport)
}

// checkImport imports data and checks what holds of every import.
func checkImport(t *testing.T, data []byte) {
	doc, err := LoadBytes("fuzz", data)
	if err != nil {
		if len(Unreadable(err)) == 0 {
			t.Fatalf("no finding for %v", err)
		}
		return
	}
	o := Options{Basepath: "prepend", Substitutions: map[string]string{"a": "b"}}
	checkEveryNode(t, doc.Root, Report(doc, o))
	api, findings := Import(doc, o)
	checkElements(t, api)
	for _, x := range findings {
		if x.Rule == "" || x.Message == "" || x.Category == "" || x.Severity == "" || x.Evidence == "" || x.Pos.File == "" {
			t.Fatalf("a finding lacks something: %+v", x)
		}
		if i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == x.Rule }); i < 0 || rules[i].Category != x.Category {
			t.Fatalf("%s of category %s is not in the table of rules", x.Rule, x.Category)
		}
		if (x.AWS == "") != (x.AWSKind == AWSSilent) {
			t.Fatalf("AWS says %q, kind %d", x.AWS, x.AWSKind)
		}
	}
	first := ShowJSON(api, findings, o)
	if !json.Valid(first) {
		t.Fatalf("no JSON: %s", first)
	}
	o.Onto = api
	merged, _ := Import(doc, o)
	checkElements(t, merged)
	o.Onto = nil
	api, findings = Import(doc, o)
	if second := ShowJSON(api, findings, o); string(second) != string(first) {
		t.Fatalf("two imports differ:\n%s\n%s", first, second)
	}
}

// FuzzImportOfWrongKinds imports good documents in which some values were
// replaced by those of other kinds or of other places.
func FuzzImportOfWrongKinds(f *testing.F) {
	documents := wholeDocuments(f)
	for i := range documents {
		f.Add(uint(i), uint64(1))
	}
	f.Fuzz(func(t *testing.T, i uint, seed uint64) {
		checkImport(t, mutated(documents[i%uint(len(documents))], rand.New(rand.NewPCG(seed, 0))))
	})
}

// TestImportOfWrongKinds is some of FuzzImportOfWrongKinds in every run.
func TestImportOfWrongKinds(t *testing.T) {
	for _, document := range wholeDocuments(t) {
		for seed := range uint64(20) {
			checkImport(t, mutated(document, rand.New(rand.NewPCG(seed, 1))))
		}
	}
}

// wholeDocuments are the documents of all cases, and one that uses every
// extension.
func wholeDocuments(t testing.TB) [][]byte {
	t.Helper()
	files, _ := filepath.Glob(casesFolder + "/*.yaml")
	files = append(files, "testdata/everything.yaml", "testdata/swagger.yaml")
	var documents [][]byte
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := source.Read(name, data)
		if err != nil {
			t.Fatal(err)
		}
		root := f.Root
		if inner := root.Get("openapi"); inner != nil && inner.Kind == source.Object {
			root = inner
		} else if root.Get("openapi_text") != nil {
			continue
		}
		documents = append(documents, ordered.Append(nil, root.Ordered()))
	}
	return documents
}

// mutated replaces up to four values of a document.
func mutated(document []byte, r *rand.Rand) []byte {
	root, err := ordered.Parse(document)
	if err != nil {
		return document
	}
	type slot struct {
		value any
		set   func(any)
	}
	var slots []slot
	var collect func(v any)
	collect = func(v any) {
		switch v := v.(type) {
		case *ordered.Object:
			for k, x := range v.All() {
				slots = append(slots, slot{x, func(y any) { v.Set(k, y) }})
				collect(x)
			}
		case *ordered.Array:
			for i, x := range v.Items {
				slots = append(slots, slot{x, func(y any) { v.Items[i] = y }})
				collect(x)
			}
		}
	}
	collect(root)
	for range 1 + r.IntN(4) {
		var value any
		switch r.IntN(9) {
		case 0:
		case 1:
			value = true
		case 2:
			value = ordered.Number("-7.5")
		case 3:
			value = ""
		case 4:
			value = &ordered.Array{}
		case 5:
			value = &ordered.Array{Items: []any{nil, "a", ordered.NewObject(0)}}
		case 6:
			value = ordered.NewObject(0)
		case 7:
			value = object("$ref", "#"+[]string{"", "/paths", "/components/schemas/Pet", "/x"}[r.IntN(4)])
		default:
			value = ordered.Clone(slots[r.IntN(len(slots))].value)
		}
		slots[r.IntN(len(slots))].set(value)
	}
	return ordered.Append(nil, root)
}

func FuzzParseFunctionURI(f *testing.F) {
	f.Add(lambdaURI)
	f.Add("arn:aws:lambda:us-west-2:123456789012:function:f:prod")
	f.Add("f:$LATEST")
	f.Fuzz(func(t *testing.T, uri string) {
		got, err := ParseFunctionURI(uri)
		if err != nil {
			return
		}
		// what was read can be written as an ARN and is the same then
		qualified := got.Name
		if got.Qualifier != "" {
			qualified += ":" + got.Qualifier
		}
		if again, err := ParseFunctionURI(qualified); err != nil || again.Name != got.Name || again.Qualifier != got.Qualifier {
			t.Errorf("%q gave %+v, read again %+v, %v", uri, got, again, err)
		}
	})
}

// TestHostileDocuments imports what is made to be expensive.
func TestHostileDocuments(t *testing.T) {
	many := func(n int, line func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(line(i))
		}
		return b.String()
	}
	number := func(i int) string { return string(ordered.Append(nil, intNumber(i))) }
	tests := []struct{ name, document string }{
		{"many operations share one response of many headers", head + "paths:\n" +
			many(3000, func(i int) string {
				return "  /p" + number(i) + ": {get: {responses: {'200': {$ref: '#/components/responses/R'}}}}\n"
			}) +
			"components: {responses: {R: {headers: {" + many(3000, func(i int) string { return "h" + number(i) + ": {}, " }) + "}}}}"},
		{"many parameters on a path with all methods", head + "paths:\n" +
			many(500, func(i int) string {
				return "  /p" + number(i) + ": {parameters: &p" + number(i) + " [" + many(300, func(i int) string { return "{name: n" + number(i) + ", in: query}, " }) + "], get: {}, put: {}, post: {}, delete: {}, patch: {}, head: {}, options: {}}\n"
			})},
		{"deep references", head + "paths: {}\ncomponents: {parameters: {" + many(2000, func(i int) string {
			return "P" + number(i) + ": {$ref: '#/components/parameters/P" + number(i+1) + "'}, "
		}) + "}}"},
		{"many models in one long chain that fails", head + "paths: {}\ncomponents: {schemas: {" + many(20000, func(i int) string { return "M" + number(i) + ": {$ref: '#/components/schemas/M" + number(i+1) + "'}, " }) + "}}"},
		{"one long path", head + "paths: {" + strings.Repeat("/a", 20000) + ": {get: {responses: {}}}}"},
		{"many deep paths that share nothing", head + "paths:\n" +
			many(500, func(i int) string {
				return "  /p" + number(i) + strings.Repeat("/a", 4000) + ": {get: {responses: {}}}\n"
			})},
		{"many responses of one status", head + "paths: {/x: {get: {x-amazon-apigateway-integration: {type: mock, responses: {" + many(5000, func(i int) string { return "p" + number(i) + ": {}, " }) + "}}}}}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := LoadBytes("hostile.yaml", []byte(tt.document))
			if err != nil {
				t.Fatal(err)
			}
			api, findings := Import(doc, Options{})
			if out := ShowJSON(api, findings, Options{}); len(out) > 200<<20 {
				t.Errorf("%d bytes were made of %d", len(out), len(tt.document))
			}
			checkEveryNode(t, doc.Root, Report(doc, Options{}))
		})
	}
}
