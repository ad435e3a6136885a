package iac

import (
	"errors"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// FuzzTemplate reads anything as a template and as a document: it ends, keeps to
// what texts may grow by, and says things with places.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		around("!Sub '${Api} ${AWS::Region} ${!x} ${Q.Arn}'", "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Q}}\n"),
		around("{Fn::Transform: {Name: AWS::Include, Parameters: {Location: self.yaml}}}", ""),
		around("!If [A, !Ref AWS::NoValue, !Select [0, !Split [',', a]]]", "Conditions: {A: !Not [!Condition B], B: !Condition A}\n"),
		around("!Join ['', [!FindInMap [M, a, b], !ImportValue x]]", "Mappings: {M: {a: {b: c}}}\n"),
		around("'{{resolve:ssm:a}}'", "Parameters: {P: {Type: CommaDelimitedList, Default: 'a,b'}}\n"),
		samAPI("Cors: '*', GatewayResponses: {A: {}}, "+twoPaths, "  F: {Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: !Ref F}}\n"),
		"Globals: {Api: a}\nTransform: AWS::Serverless-2016-10-31\nResources: {A: {Type: AWS::Serverless::Api, Properties: {Fn::If: [a, b, c]}}}",
		"Resources: {V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref V}}, A: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref A, Name: !Ref A}}}",
		"x: !Sub ['${a}${a}', {a: !Sub ['${b}${b}', {b: c}]}]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 10_000 {
			return
		}
		file, err := source.Read("template.yaml", []byte(text))
		if err != nil {
			return
		}
		check := func(r *Resolution) {
			r.Summary()
			for _, p := range r.All() {
				if p.Pos.Line == 0 || p.Msg == "" {
					t.Errorf("a problem without place or message: %+v", p)
				}
			}
		}
		root, r := ResolveDocument(file.Root, testSettings)
		if root == nil {
			t.Fatal("no document")
		}
		check(r)
		tm := OpenTemplate(file, func(name string) (*source.File, error) {
			if name == "self.yaml" {
				return file, nil
			}
			return nil, errors.New("no such file")
		}, testSettings)
		for _, a := range tm.APIs() {
			tm.ImportParameters(a)
		}
		for _, res := range tm.Resources {
			tm.Properties(res)
			tm.FunctionOf(res)
			tm.VersionNumber(res)
			tm.Targets(res, "ApiStages", "ApiId")
			res.Metadata("aws:asset:path")
		}
		check(tm.Resolution)
	})
}
