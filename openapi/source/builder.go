package source

import (
	"sort"
	"strings"
)

// A Builder makes a Text out of pieces of other texts, whose bytes keep their
// places. The zero Builder is empty and ready to use.
type Builder struct {
	text   strings.Builder
	pieces []textPiece
}

// A textPiece is where the bytes from start on come from.
type textPiece struct {
	start int
	at    func(offset int) Pos // of the old text; nil: all stand at pos
	from  int                  // offset in the old text
	pos   Pos
}

// Copy appends the bytes of t from one offset to another.
func (b *Builder) Copy(t Text, from, to int) {
	if from == to {
		return
	}
	b.pieces = append(b.pieces, textPiece{start: b.text.Len(), at: t.At, from: from})
	b.text.WriteString(t.Text[from:to])
}

// Insert appends s, all of which stands at pos.
func (b *Builder) Insert(s string, pos Pos) {
	if s == "" {
		return
	}
	b.pieces = append(b.pieces, textPiece{start: b.text.Len(), pos: pos})
	b.text.WriteString(s)
}

// Append appends the whole of t.
func (b *Builder) Append(t Text) { b.Copy(t, 0, len(t.Text)) }

// Len is how many bytes there are so far.
func (b *Builder) Len() int { return b.text.Len() }

// Text is what was built. An empty one stands at the place given.
func (b *Builder) Text(empty Pos) Text {
	pieces := b.pieces
	return Text{Text: b.text.String(), At: func(offset int) Pos {
		i := sort.Search(len(pieces), func(i int) bool { return pieces[i].start > offset }) - 1
		switch {
		case i < 0:
			return empty
		case pieces[i].at == nil:
			return pieces[i].pos
		}
		return pieces[i].at(pieces[i].from + offset - pieces[i].start)
	}}
}

// String is the text so far.
func (b *Builder) String() string { return b.text.String() }
