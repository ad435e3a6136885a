package lint

import (
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

var modelRules = []*Rule{
	{
		ID: "model-unused", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Recorded,
		Source: "case model-created-for-every-schema",
		Doc: `a schema is used by no request and no response

A model is made of it all the same.`,
		Check: func(p *Pass) {
			g := p.modelGraph(func(schema any, edge func(string)) { references(schema, edge) })
			used := map[*openapi.Model]bool{}
			var use func(*openapi.Model)
			use = func(m *openapi.Model) {
				if m == nil || used[m] {
					return
				}
				used[m] = true
				for _, to := range g.edges[m] {
					use(to)
				}
			}
			for m := range p.API.AllMethods() {
				for _, ref := range m.RequestModels {
					use(g.named[ref.Model])
				}
				for _, r := range m.Responses {
					for _, ref := range r.ResponseModels {
						use(g.named[ref.Model])
					}
				}
			}
			for _, m := range p.API.Models {
				if !used[m] {
					p.Report(m.Pos, p.modelPointer(m), "", "no request or response uses the schema %s; a model is made of it all the same", m.Name)
				}
			}
		},
	},
	{
		ID: "model-cycle", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Recorded,
		Source: "cases models-circular-reference-invalid, model-reference-is-model-url",
		Doc: `schemas refer to each other in a ring

API Gateway takes it: references become the URLs of models. Keep the members of
the ring out of required, or no body is ever whole.`,
		Check: func(p *Pass) {
			g := p.modelGraph(func(schema any, edge func(string)) { references(schema, edge) })
			for _, ring := range g.rings(p.API.Models) {
				p.Report(ring[0].Pos, p.modelPointer(ring[0]), "", "%s", ringText(ring))
			}
		},
	},
	{
		ID: "model-cycle-required", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Inferred,
		Source: "JSON Schema draft 4: required",
		Doc: `schemas require each other in a ring

Each must hold the next, so no JSON that ends can be valid: where bodies are
validated every call answers 400. Take one member of the ring out of required.`,
		Check: func(p *Pass) {
			g := p.modelGraph(needs)
			for _, ring := range g.rings(p.API.Models) {
				p.Report(ring[0].Pos, p.modelPointer(ring[0]), ringHint(ring), "%s, and each requires the next: no JSON fits", ringText(ring))
			}
		},
	},
	{
		ID: "model-empty", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Inferred,
		Source: "recorded for CreateModel: Model schema must have at least 1 property or array items defined",
		Doc: `a schema says nothing at all

CreateModel refuses one; whether the import does is not recorded. Say at least
type: object.`,
		Check: func(p *Pass) {
			for _, m := range p.API.Models {
				if o, ok := m.Schema.(*ordered.Object); ok && saysNothing(o) {
					p.Report(m.Pos, p.modelPointer(m), "add type: object", "the schema %s says nothing", m.Name)
				}
			}
		},
	},
	{
		ID: "schema-comment-close", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS API: Model",
		Doc: `a description holds */

Descriptions go into comments of generated SDKs, which end there: the SDK of Java
or JavaScript doesn't compile.`,
		Check: func(p *Pass) {
			at, schemas := p.schemas()
			w := commentWalk{p: p, seen: map[*source.Node]bool{}}
			for _, s := range members(schemas) {
				w.walk(s.Value, at+"/"+escape(s.Key))
			}
		},
	},
	{
		ID: "model-media-type-export", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Documented,
		Source: "AWS docs: Export a REST API from API Gateway",
		Doc: `a request body has models, and none for application/json

The API works; an export of it fails: Only found non-JSON body models.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if len(m.RequestModels) == 0 {
					continue
				}
				json := false
				for _, ref := range m.RequestModels {
					json = json || strings.HasPrefix(strings.ToLower(ref.ContentType), "application/json")
				}
				if !json {
					p.Report(m.RequestModels[0].Pos, m.Pointer+"/requestBody", "", "%s has a model for %s and none for application/json: the API can't be exported", name(m), m.RequestModels[0].ContentType)
				}
			}
		},
	},
}

// schemas is where the document keeps its schemas.
func (p *Pass) schemas() (pointer string, n *source.Node) {
	if p.swagger() {
		return "/definitions", p.Document.Root.Get("definitions")
	}
	return "/components/schemas", p.Document.Root.Get("components").Get("schemas")
}

func (p *Pass) modelPointer(m *openapi.Model) string {
	at, _ := p.schemas()
	return at + "/" + escape(m.Name)
}

// A modelGraph says which model leads to which.
type modelGraph struct {
	named map[string]*openapi.Model
	edges map[*openapi.Model][]*openapi.Model
}

// modelGraph is the graph of the API's models; of lists the names a schema leads to.
func (p *Pass) modelGraph(of func(schema any, edge func(string))) modelGraph {
	g := modelGraph{map[string]*openapi.Model{}, map[*openapi.Model][]*openapi.Model{}}
	for _, m := range p.API.Models {
		g.named[m.Name] = m
	}
	for _, m := range p.API.Models {
		of(m.Schema, func(name string) {
			if to := g.named[name]; to != nil {
				g.edges[m] = append(g.edges[m], to)
			}
		})
	}
	return g
}

// references calls edge for each model a schema refers to, wherever.
func references(schema any, edge func(string)) {
	switch v := schema.(type) {
	case *ordered.Object:
		for key, value := range v.All() {
			if url, ok := value.(string); ok && key == "$ref" {
				edge(url[strings.LastIndexByte(url, '/')+1:])
				continue
			}
			references(value, edge)
		}
	case *ordered.Array:
		for _, item := range v.Items {
			references(item, edge)
		}
	}
}

// needs calls edge for each model that a value of a schema can't do without.
func needs(schema any, edge func(string)) {
	o, ok := schema.(*ordered.Object)
	if !ok {
		return
	}
	if url, ok := member(o, "$ref").(string); ok {
		edge(url[strings.LastIndexByte(url, '/')+1:])
	}
	if all, ok := member(o, "allOf").(*ordered.Array); ok {
		for _, item := range all.Items {
			needs(item, edge)
		}
	}
	if member(o, "type") != "object" {
		return // another kind of value fits, and needs nothing
	}
	properties, _ := member(o, "properties").(*ordered.Object)
	required, _ := member(o, "required").(*ordered.Array)
	if properties == nil || required == nil {
		return
	}
	for _, item := range required.Items {
		if name, ok := item.(string); ok {
			needs(member(properties, name), edge)
		}
	}
}

// ringHint says what breaks a ring of models that need each other. Where one of
// them needs the next as a property, it is that it's required.
func ringHint(ring []*openapi.Model) string {
	for _, m := range ring {
		o, _ := m.Schema.(*ordered.Object)
		if o != nil && requires(o) {
			return "take one of the properties out of required"
		}
	}
	return "say what the schema is, where it only refers to itself"
}

// requires reports whether a schema, or a part of it that always counts, requires a
// property that refers on.
func requires(o *ordered.Object) bool {
	if all, ok := member(o, "allOf").(*ordered.Array); ok {
		for _, item := range all.Items {
			if part, ok := item.(*ordered.Object); ok && requires(part) {
				return true
			}
		}
	}
	required, _ := member(o, "required").(*ordered.Array)
	return required != nil && len(required.Items) > 0
}

func member(o *ordered.Object, key string) any {
	v, _ := o.Get(key)
	return v
}

// rings are the models that lead back to themselves, those of one ring together
// (Tarjan's strongly connected components).
func (g modelGraph) rings(models []*openapi.Model) [][]*openapi.Model {
	number, low := map[*openapi.Model]int{}, map[*openapi.Model]int{}
	open := map[*openapi.Model]bool{}
	var stack []*openapi.Model
	var rings [][]*openapi.Model
	var visit func(*openapi.Model)
	visit = func(m *openapi.Model) {
		number[m] = len(number) + 1
		low[m] = number[m]
		stack = append(stack, m)
		open[m] = true
		self := false
		for _, to := range g.edges[m] {
			self = self || to == m
			switch {
			case number[to] == 0:
				visit(to)
				low[m] = min(low[m], low[to])
			case open[to]:
				low[m] = min(low[m], number[to])
			}
		}
		if low[m] != number[m] {
			return
		}
		i := len(stack) - 1
		for stack[i] != m {
			i--
		}
		ring := append([]*openapi.Model(nil), stack[i:]...)
		stack = stack[:i]
		for _, r := range ring {
			open[r] = false
		}
		if len(ring) > 1 || self {
			rings = append(rings, ring)
		}
	}
	for _, m := range models {
		if number[m] == 0 {
			visit(m)
		}
	}
	return rings
}

func ringText(ring []*openapi.Model) string {
	if len(ring) == 1 {
		return "the schema " + ring[0].Name + " refers to itself"
	}
	var names []string
	for _, m := range ring {
		names = append(names, m.Name)
	}
	const most = 5
	if len(names) > most {
		names = append(names[:most], count(len(ring)-most, "other", "others"))
	}
	return "the schemas " + strings.Join(names, ", ") + " refer to each other in a ring"
}

// speaking are the keywords that give a schema something to say.
var speaking = []string{"type", "properties", "items", "$ref", "allOf", "anyOf", "oneOf", "not", "enum", "additionalProperties", "patternProperties", "required"}

func saysNothing(o *ordered.Object) bool {
	for _, key := range speaking {
		if member(o, key) != nil {
			return false
		}
	}
	return true
}

// commentWalk looks for descriptions that would end a comment.
type commentWalk struct {
	p    *Pass
	seen map[*source.Node]bool // an alias is looked at once
}

func (w *commentWalk) walk(n *source.Node, at string) {
	if n == nil || n.Kind != source.Object && n.Kind != source.Array || w.seen[n] {
		return
	}
	w.seen[n] = true
	for _, item := range n.Items {
		w.walk(item, at)
	}
	for _, m := range n.Members {
		if m.Key == "description" && m.Value != nil && m.Value.Kind == source.String {
			if i := strings.Index(m.Value.Value, "*/"); i >= 0 {
				w.p.Report(m.Value.Text().At(i), at+"/description", "write it another way", "the description holds */, which ends the comment it becomes in a generated SDK")
			}
			continue
		}
		if m.Key != "example" && m.Key != "examples" && m.Key != "enum" && m.Key != "default" {
			w.walk(m.Value, at+"/"+escape(m.Key))
		}
	}
}
