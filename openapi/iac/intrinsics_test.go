package iac

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/source"
)

var testSettings = Settings{Region: "eu-west-1", AccountID: "111122223333"}

func parse(t *testing.T, name, text string) *source.File {
	t.Helper()
	f, err := source.Read(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// said are problems as text: a letter for the kind, line and column, message.
func said(r *Resolution) string {
	var lines []string
	for _, p := range r.All() {
		lines = append(lines, fmt.Sprintf("%c %d:%d %s", "RUA"[p.Kind], p.Pos.Line, p.Pos.Col, p.Msg))
	}
	return strings.Join(lines, "\n")
}

const lambdaURI = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:"

func TestIntrinsicsOfADocumentThatStandsAlone(t *testing.T) {
	tests := []struct {
		name, in string // the value of uri
		want     string // as JSON
		said     string
	}{
		{"a function's ARN is of the function", `!Sub "${ItemsFunction.Arn}"`, `"` + lambdaURI + `ItemsFunction/invocations"`, ""},
		{"in the long form", `{Fn::Sub: "x/functions/${ItemsFunction.Arn}/invocations"}`, `"x/functions/arn:aws:lambda:eu-west-1:111122223333:function:ItemsFunction/invocations"`, ""},
		{"pseudo parameters are those of the deployment", `!Sub "${AWS::Region} ${AWS::AccountId} ${AWS::Partition} ${AWS::URLSuffix} ${AWS::StackName}"`, `"eu-west-1 111122223333 aws amazonaws.com stack"`, ""},
		{"the stack's id has region and account", `!Ref AWS::StackId`, `"arn:aws:cloudformation:eu-west-1:111122223333:stack/stack/00000000-0000-0000-0000-000000000000"`, ""},
		{"Ref of a parameter is its name", `{name: !Ref TableName}`, `{"name":"TableName"}`, ""},
		{"${!x} stays for the gateway", `!Sub "${!stageVariables.alias} ${AWS::Region}"`, `"${stageVariables.alias} eu-west-1"`, ""},
		{"a stage variable that CloudFormation would take for its own is refused", `!Sub "f:${stageVariables.alias}"`, `"f:${stageVariables.alias}"`,
			"R 1:14 CloudFormation takes ${stageVariables.alias} in Fn::Sub for an attribute of a resource called stageVariables"},
		{"so is what a template of the gateway's fills", `!Sub "${context.requestId}"`, `"${context.requestId}"`,
			"R 1:12 CloudFormation takes ${context.requestId} in Fn::Sub for an attribute of a resource called context"},
		{"a name with spaces is refused", `!Sub "a ${ AWS::Region }"`, `"a ${ AWS::Region }"`,
			"R 1:14 CloudFormation takes letters, digits, underscores, periods and colons for a name in Fn::Sub, and no ${ AWS::Region }"},
		{"Fn::Join puts texts together", `!Join ["/", [a, !Ref AWS::Region, 1]]`, `"a/eu-west-1/1"`, ""},
		{"a name in the middle of an ARN is the part that belongs there", `!Join ["", ["arn:", !Ref P, ":sqs:", !Ref Where, ":", !Ref Whose, ":q"]]`, `"arn:aws:sqs:eu-west-1:111122223333:q"`, ""},
		{"Fn::Sub within Fn::Join sees what stands before it", `!Join ["", ["arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/", !Sub "${F}", /invocations]]`, `"` + lambdaURI + `F/invocations"`, ""},
		{"Fn::GetAtt takes a list", `{Fn::GetAtt: [Items, Arn]}`, `"` + lambdaURI + `Items/invocations"`, ""},
		{"and a text", `!GetAtt Items.Arn`, `"` + lambdaURI + `Items/invocations"`, ""},
		{"SAM's alias of a function", `!Sub "x/functions/${Items.Alias}/invocations"`, `"x/functions/arn:aws:lambda:eu-west-1:111122223333:function:Items:live/invocations"`, ""},
		{"Fn::If takes the first value, since its condition isn't here", `!If [Mirrored, a, b]`, `"a"`, ""},
		{"Fn::Select takes from a list", `!Select [1, [a, b]]`, `"b"`, ""},
		{"and from a text that is split", `!Select [2, !Split [":", "a:b:c"]]`, `"c"`, ""},
		{"a part of something unknown is made up", `!Select [5, !Split [":", !Ref SomeArn]]`, `"` + lambdaURI + `Fn-Select/invocations"`, ""},
		{"an item that isn't there is refused", `!Select [3, [a]]`, `[3,["a"]]`, "R 1:6 Fn::Select wants item 3 of a list of 1"},
		{"Fn::FindInMap is made up of its last key", `!FindInMap [Hosts, !Ref Stage, backend]`, `"` + lambdaURI + `backend/invocations"`, ""},
		{"Fn::ImportValue is made up of the export's name", `!ImportValue {Fn::Sub: "${AWS::Region}-OrdersArn"}`, `"` + lambdaURI + `eu-west-1-Orders/invocations"`, ""},
		{"Fn::Base64 encodes", `{Fn::Base64: abc}`, `"YWJj"`, ""},
		{"Fn::Length counts", `{Fn::Length: [a, b]}`, `2`, ""},
		{"Fn::ToJsonString writes JSON", `{Fn::ToJsonString: {a: [1, !Ref AWS::Region]}}`, `"{\"a\":[1,\"eu-west-1\"]}"`, ""},
		{"Fn::GetAZs are three zones", `!GetAZs ""`, `["eu-west-1a","eu-west-1b","eu-west-1c"]`, ""},
		{"a condition function has no place there", `!Equals [a, b]`, `["a","b"]`, "R 1:6 Fn::Equals stands where CloudFormation wants a value"},
		{"AWS::Include belongs in a template", `{Fn::Transform: {Name: AWS::Include, Parameters: {Location: a.yaml}}}`, `null`, "U 1:6 AWS::Include is resolved in templates only"},
		{"a function that isn't known is said", `{Fn::Nonsense: [a]}`, `{"Fn::Nonsense":["a"]}`, "U 1:6 rehearse doesn't resolve Fn::Nonsense"},
		{"an object with a Ref that is none", `{Ref: {a: b}}`, `{"Ref":{"a":"b"}}`, ""},
		{"a tag that is nobody's", `!Nonsense a`, `"a"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := parse(t, "openapi.yaml", "uri: "+tt.in)
			root, r := ResolveDocument(f.Root, testSettings)
			got := "null"
			if n := root.Get("uri"); n != nil {
				got = jsonText(n)
			}
			if got != tt.want {
				t.Errorf("%s is %s, want %s", tt.in, got, tt.want)
			}
			if s := said(r); s != tt.said {
				t.Errorf("%s: said %q, want %q", tt.in, s, tt.said)
			}
		})
	}
}

func TestWrongArgumentsAreRefusedInTheUsersWords(t *testing.T) {
	tests := []struct{ in, want string }{
		{`!Ref [a]`, "Ref wants a name"},
		{`!GetAtt A`, "Fn::GetAtt wants the name of a resource and of an attribute, as in ItemsFunction.Arn"},
		{`!GetAtt [A, {b: c}]`, "Fn::GetAtt wants the name of a resource and of an attribute"},
		{`!Sub [a, b, c]`, "Fn::Sub wants a text, or a list of a text and an object of values"},
		{`!Sub {a: b}`, "Fn::Sub wants a text, or a list of a text and an object of values"},
		{`!Sub ["${a}", {a: [b]}]`, "Fn::Sub wants a text for a"},
		{`!Join [a]`, "Fn::Join wants a delimiter and a list of texts"},
		{`!Join [a, b]`, "Fn::Join wants a delimiter and a list of texts"},
		{`!Join ["", [{a: b}]]`, "Fn::Join wants a delimiter and a list of texts"},
		{`!If [a, b]`, "Fn::If wants a condition and two values"},
		{`!If [[a], b, c]`, "Fn::If wants a condition and two values"},
		{`!Select [x, [a]]`, "Fn::Select wants an index and a list"},
		{`!Select {a: b}`, "Fn::Select wants an index and a list"},
		{`!Split ["", a]`, "Fn::Split wants a delimiter and a text"},
		{`!Split [a]`, "Fn::Split wants a delimiter and a text"},
		{`!FindInMap [a, b]`, "Fn::FindInMap wants the name of a mapping and two keys"},
		{`!FindInMap [a, [b], c]`, "Fn::FindInMap wants texts"},
		{`!ImportValue [a]`, "Fn::ImportValue wants the name of an export"},
		{`{Fn::Base64: [a]}`, "Fn::Base64 wants a text"},
		{`{Fn::Length: a}`, "Fn::Length wants a list"},
		{`{Fn::Transform: a}`, "rehearse doesn't run the macro "},
		{`{Fn::Transform: {Name: AWS::Include}}`, "AWS::Include wants Parameters: {Location: FILE}"},
		{`{Fn::Transform: {Name: Upper, Parameters: {a: b}}}`, "rehearse doesn't run the macro Upper"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			_, r := ResolveDocument(parse(t, "openapi.yaml", "x: "+tt.in).Root, testSettings)
			if len(r.Problems) != 1 || r.Problems[0].Msg != tt.want {
				t.Errorf("said %q, want %q", said(r), tt.want)
			}
		})
	}
}

func TestDataIsLeftAlone(t *testing.T) {
	text := "components: {schemas: {A: {example: {Ref: b}, default: {Ref: c}, enum: [{Ref: d}], properties: {e: {type: string, examples: [{Ref: f}]}}}}}"
	root := parse(t, "openapi.yaml", text).Root
	if got, r := ResolveDocument(root, testSettings); got != root || len(r.order) != 0 {
		t.Errorf("%s was filled: %s", text, jsonText(got))
	}
}

func TestTheDefaultResponseIsNoData(t *testing.T) {
	root, _ := ResolveDocument(parse(t, "openapi.yaml", "responses: {default: {responseTemplates: {a: !Sub '${AWS::Region}'}}}").Root, testSettings)
	if got := jsonText(root); got != `{"responses":{"default":{"responseTemplates":{"a":"eu-west-1"}}}}` {
		t.Errorf("the document is %s", got)
	}
}

func TestSubstitutionsSetWhatOnlyADeploymentKnows(t *testing.T) {
	s := testSettings
	s.Substitutions = map[string]string{"Stage": "prod", "F.Arn": "arn:f", "AWS::StackName": "shop", "Mirrored": "false", "shared-Host": "h.example"}
	root, r := ResolveDocument(parse(t, "openapi.yaml", `
a: !Ref Stage
b: !GetAtt F.Arn
c: !Sub "${AWS::StackName}-${Stage}"
d: !If [Mirrored, yes, no]
e: !ImportValue shared-Host
`).Root, s)
	if got := jsonText(root); got != `{"a":"prod","b":"arn:f","c":"shop-prod","d":"no","e":"h.example"}` {
		t.Errorf("the document is %s", got)
	}
	want := "6 placeholders filled: Stage = prod (substitutions), F.Arn = arn:f (substitutions), Mirrored = false (substitutions), shared-Host = h.example (substitutions), AWS::StackName = shop (substitutions)"
	if text, hint := r.Summary(); text != want || hint != "" {
		t.Errorf("the summary is %q, %q\nwant %q", text, hint, want)
	}
}

func TestTheSummaryIsOneLine(t *testing.T) {
	tests := []struct{ name, in, text, hint string }{
		{"nothing to fill, nothing to say", `a: b`, "", ""},
		{"one is singular", `a: !Ref AWS::Region`, "1 placeholder filled: AWS::Region = eu-west-1", ""},
		{"a function is called one", `uri: !GetAtt F.Arn
other: !Sub "x/functions/${F.Arn} y/functions/${F.Arn}"`, "3 placeholders filled: F.Arn = the function F", ""},
		{"what is made up can be set", `a: !Ref X`, "1 placeholder filled: made up: X", "substitutions in rehearse.yaml sets them: substitutions: {X: …}"},
		{"what is sure comes after it", `a: !Sub "${AWS::Region} ${XArn} ${AWS::Region}"`, "3 placeholders filled: made up: XArn; AWS::Region = eu-west-1", "substitutions in rehearse.yaml sets them: substitutions: {XArn: …}"},
		{"a key that YAML would misread is quoted", `a: !ImportValue "a:b"`, "1 placeholder filled: made up: a:b = a-b", `substitutions in rehearse.yaml sets them: substitutions: {"a:b": …}`},
		{"of many the first are named", `a: !Sub "${A}${B}${C}${D}${E}${F}${G}${H}${I}${J}${K}${L}${M}${N}"`, "14 placeholders filled: made up: A, B, C, D, E, F, G, H, I, J, K, L and 2 more",
			"substitutions in rehearse.yaml sets them: substitutions: {A: …}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, r := ResolveDocument(parse(t, "openapi.yaml", tt.in).Root, testSettings)
			if text, hint := r.Summary(); text != tt.text || hint != tt.hint {
				t.Errorf("%q, %q; want %q, %q", text, hint, tt.text, tt.hint)
			}
		})
	}
}

// Every byte behind a filled placeholder points to where it stands in the file, and
// what was filled in points to the placeholder.
func TestBytesBehindAPlaceholderKeepTheirPlaces(t *testing.T) {
	tests := []struct {
		name, file, in string
		places         map[string]string // of what begins with the key
	}{
		{"in quotes", "a.yaml", `x: !Sub "a ${AWS::Region} #end"`, map[string]string{"a": "1:10", "eu-west-1": "1:12", "#end": "1:27"}},
		{"in the long form, over an escape", "a.yaml", "x:\n  Fn::Sub: \"a\\t${AWS::Region} #end\"", map[string]string{"eu-west-1": "2:16", "#end": "2:31"}},
		{"in a literal block", "a.yaml", "x: !Sub |\n  first ${AWS::Region}\n  #end ${A}\n", map[string]string{"eu-west-1": "2:9", "#end": "3:3", "A\n": "3:8"}},
		{"in a folded block, whose places are that of the block", "a.yaml", "x: !Sub >-\n  first\n  ${AWS::Region} #end\n", map[string]string{"eu-west-1": "1:4", "#end": "1:4"}},
		{"in JSON", "a.json", "{\n \"x\": {\"Fn::Sub\": \"a\\n${AWS::Region} #end\"}\n}", map[string]string{"eu-west-1": "2:23", "#end": "2:38"}},
		{"in Fn::Join", "a.yaml", "x: !Join\n  - '-'\n  - - one\n    - !Ref AWS::Region\n    - !Sub 'b ${AWS::Region} #end'", map[string]string{"one": "3:7", "eu-west-1": "4:7", "b ": "5:13", "#end": "5:30"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root, _ := ResolveDocument(parse(t, tt.file, tt.in).Root, testSettings)
			text := root.Get("x").Text()
			for what, want := range tt.places {
				i := strings.Index(text.Text, what)
				if i < 0 {
					t.Fatalf("%q has no %q", text.Text, what)
				}
				if at := text.At(i); fmt.Sprintf("%d:%d", at.Line, at.Col) != want {
					t.Errorf("%q stands at %d:%d, want %s", what, at.Line, at.Col, want)
				}
			}
		})
	}
}

func TestWhatGrowsWithoutEndIsRefused(t *testing.T) {
	bombs := map[string]string{"of texts": "xxxxxxxxxx", "of nothing": ""}
	for name, leaf := range bombs {
		t.Run(name, func(t *testing.T) {
			text := fmt.Sprintf("%q", leaf)
			for range 40 {
				text = `!Sub ["${a}${a}${a}", {a: ` + text + `}]`
			}
			_, r := ResolveDocument(parse(t, "openapi.yaml", "x: "+text).Root, testSettings)
			if len(r.Problems) == 0 || !strings.Contains(r.Problems[0].Msg, "comes to more than 32 MB") {
				t.Errorf("said %q", said(r))
			}
		})
	}
}

func TestALongTextWithManyPlaceholdersIsNoBomb(t *testing.T) {
	text := strings.Repeat("${AWS::Region} and what stands behind it. ", 50_000)
	root, r := ResolveDocument(parse(t, "openapi.yaml", "x: !Sub '"+text+"'").Root, testSettings)
	if got := root.Get("x").Value; len(r.Problems) > 0 || !strings.HasSuffix(got, "eu-west-1 and what stands behind it. ") {
		t.Errorf("said %q", said(r))
	}
}
