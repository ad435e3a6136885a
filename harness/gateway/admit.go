package gateway

import (
	"context"

	"github.com/rehearse-api/rehearse/harness/traffic"
)

// admit asks keys, plans and throttles.
func (x *exchange) admit(context.Context) *refusal {
	req := traffic.Request{
		API:          x.st.APIID,
		Stage:        x.st.Name,
		Resource:     x.m.Resource.Path,
		Method:       x.m.HTTPMethod,
		KeyRequired:  x.m.APIKeyRequired,
		StageRate:    x.m.rate,
		StageRateKey: x.m.rateKey,
		AccountRate:  x.w.settings.AccountRate,
		Now:          x.now,
	}
	if req.KeyRequired {
		req.Key = x.presentedKey()
	}
	v := x.w.settings.Plans.Admit(x.g.store, req)
	x.logAdmission(&v)
	switch v.Outcome {
	case traffic.Admitted:
	case traffic.NoKey:
		return x.refuse(&invalidAPIKey, becauseKeyMissing, x.st.Name, "", "")
	case traffic.UnknownKey:
		return x.refuse(&invalidAPIKey, becauseKeyUnknown, "", "", "")
	case traffic.DisabledKey:
		return x.refuse(&invalidAPIKey, becauseKeyDisabled, v.Key.Name, "", "")
	case traffic.KeyNotInPlan:
		return x.refuse(&invalidAPIKey, becauseKeyNotInPlan, v.Key.Name, x.st.Name, "")
	case traffic.Throttled:
		return x.throttled(&v)
	case traffic.QuotaExceeded:
		r := x.refuse(&quotaExceeded, becauseQuotaExhausted, v.Key.Name, v.Plan.Name, string(v.Plan.Quota.Period))
		x.addNumbers(float64(v.Plan.Quota.Limit), float64(v.Used))
		return r
	}
	if !req.KeyRequired {
		x.note(noKeyNeeded, "", "", "")
		return nil
	}
	x.key = v.Key
	x.note(keyAccepted, v.Key.Name, v.Plan.Name, "")
	if v.Plan.Quota != nil {
		x.note(quotaSpent, v.Plan.Name, v.Key.Name, string(v.Plan.Quota.Period))
		x.addNumbers(float64(v.Used), float64(v.Plan.Quota.Limit))
	}
	return nil
}

// presentedKey is the key the caller came with: that of the x-api-key header,
// or the authorizer's word for it. With AUTHORIZER the header is not looked at
// [AWS docs: Choose an API key source].
func (x *exchange) presentedKey() string {
	if x.v.keyFromAuthorizer {
		return x.caller.usageKey
	}
	key, _ := x.headerValue("x-api-key")
	return key
}

func (x *exchange) throttled(v *traffic.Verdict) *refusal {
	d, whose := becauseStageThrottled, x.m.rateKey
	switch v.Level {
	case traffic.PlanMethodLevel:
		d, whose = becausePlanMethodThrottled, v.Plan.Name
	case traffic.PlanLevel:
		d, whose = becausePlanThrottled, v.Plan.Name
	case traffic.AccountLevel:
		d, whose = becauseAccountThrottled, ""
	}
	r := x.refuse(&throttled, d, whose, x.m.HTTPMethod+" "+x.m.Resource.Path, "")
	x.addNumbers(v.Rate.RateLimit, float64(v.Rate.BurstLimit))
	return r
}

// addNumbers gives the last decision its numbers.
func (x *exchange) addNumbers(n, m float64) {
	if x.observed {
		e := &x.trace[len(x.trace)-1]
		e.N, e.M = n, m
	}
}
