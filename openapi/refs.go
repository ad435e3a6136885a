package openapi

import (
	"net/url"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// resolve follows $ref from n to what it stands for, within the document. kind
// is what n is, for people. It returns nil, with a finding, for a reference that
// leads nowhere, outside or round in a circle.
func (im *importer) resolve(n *source.Node, kind string, at string) (*source.Node, string) {
	seen := 0
	for {
		refNode := n.Get("$ref")
		if refNode == nil || refNode.Kind != source.String {
			return n, at
		}
		ref := refNode.Value
		here := place{refNode.Pos, pointerTo(at, "$ref")}
		pointer, ok := localPointer(ref)
		if !ok {
			im.add(here, Finding{
				Rule: "external-ref", Category: Dropped, Evidence: Inferred,
				Message: kind + " refers to " + quote(ref) + ", which is not in this document: it is left out",
				Hint:    "put it into this document and refer to it as #/components/…",
			})
			return nil, at
		}
		target, rest := walkPointer(im.root, pointer)
		if target == nil || rest != "" {
			im.add(here, Finding{
				Rule: "ref-unresolved", Category: Dropped, Evidence: Inferred,
				Message: kind + " refers to " + quote(ref) + ", which is not there: it is left out",
				Hint:    im.nearest(pointer),
			})
			return nil, at
		}
		if seen++; seen > 50 {
			im.add(here, Finding{
				Rule: "ref-cycle", Category: Dropped, Evidence: Inferred,
				Message: kind + " refers to " + quote(ref) + ", which leads back to itself: it is left out",
				Hint:    "break the circle: one of the references must stand for something",
			})
			return nil, at
		}
		n, at = target, pointer
	}
}

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
	parent, rest := walkPointer(im.root, pointer[:max(i, 0)])
	const most = 200 // names to look at
	if i < 0 || parent == nil || rest != "" || parent.Kind != source.Object || len(parent.Members) > most {
		return "declare it, or correct the reference"
	}
	known := make([]string, len(parent.Members))
	for j, m := range parent.Members {
		known[j] = m.Key
	}
	if near := source.Nearest(unescapePointer(pointer[i+1:]), known); near != "" {
		return "did you mean " + quote(near) + "?"
	}
	return "declare it, or correct the reference"
}

// quote puts a user's text into double quotes, cut if it is long.
func quote(s string) string {
	const most = 200
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return `"` + s + `"`
}
