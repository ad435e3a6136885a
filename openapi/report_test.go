package openapi

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A reported document is one of the tree's documents with how it is imported.
type reportedDocument struct {
	name string
	doc  *Document
	o    Options
}

// reportedDocuments are the documents of all cases of an import, of the rules of
// lint, of the lab and of this package's tests.
func reportedDocuments(t testing.TB) []reportedDocument {
	t.Helper()
	var all []reportedDocument
	for _, f := range readFiles(t, casesFolder+"/*.yaml", "lint/testdata/*.yaml", "../fixtures/items/openapi*.yaml", "testdata/*.yaml") {
		data := f.Data()
		d := reportedDocument{name: strings.TrimSuffix(filepath.Base(f.Name), ".yaml"), o: Options{APIID: "abcdefghij"}}
		if filepath.Dir(f.Name) == filepath.Clean(casesFolder) {
			d.o = caseOptions(f.Root)
			d.o.APIID, d.o.FailOnWarnings = "abcdefghij", false
			data = documentOf(f.Root)
			if existing := f.Root.Get("import").Get("existing"); existing != nil {
				old, err := LoadBytes("existing", documentOf(existing))
				if err != nil {
					t.Fatal(err)
				}
				d.o.Onto, _ = Import(old, Options{Region: d.o.Region, APIID: d.o.APIID})
			}
		}
		var err error
		if d.doc, err = LoadBytes(d.name, data); err != nil {
			continue // no document, no nodes
		}
		all = append(all, d)
	}
	split, err := Load(os.DirFS("../fixtures/documents/split"), "openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, reportedDocument{"split", split, Options{APIID: "abcdefghij"}})
	for name, text := range otherDocuments {
		doc, err := LoadBytes(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, reportedDocument{name, doc, Options{APIID: "abcdefghij"}})
	}
	return all
}

// otherDocuments are of kinds that no file has.
var otherDocuments = map[string]string{
	"aliases": `
openapi: 3.0.1
info: {title: aliases, version: "1"}
x-shared: &method
  operationId: shared
  responses: {"200": &ok {description: ok, headers: {X-A: {}}}}
  x-amazon-apigateway-integration: &mock {type: mock, responses: {default: {statusCode: 200}}}
paths:
  /a: {get: *method, put: {<<: *method, operationId: own}}
  /b: {get: {responses: {"200": *ok, default: *ok}, x-amazon-apigateway-integration: *mock, x-other: *mock}}
`,
	"corners": `
openapi: 3.0.1
info: {title: corners, version: "1"}
x-amazon-apigateway-request-validators: {none: {}}
x-amazon-apigateway-documentation:
  documentationParts:
    - {location: {type: API}}
    - {location: {type: METHOD, path: /p}, properties: {a: 1}}
    - {location: {type: METHOD, path: /p}, properties: {a: 2}}
paths:
  /: {$ref: "#/components/x-paths/none"}
  /bare: {}
  /bare/b: {get: {}}
  /wrong: {$ref: "#/info/title"}
  /b c: {$ref: "#/components/x-paths/none"}
  /ref: {$ref: "#/components/x-paths/none"}
  /nowhere: {$ref: "#/nowhere", get: {responses: {}}}
  /p:
    parameters: [{$ref: "#/components/parameters/Size"}]
    get:
      parameters:
        - {name: size, in: query}
        - {$ref: "#/components/parameters/Cookie"}
        - {$ref: "#/info/title", name: b, in: query}
        - {$ref: "#/nowhere", name: c, in: query}
        - {$ref: "#/components/parameters/Chain"}
      requestBody: {$ref: "#/components/requestBodies/Empty"}
      responses: {"200": {$ref: "#/components/responses/Words"}}
      x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: "https://a.example", tlsConfig: {}}
  /q:
    get:
      requestBody: {$ref: "#/nowhere", content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}
      responses: {"200": {content: {application/json: {schema: {type: array, items: {$ref: "#/nowhere"}}}}}}
      security: [{link: []}]
components:
  parameters:
    Size: {name: size, in: query}
    Cookie: {name: sid, in: cookie}
    Chain: {$ref: "#/nowhere"}
  requestBodies: {Empty: {description: nothing}}
  responses: {Words: {description: words}}
  x-paths: {none: {summary: no methods}}
  schemas:
    A: {type: object, properties: {}}
    B: {items: [], required: []}
    C: {$ref: "#/components/schemas/A", description: of the model, title: of nothing}
    D: {$ref: "https://apigateway.us-east-1.amazonaws.com/restapis/abcdefghij/models/A"}
    E: {oneOf: [{type: array}, {type: "null"}], title: of nothing}
    F: {type: [array, "null"]}
  securitySchemes:
    key: {type: apiKey, name: x-api-key, in: header}
    unused: {$ref: "#/components/securitySchemes/key"}
    link: {$ref: "#/components/securitySchemes/key"}
`,
	"template": `
AWSTemplateFormatVersion: "2010-09-09"
Parameters: {Title: {Type: String, Default: template}}
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        openapi: 3.0.1
        info: {title: !Ref Title, version: "1"}
        tags: [{name: !Ref Title}]
        paths:
          /x:
            get:
              summary: !Sub "${Title}"
              responses: {"200": {description: ok}}
              x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: !Sub "https://${AWS::Region}.example.com/"}
`,
}

// TestReport reads as what the verdicts mean.
func TestReport(t *testing.T) {
	const text = `
openapi: 3.0.1
info: {title: T, version: 1.0, x-team: us}
tags: [{name: a}]
servers: [{url: "https://a.example/v1"}, {url: "https://b.example"}]
paths:
  /items:
    parameters: [{name: size, in: query}, {name: page, in: query, required: "true"}]
    get:
      tags: [a]
      parameters: [{name: size, in: query, schema: {maximum: 5}}, {name: id, in: cookie}]
      responses: {"200": {description: ok, headers: {X-A: {schema: {type: string}}}}, default: {description: no}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: get
        uri: https://${AWS::Region}.example.com/
        requestTemplates: {application/json: "{}"}
        responses: {default: {statusCode: 200}, "5..": {statusCode: "200"}}
    put: {requestBody: {content: {application/json: {schema: {type: object}}}}, security: [{key: []}, {nobody: []}], x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: here}}
    head: {x-amazon-apigateway-integration: {type: mock, uri: "https://a.example", timeoutInMillis: "50"}}
  /a b: {get: {responses: {}}}
components:
  schemas:
    Item: {type: object, required: [id], properties: {id: {type: string, nullable: true}, next: {$ref: "#/components/schemas/Item"}}}
    Lists: {properties: {a: {type: [array, "null"]}, b: {oneOf: [{type: array}, {type: "null"}], title: b}}}
    Shape: {discriminator: {propertyName: kind}, type: object}
  securitySchemes:
    key: {type: apiKey, name: x-api-key, in: header}
    basic: {type: http, scheme: basic}
`
	tests := []struct {
		pointer string
		verdict Verdict
		why     string
	}{
		{"", NodeImported, ""},
		{"/info/title", NodeImported, ""},
		{"/info/version", NodeChanged, "the number becomes a text"},
		{"/info/x-team", NodeIgnored, "no extension of AWS's"},
		{"/tags", NodeIgnored, "tags have no effect"},
		{"/servers", NodeIgnored, "only the first of several servers counts"},
		{"/paths/~1items/parameters/0", NodeImported, ""}, // by put and head: get declares it itself
		{"/paths/~1items/parameters/1/required", NodeChanged, "becomes true"},
		{"/paths/~1items/get", NodeImported, ""},
		{"/paths/~1items/get/parameters/0/schema", NodeIgnored, "nothing checks it: of a parameter API Gateway reads name, in and required"},
		{"/paths/~1items/get/parameters/1", NodeIgnored, "GET /items: the parameter \"id\" is in \"cookie\", which API Gateway doesn't know: it is left out"},
		{"/paths/~1items/get/responses/200/headers/X-A", NodeImported, ""},
		{"/paths/~1items/get/responses/200/headers/X-A/schema", NodeIgnored, "of a header only its name counts"},
		{"/paths/~1items/get/responses/default", NodeIgnored, "GET /items: the response \"default\" is no status code: it is left out"},
		{"/paths/~1items/get/x-amazon-apigateway-integration/httpMethod", NodeChanged, "in upper case"},
		{"/paths/~1items/get/x-amazon-apigateway-integration/uri", NodeChanged, "its variables are filled in"},
		{"/paths/~1items/get/x-amazon-apigateway-integration/requestTemplates/application~1json", NodeImported, ""},
		{"/paths/~1items/get/x-amazon-apigateway-integration/responses/default", NodeIgnored, "a later response has its status code"},
		{"/paths/~1items/get/x-amazon-apigateway-integration/responses/5..", NodeImported, ""},
		{"/paths/~1items/put/requestBody/content/application~1json/schema", NodeChanged, "becomes the model MODELa2c799"},
		{"/paths/~1items/put/security/0/key", NodeChanged, "becomes apiKeyRequired: true"},
		{"/paths/~1items/put/security/1/nobody", NodeIgnored, "security names \"nobody\", which is not defined: PUT /items stays open"},
		{"/paths/~1items/put/x-amazon-apigateway-integration/uri", NodeRefused, "PUT /items: uri is \"here\", want an http or https URL"},
		{"/paths/~1items/head/x-amazon-apigateway-integration/uri", NodeIgnored, "HEAD /items: a mock integration has no uri: it is left out"},
		{"/paths/~1items/head/x-amazon-apigateway-integration/timeoutInMillis", NodeChanged, "becomes the number 50"},
		{"/paths/~1a b", NodeRefused, "\"a b\" can't be a part of a path"},
		{"/components/schemas/Item/required", NodeImported, ""},
		{"/components/schemas/Item/properties/id/nullable", NodeIgnored, "nullable is left out of the model"},
		{"/components/schemas/Item/properties/next/$ref", NodeChanged, "becomes the URL of the model"},
		{"/components/schemas/Lists/properties/a/type", NodeChanged, "becomes array"},
		{"/components/schemas/Lists/properties/b/oneOf", NodeChanged, "only the array of it is kept"},
		{"/components/schemas/Lists/properties/b/oneOf/1", NodeChanged, "of an array or null the array is kept"},
		{"/components/schemas/Lists/properties/b/title", NodeIgnored, "only the array of oneOf is kept"},
		{"/components/schemas/Shape/discriminator", NodeRefused, "schema Shape: API Gateway's models don't know discriminator"},
		{"/components/schemas/Shape/type", NodeIgnored, "schema Shape: API Gateway's models don't know discriminator"},
		{"/components/securitySchemes/basic", NodeIgnored, "the security scheme basic is of type \"http\"; a REST API acts on apiKey only: methods that use it stay open"},
	}
	doc, err := LoadBytes("t.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	nodes := map[string]NodeReport{}
	for _, n := range Report(doc, Options{}) {
		nodes[n.Pointer] = n
	}
	for _, tt := range tests {
		if n, ok := nodes[tt.pointer]; !ok || n.Verdict != tt.verdict || n.Why != tt.why {
			t.Errorf("%s is %s: %q (%v), want %s: %q", tt.pointer, n.Verdict, n.Why, ok, tt.verdict, tt.why)
		}
	}
}

// TestReportOfSubstitutions tells what was filled in, keys too; pointers are
// those of the document.
func TestReportOfSubstitutions(t *testing.T) {
	doc, err := LoadBytes("t.yaml", []byte(head+"paths: {\"${base}/x\": {get: {operationId: \"${name}\", responses: {}}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"/paths/${base}~1x":                 "the variables of its key are filled in",
		"/paths/${base}~1x/get/operationId": whyFilled,
	}
	for _, n := range Report(doc, Options{Substitutions: map[string]string{"base": "/v1", "name": "list"}}) {
		if why, ok := want[n.Pointer]; ok && (n.Verdict != NodeChanged || n.Why != why) {
			t.Errorf("%s is %s: %q, want changed: %q", n.Pointer, n.Verdict, n.Why, why)
		}
		delete(want, n.Pointer)
	}
	if len(want) > 0 {
		t.Errorf("the report lacks %v", want)
	}
}

// TestReportWithFailOnWarnings refuses what AWS only warns about else.
func TestReportWithFailOnWarnings(t *testing.T) {
	doc, err := LoadBytes("t.yaml", []byte(head+"paths: {}\ncomponents: {surprise: {a: 1}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for strict, want := range map[bool]Verdict{false: NodeIgnored, true: NodeRefused} {
		i := slices.IndexFunc(Report(doc, Options{FailOnWarnings: strict}), func(n NodeReport) bool { return n.Pointer == "/components/surprise" && n.Verdict == want })
		if i < 0 {
			t.Errorf("with failonwarnings %v /components/surprise is not %s", strict, want)
		}
	}
}

// BenchmarkReport is the import with a report, without the reading of the file.
func BenchmarkReport(b *testing.B) {
	doc, err := LoadBytes("large.yaml", []byte(largeDocument(1200)))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		Report(doc, Options{})
	}
}

// answerTo is what AWS would say of an import, without its warnings, and the
// elements that can be covered.
func answerTo(doc *Document, o Options) string {
	api, findings := Import(doc, o)
	findings = slices.DeleteFunc(findings, func(f Finding) bool { return f.AWSKind == AWSWarning })
	var elements []string
	for _, e := range api.Elements {
		elements = append(elements, e.Kind+" "+e.Name)
	}
	slices.Sort(elements) // their order is of no meaning
	return string(ShowJSON(api, findings, o)) + strings.Join(elements, "\n")
}

// with is a document in which another value stands at a pointer; without it, if
// the value is nil.
func with(doc *Document, pointer string, value *source.Node) *Document {
	d := *doc
	d.Root = replaced(doc.Root, strings.Split(pointer, "/")[1:], value)
	return &d
}

func replaced(n *source.Node, path []string, value *source.Node) *source.Node {
	if len(path) == 0 {
		return value
	}
	c := *n
	c.Members, c.Items = slices.Clone(n.Members), slices.Clone(n.Items)
	if n.Kind == source.Array {
		for i := range c.Items {
			if itoa(i) == path[0] {
				if c.Items[i] = replaced(n.Items[i], path[1:], value); c.Items[i] == nil {
					c.Items = slices.Delete(c.Items, i, i+1)
				}
				return &c
			}
		}
	}
	key := unescapePointer(path[0])
	i := slices.IndexFunc(c.Members, func(m source.Member) bool { return m.Key == key })
	if c.Members[i].Value = replaced(n.Members[i].Value, path[1:], value); c.Members[i].Value == nil {
		c.Members = slices.Delete(c.Members, i, i+1)
	}
	return &c
}

// others are values that could stand in the place of one.
func others(n *source.Node) []*source.Node {
	text := func(s string) *source.Node { return source.NewString(source.Plain("other", s), n.Pos) }
	all := []*source.Node{{Kind: source.Bool, Value: "true"}, {Kind: source.Bool, Value: "false"}, {Kind: source.Object}, {Kind: source.Array}}
	for _, s := range []string{n.Value + "x", "AUTHORIZER", "NEVER", "VPC_LINK", "CONVERT_TO_TEXT", "GET", "404", "AWS_IAM", "METHOD", "query", "header", "path", "77", "/other"} {
		all = append(all, text(s))
	}
	return all
}

// TestReportIsTrue holds the report against the import of documents from which
// the nodes were taken one by one.
func TestReportIsTrue(t *testing.T) {
	for _, d := range reportedDocuments(t) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			checkReport(t, d.doc, d.o)
		})
	}
}

// TestReportIsTrueOfMutilatedDocuments is [TestReportIsTrue] with documents in
// which some values stand at places where they don't belong.
func TestReportIsTrueOfMutilatedDocuments(t *testing.T) {
	for i, data := range wholeDocuments(t) {
		for seed := range uint64(mutilations) {
			doc, err := LoadBytes("mutilated", mutated(data, rand.New(rand.NewPCG(seed, uint64(i)))))
			if err != nil {
				continue
			}
			o := Options{APIID: "abcdefghij", Basepath: []string{"ignore", "prepend", "split"}[seed%3]}
			if checkReport(t, doc, o); t.Failed() {
				t.Fatalf("document %d, seed %d: %s", i, seed, ordered.Append(nil, doc.Root.Ordered()))
			}
		}
	}
}

const mutilations = 3 // of each document

// laterPart is an exception: a documentation part that is replaced leaves
// its place among the parts to the one that replaces it.
const laterPart = "a later part stands at the same place"

// checkReport makes the report of a document and holds it against the imports of
// documents that lack one of its nodes, or have another value for it. A node that
// holds others matters if one of them does.
func checkReport(t *testing.T, doc *Document, o Options) {
	t.Helper()
	nodes := Report(doc, o)
	_, findings := Import(doc, o)
	checkEveryNode(t, doc.Root, nodes)
	byPointer := map[string]*NodeReport{}
	for i := range nodes {
		byPointer[nodes[i].Pointer] = &nodes[i]
	}
	checkRefused(t, byPointer, findings)
	whole := answerTo(doc, o)
	checkStands(t, doc, nodes, whole)
	// one message of AWS's hides all others: what leads to another refusal makes no difference
	alone := slices.ContainsFunc(findings, func(f Finding) bool { return f.AWSKind == AWSAlone })
	matters := map[string]bool{} // pointers whose removal or change makes a difference
	for i := len(nodes) - 1; i > 0; i-- {
		n := &nodes[i]
		removed := answerTo(with(doc, n.Pointer, nil), o) != whole
		differs := removed || matters[n.Pointer]
		if n.Verdict == NodeIgnored && removed && n.Why != laterPart {
			t.Errorf("%s is %s (%s), and without it the API is another: %s", n.Pointer, n.Verdict, n.Why, difference(whole, answerTo(with(doc, n.Pointer, nil), o)))
		}
		if n.Verdict == NodeImported || n.Verdict == NodeChanged {
			node := doc.Node(n.Pointer)
			for _, other := range others(node) {
				differs = differs || answerTo(with(doc, n.Pointer, other), o) != whole
			}
			differs = differs || addedAnyway(doc, node)
			if !differs && !alone {
				t.Errorf("%s is %s (%s), and neither without it nor with another value is the API another", n.Pointer, n.Verdict, n.Why)
			}
		}
		if differs {
			matters[n.Pointer[:strings.LastIndexByte(n.Pointer, '/')]] = true
		}
	}
}

// checkStands checks that what is imported as it stands is to be seen in the API:
// the text of each such scalar. The version of OpenAPI is not, and properties of
// a documentation part that are JSON in a text are shown as JSON.
func checkStands(t *testing.T, doc *Document, nodes []NodeReport, shown string) {
	t.Helper()
	for i := range nodes {
		n := doc.Node(nodes[i].Pointer)
		key := nodes[i].Pointer[strings.LastIndexByte(nodes[i].Pointer, '/')+1:]
		if nodes[i].Verdict != NodeImported || !isScalar(n) || key == "openapi" || key == "swagger" || key == "properties" {
			continue
		}
		text := string(ordered.Append(nil, n.Ordered()))
		if text = strings.Trim(text, `"`); !strings.Contains(shown, text) {
			t.Errorf("%s is imported as it stands, and %s is not in the API", nodes[i].Pointer, text)
		}
	}
}

// addedAnyway reports whether a node is a reference to a variable of the path,
// which AWS adds to a method that doesn't declare it (case
// path-parameter-added-by-aws).
func addedAnyway(doc *Document, n *source.Node) bool {
	target, isReference := strings.CutPrefix(n.Value, "#")
	return isReference && scalar(doc.Node(target).Get("in")) == "path"
}

func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	from := max(0, i-60)
	return fmt.Sprintf("…%s… and …%s…", a[from:min(len(a), i+60)], b[from:min(len(b), i+60)])
}

// checkEveryNode checks that every node of a document has one verdict, in
// document order: an entry of its own, or that of one above it which says so.
func checkEveryNode(t *testing.T, root *source.Node, nodes []NodeReport) {
	t.Helper()
	i := 0
	var check func(n *source.Node, pos source.Pos, pointer string)
	check = func(n *source.Node, pos source.Pos, pointer string) {
		if i >= len(nodes) || nodes[i].Pointer != pointer {
			t.Fatalf("%s is not in the report where it should be, at %d", pointer, i)
		}
		got := nodes[i]
		i++
		if got.Pos != pos {
			t.Errorf("%s stands at %v, want %v", pointer, got.Pos, pos)
		}
		switch got.Verdict {
		case NodeImported:
			if got.Why != "" {
				t.Errorf("%s is imported and has the reason %q", pointer, got.Why)
			}
		case NodeChanged, NodeIgnored, NodeRefused:
			if got.Why == "" || got.Evidence == "" {
				t.Errorf("%s is %s: %q, evidence %q", pointer, got.Verdict, got.Why, got.Evidence)
			}
		default:
			t.Errorf("%s has the verdict %q", pointer, got.Verdict)
		}
		if got.Subtree {
			if len(n.Members)+len(n.Items) == 0 {
				t.Errorf("%s speaks for what is below it, and there is nothing", pointer)
			}
			return
		}
		for _, m := range n.Members {
			check(m.Value, m.Pos, pointerTo(pointer, m.Key))
		}
		for j, item := range n.Items {
			check(item, item.Pos, pointerTo(pointer, itoa(j)))
		}
	}
	check(root, root.Pos, "")
	if i != len(nodes) {
		t.Errorf("the report has %d nodes, the document %d: %+v", len(nodes), i, nodes[i])
	}
}

// checkRefused checks that what a finding refuses is refused: the node at its
// pointer, or what is above it if it isn't there.
func checkRefused(t *testing.T, nodes map[string]*NodeReport, findings []Finding) {
	t.Helper()
	for _, f := range findings {
		if f.Category != Refused || f.Pointer == "" && f.Pos.Line == 0 {
			continue
		}
		at := f.Pointer
		for nodes[at] == nil {
			at = at[:strings.LastIndexByte(at, '/')]
		}
		if n := nodes[at]; n.Verdict != NodeRefused {
			t.Errorf("%s is %s (%s), and the finding %s refuses it: %s", at, n.Verdict, n.Why, f.Rule, f.Message)
		}
	}
}
