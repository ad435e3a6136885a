package iac

import (
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// An inner document is one that was read from a text of a file: its places are those
// of the text's bytes in the file.
type inner struct {
	text  source.Text
	lines []int // where each begins
}

func within(text source.Text) *inner {
	w := &inner{text: text, lines: []int{0}}
	for i := range len(text.Text) {
		if text.Text[i] == '\n' {
			w.lines = append(w.lines, i+1)
		}
	}
	return w
}

// pos is the place in the file of one in the text.
func (w *inner) pos(p source.Pos) source.Pos {
	if p.Line < 1 || p.Line > len(w.lines) {
		return w.text.At(0)
	}
	offset := w.lines[p.Line-1]
	for col := 1; col < p.Col && offset < len(w.text.Text); col++ {
		_, size := utf8.DecodeRuneInString(w.text.Text[offset:])
		offset += size
	}
	return w.text.At(offset)
}

// node is a node with its places in the file.
func (w *inner) node(n *source.Node) *source.Node {
	if n.Kind == source.String {
		own := n.Text()
		c := source.NewString(source.Text{Text: own.Text, At: func(offset int) source.Pos { return w.pos(own.At(offset)) }}, w.pos(n.Pos))
		c.Tag = n.Tag
		return c
	}
	c := &source.Node{Kind: n.Kind, Value: n.Value, Tag: n.Tag, Pos: w.pos(n.Pos)}
	for _, item := range n.Items {
		c.Items = append(c.Items, w.node(item))
	}
	for _, m := range n.Members {
		c.Members = append(c.Members, source.Member{Key: m.Key, Pos: w.pos(m.Pos), Value: w.node(m.Value)})
	}
	return c
}
