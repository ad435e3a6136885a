package source

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A jsonReader makes Nodes of JSON.
type jsonReader struct {
	*ordered.Reader
	file *File
	text string

	// The place of offset: as places are asked for in order, all of them cost
	// one walk through the text.
	offset, line, col int
}

func (f *File) readJSON() error {
	text := string(f.data)
	r := &jsonReader{Reader: ordered.NewReader(text), file: f, text: text, line: 1, col: 1}
	root, err := r.value()
	if err == nil {
		err = r.End()
	}
	var syntax *ordered.SyntaxError
	if errors.As(err, &syntax) {
		at := Plain(f.Name, text).At(syntax.Offset)
		return &Error{Pos: at, Msg: syntax.Msg, Hint: jsonHint(syntax.Msg), Err: err}
	}
	f.Root = root
	return nil
}

func jsonHint(msg string) string {
	switch {
	case strings.HasPrefix(msg, "a comma stands before"):
		return "remove the comma; JSON wants none after the last one"
	case strings.Contains(msg, "control character U+000A"):
		return `a line break inside a string is written \n`
	case strings.Contains(msg, "'/'"):
		return "JSON has no comments"
	}
	return ""
}

func (r *jsonReader) pos(offset int) Pos {
	for r.offset < offset {
		switch c := r.text[r.offset]; {
		case c == '\n':
			r.line, r.col = r.line+1, 1
			r.offset++
		case c < utf8.RuneSelf:
			r.col++
			r.offset++
		default:
			_, size := utf8.DecodeRuneInString(r.text[r.offset:])
			r.col++
			r.offset += size
		}
	}
	return r.file.pos(r.line, r.col)
}

func (r *jsonReader) value() (*Node, error) {
	kind, err := r.Kind()
	if err != nil {
		return nil, err
	}
	n := &Node{Pos: r.pos(r.Offset())}
	switch kind {
	case '{':
		n.Kind = Object
		return n, r.object(n)
	case '[':
		n.Kind = Array
		return n, r.array(n)
	}
	v, err := r.Scalar(kind)
	switch v := v.(type) {
	case string:
		n.Kind, n.Value, n.style, n.file = String, v, doubleQuoted, r.file
	case ordered.Number:
		n.Kind, n.Value = Number, string(v)
	case bool:
		n.Kind, n.Value = Bool, "false"
		if v {
			n.Value = "true"
		}
	}
	return n, err
}

func (r *jsonReader) object(n *Node) error {
	if err := r.Open(); err != nil {
		return err
	}
	list := memberList{file: r.file}
	for first := true; ; first = false {
		more, err := r.More('}', first)
		if !more || err != nil {
			n.Members = list.members
			return err
		}
		key, at, err := r.Key()
		if err != nil {
			return err
		}
		m := Member{Key: key, Pos: r.pos(at)}
		if m.Value, err = r.value(); err != nil {
			return err
		}
		list.add(m)
	}
}

func (r *jsonReader) array(n *Node) error {
	if err := r.Open(); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := r.More(']', first)
		if !more || err != nil {
			return err
		}
		item, err := r.value()
		if err != nil {
			return err
		}
		n.Items = append(n.Items, item)
	}
}
