package openapi

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// modelHost is where references between models point; the same in every region
// (case model-reference-is-model-url).
const modelHost = "https://apigateway.amazonaws.com/restapis/"

var (
	modelName = regexp.MustCompile(`^[a-zA-Z0-9]+$`)
	modelURL  = regexp.MustCompile(`^https://apigateway\.[a-z0-9.-]*amazonaws\.com(?:\.cn)?/restapis/[^/]+/models/([a-zA-Z0-9]+)(#.*)?$`)
)

// schemas makes a model of every schema, used or not (case
// model-created-for-every-schema).
func (im *importer) schemas() {
	at, schemas := "/components/schemas", im.root.Get("components").Get("schemas")
	if im.swagger {
		at, schemas = "/definitions", im.root.Get("definitions")
	}
	for _, m := range im.api.Models {
		im.models[m.Name] = m
	}
	if schemas == nil || schemas.Kind != source.Object {
		return
	}
	var made []*conversion
	for _, m := range schemas.Members {
		c := im.convert(m.Value, pointerTo(at, m.Key))
		c.name, c.pos = m.Key, m.Pos
		if im.accept(c) {
			made = append(made, c)
		} else {
			im.failed[c.name] = true
			im.voidAs(c.notes)
		}
	}
	im.insert(made)
}

// accept says whether AWS makes a model of a schema on its own.
func (im *importer) accept(c *conversion) bool {
	refuse := func(rule string, evidence Evidence, at place, message, hint, inner string) bool {
		im.add(at, Finding{
			Rule: rule, Category: Refused, Evidence: evidence, Message: "schema " + c.name + ": " + message, Hint: hint,
			AWS: "Unable to create model for '" + c.name + "': " + inner, AWSKind: AWSError,
		})
		return false
	}
	at := place{c.pos, c.pointer}
	if !modelName.MatchString(c.name) {
		// case import-text-model-name-hyphen
		return refuse("model-name-illegal", Recorded, at, "a model's name is letters and digits only",
			"rename it, in its references too: "+lettersAndDigits(c.name), "Model name must be alphanumeric: "+c.name)
	}
	var errors []string
	switch {
	case len(c.unsupported) > 0:
		quoted := make([]string, len(c.unsupported))
		for i, k := range c.unsupported {
			quoted[i] = `"` + k + `"`
		}
		errors = append(errors, "Invalid model schema specified. Unsupported keyword(s): ["+strings.Join(quoted, ", ")+"]")
		rule := "schema-keyword-unsupported"
		if c.unsupported[0] == "discriminator" {
			rule = "schema-discriminator"
		}
		refuse(rule, c.unsupportedEvidence, c.unsupportedAt, "API Gateway's models don't know "+strings.Join(c.unsupported, ", "),
			"leave "+strings.Join(c.unsupported, ", ")+" out", "Invalid model specified: "+validationPrefix+"["+strings.Join(errors, ", ")+"]")
	case c.external != nil:
		// case import-text-external-ref-canonical-form
		refuse("external-ref", Recorded, *c.external, "it refers to something outside this document",
			im.externalHint(*c.external, "copy it under components.schemas and refer to it as #/components/schemas/NAME"), "Invalid model specified: "+validationPrefix+"[Model reference must be in canonical form]")
	case c.broken != nil:
		refuse("schema-invalid", Recorded, *c.broken, c.brokenWhy, "", "Invalid model specified: "+validationPrefix+"[Invalid model schema specified]")
	default:
		return true
	}
	return false
}

func lettersAndDigits(name string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, name)
}

// insert adds the models whose references lead somewhere; the others fail one
// after the other (case import-text-model-unsatisfied-reference).
func (im *importer) insert(made []*conversion) {
	users := map[string][]*conversion{} // by the name they refer to
	byName := map[string]*conversion{}
	for _, c := range made {
		byName[c.name] = c
	}
	var failing []*conversion
	for _, c := range made {
		for _, ref := range c.refs {
			users[ref.name] = append(users[ref.name], c)
			if byName[ref.name] == nil && im.models[ref.name] == nil {
				failing = append(failing, c)
			}
		}
	}
	for len(failing) > 0 {
		c := failing[0]
		failing = failing[1:]
		if !im.failed[c.name] {
			im.failed[c.name] = true
			failing = append(failing, users[c.name]...)
		}
	}
	for _, c := range made {
		if im.failed[c.name] {
			im.add(place{c.pos, c.pointer}, Finding{
				Rule: "model-ref-unsatisfied", Category: Refused, Evidence: Recorded,
				Message: "schema " + c.name + ": it refers to a schema that is no model" + c.missing(im),
				Hint:    "see to that schema first",
				AWS:     "Unable to insert model '" + c.name + "' due to an unsatisfied schema reference.", AWSKind: AWSError,
			})
			im.voidAs(c.notes)
			for _, ref := range c.refs {
				if im.failed[ref.name] || byName[ref.name] == nil && im.models[ref.name] == nil {
					im.notes.refused(ref.node, Recorded, "model-ref-unsatisfied", "it refers to a schema that is no model")
				}
			}
			continue
		}
		im.addModel(&Model{Name: c.name, ContentType: "application/json", Description: c.description, Schema: c.schema, Pos: c.pos})
	}
}

// noModel is why nothing of a schema counts.
const noModel = "no model is made of the schema"

// missing names the first reference that failed.
func (c *conversion) missing(im *importer) string {
	for _, ref := range c.refs {
		if im.failed[ref.name] || im.models[ref.name] == nil {
			return ": " + ref.name
		}
	}
	return ""
}

func (im *importer) addModel(m *Model) {
	if old := im.models[m.Name]; old != nil {
		im.api.Models[slices.Index(im.api.Models, old)] = m
	} else {
		im.api.Models = append(im.api.Models, m)
	}
	im.models[m.Name] = m
}

// inlineModel makes a model of a schema that stands where it is used. Its name
// is MODEL and six hexadecimal digits (seen in an export after an import); equal
// schemas share one: guess.
// It returns no name where the schema is left out, and false where it is refused.
func (im *importer) inlineModel(n *source.Node, at, where string) (name string, ok bool) {
	c := im.convert(n, at)
	text := string(ordered.Append(nil, c.schema))
	if text == "{}" {
		im.notes.whole(n)
	}
	if m := im.inline[text]; m != nil {
		return m.Name, true
	}
	sum := sha256.Sum256([]byte(text))
	c.name, c.pos = "MODEL"+hex.EncodeToString(sum[:3]), n.Pos
	if !im.accept(c) {
		im.notes.refused(n, Recorded, im.findings[len(im.findings)-1].Rule, noModel)
		im.notes.whole(n) // all of it makes the name that AWS's message has
		return "", false
	}
	for _, ref := range c.refs {
		if im.models[ref.name] == nil {
			im.missingModel(ref.name, ref.node, ref.at, where)
			im.notes.void(c.notes, Recorded, "model-ref-missing", noModel, ": it refers to ", ref.name, ", which is none")
			return "", true
		}
	}
	m := &Model{Name: c.name, ContentType: "application/json", Description: c.description, Schema: c.schema, Pos: c.pos}
	im.inline[text] = m
	im.addModel(m)
	return m.Name, true
}

// missingModel warns of a use of a model that is not there, once a use.
func (im *importer) missingModel(name string, ref *source.Node, at place, where string) {
	what := "the schema " + quote(name) + ", which is no model"
	if name == "" {
		what = "the schema reference " + quote(ref.Value) + ", which names no model"
	}
	im.add(at, Finding{
		Rule: "model-ref-missing", Category: Dropped, Evidence: Recorded,
		Message: where + " uses " + what + ": the reference is left out",
		Hint:    im.externalHint(at, im.nearest(im.schemaPointer(name))),
		AWS:     "Reference to model '" + name + "' not found. Ignoring.", AWSKind: AWSWarning,
	})
}

func (im *importer) schemaPointer(name string) string {
	if im.swagger {
		return pointerTo("/definitions", name)
	}
	return pointerTo("/components/schemas", name)
}

// A use is what a schema at a place where it is used comes to.
type use struct {
	model string // its model, or empty
	ref   string // the name it referred to
	class string // the word AWS has for a kind it doesn't take, or empty

	refused bool // AWS says no to the model it would be
}

// useSchema finds or makes the model for a schema in a request or a response.
func (im *importer) useSchema(n *source.Node, at, where string) use {
	if n == nil || n.Kind != source.Object {
		return use{}
	}
	if ref := n.Get("$ref"); ref != nil && ref.Kind == source.String {
		name := refName(ref.Value)
		if im.models[name] == nil {
			im.missingModel(name, ref, place{ref.Pos, pointerTo(at, "$ref")}, where)
			return use{ref: name}
		}
		return use{model: name, ref: name}
	}
	if class := unsupportedClass(n); class != "" {
		return use{class: class}
	}
	if len(n.Members) == 0 {
		im.notes.left(n, Inferred, "", "an empty schema is none")
		return use{}
	}
	model, ok := im.inlineModel(n, at, where)
	return use{model: model, refused: !ok}
}

// refName is the name of the schema that a reference means: its last part.
func refName(ref string) string {
	if m := modelURL.FindStringSubmatch(ref); m != nil {
		return m[1]
	}
	if pointer, ok := localPointer(ref); ok {
		ref = pointer
	}
	return unescapePointer(ref[strings.LastIndexByte(ref, '/')+1:])
}

// unsupportedClass is AWS's word for an inline schema it makes no model of:
// primitives and compositions (cases import-text-inline-string-response-warns,
// import-text-inline-allof-response-warns). The words are class names of the
// library that reads the document; those of the other formats are inferred.
func unsupportedClass(n *source.Node) string {
	for _, key := range []string{"allOf", "oneOf", "anyOf"} {
		if n.Get(key) != nil {
			return "ComposedSchema"
		}
	}
	switch scalar(n.Get("type")) {
	case "string":
		switch scalar(n.Get("format")) {
		case "date":
			return "DateSchema"
		case "date-time":
			return "DateTimeSchema"
		case "email":
			return "EmailSchema"
		case "password":
			return "PasswordSchema"
		case "byte":
			return "ByteArraySchema"
		case "binary":
			return "BinarySchema"
		case "uuid":
			return "UUIDSchema"
		}
		return "StringSchema"
	case "integer":
		return "IntegerSchema"
	case "number":
		return "NumberSchema"
	case "boolean":
		return "BooleanSchema"
	}
	return ""
}
