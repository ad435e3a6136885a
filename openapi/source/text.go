package source

import (
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

// scalarStyle is how a string is written in its file.
type scalarStyle uint8

const (
	elsewhere scalarStyle = iota // not to be mapped: folded, or over several lines
	plain
	singleQuoted
	doubleQuoted // JSON's strings too
	literal      // after |
)

// textAt maps offsets in n.Value to places. What the file spells over several
// lines otherwise than in a literal block begins where the scalar begins: that
// is all that can be said honestly.
func (n *Node) textAt() func(int) Pos {
	if n.at != nil {
		return n.at
	}
	pos := n.Pos
	start := func(int) Pos { return pos }
	if n.Kind != String || n.file == nil {
		return start
	}
	// Worked out when a place is first asked for, which in a good file is never.
	table := sync.OnceValue(func() []mark { return n.marks() })
	return func(offset int) Pos {
		marks := table()
		i := sort.Search(len(marks), func(i int) bool { return marks[i].offset > offset }) - 1
		if i < 0 {
			return pos
		}
		offset = min(offset, len(n.Value))
		m := marks[i]
		runes := utf8.RuneCountInString(n.Value[m.offset:max(offset, m.offset)])
		return Pos{File: pos.File, Line: m.line, Col: m.col + runes}
	}
}

// A mark is the place of one byte of a string. Those behind it, up to the next
// mark, stand one column further each.
type mark struct {
	offset    int
	line, col int
}

// every is how many bytes lie between marks at most, so that no place is far
// from one.
const every = 256

func (n *Node) marks() []mark {
	if n.style == literal {
		return n.literalMarks()
	}
	raw, col := afterProperties(n.rest(0), n.Pos.Col)
	switch n.style {
	case plain:
		if strings.HasPrefix(raw, n.Value) {
			return n.lineMarks(n.Pos.Line, col, n.Value, 0, nil)
		}
	case singleQuoted:
		if strings.HasPrefix(raw, "'") && strings.HasPrefix(raw[1:], n.Value) {
			return n.lineMarks(n.Pos.Line, col+1, n.Value, 0, nil)
		}
	case doubleQuoted:
		if strings.HasPrefix(raw, `"`) {
			return n.escapedMarks(raw[1:], col+1)
		}
	}
	return nil
}

// afterProperties skips a tag and an anchor before a value.
func afterProperties(raw string, col int) (string, int) {
	for strings.HasPrefix(raw, "!") || strings.HasPrefix(raw, "&") {
		property, rest, _ := strings.Cut(raw, " ")
		value := strings.TrimLeft(rest, " ")
		col += utf8.RuneCountInString(property) + 1 + len(rest) - len(value)
		raw = value
	}
	return raw, col
}

// rest is the line of n from n on, lines further down.
func (n *Node) rest(lines int) string {
	line := n.file.line(n.Pos.Line + lines)
	if lines > 0 {
		return line
	}
	for range n.Pos.Col - 1 {
		_, size := utf8.DecodeRuneInString(line)
		line = line[size:]
	}
	return line
}

// lineMarks adds marks for text, which stands on one line from line:col on and
// is at offset of the value.
func (n *Node) lineMarks(line, col int, text string, offset int, marks []mark) []mark {
	marks = append(marks, mark{offset, line, col})
	since := 0
	for i := range text {
		if i-since >= every {
			marks = append(marks, mark{offset + i, line, col})
			since = i
		}
		col++
	}
	return marks
}

// literalMarks puts a mark at each line of a literal block. The lines of the
// value are those below the | in the file, less their indentation.
func (n *Node) literalMarks() []mark {
	header := n.headerLine()
	lines := strings.Split(n.Value, "\n")
	indent := 0
	for i, text := range lines {
		if text == "" {
			continue
		}
		raw := n.file.line(header + 1 + i)
		if !strings.HasSuffix(raw, text) {
			return nil // some other line ending; the start must do
		}
		indent = len(raw) - len(text)
		break
	}
	var marks []mark
	offset := 0
	for i, text := range lines {
		marks = n.lineMarks(header+1+i, indent+1, text, offset, marks)
		offset += len(text) + 1
	}
	return marks
}

// headerLine is the line of the |, before which tags and anchors may stand.
func (n *Node) headerLine() int {
	for down := range 3 {
		if line := strings.TrimLeft(n.rest(down), " \t"); strings.Contains(line, "|") {
			return n.Pos.Line + down
		}
	}
	return n.Pos.Line
}

// escapedMarks walks over the escapes of a double-quoted string that stands on
// one line: raw, from col on.
func (n *Node) escapedMarks(raw string, col int) []mark {
	marks := []mark{{0, n.Pos.Line, col}}
	offset, since := 0, 0
	for offset < len(n.Value) {
		if raw == "" {
			return nil // it goes on in the next line
		}
		if raw[0] != '\\' {
			_, size := utf8.DecodeRuneInString(raw)
			raw = raw[size:]
			_, size = utf8.DecodeRuneInString(n.Value[offset:])
			offset += size
			col++
			if offset-since >= every {
				marks, since = append(marks, mark{offset, n.Pos.Line, col}), offset
			}
			continue
		}
		length := escapeLength(raw)
		if length == 0 {
			return nil
		}
		_, size := utf8.DecodeRuneInString(n.Value[offset:])
		raw = raw[length:]
		offset += size
		col += length // escapes are ASCII
		marks, since = append(marks, mark{offset, n.Pos.Line, col}), offset
	}
	return marks
}

// escapeLength is how many bytes the escape at the start of raw has: 0 if it
// goes over the line's end.
func escapeLength(raw string) int {
	if len(raw) < 2 {
		return 0
	}
	length := 2
	switch raw[1] {
	case 'x':
		length = 4
	case 'u':
		length = 6
		if len(raw) >= 12 && strings.EqualFold(raw[2:3], "d") && strings.ContainsAny(raw[3:4], "89abAB") && raw[6:8] == `\u` {
			length = 12 // a surrogate pair
		}
	case 'U':
		length = 10
	}
	if len(raw) < length {
		return 0
	}
	return length
}
