package openapi

import (
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// checkVersion says no to what is no OpenAPI 3.0 or Swagger 2.0 document, and
// whether there is anything to build all the same.
func (im *importer) checkVersion() bool {
	root := im.root
	at := place{im.pos(root), ""}
	refuse := func(evidence Evidence, at place, message, hint string) {
		im.add(at, Finding{
			Rule: "openapi-version-unsupported", Category: Refused, Evidence: evidence, Severity: Error,
			Message: message, Hint: hint, AWS: invalidInput, AWSKind: AWSAlone,
		})
	}
	if root == nil || root.Kind != source.Object {
		kind := source.Null
		if root != nil {
			kind = root.Kind
		}
		// case import-text-document-is-a-string
		refuse(Recorded, at, "the document is "+article(kind.String())+", want an object with openapi, info and paths",
			"a document that was encoded twice arrives as one string")
		return false
	}
	openapi, swagger := root.Get("openapi"), root.Get("swagger")
	switch version := scalar(openapi); {
	case openapi == nil && swagger == nil:
		// case import-text-empty-object
		hint := `start it with openapi: "3.0.1"`
		if root.Get("asyncapi") != nil {
			hint = "this is an AsyncAPI document; API Gateway imports OpenAPI only"
		}
		refuse(Recorded, at, "the document has neither openapi nor swagger", hint)
		im.notes.object(root.Get("paths")) // with them, what is there is read all the same
		return root.Get("paths") != nil
	case openapi == nil:
		im.swagger = true
		im.notes.took(swagger)
		if v := scalar(swagger); v != "2.0" && v != "2" {
			refuse(Inferred, place{im.pos(swagger), "/swagger"}, "swagger is "+quote(v)+", want 2.0", "")
		}
	case version == "3.0" || strings.HasPrefix(version, "3.0."):
		// 3.0.0, 3.0.1, 3.0.2 recorded; what comes after the second point is free: guess.
		im.notes.took(openapi)
	case strings.HasPrefix(version, "3.1") || strings.HasPrefix(version, "3.2"):
		// AWS's guide names 2.0 and 3.0; the text: case import-text-openapi-31
		refuse(Documented, place{im.pos(openapi), "/openapi"}, "openapi is "+version+"; API Gateway REST APIs import 3.0 and Swagger 2.0 only",
			`write openapi: "3.0.1", nullable: true instead of type: [string, "null"], and example instead of examples in schemas`)
	default:
		refuse(Inferred, place{im.pos(openapi), "/openapi"}, "openapi is "+quote(version)+", want 3.0.x", `write openapi: "3.0.1"`)
	}
	return true
}

// checkSize says no to what is too large for the import (AWS docs: quotas, API
// Gateway definition file).
func (im *importer) checkSize() {
	const most = 6 << 20
	if im.doc.Size > most {
		im.add(place{im.pos(im.root), ""}, Finding{
			Rule: "document-too-large", Category: Refused, Evidence: Documented,
			Message: "the document is larger than 6 MB, the most that API Gateway imports",
			Hint:    "leave out examples and descriptions, or split the API",
		})
	}
}

// duplicateKeys reports keys that stand twice; the last one counts. How AWS
// takes them is not recorded.
func (im *importer) duplicateKeys() {
	for _, f := range im.doc.Files {
		for _, d := range f.Duplicates {
			im.add(place{d.Pos, ""}, Finding{Rule: "duplicate-key", Category: Advice, Evidence: Inferred, Message: d.Msg, Hint: d.Hint})
		}
	}
}

// checkOptions says no to parameters of the import that AWS doesn't know.
func (im *importer) checkOptions() {
	nowhere := place{source.Pos{File: im.doc.Name}, ""}
	switch im.o.Basepath {
	case "ignore", "prepend", "split":
	default:
		im.add(nowhere, Finding{
			Rule: "option-basepath", Category: Refused, Evidence: Documented,
			Message: "basepath is " + quote(im.o.Basepath) + ", want ignore, prepend or split",
		})
	}
	switch im.o.Mode {
	case "merge", "overwrite":
	default:
		im.add(nowhere, Finding{
			Rule: "option-mode", Category: Refused, Evidence: Documented,
			Message: "mode is " + quote(im.o.Mode) + ", want merge or overwrite",
		})
	}
	types := im.o.EndpointConfigurationTypes
	for _, t := range types {
		switch t {
		case "EDGE", "REGIONAL", "PRIVATE":
		default:
			im.add(nowhere, Finding{
				Rule: "option-endpoint-type", Category: Refused, Evidence: Recorded,
				Message: "endpoint type is " + quote(t) + ", want EDGE, REGIONAL or PRIVATE",
				AWS: violation("["+strings.Join(types, ", ")+"]", "createRestApiInput.endpointConfiguration.types",
					"Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]"),
				AWSKind: AWSAlone,
			})
			return
		}
	}
	if len(types) > 1 {
		im.add(nowhere, Finding{
			Rule: "endpoint-types-multiple", Category: Refused, Evidence: Recorded,
			Message: "an API has one endpoint type, these are " + strings.Join(types, ", "),
			AWS:     "Cannot create an api with multiple Endpoint Types.", AWSKind: AWSAlone,
		})
	}
}

// A sign is something in a document that only another kind of API has.
type sign struct {
	weight int
	what   string
	at     place
}

// recogniseOtherKinds says first of all if the document looks like one for an
// HTTP API or a WebSocket API. AWS imports such a document into a REST API all
// the same and leaves out what it doesn't know (case cors-extension-ignored), so
// one weak sign alone is not enough.
func (im *importer) recogniseOtherKinds() {
	var http, socket []sign
	root := im.root
	if cors := root.Get("x-amazon-apigateway-cors"); cors != nil {
		http = append(http, sign{1, "x-amazon-apigateway-cors", place{cors.Pos, "/x-amazon-apigateway-cors"}})
	}
	if v := root.Get("x-amazon-apigateway-importexport-version"); v != nil {
		http = append(http, sign{1, "x-amazon-apigateway-importexport-version", place{v.Pos, "/x-amazon-apigateway-importexport-version"}})
	}
	if shared := root.Get("components").Get("x-amazon-apigateway-integrations"); shared != nil {
		http = append(http, sign{1, "shared integrations", place{shared.Pos, "/components/x-amazon-apigateway-integrations"}})
	}
	if schemes := root.Get("components").Get("securitySchemes"); schemes != nil && schemes.Kind == source.Object {
		for _, m := range schemes.Members {
			a := m.Value.Get("x-amazon-apigateway-authorizer")
			at := place{im.pos(a), "/components/securitySchemes"}
			if strings.EqualFold(scalar(a.Get("type")), "jwt") {
				http = append(http, sign{2, "a JWT authorizer", at})
			}
			if v := scalar(a.Get("authorizerPayloadFormatVersion")); v == "2.0" {
				http = append(http, sign{1, "authorizerPayloadFormatVersion 2.0", at})
			}
			if a.Get("enableSimpleResponses") != nil {
				http = append(http, sign{1, "enableSimpleResponses", at})
			}
		}
	}
	http, socket = im.signsInPaths(http, socket)
	im.reportSigns("http-api-document", "HTTP API", http, "rehearse imports REST APIs; use x-amazon-apigateway-integration as the REST API pages of AWS describe it")
	im.reportSigns("websocket-api-document", "WebSocket API", socket, "WebSocket APIs can't be imported from OpenAPI, and rehearse doesn't run them")
}

func (im *importer) signsInPaths(http, socket []sign) (_, _ []sign) {
	paths := im.root.Get("paths")
	if paths == nil || paths.Kind != source.Object {
		return http, socket
	}
	payload, subtype, defaultRoute := false, false, false
	for _, p := range paths.Members {
		at := place{p.Pos, pointerTo("/paths", p.Key)}
		switch strings.TrimPrefix(p.Key, "/") {
		case "$default":
			http = append(http, sign{2, "the route $default", at})
		case "$connect", "$disconnect":
			socket = append(socket, sign{2, "the route " + p.Key, at})
		}
		if p.Value == nil || p.Value.Kind != source.Object {
			continue
		}
		for _, op := range p.Value.Members {
			integration := op.Value.Get("x-amazon-apigateway-integration")
			at := place{im.pos(integration), pointerTo(pointerTo(at.pointer, op.Key), "x-amazon-apigateway-integration")}
			if scalar(integration.Get("payloadFormatVersion")) == "2.0" && !payload {
				payload = true
				http = append(http, sign{2, "payloadFormatVersion 2.0", at})
			}
			if integration.Get("integrationSubtype") != nil && !subtype {
				subtype = true
				http = append(http, sign{2, "integrationSubtype", at})
			}
			if op.Value.Get("isDefaultRoute") != nil && !defaultRoute {
				defaultRoute = true
				http = append(http, sign{1, "isDefaultRoute", at})
			}
		}
	}
	return http, socket
}

func (im *importer) reportSigns(rule, kind string, signs []sign, hint string) {
	weight := 0
	var what []string
	for _, s := range signs {
		weight += s.weight
		what = append(what, s.what)
	}
	if weight < 2 {
		return
	}
	im.add(place{im.pos(im.root), ""}, Finding{
		Rule: rule, Category: Scope, Severity: Warning, Evidence: Documented,
		Message: "this looks like a document for " + article(kind) + ", not for a REST API: it has " + strings.Join(what, ", "),
		Hint:    hint,
	})
}

func article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiouAEIOUH") { // an HTTP API
		return "an " + noun
	}
	return "a " + noun
}
