// Package stub makes up what a backend would answer: from the examples of an
// operation's document, else from its schemas. It is for functions and hosts
// that aren't there; nothing it says is AWS's.
//
// [Of] is the whole of it: a method goes in, an answer comes out.
//
// It promises nothing to other modules.
package stub

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// Of makes the answer that lets a call of m end with the response its operation
// describes first: the lowest status of success that the integration leads to.
// The answer is the same each time.
func Of(doc *openapi.Document, m *openapi.Method) *integration.Stub {
	o := operation{doc: doc, m: m, node: doc.Node(m.Pointer)}
	code, status := o.choose()
	s := &integration.Stub{Status: status, From: "nothing: operation " + m.HTTPMethod + " " + m.Resource.Path + " declares no response"}
	if code == "" {
		return s
	}
	response := o.response(code)
	contentType, body, from := o.body(response)
	s.From = from + " of response " + code
	s.Header = o.headers(response)
	if status == 204 || status == 304 {
		s.From = "the empty body of response " + code
		return s
	}
	if body == nil {
		return s
	}
	s.Body = body
	s.Header = append([]result.Header{{Name: "Content-Type", Value: contentType}}, s.Header...)
	return s
}

// An operation is what the document says of a method.
type operation struct {
	doc  *openapi.Document
	m    *openapi.Method
	node *source.Node
}

// choose returns the response to answer with, as the document spells it, and
// the status the backend has to answer with so that it comes about.
func (o *operation) choose() (code string, status int) {
	codes := o.codes()
	if len(codes) == 0 {
		return "", 200
	}
	if o.proxied() {
		return codes[0], statusOf(codes[0])
	}
	for _, code := range codes {
		for _, status := range []int{statusOf(code), 200, 201, 202, 204} {
			if ir := o.selected(status); ir != nil && ir.StatusCode == strconv.Itoa(statusOf(code)) {
				return code, status
			}
		}
	}
	return codes[0], statusOf(codes[0])
}

func (o *operation) proxied() bool {
	in := o.m.Integration
	return in == nil || in.Type == openapi.AWSProxy || in.Type == openapi.HTTPProxy
}

// selected is the integration response that a backend's status leads to. A
// function that doesn't fail has no message, and so gets the default.
func (o *operation) selected(status int) *openapi.IntegrationResponse {
	in := o.m.Integration
	selector := strconv.Itoa(status)
	if in.Type == openapi.AWS && strings.Contains(in.URI.Text, ":lambda:path/") {
		selector = ""
	}
	var fallback *openapi.IntegrationResponse
	for _, ir := range in.Responses {
		if ir.SelectionPattern == "" {
			fallback = cmp.Or(fallback, ir)
			continue
		}
		if ir.Pattern == nil {
			continue
		}
		if fits, err := ir.Pattern.MatchWhole(selector); err == nil && fits {
			return ir
		}
	}
	return fallback
}

// codes are the keys under responses by how well they suit: 2xx first and by
// number, then default, then the rest.
func (o *operation) codes() []string {
	responses := o.node.Get("responses")
	if responses == nil {
		return nil
	}
	var codes []string
	for _, m := range responses.Members {
		if !strings.HasPrefix(m.Key, "x-") {
			codes = append(codes, m.Key)
		}
	}
	slices.SortStableFunc(codes, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(statusOf(a), statusOf(b)))
	})
	return codes
}

func rank(code string) int {
	switch {
	case strings.HasPrefix(code, "2"):
		return 0
	case code == "default":
		return 1
	case strings.HasPrefix(code, "3"):
		return 2
	}
	return 3
}

// statusOf is the status of "201", "2XX" or "default".
func statusOf(code string) int {
	if n, err := strconv.Atoi(code); err == nil && n >= 200 && n <= 599 {
		return n
	}
	if len(code) == 3 && code[0] >= '2' && code[0] <= '5' {
		return int(code[0]-'0') * 100
	}
	return 200
}

func (o *operation) response(code string) *source.Node {
	return o.follow(o.node.Get("responses").Get(code))
}

// follow resolves a reference into the document; one that leads nowhere, or in
// a circle, is nothing.
func (o *operation) follow(n *source.Node) *source.Node {
	for range 32 {
		ref := refOf(n)
		if ref == "" {
			return n
		}
		pointer, ok := strings.CutPrefix(ref, "#")
		if !ok {
			return nil
		}
		n = o.doc.Node(pointer)
	}
	return nil
}

func refOf(n *source.Node) string {
	ref := n.Get("$ref")
	if ref == nil || ref.Kind != source.String {
		return ""
	}
	return ref.Value
}

// body is the body of a response, with what it was made of.
func (o *operation) body(response *source.Node) (contentType string, body []byte, from string) {
	if content := response.Get("content"); content != nil {
		if len(content.Members) == 0 {
			return "", nil, "the empty content"
		}
		media := content.Members[0]
		for _, m := range content.Members {
			if isJSON(m.Key) {
				media = m
				break
			}
		}
		contentType = concrete(media.Key)
		if v, ok := o.example(media.Value); ok {
			return contentType, write(v, contentType), "the example"
		}
		return o.made(contentType, media.Value.Get("schema"))
	}
	return o.swaggerBody(response)
}

// swaggerBody is a body as Swagger 2.0 describes it.
func (o *operation) swaggerBody(response *source.Node) (contentType string, body []byte, from string) {
	contentType = "application/json"
	produces := o.node.Get("produces")
	if produces == nil {
		produces = o.doc.Root.Get("produces")
	}
	if produces != nil && len(produces.Items) > 0 && !slices.ContainsFunc(produces.Items, func(n *source.Node) bool { return isJSON(n.Value) }) {
		contentType = produces.Items[0].Value
	}
	if examples := response.Get("examples"); examples != nil && len(examples.Members) > 0 {
		chosen := examples.Members[0]
		for _, m := range examples.Members {
			if isJSON(m.Key) {
				chosen = m
				break
			}
		}
		return chosen.Key, write(chosen.Value.Ordered(), chosen.Key), "the example"
	}
	return o.made(contentType, response.Get("schema"))
}

// made makes a body of a schema.
func (o *operation) made(contentType string, schema *source.Node) (string, []byte, string) {
	if schema == nil {
		return "", nil, "the empty body"
	}
	v, from := newMaker(o).value(schema), "the schema"
	if resolved := o.follow(schema); resolved.Get("example") != nil {
		from = "the schema's example"
	}
	return contentType, write(v, contentType), from
}

// example is the example of a media type or a header.
func (o *operation) example(n *source.Node) (any, bool) {
	if e := n.Get("example"); e != nil {
		return e.Ordered(), true
	}
	if examples := n.Get("examples"); examples != nil && examples.Kind == source.Object {
		for _, m := range examples.Members {
			if v := o.follow(m.Value).Get("value"); v != nil {
				return v.Ordered(), true
			}
		}
	}
	return nil, false
}

// headers are those a response always has, and those there is an example of.
func (o *operation) headers(response *source.Node) []result.Header {
	var list []result.Header
	declared := response.Get("headers")
	if declared == nil {
		return nil
	}
	for _, m := range declared.Members {
		if strings.EqualFold(m.Key, "Content-Type") {
			continue
		}
		h := o.follow(m.Value)
		v, ok := o.example(h)
		if schema := o.follow(h.Get("schema")); !ok && schema != nil {
			required := h.Get("required")
			if schema.Get("example") != nil || schema.Get("default") != nil || required != nil && required.Value == "true" {
				v, ok = newMaker(o).value(schema), true
			}
		}
		if text, isText := headerText(v); ok && isText {
			list = append(list, result.Header{Name: m.Key, Value: text})
		}
	}
	return list
}

func headerText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		return v, !strings.ContainsAny(v, "\r\n")
	}
	return string(ordered.Append(nil, v)), true
}

func isJSON(mediaType string) bool {
	t, _, _ := strings.Cut(strings.ToLower(mediaType), ";")
	t = strings.TrimSpace(t)
	return t == "application/json" || strings.HasSuffix(t, "+json")
}

// concrete is the type of a response whose media type is a range.
func concrete(mediaType string) string {
	switch {
	case !strings.Contains(mediaType, "*"):
		return mediaType
	case strings.HasPrefix(mediaType, "text/"):
		return "text/plain"
	}
	return "application/json"
}

// write is a value as a body of a media type: JSON, unless it is a text of
// another type.
func write(v any, contentType string) []byte {
	if text, ok := v.(string); ok {
		if !isJSON(contentType) {
			return []byte(text)
		}
		// An example of JSON may be written as the text it is.
		if _, err := ordered.ParseString(text); err == nil && strings.ContainsAny(strings.TrimSpace(text)[:1], "{[") {
			return []byte(text)
		}
	}
	return ordered.AppendSpelled(nil, v)
}
