package lint

import (
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// maxThrottles is the quota of methods a usage plan throttles on a stage [AWS
// docs: Quotas for configuring and running a REST API].
const maxThrottles = 20

var planRules = []*Rule{
	{
		ID: "usage-plan-throttle-unmatched", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Usage plans and API keys for REST APIs",
		Doc: `a usage plan throttles a method the API does not have

It is stored and has no effect. Keys are resource path + / + method: /items/{ID}/GET,
and //GET for the root.`,
		Surrounded: true,
		Check: func(p *Pass) {
			var known []string
			have := map[string]bool{}
			for m := range p.API.AllMethods() {
				known = append(known, settingKey(m))
				have[settingKey(m)] = true
			}
			for _, st := range p.Around.Stages {
				for _, t := range st.Throttles {
					if have[t.Method] {
						continue
					}
					hint := ""
					if near := source.Nearest(t.Method, known); near != "" {
						hint = "did you mean " + near + "?"
					}
					p.Report(t.Pos, "", hint, "the usage plan %s throttles %s on the stage %s, and the API has no such method", t.Plan, t.Method, st.Name)
				}
			}
		},
	},
	{
		ID: "throttle-per-method-limit", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Quotas for configuring and running a REST API",
		Doc: `a usage plan throttles more than 20 methods of a stage

That is the quota; AWS raises it on demand.`,
		Surrounded: true,
		Check: func(p *Pass) {
			for _, st := range p.Around.Stages {
				counted := map[string]int{}
				for _, t := range st.Throttles {
					if counted[t.Plan]++; counted[t.Plan] == maxThrottles+1 {
						p.Report(t.Pos, "", "", "the usage plan %s throttles more than %d methods of the stage %s", t.Plan, maxThrottles, st.Name)
					}
				}
			}
		},
	},
	{
		ID: "throttle-zero", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "case stage-throttle-zero-blocks-all; AWS docs: Throttle requests to your REST APIs for better throughput",
		Doc: `a limit is zero

A rate or burst of 0 lets nothing through: calls answer 429 {"message":"Too Many
Requests"}. Good to close a method, and said in case it isn't meant.`,
		Surrounded: true,
		Check: func(p *Pass) {
			for _, st := range p.Around.Stages {
				for _, s := range st.Settings {
					if s.Rate != nil && *s.Rate == 0 || s.Burst != nil && *s.Burst == 0 {
						p.Report(s.Pos, "", "", "the stage %s lets nothing through to %s", st.Name, s.Key)
					}
				}
				for _, t := range st.Throttles {
					if t.Rate == 0 || t.Burst == 0 {
						p.Report(t.Pos, "", "", "the usage plan %s lets nothing through to %s of the stage %s", t.Plan, t.Method, st.Name)
					}
				}
			}
			for _, plan := range p.Around.Plans {
				if plan.Throttled && (plan.Rate == 0 || plan.Burst == 0) && len(p.Around.Stages) > 0 {
					p.Report(plan.Pos, "", "", "the usage plan %s lets nothing through", plan.Name)
				}
			}
		},
	},
	{
		ID: "usage-plan-burst-below-rate", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Inferred,
		Source: "AWS docs: Throttle requests to your REST APIs for better throughput",
		Doc: `a usage plan's burst is below its rate

The bucket holds burst requests and is refilled at the rate: of requests that come
at one instant no more than the burst pass, so the rate is seldom reached.`,
		Surrounded: true, Shared: true,
		Check: func(p *Pass) {
			for _, plan := range p.Around.Plans {
				if plan.Throttled && plan.Burst > 0 && float64(plan.Burst) < plan.Rate {
					p.Report(plan.Pos, "", "", "the usage plan %s allows %g requests a second and only %d at once", plan.Name, plan.Rate, plan.Burst)
				}
			}
		},
	},
	{
		ID: "usage-plan-quota-zero", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Inferred,
		Source: "AWS API: QuotaSettings",
		Doc: `a usage plan's quota is zero

No request of its keys passes: calls answer 429 {"message":"Limit Exceeded"}.`,
		Surrounded: true, Shared: true,
		Check: func(p *Pass) {
			for _, plan := range p.Around.Plans {
				if plan.QuotaLimit != nil && *plan.QuotaLimit == 0 {
					p.Report(plan.Pos, "", "", "the usage plan %s has a quota of 0: nothing passes", plan.Name)
				}
			}
		},
	},
}
