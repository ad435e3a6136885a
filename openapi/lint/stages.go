package lint

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

var stageRules = []*Rule{
	{
		ID: "stage-variable-undefined", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Recorded,
		Source: "recorded: a host made of an unset stage variable answers 500; AWS docs: Stage variables",
		Doc: `a URI uses a stage variable that a stage does not define

It is replaced by nothing. A function name or host that is built with it then
leads nowhere, and calls on that stage answer 500.`,
		Surrounded: true,
		Check:      func(p *Pass) { p.undefinedVariables(p.stageVariableUses(), "uses") },
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
		ID: "vtl-stage-variable-undefined", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: API Gateway stage variables reference for REST APIs",
		Doc: `a template or mapping reads a stage variable that a stage does not define

It is nothing there: a template prints an empty text, a mapping leaves its target
out.`,
		Surrounded: true,
		Check:      func(p *Pass) { p.undefinedVariables(p.stageVariableReads(), "reads") },
	},
	{
		ID: "stage-variable-unused", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Inferred,
		Source: "rehearse.yaml: stages.*.variables",
		Doc: `a stage defines a variable that its document doesn't use

Mostly it is spelled otherwise there. Functions behind a Lambda proxy get all stage
variables in their event, so nothing is said of a document with one.`,
		Surrounded: true,
		Check: func(p *Pass) {
			used, all := p.stageVariablesNamed()
			if all {
				return
			}
			for _, st := range p.Around.Stages {
				for _, v := range sortedKeys(st.Variables) {
					if !used[v] {
						p.Report(st.Pos, "", "", "the stage %s defines %s, and its document doesn't use it", st.Name, v)
					}
				}
			}
		},
	},
	{
		ID: "stage-too-many", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Quotas for configuring and running a REST API",
		Doc: `an API has more than ten stages

That is the quota; AWS raises it on demand.`,
		Surrounded: true,
		Check: func(p *Pass) {
			if n := len(p.Around.Stages); n > maxStages {
				p.Report(p.Around.Stages[maxStages].Pos, "", "", "the document is deployed to %d stages, the quota is %d", n, maxStages)
			}
		},
	},
	{
		ID: "stage-throttle-above-account", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Throttle requests to your REST APIs for better throughput",
		Doc: `a stage allows more than an account does

By default an account has 10,000 requests a second with a burst of 5,000, over all
its APIs of a region; the lower limit counts.`,
		Surrounded: true,
		Check: func(p *Pass) {
			for _, st := range p.Around.Stages {
				for _, s := range st.Settings {
					if s.Rate != nil && *s.Rate > accountRate || s.Burst != nil && *s.Burst > accountBurst {
						p.Report(s.Pos, "", "", "the stage %s allows more than an account's %d requests a second with a burst of %d for %s", st.Name, accountRate, accountBurst, s.Key)
					}
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

const (
	maxStages    = 10
	accountRate  = 10000
	accountBurst = 5000
)

// settingKey is a method's key in methodSettings and in a plan's throttle.
func settingKey(m *openapi.Method) string { return m.Resource.Path + "/" + m.HTTPMethod }

// A variableUse is a stage variable in a URI.
type variableUse struct {
	who, name, pointer string
	pos                source.Pos
}

// undefinedVariables reports each use of a stage variable that a stage doesn't define;
// verb says what the user does with it.
func (p *Pass) undefinedVariables(uses func(func(variableUse) bool), verb string) {
	for u := range uses {
		for _, st := range p.Around.Stages {
			if _, ok := st.Variables[u.name]; ok {
				continue
			}
			hint := "define it in the stage's variables:"
			if near := source.Nearest(u.name, slices.Collect(maps.Keys(st.Variables))); near != "" {
				hint = "did you mean " + near + "?"
			}
			p.Report(u.pos, u.pointer, hint, "%s %s the stage variable %s, which the stage %s does not define", u.who, verb, u.name, st.Name)
		}
	}
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
		if in.ConnectionType == "VPC_LINK" && in.ConnectionID != "" && p.Around.Answered(in.ConnectionID) {
			return nil // where the link leads has a name of its own; the URI is the Host header only
		}
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

// cutSetting splits a key of methodSettings into path and method.
func cutSetting(key string) (path, verb string, ok bool) {
	i := strings.LastIndexByte(key, '/')
	if i < 0 {
		return "", "", false
	}
	return key[:i], key[i+1:], true
}

// stageVariableReads yields the stage variables that templates and mappings name
// outright.
func (p *Pass) stageVariableReads() func(func(variableUse) bool) {
	return func(yield func(variableUse) bool) {
		for t := range p.templates() {
			if t.template.Compiled == nil {
				continue
			}
			for _, r := range t.template.Compiled.References() {
				if r.Name != "stageVariables" || len(r.Path) == 0 {
					continue
				}
				v := r.Path[0].Name
				if r.Path[0].Kind != vtl.Property {
					if len(r.Path[0].Args) != 1 || r.Path[0].Kind == vtl.Method && v != "get" {
						continue
					}
					v, _ = r.Path[0].Args[0].Value.(string)
				}
				if v != "" && !yield(variableUse{t.who, v, t.pointer, r.Pos}) {
					return
				}
			}
		}
		for m := range p.API.AllMethods() {
			if m.Integration == nil {
				continue
			}
			for _, rp := range m.Integration.RequestParameters {
				if rp.Expr != nil && rp.Expr.Kind() == mapping.StageVariable && !yield(variableUse{name(m), rp.Expr.Name(), m.Integration.Pointer + "/requestParameters", rp.Source.At(0)}) {
					return
				}
			}
		}
	}
}

var stageVariableName = regexp.MustCompile(`stageVariables\W{1,8}(?:get\W{1,4})?(\w+)`)

// stageVariablesNamed are the stage variables that a document names anywhere;
// all says that it may use any.
func (p *Pass) stageVariablesNamed() (used map[string]bool, all bool) {
	used = map[string]bool{}
	look := func(text string) {
		found := stageVariableName.FindAllStringSubmatch(text, -1)
		for _, m := range found {
			used[m[1]] = true
		}
		all = all || strings.Count(text, "stageVariables") > len(found)
	}
	for m := range p.API.AllMethods() {
		in := m.Integration
		if in == nil {
			continue
		}
		all = all || in.Type == openapi.AWSProxy
		look(in.URI.Text)
		look(in.Credentials)
		look(in.ConnectionID)
		for _, rp := range in.RequestParameters {
			look(rp.Source.Text)
		}
		for _, r := range in.Responses {
			for _, rp := range r.ResponseParameters {
				look(rp.Source.Text)
			}
		}
	}
	for t := range p.templates() {
		look(t.template.Text.Text)
	}
	for _, a := range p.API.Authorizers {
		look(a.AuthorizerURI.Text)
		look(a.IdentitySource)
		all = all || a.Type == "REQUEST" // its event has them all
	}
	for _, g := range p.API.GatewayResponses {
		for _, t := range g.ResponseTemplates {
			look(t.Text.Text)
		}
		for _, rp := range g.ResponseParameters {
			look(rp.Source.Text)
		}
	}
	return used, all
}
