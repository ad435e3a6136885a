package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi"
)

// The files of testdata/standins have names that only a deployment knows wherever
// one can stand. A value that is made up must not be found fault with.
func TestNothingIsFoundInWhatIsMadeUp(t *testing.T) {
	files, err := filepath.Glob("testdata/standins/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := openapi.LoadBytes(name, data)
			if err != nil {
				t.Fatal(err)
			}
			api, findings := openapi.Import(doc, openapi.Options{})
			unknown := 0
			for _, f := range append(findings, Check(doc, api, Surroundings{})...) {
				switch {
				case f.Rule == "template-unsupported" && (strings.Contains(f.Message, "known") || strings.Contains(f.Message, "has no value")):
					unknown++ // it says itself that it is made up
				default:
					t.Errorf("%s: %s: %s [%s]", f.Pos, f.Severity, f.Message, f.Rule)
				}
			}
			if want := strings.Count(string(data), "# unknown"); unknown != want {
				t.Errorf("%d findings say that something is not known, want %d", unknown, want)
			}
		})
	}
}

func TestATextWithoutSubIsToldToHaveOne(t *testing.T) {
	const method = "{responses: {'200': {description: OK}}, x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'https://${NAME}/'}}"
	const document = "openapi: 3.0.1\ninfo: {title: a, version: '1'}\npaths: {/a: {get: " + method + "}}\n"
	for _, c := range []struct{ name, text, placeholder, want string }{
		{"in a template each", "Resources: {Api: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {openapi: 3.0.1, info: {title: a, version: '1'}, paths: {/a: {get: " + method + "}}}}}}", "host", "write !Sub"},
		{"elsewhere what CloudFormation has for an attribute", document, "Backend.Host", "write !Sub"},
		{"and nothing else", document, "backend.host", "substitutions: {backend.host: …}"},
		{"nor a name without one", document, "Host", "substitutions: {Host: …}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := openapi.LoadBytes("a.yaml", []byte(strings.ReplaceAll(c.text, "NAME", c.placeholder)))
			if err != nil {
				t.Fatal(err)
			}
			api, _ := openapi.Import(doc, openapi.Options{})
			for _, f := range Check(doc, api, Surroundings{}) {
				if f.Rule == "placeholder-unfilled" {
					if !strings.Contains(f.Hint, c.want) {
						t.Errorf("the hint is %q, want %q", f.Hint, c.want)
					}
					return
				}
			}
			t.Error("not found")
		})
	}
}
