package lint

import "github.com/rehearse-api/rehearse/openapi"

var keyRules = []*Rule{
	{
		ID: "api-key-required-no-plan", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Usage plans and API keys for REST APIs",
		Doc: `a method requires an API key on a stage that no usage plan covers

A key opens a method only through a usage plan that is linked to the stage.
Without one every call answers 403 {"message":"Forbidden"}.`,
		Surrounded: true,
		Check: func(p *Pass) {
			p.keyed(func(m *openapi.Method, st Stage) {
				if !st.Plans {
					p.Report(m.Pos, m.Pointer, "link the stage to a usage plan in usagePlans.*.apiStages", "%s requires an API key, and no usage plan covers the stage %s", name(m), st.Name)
				}
			})
		},
	},
	{
		ID: "api-key-required-no-keys", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Usage plans and API keys for REST APIs",
		Doc: `a method requires an API key, and no plan of the stage has one

The stage is linked to a usage plan without keys: every call answers 403
{"message":"Forbidden"}. Add a key to the plan.`,
		Surrounded: true,
		Check: func(p *Pass) {
			p.keyed(func(m *openapi.Method, st Stage) {
				if st.Plans && !st.Keys {
					p.Report(m.Pos, m.Pointer, "add a key to the plan's keys:", "%s requires an API key, and no plan of the stage %s has one", name(m), st.Name)
				}
			})
		},
	},
}

// keyed calls f for the first method that requires a key, on each stage: one
// finding a stage says it all.
func (p *Pass) keyed(f func(*openapi.Method, Stage)) {
	for m := range p.API.AllMethods() {
		if m.APIKeyRequired {
			for _, st := range p.Around.Stages {
				f(m, st)
			}
			return
		}
	}
}
