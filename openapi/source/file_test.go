package source

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// show writes a tree with the places of all its parts.
func show(n *Node) string {
	at := fmt.Sprintf("@%d:%d", n.Pos.Line, n.Pos.Col)
	if n.Tag != "" {
		at = n.Tag + at
	}
	switch n.Kind {
	case Array:
		var parts []string
		for _, item := range n.Items {
			parts = append(parts, show(item))
		}
		return "[" + strings.Join(parts, " ") + "]" + at
	case Object:
		var parts []string
		for _, m := range n.Members {
			parts = append(parts, fmt.Sprintf("%s@%d:%d=%s", m.Key, m.Pos.Line, m.Pos.Col, show(m.Value)))
		}
		return "{" + strings.Join(parts, " ") + "}" + at
	case Null:
		return "null" + at
	case String:
		return fmt.Sprintf("%q%s", n.Value, at)
	}
	return n.Value + at
}

func TestRead(t *testing.T) {
	tests := []struct {
		name, file, text, want string
	}{
		{"JSON", "a.json", "{\n  \"é\": [1.50, true, null, \"x\"]\n}", `{é@2:3=[1.50@2:9 true@2:15 null@2:21 "x"@2:27]@2:8}@1:1`},
		{"JSON with a surrogate pair", "a.json", `["\ud83d\ude00", 1]`, `["😀"@1:2 1@1:18]@1:1`},
		{"columns count characters, not bytes", "a.json", `["日本", 1]`, `["日本"@1:2 1@1:8]@1:1`},
		{"YAML", "a.yaml", "a: 1\nb:\n  - x\n  - {k: v}\n", `{a@1:1=1@1:4 b@2:1=["x"@3:5 {k@4:6="v"@4:9}@4:5]@3:3}@1:1`},
		{"numbers keep their spelling", "a.yaml", "[2.50, 1e3, 010, 0x1F, 12345678901234567890]", `[2.50@1:2 1e3@1:8 010@1:13 0x1F@1:18 12345678901234567890@1:24]@1:1`},
		{"yes, on and dates are texts", "a.yaml", "a: yes\nb: on\nc: 2026-01-01\nd: TRUE\ne: ~\nf:\n", `{a@1:1="yes"@1:4 b@2:1="on"@2:4 c@3:1="2026-01-01"@3:4 d@4:1=true@4:4 e@5:1=null@5:4 f@6:1=null@6:3}@1:1`},
		{"keys that are no texts", "a.yaml", "200: a\ntrue: b\n", `{200@1:1="a"@1:6 true@2:1="b"@2:7}@1:1`},
		{"tags are kept", "a.yaml", "a: !Sub '${X}'\nb: !GetAtt\n  - x\nc: !!str 5\nd: ! 5\n", `{a@1:1="${X}"!Sub@1:4 b@2:1=["x"@3:5]!GetAtt@2:4 c@4:1="5"@4:4 d@5:1="5"@5:4}@1:1`},
		{"aliases", "a.yaml", "a: &x {k: 1}\nb: *x\n", `{a@1:1={k@1:8=1@1:11}@1:4 b@2:1={k@1:8=1@1:11}@1:4}@1:1`},
		{"merge keys bring what the object has not itself", "a.yaml", "a: &x {k: 1, l: 2}\nb:\n  z: 0\n  <<: *x\n  l: 3\n", `{a@1:1={k@1:8=1@1:11 l@1:14=2@1:17}@1:4 b@2:1={z@3:3=0@3:6 k@1:8=1@1:11 l@5:3=3@5:6}@3:3}@1:1`},
		{"of two merged objects the first wins", "a.yaml", "a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc: {<<: [*x, *y]}\n", `{a@1:1={k@1:8=1@1:11}@1:4 b@2:1={k@2:8=2@2:11 m@2:14=3@2:17}@2:4 c@3:1={k@1:8=1@1:11 m@2:14=3@2:17}@3:4}@1:1`},
		{"a quoted << is a key", "a.yaml", "\"<<\": 1\n", `{<<@1:1=1@1:7}@1:1`},
		{"a byte order mark counts for nothing", "a.yaml", "\ufeffa: 1\n", `{a@1:1=1@1:4}@1:1`},
		{"a byte order mark before JSON", "a.json", "\ufeff{\"a\":1}", `{a@1:2=1@1:6}@1:1`},
		{"CRLF", "a.yaml", "a: 1\r\nb: 'x'\r\n", `{a@1:1=1@1:4 b@2:1="x"@2:4}@1:1`},
		{"CRLF in JSON", "a.json", "{\r\n\"a\":\r\n1}", `{a@2:1=1@3:1}@1:1`},
		{"YAML may begin with a brace too", "a.yaml", "{a: 1,}", `{a@1:2=1@1:5}@1:1`},
		{"%YAML 1.2", "a.yaml", "%YAML 1.2\n---\na: 1\n", `{a@3:1=1@3:4}@3:1`},
		{"JSON under another name", "openapi", ` {"a":{}}`, `{a@1:3={}@1:7}@1:2`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Read(tt.file, []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := show(f.Root); got != tt.want {
				t.Errorf("Read(%q) =\n%s, want\n%s", tt.text, got, tt.want)
			}
			if f.Duplicates != nil {
				t.Errorf("Read(%q) found duplicates: %v", tt.text, f.Duplicates)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n")
	for i := 1; i < 9; i++ {
		ref := fmt.Sprintf("*a%d", i-1)
		fmt.Fprintf(&bomb, "a%d: &a%d [%s]\n", i, i, strings.Join([]string{ref, ref, ref, ref, ref, ref, ref, ref, ref, ref}, ","))
	}
	tests := []struct {
		name, file, text string
		want             []string
	}{
		{"an empty file", "a.yaml", " \n", []string{"a.yaml:1:1: the file is empty"}},
		{"only comments", "a.yaml", "# hello\n", []string{"a.yaml:1:1: the file holds nothing but comments"}},
		{"a JSON slip", "a.json", "{\n\"a\": 1,\n}", []string{`a.json:2:7: a comma stands before '}'`}},
		{"a JSON slip after wide letters", "a.json", `{"日": x}`, []string{`a.json:1:7: found 'x', want a value`}},
		{"JSON in a .yaml file that is neither", "a.yaml", `{"a": [1, 2}`, []string{`a.yaml:1:12: found '}', want a comma or ']'`}},
		{"a NUL and a bad byte", "a.yaml", "a: \x00\nb: é\xff\n", []string{"a.yaml:1:4: the control character U+0000 stands here", "a.yaml:2:5: byte 0xff is no UTF-8"}},
		{"a character that is none", "a.yaml", "a: 1\nb: x\ufffe\n", []string{"a.yaml:2:5: a character stands here that no text has"}},
		{"UTF-16 with a mark", "a.yaml", "\xff\xfea\x00:\x00", []string{"a.yaml:1:1: the file is written in UTF-16"}},
		{"UTF-16 without a mark", "a.yaml", "a\x00:\x00 \x001\x00", []string{"a.yaml:1:1: the file is written in UTF-16"}},
		{"two documents", "a.yaml", "a: 1\n---\nb: 2\n", []string{"a.yaml:2:1: a second YAML document begins here; a file may hold one"}},
		{"too deep YAML", "a.yaml", "a: " + strings.Repeat("[", 20000), []string{"a.yaml:1:10004: nested more than 1000 deep"}},
		{"rather deep YAML", "a.yaml", "a: " + strings.Repeat("[", 1100) + strings.Repeat("]", 1100), []string{"a.yaml:1:1003: nested more than 1000 deep"}},
		{"too deep JSON", "a.json", strings.Repeat("[", 20000), []string{"a.json:1:1001: nested more than 1000 deep"}},
		{"a bomb of aliases", "a.yaml", bomb.String(), []string{"a.yaml:6:5: with all its aliases written out this is more than 1000000 values"}},
		{"an alias in itself", "a.yaml", "a: &a [*a]\n", []string{"a.yaml:1:8: the alias *a stands inside what it stands for"}},
		{"an alias for nothing", "a.yaml", "a: *x\n", []string{"a.yaml:1:4: the alias *x has no anchor before it"}},
		{"a colon in a text", "a.yaml", "a: b: c\n", []string{"a.yaml:1:5: a colon makes a key here, where none can be"}},
		{"a tab", "a.yaml", "a:\n\tb: 1\n", []string{"a.yaml:2:1: a tab stands where YAML wants blanks"}},
		{"an at sign", "a.yaml", "a: @x\n", []string{"a.yaml:1:4: no value can begin with @"}},
		{"an open quote", "a.yaml", "a: 'x\nb: 1\n", []string{"a.yaml:1:4: the quote is never closed"}},
		{"an open bracket", "a.yaml", "a: [1\nb: 2\n", []string{"a.yaml:2:2: did not find expected ',' or ']' (while parsing a flow sequence of line 1)"}},
		{"no key and no item", "a.yaml", "- a\n-b\n", []string{"a.yaml:2:1: this is neither a key with a colon nor part of a value"}},
		{"two keys that are lists", "a.yaml", "? [a]\n: 1\n? {b: c}\n: 2\n", []string{"a.yaml:1:3: a key must be a text, not a list or an object", "a.yaml:3:3: a key must be a text, not a list or an object"}},
		{"a merge of a text", "a.yaml", "<<: x\n", []string{"a.yaml:1:5: << wants an object, this is a string"}},
		{"too large", "a.yaml", strings.Repeat(" ", MaxSize+1), []string{"a.yaml:1:1: the file has 32 MB; at most 32 MB are read"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Read(tt.file, []byte(tt.text))
			if err == nil || f != nil {
				t.Fatalf("Read = %v, %v, want an error alone", f, err)
			}
			if got := err.Error(); got != strings.Join(tt.want, "\n") {
				t.Errorf("Read says\n%s, want\n%s", got, strings.Join(tt.want, "\n"))
			}
			var placed *Error
			if !errors.As(err, &placed) {
				t.Errorf("the error is a %T", err)
			}
		})
	}
}

func TestDuplicateKeysAreFoundWithBothPlaces(t *testing.T) {
	for file, text := range map[string]string{
		"a.json": "{\"a\": 1,\n \"b\": {\"x\": 1, \"x\": 2},\n \"a\": 3}",
		"a.yaml": "a: 1\nb: {x: 1, x: 2}\na: 3\n",
	} {
		f, err := Read(file, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Duplicates) != 2 {
			t.Fatalf("%s: Duplicates = %v, want two", file, f.Duplicates)
		}
		d := f.Duplicates[1]
		if d.Msg != `the key "a" stands here a second time` || d.Pos.Line != 3 || !strings.Contains(d.Hint, "line 1") {
			t.Errorf("%s: Duplicates[1] = %v (%s)", file, d, d.Hint)
		}
		if got := f.Node("/a").Value; got != "3" || len(f.Root.Members) != 2 || f.Root.Members[0].Key != "a" {
			t.Errorf("%s: a is %s among %d members, want the last value in the first place", file, got, len(f.Root.Members))
		}
	}
}

func TestDuplicateAmongManyKeys(t *testing.T) {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, "k%d: %d\n", i, i)
	}
	f, err := Read("a.yaml", []byte(b.String()+"k7: x\n"))
	if err != nil || len(f.Duplicates) != 1 || f.Duplicates[0].Pos.Line != 51 || f.Node("/k7").Value != "x" {
		t.Errorf("Duplicates = %v, %v", f.Duplicates, err)
	}
}

func TestPointers(t *testing.T) {
	f, err := Read("api.yaml", []byte("paths:\n  /items/{id}:\n    get:\n      tags: [a, b]\n      a~b: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		pointer, at, text string
	}{
		{"", "api.yaml:1:1", ""},
		{"#", "api.yaml:1:1", ""},
		{"/paths/~1items~1{id}/get", "api.yaml:3:5", ""},
		{"#/paths/~1items~1%7Bid%7D/get/tags/1", "api.yaml:4:17", "b"},
		{"/paths/~1items~1{id}/get/a~0b", "api.yaml:5:7", "1"},
		{"/paths/~1items~1{id}/post/x", "api.yaml:2:3", ""},
		{"/paths/~1items~1{id}/get/tags/2", "api.yaml:4:7", ""},
	}
	for _, tt := range tests {
		if got := f.At(tt.pointer).String(); got != tt.at {
			t.Errorf("At(%s) = %s, want %s", tt.pointer, got, tt.at)
		}
		text, ok := f.Text(tt.pointer)
		if text.Text != tt.text || ok != (tt.text != "") {
			t.Errorf("Text(%s) = %q, %v, want %q", tt.pointer, text.Text, ok, tt.text)
		}
	}
	if f.Node("/paths/nowhere") != nil {
		t.Error("Node of a pointer that leads nowhere is not nil")
	}
}

func TestTextPlaces(t *testing.T) {
	tests := []struct {
		name, text string
		find       string // looked for in the text and in the file
	}{
		{"a literal block", "a:\n  b: |\n    one\n      two é X\n\n    three\n", "X"},
		{"after an empty line of a literal block", "a:\n  b: |\n    one\n\n    three X\n", "X"},
		{"a literal block with CRLF", "a: |\r\n  one\r\n  é X\r\n", "X"},
		{"a literal block with an indentation indicator", "a: |2-\n    é X\n", "X"},
		{"a literal block with a tag", "a: !Sub |\n  one X\n", "X"},
		{"a literal block with a tag in the line before", "a: !Sub\n  |\n  one X\n", "X"},
		{"a literal block in a list", "- |\n  one\n  two X\n", "X"},
		{"a literal block with a comment", "a: | # |\n  one X\n", "X"},
		{"a plain text", "a: one é X\n", "X"},
		{"a plain text with a tag and an anchor", "a: !Sub &x  one X\n", "X"},
		{"single quotes", "a: 'one é X'\n", "X"},
		{"double quotes", "a: \"one é\\n\\\"\\u00e9 X\"\n", "X"},
		{"a JSON string", "{\"a\": \"one\\n\\ud83d\\ude00\\/ X\"}", "X"},
		{"a long JSON string", "{\"a\": \"" + strings.Repeat(`é\n`, 500) + "X\"}", "X"},
		{"a long plain text", "a: " + strings.Repeat("é ", 500) + "X\n", "X"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Read("a", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			n := f.Root
			for n.Kind == Object || n.Kind == Array {
				if n.Kind == Array {
					n = n.Items[0]
				} else {
					n = n.Members[0].Value
				}
			}
			text := n.Text()
			got := text.At(strings.Index(text.Text, tt.find))
			want := Plain("a", tt.text).At(strings.Index(tt.text, tt.find))
			if got != want {
				t.Errorf("At(%q) = %v, want %v", tt.find, got, want)
			}
			end := text.At(len(text.Text) + 10)
			if end.Line == 0 {
				t.Error("a place behind the text is nowhere")
			}
		})
	}
}

func TestTextPlacesThatCannotBeToldAreTheStart(t *testing.T) {
	for _, text := range []string{"a: >\n  one\n  two X\n", "a: one\n  two X\n", "a: 'it''s X'\n", "a: \"one\n  two X\"\n", "a: \"\\\n  X\"\n"} {
		f, err := Read("a", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		n := f.Node("/a")
		if got := n.Text().At(strings.Index(n.Value, "X")); got != n.Pos {
			t.Errorf("%q: At = %v, want the start %v", text, got, n.Pos)
		}
	}
}

func TestTextOfOtherScalars(t *testing.T) {
	f, err := Read("a", []byte("[2.50, true]"))
	if err != nil {
		t.Fatal(err)
	}
	if text := f.Root.Items[0].Text(); text.Text != "2.50" || text.At(1) != f.Root.Items[0].Pos {
		t.Errorf("Text = %q at %v", text.Text, text.At(1))
	}
	if text := (*Node)(nil).Text(); text.Text != "" || text.At(0).Line != 1 {
		t.Errorf("Text of no node = %q at %v", text.Text, text.At(0))
	}
}

func TestOrdered(t *testing.T) {
	f, err := Read("a.yaml", []byte("z: [2.50, 0x1F, -0x10, 0o17, +5, .5, -.5, 5., 1_000, 010, .inf, 1.e3]\na: {b: true, c: null, d: !Sub x}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"z":[2.50,31,-16,15,5,0.5,-0.5,5.0,1000,"010",".inf",1.0e3],"a":{"b":true,"c":null,"d":"x"}}`
	if got := string(ordered.AppendSpelled(nil, f.Root.Ordered())); got != want {
		t.Errorf("Ordered = %s, want %s", got, want)
	}
	if (*Node)(nil).Ordered() != nil {
		t.Error("no node has a value")
	}
}

func TestLoadFile(t *testing.T) {
	fsys := fstest.MapFS{"a.yaml": {Data: []byte("a: 1")}, "big.yaml": {Data: make([]byte, MaxSize+1)}}
	if f, err := LoadFile(fsys, "a.yaml"); err != nil || f.Node("/a").Value != "1" {
		t.Errorf("LoadFile = %v, %v", f, err)
	}
	if _, err := LoadFile(fsys, "none.yaml"); err == nil {
		t.Error("LoadFile of a file that is not there says nothing")
	}
	if _, err := LoadFile(fsys, "big.yaml"); err == nil || !strings.Contains(err.Error(), "at most 32 MB") {
		t.Errorf("LoadFile of a great file says %v", err)
	}
}

func TestPos(t *testing.T) {
	a := Pos{"a", 1, 2}
	for _, tt := range []struct {
		pos  Pos
		text string
	}{{a, "a:1:2"}, {Pos{"a", 1, 0}, "a:1"}, {Pos{"a", 0, 0}, "a"}} {
		if got := tt.pos.String(); got != tt.text {
			t.Errorf("String = %s, want %s", got, tt.text)
		}
	}
	for _, b := range []Pos{{"a", 1, 3}, {"a", 2, 1}, {"b", 1, 1}} {
		if a.Compare(b) >= 0 || b.Compare(a) <= 0 || a.Compare(a) != 0 {
			t.Errorf("Compare(%v, %v) is wrong", a, b)
		}
	}
	if !(Pos{}).IsZero() || a.IsZero() {
		t.Error("IsZero is wrong")
	}
	if got := (&Error{Msg: "x"}).Error(); got != "x" {
		t.Errorf("an error nowhere says %q", got)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"a: &x [1, *x]\n", "{\"a\": \"\\ud83d\"}", "a: |\n  x\n b", "<<: {a: 1}\na: 2", "a: !Sub &b |-2\n   x\n", "? a\n", "a: \"\\x41\\\n b\"", "- 'a\n\n  b'\n", "%YAML 1.2\n---\na", "\r\ra: 1\rb: |\r  x"} {
		f.Add("a.yaml", []byte(s))
		f.Add("a.json", []byte(s))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		file, err := Read(name, data)
		if err != nil {
			var placed *Error
			if !errors.As(err, &placed) || placed.Pos.Line == 0 {
				t.Fatalf("Read(%q) error has no place: %v", data, err)
			}
			return
		}
		var visit func(*Node)
		visit = func(n *Node) {
			if n.Pos.Line < 1 || n.Pos.Col < 1 {
				t.Fatalf("Read(%q): a node is at %v", data, n.Pos)
			}
			text := n.Text()
			for i := 0; i <= len(text.Text); i += 7 {
				if p := text.At(i); p.Line < n.Pos.Line || p.Col < 1 {
					t.Fatalf("Read(%q): byte %d of %q is at %v", data, i, text.Text, p)
				}
			}
			for _, m := range n.Members {
				visit(m.Value)
			}
			for _, item := range n.Items {
				visit(item)
			}
		}
		if len(data) < 2000 {
			visit(file.Root)
		}
		ordered.Append(nil, file.Root.Ordered())
	})
}

func BenchmarkRead(b *testing.B) {
	var yaml, json strings.Builder
	json.WriteString("{")
	for i := range 1000 {
		fmt.Fprintf(&yaml, "/items/%d:\n  get:\n    responses: {\"200\": {description: ok}}\n    template: |\n      #set($x = 1)\n      $x\n", i)
		fmt.Fprintf(&json, "\"/items/%d\": {\"get\": {\"responses\": {\"200\": {\"description\": \"ok\"}}, \"template\": \"#set($x = 1)\\n$x\"}},\n", i)
	}
	json.WriteString("\"end\": 1}")
	for name, text := range map[string]string{"a.yaml": yaml.String(), "a.json": json.String()} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Read(name, []byte(text)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestChildrenAreReplacedInACopy(t *testing.T) {
	f, err := Read("a.yaml", []byte("{a: 1, b: [x, y, z], c: null}"))
	if err != nil {
		t.Fatal(err)
	}
	same := f.Root.WithMembers(func(m Member) Member { return m })
	if same != f.Root {
		t.Error("what is not changed is copied")
	}
	changed := f.Root.WithMembers(func(m Member) Member {
		switch m.Key {
		case "a":
			m.Value = nil
		case "b":
			m.Key = "B"
			m.Value = m.Value.WithItems(func(n *Node) *Node {
				if n.Value == "y" {
					return nil
				}
				return n
			})
		}
		return m
	})
	if got, want := string(ordered.Append(nil, changed.Ordered())), `{"B":["x","z"],"c":null}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := string(ordered.Append(nil, f.Root.Ordered())), `{"a":1,"b":["x","y","z"],"c":null}`; got != want {
		t.Errorf("the original is %s, want %s", got, want)
	}
}
