package steps

import (
	"context"
	"strconv"

	"github.com/rehearse-api/rehearse/harness/traffic"
)

var periods = map[string]traffic.Period{"day": traffic.Day, "week": traffic.Week, "month": traffic.Month}

var settingSteps = []Step{
	{
		Pattern: compile(`the stage variable {string} of {string}(?: of {string})? is {string}`),
		Doc:     `sets a stage variable, as a change of the stage's settings does: no deployment is needed`,
		Example: `Given the stage variable "lambdaAlias" of "dev" is "prod"`,
		run: func(_ context.Context, w *World, a *args) error {
			return w.s.SetStageVariable(a.s[2], a.s[1], a.s[0], a.s[3])
		},
	},
	{
		Pattern: compile(`the usage plan {string} allows {count} requests? per (day|week|month)`),
		Doc: `sets the quota of a usage plan

What keys have used of the plan stays used.`,
		Example: `Given the usage plan "CloudAcademyPlan" allows 1000 requests per day`,
		run: func(_ context.Context, w *World, a *args) error {
			n, err := strconv.Atoi(a.s[1])
			if err != nil {
				return wrong("%q is no number of requests", a.s[1])
			}
			return w.s.SetQuota(a.s[0], n, periods[a.s[2]])
		},
	},
	{
		Pattern: compile(`the usage plan {string} is throttled to {number} requests? per second with a burst of {count}`),
		Doc:     `sets the rate and the burst of a usage plan, for each key of it`,
		Example: `Given the usage plan "CloudAcademyPlan" is throttled to 10 requests per second with a burst of 5`,
		run: func(_ context.Context, w *World, a *args) error {
			rate, err := strconv.ParseFloat(a.s[1], 64)
			if err != nil {
				return wrong("%q is no rate", a.s[1])
			}
			burst, err := strconv.Atoi(a.s[2])
			if err != nil {
				return wrong("%q is no burst", a.s[2])
			}
			return w.s.SetThrottle(a.s[0], traffic.Rate{RateLimit: rate, BurstLimit: burst})
		},
	},
	{
		Pattern: compile(`the API key {string} is (enabled|disabled)`),
		Doc:     `enables or disables an API key`,
		Example: `Given the API key "LabKey" is disabled`,
		run: func(_ context.Context, w *World, a *args) error {
			return w.s.SetKeyEnabled(a.s[0], a.s[1] == "enabled")
		},
	},
	{
		Pattern: compile(`{stage} caches responses for {count} seconds?`),
		Doc: `turns on a stage's cache cluster, and caching for all its methods

As the console's "Provision API cache" and "Default method-level caching" do together.`,
		Example: `Given the stage "prod" caches responses for 300 seconds`,
		run: func(_ context.Context, w *World, a *args) error {
			ttl, err := strconv.Atoi(a.s[2])
			if err != nil {
				return wrong("%q is no number of seconds", a.s[2])
			}
			return w.s.SetCaching(a.s[1], a.s[0], ttl)
		},
	},
	{
		Pattern: compile(`I deploy {string} to {stage}`),
		Doc: `deploys a document to a stage, as a new deployment does

The file is looked up beside rehearse.yaml. Settings and counters stay.`,
		Example: `When I deploy "openapi.yaml" to the stage "dev"`,
		run: func(_ context.Context, w *World, a *args) error {
			return w.s.Deploy(a.s[2], a.s[1], a.s[0])
		},
	},
	{
		Pattern: compile(`I flush the cache of {string}(?: of {string})?`),
		Doc:     `empties the cache of a stage`,
		Example: `When I flush the cache of "prod"`,
		run: func(_ context.Context, w *World, a *args) error {
			return w.s.FlushCache(a.s[1], a.s[0])
		},
	},
}
