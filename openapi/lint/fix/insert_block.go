package fix

import (
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// written are the lines of new members of a block, with the width that the block itself has where
// it is another one than the file's.
func (in *inserter) written(p *part, fresh []*growth, path []string) []string {
	w := in.pen()
	own := in.habit
	if steps := ownSteps(p); steps > 0 {
		own.step = steps
	}
	w.habits = &own
	var lines []string
	for _, g := range fresh {
		lines = append(lines, w.blockMember(path, g.key, g.whole())...)
	}
	return lines
}

// ownSteps is how far the last object inside a block is indented.
func ownSteps(p *part) int {
	steps := 0
	for _, m := range p.members {
		if m.value.raw == block && m.value.kind == source.Object && m.value.first > p.first {
			steps = m.value.first - p.first
		}
	}
	return steps
}

// beforeBlock adds members before the first one of a block.
func (in *inserter) beforeBlock(p *part, fresh []*growth, path []string) error {
	if p.first < 0 {
		return errLayout
	}
	var b strings.Builder
	at := p.members[0].keyStart
	eol := in.eol(at)
	for _, line := range in.written(p, fresh, path) {
		b.WriteString(line + eol + strings.Repeat(" ", p.first))
	}
	in.edits = append(in.edits, Edit{at, at, b.String()})
	return nil
}

// behindBlock adds members behind the i-th of a block.
func (in *inserter) behindBlock(p *part, i int, fresh []*growth, path []string) error {
	if p.first < 0 {
		return errLayout
	}
	least := p.first + 1
	if i == len(p.members)-1 {
		least = p.first
	}
	at, err := in.afterLines(p.members[i].value.end, least)
	if err != nil {
		return err
	}
	in.addLines(at, p.first, in.written(p, fresh, path))
	return nil
}

// addLines adds lines behind the line that ends at at.
func (in *inserter) addLines(at, columns int, lines []string) {
	eol := in.eol(at)
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(eol + strings.Repeat(" ", columns) + line)
	}
	in.edits = append(in.edits, Edit{at, at, b.String()})
}

// afterLines is the end of the line in which a value ends, or of the comments
// below it that are indented so far that they belong to it.
func (in *inserter) afterLines(end, least int) (int, error) {
	rest := strings.TrimLeft(in.text[end:in.lineEnd(end)], " \t")
	if rest != "" && rest[0] != '#' {
		return 0, errLayout
	}
	at := in.lineEnd(end)
	for next := at; next < len(in.text); {
		start := next + breakAt(in.text, next)
		if start >= len(in.text) {
			break
		}
		next = in.lineEnd(start)
		line := strings.TrimLeft(in.text[start:next], " ")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if line[0] != '#' || next-start-len(line) < least {
			break
		}
		at = next
	}
	return at, nil
}

// fill gives a value to a key that has none. p is the object it stands in.
func (in *inserter) fill(p *part, g *growth, path []string) error {
	m := p.member(g.key)
	if p.raw != block || p.first < 0 || m == nil || m.value.alias || m.value.shared {
		return errLayout
	}
	at, err := in.afterLines(m.value.end, p.first+1)
	if err != nil {
		return err
	}
	lines := in.written(p, []*growth{g}, path[:len(path)-1])
	if len(lines) < 2 { // in one line it can stand behind the colon
		_, value, ok := strings.Cut(lines[0], ": ")
		if !ok {
			return errLayout
		}
		in.edits = append(in.edits, Edit{m.value.end, m.value.end, " " + value})
		return nil
	}
	in.addLines(at, p.first, lines[1:])
	return nil
}
