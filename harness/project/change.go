package project

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/traffic"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// Each change replaces the settings of this sandbox whole; counters and caches
// stay. Names are those of rehearse.yaml; an error about a name has the nearest
// right one as its hint.

func noSuch(kind, name string, names []string) error {
	return &source.Error{Msg: fmt.Sprintf("there is no %s %q", kind, name), Hint: suggestion(name, kind, names)}
}

// Stage returns a stage as it is now; api may be empty where the stage's name is
// unique. It must not be changed.
func (s *Sandbox) Stage(api, stage string) (*gateway.Stage, error) {
	return findStage(s.Gateway.Settings(), api, stage)
}

func findStage(settings *gateway.Settings, api, stage string) (*gateway.Stage, error) {
	var found []*gateway.Stage
	var names, apis []string
	for _, st := range settings.Stages {
		apis = append(apis, st.API)
		if api != "" && st.API != api && st.APIID != api {
			continue
		}
		names = append(names, st.Name)
		if st.Name == stage {
			found = append(found, st)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var in []string
		for _, st := range found {
			in = append(in, st.API)
		}
		return nil, &source.Error{Msg: fmt.Sprintf("the APIs %s each have a stage %q", strings.Join(in, " and "), stage), Hint: fmt.Sprintf(`say of which: "%s" of %q`, stage, in[0])}
	case api != "" && len(names) == 0:
		return nil, noSuch("API", api, apis)
	}
	return nil, noSuch("stage", stage, names)
}

// changeStage replaces the settings with ones in which a stage was changed.
func (s *Sandbox) changeStage(api, stage string, change func(*gateway.Stage)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	settings := s.Gateway.Settings().Clone()
	st, err := findStage(settings, api, stage)
	if err != nil {
		return err
	}
	change(st)
	s.Gateway.SetSettings(settings)
	return nil
}

// changePlans replaces the settings with ones in which keys or plans were changed.
func (s *Sandbox) changePlans(change func(*plansOf) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	plans := s.plans.clone()
	if err := change(plans); err != nil {
		return err
	}
	if err := plans.compile(); err != nil {
		return err
	}
	settings := s.Gateway.Settings().Clone()
	settings.Plans = plans.compiled
	s.plans = plans
	s.Gateway.SetSettings(settings)
	return nil
}

// SetStageVariable sets a stage variable.
func (s *Sandbox) SetStageVariable(api, stage, name, value string) error {
	if !variableNames.fits(name) {
		return &source.Error{Msg: fmt.Sprintf("%q is no name of a stage variable: %s", name, variableNames.want)}
	}
	if !variableValue.rule.fits(value) {
		return &source.Error{Msg: fmt.Sprintf("the stage variable %s can't be %q: %s", name, value, variableValue.rule.want)}
	}
	return s.changeStage(api, stage, func(st *gateway.Stage) {
		if st.Variables == nil {
			st.Variables = map[string]string{}
		}
		st.Variables[name] = value
	})
}

// SetCaching gives a stage a cache cluster and caches all its GET methods.
func (s *Sandbox) SetCaching(api, stage string, ttlSeconds int) error {
	if ttlSeconds < 0 || ttlSeconds > 3600 {
		return &source.Error{Msg: fmt.Sprintf("cacheTtlInSeconds is %d, want 0 to 3600", ttlSeconds)}
	}
	on := true
	return s.changeStage(api, stage, func(st *gateway.Stage) {
		st.CacheClusterEnabled = true
		if st.MethodSettings == nil {
			st.MethodSettings = map[string]gateway.MethodSetting{}
		}
		all := st.MethodSettings["*/*"]
		all.CachingEnabled, all.CacheTTLInSeconds = &on, &ttlSeconds
		st.MethodSettings["*/*"] = all
	})
}

func (ps *plansOf) plan(name string) (*traffic.UsagePlan, error) {
	var names []string
	for i := range ps.plans {
		if ps.plans[i].Name == name {
			return &ps.plans[i], nil
		}
		names = append(names, ps.plans[i].Name)
	}
	return nil, noSuch("usage plan", name, names)
}

func (ps *plansOf) key(name string) (*traffic.APIKey, error) {
	var names []string
	for i := range ps.keys {
		if ps.keys[i].Name == name {
			return &ps.keys[i], nil
		}
		names = append(names, ps.keys[i].Name)
	}
	return nil, noSuch("API key", name, names)
}

// SetQuota sets the quota of a usage plan. What was used stays used.
func (s *Sandbox) SetQuota(plan string, limit int, period traffic.Period) error {
	return s.changePlans(func(ps *plansOf) error {
		p, err := ps.plan(plan)
		if err == nil {
			p.Quota = &traffic.Quota{Limit: limit, Period: period}
		}
		return err
	})
}

// SetThrottle sets the rate and the burst of a usage plan.
func (s *Sandbox) SetThrottle(plan string, r traffic.Rate) error {
	return s.changePlans(func(ps *plansOf) error {
		p, err := ps.plan(plan)
		if err == nil {
			p.Throttle = &r
		}
		return err
	})
}

// SetKeyEnabled enables or disables an API key.
func (s *Sandbox) SetKeyEnabled(key string, on bool) error {
	return s.changePlans(func(ps *plansOf) error {
		k, err := ps.key(key)
		if err == nil {
			k.Disabled = !on
		}
		return err
	})
}

// KeyValue is the value of an API key.
func (s *Sandbox) KeyValue(key string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, err := s.plans.key(key)
	if err != nil {
		return "", err
	}
	return k.Value, nil
}

// QuotaLeft is how many requests a key has left in a usage plan's present period.
func (s *Sandbox) QuotaLeft(plan, key string) (int, error) {
	s.mu.Lock()
	plans := s.plans
	s.mu.Unlock()
	p, err := plans.plan(plan)
	if err != nil {
		return 0, err
	}
	if _, err := plans.key(key); err != nil {
		return 0, err
	}
	if p.Quota == nil {
		return 0, &source.Error{Msg: fmt.Sprintf("the usage plan %q has no quota", plan), Hint: fmt.Sprintf(`Given the usage plan %q allows 1000 requests per day`, plan)}
	}
	return s.Gateway.Usage(plan, key).Left, nil
}

// FlushCache empties the cache of a stage.
func (s *Sandbox) FlushCache(api, stage string) error {
	st, err := s.Stage(api, stage)
	if err != nil {
		return err
	}
	s.Gateway.FlushCache(st.API, st.Name)
	return nil
}

// Deploy puts a document on a stage; document is relative to rehearse.yaml. The
// deployment is made once for each content and shared.
func (s *Sandbox) Deploy(api, stage, document string) error {
	st, err := s.Stage(api, stage)
	if err != nil {
		return err
	}
	p := s.Project
	a := p.API(st.API)
	d, err := p.load(a.Config, document)
	if err != nil {
		return &source.Error{Msg: fmt.Sprintf("can't open document %s: %s", document, reason(err)), Hint: documentHint(p.files, document, err), Err: err}
	}
	if d.Refused && !p.options.AllowRefused {
		return refusal(d)
	}
	return s.changeStage(st.API, st.Name, func(st *gateway.Stage) {
		if deployment := d.deployment(); deployment != nil {
			st.Deployment = deployment
		}
	})
}

// refusal says why a document was refused.
func refusal(d *Deployed) error {
	for _, f := range d.Findings {
		if f.Category == openapi.Refused {
			return &source.Error{Pos: f.Pos, Msg: "AWS would refuse the import: " + f.Message, Hint: f.Hint, Err: ErrRefused}
		}
	}
	return &source.Error{Pos: source.Pos{File: d.Name}, Msg: ErrRefused.Error(), Err: ErrRefused}
}

// DocumentOf is the document deployed to a stage of this sandbox, or nil. api
// may be empty where the stage's name is unique.
func (s *Sandbox) DocumentOf(api, stage string) *Deployed {
	st, err := s.Stage(api, stage)
	if err != nil || st.Deployment == nil {
		return nil
	}
	model := st.Deployment.API()
	p := s.Project
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.imports {
		if d.Model == model {
			return d
		}
	}
	return nil
}

// SetMethodSetting changes one setting of one method, or of all with "*/*", as a
// patch of the stage does. setting and value are spelled as in rehearse.yaml.
func (s *Sandbox) SetMethodSetting(api, stage, method, setting, value string) error {
	f := methodSetting.field(setting)
	if f == nil {
		return noSuch("method setting", setting, methodSetting.fieldNames())
	}
	node := &source.Node{Kind: source.String, Value: value}
	switch f.shape.kind {
	case flag:
		if value == "true" || value == "false" {
			node.Kind = source.Bool
		}
	case whole, number:
		node.Kind = source.Number
	}
	var c checker
	c.check(node, f.shape, setting)
	if c.errs != nil {
		return c.errs[0]
	}
	change := decodeMethodSetting(&source.Node{Kind: source.Object, Members: []source.Member{{Key: setting, Value: node}}})
	return s.changeStage(api, stage, func(st *gateway.Stage) {
		if st.MethodSettings == nil {
			st.MethodSettings = map[string]gateway.MethodSetting{}
		}
		st.MethodSettings[method] = overlay(st.MethodSettings[method], change)
	})
}

// overlay is a method's settings with those that are set in change.
func overlay(m, change gateway.MethodSetting) gateway.MethodSetting {
	set(&m.CachingEnabled, change.CachingEnabled)
	set(&m.CacheTTLInSeconds, change.CacheTTLInSeconds)
	set(&m.CacheDataEncrypted, change.CacheDataEncrypted)
	set(&m.ThrottlingRateLimit, change.ThrottlingRateLimit)
	set(&m.ThrottlingBurstLimit, change.ThrottlingBurstLimit)
	set(&m.RequireAuthorizationForCacheControl, change.RequireAuthorizationForCacheControl)
	set(&m.MetricsEnabled, change.MetricsEnabled)
	set(&m.DataTraceEnabled, change.DataTraceEnabled)
	m.UnauthorizedCacheControlHeaderStrategy = cmp.Or(change.UnauthorizedCacheControlHeaderStrategy, m.UnauthorizedCacheControlHeaderStrategy)
	m.LoggingLevel = cmp.Or(change.LoggingLevel, m.LoggingLevel)
	return m
}

func set[T any](to **T, value *T) {
	if value != nil {
		*to = value
	}
}
