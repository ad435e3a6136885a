package gateway

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// mediaTypes are an API's binary media types.
type mediaTypes struct {
	all      bool     // */* is among them
	exact    []string // image/png
	prefixes []string // image/ of image/*
}

func newMediaTypes(list []string) mediaTypes {
	var m mediaTypes
	for _, t := range list {
		switch {
		case t == "*/*":
			m.all = true // documented and widely used; no recording
		case strings.HasSuffix(t, "/*"):
			m.prefixes = append(m.prefixes, t[:len(t)-1])
		default: // "*/test" fits nothing but itself (case binary-accept-other-type)
			m.exact = append(m.exact, t)
		}
	}
	return m
}

// has reports whether the first media type of a header's value is binary (case
// binary-media-type-with-right-wildcard).
func (m *mediaTypes) has(header string) bool {
	if m.all {
		return true
	}
	if len(m.exact) == 0 && len(m.prefixes) == 0 {
		return false
	}
	t := firstMediaType(header)
	for _, e := range m.exact {
		if e == t {
			return true
		}
	}
	for _, p := range m.prefixes {
		if strings.HasPrefix(t, p) {
			return true
		}
	}
	return false
}

// firstMediaType is the first item of an Accept or Content-Type header without
// its parameters.
func firstMediaType(header string) string {
	if i := strings.IndexAny(header, ",;"); i >= 0 {
		header = header[:i]
	}
	return strings.TrimSpace(header)
}

const (
	toText   = "CONVERT_TO_TEXT"
	toBinary = "CONVERT_TO_BINARY"
)

// convertRequest turns a request body into the integration's, by whether its
// type is binary and contentHandling. It reports whether the result is bytes
// rather than text; ok is false for what should be base64 and is not. The table
// was recorded (cases request-convert-to-*).
func convertRequest(body []byte, binary bool, handling string) (_ []byte, isBytes, ok bool) {
	switch handling {
	case toText:
		if binary {
			return encode64(body), false, true
		}
		return utf8Text(body), false, true
	case toBinary:
		if binary {
			return body, true, true
		}
		body, ok = decode64(body)
		return body, true, ok
	}
	if binary {
		return body, true, true
	}
	return utf8Text(body), false, true
}

// convertResponse turns a backend's body into the caller's: payload and accept
// tell whether the backend's Content-Type and the caller's Accept are binary.
// The table was recorded (cases content-handling-*). A function's
// result is JSON: the base64 text one returns stands between quotes, which are
// taken off first [AWS docs: Return binary media from a Lambda function].
func convertResponse(body []byte, payload, accept, function bool, handling string) (_ []byte, isBytes, ok bool) {
	switch {
	case handling == toText || handling == "" && !accept:
		if payload {
			return encode64(body), false, true
		}
		return utf8Text(body), false, true
	case payload:
		return body, true, true
	}
	if function {
		if text, quoted := jsonString(body); quoted {
			body = text
		}
	}
	body, ok = decode64(body)
	return body, true, ok
}

// utf8Text makes text of body: bytes that are no UTF-8 become U+FFFD.
func utf8Text(body []byte) []byte {
	if utf8.Valid(body) {
		return body
	}
	return bytes.ToValidUTF8(body, []byte("\uFFFD"))
}

func encode64(body []byte) []byte {
	return base64.StdEncoding.AppendEncode(nil, body)
}

// jsonString is the text of a JSON string, or false.
func jsonString(body []byte) ([]byte, bool) {
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) < 2 || trimmed[0] != '"' {
		return nil, false
	}
	v, err := ordered.Parse(trimmed)
	s, ok := v.(string)
	return []byte(s), err == nil && ok
}

func decode64(body []byte) ([]byte, bool) {
	out, err := base64.StdEncoding.AppendDecode(nil, body)
	if err != nil {
		out, err = base64.RawStdEncoding.AppendDecode(nil, body)
	}
	return out, err == nil
}
