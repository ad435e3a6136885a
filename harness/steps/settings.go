package steps

import (
	"context"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/traffic"
)

var periods = map[string]traffic.Period{"day": traffic.Day, "week": traffic.Week, "month": traffic.Month}

var settingSteps = []Step{
	{
		pattern: `the stage variable {string} of {string}(?: of {string})? is {string}`,
		Doc:     `sets a stage variable, as a change of the stage's settings does: no deployment is needed`,
		Example: `Given the stage variable "lambdaAlias" of "dev" is "prod"`,
		Also: []string{
			`Given the stage variable "lambdaAlias" of "dev" of "ItemsAPI" is "prod"`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			return w.s.SetStageVariable(a.s[2], a.s[1], a.s[0], a.s[3])
		},
	},
	{
		pattern: `the usage plan {string} allows {count} requests? per (day|week|month)`,
		Doc: `sets the quota of a usage plan

What keys have used of the plan stays used.`,
		Example: `Given the usage plan "CloudAcademyPlan" allows 1000 requests per day`,
		Also: []string{
			`Given the usage plan "CloudAcademyPlan" allows 1000 requests per week`,
			`Given the usage plan "CloudAcademyPlan" allows 1000 requests per month`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			n, err := strconv.Atoi(a.s[1])
			if err != nil {
				return wrong("%q is no number of requests", a.s[1])
			}
			return w.s.SetQuota(a.s[0], n, periods[a.s[2]])
		},
	},
	{
		pattern: `the usage plan {string} is throttled to {number} requests? per second with a burst of {count}`,
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
		pattern: `the API key {string} is (enabled|disabled)`,
		Doc:     `enables or disables an API key`,
		Example: `Given the API key "LabKey" is disabled`,
		Also: []string{
			`Given the API key "LabKey" is enabled`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			return w.s.SetKeyEnabled(a.s[0], a.s[1] == "enabled")
		},
	},
	{
		pattern: `{stage} caches responses for {count} seconds?`,
		Doc: `turns on a stage's cache cluster, and caching for all its methods

As the console's "Provision API cache" and "Default method-level caching" do together.`,
		Example: `Given the stage "prod" caches responses for 300 seconds`,
		Also: []string{
			`Given the stage "prod" of "ItemsAPI" caches responses for 300 seconds`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			ttl, err := strconv.Atoi(a.s[2])
			if err != nil {
				return wrong("%q is no number of seconds", a.s[2])
			}
			return w.s.SetCaching(a.s[1], a.s[0], ttl)
		},
	},
	{
		pattern: `the method setting {string} of {string}(?: of {string})? is {string}`,
		Doc: `sets a method setting of a stage for all its methods (*/*)

The settings are ` + strings.Join(methodSettingNames, ", ") + `.`,
		Example: `Given the method setting "cachingEnabled" of "prod" is "false"`,
		Also: []string{
			`Given the method setting "cachingEnabled" of "prod" of "ItemsAPI" is "false"`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			return w.setMethodSetting(a.s[2], a.s[1], a.s[0], a.s[3])
		},
	},
	{
		pattern: `I deploy {string} to {stage}`,
		Doc: `deploys a document to a stage, as a new deployment does

The file is looked up beside rehearse.yaml. Settings and counters stay.`,
		Example: `When I deploy "openapi.yaml" to the stage "dev"`,
		Also: []string{
			`When I deploy "openapi.yaml" to the stage "dev" of "ItemsAPI"`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			return w.s.Deploy(a.s[2], a.s[1], a.s[0])
		},
	},
	{
		pattern: `I flush the cache of {string}(?: of {string})?`,
		Doc:     `empties the cache of a stage`,
		Example: `When I flush the cache of "prod"`,
		Also: []string{
			`When I flush the cache of "prod" of "ItemsAPI"`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			return w.s.FlushCache(a.s[1], a.s[0])
		},
	},
}

var methodSettingNames = []string{
	"cachingEnabled", "cacheTtlInSeconds", "throttlingRateLimit", "throttlingBurstLimit",
	"requireAuthorizationForCacheControl", "unauthorizedCacheControlHeaderStrategy",
}

var cacheControlStrategies = []string{"FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER"}

// setMethodSetting changes a setting of */*.
func (w *World) setMethodSetting(api, stage, name, value string) error {
	found, err := w.findStage(api, stage)
	if err != nil {
		return err
	}
	change, err := methodSetting(name, value)
	if err != nil {
		return err
	}
	settings := w.s.Gateway.Settings().Clone()
	for _, s := range settings.Stages {
		if s.API != found.API || s.Name != found.Name {
			continue
		}
		if s.MethodSettings == nil {
			s.MethodSettings = map[string]gateway.MethodSetting{}
		}
		all := s.MethodSettings["*/*"]
		change(&all)
		s.MethodSettings["*/*"] = all
	}
	w.s.Gateway.SetSettings(settings)
	return nil
}

// methodSetting reads a setting as rehearse.yaml spells it.
func methodSetting(name, value string) (func(*gateway.MethodSetting), error) {
	want := ""
	switch name {
	case "cachingEnabled", "requireAuthorizationForCacheControl":
		want = "true or false"
		if value == "true" || value == "false" {
			on := value == "true"
			return func(m *gateway.MethodSetting) {
				if name == "cachingEnabled" {
					m.CachingEnabled = &on
				} else {
					m.RequireAuthorizationForCacheControl = &on
				}
			}, nil
		}
	case "cacheTtlInSeconds":
		want = "0 to 3600"
		if n, err := strconv.Atoi(value); err == nil && n >= 0 && n <= 3600 {
			return func(m *gateway.MethodSetting) { m.CacheTTLInSeconds = &n }, nil
		}
	case "throttlingRateLimit":
		want = "a number"
		if f, err := strconv.ParseFloat(value, 64); err == nil && f >= 0 {
			return func(m *gateway.MethodSetting) { m.ThrottlingRateLimit = &f }, nil
		}
	case "throttlingBurstLimit":
		want = "a whole number"
		if n, err := strconv.Atoi(value); err == nil && n >= 0 {
			return func(m *gateway.MethodSetting) { m.ThrottlingBurstLimit = &n }, nil
		}
	case "unauthorizedCacheControlHeaderStrategy":
		want = strings.Join(cacheControlStrategies, ", ")
		for _, s := range cacheControlStrategies {
			if s == value {
				return func(m *gateway.MethodSetting) { m.UnauthorizedCacheControlHeaderStrategy = s }, nil
			}
		}
	default:
		return nil, unknown("method setting", name, methodSettingNames)
	}
	return nil, wrong("the method setting %s is %q, want %s", name, value, want)
}
