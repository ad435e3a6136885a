package openapi

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/javare"
	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// responseTarget is the shape of what a response parameter is mapped to.
var responseTarget = regexp.MustCompile(`^method\.response\.header\..+$`)

// refuseResponse adds what AWS says when it can't put an integration response.
func (r *integrationReader) refuseResponse(rule string, evidence Evidence, at place, message, hint, inner string) {
	r.im.add(at, Finding{
		Rule: rule, Category: Refused, Evidence: evidence, Message: r.m.name() + ": " + message, Hint: hint,
		AWS:     "Unable to put integration response on '" + r.m.HTTPMethod + "' for resource at path '" + r.m.Resource.Path + "': " + inner,
		AWSKind: AWSError, call: r.responseCall,
	})
}

// responses reads the integration responses. A proxy integration keeps them too,
// without using them (case aws-proxy-responses-are-kept). API Gateway keeps one
// for each status code: of two, the later is left (inferred from the key).
func (r *integrationReader) responses(n *source.Node, at string) {
	if isNull(n) {
		return
	}
	var spans []span    // what was noted of each response
	var wheres []string // where it stands
	for _, p := range n.Members {
		where := pointerTo(at, p.Key)
		if !isNull(p.Value) && p.Value.Kind != source.Object {
			r.malformed(p.Value, where, "the response "+p.Key+" is "+article(p.Value.Kind.String())+", want an object")
			continue
		}
		noted := r.im.notes.here()
		resp := r.response(p, where)
		spans = append(spans, r.im.notes.since(noted))
		if k := slices.IndexFunc(r.i.Responses, func(o *IntegrationResponse) bool { return o.StatusCode == resp.StatusCode }); k >= 0 {
			r.im.add(place{r.i.Responses[k].Pos, wheres[k]}, Finding{
				Rule: "integration-response-duplicate-status", Category: Dropped, Evidence: Inferred,
				Message: r.m.name() + ": two integration responses have the status code " + resp.StatusCode + "; the later one is kept, " + patternName(r.i.Responses[k]) + " is lost",
				Hint:    "join the patterns with |, or use another status code",
			})
			r.im.notes.void(spans[k], Inferred, "integration-response-duplicate-status", "a later response has its status code")
			spans[k], wheres[k] = spans[len(spans)-1], where
			spans = spans[:len(spans)-1]
			r.i.Responses[k], r.im.lost = resp, true
			continue
		}
		r.i.Responses, wheres = append(r.i.Responses, resp), append(wheres, where)
	}
	slices.SortStableFunc(r.i.Responses, func(a, b *IntegrationResponse) int { return cmp.Compare(a.StatusCode, b.StatusCode) })
}

func patternName(r *IntegrationResponse) string {
	if r.SelectionPattern == "" {
		return "default"
	}
	return quote(r.SelectionPattern)
}

func (r *integrationReader) response(p source.Member, at string) *IntegrationResponse {
	n := p.Value
	r.responseCall = callWithin(r.call, "response "+p.Key)
	resp := &IntegrationResponse{StatusCode: cmp.Or(scalar(n.Get("statusCode")), "200"), Pos: p.Pos}
	if p.Key != "default" {
		resp.SelectionPattern = p.Key
		resp.Pattern = r.pattern(p, at)
		r.im.notes.took(n)
	} else {
		r.im.notes.changed(n, Recorded, "becomes the response without a selectionPattern") // case integration-mock-shape
	}
	r.im.notes.text(n.Get("statusCode"), resp.StatusCode)
	name := r.m.name() + " response " + p.Key
	resp.Element = r.im.element("integrationResponse", name, at, p.Pos)
	if !statusCode.MatchString(resp.StatusCode) {
		r.refuseResponse("response-status-illegal", Recorded, place{r.im.pos(n.Get("statusCode")), at + "/statusCode"},
			"statusCode is "+quote(resp.StatusCode)+", want three digits, 100 to 599", "", violation(resp.StatusCode, "statusCode", invalidStatus))
	}
	resp.ContentHandling = r.contentHandling(n.Get("contentHandling"), at+"/contentHandling", func(rule string, field *source.Node, at, message, inner string) {
		r.refuseResponse(rule, Inferred, place{r.im.pos(field), at}, message, "", inner)
	})
	r.responseParameters(resp, n.Get("responseParameters"), at+"/responseParameters")
	templates := n.Get("responseTemplates")
	if !isNull(templates) && templates.Kind != source.Object {
		r.malformed(templates, at+"/responseTemplates", "responseTemplates is "+article(templates.Kind.String())+", want an object")
	} else if bad := badMediaTypes(templates); bad != nil {
		r.refuseResponse("media-type-key-invalid", Recorded, place{templates.Pos, at + "/responseTemplates"}, "responseTemplates: "+strings.Join(bad, ", ")+" is no media type", "",
			validationPrefix+"["+contentTypeErrors(bad)+"]")
	}
	resp.ResponseTemplates = r.templates(templates, at+"/responseTemplates", "responseTemplate", name+" template ")
	r.unknownResponseProperties(n, at)
	return resp
}

// pattern compiles a selection pattern, a regular expression of Java's.
func (r *integrationReader) pattern(p source.Member, at string) *javare.Regexp {
	re, err := javare.Compile(p.Key)
	if err == nil {
		return re
	}
	var detail *javare.Error
	if errors.As(err, &detail) && detail.Unsupported {
		r.im.add(place{p.Pos, at}, Finding{
			Rule: "integration-response-pattern-unsupported", Category: Scope, Evidence: Documented,
			Message: r.m.name() + ": the response pattern " + quote(p.Key) + " is good in Java and not understood here: " + detail.Msg,
			Hint:    "write a simpler pattern",
		})
		return nil
	}
	why := err.Error()
	if detail != nil {
		why = detail.Msg
	}
	// case import-text-selection-pattern-invalid
	r.refuseResponse("integration-response-pattern-invalid", Recorded, place{p.Pos, at}, "the response pattern "+quote(p.Key)+" is no regular expression: "+why, "",
		"Invalid regex pattern specified")
	return nil
}

var responseProperties = map[string]bool{
	"statusCode": true, "responseParameters": true, "responseTemplates": true, "contentHandling": true,
}

func (r *integrationReader) unknownResponseProperties(n *source.Node, at string) {
	if n == nil {
		return
	}
	for _, p := range n.Members {
		if !responseProperties[p.Key] && !strings.HasPrefix(p.Key, "x-") {
			r.im.unknownProperty(p, at, "an integration response", nil)
		}
	}
}

func (r *integrationReader) responseParameters(resp *IntegrationResponse, n *source.Node, at string) {
	var wrong batch
	method := r.m.Response(resp.StatusCode)
	for _, p := range r.mappings(n, at, "responseParameters") {
		m := ParameterMapping{Target: p.Key, Source: r.im.text(p.Value), Pos: p.Pos}
		expr, err := mapping.ParseExpression(m.Source, mapping.Response)
		value, here := scalar(p.Value), place{r.im.pos(p.Value), pointerTo(at, p.Key)}
		switch {
		case method == nil:
			// case import-text-response-parameters-without-method-response; a status
			// code without one is refused only if it maps something
		case !responseTarget.MatchString(p.Key):
			wrong.add(here, Finding{
				Rule:    "response-mapping-key-invalid",
				Message: r.m.name() + ": " + quote(p.Key) + " is no target: want method.response.header and a name",
			}, "Invalid mapping expression parameter specified: "+p.Key)
		case !method.declares(p.Key):
			name := strings.TrimPrefix(p.Key, "method.response.header.")
			wrong.add(here, Finding{
				Rule:    "response-mapping-undeclared-header",
				Message: r.m.name() + ": its integration sets the header " + name + ", which the response " + resp.StatusCode + " doesn't declare",
				Hint:    "add " + name + " to headers of that response",
			}, "Invalid mapping expression parameter specified: "+p.Key)
		case err != nil:
			// case import-text-response-value-double-quoted
			wrong.add(here, r.mappingFinding("response-mapping-static-unquoted", p.Key, err), "Invalid mapping expression specified: "+value)
		}
		if err == nil {
			m.Expr = expr
		}
		r.im.notes.kept(p.Value)
		resp.ResponseParameters = append(resp.ResponseParameters, m)
	}
	slices.SortStableFunc(resp.ResponseParameters, byTarget)
	if method == nil && len(resp.ResponseParameters) > 0 {
		r.refuseResponse("integration-response-no-method-response", Recorded, place{n.Pos, at}, "its integration sets headers of the response "+resp.StatusCode+", which the operation doesn't declare",
			"add "+resp.StatusCode+" to the operation's responses", invalidMapping("No method response exists for method."))
	}
	r.im.refuse(&wrong, r.responseCall, "Unable to put integration response on '"+r.m.HTTPMethod+"' for resource at path '"+r.m.Resource.Path+"': ")
}

// declares reports whether a response parameter is declared. Header names are
// compared as spelled: guess.
func (r *MethodResponse) declares(name string) bool { return declared(r.ResponseParameters, name) }
