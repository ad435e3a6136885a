package lint

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/source"
)

var stageRules = []*Rule{
	{
		ID: "stage-variable-undefined", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Recorded,
		Source: "recorded: a host made of an unset stage variable answers 500; AWS docs: Stage variables",
		Doc: `a URI uses a stage variable that a stage does not define

It is replaced by nothing. A function name or host that is built with it then
leads nowhere, and calls on that stage answer 500.`,
		Surrounded: true,
		Check: func(p *Pass) {
			for u := range p.stageVariableUses() {
				for _, st := range p.Around.Stages {
					if _, ok := st.Variables[u.name]; ok {
						continue
					}
					hint := "define it in the stage's variables:"
					if near := source.Nearest(u.name, slices.Collect(maps.Keys(st.Variables))); near != "" {
						hint = "did you mean " + near + "?"
					}
					p.Report(u.pos, u.pointer, hint, "%s uses the stage variable %s, which the stage %s does not define", u.who, u.name, st.Name)
				}
			}
		},
	},
	{
		ID: "stage-method-setting-unmatched", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Override stage-level caching for method-level caching",
		Doc: `a key of methodSettings names a method the API does not have

The setting is stored and has no effect. Keys are resource path + / + method:
/items/{ID}/GET, and //GET for the root.`,
		Surrounded: true,
		Check: func(p *Pass) {
			known := []string{"*/*"}
			for m := range p.API.AllMethods() {
				known = append(known, settingKey(m))
			}
			for _, st := range p.Around.Stages {
				for _, s := range st.Settings {
					if slices.Contains(known, s.Key) || strings.HasSuffix(s.Key, "/*") {
						continue
					}
					hint := ""
					if near := source.Nearest(s.Key, known); near != "" {
						hint = "did you mean " + near + "?"
					}
					p.Report(s.Pos, "", hint, "stage %s has settings for %s, and the API has no such method", st.Name, s.Key)
				}
			}
		},
	},
	{
		ID: "host-not-configured", Category: openapi.Scope, Severity: openapi.Warning, Evidence: openapi.Inferred,
		Source: "nothing leaves the machine unless it is named",
		Doc: `nothing in rehearse.yaml answers for a host or AWS service of the document

Only loopback addresses are called as they stand. Any other host is called
through endpoints:, answered by backends:, or allowed by network.allow:. Until
then the call ends as an unreachable backend, with the reason
backend-not-configured.`,
		Surrounded: true,
		Check: func(p *Pass) {
			if p.Around.Answered == nil {
				return
			}
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil {
					continue
				}
				for _, host := range p.hosts(in) {
					if !p.Around.Answered(host) {
						p.Report(in.URI.At(0), in.Pointer+"/uri", "name it in endpoints:, backends: or network.allow:", "%s calls %s, and nothing here answers for it", name(m), host)
					}
				}
			}
		},
	},
}

// settingKey is a method's key in methodSettings and in a plan's throttle.
func settingKey(m *openapi.Method) string { return m.Resource.Path + "/" + m.HTTPMethod }

// A variableUse is a stage variable in a URI.
type variableUse struct {
	who, name, pointer string
	pos                source.Pos
}

func (p *Pass) stageVariableUses() func(func(variableUse) bool) {
	return func(yield func(variableUse) bool) {
		each := func(who, pointer string, t source.Text) bool {
			for _, v := range stageVariables(t.Text) {
				at := strings.Index(t.Text, "${stageVariables."+v+"}")
				if !yield(variableUse{who, v, pointer, t.At(max(at, 0))}) {
					return false
				}
			}
			return true
		}
		for m := range p.API.AllMethods() {
			if in := m.Integration; in != nil && !each(name(m), in.Pointer+"/uri", in.URI) {
				return
			}
		}
		for _, a := range p.API.Authorizers {
			if !each("authorizer "+a.Name, "", a.AuthorizerURI) {
				return
			}
		}
	}
}

// hosts are what an integration calls besides functions: scheme and host of an
// HTTP backend on each stage, or the name of an AWS service.
func (p *Pass) hosts(in *openapi.Integration) []string {
	var hosts []string
	add := func(h string) {
		if !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	switch in.Type {
	case openapi.HTTP, openapi.HTTPProxy:
		stages := p.Around.Stages
		if len(stageVariables(in.URI.Text)) == 0 {
			stages = []Stage{{}}
		}
		for _, st := range stages {
			u, err := url.Parse(mapping.Interpolate(in.URI.Text, st.Variables))
			if err == nil && u.Host != "" {
				add(u.Scheme + "://" + u.Host)
			}
		}
	case openapi.AWS, openapi.AWSProxy:
		// arn:aws:apigateway:{region}:{subdomain.service|service}:path|action/...
		if parts := strings.SplitN(in.URI.Text, ":", 6); len(parts) == 6 && parts[4] != "lambda" {
			service := parts[4]
			if i := strings.LastIndexByte(service, '.'); i >= 0 {
				service = service[i+1:]
			}
			add(service)
		}
	}
	return hosts
}
