package openapi

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// AWS reads OpenAPI 3 with a library whose complaints it hands on as warnings:
// "Parse issue: attribute PLACE is unexpected" (case
// import-text-parameter-type-unexpected-warns; that an unknown key under
// components warns is recorded without its text). The keys below are those the
// specification knows at each place.
var knownKeys = map[string][]string{
	"document":    {"openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs"},
	"info":        {"title", "description", "termsOfService", "contact", "license", "version"},
	"components":  {"schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links", "callbacks"},
	"path":        {"$ref", "summary", "description", "get", "put", "post", "delete", "head", "patch", "options", "trace", "servers", "parameters"},
	"operation":   {"tags", "summary", "description", "externalDocs", "operationId", "parameters", "requestBody", "responses", "callbacks", "deprecated", "security", "servers"},
	"parameter":   {"$ref", "name", "in", "description", "required", "deprecated", "allowEmptyValue", "style", "explode", "allowReserved", "schema", "example", "examples", "content"},
	"requestBody": {"$ref", "description", "content", "required"},
	"response":    {"$ref", "description", "headers", "content", "links"},
}

func (im *importer) parseIssues() {
	if im.swagger {
		return
	}
	root := im.root
	im.unexpected(root, "document", "", "")
	im.kindsOf(root, "", "", documentKinds)
	im.unexpected(root.Get("info"), "info", "info", "/info")
	im.unexpected(root.Get("components"), "components", "components", "/components")
	im.kindsOf(root.Get("components"), "components", "/components", componentsKinds)
	paths := root.Get("paths")
	if paths == nil || paths.Kind != source.Object {
		return
	}
	for _, p := range paths.Members {
		if strings.HasPrefix(p.Key, "x-") {
			continue
		}
		at := pointerTo("/paths", p.Key)
		if p.Key == "$ref" && isReference(p.Value) {
			im.refOfPaths(p, at)
			continue
		}
		if !strings.HasPrefix(p.Key, "/") {
			im.add(place{p.Pos, at}, Finding{
				Rule: "path-without-slash", Category: Advice, Evidence: Inferred,
				Message: "the path " + quote(p.Key) + " doesn't start with /", Hint: "write /" + p.Key,
				AWS: "Parse issue: attribute paths. Resource " + p.Key + " should start with /", AWSKind: AWSWarning,
			})
		}
		im.kind(p.Value, source.Object, "paths."+p.Key, at)
		location := "paths.'" + p.Key + "'"
		im.unexpected(p.Value, "path", location, at)
		im.unexpectedInParameters(p.Value.Get("parameters"), location, at)
		if p.Value == nil || p.Value.Kind != source.Object {
			continue
		}
		for _, op := range p.Value.Members {
			if _, ok := verbs[op.Key]; ok && !strings.HasPrefix(op.Key, "x-") {
				im.unexpectedInOperation(op.Value, location+"("+op.Key+")", pointerTo(at, op.Key))
			}
		}
	}
}

func (im *importer) unexpectedInOperation(op *source.Node, location, at string) {
	im.unexpected(op, "operation", location, at)
	im.kindsOf(op, location, at, operationKinds)
	im.unexpectedInParameters(op.Get("parameters"), location, at)
	im.unexpected(op.Get("requestBody"), "requestBody", location+".requestBody", at+"/requestBody")
	responses := op.Get("responses")
	if responses == nil || responses.Kind != source.Object {
		return
	}
	for _, r := range responses.Members {
		if !strings.HasPrefix(r.Key, "x-") {
			im.unexpected(r.Value, "response", location+".responses."+r.Key, pointerTo(at+"/responses", r.Key))
		}
	}
}

func (im *importer) unexpectedInParameters(parameters *source.Node, location, at string) {
	if parameters == nil || parameters.Kind != source.Array {
		return
	}
	for i, p := range parameters.Items {
		im.unexpected(p, "parameter", location+".parameters.["+scalar(p.Get("name"))+"]", pointerTo(at+"/parameters", itoa(i)))
	}
}

// What the keys of a document, of its components and of an operation hold.
var (
	documentKinds = map[string]source.Kind{
		"info": source.Object, "paths": source.Object, "components": source.Object, "servers": source.Array, "security": source.Array, "tags": source.Array,
	}
	componentsKinds = map[string]source.Kind{
		"schemas": source.Object, "responses": source.Object, "parameters": source.Object, "requestBodies": source.Object, "headers": source.Object, "securitySchemes": source.Object,
	}
	operationKinds = map[string]source.Kind{
		"parameters": source.Array, "requestBody": source.Object, "responses": source.Object, "security": source.Array,
	}
)

func (im *importer) kindsOf(n *source.Node, location, at string, kinds map[string]source.Kind) {
	if n == nil || n.Kind != source.Object {
		return
	}
	for _, m := range n.Members {
		if want, ok := kinds[m.Key]; ok {
			im.kind(m.Value, want, attributeOf(location, m.Key), pointerTo(at, m.Key))
		}
	}
}

// kind warns of a value that is not of the kind it must be, in words of the
// library that reads the document for AWS: guess, no import that prints them is
// recorded.
func (im *importer) kind(n *source.Node, want source.Kind, attribute, at string) {
	if isNull(n) || n.Kind == want {
		return
	}
	name := at[strings.LastIndexByte(at, '/')+1:]
	im.add(place{n.Pos, at}, Finding{
		Rule: "openapi-wrong-kind", Category: Dropped, Evidence: Inferred,
		Message: unescapePointer(name) + " is " + article(n.Kind.String()) + ", want " + article(want.String()) + ": it is ignored",
		AWS:     "Parse issue: attribute " + attribute + " is not of type `" + want.String() + "`", AWSKind: AWSWarning,
	})
}

func attributeOf(location, key string) string {
	if location == "" {
		return key
	}
	return location + "." + key
}

// unexpected warns of keys that the specification doesn't know at a place.
func (im *importer) unexpected(n *source.Node, kind, location, at string) {
	if n == nil || n.Kind != source.Object {
		return
	}
	for _, m := range n.Members {
		if strings.HasPrefix(m.Key, "x-") || slices.Contains(knownKeys[kind], m.Key) {
			continue
		}
		im.add(place{m.Pos, pointerTo(at, m.Key)}, Finding{
			Rule: "openapi-unexpected-key", Category: Dropped, Evidence: Recorded,
			Message: "OpenAPI 3.0 has no " + quote(m.Key) + " in " + article(kind) + ": it is ignored", Hint: im.unexpectedHint(kind, m.Key),
			AWS: "Parse issue: attribute " + attributeOf(location, m.Key) + " is unexpected", AWSKind: AWSWarning,
		})
	}
}

func (im *importer) unexpectedHint(kind, key string) string {
	if kind == "parameter" && (key == "type" || key == "format" || key == "enum" || key == "items" || key == "default") {
		return "write it into the parameter's schema"
	}
	if near := im.near(key, knownKeys[kind]); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// refOfPaths says that the paths as a whole are a reference. One to a file that can
// be read was followed when the document was bundled; what is left leads nowhere.
func (im *importer) refOfPaths(ref source.Member, at string) {
	text := ref.Value.Value
	f := Finding{
		Rule: "openapi-wrong-kind", Category: Dropped, Evidence: Inferred,
		Message: "paths refers to " + quote(text) + ", and API Gateway reads paths only where they stand: it is ignored",
		Hint:    "write the paths out",
		AWS:     "Parse issue: attribute paths. Resource $ref should start with /", AWSKind: AWSWarning,
	}
	switch target := strings.TrimPrefix(text, "#"); {
	case fileRef(text) && im.doc.unread[ref.Value.Pos] != "":
		return // the bundle has said so
	case fileRef(text):
		f.Rule = "external-ref-dropped"
		f.Message = "paths refers to " + quote(text) + ", which is not in this document: it is left out"
	case target == "/paths" || strings.HasPrefix(target, "/paths/$ref"):
		f.Rule = "ref-cycle"
		f.Message = "paths refers to " + quote(text) + ", which leads back to itself: it is left out"
		f.Hint = "break the circle: one of the references must stand for something"
	}
	im.add(place{ref.Value.Pos, at}, f)
}
