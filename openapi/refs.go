package openapi

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// resolve follows $ref from n to what it stands for, within the document. kind
// is what n is, for people. It returns nil, with a finding, for a reference that
// leads nowhere, outside or round in a circle.
func (im *importer) resolve(n *source.Node, kind string, at string) (*source.Node, string) {
	seen, noted := 0, im.notes.here()
	nowhere := func(here place, f Finding) (*source.Node, string) {
		im.add(here, f)
		im.notes.void(im.notes.since(noted), f.Evidence, f.Rule, f.Message)
		im.leftAs(n.Get("$ref"))
		return nil, at
	}
	for {
		refNode := n.Get("$ref")
		if refNode == nil || refNode.Kind != source.String {
			return n, at
		}
		ref := refNode.Value
		here := place{refNode.Pos, pointerTo(at, "$ref")}
		pointer, ok := localPointer(ref)
		if !ok {
			return nowhere(here, Finding{
				Rule: "external-ref-dropped", Category: Dropped, Evidence: Inferred,
				Message: kind + " refers to " + quote(ref) + ", which is not in this document: it is left out",
				Hint:    im.externalHint(here, "put it into this document and refer to it as #/components/…"),
			})
		}
		target, rest := im.walk(pointer)
		if target == nil || rest != "" {
			return nowhere(here, Finding{
				Rule: "ref-unresolved", Category: Dropped, Evidence: Inferred,
				Message: kind + " refers to " + quote(ref) + ", which is not there: it is left out",
				Hint:    im.nearest(pointer),
			})
		}
		if seen++; seen > 50 {
			return nowhere(here, Finding{
				Rule: "ref-cycle", Category: Dropped, Evidence: Inferred,
				Message: kind + " refers to " + quote(ref) + ", which leads back to itself: it is left out",
				Hint:    "break the circle: one of the references must stand for something",
			})
		}
		im.notes.changed(refNode, Inferred, whyFollowed)
		n, at = target, pointer
	}
}

// whyFollowed is inferred: case parameter-reference-followed.
const whyFollowed = "what it refers to stands in its place"

// localPointer is the JSON pointer of a reference into its own document.
func localPointer(ref string) (string, bool) {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok || pointer != "" && pointer[0] != '/' {
		return "", false
	}
	if strings.Contains(pointer, "%") {
		if plain, err := url.PathUnescape(pointer); err == nil {
			pointer = plain
		}
	}
	return pointer, true
}

// nearest is a hint: what a pointer that leads nowhere may have meant.
func (im *importer) nearest(pointer string) string {
	i := strings.LastIndexByte(pointer, '/')
	parent, rest := im.walk(pointer[:max(i, 0)])
	const most = 200 // names to look at
	if i < 0 || parent == nil || rest != "" || parent.Kind != source.Object || len(parent.Members) > most {
		return "declare it, or correct the reference"
	}
	known := make([]string, len(parent.Members))
	for j, m := range parent.Members {
		known[j] = m.Key
	}
	if near := im.near(unescapePointer(pointer[i+1:]), known); near != "" {
		return "did you mean " + quote(near) + "?"
	}
	return "declare it, or correct the reference"
}

// near is the known name that a wrong one is most like, or "". It looks only so
// often and at names of a sane length, since looking costs time.
func (im *importer) near(name string, known []string) string {
	const mostHints, longest = 300, 80
	if im.hints++; im.hints > mostHints || len(name) > longest {
		return ""
	}
	known = slices.DeleteFunc(slices.Clone(known), func(k string) bool { return len(k) > longest })
	return source.Nearest(name, known)
}

// walk goes down from the root as far as it can, and returns what of the pointer
// it could not go.
func (im *importer) walk(pointer string) (*source.Node, string) {
	n := im.root
	for n != nil && strings.HasPrefix(pointer, "/") {
		token, rest, more := strings.Cut(pointer[1:], "/")
		next := im.child(n, unescapePointer(token))
		if next == nil {
			return n, pointer
		}
		n = next
		if !more {
			return n, ""
		}
		pointer = "/" + rest
	}
	return n, pointer
}

// child is a member or an item. The members of large objects are indexed, so that
// many references into one cost no more than few.
func (im *importer) child(n *source.Node, token string) *source.Node {
	const large = 32
	switch {
	case n.Kind == source.Array:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.Items) {
			return n.Items[i]
		}
		return nil
	case n.Kind != source.Object || len(n.Members) < large:
		return n.Get(token)
	}
	members := im.index[n]
	if members == nil {
		members = make(map[string]*source.Node, len(n.Members))
		for _, m := range n.Members {
			members[m.Key] = m.Value
		}
		im.index[n] = members
	}
	return members[token]
}

// quote puts a user's text into double quotes, cut if it is long.
func quote(s string) string {
	const most = 200
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return `"` + s + `"`
}
