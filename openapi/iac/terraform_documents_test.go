package iac_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi"
)

// TestTerraformDocuments imports templates as teams write them.
func TestTerraformDocuments(t *testing.T) {
	const uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:"
	for _, c := range []struct {
		file          string
		substitutions map[string]string
		values        map[string]string // by pointer
		places        map[string]string // line:column of a piece, by pointer and piece
		problems      []string
	}{
		{
			file: "orders.yaml.tftpl", substitutions: map[string]string{"timeout_ms": "10000", "environment": "dev"},
			values: map[string]string{
				"/info/title": "project-orders-dev",
				"/paths/~1orders/get/x-amazon-apigateway-integration/uri":                                                                                         uri + "get_orders/invocations",
				"/paths/~1orders/get/x-amazon-apigateway-integration/timeoutInMillis":                                                                             "10000",
				"/paths/~1orders/post/x-amazon-apigateway-integration/uri":                                                                                        "arn:aws:apigateway:us-east-1:sqs:path/123456789012/queue_name",
				"/paths/~1orders/post/x-amazon-apigateway-integration/credentials":                                                                                "arn:aws:iam::123456789012:role/project-gateway",
				"/paths/~1orders/post/x-amazon-apigateway-integration/requestTemplates/application~1json":                                                         "#set($body = $util.urlEncode($input.body))\nAction=SendMessage&MessageBody=$body&MessageGroupId=${context.requestId}\n",
				"/components/securitySchemes/authorizer_name/x-amazon-apigateway-authorizer/authorizerUri":                                                        uri + "authorizer/invocations",
				"/components/securitySchemes/authorizer_name/x-amazon-apigateway-authorizer/authorizerCredentials":                                                "arn:aws:iam::123456789012:role/authorizer_role",
				"/components/securitySchemes/authorizer_name/x-amazon-apigateway-authorizer/authorizerResultTtlInSeconds":                                         "300",
				"/x-amazon-apigateway-request-validators/all/validateRequestBody":                                                                                 "true",
				"/paths/~1orders/options/x-amazon-apigateway-integration/responses/default/responseParameters/method.response.header.Access-Control-Allow-Origin": "'https://allowed-origin.example.com'",
			},
			places: map[string]string{
				"/paths/~1orders/post/x-amazon-apigateway-integration/requestTemplates/application~1json requestId": "44:76",
				"/paths/~1orders/post/x-amazon-apigateway-integration/uri queue_name":                               "37:66",
			},
		},
		{
			file: "users.json.tftpl", substitutions: map[string]string{
				"description": `says "hello"`, "base": "v1", "compression_size": "1024",
				"policy": `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}]}`,
			},
			values: map[string]string{
				"/info/description": `says "hello"`,
				"/x-amazon-apigateway-policy/Statement/0/Effect":                                   "Allow",
				"/x-amazon-apigateway-minimum-compression-size":                                    "1024",
				"/paths/~1v1~1users~1{id}/get/x-amazon-apigateway-integration/uri":                 "https://backend.example.com/users/{id}",
				"/paths/~1v1~1users~1{id}/get/x-amazon-apigateway-integration/timeoutInMillis":     "29000",
				"/components/securitySchemes/people/x-amazon-apigateway-authorizer/providerARNs/0": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_userpool",
			},
			places: map[string]string{
				"/paths/~1v1~1users~1{id}/get/x-amazon-apigateway-integration/uri /users": "17:42",
				"/info/description hello": "3:64",
			},
		},
		{
			file: "stages.yaml.tpl", substitutions: map[string]string{"stage": "dev", "version": " 7 ", "error_status": "502"},
			values: map[string]string{
				"/info/title":   "Stages of us-east-1",
				"/info/version": "7",
				"/basePath":     "/v1-dev",
				"/paths/~1items~1{id}/x-amazon-apigateway-any-method/x-amazon-apigateway-integration/uri": uri + "items:${stageVariables.alias}/invocations",
				"/paths/~1soap/post/x-amazon-apigateway-integration/requestTemplates/application~1json":   `<item id="$input.path('$.id')" region="us-east-1">${util.escapeJavaScript($input.path('$.name'))}</item>`,
			},
			places: map[string]string{
				"/paths/~1items~1{id}/x-amazon-apigateway-any-method/x-amazon-apigateway-integration/uri /invocations": "16:153",
			},
			problems: []string{"Terraform fills ${region_name} in a mapping template, and its value is not known here"},
		},
	} {
		t.Run(c.file, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata/terraform", c.file))
			if err != nil {
				t.Fatal(err)
			}
			f, err := openapi.Read(c.file, data, openapi.ReadOptions{Region: "us-east-1", AccountID: "123456789012", Substitutions: c.substitutions})
			if err != nil {
				t.Fatal(err)
			}
			doc := f.Documents[0]
			for pointer, want := range c.values {
				if n := doc.Node(pointer); n == nil || n.Value != want {
					t.Errorf("%s is %v, want %q", pointer, n, want)
				}
			}
			for what, want := range c.places {
				pointer, piece, _ := strings.Cut(what, " ")
				text, ok := doc.Text(pointer)
				if i := strings.Index(text.Text, piece); !ok || i < 0 {
					t.Errorf("no %s in %q", piece, text.Text)
				} else if got := text.At(i).String(); got != c.file+":"+want {
					t.Errorf("%s stands at %s, want %s", what, got, want)
				}
			}
			_, findings := openapi.Import(doc, openapi.Options{Region: "us-east-1", AccountID: "123456789012"})
			for _, finding := range findings {
				expected := finding.Severity == openapi.Info
				for _, p := range c.problems {
					expected = expected || strings.HasPrefix(finding.Message, p)
				}
				if !expected {
					t.Errorf("%s: %s: %s", finding.Pos, finding.Rule, finding.Message)
				}
			}
		})
	}
}
