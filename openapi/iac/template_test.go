package iac

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// openTemplate reads a template; files are those beside it.
func openTemplate(t *testing.T, text string, files map[string]string, s Settings) *Template {
	t.Helper()
	return OpenTemplate(parse(t, "template.yaml", text), func(name string) (*source.File, error) {
		content, ok := files[name]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("no such file")}
		}
		return source.Read(name, []byte(content))
	}, s)
}

// around is a template with a REST API whose document has a value at x.
func around(x, sections string) string {
	return "Resources:\n  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {openapi: 3.0.1, x: " + x + "}}}\n" + sections
}

func TestIntrinsicsInATemplate(t *testing.T) {
	const parameters = "Parameters:\n" +
		"  Stage: {Type: String, Default: dev}\n" +
		"  Count: {Type: Number, MinValue: 3}\n" +
		"  Size: {Type: Number}\n" +
		"  Kind: {Type: String, AllowedValues: [small, large]}\n" +
		"  Secret: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /items/secret}\n" +
		"  Zones: {Type: CommaDelimitedList, Default: 'a, b,c'}\n" +
		"  Bare: {Type: String}\n"
	const conditions = parameters + "Conditions:\n" +
		"  IsDev: !Equals [!Ref Stage, dev]\n" +
		"  IsProd: !Not [!Condition IsDev]\n" +
		"  Both: !And [!Condition IsDev, !Condition IsProd]\n" +
		"  Either: {Fn::Or: [{Condition: IsDev}, {Condition: IsProd}]}\n" +
		"  Round: !Not [!Condition Trip]\n  Trip: !Condition Round\n" +
		"  Text: yes\n"
	const mappings = parameters + "Mappings: {Hosts: {dev: {name: dev.example, ports: [80, 81]}}}\n"
	tests := []struct {
		name, x, sections string
		want, said        string
	}{
		{"a parameter has its default", `!Ref Stage`, parameters, `"dev"`, ""},
		{"of a number without one the smallest there may be", `!Sub "${Count} ${Size}"`, parameters, `"3 1"`, ""},
		{"of a text without one the first allowed", `!Ref Kind`, parameters, `"small"`, ""},
		{"which is its value wherever it stands", `[!Sub "https://${Kind}.example.com/${Kind}", !Sub "arn:aws:lambda:${Kind}:x", !Join ["", ["https://", !Ref Kind]]]`, parameters,
			`["https://small.example.com/small","arn:aws:lambda:small:x","https://small"]`, ""},
		{"a host is made up where nothing of one follows", `[!Sub "https://${Bare}/a", !Sub "https://${Bare}.example.org", !Sub "https://${Bare}-a.example.org", !Sub "https://${Bare}:80", !Join ["", ["https://", !Ref Bare, ".example.org"]], !Join [".", ["https://", !Ref Bare]]]`, parameters,
			`["https://bare.example.com/a","https://bare.example.org","https://bare-a.example.org","https://bare.example.com:80","https://bare.example.org","https://.Bare"]`, ""},
		{"what follows a host is its port or its path", `[!Sub "https://${Bare}${Path}", !Sub "https://${Bare}:${Port}/${Path}", !Sub "https://a.example.org:${Port}"]`, "Parameters: {Bare: {Type: String}, Path: {Type: String}, Port: {Type: String}}\n",
			`["https://bare.example.com/Path","https://bare.example.com:443/Path","https://a.example.org:443"]`, ""},
		{"else its name", `!Ref Bare`, parameters, `"Bare"`, ""},
		{"what the Systems Manager keeps is made up: the default is where", `!Ref Secret`, parameters, `"Secret"`, ""},
		{"a list is one", `!Ref Zones`, parameters, `["a","b","c"]`, ""},
		{"and can be joined", `!Join ["+", !Ref Zones]`, parameters, `"a+b+c"`, ""},
		{"and chosen from", `!Select [1, !Ref Zones]`, parameters, `"b"`, ""},
		{"AWS::NoValue leaves a member out", `{a: !Ref AWS::NoValue, b: 1}`, "", `{"b":1}`, ""},
		{"and an item", `[a, !Ref AWS::NoValue, b]`, "", `["a","b"]`, ""},
		{"and an item of Fn::Join", `!Join ["-", [a, !Ref AWS::NoValue, b]]`, "", `"a-b"`, ""},
		{"a condition that holds", `!If [IsDev, a, b]`, conditions, `"a"`, ""},
		{"and one that doesn't", `!If [IsProd, a, b]`, conditions, `"b"`, ""},
		{"all of two", `!If [Both, a, b]`, conditions, `"b"`, ""},
		{"one of two", `!If [Either, a, b]`, conditions, `"a"`, ""},
		{"chosen in a choice", `!If [IsProd, a, !If [IsDev, !Sub "${Stage}!", c]]`, conditions, `"dev!"`, ""},
		{"a choice of nothing", `{a: !If [IsProd, 1, !Ref AWS::NoValue]}`, conditions, `{}`, ""},
		{"a condition that isn't there", `!If [IsDex, a, b]`, conditions, `"a"`, "R 2:85 there is no condition IsDex"},
		{"conditions that depend on each other", `!If [Round, a, b]`, conditions, `"b"`, "R 17:9 the condition Round depends on itself"},
		{"a condition of the wrong kind", `!If [Text, a, b]`, conditions, `"a"`, "R 18:9 a condition wants Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition"},
		{"a mapping", `!FindInMap [Hosts, !Ref Stage, name]`, mappings, `"dev.example"`, ""},
		{"a list of one", `!Select [1, !FindInMap [Hosts, dev, ports]]`, mappings, `81`, ""},
		{"a mapping that isn't there", `!FindInMap [Host, dev, name]`, mappings, `"name"`, "R 2:80 Fn::FindInMap: there is no mapping called Host"},
		{"a key that isn't there", `!FindInMap [Hosts, prod, name]`, mappings, `"name"`, "R 2:80 Fn::FindInMap: there is no key in the mapping Hosts called prod"},
		{"a key with a default", `!FindInMap [Hosts, prod, name, {DefaultValue: !Ref Stage}]`, mappings, `"dev"`, ""},
		{"a name that leads nowhere", `!Ref Stge`, parameters, `"Stge"`, `R 2:80 "Stge" is neither a parameter nor a resource of the template`},
		{"in a text", `!Sub "a ${Stge}"`, parameters, `"a Stge"`, `R 2:88 "Stge" is neither a parameter nor a resource of the template`},
		{"a dynamic reference", `"{{resolve:ssm:/shop/region}}/{{resolve:secretsmanager:db:SecretString:password}}"`, "", `"eu-west-1/password"`, ""},
		{"a macro may add what is named", `!Ref Anything`, "Transform: [Company::Names]\n", `"Anything"`, "U 3:12 rehearse doesn't put the template through Company::Names"},
		{"language extensions don't", `!Ref Anything`, "Transform: AWS::LanguageExtensions\n", `"Anything"`, `R 2:80 "Anything" is neither a parameter nor a resource of the template`},
		{"a macro in the document", `{Fn::Transform: {Name: Company::Upper, Parameters: {a: b}}}`, "", `null`, "U 2:80 rehearse doesn't run the macro Company::Upper"},
		{"the API names itself", `!Sub "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"`, "", `"https://api.execute-api.eu-west-1.amazonaws.com"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tm := openTemplate(t, around(tt.x, tt.sections), nil, testSettings)
			a := tm.APIs()
			if len(a) != 1 {
				t.Fatalf("%d APIs", len(a))
			}
			got := "null"
			if n := a[0].Document.Get("x"); n != nil {
				got = jsonText(n)
			}
			if got != tt.want {
				t.Errorf("%s is %s, want %s", tt.x, got, tt.want)
			}
			if s := said(tm.Resolution); s != tt.said {
				t.Errorf("%s: said %q, want %q", tt.x, s, tt.said)
			}
		})
	}
}

func TestWhatResourcesStandFor(t *testing.T) {
	const function = "arn:aws:lambda:eu-west-1:111122223333:function:"
	tests := []struct{ name, resource, expression, want string }{
		{"a function's name is its logical ID", "{Type: AWS::Lambda::Function, Properties: {FunctionName: other}}", "${It}", "It"},
		{"and its ARN has that", "{Type: AWS::Lambda::Function, Properties: {FunctionName: other}}", "${It.Arn}", function + "It"},
		{"SAM's alias", "{Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: live}}", "${It.Alias}", function + "It:live"},
		{"SAM's version", "{Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: live}}", "${It.Version}", function + "It:1"},
		{"an alias of its own", "{Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, Name: blue}}", "${It}", function + "F:blue"},
		{"a version of its own", "{Type: AWS::Lambda::Version, Properties: {FunctionName: !GetAtt F.Arn}}", "${It}", function + "F:1"},
		{"the number of a version", "{Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}", "${It.Version}", "1"},
		{"a state machine", "{Type: AWS::StepFunctions::StateMachine}", "${It}", "arn:aws:states:eu-west-1:111122223333:stateMachine:It"},
		{"SAM's state machine", "{Type: AWS::Serverless::StateMachine, Properties: {Name: n}}", "${It.Arn}", "arn:aws:states:eu-west-1:111122223333:stateMachine:n"},
		{"a queue is its URL", "{Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'q-${AWS::Region}'}}", "${It}", "https://sqs.eu-west-1.amazonaws.com/111122223333/q-eu-west-1"},
		{"a queue's name", "{Type: AWS::SQS::Queue}", "${It.QueueName} ${It.Arn}", "It arn:aws:sqs:eu-west-1:111122223333:It"},
		{"a topic", "{Type: AWS::SNS::Topic}", "${It} ${It.TopicName}", "arn:aws:sns:eu-west-1:111122223333:It It"},
		{"a table", "{Type: AWS::DynamoDB::Table}", "${It} ${It.Arn}", "It arn:aws:dynamodb:eu-west-1:111122223333:table/It"},
		{"a bucket has small letters", "{Type: AWS::S3::Bucket}", "${It} ${It.RegionalDomainName}", "it it.s3.eu-west-1.amazonaws.com"},
		{"a stream", "{Type: AWS::Kinesis::Stream}", "${It.Arn}", "arn:aws:kinesis:eu-west-1:111122223333:stream/It"},
		{"an event bus", "{Type: AWS::Events::EventBus, Properties: {Name: bus}}", "${It.Name} ${It.Arn}", "bus arn:aws:events:eu-west-1:111122223333:event-bus/bus"},
		{"a role", "{Type: AWS::IAM::Role, Properties: {RoleName: r}}", "${It} ${It.Arn}", "r arn:aws:iam::111122223333:role/r"},
		{"a user pool", "{Type: AWS::Cognito::UserPool}", "${It} ${It.Arn}", "eu-west-1_It arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_It"},
		{"a VPC link", "{Type: AWS::ApiGateway::VpcLink}", "${It}", "it"},
		{"a stage", "{Type: AWS::ApiGateway::Stage, Properties: {StageName: v1}}", "${It}", "v1"},
		{"a REST API", "{Type: AWS::ApiGateway::RestApi}", "${It} ${It.RestApiId}", "it it"},
		{"SAM's API and its stage", "{Type: AWS::Serverless::Api, Properties: {StageName: v1}}", "${It} ${It.Stage}", "it v1"},
		{"a parameter of the Systems Manager", "{Type: AWS::SSM::Parameter, Properties: {Value: v}}", "${It.Value}", "v"},
		{"a log group", "{Type: AWS::Logs::LogGroup}", "${It.Arn}", "arn:aws:logs:eu-west-1:111122223333:log-group:It:*"},
		{"a load balancer", "{Type: AWS::ElasticLoadBalancingV2::LoadBalancer}", "http://${It.DNSName}/", "http://it.elb.eu-west-1.amazonaws.com/"},
		{"a type of which nothing is known", "{Type: Custom::Thing}", "${It}", "It"},
		{"an attribute of one", "{Type: Custom::Thing}", "https://${It.Host}/", "https://it.example.com/"},
		{"an output of a nested stack", "{Type: AWS::CloudFormation::Stack}", "/functions/${It.Outputs.ItemsFunctionArn}", "/functions/" + function + "ItemsFunction"},
		{"a name that names itself", "{Type: AWS::SQS::Queue, Properties: {QueueName: !Ref It}}", "${It.QueueName}", "https://sqs.eu-west-1.amazonaws.com/111122223333/It"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := around("!Sub '"+tt.expression+"'", "  F: {Type: AWS::Lambda::Function}\n  It: "+tt.resource+"\n")
			tm := openTemplate(t, text, nil, testSettings)
			if got := tm.APIs()[0].Document.Get("x").Value; got != tt.want {
				t.Errorf("%s of %s is %q, want %q", tt.expression, tt.resource, got, tt.want)
			}
			if s := said(tm.Resolution); s != "" {
				t.Errorf("said %q", s)
			}
		})
	}
}

func TestEveryKindOfResourceHasWhatItsTableSays(t *testing.T) {
	for _, kind := range slices.Sorted(maps.Keys(resourceKinds)) {
		tm := openTemplate(t, around("a", "  It: {Type: "+kind+"}\n"), nil, testSettings)
		for _, attribute := range append(slices.Sorted(maps.Keys(resourceKinds[kind].attrs)), "") {
			value, ok := tm.value(tm.resolver, tm.Resource("It"), attribute)
			if !ok || value == "" || strings.ContainsAny(value, "{}") {
				t.Errorf("%s of %s is %q, %v", attribute, kind, value, ok)
			}
		}
	}
}

func TestAttributesThatAreLikeOthers(t *testing.T) {
	for _, tt := range []struct {
		name, attribute string
		kind            Kind
		msg             string
	}{
		{"capitals count", "ARN", Refused, "F has no attribute ARN"},
		{"one that AWS may know is a warning", "Arnn", Regretted, "F has no attribute Arnn that is known"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tm := openTemplate(t, around("!GetAtt F."+tt.attribute, "  F: {Type: AWS::Lambda::Function}\n"), nil, testSettings)
			tm.APIs()
			if len(tm.Problems) != 1 || tm.Problems[0].Kind != tt.kind || tm.Problems[0].Msg != tt.msg || tm.Problems[0].Hint != "did you mean F.Arn?" {
				t.Errorf("problems are %+v", tm.Problems)
			}
		})
	}
}

func TestNamesThatSAMGenerates(t *testing.T) {
	const resources = "Transform: AWS::Serverless-2016-10-31\nResources:\n" +
		"  Api: {Type: AWS::Serverless::Api, Properties: {StageName: v1, DefinitionBody: {openapi: 3.0.1, x: !Sub 'EXPRESSION'}}}\n" +
		"  F: {Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: live}}\n"
	tests := []struct{ expression, want string }{
		{"${Apiv1Stage}", "v1"},
		{"${ApiStage}", "v1"},
		{"${FRole.Arn}", "arn:aws:iam::111122223333:role/FRole"},
		{"${FRole}", "FRole"},
		{"${FAliaslive}", "arn:aws:lambda:eu-west-1:111122223333:function:F:live"},
		{"${ServerlessRestApi}", "ServerlessRestApi"},
		{"${Api.Deployment}", "Api-Deployment"},
	}
	for _, tt := range tests {
		t.Run(tt.expression, func(t *testing.T) {
			tm := openTemplate(t, strings.Replace(resources, "EXPRESSION", tt.expression, 1), nil, testSettings)
			if got := tm.APIs()[0].Document.Get("x").Value; got != tt.want {
				t.Errorf("%s is %q, want %q", tt.expression, got, tt.want)
			}
			if s := said(tm.Resolution); s != "" {
				t.Errorf("said %q", s)
			}
		})
	}
}

func TestIncludedFiles(t *testing.T) {
	include := func(file string) string {
		return "{Fn::Transform: {Name: AWS::Include, Parameters: {Location: " + file + "}}}"
	}
	tests := []struct {
		name, x    string
		files      map[string]string
		want, said string
	}{
		{"a whole value", include("a.yaml"), map[string]string{"a.yaml": "{get: {Fn::Sub: '${AWS::Region}'}}"}, `{"get":"eu-west-1"}`, ""},
		{"in the short form", "!Transform {Name: AWS::Include, Parameters: {Location: a.yaml}}", map[string]string{"a.yaml": "a: 1"}, `{"a":1}`, ""},
		{"beside other members, which win", "{a: 2, Fn::Transform: {Name: AWS::Include, Parameters: {Location: a.yaml}}}", map[string]string{"a.yaml": "{a: 1, b: !Ref Api}"}, `{"a":2,"b":"api"}`,
			"A 1:11 AWS::Include takes no short forms such as !Ref in the file it includes"},
		{"its location may be filled", include("!Sub '${AWS::Region}.yaml'"), map[string]string{"eu-west-1.yaml": "a: 1"}, `{"a":1}`, ""},
		{"one in a bucket is its namesake here", include("s3://bucket/docs/a.yaml"), map[string]string{"a.yaml": "a: 1"}, `{"a":1}`, ""},
		{"one in a bucket that isn't here", include("s3://bucket/docs/a.yaml"), nil, `null`, "U 2:80 AWS::Include names s3://bucket/docs/a.yaml, and nothing is read from the network"},
		{"one that isn't here", include("b.yaml"), nil, `null`, "R 2:80 AWS::Include: can't open b.yaml: no such file"},
		{"one that is no YAML", include("b.yaml"), map[string]string{"b.yaml": "a: [1"}, `null`, "*"},
		{"one that includes itself", include("a.yaml"), map[string]string{"a.yaml": "{b: " + include("a.yaml") + "}"}, `{}`, "R 1:5 a.yaml includes itself"},
		{"two that include each other", include("a.yaml"), map[string]string{"a.yaml": "{b: " + include("b.yaml") + "}", "b.yaml": "{c: " + include("a.yaml") + "}"}, `{"b":{}}`,
			"A 1:5 AWS::Include takes no AWS::Include in the file it includes\nR 1:5 a.yaml includes itself"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tm := openTemplate(t, around(tt.x, ""), tt.files, testSettings)
			got := "null"
			if n := tm.APIs()[0].Document.Get("x"); n != nil {
				got = jsonText(n)
			}
			if got != tt.want {
				t.Errorf("%s is %s, want %s", tt.x, got, tt.want)
			}
			if s := said(tm.Resolution); s != tt.said && (tt.said != "*" || s == "") {
				t.Errorf("said %q, want %q", s, tt.said)
			}
		})
	}
}

func TestFilesThatIncludeEachOtherManyTimesAreBounded(t *testing.T) {
	files := map[string]string{}
	for i := range 8 {
		one := fmt.Sprintf("{Fn::Transform: {Name: AWS::Include, Parameters: {Location: %d.yaml}}}", i+1)
		files[fmt.Sprintf("%d.yaml", i)] = "[" + strings.Repeat(one+",", 50) + "]"
	}
	files["8.yaml"] = "a: 1"
	tm := openTemplate(t, around("{Fn::Transform: {Name: AWS::Include, Parameters: {Location: 0.yaml}}}", ""), files, testSettings)
	tm.APIs()
	if s := said(tm.Resolution); !strings.Contains(s, "comes to more than 32 MB") {
		t.Errorf("said %.200q", s)
	}
}

func TestNamesThatAskForEachOtherAreAskedOnce(t *testing.T) {
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, "  Q%d: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${Q%d.QueueName}${Q%d.QueueName}'}}\n", i, i+1, i+1)
	}
	b.WriteString("  Q60: {Type: AWS::SQS::Queue, Properties: {QueueName: ''}}\n")
	tm := openTemplate(t, around("!GetAtt Q0.QueueName", b.String()), nil, testSettings)
	tm.APIs() // takes its time, unless each is asked once
	if s := said(tm.Resolution); !strings.Contains(s, "comes to more than 32 MB") {
		t.Errorf("said %.200q", s)
	}
}

func TestWhatIsATemplate(t *testing.T) {
	tests := []struct {
		name, text string
		want       bool
	}{
		{"one that says its version", "AWSTemplateFormatVersion: '2010-09-09'", true},
		{"one with resources", "Resources: {A: {Type: AWS::SQS::Queue}}", true},
		{"an OpenAPI document with a member Resources", "{openapi: 3.0.1, Resources: {A: {Type: a}}}", false},
		{"Swagger", "{swagger: '2.0', AWSTemplateFormatVersion: a}", false},
		{"resources without types", "Resources: {A: {a: b}}", false},
		{"resources that are a list", "Resources: [{Type: a}]", false},
		{"a list", "[a]", false},
		{"a text", "a", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := IsTemplate(parse(t, "a.yaml", tt.text).Root); got != tt.want {
				t.Errorf("IsTemplate(%s) = %v", tt.text, got)
			}
		})
	}
}
