package openapi

import (
	"regexp"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// pathPart is what API Gateway takes as one part of a path.
var pathPart = regexp.MustCompile(`^([a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\+?\})$`)

const (
	// AWS's sentence of 2026 (seen for CreateResource); import-messages has an
	// older one without the colon.
	pathPartText = "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end."
	verbsText    = "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"
)

// verbs are the keys of a path item that are methods.
var verbs = map[string]string{
	"get": "GET", "put": "PUT", "post": "POST", "delete": "DELETE", "patch": "PATCH", "options": "OPTIONS", "head": "HEAD",
	"x-amazon-apigateway-any-method": "ANY",
	"trace":                          "TRACE", // OpenAPI knows it, API Gateway doesn't
}

// paths makes resources and their methods.
func (im *importer) paths() {
	paths := im.root.Get("paths")
	if paths == nil || paths.Kind != source.Object {
		im.add(place{im.pos(im.root), "/paths"}, Finding{
			Rule: "paths-missing", Category: Advice, Evidence: Inferred,
			Message: "the document has no paths: the API has no methods and can't be deployed",
		})
		return
	}
	prefix := im.basePrefix()
	for _, p := range paths.Members {
		if strings.HasPrefix(p.Key, "x-") {
			continue
		}
		at := pointerTo("/paths", p.Key)
		item, at := im.resolve(p.Value, "the path "+p.Key, at)
		if item == nil || item.Kind != source.Object {
			continue
		}
		r := im.resource(prefix+"/"+strings.TrimPrefix(p.Key, "/"), place{p.Pos, at})
		if r == nil {
			continue
		}
		for _, m := range item.Members {
			verb, ok := verbs[m.Key]
			if !ok {
				continue
			}
			if m.Value == nil || m.Value.Kind != source.Object {
				im.add(place{m.Pos, pointerTo(at, m.Key)}, Finding{
					Rule: "operation-unreadable", Category: Dropped, Evidence: Inferred,
					Message: verb + " " + r.Path + " is no object: it is left out",
				})
				continue
			}
			im.method(r, verb, m, item, pointerTo(at, m.Key))
		}
	}
}

// resource returns the resource of a path, made with all those above it, or nil
// if AWS refuses one of them. AWS names the whole path then, not the part (case
// import-text-variable-siblings-full-path).
func (im *importer) resource(path string, at place) *Resource {
	path = "/" + strings.Trim(path, "/") // "/a" and "/a/" are one resource
	if r := im.byPath[path]; r != nil {
		if r.Pos.IsZero() || path == "/" {
			r.Pos = at.pos
		}
		return r
	}
	refuse := func(rule string, evidence Evidence, message, hint, inner string) *Resource {
		im.add(at, Finding{
			Rule: rule, Category: Refused, Evidence: evidence, Message: message, Hint: hint,
			AWS: "Unable to create resource at path '" + path + "': " + inner, AWSKind: AWSError,
		})
		return nil
	}
	parent := im.api.Root
	for end := 1; end <= len(path); end++ {
		if end < len(path) && path[end] != '/' {
			continue
		}
		sub := path[:end]
		if r := im.byPath[sub]; r != nil {
			parent = r
			continue
		}
		part := sub[strings.LastIndexByte(sub, '/')+1:]
		if strings.HasSuffix(parent.PathPart, "+}") {
			return refuse("path-greedy-not-last", Recorded, "nothing can follow "+parent.PathPart+", which takes the rest of the path",
				"let "+parent.PathPart+" be the last part of the path", "Cannot create a child of a resource with a greedy path variable: "+parent.PathPart)
		}
		if !pathPart.MatchString(part) {
			rule, message, hint := "path-illegal-character", quote(part)+" can't be a part of a path", "use letters, digits, . _ - and :"
			if strings.ContainsAny(part, "{}") {
				rule, message, hint = "path-partial-parameter", quote(part)+": a path variable must be a whole part of the path", "write /"+variableOf(part)
			}
			return refuse(rule, Recorded, message, hint, pathPartText)
		}
		isVariable := part[0] == '{'
		if old := im.variable[parent]; isVariable && old != nil {
			return refuse("path-variable-siblings", Recorded, part+" and "+old.PathPart+" are two variables at one place of the path",
				"give both the same name, or put a fixed part before one of them", "A sibling ("+old.PathPart+") of this resource already has a variable path part -- only one is allowed")
		}
		r := &Resource{ID: NewID(im.api.ID, sub), Path: sub, PathPart: part, Parent: parent, Pos: at.pos}
		parent.Children = append(parent.Children, r)
		im.byPath[sub] = r
		if isVariable {
			im.variable[parent] = r
		}
		parent = r
	}
	return parent
}

// variableOf is the variable within a part like "id{petId}".
func variableOf(part string) string {
	open := strings.IndexByte(part, '{')
	end := strings.LastIndexByte(part, '}')
	if open < 0 || end < open {
		return "{name}"
	}
	return part[open : end+1]
}
