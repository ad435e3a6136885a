package iac

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

func itoa(i int) string { return strconv.Itoa(i) }

// notApplied are properties of AWS::Serverless::Api with which SAM changes the
// document and rehearse doesn't.
var notApplied = []string{"Models", "MergeDefinitions"}

// needDocument are properties that SAM refuses unless the document stands in the
// template (AWS docs: AWS::Serverless::Api; SAM: Cors works only with inline Swagger
// specified in 'DefinitionBody' property).
var needDocument = []string{"Cors", "Auth", "GatewayResponses", "Models", "DisableExecuteApiEndpoint"}

// applySAM does to the document what SAM does for properties of an
// AWS::Serverless::Api that has one. from is the property that it came from.
func (t *Template) applySAM(a *API, p *source.Node, from string) {
	if from != "DefinitionBody" {
		for _, name := range needDocument {
			if n := p.Get(name); n != nil && truthy(n) {
				t.problem(Refused, n.Pos, "use DefinitionBody with AWS::Include, or write it into the document",
					"SAM takes %s with a document in DefinitionBody only, and that of %s is in %s", name, a.LogicalID, from)
			}
		}
		return
	}
	if g := p.Get("GatewayResponses"); g != nil && g.Kind == source.Object {
		all := samGatewayResponses(g)
		if own := a.Document.Get(gatewayResponses); own != nil && own.Kind == source.Object {
			for _, m := range own.Members {
				if all.Get(m.Key) == nil {
					all.Members = append(all.Members, m)
				}
			}
		}
		a.Document = replaced(a.Document, gatewayResponses, all)
	}
	if cors := p.Get("Cors"); cors != nil && truthy(cors) {
		t.applyCors(a, cors)
	}
	if auth := p.Get("Auth"); auth != nil {
		t.applyAuth(a, auth) // behind Cors, as SAM does it: a preflight asks for it, too
	}
	for _, name := range notApplied {
		n := p.Get(name)
		if n == nil || !truthy(n) {
			continue
		}
		t.problem(Unsupported, n.Pos, "write it into the document", "SAM changes the document for %s of %s, and rehearse doesn't", name, a.LogicalID)
	}
}

// truthy is what Python, in which SAM is written, takes for a value that says
// something.
func truthy(n *source.Node) bool {
	switch n.Kind {
	case source.Object:
		return len(n.Members) > 0
	case source.Array:
		return len(n.Items) > 0
	case source.String:
		return n.Value != ""
	}
	return n.Value == "true" || n.Kind == source.Number
}

const gatewayResponses = "x-amazon-apigateway-gateway-responses"

// samGatewayResponses are SAM's GatewayResponses as the extension has them (AWS
// docs: AWS::Serverless::Api, GatewayResponses).
func samGatewayResponses(n *source.Node) *source.Node {
	all := &source.Node{Kind: source.Object, Pos: n.Pos}
	for _, m := range n.Members {
		response := &source.Node{Kind: source.Object, Pos: m.Value.Pos}
		add := func(key string, value *source.Node) {
			response.Members = append(response.Members, source.Member{Key: key, Pos: value.Pos, Value: value})
		}
		if s := m.Value.Get("StatusCode"); s != nil {
			add("statusCode", s)
		}
		if p := m.Value.Get("ResponseParameters"); p != nil {
			parameters := &source.Node{Kind: source.Object, Pos: p.Pos}
			for _, kind := range []struct{ sam, gateway string }{{"Headers", "header"}, {"Paths", "path"}, {"QueryStrings", "querystring"}} {
				for _, h := range members(p.Get(kind.sam)) {
					parameters.Members = append(parameters.Members, source.Member{Key: "gatewayresponse." + kind.gateway + "." + h.Key, Pos: h.Pos, Value: h.Value})
				}
			}
			add("responseParameters", parameters)
		}
		if t := m.Value.Get("ResponseTemplates"); t != nil {
			add("responseTemplates", t)
		}
		all.Members = append(all.Members, source.Member{Key: m.Key, Pos: m.Pos, Value: response})
	}
	return all
}

var httpMethods = map[string]bool{
	"get": true, "put": true, "post": true, "delete": true, "options": true, "head": true, "patch": true, "x-amazon-apigateway-any-method": true,
}

// applyCors adds an OPTIONS method to each path that has none (AWS docs:
// CorsConfiguration of AWS::Serverless::Api). What the other methods answer is left
// to their integrations, as SAM leaves it.
func (t *Template) applyCors(a *API, cors *source.Node) {
	paths := a.Document.Get("paths")
	if paths == nil || paths.Kind != source.Object {
		return
	}
	text := func(name string) string { return cors.Get(name).Text().Text }
	origin, headers, maxAge := cmp.Or(text("AllowOrigin"), "'*'"), text("AllowHeaders"), text("MaxAge")
	credentials := strings.EqualFold(text("AllowCredentials"), "true")
	switch cors.Kind {
	case source.Object:
	case source.String:
		origin = cors.Value
	default:
		t.problem(Refused, cors.Pos, "Cors: \"'*'\", or an object with AllowOrigin", "Cors of %s is neither a text nor an object", a.LogicalID)
		return
	}
	if credentials && origin == "'*'" {
		// SAM: 'AllowCredentials' can not be true when 'AllowOrigin' is "'*'" or not set.
		t.problem(Refused, cors.Pos, "name the origin", "Cors of %s allows credentials to every origin", a.LogicalID)
	}
	swagger := a.Document.Get("swagger") != nil
	changed := *paths
	changed.Members = append([]source.Member(nil), paths.Members...)
	for i, path := range changed.Members {
		if path.Value.Kind != source.Object || path.Value.Get("options") != nil {
			continue
		}
		methods := text("AllowMethods")
		if methods == "" {
			methods = corsMethods(path.Value)
		}
		set := [][2]string{}
		for _, h := range [][2]string{
			{"Access-Control-Allow-Origin", origin}, {"Access-Control-Allow-Headers", headers},
			{"Access-Control-Allow-Methods", methods}, {"Access-Control-Max-Age", maxAge},
		} {
			if h[1] != "" {
				set = append(set, h)
			}
		}
		if credentials {
			set = append(set, [2]string{"Access-Control-Allow-Credentials", "'true'"})
		}
		changed.Members[i].Value = with(path.Value, "options", corsOperation(cors.Pos, set, swagger))
	}
	a.Document = replaced(a.Document, "paths", &changed)
}

// corsMethods are the methods of a path and OPTIONS, sorted as SAM sorts them, as a
// mapping expression.
func corsMethods(path *source.Node) string {
	var names []string
	for _, m := range path.Members {
		switch {
		case m.Key == "x-amazon-apigateway-any-method":
			return "'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT'"
		case httpMethods[strings.ToLower(m.Key)]:
			names = append(names, strings.ToUpper(m.Key))
		}
	}
	names = append(names, "OPTIONS")
	slices.Sort(names)
	return "'" + strings.Join(slices.Compact(names), ",") + "'"
}

// replaced is n with another value for a member, or with one more.
func replaced(n *source.Node, key string, value *source.Node) *source.Node {
	if n.Get(key) == nil {
		return with(n, key, value)
	}
	c := *n
	c.Members = append([]source.Member(nil), n.Members...)
	for i := range c.Members {
		if c.Members[i].Key == key {
			c.Members[i].Value = value
		}
	}
	return &c
}

// corsOperation is an OPTIONS method with a mock that answers with headers, all of
// which stands where the template asks for it.
func corsOperation(pos source.Pos, headers [][2]string, swagger bool) *source.Node {
	object := func(members ...source.Member) *source.Node {
		return &source.Node{Kind: source.Object, Pos: pos, Members: members}
	}
	member := func(key string, value *source.Node) source.Member {
		return source.Member{Key: key, Pos: pos, Value: value}
	}
	text := func(s string) *source.Node { return textNode(s, pos) }
	declared, mapped := object(), object()
	for _, h := range headers {
		kind := object(member("type", text("string")))
		if !swagger {
			kind = object(member("schema", kind))
		}
		declared.Members = append(declared.Members, member(h[0], kind))
		mapped.Members = append(mapped.Members, member("method.response.header."+h[0], text(h[1])))
	}
	return object(
		member("responses", object(member("200", object(member("description", text("CORS preflight")), member("headers", declared))))),
		member("x-amazon-apigateway-integration", object(
			member("type", text("mock")),
			member("requestTemplates", object(member("application/json", text(`{"statusCode": 200}`)))),
			member("responses", object(member("default", object(
				member("statusCode", text("200")),
				member("responseParameters", mapped),
				member("responseTemplates", object(member("application/json", text("{}\n")))),
			)))),
		)),
	)
}
