package openapi

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// outcome is an import in the words of AWS.
type outcome struct {
	api      *API
	findings []Finding
	refused  bool
	message  string
	warnings []string
}

func importText(t testing.TB, text string, o Options) outcome {
	t.Helper()
	doc, err := LoadBytes("api.yaml", []byte(text))
	if err != nil {
		t.Fatalf("LoadBytes: %v\n%s", err, text)
	}
	api, findings := Import(doc, o)
	message, warnings := AWSMessages(findings, o)
	return outcome{api, findings, IsRefused(findings, o), message, warnings}
}

// finding returns the first finding of a rule.
func (o outcome) finding(t testing.TB, rule string) Finding {
	t.Helper()
	i := slices.IndexFunc(o.findings, func(f Finding) bool { return f.Rule == rule })
	if i < 0 {
		t.Fatalf("no finding %s among %v", rule, o.findings)
	}
	return o.findings[i]
}

const head = "openapi: 3.0.1\ninfo: {title: demo, version: '1'}\n"

// mockIntegration is an integration that nobody complains about.
const mockIntegration = `{type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: "200"}}}`

// operation is a document with GET /x and what is added to it.
func operation(lines string) string {
	return head + "paths:\n  /x:\n    get:\n" + indent(lines, "      ")
}

// integrated is a document with GET /x that has an integration with these lines.
func integrated(lines string) string {
	return operation("responses: {'200': {description: ok}}\nx-amazon-apigateway-integration:\n" + indent(lines, "  "))
}

func indent(lines, by string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSuffix(lines, "\n") + "\n") {
		b.WriteString(by + line)
	}
	return b.String()
}

const lambdaURI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations"

func TestWhatAWSRefuses(t *testing.T) {
	tests := []struct {
		name, document string
		want           string // the whole message
	}{
		{"aws_proxy that calls another service", integrated("type: aws_proxy\nhttpMethod: POST\nuri: arn:aws:apigateway:us-east-1:sqs:path/123456789012/q"),
			"Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/x': Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."},
		{"an AWS service without a role", integrated("type: aws\nhttpMethod: POST\nuri: arn:aws:apigateway:us-east-1:sqs:path/123456789012/q\nresponses: {default: {statusCode: 200}}"),
			"Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/x': Role ARN must be specified for AWS integrations"},
		{"a role that is no ARN", integrated("type: aws\nhttpMethod: POST\ncredentials: admin\nuri: " + lambdaURI),
			"Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/x': Invalid ARN specified in the request"},
		{"a region of another partition", integrated("type: aws\nhttpMethod: POST\nuri: " + strings.Replace(lambdaURI, "us-east-1", "cn-north-1", 1)),
			"Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/x': Invalid ARN specified in the request"},
		{"a function whose account is a word", integrated("type: aws\nhttpMethod: POST\nuri: " + strings.Replace(lambdaURI, "123456789012", "account-id", 1)),
			"Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/x': Invalid function ARN or invalid uri"},
		{"a timeout that is too short", integrated("type: mock\ntimeoutInMillis: 49"),
			"Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/x': Timeout should be between 50 ms and 29000 ms"},
		{"a literal that is not quoted", integrated("type: mock\nrequestParameters: {integration.request.header.a: notquoted}"),
			"Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/x': Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: notquoted]"},
		{"two wrong mappings are one error", integrated("type: mock\nrequestParameters: {integration.request.header.a: x, integration.request.header.b: method.request.header.b}"),
			"Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/x': Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: x, Invalid mapping expression parameter specified: method.request.header.b]"},
		{"a header that the response doesn't declare", integrated("type: mock\nresponses: {default: {statusCode: 200, responseParameters: {method.response.header.Location: \"'/'\"}}}"),
			"Errors found during import:\n\tUnable to put integration response on 'GET' for resource at path '/x': Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.response.header.Location]"},
		{"a template for what is no media type", integrated("type: mock\nresponses: {default: {statusCode: 200, responseTemplates: {'123': x}}}"),
			"Errors found during import:\n\tUnable to put integration response on 'GET' for resource at path '/x': Validation Result: warnings : [], errors : [Invalid content type specified: 123]"},
		{"a status code that is none", integrated("type: mock\nresponses: {default: {statusCode: 2OO}}"),
			"Errors found during import:\n\tUnable to put integration response on 'GET' for resource at path '/x': 1 validation error detected: Value '2OO' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\\d\\d"},
		{"an integration field of the wrong kind stands alone", integrated("type: http\nhttpMethod: GET\nuri: {'Fn::Sub': 'http://x'}"),
			"Unable to parse API definition because of a malformed integration at path /x."},
		{"an integration that is a text", operation("responses: {}\nx-amazon-apigateway-integration: mock"),
			"Unable to parse API definition because of a malformed integration at path /x."},
		{"a validator that is not defined", operation("responses: {}\nx-amazon-apigateway-request-validator: all"),
			"Errors found during import:\n\tUnable to put method 'GET' on resource at path '/x': Invalid Request Validator identifier specified"},
		{"TRACE", head + "paths: {/x: {trace: {responses: {}}}}",
			"Errors found during import:\n\tUnable to put method 'TRACE' on resource at path '/x': Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"},
		{"a request body without its model, and the warning on top", operation("responses: {}\nrequestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Nowhere'}}}}"),
			"Errors found during import:\n\tUnable to put method 'GET' on resource at path '/x': Invalid model identifier specified: null\nAdditionally, these warnings were found:\n\tReference to model 'Nowhere' not found. Ignoring."},
		{"a character no path has", head + "paths: {'/bad path!': {get: {responses: {}}}}",
			"Errors found during import:\n\tUnable to create resource at path '/bad path!': Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end."},
		{"discriminator", head + "paths: {}\ncomponents: {schemas: {Pet: {type: object, discriminator: {propertyName: kind}}}}",
			"Errors found during import:\n\tUnable to create model for 'Pet': Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified. Unsupported keyword(s): [\"discriminator\"]]"},
		{"example in Swagger 2.0", "swagger: '2.0'\ninfo: {title: t, version: '1'}\npaths: {}\ndefinitions: {Pet: {type: object, properties: {a: {type: string, example: x}}}}",
			"Errors found during import:\n\tUnable to create model for 'Pet': Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified. Unsupported keyword(s): [\"example\"]]"},
		{"a type that draft 4 doesn't know", head + "paths: {}\ncomponents: {schemas: {Pet: {type: file}}}",
			"Errors found during import:\n\tUnable to create model for 'Pet': Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]"},
		{"models come before methods, wherever they stand", head + "paths: {/x: {get: {responses: {}, x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: x}}}}\ncomponents: {schemas: {a_b: {type: object}}}",
			"Errors found during import:\n\tUnable to create model for 'a_b': Model name must be alphanumeric: a_b\n\tUnable to put integration on 'GET' for resource at path '/x': Invalid HTTP endpoint specified for URI"},
		{"a user pool authorizer without pools", authorized("type: cognito_user_pools"),
			"Errors found during import:\n\tUnable to create authorizer from security definition: 'a'. ProviderARNs cannot be empty"},
		{"a bare function as authorizer", authorized("type: token\nauthorizerUri: arn:aws:lambda:us-east-1:123456789012:function:f"),
			"Errors found during import:\n\tUnable to create authorizer from security definition: 'a'. Invalid Authorizer URI: arn:aws:lambda:us-east-1:123456789012:function:f. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation."},
		{"a TTL that is too long", authorized("type: token\nauthorizerUri: " + lambdaURI + "\nauthorizerResultTtlInSeconds: 3601"),
			"Errors found during import:\n\tUnable to create authorizer from security definition: 'a'. Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds."},
		{"a policy that is none", head + "x-amazon-apigateway-policy: {Version: '2012-10-17'}\npaths: {}",
			"Errors found during import:\n\tInvalid policy document. Please check the policy syntax and ensure that Principals are valid."},
		{"an empty template of a gateway response", head + "x-amazon-apigateway-gateway-responses: {DEFAULT_4XX: {responseTemplates: {application/json: ''}}}\npaths: {}",
			"Errors found during import:\n\tInvalid null or empty value in responseTemplates"},
		{"an API key source that is none", head + "x-amazon-apigateway-api-key-source: COOKIE\npaths: {}",
			"Errors found during import:\n\t1 validation error detected: Value 'COOKIE' at 'createRestApiInput.apiKeySource' failed to satisfy constraint: Member must satisfy enum value set: [AUTHORIZER, HEADER]"},
		{"Swagger 1.2", "swagger: '1.2'\npaths: {}", "Invalid OpenAPI input."},
		{"a list", "- a\n- b", "Invalid OpenAPI input."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := importText(t, tt.document, Options{})
			if !got.refused || got.message != tt.want {
				t.Errorf("refused %v with\n%q, want\n%q", got.refused, got.message, tt.want)
			}
			for _, f := range got.findings {
				if f.Category == Refused && f.Severity != Error && f.Evidence != Inferred {
					t.Errorf("%s is refused by AWS and of severity %s", f.Rule, f.Severity)
				}
				if f.Pos.Line == 0 {
					t.Errorf("%s has no place: %s", f.Rule, f.Message)
				}
			}
		})
	}
}

// authorized is a document whose only scheme "a" has an authorizer with these lines.
func authorized(lines string) string {
	return head + "paths: {}\ncomponents:\n  securitySchemes:\n    a:\n      type: apiKey\n      name: Authorization\n      in: header\n      x-amazon-apigateway-authtype: custom\n      x-amazon-apigateway-authorizer:\n" +
		indent(lines, "        ")
}

func TestWhatAWSWarnsOf(t *testing.T) {
	tests := []struct {
		name, document string
		want           []string
	}{
		{"two servers", head + "servers: [{url: 'https://a'}, {url: 'https://b'}]\npaths: {}",
			[]string{"More than one server provided. Ignoring all but the first for defining endpoint configuration"}},
		{"an unknown key of components", head + "paths: {}\ncomponents: {invalid: 1}", []string{"Parse issue: attribute components.invalid is unexpected"}},
		{"a misspelt method", head + "paths: {/x: {gett: {responses: {}}}}", []string{"Parse issue: attribute paths.'/x'.gett is unexpected"}},
		{"consumes in OpenAPI 3", operation("responses: {}\nconsumes: [a/b]"), []string{"Parse issue: attribute paths.'/x'(get).consumes is unexpected"}},
		{"HTTP basic", head + "paths: {}\ncomponents: {securitySchemes: {b: {type: http, scheme: basic}}}", []string{"Unsupported security definition type 'http' for 'b'. Ignoring."}},
		{"an integration type that is none", integrated("type: HTTPS_PROXY"), []string{"Unknown integration type 'HTTPS_PROXY' for 'GET /x'. Ignoring."}},
		{"the same missing model twice", operation("responses: {'200': {description: a, content: {a/b: {schema: {$ref: '#/components/schemas/N'}}, c/d: {schema: {$ref: '#/components/schemas/N'}}}}}"),
			[]string{"Reference to model 'N' not found. Ignoring.", "Reference to model 'N' not found. Ignoring."}},
		{"an inline integer", operation("responses: {'200': {description: a, content: {a/b: {schema: {type: integer}}}}}"),
			[]string{"Unsupported model type 'IntegerSchema' in 200 response to method 'GET /x'. Ignoring."}},
		{"a response parameter that is a number", integrated("type: mock\nresponses: {default: {statusCode: 200, responseParameters: {method.response.header.A: 1}}}"),
			[]string{"Invalid format for 'responseParameters'. Expected type string for property 'method.response.header.A' of resource '/x' and method 'GET' but got '1'"}},
		{"none: what is dropped in silence", operation("responses: {default: {description: a}, 5XX: {description: b}}\ndeprecated: true\ncallbacks: {}\nx-mine: 1\nparameters: [{name: c, in: cookie}]"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := importText(t, tt.document, Options{})
			if got.refused || !slices.Equal(got.warnings, tt.want) {
				t.Errorf("refused %v (%s), warnings %q, want %q", got.refused, got.message, got.warnings, tt.want)
			}
			strict := importText(t, tt.document, Options{FailOnWarnings: true})
			if want := len(tt.want) > 0; strict.refused != want {
				t.Errorf("with failonwarnings refused %v, want %v", strict.refused, want)
			}
		})
	}
}

func TestDroppedInSilence(t *testing.T) {
	tests := []struct{ name, document, rule string }{
		{"cookie parameters", operation("responses: {}\nparameters: [{name: c, in: cookie}]"), "parameter-cookie-dropped"},
		{"constraints of parameters", operation("responses: {}\nparameters: [{name: c, in: query, schema: {type: string, enum: [a]}}]"), "parameter-constraints-ignored"},
		{"the response default", operation("responses: {default: {description: a}}"), "response-default-dropped"},
		{"nullable", head + "paths: {}\ncomponents: {schemas: {A: {type: string, nullable: true}}}", "schema-nullable"},
		{"required: true on a property", head + "paths: {}\ncomponents: {schemas: {A: {properties: {b: {type: string, required: true}}}}}", "schema-keyword-dropped"},
		{"extensions of HTTP APIs", head + "x-amazon-apigateway-cors: {}\npaths: {}", "http-api-only-extension"},
		{"extensions that are misspelt", head + "x-amazon-apigateway-gateway-response: {}\npaths: {}", "unknown-amazon-extension"},
		{"extensions at the wrong place", head + "paths: {/x: {x-amazon-apigateway-binary-media-types: [a/b]}}", "extension-misplaced"},
		{"endpoint configuration at the root", head + "x-amazon-apigateway-endpoint-configuration: {}\npaths: {}", "endpoint-configuration-at-root"},
		{"uri of a mock", integrated("type: mock\nuri: http://x"), "mock-extra-fields"},
		{"payloadFormatVersion", integrated("type: mock\npayloadFormatVersion: '1.0'"), "http-api-only-property"},
		{"unknown properties of an integration", integrated("type: mock\ntimeout: 5"), "unknown-extension-property"},
		{"two responses of one status", integrated("type: mock\nresponses: {default: {statusCode: 200}, '2..': {statusCode: 200}}"), "integration-response-duplicate-status"},
		{"schemes that do nothing", head + "paths: {}\ncomponents: {securitySchemes: {k: {type: apiKey, name: X-Other, in: header}}}", "security-scheme-no-effect"},
		{"schemes that are not there", operation("responses: {}\nsecurity: [{nobody: []}]"), "security-scheme-undefined"},
		{"a second authorizer", head + "paths: {/x: {get: {responses: {}, security: [{a: []}, {i: []}]}}}\ncomponents: {securitySchemes: {i: {type: apiKey, name: A, in: header, x-amazon-apigateway-authtype: awsSigv4}, a: {type: apiKey, name: A, in: header, x-amazon-apigateway-authorizer: {type: token, authorizerUri: '" + lambdaURI + "'}}}}", "security-two-authorizers"},
		{"references that lead nowhere", operation("responses: {}\nparameters: [{$ref: '#/components/parameters/N'}]"), "ref-unresolved"},
		{"references in a circle", operation("responses: {}\nparameters: [{$ref: '#/components/parameters/A'}]") + "components: {parameters: {A: {$ref: '#/components/parameters/B'}, B: {$ref: '#/components/parameters/A'}}}", "ref-cycle"},
		{"references into other files", operation("responses: {'200': {$ref: 'other.yaml#/x'}}"), "external-ref-dropped"},
		{"AWS variables that the import doesn't fill", integrated("type: http\nhttpMethod: GET\nuri: 'http://${AWS::StackName}'"), "aws-variable-unknown"},
		{"keys that stand twice", head + "paths: {}\npaths: {}", "duplicate-key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := importText(t, tt.document, Options{FailOnWarnings: true})
			f := got.finding(t, tt.rule)
			if got.refused || len(got.warnings) > 0 {
				t.Errorf("refused %v, warnings %q, want silence", got.refused, got.warnings)
			}
			if f.AWSKind != AWSSilent || f.Severity == Error || f.Pos.Line == 0 || f.Message == "" {
				t.Errorf("finding %+v, want a silent one with a place", f)
			}
		})
	}
}

func TestFindingsPointIntoTheFile(t *testing.T) {
	text := `openapi: 3.0.1
info: {title: demo, version: "1"}
paths:
  /x:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: GET
        uri: nowhere
        requestParameters:
          integration.request.header.A: method.request.header.A
`
	got := importText(t, text, Options{})
	uri, mapping := got.finding(t, "http-uri-invalid"), got.finding(t, "request-mapping-source-undeclared")
	if want := (source.Pos{File: "api.yaml", Line: 10, Col: 14}); uri.Pos != want {
		t.Errorf("uri at %v, want %v", uri.Pos, want)
	}
	if want := "/paths/~1x/get/x-amazon-apigateway-integration/requestParameters/integration.request.header.A"; mapping.Pointer != want {
		t.Errorf("mapping at %s, want %s", mapping.Pointer, want)
	}
	if mapping.Pos.Line != 12 {
		t.Errorf("mapping in line %d, want 12", mapping.Pos.Line)
	}
}

func TestVariablesAreFilled(t *testing.T) {
	text := integrated("type: aws_proxy\nhttpMethod: POST\nuri: arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${name}:${stageVariables.alias}/invocations")
	o := Options{Region: "cn-north-1", AccountID: "111122223333", Substitutions: map[string]string{"name": "echo"}}
	got := importText(t, text, o)
	uri := got.api.MethodAt("/x", "GET").Integration.URI
	want := "arn:aws-cn:apigateway:cn-north-1:lambda:path/2015-03-31/functions/arn:aws-cn:lambda:cn-north-1:111122223333:function:echo:${stageVariables.alias}/invocations"
	if uri.Text != want || got.refused {
		t.Errorf("uri %q (refused %v), want %q", uri.Text, got.refused, want)
	}
	line := strings.Split(text, "\n")[9]
	for _, piece := range []string{"${AWS::Region}:lambda:path", ":function:", "${stageVariables.alias}", "/invocations"} {
		filled := strings.Replace(piece, "${AWS::Region}", "cn-north-1", 1)
		if at := uri.At(strings.LastIndex(uri.Text, filled)); at.Col != strings.LastIndex(line, piece)+1 {
			t.Errorf("%s stands at column %d, want %d", piece, at.Col, strings.LastIndex(line, piece)+1)
		}
	}
	if got.api.Root.Children[0].Path != "/x" {
		t.Error("the path changed")
	}
}

func TestPlaceholdersInKeys(t *testing.T) {
	got := importText(t, head+"paths: {'/${version}/x': {get: {responses: {}}}}", Options{Substitutions: map[string]string{"version": "v1"}})
	if got.api.ResourceAt("/v1/x") == nil || got.refused {
		t.Errorf("no resource /v1/x; %s", got.message)
	}
}

func TestReferencesAreFollowed(t *testing.T) {
	got := importText(t, head+`
paths:
  /a:
    $ref: '#/components/x-paths/shared'
  /b/{id}:
    parameters:
      - {name: id, in: path, required: true}
      - {name: page, in: query}
    get:
      parameters: [{$ref: '#/components/parameters/Page'}]
      requestBody: {$ref: '#/components/requestBodies/Pet'}
      responses: {'200': {$ref: '#/components/responses/Ok'}}
components:
  x-paths: {shared: {get: {responses: {}}}}
  parameters: {Page: {name: page, in: query, required: true}}
  requestBodies: {Pet: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
  responses: {Ok: {description: ok, headers: {X-A: {schema: {type: string}}}, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
  schemas: {Pet: {type: object}}
`, Options{FailOnWarnings: true})
	if got.refused {
		t.Fatalf("refused: %s", got.message)
	}
	if got.api.MethodAt("/a", "GET") == nil {
		t.Error("no GET /a")
	}
	m := got.api.MethodAt("/b/{id}", "GET")
	names := []string{}
	for _, p := range m.RequestParameters {
		names = append(names, p.Name)
	}
	if want := []string{"method.request.path.id", "method.request.querystring.page"}; !slices.Equal(names, want) || !m.RequestParameters[1].Required {
		t.Errorf("parameters %v, want %v, page required", names, want)
	}
	if len(m.RequestModels) != 1 || m.RequestModels[0].Model != "Pet" {
		t.Errorf("request models %v", m.RequestModels)
	}
	r := m.Response("200")
	if !r.declares("method.response.header.X-A") || len(r.ResponseModels) != 1 {
		t.Errorf("response %+v", r)
	}
}

func TestSwagger2(t *testing.T) {
	got := importText(t, `
swagger: "2.0"
info: {title: demo, version: "1"}
basePath: /v1
host: example.com
schemes: [https]
consumes: [application/json]
produces: [application/json, application/xml]
paths:
  /pets:
    post:
      consumes: [application/vnd.pet+json]
      parameters:
        - {in: body, name: pet, required: true, schema: {$ref: "#/definitions/Pet"}}
        - {in: query, name: dry, type: boolean}
        - {in: formData, name: f, type: string}
      responses: {"200": {description: ok, schema: {$ref: "#/definitions/Pet"}}, "204": {$ref: "#/responses/Empty"}}
      security: [{key: []}]
      x-amazon-apigateway-integration: `+mockIntegration+`
responses: {Empty: {description: nothing, headers: {X-A: {type: string}}}}
securityDefinitions: {key: {type: apiKey, name: x-api-key, in: header}, b: {type: basic}}
definitions: {Pet: {type: object, properties: {tag: {$ref: "#/definitions/Tag"}}}, Tag: {type: string}}
x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: true}
`, Options{Basepath: "prepend", APIID: "abc"})
	if got.refused || !slices.Equal(got.warnings, []string{"Unsupported security definition type 'basic' for 'b'. Ignoring."}) {
		t.Fatalf("refused %v: %s %q", got.refused, got.message, got.warnings)
	}
	m := got.api.MethodAt("/v1/pets", "POST")
	if m == nil || !m.APIKeyRequired || !got.api.DisableExecuteAPIEndpoint {
		t.Fatalf("method %+v", m)
	}
	if m.RequestModels[0].ContentType != "application/vnd.pet+json" || m.RequestModels[0].Model != "Pet" {
		t.Errorf("request models %v", m.RequestModels)
	}
	if r := m.Response("200"); len(r.ResponseModels) != 2 || r.ResponseModels[1].ContentType != "application/xml" {
		t.Errorf("response models %v", r.ResponseModels)
	}
	if !m.Response("204").declares("method.response.header.X-A") {
		t.Error("the shared response lost its header")
	}
	got.finding(t, "parameter-formdata-dropped")
	pet := string(ordered.Append(nil, got.api.ModelNamed("Pet").Schema))
	if want := `{"type":"object","properties":{"tag":{"$ref":"https://apigateway.amazonaws.com/restapis/abc/models/Tag"}}}`; pet != want {
		t.Errorf("Pet is %s, want %s", pet, want)
	}
}

func TestInlineSchemasBecomeModels(t *testing.T) {
	got := importText(t, operation(`
requestBody: {content: {application/json: {schema: {type: object, properties: {date: {type: string, nullable: true}}}}}}
responses:
  '200': {description: a, content: {application/json: {schema: {type: object, properties: {date: {type: string}}}}}}
  '201': {description: b, content: {application/json: {schema: {type: array, items: {type: string}}}}}`), Options{FailOnWarnings: true})
	if got.refused {
		t.Fatal(got.message)
	}
	m := got.api.MethodAt("/x", "GET")
	first, second, third := m.RequestModels[0].Model, m.Response("200").ResponseModels[0].Model, m.Response("201").ResponseModels[0].Model
	if !strings.HasPrefix(first, "MODEL") || len(first) != 11 || first != second || third == first || len(got.api.Models) != 2 {
		t.Errorf("models %s, %s, %s of %d", first, second, third, len(got.api.Models))
	}
	if schema := string(ordered.Append(nil, got.api.ModelNamed(first).Schema)); strings.Contains(schema, "nullable") {
		t.Errorf("the model is %s", schema)
	}
}

func TestSecurity(t *testing.T) {
	schemes := `
components:
  securitySchemes:
    key: {type: apiKey, name: X-API-Key, in: header}
    iam: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
    lambda: {type: apiKey, name: Unused, in: header, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: {type: request, authorizerUri: "` + lambdaURI + `", identitySource: "method.request.header.A, method.request.querystring.b", authorizerResultTtlInSeconds: "60"}}
    bare: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: custom}
`
	tests := []struct {
		name, root, operation string
		authorization         string
		key                   bool
	}{
		{"none", "", "", "NONE", false},
		{"a key at the root", "security: [{key: []}]\n", "", "NONE", true},
		{"an operation opens what the root closes", "security: [{lambda: []}]\n", "security: []\n", "NONE", false},
		{"alternatives add up", "", "security: [{lambda: []}, {key: []}]\n", "CUSTOM", true},
		{"both at once", "", "security: [{lambda: [], key: []}]\n", "CUSTOM", true},
		{"signatures", "", "security: [{iam: []}]\n", "AWS_IAM", false},
		{"x-amazon-apigateway-auth", "", "x-amazon-apigateway-auth: {type: aws_iam}\n", "AWS_IAM", false},
		{"x-amazon-apigateway-auth opens", "security: [{lambda: []}]\n", "x-amazon-apigateway-auth: {type: NONE}\n", "NONE", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := importText(t, tt.root+operation("responses: {}\n"+tt.operation)+schemes, Options{}).api.MethodAt("/x", "GET")
			if m.AuthorizationType != tt.authorization || m.APIKeyRequired != tt.key {
				t.Errorf("%s, key %v; want %s, %v", m.AuthorizationType, m.APIKeyRequired, tt.authorization, tt.key)
			}
			if (m.AuthorizationType == "CUSTOM") != (m.Authorizer != nil) {
				t.Errorf("authorizer %v", m.Authorizer)
			}
		})
	}
	t.Run("a scheme without its authorizer makes no method", func(t *testing.T) {
		got := importText(t, operation("responses: {}\nsecurity: [{bare: []}]")+schemes, Options{})
		if got.api.MethodAt("/x", "GET") != nil {
			t.Error("the method is there, and open")
		}
	})
	t.Run("the fields of an authorizer", func(t *testing.T) {
		a := importText(t, head+"paths: {}"+schemes, Options{}).api.AuthorizerNamed("lambda")
		if a.Type != "REQUEST" || a.AuthType != "custom" || *a.AuthorizerResultTTLInSeconds != 60 || a.IdentitySource != "method.request.header.A, method.request.querystring.b" || len(a.ID) != 10 {
			t.Errorf("authorizer %+v", a)
		}
	})
}

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// TestShowJSON compares what show prints of documents that use everything with
// what it printed before.
func TestShowJSON(t *testing.T) {
	for _, name := range []string{"everything", "swagger"} {
		t.Run(name, func(t *testing.T) {
			doc, err := Load(os.DirFS("testdata"), name+".yaml")
			if err != nil {
				t.Fatal(err)
			}
			o := Options{FailOnWarnings: true, Basepath: "prepend"}
			api, findings := Import(doc, o)
			if IsRefused(findings, o) {
				message, _ := AWSMessages(findings, o)
				t.Errorf("refused: %s", message)
			}
			var indented bytes.Buffer
			if err := json.Indent(&indented, ShowJSON(api, findings, o), "", "  "); err != nil {
				t.Fatal(err)
			}
			golden := "testdata/" + name + ".json"
			if *update {
				if err := os.WriteFile(golden, indented.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || !bytes.Equal(indented.Bytes(), want) {
				t.Errorf("%v; ShowJSON wrote\n%s\nwant %s (go test ./openapi -update rewrites it)", err, indented.Bytes(), golden)
			}
		})
	}
}

func TestOtherKindsOfAPI(t *testing.T) {
	tests := []struct {
		name, document, rule string
	}{
		{"an HTTP API by its default route and payload", head + "paths: {/$default: {x-amazon-apigateway-any-method: {isDefaultRoute: true, x-amazon-apigateway-integration: {type: aws_proxy, payloadFormatVersion: '2.0', httpMethod: POST, uri: '" + lambdaURI + "'}}}}", "http-api-document"},
		{"an HTTP API by its JWT authorizer", head + "paths: {}\ncomponents: {securitySchemes: {j: {type: oauth2, x-amazon-apigateway-authorizer: {type: jwt, jwtConfiguration: {}}}}}", "http-api-document"},
		{"a WebSocket API", head + "paths: {/$connect: {get: {responses: {}}}, /$disconnect: {get: {responses: {}}}}", "websocket-api-document"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := importText(t, tt.document, Options{})
			if f := got.findings[0]; f.Rule != tt.rule || f.Category != Scope {
				t.Errorf("the first finding is %+v, want %s", f, tt.rule)
			}
		})
	}
	for _, f := range importText(t, head+"x-amazon-apigateway-cors: {}\npaths: {}", Options{}).findings {
		if f.Category == Scope {
			t.Errorf("one weak sign gave %+v", f)
		}
	}
}

func TestOpenAPI31IsRefusedAndBuilt(t *testing.T) {
	got := importText(t, strings.Replace(integrated("type: mock"), "3.0.1", "3.1.0", 1), Options{})
	f := got.finding(t, "openapi-version-unsupported")
	if !got.refused || got.message != "Invalid OpenAPI input." || f.Hint == "" || f.Pos.Line != 1 {
		t.Errorf("refused %v with %q, finding %+v", got.refused, got.message, f)
	}
	if got.api.MethodAt("/x", "GET").Integration == nil {
		t.Error("nothing was built for --allow-refused")
	}
}

func TestPutRestAPI(t *testing.T) {
	old := importText(t, head+`
x-amazon-apigateway-binary-media-types: [image/heif]
x-amazon-apigateway-request-validators: {basic: {validateRequestBody: true}}
x-amazon-apigateway-request-validator: basic
x-amazon-apigateway-gateway-responses: {THROTTLED: {statusCode: 429}}
paths:
  /a: {get: {responses: {'200': {description: x}, '206': {description: x}}, x-amazon-apigateway-integration: `+mockIntegration+`}, post: {responses: {}, x-amazon-apigateway-integration: `+mockIntegration+`}}
  /b/{id}: {get: {responses: {}}}
components: {schemas: {Old: {type: object}}}
`, Options{EndpointConfigurationTypes: []string{"REGIONAL"}})
	change := `openapi: 3.0.1
info: {title: new, version: "2"}
x-amazon-apigateway-binary-media-types: [image/png, image/heif]
x-amazon-apigateway-request-validators: {basic: {validateRequestParameters: true}}
paths:
  /a: {get: {responses: {'200': {description: x}}, x-amazon-apigateway-integration: ` + mockIntegration + `}}
  /b/{name}: {get: {responses: {}}}
`
	t.Run("merge", func(t *testing.T) {
		got := importText(t, change, Options{Onto: old.api, Mode: "merge"})
		api := got.api
		checkElements(t, api)
		if api.Name != "new" || api.Version != "2" || api.ID != old.api.ID || api.Root.ID != old.api.Root.ID || api.EndpointConfiguration.Types[0] != "REGIONAL" {
			t.Errorf("api %+v", api)
		}
		if want := []string{"image/heif", "image/png"}; !slices.Equal(api.BinaryMediaTypes, want) {
			t.Errorf("binary media types %v, want %v", api.BinaryMediaTypes, want)
		}
		if get := api.MethodAt("/a", "GET"); get.Response("206") != nil || get.RequestValidator != nil {
			t.Error("GET /a was not replaced as a whole")
		}
		post := api.MethodAt("/a", "POST")
		if post == nil || post.RequestValidator == nil || !post.RequestValidator.ValidateRequestParameters || post.Resource != api.ResourceAt("/a") {
			t.Errorf("POST /a is %+v", post)
		}
		if api.ModelNamed("Old") == nil || api.GatewayResponse("THROTTLED") == nil {
			t.Error("the model or the gateway response is gone")
		}
		// the old variable still stands in the way of the new one
		if !strings.Contains(got.message, "A sibling ({id}) of this resource already has a variable path part") {
			t.Errorf("message %q", got.message)
		}
		if old.api.Name != "demo" || old.api.MethodAt("/a", "GET").Response("206") == nil || len(old.api.BinaryMediaTypes) != 1 {
			t.Error("the old API was changed")
		}
	})
	t.Run("overwrite", func(t *testing.T) {
		got := importText(t, change, Options{Onto: old.api, Mode: "overwrite"})
		checkElements(t, got.api)
		if got.refused || got.api.MethodAt("/a", "POST") != nil || got.api.ModelNamed("Old") != nil || got.api.ResourceAt("/b/{name}") == nil {
			t.Errorf("refused %v %s", got.refused, got.message)
		}
		if want := []string{"image/png", "image/heif"}; !slices.Equal(got.api.BinaryMediaTypes, want) {
			t.Errorf("binary media types %v, want %v", got.api.BinaryMediaTypes, want)
		}
		if got.api.ResourceAt("/a").ID != old.api.ResourceAt("/a").ID {
			t.Error("the id of a path that survives changed")
		}
		if ns := got.api.MethodAt("/a", "GET").Integration.CacheNamespace; ns == got.api.ResourceAt("/a").ID || len(ns) != 10 {
			t.Errorf("the cache namespace is %s, want one that is not the resource's id", ns)
		}
	})
}

func TestBasePaths(t *testing.T) {
	tests := []struct{ name, servers, mode, want string }{
		{"a URL's path is split", "[{url: 'https://h/a/b/c'}]", "split", "/b/c/x"},
		{"a URL without a host", "[{url: /v2}]", "prepend", "/v2/x"},
		{"variables in a URL have their default", "[{url: 'https://h/{v}/p', variables: {v: {default: v1}}}]", "prepend", "/v1/p/x"},
		{"basePath of a later server counts first", "[{url: 'https://h/a'}, {url: 'https://i', variables: {basePath: {default: bp}}}]", "prepend", "/bp/x"},
		{"the first server with a path", "[{url: 'https://h/'}, {url: 'https://i/b'}]", "prepend", "/b/x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := importText(t, head+"servers: "+tt.servers+"\npaths: {/x: {get: {responses: {}}}}", Options{Basepath: tt.mode})
			if got.api.ResourceAt(tt.want) == nil {
				t.Errorf("no resource %s", tt.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	fsys := fstest.MapFS{"good.yaml": {Data: []byte(operation("responses: {}"))}, "bad.yaml": {Data: []byte("a: [\nb: }")}}
	if doc, err := Load(fsys, "good.yaml"); err != nil || doc.At("/paths/~1x/get").Line != 5 {
		t.Errorf("Load = %v, %v", doc, err)
	}
	_, err := Load(fsys, "none.yaml")
	if err == nil || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("Load of no file = %v", err)
	}
	_, err = Load(fsys, "bad.yaml")
	findings := Unreadable(err)
	if len(findings) == 0 || findings[0].Pos.Line == 0 {
		t.Fatalf("findings of %v: %v", err, findings)
	}
	if message, _ := AWSMessages(findings, Options{}); message != "Invalid OpenAPI input." || !IsRefused(findings, Options{}) {
		t.Errorf("message %q", message)
	}
}

func TestParseFunctionURI(t *testing.T) {
	const arn = "arn:aws:lambda:us-west-2:123456789012:function:f"
	tests := []struct {
		uri  string
		want FunctionURI
		ok   bool
	}{
		{"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + arn + "/invocations", FunctionURI{"us-west-2", "123456789012", "f", ""}, true},
		{"arn:aws:apigateway:us-east-1:lambda:path//2015-03-31/functions/" + arn + ":prod/invocations", FunctionURI{"us-west-2", "123456789012", "f", "prod"}, true},
		{"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f:$LATEST/invocations", FunctionURI{"us-east-1", "", "f", "$LATEST"}, true},
		{"arn:aws-cn:apigateway:cn-north-1:lambda:path/2015-03-31/functions/arn:aws-cn:lambda:cn-north-1:123456789012:function:f:12/invocations", FunctionURI{"cn-north-1", "123456789012", "f", "12"}, true},
		{"arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/" + arn + "/response-streaming-invocations", FunctionURI{"us-west-2", "123456789012", "f", ""}, true},
		{arn, FunctionURI{"us-west-2", "123456789012", "f", ""}, true},
		{arn + ":1", FunctionURI{"us-west-2", "123456789012", "f", "1"}, true},
		{"123456789012:function:f:prod", FunctionURI{"", "123456789012", "f", "prod"}, true},
		{"function:f", FunctionURI{"", "", "f", ""}, true},
		{"f", FunctionURI{"", "", "f", ""}, true},
		{"f:prod", FunctionURI{"", "", "f", "prod"}, true},
		{strings.Repeat("n", 140) + ":" + strings.Repeat("q", 128), FunctionURI{"", "", strings.Repeat("n", 140), strings.Repeat("q", 128)}, true},
		{strings.Repeat("n", 141), FunctionURI{}, false},
		{"f:" + strings.Repeat("q", 129), FunctionURI{}, false},
		{"f:$OLDEST", FunctionURI{}, false},
		{"", FunctionURI{}, false},
		{"f:", FunctionURI{}, false},
		{arn + ":", FunctionURI{}, false},
		{arn + ":a:b", FunctionURI{}, false},
		{"arn:aws:lambda:us-west-2:account-id:function:f", FunctionURI{}, false},
		{"arn:aws:apigateway:us-east-1:sqs:path/123456789012/q", FunctionURI{}, false},
		{"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + arn, FunctionURI{}, false},
		{"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions//invocations", FunctionURI{}, false},
		{"a function", FunctionURI{}, false},
	}
	for _, tt := range tests {
		got, err := ParseFunctionURI(tt.uri)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("ParseFunctionURI(%q) = %+v, %v; want %+v, ok %v", tt.uri, got, err, tt.want, tt.ok)
		}
	}
}

func TestNewID(t *testing.T) {
	a, b, c := NewID("a", "bc"), NewID("a", "bc"), NewID("ab", "c")
	if a != b || a == c || len(a) != 10 || strings.Trim(a, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		t.Errorf("ids %s %s %s", a, b, c)
	}
}
