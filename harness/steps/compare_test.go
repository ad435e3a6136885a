package steps

import (
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

func value(t testing.TB, text string) any {
	t.Helper()
	v, err := ordered.ParseString(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestComparingJSON(t *testing.T) {
	tests := []struct {
		name, got, want string
		unequal         string // what is said; empty: equal
		lacking         string // what is said; empty: contained
	}{
		{"the order of keys", `{"a":1,"b":2}`, `{"b":2,"a":1}`, "", ""},
		{"numbers by value", `[1.0, 1e2, 0.5]`, `[1, 100, 5e-1]`, "", ""},
		{"numbers no double can tell apart", `12345678901234567890`, `12345678901234567891`, "$ is 12345678901234567890, want 12345678901234567891", "$ is"},
		{"a text is no number", `{"a":"1"}`, `{"a":1}`, `$.a is "1", want 1`, `$.a is`},
		{"a member more", `{"a":1,"b":2}`, `{"a":1}`, "$.b is 2, want no such member", ""},
		{"a member less", `{"a":1}`, `{"a":1,"b":2}`, "$.b is missing, want 2", "$.b is missing"},
		{"a member nearly called so", `{"name":1}`, `{"nmae":1}`, `$.nmae is missing, want 1 (there is "name")`, `(there is "name")`},
		{"an item more", `[1,2]`, `[1]`, "$ has 2 items, want 1", ""},
		{"an item less", `[1]`, `[1,2]`, "$ has 1 item, want 2", "$ has no item of its own like 2"},
		{"items in another order", `[1,2,3]`, `[3,1]`, "$[0] is 1, want 3", ""},
		{"an item for each wanted one", `[{"a":1},{"a":2}]`, `[{"a":1},{"a":1}]`, "$[1].a is 2, want 1", `$ has no item of its own like {"a":1}`},
		{"an item is passed on", `[{"a":1,"b":1},{"a":1}]`, `[{"a":1},{"a":1,"b":1}]`, "$[0].b is 1", ""},
		{"deep down", `{"x":[{"y":{"z y":null}}]}`, `{"x":[{"y":{"z y":0}}]}`, `$.x[0].y['z y'] is null, want 0`, `$.x[0].y['z y'] is null`},
		{"an array is no object", `[]`, `{}`, "$ is [], want {}", "$ is"},
		{"null is not nothing", `{"a":null}`, `{}`, "$.a is null, want no such member", ""},
		{"false is not null", `false`, `null`, "$ is false, want null", "$ is false"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check := func(how string, d differences, want string) {
				t.Helper()
				if want == "" && len(d) > 0 || want != "" && !strings.Contains(d.String(), want) {
					t.Errorf("%s says %q, want %q", how, d.String(), want)
				}
			}
			check("unequal", unequal(value(t, tt.got), value(t, tt.want)), tt.unequal)
			check("lacking", lacking(value(t, tt.got), value(t, tt.want)), tt.lacking)
		})
	}
}

func TestManyDifferencesAreCutShort(t *testing.T) {
	text := unequal(value(t, `[1,2,3,4,5,6,7,8,9,10,11,12]`), value(t, `[0,0,0,0,0,0,0,0,0,0,0,0]`)).String()
	if !strings.HasSuffix(text, "and 2 more") || strings.Count(text, "\n") != 11 {
		t.Errorf("got %s", text)
	}
}

func FuzzCompare(f *testing.F) {
	f.Add(`{"a":[1,{"b":null}]}`, `{"a":[1]}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		x, err := ordered.ParseString(a)
		if err != nil {
			return
		}
		if d := unequal(x, x); len(d) > 0 {
			t.Errorf("%s is not equal to itself: %s", a, d)
		}
		if d := lacking(x, x); len(d) > 0 {
			t.Errorf("%s does not contain itself: %s", a, d)
		}
		y, err := ordered.ParseString(b)
		if err != nil {
			return
		}
		if equal := len(unequal(x, y)) == 0; equal != ordered.Equal(x, y) {
			t.Errorf("%s and %s: %v, package ordered says otherwise", a, b, equal)
		}
	})
}
