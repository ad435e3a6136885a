package traffic

import (
	"errors"
	"fmt"
)

// Plans are API keys and usage plans, checked and indexed. They are frozen: any
// number of requests read them without a lock. The nil *Plans knows no keys.
type Plans struct {
	byValue map[string]*APIKey
	grants  map[grantKey]*grant
	plans   map[string]*UsagePlan
	keys    map[string]*APIKey
}

// A grant is a plan's word that a key may call a stage. For one stage a key is
// in at most one plan [AWS docs: Usage plans and API keys for REST APIs].
type grantKey struct{ key, api, stage string }

type grant struct {
	plan     *UsagePlan
	throttle map[string]Rate // of the API stage, by method
}

// Compile checks keys and plans against each other and indexes them. The error
// joins everything that is wrong.
func Compile(keys []APIKey, plans []UsagePlan) (*Plans, error) {
	p := &Plans{
		byValue: make(map[string]*APIKey, len(keys)),
		grants:  make(map[grantKey]*grant),
		plans:   make(map[string]*UsagePlan, len(plans)),
		keys:    make(map[string]*APIKey, len(keys)),
	}
	var errs []error
	for i := range keys {
		k := &keys[i]
		if was := p.byValue[k.Value]; was != nil {
			errs = append(errs, fmt.Errorf("API keys %q and %q have the same value: one of them could never be told from the other", was.Name, k.Name))
			continue
		}
		p.byValue[k.Value] = k
		p.keys[k.Name] = k
	}
	for i := range plans {
		plan := &plans[i]
		p.plans[plan.Name] = plan
		for _, name := range plan.Keys {
			if p.keys[name] == nil {
				errs = append(errs, fmt.Errorf("usage plan %q: there is no API key %q", plan.Name, name))
				continue
			}
			for _, st := range plan.APIStages {
				at := grantKey{name, st.API, st.Stage}
				if was := p.grants[at]; was != nil && was.plan != plan {
					errs = append(errs, fmt.Errorf("API key %q reaches stage %q through two usage plans, %q and %q: AWS allows one", name, st.Stage, was.plan.Name, plan.Name))
					continue
				}
				p.grants[at] = &grant{plan, st.Throttle}
			}
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return p, nil
}

// Key returns the API key called name, or nil.
func (p *Plans) Key(name string) *APIKey {
	if p == nil {
		return nil
	}
	return p.keys[name]
}

// Plan returns the usage plan called name, or nil.
func (p *Plans) Plan(name string) *UsagePlan {
	if p == nil {
		return nil
	}
	return p.plans[name]
}

// recognise says whether a key opens a stage, and through which plan.
func (p *Plans) recognise(r *Request) (Outcome, *APIKey, *grant) {
	if r.Key == "" {
		return NoKey, nil, nil
	}
	if p == nil {
		return UnknownKey, nil, nil
	}
	key := p.byValue[r.Key]
	if key == nil {
		return UnknownKey, nil, nil
	}
	if key.Disabled {
		return DisabledKey, key, nil
	}
	g := p.grants[grantKey{key.Name, r.API, r.Stage}]
	if g == nil {
		return KeyNotInPlan, key, nil
	}
	return Admitted, key, g
}

// Admit decides whether a request may pass. The order is: key, the plan's limit
// for the method, the plan's limit, quota, stage, account. All limits are asked
// before any is charged, so that a refused request costs nothing; the first
// that refuses answers.
func (p *Plans) Admit(s *Store, r Request) Verdict {
	var v Verdict
	var limits [5]limit
	n := 0
	add := func(l limit) { limits[n] = l; n++ }
	if r.KeyRequired {
		outcome, key, g := p.recognise(&r)
		v.Key = key
		if outcome != Admitted {
			v.Outcome = outcome
			return v
		}
		v.Plan = g.plan
		if len(g.throttle) > 0 {
			if rate, ok := methodRate(g.throttle, r.Resource, r.Method); ok {
				add(limit{level: PlanMethodLevel, rate: rate, name: name{plan: v.Plan.Name, key: key.Name, api: r.API, stage: r.Stage, resource: r.Resource, method: r.Method}})
			}
		}
		if v.Plan.Throttle != nil {
			add(limit{level: PlanLevel, rate: *v.Plan.Throttle, name: name{plan: v.Plan.Name, key: key.Name}})
		}
		if v.Plan.Quota != nil {
			add(limit{quota: v.Plan.Quota, name: name{plan: v.Plan.Name, key: key.Name, period: v.Plan.Quota.Period}})
		}
	}
	if r.StageRate != nil {
		add(limit{level: StageLevel, rate: *r.StageRate, name: name{api: r.API, stage: r.Stage, resource: r.StageRateKey}})
	}
	if r.AccountRate != nil {
		add(limit{level: AccountLevel, rate: *r.AccountRate})
	}
	if n == 0 {
		return v // most requests: nothing to ask, no lock to take
	}
	refused, used := s.charge(limits[:n], r.Now)
	v.Used = used
	if refused >= 0 {
		l := &limits[refused]
		v.Outcome, v.Level, v.Rate = Throttled, l.level, l.rate
		if l.quota != nil {
			v.Outcome = QuotaExceeded
		}
	}
	return v
}

// methodRate finds the rate of a method among those of an API stage, without
// making a string for the search.
func methodRate(rates map[string]Rate, resource, method string) (Rate, bool) {
	for k, rate := range rates {
		if len(k) == len(resource)+1+len(method) && k[:len(resource)] == resource && k[len(resource)] == '/' && k[len(resource)+1:] == method {
			return rate, true
		}
	}
	return Rate{}, false
}
