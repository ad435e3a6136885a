package harness

import (
	"strings"
	"testing"
)

func TestTagExpressions(t *testing.T) {
	tests := []struct {
		expr string
		tags string
		want bool
	}{
		{"", "", true},
		{"  ", "@a", true},
		{"@a", "@a", true},
		{"@a", "@b", false},
		{"not @a", "@b", true},
		{"not @a", "@a", false},
		{"not not @a", "@a", true},
		{"@a and @b", "@a @b", true},
		{"@a and @b", "@a", false},
		{"@a or @b", "@b", true},
		{"@a or @b and @c", "@a", true},    // and binds more tightly
		{"(@a or @b) and @c", "@a", false}, // unless there are parentheses
		{"not @a or @b", "@b @a", true},    // not binds most tightly
		{"not (@a or @b)", "@c", true},     //
		{"(@a)and(not@b)", "@a", false},    // "not@b" is one word, and no tag
		{"@fast and not (@slow or @wip)", "@fast", true},
		{"@fast and not (@slow or @wip)", "@fast @wip", false},
		{`@a\(b\)`, "@a(b)", true},
		{"@Not", "@Not", true},
	}
	for _, tt := range tests {
		t.Run(tt.expr+" of "+tt.tags, func(t *testing.T) {
			e, err := parseTags(tt.expr)
			if strings.Contains(tt.expr, "not@b") {
				if err == nil {
					t.Error("not@b is taken")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := e(strings.Fields(tt.tags)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestTagExpressionsThatAreNone(t *testing.T) {
	tests := []struct{ expr, want string }{
		{"@a and", "it ends where a tag should be"},
		{"and @a", `"and" stands where a tag should be`},
		{"@a @b", `"@b" stands where and, or, or the end should be`},
		{"(@a", "never closed"},
		{"@a)", `")" stands where`},
		{"@a && @b", `"&&" stands where`},
		{"~@a", `write "not @a"`},
		{"@fast,", "comma"},
		{"fast", "tags begin with @"},
		{strings.Repeat("not ", 600) + "@a", "nested"},
		{strings.Repeat("(", 100000), "nested"},
	}
	for _, tt := range tests {
		_, err := parseTags(tt.expr)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("parseTags(%.40q) = %v, want %q", tt.expr, err, tt.want)
		}
	}
}

func FuzzParseTags(f *testing.F) {
	for _, s := range []string{"", "@a and not (@b or @c)", `@a\(`, "not", "((((@a))))"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		e, err := parseTags(expr)
		if err == nil {
			e([]string{"@a"})
		}
	})
}
