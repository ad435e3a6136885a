package openapi

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// documentationTypes in the order in which AWS prints them (recorded for
// CreateDocumentationPart).
var documentationTypes = []string{
	"RESPONSE_BODY", "RESPONSE", "METHOD", "MODEL", "AUTHORIZER", "RESPONSE_HEADER", "RESOURCE", "PATH_PARAMETER", "REQUEST_BODY",
	"QUERY_PARAMETER", "API", "REQUEST_HEADER",
}

// documentation reads the parts of x-amazon-apigateway-documentation (case
// documentation-parts-imported).
func (im *importer) documentation() {
	const extension = "x-amazon-apigateway-documentation"
	n := im.root.Get(extension)
	if isNull(n) {
		return
	}
	if im.o.IgnoreDocumentation {
		im.notes.left(n, Documented, "", "ignore=documentation") // case documentation-ignored-on-request
		return
	}
	parts := n.Get("documentationParts")
	if isNull(parts) {
		return
	}
	at := "/" + extension + "/documentationParts"
	im.parts = map[DocumentationPart]int{}
	for i, p := range im.api.DocumentationParts {
		key := *p
		key.Properties, key.Pos = "", source.Pos{}
		im.parts[key] = i
	}
	if parts.Kind != source.Array {
		im.wrongKind(parts, at, "a list")
		return
	}
	for i, p := range parts.Items {
		im.documentationPart(p, pointerTo(at, itoa(i)))
	}
}

func (im *importer) documentationPart(n *source.Node, at string) {
	location := n.Get("location")
	kind := strings.ToUpper(scalar(location.Get("type")))
	if !slices.Contains(documentationTypes, kind) {
		im.add(place{im.pos(n), at}, Finding{
			Rule: "documentation-type-invalid", Category: Refused, Evidence: Inferred,
			Message: "the documentation part has the location type " + quote(scalar(location.Get("type"))) + ", which is none",
			Hint:    "the types are " + strings.Join(slices.Sorted(slices.Values(documentationTypes)), ", "),
			AWS:     enumViolation(scalar(location.Get("type")), "createDocumentationPartInput.location.type", documentationTypes...), AWSKind: AWSError,
		})
		return
	}
	noted := im.notes.here()
	im.notes.text(location.Get("type"), kind)
	part := &DocumentationPart{Type: kind, Name: scalar(location.Get("name")), Pos: n.Pos}
	part.Properties = scalar(n.Get("properties"))
	if p := n.Get("properties"); p != nil && p.Kind != source.String {
		part.Properties = string(ordered.Append(nil, p.Ordered()))
	}
	im.notes.text(location.Get("name"), part.Name)
	im.notes.whole(n.Get("properties"))
	fill := func(field *string, key, whole string) {
		*field = scalar(location.Get(key))
		im.notes.text(location.Get(key), *field)
		if *field == "" {
			*field = whole
		}
	}
	// What isn't said means the root and all methods and status codes (AWS docs:
	// Representation of API documentation); parts of the API, models and
	// authorizers have no path.
	switch kind {
	case "API", "MODEL", "AUTHORIZER":
	case "RESOURCE":
		fill(&part.Path, "path", "/")
	case "RESPONSE", "RESPONSE_HEADER", "RESPONSE_BODY":
		fill(&part.StatusCode, "statusCode", "*")
		fallthrough
	default:
		fill(&part.Path, "path", "/")
		fill(&part.Method, "method", "*")
	}
	key := *part
	key.Properties, key.Pos = "", source.Pos{}
	if im.notes != nil {
		im.notes.void(im.notes.parts[key], Inferred, "", "a later part stands at the same place")
		im.notes.parts[key] = im.notes.since(noted)
	}
	if i, ok := im.parts[key]; ok {
		im.api.DocumentationParts[i] = part
		return
	}
	im.parts[key] = len(im.api.DocumentationParts)
	im.api.DocumentationParts = append(im.api.DocumentationParts, part)
}
