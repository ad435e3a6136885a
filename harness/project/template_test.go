package project

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// templateWith is a template with one REST API, Items, and other resources.
func templateWith(resources string) string {
	return "Resources:\n  Items: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {openapi: 3.0.1, info: {title: a, version: '1'}, paths: {}}}}\n" + resources
}

// fill is the tree of a rehearse.yaml with what a template beside it knows, and the
// notes on that.
func fill(t *testing.T, config, template string, others map[string]string) (*source.Node, string) {
	t.Helper()
	files := fstest.MapFS{ConfigName: {Data: []byte(config)}, "template.yaml": {Data: []byte(template)}}
	for name, content := range others {
		files[name] = &fstest.MapFile{Data: []byte(content)}
	}
	fsys := fileSystem{embedded: files, dir: ".", config: ConfigName}
	f, err := source.Read(ConfigName, []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	root, notes := newReader(fsys, f.Root, Options{}).fillIn(f.Root)
	var lines []string
	for _, n := range notes {
		lines = append(lines, n.Error())
	}
	return root, strings.Join(lines, "\n")
}

func jsonAt(root *source.Node, pointer string) string {
	n, _ := root.Follow(pointer)
	if n == nil {
		return "none"
	}
	return string(ordered.Append(nil, n.Ordered()))
}

const oneAPI = "apis: {Items: {document: template.yaml}}"

const oneStage = "  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Items, StageName: prod}}\n"

func TestWhatATemplateKnowsFillsWhatRehearseYAMLLeavesOut(t *testing.T) {
	tests := []struct {
		name, config, template string
		others                 map[string]string
		at, want, note         string
	}{
		{name: "a stage", template: templateWith(oneStage), at: "/apis/Items/stages", want: `{"prod":{}}`, note: "template.yaml: from the template: stage prod"},
		{name: "a stage's variables are texts", template: templateWith("  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Items, StageName: prod, Variables: {a: 1, b: true, c: !Ref Items}}}\n"),
			at: "/apis/Items/stages/prod/variables/a", want: `"1"`},
		{name: "a stage's cache", template: templateWith("  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Items, StageName: prod, CacheClusterEnabled: 'true', CacheClusterSize: 0.5, TracingEnabled: true, Tags: [{Key: a, Value: b}]}}\n"),
			at: "/apis/Items/stages/prod", want: `{"cacheClusterEnabled":true,"cacheClusterSize":0.5}`},
		{name: "settings of methods", template: templateWith("  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Items, StageName: prod, MethodSettings: [" +
			"{ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: '10', LoggingLevel: INFO}, {ResourcePath: '/~1items~1{id}', HttpMethod: GET, CachingEnabled: true, CacheTtlInSeconds: 60}, {ResourcePath: /, HttpMethod: GET, ThrottlingBurstLimit: 2}, {ResourcePath: /items, HttpMethod: POST, CachingEnabled: false}]}}\n"),
			at:   "/apis/Items/stages/prod/methodSettings",
			want: `{"*/*":{"throttlingRateLimit":10,"loggingLevel":"INFO"},"/items/{id}/GET":{"cachingEnabled":true,"cacheTtlInSeconds":60},"//GET":{"throttlingBurstLimit":2},"/items/POST":{"cachingEnabled":false}}`},
		{name: "a canary", template: templateWith("  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Items, StageName: prod, CanarySetting: {PercentTraffic: 10, StageVariableOverrides: {a: 1}, UseStageCache: false, DeploymentId: !Ref Items}}}\n"),
			at: "/apis/Items/stages/prod/canarySettings", want: `{"percentTraffic":10,"stageVariableOverrides":{"a":"1"},"useStageCache":false}`},
		{name: "the stage of a deployment", template: templateWith("  D: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Items, StageName: prod, StageDescription: {Variables: {a: b}}}}\n"),
			at: "/apis/Items/stages", want: `{"prod":{"variables":{"a":"b"}}}`},
		{name: "SAM's stage", template: "Transform: AWS::Serverless-2016-10-31\nGlobals: {Api: {Variables: {a: b}}}\nResources: {Items: {Type: AWS::Serverless::Api, Properties: {StageName: prod, DefinitionBody: {openapi: 3.0.1}}}}",
			at: "/apis/Items/stages", want: `{"prod":{"variables":{"a":"b"}}}`},
		{name: "a stage of another API isn't one", template: templateWith("  Other: {Type: AWS::ApiGateway::RestApi}\n  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Other, StageName: prod}}\n"), at: "/apis/Items/stages", want: "none"},
		{name: "a stage whose condition doesn't hold isn't one", template: templateWith("  S: {Type: AWS::ApiGateway::Stage, Condition: C, Properties: {RestApiId: !Ref Items, StageName: prod}}\nConditions: {C: !Equals [a, b]}\n"), at: "/apis/Items/stages", want: "none"},
		{name: "stages of rehearse.yaml win", config: "apis: {Items: {document: template.yaml, stages: {dev: {}}}}", template: templateWith(oneStage), at: "/apis/Items/stages", want: `{"dev":{}}`},

		{name: "a key that doesn't say so is off", template: templateWith("  K: {Type: AWS::ApiGateway::ApiKey}\n"), at: "/apiKeys", want: `{"K":{"enabled":false}}`, note: "template.yaml: from the template: API key K"},
		{name: "a key with name and value", template: templateWith("  K: {Type: AWS::ApiGateway::ApiKey, Properties: {Name: lab, Enabled: 'true', Value: abcdefghijklmnopqrstuvwxyz}}\n"), at: "/apiKeys", want: `{"lab":{"enabled":true,"value":"abcdefghijklmnopqrstuvwxyz"}}`},
		{name: "a key whose value only a deployment knows is made from the seed", template: templateWith("  K: {Type: AWS::ApiGateway::ApiKey, Properties: {Enabled: true, Value: !Ref P}}\nParameters: {P: {Type: String}}\n"), at: "/apiKeys", want: `{"K":{"enabled":true}}`},
		{name: "a key of rehearse.yaml wins", config: oneAPI + "\napiKeys: {K: {enabled: true}}", template: templateWith("  K: {Type: AWS::ApiGateway::ApiKey}\n"), at: "/apiKeys", want: `{"K":{"enabled":true}}`},

		{name: "a usage plan with its keys", template: templateWith(oneStage + "  K: {Type: AWS::ApiGateway::ApiKey, Properties: {Name: lab}}\n  P: {Type: AWS::ApiGateway::UsagePlan, Properties: {UsagePlanName: gold, Quota: {Limit: '5', Period: DAY}, Throttle: {RateLimit: 1.5, BurstLimit: 2}, ApiStages: [{ApiId: !Ref Items, Stage: !Ref S, Throttle: {/items/GET: {RateLimit: 1, BurstLimit: 1}}}]}}\n  PK: {Type: AWS::ApiGateway::UsagePlanKey, Properties: {KeyId: !Ref K, KeyType: API_KEY, UsagePlanId: !Ref P}}\n"),
			at:   "/usagePlans",
			want: `{"gold":{"throttle":{"rateLimit":1.5,"burstLimit":2},"quota":{"limit":5,"period":"DAY"},"apiStages":[{"api":"Items","stage":"prod","throttle":{"/items/GET":{"rateLimit":1,"burstLimit":1}}}],"keys":["lab"]}}`,
			note: "template.yaml: from the template: stage prod, usage plan gold, API key lab"},
		{name: "a plan that covers a stage that isn't there", template: templateWith(oneStage + "  P: {Type: AWS::ApiGateway::UsagePlan, Properties: {ApiStages: [{ApiId: !Ref Items, Stage: test}]}}\n"), at: "/usagePlans", want: `{"P":{"apiStages":[]}}`,
			note: "template.yaml: from the template: stage prod, usage plan P\ntemplate.yaml:4:66: the usage plan P covers no stage of Items: it has no stage \"test\""},
		{name: "a plan without a period", template: templateWith("  P: {Type: AWS::ApiGateway::UsagePlan, Properties: {Quota: {Limit: 5}}}\n"), at: "/usagePlans", want: `{"P":{"apiStages":[]}}`,
			note: "template.yaml: from the template: usage plan P\ntemplate.yaml:3:61: Quota of the template is left out: it doesn't say period"},
		{name: "plans of rehearse.yaml are all there are", config: oneAPI + "\nusagePlans: {A: {}}", template: templateWith("  P: {Type: AWS::ApiGateway::UsagePlan}\n"), at: "/usagePlans", want: `{"A":{}}`},
		{name: "SAM's plan for an API", template: "Transform: AWS::Serverless-2016-10-31\nResources: {Items: {Type: AWS::Serverless::Api, Properties: {StageName: prod, Auth: {UsagePlan: {CreateUsagePlan: PER_API, Quota: {Limit: 5, Period: DAY}}}, DefinitionBody: {openapi: 3.0.1}}}}",
			at: "/usagePlans", want: `{"ItemsUsagePlan":{"quota":{"limit":5,"period":"DAY"},"keys":["ItemsApiKey"],"apiStages":[{"api":"Items","stage":"prod"}]}}`},
		{name: "SAM's plan that APIs share", config: "apis: {Items: {document: template.yaml}, Orders: {document: template.yaml}}",
			template: "Transform: AWS::Serverless-2016-10-31\nGlobals: {Api: {StageName: prod, Auth: {UsagePlan: {CreateUsagePlan: SHARED}}}}\nResources:\n  Items: {Type: AWS::Serverless::Api, Properties: {DefinitionBody: {openapi: 3.0.1}}}\n  Orders: {Type: AWS::Serverless::Api, Properties: {DefinitionBody: {openapi: 3.0.1}}}\n",
			at:       "/usagePlans", want: `{"ServerlessUsagePlan":{"keys":["ServerlessApiKey"],"apiStages":[{"api":"Items","stage":"prod"},{"api":"Orders","stage":"prod"}]}}`,
			note: "template.yaml: from the template: stage prod, usage plan ServerlessUsagePlan, API key ServerlessApiKey"},

		{name: "an API of a template by its name there", config: "apis: {A: {document: template.yaml#Orders}}",
			template: "Resources:\n  Items: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {openapi: 3.0.1}}}\n  Orders: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {openapi: 3.0.1}}}\n  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Orders, StageName: live}}\n",
			at:       "/apis/A/stages", want: `{"live":{}}`},

		{name: "a function in a folder", template: templateWith("  F: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.13, Handler: a.b, CodeUri: src/, Timeout: 5, MemorySize: 256, Environment: {Variables: {N: 1, API: !Ref Items}}}}\n"),
			others: map[string]string{"src/a.py": ""}, at: "/functions/F/environment", want: `{"variables":{"N":"1","API":"hduwdcifuc"}}`},
		{name: "a function's code in the template", template: templateWith("  F: {Type: AWS::Lambda::Function, Properties: {Runtime: nodejs22.x, Handler: index.handler, Code: {ZipFile: 'exports'}}}\n"),
			at: "/functions/F", want: `{"runtime":"nodejs22.x","handler":"index.handler","code":"exports"}`, note: "template.yaml: from the template: function F"},
		{name: "SAM's code in the template", template: templateWith("  F: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.13, Handler: index.handler, InlineCode: 'a'}}\n"),
			at: "/functions/F", want: `{"runtime":"python3.13","handler":"index.handler","code":"a"}`},
		{name: "CDK's asset", template: templateWith("  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13, Handler: a.b, Code: {S3Bucket: b, S3Key: k.zip}}, Metadata: {'aws:asset:path': asset.1}}\n"),
			others: map[string]string{"asset.1/a.py": ""}, at: "/functions/F", want: `{"runtime":"python3.13","handler":"a.b","path":"asset.1"}`},
		{name: "what sam build made", template: templateWith("  F: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs22.x, Handler: a.b, CodeUri: src}, Metadata: {BuildMethod: esbuild}}\n"),
			others: map[string]string{"src/a.ts": "", ".aws-sam/build/F/a.js": ""}, at: "/functions/F/path", want: `".aws-sam/build/F"`},
		{name: "what sam build is yet to make", template: templateWith("  F: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs22.x, Handler: a.b, CodeUri: src}, Metadata: {BuildMethod: esbuild}}\n"),
			others: map[string]string{"src/a.ts": ""}, at: "/functions", want: "none", note: "template.yaml:3:3: the function F is not taken from the template: the code is yet to be built"},
		{name: "functions that can't run here are one note", template: templateWith("  F: {Type: AWS::Lambda::Function, Properties: {Runtime: java21}}\n  G: {Type: AWS::Lambda::Function, Properties: {Runtime: java21}}\n  H: {Type: AWS::Lambda::Function, Properties: {PackageType: Image}}\n  I: {Type: AWS::Lambda::Function}\n"),
			at: "/functions", want: "none",
			note: "template.yaml:3:3: the functions F, G are not taken from the template: rehearse doesn't run java21\ntemplate.yaml:5:3: the function H is not taken from the template: container images don't run here\ntemplate.yaml:6:3: the function I is not taken from the template: it doesn't say a runtime"},
		{name: "a folder that isn't here", template: templateWith("  F: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.13, Handler: a.b, CodeUri: src}}\n"),
			at: "/functions", want: "none", note: "template.yaml:3:3: the function F is not taken from the template: the code is no folder here: src"},
		{name: "code in a bucket", template: templateWith("  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13, Handler: a.b, Code: {S3Bucket: b, S3Key: k}}}\n  G: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.13, Handler: a.b, CodeUri: 's3://b/k'}}\n"),
			at: "/functions", want: "none", note: "template.yaml:3:3: the functions F, G are not taken from the template: the code is in a bucket"},
		{name: "layers that are here", template: templateWith("  F: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.13, Handler: a.b, InlineCode: a, Layers: [!Ref L, !Ref M, 'arn:aws:lambda:us-east-1:1:layer:x:1']}}\n  L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}\n  M: {Type: AWS::Lambda::LayerVersion, Properties: {Content: {S3Bucket: a}}, Metadata: {'aws:asset:path': asset.2}}\n"),
			others: map[string]string{"layer/python/a.py": "", "asset.2/python/b.py": ""}, at: "/functions/F/layers", want: `["layer","asset.2"]`},
		{name: "the alias that SAM publishes", template: templateWith("  F: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.13, Handler: a.b, InlineCode: a, AutoPublishAlias: live}}\n"),
			at: "/functions/F/aliases", want: `{"live":"1"}`},
		{name: "versions and an alias with weights", template: templateWith("  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: a}}}\n  V1: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}\n  V2: {Type: AWS::Lambda::Version, Properties: {FunctionName: !GetAtt F.Arn}}\n  A: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, Name: live, FunctionVersion: !GetAtt V1.Version, RoutingConfig: {AdditionalVersionWeights: [{FunctionVersion: !GetAtt V2.Version, FunctionWeight: '0.1'}]}}}\n"),
			at: "/functions/F", want: `{"runtime":"python3.13","handler":"a.b","code":"a","versions":{"1":{},"2":{}},"aliases":{"live":{"version":"1","weights":{"2":0.1}}}}`},
		{name: "a function by the name it is deployed with, too", template: templateWith("  F: {Type: AWS::Lambda::Function, Properties: {FunctionName: !Sub 'items-${AWS::Region}', Runtime: python3.13, Handler: a.b, Code: {ZipFile: a}}}\n"),
			at: "/functions/items-us-east-1/code", want: `"a"`, note: "template.yaml: from the template: function F"},
		{name: "a function of rehearse.yaml wins", config: oneAPI + "\nfunctions: {F: {static: {}}}", template: templateWith("  F: {Type: AWS::Lambda::Function, Properties: {Runtime: java21}}\n"), at: "/functions", want: `{"F":{"static":{}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			config := tt.config
			if config == "" {
				config = oneAPI
			}
			root, note := fill(t, config, tt.template, tt.others)
			if got := jsonAt(root, tt.at); got != tt.want {
				t.Errorf("%s is %s\nwant %s", tt.at, got, tt.want)
			}
			if tt.note != "" && note != tt.note {
				t.Errorf("the notes are %q\nwant %q", note, tt.note)
			}
		})
	}
}

func TestWhatOnlyADeploymentKnowsIsInNobodysWay(t *testing.T) {
	template := templateWith("  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Items, StageName: prod, CacheClusterEnabled: !Ref P, CacheClusterSize: !Ref P, MethodSettings: [{ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: !Ref P, ThrottlingBurstLimit: !Ref N, CachingEnabled: !Ref P, LoggingLevel: !Ref P}], CanarySetting: {PercentTraffic: !Ref P}}}\n" +
		"  K: {Type: AWS::ApiGateway::ApiKey, Properties: {Enabled: !Ref P, Value: !Ref P}}\n" +
		"  U: {Type: AWS::ApiGateway::UsagePlan, Properties: {Throttle: {RateLimit: !Ref N, BurstLimit: !ImportValue x}, Quota: {Limit: !Ref S, Period: !Ref P}, ApiStages: [{ApiId: !Ref Items, Stage: !Ref S}]}}\n" +
		"  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: a}, Timeout: !Ref N, MemorySize: !Ref P, Environment: {Variables: {AA: !Ref P}}}}\n" +
		"Parameters:\n  P: {Type: String}\n  N: {Type: Number}\n")
	template = strings.Replace(template, "Limit: !Ref S,", "Limit: '{{resolve:ssm:/limit}}',", 1)
	p, err := OpenFS(fstest.MapFS{ConfigName: {Data: []byte(oneAPI)}, "template.yaml": {Data: []byte(template)}}, ConfigName, Options{})
	if err != nil {
		t.Fatal(complaints(err))
	}
	defer p.Close()
	s := p.Config.APIs[0].Stages[0]
	if all := s.MethodSettings["*/*"]; all.ThrottlingRateLimit == nil || *all.ThrottlingRateLimit != 10000 || all.ThrottlingBurstLimit == nil || *all.ThrottlingBurstLimit != 5000 {
		t.Errorf("the settings are %+v", all)
	}
	if p.Config.APIKeys[0].Disabled {
		t.Error("the key is off")
	}
}

func TestALineThatStandsForManyMethodsIsFoundOnce(t *testing.T) {
	template := "Transform: AWS::Serverless-2016-10-31\nResources:\n  Items:\n    Type: AWS::Serverless::Api\n    Properties:\n      StageName: prod\n      Cors: \"'https://a.example'\"\n      DefinitionBody: {openapi: 3.0.1, info: {title: a, version: '1'}, paths: {/a: {}, /b: {}, /c: {}}}\n"
	p, err := OpenFS(fstest.MapFS{ConfigName: {Data: []byte(oneAPI)}, "template.yaml": {Data: []byte(template)}}, ConfigName, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var found []string
	for _, f := range p.Findings() {
		if f.Pos.Line == 7 && f.Rule == "cors-options-headers-missing" {
			found = append(found, f.Hint)
		}
	}
	if len(found) != 1 || !strings.HasSuffix(found[0], "; there are 2 more like it at this place") {
		t.Errorf("found %q, want one of three", found)
	}
}

func TestManyNamesAreCut(t *testing.T) {
	names := strings.Split("a b c d e f g h i j", " ")
	if got := counted("function", names); got != "functions a, b, c, d, e, f, g, h and 2 more" {
		t.Errorf("%s", got)
	}
}

func TestErrorsInATemplatePointIntoIt(t *testing.T) {
	tests := []struct{ name, template, want string }{
		{"a name that is no stage's", templateWith("  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Items, StageName: 'a b'}}\n"), "template.yaml:3:"},
		{"a setting that is no number", templateWith("  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Items, StageName: a, MethodSettings: [{ResourcePath: '/*', HttpMethod: '*', ThrottlingBurstLimit: many}]}}\n"), "template.yaml:3:"},
		{"a period that is none", templateWith("  P: {Type: AWS::ApiGateway::UsagePlan, Properties: {Quota: {Limit: 5, Period: YEAR}}}\n"), "template.yaml:3:"},
		{"stages that are none", templateWith("  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Items, StageName: a, Variables: [b]}}\n"), "template.yaml:3:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := OpenFS(fstest.MapFS{ConfigName: {Data: []byte(oneAPI)}, "template.yaml": {Data: []byte(tt.template)}}, ConfigName, Options{})
			got := complaints(err)
			if len(got) != 1 || !strings.HasPrefix(got[0], tt.want) {
				t.Errorf("complaints are %q, want one at %s", got, tt.want)
			}
		})
	}
}

func TestWhichAPIOfATemplateIsMeant(t *testing.T) {
	const two = "Resources:\n  Items: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {openapi: 3.0.1}}}\n  Orders: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {openapi: 3.0.1}}}\n"
	tests := []struct{ name, config, want string }{
		{"none is named", "apis: {A: {document: template.yaml}}", "the template has the APIs Items and Orders"},
		{"one that isn't there", "apis: {A: {document: template.yaml#Item}}", `the template has no API "Item"`},
		{"one of a document", "apis: {A: {document: openapi.yaml#Items}}", `there is no API "Items" in it: it is no template`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := OpenFS(fstest.MapFS{ConfigName: {Data: []byte(tt.config)}, "template.yaml": {Data: []byte(two)}, "openapi.yaml": {Data: []byte(minimal)}}, ConfigName, Options{Inspect: true})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			f := p.Documents()[0].Findings
			if len(f) != 1 || f[0].Message != tt.want {
				t.Errorf("findings are %+v", f)
			}
		})
	}
}

func TestTheAPIsOfATemplateInAFolderAreServed(t *testing.T) {
	s, _ := start(t, fstest.MapFS{
		ConfigName: {Data: []byte("apis: {A: {document: infra/template.yaml#Items}, B: {document: infra/template.yaml#Orders}}")},
		"infra/template.yaml": {Data: []byte("Transform: AWS::Serverless-2016-10-31\nResources:\n" +
			"  Items: {Type: AWS::Serverless::Api, Properties: {StageName: one, DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: ../docs/items.yaml}}}}}\n" +
			"  Orders: {Type: AWS::Serverless::Api, Properties: {StageName: two, DefinitionUri: orders.yaml}}\n")},
		"docs/items.yaml":   {Data: []byte(minimal)},
		"infra/orders.yaml": {Data: []byte(minimal)},
	}, Options{})
	for _, target := range []string{"/restapis/A/one/_user_request_/items", "/restapis/B/two/_user_request_/items"} {
		if r := get(t, s, target, ""); r.Status != 200 {
			t.Errorf("GET %s answers %d", target, r.Status)
		}
	}
}

// What a template names is read in the project folder and nowhere else: neither
// dots nor a link lead out.
func TestALinkOutOfTheFolderIsNotFollowed(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(outside, "secret.yaml"), minimal)
	write(filepath.Join(dir, "inside.yaml"), minimal)
	for name, to := range map[string]string{"out.yaml": filepath.Join(outside, "secret.yaml"), "in.yaml": "inside.yaml"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	tests := []struct {
		location string
		read     bool
	}{
		{"inside.yaml", true},
		{"in.yaml", true},
		{"out.yaml", false},
		{filepath.Join(outside, "secret.yaml"), false},
		{"../" + filepath.Base(outside) + "/secret.yaml", false},
	}
	for _, tt := range tests {
		for _, property := range []string{"DefinitionUri: '%s'", "DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: '%s'}}}"} {
			t.Run(fmt.Sprintf(property, tt.location), func(t *testing.T) {
				name := filepath.Join(dir, "template.yaml")
				write(name, "Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: AWS::Serverless::Api, Properties: {StageName: one, "+fmt.Sprintf(property, tt.location)+"}}}\n")
				p, err := OpenDocument(name, Options{Inspect: true})
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				if got := p.APIs[0].Own().Model.MethodAt("/items", "GET") != nil; got != tt.read {
					t.Errorf("read is %v, want %v; findings %+v", got, tt.read, p.Documents()[0].Findings)
				}
			})
		}
	}
}

func TestWhatComesOutOfAPipeIsReadOnce(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	name := fmt.Sprintf("/dev/fd/%d", r.Fd())
	if _, err := os.Stat(name); err != nil {
		t.Skip("no /dev/fd here")
	}
	go func() {
		defer w.Close()
		fmt.Fprint(w, "openapi: 3.0.1\ninfo: {title: piped, version: '1'}\npaths: {}\n")
	}()
	p, err := OpenDocument(name, Options{Inspect: true})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if got := p.APIs[0].Own().Model; got == nil || got.Name != "piped" {
		t.Errorf("the API is %+v; findings %v", got, p.APIs[0].Own().Findings)
	}
}
