package integration

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// ParseProxyResult reads the result of a function behind an AWS_PROXY
// integration: statusCode, headers, multiValueHeaders, body, isBase64Encoded,
// all of them optional (cases lambda-proxy-empty-object, lambda-proxy-headers-null).
// The error says why AWS would call it malformed.
//
// Base64 says what isBase64Encoded said; Body is as the function gave it.
func ParseProxyResult(payload []byte) (*Response, error) {
	v, err := ordered.Parse(payload)
	if err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	o, ok := v.(*ordered.Object)
	if !ok {
		return nil, fmt.Errorf("it is %s, want an object", ordered.KindName(v))
	}
	r := &Response{Status: 200}
	var single, multi *ordered.Object
	for key, v := range o.All() {
		switch key {
		case "statusCode":
			r.Status, err = statusOf(v)
		case "headers":
			single, err = objectOrNull(key, v)
		case "multiValueHeaders":
			multi, err = objectOrNull(key, v)
		case "body":
			switch v := v.(type) {
			case nil:
			case string:
				r.Body = []byte(v)
			default:
				err = fmt.Errorf("body is %s, want a string", ordered.KindName(v)) // case lambda-proxy-body-object-is-502
			}
		case "isBase64Encoded":
			switch v := v.(type) {
			case nil:
			case bool:
				r.Base64 = v
			default:
				err = fmt.Errorf("isBase64Encoded is %s, want true or false", ordered.KindName(v)) // guess
			}
		default:
			err = fmt.Errorf("it has the key %q, which is none of statusCode, headers, multiValueHeaders, body, isBase64Encoded", key)
		}
		if err != nil {
			return nil, err
		}
	}
	r.Header, err = proxyHeaders(single, multi)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// statusOf reads a number or a numeric string (case
// lambda-proxy-non-numeric-status-is-502).
func statusOf(v any) (int, error) {
	text := ""
	switch v := v.(type) {
	case nil: // guess: as if it were missing
		return 200, nil
	case ordered.Number:
		text = strings.TrimSuffix(string(v), ".0") // guess: a whole number, however spelled
	case string:
		text = strings.TrimSpace(v)
	default:
		return 0, fmt.Errorf("statusCode is %s, want a number", ordered.KindName(v))
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("statusCode is %q, want a number", text)
	}
	if n < 100 || n > 599 { // guess: what can't be sent can't be taken
		return 0, fmt.Errorf("statusCode is %d, want 100 to 599", n)
	}
	return n, nil
}

func objectOrNull(key string, v any) (*ordered.Object, error) {
	if v == nil {
		return nil, nil
	}
	o, ok := v.(*ordered.Object)
	if !ok {
		return nil, fmt.Errorf("%s is %s, want an object", key, ordered.KindName(v))
	}
	return o, nil
}

// proxyHeaders merges multiValueHeaders and headers by name, whatever the case:
// the multiple values first, under their spelling (case
// lambda-proxy-multi-and-single-headers-merge-ignoring-case).
func proxyHeaders(single, multi *ordered.Object) ([]result.Header, error) {
	var list []result.Header
	add := func(name, key string, v any) error {
		value, err := headerValue(v)
		if err != nil {
			return fmt.Errorf("%s %q: %w", key, name, err)
		}
		if !validHeader(name, value) {
			return fmt.Errorf("%s %q can't be sent: the name or value has characters HTTP does not allow", key, name) // guess
		}
		list = append(list, result.Header{Name: name, Value: value})
		return nil
	}
	merged := map[string]bool{} // names of single that stand in multi
	if multi != nil {
		for name, v := range multi.All() {
			values, ok := v.(*ordered.Array)
			if !ok {
				return nil, fmt.Errorf("multiValueHeaders %q is %s, want a list", name, ordered.KindName(v))
			}
			for _, item := range values.Items {
				if err := add(name, "multiValueHeaders", item); err != nil {
					return nil, err
				}
			}
			if single == nil {
				continue
			}
			for other, v := range single.All() {
				if strings.EqualFold(other, name) && !merged[other] {
					merged[other] = true
					if err := add(name, "headers", v); err != nil {
						return nil, err
					}
				}
			}
		}
	}
	if single != nil {
		for name, v := range single.All() {
			if merged[name] {
				continue
			}
			if err := add(name, "headers", v); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// headerValue reads a string or a boolean (case lambda-proxy-header-bool-value).
// Numbers are refused: guess, no recording has one.
func headerValue(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", errors.New("it is " + ordered.KindName(v) + ", want a string or a boolean")
}

// validHeader reports whether a header can go over the wire.
func validHeader(name, value string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 {
			continue
		}
		return false
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
