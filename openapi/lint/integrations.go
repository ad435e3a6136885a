package lint

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// foreignPlaceholder is ${name} in whoever's words.
var foreignPlaceholder = regexp.MustCompile(`\$\{([^${}]+)\}`)

// resourceAttribute is a name as CloudFormation has it for an attribute of a resource:
// ItemsFunction.Arn.
var resourceAttribute = regexp.MustCompile(`^[A-Za-z0-9]+\.[A-Z]`)

var integrationRules = []*Rule{
	{
		ID: "operation-without-integration", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "case method-without-integration-imports; AWS docs: Set up REST API methods",
		Doc: `an operation has no x-amazon-apigateway-integration

It imports without a word. The deployment then fails: No integration defined for
method.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				// One that can't be read is said by the import.
				if m.Integration == nil && p.operation(m).Get("x-amazon-apigateway-integration") == nil {
					p.Report(m.Pos, m.Pointer, "add an x-amazon-apigateway-integration, for a start one of type: mock", "%s has no integration", name(m))
				}
			}
		},
	},
	{
		ID: "lambda-method-not-post", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Recorded,
		Source: "recorded: AWS_PROXY with httpMethod GET answers 500",
		Doc: `a Lambda integration's httpMethod is not POST

It imports, and every call answers 500 {"message": "Internal server error"}: the
Invoke API takes POST only. The method of the API has nothing to do with it.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil || in.Type != openapi.AWS && in.Type != openapi.AWSProxy || in.HTTPMethod == "POST" || in.HTTPMethod == "" {
					continue
				}
				if _, err := openapi.ParseFunctionURI(in.URI.Text); err == nil {
					p.Report(p.property(m, "httpMethod"), in.Pointer+"/httpMethod", "set httpMethod: POST", "%s calls a function with %s", name(m), in.HTTPMethod)
				}
			}
		},
	},
	{
		ID: "lambda-uri-region-mismatch", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Set up an integration request in API Gateway",
		Doc: `a Lambda URI names two regions

The first is where API Gateway calls Lambda, the second is where the function is.
Calls across regions are slower, and mostly two documents were mixed up.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if in := m.Integration; in != nil && (in.Type == openapi.AWS || in.Type == openapi.AWSProxy) {
					p.regions(name(m), in.URI, in.Pointer+"/uri")
				}
			}
			for _, a := range p.API.Authorizers {
				p.regions("authorizer "+a.Name, a.AuthorizerURI, "")
			}
		},
	},
	{
		ID: "uri-path-parameter-unmapped", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Inferred,
		Source: "case params-unmapped-path-variable-stays-literal",
		Doc: `a variable of an integration's URI has no mapping

{id} in a URI is filled by integration.request.path.id of requestParameters, also
where the API's path has a variable of that name. Without it the backend is asked
for {id} as it stands.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil || in.Type == openapi.Mock || strings.Contains(in.URI.Text, ":lambda:path/") {
					continue
				}
				for _, at := range uriVariable.FindAllStringSubmatchIndex(in.URI.Text, -1) {
					if at[0] > 0 && in.URI.Text[at[0]-1] == '$' {
						continue // a stage variable, or what a tool of the document's own fills in
					}
					v := strings.TrimSuffix(in.URI.Text[at[2]:at[3]], "+")
					if !mapsTo(in, "integration.request.path."+v) {
						p.Report(in.URI.At(at[0]), in.Pointer+"/uri", "add integration.request.path."+v+": method.request.path."+v+" to requestParameters",
							"%s: nothing fills {%s} of the URI, and the backend sees it as it stands", name(m), v)
					}
				}
			}
		},
	},
	{
		ID: "placeholder-unfilled", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Inferred,
		Source: "AWS docs: AWS variables for OpenAPI import; Use stage variables for a REST API",
		Doc: `nothing fills a ${placeholder} of a URI or of credentials

API Gateway fills ${stageVariables.name}, and its import ${AWS::Region},
${AWS::AccountId} and ${AWS::Partition}. All else is for the tool that deploys the
document: give it a value in substitutions of rehearse.yaml, write Fn::Sub where
CloudFormation is to fill it, or read a Terraform template with --template
terraform. Each name is said once.`,
		Check: func(p *Pass) {
			seen := map[string]bool{}
			report := func(t source.Text, pointer string) {
				for _, at := range foreignPlaceholder.FindAllStringSubmatchIndex(t.Text, -1) {
					name := t.Text[at[2]:at[3]]
					if strings.HasPrefix(name, "stageVariables.") || strings.HasPrefix(name, "AWS::") || seen[name] {
						continue
					}
					seen[name] = true
					hint := "give it a value: substitutions: {" + name + ": …} in rehearse.yaml"
					if p.Document.LogicalID != "" || resourceAttribute.MatchString(name) {
						hint = "write !Sub (Fn::Sub) before the text, so that CloudFormation fills it"
					}
					p.Report(t.At(at[0]), pointer, hint, "nothing fills ${%s}", name)
				}
			}
			for m := range p.API.AllMethods() {
				if in := m.Integration; in != nil {
					report(in.URI, in.Pointer+"/uri")
					report(p.operation(m).Get("x-amazon-apigateway-integration").Get("credentials").Text(), in.Pointer+"/credentials")
				}
			}
			for _, a := range p.API.Authorizers {
				report(a.AuthorizerURI, "")
			}
		},
	},
	{
		ID: "http-uri-private-address", Category: openapi.FailsAtRuntime, Severity: openapi.Info, Evidence: openapi.Inferred,
		Source: "RFC 1918; AWS docs: Set up REST API private integrations",
		Doc: `an HTTP integration calls a private address

API Gateway calls backends over the internet, where loopback and private addresses
lead nowhere: calls answer 504. Go through a VPC link. For backends of a
rehearsal, keep the real host in the document and name the other in endpoints:.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil || in.Type != openapi.HTTP && in.Type != openapi.HTTPProxy || in.ConnectionType == "VPC_LINK" {
					continue
				}
				if u, err := url.Parse(in.URI.Text); err == nil && private(u.Hostname()) {
					p.Report(in.URI.At(0), in.Pointer+"/uri", "use a VPC link, or a public host and endpoints: in rehearse.yaml", "%s calls %s, which API Gateway can't reach", name(m), u.Hostname())
				}
			}
		},
	},
	{
		ID: "proxy-integration-responses-useless", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Choose an API Gateway API integration type; case lambda-proxy-method-responses-do-not-filter",
		Doc: `a proxy integration maps responses

They are stored and never used: the backend's answer goes out as it is. A bare
default entry, as exports have it, is let pass.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if m.Integration == nil || !proxy(m.Integration) {
					continue
				}
				for _, r := range m.Integration.Responses {
					if r.SelectionPattern != "" || len(r.ResponseParameters) > 0 || len(r.ResponseTemplates) > 0 {
						p.Report(r.Pos, m.Integration.Pointer+"/responses", "let the backend answer so, or use type: "+strings.ToLower(strings.TrimSuffix(string(m.Integration.Type), "_PROXY")),
							"%s: a proxy integration doesn't use its responses", name(m))
						break
					}
				}
			}
		},
	},
	{
		ID: "proxy-request-templates-useless", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Method request behavior for payloads without mapping templates for REST APIs",
		Doc: `a proxy integration has request templates

They are never used, and overrides in them do nothing: the request goes to the
backend as it is.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if in := m.Integration; in != nil && proxy(in) && len(in.RequestTemplates) > 0 {
					p.Report(in.RequestTemplates[0].Pos, in.Pointer+"/requestTemplates", "take them out, or use type: "+strings.ToLower(strings.TrimSuffix(string(in.Type), "_PROXY")),
						"%s: a proxy integration doesn't use its requestTemplates", name(m))
				}
			}
		},
	},
	{
		ID: "passthrough-never-without-templates", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Method request behavior for payloads without mapping templates for REST APIs; case passthrough-never-without-any-template",
		Doc: `passthroughBehavior is never, and there is no request template

Every body answers 415 Unsupported Media Type, which makes the finding an error
where a method is there to take bodies. Add a template, or use when_no_templates.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil || proxy(in) || in.PassthroughBehavior != "NEVER" || len(in.RequestTemplates) > 0 {
					continue
				}
				severity := openapi.Warning
				if takesBody(m.HTTPMethod) {
					severity = openapi.Error
				}
				p.ReportAs(severity, p.property(m, "passthroughBehavior"), in.Pointer+"/passthroughBehavior", "add requestTemplates, or use passthroughBehavior: when_no_templates", "%s refuses every body with 415", name(m))
			}
		},
	},
	{
		ID: "passthrough-when-no-match-lambda", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Documented,
		Source: "AWS docs: Method request behavior for payloads without mapping templates for REST APIs",
		Doc: `a body of another media type goes round the request template

With when_no_match, the default, a body that no template is for reaches the
backend as it was sent. AWS recommends when_no_templates: then it answers 415.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil || in.Type != openapi.AWS && in.Type != openapi.HTTP || !takesBody(m.HTTPMethod) {
					continue
				}
				if in.PassthroughBehavior == "WHEN_NO_MATCH" && len(in.RequestTemplates) > 0 && template(in, "$default") == nil {
					p.Report(in.Pos, in.Pointer, "set passthroughBehavior: when_no_templates", "%s: a body of another type than %s goes to the backend unmapped", name(m), in.RequestTemplates[0].ContentType)
				}
			}
		},
	},
	{
		ID: "vpc-link-on-aws", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS API: Integration",
		Doc: `connectionType VPC_LINK stands at an integration that is no HTTP one

VPC links are for type http and http_proxy.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if in := m.Integration; in != nil && in.ConnectionType == "VPC_LINK" && in.Type != openapi.HTTP && in.Type != openapi.HTTPProxy {
					p.Report(p.property(m, "connectionType"), in.Pointer+"/connectionType", "", "%s: a VPC link is for http integrations, this one is %s", name(m), strings.ToLower(string(in.Type)))
				}
			}
		},
	},
	{
		ID: "tls-config-on-aws", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: x-amazon-apigateway-integration.tlsConfig object",
		Doc: `tlsConfig stands at an integration that is no HTTP one

It is for type http and http_proxy.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if in := m.Integration; in != nil && in.TLSConfig != nil && in.Type != openapi.HTTP && in.Type != openapi.HTTPProxy {
					p.Report(p.property(m, "tlsConfig"), in.Pointer+"/tlsConfig", "", "%s: tlsConfig is for http integrations, this one is %s", name(m), strings.ToLower(string(in.Type)))
				}
			}
		},
	},
	{
		ID: "binary-all-with-json", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Inferred,
		Source: "case request-template-over-decoded-bytes-is-500",
		Doc: `all bodies are binary, and a request template reads one

With */* among the binary media types a body reaches templates as bytes: a
template that reads it fails, and the call answers 500. Set contentHandling:
CONVERT_TO_TEXT, which hands it to the template as base64, or name the types that
are binary.`,
		Check: func(p *Pass) {
			if !slices.Contains(p.API.BinaryMediaTypes, "*/*") {
				return
			}
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil || proxy(in) || in.ContentHandling == "CONVERT_TO_TEXT" || !takesBody(m.HTTPMethod) {
					continue
				}
				for _, t := range in.RequestTemplates {
					if t.Compiled != nil && readsBody(t.Compiled.References()) {
						p.Report(t.Pos, in.Pointer+"/requestTemplates", "set contentHandling: CONVERT_TO_TEXT, or list the types that are binary", "%s: its template for %s reads a body that is binary", name(m), t.ContentType)
						break
					}
				}
			}
		},
	},
	{
		ID: "binary-all-with-mock", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Inferred,
		Source: "case mock-with-binary-wildcard-and-no-content-handling",
		Doc: `all bodies are binary, and a mock renders its request template

With */* among the binary media types the request of a mock, mostly a preflight, is
binary too: calls answer 500 {"message": "Internal server error"}. Set
contentHandling: CONVERT_TO_TEXT at the integration, or name the types that are
binary.`,
		Check: func(p *Pass) {
			if !slices.Contains(p.API.BinaryMediaTypes, "*/*") {
				return
			}
			for m := range p.API.AllMethods() {
				if in := m.Integration; in != nil && in.Type == openapi.Mock && in.ContentHandling != "CONVERT_TO_TEXT" && len(in.RequestTemplates) > 0 {
					p.Report(in.Pos, in.Pointer, "set contentHandling: CONVERT_TO_TEXT", "%s is a mock in an API whose bodies are all binary: calls answer 500", name(m))
				}
			}
		},
	},
}

var uriVariable = regexp.MustCompile(`\{([^{}$]+)\}`)

// regions reports a function's URI that names two regions.
func (p *Pass) regions(who string, uri source.Text, pointer string) {
	m := functionRegions.FindStringSubmatchIndex(uri.Text)
	if m == nil {
		return
	}
	api, function := uri.Text[m[2]:m[3]], uri.Text[m[4]:m[5]]
	if api != function {
		p.Report(uri.At(m[4]), pointer, "", "%s: its function is in %s and called in %s", who, function, api)
	}
}

var functionRegions = regexp.MustCompile(`^arn:[a-z-]+:apigateway:([a-z0-9-]+):lambda:path/+[^/]*/functions/arn:[a-z-]+:lambda:([a-z0-9-]+):`)

// private reports whether a host is an address that only its own network knows.
func private(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast())
}

// mapsTo reports whether a request parameter of an integration is mapped.
func mapsTo(in *openapi.Integration, target string) bool {
	return slices.ContainsFunc(in.RequestParameters, func(m openapi.ParameterMapping) bool { return m.Target == target })
}

// template is the request template for a media type, or nil.
func template(in *openapi.Integration, contentType string) *openapi.Template {
	for _, t := range in.RequestTemplates {
		if strings.EqualFold(t.ContentType, contentType) {
			return t
		}
	}
	return nil
}

func readsBody(refs []vtl.Reference) bool {
	for _, r := range refs {
		if r.Name == "input" && len(r.Path) > 0 && (r.Path[0].Name == "body" || r.Path[0].Name == "json" || r.Path[0].Name == "path") {
			return true
		}
	}
	return false
}

// lambda reports whether an integration invokes a function.
func lambda(in *openapi.Integration) bool {
	return (in.Type == openapi.AWS || in.Type == openapi.AWSProxy) && strings.Contains(in.URI.Text, ":lambda:path/")
}

func proxy(in *openapi.Integration) bool {
	return in.Type == openapi.HTTPProxy || in.Type == openapi.AWSProxy
}
