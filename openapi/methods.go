package openapi

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// method makes the method of an operation.
func (im *importer) method(r *Resource, verb string, member source.Member, item *source.Node, at string) {
	op := member.Value
	phrase := "Unable to put method '" + verb + "' on resource at path '" + r.Path + "': "
	m := &Method{Resource: r, HTTPMethod: verb, OperationName: scalar(op.Get("operationId")), Pos: member.Pos, Pointer: at}
	if verb == "TRACE" {
		im.add(place{member.Pos, at}, Finding{
			Rule: "method-unsupported", Category: Refused, Evidence: Inferred,
			Message: "API Gateway has no method TRACE", Hint: "remove " + m.name(),
			AWS: phrase + verbsText, AWSKind: AWSError, call: m.name(),
		})
		return
	}
	old := r.Method(verb)
	if old != nil && im.claimed[old] {
		im.add(place{member.Pos, at}, Finding{
			Rule: "path-duplicate-normalised", Category: Refused, Evidence: Inferred,
			Message: "two paths come to " + m.name() + ": they are the same but for a slash at the end", Hint: "keep one of them",
			AWS: phrase + "Method already exists for this resource", AWSKind: AWSError,
		})
		return
	}
	if !im.secure(m, op, at, phrase) {
		return
	}
	im.notes.took(op)
	im.notes.text(op.Get("operationId"), m.OperationName)
	m.Element = im.element("method", m.name(), at, member.Pos)
	im.parameters(m, op, item, at, phrase)
	im.requestBody(m, op, at, phrase)
	im.requestValidatorOf(m, op, at, phrase)
	im.methodResponses(m, op, at)
	im.integration(m, op.Get("x-amazon-apigateway-integration"), at+"/x-amazon-apigateway-integration")
	im.droppedFromOperation(op, at)
	if old != nil {
		r.Methods[slices.Index(r.Methods, old)] = m // PutRestApi replaces a method as a whole (case put-merge-keeps-other-methods)
	} else {
		r.Methods = append(r.Methods, m)
	}
	im.claimed[m] = true
}

// droppedFromOperation reports what has no counterpart in a REST API.
func (im *importer) droppedFromOperation(op *source.Node, at string) {
	for _, key := range []string{"callbacks", "deprecated", "servers"} {
		if n := op.Get(key); n != nil && scalar(n) != "false" {
			im.add(place{n.Pos, pointerTo(at, key)}, Finding{
				Rule: "operation-key-dropped", Category: Dropped, Severity: Info, Evidence: Documented,
				Message: key + " has no counterpart in a REST API: it is left out",
			})
		}
	}
}

func (im *importer) requestValidatorOf(m *Method, op *source.Node, at, phrase string) {
	m.RequestValidator = im.validator
	n := op.Get("x-amazon-apigateway-request-validator")
	if isNull(n) {
		im.notes.took(im.root.Get("x-amazon-apigateway-request-validator"))
		return
	}
	im.notes.text(n, scalar(n))
	m.RequestValidator = im.validators[scalar(n)] // case request-validator-operation-overrides
	if m.RequestValidator == nil {
		im.add(place{n.Pos, at + "/x-amazon-apigateway-request-validator"}, undefinedValidator(scalar(n), m.name(), phrase))
	}
}

// parameterName is AWS's own expression of 2026 (case import-text-query-name-brackets).
var parameterName = regexp.MustCompile(`^[a-zA-Z0-9:._$-]+$`)

// locations of OpenAPI parameters and what AWS calls them; the other ones are
// dropped (cases cookie-parameter-dropped, parameter-constraints-dropped).
var locations = map[string]string{"query": "querystring", "header": "header", "path": "path"}

// A parameter is a declared parameter with its place.
type parameter struct {
	node  *source.Node
	at    place
	notes span // of the references that were followed
}

// parametersOf are the parameters of an operation: its own, and those of its
// path that it doesn't declare itself. That the import hands the path's on is
// inferred from OpenAPI.
func (im *importer) parametersOf(op, item *source.Node, at string) []parameter {
	var all []parameter
	known := map[[2]string]bool{}
	take := func(n *source.Node, at string) {
		if n == nil || n.Kind != source.Array || !im.spend(len(n.Items), place{n.Pos, at}) {
			return
		}
		for i, p := range n.Items {
			here := pointerTo(at, itoa(i))
			pos, noted := im.pos(p), im.notes.here()
			item := p
			p, here := im.resolve(p, "a parameter", here)
			if p == nil {
				im.leftAs(item)
				continue
			}
			if p.Kind != source.Object {
				im.notes.void(im.notes.since(noted), Inferred, "", "it is no object")
				im.notes.left(item, Inferred, "", "it is no object")
				continue
			}
			key := [2]string{scalar(p.Get("in")), scalar(p.Get("name"))}
			if !known[key] {
				known[key] = true
				all = append(all, parameter{p, place{pos, here}, im.notes.since(noted)})
				continue
			}
			const why = "the operation declares it itself" // case parameters-of-three-places
			im.notes.void(im.notes.since(noted), Inferred, "", why)
			im.notes.left(p, Inferred, "", why)
		}
	}
	take(op.Get("parameters"), at+"/parameters")
	take(item.Get("parameters"), at[:strings.LastIndexByte(at, '/')]+"/parameters")
	return all
}

func (im *importer) parameters(m *Method, op, item *source.Node, at, phrase string) {
	var wrong batch
	names := map[string]string{} // location by name
	for _, p := range im.parametersOf(op, item, at) {
		in, name := scalar(p.node.Get("in")), scalar(p.node.Get("name"))
		location, ok := locations[in]
		if !ok {
			im.parameterWithoutLocation(m, p, in, name)
			im.notes.void(p.notes, Inferred, "", "what it refers to isn't taken")
			continue
		}
		if !parameterName.MatchString(name) {
			wrong.add(p.at, Finding{
				Rule:    "parameter-name-illegal",
				Message: m.name() + ": " + quote(name) + " is no name for a parameter: want letters, digits and : . _ $ -",
				Hint:    "write filter.name for filter[name], or leave it out: proxy integrations get undeclared query parameters all the same",
			}, "Parameter name should match the following regular expression: ^[a-zA-Z0-9:._$-]+$")
		}
		if other, ok := names[name]; ok && other != location {
			// PutMethod refuses this ("Parameter names must be unique across
			// querystring, header and path", recorded). The import is not seen to, and
			// the runtime case vtl-params-search-order-path-query-header imports such a
			// document, so it is not refused here.
			im.add(p.at, Finding{
				Rule: "parameter-name-not-unique", Category: Advice, Evidence: Inferred,
				Message: m.name() + " has the parameter " + quote(name) + " in two places; the console and PutMethod refuse that", Hint: "rename one of them",
			})
		}
		names[name] = location
		m.RequestParameters = append(m.RequestParameters, RequestParameter{
			Name: "method.request." + location + "." + name, Required: truth(p.node.Get("required")), Pos: p.at.pos,
		})
		im.notes.text(p.node.Get("in"), in)
		im.notes.text(p.node.Get("name"), name)
		im.notes.truth(p.node.Get("required"))
		im.droppedConstraints(m, p, name)
	}
	im.refuse(&wrong, m.name(), phrase)
	sortParameters(m.RequestParameters)
	im.addPathParameter(m)
}

func sortParameters(parameters []RequestParameter) {
	slices.SortStableFunc(parameters, func(a, b RequestParameter) int { return cmp.Compare(a.Name, b.Name) })
}

// addPathParameter declares the variable of the resource itself where the
// operation doesn't (case path-parameter-added-by-aws). Nothing is recorded for
// greedy variables and those further up: they are left alone.
func (im *importer) addPathParameter(m *Method) {
	part := m.Resource.PathPart
	if len(part) < 3 || part[0] != '{' || strings.HasSuffix(part, "+}") {
		return
	}
	name := "method.request.path." + part[1:len(part)-1]
	if !m.declares(name) {
		m.RequestParameters = append(m.RequestParameters, RequestParameter{Name: name, Required: true, Pos: m.Pos})
		sortParameters(m.RequestParameters)
	}
}

// declares reports whether a request parameter is declared.
func (m *Method) declares(name string) bool { return declared(m.RequestParameters, name) }

// declared looks for a parameter among sorted ones.
func declared(parameters []RequestParameter, name string) bool {
	_, ok := slices.BinarySearchFunc(parameters, name, func(p RequestParameter, name string) int { return cmp.Compare(p.Name, name) })
	return ok
}

func (im *importer) parameterWithoutLocation(m *Method, p parameter, in, name string) {
	if im.swagger && in == "body" {
		return // the request body
	}
	rule := "parameter-location-dropped"
	switch in {
	case "cookie":
		rule = "parameter-cookie-dropped" // case cookie-parameter-dropped
	case "formData":
		rule = "parameter-formdata-dropped"
	}
	im.add(p.at, Finding{
		Rule: rule, Category: Dropped, Evidence: Inferred,
		Message: m.name() + ": the parameter " + quote(name) + " is in " + quote(in) + ", which API Gateway doesn't know: it is left out",
		Hint:    "API Gateway has parameters in query, header and path",
	})
}

// constraintKeywords are what a parameter's schema says that nobody checks.
var constraintKeywords = []string{
	"enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "multipleOf", "uniqueItems", "default",
}

func (im *importer) droppedConstraints(m *Method, p parameter, name string) {
	holder := p.node.Get("schema")
	if im.swagger {
		holder = p.node
	}
	var found []string
	for _, key := range constraintKeywords {
		if holder.Get(key) != nil {
			found = append(found, key)
		}
	}
	if len(found) > 0 {
		im.add(p.at, Finding{
			Rule: "parameter-constraints-ignored", Category: Dropped, Severity: Info, Evidence: Documented,
			Message: m.name() + ": nothing checks " + strings.Join(found, ", ") + " of the parameter " + quote(name) + "; API Gateway reads its name, place and required only",
			Hint:    "check it in the integration",
		})
		if !im.swagger {
			im.notes.left(holder, Documented, "parameter-constraints-ignored", "nothing checks it: of a parameter API Gateway reads name, in and required")
		}
	}
}

// requestBody makes the request models: one for each media type that has a schema.
func (im *importer) requestBody(m *Method, op *source.Node, at, phrase string) {
	if im.swagger {
		im.swaggerBody(m, op, at, phrase)
		return
	}
	if op.Get("requestBody") == nil {
		return
	}
	noted := im.notes.here()
	body, at := im.resolve(op.Get("requestBody"), "the request body of "+m.name(), at+"/requestBody")
	if body == nil {
		im.leftAs(op.Get("requestBody"))
		return
	}
	defer im.notes.unlessMore(im.notes.since(noted), im.notes.here())
	content := body.Get("content")
	if content == nil || content.Kind != source.Object || !im.spend(len(content.Members), place{content.Pos, at}) {
		return
	}
	unsupported := false
	for _, c := range content.Members {
		im.requestModel(m, c.Key, c.Value.Get("schema"), place{c.Pos, pointerTo(pointerTo(at+"/content", c.Key), "schema")}, phrase, &unsupported)
	}
}

// requestModel adds one request model. AWS refuses the method when the schema it
// refers to is no model, on top of the warning; an inline schema that can be none
// it only warns about, with the word Content (case import-text-inline-allof-request-fails).
// It reports whether the schema makes a difference.
func (im *importer) requestModel(m *Method, contentType string, schema *source.Node, at place, phrase string, warned *bool) (counts bool) {
	u := im.useSchema(schema, at.pointer, "the request of "+m.name())
	switch {
	case u.model != "":
		m.RequestModels = append(m.RequestModels, ModelRef{ContentType: contentType, Model: u.model, Pos: at.pos})
		im.noteModel(schema, u)
		return true
	case u.refused:
		return true
	case u.ref != "":
		im.notes.refused(schema.Get("$ref"), Recorded, "request-model-missing", "it refers to a schema that is no model")
		im.add(im.placeOf(at.pointer), Finding{
			Rule: "request-model-missing", Category: Refused, Evidence: Recorded,
			Message: m.name() + ": the schema " + quote(u.ref) + " of its request body is no model", Hint: im.nearest(im.schemaPointer(u.ref)),
			AWS: phrase + "Invalid model identifier specified: null", AWSKind: AWSError, call: m.name(),
		})
		return true
	case u.class != "" && *warned:
		im.notes.left(schema, Recorded, "request-schema-unsupported", "an inline schema that is no object")
	case u.class != "":
		*warned = true
		im.add(im.placeOf(at.pointer), Finding{
			Rule: "request-schema-unsupported", Category: Dropped, Evidence: Recorded,
			Message: m.name() + ": its request body has a schema that is neither an object nor a reference: it is left out and nothing is validated",
			Hint:    "put the schema under components.schemas and refer to it",
			AWS:     "Unsupported model type 'Content' in request schema for '" + m.name() + "'. Ignoring.", AWSKind: AWSWarning,
		})
	}
	return false
}

// statusCode is what AWS takes as one.
var statusCode = regexp.MustCompile(`^[1-5]\d\d$`)

var statusRange = regexp.MustCompile(`^[1-5][xX]{2}$`)

// noteModel notes what became of a schema where it is used.
func (im *importer) noteModel(schema *source.Node, u use) {
	if u.ref != "" {
		im.notes.changed(schema.Get("$ref"), Recorded, "becomes the name of the model") // case response-model
		return
	}
	im.notes.changed(schema, Inferred, "becomes the model ", u.model) // case request-body-inline-object-gets-a-name
}

func (im *importer) methodResponses(m *Method, op *source.Node, at string) {
	responses := op.Get("responses")
	at += "/responses"
	if isNull(responses) {
		// case import-text-no-responses-warns
		im.add(place{m.Pos, m.Pointer}, Finding{
			Rule: "operation-without-responses", Category: Dropped, Evidence: Recorded,
			Message: m.name() + " has no responses: the method is there and declares no answer", Hint: "declare at least the status codes that the integration answers with",
			AWS: "No responses specified for '" + m.name() + "'", AWSKind: AWSWarning,
		})
		return
	}
	if responses.Kind != source.Object {
		return
	}
	for _, r := range responses.Members {
		where := pointerTo(at, r.Key)
		switch {
		case strings.HasPrefix(r.Key, "x-"):
		case r.Key == "default" || statusRange.MatchString(r.Key):
			im.add(place{r.Pos, where}, Finding{
				Rule: "response-default-dropped", Category: Dropped, Evidence: Inferred,
				Message: m.name() + ": the response " + quote(r.Key) + " is no status code: it is left out",
				Hint:    "declare each status code by itself",
			})
		case !statusCode.MatchString(r.Key):
			im.add(place{r.Pos, where}, Finding{
				Rule: "response-status-illegal", Category: Refused, Evidence: Inferred,
				Message: m.name() + ": the response " + quote(r.Key) + " is no status code", Hint: "want three digits, 100 to 599",
				// guess: the phrase of a method response is not recorded
				AWS:     "Unable to put method response on '" + m.HTTPMethod + "' for resource at path '" + m.Resource.Path + "': " + violation(r.Key, "statusCode", invalidStatus),
				AWSKind: AWSError, call: callWithin(m.name(), "response "+r.Key),
			})
		default:
			im.notes.object(r.Value)
			im.methodResponse(m, op, r, where)
		}
	}
	slices.SortStableFunc(m.Responses, func(a, b *MethodResponse) int { return cmp.Compare(a.StatusCode, b.StatusCode) })
}

func (im *importer) methodResponse(m *Method, op *source.Node, member source.Member, at string) {
	noted := im.notes.here()
	n, at := im.resolve(member.Value, "the response "+member.Key+" of "+m.name(), at)
	defer im.notes.unlessMore(im.notes.since(noted), im.notes.here())
	r := &MethodResponse{StatusCode: member.Key, Pos: member.Pos}
	r.Element = im.element("methodResponse", m.name()+" response "+member.Key, at, member.Pos)
	m.Responses = append(m.Responses, r)
	if headers := n.Get("headers"); headers != nil && headers.Kind == source.Object && im.spend(len(headers.Members), place{headers.Pos, at}) {
		for _, h := range headers.Members {
			im.notes.object(h.Value)
			// always false, whatever the header says (recorded)
			r.ResponseParameters = append(r.ResponseParameters, RequestParameter{Name: "method.response.header." + h.Key, Pos: h.Pos})
		}
		sortParameters(r.ResponseParameters)
	}
	if im.swagger {
		im.swaggerResponseModels(m, op, r, n, at)
		return
	}
	if content := n.Get("content"); content != nil && content.Kind == source.Object && im.spend(len(content.Members), place{content.Pos, at}) {
		for _, c := range content.Members {
			im.responseModel(m, r, c.Key, c.Value.Get("schema"), place{c.Pos, pointerTo(pointerTo(at+"/content", c.Key), "schema")})
		}
	}
	if links := n.Get("links"); links != nil {
		im.add(place{links.Pos, at + "/links"}, Finding{
			Rule: "response-links-dropped", Category: Dropped, Severity: Info, Evidence: Inferred,
			Message: "links have no counterpart in a REST API: they are left out",
		})
	}
}

func (im *importer) responseModel(m *Method, r *MethodResponse, contentType string, schema *source.Node, at place) {
	u := im.useSchema(schema, at.pointer, "the response "+r.StatusCode+" of "+m.name())
	switch {
	case u.model != "":
		r.ResponseModels = append(r.ResponseModels, ModelRef{ContentType: contentType, Model: u.model, Pos: at.pos})
		im.noteModel(schema, u)
	case u.class != "":
		im.add(im.placeOf(at.pointer), Finding{
			Rule: "response-schema-primitive", Category: Dropped, Evidence: Recorded,
			Message: m.name() + ": the response " + r.StatusCode + " has an inline schema that is no object: it is left out",
			Hint:    "put the schema under components.schemas and refer to it",
			AWS:     "Unsupported model type '" + u.class + "' in " + r.StatusCode + " response to method '" + m.name() + "'. Ignoring.", AWSKind: AWSWarning,
		})
	}
}
