package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// documentWithIntrinsics has functions in each place that a template would fill.
const documentWithIntrinsics = `openapi: 3.0.1
info:
  title:
    Fn::Sub: ${AWS::StackName}-items
  version: "1"
x-amazon-apigateway-binary-media-types:
  - Fn::Join: [/, [image, png]]
paths:
  /items/{id}:
    get:
      security: [{tokens: []}]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri:
          Fn::Sub: arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${ItemsFunction.Arn}:${!stageVariables.alias}/invocations
        credentials:
          Fn::GetAtt: [GatewayRole, Arn]
    put:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates:
          application/json: '{"statusCode": 200}'
        responses:
          default:
            statusCode: "200"
            responseTemplates:
              application/json:
                Fn::Sub:
                  - '{"at": "${where}", "id": "$input.params(''id'')"}'
                  - where:
                      Fn::Select: [1, {Fn::Split: [",", {Fn::Sub: "a,${AWS::Region}"}]}]
components:
  securitySchemes:
    tokens:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer:
        type: token
        authorizerUri:
          Fn::Join:
            - ""
            - - "arn:aws:apigateway:"
              - Ref: AWS::Region
              - ":lambda:path/2015-03-31/functions/"
              - Fn::GetAtt: TokensFunction.Arn
              - /invocations
`

const templateResources = `
  ItemsFunction: {Type: AWS::Serverless::Function}
  TokensFunction: {Type: AWS::Lambda::Function}
  GatewayRole: {Type: AWS::IAM::Role}
`

func indented(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+by)
}

// shortForms are the functions of a text in their short forms, where YAML has them on
// one line.
func shortForms(text string) string {
	return strings.NewReplacer(
		"title:\n    Fn::Sub: ", "title: !Sub ",
		"credentials:\n          Fn::GetAtt: [GatewayRole, Arn]", "credentials: !GetAtt GatewayRole.Arn",
		"- Fn::Join: ", "- !Join ",
		"- Ref: AWS::Region", "- !Ref AWS::Region",
		"{Fn::Split: [\",\", {Fn::Sub: \"a,${AWS::Region}\"}]}", `!Split [",", !Sub "a,${AWS::Region}"]`,
	).Replace(text)
}

// However a document comes into a deployment, the same API comes of it.
func TestADocumentIsImportedAlikeAloneAndInTemplates(t *testing.T) {
	const sam = "Transform: AWS::Serverless-2016-10-31\n"
	include := "Fn::Transform: {Name: AWS::Include, Parameters: {Location: docs/openapi.yaml}}\n"
	paths := strings.Index(documentWithIntrinsics, "paths:\n")
	components := strings.Index(documentWithIntrinsics, "components:\n")
	tests := []struct{ name, file, text string }{
		{"alone", "openapi.yaml", documentWithIntrinsics},
		{"alone, in short forms", "openapi.yaml", shortForms(documentWithIntrinsics)},
		{"in Body", "template.yaml", "Resources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Body:\n" + indented(documentWithIntrinsics, "        ") + templateResources},
		{"in Body, in short forms", "template.yaml", "Resources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Body:\n" + indented(shortForms(documentWithIntrinsics), "        ") + templateResources},
		{"in DefinitionBody", "template.yaml", sam + "Resources:\n  Api:\n    Type: AWS::Serverless::Api\n    Properties:\n      StageName: a\n      DefinitionBody:\n" + indented(documentWithIntrinsics, "        ") + templateResources},
		{"included", "template.yaml", sam + "Resources:\n  Api:\n    Type: AWS::Serverless::Api\n    Properties:\n      DefinitionBody:\n        " + include + templateResources},
		{"with its paths included", "template.yaml", "Resources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Body:\n" +
			indented(documentWithIntrinsics[:paths]+"paths: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: docs/paths.yaml}}}\n"+documentWithIntrinsics[components:], "        ") + templateResources},
		{"chosen by a condition", "template.yaml", "Conditions: {Yes: !Equals [a, a]}\nResources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Body:\n        Fn::If:\n        - Yes\n        -\n" +
			indented(documentWithIntrinsics, "          ") + "\n        - {openapi: 3.0.1}" + templateResources},
	}
	files := fstest.MapFS{
		"docs/openapi.yaml": {Data: []byte(documentWithIntrinsics)},
		"docs/paths.yaml":   {Data: []byte(indentedLess(documentWithIntrinsics[paths+len("paths:\n") : components]))},
	}
	var want []byte
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Read(tt.file, []byte(tt.text), ReadOptions{Region: "eu-west-1", Files: files, Path: tt.file})
			if err != nil {
				t.Fatal(err)
			}
			o := Options{Region: "eu-west-1", APIID: "abcdefghij"}
			api, findings := Import(f.Documents[0], o)
			for _, problem := range findings {
				t.Errorf("%s: %s", problem.Pos, problem.Message)
			}
			got := ShowJSON(api, findings, o)
			if want == nil {
				want = got
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s\nwant %s", got, want)
			}
			if !bytes.Contains(got, []byte("function:ItemsFunction:${stageVariables.alias}/invocations")) {
				t.Errorf("%s", got)
			}
		})
	}
}

func indentedLess(text string) string {
	return strings.ReplaceAll("\n"+text, "\n  ", "\n")
}

func TestPlacesOfATemplateAreInTheFilesOfIt(t *testing.T) {
	template := "Resources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Body:\n        openapi: 3.0.1\n        info: {title: a, version: '1'}\n        paths:\n          Fn::Transform: {Name: AWS::Include, Parameters: {Location: paths.yaml}}\n"
	paths := "/a:\n  get:\n    responses: {'200': {description: a}}\n    x-amazon-apigateway-integration:\n      type: aws_proxy\n      httpMethod: POST\n      uri: arn:wrong\n"
	files := fstest.MapFS{"infra/paths.yaml": {Data: []byte(paths)}}
	f, err := Read("infra/template.yaml", []byte(template), ReadOptions{Files: files, Path: "infra/template.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	_, findings := Import(f.Documents[0], Options{})
	if len(findings) == 0 || findings[0].Pos.File != "infra/paths.yaml" || findings[0].Pos.Line < 4 {
		t.Errorf("findings are %+v", findings)
	}
	if len(f.Documents[0].Files) != 2 {
		t.Errorf("the document is of %d files, want the template and what it includes", len(f.Documents[0].Files))
	}
}

func TestTemplatesWithoutADocument(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"events make the API", "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function, Properties: {Events: {A: {Type: Api}}}}}",
			"t.yaml:1:1: this SAM template has no OpenAPI document: SAM makes the API of the events of its functions"},
		{"an API of events", "Transform: AWS::Serverless-2016-10-31\nResources:\n  Api: {Type: AWS::Serverless::Api, Properties: {StageName: a}}",
			"t.yaml:3:3: the API Api of this template has no OpenAPI document: SAM makes the API of the events of its functions"},
		{"an API of methods", "Resources:\n  Api: {Type: AWS::ApiGateway::RestApi}\n  M: {Type: AWS::ApiGateway::Method}",
			"t.yaml:2:3: the API Api of this template has no OpenAPI document: it is made of resources and methods"},
		{"an HTTP API", "Resources: {Api: {Type: AWS::ApiGatewayV2::Api}}", "t.yaml:1:13: this CloudFormation template has an HTTP or WebSocket API and no REST API"},
		{"SAM's HTTP API", "Transform: AWS::Serverless-2016-10-31\nResources: {Api: {Type: AWS::Serverless::HttpApi}}", "t.yaml:2:13: this CloudFormation template has an HTTP or WebSocket API and no REST API"},
		{"an API whose condition doesn't hold", "Conditions: {Public: !Equals [a, b]}\nResources: {Api: {Type: AWS::ApiGateway::RestApi, Condition: Public, Properties: {Body: {openapi: 3.0.1}}}}",
			"t.yaml:2:13: the API Api of this template is not deployed: its condition Public is false"},
		{"no API at all", "Resources: {Q: {Type: AWS::SQS::Queue}}", "t.yaml:1:1: this CloudFormation template has no REST API"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read("t.yaml", []byte(tt.text), ReadOptions{})
			e, ok := err.(*source.Error)
			if !ok {
				t.Fatalf("the error is %v", err)
			}
			if got := fmt.Sprintf("%s: %s", e.Pos, e.Msg); got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
			if e.Hint == "" {
				t.Error("no hint")
			}
		})
	}
}

func TestATemplateOfNestedOnesNamesThem(t *testing.T) {
	_, err := Read("t.yaml", []byte("Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: api/template.yaml}}\n  B: {Type: AWS::Serverless::Application, Properties: {Location: data.yaml}}\n"), ReadOptions{})
	var e *source.Error
	if !errors.As(err, &e) || e.Hint != "the API may be in api/template.yaml or data.yaml: name that" {
		t.Errorf("the error is %+v", err)
	}
}

func TestAnAPIWithoutADocumentBesideOneThatHasIt(t *testing.T) {
	text := "Resources:\n  A: {Type: AWS::ApiGateway::RestApi}\n  B: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {openapi: 3.0.1, info: {title: b, version: '1'}, paths: {}}}}\n"
	f, err := Read("t.yaml", []byte(text), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Documents) != 1 || f.Documents[0].LogicalID != "B" {
		t.Fatalf("there are %d documents", len(f.Documents))
	}
	_, findings := Import(f.Documents[0], Options{})
	for _, found := range findings {
		if found.Rule == "template-unsupported" && found.Message == "the API A has no OpenAPI document in the template" && found.Pos.Line == 2 {
			return
		}
	}
	t.Errorf("findings are %+v", findings)
}

func TestATemplateIncludesNothingOutsideTheFolder(t *testing.T) {
	for _, name := range []string{"../secret.yaml", "/etc/passwd", "a/../../secret.yaml", `..\secret.yaml`, "."} {
		t.Run(name, func(t *testing.T) {
			text := "Resources: {A: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: '" + name + "'}}}}}}"
			f, err := Read("t.yaml", []byte(text), ReadOptions{Files: fstest.MapFS{"t.yaml": {}}, Path: "t.yaml"})
			if err != nil {
				t.Fatal(err)
			}
			if _, findings := Import(f.Documents[0], Options{}); len(findings) != 1 {
				t.Errorf("findings are %+v", findings)
			}
		})
	}
}
