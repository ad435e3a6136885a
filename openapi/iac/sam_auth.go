package iac

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// What SAM makes of Auth of an AWS::Serverless::Api with a document (AWS docs:
// ApiAuth): security schemes for its authorizers, and security of the methods that
// have an integration.

// authDone are the members of Auth that are done here, or change no document.
var authDone = []string{
	"DefaultAuthorizer", "Authorizers", "ApiKeyRequired", "AddDefaultAuthorizerToCorsPreflight", "AddApiKeyRequiredToCorsPreflight",
	"InvokeRole", "UsagePlan",
}

const iamAuthorizer = "AWS_IAM"

func (t *Template) applyAuth(a *API, auth *source.Node) {
	for _, m := range members(auth) {
		if !slices.Contains(authDone, m.Key) && truthy(m.Value) {
			t.problem(Unsupported, m.Pos, "write it into the document", "SAM changes the document for %s in Auth of %s, and rehearse doesn't", m.Key, a.LogicalID)
		}
	}
	schemes := &source.Node{Kind: source.Object, Pos: auth.Pos}
	add := func(name string, pos source.Pos, scheme *source.Node) {
		schemes.Members = append(schemes.Members, source.Member{Key: name, Pos: pos, Value: scheme})
	}
	named := auth.Get("DefaultAuthorizer").Text().Text
	if named == iamAuthorizer {
		pos := auth.Get("DefaultAuthorizer").Pos
		add(iamAuthorizer, pos, headerScheme(pos, "Authorization", "awsSigv4"))
	}
	for _, m := range members(auth.Get("Authorizers")) {
		add(m.Key, m.Pos, t.authorizer(m.Value))
	}
	if named != "" {
		if schemes.Get(named) == nil {
			// SAM: Unable to set DefaultAuthorizer because 'x' was not defined in 'Authorizers'.
			t.problem(Refused, auth.Get("DefaultAuthorizer").Pos, near(named, keysOf(schemes), "define it in Authorizers, or name AWS_IAM"), "the DefaultAuthorizer %s of %s is not in Authorizers", named, a.LogicalID)
		} else {
			preflight := isNot(auth.Get("AddDefaultAuthorizerToCorsPreflight"), "false")
			scopes := auth.Get("Authorizers").Get(named).Get("AuthorizationScopes")
			t.secure(a, preflight, func(security []*source.Node) []*source.Node {
				return withDefault(security, named, scopes, auth.Get("DefaultAuthorizer").Pos, append(keysOf(schemes), iamAuthorizer))
			})
		}
	}
	if key := auth.Get("ApiKeyRequired"); key != nil && truthy(key) {
		add("api_key", key.Pos, headerScheme(key.Pos, "x-api-key", ""))
		preflight := isNot(auth.Get("AddApiKeyRequiredToCorsPreflight"), "false")
		t.secure(a, preflight, func(security []*source.Node) []*source.Node { return withKey(security, key.Pos) })
	}
	if schemes.Members != nil {
		t.putSchemes(a, schemes)
	}
}

func isNot(n *source.Node, value string) bool { return n == nil || n.Value != value }

// headerScheme is a security scheme of a header.
func headerScheme(pos source.Pos, header, authType string) *source.Node {
	scheme := &source.Node{Kind: source.Object, Pos: pos}
	for _, m := range [][2]string{{"type", "apiKey"}, {"name", header}, {"in", "header"}, {"x-amazon-apigateway-authtype", authType}} {
		if m[1] != "" {
			scheme = with(scheme, m[0], textNode(m[1], pos))
		}
	}
	return scheme
}

// authorizer is the security scheme of one of Authorizers: of a user pool, or of a
// function that gets a token or the request.
func (t *Template) authorizer(n *source.Node) *source.Node {
	identity := n.Get("Identity")
	header := cmp.Or(identity.Get("Header").Text().Text, "Authorization")
	is := &source.Node{Kind: source.Object, Pos: n.Pos}
	set := func(key string, value *source.Node) {
		if value != nil && truthy(value) {
			is = with(is, key, value)
		}
	}
	authType := "cognito_user_pools"
	if pools := n.Get("UserPoolArn"); pools != nil {
		if pools.Kind != source.Array {
			pools = &source.Node{Kind: source.Array, Pos: pools.Pos, Items: []*source.Node{pools}}
		}
		set("type", textNode(authType, n.Pos))
		set("providerARNs", pools)
		set("identityValidationExpression", identity.Get("ValidationExpression"))
		return with(headerScheme(n.Pos, header, authType), "x-amazon-apigateway-authorizer", is)
	}
	kind := strings.ToLower(cmp.Or(n.Get("FunctionPayloadType").Text().Text, "TOKEN"))
	set("type", textNode(kind, n.Pos))
	if f := n.Get("FunctionArn"); f != nil {
		s := t.resolver.Settings
		set("authorizerUri", textNode("arn:"+s.partition()+":apigateway:"+s.Region+":lambda:path/2015-03-31/functions/"+f.Value+"/invocations", f.Pos))
	}
	set("authorizerResultTtlInSeconds", identity.Get("ReauthorizeEvery"))
	if role := n.Get("FunctionInvokeRole"); role != nil && role.Value != "NONE" {
		set("authorizerCredentials", role)
	}
	if kind == "request" {
		header = "Unused"
		if sources := identitySources(identity); sources != "" {
			set("identitySource", textNode(sources, identity.Pos))
		}
	} else {
		set("identityValidationExpression", identity.Get("ValidationExpression"))
	}
	return with(headerScheme(n.Pos, header, "custom"), "x-amazon-apigateway-authorizer", is)
}

// identitySources is Identity in API Gateway's words.
func identitySources(identity *source.Node) string {
	var all []string
	for _, of := range [][2]string{
		{"Headers", "method.request.header."}, {"QueryStrings", "method.request.querystring."}, {"StageVariables", "stageVariables."}, {"Context", "context."},
	} {
		if list := identity.Get(of[0]); list != nil {
			for _, item := range list.Items {
				all = append(all, of[1]+item.Value)
			}
		}
	}
	return strings.Join(all, ", ")
}

// secure changes the security of all methods that have an integration, of OPTIONS
// only where preflight says so.
func (t *Template) secure(a *API, preflight bool, change func([]*source.Node) []*source.Node) {
	paths := a.Document.Get("paths")
	if paths == nil || paths.Kind != source.Object {
		return
	}
	all := *paths
	all.Members = slices.Clone(paths.Members)
	for i, path := range all.Members {
		if path.Value.Kind != source.Object {
			continue
		}
		item := *path.Value
		item.Members = slices.Clone(path.Value.Members)
		for j, m := range item.Members {
			method := strings.ToLower(m.Key)
			if !httpMethods[method] || m.Value.Get("x-amazon-apigateway-integration") == nil || method == "options" && !preflight {
				continue
			}
			security := m.Value.Get("security")
			list := source.Node{Kind: source.Array, Pos: m.Pos}
			if security != nil && security.Kind == source.Array {
				list = *security
			}
			list.Items = change(list.Items)
			item.Members[j].Value = replaced(m.Value, "security", &list)
		}
		all.Members[i].Value = &item
	}
	a.Document = replaced(a.Document, "paths", &all)
}

// requirement is an entry of security.
func requirement(name string, scopes *source.Node, pos source.Pos) *source.Node {
	list := &source.Node{Kind: source.Array, Pos: pos}
	if scopes != nil && scopes.Kind == source.Array {
		list = scopes
	}
	return with(&source.Node{Kind: source.Object, Pos: pos}, name, list)
}

// withDefault is the security of a method that asks for the default authorizer
// unless it names another one, or NONE.
func withDefault(security []*source.Node, name string, scopes *source.Node, pos source.Pos, authorizers []string) []*source.Node {
	var others, own []*source.Node
	none := false
	for _, s := range security {
		switch {
		case s.Get("NONE") != nil && !none:
			none = true
		case slices.ContainsFunc(keysOf(s), func(key string) bool { return slices.Contains(authorizers, key) }):
			own = append(own, s)
		default:
			others = append(others, s)
		}
	}
	switch {
	case none:
		return others
	case own != nil:
		return append(others, own...)
	}
	return append(others, requirement(name, scopes, pos))
}

// withKey is the security of a method that asks for an API key unless it says
// api_key_false.
func withKey(security []*source.Node, pos source.Pos) []*source.Node {
	others := slices.DeleteFunc(slices.Clone(security), func(s *source.Node) bool { return s.Get("api_key") != nil || s.Get("api_key_false") != nil })
	if slices.ContainsFunc(security, func(s *source.Node) bool { return s.Get("api_key_false") != nil }) {
		return others
	}
	return append(others, requirement("api_key", nil, pos))
}

// putSchemes puts security schemes into the document. In OpenAPI 3 SAM puts them in
// the place of the document's own.
func (t *Template) putSchemes(a *API, schemes *source.Node) {
	if a.Document.Get("swagger") != nil {
		own := a.Document.Get("securityDefinitions")
		for _, m := range members(own) {
			if schemes.Get(m.Key) == nil {
				schemes.Members = append(schemes.Members, m)
			}
		}
		a.Document = replaced(a.Document, "securityDefinitions", schemes)
		return
	}
	components := a.Document.Get("components")
	if components == nil || components.Kind != source.Object {
		components = &source.Node{Kind: source.Object, Pos: schemes.Pos}
	}
	if own := components.Get("securitySchemes"); own != nil && len(own.Members) > 0 {
		t.problem(Regretted, own.Pos, "put all of them into Auth, or all into the document", "SAM replaces the document's securitySchemes by those of Auth of %s", a.LogicalID)
	}
	a.Document = replaced(a.Document, "components", replaced(components, "securitySchemes", schemes))
}
