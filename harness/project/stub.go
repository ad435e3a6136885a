package project

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/stub"
	"github.com/rehearse-api/rehearse/openapi"
	expressions "github.com/rehearse-api/rehearse/openapi/mapping"
)

// stub says what answers for functions and hosts that aren't there; nil, if
// nobody asked for it.
func (p *Project) stub() func(*openapi.Integration) *integration.Stub {
	if !p.options.Stub {
		return nil
	}
	return func(in *openapi.Integration) *integration.Stub {
		if s, ok := p.stubs.Load(in); ok {
			return s.(*integration.Stub)
		}
		doc, m := p.methodOf(in)
		if m == nil {
			return nil
		}
		s, _ := p.stubs.LoadOrStore(in, stub.Of(doc, m))
		return s.(*integration.Stub)
	}
}

// methodOf finds the method that an integration stands behind, in any document
// that was imported.
func (p *Project) methodOf(in *openapi.Integration) (*openapi.Document, *openapi.Method) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.imports {
		if d.Model == nil {
			continue
		}
		for m := range d.Model.AllMethods() {
			if m.Integration == in {
				return d.Document, m
			}
		}
	}
	return nil, nil
}

// Missing are the functions, hosts and services that the stages' documents call
// and this run doesn't have, sorted: "ItemsFunction", "https://backend.example.com",
// "sqs". What a document names by a variable without a value is there as written.
func (p *Project) Missing() []string {
	missing := map[string]bool{}
	for _, a := range p.APIs {
		for _, st := range a.Config.Stages {
			d := p.stageDocument(a, st)
			if d.Model == nil {
				continue
			}
			for m := range d.Model.AllMethods() {
				if name := p.missingBehind(m.Integration, st.Variables); name != "" {
					missing[name] = true
				}
			}
			for _, au := range d.Model.Authorizers {
				if au.Type == "COGNITO_USER_POOLS" {
					continue
				}
				if name := p.missingFunction(au.AuthorizerURI.Text, st.Variables); name != "" {
					missing[name] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(missing))
}

// missingBehind names what an integration calls and isn't there, or "".
func (p *Project) missingBehind(in *openapi.Integration, vars map[string]string) string {
	if in == nil {
		return ""
	}
	switch in.Type {
	case openapi.AWSProxy:
		return p.missingFunction(in.URI.Text, vars)
	case openapi.AWS:
		if service := integration.Service(expressions.Interpolate(in.URI.Text, vars)); service != "" && service != "lambda" {
			if p.answered(service) {
				return ""
			}
			return service
		}
		return p.missingFunction(in.URI.Text, vars)
	case openapi.HTTP, openapi.HTTPProxy:
		uri := expressions.Interpolate(in.URI.Text, vars)
		host := integration.Host(uri)
		switch {
		case host == "":
			return integration.Unresolved(in.URI.Text)
		case p.answered(host) || p.answered(strings.ToLower(in.ConnectionID)):
			return ""
		}
		return host
	}
	return ""
}

// missingFunction names the function of a URI that isn't there, or "".
func (p *Project) missingFunction(uri string, vars map[string]string) string {
	f, err := openapi.ParseFunctionURI(expressions.Interpolate(uri, vars))
	if err != nil {
		return integration.Unresolved(uri) // any other call fails as AWS fails it, and lint says so
	}
	if slices.ContainsFunc(p.Config.Functions, func(c FunctionConfig) bool { return c.Name == f.Name }) {
		return ""
	}
	return f.Name
}

// MissingText is what a person should know of what is missing, with what to do
// about it; empty: all is there.
func (p *Project) MissingText() (text, hint string) {
	missing := p.Missing()
	if len(missing) == 0 {
		return "", ""
	}
	const most = 8
	names := strings.Join(missing[:min(len(missing), most)], ", ")
	if n := len(missing) - most; n > 0 {
		names += fmt.Sprintf(" and %d more", n)
	}
	if p.options.Stub {
		return "stubs answer for what isn't there: " + names, ""
	}
	return "not there: " + names + "; calls end as they do on AWS, with 500 or 504",
		"--stub answers for them from the document's examples and schemas"
}
