package ordered

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text, want string // want: as AppendSpelled writes it
	}{
		{"a number keeps its spelling", `[2.50, 1e3, -0, 12345678901234567890]`, `[2.50,1e3,-0,12345678901234567890]`},
		{"keys keep their order", `{"z":1,"a":2,"m":3}`, `{"z":1,"a":2,"m":3}`},
		{"a double key has its last value in its first place", `{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		{"a double key among many", `{"a":1,` + manyMembers(20) + `,"a":3}`, `{"a":3,` + manyMembers(20) + `}`},
		{"escapes", `"\u0041\n\/\\\"é"`, `"A\n/\\\"é"`},
		{"a surrogate pair is one letter", `"\ud83d\ude00"`, `"😀"`},
		{"half a surrogate pair is U+FFFD", `"\ud83dx\ude00"`, `"` + "\uFFFDx\uFFFD" + `"`},
		{"two first halves are two U+FFFD", `"\ud83d\ud83d\ude00"`, `"` + "\uFFFD😀" + `"`},
		{"bytes that are no UTF-8 are U+FFFD each", "\"a\xff\xfeb\"", `"a` + "\uFFFD\uFFFD" + `b"`},
		{"blanks of all four kinds", "\t\r\n {\n}\n ", `{}`},
		{"empty containers", `[[],{}]`, `[[],{}]`},
		{"bare scalars", ` true `, `true`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := Parse([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(AppendSpelled(nil, v)); got != tt.want {
				t.Errorf("Parse(%s) = %s, want %s", tt.text, got, tt.want)
			}
		})
	}
}

func manyMembers(n int) string {
	var parts []string
	for i := range n {
		parts = append(parts, `"k`+strings.Repeat("x", i)+`":0`)
	}
	return strings.Join(parts, ",")
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		text   string
		offset int
		msg    string
	}{
		{``, 0, "the JSON ends where a value should be"},
		{`{"a":}`, 5, `found '}', want a value`},
		{`{"a" 1}`, 5, `found '1', want a colon`},
		{`{a:1}`, 1, `found 'a', want a name in double quotes`},
		{`{"a":1,}`, 6, `a comma stands before '}'`},
		{`[1,]`, 2, `a comma stands before ']'`},
		{`[1 2]`, 3, `found '2', want a comma or ']'`},
		{`[1`, 2, `the JSON ends where a comma or ']' should be`},
		{`{`, 1, `the JSON ends where '}' should be`},
		{`"abc`, 0, `the string is never closed`},
		{`"a\`, 2, `the string is never closed`},
		{"\"a\nb\"", 2, `control character U+000A in a string`},
		{`"\x"`, 1, `a string has the escape \x, which JSON does not know`},
		{`"\u12"`, 1, `\u wants four hexadecimal digits`},
		{`01`, 0, `a number begins with 0`},
		{`1.`, 2, `the JSON ends where a digit after the point should be`},
		{`1e+`, 3, `the JSON ends where a digit of the exponent should be`},
		{`-`, 1, `the JSON ends where a digit should be`},
		{`nul`, 0, `found a word that is not in quotes; only true, false and null need none`},
		{`{} x`, 3, `found 'x', want the end of the JSON`},
		{strings.Repeat("[", 1001), 1000, `nested more than 1000 deep`},
	}
	for _, tt := range tests {
		_, err := Parse([]byte(tt.text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("Parse(%.20s) error is %v, want a *SyntaxError", tt.text, err)
			continue
		}
		if syntax.Offset != tt.offset || syntax.Msg != tt.msg {
			t.Errorf("Parse(%.20s) fails at %d: %s, want at %d: %s", tt.text, syntax.Offset, syntax.Msg, tt.offset, tt.msg)
		}
	}
}

func TestAppend(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"a decimal goes through Double", `[2.50,1e3,1E-5,0.001,12345678.9,100000000.0]`, `[2.5,1000.0,1.0E-5,0.001,1.23456789E7,1.0E8]`},
		{"minus zero is an Integer or a Double", `[-0,-0.0]`, `[0,-0.0]`},
		{"a great integer stays whole", `123456789012345678901234567890`, `123456789012345678901234567890`},
		{"a long decimal is a BigDecimal", `[3.1415926535897932384626,0.00000000000000000000100]`, `[3.1415926535897932384626,1.00E-21]`},
		{"a BigDecimal just above the scientific limit", `0.00000123000000000000`, `0.00000123000000000000`},
		{"a decimal beyond Double", `[1e999,-1e999]`, `[null,null]`},
		{"control characters", `"\u0000\u001f\u007f\b\f"`, `"\u0000\u001F` + "\u007f" + `\b\f"`},
		{"slashes and letters stay", `"a/é<>&"`, `"a/é<>&"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(Append(nil, mustParse(t, tt.text))); got != tt.want {
				t.Errorf("Append(%s) = %s, want %s", tt.text, got, tt.want)
			}
		})
	}
}

func TestAppendOfWhatTemplatesMake(t *testing.T) {
	big1, _ := new(big.Int).SetString("123456789012345678901", 10)
	v := &Array{Items: []any{int(1), int32(2), int64(3), 1.0, big1, struct{}{}, (*Object)(nil), "\xff"}}
	if got, want := string(Append(nil, v)), `[1,2,3,1.0,123456789012345678901,null,null,"`+"\uFFFD"+`"]`; got != want {
		t.Errorf("Append = %s, want %s", got, want)
	}
	if got, want := string(AppendJava(nil, &Array{Items: []any{"a/b"}})), `["a\/b"]`; got != want {
		t.Errorf("AppendJava = %s, want %s", got, want)
	}
}

func TestAppendOfAValueThatHoldsItself(t *testing.T) {
	a := &Array{}
	o := NewObject(1)
	o.Set("a", a)
	a.Items = []any{o, 1, o}
	if got, want := string(Append(nil, a)), `[{"a":null},1,{"a":null}]`; got != want {
		t.Errorf("Append = %s, want %s", got, want)
	}
}

func TestAppendMaxStopsInTime(t *testing.T) {
	v := any("0123456789")
	for range 60 {
		v = &Array{Items: []any{v, v}}
	}
	for name, write := range map[string]func([]byte, any, int) ([]byte, bool){"AppendMax": AppendMax, "AppendJavaMax": AppendJavaMax} {
		got, ok := write([]byte("x"), v, 100)
		if ok || len(got) > 400 {
			t.Errorf("%s wrote %d bytes, %v; want it to give up", name, len(got), ok)
		}
		if got, ok := write(nil, &Array{Items: []any{"abc"}}, 7); !ok || string(got) != `["abc"]` {
			t.Errorf("%s = %s, %v, want it written", name, got, ok)
		}
	}
}

func TestEqual(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[2]}`, `{"b":[2.0],"a":1e0}`, true},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`{"a":1}`, `{"b":1}`, false},
		{`[1,2]`, `[2,1]`, false},
		{`0`, `-0.0`, true},
		{`100`, `1e2`, true},
		{`1e400`, `1e401`, false},
		{`12345678901234567890`, `12345678901234567891`, false},
		{`1`, `"1"`, false},
		{`null`, `false`, false},
		{`null`, `null`, true},
	}
	for _, tt := range tests {
		if got := Equal(mustParse(t, tt.a), mustParse(t, tt.b)); got != tt.want {
			t.Errorf("Equal(%s, %s) = %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestCompareNumbers(t *testing.T) {
	inOrder := []Number{"-1e10", "-10.5", "-10", "-0.001", "0", "0.00000001", "9e-3", "1", "1.5", "9", "10", "1e2", "123456789012345678901", "1e999999999999999999999"}
	for i, a := range inOrder {
		for j, b := range inOrder {
			if got := a.Compare(b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("Compare(%s, %s) = %d", a, b, got)
			}
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	v := mustParse(t, `{"a":{"b":[1]}}`)
	c := Clone(v)
	inner, _ := c.(*Object).Get("a")
	inner.(*Object).Set("b", "changed")
	if got, want := string(Append(nil, v)), `{"a":{"b":[1]}}`; got != want {
		t.Errorf("the original is %s, want %s", got, want)
	}
}

func TestGoValues(t *testing.T) {
	v := mustParse(t, `{"b":[1,2.50,null,true,"x"],"a":{}}`)
	g := ToGo(v)
	want := map[string]any{"b": []any{json.Number("1"), json.Number("2.50"), nil, true, "x"}, "a": map[string]any{}}
	if !reflect.DeepEqual(g, want) {
		t.Errorf("ToGo = %#v, want %#v", g, want)
	}
	if got, want := string(AppendSpelled(nil, FromGo(g))), `{"a":{},"b":[1,2.50,null,true,"x"]}`; got != want {
		t.Errorf("FromGo = %s, want %s", got, want)
	}
	if got, want := string(AppendSpelled(nil, FromGo([]any{1, int64(2), 0.5, struct{}{}}))), `[1,2,0.5,null]`; got != want {
		t.Errorf("FromGo = %s, want %s", got, want)
	}
}

func TestObject(t *testing.T) {
	var o Object
	for i := range 40 {
		o.Set(strings.Repeat("k", i+1), i)
	}
	if old, ok := o.Delete("kk"); !ok || old != 1 {
		t.Errorf("Delete = %v, %v", old, ok)
	}
	if _, ok := o.Delete("nobody"); ok {
		t.Error("Delete of what is not there says true")
	}
	if v, ok := o.Get("kkkk"); !ok || v != 3 {
		t.Errorf("Get after Delete = %v, %v", v, ok)
	}
	if _, ok := o.Get("kk"); ok || o.Len() != 39 {
		t.Error("the deleted member is still there")
	}
	n := 0
	for k := range o.All() {
		n++
		if k == "kkk" {
			break
		}
	}
	if n != 2 {
		t.Errorf("All gave %d members up to kkk, want 2", n)
	}
	o.Clear()
	if _, ok := o.Get("k"); ok || o.Len() != 0 {
		t.Error("Clear left something")
	}
}

func mustParse(t testing.TB, text string) any {
	t.Helper()
	v, err := ParseString(text)
	if err != nil {
		t.Fatalf("Parse(%s): %v", text, err)
	}
	return v
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,"\u00e9\ud83d\ude00"],"b":null}`, `[true,false,{}]`, `"\ud83d"`, `{"a":1,"a":2}`, "[1,\n]", `-0.0e-0`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		if json.Valid(data) != (err == nil) {
			if err != nil && strings.Contains(err.Error(), "nested more") {
				return
			}
			t.Fatalf("Parse(%q) error is %v, encoding/json says valid=%v", data, err, json.Valid(data))
		}
		if err != nil {
			return
		}
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if got := ToGo(v); !reflect.DeepEqual(got, want) {
			t.Fatalf("Parse(%q) = %#v, want %#v", data, got, want)
		}
		text := AppendSpelled(nil, v)
		again, err := Parse(text)
		if err != nil || !Equal(v, again) || !Equal(v, Clone(v)) {
			t.Fatalf("Parse(%q) prints %q, which reads as something else (%v)", data, text, err)
		}
		if !json.Valid(Append(nil, v)) || !json.Valid(AppendJava(nil, &Array{Items: []any{v}})) {
			t.Fatalf("Append(%q) is no JSON: %q", data, Append(nil, v))
		}
	})
}

func BenchmarkParse(b *testing.B) {
	data, err := os.ReadFile("testdata/document.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	data, err := os.ReadFile("testdata/document.json")
	if err != nil {
		b.Fatal(err)
	}
	v := mustParse(b, string(data))
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = Append(dst[:0], v)
	}
}
