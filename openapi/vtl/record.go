package vtl

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// Bits is a set of small numbers.
type Bits []uint64

// Has reports whether i is in the set.
func (b Bits) Has(i int) bool {
	return i >= 0 && i>>6 < len(b) && b[i>>6]>>(i&63)&1 == 1
}

func (b Bits) set(i int) {
	if i >= 0 && i>>6 < len(b) {
		b[i>>6] |= 1 << (i & 63)
	}
}

// Add puts the members of o, a set of the same template, into b.
func (b Bits) Add(o Bits) {
	for i := range min(len(b), len(o)) {
		b[i] |= o[i]
	}
}

// A Recording says what renderings did. It belongs to one template and one
// rendering at a time; recordings of several are merged with [Bits.Add].
type Recording struct {
	Lines    Bits   // lines of the template that were executed, from 1
	Branches Bits   // numbers into Template.Branches
	Trace    bool   // set it to have Steps filled
	Steps    []Step // what happened, in order

	watching bool   // a condition is being evaluated, and Trace is set
	saw      []byte // what it has looked at
}

// A Step is one thing a rendering did.
type Step struct {
	Pos       source.Pos
	Directive string // "set", "if", "elseif", "else", "foreach", "macro", "define", "evaluate", "break", "stop"; empty for a printed reference
	Text      string // the reference, condition, list or macro, as written
	Value     string // what it was; of a foreach: the element of this round
	Saw       string // of a condition: the references it looked at, with their values
	Taken     bool   // of an if: whether its branch was taken; of a foreach: false if there was nothing to loop over; of a reference: whether it had a value
}

// A Branch is one way a template can go.
type Branch struct {
	Pos  source.Pos
	Text string // the condition, "else", "in the loop" or "nothing to loop over"

	at place
}

// NewRecording returns an empty recording for renderings of t.
func (t *Template) NewRecording() *Recording {
	rec := &Recording{}
	rec.fit(t)
	return rec
}

// Reset empties r for a rendering of another template; it keeps its memory and Trace.
func (r *Recording) Reset() {
	r.Lines, r.Branches, r.Steps = r.Lines[:0], r.Branches[:0], r.Steps[:0]
}

// Branches returns the branches of the template: what #if, #elseif, #else and
// #foreach choose between. An #if without #else has an "else" all the same.
func (t *Template) Branches() []Branch {
	t.placed.Do(t.place)
	return t.cover.branches
}

// A Line is a line of a template.
type Line struct {
	Number int        // from 1
	Pos    source.Pos // in the user's file
}

// Lines returns the lines of the template that have something to execute, in order.
func (t *Template) Lines() []Line {
	var list []Line
	number, offset := 1, 0
	for _, n := range t.cover.list() {
		for number < n {
			for offset < len(t.text.Text) && newline(t.text.Text[offset:]) == 0 {
				offset++
			}
			if offset < len(t.text.Text) {
				offset += newline(t.text.Text[offset:])
			}
			number++
		}
		list = append(list, Line{n, t.text.At(offset)})
	}
	return list
}

// fit makes room for what t has.
func (r *Recording) fit(t *Template) {
	if n := len(t.cover.lines); len(r.Lines) < n {
		r.Lines = append(r.Lines, make(Bits, n-len(r.Lines))...)
	}
	if n := (len(t.cover.branches) + 63) / 64; len(r.Branches) < n {
		r.Branches = append(r.Branches, make(Bits, n-len(r.Branches))...)
	}
}

// A lineRange is the lines a statement stands on; 0 if they are not recorded.
type lineRange struct{ first, last int }

func (l lineRange) join(o lineRange) lineRange {
	switch {
	case l.first == 0:
		return o
	case o.first == 0:
		return l
	}
	return lineRange{min(l.first, o.first), max(l.last, o.last)}
}

// A branch is a number into Template.Branches, or -1.
type branch int

// coverage is what can be covered in a template.
type coverage struct {
	lines    Bits
	branches []Branch
}

func (c *coverage) add(l lineRange) {
	if l.first == 0 {
		return
	}
	if n := l.last>>6 + 1; len(c.lines) < n {
		c.lines = append(c.lines, make(Bits, n-len(c.lines))...)
	}
	for i := l.first; i <= l.last; i++ {
		c.lines.set(i)
	}
}

func (c *coverage) branch(at place, text string) branch {
	if c == nil {
		return -1
	}
	c.branches = append(c.branches, Branch{Text: text, at: at})
	return branch(len(c.branches) - 1)
}

func (c *coverage) list() []int {
	var list []int
	for i := range len(c.lines) * 64 {
		if c.lines.Has(i) {
			list = append(list, i)
		}
	}
	return list
}

func (r *Recording) executed(l lineRange) {
	if l.first == 0 {
		return
	}
	for i := l.first; i <= l.last; i++ {
		r.Lines.set(i)
	}
}

func (r *Recording) branch(b branch) { r.Branches.set(int(b)) }

// maxShown bounds the text of a value in a trace.
const maxShown = 200

// display is a value for people, text in quotes.
func display(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case *blockRef:
		return "a block"
	case string:
		return strconv.Quote(cut(v))
	}
	text, err := textWithin(v, Limits{Output: 20 * maxShown, Steps: 20 * maxShown})
	if err != nil {
		return "too long to show"
	}
	return cut(text)
}

func cut(s string) string {
	if len(s) <= maxShown {
		return s
	}
	end := maxShown
	for end > 0 && s[end]&0xC0 == 0x80 {
		end--
	}
	return s[:end] + "..."
}

func (r *Recording) step(s Step) {
	if r.Trace {
		r.Steps = append(r.Steps, s)
	}
}

func (r *Recording) value(ref *ref, v any) {
	if r.Trace {
		r.step(Step{Pos: ref.at.pos(), Text: ref.src, Value: display(v), Taken: v != nil})
	}
}

func (r *Recording) set(s *setStmt, v any) {
	if r.Trace {
		r.step(Step{Pos: s.at.pos(), Directive: "set", Text: s.left.src, Value: display(v), Taken: v != nil})
	}
}

// watch begins to note the references a condition looks at.
func (r *Recording) watch() { r.watching, r.saw = r.Trace, r.saw[:0] }

// see notes a reference in a condition.
func (r *Recording) see(ref *ref, v any) {
	text := ref.src + " = " + display(v)
	switch {
	case len(r.saw) == 0:
		r.saw = append(r.saw, text...)
	case !bytes.Contains(r.saw, []byte(text)): // it is often looked at twice
		r.saw = append(append(r.saw, ", "...), text...)
	}
}

func (r *Recording) condition(a *arm, elseif, ok bool) {
	if ok {
		r.branch(a.taken)
	}
	if !r.Trace {
		return
	}
	r.watching = false
	s := Step{Pos: a.at.pos(), Directive: "if", Text: a.src, Value: strconv.FormatBool(ok), Saw: string(r.saw), Taken: ok}
	if elseif {
		s.Directive = "elseif"
	}
	r.step(s)
}

// otherwise notes that no condition of s held.
func (r *Recording) otherwise(s *ifStmt) {
	r.branch(s.other)
	if r.Trace && s.orElse != nil {
		r.step(Step{Pos: s.orElse.at.pos(), Directive: "else", Taken: true})
	}
}

// noRound notes that s had nothing to loop over.
func (r *Recording) noRound(s *foreachStmt) {
	r.branch(s.skips)
	if r.Trace {
		r.step(Step{Pos: s.at.pos(), Directive: "foreach", Text: s.src})
	}
}

// directive notes those that are not noted where they run.
func (r *Recording) directive(s stmt) {
	switch s := s.(type) {
	case *breakStmt:
		r.step(Step{Pos: s.at.pos(), Directive: "break", Text: s.src, Taken: true})
	case *stopStmt:
		r.step(Step{Pos: s.at.pos(), Directive: "stop", Taken: true})
	case *evaluateStmt:
		r.step(Step{Pos: s.at.pos(), Directive: "evaluate", Text: s.src, Taken: true})
	case *defineStmt:
		r.step(Step{Pos: s.at.pos(), Directive: "define", Text: s.src, Taken: true})
	}
}

func (r *Recording) round(s *foreachStmt, v any) {
	r.branch(s.loops)
	if r.Trace {
		r.step(Step{Pos: s.at.pos(), Directive: "foreach", Text: s.src, Value: display(v), Taken: true})
	}
}

func (r *Recording) call(c *macroCall) {
	if r.Trace {
		r.step(Step{Pos: c.at.pos(), Directive: "macro", Text: strings.TrimSpace(c.src), Taken: true})
	}
}
