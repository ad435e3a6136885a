package fix

import (
	"regexp"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A pen writes values as the file around them is written.
type pen struct {
	*habits
	json bool // JSON, or braces whose keys all have double quotes
}

// entry is one member in one line: "name: ID".
func (w pen) entry(path []string, key string, value any) string {
	return w.key(path, key, true) + w.between() + w.line(value, append(slices.Clip(path), key))
}

func (w pen) between() string {
	if w.json {
		return w.colon
	}
	return ": "
}

// line is a value in one line.
func (w pen) line(value any, path []string) string {
	pad := ""
	if w.padded {
		pad = " "
	}
	switch v := value.(type) {
	case *ordered.Object:
		var all []string
		for key, inner := range v.All() {
			all = append(all, w.entry(path, key, inner))
		}
		if all == nil {
			return "{}"
		}
		return "{" + pad + strings.Join(all, w.comma) + pad + "}"
	case *ordered.Array:
		var all []string
		for _, inner := range v.Items {
			all = append(all, w.line(inner, append(slices.Clip(path), "*")))
		}
		return "[" + strings.Join(all, w.comma) + "]"
	case string:
		return w.text(v, roleName(path), true)
	}
	return string(ordered.Append(nil, value))
}

// spreadJSON is a value over several lines, as JSON is written for people; the
// lines after the first are indented as told.
func (w pen) spreadJSON(value any, path []string, indent, eol string) string {
	open, closing := "{", "}"
	var all []string
	switch v := value.(type) {
	case *ordered.Object:
		if line := w.line(value, path); v.Len() == 0 || w.writesInline(roleName(path), false) && len(line) < longest {
			return line
		}
		for key, inner := range v.All() {
			all = append(all, w.key(path, key, true)+w.between()+w.spreadJSON(inner, append(slices.Clip(path), key), indent+w.unit, eol))
		}
	case *ordered.Array:
		if line := w.line(value, path); len(v.Items) == 0 || w.writesInline(roleName(path), false) && len(line) < longest {
			return line
		}
		open, closing = "[", "]"
		for _, inner := range v.Items {
			all = append(all, w.spreadJSON(inner, append(slices.Clip(path), "*"), indent+w.unit, eol))
		}
	default:
		return w.line(value, path)
	}
	inner := eol + indent + w.unit
	return open + inner + strings.Join(all, ","+inner) + eol + indent + closing
}

// longest is how long an object or list may be to stand in one line; one below small
// does so where small objects do.
const longest, small = 120, 40

// blockMember are the lines of a member of a block, without indentation of their own.
func (w pen) blockMember(path []string, key string, value any) []string {
	head := w.key(path, key, false) + ":"
	path = append(slices.Clip(path), key)
	line := w.line(value, path)
	switch v := value.(type) {
	case *ordered.Object:
		if v.Len() > 0 && !(w.writesInline(roleName(path), leaf(v) || len(line) < small) && len(line) < longest) {
			return append([]string{head}, indented(w.step, w.blockObject(path, v))...)
		}
	case *ordered.Array:
		if len(v.Items) > 0 && !(w.writesInline(roleName(path), false) && len(line) < longest) {
			return append([]string{head}, indented(w.dash, w.blockList(path, v))...)
		}
	case string:
		return []string{head + " " + w.text(v, roleName(path), false)}
	}
	return []string{head + " " + line}
}

func (w pen) blockObject(path []string, v *ordered.Object) []string {
	var lines []string
	for key, inner := range v.All() {
		lines = append(lines, w.blockMember(path, key, inner)...)
	}
	return lines
}

func (w pen) blockList(path []string, v *ordered.Array) []string {
	var lines []string
	for _, item := range v.Items {
		lines = append(lines, w.blockItem(path, item)...)
	}
	return lines
}

// blockItem are the lines of an item of a block list.
func (w pen) blockItem(path []string, value any) []string {
	path = append(slices.Clip(path), "*")
	if v, ok := value.(*ordered.Object); ok && v.Len() > 0 && !w.writesInline(roleName(path), w.leaves > 0) {
		lines := indented(2, w.blockObject(path, v))
		lines[0] = "- " + lines[0][2:]
		return lines
	}
	return []string{"- " + w.line(value, path)}
}

func indented(columns int, lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = strings.Repeat(" ", columns) + line
	}
	return out
}

// leaf reports whether an object has nothing but single values.
func leaf(o *ordered.Object) bool {
	for _, v := range o.All() {
		switch v.(type) {
		case *ordered.Object, *ordered.Array:
			return false
		}
	}
	return true
}

// unquoted are texts that need no quotes wherever they stand: a word, or several
// with single blanks between them, of which YAML makes nothing else.
var unquoted = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*$|^[0-9]+( [A-Za-z][A-Za-z0-9_./-]*)+$`)

var status = regexp.MustCompile(`^[1-5][0-9][0-9]$`)

// yamlWords are texts that some reader of YAML takes for something else.
var yamlWords = []string{"true", "false", "yes", "no", "on", "off", "y", "n", "null"}

func (w pen) key(path []string, key string, inFlow bool) string {
	st, known := lookUp(w.keys, roleName(path))
	switch {
	case w.json:
		st = doubleQuoted
	case known && st == plain && status.MatchString(key):
		return key // 200: as the file has its other codes
	case !known:
		st = plain
	}
	if path := strings.Trim(key, "/{}+"); st == plain && !inFlow && strings.HasPrefix(key, "/") && unquoted.MatchString(path) {
		return key
	}
	return w.quoted(key, st)
}

// text is a text as those of its role are written.
func (w pen) text(value, role string, inFlow bool) string {
	st, known := lookUp(w.texts, role)
	switch {
	case w.json:
		st = doubleQuoted
	case known && st == plain && status.MatchString(value):
		return value
	case !known:
		st = plain
	}
	return w.quoted(value, st)
}

// quoted writes a text in a style, or in another one if that can't hold it.
func (w pen) quoted(value string, st style) string {
	if st == plain && unquoted.MatchString(value) && !slices.Contains(yamlWords, strings.ToLower(value)) {
		return value
	}
	if st != singleQuoted && st != doubleQuoted {
		st = w.quote
	}
	switch {
	case w.json:
	case strings.ContainsAny(value, `"\`) && !strings.ContainsAny(value, "\r\n\t"):
		st = singleQuoted
	case strings.Contains(value, "'"):
		st = doubleQuoted
	}
	if st == singleQuoted && !w.json && !strings.ContainsAny(value, "\r\n\t") {
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	}
	return string(ordered.Append(nil, value))
}
