package openapi

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A conversion is an OpenAPI schema on its way to a model: draft 4, references
// as model URLs.
type conversion struct {
	name, pointer string
	pos           source.Pos
	schema        any
	description   string
	refs          []schemaRef
	notes         span

	unsupported         []string // keywords that AWS refuses
	unsupportedAt       place
	unsupportedEvidence Evidence
	external            *place // the first reference out of the document
	broken              *place // the first thing that is no draft 4
	brokenWhy           string
}

type schemaRef struct {
	name string
	at   place
	node *source.Node
}

// convert makes a draft-4 schema of an OpenAPI schema.
func (im *importer) convert(n *source.Node, at string) *conversion {
	c := &conversion{pointer: at, description: scalar(n.Get("description"))}
	w := converter{im: im, c: c}
	noted := im.notes.here()
	c.schema = w.schema(n, at)
	im.notes.text(n.Get("description"), c.description)
	c.notes = im.notes.since(noted)
	return c
}

type converter struct {
	im *importer
	c  *conversion
}

// droppedKeywords are OpenAPI's own, which the import leaves out of the model
// without a word: nullable is recorded (case import-nullable-dropped-from-model),
// the others are inferred from it.
var droppedKeywords = map[string]string{
	"nullable":     `null then fails the model's validation; use oneOf: [{type: "null"}, …]`,
	"readOnly":     "",
	"writeOnly":    "",
	"xml":          "",
	"externalDocs": "",
	"deprecated":   "",
	"example":      "",
	"examples":     "",
}

// draft4 are the keywords of JSON Schema draft 4.
var draft4 = map[string]bool{
	"$schema": true, "id": true, "title": true, "description": true, "default": true, "format": true,
	"multipleOf": true, "maximum": true, "exclusiveMaximum": true, "minimum": true, "exclusiveMinimum": true,
	"maxLength": true, "minLength": true, "pattern": true,
	"additionalItems": true, "items": true, "maxItems": true, "minItems": true, "uniqueItems": true,
	"maxProperties": true, "minProperties": true, "required": true, "additionalProperties": true,
	"definitions": true, "properties": true, "patternProperties": true, "dependencies": true,
	"enum": true, "type": true, "allOf": true, "anyOf": true, "oneOf": true, "not": true,
}

func (w converter) schema(n *source.Node, at string) any {
	if n == nil {
		return ordered.NewObject(0)
	}
	if n.Kind != source.Object {
		w.fault(n, at, "a schema is "+article(n.Kind.String())+", want an object")
		return ordered.NewObject(0)
	}
	w.im.notes.took(n)
	if ref := n.Get("$ref"); ref != nil && ref.Kind == source.String {
		w.im.noteBeside(n, "$ref", "what stands beside $ref doesn't count")
		return w.reference(ref, at) // what stands beside $ref doesn't count
	}
	if array := w.arrayOrNull(n, at); array != nil {
		return array
	}
	o := ordered.NewObject(len(n.Members))
	for _, m := range n.Members {
		w.keyword(o, m, at)
	}
	return o
}

// arrayOrNull makes of a schema that takes an array or null what the import makes
// of it: an array (case model-array-or-null-becomes-array). It returns nil for
// other schemas.
func (w converter) arrayOrNull(n *source.Node, at string) any {
	if t := n.Get("type"); t != nil && t.Kind == source.Array {
		types := list(t)
		if len(types) != 2 || !slices.Contains(types, "array") || !slices.Contains(types, "null") {
			return nil
		}
		o := ordered.NewObject(len(n.Members))
		for _, m := range n.Members {
			if m.Key == "type" {
				o.Set("type", "array")
				w.im.notes.changed(m.Value, Inferred, "becomes array") // case model-array-or-null-becomes-array
				w.im.notes.whole(m.Value)
				w.nullDropped(m, at)
				continue
			}
			w.keyword(o, m, at)
		}
		return o
	}
	for _, m := range n.Members {
		if m.Key != "oneOf" && m.Key != "anyOf" || m.Value == nil || len(m.Value.Items) != 2 {
			continue
		}
		for i, item := range m.Value.Items {
			if scalar(item.Get("type")) == "array" && scalar(m.Value.Items[1-i].Get("type")) == "null" {
				w.nullDropped(m, at)
				w.im.notes.changed(m.Value, Inferred, "only the array of it is kept")
				w.im.notes.changed(m.Value.Items[1-i], Inferred, "of an array or null the array is kept")
				w.im.notes.whole(m.Value.Items[1-i])
				w.im.noteBeside(n, m.Key, "only the array of "+m.Key+" is kept")
				return w.schema(item, pointerTo(pointerTo(at, m.Key), itoa(i)))
			}
		}
	}
	return nil
}

func (w converter) nullDropped(m source.Member, at string) {
	w.im.add(place{m.Pos, pointerTo(at, m.Key)}, Finding{
		Rule: "schema-nullable", Category: Dropped, Evidence: Inferred,
		Message: "of an array or null the import keeps the array: null then fails the model's validation",
		Hint:    "leave the property out of required, and out of the body where it has no value",
	})
}

func (w converter) keyword(o *ordered.Object, m source.Member, schemaAt string) {
	at := pointerTo(schemaAt, m.Key)
	switch m.Key {
	case "properties", "patternProperties", "definitions":
		o.Set(m.Key, w.schemaMap(m.Value, at))
	case "items":
		if m.Value != nil && m.Value.Kind == source.Array {
			w.im.notes.took(m.Value)
			o.Set(m.Key, w.schemaList(m.Value, at))
			return
		}
		o.Set(m.Key, w.schema(m.Value, at))
	case "additionalProperties", "additionalItems":
		if m.Value != nil && m.Value.Kind == source.Bool {
			w.im.notes.took(m.Value)
			o.Set(m.Key, m.Value.Value == "true")
			return
		}
		o.Set(m.Key, w.schema(m.Value, at))
	case "not":
		o.Set(m.Key, w.schema(m.Value, at))
	case "allOf", "anyOf", "oneOf":
		if m.Value == nil || m.Value.Kind != source.Array || len(m.Value.Items) == 0 {
			w.fault(m.Value, at, m.Key+" must be a list of schemas")
			return
		}
		o.Set(m.Key, w.schemaList(m.Value, at))
	case "type":
		w.checkType(m.Value, at)
		w.im.notes.whole(m.Value)
		o.Set(m.Key, m.Value.Ordered())
	case "required":
		w.required(o, m, at)
	case "enum":
		if m.Value == nil || m.Value.Kind != source.Array || len(m.Value.Items) == 0 {
			w.fault(m.Value, at, "enum must be a list of values")
			return
		}
		w.im.notes.whole(m.Value)
		o.Set(m.Key, m.Value.Ordered())
	case "exclusiveMinimum", "exclusiveMaximum":
		if m.Value == nil || m.Value.Kind != source.Bool {
			w.dropped(m, at, m.Key+" is a boolean in draft 4: it is left out of the model", "write minimum: N with exclusiveMinimum: true")
			return
		}
		w.im.notes.took(m.Value)
		o.Set(m.Key, m.Value.Value == "true")
	case "discriminator":
		w.refused(m, at, Recorded)
	default:
		w.other(o, m, at)
	}
}

// other handles the keywords that have no schemas below them.
func (w converter) other(o *ordered.Object, m source.Member, at string) {
	hint, openAPI := droppedKeywords[m.Key]
	switch {
	case m.Key == "example" && w.im.swagger:
		w.refused(m, at, Recorded) // recorded for Swagger 2.0
	case openAPI:
		if m.Key != "nullable" || truth(m.Value) {
			w.dropped(m, at, m.Key+" is left out of the model", hint)
		}
	case strings.HasPrefix(m.Key, "x-"):
	case draft4[m.Key]:
		w.im.notes.whole(m.Value)
		o.Set(m.Key, m.Value.Ordered())
	case w.im.swagger:
		w.refused(m, at, Inferred)
	default:
		w.dropped(m, at, quote(m.Key)+" is no keyword of draft 4: it is left out of the model", "")
	}
}

func (w converter) schemaMap(n *source.Node, at string) any {
	if n == nil || n.Kind != source.Object {
		w.fault(n, at, "properties must be an object of schemas")
		return ordered.NewObject(0)
	}
	w.im.notes.took(n)
	o := ordered.NewObject(len(n.Members))
	for _, m := range n.Members {
		o.Set(m.Key, w.schema(m.Value, pointerTo(at, m.Key)))
	}
	return o
}

func (w converter) schemaList(n *source.Node, at string) any {
	items := make([]any, len(n.Items))
	for i, item := range n.Items {
		items[i] = w.schema(item, pointerTo(at, itoa(i)))
	}
	return &ordered.Array{Items: items}
}

// reference rewrites a reference to the URL of the model it means.
func (w converter) reference(ref *source.Node, schemaAt string) any {
	at := place{ref.Pos, pointerTo(schemaAt, "$ref")}
	o := ordered.NewObject(1)
	if m := modelURL.FindStringSubmatch(ref.Value); m != nil {
		w.c.refs = append(w.c.refs, schemaRef{m[1], at, ref})
		o.Set("$ref", w.im.modelURL(m[1], m[2]))
		w.im.notes.text(ref, w.im.modelURL(m[1], m[2]))
		return o
	}
	pointer, local := localPointer(ref.Value)
	base := "/components/schemas/"
	if w.im.swagger {
		base = "/definitions/"
	}
	rest, isSchema := strings.CutPrefix(pointer, base)
	switch {
	case !local:
		w.im.notes.refused(ref, Recorded, "external-ref", "it refers to something outside this document")
		if w.c.external == nil {
			w.c.external = &at
		}
	case !isSchema:
		// Not a schema of its own: nothing that could become a model.
		w.im.notes.left(ref, Recorded, "", noModel)
		w.c.refs = append(w.c.refs, schemaRef{refName(ref.Value), at, ref})
	default:
		name, below, deeper := strings.Cut(rest, "/")
		name = unescapePointer(name)
		w.c.refs = append(w.c.refs, schemaRef{name, at, ref})
		fragment := ""
		if deeper {
			fragment = "#/" + below
		}
		o.Set("$ref", w.im.modelURL(name, fragment))
		w.im.notes.changed(ref, Recorded, "becomes the URL of the model") // case model-reference-is-model-url
	}
	return o
}

// noteBeside notes that the members of a schema beside one are not read.
func (im *importer) noteBeside(n *source.Node, key, why string) {
	if im.notes == nil {
		return
	}
	for _, m := range n.Members {
		if m.Key != key {
			im.notes.left(m.Value, Inferred, "", why)
		}
	}
}

func (im *importer) modelURL(name, fragment string) string {
	return modelHost + im.api.ID + "/models/" + name + fragment
}

var schemaTypes = []string{"array", "boolean", "integer", "null", "number", "object", "string"}

func (w converter) checkType(n *source.Node, at string) {
	if n != nil && n.Kind == source.Array && len(n.Items) > 0 {
		for _, item := range n.Items {
			w.checkType(item, at)
		}
		return
	}
	if t := scalar(n); !slices.Contains(schemaTypes, t) && !isNull(n) {
		w.fault(n, at, "type "+quote(t)+" is none of "+strings.Join(schemaTypes, ", "))
	}
}

// required keeps a list of names. Draft 4 has no empty list, and the reader of
// OpenAPI takes nothing but a list (inferred): both are left out.
func (w converter) required(o *ordered.Object, m source.Member, at string) {
	if m.Value == nil || m.Value.Kind != source.Array {
		w.dropped(m, at, "required is "+quote(scalar(m.Value))+", want a list of property names: it is left out of the model",
			"name the property in required of the object that has it")
		return
	}
	if len(m.Value.Items) == 0 {
		w.im.notes.left(m.Value, Inferred, "", "draft 4 has no empty list of names")
	} else {
		w.im.notes.whole(m.Value)
		o.Set(m.Key, m.Value.Ordered())
	}
}

func (w converter) dropped(m source.Member, at, message, hint string) {
	severity := Info
	if hint != "" {
		severity = Warning
	}
	evidence := Inferred
	if m.Key == "nullable" {
		evidence = Recorded
	}
	rule := "schema-keyword-dropped"
	if m.Key == "nullable" {
		rule = "schema-nullable"
	}
	w.im.add(place{m.Pos, at}, Finding{Rule: rule, Category: Dropped, Severity: severity, Evidence: evidence, Message: message, Hint: hint})
}

func (w converter) refused(m source.Member, at string, evidence Evidence) {
	w.im.notes.refused(m.Value, evidence, "schema-keyword-unsupported", "API Gateway's models don't know ", m.Key)
	if len(w.c.unsupported) == 0 {
		w.c.unsupportedAt, w.c.unsupportedEvidence = place{m.Pos, at}, evidence
	}
	if !slices.Contains(w.c.unsupported, m.Key) {
		w.c.unsupported = append(w.c.unsupported, m.Key)
	}
}

func (w converter) fault(n *source.Node, at, why string) {
	w.im.notes.refused(n, Recorded, "schema-invalid", why)
	if w.c.broken == nil {
		w.c.broken, w.c.brokenWhy = &place{w.im.pos(n), at}, why
	}
}
