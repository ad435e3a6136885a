package integration

import (
	"errors"
	"strconv"
)

// ErrNoStatus is returned for a rendered request template that is no object, or
// has no integer statusCode.
//
//lint:ignore ST1005 AWS's log line, word for word
var ErrNoStatus = errors.New("Unable to parse statusCode. It should be an integer that is defined in the request template.")

// MockStatus reads the statusCode of a MOCK integration's rendered request
// template. It reads the JSON as leniently as AWS does: names and values
// without quotes or in single ones, commas too many, numbers with zeros in
// front, anything after the closing brace. The status may be any integer, even 0
// or -1000. The last statusCode counts. The error is [ErrNoStatus].
//
// Evidence: an unquoted name is recorded (case
// mock-lenient-json-in-request-template), the other forms are inferred (case
// mock-lenient-json-accepted-forms); what no case shows follows json-smart's
// permissive mode, which all of them fit: guess.
func MockStatus(rendered []byte) (int, error) {
	p := lenient{text: rendered}
	if p.space(); p.peek() != '{' || !p.object(true) || !p.found {
		return 0, ErrNoStatus
	}
	return p.status, nil
}

// maxLenientDepth is how deep values may be nested in a mock's template.
const maxLenientDepth = 400

// lenient walks lenient JSON without building it.
type lenient struct {
	text  []byte
	off   int
	depth int

	found  bool // the last statusCode of the outermost object is an integer:
	status int
}

// end is what peek says when the text is over. A NUL in the text ends it too.
const end = 0

func (p *lenient) peek() byte {
	if p.off < len(p.text) {
		return p.text[p.off]
	}
	return end
}

func (p *lenient) space() {
	for p.off < len(p.text) {
		switch p.text[p.off] {
		case ' ', '\t', '\r', '\n':
			p.off++
		default:
			return
		}
	}
}

// object reads {...}; it says false where AWS would refuse the text.
func (p *lenient) object(outermost bool) bool {
	if p.depth++; p.depth > maxLenientDepth {
		return false
	}
	p.off++ // {
	for {
		p.space()
		switch p.peek() {
		case '}':
			p.off++
			p.depth--
			return true
		case ',': // one too many
			p.off++
			continue
		case end, ':', '[', ']', '{':
			return false
		}
		isStatus, ok := p.name()
		if !ok {
			return false
		}
		if p.space(); p.peek() != ':' {
			return false
		}
		p.off++
		n, isInt, ok := p.value('}')
		if !ok {
			return false
		}
		if outermost && isStatus {
			p.found, p.status = isInt, n
		}
		p.space()
		switch p.peek() {
		case ',':
			p.off++
		case '}':
		default:
			return false
		}
	}
}

// name reads a member's name, in quotes or up to the colon, and says whether it
// is statusCode.
func (p *lenient) name() (isStatus, ok bool) {
	if c := p.peek(); c == '"' || c == '\'' {
		name, escaped, ok := p.quoted(c)
		if escaped {
			name = unescape(name)
		}
		return string(name) == "statusCode", ok
	}
	start := p.off
	for c := p.peek(); c != ':' && c != end; c = p.peek() {
		p.off++
	}
	return string(trimBlanks(p.text[start:p.off])) == "statusCode", true
}

// quoted reads a string; escapes in it are not resolved.
func (p *lenient) quoted(quote byte) (s []byte, escaped, ok bool) {
	p.off++
	start := p.off
	for ; p.off < len(p.text); p.off++ {
		switch c := p.text[p.off]; {
		case c == '\\':
			escaped = true
			p.off++
		case c == quote:
			s = p.text[start:p.off]
			p.off++
			return s, escaped, true
		}
	}
	return nil, false, false
}

// unescape resolves the escapes a name could be spelled statusCode with.
func unescape(s []byte) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		i++
		if s[i] == 'u' && i+4 < len(s) {
			if u, err := strconv.ParseUint(string(s[i+1:i+5]), 16, 16); err == nil {
				b = append(b, string(rune(u))...)
				i += 4
				continue
			}
		}
		b = append(b, s[i])
	}
	return b
}

// value reads any value. Closing is the bracket of what it stands in.
func (p *lenient) value(closing byte) (n int, isInt, ok bool) {
	p.space()
	switch c := p.peek(); c {
	case '{':
		return 0, false, p.object(false)
	case '[':
		return 0, false, p.array()
	case '"', '\'':
		_, _, ok = p.quoted(c)
		return 0, false, ok
	case end, ':', '}', ']':
		return 0, false, false
	}
	start := p.off
	for c := p.peek(); c != ',' && c != closing && c != end; c = p.peek() {
		p.off++
	}
	n, isInt = integer(trimBlanks(p.text[start:p.off]))
	return n, isInt, true
}

func (p *lenient) array() bool {
	if p.depth++; p.depth > maxLenientDepth {
		return false
	}
	p.off++ // [
	for {
		p.space()
		switch p.peek() {
		case ']':
			p.off++
			p.depth--
			return true
		case ',':
			p.off++
			continue
		case end, ':', '}':
			return false
		}
		if _, _, ok := p.value(']'); !ok {
			return false
		}
	}
}

// integer reads an optional minus and digits.
func integer(s []byte) (int, bool) {
	if len(s) == 0 || s[0] == '+' {
		return 0, false
	}
	n, err := strconv.ParseInt(string(s), 10, 64)
	return int(n), err == nil
}

func trimBlanks(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	return b
}
