package openapi

import (
	"regexp"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// pathPart is what API Gateway takes as one part of a path.
var pathPart = regexp.MustCompile(`^([a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\+?\})$`)

const (
	// AWS's present sentence, recorded for CreateResource; an older one of the import
	// was without the colon and the greedy variable.
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
		im.add(im.placeOf("/paths"), Finding{
			Rule: "paths-missing", Category: Advice, Evidence: Inferred,
			Message: "the document has no paths: the API has no methods and can't be deployed",
		})
		return
	}
	prefix, used := im.basePrefix(), false
	for _, p := range paths.Members {
		if strings.HasPrefix(p.Key, "x-") {
			continue
		}
		own := pointerTo("/paths", p.Key)
		noted := im.notes.here()
		item, at := im.resolve(p.Value, "the path "+p.Key, own)
		if item == nil {
			im.leftAs(p.Value)
			continue
		}
		followed := im.notes.since(noted)
		if item.Kind != source.Object {
			im.notes.void(followed, Inferred, "", "it is no object")
			im.notes.left(p.Value, Inferred, "", "it is no object")
			continue
		}
		r := im.resource(prefix+"/"+strings.TrimPrefix(p.Key, "/"), place{p.Pos, own})
		if r == nil {
			im.notes.unlessMore(followed, im.notes.here())
			continue
		}
		if prefix != "" && !used {
			used = true
			im.noteBasePath()
		}
		made := im.notes.here()
		if item != p.Value && r.Path != "/" {
			im.notes.took(item)
		}
		switch r.Path {
		case "/": // there is one anyway
		case prefix + p.Key:
			im.notes.took(p.Value)
		default:
			im.notes.changed(p.Value, Inferred, "becomes the resource ", r.Path) // case resource-slash-at-the-end
		}
		noted = im.notes.here()
		im.notes.resource(r, im.notes.since(made))
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
		im.notes.unlessMore(followed, noted)
	}
	im.notes.bareResources()
}

// resource returns the resource of a path, made with all those above it, or nil
// if AWS refuses one of them. AWS names the whole path then, not the part (case
// import-text-variable-siblings-full-path).
func (im *importer) resource(path string, at place) *Resource {
	path = "/" + strings.Trim(path, "/") // "/a" and "/a/" are one resource
	if path == "/" {
		im.api.Root.Pos = at.pos
		return im.api.Root
	}
	if len(path) > longestPath {
		im.add(at, Finding{
			Rule: "path-too-long", Category: Dropped, Evidence: Documented,
			Message: "the path is longer than any URL that API Gateway takes: it is left out",
		})
		return nil
	}
	parent := im.api.Root
	for end := 1; end <= len(path); end++ {
		if end < len(path) && path[end] != '/' {
			continue
		}
		part := path[strings.LastIndexByte(path[:end], '/')+1 : end]
		r := im.children[childKey{parent, part}]
		if r == nil {
			if !im.allowed(parent, part, path, at) {
				return nil
			}
			if !im.room(end, at) {
				return nil
			}
			r = &Resource{ID: NewID(parent.ID, part), Path: path[:end], PathPart: part, Parent: parent, Pos: at.pos}
			parent.Children = append(parent.Children, r)
			im.children[childKey{parent, part}] = r
			if part[0] == '{' {
				im.variable[parent] = r
			}
		}
		parent = r
	}
	return parent
}

// longestPath is the longest URL of a Regional API in characters (AWS docs:
// quotas).
const longestPath = 10240

// pathBudget bounds the length of all paths together: many deep paths that share
// nothing would grow to far more than the document.
const pathBudget = 16 << 20

// room reports whether there is room for one more path of a length.
func (im *importer) room(length int, at place) bool {
	if im.pathBytes > pathBudget {
		return false
	}
	if im.pathBytes += length; im.pathBytes <= pathBudget {
		return true
	}
	im.add(at, Finding{
		Rule: "document-too-large", Category: Refused, Evidence: Inferred,
		Message: "the paths of the document have too many parts; what comes from here on is left out",
	})
	return false
}

// allowed says whether AWS makes a resource of part below parent, on the way to path.
func (im *importer) allowed(parent *Resource, part, path string, at place) bool {
	evidence := Recorded
	refuse := func(rule, message, hint, inner string) bool {
		im.add(at, Finding{
			Rule: rule, Category: Refused, Evidence: evidence, Message: message, Hint: hint,
			AWS: "Unable to create resource at path '" + path + "': " + inner, AWSKind: AWSError,
		})
		return false
	}
	if strings.HasSuffix(parent.PathPart, "+}") {
		return refuse("path-greedy-not-last", "nothing can follow "+parent.PathPart+", which takes the rest of the path",
			"let "+parent.PathPart+" be the last part of the path", "Cannot create a child of a resource with a greedy path variable: "+parent.PathPart)
	}
	if !pathPart.MatchString(part) {
		rule, message, hint := "path-illegal-character", quote(part)+" can't be a part of a path", "use letters, digits, . _ - and :"
		if strings.ContainsAny(part, "{}") {
			evidence = Documented // case path-partial-variable-refused; its text is inferred
			rule, message, hint = "path-partial-parameter", quote(part)+": a path variable must be a whole part of the path", "write /"+variableOf(part)
		}
		return refuse(rule, message, hint, pathPartText)
	}
	if old := im.variable[parent]; old != nil && part[0] == '{' {
		return refuse("path-variable-siblings", part+" and "+old.PathPart+" are two variables at one place of the path",
			"give both the same name, or put a fixed part before one of them", "A sibling ("+old.PathPart+") of this resource already has a variable path part -- only one is allowed")
	}
	return true
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
