// Package source says where things stand in the user's files, and reads those
// files into trees that remember it.
//
// It promises nothing to other modules.
package source

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

// A Pos is a place in a user's file. Line and Col count from 1; Col counts
// code points. The zero Pos is "nowhere".
type Pos struct {
	File      string
	Line, Col int
}

// String gives file:line:column, leaving out what is not known.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// IsZero reports whether p is nowhere.
func (p Pos) IsZero() bool { return p == Pos{} }

// Compare orders places by file, line and column, as cmp.Compare does.
func (p Pos) Compare(q Pos) int {
	if c := strings.Compare(p.File, q.File); c != 0 {
		return c
	}
	if p.Line != q.Line {
		return p.Line - q.Line
	}
	return p.Col - q.Col
}

// An Error is something wrong in a user's file: where, what, and what to do.
type Error struct {
	Pos  Pos
	Msg  string // starts small, ends without a full stop
	Hint string // something to do, or empty
	Err  error  // the cause, if another package found it
}

func (e *Error) Error() string {
	if e.Pos.IsZero() {
		return e.Msg
	}
	return e.Pos.String() + ": " + e.Msg
}

func (e *Error) Unwrap() error { return e.Err }

// A Text is a string of a user's file whose every byte knows its place.
// Templates are parsed from it, so that their errors point into the file.
type Text struct {
	Text string
	At   func(offset int) Pos // never nil for a Text made by this package
}

// Plain is a Text that stands alone: offsets count from line 1, column 1 of
// the file called name.
func Plain(name, text string) Text {
	// Worked out when a place is first asked for, which in a good text is never.
	starts := sync.OnceValue(func() []int {
		starts := []int{0}
		for i := range len(text) {
			if text[i] == '\n' {
				starts = append(starts, i+1)
			}
		}
		return starts
	})
	return Text{Text: text, At: func(offset int) Pos {
		offset = min(max(offset, 0), len(text))
		line := sort.SearchInts(starts(), offset+1)
		return Pos{File: name, Line: line, Col: utf8.RuneCountInString(text[starts()[line-1]:offset]) + 1}
	}}
}
