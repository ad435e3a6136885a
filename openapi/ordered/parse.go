package ordered

import "sync"

// Parse reads one JSON text. A name that comes twice in an object has its last
// value in its first place. The error is a *[SyntaxError].
func Parse(data []byte) (any, error) { return ParseString(string(data)) }

// ParseString is [Parse] of a string, whose memory the values share.
func ParseString(text string) (any, error) {
	p := parsers.Get().(*parser)
	p.Reader = Reader{text: text}
	v, err := p.value()
	if err == nil {
		err = p.End()
	}
	p.done()
	if err != nil {
		return nil, err
	}
	return v, nil
}

var parsers = sync.Pool{New: func() any { return new(parser) }}

// done gives p back, unless it grew so large that keeping it would hold memory
// for nothing.
func (p *parser) done() {
	if cap(p.vals) > 1024 || cap(p.keys) > 1024 {
		return
	}
	p.Reader = Reader{}
	p.keys, p.vals = p.keys[:cap(p.keys)], p.vals[:cap(p.vals)]
	clear(p.keys)
	clear(p.vals)
	p.keys, p.vals = p.keys[:0], p.vals[:0]
	parsers.Put(p)
}

// A parser collects members and elements on two stacks and copies them into
// slices of the right size when their object or array ends.
type parser struct {
	Reader
	keys []string
	vals []any
}

func (p *parser) value() (any, error) {
	kind, err := p.Kind()
	if err != nil {
		return nil, err
	}
	switch kind {
	case '{':
		return p.object()
	case '[':
		return p.array()
	}
	return p.Scalar(kind)
}

func (p *parser) object() (any, error) {
	if err := p.Open(); err != nil {
		return nil, err
	}
	keys, vals := len(p.keys), len(p.vals)
	for first := true; ; first = false {
		more, err := p.More('}', first)
		if err != nil {
			return nil, err
		}
		if !more {
			o := makeObject(p.keys[keys:], p.vals[vals:])
			p.keys, p.vals = p.keys[:keys], p.vals[:vals]
			return o, nil
		}
		key, _, err := p.Key()
		if err != nil {
			return nil, err
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		p.keys, p.vals = append(p.keys, key), append(p.vals, v)
	}
}

func makeObject(keys []string, vals []any) *Object {
	if len(keys) > indexAbove || hasDouble(keys) {
		o := NewObject(len(keys))
		for i, k := range keys {
			o.Set(k, vals[i])
		}
		return o
	}
	o := NewObject(len(keys))
	o.keys, o.vals = append(o.keys, keys...), append(o.vals, vals...)
	return o
}

func hasDouble(keys []string) bool {
	for i, k := range keys {
		for _, before := range keys[:i] {
			if k == before {
				return true
			}
		}
	}
	return false
}

func (p *parser) array() (any, error) {
	if err := p.Open(); err != nil {
		return nil, err
	}
	vals := len(p.vals)
	for first := true; ; first = false {
		more, err := p.More(']', first)
		if err != nil {
			return nil, err
		}
		if !more {
			a := &Array{Items: append(make([]any, 0, len(p.vals)-vals), p.vals[vals:]...)}
			p.vals = p.vals[:vals]
			return a, nil
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		p.vals = append(p.vals, v)
	}
}
