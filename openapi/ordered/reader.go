package ordered

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may be nested in a text.
const MaxDepth = 1000

// A SyntaxError says where a text stops being JSON, and why.
type SyntaxError struct {
	Offset int // in bytes
	Msg    string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s at offset %d", e.Msg, e.Offset) }

// A Reader reads a JSON text value by value and says at which byte each stands:
//
//	kind, err := r.Kind()        // what comes: { [ " 0 t f n
//	err = r.Open()               // of an object:
//	for first := true; ; first = false {
//		more, err := r.More('}', first)
//		key, at, err := r.Key()
//		...                      // the member's value
//	}
//	err = r.End()                // after the last value
//
// [Parse] is written on it, and so is the reader of positioned trees.
type Reader struct {
	text  string
	off   int
	depth int
}

// NewReader returns a Reader of text. Strings it returns may share text's memory.
func NewReader(text string) *Reader { return &Reader{text: text} }

// Offset is the place of the next unread byte.
func (r *Reader) Offset() int { return r.off }

func (r *Reader) errorf(at int, format string, args ...any) error {
	return &SyntaxError{Offset: at, Msg: fmt.Sprintf(format, args...)}
}

func (r *Reader) space() {
	for r.off < len(r.text) {
		switch r.text[r.off] {
		case ' ', '\n', '\t', '\r':
			r.off++
		default:
			return
		}
	}
}

// unexpected is the error for the next byte not being what was wanted.
func (r *Reader) unexpected(want string) error {
	if r.off >= len(r.text) {
		return r.errorf(r.off, "the JSON ends where %s should be", want)
	}
	c, _ := utf8.DecodeRuneInString(r.text[r.off:])
	return r.errorf(r.off, "found %q, want %s", c, want)
}

// Kind skips blanks and says what value begins at Offset: '{', '[', '"', 't',
// 'f', 'n', or '0' for a number.
func (r *Reader) Kind() (byte, error) {
	r.space()
	if r.off < len(r.text) {
		switch c := r.text[r.off]; c {
		case '{', '[', '"', 't', 'f', 'n':
			return c, nil
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			return '0', nil
		}
	}
	return 0, r.unexpected("a value")
}

// Open reads the { or [ that Kind found.
func (r *Reader) Open() error {
	if r.depth++; r.depth > MaxDepth {
		return r.errorf(r.off, "nested more than %d deep", MaxDepth)
	}
	r.off++
	return nil
}

// More reads on to the next member or element: true, or reads the closing
// bracket: false. First says that none has been read yet.
func (r *Reader) More(closing byte, first bool) (bool, error) {
	r.space()
	if r.off < len(r.text) {
		switch c := r.text[r.off]; {
		case c == closing:
			r.off++
			r.depth--
			return false, nil
		case first:
			return true, nil
		case c == ',':
			comma := r.off
			r.off++
			r.space()
			if r.off < len(r.text) && r.text[r.off] == closing {
				return false, r.errorf(comma, "a comma stands before %q", rune(closing))
			}
			return true, nil
		}
	}
	if first {
		return false, r.unexpected(fmt.Sprintf("%q", rune(closing)))
	}
	return false, r.unexpected(fmt.Sprintf("a comma or %q", rune(closing)))
}

// Key reads a member's name and its colon. At is where the name begins.
func (r *Reader) Key() (key string, at int, err error) {
	at = r.off
	if at >= len(r.text) || r.text[at] != '"' {
		return "", at, r.unexpected("a name in double quotes")
	}
	if key, err = r.String(); err != nil {
		return "", at, err
	}
	r.space()
	if r.off >= len(r.text) || r.text[r.off] != ':' {
		return "", at, r.unexpected("a colon")
	}
	r.off++
	return key, at, nil
}

// String reads a string; Offset is at its opening quote. Bytes that are not
// UTF-8, and halves of surrogate pairs, become U+FFFD.
func (r *Reader) String() (string, error) {
	start := r.off + 1
	ascii := true
	for i := start; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			r.off = i + 1
			s := r.text[start:i]
			if !ascii && !utf8.ValidString(s) {
				s = replaceInvalid(s)
			}
			return s, nil
		case c == '\\':
			return r.escapedString(start, i)
		case c < 0x20:
			return "", r.errorf(i, "control character U+%04X in a string", c)
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return "", r.errorf(start-1, "the string is never closed")
}

// replaceInvalid replaces each byte that is no UTF-8 by one U+FFFD.
func replaceInvalid(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 8)
	for _, c := range s { // ranging gives U+FFFD for each bad byte
		b.WriteRune(c)
	}
	return b.String()
}

// escapedString reads the rest of the string that began at start and has its
// first backslash at i.
func (r *Reader) escapedString(start, i int) (string, error) {
	b := make([]byte, 0, i-start+32)
	b = append(b, r.text[start:i]...)
	plain := i
	for i < len(r.text) {
		switch c := r.text[i]; {
		case c == '"':
			b = append(b, r.text[plain:i]...)
			r.off = i + 1
			if !utf8.Valid(b) {
				return replaceInvalid(string(b)), nil
			}
			return string(b), nil
		case c == '\\':
			b = append(b, r.text[plain:i]...)
			var err error
			if b, i, err = r.escape(b, i); err != nil {
				return "", err
			}
			plain = i
		case c < 0x20:
			return "", r.errorf(i, "control character U+%04X in a string", c)
		default:
			i++
		}
	}
	return "", r.errorf(start-1, "the string is never closed")
}

// escape appends what the backslash at i stands for and returns the offset behind it.
func (r *Reader) escape(b []byte, i int) ([]byte, int, error) {
	if i+1 >= len(r.text) {
		return b, i, r.errorf(i, "the string is never closed")
	}
	switch c := r.text[i+1]; c {
	case '"', '\\', '/':
		return append(b, c), i + 2, nil
	case 'b':
		return append(b, '\b'), i + 2, nil
	case 'f':
		return append(b, '\f'), i + 2, nil
	case 'n':
		return append(b, '\n'), i + 2, nil
	case 'r':
		return append(b, '\r'), i + 2, nil
	case 't':
		return append(b, '\t'), i + 2, nil
	case 'u':
		u, ok := r.hex4(i + 2)
		if !ok {
			return b, i, r.errorf(i, `\u wants four hexadecimal digits`)
		}
		i += 6
		if utf16.IsSurrogate(u) {
			low, ok := rune(0), false
			if strings.HasPrefix(r.text[i:], `\u`) {
				low, ok = r.hex4(i + 2)
			}
			if pair := utf16.DecodeRune(u, low); ok && pair != utf8.RuneError {
				return utf8.AppendRune(b, pair), i + 6, nil
			}
			u = utf8.RuneError
		}
		return utf8.AppendRune(b, u), i, nil
	}
	return b, i, r.errorf(i, `a string has the escape \%c, which JSON does not know`, firstRune(r.text[i+1:]))
}

func firstRune(s string) rune {
	c, _ := utf8.DecodeRuneInString(s)
	return c
}

func (r *Reader) hex4(at int) (rune, bool) {
	if at+4 > len(r.text) {
		return 0, false
	}
	var u rune
	for _, c := range []byte(r.text[at : at+4]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		u = u<<4 | rune(c)
	}
	return u, true
}

// Number reads a number, which keeps its spelling.
func (r *Reader) Number() (Number, error) {
	start := r.off
	if r.text[r.off] == '-' {
		r.off++
	}
	switch {
	case r.off < len(r.text) && r.text[r.off] == '0':
		r.off++
		if r.off < len(r.text) && isDigit(r.text[r.off]) {
			return "", r.errorf(start, "a number begins with 0")
		}
	case !r.digits():
		return "", r.unexpected("a digit")
	}
	if r.off < len(r.text) && r.text[r.off] == '.' {
		r.off++
		if !r.digits() {
			return "", r.unexpected("a digit after the point")
		}
	}
	if r.off < len(r.text) && (r.text[r.off] == 'e' || r.text[r.off] == 'E') {
		r.off++
		if r.off < len(r.text) && (r.text[r.off] == '+' || r.text[r.off] == '-') {
			r.off++
		}
		if !r.digits() {
			return "", r.unexpected("a digit of the exponent")
		}
	}
	return Number(r.text[start:r.off]), nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (r *Reader) digits() bool {
	start := r.off
	for r.off < len(r.text) && isDigit(r.text[r.off]) {
		r.off++
	}
	return r.off > start
}

// Scalar reads the string, number, true, false or null that Kind found.
func (r *Reader) Scalar(kind byte) (any, error) {
	switch kind {
	case '"':
		return boxed(r.String())
	case '0':
		return boxed(r.Number())
	case 't':
		return true, r.word("true")
	case 'f':
		return false, r.word("false")
	default:
		return nil, r.word("null")
	}
}

func boxed[T any](v T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (r *Reader) word(want string) error {
	if !strings.HasPrefix(r.text[r.off:], want) {
		return r.errorf(r.off, "found a word that is not in quotes; only true, false and null need none")
	}
	r.off += len(want)
	return nil
}

// End makes sure that nothing but blanks follows.
func (r *Reader) End() error {
	r.space()
	if r.off < len(r.text) {
		return r.unexpected("the end of the JSON")
	}
	return nil
}
