package vtl_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

func parse(t testing.TB, text string, o vtl.Options) *vtl.Template {
	t.Helper()
	tmpl, err := vtl.Parse(source.Plain("orders.yaml", text), o)
	if err != nil {
		t.Fatalf("parse %q: %v", text, err)
	}
	return tmpl
}

func execute(t testing.TB, text string, vars vtl.Vars) string {
	t.Helper()
	out, err := parse(t, text, vtl.Options{}).Execute(nil, vars, nil)
	if err != nil {
		t.Fatalf("execute %q: %v", text, err)
	}
	return string(out)
}

func TestAWSMode(t *testing.T) {
	vars := func() vtl.Vars {
		return vtl.Vars{
			"payload": object(t, `{"list": [{"a/b": "c/d"}, 1, 2.50, null, true], "map": {"in": [1, "x"]}, "n": null, "s": "text"}`),
			"java":    vtl.Lists(object(t, `{"l": [1, "two"]}`)),
		}
	}
	tests := []struct{ name, template, want string }{
		{"an undefined reference is blank", `[$nope][$nope.x][$nope.y('z')][$payload.s.nope()]`, "[][][][]"},
		{"it equals the empty string", `#if($nope == "")T#end#if($payload.n == '')T#end#if($nope == $null)T#end`, "TTT"},
		{"and is true as a condition", `#if($nope)T#{else}F#end#if(!$nope)T#{else}F#end`, "TF"},
		{"#set stores the blank", `#set($x = 1)#set($x = $nope)[$x]`, "[]"},
		{"division by zero keeps the old value, as it is no reference", `#set($x = 1)#set($x = 1/0)[$x]`, "[1]"},
		{"a blank joins as text", `#set($x = $nope + 1)$x`, "1"},
		{"an escaped undefined reference loses its backslash", `\$nope \\$nope`, `$nope \`},
		{"a loop over it does nothing", `#foreach($x in $nope)x#end|`, "|"},
		{"an array of the host prints as JSON", `$payload.list`, `[{"a\/b":"c\/d"},1,2.5,null,true]`},
		{"inside a map too", `$payload.map`, `{in=[1,"x"]}`},
		{"a list of the template prints as Java's", `#set($l = [1, 'a', $payload.map])$l`, `[1, a, {in=[1,"x"]}]`},
		{"Lists makes lists of arrays", `$java.l`, `[1, two]`},
		{"a subList prints as Java's", `$payload.list.subList(1,3)`, `[1, 2.5]`},
		{"the sandbox has no classes", `[$payload.getClass()][$payload.s.class.name][$payload.class]`, "[][][]"},
		{"a loop ends after 1000 rounds", `#foreach($i in [1..5000])#set($last = $i)#end$last`, "1000"},
		{"a list literal with an undefined element holds a blank", `#set($l = [$nope])$l.size()$l`, "1[]"},
		{"numbers of the host compare by value", `#if($payload.list[1] == 1.0 && $payload.list[2] > 2)T#end`, "T"},
		{"an undefined macro is text", `#nosuch($nope)`, "#nosuch($nope)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := execute(t, tt.template, vars()); got != tt.want {
				t.Errorf("%s\n got %q\nwant %q", tt.template, got, tt.want)
			}
		})
	}
}

// A host is an Object that remembers what was done with it.
type host struct {
	props map[string]any
	calls []string
}

func (h *host) Get(name string) (any, bool) {
	v, ok := h.props[name]
	return v, ok
}

func (h *host) Set(name string, v any) bool {
	h.props[name] = v
	return true
}

func (h *host) Call(name string, args []any) (any, error) {
	h.calls = append(h.calls, fmt.Sprintf("%s%v", name, args))
	switch name {
	case "fail":
		return nil, errors.New("out of order")
	case "kind":
		return fmt.Sprintf("%T", vtl.Plain(args[0])), nil
	case "values":
		return &ordered.Array{Items: []any{"v1", "v2"}}, nil
	case "nothing":
		return nil, nil
	}
	return nil, vtl.ErrNoMethod
}

func (h *host) AppendText(dst []byte) []byte { return append(dst, "a host"...) }

// A mute is an Object that is no Printer and no Setter.
type mute struct{}

func (mute) Get(string) (any, bool)          { return nil, false }
func (mute) Call(string, []any) (any, error) { return nil, vtl.ErrNoMethod }

func TestObjects(t *testing.T) {
	tests := []struct{ name, template, want string }{
		{"a property", `$host.name`, "prop"},
		{"an unknown property is undefined", `[$host.other]`, "[$host.other]"},
		{"a method", `$host.kind('x')`, "string"},
		{"an unknown method is undefined", `[$host.other(1)]`, "[$host.other(1)]"},
		{"a method that gives null is undefined", `[$!host.nothing()]`, "[]"},
		{"a list of the template is an array when plain", `$host.kind([1])`, "*ordered.Array"},
		{"a map arrives as an object", `$host.kind({'a':1})`, "*ordered.Object"},
		{"an Integer arrives as int32", `$host.kind(7)`, "int32"},
		{"a Character is text when plain", `$host.kind($text.charAt(0))`, "string"},
		{"setting a property", `#set($host.new = 5)$host.new`, "5"},
		{"a list comes back as the template made it", `#set($host.new = ['a', 'b'])$host.new`, "[a, b]"},
		{"setting by index", `#set($host['n-m'] = 'v')$host.n-m`, "v"},
		{"an index asks get, then the property", `$host['name']`, "prop"},
		{"printing", `$host`, "a host"},
		{"one without a text prints nothing", `[$mute]`, "[]"},
		{"setting what can't be set does nothing", `#set($mute.x = 1)[$!mute.x]`, "[]"},
		{"a loop walks values()", `#foreach($v in $host)$v,#end`, "v1,v2,"},
		{"a loop over one without values() does nothing", `#foreach($v in $mute)x#end|`, "|"},
		{"a text in a comparison", `#if("$host" == 'a host')T#end`, "T"},
		{"two names of one are equal", `#set($x = $host)#if($x == $host)T#end`, "T"},
		{"in a list", `#set($l = [$host])$l`, "[a host]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			vars := vtl.Vars{"host": &host{props: map[string]any{"name": "prop"}}, "mute": mute{}, "text": "x"}
			out, err := parse(t, tt.template, vtl.Options{Mode: vtl.Stock}).Execute(nil, vars, nil)
			if err != nil || string(out) != tt.want {
				t.Errorf("%s\n got %q, %v\nwant %q", tt.template, out, err, tt.want)
			}
		})
	}
}

func TestErrorOfObject(t *testing.T) {
	_, err := parse(t, "line 1\n  $host.fail('x')", vtl.Options{}).Execute(nil, vtl.Vars{"host": &host{}}, nil)
	var at *source.Error
	var re *vtl.RuntimeError
	if !errors.As(err, &at) || !errors.As(err, &re) {
		t.Fatalf("error %v, want a *source.Error with a *RuntimeError", err)
	}
	if got, want := err.Error(), "orders.yaml:2:9: fail: out of order"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	if re.Err == nil || re.Err.Error() != "out of order" {
		t.Errorf("cause %v, want the host's own", re.Err)
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ name, template, want, hint string }{
		{"an open #if", "a\n#if($x)\nb\n", "orders.yaml:4:1: #if is never closed", "the directive of line 2 needs its #end"},
		{"a stray #end", "a #end", "orders.yaml:1:3: #end without a block to belong to", "remove it, or look for a directive above whose parentheses were not recognised"},
		{"a missing operand", "#set($x = )", `orders.yaml:1:11: unexpected ")", want a value`, ""},
		{"an operator in an argument", "$x.y(1 + 2)", `orders.yaml:1:8: unexpected "+"`, ""},
		{"a string never closed", `#set($x = "a`, `orders.yaml:1:13: the string that starts with "\"" is never closed`, ""},
		{"a $ at the end", "a$", "orders.yaml:1:3: a template can't end in $", ""},
		{"a # at the end", "a#", "orders.yaml:1:3: a template can't end in #", ""},
		{"an open text block", "#[[ a", "orders.yaml:1:6: #[[ is never closed, want ]]#", ""},
		{"in a string", "é\n#set($x = \"a ${\" + 'x')", "", ""},
		{"in a string, behind doubled quotes", "#set($x = \"a \"\"b\"\" ${y \")", `orders.yaml:1:23: in a string: unexpected "", want }`, ""},
		{"a macro without a name", "#macro()x#end", "orders.yaml:1:7: #macro has no name", "write #macro(name $argument)"},
		{"a quoted macro name", "#macro('m')x#end", "orders.yaml:1:7: the name of a macro is a word, without quotes or $", "write #macro(name $argument)"},
		{"#evaluate without argument", "#evaluate()", "orders.yaml:1:1: #evaluate has no argument", `write #evaluate("text") or #evaluate($reference)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := vtl.Parse(source.Plain("orders.yaml", tt.template), vtl.Options{})
			if tt.want == "" {
				if err != nil {
					t.Errorf("error %v, want none", err)
				}
				return
			}
			var at *source.Error
			if !errors.As(err, &at) {
				t.Fatalf("error %v, want a *source.Error", err)
			}
			if at.Error() != tt.want || tt.hint != "" && at.Hint != tt.hint {
				t.Errorf("error %q, hint %q\nwant  %q, hint %q", at.Error(), at.Hint, tt.want, tt.hint)
			}
		})
	}
}

// TestPlaceInFile has a template that stands indented in a YAML file.
func TestPlaceInFile(t *testing.T) {
	text := "{\n\"a\": $x.substring(9)\n}"
	at := func(offset int) source.Pos {
		before := text[:offset]
		line := strings.Count(before, "\n")
		return source.Pos{File: "api.yaml", Line: 41 + line, Col: 11 + offset - strings.LastIndexByte(before, '\n') - 1}
	}
	tmpl, err := vtl.Parse(source.Text{Text: text, At: at}, vtl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = tmpl.Execute(nil, vtl.Vars{"x": "abc"}, nil)
	want := "api.yaml:42:19: substring: begin 9, end 3, length 3 (StringIndexOutOfBoundsException)"
	if err == nil || err.Error() != want {
		t.Errorf("error %v\nwant  %s", err, want)
	}
	var re *vtl.RuntimeError
	if !errors.As(err, &re) || re.Line != 2 || re.Column != 9 || re.Exception != "java.lang.StringIndexOutOfBoundsException" {
		t.Errorf("got %+v, want line 2, column 9 of the template", re)
	}
}

func TestRuntimeErrors(t *testing.T) {
	tests := []struct{ name, template, want string }{
		{"a method that throws", `$n.parseInt('x1')`, `t:1:4: parseInt: For input string: "x1" (NumberFormatException)`},
		{"through a variable of the class", `#set($Integer = 1)$Integer.parseInt($missing)`, `t:1:28: parseInt: For input string: "" (NumberFormatException)`},
		{"in a string", `#set($q = "a $s.charAt(9)")`, `t:1:17: charAt: index 9, length 4 (StringIndexOutOfBoundsException)`},
		{"in a macro", "#macro(m $x)\n$x.charAt(9)#end#m($s)", `t:2:4: charAt: index 9, length 4 (StringIndexOutOfBoundsException)`},
		{"an index", `$l[5]`, `t:1:3: Index 5 out of bounds for length 2 (IndexOutOfBoundsException)`},
		{"setting an index", `#set($l[5] = 1)`, `t:1:8: Index 5 out of bounds for length 2 (IndexOutOfBoundsException)`},
		{"a pattern that is none", `$s.matches('[')`, `t:1:4: matches: `},
		{"changing what is walked", `#foreach($x in $l)$l.add(1)#end`, `t:1:1: #foreach: the list or map was changed while it was walked (ConcurrentModificationException)`},
		{"a macro without end", `#macro(r)#r()#end#r()`, `t:1:10: #r: nested more than 20 deep`},
		{"#parse", `#parse('a.vm')`, `t:1:1: #parse: Unable to find resource 'a.vm' (ResourceNotFoundException)`},
		{"a word as a macro's argument", `#macro(m $x)#end#m(w)`, `t:1:20: #m: the argument w is a word: put it in quotes, or a $ in front (IllegalArgumentException)`},
		{"evaluated text that is no template", `#evaluate('#if(')`, `t:1:1: #evaluate was given no template: line 1, column 4: `},
		{"a method with arguments it doesn't take", `$s.length(1)`, `t:1:4: length: wrong number of arguments (IllegalArgumentException)`},
		{"#break with what is no loop", `#break($s)`, `t:1:1: #break($s): $s is no loop, want $foreach or one of its parents (IllegalArgumentException)`},
		{"#foreach without parentheses", `#foreach x`, `t:1:1: #foreach: #foreach needs parentheses: #foreach($x in $list) (IllegalArgumentException)`},
		{"a modulo of BigDecimals", `#set($x = 123456789012345678901 % 0.5)`, `t:1:34: Cannot calculate the modulo of BigDecimals. (ArithmeticException)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tmpl, err := vtl.Parse(source.Plain("t", tt.template), vtl.Options{})
			if err != nil {
				t.Fatal(err)
			}
			dst := []byte("kept")
			out, err := tmpl.Execute(dst, vtl.Vars{"n": int32(1), "s": "text", "l": &ordered.Array{Items: []any{"a", "b"}}}, nil)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%s\nerror %v\nwant  %s", tt.template, err, tt.want)
			}
			if !bytes.Equal(out, dst) {
				t.Errorf("output %q, want what was given", out)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	tests := []struct {
		name, template, limit string
		limits                vtl.Limits
	}{
		{"output", `#foreach($i in [1..900])0123456789#end`, "Output", vtl.Limits{Output: 1000}},
		{"output of one reference", `$big$big`, "Output", vtl.Limits{Output: 1000}},
		{"steps", `#foreach($i in [1..900])#foreach($j in [1..900])$i#end#end`, "Steps", vtl.Limits{Steps: 10000}},
		{"macro depth", `#macro(r)#r()#end#r()`, "Depth", vtl.Limits{Depth: 5}},
		{"evaluate depth", `#set($e = '#evaluate($e)')#evaluate($e)`, "Depth", vtl.Limits{}},
		{"blocks that define blocks", `#define($b)#define($b)$b#set($c = "$b")#end$b#end$b#macro(m)#define($x)#m()$x#end$x#end#m()`, "Depth", vtl.Limits{}},
		{"a string that doubles", `#set($s = 'ab')#foreach($i in [1..100])#set($s = $s + $s)#end`, "Collection", vtl.Limits{}},
		{"a string that doubles by interpolation", `#set($s = 'ab')#foreach($i in [1..100])#set($s = "$s$s")#end`, "Output", vtl.Limits{}},
		{"a string that doubles by replace", `#set($s = 'ab')#foreach($i in [1..100])#set($s = $s.replace('a', $s))#end`, "Collection", vtl.Limits{}},
		{"a list that doubles", `#set($l = [1])#foreach($i in [1..100])#set($x = $l.addAll($l))#end`, "Collection", vtl.Limits{Collection: 1 << 16}},
		{"a map that grows", `#set($m = {})#foreach($i in [1..900])#foreach($j in [1..900])#set($m["$i-$j"] = 1)#end#end`, "Collection", vtl.Limits{Collection: 1 << 12}},
		{"a range", `#set($r = [1..2000000000])`, "Collection", vtl.Limits{}},
		{"a number that squares", `#set($n = 123456789012345678901234567890)#foreach($i in [1..100])#set($n = $n * $n)#end`, "Collection", vtl.Limits{}},
		{"a power", `#set($n = 123456789012345678901234567890)$n.pow(2000000000)`, "Collection", vtl.Limits{}},
		{"a format", `$big.format('%2000000000d%2000000000d', 1, 2).concat($big)`, "Collection", vtl.Limits{Collection: 1 << 12}},
		{"a list that holds a list that holds it", `#set($a = [])#set($b = [$a])#set($x = $a.add($b))$a`, "Depth", vtl.Limits{}},
		{"its hash", `#set($a = [])#set($b = [$a])#set($x = $a.add($b))$a.hashCode()`, "Depth", vtl.Limits{}},
		{"its equality", `#set($a = [])#set($b = [$a])#set($x = $a.add($b))#set($c = [$b])#set($x = $c.equals([[$b]]))`, "Depth", vtl.Limits{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tmpl := parse(t, tt.template, vtl.Options{Limits: tt.limits})
			_, err := tmpl.Execute(nil, vtl.Vars{"big": strings.Repeat("x", 600)}, nil)
			var limit *vtl.LimitError
			if !errors.As(err, &limit) {
				t.Fatalf("error %v, want a *LimitError", err)
			}
			if limit.Limit != tt.limit {
				t.Errorf("limit %s (%v), want %s", limit.Limit, err, tt.limit)
			}
			var re *vtl.RuntimeError
			var at *source.Error
			if !errors.As(err, &re) || !errors.As(err, &at) || at.Pos.Line != 1 {
				t.Errorf("error %#v, want a *RuntimeError with a place", err)
			}
		})
	}
}

func TestDeepNesting(t *testing.T) {
	deep := func(open, middle, end string, n int) string {
		return strings.Repeat(open, n) + middle + strings.Repeat(end, n)
	}
	tests := []struct{ name, template string }{
		{"blocks", deep("#if(true)", "x", "#end", 100000)},
		{"parentheses", "#set($x = " + deep("(", "1", ")", 100000) + ")"},
		{"lists", "#set($x = " + deep("[", "1", "]", 100000) + ")"},
		{"maps", "#set($x = " + deep("{'a':", "1", "}", 100000) + ")"},
		{"calls", "$x" + deep(".y($x", "", ")", 100000)},
		{"indexes", deep("$x[", "1", "]", 100000)},
		{"lists in calls in lists", "#set($x = " + deep("[$a.b(", "1", ")]", 10000) + ")"},
		{"negations", "#set($x = " + deep("!", "1", "", 100000) + ")"},
		{"operators in a row", "#set($x = 1" + deep(" + 1", "", "", 100000) + ")"},
		{"strings in strings", nestedStrings(14)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := vtl.Parse(source.Plain("t", tt.template), vtl.Options{})
			var pe *vtl.ParseError
			if err != nil && !errors.As(err, &pe) {
				t.Errorf("error %v, want a *ParseError or none", err)
			}
		})
	}
}

// nestedStrings doubles its quotes at each level.
func nestedStrings(n int) string {
	s := `$x`
	for range n {
		s = `#set($x = "` + strings.ReplaceAll(s, `"`, `""`) + `")`
	}
	return s
}

func TestVarsAreKept(t *testing.T) {
	inner := object(t, `{"k": "old", "l": [1]}`)
	vars := vtl.Vars{"x": "old", "o": inner}
	out := execute(t, `#set($x = 'new')#set($y = 1)#set($o.k = 'new')$o.l.add(2)$x$o.k$o.l`, vars)
	if out != "truenewnew[1,2]" {
		t.Errorf("output %q", out)
	}
	if vars["x"] != "old" || len(vars) != 2 {
		t.Errorf("variables %v, want those given", vars)
	}
	if v, _ := inner.Get("k"); v != "new" {
		t.Errorf("what a variable holds is %v, want it changed", v)
	}
}

func TestPlain(t *testing.T) {
	h := &host{props: map[string]any{}}
	o := object(t, `{"a": [1, {"b": 2}]}`)
	tmpl := parse(t, `#set($host.m = {'l': [1, [$text.charAt(0)]], 3: 'c', 'k': $o.keySet(), 'big': $big})#set($host.o = $o)`, vtl.Options{})
	if _, err := tmpl.Execute(nil, vtl.Vars{"host": h, "text": "x", "o": o, "big": big.NewInt(7)}, nil); err != nil {
		t.Fatal(err)
	}
	got := string(ordered.Append(nil, vtl.Plain(h.props["m"])))
	if want := `{"l":[1,["x"]],"3":"c","k":["a"],"big":7}`; got != want {
		t.Errorf("Plain = %s, want %s", got, want)
	}
	if vtl.Plain(h.props["o"]) != any(o) {
		t.Error("Plain copied what was plain already")
	}
}

func TestReferences(t *testing.T) {
	tmpl := parse(t, "#set($root = $input.path('$.items'))\n#foreach($it in $root)${it.name[0]} \"$!x\" \\$escaped $5\n#end#set($s = \"a $stageVariables.table\")#macro(m $p)$p#end#define($d)#end", vtl.Options{})
	type brief struct {
		Text, Name, At      string
		Path                []string
		Assigned, InAString bool
	}
	var got []brief
	for _, r := range tmpl.References() {
		b := brief{Text: r.Text, Name: r.Name, At: fmt.Sprintf("%d:%d", r.Pos.Line, r.Pos.Col), Assigned: r.Assigned, InAString: r.InString}
		for _, p := range r.Path {
			s := fmt.Sprintf("%d %s %d:%d", p.Kind, p.Name, p.Pos.Line, p.Pos.Col)
			for _, a := range p.Args {
				s += fmt.Sprintf(" (%v)", a.Value)
			}
			b.Path = append(b.Path, s)
		}
		got = append(got, b)
	}
	want := []brief{
		{Text: "$root", Name: "root", At: "1:6", Assigned: true},
		{Text: "$input.path('$.items')", Name: "input", At: "1:14", Path: []string{"1 path 1:21 ($.items)"}},
		{Text: "$it", Name: "it", At: "2:10", Assigned: true},
		{Text: "$root", Name: "root", At: "2:17"},
		{Text: "${it.name[0]}", Name: "it", At: "2:23", Path: []string{"0 name 2:28", "2  2:32 (0)"}},
		{Text: "$!x", Name: "x", At: "2:38"},
		{Text: "$s", Name: "s", At: "3:10", Assigned: true},
		{Text: "$stageVariables.table", Name: "stageVariables", At: "3:18", Path: []string{"0 table 3:34"}, InAString: true},
		{Text: "$p", Name: "p", At: "3:50", Assigned: true},
		{Text: "$p", Name: "p", At: "3:53"},
		{Text: "$d", Name: "d", At: "3:67", Assigned: true},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestKnownMethod(t *testing.T) {
	tests := []struct {
		name string
		args int
		want bool
	}{
		{"substring", 1, true}, {"substring", 2, true}, {"substring", 3, false},
		{"format", 1, true}, {"format", 7, true}, {"strip", 0, false}, {"size", 0, true},
	}
	for _, tt := range tests {
		if got := vtl.KnownMethod(tt.name, tt.args); got != tt.want {
			t.Errorf("KnownMethod(%s, %d) = %v, want %v", tt.name, tt.args, got, tt.want)
		}
	}
}

func TestRecording(t *testing.T) {
	text := "{\n#if($a)\n\"a\": 1,\n#else\n\"b\": 2,\n#end\n\n#foreach($x in $list)\n$x\n#end\n#foreach($x in [])\nnever\n#end\n#macro(m)\n\"m\"\n#end\n}"
	tmpl := parse(t, text, vtl.Options{})
	rec := tmpl.NewRecording()
	rec.Trace = true
	if _, err := tmpl.Execute(nil, vtl.Vars{"a": true, "list": &ordered.Array{Items: []any{"p", "q"}}}, rec); err != nil {
		t.Fatal(err)
	}
	var missed []int
	for _, line := range tmpl.Lines() {
		if !rec.Lines.Has(line.Number) {
			missed = append(missed, line.Number)
		}
		if line.Pos.Line != line.Number || line.Pos.Col != 1 {
			t.Errorf("line %d is at %v", line.Number, line.Pos)
		}
	}
	if d := cmp.Diff([]int{5, 12, 15}, missed); d != "" {
		t.Errorf("lines not executed: %s", d)
	}
	var taken []string
	for i, b := range tmpl.Branches() {
		taken = append(taken, fmt.Sprintf("%d %s %v", b.Pos.Line, b.Text, rec.Branches.Has(i)))
	}
	want := []string{"2 $a true", "4 else false", "8 in the loop true", "8 nothing to loop over false", "11 in the loop false", "11 nothing to loop over true"}
	if d := cmp.Diff(want, taken); d != "" {
		t.Errorf("branches: %s", d)
	}
	var steps []string
	for _, s := range rec.Steps {
		steps = append(steps, fmt.Sprintf("%d %s %s = %s", s.Pos.Line, s.Directive, s.Text, s.Value))
	}
	wantSteps := []string{"2 if $a = true", `8 foreach $list = "p"`, `9  $x = "p"`, `8 foreach $list = "q"`, `9  $x = "q"`, "11 foreach [] = "}
	if d := cmp.Diff(wantSteps, steps); d != "" {
		t.Errorf("steps: %s", d)
	}

	// Another rendering takes the other way; together they cover more.
	other := tmpl.NewRecording()
	if _, err := tmpl.Execute(nil, vtl.Vars{"a": false}, other); err != nil {
		t.Fatal(err)
	}
	rec.Lines.Add(other.Lines)
	rec.Branches.Add(other.Branches)
	if !rec.Lines.Has(5) || !rec.Branches.Has(1) || !rec.Branches.Has(3) {
		t.Error("recordings were not merged")
	}
}

func TestTrace(t *testing.T) {
	tmpl := parse(t, `#set($n = 5)#set($n = $none)#if($n == 1 || $s == 'x')#elseif($n > 2 && $n < 10)mid#end#if(!$n)#{else}.#end#macro(m $a)$a#end#m($n)#define($d)$n#end$d#evaluate('$n')#foreach($i in [1])#break#end#stop`, vtl.Options{Mode: vtl.Stock})
	rec := tmpl.NewRecording()
	rec.Trace = true
	if _, err := tmpl.Execute(nil, vtl.Vars{"s": "y"}, rec); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range rec.Steps {
		got = append(got, fmt.Sprintf("#%s(%s) %s [%s] %v", s.Directive, s.Text, s.Value, s.Saw, s.Taken))
	}
	want := []string{
		"#set($n) 5 [] true", "#set($n) null [] false",
		`#if($n == 1 || $s == 'x') false [$n = 5, $s = "y"] false`, "#elseif($n > 2 && $n < 10) true [$n = 5] true",
		"#if(!$n) false [$n = 5] false", "#else()  [] true",
		"#macro(#m($n))  [] true", "#($a) 5 [] true", "#define($d)  [] true", "#($d) a block [] true", "#($n) 5 [] true",
		"#evaluate('$n')  [] true", "#($n) 5 [] true", "#foreach([1]) 1 [] true", "#break()  [] true", "#stop()  [] true",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("steps: %s", d)
	}
	last := len(tmpl.Branches()) - 1
	if b := tmpl.Branches()[last]; b.Text != "nothing to loop over" || rec.Branches.Has(last) {
		t.Errorf("a loop left in its only round: branch %q, covered %v", b.Text, rec.Branches.Has(last))
	}
}

func TestRecordingChangesNothing(t *testing.T) {
	for _, e := range readCorpus(t) {
		tmpl, err := vtl.Parse(source.Plain("t", e.Template), vtl.Options{Mode: e.mode()})
		if err != nil {
			continue
		}
		plain, err1 := tmpl.Execute(nil, e.fresh(), nil)
		rec := &vtl.Recording{Trace: true}
		recorded, err2 := tmpl.Execute(nil, e.fresh(), rec)
		if string(plain) != string(recorded) || (err1 == nil) != (err2 == nil) {
			t.Errorf("%s: %q, %v with a recording; %q, %v without", e.Template, recorded, err2, plain, err1)
		}
	}
}

func TestParallel(t *testing.T) {
	tmpl := parse(t, `#macro(m $x)[$x]#end#foreach($i in $list)#m($i)#set($s = "$!s$i")#evaluate('$i')#end$s $n.parseInt('7')`, vtl.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				out, err := tmpl.Execute(nil, vtl.Vars{"list": &ordered.Array{Items: []any{"a", "b"}}, "n": int32(1)}, nil)
				if want := "[a]a[b]bab 7"; err != nil || string(out) != want {
					t.Errorf("got %q, %v, want %q", out, err, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestSurrogates(t *testing.T) {
	tests := []struct{ name, template, want string }{
		{"halves that stand together are joined", `$s.substring(0,2)$s.substring(2)`, "a\U0001F600b"},
		{"joined by +", `#set($x = $s.substring(0,2) + $s.substring(2))$x.length() $x`, "4 a\U0001F600b"},
		{"one alone prints as ?", `[$s.substring(0,2)][$s.charAt(2)]`, "[a?][?]"},
		{"positions count units", `$s.length() $s.indexOf('b') $s.lastIndexOf('b') $s.charAt(3)`, "4 3 3 b"},
		{"from a literal", `#set($x = "\uD83D\uDE00$s")$x`, "\U0001F600a\U0001F600b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := execute(t, tt.template, vtl.Vars{"s": "a\U0001F600b"}); got != tt.want {
				t.Errorf("%s = %q, want %q", tt.template, got, tt.want)
			}
		})
	}
}
