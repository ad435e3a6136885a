package openapi

import (
	"cmp"
	"slices"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// ShowJSON writes an import as the AWS API would answer about it, in its field
// names: ok, errors (AWS's message), warnings (bare lines) and the parts of the
// API. Request validators of methods are given by name; modelSchemas and the
// properties of documentation parts are JSON, the policy is AWS's string. api may
// be nil when there was no document to import.
func ShowJSON(api *API, findings []Finding, o Options) []byte {
	o = o.withDefaults()
	message, warnings := AWSMessages(findings, o)
	refused := IsRefused(findings, o)
	root := object("ok", !refused && api != nil)
	errors := []string{}
	switch {
	case refused:
		errors = append(errors, message)
		warnings = nil
	case api == nil: // a template without a document
		for _, f := range findings {
			errors = append(errors, f.Message)
		}
	}
	root.Set("errors", texts(errors))
	root.Set("warnings", texts(warnings))
	if api != nil {
		showAPI(root, api, warnings, o)
	}
	return append(ordered.Append(nil, root), '\n')
}

func showAPI(root *ordered.Object, api *API, warnings []string, o Options) {
	root.Set("restApi", showRestAPI(api, warnings, o))
	resources, methods := ordered.NewObject(0), ordered.NewObject(0)
	for r := range api.AllResources() {
		var verbs []string
		for _, m := range r.Methods {
			verbs = append(verbs, m.HTTPMethod)
			methods.Set(m.name(), showMethod(m))
		}
		slices.Sort(verbs)
		resources.Set(r.Path, texts(verbs))
	}
	root.Set("resources", resources)
	root.Set("methods", methods)
	models, schemas := ordered.NewObject(0), ordered.NewObject(0)
	for _, m := range api.Models {
		o := object("name", m.Name, "contentType", m.ContentType)
		setText(o, "description", m.Description)
		models.Set(m.Name, o)
		schemas.Set(m.Name, m.Schema)
	}
	root.Set("models", models)
	root.Set("modelSchemas", schemas)
	root.Set("authorizers", showAuthorizers(api))
	validators := ordered.NewObject(0)
	for _, v := range api.RequestValidators {
		validators.Set(v.Name, object("id", v.ID, "name", v.Name,
			"validateRequestBody", v.ValidateRequestBody, "validateRequestParameters", v.ValidateRequestParameters))
	}
	root.Set("requestValidators", validators)
	root.Set("gatewayResponses", showGatewayResponses(api))
	root.Set("documentationParts", showDocumentation(api))
}

// showRestAPI is what ImportRestApi answers (case import-answer-defaults), and
// with the tags of PutRestApi's answer (recorded). There is no createdDate: the
// import has no clock.
func showRestAPI(api *API, warnings []string, o Options) *ordered.Object {
	r := object("id", api.ID, "name", api.Name)
	setText(r, "description", api.Description)
	setText(r, "version", api.Version)
	r.Set("apiKeySource", api.APIKeySource)
	endpoint := object("types", texts(api.EndpointConfiguration.Types), "ipAddressType", api.EndpointConfiguration.IPAddressType)
	if ids := api.EndpointConfiguration.VpcEndpointIDs; len(ids) > 0 {
		endpoint.Set("vpcEndpointIds", texts(ids))
	}
	r.Set("endpointConfiguration", endpoint)
	r.Set("disableExecuteApiEndpoint", api.DisableExecuteAPIEndpoint)
	r.Set("rootResourceId", api.Root.ID)
	if len(api.BinaryMediaTypes) > 0 {
		r.Set("binaryMediaTypes", texts(api.BinaryMediaTypes))
	}
	if api.MinimumCompressionSize != nil {
		r.Set("minimumCompressionSize", intNumber(*api.MinimumCompressionSize))
	}
	setText(r, "policy", api.Policy)
	if o.Onto != nil {
		r.Set("tags", ordered.NewObject(0))
	}
	if len(warnings) > 0 {
		r.Set("warnings", texts(warnings))
	}
	return r
}

// showMethod is what GetMethod answers.
func showMethod(m *Method) *ordered.Object {
	o := object("httpMethod", m.HTTPMethod, "authorizationType", m.AuthorizationType)
	if m.Authorizer != nil {
		o.Set("authorizerId", m.Authorizer.ID)
	}
	if len(m.AuthorizationScopes) > 0 {
		o.Set("authorizationScopes", texts(m.AuthorizationScopes))
	}
	o.Set("apiKeyRequired", m.APIKeyRequired)
	if m.RequestValidator != nil {
		o.Set("requestValidator", m.RequestValidator.Name)
	}
	setText(o, "operationName", m.OperationName)
	setParameters(o, "requestParameters", m.RequestParameters)
	setModels(o, "requestModels", m.RequestModels)
	if len(m.Responses) > 0 {
		responses := ordered.NewObject(len(m.Responses))
		for _, r := range m.Responses {
			shown := object("statusCode", r.StatusCode)
			setParameters(shown, "responseParameters", r.ResponseParameters)
			setModels(shown, "responseModels", r.ResponseModels)
			responses.Set(r.StatusCode, shown)
		}
		o.Set("methodResponses", responses)
	}
	if m.Integration != nil {
		o.Set("methodIntegration", showIntegration(m.Integration))
	}
	return o
}

func showIntegration(i *Integration) *ordered.Object {
	o := object("type", string(i.Type))
	setText(o, "httpMethod", i.HTTPMethod)
	setText(o, "uri", i.URI.Text)
	setText(o, "connectionType", i.ConnectionType)
	setText(o, "connectionId", i.ConnectionID)
	setText(o, "credentials", i.Credentials)
	setMappings(o, "requestParameters", i.RequestParameters)
	setTemplates(o, "requestTemplates", i.RequestTemplates)
	o.Set("passthroughBehavior", i.PassthroughBehavior)
	setText(o, "contentHandling", i.ContentHandling)
	o.Set("timeoutInMillis", intNumber(i.TimeoutInMillis))
	o.Set("cacheNamespace", i.CacheNamespace)
	o.Set("cacheKeyParameters", texts(i.CacheKeyParameters)) // shown though empty (recorded)
	if i.TLSConfig != nil {
		o.Set("tlsConfig", object("insecureSkipVerification", i.TLSConfig.InsecureSkipVerification))
	}
	if len(i.Responses) > 0 {
		responses := ordered.NewObject(len(i.Responses))
		for _, r := range i.Responses {
			shown := object("statusCode", r.StatusCode)
			setText(shown, "selectionPattern", r.SelectionPattern)
			setMappings(shown, "responseParameters", r.ResponseParameters)
			setTemplates(shown, "responseTemplates", r.ResponseTemplates)
			setText(shown, "contentHandling", r.ContentHandling)
			responses.Set(r.StatusCode, shown)
		}
		o.Set("integrationResponses", responses)
	}
	return o
}

func showAuthorizers(api *API) *ordered.Object {
	all := ordered.NewObject(len(api.Authorizers))
	for _, a := range api.Authorizers {
		o := object("id", a.ID, "name", a.Name, "type", a.Type)
		setText(o, "authType", a.AuthType)
		if len(a.ProviderARNs) > 0 {
			o.Set("providerARNs", texts(a.ProviderARNs))
		}
		setText(o, "authorizerUri", a.AuthorizerURI.Text)
		setText(o, "authorizerCredentials", a.AuthorizerCredentials)
		setText(o, "identitySource", a.IdentitySource)
		setText(o, "identityValidationExpression", a.IdentityValidationExpression)
		if a.AuthorizerResultTTLInSeconds != nil { // shown only when given (case token-authorizer-identity-source-from-scheme-name)
			o.Set("authorizerResultTtlInSeconds", intNumber(*a.AuthorizerResultTTLInSeconds))
		}
		all.Set(a.Name, o)
	}
	return all
}

// showGatewayResponses is what GetGatewayResponse answers: what is not set is the
// type's default (recorded).
func showGatewayResponses(api *API) *ordered.Object {
	all := ordered.NewObject(len(api.GatewayResponses))
	for _, g := range api.GatewayResponses {
		o := object("responseType", g.ResponseType)
		setText(o, "statusCode", cmp.Or(g.StatusCode, gatewayResponseStatus[g.ResponseType]))
		parameters, templates := ordered.NewObject(0), ordered.NewObject(0)
		for _, p := range g.ResponseParameters {
			parameters.Set(p.Target, p.Source.Text)
		}
		for _, t := range g.ResponseTemplates {
			templates.Set(t.ContentType, t.Text.Text)
		}
		if templates.Len() == 0 {
			templates.Set("application/json", `{"message":$context.error.messageString}`)
		}
		o.Set("responseParameters", parameters)
		o.Set("responseTemplates", templates)
		o.Set("defaultResponse", false)
		all.Set(g.ResponseType, o)
	}
	return all
}

func showDocumentation(api *API) *ordered.Array {
	all := &ordered.Array{Items: []any{}}
	for _, d := range api.DocumentationParts {
		location := object("type", d.Type)
		setText(location, "path", d.Path)
		setText(location, "method", d.Method)
		setText(location, "statusCode", d.StatusCode)
		setText(location, "name", d.Name)
		var properties any = d.Properties
		if v, err := ordered.ParseString(d.Properties); err == nil {
			properties = v
		}
		all.Items = append(all.Items, object("location", location, "properties", properties))
	}
	return all
}

// object makes an object of keys and values that follow each other.
func object(pairs ...any) *ordered.Object {
	o := ordered.NewObject(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		o.Set(pairs[i].(string), pairs[i+1])
	}
	return o
}

func texts(all []string) *ordered.Array {
	a := &ordered.Array{Items: make([]any, len(all))}
	for i, s := range all {
		a.Items[i] = s
	}
	return a
}

func intNumber(i int) ordered.Number { return ordered.Number(itoa(i)) }

func setText(o *ordered.Object, key, text string) {
	if text != "" {
		o.Set(key, text)
	}
}

func setParameters(o *ordered.Object, key string, parameters []RequestParameter) {
	if len(parameters) == 0 {
		return
	}
	all := ordered.NewObject(len(parameters))
	for _, p := range parameters {
		all.Set(p.Name, p.Required)
	}
	o.Set(key, all)
}

func setModels(o *ordered.Object, key string, models []ModelRef) {
	if len(models) == 0 {
		return
	}
	all := ordered.NewObject(len(models))
	for _, m := range models {
		all.Set(m.ContentType, m.Model)
	}
	o.Set(key, all)
}

func setMappings(o *ordered.Object, key string, mappings []ParameterMapping) {
	if len(mappings) == 0 {
		return
	}
	all := ordered.NewObject(len(mappings))
	for _, m := range mappings {
		all.Set(m.Target, m.Source.Text)
	}
	o.Set(key, all)
}

// setTemplates shows templates; an empty one is null (recorded).
func setTemplates(o *ordered.Object, key string, templates []*Template) {
	if len(templates) == 0 {
		return
	}
	all := ordered.NewObject(len(templates))
	for _, t := range templates {
		if t.Text.Text == "" {
			all.Set(t.ContentType, nil)
			continue
		}
		all.Set(t.ContentType, t.Text.Text)
	}
	o.Set(key, all)
}
