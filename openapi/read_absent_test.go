package openapi

import (
	"testing"
	"testing/fstest"
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
