package stub_test

import (
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/stub"
	"github.com/rehearse-api/rehearse/openapi"
)

// method imports a document of one path, /x, and returns its GET.
func method(t testing.TB, text string) (*openapi.Document, *openapi.Method) {
	t.Helper()
	doc, err := openapi.LoadBytes("api.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	api, _ := openapi.Import(doc, openapi.Options{Region: "us-east-1", AccountID: "123456789012", APIID: "abcdefghij"})
	m := api.MethodAt("/x", "GET")
	if m == nil {
		t.Fatalf("no GET /x in\n%s", text)
	}
	return doc, m
}

const (
	lambdaURI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:F/invocations"
	proxy     = `{type: aws_proxy, httpMethod: POST, uri: "` + lambdaURI + `"}`
)

func operationOf(responses, integration string) string {
	return `
openapi: 3.0.1
info: {title: t, version: "1"}
paths:
  /x:
    get:
      responses: ` + responses + `
      x-amazon-apigateway-integration: ` + integration + `
components:
  responses:
    Named: {description: d, content: {application/json: {examples: {first: {$ref: '#/components/examples/E'}}}}}
  examples:
    E: {value: [1.50]}
  schemas:
    Tree: {type: object, properties: {name: {type: string}, left: {$ref: '#/components/schemas/Tree'}, all: {type: array, items: {$ref: '#/components/schemas/Tree'}}}}
    Endless: {type: object, required: [next], properties: {next: {$ref: '#/components/schemas/Endless'}}}
`
}

func response(schema string) string {
	return `{"200": {description: d, content: {application/json: {schema: ` + schema + `}}}}`
}

func TestOf(t *testing.T) {
	tests := []struct {
		name, responses, integration string
		status                       int
		contentType, body, from      string
	}{
		{
			name:      "an example wins over the schema, and keeps its numbers' form",
			responses: `{"200": {description: d, content: {application/json: {example: {a: 1.50}, schema: {type: string}}}}}`,
			status:    200, contentType: "application/json", body: `{"a":1.50}`, from: "the example of response 200",
		},
		{
			name:      "the first of several examples, by reference",
			responses: `{"200": {$ref: '#/components/responses/Named'}}`,
			status:    200, contentType: "application/json", body: `[1.50]`, from: "the example of response 200",
		},
		{
			name:      "an example of JSON may be written as text",
			responses: `{"200": {description: d, content: {application/json: {example: '{"a":1}'}}}}`,
			status:    200, contentType: "application/json", body: `{"a":1}`,
		},
		{
			name:      "the lowest status of success",
			responses: `{"404": {description: d}, "202": {description: d}, "201": {description: d, content: {text/plain: {example: made}}}}`,
			status:    201, contentType: "text/plain", body: `made`, from: "the example of response 201",
		},
		{name: "default is 200", responses: `{default: {description: d, content: {application/json: {example: 1}}}, "500": {description: d}}`, status: 200, contentType: "application/json", body: `1`},
		{name: "a range is its first status", responses: `{2XX: {description: d, content: {application/json: {example: 1}}}}`, status: 200, contentType: "application/json", body: `1`},
		{name: "204 has no body", responses: `{"204": {description: d, content: {application/json: {example: 1}}}}`, status: 204, from: "the empty body of response 204"},
		{name: "no content is no body", responses: `{"200": {description: d}}`, status: 200, from: "the empty body of response 200"},
		{
			name: "JSON before other types", responses: `{"200": {description: d, content: {text/html: {example: x}, application/vnd.api+json: {example: 2}}}}`,
			status: 200, contentType: "application/vnd.api+json", body: `2`,
		},
		{
			name:        "a backend's status is one the pattern fits",
			responses:   `{"201": {description: d, content: {application/json: {example: 1}}}, "400": {description: d}}`,
			integration: `{type: http, httpMethod: GET, uri: "http://h/", responses: {"20[04]": {statusCode: "201"}, default: {statusCode: "400"}}}`,
			status:      200, contentType: "application/json", body: `1`, from: "the example of response 201",
		},
		{
			name:        "a function that does not fail gets the default response",
			responses:   `{"200": {description: d, content: {application/json: {example: 1}}}, "201": {description: d, content: {application/json: {example: 2}}}}`,
			integration: `{type: aws, httpMethod: POST, uri: "` + lambdaURI + `", responses: {"oops.*": {statusCode: "200"}, default: {statusCode: "201"}}}`,
			status:      201, contentType: "application/json", body: `2`, from: "the example of response 201",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := tt.integration
			if in == "" {
				in = proxy
			}
			s := stub.Of(method(t, operationOf(tt.responses, in)))
			if s.Status != tt.status || string(s.Body) != tt.body || contentType(s) != tt.contentType {
				t.Errorf("Of() = %d %s %s, want %d %s %s", s.Status, contentType(s), s.Body, tt.status, tt.contentType, tt.body)
			}
			if tt.from != "" && s.From != tt.from {
				t.Errorf("From = %q, want %q", s.From, tt.from)
			}
		})
	}
}

func contentType(s *integration.Stub) string {
	for _, h := range s.Header {
		if h.Name == "Content-Type" {
			return h.Value
		}
	}
	return ""
}

func TestSchemas(t *testing.T) {
	tests := []struct{ schema, want string }{
		{`{type: string}`, `"string"`},
		{`{type: string, minLength: 8}`, `"stringxx"`},
		{`{type: string, maxLength: 2}`, `"st"`},
		{`{type: string, format: date-time}`, `"2026-01-01T00:00:00Z"`},
		{`{type: string, format: uuid}`, `"00000000-0000-4000-8000-000000000000"`},
		{`{type: string, pattern: '^[A-Z]{2}-\d{3}$'}`, `"AA-111"`},
		{`{type: string, pattern: '^a+$', minLength: 4}`, `"aaaa"`},
		{`{type: string, pattern: '^(red|green)?$'}`, `"red"`},
		{`{type: string, pattern: '(?=x)'}`, `"string"`},
		{`{type: string, enum: [b, a]}`, `"b"`},
		{`{type: string, default: d}`, `"d"`},
		{`{type: integer}`, `0`},
		{`{type: integer, minimum: 5, maximum: 9}`, `5`},
		{`{type: integer, minimum: 5, exclusiveMinimum: true}`, `6`},
		{`{type: integer, minimum: 5, multipleOf: 4}`, `8`},
		{`{type: integer, maximum: -3}`, `-3`},
		{`{type: number, minimum: 0, maximum: 1, exclusiveMinimum: true}`, `0.5`},
		{`{type: number, minimum: 0.25}`, `1`},
		{`{type: boolean}`, `true`},
		{`{type: array, items: {type: integer}}`, `[0]`},
		{`{type: array, items: {type: integer}, minItems: 3, uniqueItems: true}`, `[0,1,2]`},
		{`{type: array, items: {type: string}, maxItems: 0}`, `[]`},
		{`{type: object, properties: {a: {type: integer}, secret: {type: string, writeOnly: true}}, required: [a, b]}`, `{"a":0,"b":"string"}`},
		{`{type: object, additionalProperties: {type: integer}, minProperties: 2}`, `{"key1":0,"key2":0}`},
		{`{allOf: [{type: object, properties: {a: {type: integer}}}, {properties: {b: {type: boolean}}}], properties: {c: {enum: [1]}}}`, `{"a":0,"b":true,"c":1}`},
		{`{oneOf: [{type: string}, {type: integer}]}`, `"string"`},
		{`{properties: {a: {type: string}}}`, `{"a":"string"}`},
		{`{}`, `{}`},
		{`{$ref: '#/components/schemas/Tree'}`, `{"name":"string","all":[]}`},
		{`{$ref: '#/components/schemas/Endless'}`, `null`},
		{`{$ref: '#/components/schemas/Nowhere'}`, `{}`},
		{`{type: string, example: ex}`, `"ex"`},
	}
	for _, tt := range tests {
		t.Run(tt.schema, func(t *testing.T) {
			s := stub.Of(method(t, operationOf(response(tt.schema), proxy)))
			if string(s.Body) != tt.want {
				t.Errorf("body = %s, want %s", s.Body, tt.want)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	s := stub.Of(method(t, operationOf(`{"200": {description: d, headers: {`+
		`X-A: {schema: {type: string, example: a}}, X-B: {schema: {type: string}}, `+
		`X-C: {required: true, schema: {type: integer}}, X-D: {example: "d\nd", schema: {type: string}}}}}`, proxy)))
	var got []string
	for _, h := range s.Header {
		got = append(got, h.Name+"="+h.Value)
	}
	if want := "X-A=a X-C=0"; strings.Join(got, " ") != want {
		t.Errorf("headers = %v, want %s", got, want)
	}
}

func TestSwagger(t *testing.T) {
	s := stub.Of(method(t, `
swagger: "2.0"
info: {title: t, version: "1"}
definitions: {Pet: {type: object, properties: {id: {type: integer}}}}
paths:
  /x:
    get:
      responses: {"200": {description: d, schema: {$ref: '#/definitions/Pet'}}}
      x-amazon-apigateway-integration: `+proxy))
	if string(s.Body) != `{"id":0}` || contentType(s) != "application/json" {
		t.Errorf("body = %s %s", contentType(s), s.Body)
	}
}

// Whatever a schema asks for, an answer comes and is of a bearable size.
func FuzzOf(f *testing.F) {
	f.Add(`{type: array, minItems: 100000000, items: {type: array, minItems: 1000, items: {type: string, minLength: 1000000}}}`)
	f.Add(`{type: string, pattern: '((a{500}){500}){500}'}`)
	f.Add(`{type: string, pattern: '((((){99}){99}){99}){99}'}`)
	f.Add(`{type: number, minimum: 1e400, multipleOf: 0}`)
	f.Add(`{allOf: [{$ref: '#/components/schemas/Endless'}, {$ref: '#/components/schemas/Tree'}]}`)
	f.Fuzz(func(t *testing.T, schema string) {
		doc, err := openapi.LoadBytes("api.yaml", []byte(operationOf(response(schema), proxy)))
		if err != nil {
			return
		}
		api, _ := openapi.Import(doc, openapi.Options{Region: "us-east-1", AccountID: "123456789012", APIID: "abcdefghij"})
		m := api.MethodAt("/x", "GET")
		if m == nil {
			return
		}
		if s := stub.Of(doc, m); len(s.Body) > 64<<20 {
			t.Errorf("%d bytes", len(s.Body))
		}
	})
}
