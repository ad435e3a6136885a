package fix

import (
	"errors"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A part is one value of the user's file, with the bytes it stands on: what
// package source leaves out because nobody else writes into the text.
type part struct {
	kind       source.Kind
	start, end int    // its bytes, without anchor and tag
	value      string // of a scalar, decoded
	raw        style  // how it is written
	first      int    // of a block object or list: columns before its keys or dashes; -1: they can't be followed
	inner      int    // of a flow object or list: the byte behind the opening bracket
	spread     bool   // a flow object or list over several lines
	tag        string // "!Sub"
	alias      bool   // *name: what it stands for is written elsewhere
	shared     bool   // an anchor that an alias stands for
	merges     bool   // has <<
	members    []member
	items      []*part
}

type member struct {
	key              string
	keyStart, keyEnd int
	keyRaw           style
	value            *part
	explicit         bool // "? key", or something else before the key
}

// A style is how a value is written.
type style uint8

const (
	absent style = iota // nothing stands there
	plain
	singleQuoted
	doubleQuoted
	blockText // | and >
	block     // an object or list by indentation
	flow      // in brackets
)

func (p *part) member(key string) *member {
	for i := range p.members {
		if p.members[i].key == key {
			return &p.members[i]
		}
	}
	return nil
}

// An outline is a text with its parts.
type outline struct {
	text  string
	root  *part
	json  bool
	lines []int // where each line starts, the last one is len(text)
	habit habits
}

// errLayout says that a text is written in a way that can't be followed.
var errLayout = errors.New("it is written in a way that can't be followed")

// outlineOf reads a text that package source has read before: without byte order
// mark, valid UTF-8.
func outlineOf(text string) (*outline, error) {
	o := &outline{text: text, lines: lineStarts(text)}
	trimmed := strings.TrimLeft(text, " \t\r\n")
	var err error
	if strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
		if o.root, err = outlineJSON(text); err == nil {
			o.json = true
		}
	}
	if o.root == nil {
		if o.root, err = o.outlineYAML(); err != nil {
			return nil, err
		}
	}
	o.habit = habitsOf(o)
	return o, nil
}

// lineStarts cuts at the line ends that the YAML library knows.
func lineStarts(text string) []int {
	starts := []int{0}
	for i := 0; i < len(text); {
		n := breakAt(text, i)
		if n == 0 {
			i++
			continue
		}
		i += n
		starts = append(starts, i)
	}
	if starts[len(starts)-1] != len(text) {
		starts = append(starts, len(text))
	}
	return starts
}

// breakAt is the length of the line end that begins at i; 0 if none does.
func breakAt(text string, i int) int {
	switch text[i] {
	case '\n':
		return 1
	case '\r':
		if i+1 < len(text) && text[i+1] == '\n' {
			return 2
		}
		return 1
	case 0xC2:
		if strings.HasPrefix(text[i:], "\u0085") {
			return 2
		}
	case 0xE2:
		if strings.HasPrefix(text[i:], "\u2028") || strings.HasPrefix(text[i:], "\u2029") {
			return 3
		}
	}
	return 0
}

// lineOf is the index of the line that a byte stands in.
func (o *outline) lineOf(at int) int {
	i, found := slices.BinarySearch(o.lines, at)
	if found && (i < len(o.lines)-1 || i == 0) {
		return i
	}
	return i - 1
}

// lineEnd is where the line of a byte ends, before its line break.
func (o *outline) lineEnd(at int) int {
	for at < len(o.text) && breakAt(o.text, at) == 0 {
		at++
	}
	return at
}

// eol is the line end that is used around a byte: of its line, else of the one
// before, else "\n".
func (o *outline) eol(at int) string {
	end := o.lineEnd(at)
	if end == len(o.text) {
		i := o.lineOf(min(at, len(o.text)))
		if i <= 0 {
			return "\n"
		}
		end = o.lineEnd(o.lines[i-1])
	}
	return o.text[end : end+breakAt(o.text, end)]
}

// indentation is the white space at the start of the line of a byte.
func (o *outline) indentation(at int) string {
	line := o.text[o.lines[max(o.lineOf(at), 0)]:]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// skipBlank goes over white space, line breaks and comments.
func skipBlank(text string, at int) int {
	for at < len(text) {
		switch c := text[at]; {
		case c == ' ' || c == '\t':
			at++
		case c == '#' && (at == 0 || strings.ContainsRune(" \t\r\n", rune(text[at-1]))):
			for at < len(text) && breakAt(text, at) == 0 {
				at++
			}
		default:
			n := breakAt(text, at)
			if n == 0 {
				return at
			}
			at += n
		}
	}
	return at
}
