package openapi

import (
	"github.com/rehearse-api/rehearse/openapi/source"
)

// mediaTypes are the media types of a Swagger 2.0 operation: its own consumes or
// produces, else the document's, else JSON.
// The node is where they stand, nil for JSON.
func (im *importer) mediaTypes(op *source.Node, key string) ([]string, *source.Node) {
	for _, n := range []*source.Node{op.Get(key), im.root.Get(key)} {
		if types := list(n); len(types) > 0 {
			return types, n
		}
	}
	return []string{"application/json"}, nil
}

// swaggerBody makes the request models of a Swagger 2.0 body parameter.
func (im *importer) swaggerBody(m *Method, op *source.Node, at, phrase string) {
	parameters := op.Get("parameters")
	if parameters == nil || parameters.Kind != source.Array {
		return
	}
	unsupported := false
	for i, p := range parameters.Items {
		ref := p.Get("$ref")
		if ref != nil {
			if target, rest := im.localTarget(ref); rest == "" {
				p = target
			}
		}
		if scalar(p.Get("in")) != "body" {
			continue
		}
		types, named := im.mediaTypes(op, "consumes")
		counts, before := false, len(m.RequestModels)
		for _, contentType := range types {
			here := place{p.Pos, pointerTo(at+"/parameters", itoa(i)) + "/schema"}
			counts = im.requestModel(m, contentType, p.Get("schema"), here, phrase, &unsupported) || counts
		}
		if len(m.RequestModels) > before {
			im.notes.list(named)
		}
		if counts {
			im.notes.changed(p.Get("in"), Inferred, "becomes the request model")
			im.notes.changed(ref, Inferred, whyFollowed)
		}
	}
}

// localTarget is what a reference leads to, without a finding if it doesn't.
func (im *importer) localTarget(ref *source.Node) (*source.Node, string) {
	pointer, ok := localPointer(scalar(ref))
	if !ok {
		return nil, "/"
	}
	return im.walk(pointer)
}

func (im *importer) swaggerResponseModels(m *Method, op *source.Node, r *MethodResponse, n *source.Node, at string) {
	schema := n.Get("schema")
	if schema == nil {
		return
	}
	types, named := im.mediaTypes(op, "produces")
	if u := unsupportedClass(schema); u != "" {
		types = types[:1] // one warning for one schema
	}
	for _, contentType := range types {
		im.responseModel(m, r, contentType, schema, place{schema.Pos, at + "/schema"})
	}
	if len(r.ResponseModels) > 0 {
		im.notes.list(named)
	}
}
