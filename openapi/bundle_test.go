package openapi

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// project makes a folder of files, each of one line or more.
func project(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

type bundledDocument struct {
	root     *source.Node
	findings []Finding
	unread   unread
}

func bundleIn(t testing.TB, files map[string]string, name string) bundledDocument {
	t.Helper()
	f, err := source.Read(name, []byte(files[name]))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	root, findings, why := bundle(f.Root, name, filesOf(project(files), nil))
	return bundledDocument{root, findings, why}
}

// json is the document as JSON in one line.
func (d bundledDocument) json() string { return string(ordered.Append(nil, d.root.Ordered())) }

// rules are the rules of the findings, sorted.
func (d bundledDocument) rules() []string {
	var all []string
	for _, f := range d.findings {
		all = append(all, f.Rule)
	}
	slices.Sort(all)
	return all
}

// why are the reasons of the references that stay, sorted.
func (d bundledDocument) why() []string {
	var all []string
	for pos, why := range d.unread {
		all = append(all, pos.String()+": "+why)
	}
	slices.Sort(all)
	return all
}

func yamlJSON(t testing.TB, text string) string {
	t.Helper()
	f, err := source.Read("want.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return string(ordered.Append(nil, f.Root.Ordered()))
}

func TestBundle(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string // api.yaml is the document
		want  string
	}{
		{"a schema of another file becomes a component", map[string]string{
			"api.yaml":          "paths: {/x: {get: {responses: {'200': {content: {a/b: {schema: {$ref: schemas/item.yaml}}}}}}}}\ncomponents: {schemas: {Other: {}}}",
			"schemas/item.yaml": "type: object",
		}, "paths: {/x: {get: {responses: {'200': {content: {a/b: {schema: {$ref: '#/components/schemas/item'}}}}}}}}\ncomponents: {schemas: {Other: {}, item: {type: object}}}"},
		{"components are made where there are none", map[string]string{
			"api.yaml": "components:\npaths: {/x: {parameters: [{$ref: 'p.json#/limit'}], get: {requestBody: {$ref: b.json}, responses: {'200': {$ref: './r.yaml#/ok'}}}}}",
			"p.json":   `{"limit": {"in": "query", "name": "limit"}}`,
			"b.json":   `{"content": {}}`,
			"r.yaml":   "ok: {headers: {A: {$ref: '#/a'}}}\na: {schema: {type: string}}",
		}, "components: {headers: {a: {schema: {type: string}}}, parameters: {limit: {in: query, name: limit}}, requestBodies: {b: {content: {}}}, responses: {ok: {headers: {A: {$ref: '#/components/headers/a'}}}}}\npaths: {/x: {parameters: [{$ref: '#/components/parameters/limit'}], get: {requestBody: {$ref: '#/components/requestBodies/b'}, responses: {'200': {$ref: '#/components/responses/ok'}}}}}"},
		{"a path item is put in place", map[string]string{
			"api.yaml":         "paths: {/x: {$ref: paths/x.yaml}, /y: {$ref: 'paths/all.yaml#/~1y'}}",
			"paths/x.yaml":     "get: {responses: {'200': {$ref: '../r.yaml'}}}",
			"paths/all.yaml":   "/y: {get: {}}",
			"r.yaml":           "description: ok",
			"paths/unused.yml": "}",
		}, "paths: {/x: {get: {responses: {'200': {$ref: '#/components/responses/r'}}}}, /y: {get: {}}}\ncomponents: {responses: {r: {description: ok}}}"},
		{"what stands beside the reference of a path item wins", map[string]string{
			"api.yaml": "paths: {/x: {$ref: x.yaml, get: {operationId: mine}, parameters: [{$ref: p.yaml}]}}",
			"x.yaml":   "get: {operationId: theirs}\nput: {}",
			"p.yaml":   "name: a",
		}, "paths: {/x: {get: {operationId: mine}, put: {}, parameters: [{$ref: '#/components/parameters/p'}]}}\ncomponents: {parameters: {p: {name: a}}}"},
		{"one target is one component, however it is written", map[string]string{
			"api.yaml":       "components: {schemas: {A: {properties: {a: {$ref: 's/item.yaml'}, b: {$ref: './s/../s/item.yaml#'}, c: {$ref: 's%2Fitem.yaml#/'}, d: {$ref: 's/all.yaml#/Thing'}}}}}",
			"s/item.yaml":    "{type: object}",
			"s/all.yaml":     "Thing: {$ref: item.yaml}",
			"s/another.yaml": "{}",
		}, "components: {schemas: {A: {properties: {a: {$ref: '#/components/schemas/item'}, b: {$ref: '#/components/schemas/item'}, c: {$ref: '#/components/schemas/item'}, d: {$ref: '#/components/schemas/item'}}}, item: {type: object}}}"},
		{"a component that is only a reference is its target", map[string]string{
			"api.yaml":    "paths: {/x: {post: {requestBody: {content: {a/b: {schema: {$ref: s/item.yaml}}}}}}}\ncomponents: {schemas: {Item: {$ref: s/item.yaml}, Same: {$ref: 's/item.yaml'}}}",
			"s/item.yaml": "properties: {next: {$ref: item.yaml}, self: {$ref: '#'}}",
		}, "paths: {/x: {post: {requestBody: {content: {a/b: {schema: {$ref: '#/components/schemas/Item'}}}}}}}\ncomponents: {schemas: {Item: {properties: {next: {$ref: '#/components/schemas/Item'}, self: {$ref: '#/components/schemas/Item'}}}, Same: {$ref: '#/components/schemas/Item'}}}"},
		{"a name that is taken is not overwritten", map[string]string{
			"api.yaml":  "components: {schemas: {item: {type: string}, A: {items: {$ref: item.yaml}}, B: {items: {$ref: 's.yaml#/item'}}, C: {items: {$ref: 's.yaml#/it-em'}}}}",
			"item.yaml": "type: object",
			"s.yaml":    "item: {type: number}\nit-em: {type: 'null'}",
		}, "components: {schemas: {item: {type: string}, A: {items: {$ref: '#/components/schemas/item2'}}, B: {items: {$ref: '#/components/schemas/item3'}}, C: {items: {$ref: '#/components/schemas/item4'}}, item2: {type: object}, item3: {type: number}, item4: {type: 'null'}}}"},
		{"files that refer to each other come to an end", map[string]string{
			"api.yaml": "components: {schemas: {A: {$ref: a.yaml}}}",
			"a.yaml":   "properties: {b: {$ref: b.yaml}}",
			"b.yaml":   "properties: {a: {$ref: a.yaml}, c: {$ref: '#/definitions/c'}}\ndefinitions: {c: {items: {$ref: '#'}}}",
		}, "components: {schemas: {A: {properties: {b: {$ref: '#/components/schemas/b'}}}, b: {properties: {a: {$ref: '#/components/schemas/A'}, c: {$ref: '#/components/schemas/c'}}, definitions: {c: {items: {$ref: '#/components/schemas/b'}}}}, c: {items: {$ref: '#/components/schemas/b'}}}}"},
		{"a reference back into the document is one of its own", map[string]string{
			"api.yaml":     "paths: {/x: {$ref: paths/x.yaml}}\ncomponents: {schemas: {Item: {}}}",
			"paths/x.yaml": "post: {requestBody: {content: {a/b: {schema: {$ref: '../api.yaml#/components/schemas/Item'}}}}}",
		}, "paths: {/x: {post: {requestBody: {content: {a/b: {schema: {$ref: '#/components/schemas/Item'}}}}}}}\ncomponents: {schemas: {Item: {}}}"},
		{"sections, all components and all paths may be files", map[string]string{
			"api.yaml":          "paths: {$ref: paths.yaml}\ncomponents: {$ref: components.yaml}",
			"paths.yaml":        "/x: {post: {requestBody: {content: {a/b: {schema: {$ref: 'components.yaml#/schemas/Item'}}}}}}",
			"components.yaml":   "schemas: {$ref: schemas/all.yaml}\nparameters: {P: {$ref: p.yaml}}",
			"schemas/all.yaml":  "Item: {$ref: item.yaml}\nList: {items: {$ref: '#/Item'}}\nUser: {items: {$ref: '#/List'}}",
			"schemas/item.yaml": "properties: {user: {$ref: 'all.yaml#/User'}}",
			"p.yaml":            "name: p",
		}, "paths: {/x: {post: {requestBody: {content: {a/b: {schema: {$ref: '#/components/schemas/Item'}}}}}}}\ncomponents: {schemas: {Item: {properties: {user: {$ref: '#/components/schemas/User'}}}, List: {items: {$ref: '#/components/schemas/Item'}}, User: {items: {$ref: '#/components/schemas/List'}}}, parameters: {P: {name: p}}}"},
		{"a pointer may go on behind a reference", map[string]string{
			"api.yaml":  "components: {schemas: {A: {items: {$ref: 'all.yaml#/Item/properties/id'}}}}",
			"all.yaml":  "Item: {$ref: item.yaml}",
			"item.yaml": "properties: {id: {type: string}}",
		}, "components: {schemas: {A: {items: {$ref: '#/components/schemas/id'}}, id: {type: string}}}"},
		{"API Gateway's extensions have no components: theirs are put in place", map[string]string{
			"api.yaml":     "paths: {/x: {get: {x-amazon-apigateway-integration: {$ref: 'parts.yaml#/mock', timeoutInMillis: 50}, x-other: {$ref: parts.yaml}}}}\nx-amazon-apigateway-gateway-responses: {$ref: 'parts.yaml#/gateway'}",
			"parts.yaml":   "mock: {type: mock, responses: {default: {$ref: '#/response'}}}\nresponse: {statusCode: '200'}\ngateway: {THROTTLED: {statusCode: 429}}",
			"unused.yaml":  "",
			"unused2.yaml": "",
		}, "paths: {/x: {get: {x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: '200'}}, timeoutInMillis: 50}, x-other: {$ref: parts.yaml}}}}\nx-amazon-apigateway-gateway-responses: {THROTTLED: {statusCode: 429}}"},
		{"what is data is no reference", map[string]string{
			"api.yaml":  "components: {schemas: {A: {example: {$ref: a.yaml}, enum: [{$ref: a.yaml}], properties: {$ref: {$ref: a.yaml}}}}}",
			"a.yaml":    "type: string",
			"other.yml": "",
		}, "components: {schemas: {A: {example: {$ref: a.yaml}, enum: [{$ref: a.yaml}], properties: {$ref: {$ref: '#/components/schemas/a'}}}, a: {type: string}}}"},
		{"Swagger 2.0 has sections of its own", map[string]string{
			"api.yaml": "swagger: '2.0'\npaths: {/x: {get: {parameters: [{$ref: 'p.yaml#/limit'}], responses: {'200': {headers: {A: {$ref: 'h.yaml'}}, schema: {$ref: 'd.json#/definitions/Item'}}}}}}\nsecurityDefinitions: {key: {$ref: 's.yaml'}}",
			"p.yaml":   "limit: {in: query, name: limit, type: string}",
			"h.yaml":   "type: string",
			"d.json":   `{"definitions": {"Item": {"properties": {"part": {"$ref": "#/definitions/Part"}}}, "Part": {}}}`,
			"s.yaml":   "type: apiKey",
		}, "swagger: '2.0'\npaths: {/x: {get: {parameters: [{$ref: '#/parameters/limit'}], responses: {'200': {headers: {A: {type: string}}, schema: {$ref: '#/definitions/Item'}}}}}}\nsecurityDefinitions: {key: {type: apiKey}}\ndefinitions: {Item: {properties: {part: {$ref: '#/definitions/Part'}}}, Part: {}}\nparameters: {limit: {in: query, name: limit, type: string}}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := bundleIn(t, tt.files, "api.yaml")
			if want := yamlJSON(t, tt.want); got.json() != want {
				t.Errorf("got  %s\nwant %s", got.json(), want)
			}
			if len(got.unread) > 0 {
				t.Errorf("references stay: %v", got.why())
			}
			for _, f := range got.findings {
				if f.Rule != "external-ref-bundled" || f.Pos.IsZero() || f.Hint == "" {
					t.Errorf("finding %+v", f)
				}
			}
		})
	}
}

func TestReferencesThatStaySayWhy(t *testing.T) {
	schema := func(ref string) string {
		return "components: {schemas: {A: {items: {$ref: '" + ref + "'}}, Item: {}}}\nx-amazon-apigateway-policy: {$ref: ok.yaml}"
	}
	tests := []struct {
		name, ref string
		want      string // why; empty: it is no reference to a file
	}{
		{"a file that is not there, with a name like it", "schemas/itm.yaml", `there is no file schemas/itm.yaml; did you mean schemas/item.yaml?`},
		{"another ending", "schemas/item.yml", `there is no file schemas/item.yml; did you mean schemas/item.yaml?`},
		{"a folder that is not there", "schema/x.yaml", `there is no file schema/x.yaml`},
		{"a bare name, as Swagger 1.2 had it", "Item", `there is no file Item; did you mean #/components/schemas/Item?`},
		{"a folder", "schemas", `schemas can't be read: it is a folder; name a file`},
		{"the folder itself", ".", `. can't be read: it is a folder; name a file`},
		{"outside the project", "../secret.yaml#/A", `../secret.yaml is outside the project folder, and nothing there is ever read: copy it into the project, or have rehearse.yaml in a folder above both`},
		{"outside the project by escapes", "..%2F..%2fsecret.yaml", `../../secret.yaml is outside the project folder, and nothing there is ever read: copy it into the project, or have rehearse.yaml in a folder above both`},
		{"no path at all", "a%00b%ff.yaml", "\"a\x00b\xff.yaml\" is no path"},
		{"backslashes", `schemas\item.yaml`, `there is no file schemas\item.yaml; did you mean schemas/item.yaml?`},
		{"a pointer that leads nowhere", "schemas/item.yaml#/propertis/id", `schemas/item.yaml has nothing at "/propertis/id"; did you mean "properties"?`},
		{"a pointer into a text", "schemas/item.yaml#/type/id", `schemas/item.yaml has nothing at "/type/id"`},
		{"an anchor", "schemas/item.yaml#Item", `what follows # wants to begin with /: #/Item`},
		{"a file that is no YAML", "schemas/broken.yaml", `schemas/broken.yaml can't be read: see schemas/broken.yaml:2:5`},
		{"a file that is empty", "schemas/empty.yaml", `schemas/empty.yaml can't be read: see schemas/empty.yaml:1:1`},
		{"a circle of references", "schemas/a.yaml", `it leads back to itself: break the circle`},
		{"the network", "https://example.com/item.yaml", ""},
		{"a file by its URL", "file:///etc/passwd", ""},
		{"an absolute path", "/etc/passwd", ""},
		{"a drive", `C:\item.yaml`, ""},
		{"a model's URL", "https://apigateway.amazonaws.com/restapis/abc/models/Item", ""},
		{"this document", "#/components/schemas/Item", ""},
	}
	files := map[string]string{
		"ok.yaml":             "Version: '2012-10-17'",
		"schemas/item.yaml":   "type: object\nproperties: {id: {}}",
		"schemas/broken.yaml": "a:\n b: }",
		"schemas/empty.yaml":  " ",
		"schemas/a.yaml":      "$ref: b.yaml",
		"schemas/b.yaml":      "$ref: a.yaml",
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files["api.yaml"] = schema(tt.ref)
			got := bundleIn(t, files, "api.yaml")
			if ref := got.root.Get("components").Get("schemas").Get("A").Get("items").Get("$ref"); ref.Value != tt.ref {
				t.Errorf("the reference became %s", ref.Value)
			}
			why := got.unread[source.Pos{File: "api.yaml", Line: 1, Col: 42}]
			if why != tt.want {
				t.Errorf("why %q, want %q; all: %v", why, tt.want, got.unread)
			}
		})
	}
}

func TestAReferenceThatStaysIsNotTakenForOneOfTheDocument(t *testing.T) {
	got := bundleIn(t, map[string]string{
		"api.yaml":     "paths: {/x: {$ref: paths/x.yaml}}\ncomponents: {schemas: {Item: {}}}",
		"paths/x.yaml": "post: {requestBody: {content: {a/b: {schema: {$ref: '#/components/schemas/Item'}}}}}",
	}, "api.yaml")
	if want := `"$ref":"x.yaml#/components/schemas/Item"`; !strings.Contains(got.json(), want) {
		t.Errorf("%s has no %s", got.json(), want)
	}
	want := []string{`paths/x.yaml:1:53: paths/x.yaml has nothing at "/components/schemas/Item"; the document has it: ../api.yaml#/components/schemas/Item`}
	if why := got.why(); !slices.Equal(why, want) {
		t.Errorf("why %q, want %q", why, want)
	}
}

func TestADocumentInAFolderRefersFromThere(t *testing.T) {
	got := bundleIn(t, map[string]string{
		"apis/shop/api.yaml": "components: {schemas: {A: {items: {$ref: '../../shared/all.yaml#/B'}}, C: {items: {$ref: './c.yaml'}}}}",
		"shared/all.yaml":    "B: {items: {$ref: ../apis/shop/c.yaml}}",
		"apis/shop/c.yaml":   "items: {$ref: 'api.yaml#/components/schemas/A'}",
	}, "apis/shop/api.yaml")
	want := yamlJSON(t, "components: {schemas: {A: {items: {$ref: '#/components/schemas/B'}}, C: {items: {$ref: '#/components/schemas/c'}}, B: {items: {$ref: '#/components/schemas/c'}}, c: {items: {$ref: '#/components/schemas/A'}}}}")
	if got.json() != want || len(got.unread) > 0 {
		t.Errorf("got  %s\nwant %s\n%v", got.json(), want, got.unread)
	}
}

func TestBundledPartsKeepTheirPlaces(t *testing.T) {
	got := bundleIn(t, map[string]string{
		"api.yaml":     "paths:\n  /x:\n    $ref: paths/x.yaml\n",
		"paths/x.yaml": "# the path\nget:\n  responses: {'200': {$ref: '../r.yaml#/ok'}}\n",
		"r.yaml":       "\n\nok:\n  description: fine\n",
	}, "api.yaml")
	item := got.root.Get("paths").Members[0]
	if want := (source.Pos{File: "api.yaml", Line: 2, Col: 3}); item.Pos != want {
		t.Errorf("the path is at %s, want %s", item.Pos, want)
	}
	if want := (source.Pos{File: "paths/x.yaml", Line: 2, Col: 1}); item.Value.Members[0].Pos != want {
		t.Errorf("GET is at %s, want %s", item.Value.Members[0].Pos, want)
	}
	ok := got.root.Get("components").Get("responses").Members[0]
	if want := (source.Pos{File: "r.yaml", Line: 3, Col: 1}); ok.Pos != want {
		t.Errorf("the response is at %s, want %s", ok.Pos, want)
	}
	if at := ok.Value.Get("description").Text().At(2); at != (source.Pos{File: "r.yaml", Line: 4, Col: 18}) {
		t.Errorf("its text is at %s", at)
	}
}

func TestNothingIsMadeOfADocumentWithoutFiles(t *testing.T) {
	for _, text := range []string{
		head + "paths: {}", "[]", "text", "null",
		"components: {schemas: {A: {$ref: 'https://example.com/a.json'}, B: {$ref: '#/components/schemas/A'}}}",
	} {
		f, err := source.Read("api.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		root, findings, why := bundle(f.Root, "api.yaml", func(name string) (*source.File, error) {
			t.Errorf("%s: reads %s", text, name)
			return nil, errors.New("no")
		})
		if root != f.Root || findings != nil || why != nil {
			t.Errorf("%s: got %v, %v, %v", text, root, findings, why)
		}
	}
}

func TestBundlingLeavesTheDocumentAsItWas(t *testing.T) {
	files := map[string]string{
		"api.yaml": "paths: {/x: {$ref: x.yaml}, /y: {}}\ncomponents: {schemas: {A: {items: {$ref: 's.yaml'}}, B: {}}}",
		"x.yaml":   "get: {parameters: [{$ref: 'p.yaml'}]}",
		"s.yaml":   "type: object",
		"p.yaml":   "name: a",
	}
	f, err := source.Read("api.yaml", []byte(files["api.yaml"]))
	if err != nil {
		t.Fatal(err)
	}
	before := string(ordered.Append(nil, f.Root.Ordered()))
	root, _, _ := bundle(f.Root, "api.yaml", filesOf(project(files), nil))
	if after := string(ordered.Append(nil, f.Root.Ordered())); after != before || root == f.Root {
		t.Errorf("it was  %s\nand now %s", before, after)
	}
	if was, is := f.Root.Get("components").Get("schemas").Get("B"), root.Get("components").Get("schemas").Get("B"); was != is {
		t.Error("what didn't change was copied")
	}
}

func TestFindingsOfBundledFiles(t *testing.T) {
	files := map[string]string{
		"api.yaml":    "paths:\n  /x: {$ref: x.yaml}\n  /y: {$ref: 'x.yaml#/y'}\ncomponents: {schemas: {A: {items: {$ref: 's.yaml'}}, B: {items: {$ref: 'api.yaml#/components/schemas/A'}}}}",
		"x.yaml":      "get: {}\ny: {get: {}}\nput: {responses: {'200': {$ref: s.yaml}}}",
		"s.yaml":      "items: {$ref: broken.yaml}",
		"broken.yaml": "a: }",
	}
	got := bundleIn(t, files, "api.yaml")
	SortFindings(got.findings)
	var lines []string
	for _, f := range got.findings {
		lines = append(lines, fmt.Sprintf("%s %s %s %s: %s", f.Pos, f.Pointer, f.Rule, f.Evidence, f.Message))
	}
	want := []string{
		`api.yaml:2:14 /paths/~1x/$ref external-ref-bundled recorded: 2 other files are bundled here, which AWS doesn't read: x.yaml, s.yaml`,
		`api.yaml:4:72 /components/schemas/B/items/$ref external-ref-bundled recorded: "api.yaml#/components/schemas/A" names this document as a file, which AWS doesn't resolve: it is taken for a reference within it`,
		`broken.yaml:1:4  external-file-unparseable inferred: `,
	}
	for i := range max(len(want), len(lines)) {
		if i >= len(lines) || i >= len(want) || !strings.HasPrefix(lines[i], want[i]) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
			break
		}
	}
}

func TestManyFilesAreSummedUp(t *testing.T) {
	files := map[string]string{}
	var api strings.Builder
	api.WriteString("components:\n  schemas:\n")
	for i := range 50 {
		fmt.Fprintf(&api, "    A%d: {$ref: s/%d.yaml}\n", i, i)
		files[fmt.Sprintf("s/%d.yaml", i)] = "type: object"
	}
	files["api.yaml"] = api.String()
	got := bundleIn(t, files, "api.yaml")
	want := "50 other files are bundled here, which AWS doesn't read: s/0.yaml, s/1.yaml, s/2.yaml, s/3.yaml, s/4.yaml and 45 more"
	if len(got.findings) != 1 || got.findings[0].Message != want {
		t.Errorf("findings %+v, want one: %s", got.findings, want)
	}
}

func TestBundlingIsBounded(t *testing.T) {
	t.Run("files that put each other in place twice", func(t *testing.T) {
		files := map[string]string{"api.yaml": "info: {$ref: 0.yaml}"}
		for i := range 30 {
			files[fmt.Sprintf("%d.yaml", i)] = fmt.Sprintf("a: {$ref: %d.yaml}\nb: {$ref: %d.yaml}", i+1, i+1)
		}
		files["30.yaml"] = "text"
		got := bundleIn(t, files, "api.yaml")
		if rules := got.rules(); !slices.Equal(rules, []string{"document-too-large"}) || !strings.Contains(got.json(), `"$ref":"0.yaml"`) {
			t.Errorf("findings %v", rules)
		}
	})
	t.Run("schemas that refer to each other twice are components", func(t *testing.T) {
		files := map[string]string{"api.yaml": "components: {schemas: {A: {items: {$ref: 0.yaml}}}}", "200.yaml": "{}"}
		for i := range 200 {
			files[fmt.Sprintf("%d.yaml", i)] = fmt.Sprintf("properties: {a: {$ref: %d.yaml}, b: {$ref: %d.yaml}}", i+1, i+1)
		}
		got := bundleIn(t, files, "api.yaml")
		if n := len(got.root.Get("components").Get("schemas").Members); n != 202 || len(got.unread) > 0 {
			t.Errorf("%d schemas, want 202; %v", n, got.why())
		}
	})
	t.Run("files in files in files", func(t *testing.T) {
		files := map[string]string{"api.yaml": "info: {$ref: 0.yaml}"}
		for i := range 100 {
			files[fmt.Sprintf("%d.yaml", i)] = fmt.Sprintf("a: {$ref: %d.yaml}", i+1)
		}
		if why := bundleIn(t, files, "api.yaml").why(); len(why) != 1 || !strings.Contains(why[0], "more than 32 files stand in one another") {
			t.Errorf("why %q", why)
		}
	})
	t.Run("a path that stands in itself", func(t *testing.T) {
		got := bundleIn(t, map[string]string{
			"api.yaml": "paths: {/x: {$ref: x.yaml}, /y: {$ref: y.yaml}}",
			"x.yaml":   "post: {callbacks: {c: {'/': {$ref: x.yaml}}}}",
			"y.yaml":   "$ref: y.yaml",
		}, "api.yaml")
		if why := got.why(); len(why) != 2 || !strings.HasSuffix(why[0], "it leads back to itself: break the circle") {
			t.Errorf("why %q", why)
		}
	})
	t.Run("a schema that is itself", func(t *testing.T) {
		got := bundleIn(t, map[string]string{
			"api.yaml": "components: {schemas: {$ref: s.yaml}}",
			"s.yaml":   "A: {$ref: '#/A'}\nB: {$ref: '#/C'}\nC: {$ref: '#/B'}\nD: {$ref: 's.yaml#/D'}",
		}, "api.yaml")
		want := `{"components":{"schemas":{"A":{"$ref":"s.yaml#/A"},"B":{"$ref":"#/components/schemas/C"},"C":{"$ref":"#/components/schemas/B"},"D":{"$ref":"s.yaml#/D"}}}}`
		if got.json() != want || len(got.unread) != 2 {
			t.Errorf("got  %s\nwant %s\n%v", got.json(), want, got.why())
		}
	})
	t.Run("pointers that go through each other", func(t *testing.T) {
		all := "r0: {$ref: '#/t'}\nt:\n"
		for i := range 40 {
			all += fmt.Sprintf("  r%d: {$ref: '#/t/r%d/r%d'}\n", i+1, i, i)
		}
		got := bundleIn(t, map[string]string{"api.yaml": "components: {schemas: {A: {$ref: 'all.yaml#/t/r40/r40'}}}", "all.yaml": all + "  r0: {$ref: '#/t'}"}, "api.yaml")
		if why := got.why(); len(why) != 1 || !strings.HasSuffix(why[0], leadsBack) {
			t.Errorf("why %q", why)
		}
	})
	t.Run("more files than anybody has", func(t *testing.T) {
		files := map[string]string{}
		var api strings.Builder
		api.WriteString("components:\n  schemas:\n")
		for i := range maxBundledFiles + 1 {
			fmt.Fprintf(&api, "    A%d: {$ref: s/%d.yaml}\n", i, i)
			files[fmt.Sprintf("s/%d.yaml", i)] = "type: object"
		}
		files["api.yaml"] = api.String()
		if why := bundleIn(t, files, "api.yaml").why(); len(why) != 1 || !strings.HasSuffix(why[0], fmt.Sprintf("the document refers to more than %d files", maxBundledFiles)) {
			t.Errorf("why %q", why)
		}
	})
	t.Run("more text than anybody has", func(t *testing.T) {
		fsys := fstest.MapFS{}
		big := []byte(`{"description": "` + strings.Repeat("a", source.MaxSize-100) + `"}`)
		for _, name := range []string{"a.json", "b.json", "c.json"} {
			fsys[name] = &fstest.MapFile{Data: big}
		}
		fsys["b.json"].Data = append(slices.Clone(big), strings.Repeat(" ", 200)...)
		fsys["d.json"] = fsys["a.json"]
		f, err := source.Read("api.yaml", []byte("components: {schemas: {A: {$ref: a.json}, B: {$ref: b.json}, C: {$ref: c.json}, D: {$ref: d.json}}}"))
		if err != nil {
			t.Fatal(err)
		}
		_, _, why := bundle(f.Root, "api.yaml", filesOf(fsys, nil))
		got := bundledDocument{unread: why}.why()
		if len(got) != 2 || !strings.HasSuffix(got[1], "the files that the document refers to have more than 32 MB together") || !strings.Contains(got[0], "b.json can't be read: see b.json:1:1") {
			t.Errorf("why %q", got)
		}
	})
	t.Run("a long pointer", func(t *testing.T) {
		files := map[string]string{"api.yaml": "components: {schemas: {A: {$ref: 'a.yaml#" + strings.Repeat("/a", 1<<20) + "'}}}", "a.yaml": "a: {$ref: '#'}"}
		if why := bundleIn(t, files, "api.yaml").why(); len(why) != 1 {
			t.Errorf("why %d", len(why))
		}
	})
}

// TestTheImportSaysWhyAReferenceWasNotBundled imports what could not be bundled:
// the finding that is there without files has the reason in its hint.
func TestTheImportSaysWhyAReferenceWasNotBundled(t *testing.T) {
	files := map[string]string{
		"schemas/item.yaml": "{}",
		"api.yaml": head + `paths:
  /x:
    get:
      parameters: [{$ref: 'p.yaml'}, {in: query, name: q, schema: {$ref: q.yaml}}]
      responses: {'200': {content: {a/b: {schema: {$ref: schemas/itm.yaml}}}}}
  /y: {$ref: ../y.yaml}
components:
  schemas: {A: {items: {$ref: schemas/itm.yaml}}, B: {$ref: 'https://example.com/b.json'}}
  headers: {H: {$ref: 'schemas/item.yaml#/H'}}
`}
	doc, err := Load(project(files), "api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, findings := Import(doc, Options{})
	want := []struct {
		line       int
		rule, hint string
	}{
		{6, "external-ref-dropped", "there is no file p.yaml"},
		{6, "external-ref-dropped", "there is no file q.yaml"},
		{7, "model-ref-missing", "there is no file schemas/itm.yaml; did you mean schemas/item.yaml?"},
		{8, "external-ref-dropped", "../y.yaml is outside the project folder, and nothing there is ever read: copy it into the project, or have rehearse.yaml in a folder above both"},
		{10, "external-ref", "there is no file schemas/itm.yaml; did you mean schemas/item.yaml?"},
		{10, "external-ref", "nothing on the network is ever read: copy it under components.schemas and refer to it as #/components/schemas/NAME"},
		{11, "external-ref-dropped", `schemas/item.yaml has nothing at "/H"`},
	}
	for _, w := range want {
		if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Pos.Line == w.line && f.Rule == w.rule && f.Hint == w.hint }) {
			t.Errorf("no finding %s in line %d with the hint %q; there are", w.rule, w.line, w.hint)
			for _, f := range findings {
				t.Logf("%s %s: %s (%s)", f.Pos, f.Rule, f.Message, f.Hint)
			}
		}
	}
}

// TestNothingOutsideTheFolderIsRead uses real folders, since links and pipes are
// the system's.
func TestNothingOutsideTheFolderIsRead(t *testing.T) {
	outside, inside := t.TempDir(), t.TempDir()
	write := func(dir, name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(outside, "secret.yaml", "description: secret")
	write(inside, "real.yaml", "description: ours")
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(inside, name)); err != nil {
			t.Skip("no links here:", err)
		}
	}
	link(filepath.Join(outside, "secret.yaml"), "absolute.yaml")
	link(filepath.Join("..", filepath.Base(outside), "secret.yaml"), "relative.yaml")
	link(outside, "folder")
	link("real.yaml", "inside.yaml")
	link(os.DevNull, "device.yaml")
	root, err := os.OpenRoot(inside)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for name, want := range map[string]bool{
		"real.yaml": true, "inside.yaml": true,
		"absolute.yaml": false, "relative.yaml": false, "folder/secret.yaml": false, "device.yaml": false, "../secret.yaml": false,
	} {
		f, err := source.Read("api.yaml", []byte("components: {schemas: {A: {$ref: "+name+"}}}"))
		if err != nil {
			t.Fatal(err)
		}
		bundled, _, why := bundle(f.Root, "api.yaml", filesOf(root.FS(), nil))
		text := string(ordered.Append(nil, bundled.Ordered()))
		if got := strings.Contains(text, "ours"); got != want || strings.Contains(text, "secret\"}") || want != (len(why) == 0) {
			t.Errorf("%s: %s, %v", name, text, why)
		}
	}
}
