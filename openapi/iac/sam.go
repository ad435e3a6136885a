package iac

import (
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

func itoa(i int) string { return strconv.Itoa(i) }

// notApplied are properties of AWS::Serverless::Api with which SAM changes the
// document and rehearse doesn't.
var notApplied = []string{"Auth", "Models", "Domain", "AlwaysDeploy", "MergeDefinitions", "SecurityPolicy"}

// quietly are those of them that change nothing a caller sees.
var quietly = map[string]bool{"AlwaysDeploy": true, "Domain": true, "SecurityPolicy": true}

// applySAM does to the document what SAM does for properties of an
// AWS::Serverless::Api that has one.
func (t *Template) applySAM(a *API, p *source.Node) {
	if g := p.Get("GatewayResponses"); g != nil && g.Kind == source.Object && a.Document.Get(gatewayResponses) == nil {
		a.Document = with(a.Document, gatewayResponses, samGatewayResponses(g))
	}
	if cors := p.Get("Cors"); cors != nil {
		t.applyCors(a, cors)
	}
	for _, name := range notApplied {
		n := p.Get(name)
		if n == nil || quietly[name] || name == "Auth" && len(n.Members) > 0 && onlyPlan(n) {
			continue
		}
		t.problem(Unsupported, n.Pos, "write it into the document", "SAM changes the document for %s of %s, and rehearse doesn't", name, a.LogicalID)
	}
}

// onlyPlan reports whether Auth says no more than what usage plan the API has,
// which changes nothing in a document.
func onlyPlan(auth *source.Node) bool {
	for _, m := range auth.Members {
		if m.Key != "UsagePlan" {
			return false
		}
	}
	return true
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
	origin, headers, maxAge := text("AllowOrigin"), text("AllowHeaders"), text("MaxAge")
	if cors.Kind != source.Object {
		origin = cors.Value
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
		if strings.EqualFold(text("AllowCredentials"), "true") {
			set = append(set, [2]string{"Access-Control-Allow-Credentials", "'true'"})
		}
		changed.Members[i].Value = with(path.Value, "options", corsOperation(cors.Pos, set, swagger))
	}
	a.Document = replaced(a.Document, "paths", &changed)
	t.note("Cors of "+a.LogicalID, "an OPTIONS method for each path", known)
}

// corsMethods are the methods of a path and OPTIONS, as a mapping expression.
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
	return "'" + strings.Join(append(names, "OPTIONS"), ",") + "'"
}

// replaced is n with another value for a member.
func replaced(n *source.Node, key string, value *source.Node) *source.Node {
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
