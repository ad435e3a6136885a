package project

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/harness/traffic"
	"github.com/rehearse-api/rehearse/openapi/source"
)

const keyed = `openapi: 3.0.1
info: {title: Keyed, version: "1"}
paths:
  /items:
    get:
      security: [{api_key: []}]
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseTemplates: {application/json: '{"version": "one", "colour": "$stageVariables.colour"}'}
components:
  securitySchemes:
    api_key: {type: apiKey, name: x-api-key, in: header}
`

const keyedConfig = `apis:
  Keyed:
    document: openapi.yaml
    stages: {dev: {variables: {colour: red}}, prod: {}}
apiKeys:
  Ann: {value: AnnAnnAnnAnnAnnAnnAnn1}
  Bob: {}
usagePlans:
  P: {apiStages: [{stage: dev}], quota: {limit: 2, period: DAY}, keys: [Ann, Bob]}
`

func keyedFiles() fstest.MapFS {
	return fstest.MapFS{
		ConfigName:     {Data: []byte(keyedConfig)},
		"openapi.yaml": {Data: []byte(keyed)},
		"two.yaml":     {Data: []byte(strings.ReplaceAll(keyed, `"one"`, `"two"`))},
		"refused.yaml": {Data: []byte("openapi: 3.0.1\ninfo: {title: Keyed}\npaths: {/a: {get: {x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: nowhere}}}}\n")},
	}
}

func start(t testing.TB, files fstest.MapFS, o Options) (*Sandbox, *clock.Virtual) {
	t.Helper()
	p, err := OpenFS(files, ConfigName, o)
	if err != nil {
		t.Fatal(err)
	}
	clk := clock.NewVirtual(p.Config.Start)
	s, err := p.Start(StartOptions{Clock: clk, Seed: 7, Trace: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(); p.Close() })
	return s, clk
}

func get(t testing.TB, s *Sandbox, target, key string) *gateway.Response {
	t.Helper()
	r := &gateway.Request{Method: "GET", Target: target, Host: "localhost", Proto: "HTTP/1.1", SourceIP: "127.0.0.1"}
	if key != "" {
		value, err := s.KeyValue(key)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = append(r.Header, result.Header{Name: "x-api-key", Value: value})
	}
	return s.Gateway.Do(t.Context(), r)
}

func TestChangesOfSettingsTakeEffectAndCountersStay(t *testing.T) {
	s, clk := start(t, keyedFiles(), Options{})
	wantStatus := func(want int, key string) {
		t.Helper()
		if got := get(t, s, "/dev/items", key); got.Status != want {
			t.Errorf("status %d, want %d: %s", got.Status, want, got.Body)
		}
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	wantStatus(200, "Ann")
	wantStatus(200, "Ann")
	wantStatus(429, "Ann")
	wantStatus(200, "Bob") // whose value was made from the seed

	check(s.SetQuota("P", 3, traffic.Day))
	wantStatus(200, "Ann") // what was used stays used: this is the third
	wantStatus(429, "Ann")
	if left, err := s.QuotaLeft("P", "Bob"); err != nil || left != 2 {
		t.Errorf("Bob has %d left (%v), want 2", left, err)
	}
	clk.Advance(24 * time.Hour)
	wantStatus(200, "Ann")

	check(s.SetKeyEnabled("Bob", false))
	wantStatus(403, "Bob")
	check(s.SetKeyEnabled("Bob", true))
	check(s.SetThrottle("P", traffic.Rate{RateLimit: 1, BurstLimit: 1}))
	wantStatus(200, "Bob")
	wantStatus(429, "Bob")

	check(s.SetStageVariable("", "dev", "colour", "blue"))
	clk.Advance(time.Minute)
	if body := string(get(t, s, "/dev/items", "Ann").Body); !strings.Contains(body, `"colour": "blue"`) {
		t.Errorf("after SetStageVariable the body is %s", body)
	}
	check(s.Deploy("", "dev", "two.yaml"))
	clk.Advance(time.Minute)
	if body := string(get(t, s, "/dev/items", "Bob").Body); !strings.Contains(body, `"version": "two"`) {
		t.Errorf("after Deploy the body is %s", body)
	}
	if d := s.DocumentOf("", "dev"); d == nil || d.Name != "two.yaml" {
		t.Errorf("DocumentOf gives %v after a deployment", d)
	}
	check(s.SetMethodSetting("", "dev", "*/*", "throttlingRateLimit", "0"))
	check(s.SetMethodSetting("", "dev", "*/*", "throttlingBurstLimit", "0"))
	clk.Advance(24 * time.Hour)
	wantStatus(429, "Ann")

	s.Reset()
	clk.Reset(s.Project.Config.Start)
	wantStatus(200, "Ann")
	if body := string(get(t, s, "/dev/items", "Ann").Body); !strings.Contains(body, `"version": "one", "colour": "red"`) {
		t.Errorf("after Reset the body is %s", body)
	}
}

func TestNamesThatLeadNowhereComeWithTheNearestRightOne(t *testing.T) {
	s, _ := start(t, keyedFiles(), Options{})
	tests := []struct {
		name      string
		err       error
		msg, hint string
	}{
		{"a stage", s.SetStageVariable("", "pord", "a", "b"), `there is no stage "pord"`, `did you mean "prod"?`},
		{"an API", s.SetStageVariable("Kyed", "dev", "a", "b"), `there is no API "Kyed"`, `did you mean "Keyed"?`},
		{"a plan", s.SetQuota("Q", 1, traffic.Day), `there is no usage plan "Q"`, `there is P`},
		{"a key", s.SetKeyEnabled("Anne", true), `there is no API key "Anne"`, `did you mean "Ann"?`},
		{"a method setting", s.SetMethodSetting("", "dev", "*/*", "cacheTtlSeconds", "1"), `there is no method setting "cacheTtlSeconds"`, `did you mean "cacheTtlInSeconds"?`},
		{"a value of a method setting", s.SetMethodSetting("", "dev", "*/*", "cachingEnabled", "yes"), `cachingEnabled is "yes", want true or false`, ``},
		{"a value of a stage variable", s.SetStageVariable("", "dev", "a", "b;c"), `the stage variable a can't be "b;c": want at most 512 letters, digits, blanks and -._~:/?#&=,`, ``},
		{"a document", s.Deploy("", "dev", "three.yaml"), `can't open document three.yaml: file does not exist`, ``},
		{"a time to live", s.SetCaching("", "dev", 3601), `cacheTtlInSeconds is 3601, want 0 to 3600`, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var e *source.Error
			if !errors.As(tt.err, &e) || e.Msg != tt.msg || tt.hint != "" && e.Hint != tt.hint {
				t.Errorf("got %v %+v, want %s [%s]", tt.err, e, tt.msg, tt.hint)
			}
		})
	}
	if err := s.Deploy("", "dev", "refused.yaml"); !errors.Is(err, ErrRefused) {
		t.Errorf("deploying a refused document gives %v", err)
	}
}

func TestARefusedDocumentIsNotStarted(t *testing.T) {
	files := keyedFiles()
	files["openapi.yaml"] = files["refused.yaml"]
	p, err := OpenFS(files, ConfigName, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Start(StartOptions{}); !errors.Is(err, ErrRefused) {
		t.Errorf("Start gives %v, want ErrRefused", err)
	}
	s, _ := start(t, files, Options{AllowRefused: true})
	if got := get(t, s, "/dev/a", ""); got.Status == 0 {
		t.Errorf("with AllowRefused there is no answer")
	}
	// A document that is no YAML is a finding, not an error of the config.
	files["openapi.yaml"] = &fstest.MapFile{Data: []byte("a: [")}
	p, err = OpenFS(files, ConfigName, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if f := p.Findings(); !p.Refused() || len(f) == 0 || f[0].Pos.File != "openapi.yaml" {
		t.Errorf("findings of a document that is no YAML: %+v", f)
	}
}

func TestAStageHasItsOwnDocumentAndSoHasACanary(t *testing.T) {
	files := keyedFiles()
	files[ConfigName] = &fstest.MapFile{Data: []byte(`apis:
  Keyed:
    document: openapi.yaml
    stages:
      dev: {document: two.yaml}
      prod: {canarySettings: {percentTraffic: 100, document: two.yaml}}
apiKeys: {Ann: {}}
usagePlans:
  P: {apiStages: [{stage: dev}, {stage: prod}], keys: [Ann]}
`)}
	s, _ := start(t, files, Options{})
	for _, target := range []string{"/dev/items", "/prod/items"} {
		if body := string(get(t, s, target, "Ann").Body); !strings.Contains(body, `"version": "two"`) {
			t.Errorf("%s answers %s", target, body)
		}
	}
	if n := len(s.Project.Documents()); n != 2 {
		t.Errorf("there are %d documents, want 2: each is imported once", n)
	}
}

func TestKeysMadeFromTheSeedAreOnesOfTheRunAndSecrets(t *testing.T) {
	files := keyedFiles()
	files[ConfigName] = &fstest.MapFile{Data: []byte("apis: {Keyed: {document: openapi.yaml}}\napiKeys: {Ann: {}, Bob: {}}\n")}
	s, _ := start(t, files, Options{})
	value := func(s *Sandbox, name string) string {
		v, err := s.KeyValue(name)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	another := func(o StartOptions) string {
		s, err := s.Project.Start(o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return value(s, "Ann")
	}
	ann, bob := value(s, "Ann"), value(s, "Bob")
	if ann == bob {
		t.Error("two keys have one value")
	}
	if got := another(StartOptions{Seed: 8, KeySeed: 7}); got != ann {
		t.Errorf("another scenario of the run has the key %s, want %s", got, ann)
	}
	other := another(StartOptions{Seed: 8})
	if other == ann {
		t.Error("another run has the same key")
	}
	got := s.Project.Mask(`{"ann":"` + ann + `","bob":"` + bob + `","other":"` + other + `"}`)
	hidden := func(v string) string { return strings.Repeat("*", len(v)-6) + v[len(v)-6:] }
	if want := `{"ann":"` + hidden(ann) + `","bob":"` + hidden(bob) + `","other":"` + hidden(other) + `"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFindLooksUpwards(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ConfigName), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	found, ok := Find(deep, ConfigName)
	if abs, err := filepath.Abs(found); !ok || err != nil || abs != filepath.Join(dir, ConfigName) {
		t.Errorf("Find gives %q, %v", found, ok)
	}
	if found, ok := Find(deep, "nothing-of-this-name.yaml"); ok {
		t.Errorf("Find finds %q", found)
	}
}

func TestOfRehearseYAMLADocumentTakesOnlyRegionAccountAndSubstitutions(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	document := write("openapi.yaml", minimal)
	config := write(ConfigName, "region: eu-west-1\naccountId: \"999999999999\"\nnonsense: true\n")
	p, err := OpenDocument(document, Options{Config: config, Stage: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.Config.Region != "eu-west-1" || p.Config.AccountID != "999999999999" || p.HasConfig {
		t.Errorf("region %s, account %s, HasConfig %v", p.Config.Region, p.Config.AccountID, p.HasConfig)
	}
	if n := len(p.Documents()); n != 1 {
		t.Errorf("there are %d documents, want 1", n)
	}
	if p.APIs[0].Name != "Minimal" || p.APIs[0].Config.Stages[0].Name != "test" {
		t.Errorf("API %s with stage %s", p.APIs[0].Name, p.APIs[0].Config.Stages[0].Name)
	}
	write(ConfigName, "region: Europe\n")
	if _, err := OpenDocument(document, Options{Config: config}); err == nil || !strings.Contains(err.Error(), `region is "Europe"`) {
		t.Errorf("a wrong region gives %v", err)
	}
	if _, err := OpenDocument(document, Options{Stage: "a b"}); err == nil {
		t.Error("a wrong stage name gives no error")
	}
}

// A world for each scenario must cost next to nothing.
func BenchmarkStart(b *testing.B) {
	p, err := OpenFS(keyedFiles(), ConfigName, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	b.ReportAllocs()
	for b.Loop() {
		s, err := p.Start(StartOptions{Clock: clock.NewVirtual(p.Config.Start), Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
