package iac

import (
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// problemsOf are the problems and the summary, a line each.
func problemsOf(r *Resolution) string {
	var all []string
	for _, p := range r.Problems {
		kind := map[Kind]string{Refused: "refused", Unsupported: "unsupported", Regretted: "regretted"}[p.Kind]
		all = append(all, p.Pos.String()+": "+kind+": "+p.Msg+" | "+p.Hint)
	}
	return strings.Join(all, "\n")
}

func TestTerraformProblems(t *testing.T) {
	for _, c := range []struct{ name, text, tree, problems string }{
		{"values alone are no problem", "a: ${stage} ${foo} $${x}", `{"a":"prod foo ${x}"}`, ""},
		{"a stage variable that isn't escaped is told once for the file",
			"a: ${stageVariables.x}\nb: x-${stageVariables.y}", `{"a":"${stageVariables.x}","b":"x-${stageVariables.y}"}`,
			"a.tftpl:1:4: regretted: Terraform takes ${stageVariables.x} for its own and refuses it; here it is API Gateway's stage variable (and 1 more like it) | write $${stageVariables.x}"},
		{"an escaped one is no problem", "a: $${stageVariables.x}", `{"a":"${stageVariables.x}"}`, ""},
		{"what AWS fills in isn't Terraform's", "a: ${AWS::Region}", `{"a":"${AWS::Region}"}`,
			"a.tftpl:1:4: regretted: Terraform takes ${AWS::Region} for its own and refuses it; here it is what the import fills in | write $${AWS::Region}"},
		{"a name that a mapping template sets itself is VTL's, and so is what is API Gateway's",
			"x-amazon-apigateway-integration:\n  requestTemplates: {a/b: '#set($foo = 1) ${foo} ${stage} $${bar} $!{x} $input'}\n  responses: {d: {responseTemplates: {a/b: '${context.requestId}'}}}",
			`{"x-amazon-apigateway-integration":{"requestTemplates":{"a/b":"#set($foo = 1) ${foo} prod ${bar} $!{x} $input"},"responses":{"d":{"responseTemplates":{"a/b":"${context.requestId}"}}}}}`,
			"a.tftpl:2:43: regretted: Terraform fills ${foo} in a mapping template too; here it is left to VTL (and 1 more like it) | write $${foo} if it is VTL's; if it is Terraform's, set foo in substitutions"},
		{"a mapping template that nobody knows is a plain one",
			"x-amazon-apigateway-integration: {type: mock, requestTemplates: {a/b: '${foo}', b/c: '#if(${foo.bar}) #end'}, responses: {d: {statusCode: 201}}}",
			`{"x-amazon-apigateway-integration":{"type":"mock","requestTemplates":{"a/b":"{\"statusCode\": 201}","b/c":"{\"statusCode\": 201}"},"responses":{"d":{"statusCode":201}}}}`,
			"a.tftpl:1:72: unsupported: Terraform fills ${foo} in a mapping template, and its value is not known here: one is made up (and 1 more like it) | set foo in substitutions; if it is VTL's, write $${foo}"},
		{"all of them are", "x-amazon-apigateway-integration: {type: mock, requestTemplates: '${foo}'}",
			`{"x-amazon-apigateway-integration":{"type":"mock","requestTemplates":{"application/json":"{\"statusCode\": 200}"}}}`,
			"a.tftpl:1:66: unsupported: ${foo} has no value: its mapping templates are not known, and a plain one stands in | set it in rehearse.yaml: substitutions: {foo: …}"},
		{"what stands in quotes in one is made up",
			"x-amazon-apigateway-integration: {type: mock, requestTemplates: {a/b: '{\"statusCode\": ${code}, \"a\": \"${foo}\"}'}}",
			`{"x-amazon-apigateway-integration":{"type":"mock","requestTemplates":{"a/b":"{\"statusCode\": 200, \"a\": \"foo\"}"}}}`,
			"a.tftpl:1:87: unsupported: Terraform fills ${code} in a mapping template, and its value is not known here: one is made up (and 1 more like it) | set code in substitutions; if it is VTL's, write $${code}"},
		{"so it is in a gateway response", "x-amazon-apigateway-gateway-responses: {A: {responseTemplates: {a/b: '${foo}'}}}",
			`{"x-amazon-apigateway-gateway-responses":{"A":{"responseTemplates":{"a/b":"{\"message\": $context.error.messageString}"}}}}`,
			"a.tftpl:1:71: unsupported: Terraform fills ${foo} in a mapping template, and its value is not known here: one is made up | set foo in substitutions; if it is VTL's, write $${foo}"},
		{"a schema may have a property of that name", "properties: {requestTemplates: {a: '${foo}'}}", `{"properties":{"requestTemplates":{"a":"foo"}}}`, ""},
		{"a function that isn't run is told with its place", "a: 1\nb: x${file(\"a.json\")}", `{"a":1,"b":"xfile"}`,
			"a.tftpl:2:5: unsupported: ${file(\"a.json\")} has no value: rehearse doesn't run file for it | " + `set it in rehearse.yaml: substitutions: {"file(\"a.json\")": …}`},
		{"it is told in a mapping template too", "x-amazon-apigateway-integration: {requestTemplates: {a/b: '${templatefile(\"x.vtl\", {})}'}}",
			`{"x-amazon-apigateway-integration":{"requestTemplates":{"a/b":"$input.body"}}}`,
			"a.tftpl:1:60: unsupported: ${templatefile(\"x.vtl\", {})} has no value: rehearse doesn't run Terraform's functions, and a plain template stands in | " + `set it in rehearse.yaml: substitutions: {"templatefile(\"x.vtl\", {})": …}`},
		{"a value that breaks a JSON string is refused", `{"a": "${quoted}"}`, `{"a":"\"29000\""}`,
			`a.tftpl:1:8: refused: the value of ${quoted} makes this no JSON: "29000" | write ${jsonencode(quoted)}, without quotes around it`},
		{"what is no name isn't looked into", "x: ${jsondecode(a).b} ${(c)[0]}", `{"x":"value value"}`,
			"a.tftpl:1:4: unsupported: ${jsondecode(a).b} has no value: rehearse doesn't look into what isn't a name | set it in rehearse.yaml: substitutions: {\"jsondecode(a).b\": …}\n" +
				"a.tftpl:1:23: unsupported: ${(c)[0]} has no value: rehearse doesn't look into what isn't a name | set it in rehearse.yaml: substitutions: {\"(c)[0]\": …}"},
		{"calculating is not done", "x: ${timeout * 2}", `{"x":"value"}`,
			"a.tftpl:1:4: unsupported: ${timeout * 2} has no value: rehearse doesn't calculate | set it in rehearse.yaml: substitutions: {\"timeout * 2\": …}"},
		{"what is too long or nested too deep isn't read", "x: ${" + strings.Repeat("(", 200) + "}\ny: ${a" + strings.Repeat(" == a", 20_000) + "}", `{"x":"value","y":"value"}`,
			"a.tftpl:1:4: unsupported: ${" + strings.Repeat("(", 59) + "…} has no value: it is nested too deep | set its text in substitutions, or give it a name with local\n" +
				"a.tftpl:2:4: unsupported: ${a" + strings.Repeat(" == a", 11) + " ==…} has no value: it is too long | set its text in substitutions, or give it a name with local"},
		{"an empty placeholder is refused", "a: 'x${}y${ }'", `{"a":"x${}y${ }"}`,
			"a.tftpl:1:6: refused: Terraform can't read ${}: there is nothing in it | a ${ that is text is written $${\n" +
				"a.tftpl:1:10: refused: Terraform can't read ${}: there is nothing in it | a ${ that is text is written $${"},
		{"what is no expression is refused", "a: '${foo-bar baz} ${a b} ${x::y} ${\"\\q\"}'", `{"a":"${foo-bar baz} ${a b} ${x::y} ${\"\\q\"}"}`,
			`a.tftpl:1:5: refused: Terraform can't read ${foo-bar baz}: "baz" is not expected | a ${ that is text is written $${` + "\n" +
				`a.tftpl:1:20: refused: Terraform can't read ${a b}: "b" is not expected | a ${ that is text is written $${` + "\n" +
				`a.tftpl:1:27: refused: Terraform can't read ${x::y}: no name has :: | a ${ that is text is written $${` + "\n" +
				`a.tftpl:1:35: refused: Terraform can't read ${"\q"}: \q is no escape | a ${ that is text is written $${`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, r, err := ReadTerraform("a.tftpl", []byte(c.text), terraformSettings)
			if err != nil {
				t.Fatal(err)
			}
			if got := jsonOf(f.Root); got != c.tree {
				t.Errorf("got  %s\nwant %s", got, c.tree)
			}
			if got := problemsOf(r); got != c.problems {
				t.Errorf("got\n%s\nwant\n%s", got, c.problems)
			}
		})
	}
}

func TestTerraformSummary(t *testing.T) {
	text := `a: arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${items_lambda_arn}/invocations
b: ${stage} ${var.stage} $${x}
c: ${data.aws_caller_identity.current.account_id}
`
	_, r, err := ReadTerraform("a.tftpl", []byte(text), terraformSettings)
	if err != nil {
		t.Fatal(err)
	}
	got, hint := r.Summary()
	want := "5 placeholders filled: made up: items_lambda_arn = the function items_lambda; region = eu-central-1, stage = prod (substitutions), var.stage = prod (substitutions), data.aws_caller_identity.current.account_id = 123456789012"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if want := "substitutions in rehearse.yaml sets them: substitutions: {items_lambda_arn: …}"; hint != want {
		t.Errorf("hint %q, want %q", hint, want)
	}
	_, r, err = ReadTerraform("a.tftpl", []byte("a: ${jsonencode({a = 1})}"), terraformSettings)
	if text, _ := r.Summary(); err != nil || text != "" || len(r.Problems) != 1 {
		t.Errorf("what has no value is filled: %q, %v", text, err)
	}
	_, r, err = ReadTerraform("a.tftpl", []byte("a: $${x}"), terraformSettings)
	if text, _ := r.Summary(); err != nil || text != "" {
		t.Errorf("a file without placeholders has the summary %q, %v", text, err)
	}
}

func TestTerraformDuplicates(t *testing.T) {
	f, _, err := ReadTerraform("a.tftpl", []byte("${\nsame\n}: 1\n/a: 2\n${x}: 1\n${y}: 2\nk: 1\nk: 2\n${x}: 3\n"), terraformSettings)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range f.Duplicates {
		got = append(got, errorsOf(d))
	}
	want := `a.tftpl:8:1: the key "k" stands here a second time | the first one is in line 7; only the last one counts` + "\n" +
		`a.tftpl:4:1: the key "/a" stands here a second time, with its placeholders filled | the first one is in line 1; only the last one counts` + "\n" +
		`a.tftpl:9:1: the key "x" stands here a second time, with its placeholders filled | the first one is in line 5; only the last one counts`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

func TestTerraformStandIns(t *testing.T) {
	function := "arn:aws:lambda:eu-central-1:123456789012:function:"
	for _, c := range []struct{ text, pointer, want string }{
		{"{type: aws_proxy, uri: '${get_items_invoke_arn}'}", "/uri", invocations("get_items")},
		{"{type: aws_proxy, uri: '${aws_lambda_function.items.invoke_arn}'}", "/uri", invocations("items")},
		{"{type: aws_proxy, uri: '${module.items.lambda_function_invoke_arn}'}", "/uri", invocations("items")},
		{"{type: aws_proxy, uri: '${lambda_invoke_arns[\"items\"]}'}", "/uri", invocations("items")},
		{"{type: aws_proxy, uri: '${functions.items.invoke_arn}'}", "/uri", invocations("items")},
		{"{type: aws_proxy, uri: '${aws_lambda_function.all[\"items\"].invoke_arn}'}", "/uri", invocations("items")},
		{"{type: aws_proxy, uri: '${aws_lambda_function.items[0].invoke_arn}'}", "/uri", invocations("items")},
		{"{type: aws_proxy, uri: '${aws_lambda_function.items.*.invoke_arn[0]}'}", "/uri", invocations("items")},
		{"{uri: 'arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${aws_lambda_function.items.arn}/invocations'}", "/uri", invocations("items")},
		{"{uri: 'arn:aws:apigateway:${r}:lambda:path/2015-03-31/functions/${items_arn}:$${stageVariables.alias}/invocations'}", "/uri",
			strings.Replace(invocations("items"), "/invocations", ":${stageVariables.alias}/invocations", 1)},
		{"{uri: 'arn:${p}:apigateway:${r}:lambda:path/2015-03-31/functions/arn:aws:lambda:${r}:${id}:function:${local.items_name}/invocations'}", "/uri", invocations("items")},
		{"{type: aws_proxy, uri: '${items}/invocations'}", "/uri", invocations("items")},
		{"{type: http_proxy, uri: '${backend_url}/items'}", "/uri", "https://backend.example.com/items"},
		{"{type: http, uri: 'https://${aws_lb.backend.dns_name}/items'}", "/uri", "https://backend.example.com/items"},
		{"{type: http, uri: '${protocol}://${host}/items'}", "/uri", "https://host.example.com/items"},
		{"{uri: '${stage == \"x\" ? a_arn : items_arn}'}", "/uri", invocations("items")},
		{"{credentials: '${aws_iam_role.gateway.arn}'}", "/credentials", "arn:aws:iam::123456789012:role/gateway"},
		{"{credentials: 'arn:aws:iam::${account_id}:role/${gateway_role_name}'}", "/credentials", "arn:aws:iam::123456789012:role/gateway_role_name"},
		{"{providerARNs: ['${aws_cognito_user_pool.people.arn}', '${user_pool_arn}']}", "/providerARNs/0", "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_people"},
		{"{providerARNs: ['${aws_cognito_user_pool.people.arn}', '${user_pool_arn}']}", "/providerARNs/1", "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_userpool"},
		{"{connectionId: '${aws_api_gateway_vpc_link.inner.id}'}", "/connectionId", "inner"},
		{"{a: '${data.aws_region.current.name}'}", "/a", "eu-central-1"},
		{"{a: '${data.aws_partition.current.dns_suffix}'}", "/a", "amazonaws.com"},
		{"{a: '${aws_lambda_function.items.qualified_arn}'}", "/a", function + "items"},
		{"{a: '${aws_sqs_queue.jobs.arn}'}", "/a", "arn:aws:sqs:eu-central-1:123456789012:jobs"},
		{"{a: '${format(\"%s-x\", var.items)}'}", "/a", "items-x"},
		{"{timeoutInMillis: '${upstream}'}", "/timeoutInMillis", "29000"},
		{"{validateRequestBody: ${yes_or_no}}", "/validateRequestBody", "true"},
		{"{a: \"'${cors_origin}'\"}", "/a", "'https://cors-origin.example.com'"},
		{"{x-amazon-apigateway-policy: ${jsonencode(local.access)}}", "/x-amazon-apigateway-policy/Statement/0/Effect", "Allow"},
		{"{title: '${api_name} ${env}'}", "/title", "api_name env"},
	} {
		f, _, err := ReadTerraform("a.yaml.tftpl", []byte(c.text), terraformSettings)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if n, _ := f.Root.Follow(c.pointer); n == nil || n.Value != c.want {
			t.Errorf("%s: got %s, want %s", c.text, jsonOf(f.Root), c.want)
		}
	}
}

func FuzzReadTerraform(f *testing.F) {
	for _, seed := range []string{
		"a: ${x} $${y} %%{z}", `{"a": ${timeout}, "b": -${x}0, "c": "${a["b"].c}"}`, "a: |\n  ${~ x ~}\n  y\n${k}: ${\n1\n}",
		"x-amazon-apigateway-integration: {requestTemplates: {a: '${b}'}}", `a: ${x ? "${y}" : upper("z")}`, "%{ if x }", "${", "a: \"\\ue000${policy}\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, r, err := ReadTerraform("a.yaml.tftpl", []byte(text), terraformSettings)
		if r == nil {
			t.Fatal("no resolution")
		}
		// YAML has what isn't there stand behind the last line.
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1
		check := func(p source.Pos) {
			if p.File != "a.yaml.tftpl" || p.Line < 1 || p.Line > lines+1 || p.Col < 1 || p.Col > len(text)+1 {
				t.Fatalf("the place %v is not in %q", p, text)
			}
		}
		for _, p := range r.Problems {
			check(p.Pos)
		}
		if err != nil {
			if strings.HasPrefix(errorsOf(err), "no *source.Error") {
				t.Fatal(err)
			}
			return
		}
		own := strings.ContainsFunc(text, func(c rune) bool { return c >= 0xE000 && c <= 0xF8FF }) || strings.Contains(text, `\`)
		var walk func(n *source.Node)
		walk = func(n *source.Node) {
			check(n.Pos)
			if n.Kind == source.String {
				for i := 0; i < len(n.Value); i += 1 + len(n.Value)/8 {
					check(n.Text().At(i))
				}
				if !own && strings.ContainsFunc(n.Value, func(c rune) bool { return c >= 0xE000 && c <= 0xF8FF }) {
					t.Fatalf("%q has a private-use character that %q hasn't", n.Value, text)
				}
			}
			for _, m := range n.Members {
				check(m.Pos)
				walk(m.Value)
			}
			for _, item := range n.Items {
				walk(item)
			}
		}
		if file.Root != nil {
			walk(file.Root)
		}
	})
}

func BenchmarkReadTerraform(b *testing.B) {
	text := []byte("a:\n" + strings.Repeat("  - {type: aws_proxy, uri: \"${items_invoke_arn}\", x: \"$${stageVariables.y}\"}\n", 10_000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, err := ReadTerraform("a.tftpl", text, terraformSettings); err != nil {
			b.Fatal(err)
		}
	}
}
