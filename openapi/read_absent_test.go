package openapi

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// Of an API whose document can't be read nothing is said but that.
func TestADocumentThatCantBeReadIsNotFoundFaultWith(t *testing.T) {
	include := func(location string) string {
		return "DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: " + location + "}}}"
	}
	for _, c := range []struct {
		name, property, rule, message string
	}{
		{"in a bucket", "DefinitionUri: s3://b/a.yaml", "template-without-document", "DefinitionUri names s3://b/a.yaml, and nothing is read from the network"},
		{"included from a bucket", include("s3://b/a.yaml"), "template-without-document", "AWS::Include names s3://b/a.yaml, and nothing is read from the network"},
		{"its paths included from a bucket", "DefinitionBody: {openapi: 3.0.1, Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/a.yaml}}}", "template-without-document",
			"AWS::Include names s3://b/a.yaml, and nothing is read from the network"},
		{"outside the folder", "DefinitionUri: ../../a.yaml", "template-without-document", "DefinitionUri: ../../a.yaml is not read: it lies outside the project folder"},
		{"missing", "DefinitionUri: a.yaml", "template-refused", "DefinitionUri: can't open a.yaml: file does not exist"},
		{"including itself", include("cycle.yaml"), "template-refused", "cycle.yaml includes itself"},
		{"no YAML", "DefinitionUri: broken.yaml", "template-refused", "did not find expected node content"},
		{"only the title is in a bucket", "DefinitionBody: {openapi: 3.0.1, info: {title: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/a.yaml}}}, version: '1'}, paths: {}}", "template-unsupported",
			"AWS::Include names s3://b/a.yaml, and nothing is read from the network"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := "Transform: AWS::Serverless-2016-10-31\nResources: {Api: {Type: AWS::Serverless::Api, Properties: {StageName: prod, " + c.property + "}}}\n"
			files := fstest.MapFS{
				"stack/template.yaml": {Data: []byte(text)},
				"stack/cycle.yaml":    {Data: []byte(include("cycle.yaml")[len("DefinitionBody: "):])},
				"stack/broken.yaml":   {Data: []byte("a: [\n")},
			}
			doc, err := Load(files, "stack/template.yaml")
			if err != nil {
				t.Fatal(err)
			}
			_, findings := Import(doc, Options{})
			found := false
			for _, f := range findings {
				if f.Rule == c.rule && f.Message == c.message {
					found = true
				} else if c.rule != "template-unsupported" {
					t.Errorf("%s: %s [%s]", f.Pos, f.Message, f.Rule)
				}
			}
			if !found {
				t.Errorf("not found; there are %v", findings)
			}
		})
	}
}

func TestATemplateThatIsWrongIsToldItsTrueCauseOnce(t *testing.T) {
	const api = "Api: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {openapi: 3.0.1, info: {title: %s, version: '1'}, paths: {%s}}}}"
	bomb := "lollol"
	for range 26 {
		bomb = `{"Fn::Sub": ["${v}${v}", {v: ` + bomb + `}]}`
	}
	document := func(title, paths string) string { return "Resources:\n  " + fmt.Sprintf(api, title, paths) + "\n" }
	for _, c := range []struct{ name, text, want string }{
		{"sections that are no objects", document("a", "") + "Parameters: 3\nConditions: []\nMappings: {a: 1}\n",
			"3:13 Parameters is no object\n4:13 Conditions is no object\n5:15 a of Mappings is no object"},
		{"resources that are no objects", document("a", "") + "  B: 3\n  C: null\n  D: {Properties: {}}\n",
			"3:6 the resource B is no object with a Type\n4:6 the resource C is no object with a Type\n5:6 the resource D is no object with a Type"},
		{"a path that stands for many", document("a", "Fn::ForEach::P: [X, [a, b], {'/${X}': {get: {}}}]"), "2:117 rehearse makes nothing of Fn::ForEach::P"},
		{"a text that grows too large", document(bomb, ""), "2:816 what there is to fill in this file comes to more than 32 MB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := LoadBytes("t.yaml", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			_, findings := Import(doc, Options{})
			for _, f := range findings {
				got = append(got, fmt.Sprintf("%d:%d %s", f.Pos.Line, f.Pos.Col, f.Message))
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), c.want)
			}
		})
	}
}

func TestWhatCouldBeATerraformTemplateIsToldSo(t *testing.T) {
	for text, want := range map[string]string{
		`{"openapi": "3.0.1", "paths": ${paths}}`: "if it is a Terraform template, read it with --template terraform",
		`{"openapi": "3.0.1", "paths": }`:         "",
		`{"openapi": "${x}", "paths": }`:          "",
	} {
		_, err := LoadBytes("a.json", []byte(text))
		var at *source.Error
		if !errors.As(err, &at) || strings.Contains(at.Hint, "terraform") != (want != "") || want != "" && at.Hint != want {
			t.Errorf("%s: %#v", text, err)
		}
	}
}

func TestNestedTemplatesMayHaveTheAPI(t *testing.T) {
	for text, want := range map[string]string{
		"Resources: {A: {Type: AWS::Serverless::Application, Properties: {Location: child/template.yaml}}}":                                                                 "the API may be in child/template.yaml: name that",
		"Resources: {A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://b.example/template.yaml'}}}":                                                  "is it in a nested one? this template names https://b.example/template.yaml",
		"Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: AWS::Serverless::Application, Properties: {Location: c.yaml}}, F: {Type: AWS::Serverless::Function}}": "the API may be in c.yaml: name that",
		"Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: AWS::Serverless::Application, Properties: {Location: c.yaml}}, " +
			"F: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: Api}}}}}": exportHint,
	} {
		_, err := LoadBytes("t.yaml", []byte(text))
		var at *source.Error
		if !errors.As(err, &at) || at.Hint != want {
			t.Errorf("%s: %#v", text, at)
		}
	}
}
