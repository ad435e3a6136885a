package fix

import (
	"cmp"
	"slices"
	"strings"
)

// An Edit puts Text in the place of the bytes from Start to End of a text.
type Edit struct {
	Start, End int
	Text       string
}

// Apply makes edits, which must be sorted and may not overlap. Edits that don't
// fit the text are left out.
func Apply(text string, edits []Edit) string {
	var b strings.Builder
	at := 0
	for _, e := range edits {
		if e.Start < at || e.End < e.Start || e.End > len(text) {
			continue
		}
		b.WriteString(text[at:e.Start])
		b.WriteString(e.Text)
		at = e.End
	}
	b.WriteString(text[at:])
	return b.String()
}

func sortEdits(edits []Edit) {
	slices.SortStableFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Start, b.Start) })
}

// compose makes one list of edits of two that follow each other: later edits what
// earlier has made of a text of size bytes.
func compose(size int, earlier, later []Edit) []Edit {
	between := pieces(size, earlier)
	var after []piece
	at := 0 // in the text between
	take := func(end int, keep bool) {
		for at < end && len(between) > 0 {
			head, tail := between[0].cut(end - at)
			if keep {
				after = append(after, head)
			}
			at += head.size()
			between = between[1:]
			if tail.size() > 0 {
				between = append([]piece{tail}, between...)
			}
		}
	}
	for _, e := range later {
		take(e.Start, true)
		take(e.End, false)
		after = append(after, piece{added: e.Text})
	}
	after = append(after, between...)
	return editsOf(size, after)
}

// A piece of an edited text is one of the text before, or is new.
type piece struct {
	start, end int // in the text before
	added      string
}

func (p piece) size() int { return p.end - p.start + len(p.added) }

// cut takes a piece in two, the first of at most n bytes.
func (p piece) cut(n int) (head, tail piece) {
	switch {
	case n >= p.size():
		return p, piece{}
	case p.added != "":
		return piece{added: p.added[:n]}, piece{added: p.added[n:]}
	}
	return piece{start: p.start, end: p.start + n}, piece{start: p.start + n, end: p.end}
}

func pieces(size int, edits []Edit) []piece {
	var all []piece
	at := 0
	for _, e := range edits {
		all = append(all, piece{start: at, end: e.Start}, piece{added: e.Text})
		at = e.End
	}
	return append(all, piece{start: at, end: size})
}

// editsOf are the edits that make pieces of a text of size bytes.
func editsOf(size int, all []piece) []Edit {
	var edits []Edit
	at, text := 0, ""
	flush := func(next int) {
		if next > at || text != "" {
			edits = append(edits, Edit{at, next, text})
		}
		text = ""
	}
	for _, p := range all {
		if p.added != "" {
			text += p.added
		} else if p.end > p.start {
			flush(p.start)
			at = p.end
		}
	}
	flush(size)
	return edits
}
