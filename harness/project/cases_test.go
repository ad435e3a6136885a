package project

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/result"
)

// A runtimeCase is a file of fixtures/cases/runtime: a document, a config, and
// requests with what AWS answered.
type runtimeCase struct {
	Name, Evidence string
	OpenAPI        yaml.Node `yaml:"openapi"`
	Config         yaml.Node
	Steps          []struct {
		Note    string
		Request struct {
			Method, Path, Query string
			Headers             yaml.Node
			Body                string
			BodyBase64          string `yaml:"body_base64"`
		}
		Repeat int
		Clock  string
		Expect expectation
	}
}

type expectation struct {
	Status     int
	Headers    map[string]*string
	JSON       yaml.Node `yaml:"json"`
	Body       *string
	BodyRegex  string `yaml:"body_regex"`
	BodyBase64 string `yaml:"body_base64"`
}

// rehearseYAMLOf translates the config of a case to the text of a rehearse.yaml
// beside openapi.yaml. Only stages and backends stand elsewhere in ours: all
// other fields have the same names and the same meaning. Backends are started
// on loopback by the test.
func rehearseYAMLOf(t *testing.T, c *runtimeCase) []byte {
	t.Helper()
	api := map[string]any{"document": "openapi.yaml"}
	out := map[string]any{"apis": map[string]any{c.Name: api}}
	for i := 0; i+1 < len(c.Config.Content); i += 2 {
		switch key, value := c.Config.Content[i].Value, c.Config.Content[i+1]; key {
		case "stages":
			api["stages"] = value
		case "backends":
		default:
			out[key] = value
		}
	}
	text, err := yaml.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// backend starts the backends of a case and puts their addresses into its document.
func backend(t *testing.T, c *runtimeCase, document []byte) []byte {
	t.Helper()
	var config struct {
		Backends map[string]struct {
			Kind    string
			Status  int
			Headers map[string]string
			Body    string
		}
	}
	if err := c.Config.Decode(&config); err != nil {
		t.Fatal(err)
	}
	for name, b := range config.Backends {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if b.Kind == "echo" {
				echo(w, r)
				return
			}
			for k, v := range b.Headers {
				w.Header().Set(k, v)
			}
			w.WriteHeader(b.Status)
			io.WriteString(w, b.Body)
		}))
		t.Cleanup(server.Close)
		document = bytes.ReplaceAll(document, []byte("{{backend."+name+"}}"), []byte(strings.TrimPrefix(server.URL, "http://")))
	}
	return document
}

// echo answers with what was sent, as cases want it.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	headers := map[string]string{"Host": r.Host}
	for k, v := range r.Header {
		headers[k] = strings.Join(v, ",")
	}
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.Encode(map[string]any{
		"method": r.Method, "path": r.URL.EscapedPath(), "query": r.URL.RawQuery, "headers": headers, "body": string(body),
	})
}

// TestCases asks a sandbox made of a rehearse.yaml what AWS was asked, and wants
// AWS's answers.
func TestCases(t *testing.T) {
	for _, c := range runtimeCases(t) {
		t.Run(c.Name, func(t *testing.T) { runCase(t, c) })
	}
}

// runtimeCases are all cases of what AWS answers to requests.
func runtimeCases(t *testing.T) []*runtimeCase {
	t.Helper()
	files, err := filepath.Glob("../../fixtures/cases/runtime/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var all []*runtimeCase
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := new(runtimeCase)
		if err := yaml.Unmarshal(data, c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, c)
	}
	return all
}

func runCase(t *testing.T, c *runtimeCase) {
	document, err := yaml.Marshal(&c.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		ConfigName:     {Data: rehearseYAMLOf(t, c)},
		"openapi.yaml": {Data: backend(t, c, document)},
	}
	p, err := OpenFS(files, ConfigName, Options{AllowRefused: true})
	if err != nil {
		t.Fatalf("open: %v\n%s", err, files[ConfigName].Data)
	}
	defer p.Close()
	clk := clock.NewVirtual(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))
	s, err := p.Start(StartOptions{Clock: clk, Seed: 1, Trace: true})
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	defer s.Close()
	for _, step := range c.Steps {
		if step.Clock != "" {
			d, err := time.ParseDuration(step.Clock)
			if err != nil {
				t.Fatal(err)
			}
			clk.Advance(d)
		}
		r := &gateway.Request{Method: step.Request.Method, Target: step.Request.Path, Host: "127.0.0.1", Proto: "HTTP/1.1", SourceIP: "127.0.0.1", Body: []byte(step.Request.Body)}
		if step.Request.Query != "" {
			r.Target += "?" + step.Request.Query
		}
		for i := 0; i+1 < len(step.Request.Headers.Content); i += 2 {
			r.Header = append(r.Header, result.Header{Name: step.Request.Headers.Content[i].Value, Value: step.Request.Headers.Content[i+1].Value})
		}
		if step.Request.BodyBase64 != "" {
			if r.Body, err = base64.StdEncoding.DecodeString(step.Request.BodyBase64); err != nil {
				t.Fatal(err)
			}
		}
		for range max(1, step.Repeat) {
			res := s.Gateway.Do(t.Context(), r)
			if faults := step.Expect.compare(res); faults != nil {
				for _, e := range res.Exchange.Trace {
					faults = append(faults, "  trace: "+e.String())
				}
				t.Errorf("%s evidence: %s %s (%s)\n%s", c.Evidence, r.Method, r.Target, step.Note, strings.Join(faults, "\n"))
			}
		}
	}
}

// compare lists what of an answer is not as wanted.
func (want *expectation) compare(res *gateway.Response) []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
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
			if g, there := m[k]; !there || !alike(g, v) {
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
