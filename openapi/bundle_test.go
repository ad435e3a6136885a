package openapi

import (
	"slices"
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
	root, findings, why := bundle(f.Root, name, filesOf(project(files)))
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
