package openapi

import (
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A context is what a node is in OpenAPI's terms; the empty one is none that a
// reason depends on.
type context string

// contexts says what the members and items of a context are; "*" is any other.
// It serves only to give a reason for what nobody read, never to say that nobody
// read it.
var contexts = map[context]map[string]context{
	"document": {
		"info": "info", "servers": "servers", "paths": "paths", "components": "components", "security": "security",
		"parameters": "parameters", "responses": "responses", "definitions": "schemas", "securityDefinitions": "schemes",
		"x-amazon-apigateway-documentation": "documentation",
	},
	"servers":    {"*": "server"},
	"server":     {"variables": "variables"},
	"variables":  {"*": "variable"},
	"paths":      {"*": "path"},
	"components": {"schemas": "schemas", "parameters": "parameters", "responses": "responses", "requestBodies": "bodies", "securitySchemes": "schemes"},
	"path": {
		"parameters": "path parameters", "get": "operation", "put": "operation", "post": "operation", "delete": "operation", "patch": "operation",
		"options": "operation", "head": "operation", "trace": "operation", "x-amazon-apigateway-any-method": "operation",
	},
	"operation": {
		"parameters": "parameters", "requestBody": "body", "responses": "responses", "x-amazon-apigateway-integration": "integration",
	},
	"parameters":      {"*": "parameter"},
	"path parameters": {"*": "parameter"},
	"bodies":          {"*": "body"},
	"body":            {"content": "content"},
	"content":         {"*": "media type"},
	"media type":      {"schema": "schema"},
	"responses":       {"*": "response"},
	"response":        {"headers": "headers", "content": "content", "schema": "schema"},
	"headers":         {"*": "header"},
	"schemes":         {"*": "scheme"},
	"scheme":          {"x-amazon-apigateway-authorizer": "authorizer"},
	"schemas":         {"*": "schema"},
	"schema": {
		"properties": "schemas", "patternProperties": "schemas", "definitions": "schemas", "allOf": "schemas", "anyOf": "schemas", "oneOf": "schemas",
		"items": "schema", "not": "schema", "additionalProperties": "schema", "additionalItems": "schema",
	},
	"documentation": {"documentationParts": "documentation parts"},
}

// below is the context of a member or an item.
func (c context) below(key string) context {
	if next, ok := contexts[c][key]; ok {
		return next
	}
	return contexts[c]["*"]
}

// A reason is why nobody reads a thing, and how that is known.
type reason struct {
	evidence Evidence
	text     string
}

// reasons are why the members of a context are not read, where they aren't.
var reasons = map[context]map[string]reason{
	"document": {
		"tags":                                  {Recorded, "tags have no effect"}, // case tags-have-no-effect
		"externalDocs":                          {Documented, docsDropped},
		"security":                              {Recorded, "every method has security of its own"}, // case operation-security-overrides-authorizer
		"x-amazon-apigateway-request-validator": {Recorded, "every method names its own validator"}, // case request-validator-operation-overrides
		"host":                                  {Inferred, ownAddress},
		"schemes":                               {Inferred, ownAddress},
		"basePath":                              {Recorded, "basepath=ignore"}, // case basepath-swagger-2-ignore
		"consumes":                              {Inferred, "no model is made for these media types"},
		"produces":                              {Inferred, "no model is made for these media types"},
		"swagger":                               {Inferred, "openapi counts"},
	},
	"info":       {"*": {Documented, "an API has a title, a description and a version"}},
	"server":     {"url": {Recorded, "of an address only its path can count, and only with basepath=prepend or split"}, "variables": {Recorded, "of an address only its path can count, and only with basepath=prepend or split"}, "*": {Inferred, ownAddress}},
	"variables":  {"*": {Inferred, notInBasePath}},
	"variable":   {"*": {Inferred, notInBasePath}},
	"components": {"*": nobody},
	"path": {
		"summary": {Documented, docsDropped}, "description": {Documented, docsDropped}, "servers": {Inferred, ownAddress},
		"parameters": {Inferred, "no method of this path takes any of them"},
	},
	"path parameters": {"*": {Inferred, "no method of this path takes it"}},
	"operation": {
		"tags": {Recorded, "tags have no effect"}, "summary": {Documented, docsDropped}, "description": {Documented, docsDropped},
		"externalDocs": {Documented, docsDropped}, "deprecated": {Documented, docsDropped},
		"consumes": {Inferred, "no model is made for these media types"}, "produces": {Inferred, "no model is made for these media types"},
		"schemes": {Inferred, ownAddress}, "responses": {Inferred, "there is no status code in it"},
	},
	"parameter": {
		"$ref": {Inferred, "what it refers to isn't taken"},
		// case parameter-constraints-dropped
		"*": {Documented, "of a parameter API Gateway reads name, in and required"},
	},
	"parameters": {"*": {Inferred, "no operation takes it"}},
	"body":       {"*": {Inferred, "of a body API Gateway reads the schemas"}},
	"bodies":     {"*": {Inferred, "no operation takes it"}},
	"media type": {"*": {Inferred, "of a media type API Gateway reads the schema"}},
	"response":   {"*": {Documented, "a method response has a status code, headers and models"}},
	"responses":  {"*": {Inferred, "no operation takes it"}},
	"header":     {"*": {Recorded, "of a header only its name counts"}}, // case response-headers-are-never-required
	"schemes":    {"*": {Inferred, "no method uses it"}},
	"scheme":     {"*": {Inferred, "API Gateway has no use for it here"}},
	"authorizer": {"*": {Inferred, "an authorizer of this type has no use for it"}},
	"schema": {
		"nullable": {Inferred, "a model says nothing of null where it isn't allowed"},
		"*":        {Inferred, "this keyword isn't in the model"},
	},
	"integration":         {"*": {Inferred, "an integration of this type has no use for it"}},
	"documentation":       {"version": {Inferred, "no documentation version is made of it"}},
	"documentation parts": {"*": {Inferred, "a later part stands at the same place"}},
}

const (
	docsDropped   = "descriptions stay in the document" // case descriptions-and-deprecated-dropped
	ownAddress    = "API Gateway gives the API an address of its own"
	notInBasePath = "no part of the base path"
)

// nobody is the reason where there is no better one.
var nobody = reason{Inferred, "nobody reads it"}

// unreadReason is why n was not read: for a reason of the object around it, because of
// what it is, or because of where it stands.
func unreadReason(n *source.Node, around context, key string, inherited note) note {
	if inherited.why != "" {
		return note{verdict: NodeIgnored, why: inherited.why, evidence: inherited.evidence, rule: inherited.rule}
	}
	why := nobody
	there := reasons[around]
	_, usual := contexts[around][key] // something that is read elsewhere
	switch named, ok := there[key]; {
	case isNull(n):
		why = reason{Inferred, "null counts as not there"}
	case strings.HasPrefix(key, "x-") && !strings.HasPrefix(key, extensionPrefix):
		why = reason{Inferred, "no extension of AWS's"}
	case ok:
		why = named
	case there["*"].text != "" && !usual:
		why = there["*"]
	}
	return note{verdict: NodeIgnored, why: why.text, evidence: why.evidence}
}
