package gateway_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/harness/traffic"
	"github.com/rehearse-api/rehearse/openapi"
)

// A testCase is a file of fixtures/cases/runtime.
type testCase struct {
	Name, Evidence string
	OpenAPI        yaml.Node `yaml:"openapi"`
	Config         struct {
		Region    string
		Functions map[string]caseFunction
		Backends  map[string]struct {
			Kind    string
			Status  int
			Headers map[string]string
			Body    string
		}
		Stages  map[string]caseStage
		APIKeys map[string]struct {
			Value   string
			Enabled *bool
		} `yaml:"apiKeys"`
		UsagePlans map[string]casePlan `yaml:"usagePlans"`
	}
	Steps []caseStep
}

type caseFunction struct {
	Runtime, Handler, Code string
	Timeout                int
	Versions               map[string]struct{ Code string }
	Aliases                map[string]string
}

type caseStage struct {
	Variables           map[string]string
	CacheClusterEnabled bool `yaml:"cacheClusterEnabled"`
	MethodSettings      map[string]struct {
		CachingEnabled                         *bool    `yaml:"cachingEnabled"`
		CacheTTLInSeconds                      *int     `yaml:"cacheTtlInSeconds"`
		ThrottlingRateLimit                    *float64 `yaml:"throttlingRateLimit"`
		ThrottlingBurstLimit                   *int     `yaml:"throttlingBurstLimit"`
		RequireAuthorizationForCacheControl    *bool    `yaml:"requireAuthorizationForCacheControl"`
		UnauthorizedCacheControlHeaderStrategy string   `yaml:"unauthorizedCacheControlHeaderStrategy"`
	} `yaml:"methodSettings"`
	CanarySettings *struct {
		PercentTraffic         float64           `yaml:"percentTraffic"`
		StageVariableOverrides map[string]string `yaml:"stageVariableOverrides"`
	} `yaml:"canarySettings"`
}

type caseRate struct {
	RateLimit  float64 `yaml:"rateLimit"`
	BurstLimit int     `yaml:"burstLimit"`
}

type casePlan struct {
	APIStages []struct {
		Stage    string
		Throttle map[string]caseRate
	} `yaml:"apiStages"`
	Throttle *caseRate
	Quota    *struct {
		Limit, Offset int
		Period        string
	}
	Keys []string
}

type caseStep struct {
	Note    string
	Request struct {
		Method, Path, Query string
		Headers             yaml.Node
		Body                string
		BodyBase64          string `yaml:"body_base64"`
	}
	Repeat int
	Clock  string
	Expect struct {
		Status     int
		Headers    map[string]*string
		JSON       yaml.Node `yaml:"json"`
		Body       *string
		BodyRegex  string `yaml:"body_regex"`
		BodyBase64 string `yaml:"body_base64"`
	}
}

const casesDir = "../../fixtures/cases/runtime"

// TestCases asks the gateway what AWS was asked, and wants AWS's answers.
func TestCases(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(casesDir, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s: %v", casesDir, err)
	}
	host := lambda.NewHost(lambda.HostConfig{Region: "us-east-1", AccountID: "123456789012"})
	t.Cleanup(func() { host.Close() })
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c testCase
		if err := yaml.Unmarshal(data, &c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		t.Run(c.Name, func(t *testing.T) {
			w := newCaseWorld(t, &c, host)
			for i := range c.Steps {
				w.step(t, &c.Steps[i])
			}
		})
	}
}

type caseWorld struct {
	gateway *gateway.Gateway
	clock   *clock.Virtual
}

func newCaseWorld(t *testing.T, c *testCase, host *lambda.Host) *caseWorld {
	t.Helper()
	clk := clock.NewVirtual(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))
	const id, account = "abcdefghij", "123456789012"

	text, err := yaml.Marshal(&c.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	for name := range c.Config.Backends {
		text = bytes.ReplaceAll(text, []byte("{{backend."+name+"}}"), []byte(name+".backend.example"))
	}
	doc, err := openapi.LoadBytes(c.Name+".yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	api, findings := openapi.Import(doc, openapi.Options{Region: c.Config.Region, AccountID: account, APIID: id, APIName: c.Name})
	for _, f := range findings {
		if f.Category == openapi.Refused {
			t.Logf("finding: %s: %s", f.Pos, f.Message)
		}
	}
	d := gateway.NewDeployment(api, gateway.DeploymentOptions{APIID: id, Region: c.Config.Region, AccountID: account})
	if err := d.Err(); err != nil {
		t.Logf("deployment: %v", err)
	}

	settings := &gateway.Settings{Region: c.Config.Region, AccountID: account, Plans: c.plans(t, id)}
	for name, s := range c.Config.Stages {
		settings.Stages = append(settings.Stages, s.stage(c.Name, id, name, d))
	}

	backends := map[string]integration.Backend{}
	for name, b := range c.Config.Backends {
		backend := integration.Backend{Echo: b.Kind == "echo"}
		if !backend.Echo {
			backend.Answer = &integration.Answer{Status: b.Status, Body: []byte(b.Body)}
			for k, v := range b.Headers {
				backend.Answer.Header = append(backend.Answer.Header, result.Header{Name: k, Value: v})
			}
		}
		backends["http://"+name+".backend.example"] = backend
	}
	network, err := integration.NewNetwork(integration.NetworkConfig{Backends: backends}, clk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(network.Close)
	registry, err := lambda.New(lambda.Config{Functions: c.functions(), Host: host, Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(registry.Close)
	return &caseWorld{
		clock:   clk,
		gateway: gateway.New(gateway.Config{Settings: settings, Functions: registry, Network: network, Clock: clk, Seed: 1, Trace: true}),
	}
}

func (c *testCase) functions() []lambda.Function {
	var list []lambda.Function
	for name, f := range c.Config.Functions {
		fn := lambda.Function{Name: name, Code: lambda.Code{Runtime: f.Runtime, Handler: f.Handler, Inline: f.Code, Timeout: time.Duration(f.Timeout) * time.Second}}
		for v, code := range f.Versions {
			if fn.Versions == nil {
				fn.Versions = map[string]lambda.Code{}
			}
			fn.Versions[v] = lambda.Code{Inline: code.Code}
		}
		for a, v := range f.Aliases {
			if fn.Aliases == nil {
				fn.Aliases = map[string]lambda.Alias{}
			}
			fn.Aliases[a] = lambda.Alias{Version: v}
		}
		list = append(list, fn)
	}
	return list
}

func (s caseStage) stage(api, id, name string, d *gateway.Deployment) *gateway.Stage {
	st := &gateway.Stage{API: api, APIID: id, Name: name, Deployment: d, Variables: s.Variables, CacheClusterEnabled: s.CacheClusterEnabled}
	for k, set := range s.MethodSettings {
		if st.MethodSettings == nil {
			st.MethodSettings = map[string]gateway.MethodSetting{}
		}
		st.MethodSettings[k] = gateway.MethodSetting{
			CachingEnabled: set.CachingEnabled, CacheTTLInSeconds: set.CacheTTLInSeconds,
			ThrottlingRateLimit: set.ThrottlingRateLimit, ThrottlingBurstLimit: set.ThrottlingBurstLimit,
			RequireAuthorizationForCacheControl:    set.RequireAuthorizationForCacheControl,
			UnauthorizedCacheControlHeaderStrategy: set.UnauthorizedCacheControlHeaderStrategy,
		}
	}
	if c := s.CanarySettings; c != nil {
		st.Canary = &gateway.Canary{PercentTraffic: c.PercentTraffic, StageVariableOverrides: c.StageVariableOverrides}
	}
	return st
}

func (c *testCase) plans(t *testing.T, api string) *traffic.Plans {
	t.Helper()
	var keys []traffic.APIKey
	for name, k := range c.Config.APIKeys {
		keys = append(keys, traffic.APIKey{Name: name, ID: "id" + name, Value: k.Value, Disabled: k.Enabled != nil && !*k.Enabled})
	}
	var plans []traffic.UsagePlan
	for name, p := range c.Config.UsagePlans {
		plan := traffic.UsagePlan{Name: name, ID: "id" + name, Keys: p.Keys}
		if p.Throttle != nil {
			plan.Throttle = &traffic.Rate{RateLimit: p.Throttle.RateLimit, BurstLimit: p.Throttle.BurstLimit}
		}
		if p.Quota != nil {
			plan.Quota = &traffic.Quota{Limit: p.Quota.Limit, Offset: p.Quota.Offset, Period: traffic.Period(p.Quota.Period)}
		}
		for _, s := range p.APIStages {
			st := traffic.APIStage{API: api, Stage: s.Stage}
			for k, r := range s.Throttle {
				if st.Throttle == nil {
					st.Throttle = map[string]traffic.Rate{}
				}
				st.Throttle[k] = traffic.Rate{RateLimit: r.RateLimit, BurstLimit: r.BurstLimit}
			}
			plan.APIStages = append(plan.APIStages, st)
		}
		plans = append(plans, plan)
	}
	compiled, err := traffic.Compile(keys, plans)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func (w *caseWorld) step(t *testing.T, s *caseStep) {
	t.Helper()
	if s.Clock != "" {
		d, err := time.ParseDuration(s.Clock)
		if err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(d)
	}
	req := &gateway.Request{Method: s.Request.Method, Target: s.Request.Path, Host: "127.0.0.1", Proto: "HTTP/1.1", SourceIP: "127.0.0.1", Body: []byte(s.Request.Body)}
	if s.Request.Query != "" {
		req.Target += "?" + s.Request.Query
	}
	for i := 0; i+1 < len(s.Request.Headers.Content); i += 2 {
		req.Header = append(req.Header, result.Header{Name: s.Request.Headers.Content[i].Value, Value: s.Request.Headers.Content[i+1].Value})
	}
	if s.Request.BodyBase64 != "" {
		req.Body, _ = base64.StdEncoding.DecodeString(s.Request.BodyBase64)
	}
	for range max(1, s.Repeat) {
		res := w.gateway.Do(t.Context(), req)
		if faults := s.compare(res); len(faults) > 0 {
			for _, e := range res.Exchange.Trace {
				faults = append(faults, "  trace: "+e.String())
			}
			t.Errorf("%s %s (%s)\n%s", req.Method, req.Target, s.Note, strings.Join(faults, "\n"))
		}
	}
}

// compare lists what of the answer is not as wanted.
func (s *caseStep) compare(res *gateway.Response) []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	want := &s.Expect
	if want.Status != 0 && res.Status != want.Status {
		fault("status %d, want %d; body %s", res.Status, want.Status, res.Body)
	}
	for name, v := range want.Headers {
		var got []string
		for _, h := range res.Header {
			if strings.EqualFold(h.Name, name) {
				got = append(got, h.Value)
			}
		}
		switch {
		case v == nil && got != nil:
			fault("header %s is %q, want none", name, got)
		case v != nil && got == nil:
			fault("no header %s, want %q", name, *v)
		case v != nil && !matches(strings.Join(got, ", "), *v):
			fault("header %s is %q, want %q", name, got, *v)
		}
	}
	if want.Body != nil && string(res.Body) != *want.Body {
		fault("body %q, want %q", res.Body, *want.Body)
	}
	if want.BodyRegex != "" && !regexp.MustCompile(want.BodyRegex).Match(res.Body) {
		fault("body %q, want a match of %q", res.Body, want.BodyRegex)
	}
	if want.BodyBase64 != "" && base64.StdEncoding.EncodeToString(res.Body) != want.BodyBase64 {
		fault("body %x, want base64 %s", res.Body, want.BodyBase64)
	}
	if !want.JSON.IsZero() {
		var wanted, got any
		if err := want.JSON.Decode(&wanted); err != nil {
			fault("%v", err)
		}
		if err := json.Unmarshal(res.Body, &got); err != nil {
			fault("body %q is no JSON: %v", res.Body, err)
		} else if !alike(got, wanted) {
			fault("body %s, want %v", res.Body, wanted)
		}
	}
	return faults
}

// matches compares with a text, or with the regular expression after a "~".
func matches(got, want string) bool {
	if pattern, ok := strings.CutPrefix(want, "~"); ok {
		return regexp.MustCompile(pattern).MatchString(got)
	}
	return got == want
}

// alike compares JSON with what a case wants, "~regex" and "<any>" heeded.
func alike(got, want any) bool {
	switch want := want.(type) {
	case string:
		if want == "<any>" {
			return true
		}
		s, ok := got.(string)
		return ok && matches(s, want)
	case map[string]any:
		m, ok := got.(map[string]any)
		if !ok || len(m) != len(want) {
			return false
		}
		for k, v := range want {
			g, there := m[k]
			if !there || !alike(g, v) {
				return false
			}
		}
		return true
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return false
		}
		for i := range want {
			if !alike(list[i], want[i]) {
				return false
			}
		}
		return true
	case int:
		n, ok := got.(float64)
		return ok && n == float64(want)
	}
	return reflect.DeepEqual(got, want)
}
