package gateway

import (
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
)

// A node is a resource of the tree that requests are routed through.
type node struct {
	static  map[string]*node
	param   *node // {name}
	greedy  *node // {name+}
	name    string
	methods [verbs]*method // ANY is filled in for the verbs without a method of their own
	reach   verbSet        // verbs that some method at or below this node serves
}

// A verb is the number of an HTTP method that a REST API may have.
type verb uint8

const (
	verbs   = 7
	noVerb  = verb(verbs)
	anyVerb = "ANY"
)

var verbNames = [verbs]string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

func verbOf(method string) verb {
	for i, name := range verbNames {
		if name == method {
			return verb(i)
		}
	}
	return noVerb
}

type verbSet uint8

// newRouter makes the tree of a's resources, and fills in their methods.
func newRouter(a *openapi.API, compiled map[*openapi.Method]*method) *node {
	root := &node{}
	if a.Root != nil {
		root.fill(a.Root, compiled)
	}
	return root
}

func (n *node) fill(r *openapi.Resource, compiled map[*openapi.Method]*method) {
	for _, m := range r.Methods {
		if m.HTTPMethod == anyVerb {
			for v := range n.methods {
				if n.methods[v] == nil {
					n.methods[v] = compiled[m]
				}
			}
			continue
		}
		if v := verbOf(m.HTTPMethod); v != noVerb {
			n.methods[v] = compiled[m] // a specific method beats ANY, whatever the order (case routing-method-beats-any)
		}
	}
	for v, m := range n.methods {
		if m != nil {
			n.reach |= 1 << v
		}
	}
	for _, child := range r.Children {
		c := &node{}
		c.fill(child, compiled)
		n.reach |= c.reach
		part := child.PathPart
		switch {
		case strings.HasPrefix(part, "{") && strings.HasSuffix(part, "+}"):
			c.name = part[1 : len(part)-2]
			n.greedy = c
		case strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}"):
			c.name = part[1 : len(part)-1]
			n.param = c
		default:
			if n.static == nil {
				n.static = make(map[string]*node)
			}
			n.static[part] = c
		}
	}
}

// A pathParam is what a {name} stood for, as spelled in the request.
type pathParam struct{ name, value string }

// match finds the method for a verb and a path without its leading slash, and
// appends what the path parameters stand for. At each level a static part is
// tried before {name}, and {name} before {name+}. Routing is on the pair of
// resource and method: a resource that fits without having the method does not
// hold the path (cases routing-greedy-serves-method-missing-on-static-sibling,
// routing-methodless-parent-falls-to-root-greedy).
//
// A resource has one depth, so one rest of the path: each is looked at once at
// most, however the ways down part and are given up again. A document whose
// siblings never share parts with a {name} is linear in the path's length; the
// worst one, {name} beside the same static part on every level, is linear in its
// resources (BenchmarkRouter/worst).
func (n *node) match(path string, v verb, params []pathParam) (*method, []pathParam) {
	if n.reach&(1<<v) == 0 {
		return nil, params
	}
	if path == "" {
		return n.methods[v], params
	}
	part, rest, _ := strings.Cut(path, "/")
	if c := n.static[part]; c != nil {
		if m, found := c.match(rest, v, params); m != nil {
			return m, found
		}
	}
	if c := n.param; c != nil && part != "" {
		if m, found := c.match(rest, v, append(params, pathParam{c.name, part})); m != nil {
			return m, found
		}
	}
	if c := n.greedy; c != nil && c.methods[v] != nil {
		return c.methods[v], append(params, pathParam{c.name, path})
	}
	return nil, params
}

// knows reports whether some resource fits the path, whatever its methods: it
// tells an unknown path from a missing method in traces.
func (n *node) knows(path string) bool {
	if path == "" {
		return n.hasMethods()
	}
	part, rest, _ := strings.Cut(path, "/")
	if c := n.static[part]; c != nil && c.knows(rest) {
		return true
	}
	if c := n.param; c != nil && part != "" && c.knows(rest) {
		return true
	}
	return n.greedy != nil
}

func (n *node) hasMethods() bool { return n.methods != [verbs]*method{} }
