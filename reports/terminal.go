package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/rehearse-api/rehearse/harness/result"
)

// A printer writes lines for a terminal and keeps the first error. Its colours
// are switched for itself alone: the library's own switch is the whole
// process's, and looks at stdout only.
type printer struct {
	w                             io.Writer
	err                           error
	bold, dim, green, red, yellow *color.Color
}

func newPrinter(w io.Writer, colored bool) *printer {
	make := func(a ...color.Attribute) *color.Color {
		c := color.New(a...)
		if colored {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return &printer{
		w:    w,
		bold: make(color.Bold), dim: make(color.Faint),
		green: make(color.FgGreen), red: make(color.FgRed), yellow: make(color.FgYellow),
	}
}

func (p *printer) printf(format string, a ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, a...)
	}
}

// mark is a status as a sign; its colour says nothing more.
func (p *printer) mark(s result.Status) string {
	switch s {
	case result.Passed:
		return p.green.Sprint("✓")
	case result.Failed:
		return p.red.Sprint("✗")
	}
	return p.yellow.Sprint("-")
}

// paint colours a text by a status.
func (p *printer) paint(s result.Status, text string) string {
	switch s {
	case result.Failed:
		return p.red.Sprint(text)
	case result.Skipped:
		return p.dim.Sprint(text)
	}
	return text
}

// indented prints every line of a text behind some blanks, wrapped. A command
// stays on one line, to be copied.
func (p *printer) indented(blanks int, text string, paint ...*color.Color) {
	for line := range strings.SplitSeq(strings.TrimRight(clean(text), "\n"), "\n") {
		for _, l := range wrapped(strings.Repeat(" ", blanks) + line) {
			for _, c := range paint {
				l = c.Sprint(l)
			}
			p.printf("%s\n", l)
		}
	}
}

// failure prints why a step failed.
func (p *printer) failure(blanks int, st *result.Step) {
	first, rest, _ := strings.Cut(st.Error, "\n")
	p.indented(blanks, first, p.red)
	if rest != "" {
		p.indented(blanks, rest)
	}
	if st.Hint != "" {
		p.indented(blanks, "hint: "+st.Hint)
	}
}

// closing prints the last lines.
func (p *printer) closing(r *Report) {
	for i, line := range closing(r) {
		if i == 0 {
			p.indented(0, line, p.bold)
			continue
		}
		p.indented(0, line)
	}
}

// clean takes colours and control characters out of a foreign text, so that a
// response can't command the terminal.
func clean(text string) string {
	if strings.IndexByte(text, 0x1b) >= 0 {
		text = ansi.ReplaceAllString(text, "")
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return '\ufffd'
		}
		return r
	}, text)
}
