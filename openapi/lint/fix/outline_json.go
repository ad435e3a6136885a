package fix

import (
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

func outlineJSON(text string) (*part, error) {
	r := jsonOutliner{ordered.NewReader(text), text}
	root, err := r.part()
	if err != nil {
		return nil, err
	}
	return root, r.End()
}

type jsonOutliner struct {
	*ordered.Reader
	text string
}

func (r jsonOutliner) part() (*part, error) {
	kind, err := r.Kind()
	if err != nil {
		return nil, err
	}
	p := &part{start: r.Offset(), raw: flow, first: -1}
	switch kind {
	case '{':
		p.kind, err = source.Object, r.object(p)
	case '[':
		p.kind, err = source.Array, r.array(p)
	default:
		err = r.scalar(p, kind)
	}
	p.end = r.Offset()
	p.spread = strings.ContainsAny(r.text[p.start:p.end], "\r\n")
	return p, err
}

func (r jsonOutliner) scalar(p *part, kind byte) error {
	v, err := r.Scalar(kind)
	p.raw = plain
	switch v := v.(type) {
	case string:
		p.kind, p.value, p.raw = source.String, v, doubleQuoted
	case ordered.Number:
		p.kind, p.value = source.Number, string(v)
	case bool:
		p.kind, p.value = source.Bool, "false"
		if v {
			p.value = "true"
		}
	}
	return err
}

func (r jsonOutliner) object(p *part) error {
	p.inner = p.start + 1
	if err := r.Open(); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := r.More('}', first)
		if !more || err != nil {
			return err
		}
		key, at, err := r.Key()
		if err != nil {
			return err
		}
		m := member{key: key, keyStart: at, keyEnd: closingQuote(r.text, at), keyRaw: doubleQuoted}
		if m.value, err = r.part(); err != nil {
			return err
		}
		p.members = append(p.members, m)
	}
}

func (r jsonOutliner) array(p *part) error {
	p.inner = p.start + 1
	if err := r.Open(); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := r.More(']', first)
		if !more || err != nil {
			return err
		}
		item, err := r.part()
		if err != nil {
			return err
		}
		p.items = append(p.items, item)
	}
}

// closingQuote is the byte behind a double-quoted text that begins at at; 0 if it
// is never closed.
func closingQuote(text string, at int) int {
	for i := at + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}
