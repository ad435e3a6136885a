package lint

import (
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/javare"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// memo is what several rules want to know of a document, worked out once.
type memo struct {
	operations map[string]operation
	rendered   map[renderKey]*rendered
	statuses   map[*javare.Regexp]bool
}

// An operation is an operation as the document has it.
type operation struct {
	node *source.Node
	pos  source.Pos
}

// verbs are the keys of a path that are operations.
var verbs = map[string]bool{
	"get": true, "put": true, "post": true, "delete": true, "patch": true, "options": true, "head": true, "trace": true,
	"x-amazon-apigateway-any-method": true,
}

// operations are the operations of the document by their JSON pointers.
func (p *Pass) operations() map[string]operation {
	if p.memo.operations == nil {
		p.memo.operations = map[string]operation{}
		for _, path := range members(p.Document.Root.Get("paths")) {
			at := "/paths/" + escape(path.Key)
			for _, op := range members(path.Value) {
				if verbs[op.Key] {
					p.memo.operations[at+"/"+op.Key] = operation{op.Value, op.Pos}
				}
			}
		}
	}
	return p.memo.operations
}

// operation is what the document says of a method; nil where the method comes
// from elsewhere.
func (p *Pass) operation(m *openapi.Method) *source.Node { return p.operations()[m.Pointer].node }

// property is the place of a key of a method's integration; that of the integration
// where it has no such key.
func (p *Pass) property(m *openapi.Method, key string) source.Pos {
	return keyPos(p.operation(m).Get("x-amazon-apigateway-integration"), key, m.Integration.Pos)
}

// keyPos is the place of a key of an object, or another one where it has no such key.
func keyPos(n *source.Node, key string, instead source.Pos) source.Pos {
	for _, m := range members(n) {
		if m.Key == key {
			return m.Pos
		}
	}
	return instead
}

// members are those of an object; nil and anything else has none.
func members(n *source.Node) []source.Member {
	if n == nil {
		return nil
	}
	return n.Members
}

// items are those of an array.
func items(n *source.Node) []*source.Node {
	if n == nil {
		return nil
	}
	return n.Items
}

// escape is a key as a part of a JSON pointer.
func escape(key string) string {
	if !strings.ContainsAny(key, "~/") {
		return key
	}
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// swagger reports whether the document is of version 2.0.
func (p *Pass) swagger() bool { return p.Document.Root.Get("swagger") != nil }

// text is a scalar as it is spelled; empty for anything else.
func text(n *source.Node) string {
	if n == nil {
		return ""
	}
	return n.Value
}

// pathVariables are the names in a resource's path: {id} and {proxy+}.
func pathVariables(path string) []string {
	var names []string
	for _, part := range strings.Split(path, "/") {
		if len(part) > 2 && part[0] == '{' && part[len(part)-1] == '}' {
			names = append(names, strings.TrimSuffix(part[1:len(part)-1], "+"))
		}
	}
	return names
}

// count says "1 method", "3 methods".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
