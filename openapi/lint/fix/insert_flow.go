package fix

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// likeJSON reports whether all keys of a value have double quotes.
func (p *part) likeJSON() bool {
	for _, m := range p.members {
		if m.keyRaw != doubleQuoted || !m.value.likeJSON() {
			return false
		}
	}
	return !slices.ContainsFunc(p.items, func(i *part) bool { return !i.likeJSON() })
}

// inFlow adds members to an object in braces, behind the i-th.
func (in *inserter) inFlow(p *part, i int, fresh []*growth, path []string) error {
	w := in.pen()
	w.json = w.json || len(p.members) > 0 && p.likeJSON()
	entry := func(k int, indent, eol string) string {
		g := fresh[k]
		if in.json && (p.spread || len(p.members) == 0) {
			return w.key(path, g.key, true) + w.between() + w.spreadJSON(g.whole(), append(slices.Clip(path), g.key), indent, eol)
		}
		return w.entry(path, g.key, g.whole())
	}
	if len(p.members) > 0 && i < 0 {
		at := p.members[0].keyStart
		separator := w.comma
		if p.spread {
			separator = "," + in.eol(at) + in.indentation(at)
		}
		var b strings.Builder
		for k := range fresh {
			b.WriteString(entry(k, in.indentation(at), in.eol(at)) + separator)
		}
		in.edits = append(in.edits, Edit{at, at, b.String()})
		return nil
	}
	var last *part
	if len(p.members) > 0 {
		last = p.members[i].value
		if last.raw == absent && !in.json {
			return errLayout
		}
	}
	return in.brackets(p, last, len(fresh), entry)
}

// brackets adds n entries to an object or list in brackets, behind last; nil: it is
// empty.
func (in *inserter) brackets(p, last *part, n int, entry func(i int, indent, eol string) string) error {
	eol := in.eol(p.start)
	if last == nil {
		if strings.TrimSpace(in.text[p.inner:p.end-1]) != "" {
			return errLayout // a comment
		}
		in.intoEmpty(p, n, eol, entry)
		return nil
	}
	indent := in.indentation(last.start)
	separator := "," + eol + indent
	if !p.spread || !in.opensLine(p, last) {
		separator = in.habit.comma
	}
	at := last.end
	comma := skipBlank(in.text, at)
	trailing := comma < len(in.text) && in.text[comma] == ',' && closes(in.text, skipBlank(in.text, comma+1))
	if trailing { // YAML puts up with a comma behind the last one
		at = comma + 1
	}
	var b strings.Builder
	for i := range n {
		if i == 0 && trailing {
			b.WriteString(separator[1:])
		} else {
			b.WriteString(separator)
		}
		b.WriteString(entry(i, indent, eol))
	}
	if trailing {
		b.WriteString(",")
	}
	in.edits = append(in.edits, Edit{at, at, b.String()})
	return nil
}

func closes(text string, at int) bool {
	return at < len(text) && (text[at] == '}' || text[at] == ']')
}

// opensLine reports whether the entry of a value is the first of its line.
func (in *inserter) opensLine(p, last *part) bool {
	at := last.start
	for _, m := range p.members {
		if m.value == last {
			at = m.keyStart
		}
	}
	return strings.TrimSpace(in.text[in.lines[in.lineOf(at)]:at]) == ""
}

// intoEmpty puts entries between brackets that have nothing between them.
func (in *inserter) intoEmpty(p *part, n int, eol string, entry func(i int, indent, eol string) string) {
	outer := in.indentation(p.start)
	indent := outer + in.habit.unit
	var all []string
	spread := in.json && in.spreads()
	for i := range n {
		all = append(all, entry(i, indent, eol))
	}
	text := strings.Join(all, in.habit.comma)
	if spread {
		text = eol + indent + strings.Join(all, ","+eol+indent) + eol + outer
	} else if in.habit.padded && p.kind == source.Object {
		text = " " + text + " "
	}
	in.edits = append(in.edits, Edit{p.inner, p.end - 1, text})
}

// spreads reports whether a file of JSON is written over several lines.
func (in *inserter) spreads() bool { return in.root.spread }
