package gateway

import (
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/harness/traffic"
)

// A Stage is a name under which a deployment is called, and its settings, named as AWS names them.
type Stage struct {
	API                 string // name in rehearse.yaml
	APIID               string
	Name                string
	Deployment          *Deployment
	Variables           map[string]string
	CacheClusterEnabled bool
	CacheClusterSize    string
	MethodSettings      map[string]MethodSetting // "*/*", "/items/{ID}/GET", "//GET"
	Canary              *Canary
}

// A MethodSetting overrides a stage's defaults; nil fields are not set.
type MethodSetting struct {
	CachingEnabled                         *bool
	CacheTTLInSeconds                      *int
	CacheDataEncrypted                     *bool
	ThrottlingRateLimit                    *float64
	ThrottlingBurstLimit                   *int
	RequireAuthorizationForCacheControl    *bool
	UnauthorizedCacheControlHeaderStrategy string
	MetricsEnabled, DataTraceEnabled       *bool
	LoggingLevel                           string
}

// A Canary takes a share of a stage's requests.
type Canary struct {
	PercentTraffic         float64
	Deployment             *Deployment // nil: the stage's
	StageVariableOverrides map[string]string
	UseStageCache          bool
}

// Settings are everything that may change while a gateway runs. They are never
// changed in place: Clone, change the clone, SetSettings.
type Settings struct {
	Region, AccountID string
	Stages            []*Stage
	Plans             *traffic.Plans
	AccountRate       *traffic.Rate // nil: not enforced
}

// Clone copies s so deeply that every field of the copy, and of its stages, may
// be changed. Deployments and plans are frozen and shared.
func (s *Settings) Clone() *Settings {
	c := *s
	c.Stages = make([]*Stage, len(s.Stages))
	for i, st := range s.Stages {
		cst := *st
		cst.Variables = maps.Clone(st.Variables)
		cst.MethodSettings = maps.Clone(st.MethodSettings)
		if st.Canary != nil {
			canary := *st.Canary
			canary.StageVariableOverrides = maps.Clone(canary.StageVariableOverrides)
			cst.Canary = &canary
		}
		c.Stages[i] = &cst
	}
	if s.AccountRate != nil {
		rate := *s.AccountRate
		c.AccountRate = &rate
	}
	return &c
}

// A world is Settings made ready: names resolved, method settings worked out
// and stage variables filled in for each method of each stage. It is frozen.
type world struct {
	settings *Settings
	apis     map[string]*apiStages // by id, and by name
	only     *apiStages            // where there is one API: paths may begin with the stage
}

type apiStages struct {
	id     string
	stages map[string]*stage
}

// A stage is a Stage made ready.
type stage struct {
	*Stage
	base, canary *variant // canary is nil if there is none
	percent      float64
	host         string // {apiId}.execute-api.{region}.amazonaws.com
}

// A variant is what a request to a stage meets: the base deployment with the
// stage's variables, or the canary's.
type variant struct {
	*Deployment
	stage     *stage
	variables map[string]string
	canary    bool
	useCache  bool
	at        []methodAt // by method.index
	cacheName string     // whose entries these are: two deployments on one stage share none
}

// A methodAt is a method with what the stage says about it.
type methodAt struct {
	*method
	uri           string // of the integration, with the stage variables filled in
	authorizerURI string // the same
	rate          *traffic.Rate
	rateKey       string
	caching       caching
}

// caching is what a stage says about caching one method.
type caching struct {
	get, others          bool // GET is cached when caching is on at all, other verbs only when named
	ttl                  int  // seconds
	requireAuthorization bool
	strategy             string
}

func newWorld(s *Settings) *world {
	w := &world{settings: s, apis: make(map[string]*apiStages)}
	for _, st := range s.Stages {
		if st.Deployment == nil {
			continue // not deployed: as if the stage were not there
		}
		id := st.APIID
		if id == "" {
			id = st.Deployment.options.APIID
		}
		api := w.apis[id]
		if api == nil {
			api = &apiStages{id: id, stages: make(map[string]*stage)}
			w.apis[id] = api
			if st.API != "" && w.apis[st.API] == nil {
				w.apis[st.API] = api
			}
			if w.only == nil {
				w.only = api
			} else {
				w.only = &apiStages{} // more than one
			}
		}
		api.stages[st.Name] = newStage(s, st, id)
	}
	if w.only != nil && w.only.stages == nil {
		w.only = nil
	}
	return w
}

func newStage(s *Settings, st *Stage, id string) *stage {
	c := &stage{Stage: st, host: id + ".execute-api." + s.Region + ".amazonaws.com"}
	if st.APIID != id {
		named := *st
		named.APIID = id
		c.Stage = &named
	}
	if st.Canary == nil {
		c.base = newVariant(c, st.Deployment, st.Variables, false)
		return c
	}
	c.base = newVariant(c, st.Deployment, st.Variables, false)
	variables := maps.Clone(st.Variables)
	if variables == nil {
		variables = make(map[string]string)
	}
	maps.Copy(variables, st.Canary.StageVariableOverrides)
	d := st.Canary.Deployment
	if d == nil {
		d = st.Deployment
	}
	c.canary = newVariant(c, d, variables, true)
	c.percent = st.Canary.PercentTraffic
	return c
}

func newVariant(st *stage, d *Deployment, variables map[string]string, canary bool) *variant {
	v := &variant{Deployment: d, stage: st, variables: variables, canary: canary, useCache: true, at: make([]methodAt, len(d.methods))}
	v.cacheName = st.APIID + "/" + st.Name
	if canary {
		v.useCache = st.Canary.UseStageCache
		if d != st.Deployment {
			// The canary's own deployment shares no entries with the base [AWS docs:
			// Set up an API Gateway canary release deployment].
			v.cacheName += "/canary"
		}
	}
	byKey := make(map[string]MethodSetting, len(st.MethodSettings))
	for k, set := range st.MethodSettings {
		byKey[methodKey(k)] = set
	}
	all := byKey["*/*"]
	for i, m := range d.methods {
		v.at[i] = newMethodAt(st, m, variables, byKey, &all)
	}
	return v
}

// methodKey is the key of a method setting as we look it up: the resource path
// with its slash, a slash and the method. The AWS API also writes it as a patch
// path, ~1items/GET.
func methodKey(k string) string {
	if k == "*/*" {
		return k
	}
	i := strings.LastIndexByte(k, '/')
	if i < 0 {
		return k
	}
	path := strings.ReplaceAll(k[:i], "~1", "/")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return path + k[i:]
}

func newMethodAt(st *stage, m *method, variables map[string]string, byKey map[string]MethodSetting, all *MethodSetting) methodAt {
	at := methodAt{method: m}
	own, named := byKey[m.Resource.Path+"/"+m.HTTPMethod]
	at.caching = effectiveCaching(st, named, &own, all)
	switch {
	case own.ThrottlingRateLimit != nil || own.ThrottlingBurstLimit != nil:
		at.rate, at.rateKey = rateOf(&own, all), m.Resource.Path+"/"+m.HTTPMethod
	case all.ThrottlingRateLimit != nil || all.ThrottlingBurstLimit != nil:
		at.rate, at.rateKey = rateOf(all, all), "*/*"
	}
	if m.Integration != nil {
		at.uri = interpolate(m.Integration.URI.Text, variables)
	}
	if m.Authorizer != nil {
		at.authorizerURI = interpolate(m.Authorizer.AuthorizerURI.Text, variables)
	}
	return at
}

// The limits of a stage when only one of the two is given [AWS docs: Throttle
// requests to your REST APIs].
const (
	defaultRateLimit  = 10000
	defaultBurstLimit = 5000
)

func rateOf(own, all *MethodSetting) *traffic.Rate {
	r := &traffic.Rate{RateLimit: defaultRateLimit, BurstLimit: defaultBurstLimit}
	if p := firstSet(own.ThrottlingRateLimit, all.ThrottlingRateLimit); p != nil {
		r.RateLimit = *p
	}
	if p := firstSet(own.ThrottlingBurstLimit, all.ThrottlingBurstLimit); p != nil {
		r.BurstLimit = *p
	}
	return r
}

func firstSet[T any](ps ...*T) *T {
	i := slices.IndexFunc(ps, func(p *T) bool { return p != nil })
	if i < 0 {
		return nil
	}
	return ps[i]
}

// defaultCacheTTL is a cache entry's life when no setting says otherwise [AWS
// docs: Cache settings for REST APIs].
const defaultCacheTTL = 300

// The answers to a caller who may not invalidate the cache but asks to.
const (
	failWith403               = "FAIL_WITH_403"
	succeedWithResponseHeader = "SUCCEED_WITH_RESPONSE_HEADER"
)

// effectiveCaching works out a method's caching. The cluster alone caches
// nothing, */* means GET only, other verbs must be named (case
// caching-only-get-by-default; AWS API: Stage.cacheClusterEnabled).
func effectiveCaching(st *stage, named bool, own, all *MethodSetting) caching {
	c := caching{ttl: defaultCacheTTL, requireAuthorization: true, strategy: succeedWithResponseHeader}
	if p := firstSet(own.CacheTTLInSeconds, all.CacheTTLInSeconds); p != nil {
		c.ttl = *p
	}
	if p := firstSet(own.RequireAuthorizationForCacheControl, all.RequireAuthorizationForCacheControl); p != nil {
		c.requireAuthorization = *p
	}
	switch {
	case own.UnauthorizedCacheControlHeaderStrategy != "":
		c.strategy = own.UnauthorizedCacheControlHeaderStrategy
	case all.UnauthorizedCacheControlHeaderStrategy != "":
		c.strategy = all.UnauthorizedCacheControlHeaderStrategy
	}
	if !st.CacheClusterEnabled || c.ttl <= 0 {
		return c
	}
	if p := firstSet(own.CachingEnabled, all.CachingEnabled); p != nil {
		c.get = *p
	}
	c.others = named && own.CachingEnabled != nil && *own.CachingEnabled
	return c
}
