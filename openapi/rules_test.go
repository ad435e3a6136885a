package openapi

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// templates have for each rule about CloudFormation templates one that breaks it.
var templates = map[string]string{
	"template-refused":          templateOf("{title: t, version: {Ref: Nowhere}}"),
	"template-regretted":        templateOf("{'Fn::Transform': {Name: AWS::Include, Parameters: {Location: info.yaml}}}"),
	"template-unsupported":      templateOf("{title: t, version: {'Fn::Cidr': [10.0.0.0/8, 1, 8]}}"),
	"template-without-document": "Resources: {Api: {Type: AWS::ApiGateway::RestApi}}",
}

// templateOf is a template with a document.
func templateOf(info string) string {
	return "Resources: {Api: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {openapi: 3.0.1, paths: {}, info: " + info + "}}}}"
}

// triggers have for each rule a document that breaks it.
var triggers = map[string]string{
	"api-key-source-invalid":                   head + "x-amazon-apigateway-api-key-source: X\npaths: {}",
	"auth-type-invalid":                        operation("responses: {}\nx-amazon-apigateway-auth: {type: OPEN}"),
	"auth-without-authorizer":                  operation("responses: {}\nx-amazon-apigateway-auth: {type: custom}"),
	"authorizer-identity-source-invalid":       authorized("type: request\nidentitySource: header.Auth\nauthorizerUri: " + lambdaURI),
	"authorizer-identity-source-missing":       authorized("type: request\nauthorizerUri: " + lambdaURI),
	"authorizer-ttl-range":                     authorized("type: token\nauthorizerResultTtlInSeconds: -1\nauthorizerUri: " + lambdaURI),
	"authorizer-type-invalid":                  authorized("type: jwt"),
	"authorizer-uri-malformed":                 authorized("type: token"),
	"authtype-without-authorizer":              head + "paths: {}\ncomponents: {securitySchemes: {a: {type: apiKey, in: header, name: A, x-amazon-apigateway-authtype: custom}}}",
	"aws-proxy-not-lambda":                     integrated("type: aws_proxy\nhttpMethod: POST\nuri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"),
	"aws-uri-no-path-action":                   integrated("type: aws\nhttpMethod: POST\nuri: arn:aws:lambda:us-east-1:123456789012:function:f"),
	"aws-uri-not-arn":                          integrated("type: aws\nhttpMethod: POST\nuri: ${aws_lambda_function.f.invoke_arn}"),
	"aws-uri-region":                           integrated("type: aws\nhttpMethod: POST\nuri: " + strings.Replace(lambdaURI, "us-east-1", "us-esat-1", 1)),
	"aws-variable-unknown":                     operation("responses: {}\nsummary: ${AWS::StackName}"),
	"cache-key-undeclared":                     integrated("type: mock\ncacheKeyParameters: [method.request.header.A]"),
	"caller-identity-without-iam":              integrated("type: aws\nhttpMethod: POST\ncredentials: arn:aws:iam::*:user/*\nuri: " + lambdaURI),
	"cognito-arn-malformed":                    authorized("type: cognito_user_pools\nproviderARNs: []"),
	"connection-type-invalid":                  integrated("type: http\nhttpMethod: GET\nuri: http://x\nconnectionType: VPN"),
	"content-handling-invalid":                 integrated("type: mock\ncontentHandling: TEXT"),
	"credentials-malformed":                    integrated("type: aws\nhttpMethod: POST\ncredentials: me\nuri: " + lambdaURI),
	"credentials-missing-aws":                  integrated("type: aws\nhttpMethod: POST\nuri: arn:aws:apigateway:us-east-1:sqs:action/SendMessage"),
	"document-too-large":                       head + "paths: {}\n#" + strings.Repeat(" ", 6<<20),
	"documentation-type-invalid":               head + "paths: {}\nx-amazon-apigateway-documentation: {documentationParts: [{location: {type: PAGE}}]}",
	"duplicate-key":                            head + "paths: {}\npaths: {}",
	"endpoint-configuration-at-root":           head + "paths: {}\nx-amazon-apigateway-endpoint-configuration: {}",
	"extension-misplaced":                      head + "paths: {}\ncomponents: {x-amazon-apigateway-request-validators: {}}",
	"external-ref":                             head + "paths: {}\ncomponents: {schemas: {A: {properties: {b: {$ref: 'b.json'}}}}}",
	"external-ref-dropped":                     operation("responses: {}\nparameters: [{$ref: 'p.yaml#/p'}]"),
	"gateway-response-mapping-invalid":         head + "paths: {}\nx-amazon-apigateway-gateway-responses: {THROTTLED: {responseParameters: {gatewayresponse.header.A: star}}}",
	"gateway-response-parameter-key":           head + "paths: {}\nx-amazon-apigateway-gateway-responses: {THROTTLED: {responseParameters: {header.A: \"'*'\"}}}",
	"gateway-response-template-null":           head + "paths: {}\nx-amazon-apigateway-gateway-responses: {THROTTLED: {responseParameters: {gatewayresponse.header.A: }}}",
	"gateway-response-type-unknown":            head + "paths: {}\nx-amazon-apigateway-gateway-responses: {THROTTLE: {}}",
	"http-api-document":                        head + "paths: {/$default: {get: {responses: {}}}}",
	"http-api-only-extension":                  head + "paths: {}\ntags: [{name: a, x-amazon-apigateway-tag-value: b}]",
	"http-api-only-property":                   integrated("type: mock\npayloadFormatVersion: 1.0"),
	"http-uri-invalid":                         integrated("type: http\nhttpMethod: GET\nuri: ${stageVariables.url}"),
	"integration-http-method-invalid":          integrated("type: http\nhttpMethod: FETCH\nuri: http://x"),
	"integration-http-method-missing":          integrated("type: http\nuri: http://x"),
	"integration-malformed":                    integrated("type: mock\nresponses: []"),
	"integration-response-duplicate-status":    integrated("type: mock\nresponses: {a: {}, b: {}}"),
	"integration-response-no-method-response":  integrated("type: mock\nresponses: {default: {statusCode: 404, responseParameters: {method.response.header.A: \"'*'\"}}}"),
	"integration-response-pattern-invalid":     integrated("type: mock\nresponses: {'[5': {statusCode: 500}}"),
	"integration-response-pattern-unsupported": integrated("type: mock\nresponses: {'\\Ga': {statusCode: 500}}"),
	"integration-type-invalid":                 integrated("httpMethod: GET"),
	"lambda-uri-malformed":                     integrated("type: aws\nhttpMethod: POST\nuri: " + strings.Replace(lambdaURI, "123456789012", "12", 1)),
	"media-type-key-invalid":                   integrated("type: mock\nrequestTemplates: {json: '{}'}"),
	"method-unsupported":                       head + "paths: {/x: {trace: {}}}",
	"minimum-compression-range":                head + "paths: {}\nx-amazon-apigateway-minimum-compression-size: -1",
	"mock-extra-fields":                        integrated("type: mock\nhttpMethod: GET"),
	"model-name-illegal":                       head + "paths: {}\ncomponents: {schemas: {a-b: {}}}",
	"model-ref-missing":                        operation("responses: {'200': {description: a, content: {a/b: {schema: {$ref: '#/components/schemas/N'}}}}}"),
	"model-ref-unsatisfied":                    head + "paths: {}\ncomponents: {schemas: {A: {items: {$ref: '#/components/schemas/N'}}}}",
	"multiple-servers-ignored":                 head + "paths: {}\nservers: [{url: /}, {url: /}]",
	"openapi-unexpected-key":                   head + "paths: {}\nhost: example.com",
	"openapi-version-unsupported":              "openapi: 4.0.0\npaths: {}",
	"openapi-wrong-kind":                       head + "paths: [a]",
	"operation-key-dropped":                    operation("responses: {}\ndeprecated: true"),
	"operation-unreadable":                     head + "paths: {/x: {get: GET}}",
	"operation-without-responses":              operation("operationId: a"),
	"parameter-constraints-ignored":            operation("responses: {}\nparameters: [{in: query, name: a, schema: {pattern: a}}]"),
	"parameter-cookie-dropped":                 operation("responses: {}\nparameters: [{in: cookie, name: a}]"),
	"parameter-formdata-dropped":               operation("responses: {}\nparameters: [{in: formData, name: a}]"),
	"parameter-location-dropped":               operation("responses: {}\nparameters: [{in: body, name: a}]"),
	"parameter-name-illegal":                   operation("responses: {}\nparameters: [{in: query, name: 'a[]'}]"),
	"parameter-name-not-unique":                operation("responses: {}\nparameters: [{in: query, name: a}, {in: header, name: a}]"),
	"passthrough-invalid":                      integrated("type: mock\npassthroughBehavior: always"),
	"path-duplicate-normalised":                head + "paths: {/x: {get: {responses: {}}}, /x/: {get: {responses: {}}}}",
	"path-greedy-not-last":                     head + "paths: {'/{p+}/x': {}}",
	"path-illegal-character":                   head + "paths: {'/a b': {}}",
	"path-partial-parameter":                   head + "paths: {'/{id}.json': {}}",
	"path-too-long":                            head + "paths: {" + strings.Repeat("/a", 6000) + ": {}}",
	"path-variable-siblings":                   head + "paths: {'/{a}': {}, '/{b}': {}}",
	"path-without-slash":                       head + "paths: {x: {}}",
	"paths-missing":                            head,
	"policy-invalid":                           head + "paths: {}\nx-amazon-apigateway-policy: allow",
	"policy-too-long":                          head + "paths: {}\nx-amazon-apigateway-policy: {Statement: {Effect: Allow, Resource: " + strings.Repeat("a", 9000) + "}}",
	"ref-cycle":                                operation("responses: {}\nrequestBody: {$ref: '#/paths/~1x/get/requestBody'}"),
	"ref-unresolved":                           head + "paths: {/x: {$ref: '#/components/pathItems/N'}}",
	"request-mapping-key-invalid":              integrated("type: mock\nrequestParameters: {'append:header.a': \"'b'\"}"),
	"request-mapping-source-undeclared":        integrated("type: mock\nrequestParameters: {integration.request.header.a: method.request.querystring.b}"),
	"request-mapping-static-unquoted":          integrated("type: mock\nrequestParameters: {integration.request.header.a: b}"),
	"request-mapping-value-not-string":         integrated("type: mock\nrequestParameters: {integration.request.header.a: [b]}"),
	"request-model-missing":                    operation("responses: {}\nrequestBody: {content: {a/b: {schema: {$ref: '#/components/schemas/N'}}}}"),
	"request-schema-unsupported":               operation("responses: {}\nrequestBody: {content: {a/b: {schema: {type: string}}}}"),
	"response-default-dropped":                 operation("responses: {default: {}}"),
	"response-links-dropped":                   operation("responses: {'200': {links: {}}}"),
	"response-mapping-key-invalid":             integrated("type: mock\nresponses: {default: {responseParameters: {header.a: \"'b'\"}}}"),
	"response-mapping-static-unquoted":         strings.Replace(integrated("type: mock\nresponses: {default: {responseParameters: {method.response.header.a: b}}}"), "description: ok", "headers: {a: {}}", 1),
	"response-mapping-undeclared-header":       integrated("type: mock\nresponses: {default: {responseParameters: {method.response.header.a: \"'b'\"}}}"),
	"response-schema-primitive":                operation("responses: {'200': {content: {a/b: {schema: {type: string, format: uuid}}}}}"),
	"response-status-illegal":                  operation("responses: {'600': {}}"),
	"response-streaming":                       integrated("type: mock\nresponseTransferMode: STREAM"),
	"schema-discriminator":                     head + "paths: {}\ncomponents: {schemas: {A: {discriminator: {}}}}",
	"schema-invalid":                           head + "paths: {}\ncomponents: {schemas: {A: {properties: []}}}",
	"schema-keyword-dropped":                   head + "paths: {}\ncomponents: {schemas: {A: {const: 1}}}",
	"schema-keyword-unsupported":               "swagger: 2.0\npaths: {}\ndefinitions: {A: {const: 1}}",
	"schema-nullable":                          head + "paths: {}\ncomponents: {schemas: {A: {nullable: true}}}",
	"scopes-without-cognito":                   operation("responses: {}\nsecurity: [{a: [read]}]") + strings.TrimPrefix(authorized("type: token\nauthorizerUri: "+lambdaURI), head+"paths: {}\n"),
	"security-scheme-no-effect":                head + "paths: {}\ncomponents: {securitySchemes: {a: {type: apiKey, in: query, name: x-api-key}}}",
	"security-scheme-type":                     head + "paths: {}\ncomponents: {securitySchemes: {a: {type: openIdConnect}}}",
	"security-scheme-undefined":                operation("responses: {}\nsecurity: [{a: []}]"),
	"security-two-authorizers":                 operation("responses: {}\nsecurity: [{a: []}, {b: []}]") + "components:\n  securitySchemes:\n    b: {type: apiKey, in: header, name: B, x-amazon-apigateway-authtype: awsSigv4}\n" + strings.TrimPrefix(authorized("type: token\nauthorizerUri: "+lambdaURI), head+"paths: {}\ncomponents:\n  securitySchemes:\n"),
	"template-too-large":                       integrated("type: mock\nrequestTemplates: {application/json: " + strings.Repeat("a", 301<<10) + "}"),
	"timeout-out-of-range":                     integrated("type: mock\ntimeoutInMillis: 30000"),
	"title-missing":                            "openapi: 3.0.1\npaths: {}",
	"unknown-amazon-extension":                 operation("responses: {}\nx-amazon-apigateway-integrationn: {}"),
	"unknown-extension-property":               integrated("type: mock\nrequestTemplate: {}"),
	"unreadable-extension":                     head + "paths: {}\nx-amazon-apigateway-gateway-responses: []",
	"validator-undefined":                      head + "paths: {}\nx-amazon-apigateway-request-validator: a",
	"vpc-link-without-id":                      integrated("type: http\nhttpMethod: GET\nuri: http://x\nconnectionType: VPC_LINK"),
	"websocket-api-document":                   head + "paths: {$connect: {}}",
}

// byOption are the rules that no document breaks.
var byOption = map[string]Options{
	"endpoint-types-multiple": {EndpointConfigurationTypes: []string{"EDGE", "REGIONAL"}},
	"option-basepath":         {Basepath: "keep"},
	"option-endpoint-type":    {EndpointConfigurationTypes: []string{"LOCAL"}},
	"option-mode":             {Mode: "replace"},
}

// byFiles are the rules that need another file, with the document and that file.
var byFiles = map[string][2]string{
	"external-file-unparseable": {head + "paths: {/x: {$ref: other.yaml}}", "get: }"},
	"external-ref-bundled":      {head + "paths: {/x: {$ref: other.yaml}}", "get: {}"},
}

func TestEveryRuleHasADocumentThatBreaksIt(t *testing.T) {
	rules := Rules()
	if !slices.IsSortedFunc(rules, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the rules are not sorted")
	}
	for _, r := range rules {
		t.Run(r.ID, func(t *testing.T) {
			if r.ID == "document-unparseable" {
				_, err := LoadBytes("x.yaml", []byte("a: }"))
				if f := Unreadable(err); len(f) == 0 || f[0].Rule != r.ID || f[0].Category != r.Category {
					t.Errorf("findings %v", f)
				}
				return
			}
			if texts, ok := byFiles[r.ID]; ok {
				got := bundleIn(t, map[string]string{"api.yaml": texts[0], "other.yaml": texts[1]}, "api.yaml")
				if len(got.findings) != 1 || got.findings[0].Rule != r.ID || got.findings[0].Category != r.Category {
					t.Errorf("findings %+v", got.findings)
				}
				return
			}
			if text, ok := templates[r.ID]; ok {
				doc, err := Load(fstest.MapFS{"template.yaml": {Data: []byte(text)}, "info.yaml": {Data: []byte("title: !Ref AWS::Region\nversion: '1'")}}, "template.yaml")
				found := Unreadable(err)
				if err == nil {
					_, found = Import(doc, Options{})
				}
				if len(found) != 1 || found[0].Rule != r.ID || found[0].Category != r.Category {
					t.Errorf("findings %+v", found)
				}
				return
			}
			document, o := triggers[r.ID], byOption[r.ID]
			if document == "" {
				document = head + "paths: {}"
			}
			got := importText(t, document, o)
			f := got.finding(t, r.ID)
			if f.Category != r.Category {
				t.Errorf("category %s, want %s", f.Category, r.Category)
			}
			if f.Category == Refused && !got.refused {
				t.Error("the import is not refused")
			}
		})
	}
	for id := range triggers {
		if !slices.ContainsFunc(rules, func(r Rule) bool { return r.ID == id }) {
			t.Errorf("%s is no rule", id)
		}
	}
}
