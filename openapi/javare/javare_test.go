package javare

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestAgainstJava compares with what java.util.regex answered.
func TestAgainstJava(t *testing.T) {
	data, err := os.ReadFile("testdata/java.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")[1:]
	if len(lines) < 300 {
		t.Fatalf("there are only %d recorded answers", len(lines))
	}
	unquote := func(s string) string {
		u, err := strconv.Unquote(s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		return u
	}
	for _, line := range lines {
		f := strings.Split(line, "\t")
		pattern := unquote(f[0])
		re, err := Compile(pattern)
		if f[1] == "refused" {
			if err == nil {
				t.Errorf("Compile(%q) takes what Java refuses", pattern)
			}
			continue
		}
		if err != nil {
			t.Errorf("Compile(%q): %v", pattern, err)
			continue
		}
		subject, replacement := unquote(f[1]), unquote(f[2])
		if got, err := re.MatchWhole(subject); strconv.FormatBool(got) != f[3] || err != nil {
			t.Errorf("%q MatchWhole(%q) = %v, %v", pattern, subject, got, err)
		}
		if got, err := re.Find(subject); strconv.FormatBool(got) != f[4] || err != nil {
			t.Errorf("%q Find(%q) = %v, %v", pattern, subject, got, err)
		}
		got, err := re.ReplaceAll(subject, replacement)
		if got = "=" + got; err != nil {
			got = "!" + err.Error()
		}
		if want := unquote(f[5]); got != want {
			t.Errorf("%q ReplaceAll(%q, %q) = %q, want %q", pattern, subject, replacement, got, want)
		}
		for i, limit := range []int{0, 2} {
			parts, err := re.Split(subject, limit)
			got := ""
			for _, part := range parts {
				got += "\x01" + part
			}
			if want := unquote(f[6+i]); got != want || err != nil {
				t.Errorf("%q Split(%q, %d) = %q, %v, want %q", pattern, subject, limit, got, err, want)
			}
		}
	}
}

func TestMatchWhole(t *testing.T) {
	tests := []struct {
		pattern, subject string
		want             bool
	}{
		{`4\d{2}`, "404", true},
		{`.*Not ?Found.*`, "Error: NotFound!", true},
		{`.+`, "two\nlines", false}, // . stops at a line's end
		{`(?s).+`, "two\nlines", true},
		{`.*[\s\S]*x`, "two\nlinex", true},
		{`^\w+$`, "abc", true},
		{`^(?!.*secret).*$`, "a secret", false},
		{`^(?!.*secret).*$`, "nothing", true},
		{`[a-z&&[^bc]]+`, "ad", true},
		{`[a-z&&[^bc]]+`, "ab", false},
		{`\p{Alpha}+`, "abé", false},
		{`(?i)straße`, "STRAßE", true},
		{`(?i)É`, "é", false},
		{`(?iu)É`, "é", true},
		{`\QA.B\E+`, "A.BB", true},
		{`\u0041\x42\x{43}\0104`, "ABCD", true},
		{`(a)(b)\2\1`, "abba", true},
		{`(?<y>a)\k<y>`, "aa", true},
		{`a*+a`, "aaa", false},
		{`(?x) a b # comment`, "ab", true},
		{`a{2000}`, strings.Repeat("a", 2000), true},
		{`[\w&&[^\d_]]`, "x", true},
		{`\p{IsCyrillic}+`, "Привет", true},
		{`[^\p{L}]`, "1", true},
		{`\p{script=Greek}\p{gc=Lu}\p{javaDigit}`, "αB5", true},
		{`\p{IsAlphabetic}\p{IsWhite_Space}\p{Cn}?`, "é\u00a0", true},
	}
	for _, tt := range tests {
		re, err := Compile(tt.pattern)
		if err != nil {
			t.Errorf("Compile(%s): %v", tt.pattern, err)
			continue
		}
		if got, err := re.MatchWhole(tt.subject); got != tt.want || err != nil {
			t.Errorf("%s MatchWhole(%.20q) = %v, %v, want %v", tt.pattern, tt.subject, got, err, tt.want)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	tests := []struct {
		pattern     string
		offset      int
		msg         string
		unsupported bool
	}{
		{`*a`, 0, "* has nothing to repeat", false},
		{`a{,3}`, 2, "want a number after {", false},
		{`a{3,1}`, 6, "a repetition has its greatest number below its least", false},
		{`a{3`, 3, "a repetition in braces is never closed", false},
		{`a{99999999999}`, 11, "a repetition has too great a number", false},
		{`(a`, 2, "the group is never closed", false},
		{`a)`, 1, "a closing bracket too many", false},
		{`[a`, 2, "the character class is never closed", false},
		{`[b-a]`, 4, "a range ends before it begins", false},
		{`[a-\d]`, 5, "a range ends with a set of characters", false},
		{`\`, 1, "a backslash stands at the end", false},
		{`\q`, 2, `there is no escape \q`, false},
		{`\p{Nope}`, 2, "there is no character property called Nope", false},
		{`\p{L`, 3, "the name of a character property is never closed", false},
		{`\p`, 2, `\p wants a name`, false},
		{`\k<x>`, 5, "there is no group called x before this", false},
		{`(?<1>a)`, 4, "a group's name begins with a letter and has only letters and digits", false},
		{`(?<a>.)(?<a>.)`, 12, "there are two groups called a", false},
		{`(?y)`, 2, "want a closing bracket or a colon after the flags", false},
		{`(?<=(ab)*)`, 10, "a look-behind has no obvious greatest length", false},
		{`\x{110000}`, 9, "a character's number is too great", false},
		{`\x1`, 3, `\x wants two hexadecimal digits`, false},
		{`\u12`, 4, `\u wants four hexadecimal digits`, false},
		{`\0`, 2, `\0 wants an octal number`, false},
		{`\c`, 2, `\c wants a letter`, false},
		{`\Ga`, 1, `\G is not supported yet`, true},
		{`\p{InGreek}`, 11, `\p{InGreek} is not supported yet`, true},
		{`(?U)\w`, 2, `the flag U is not supported yet`, true},
		{strings.Repeat("(", 300) + strings.Repeat(")", 300), 200, "nesting this deep is not supported yet", true},
	}
	for _, tt := range tests {
		_, err := Compile(tt.pattern)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("Compile(%.20s) error is %v", tt.pattern, err)
			continue
		}
		if e.Offset != tt.offset || e.Msg != tt.msg || e.Unsupported != tt.unsupported {
			t.Errorf("Compile(%.20s) = %d, %q, %v, want %d, %q, %v", tt.pattern, e.Offset, e.Msg, e.Unsupported, tt.offset, tt.msg, tt.unsupported)
		}
	}
}

func TestReplaceFirst(t *testing.T) {
	tests := []struct {
		pattern, subject, replacement, want string
	}{
		{`(\d)(\d)`, "a12b34", "$2$1", "a21b34"},
		{`x`, "abc", "$", "abc"}, // a wrong replacement is no error without a match
		{`b|`, "abc", "-", "-abc"},
		{`(?<d>\d)`, "a1", "<${d}>", "a<1>"},
	}
	for _, tt := range tests {
		re, err := Compile(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := re.ReplaceFirst(tt.subject, tt.replacement); got != tt.want || err != nil {
			t.Errorf("%s ReplaceFirst(%q, %q) = %q, %v, want %q", tt.pattern, tt.subject, tt.replacement, got, err, tt.want)
		}
	}
}

func TestReplacementErrors(t *testing.T) {
	re, err := Compile(`(?<n>a)`)
	if err != nil {
		t.Fatal(err)
	}
	for replacement, want := range map[string]string{
		"$":     "Illegal group reference: group index is missing",
		"$x":    "Illegal group reference",
		"$2":    "No group 2",
		`\`:     "character to be escaped is missing",
		"${n":   "named capturing group is missing trailing '}'",
		"${}":   "named capturing group is missing trailing '}'",
		"${x}":  "No group with name {x}",
		"${1x}": "capturing group name {1x} starts with digit character",
	} {
		if _, err := re.ReplaceAll("a", replacement); err == nil || err.Error() != want {
			t.Errorf("ReplaceAll(%q) error is %v, want %s", replacement, err, want)
		}
	}
}

func TestSplit(t *testing.T) {
	tests := []struct {
		pattern, subject string
		limit            int
		want             []string
	}{
		{",", "a,b,,", 0, []string{"a", "b"}},
		{",", "a,b,,", -1, []string{"a", "b", "", ""}},
		{",", "a,b,c", 2, []string{"a", "b,c"}},
		{",", "", 0, []string{""}},
		{",", ",", 0, nil},
		{"", "abc", 0, []string{"a", "b", "c"}},
		{"", "abc", -1, []string{"a", "b", "c", ""}},
		{"x", "abc", 5, []string{"abc"}},
		{",", "a,b", 1, []string{"a,b"}},
	}
	for _, tt := range tests {
		re, err := Compile(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := re.Split(tt.subject, tt.limit); !slices.Equal(got, tt.want) || err != nil {
			t.Errorf("%q Split(%q, %d) = %q, %v, want %q", tt.pattern, tt.subject, tt.limit, got, err, tt.want)
		}
	}
}

func TestACatastrophicPatternIsGivenUp(t *testing.T) {
	re, err := Compile(`(a+)+\1?(?=b)c`)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	subject := strings.Repeat("a", 40)
	for name, match := range map[string]func() error{
		"MatchWhole": func() error { _, err := re.MatchWhole(subject); return err },
		"Find":       func() error { _, err := re.Find(subject); return err },
		"ReplaceAll": func() error { _, err := re.ReplaceAll(subject, ""); return err },
		"Split":      func() error { _, err := re.Split(subject, 0); return err },
	} {
		if err := match(); !errors.Is(err, ErrTooSlow) {
			t.Errorf("%s error is %v, want ErrTooSlow", name, err)
		}
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("giving up four times took %v", took)
	}
}

func TestTheCacheStaysSmall(t *testing.T) {
	for i := range 2 * cached {
		if _, err := Compile("a" + strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	cache.Lock()
	defer cache.Unlock()
	if len(cache.m) > cached {
		t.Errorf("%d patterns are remembered, want at most %d", len(cache.m), cached)
	}
}

func FuzzCompile(f *testing.F) {
	for _, p := range []string{`(?<a>x)+?\k<a>`, `[a-z&&[^b]]*+`, `\Q.\E\p{L}{2,3}`, `(?i-m:^a$)`, `(?<!\w)\bx`, `[]a]`, `\x{1F600}\ud83d\ude00`, "(?x)a #\n b"} {
		f.Add(p, "xx ab\n", "$0${a}")
	}
	f.Fuzz(func(t *testing.T, pattern, subject, replacement string) {
		if len(pattern) > 200 || len(subject) > 200 {
			return
		}
		re, err := Compile(pattern)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Offset > len(pattern)+1000 {
				t.Fatalf("Compile(%q) error is %v", pattern, err)
			}
			return
		}
		whole, err1 := re.MatchWhole(subject)
		part, err2 := re.Find(subject)
		if err1 == nil && err2 == nil && whole && !part {
			t.Fatalf("%q matches %q whole but not in part", pattern, subject)
		}
		re.ReplaceAll(subject, replacement)
		parts, err := re.Split(subject, -1)
		if err == nil && len(strings.Join(parts, "")) > len(subject) {
			t.Fatalf("%q splits %q into %q", pattern, subject, parts)
		}
	})
}

func BenchmarkMatchWhole(b *testing.B) {
	for _, pattern := range []string{`.*Not Found.*`, `^(?!.*secret).*$`} {
		b.Run(pattern, func(b *testing.B) {
			re, err := Compile(pattern)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := re.MatchWhole("Error: the item was Not Found in the table"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
