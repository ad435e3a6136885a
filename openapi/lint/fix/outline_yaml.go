package fix

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A yamlOutliner finds where the library's nodes end: it says only where they begin.
type yamlOutliner struct {
	*outline
	anchored map[*yaml.Node]bool // those that an alias stands for
}

func (o *outline) outlineYAML() (*part, error) {
	text := o.text
	if strings.HasPrefix(text, "%YAML 1.") { // which the library doesn't know: package source has it as a comment too
		text = "#" + text[1:]
	}
	loader, err := yaml.NewLoader(strings.NewReader(text))
	if err != nil {
		return nil, errLayout
	}
	var document yaml.Node
	if err := loader.Load(&document); err != nil || len(document.Content) != 1 {
		return nil, errLayout
	}
	y := &yamlOutliner{o, map[*yaml.Node]bool{}}
	y.findAliases(&document)
	return y.part(document.Content[0], -1)
}

func (y *yamlOutliner) findAliases(n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		y.anchored[n.Alias] = true
	}
	for _, c := range n.Content {
		y.findAliases(c)
	}
}

// offset is the byte of a line and column, which the library counts from 1 and in
// code points.
func (y *yamlOutliner) offset(n *yaml.Node) (int, error) {
	if n.Line < 1 || n.Line > len(y.lines) || n.Column < 1 {
		return 0, errLayout
	}
	at := y.lines[n.Line-1]
	for range n.Column - 1 {
		if at >= len(y.text) {
			return 0, errLayout
		}
		_, size := utf8.DecodeRuneInString(y.text[at:])
		at += size
	}
	return at, nil
}

// part outlines a node; indent is how many columns the block around it is
// indented, -1 at the root.
func (y *yamlOutliner) part(n *yaml.Node, indent int) (*part, error) {
	at, err := y.offset(n)
	if err != nil {
		return nil, err
	}
	p := &part{start: at, first: -1, shared: y.anchored[n]}
	if n.Kind == yaml.AliasNode {
		p.alias, p.raw = true, plain
		p.end = at + 1 + len(n.Value)
		if p.end > len(y.text) || y.text[at:p.end] != "*"+n.Value {
			return nil, errLayout
		}
		return p, nil
	}
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") && n.Tag != "!" {
		p.tag = n.Tag
	}
	properties := false
	p.start, properties = y.behindProperties(n, at)
	switch n.Kind {
	case yaml.MappingNode:
		p.kind = source.Object
		if n.Style&yaml.FlowStyle != 0 {
			return p, y.flow(n, p, indent)
		}
		return p, y.object(n, p)
	case yaml.SequenceNode:
		p.kind = source.Array
		if n.Style&yaml.FlowStyle != 0 {
			return p, y.flow(n, p, indent)
		}
		if !properties {
			p.first = n.Column - 1
		}
		return p, y.list(n, p)
	}
	return p, y.scalar(n, p, indent)
}

// behindProperties goes over a tag and an anchor.
func (y *yamlOutliner) behindProperties(n *yaml.Node, at int) (int, bool) {
	found := false
	for at < len(y.text) && (y.text[at] == '!' || y.text[at] == '&') && (n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 || n.Tag == "!") {
		found = true
		for at < len(y.text) && !strings.ContainsRune(" \t\r\n,]}", rune(y.text[at])) {
			at++
		}
		next := skipBlank(y.text, at)
		if next < len(y.text) && (n.Value != "" || n.Kind != yaml.ScalarNode) {
			at = next
			continue
		}
		for at < len(y.text) && y.text[at] == ' ' {
			at++
		}
	}
	return at, found
}

func (y *yamlOutliner) object(n *yaml.Node, p *part) error {
	p.raw = block
	if len(n.Content) == 0 {
		return errLayout
	}
	key, err := y.offset(n.Content[0])
	if err != nil {
		return err
	}
	p.start = key
	p.first = n.Content[0].Column - 1
	if err := y.members(n, p, p.first); err != nil {
		return err
	}
	p.end = p.members[len(p.members)-1].value.end
	for _, m := range p.members {
		if m.explicit {
			p.first = -1
		}
	}
	return nil
}

// members outlines the members of an object.
func (y *yamlOutliner) members(n *yaml.Node, p *part, indent int) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, err := y.part(n.Content[i], indent)
		if err != nil {
			return err
		}
		m := member{key: n.Content[i].Value, keyStart: key.start, keyEnd: key.end, keyRaw: key.raw}
		m.explicit = key.raw > doubleQuoted || key.alias || !y.opensLine(key.start, p)
		if n.Content[i].Tag == "!!merge" {
			p.merges = true
			m.key = "<<"
		}
		value := n.Content[i+1]
		if empty(value) {
			m.value = &part{kind: source.Null, first: -1, start: y.behindColon(key.end), raw: absent}
			m.value.end = m.value.start
		} else if m.value, err = y.part(value, indent); err != nil {
			return err
		}
		if m.value.start < key.end {
			return errLayout
		}
		p.members = append(p.members, m)
	}
	return nil
}

// opensLine reports whether nothing but blanks and dashes stands before a key of
// a block.
func (y *yamlOutliner) opensLine(at int, p *part) bool {
	if p.raw == flow {
		return true
	}
	return strings.Trim(y.text[y.lines[y.lineOf(at)]:at], " -\t") == ""
}

func empty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 && n.Anchor == "" && n.Tag == "!!null"
}

func (y *yamlOutliner) behindColon(at int) int {
	colon := at
	for colon < len(y.text) && (y.text[colon] == ' ' || y.text[colon] == '\t') {
		colon++
	}
	if colon < len(y.text) && y.text[colon] == ':' {
		return colon + 1
	}
	return at
}

func (y *yamlOutliner) list(n *yaml.Node, p *part) error {
	p.raw = block
	p.end = p.start
	indent := n.Column - 1
	for _, c := range n.Content {
		item, err := y.part(c, indent)
		if err != nil {
			return err
		}
		p.items = append(p.items, item)
		p.end = max(p.end, item.end)
	}
	if p.first >= 0 && (p.start >= len(y.text) || y.text[p.start] != '-') {
		p.first = -1
	}
	return nil
}

func (y *yamlOutliner) flow(n *yaml.Node, p *part, indent int) error {
	p.raw = flow
	open, closing := byte('{'), byte('}')
	if p.kind == source.Array {
		open, closing = '[', ']'
	}
	if p.start >= len(y.text) || y.text[p.start] != open {
		return errLayout // a: b inside [ ] is an object without brackets
	}
	p.inner = p.start + 1
	last := p.inner
	if p.kind == source.Object {
		if err := y.members(n, p, indent); err != nil {
			return err
		}
		if len(p.members) > 0 {
			last = p.members[len(p.members)-1].value.end
		}
	} else {
		for _, c := range n.Content {
			item, err := y.part(c, indent)
			if err != nil {
				return err
			}
			p.items = append(p.items, item)
			last = item.end
		}
	}
	at := skipBlank(y.text, last)
	if at < len(y.text) && y.text[at] == ',' {
		at = skipBlank(y.text, at+1)
	}
	if at >= len(y.text) || y.text[at] != closing {
		return errLayout
	}
	p.end = at + 1
	p.spread = strings.ContainsAny(y.text[p.start:p.end], "\r\n")
	return nil
}

func (y *yamlOutliner) scalar(n *yaml.Node, p *part, indent int) error {
	p.value = n.Value
	switch n.Tag {
	case "!!null":
		p.kind = source.Null
	case "!!bool":
		p.kind = source.Bool
	case "!!int", "!!float":
		p.kind = source.Number
	default:
		p.kind = source.String
	}
	rest := y.text[p.start:]
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		p.raw = blockText
		p.end = y.blockTextEnd(p.start, indent)
		return nil
	case n.Style&yaml.DoubleQuotedStyle != 0:
		p.raw = doubleQuoted
		if p.end = closingQuote(y.text, p.start); p.end == 0 || rest[0] != '"' {
			return errLayout
		}
		return nil
	case n.Style&yaml.SingleQuotedStyle != 0:
		p.raw = singleQuoted
		if rest == "" || rest[0] != '\'' {
			return errLayout
		}
		for i := 1; i < len(rest); i++ {
			if rest[i] != '\'' {
				continue
			}
			if i+1 < len(rest) && rest[i+1] == '\'' {
				i++
				continue
			}
			p.end = p.start + i + 1
			return nil
		}
		return errLayout
	}
	p.raw = plain
	length, ok := plainLength(rest, n.Value)
	if !ok {
		return errLayout
	}
	p.end = p.start + length
	if n.Value == "" {
		p.raw = absent
	}
	return nil
}

// plainLength is how many bytes an unquoted text takes, which may go over several
// lines: a line break stands for a blank, and each more for itself.
func plainLength(text, value string) (int, bool) {
	i := 0
	for j := 0; j < len(value); {
		if i >= len(text) {
			return 0, false
		}
		if text[i] == value[j] && breakAt(text, i) == 0 && !(value[j] == ' ' && atLineEnd(text[i:])) {
			i, j = i+1, j+1
			continue
		}
		if value[j] != ' ' && value[j] != '\n' {
			return 0, false
		}
		for j < len(value) && (value[j] == '\n' || value[j] == ' ') {
			j++
		}
		for i < len(text) && (text[i] == ' ' || text[i] == '\t' || breakAt(text, i) > 0) {
			i += max(1, breakAt(text, i))
		}
	}
	return i, true
}

// atLineEnd reports whether nothing but blanks comes before the line ends.
func atLineEnd(text string) bool {
	text = strings.TrimLeft(text, " \t")
	return text == "" || breakAt(text, 0) > 0
}

// blockTextEnd is where a text after | or > ends: before the last line break that
// is part of it.
func (y *yamlOutliner) blockTextEnd(at, indent int) int {
	line := y.lineOf(at)
	header, _, _ := strings.Cut(y.text[at:y.lineEnd(at)], "#")
	keep := strings.Contains(header, "+")
	want := -1 // columns before the text
	if i := strings.IndexAny(header, "123456789"); i >= 0 {
		want = max(indent, 0) + int(header[i]-'0')
	}
	end := y.lineEnd(at)
	for line++; line < len(y.lines) && y.lines[line] < len(y.text); line++ {
		start := y.lines[line]
		stop := y.lineEnd(start)
		content := y.text[start:stop]
		blanks := len(content) - len(strings.TrimLeft(content, " "))
		if blanks == len(content) && (want < 0 || blanks <= want) {
			if keep {
				end = stop
			}
			continue
		}
		if want < 0 {
			if want = blanks; want <= indent {
				break
			}
		}
		if blanks < want {
			break
		}
		end = stop
	}
	return end
}
