package harness_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cucumber/godog"

	"github.com/rehearse-api/rehearse/harness"
	"github.com/rehearse-api/rehearse/harness/project"
)

func TestStart(t *testing.T) {
	s := harness.Start(t, "testdata/mocks/rehearse.yaml")
	s.Expect().GET("/dev/open").Expect().Status(200).Header("x-amzn-requestid").NotEmpty()
	for range 3 {
		s.Expect().GET("/dev/items").WithHeader("x-api-key", "KeyKeyKeyKeyKeyKeyKeyKeyKeyKey").Expect().Status(200).JSON().Array().Length().IsEqual(3)
	}
	s.Expect().GET("/dev/items").WithHeader("x-api-key", "KeyKeyKeyKeyKeyKeyKeyKeyKeyKey").Expect().Status(429)
	s.Clock.Advance(24 * time.Hour)
	s.Expect().GET("/dev/items").WithHeader("x-api-key", "KeyKeyKeyKeyKeyKeyKeyKeyKeyKey").Expect().Status(200)
	s.Expect().GET("/dev/items").Expect().Status(403)
	x := s.Exchanges()
	if e, refused := x[len(x)-1].Refusal(); len(x) != 7 || !refused || e.ID != "api-key-missing" {
		t.Errorf("%d exchanges, the last refused because of %q", len(x), e.ID)
	}
}

func TestStartADocumentAlone(t *testing.T) {
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	s := harness.Start(t, "testdata/mocks/openapi.yaml", harness.Stage("test"), harness.At(at), harness.Seed(9))
	s.Expect().GET("/test/open").Expect().Status(200)
	if got := s.Clock.Now(); !got.Equal(at) {
		t.Errorf("the clock shows %s", got)
	}
}

func TestStartAConfigByAnotherName(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"openapi.yaml", "rehearse.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata/mocks", name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "rehearse.yaml" {
			name = "lab.yaml"
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := harness.Start(t, filepath.Join(dir, "lab.yaml"))
	s.Expect().GET("/prod/open").Expect().Status(200)
}

// A fatal is a testing.TB that notes what ended the test.
type fatal struct {
	testing.TB
	text string
}

func (f *fatal) Helper()        {}
func (f *fatal) Cleanup(func()) {}
func (f *fatal) Fatalf(format string, a ...any) {
	f.text = fmt.Sprintf(format, a...)
	panic(f)
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	write("openapi.yaml", "openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths: {}\n")
	tests := []struct{ name, config, want string }{
		{"a config with errors", write("rehearse.yaml", "apis:\n  A: {document: openapi.yaml, stagez: {}}\n"), "hint:"},
		{"no such file", filepath.Join(dir, "nope.yaml"), "nope.yaml"},
		{"a refused document", write("refused.yaml", "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n"), "refused.yaml:1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fatal{TB: t}
			func() {
				defer func() { _ = recover() }()
				harness.Start(f, tt.config)
			}()
			if !strings.Contains(f.text, tt.want) {
				t.Errorf("got %q, want %q", f.text, tt.want)
			}
		})
	}
}

func ExampleRun() {
	p, err := project.Open("testdata/mocks/rehearse.yaml", project.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	features := fstest.MapFS{"open.feature": {Data: []byte(`Feature: An open door
  Scenario: Anybody may come in
    When I send GET "/dev/open"
    Then the status is 200
    And the house is open
`)}}
	run, err := harness.Run(context.Background(), harness.Config{
		Project:  p,
		Features: features,
		Paths:    []string{"open.feature"},
		Steps: func(sc *godog.ScenarioContext) {
			sc.Step(`^the house is open$`, func(ctx context.Context) error {
				if got := string(harness.World(ctx).Response().Body); got != `{"open": true}` {
					return fmt.Errorf("it answers %s", got)
				}
				return nil
			})
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range run.Features[0].Scenarios {
		fmt.Println(s.Name+":", s.Status)
	}
	// Output: Anybody may come in: passed
}

func ExampleStart() {
	var t *testing.T // of a test
	if t == nil {
		return
	}
	s := harness.Start(t, "rehearse.yaml")
	s.Expect().GET("/dev/items").WithHeader("x-api-key", "...").
		Expect().Status(200).JSON().Array().Length().IsEqual(4)
	s.Clock.Advance(25 * time.Hour)
	s.Expect().GET("/dev/items").Expect().Status(403)
}
