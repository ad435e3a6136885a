package mapping

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

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
		text, ok := args[0].(string)
		if !ok {
			text = string(ordered.AppendJava(nil, vtl.Plain(args[0])))
		}
		return string(escapeJavaScript(nil, text)), nil
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
func escapeJavaScript(dst []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; c {
		case '\'', '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		default:
			if c < 0x20 {
				dst = fmt.Appendf(dst, `\u%04X`, c)
			} else {
				dst = append(dst, c)
			}
		}
	}
	return dst
}

// A javaError is what Java says of a wrong argument, in Java's words.
type javaError string

func (e javaError) Error() string { return string(e) }

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
	return strings.ToValidUTF8(string(out), "\uFFFD"), nil
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
	return strings.ToValidUTF8(string(b), "\uFFFD"), err
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
