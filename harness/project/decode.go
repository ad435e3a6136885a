package project

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/harness/traffic"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// decode reads a checked tree. What the checker complained of is left out, so
// that the names of a broken file can still be held against each other.
func decode(root *source.Node) *Config {
	c := &Config{
		Region:        cmp.Or(textOf(root.Get("region")), DefaultRegion),
		AccountID:     cmp.Or(textOf(root.Get("accountId")), DefaultAccountID),
		Endpoints:     textsOf(root.Get("endpoints")),
		Allow:         wordsOf(root.Get("network").Get("allow")),
		Substitutions: textsOf(root.Get("substitutions")),
		Features:      wordsOf(root.Get("features")),
		Start:         DefaultStart,
	}
	c.endpoints = namesIn(root.Get("endpoints"))
	for _, n := range items(root.Get("network").Get("allow")) {
		c.allow = append(c.allow, nameOf(n))
	}
	if n := root.Get("features"); n != nil {
		c.featurePos = []source.Pos{n.Pos}
		if n.Kind == source.Array {
			c.featurePos = nil
			for _, e := range n.Items {
				c.featurePos = append(c.featurePos, e.Pos)
			}
		}
	}
	c.Lint = decodeLint(root.Get("lint"))
	if t, err := parseMoment(textOf(root.Get("clock").Get("start"))); err == nil {
		c.Start = t
	}
	for _, m := range members(root.Get("apis")) {
		c.APIs = append(c.APIs, decodeAPI(m))
	}
	for _, m := range members(root.Get("apiKeys")) {
		v := m.Value.Get("value")
		k := KeyConfig{Name: m.Key, Pos: m.Pos, ValuePos: m.Pos}
		if v != nil {
			k.Value, k.FromEnv, k.ValuePos = textOf(v), textOf(v.Get("fromEnv")), v.Pos
		}
		if e := m.Value.Get("fromEnv"); e != nil {
			k.twice = v != nil
			k.FromEnv, k.ValuePos = textOf(e), e.Pos
		}
		if on, ok := flagOf(m.Value.Get("enabled")); ok {
			k.Disabled = !on
		}
		c.APIKeys = append(c.APIKeys, k)
	}
	for _, m := range members(root.Get("usagePlans")) {
		c.UsagePlans = append(c.UsagePlans, decodePlan(m))
	}
	for _, m := range members(root.Get("functions")) {
		c.Functions = append(c.Functions, decodeFunction(m))
	}
	for _, m := range members(root.Get("backends")) {
		c.Backends = append(c.Backends, decodeBackend(m))
	}
	return c
}

func decodeAPI(m source.Member) *APIConfig {
	a := &APIConfig{Name: m.Key, Pos: m.Pos, ID: textOf(m.Value.Get("id")), DocumentPos: m.Pos}
	if d := m.Value.Get("document"); d != nil {
		a.Document, a.DocumentPos = textOf(d), d.Pos
	}
	if a.ID == "" {
		a.ID = openapi.NewID("restapi", a.Name)
	}
	for _, s := range members(m.Value.Get("stages")) {
		a.Stages = append(a.Stages, decodeStage(s))
	}
	return a
}

func decodeStage(m source.Member) *StageConfig {
	n := m.Value
	s := &StageConfig{
		Name: m.Key, Pos: m.Pos,
		Document:         textOf(n.Get("document")),
		Variables:        textsOf(n.Get("variables")),
		CacheClusterSize: textOf(n.Get("cacheClusterSize")),
	}
	if d := n.Get("document"); d != nil {
		s.DocumentPos = d.Pos
	}
	s.CacheClusterEnabled, _ = flagOf(n.Get("cacheClusterEnabled"))
	for _, ms := range members(n.Get("methodSettings")) {
		if s.MethodSettings == nil {
			s.MethodSettings, s.settingPos = map[string]gateway.MethodSetting{}, map[string]source.Pos{}
		}
		s.MethodSettings[ms.Key] = decodeMethodSetting(ms.Value)
		s.settingPos[ms.Key] = ms.Pos
	}
	if cn := n.Get("canarySettings"); cn != nil && cn.Kind == source.Object {
		c := &CanaryConfig{
			StageVariableOverrides: textsOf(cn.Get("stageVariableOverrides")),
			Document:               textOf(cn.Get("document")),
		}
		c.PercentTraffic, _ = floatOf(cn.Get("percentTraffic"))
		c.UseStageCache, _ = flagOf(cn.Get("useStageCache"))
		if d := cn.Get("document"); d != nil {
			c.DocumentPos = d.Pos
		}
		s.Canary = c
	}
	return s
}

func decodeMethodSetting(n *source.Node) gateway.MethodSetting {
	return gateway.MethodSetting{
		CachingEnabled:                         flagPtr(n.Get("cachingEnabled")),
		CacheTTLInSeconds:                      intPtr(n.Get("cacheTtlInSeconds")),
		CacheDataEncrypted:                     flagPtr(n.Get("cacheDataEncrypted")),
		ThrottlingRateLimit:                    floatPtr(n.Get("throttlingRateLimit")),
		ThrottlingBurstLimit:                   intPtr(n.Get("throttlingBurstLimit")),
		RequireAuthorizationForCacheControl:    flagPtr(n.Get("requireAuthorizationForCacheControl")),
		UnauthorizedCacheControlHeaderStrategy: textOf(n.Get("unauthorizedCacheControlHeaderStrategy")),
		MetricsEnabled:                         flagPtr(n.Get("metricsEnabled")),
		DataTraceEnabled:                       flagPtr(n.Get("dataTraceEnabled")),
		LoggingLevel:                           textOf(n.Get("loggingLevel")),
	}
}

func decodePlan(m source.Member) PlanConfig {
	n := m.Value
	p := PlanConfig{Name: m.Key, Pos: m.Pos, Throttle: ratePtr(n.Get("throttle"))}
	if q := n.Get("quota"); q != nil && q.Kind == source.Object {
		limit, _ := intOf(q.Get("limit"))
		offset, _ := intOf(q.Get("offset"))
		p.Quota = &traffic.Quota{Limit: limit, Offset: offset, Period: traffic.Period(textOf(q.Get("period")))}
	}
	for _, k := range items(n.Get("keys")) {
		p.Keys = append(p.Keys, nameOf(k))
	}
	for _, s := range items(n.Get("apiStages")) {
		ps := PlanStageConfig{API: nameOf(s.Get("api")), Stage: nameOf(s.Get("stage"))}
		for _, t := range members(s.Get("throttle")) {
			if r := ratePtr(t.Value); r != nil {
				if ps.Throttle == nil {
					ps.Throttle, ps.throttlePos = map[string]traffic.Rate{}, map[string]source.Pos{}
				}
				ps.Throttle[t.Key], ps.throttlePos[t.Key] = *r, t.Pos
			}
		}
		if ps.Stage.Name != "" {
			p.Stages = append(p.Stages, ps)
		}
	}
	return p
}

func ratePtr(n *source.Node) *traffic.Rate {
	if n == nil || n.Kind != source.Object {
		return nil
	}
	rate, _ := floatOf(n.Get("rateLimit"))
	burst, _ := intOf(n.Get("burstLimit"))
	return &traffic.Rate{RateLimit: rate, BurstLimit: burst}
}

func decodeFunction(m source.Member) FunctionConfig {
	n := m.Value
	f := FunctionConfig{Pos: m.Pos, pathPos: map[string]source.Pos{}}
	f.Name = m.Key
	f.Code = decodeCode(n)
	f.notePath("", n, m.Pos)
	f.Shared, _ = flagOf(n.Get("shared"))
	f.ReservedConcurrency = intPtr(n.Get("reservedConcurrentExecutions"))
	for _, v := range members(n.Get("versions")) {
		if f.Versions == nil {
			f.Versions = map[string]lambda.Code{}
		}
		f.Versions[v.Key] = decodeCode(v.Value)
		f.notePath(v.Key, v.Value, v.Pos)
	}
	for _, a := range members(n.Get("aliases")) {
		if f.Aliases == nil {
			f.Aliases = map[string]lambda.Alias{}
		}
		alias, at := decodeAlias(a)
		f.Aliases[a.Key] = alias
		f.aliases = append(f.aliases, at...)
	}
	if p := n.Get("permissions"); p != nil {
		f.Permissions = []lambda.Permission{}
		for _, e := range items(p) {
			f.permissions = append(f.permissions, nameOf(e.Get("qualifier")))
			f.Permissions = append(f.Permissions, lambda.Permission{
				Qualifier: textOf(e.Get("qualifier")), Principal: textOf(e.Get("principal")), SourceARN: textOf(e.Get("sourceArn")),
			})
		}
	}
	return f
}

func (f *FunctionConfig) notePath(version string, n *source.Node, pos source.Pos) {
	if p := n.Get("path"); p != nil {
		pos = p.Pos
	}
	f.pathPos[version] = pos
}

func decodeAlias(m source.Member) (lambda.Alias, []aliasAt) {
	if m.Value.Kind != source.Object {
		v := nameOf(m.Value)
		return lambda.Alias{Version: v.Name}, []aliasAt{{name: m.Key, version: v}}
	}
	v := nameOf(m.Value.Get("version"))
	alias := lambda.Alias{Version: v.Name}
	at := []aliasAt{{name: m.Key, version: v}}
	for _, w := range members(m.Value.Get("weights")) {
		if share, ok := floatOf(w.Value); ok {
			if alias.Weights == nil {
				alias.Weights = map[string]float64{}
			}
			alias.Weights[w.Key] = share
			at = append(at, aliasAt{name: m.Key, version: v, weight: nameAt{w.Key, w.Pos}})
		}
	}
	return alias, at
}

func decodeCode(n *source.Node) lambda.Code {
	c := lambda.Code{
		Runtime:     textOf(n.Get("runtime")),
		Handler:     textOf(n.Get("handler")),
		Path:        textOf(n.Get("path")),
		Inline:      textOf(n.Get("code")),
		Environment: textsOf(n.Get("environment").Get("variables")),
		Interpreter: textOf(n.Get("interpreter")),
		Layers:      wordsOf(n.Get("layers")),
		Command:     commandOf(n.Get("command")),
		Exec:        commandOf(n.Get("exec")),
		HTTP:        textOf(n.Get("http")),
	}
	if seconds, ok := intOf(n.Get("timeout")); ok {
		c.Timeout = time.Duration(seconds) * time.Second
	}
	c.MemorySize, _ = intOf(n.Get("memorySize"))
	for _, s := range items(n.Get("static")) {
		a := lambda.StaticAnswer{Delay: durationOf(s.Get("delay"))}
		if e := s.Get("event"); e != nil {
			a.Event = e.Ordered()
		}
		if r := s.Get("result"); r != nil {
			a.Result = r.Ordered()
		}
		if e := s.Get("error"); e != nil {
			a.Error = &lambda.StaticError{Message: textOf(e), Type: "Exception"}
			if e.Kind == source.Object {
				a.Error = &lambda.StaticError{Message: textOf(e.Get("message")), Type: cmp.Or(textOf(e.Get("type")), "Exception")}
			}
		}
		c.Static = append(c.Static, a)
	}
	return c
}

func decodeBackend(m source.Member) BackendConfig {
	n := m.Value
	b := BackendConfig{Target: m.Key, Pos: m.Pos}
	b.Echo, _ = flagOf(n.Get("echo"))
	for _, f := range answerFields {
		if n.Get(f.name) != nil {
			a := decodeAnswer(n)
			b.Answer = &a
			break
		}
	}
	for _, r := range members(n.Get("routes")) {
		route := RouteConfig{Path: r.Key, Answer: decodeAnswer(r.Value)}
		if method, path, ok := strings.Cut(r.Key, " "); ok {
			route.Method, route.Path = method, path
		}
		b.Routes = append(b.Routes, route)
	}
	return b
}

func decodeAnswer(n *source.Node) AnswerConfig {
	a := AnswerConfig{Status: 200, Body: textOf(n.Get("body")), Delay: durationOf(n.Get("delay"))}
	if s, ok := intOf(n.Get("status")); ok {
		a.Status = s
	}
	a.Unreachable, _ = flagOf(n.Get("unreachable"))
	for _, h := range members(n.Get("headers")) {
		if h.Value.Kind != source.Array {
			a.Header = append(a.Header, [2]string{h.Key, textOf(h.Value)})
			continue
		}
		for _, v := range h.Value.Items {
			a.Header = append(a.Header, [2]string{h.Key, textOf(v)})
		}
	}
	return a
}

// Accessors that give nothing for what isn't there or isn't of its kind.

func members(n *source.Node) []source.Member {
	if n == nil || n.Kind != source.Object {
		return nil
	}
	return n.Members
}

func items(n *source.Node) []*source.Node {
	if n == nil || n.Kind != source.Array {
		return nil
	}
	return n.Items
}

// textOf gives a scalar as it is spelled.
func textOf(n *source.Node) string {
	if n == nil || n.Kind == source.Array || n.Kind == source.Object || n.Kind == source.Null {
		return ""
	}
	return n.Value
}

// namesIn are the names of a mapping with their places.
func namesIn(n *source.Node) []nameAt {
	var names []nameAt
	for _, m := range members(n) {
		names = append(names, nameAt{m.Key, m.Pos})
	}
	return names
}

func nameOf(n *source.Node) nameAt {
	if n == nil {
		return nameAt{}
	}
	return nameAt{textOf(n), n.Pos}
}

func textsOf(n *source.Node) map[string]string {
	var m map[string]string
	for _, e := range members(n) {
		if m == nil {
			m = make(map[string]string)
		}
		m[e.Key] = textOf(e.Value)
	}
	return m
}

// wordsOf gives a list of texts; a text alone is a list of one.
func wordsOf(n *source.Node) []string {
	if t := textOf(n); t != "" {
		return []string{t}
	}
	var words []string
	for _, e := range items(n) {
		words = append(words, textOf(e))
	}
	return words
}

// commandOf gives a command's words; a text is split at blanks.
func commandOf(n *source.Node) []string {
	if t := textOf(n); t != "" {
		return strings.Fields(t)
	}
	return wordsOf(n)
}

func flagOf(n *source.Node) (value, ok bool) {
	if n == nil || n.Kind != source.Bool {
		return false, false
	}
	return n.Value == "true", true
}

func flagPtr(n *source.Node) *bool {
	if v, ok := flagOf(n); ok {
		return &v
	}
	return nil
}

func floatOf(n *source.Node) (float64, bool) {
	if n == nil || n.Kind != source.Number {
		return 0, false
	}
	f, err := strconv.ParseFloat(n.Value, 64)
	return f, err == nil
}

func floatPtr(n *source.Node) *float64 {
	if v, ok := floatOf(n); ok {
		return &v
	}
	return nil
}

func intOf(n *source.Node) (int, bool) {
	f, ok := floatOf(n)
	return int(f), ok
}

func intPtr(n *source.Node) *int {
	if v, ok := intOf(n); ok {
		return &v
	}
	return nil
}

func durationOf(n *source.Node) time.Duration {
	d, err := time.ParseDuration(textOf(n))
	if err != nil {
		return 0
	}
	return d
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
