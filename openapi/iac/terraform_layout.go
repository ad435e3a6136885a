package iac

import (
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// An alphabet is 256 private-use characters that a file has nowhere else, of
// which the words are made that stand for placeholders.
type alphabet struct {
	first  rune
	digits int // how many a number has
}

const (
	alphabetSize = 256
	digitBase    = alphabetSize - 2
	filling      = '_'
	maxFill      = 200 // YAML's keys may have 1024 characters
)

func (a alphabet) open() rune { return a.first }

// bare is in front of a JSON value that had no quotes.
func (a alphabet) bare() rune { return a.first + 1 }

// escapedPrivate is a private-use character as the escapes of JSON and YAML
// spell it.
var escapedPrivate = regexp.MustCompile(`\\(?:u|U0000)([eEfF][0-9a-fA-F])[0-9a-fA-F]{2}`)

// chooseAlphabet finds characters that text doesn't have; false if it has them
// all.
func chooseAlphabet(text string, placeholders int) (alphabet, bool) {
	used := map[rune]bool{}
	for _, c := range text {
		if c >= 0xE000 && c <= 0xF8FF {
			used[c>>8] = true
		}
	}
	for _, m := range escapedPrivate.FindAllStringSubmatch(text, -1) {
		if high, err := strconv.ParseUint(m[1], 16, 8); err == nil {
			used[rune(high)] = true
		}
	}
	a := alphabet{digits: 1}
	for n := digitBase; n < placeholders; n *= digitBase {
		a.digits++
	}
	for high := rune(0xE0); high < 0xF8; high++ {
		if !used[high] {
			a.first = high << 8
			return a, true
		}
	}
	return a, false
}

// word is what stands for a placeholder. It has as many characters as the
// placeholder where that can be, so that columns stay as they are.
func (a alphabet) word(number, fill int) string {
	var b strings.Builder
	b.WriteRune(a.open())
	for range a.digits {
		b.WriteRune(a.first + 2 + rune(number%digitBase))
		number /= digitBase
	}
	for range fill {
		b.WriteByte(filling)
	}
	return b.String()
}

// number is that of the placeholder whose word text begins with, and how many
// bytes the word has without its filling.
func (a alphabet) number(text string) (number, size int) {
	_, size = utf8.DecodeRuneInString(text)
	factor := 1
	for range a.digits {
		c, n := utf8.DecodeRuneInString(text[size:])
		number += int(c-a.first-2) * factor
		factor *= digitBase
		size += n
	}
	return number, size
}

// nextWord finds the next word in text: its placeholder, and where it stands.
func (t *terraformFile) nextWord(text string) (p *placeholder, from, to int) {
	from = strings.IndexRune(text, t.words.open())
	if from < 0 {
		return nil, len(text), len(text)
	}
	number, size := t.words.number(text[from:])
	p = &t.placeholders[number]
	return p, from, from + size + p.fill
}

// inWords puts the placeholders back into a message.
func (t *terraformFile) inWords(msg string) string {
	msg = escapedPrivate.ReplaceAllStringFunc(msg, func(s string) string {
		if c, err := strconv.ParseUint(s[len(s)-4:], 16, 32); err == nil && rune(c)>>8 == t.words.first>>8 {
			return string(rune(c))
		}
		return s
	})
	msg = strings.ReplaceAll(msg, string(t.words.bare()), "")
	var b strings.Builder
	for {
		from := strings.IndexRune(msg, t.words.open())
		if from < 0 {
			b.WriteString(msg)
			return b.String()
		}
		b.WriteString(msg[:from])
		number, size := t.words.number(msg[from:])
		if number < 0 || number >= len(t.placeholders) {
			b.WriteString("${") // only the beginning of a word
			msg = msg[from+utf8.RuneLen(t.words.open()):]
			continue
		}
		p := &t.placeholders[number]
		b.WriteString(t.text[p.from:p.to])
		msg = msg[min(from+size+p.fill, len(msg)):]
	}
}

// A layout says where in the template the places of the opaque text are. It is
// empty where both have the same lines and columns.
type layout struct {
	file    string
	renamed bool // the opaque text was read under another name
	shifts  []shift
}

// From line:col of the opaque text on, what stands there is at toLine:toCol of
// the template.
type shift struct{ line, col, toLine, toCol int }

// moves reports whether there are places that differ.
func (l *layout) moves() bool { return l.renamed || len(l.shifts) > 0 }

func (l *layout) at(pos source.Pos) source.Pos {
	if !l.moves() || pos.Line == 0 {
		return pos
	}
	pos.File = l.file
	i := sort.Search(len(l.shifts), func(i int) bool {
		s := l.shifts[i]
		return s.line > pos.Line || s.line == pos.Line && s.col > pos.Col
	}) - 1
	if i < 0 {
		return pos
	}
	s := l.shifts[i]
	if s.line == pos.Line {
		pos.Col += s.toCol - s.col
	}
	pos.Line += s.toLine - s.line
	return pos
}

// A layouter writes the opaque text and notes how it differs from the template.
type layouter struct {
	t   *terraformFile
	out strings.Builder

	from          int // what of the template comes next
	line, col     int // of from
	toLine, toCol int // of the end of out

	inText, escaped bool // in JSON: inside a string, behind a \
	inBare          bool // inside a value to which the template gives no quotes
}

// opaque is the text of the template as Terraform renders it, with a word for
// each placeholder.
func (t *terraformFile) opaque() string {
	t.layout = layout{file: t.name}
	w := &layouter{t: t, line: 1, col: 1, toLine: 1, toCol: 1}
	trim := false
	for i := range t.sequences {
		s := &t.sequences[i]
		w.literal(s.from, trim, s.kind == interpolation && s.trimBefore, s.kind == interpolation)
		trim = s.trimAfter
		if s.kind == escape {
			w.skip(s.to)
			continue
		}
		w.word(s)
	}
	w.literal(len(t.text), trim, false, false)
	w.endBare()
	return w.out.String()
}

func (w *layouter) word(s *sequence) {
	if w.t.json && !w.inText && !w.inBare {
		w.insert(`"` + string(w.t.words.bare()))
		w.inBare = true
	}
	p := &w.t.placeholders[s.placeholder]
	p.fill = min(max(utf8.RuneCountInString(w.t.text[p.from:p.to])-1-w.t.words.digits, 0), maxFill)
	w.sync()
	w.insert(w.t.words.word(s.placeholder, p.fill))
	w.skip(s.to)
	w.escaped = false
}

// literal copies the template up to an offset, less the blanks that the strip
// markers at its ends take away: up to the end of the line that the marker stands
// next to, as Terraform does.
func (w *layouter) literal(to int, trimStart, trimEnd, wordFollows bool) {
	end := to
	if trimStart {
		text := w.t.text[w.from:to]
		if line := strings.IndexByte(text, '\n'); line >= 0 {
			text = text[:line+1]
		}
		w.skip(w.from + len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace)))
	}
	if trimEnd {
		text := w.t.text[w.from:to]
		start := strings.LastIndexByte(text, '\n') + 1
		if start == len(text) && start > 0 {
			start = strings.LastIndexByte(text[:start-1], '\n') + 1
		}
		end = to - len(text[start:]) + len(strings.TrimRightFunc(text[start:], unicode.IsSpace))
	}
	if w.t.json {
		w.literalJSON(end, wordFollows)
	}
	w.copy(end)
	w.skip(to)
}

// structure is what ends a JSON value that has no quotes.
const structure = " \t\r\n,:[]{}\""

// literalJSON copies up to where a value without quotes begins that a word is
// part of, and gives it quotes.
func (w *layouter) literalJSON(end int, wordFollows bool) {
	text := w.t.text[w.from:end]
	if w.inBare {
		i := strings.IndexAny(text, structure)
		if i < 0 {
			return
		}
		w.copy(w.from + i)
		w.endBare()
		text = text[i:]
	}
	for i := range len(text) {
		switch {
		case w.escaped:
			w.escaped = false
		case w.inText && text[i] == '\\':
			w.escaped = true
		case text[i] == '"':
			w.inText = !w.inText
		}
	}
	if w.inText || !wordFollows {
		return
	}
	if start := strings.LastIndexAny(text, structure) + 1; start < len(text) {
		w.copy(end - len(text) + start)
		w.insert(`"` + string(w.t.words.bare()))
		w.inBare = true
	}
}

func (w *layouter) endBare() {
	if w.inBare {
		w.insert(`"`)
		w.inBare = false
	}
}

// copy writes what of the template stands before an offset.
func (w *layouter) copy(to int) {
	if to <= w.from {
		return
	}
	w.sync()
	text := w.t.text[w.from:to]
	w.out.WriteString(text)
	w.toLine, w.toCol = w.moved(text, to, w.toLine, w.toCol)
	w.line, w.col = w.moved(text, to, w.line, w.col)
	w.from = to
}

// skip leaves out what of the template stands before an offset.
func (w *layouter) skip(to int) {
	w.line, w.col = w.moved(w.t.text[w.from:to], to, w.line, w.col)
	w.from = to
}

// insert writes what the template doesn't have. It has no line breaks.
func (w *layouter) insert(s string) {
	w.out.WriteString(s)
	w.toCol += utf8.RuneCountInString(s)
}

// sync notes where the two texts are if that doesn't follow from what came before.
func (w *layouter) sync() {
	l := &w.t.layout
	before := source.Pos{Line: w.toLine, Col: w.toCol}
	if now := l.at(before); now.Line == w.line && now.Col == w.col {
		return
	}
	if n := len(l.shifts); n > 0 && l.shifts[n-1].line == w.toLine && l.shifts[n-1].col == w.toCol {
		l.shifts = l.shifts[:n-1]
	}
	l.shifts = append(l.shifts, shift{w.toLine, w.toCol, w.line, w.col})
}

// moved is the line and column behind text, which ends at offset to. YAML knows a
// lone CR as a line's end, JSON doesn't.
func (w *layouter) moved(text string, to, line, col int) (int, int) {
	start := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\r':
			if w.t.json || i+1 < len(text) && text[i+1] == '\n' || i+1 == len(text) && strings.HasPrefix(w.t.text[to:], "\n") {
				continue
			}
		case '\n':
		default:
			continue
		}
		line, col, start = line+1, 1, i+1
	}
	return line, col + utf8.RuneCountInString(text[start:])
}
