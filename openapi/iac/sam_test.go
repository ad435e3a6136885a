package iac

import (
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// samAPI is a SAM template with one API of some properties.
func samAPI(properties, sections string) string {
	return "Transform: AWS::Serverless-2016-10-31\nResources:\n  Api:\n    Type: AWS::Serverless::Api\n    Properties: {" + properties + "}\n" + sections
}

const twoPaths = "DefinitionBody: {openapi: 3.0.1, paths: {/a: {post: {}, get: {}}, /b: {x-amazon-apigateway-any-method: {}}, /c: {get: {}, options: {own: yes}}}}"

func TestSAMAddsAnOptionsMethodForCors(t *testing.T) {
	tests := []struct{ name, cors, path, want string }{
		{"a text is the origin", `"'https://a'"`, "/a", `{"method.response.header.Access-Control-Allow-Origin":"'https://a'","method.response.header.Access-Control-Allow-Methods":"'GET,OPTIONS,POST'"}`},
		{"ANY is all methods", `"'*'"`, "/b", `{"method.response.header.Access-Control-Allow-Origin":"'*'","method.response.header.Access-Control-Allow-Methods":"'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT'"}`},
		{"without an origin it is every one", `{AllowHeaders: "'X'", MaxAge: 600}`, "/a",
			`{"method.response.header.Access-Control-Allow-Origin":"'*'","method.response.header.Access-Control-Allow-Headers":"'X'","method.response.header.Access-Control-Allow-Methods":"'GET,OPTIONS,POST'","method.response.header.Access-Control-Max-Age":"600"}`},
		{"methods may be said", `{AllowMethods: "'GET'", AllowOrigin: "'https://a'", AllowCredentials: true}`, "/a",
			`{"method.response.header.Access-Control-Allow-Origin":"'https://a'","method.response.header.Access-Control-Allow-Methods":"'GET'","method.response.header.Access-Control-Allow-Credentials":"'true'"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tm := openTemplate(t, samAPI("Cors: "+tt.cors+", "+twoPaths, ""), nil, testSettings)
			paths := tm.APIs()[0].Document.Get("paths")
			got := jsonText(paths.Get(tt.path).Get("options").Get("x-amazon-apigateway-integration").Get("responses").Get("default").Get("responseParameters"))
			if got != tt.want {
				t.Errorf("the headers are %s\nwant %s", got, tt.want)
			}
			if own := jsonText(paths.Get("/c").Get("options")); own != `{"own":"yes"}` {
				t.Errorf("the path's own OPTIONS became %s", own)
			}
			if s := said(tm.Resolution); s != "" {
				t.Errorf("said %q", s)
			}
		})
	}
}

func TestPropertiesOfAPIsAreInTheirDocuments(t *testing.T) {
	const cfn = "Resources:\n  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {openapi: 3.0.1}, PROPERTIES}}\n"
	const sam = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Api: {Type: AWS::Serverless::Api, Properties: {DefinitionBody: {openapi: 3.0.1, BODY}, PROPERTIES}}\n"
	tests := []struct{ name, template, body, properties, want string }{
		{"binary media types, with ~1 for a slash", cfn, "", "BinaryMediaTypes: [image~1png, '*/*']", `{"openapi":"3.0.1","x-amazon-apigateway-binary-media-types":["image/png","*/*"]}`},
		{"the least size that is compressed", cfn, "", "MinimumCompressionSize: 1024", `{"openapi":"3.0.1","x-amazon-apigateway-minimum-compression-size":1024}`},
		{"where the API key is", cfn, "", "ApiKeySourceType: AUTHORIZER", `{"openapi":"3.0.1","x-amazon-apigateway-api-key-source":"AUTHORIZER"}`},
		{"the policy", cfn, "", "Policy: {Version: a}", `{"openapi":"3.0.1","x-amazon-apigateway-policy":{"Version":"a"}}`},
		{"the host that is off", cfn, "", "DisableExecuteApiEndpoint: true", `{"openapi":"3.0.1","servers":[{"x-amazon-apigateway-endpoint-configuration":{"disableExecuteApiEndpoint":true}}]}`},
		{"the host that isn't", cfn, "", "DisableExecuteApiEndpoint: false", `{"openapi":"3.0.1"}`},
		{"the host that is off, in each server", sam, "servers: [{url: a}, {url: b, x-amazon-apigateway-endpoint-configuration: {vpcEndpointIds: [c]}}]", "DisableExecuteApiEndpoint: true",
			`{"openapi":"3.0.1","servers":[{"url":"a","x-amazon-apigateway-endpoint-configuration":{"disableExecuteApiEndpoint":true}},{"url":"b","x-amazon-apigateway-endpoint-configuration":{"vpcEndpointIds":["c"],"disableExecuteApiEndpoint":true}}]}`},
		{"SAM's binary media types are instead of the document's", sam, "x-amazon-apigateway-binary-media-types: [a/b]", "BinaryMediaTypes: [c~1d]", `{"openapi":"3.0.1","x-amazon-apigateway-binary-media-types":["c/d"]}`},
		{"SAM's gateway responses are beside the document's, and win", sam, "x-amazon-apigateway-gateway-responses: {DEFAULT_4XX: {statusCode: 418}, THROTTLED: {statusCode: 503}}",
			"GatewayResponses: {DEFAULT_4XX: {StatusCode: 400, ResponseParameters: {Headers: {X: \"'1'\"}, Paths: {p: a}, QueryStrings: {q: b}}, ResponseTemplates: {a/b: c}}}",
			`{"openapi":"3.0.1","x-amazon-apigateway-gateway-responses":{"DEFAULT_4XX":{"statusCode":400,"responseParameters":{"gatewayresponse.header.X":"'1'","gatewayresponse.path.p":"a","gatewayresponse.querystring.q":"b"},"responseTemplates":{"a/b":"c"}},"THROTTLED":{"statusCode":503}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.NewReplacer("BODY", tt.body, "PROPERTIES", tt.properties).Replace(tt.template)
			tm := openTemplate(t, text, nil, testSettings)
			if got := jsonText(tm.APIs()[0].Document); got != tt.want {
				t.Errorf("the document is %s\nwant %s", got, tt.want)
			}
			if s := said(tm.Resolution); s != "" {
				t.Errorf("said %q", s)
			}
		})
	}
}

func TestWhatSAMRefusesAndRehearseDoesNot(t *testing.T) {
	const body = "DefinitionBody: {openapi: 3.0.1, paths: {}}"
	tests := []struct{ name, properties, want string }{
		{"no resource policy is made", body + ", Auth: {ResourcePolicy: {IpRangeAllowlist: [a]}}", "U 5:70 SAM changes the document for ResourcePolicy in Auth of Api, and rehearse doesn't"},
		{"a default authorizer that isn't there", body + ", Auth: {DefaultAuthorizer: Pol, Authorizers: {Pool: {UserPoolArn: a}}}", "R 5:89 the DefaultAuthorizer Pol of Api is not in Authorizers"},
		{"no models", body + ", Models: {A: {type: object}}", "U 5:71 SAM changes the document for Models of Api, and rehearse doesn't"},
		{"no events are merged", body + ", MergeDefinitions: true", "U 5:81 SAM changes the document for MergeDefinitions of Api, and rehearse doesn't"},
		{"a usage plan changes no document", body + ", Auth: {UsagePlan: {CreateUsagePlan: PER_API}}", ""},
		{"nor does an empty Auth", body + ", Auth: {}, MergeDefinitions: false", ""},
		{"what changes nothing for a caller is left", body + ", AlwaysDeploy: true, TracingEnabled: true, Domain: {DomainName: a}", ""},
		{"two documents", body + ", DefinitionUri: a.yaml", "R 5:78 Api has both DefinitionBody and DefinitionUri"},
		{"Cors of a document in a file of its own", "DefinitionUri: a.yaml, Cors: \"'*'\"", "R 5:47 SAM takes Cors with a document in DefinitionBody only, and that of Api is in DefinitionUri"},
		{"gateway responses of one", "DefinitionUri: a.yaml, GatewayResponses: {A: {StatusCode: 400}}", "R 5:59 SAM takes GatewayResponses with a document in DefinitionBody only, and that of Api is in DefinitionUri"},
		{"credentials for everybody", body + ", Cors: {AllowCredentials: true}", "R 5:69 Cors of Api allows credentials to every origin"},
		{"Cors of the wrong kind", body + ", Cors: [a]", "R 5:69 Cors of Api is neither a text nor an object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tm := openTemplate(t, samAPI(tt.properties, ""), map[string]string{"a.yaml": "openapi: 3.0.1"}, testSettings)
			tm.APIs()
			if s := said(tm.Resolution); s != tt.want {
				t.Errorf("said %q, want %q", s, tt.want)
			}
		})
	}
}

func TestGlobalsAreMergedIntoWhatHasThem(t *testing.T) {
	tm := openTemplate(t, `
Transform: [AWS::Serverless-2016-10-31]
Globals:
  Api: {Variables: {a: global, b: global}, BinaryMediaTypes: [a~1b], StageName: all}
  Function: {Runtime: python3.13, Timeout: 3, Layers: [one], Environment: {Variables: {A: "1"}}}
Resources:
  Api: {Type: AWS::Serverless::Api, Properties: {StageName: own, Variables: {b: own}, BinaryMediaTypes: [c~1d], DefinitionBody: {openapi: 3.0.1}}}
  F: {Type: AWS::Serverless::Function, Properties: {Timeout: 9, Layers: [two], Environment: {Variables: {B: !Ref Api}}}}
  Plain: {Type: AWS::Lambda::Function, Properties: {Timeout: 9}}
`, nil, testSettings)
	tests := []struct{ id, want string }{
		{"Api", `{"StageName":"own","Variables":{"b":"own","a":"global"},"BinaryMediaTypes":["a~1b","c~1d"]}`},
		{"F", `{"Timeout":9,"Layers":["one","two"],"Environment":{"Variables":{"B":"api","A":"1"}},"Runtime":"python3.13"}`},
		{"Plain", `{"Timeout":9}`},
	}
	for _, tt := range tests {
		if got := jsonText(tm.Properties(tm.Resource(tt.id))); got != tt.want {
			t.Errorf("%s has %s\nwant %s", tt.id, got, tt.want)
		}
	}
	if doc := tm.APIs()[0].Document; doc.Get("x-amazon-apigateway-binary-media-types") == nil {
		t.Errorf("the document is %s", jsonText(doc))
	}
}

func TestDocumentsInFilesOfTheirOwn(t *testing.T) {
	const file = `{"openapi": "3.0.1", "info": {"title": {"Fn::Sub": "${AWS::Region}"}}}`
	// Nobody fills a file that is uploaded as it is.
	const asItStands = `{"openapi":"3.0.1","info":{"title":{"Fn::Sub":"${AWS::Region}"}}}`
	tests := []struct {
		name, resource string
		files          map[string]string
		want, said     string
	}{
		{"DefinitionUri of a local file", "{Type: AWS::Serverless::Api, Properties: {DefinitionUri: docs/a.json}}", map[string]string{"docs/a.json": file}, asItStands, ""},
		{"BodyS3Location of one, which aws cloudformation package uploads", "{Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: a.json}}", map[string]string{"a.json": file}, asItStands, ""},
		{"an object in a bucket by the name it has there", "{Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: {Bucket: b, Key: docs/a.json}}}", map[string]string{"a.json": file}, asItStands, ""},
		{"CDK's asset by its metadata", "{Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: {Bucket: b, Key: 1f.json}}, Metadata: {'aws:asset:path': asset.1f.json}}", map[string]string{"asset.1f.json": file}, asItStands, ""},
		{"and by its key", "{Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: {Bucket: !Sub 'cdk-${AWS::Region}', Key: 1f.json}}}", map[string]string{"asset.1f.json": file}, asItStands, ""},
		{"one that isn't here", "{Type: AWS::Serverless::Api, Properties: {DefinitionUri: docs/a.json}}", nil, `{}`, "R 3:63 DefinitionUri: can't open docs/a.json: no such file"},
		{"one in a bucket that isn't here", "{Type: AWS::Serverless::Api, Properties: {DefinitionUri: 's3://b/a.json'}}", nil, `{}`, ""},
		{"one that is nothing", "{Type: AWS::Serverless::Api, Properties: {DefinitionUri: [a]}}", nil, `{}`, "U 3:63 DefinitionUri doesn't say which file it is"},
		{"a document that is a text", "{Type: AWS::ApiGateway::RestApi, Properties: {Body: '{openapi: 3.0.1}'}}", nil, `{"openapi":"3.0.1"}`, ""},
		{"no document", "{Type: AWS::ApiGateway::RestApi}", nil, "none", ""},
		{"properties of the wrong kind", "{Type: AWS::ApiGateway::RestApi, Properties: [a]}", nil, "none", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tm := openTemplate(t, "Transform: AWS::Serverless-2016-10-31\nResources:\n  A: "+tt.resource, tt.files, testSettings)
			got, a := "none", tm.APIs()[0]
			if n := a.Document; n != nil {
				got = jsonText(n)
			}
			if a.Unread != (got == "{}") {
				t.Errorf("unread is %t", a.Unread)
			}
			if inBucket := strings.Contains(tt.name, "bucket that"); inBucket != (a.Elsewhere != nil) {
				t.Errorf("elsewhere is %v", a.Elsewhere)
			}
			if got != tt.want {
				t.Errorf("the document is %s, want %s", got, tt.want)
			}
			if s := said(tm.Resolution); s != tt.said {
				t.Errorf("said %q, want %q", s, tt.said)
			}
		})
	}
}

func TestWhatIsMadeOfMoreThanResourcesIsSaid(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a loop", "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::A: [a, [b], {c: d}]\n  Q: {Type: AWS::SQS::Queue}", "U 3:3 rehearse makes no resources of Fn::ForEach::A"},
		{"included resources", "Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: a}}\n  Q: {Type: AWS::SQS::Queue}", "U 2:3 rehearse makes no resources of Fn::Transform"},
		{"a macro", "Transform: [AWS::LanguageExtensions, Company::Names]\nResources: {Q: {Type: AWS::SQS::Queue}}", "U 1:12 rehearse doesn't put the template through Company::Names"},
		{"an included template", "Transform: {Name: AWS::Include, Parameters: {Location: a}}\nResources: {Q: {Type: AWS::SQS::Queue}}", "U 1:12 rehearse doesn't put the template through AWS::Include"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tm := openTemplate(t, tt.text, nil, testSettings)
			if s := said(tm.Resolution); s != tt.want || len(tm.Resources) != 1 {
				t.Errorf("said %q, want %q; %d resources", s, tt.want, len(tm.Resources))
			}
		})
	}
}

func TestPlacesOfADocumentInATextAreInTheTemplate(t *testing.T) {
	tm := openTemplate(t, "Resources:\n  F: {Type: AWS::Lambda::Function}\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Body: !Sub |\n        {\"openapi\": \"3.0.1\",\n         \"x\": \"${F.Arn} #end\", \"list\": [1, {\"y\": true}]}\n", nil, testSettings)
	d := tm.APIs()[0].Document
	x := d.Get("x").Text()
	if want := "arn:aws:lambda:eu-west-1:111122223333:function:F #end"; x.Text != want {
		t.Errorf("x is %q, want %q", x.Text, want)
	}
	y, at := d.Follow("/list/1/y")
	tests := []struct {
		what, got, want string
	}{
		{"the document", d.Pos.String(), "template.yaml:7:9"},
		{"a value", d.Get("x").Pos.String(), "template.yaml:8:15"},
		{"what was filled in", x.At(0).String(), "template.yaml:8:16"},
		{"what stands behind it", x.At(strings.Index(x.Text, "#end")).String(), "template.yaml:8:25"},
		{"a key behind it", at.String(), "template.yaml:8:45"},
		{"its value", y.Pos.String(), "template.yaml:8:50"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s stands at %s, want %s", tt.what, tt.got, tt.want)
		}
	}
}

func TestSAMMakesSecurityOfAuth(t *testing.T) {
	const paths = "paths: {/a: {get: {x-amazon-apigateway-integration: {}}, options: {x-amazon-apigateway-integration: {}}, post: {security: [{api_key: []}], x-amazon-apigateway-integration: {}}, put: {security: [{NONE: []}], x-amazon-apigateway-integration: {}}, patch: {security: [{Own: [s]}], x-amazon-apigateway-integration: {}}, head: {}}}"
	tests := []struct{ name, auth, schemes, security string }{
		{"a user pool", "DefaultAuthorizer: Own, Authorizers: {Own: {UserPoolArn: !GetAtt Pool.Arn}}",
			`{"Own":{"type":"apiKey","name":"Authorization","in":"header","x-amazon-apigateway-authtype":"cognito_user_pools","x-amazon-apigateway-authorizer":{"type":"cognito_user_pools","providerARNs":["arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Pool"]}}}`,
			`get [{"Own":[]}] options [{"Own":[]}] post [{"api_key":[]},{"Own":[]}] put [] patch [{"Own":["s"]}] head none`},
		{"a function that gets a token, and no preflight", "DefaultAuthorizer: F, AddDefaultAuthorizerToCorsPreflight: false, Authorizers: {F: {FunctionArn: !GetAtt Check.Arn, Identity: {Header: X-Token, ValidationExpression: a.*, ReauthorizeEvery: 60}}}",
			`{"F":{"type":"apiKey","name":"X-Token","in":"header","x-amazon-apigateway-authtype":"custom","x-amazon-apigateway-authorizer":{"type":"token","authorizerUri":"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:Check/invocations","authorizerResultTtlInSeconds":60,"identityValidationExpression":"a.*"}}}`,
			`get [{"F":[]}] options none post [{"api_key":[]},{"F":[]}] put [] patch [{"Own":["s"]},{"F":[]}] head none`},
		{"a function that gets the request", "DefaultAuthorizer: F, Authorizers: {F: {FunctionArn: a, FunctionPayloadType: REQUEST, AuthorizationScopes: [x], FunctionInvokeRole: NONE, Identity: {Headers: [A, B], QueryStrings: [c], StageVariables: [d], Context: [e]}}}",
			`{"F":{"type":"apiKey","name":"Unused","in":"header","x-amazon-apigateway-authtype":"custom","x-amazon-apigateway-authorizer":{"type":"request","authorizerUri":"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/a/invocations","identitySource":"method.request.header.A, method.request.header.B, method.request.querystring.c, stageVariables.d, context.e"}}}`,
			`get [{"F":["x"]}] options [{"F":["x"]}] post [{"api_key":[]},{"F":["x"]}] put [] patch [{"Own":["s"]},{"F":["x"]}] head none`},
		{"IAM", "DefaultAuthorizer: AWS_IAM", `{"AWS_IAM":{"type":"apiKey","name":"Authorization","in":"header","x-amazon-apigateway-authtype":"awsSigv4"}}`,
			`get [{"AWS_IAM":[]}] options [{"AWS_IAM":[]}] post [{"api_key":[]},{"AWS_IAM":[]}] put [] patch [{"Own":["s"]},{"AWS_IAM":[]}] head none`},
		{"an API key", "ApiKeyRequired: true, AddApiKeyRequiredToCorsPreflight: false", `{"api_key":{"type":"apiKey","name":"x-api-key","in":"header"}}`,
			`get [{"api_key":[]}] options none post [{"api_key":[]}] put [{"NONE":[]},{"api_key":[]}] patch [{"Own":["s"]},{"api_key":[]}] head none`},
		{"authorizers without a default", "Authorizers: {Own: {UserPoolArn: [a, b]}}",
			`{"Own":{"type":"apiKey","name":"Authorization","in":"header","x-amazon-apigateway-authtype":"cognito_user_pools","x-amazon-apigateway-authorizer":{"type":"cognito_user_pools","providerARNs":["a","b"]}}}`,
			`get none options none post [{"api_key":[]}] put [{"NONE":[]}] patch [{"Own":["s"]}] head none`},
		{"a usage plan", "UsagePlan: {CreateUsagePlan: PER_API}", "none", `get none options none post [{"api_key":[]}] put [{"NONE":[]}] patch [{"Own":["s"]}] head none`},
	}
	show := func(n *source.Node) string {
		if n == nil {
			return "none"
		}
		return jsonText(n)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tm := openTemplate(t, samAPI("Auth: {"+tt.auth+"}, DefinitionBody: {openapi: 3.0.1, "+paths+"}", "  Pool: {Type: AWS::Cognito::UserPool}\n  Check: {Type: AWS::Serverless::Function}\n"), nil, testSettings)
			d := tm.APIs()[0].Document
			if got := show(d.Get("components").Get("securitySchemes")); got != tt.schemes {
				t.Errorf("the schemes are %s\nwant %s", got, tt.schemes)
			}
			var security []string
			for _, m := range d.Get("paths").Get("/a").Members {
				security = append(security, m.Key+" "+show(m.Value.Get("security")))
			}
			if got := strings.Join(security, " "); got != tt.security {
				t.Errorf("the security is %s\nwant %s", got, tt.security)
			}
			if s := said(tm.Resolution); s != "" {
				t.Errorf("said %q", s)
			}
		})
	}
}

func TestSAMReplacesTheSecuritySchemesOfADocument(t *testing.T) {
	const own = "{a: {type: apiKey}}"
	tests := []struct{ name, document, want, said string }{
		{"in OpenAPI 3", "openapi: 3.0.1, components: {securitySchemes: " + own + ", schemas: {}}", `{"openapi":"3.0.1","components":{"securitySchemes":{"api_key":{"type":"apiKey","name":"x-api-key","in":"header"}},"schemas":{}}}`,
			"A 5:111 SAM replaces the document's securitySchemes by those of Auth of Api"},
		{"in Swagger they are put together", "swagger: '2.0', securityDefinitions: " + own, `{"swagger":"2.0","securityDefinitions":{"api_key":{"type":"apiKey","name":"x-api-key","in":"header"},"a":{"type":"apiKey"}}}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tm := openTemplate(t, samAPI("Auth: {ApiKeyRequired: true}, DefinitionBody: {"+tt.document+"}", ""), nil, testSettings)
			if got := jsonText(tm.APIs()[0].Document); got != tt.want {
				t.Errorf("the document is %s\nwant %s", got, tt.want)
			}
			if s := said(tm.Resolution); s != tt.said {
				t.Errorf("said %q, want %q", s, tt.said)
			}
		})
	}
}
