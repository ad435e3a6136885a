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
	{
		ID: "api-key-disabled-only", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Recorded,
		Source: "case api-key-disabled",
		Doc: `a method requires an API key, and all keys of the stage's plans are disabled

Every call answers 403 {"message":"Forbidden"}.`,
		Surrounded: true,
		Check: func(p *Pass) {
			p.keyed(func(m *openapi.Method, st Stage) {
				if st.Keys && !st.EnabledKeys {
					p.Report(m.Pos, m.Pointer, "enable a key", "%s requires an API key, and those of the stage %s are all disabled", name(m), st.Name)
				}
			})
		},
	},
	{
		ID: "api-key-unused", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Documented,
		Source: "AWS docs: Usage plans and API keys for REST APIs",
		Doc: `an API key is in no usage plan

It opens nothing.`,
		Surrounded: true, Shared: true,
		Check: func(p *Pass) {
			for _, k := range p.Around.Keys {
				if !k.Plans {
					p.Report(k.Pos, "", "add it to a plan's keys:", "the API key %s is in no usage plan: it opens nothing", k.Name)
				}
			}
		},
	},
	{
		ID: "api-key-plan-without-requirement", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Usage plans and API keys for REST APIs",
		Doc: `a usage plan has limits, and no method requires a key

Limits of a plan are counted by key: without a method that requires one they are
never applied. Give operations security with the x-api-key scheme.`,
		Surrounded: true, Shared: true,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if m.APIKeyRequired {
					return
				}
			}
			for _, plan := range p.Around.Plans {
				if plan.Throttled || plan.QuotaLimit != nil || plan.MethodLimit {
					p.Report(plan.Pos, "", "let an operation require an API key", "the usage plan %s has limits, and no method requires a key: they are never applied", plan.Name)
				}
			}
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
