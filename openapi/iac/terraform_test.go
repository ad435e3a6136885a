package iac

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

var terraformSettings = Settings{
	Region: "eu-central-1", AccountID: "123456789012",
	Substitutions: map[string]string{
		"timeout": "29000", "enabled": "true", "alias": "live", "quoted": `"29000"`, "nothing": "", "policy": `{"Version": "2012-10-17", "Statement": []}`,
		"methods": "[GET, POST]", "block": "a: 1\nb: [2]\n", "text": "two words", "stage": "prod", "colon": "Note: this", "minutes": "2", "same": "/a", "escaped": `a\"b\n`,
	},
}

// invocations is a Lambda URI in the region and account of terraformSettings.
func invocations(function string) string {
	return "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:123456789012:function:" + function + "/invocations"
}

// jsonOf is a tree as JSON.
func jsonOf(n *source.Node) string { return string(ordered.Append(nil, n.Ordered())) }

func TestTerraformNames(t *testing.T) {
	for name, want := range map[string]bool{
		"openapi.yaml.tftpl": true, "openapi.json.tpl": true, "api.tftpl": true, "A.TPL": true,
		"openapi.yaml": false, "tpl": false, "x.tftpl.yaml": false,
	} {
		if got := IsTerraformName(name); got != want {
			t.Errorf("IsTerraformName(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestTerraformValues(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"a placeholder without quotes is a number where its value is one", "", "a: ${timeout}", `{"a":29000}`},
		{"a placeholder without quotes is a boolean where its value is one", "", "a: ${enabled}", `{"a":true}`},
		{"a placeholder in quotes is a text", "", `{a: "${timeout}", b: '${timeout}'}`, `{"a":"29000","b":"29000"}`},
		{"a placeholder in a block is a text", "", "a: |-\n  ${timeout}\nb: >-\n  ${enabled}\n", `{"a":"29000","b":"true"}`},
		{"a value that brings its quotes is a text without them", "", "a: ${quoted}", `{"a":"29000"}`},
		{"an empty value without quotes is null", "", "a: ${nothing}\nb: \"${nothing}\"", `{"a":null,"b":""}`},
		{"two placeholders without quotes are one number", "", "a: ${minutes}${timeout}\nb: ${minutes}000\nc: -${minutes}", `{"a":229000,"b":2000,"c":-2}`},
		{"a value that is an object becomes one", "", "a: ${policy}", `{"a":{"Version":"2012-10-17","Statement":[]}}`},
		{"a value that is a list becomes one", "", "a: ${methods}", `{"a":["GET","POST"]}`},
		{"a value of several lines is read as YAML", "", "a: ${block}", `{"a":{"a":1,"b":[2]}}`},
		{"an object in quotes stays a text", "", `a: "${methods}"`, `{"a":"[GET, POST]"}`},
		{"a value with a colon is a text all the same", "", "a: ${colon}", `{"a":"Note: this"}`},
		{"the whole file may be one placeholder", "", "${policy}", `{"Version":"2012-10-17","Statement":[]}`},
		{"keys are filled", "", "/${stage}/items: 1\n${alias}: 2", `{"/prod/items":1,"live":2}`},
		{"of two keys that are the same when filled the last one counts", "", "/a: 1\n${same}: 2\n/b: 3", `{"/a":2,"/b":3}`},
		{"items of lists are filled", "", "[x, ${stage}, '${stage}']", `["x","prod","prod"]`},
		{"two dollars are one", "", "a: $${x}\nb: \"$${x} $$${y} $$$${z}\"", `{"a":"${x}","b":"${x} $${y} $$${z}"}`},
		{"a dollar without a brace is a dollar", "", "a: $x $$ $1 $input.json('$')", `{"a":"$x $$ $1 $input.json('$')"}`},
		{"two per cent signs are one before a brace alone", "", "a: a%%{x} 5% 10%% %%", `{"a":"a%{x} 5% 10%% %%"}`},
		{"a per cent sign escapes no dollar", "", "a: x%${stage}%%${stage}", `{"a":"x%prod%%prod"}`},
		{"a placeholder ends with its own brace", "", "a: '${stage}}'", `{"a":"prod}"}`},
		{"a strip marker takes the blanks beside it", "", "a: 'x  ${~ stage ~}  y'", `{"a":"xprody"}`},
		{"a strip marker takes one line's end", "", "a: 'x\n  ${~ stage ~}\n  y'", `{"a":"x prod  y"}`},
		{"a stage variable is never touched", "", "a: $${stageVariables.alias}\nb: ${stageVariables.alias}", `{"a":"${stageVariables.alias}","b":"${stageVariables.alias}"}`},
		{"what the import fills is left to it", "", "a: arn:${AWS::Partition}:x", `{"a":"arn:${AWS::Partition}:x"}`},
		{"a comment may hold placeholders", "", "# ${x} $${y}\na: 1 # ${z", ``},
		{"placeholders with colons, quotes and braces in them don't disturb YAML", "", "a: ${stage == \"x: }\" ? \"{\" : \"}\"}", `{"a":"}"}`},
		{"a placeholder over several lines is one", "", "a: ${\n  stage\n}\nb: ${stage}", `{"a":"prod","b":"prod"}`},
		{"private-use characters survive", "", "a: \"\ue000\ue001 \\ue100 ${stage}\"\n\ue200: \ue300", `{"a":"` + "\ue000\ue001 \ue100" + ` prod","` + "\ue200\":\"\ue300" + `"}`},
		{"CRLF and a byte order mark", "", "\ufeffa: ${stage}\r\nb: |\r\n  ${stage}\r\n", `{"a":"prod","b":"prod\n"}`},
		{"an alias is filled as its anchor", "", "a: &x {k: '${stage}'}\nb: *x", `{"a":{"k":"prod"},"b":{"k":"prod"}}`},
		{"a tag stays", "", "a: !Sub ${stage}", `{"a":"prod"}`},

		{"JSON without quotes", "a.json.tftpl", `{"a": ${timeout}, "b": [${enabled},${methods}], "c": "${timeout}", "d":${policy}}`, `{"a":29000,"b":[true,["GET","POST"]],"c":"29000","d":{"Version":"2012-10-17","Statement":[]}}`},
		{"JSON without quotes in part", "a.json.tftpl", `{"a": ${minutes}000, "b": -${minutes}, "c":${minutes}${timeout}}`, `{"a":2000,"b":-2,"c":229000}`},
		{"JSON's strings keep their escapes", "a.json.tftpl", `{"a": "x\n\"${stage}\" \ud83d\ude00 $${y}", "${stage}": {}}`, `{"a":"x\n\"prod\" 😀 ${y}","prod":{}}`},
		{"a value in a JSON string has its escapes read", "a.json.tftpl", `{"a": "x${escaped}"}`, `{"a":"xa\"b\n"}`},
		{"JSON in a file without .json in its name", "a.tpl", "{\"a\":\t${timeout}}", `{"a":29000}`},
		{"YAML's flow style", "a.yaml.tftpl", "{a: ${timeout}, b: [${stage}]} # x", `{"a":29000,"b":["prod"]}`},
		{"a list of JSON", "a.tftpl", "[${quoted}]", `["29000"]`},

		{"a text in a placeholder is itself", "", `a: ${"x ${stage} $${y} \" \u00e4"}`, `{"a":"x prod ${y} \" ä"}`},
		{"numbers and booleans in a placeholder are themselves", "", "a: ${30}\nb: ${true}\nc: '${1.5}'", `{"a":30,"b":true,"c":"1.5"}`},
		{"a condition of something set", "", `a: ${stage == "prod" ? 1 : 2}` + "\n" + `b: ${stage != "prod" ? 1 : 2}` + "\n" + `c: ${!enabled ? 1 : 2}` + "\n" + `d: ${enabled && stage == "dev" || false ? 1 : 2}`, `{"a":1,"b":2,"c":2,"d":2}`},
		{"a condition that isn't known is taken to hold", "", `a: ${unheard ? "yes-1" : "no-1"}`, `{"a":"yes-1"}`},
		{"functions of texts", "", `a: ${upper(stage)} ${lower("AB")} ${format("%s-%d%%", stage, 3)} ${replace(text, " ", "_")} ${trimsuffix("a.b", ".b")}`, `{"a":"PROD ab prod-3% two_words a"}`},
		{"jsonencode of something set", "", "a: ${jsonencode(text)}\nb: ${jsonencode(policy)}\nc: ${jsonencode(var.text)}", `{"a":"two words","b":{"Version":"2012-10-17","Statement":[]},"c":"two words"}`},
		{"comments in a placeholder", "", "a: ${/* } */ stage}", `{"a":"prod"}`},
		{"var and local are where a name is set", "", "a: ${var.stage} ${local.text}", `{"a":"prod two words"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := c.file
			if file == "" {
				file = "a.yaml.tftpl"
			}
			f, _, err := ReadTerraform(file, []byte(c.text), terraformSettings)
			if c.want == "" {
				if err == nil {
					t.Fatalf("no error; got %s", jsonOf(f.Root))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := jsonOf(f.Root); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestTerraformPlaces(t *testing.T) {
	for _, c := range []struct{ name, file, text, pointer, find, want string }{
		{"behind a placeholder on the same line", "", `a: "x ${stage} y!"`, "/a", "!", "1:17"},
		{"all of a value stands at its placeholder", "", `a: "x ${stage} y!"`, "/a", "rod", "1:7"},
		{"in a literal block", "", "a: |\n  one\n  ${text} and $${x} here", "/a", "here", "3:21"},
		{"behind an escape", "", `a: "$${x}!"`, "/a", "!", "1:10"},
		{"of what an escape makes", "", `a: "-$${x}"`, "/a", "${", "1:6"},
		{"behind a placeholder of several lines", "", "a: ${\n  stage\n} z!\nb: '${text}!'", "/b", "!", "4:12"},
		{"behind its end", "", "a: ${\n  stage\n} z!", "/a", "!", "3:4"},
		{"in JSON", "a.json.tftpl", `{"a": ${timeout}, "b": ${minutes}0, "c": "${stage} x!"}`, "/c", "!", "1:53"},
		{"behind characters of several bytes", "", `"ä": "ö ${stage}ü!"`, "/ä", "!", "1:18"},
		{"behind what a strip marker takes", "", "a: 'x  ${~ stage ~}   y!'", "/a", "!", "1:24"},
		{"of a stage variable that stays", "", `a: "${stage}/${stageVariables.x}"`, "/a", "Var", "1:21"},
		{"behind private-use characters", "", "a: \"\ue000 ${stage}!\"", "/a", "!", "1:15"},
		{"with CRLF", "", "a: ${stage}\r\nb: '${stage}!'\r\n", "/b", "!", "2:13"},
		{"in flow style read as YAML", "a.yaml.tftpl", "{a: ${timeout},\n b: 'x${stage}!'}", "/b", "!", "2:15"},
		{"of VTL that stays", "", "x-amazon-apigateway-integration:\n  requestTemplates:\n    application/json: |\n      #set($foo = 1) ${foo.bar}!", "/x-amazon-apigateway-integration/requestTemplates/application~1json", "bar", "4:28"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := c.file
			if file == "" {
				file = "a.yaml.tftpl"
			}
			f, _, err := ReadTerraform(file, []byte(c.text), terraformSettings)
			if err != nil {
				t.Fatal(err)
			}
			n, _ := f.Root.Follow(c.pointer)
			if n == nil {
				t.Fatalf("nothing at %s in %s", c.pointer, jsonOf(f.Root))
			}
			text := n.Text()
			i := strings.Index(text.Text, c.find)
			if i < 0 {
				t.Fatalf("no %q in %q", c.find, text.Text)
			}
			if got, want := text.At(i).String(), file+":"+c.want; got != want {
				t.Errorf("%q of %q stands at %s, want %s", c.find, text.Text, got, want)
			}
		})
	}
}

func TestTerraformPlacesOfKeysAndTrees(t *testing.T) {
	text := "{\"a\": ${policy}, \"${stage}\": ${timeout},\n \"z\": [1, ${methods}, {\"k\": null}]}"
	f, _, err := ReadTerraform("a.json.tftpl", []byte(text), terraformSettings)
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string]string{
		"/a": "a.json.tftpl:1:2", "/a/Version": "a.json.tftpl:1:7", "/prod": "a.json.tftpl:1:18",
		"/z": "a.json.tftpl:2:2", "/z/1/0": "a.json.tftpl:2:11", "/z/2": "a.json.tftpl:2:23", "/z/2/k": "a.json.tftpl:2:24",
	} {
		if got := f.At(pointer).String(); got != want {
			t.Errorf("%s stands at %s, want %s", pointer, got, want)
		}
	}
	if got := f.Root.Get("prod").Pos.String(); got != "a.json.tftpl:1:30" {
		t.Errorf("the value of prod stands at %s", got)
	}
}

// errorsOf are the errors of a file that can't be read, a line each.
func errorsOf(err error) string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []string
		for _, e := range joined.Unwrap() {
			all = append(all, errorsOf(e))
		}
		return strings.Join(all, "\n")
	}
	var e *source.Error
	if !errors.As(err, &e) {
		return "no *source.Error: " + err.Error()
	}
	return strings.TrimSuffix(e.Error()+" | "+e.Hint, " | ")
}

func manyDirectives() string {
	var b strings.Builder
	for line := 1; line <= 20; line++ {
		fmt.Fprintf(&b, "a.tftpl:%d:1: the directive %%{ if x } stands here, and directives are not rendered | %s\n", line, renderFirst)
	}
	return b.String() + "a.tftpl:21:1: 5 more directives stand from here on | " + renderFirst
}

func TestTerraformUnreadable(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"directives are refused, all at once",
			"a:\n%{ for x in xs ~}\n  - ${x}\n%{ endfor ~}\n",
			"a.tftpl:2:1: the directive %{ for x in xs ~} stands here, and directives are not rendered | " + renderFirst + "\n" +
				"a.tftpl:4:1: the directive %{ endfor ~} stands here, and directives are not rendered | " + renderFirst},
		{"of many directives only the first ones have a line", strings.Repeat("%{ if x }\n", 25),
			manyDirectives()},
		{"a placeholder that never ends", "a: 1\nb: x ${stage\nc: 2\n",
			"a.tftpl:2:6: ${ has no } to end it | Terraform refuses that; a ${ that is text is written $${"},
		{"a text in a placeholder that never ends", "b: ${\"stage}\nc: 2\n",
			"a.tftpl:1:4: ${ has no } to end it | Terraform refuses that; a ${ that is text is written $${"},
		{"YAML's errors are at their places", "a: ${\nx}\nb: ${y}: c\n",
			`a.tftpl:3:8: a colon makes a key here, where none can be | check the indentation; a text with a colon and a blank in it wants quotes`},
		{"JSON's errors are at their places", "{\"a\": ${x} \"b\": 1}",
			"a.tftpl:1:12: found '\"', want a comma or '}'"},
		{"a placeholder for whole lines", "paths:\n  /a: {}\n  ${more}\n",
			"a.tftpl:3:3: this is neither a key with a colon nor part of a value | a placeholder that stands for whole lines can't be filled in: " + renderFirst},
		{"YAML's errors behind a placeholder of several lines are in the template's lines", "a: ${\n1\n}\nb:\n  k: x\n c: 1\n", "a.tftpl:6:2: did not find expected key (while parsing a block mapping of line 1)"},
		{"no UTF-8", "a: \xff", "a.tftpl:1:4: byte 0xff is no UTF-8 | save the file as UTF-8"},
		{"a NUL", "a: ${x}\x00", "a.tftpl:1:8: the control character U+0000 stands here | remove it"},
		{"UTF-16", "\xff\xfea\x00", "a.tftpl:1:1: the file is written in UTF-16 | save it as UTF-8"},
		{"an empty file", " \n", "a.tftpl:1:1: the file is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _, err := ReadTerraform("a.tftpl", []byte(c.text), terraformSettings)
			if err == nil {
				t.Fatalf("no error; got %s", jsonOf(f.Root))
			}
			got := errorsOf(err)
			if got != c.want && !(strings.HasSuffix(c.want, ": ") && strings.HasPrefix(got, c.want)) {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			for _, r := range got {
				if r >= 0xE000 && r <= 0xF8FF {
					t.Errorf("the message has a private-use character: %q", got)
				}
			}
		})
	}
}
