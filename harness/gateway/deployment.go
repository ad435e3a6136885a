package gateway

import (
	"errors"
	"strings"

	"github.com/rehearse-api/rehearse/harness/policy"
	"github.com/rehearse-api/rehearse/harness/validate"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/mapping"
)

// DeploymentOptions say where a deployment is.
type DeploymentOptions struct{ ID, APIID, Region, AccountID string }

// A Deployment is an API made ready to serve: its router, its patterns, models
// and mappings compiled. It is frozen: all worlds share it, and any number of
// requests read it without a lock.
type Deployment struct {
	api               *openapi.API
	options           DeploymentOptions
	router            *node
	methods           []*method
	compiled          map[*openapi.Method]*method
	binary            mediaTypes
	keyFromAuthorizer bool
	gatewayResponses  map[string]*gatewayAnswer // by response type; none: AWS's own
	validator         *validate.Validator
	policy            *policy.Document // nil: none
	policyErr         error            // the policy can't be read: nobody gets in
	authorizers       map[*openapi.Authorizer]*authorizer
	errs              []error
}

// NewDeployment makes an API ready to serve. What of it can't be made ready
// fails the calls that need it, as on AWS; [Deployment.Err] tells.
func NewDeployment(api *openapi.API, o DeploymentOptions) *Deployment {
	d := &Deployment{
		api:               api,
		options:           o,
		binary:            newMediaTypes(api.BinaryMediaTypes),
		keyFromAuthorizer: api.APIKeySource == "AUTHORIZER",
		gatewayResponses:  compileGatewayResponses(api),
		authorizers:       make(map[*openapi.Authorizer]*authorizer),
	}
	if d.options.ID == "" {
		d.options.ID = openapi.NewID("deployment", o.APIID, api.Name, api.Version)[:6]
	}
	var errs []error
	d.validator, errs = validate.New(api)
	d.errs = append(d.errs, errs...)
	if api.Policy != "" {
		d.policy, d.policyErr = policy.Parse(d.expandPolicy(api.Policy))
		if d.policyErr != nil {
			d.errs = append(d.errs, d.policyErr)
		}
	}
	d.compiled = make(map[*openapi.Method]*method)
	for m := range api.AllMethods() {
		c := d.compileMethod(m, len(d.methods))
		d.methods = append(d.methods, c)
		d.compiled[m] = c
	}
	d.router = newRouter(api, d.compiled)
	return d
}

// API returns what was deployed.
func (d *Deployment) API() *openapi.API { return d.api }

// ID returns the deployment's id.
func (d *Deployment) ID() string { return d.options.ID }

// Err joins what of the API could not be made ready.
func (d *Deployment) Err() error { return errors.Join(d.errs...) }

// expandPolicy gives the short resources of a policy, execute-api:/stage/GET/pets,
// their full ARN, as AWS does when it saves one.
func (d *Deployment) expandPolicy(text string) string {
	return strings.ReplaceAll(text, `"execute-api:/`, `"arn:aws:execute-api:`+d.options.Region+`:`+d.options.AccountID+`:`+d.options.APIID+`/`)
}

// A method is an openapi.Method, compiled.
type method struct {
	*openapi.Method
	index      int
	kind       openapi.IntegrationType
	lambda     bool // the integration calls a function
	requests   []requestMapping
	illegal    string // a mapped header that ends every call with 500
	responses  []*integrationResponse
	cacheKeys  []cacheKeyPart
	authorizer *authorizer
}

// A requestMapping is one entry of an integration's requestParameters.
type requestMapping struct {
	location target
	name     string
	*openapi.ParameterMapping
}

// A target is where a request mapping puts its values.
type target uint8

const (
	toHeader target = iota
	toQuery
	toPath
)

// An integrationResponse is an openapi.IntegrationResponse, compiled.
type integrationResponse struct {
	*openapi.IntegrationResponse
	status   int
	declared *openapi.MethodResponse // nil: the method has no such response
	headers  []responseMapping
}

// A responseMapping is one entry of an integration response's responseParameters.
type responseMapping struct {
	name string
	*openapi.ParameterMapping
}

func (d *Deployment) compileMethod(m *openapi.Method, index int) *method {
	c := &method{Method: m, index: index}
	if m.Authorizer != nil {
		c.authorizer = d.compileAuthorizer(m.Authorizer)
	}
	in := m.Integration
	if in == nil {
		return c
	}
	c.kind = in.Type
	c.lambda = strings.Contains(in.URI.Text, ":lambda:path/")
	for i := range in.RequestParameters {
		c.addRequestMapping(&in.RequestParameters[i])
	}
	for _, key := range in.CacheKeyParameters {
		c.cacheKeys = append(c.cacheKeys, newCacheKeyPart(key, in))
	}
	for _, r := range in.Responses {
		ir := compileResponse(m, r)
		c.responses = append(c.responses, ir)
	}
	return c
}

func (c *method) addRequestMapping(p *openapi.ParameterMapping) {
	rest, ok := strings.CutPrefix(p.Target, "integration.request.")
	if !ok {
		return
	}
	location, name, ok := strings.Cut(rest, ".")
	if !ok {
		return
	}
	m := requestMapping{name: name, ParameterMapping: p}
	switch location {
	case "header":
		m.location = toHeader
		if c.illegal == "" && illegalHeader(c.kind, name) {
			c.illegal = name
		}
	case "querystring":
		m.location = toQuery
	case "path":
		m.location = toPath
	default:
		return
	}
	c.requests = append(c.requests, m)
}

// newCacheKeyPart takes a cache key parameter apart. One that names a parameter
// of the integration request stands for what is mapped to it.
func newCacheKeyPart(key string, in *openapi.Integration) cacheKeyPart {
	part := cacheKeyPart{name: key}
	source := key
	if strings.HasPrefix(key, "integration.request.") {
		for i := range in.RequestParameters {
			if in.RequestParameters[i].Target == key {
				source = in.RequestParameters[i].Source.Text
			}
		}
	}
	rest, ok := strings.CutPrefix(source, "method.request.")
	if !ok {
		return part
	}
	part.location, part.parameter, _ = strings.Cut(rest, ".")
	part.location = strings.TrimPrefix(part.location, "multivalue")
	return part
}

func compileResponse(m *openapi.Method, r *openapi.IntegrationResponse) *integrationResponse {
	c := &integrationResponse{IntegrationResponse: r, status: statusNumber(r.StatusCode), declared: m.Response(r.StatusCode)}
	for i := range r.ResponseParameters {
		p := &r.ResponseParameters[i]
		if name, ok := strings.CutPrefix(p.Target, "method.response.header."); ok {
			c.headers = append(c.headers, responseMapping{name, p})
		}
	}
	return c
}

// isDefault reports whether r is the default response.
func (r *integrationResponse) isDefault() bool { return r.SelectionPattern == "" }

// interpolate fills the stage variables into a text of the document.
func interpolate(text string, variables map[string]string) string {
	if !strings.Contains(text, "${") {
		return text
	}
	return mapping.Interpolate(text, variables)
}
