// Package javare is Java's regular expressions: selection patterns, model
// patterns and the regular expressions of templates are written for them.
//
// A pattern is read by Java's rules and translated, so that it means here what
// it means there: to Go's own regexp where that can say it, which never takes
// long, else to a backtracking engine with a time limit.
//
// It promises nothing to other modules.
package javare

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// timeLimit bounds one match of the backtracking engine.
const timeLimit = 100 * time.Millisecond

// ErrTooSlow says that a match was given up because it took too long, as
// patterns like (a+)+b can.
var ErrTooSlow = errors.New("the regular expression takes too long on this text")

func init() { regexp2.SetTimeoutCheckPeriod(5 * time.Millisecond) }

// An Error says why a pattern cannot be used.
type Error struct {
	Pattern string
	Offset  int // in bytes
	Msg     string
	// Unsupported says that Java takes the pattern and this package does not.
	Unsupported bool
}

func (e *Error) Error() string {
	return fmt.Sprintf("regular expression %s: %s at offset %d", e.Pattern, e.Msg, e.Offset)
}

// A Regexp is a compiled pattern. It may be used by several goroutines at once.
type Regexp struct {
	source string
	t      *translation

	whole, part         *regexp.Regexp // nil where only the other engine will do
	slowWhole, slowPart func() (*regexp2.Regexp, error)
}

var cache = struct {
	sync.Mutex
	m map[string]result
}{m: map[string]result{}}

type result struct {
	re  *Regexp
	err error
}

// cached is how many patterns are remembered.
const cached = 1000

// Compile compiles a pattern. What was compiled lately is remembered. The error
// is an *[Error].
func Compile(pattern string) (*Regexp, error) {
	cache.Lock()
	defer cache.Unlock()
	r, ok := cache.m[pattern]
	if !ok {
		r.re, r.err = compile(pattern)
		if len(cache.m) >= cached {
			clear(cache.m)
		}
		cache.m[pattern] = r
	}
	return r.re, r.err
}

func compile(pattern string) (*Regexp, error) {
	t, err := translate(pattern)
	if err != nil {
		return nil, err
	}
	re := &Regexp{source: pattern, t: t}
	re.slowWhole = slow(`\A(?:` + t.slow.String() + `)\z`)
	re.slowPart = slow(t.slow.String())
	if !t.needsSlow {
		re.whole, _ = regexp.Compile(`\A(?:` + t.fast.String() + `)\z`)
		re.part, _ = regexp.Compile(t.fast.String())
	}
	if re.whole == nil || re.part == nil {
		re.whole, re.part = nil, nil
		if _, err := re.slowPart(); err != nil {
			return nil, &Error{Pattern: pattern, Msg: "it is too large or too intricate", Unsupported: true}
		}
	}
	return re, nil
}

func slow(pattern string) func() (*regexp2.Regexp, error) {
	return sync.OnceValues(func() (*regexp2.Regexp, error) {
		re, err := regexp2.Compile(pattern, regexp2.None)
		if err == nil {
			re.MatchTimeout = timeLimit
		}
		return re, err
	})
}

// String returns the pattern as it was written.
func (re *Regexp) String() string { return re.source }

// fastWill reports whether Go's engine gives Java's answer on s. It does not
// know that $ may stand before a line end that ends the text, nor that Java's
// words have letters beyond ASCII.
func (re *Regexp) fastWill(s string) bool {
	if re.part == nil || re.t.usesEnd && endsLine(s) {
		return false
	}
	return !re.t.usesWord || isASCII(s)
}

func endsLine(s string) bool {
	last, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune("\n\r\u0085\u2028\u2029", last)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// MatchWhole reports whether the pattern matches all of s: Java's
// String.matches and Matcher.matches. The error is [ErrTooSlow].
func (re *Regexp) MatchWhole(s string) (bool, error) {
	if re.fastWill(s) {
		return re.whole.MatchString(s), nil
	}
	return matchSlow(re.slowWhole, s)
}

// Find reports whether the pattern matches some part of s: Java's Matcher.find.
// The error is [ErrTooSlow].
func (re *Regexp) Find(s string) (bool, error) {
	if re.fastWill(s) {
		return re.part.MatchString(s), nil
	}
	return matchSlow(re.slowPart, s)
}

func matchSlow(compile func() (*regexp2.Regexp, error), s string) (bool, error) {
	re, err := compile()
	if err != nil {
		return false, err
	}
	ok, err := re.MatchString(s)
	if err != nil {
		return false, ErrTooSlow
	}
	return ok, nil
}

// each calls f with every match in turn, as Java's find does, until f returns
// false. Groups are pairs of byte offsets as in package regexp.
func (re *Regexp) each(s string, f func(groups []int) bool) error {
	// Go skips an empty match right behind another match, which Java does not.
	if re.fastWill(s) && re.t.minLength > 0 {
		for _, groups := range re.part.FindAllStringSubmatchIndex(s, -1) {
			if !f(groups) {
				return nil
			}
		}
		return nil
	}
	compiled, err := re.slowPart()
	if err != nil {
		return err
	}
	runes, offsets := runesOf(s)
	for at := 0; at <= len(runes); {
		m, err := compiled.FindRunesMatchStartingAt(runes, at)
		if err != nil {
			return ErrTooSlow
		}
		if m == nil {
			return nil
		}
		groups := make([]int, 2*(re.t.groups+1))
		for i := range re.t.groups + 1 {
			groups[2*i], groups[2*i+1] = -1, -1
			if g := m.GroupByNumber(i); g != nil && len(g.Captures) > 0 {
				groups[2*i], groups[2*i+1] = offsets[g.Index], offsets[g.Index+g.Length]
			}
		}
		if !f(groups) {
			return nil
		}
		if at = m.Index + m.Length; m.Length == 0 {
			at++
		}
	}
	return nil
}

// runesOf gives the runes of s and the byte offset of each, and of the end.
func runesOf(s string) (runes []rune, offsets []int) {
	runes, offsets = make([]rune, 0, len(s)), make([]int, 0, len(s)+1)
	for i, c := range s {
		runes, offsets = append(runes, c), append(offsets, i)
	}
	return runes, append(offsets, len(s))
}

// Split is Java's split: limit 0 drops empty strings at the end, a negative one
// keeps them, and a positive one is the number of parts at most. An empty match
// at the start makes no part. The error is [ErrTooSlow].
func (re *Regexp) Split(s string, limit int) ([]string, error) {
	var parts []string
	last, matched := 0, false
	err := re.each(s, func(m []int) bool {
		if limit > 0 && len(parts) == limit-1 {
			return false
		}
		if m[1] == 0 {
			return true
		}
		parts = append(parts, s[last:m[0]])
		last, matched = m[1], true
		return true
	})
	if err != nil {
		return nil, err
	}
	if !matched {
		return []string{s}, nil
	}
	parts = append(parts, s[last:])
	if limit == 0 {
		for len(parts) > 0 && parts[len(parts)-1] == "" {
			parts = parts[:len(parts)-1]
		}
	}
	return parts, nil
}

// ReplaceAll replaces every match, with $1 and ${name} of replacement standing
// for groups and \ taking the meaning of what follows. A wrong replacement is an
// error once there is a match, with Java's words. Another error is [ErrTooSlow].
func (re *Regexp) ReplaceAll(s, replacement string) (string, error) {
	return re.replace(s, replacement, false)
}

// ReplaceFirst is [Regexp.ReplaceAll] for the first match only.
func (re *Regexp) ReplaceFirst(s, replacement string) (string, error) {
	return re.replace(s, replacement, true)
}

func (re *Regexp) replace(s, replacement string, first bool) (string, error) {
	var out []byte
	last := 0
	var wrong error
	err := re.each(s, func(m []int) bool {
		out = append(out, s[last:m[0]]...)
		out, wrong = re.expand(out, replacement, s, m)
		last = m[1]
		return wrong == nil && !first
	})
	if err == nil {
		err = wrong
	}
	if err != nil {
		return "", err
	}
	if out == nil && last == 0 {
		return s, nil
	}
	return string(append(out, s[last:]...)), nil
}

// expand appends replacement with the groups of the match m of s.
func (re *Regexp) expand(out []byte, replacement, s string, m []int) ([]byte, error) {
	for i := 0; i < len(replacement); i++ {
		switch c := replacement[i]; c {
		case '\\':
			if i++; i == len(replacement) {
				return out, javaError("character to be escaped is missing")
			}
			out = append(out, replacement[i])
		case '$':
			group, length, err := re.groupReference(replacement[i+1:])
			if err != nil {
				return out, err
			}
			i += length
			if m[2*group] >= 0 {
				out = append(out, s[m[2*group]:m[2*group+1]]...)
			}
		default:
			out = append(out, c)
		}
	}
	return out, nil
}

// A javaError is what Java says of a wrong replacement, in Java's words.
type javaError string

func (e javaError) Error() string { return string(e) }

// groupReference reads what follows a $.
func (re *Regexp) groupReference(s string) (group, length int, err error) {
	switch {
	case s == "":
		return 0, 0, javaError("Illegal group reference: group index is missing")
	case s[0] == '{':
		return re.namedReference(s)
	case s[0] < '0' || s[0] > '9':
		return 0, 0, javaError("Illegal group reference")
	}
	group = int(s[0] - '0')
	if group > re.t.groups {
		return 0, 0, javaError(fmt.Sprintf("No group %d", group))
	}
	for length = 1; length < len(s) && s[length] >= '0' && s[length] <= '9'; length++ {
		longer := group*10 + int(s[length]-'0')
		if longer > re.t.groups {
			break
		}
		group = longer
	}
	return group, length, nil
}

func (re *Regexp) namedReference(s string) (group, length int, err error) {
	name := s[1:]
	end := 0
	for end < len(name) && isAlnum(name[end]) {
		end++
	}
	switch {
	case end == 0:
		return 0, 0, javaError("named capturing group is missing trailing '}'")
	case end == len(name) || name[end] != '}':
		return 0, 0, javaError("named capturing group is missing trailing '}'")
	case isDigit(name[0]):
		return 0, 0, javaError(fmt.Sprintf("capturing group name {%s} starts with digit character", name[:end]))
	}
	group, ok := re.t.names[name[:end]]
	if !ok {
		return 0, 0, javaError(fmt.Sprintf("No group with name {%s}", name[:end]))
	}
	return group, end + 2, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isAlnum(c byte) bool { return isDigit(c) || isAlpha(c) }
