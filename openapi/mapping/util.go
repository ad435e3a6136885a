package mapping

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// utilObject is $util [AWS docs: API Gateway mapping template and access logging
// variable reference].
type utilObject struct {
	_ byte // objects without a size may share one address
}

func (*utilObject) Get(string) (any, bool) { return nil, false }

func (*utilObject) Call(name string, args []any) (any, error) {
	if len(args) != 1 {
		return nil, vtl.ErrNoMethod
	}
	if name == "escapeJavaScript" {
		if args[0] == nil {
			return nil, nil
		}
		text, err := vtl.Text(args[0])
		if err != nil {
			return nil, err
		}
		return escapeJavaScript(text), nil
	}
	// The others take a Java String, and only that.
	text, ok := args[0].(string)
	if !ok && args[0] != nil {
		return nil, vtl.ErrNoMethod
	}
	f := utilFunctions[name]
	switch {
	case f == nil:
		return nil, vtl.ErrNoMethod
	case args[0] == nil && name == "parseJson":
		return nil, errNull
	case args[0] == nil:
		return nil, nil
	}
	return f(text)
}

var utilFunctions = map[string]func(string) (any, error){
	"parseJson":    func(s string) (any, error) { return ordered.ParseString(s) },
	"urlEncode":    func(s string) (any, error) { return string(urlEncode(nil, s)), nil },
	"urlDecode":    func(s string) (any, error) { return urlDecode(s) },
	"base64Encode": func(s string) (any, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil },
	"base64Decode": func(s string) (any, error) { return base64Decode(s) },
}

// escapeJavaScript escapes both quotes, the backslash and control characters.
// guess: slashes and letters beyond ASCII stay; what AWS does with them is not
// recorded.
func escapeJavaScript(s string) string { return string(ordered.AppendEscaped(nil, s, '\'')) }

// A javaError is what Java says of a wrong argument, in Java's words.
type javaError string

func (e javaError) Error() string { return string(e) }

// errNull is what Java's functions say of an argument without a value. Only
// templates in stock mode have those.
const errNull = javaError("the argument is null")

// errArguments is what becomes of arguments no overload takes, where there is
// one without: Velocity takes that for one that fits any arguments.
const errArguments = javaError("wrong number or type of arguments")

// urlEncode is Java's URLEncoder: form encoding (case vtl-url-encode).
func urlEncode(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			dst = append(dst, '+')
		case isLetter(c) || isDigit(c) || strings.IndexByte("*-._", c) >= 0:
			dst = append(dst, c)
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

// urlDecode is Java's URLDecoder.
func urlDecode(s string) (any, error) {
	if !strings.ContainsAny(s, "%+") {
		return s, nil
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '+':
			out = append(out, ' ')
		case '%':
			if i+3 > len(s) {
				return nil, javaError("URLDecoder: Incomplete trailing escape (%) pattern")
			}
			b, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				return nil, javaError(fmt.Sprintf("URLDecoder: Illegal hex characters in escape (%%) pattern - %q", s[i+1:i+3]))
			}
			out = append(out, byte(b))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return javaText(out), nil
}

// base64Decode is Java's basic decoder: the standard alphabet and nothing else,
// padding in full or not at all. The bytes are read as UTF-8.
func base64Decode(s string) (any, error) {
	digits := strings.TrimRight(s, "=")
	for i := range len(digits) {
		if c := digits[i]; !isLetter(c) && !isDigit(c) && c != '+' && c != '/' {
			return nil, javaError(fmt.Sprintf("Illegal base64 character %x", c))
		}
	}
	padding := len(s) - len(digits)
	switch {
	case padding > 0 && (padding > 2 || len(s)%4 != 0):
		return nil, javaError("Input byte array has wrong 4-byte ending unit")
	case len(digits)%4 == 1:
		return nil, javaError("Last unit does not have enough valid bits")
	}
	b, err := base64.RawStdEncoding.DecodeString(digits)
	return javaText(b), err
}

// javaText reads UTF-8 as Java does: U+FFFD stands for each longest part that
// could have begun a character.
func javaText(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	out := make([]byte, 0, len(b)+8)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			n = malformed(b)
		}
		out = utf8.AppendRune(out, r)
		b = b[n:]
	}
	return string(out)
}

// malformed is how many bytes of b, which does not begin with a character, one
// U+FFFD stands for.
func malformed(b []byte) int {
	low, high, more := byte(0x80), byte(0xBF), 0
	switch c := b[0]; {
	case c >= 0xE0 && c <= 0xEF:
		more = 1
		if c == 0xE0 {
			low = 0xA0
		}
		if c == 0xED && len(b) > 2 && b[1]&0xC0 == 0x80 && b[2]&0xC0 == 0x80 {
			return 3 // a surrogate
		}
	case c >= 0xF0 && c <= 0xF4:
		more = 2
		if c == 0xF0 {
			low = 0x90
		}
		if c == 0xF4 {
			high = 0x8F
		}
	}
	n := 1
	for n <= more && n < len(b) && b[n] >= low && b[n] <= high {
		low, high = 0x80, 0xBF
		n++
	}
	return n
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
