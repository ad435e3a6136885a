package openapi

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

func itoa(i int) string { return strconv.Itoa(i) }

// spot is a kind of place in a document where extensions may stand.
type spot string

const (
	atRoot       spot = "the root of the document"
	atPathItem   spot = "a path"
	atOperation  spot = "an operation"
	atScheme     spot = "a security scheme"
	atServer     spot = "a server"
	atComponents spot = "components"
	atTag        spot = "a tag"
	elsewhere    spot = "this place"
)

// An extension is a key that API Gateway knows, and where it reads it.
type extension struct {
	spots    []spot
	httpOnly bool // only HTTP APIs act on it
}

const extensionPrefix = "x-amazon-apigateway-"

// extensions are all there are, without their common prefix (AWS docs: OpenAPI
// extensions for API Gateway).
var extensions = map[string]extension{
	"any-method":               {spots: []spot{atPathItem}},
	"api-key-source":           {spots: []spot{atRoot}},
	"auth":                     {spots: []spot{atOperation}},
	"authorizer":               {spots: []spot{atScheme}},
	"authtype":                 {spots: []spot{atScheme}},
	"binary-media-types":       {spots: []spot{atRoot}},
	"cors":                     {spots: []spot{atRoot}, httpOnly: true},
	"documentation":            {spots: []spot{atRoot}},
	"endpoint-configuration":   {spots: []spot{atRoot, atServer}},
	"gateway-responses":        {spots: []spot{atRoot}},
	"importexport-version":     {spots: []spot{atRoot}, httpOnly: true},
	"integration":              {spots: []spot{atOperation}},
	"integrations":             {spots: []spot{atComponents}, httpOnly: true},
	"minimum-compression-size": {spots: []spot{atRoot}},
	"policy":                   {spots: []spot{atRoot}},
	"request-validator":        {spots: []spot{atRoot, atOperation}},
	"request-validators":       {spots: []spot{atRoot}},
	"tag-value":                {spots: []spot{atTag}, httpOnly: true},
}

// extensionPlaces reports the extensions that AWS leaves out without a word:
// unknown ones, those of HTTP APIs, and those at a place where nobody reads them.
func (im *importer) extensionPlaces() {
	w := extensionWalk{im: im, seen: map[*source.Node]bool{}}
	w.node(im.root, "", 0)
}

type extensionWalk struct {
	im   *importer
	path []string
	seen map[*source.Node]bool // an alias is looked at once
}

func (w *extensionWalk) node(n *source.Node, key string, depth int) {
	if n == nil || n.Kind != source.Array && n.Kind != source.Object || w.seen[n] {
		return
	}
	w.seen[n] = true
	for i, item := range n.Items {
		w.path = append(w.path, itoa(i))
		w.node(item, "", depth+1)
		w.path = w.path[:len(w.path)-1]
	}
	for _, m := range n.Members {
		w.path = append(w.path, m.Key)
		switch {
		case strings.HasPrefix(m.Key, extensionPrefix):
			w.extension(m)
			if m.Key == "x-amazon-apigateway-any-method" {
				w.node(m.Value, m.Key, depth+1)
			}
		case m.Key == "example" || m.Key == "examples" || strings.HasPrefix(m.Key, "x-"):
		default:
			w.node(m.Value, m.Key, depth+1)
		}
		w.path = w.path[:len(w.path)-1]
	}
}

// spot says what kind of place the walk is at: the object that holds the last key.
func (w *extensionWalk) spot() spot {
	p := w.path[:len(w.path)-1]
	switch len(p) {
	case 0:
		return atRoot
	case 1:
		if p[0] == "components" {
			return atComponents
		}
	case 2:
		switch p[0] {
		case "paths":
			return atPathItem
		case "servers":
			return atServer
		case "tags":
			return atTag
		case "securityDefinitions":
			return atScheme
		}
	case 3:
		if p[0] == "paths" {
			return atOperation
		}
		if p[0] == "components" && p[1] == "securitySchemes" {
			return atScheme
		}
	}
	return elsewhere
}

func (w *extensionWalk) extension(m source.Member) {
	at := place{m.Pos, ""}
	for _, key := range w.path {
		at.pointer = pointerTo(at.pointer, key)
	}
	e, known := extensions[strings.TrimPrefix(m.Key, extensionPrefix)]
	where := w.spot()
	switch {
	case !known:
		w.im.add(at, Finding{
			Rule: "unknown-amazon-extension", Category: Dropped, Evidence: Documented,
			Message: m.Key + " is no extension that API Gateway knows: it is ignored",
			Hint:    w.im.nearestExtension(m.Key),
		})
	case e.httpOnly:
		w.im.add(at, Finding{
			Rule: "http-api-only-extension", Category: Dropped, Evidence: Documented,
			Message: m.Key + " belongs to HTTP APIs; a REST API ignores it",
			Hint:    httpOnlyHint(m.Key),
		})
	case !slices.Contains(e.spots, where):
		w.im.add(at, Finding{
			Rule: "extension-misplaced", Category: Dropped, Evidence: Documented,
			Message: m.Key + " is not read at " + string(where) + ": it is ignored",
			Hint:    "put it at " + spotNames(e.spots),
		})
	case m.Key == "x-amazon-apigateway-endpoint-configuration" && (where == atRoot) != w.im.swagger:
		hint := "put it into the first of servers"
		if w.im.swagger {
			hint = "put it at the root of the document"
		}
		w.im.add(at, Finding{
			Rule: "endpoint-configuration-at-root", Category: Dropped, Evidence: Documented,
			Message: m.Key + " is not read here in this version of OpenAPI: it is ignored", Hint: hint,
		})
	}
}

func httpOnlyHint(key string) string {
	switch key {
	case "x-amazon-apigateway-cors":
		return "give each path an OPTIONS method with a mock integration"
	case "x-amazon-apigateway-integrations":
		return "write the integration into each operation"
	}
	return ""
}

func spotNames(spots []spot) string {
	names := make([]string, len(spots))
	for i, s := range spots {
		names[i] = string(s)
	}
	return strings.Join(names, " or ")
}

// nearestExtension is a hint for a misspelt extension.
func (im *importer) nearestExtension(key string) string {
	near := im.near(strings.TrimPrefix(key, extensionPrefix), slices.Sorted(maps.Keys(extensions)))
	if near == "" {
		return ""
	}
	return "did you mean " + extensionPrefix + near + "?"
}

// unknownProperty reports a property of an extension that a REST API ignores.
func (im *importer) unknownProperty(m source.Member, at, owner string, httpOnly map[string]bool) {
	f := Finding{
		Rule: "unknown-extension-property", Category: Dropped, Evidence: Inferred,
		Message: quote(m.Key) + " is no property of " + owner + ": it is ignored",
	}
	if httpOnly[m.Key] {
		f.Rule, f.Evidence, f.Severity = "http-api-only-property", Documented, Info // silently ignored: case payload-format-version-ignored
		f.Message = m.Key + " of " + owner + " belongs to HTTP APIs; a REST API ignores it"
	}
	im.add(place{m.Pos, pointerTo(at, m.Key)}, f)
}
