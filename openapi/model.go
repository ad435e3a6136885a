// Package openapi turns an OpenAPI document with x-amazon-apigateway-*
// extensions into the REST API that API Gateway would make of it, and says what
// its import would refuse, warn about or drop.
//
// [Load] reads a document, [Import] makes an [API] and [Finding]s of it.
package openapi

import (
	"iter"

	"github.com/rehearse-api/rehearse/openapi/javare"
	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// An API is a REST API as imported. It is frozen: any number of requests read
// it without a lock.
type API struct {
	ID                         string // ten lower-case letters and digits, the same in every run
	Name, Description, Version string
	APIKeySource               string // HEADER or AUTHORIZER
	BinaryMediaTypes           []string
	MinimumCompressionSize     *int   // bytes; nil: compression is off
	Policy                     string // the resource policy as AWS's JSON string, or empty
	EndpointConfiguration      EndpointConfiguration
	DisableExecuteAPIEndpoint  bool

	Root               *Resource // never nil
	Models             []*Model
	Authorizers        []*Authorizer
	RequestValidators  []*RequestValidator
	GatewayResponses   []*GatewayResponse
	DocumentationParts []*DocumentationPart

	// Elements are all parts of the document that can be covered, numbered by
	// their index: methods, integration responses, templates, gateway responses...
	Elements []Element
}

// EndpointConfiguration is where an API is reached.
type EndpointConfiguration struct {
	Types          []string // EDGE, REGIONAL, PRIVATE
	VpcEndpointIDs []string
	IPAddressType  string // ipv4, dualstack
}

// An Element is a part of the document that a run can cover.
type Element struct {
	Kind    string // method, requestTemplate, integrationResponse, responseTemplate, methodResponse, authorizer, gatewayResponse
	Pointer string // JSON pointer into the document
	Name    string // for people: "GET /items", "GET /items response default"
	Pos     source.Pos
}

// A Resource is a node of the tree of paths.
type Resource struct {
	ID       string // ten lower-case letters and digits, the same in every run
	Path     string // "/items/{ID}"
	PathPart string // "{ID}"; empty for the root
	Parent   *Resource
	Children []*Resource // in document order
	Methods  []*Method   // in document order
	Pos      source.Pos
}

// Method returns the resource's own method for an HTTP method or "ANY", or nil.
func (r *Resource) Method(httpMethod string) *Method {
	for _, m := range r.Methods {
		if m.HTTPMethod == httpMethod {
			return m
		}
	}
	return nil
}

// AllResources ranges over the tree, parents before children, in document order.
func (a *API) AllResources() iter.Seq[*Resource] {
	return func(yield func(*Resource) bool) { walk(a.Root, yield) }
}

func walk(r *Resource, yield func(*Resource) bool) bool {
	if r == nil {
		return true
	}
	if !yield(r) {
		return false
	}
	for _, c := range r.Children {
		if !walk(c, yield) {
			return false
		}
	}
	return true
}

// AllMethods ranges over the methods of all resources, in document order.
func (a *API) AllMethods() iter.Seq[*Method] {
	return func(yield func(*Method) bool) {
		for r := range a.AllResources() {
			for _, m := range r.Methods {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// ResourceAt returns the resource of a path ("/items/{ID}"), or nil.
func (a *API) ResourceAt(path string) *Resource {
	for r := range a.AllResources() {
		if r.Path == path {
			return r
		}
	}
	return nil
}

// MethodAt returns the method that a resource path has for an HTTP method, its
// ANY method if it has no own, or nil.
func (a *API) MethodAt(path, httpMethod string) *Method {
	r := a.ResourceAt(path)
	if r == nil {
		return nil
	}
	if m := r.Method(httpMethod); m != nil {
		return m
	}
	return r.Method("ANY")
}

// AuthorizerNamed returns the authorizer called name, or nil.
func (a *API) AuthorizerNamed(name string) *Authorizer {
	for _, au := range a.Authorizers {
		if au.Name == name {
			return au
		}
	}
	return nil
}

// GatewayResponse returns what the document says of a response type, or nil.
func (a *API) GatewayResponse(responseType string) *GatewayResponse {
	for _, g := range a.GatewayResponses {
		if g.ResponseType == responseType {
			return g
		}
	}
	return nil
}

// A Method is one HTTP method of a resource: the method request and what follows.
type Method struct {
	Resource            *Resource
	HTTPMethod          string // GET ... or ANY
	OperationName       string
	AuthorizationType   string      // NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS
	Authorizer          *Authorizer // of CUSTOM and COGNITO_USER_POOLS
	AuthorizationScopes []string
	APIKeyRequired      bool
	RequestParameters   []RequestParameter // sorted by name, as AWS keeps them
	RequestModels       []ModelRef         // by content type, document order
	RequestValidator    *RequestValidator  // nil: nothing is validated
	Responses           []*MethodResponse  // sorted by status code
	Integration         *Integration       // nil: none was given; every call then fails
	Pos                 source.Pos
	Pointer             string // of the operation in the document
	Element             int    // index into API.Elements
}

// Response returns the method response for a status code, or nil.
func (m *Method) Response(statusCode string) *MethodResponse {
	for _, r := range m.Responses {
		if r.StatusCode == statusCode {
			return r
		}
	}
	return nil
}

// A RequestParameter is a declared parameter: "method.request.path.ID".
type RequestParameter struct {
	Name     string // method.request.{path,querystring,header}.NAME
	Required bool
	Pos      source.Pos
}

// A ModelRef says which model a content type has.
type ModelRef struct {
	ContentType, Model string
	Pos                source.Pos
}

// A MethodResponse is a declared response.
type MethodResponse struct {
	StatusCode         string
	ResponseParameters []RequestParameter // method.response.header.NAME
	ResponseModels     []ModelRef
	Pos                source.Pos
	Element            int
}

// An IntegrationType is what stands behind a method.
type IntegrationType string

const (
	HTTP      IntegrationType = "HTTP"
	HTTPProxy IntegrationType = "HTTP_PROXY"
	AWS       IntegrationType = "AWS"
	AWSProxy  IntegrationType = "AWS_PROXY"
	Mock      IntegrationType = "MOCK"
)

// An Integration is the backend of a method, as imported.
type Integration struct {
	Type                IntegrationType
	HTTPMethod          string // empty for MOCK
	URI                 source.Text
	Credentials         string
	RequestParameters   []ParameterMapping // sorted by target
	RequestTemplates    []*Template        // document order
	PassthroughBehavior string             // WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER
	ContentHandling     string             // CONVERT_TO_TEXT, CONVERT_TO_BINARY or empty
	TimeoutInMillis     int                // default 29000
	CacheNamespace      string             // default the resource's ID
	CacheKeyParameters  []string
	ConnectionType      string // INTERNET, VPC_LINK or empty
	ConnectionID        string
	TLSConfig           *TLSConfig
	Responses           []*IntegrationResponse // sorted by status code, as AWS keeps them
	Pos                 source.Pos
	Pointer             string
}

// TLSConfig says how a backend's certificate is checked.
type TLSConfig struct {
	InsecureSkipVerification bool
}

// A ParameterMapping moves one value: Target ← Source.
type ParameterMapping struct {
	Target string      // integration.request.header.X, method.response.header.X, gatewayresponse.header.X
	Source source.Text // as written
	Expr   *mapping.Expression
	Pos    source.Pos
}

// A Template is a mapping template with the content type it is for.
type Template struct {
	ContentType string
	Text        source.Text
	Compiled    *mapping.Template // nil if Err is set
	Err         error             // the *source.Error of a template that does not parse: AWS imports it and fails at run time
	Pos         source.Pos
	Element     int
}

// An IntegrationResponse turns a backend's answer into a method response.
type IntegrationResponse struct {
	StatusCode         string
	SelectionPattern   string         // empty for the default response
	Pattern            *javare.Regexp // SelectionPattern; nil for the default response and for one that can't be used
	ResponseParameters []ParameterMapping
	ResponseTemplates  []*Template
	ContentHandling    string
	Pos                source.Pos
	Element            int
}

// A Model is a JSON schema (draft 4) with a name.
type Model struct {
	Name, ContentType, Description string
	Schema                         any // package ordered's value, $refs as model URLs (https://apigateway.amazonaws.com/restapis/<id>/models/<Name>)
	Pos                            source.Pos
}

// ModelNamed returns the model called name, or nil.
func (a *API) ModelNamed(name string) *Model {
	for _, m := range a.Models {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// An Authorizer decides who may call.
type Authorizer struct {
	ID                           string
	Name                         string
	Type                         string // TOKEN, REQUEST, COGNITO_USER_POOLS
	AuthType                     string // x-amazon-apigateway-authtype
	AuthorizerURI                source.Text
	AuthorizerCredentials        string
	IdentitySource               string // comma-separated, as AWS keeps it
	IdentityValidationExpression string
	AuthorizerResultTTLInSeconds *int // nil: not given, 300 in effect
	ProviderARNs                 []string
	Pos                          source.Pos
	Element                      int
}

// A RequestValidator says what of a request is checked.
type RequestValidator struct {
	ID, Name                                       string
	ValidateRequestBody, ValidateRequestParameters bool
	Pos                                            source.Pos
}

// A GatewayResponse is a customised answer of the gateway's own.
type GatewayResponse struct {
	ResponseType       string // UNAUTHORIZED, DEFAULT_4XX ...
	StatusCode         string // empty: the type's default
	ResponseParameters []ParameterMapping
	ResponseTemplates  []GatewayTemplate // document order
	Pos                source.Pos
	Element            int
}

// A GatewayTemplate is plain substitution, not VTL.
type GatewayTemplate struct {
	ContentType string
	Text        source.Text
}

// A DocumentationPart is a piece of documentation attached to the API.
type DocumentationPart struct {
	Type, Path, Method, StatusCode, Name string
	Properties                           string // JSON text
	Pos                                  source.Pos
}
