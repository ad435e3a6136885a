package lint

import (
	"regexp"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// maxAuthorizers is the quota of authorizers in an API [AWS docs: Quotas for
// configuring and running a REST API].
const maxAuthorizers = 10

const headerParameter = "method.request.header."

// executeAPI is the ARN of calls of one API.
var executeAPI = regexp.MustCompile(`^arn:aws[a-z-]*:execute-api:[^:]*:[^:]*:([a-z0-9]{10})(?:/|$)`)

var securityRules = []*Rule{
	{
		ID: "security-options-protected", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Recorded,
		Source: "case options-not-exempt-from-security",
		Doc: `OPTIONS requires an API key or an authorizer

A browser sends neither with a preflight, so it is refused. Root security holds
for OPTIONS too: give it security: [].`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if m.HTTPMethod == "OPTIONS" && (m.APIKeyRequired || m.AuthorizationType != "NONE" && m.AuthorizationType != "") {
					p.Report(m.Pos, m.Pointer, "add security: [] to the operation", "%s is not open: a browser's preflight is refused", name(m))
				}
			}
		},
	},
	{
		ID: "security-or-becomes-and", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Inferred,
		Source: "import-text-security-alternatives; AWS API: Method",
		Doc: `security has alternatives, and API Gateway demands them all

OpenAPI lets a caller choose between the entries of security. A method has one
authorizer and one flag for an API key: what all entries name is required
together, and an empty entry opens nothing.`,
		Check: func(p *Pass) {
			schemes := p.enforced()
			check := func(who, pointer string, security *source.Node) {
				alternatives := map[string]bool{}
				for _, entry := range items(security) {
					var names []string
					for _, m := range members(entry) {
						if schemes[m.Key] {
							names = append(names, m.Key)
						}
					}
					if len(names) > 0 || len(members(entry)) == 0 {
						slices.Sort(names)
						alternatives[strings.Join(names, " and ")] = true
					}
				}
				if len(alternatives) > 1 {
					p.Report(security.Pos, pointer, "write what is required as one entry", "%s: API Gateway demands all entries of security, not one of them", who)
				}
			}
			check("the document", "/security", p.Document.Root.Get("security"))
			for m := range p.API.AllMethods() {
				if security := p.operation(m).Get("security"); security != nil {
					check(name(m), m.Pointer+"/security", security)
				}
			}
		},
	},
	{
		ID: "api-key-source-mismatch", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "AWS docs: Choose an API key source in API Gateway",
		Doc: `the API key comes from an authorizer, and the method has none that could give one

With x-amazon-apigateway-api-key-source: AUTHORIZER the key is what a Lambda
authorizer returns as usageIdentifierKey; the header x-api-key counts for nothing.
Without such an authorizer every call answers 403 {"message":"Forbidden"}.`,
		Check: func(p *Pass) {
			if p.API.APIKeySource != "AUTHORIZER" {
				return
			}
			for m := range p.API.AllMethods() {
				if m.APIKeyRequired && m.AuthorizationType != "CUSTOM" {
					p.Report(m.Pos, m.Pointer, "add a Lambda authorizer to its security, or take the key from the HEADER", "%s requires an API key from its authorizer, and has no Lambda authorizer", name(m))
				}
			}
		},
	},
	{
		ID: "authorizer-name-unused-rule", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Documented,
		Source: "AWS docs: x-amazon-apigateway-authorizer object",
		Doc: `a request authorizer has several identity sources, and its scheme names one header

What counts is identitySource. AWS's form for this is name: Unused, so that nobody
takes the header for the only one.`,
		Check: func(p *Pass) {
			for _, s := range p.schemes() {
				a := s.node.Get("x-amazon-apigateway-authorizer")
				if !strings.EqualFold(text(a.Get("type")), "request") {
					continue
				}
				sources := text(a.Get("identitySource"))
				simple := !strings.Contains(sources, ",") && strings.HasPrefix(sources, headerParameter)
				if header := text(s.node.Get("name")); sources != "" && !simple && header != "Unused" && header != "" {
					p.Report(s.node.Get("name").Pos, s.pointer+"/name", "write name: Unused", "the authorizer %s takes its identity from %s, not from the header %s", s.name, sources, header)
				}
			}
		},
	},
	{
		ID: "authorizer-token-identity-ignored", Category: openapi.Dropped, Severity: openapi.Info, Evidence: openapi.Recorded,
		Source: "recorded: the identity source of a token authorizer is the scheme's header",
		Doc: `a token or user pool authorizer has an identitySource of its own

The header that the security scheme names is used. Name the right one there.`,
		Check: func(p *Pass) {
			for _, s := range p.schemes() {
				a := s.node.Get("x-amazon-apigateway-authorizer")
				own, header := a.Get("identitySource"), text(s.node.Get("name"))
				kind := strings.ToLower(text(a.Get("type")))
				if own == nil || kind == "request" || kind == "jwt" || text(own) == headerParameter+header {
					continue
				}
				p.Report(own.Pos, s.pointer+"/x-amazon-apigateway-authorizer/identitySource", "", "the authorizer %s reads the header %s of its scheme, not %s", s.name, header, text(own))
			}
		},
	},
	{
		ID: "authorizer-too-many", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Quotas for configuring and running a REST API",
		Doc: `an API has more than ten authorizers

That is the quota; AWS raises it on demand, so do this before the deployment.`,
		Check: func(p *Pass) {
			if n := len(p.API.Authorizers); n > maxAuthorizers {
				p.Report(p.API.Authorizers[maxAuthorizers].Pos, "", "", "the API has %d authorizers, the quota is %d", n, maxAuthorizers)
			}
		},
	},
	{
		ID: "cognito-scopes-token-type", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Documented,
		Source: "AWS docs: Integrate a REST API with a user pool",
		Doc: `a user pool authorizer has methods with scopes and methods without

A method with scopes takes an access token, one without an identity token. A client
needs both, and the wrong one answers 401 {"message":"Unauthorized"}.`,
		Check: func(p *Pass) {
			with, without := map[*openapi.Authorizer]*openapi.Method{}, map[*openapi.Authorizer]*openapi.Method{}
			for m := range p.API.AllMethods() {
				if m.AuthorizationType != "COGNITO_USER_POOLS" || m.Authorizer == nil {
					continue
				}
				side := without
				if len(m.AuthorizationScopes) > 0 {
					side = with
				}
				if side[m.Authorizer] == nil {
					side[m.Authorizer] = m
				}
			}
			for _, a := range p.API.Authorizers {
				if with[a] != nil && without[a] != nil {
					p.Report(a.Pos, "", "give all methods scopes, or none", "the authorizer %s: %s has scopes and takes access tokens, %s has none and takes identity tokens", a.Name, name(with[a]), name(without[a]))
				}
			}
		},
	},
	{
		ID: "policy-missing-private", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Private REST APIs in API Gateway",
		Doc: `a private API has no resource policy

Without one nobody may call it, and it can't be deployed. Add
x-amazon-apigateway-policy, if it isn't put on the API elsewhere.`,
		Check: func(p *Pass) {
			if slices.Contains(p.API.EndpointConfiguration.Types, "PRIVATE") && p.API.Policy == "" {
				p.Report(p.Document.Root.Pos, "", "add x-amazon-apigateway-policy that allows the VPC endpoint", "the API is private and has no resource policy")
			}
		},
	},
	{
		ID: "policy-other-api", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Inferred,
		Source: "AWS docs: Control access to a REST API with API Gateway resource policies",
		Doc: `a statement of the resource policy is for another API

An export names the API it was made of, arn:aws:execute-api:REGION:ACCOUNT:ID/*,
and an import makes an API with another id, which such a statement is never for:
without another that allows, every call answers 403. Write execute-api:/* instead,
or, for this run, the id, region and accountId of that API into rehearse.yaml.`,
		Check: func(p *Pass) {
			n := p.Document.Root.Get("x-amazon-apigateway-policy")
			for _, statement := range items(n.Get("Statement")) {
				for _, resource := range append(items(statement.Get("Resource")), statement.Get("Resource")) {
					m := executeAPI.FindStringSubmatch(text(resource))
					if m == nil || m[1] == p.API.ID {
						continue
					}
					p.Report(resource.Pos, "", "write execute-api:/*, or give the API that id: apis: {NAME: {id: "+m[1]+", …}} with its region and accountId in rehearse.yaml",
						"the resource policy is for the API %s, and this one is %s", m[1], p.API.ID)
					return
				}
			}
		},
	},
	{
		ID: "policy-principal-aws", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: How API Gateway resource policies affect authorization workflow",
		Doc: `the resource policy allows named principals only, and a method asks nobody who he is

A method without authorization has anonymous callers, whom a statement for an
account, user or role never fits: every call answers 403. Set AWS_IAM on the
method, or Principal: "*".`,
		Check: func(p *Pass) {
			if !namedPrincipalsOnly(p.API.Policy) {
				return
			}
			for m := range p.API.AllMethods() {
				if m.AuthorizationType == "NONE" {
					p.Report(m.Pos, m.Pointer, "add a security scheme with x-amazon-apigateway-authtype: awsSigv4", "%s has anonymous callers, and the resource policy allows named principals only", name(m))
				}
			}
		},
	},
}

// A scheme is a security scheme of the document.
type scheme struct {
	name, pointer string
	node          *source.Node
}

func (p *Pass) schemes() []scheme {
	at, n := "/components/securitySchemes/", p.Document.Root.Get("components").Get("securitySchemes")
	if p.swagger() {
		at, n = "/securityDefinitions/", p.Document.Root.Get("securityDefinitions")
	}
	var all []scheme
	for _, m := range members(n) {
		all = append(all, scheme{m.Key, at + escape(m.Key), m.Value})
	}
	return all
}

// enforced are the names of the schemes that API Gateway makes something of.
func (p *Pass) enforced() map[string]bool {
	names := map[string]bool{}
	for _, s := range p.schemes() {
		authorizer := s.node.Get("x-amazon-apigateway-authorizer") != nil || s.node.Get("x-amazon-apigateway-authtype") != nil
		key := text(s.node.Get("in")) == "header" && strings.EqualFold(text(s.node.Get("name")), "x-api-key")
		names[s.name] = text(s.node.Get("type")) == "apiKey" && (authorizer || key)
	}
	return names
}

// namedPrincipalsOnly reports whether a policy allows, and allows nobody but
// principals of AWS by name.
func namedPrincipalsOnly(policy string) bool {
	if policy == "" {
		return false
	}
	document, err := ordered.ParseString(policy)
	o, ok := document.(*ordered.Object)
	if err != nil || !ok {
		return false
	}
	statements := []any{member(o, "Statement")}
	if list, ok := statements[0].(*ordered.Array); ok {
		statements = list.Items
	}
	allows := false
	for _, s := range statements {
		statement, ok := s.(*ordered.Object)
		if !ok {
			return false
		}
		if member(statement, "Effect") != "Allow" {
			continue
		}
		principal, ok := member(statement, "Principal").(*ordered.Object)
		if !ok || principal.Len() != 1 {
			return false
		}
		names := []any{member(principal, "AWS")}
		if list, ok := names[0].(*ordered.Array); ok {
			names = list.Items
		}
		for _, n := range names {
			if n == nil || n == "*" {
				return false
			}
		}
		allows = true
	}
	return allows
}
