package openapi

import "strings"

// A shape is what stands at a place of a document, as far as references go: of
// what shape its members are, and whether it can be a component.
type shape uint8

const (
	dataShape shape = iota // examples and the like, where $ref is no reference
	anyShape               // what has no components of its own
	documentShape
	componentsShape
	pathsShape
	pathItemShape
	operationShape
	parameterListShape
	parametersShape
	parameterShape
	requestBodiesShape
	requestBodyShape
	responsesShape
	responseShape
	headersShape
	headerShape
	contentShape
	mediaTypeShape
	encodingsShape
	encodingShape
	schemasShape
	schemaShape
	examplesShape
	exampleShape
	linksShape
	linkShape
	callbacksShape
	callbackShape
	securitySchemesShape
	securitySchemeShape
)

// sections are where components of a shape stand in an OpenAPI 3 document.
var sections = map[shape]string{
	schemaShape:         "/components/schemas",
	parameterShape:      "/components/parameters",
	requestBodyShape:    "/components/requestBodies",
	responseShape:       "/components/responses",
	headerShape:         "/components/headers",
	exampleShape:        "/components/examples",
	linkShape:           "/components/links",
	callbackShape:       "/components/callbacks",
	securitySchemeShape: "/components/securitySchemes",
}

// swaggerSections are those of Swagger 2.0.
var swaggerSections = map[shape]string{
	schemaShape:         "/definitions",
	parameterShape:      "/parameters",
	responseShape:       "/responses",
	securitySchemeShape: "/securityDefinitions",
}

// A grammar is what a shape is made of.
type grammar struct {
	members map[string]shape
	rest    shape // of the other members
	names   bool  // the members' keys are names: x-… is no extension
	item    shape // of an array's items
}

var shapes = [...]grammar{
	anyShape: {rest: anyShape, names: true, item: anyShape},
	documentShape: {members: map[string]shape{
		"paths": pathsShape, "components": componentsShape,
		// Swagger 2.0
		"definitions": schemasShape, "parameters": parametersShape, "responses": responsesShape, "securityDefinitions": securitySchemesShape,
	}, rest: anyShape},
	componentsShape: {members: map[string]shape{
		"schemas": schemasShape, "parameters": parametersShape, "requestBodies": requestBodiesShape, "responses": responsesShape,
		"headers": headersShape, "examples": examplesShape, "links": linksShape, "callbacks": callbacksShape,
		"securitySchemes": securitySchemesShape, "pathItems": pathsShape,
	}},
	pathsShape: {rest: pathItemShape},
	pathItemShape: {members: map[string]shape{
		"get": operationShape, "put": operationShape, "post": operationShape, "delete": operationShape, "patch": operationShape,
		"head": operationShape, "options": operationShape, "trace": operationShape, "x-amazon-apigateway-any-method": operationShape,
		"parameters": parameterListShape,
	}, rest: anyShape},
	operationShape: {members: map[string]shape{
		"parameters": parameterListShape, "requestBody": requestBodyShape, "responses": responsesShape, "callbacks": callbacksShape,
	}, rest: anyShape},
	parameterListShape: {item: parameterShape},
	parametersShape:    {rest: parameterShape, names: true},
	parameterShape: {members: map[string]shape{
		"schema": schemaShape, "content": contentShape, "examples": examplesShape,
	}},
	requestBodiesShape: {rest: requestBodyShape, names: true},
	requestBodyShape:   {members: map[string]shape{"content": contentShape}},
	responsesShape:     {rest: responseShape},
	responseShape: {members: map[string]shape{
		"headers": headersShape, "content": contentShape, "links": linksShape,
		"schema": schemaShape, // Swagger 2.0
	}},
	headersShape: {rest: headerShape, names: true},
	headerShape: {members: map[string]shape{
		"schema": schemaShape, "content": contentShape, "examples": examplesShape,
	}},
	contentShape: {rest: mediaTypeShape, names: true},
	mediaTypeShape: {members: map[string]shape{
		"schema": schemaShape, "examples": examplesShape, "encoding": encodingsShape,
	}},
	encodingsShape: {rest: encodingShape, names: true},
	encodingShape:  {members: map[string]shape{"headers": headersShape}},
	schemasShape:   {rest: schemaShape, names: true},
	schemaShape: {members: map[string]shape{
		"properties": schemasShape, "patternProperties": schemasShape, "definitions": schemasShape, "dependencies": schemasShape,
		"items": schemaShape, "additionalItems": schemaShape, "additionalProperties": schemaShape, "not": schemaShape,
		"allOf": schemaShape, "anyOf": schemaShape, "oneOf": schemaShape,
	}, item: schemaShape},
	examplesShape:        {rest: exampleShape, names: true},
	exampleShape:         {},
	linksShape:           {rest: linkShape, names: true},
	linkShape:            {},
	callbacksShape:       {rest: callbackShape, names: true},
	callbackShape:        {rest: pathItemShape},
	securitySchemesShape: {rest: securitySchemeShape, names: true},
	securitySchemeShape:  {rest: anyShape},
}

// of is the shape of a member. Of extensions API Gateway's own alone are looked
// into: others may hold anything.
func (s shape) of(key string) shape {
	g := &shapes[s]
	if member, ok := g.members[key]; ok {
		return member
	}
	if !g.names && strings.HasPrefix(key, "x-") {
		if strings.HasPrefix(key, "x-amazon-apigateway-") {
			return anyShape
		}
		return dataShape
	}
	return g.rest
}
