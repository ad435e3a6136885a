package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const watchedDocument = `openapi: 3.0.1
info: {title: T, version: "1"}
paths:
  /items:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200"}}
`

func TestWatchRunsAgainWhenAFileChanges(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	document := write("openapi.yaml", watchedDocument)
	feature := write("first.feature", "Feature: F\n  Scenario: S\n    When I send GET \"/dev/items\"\n    Then the status is 404\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stderr, w := io.Pipe()
	done := make(chan int)
	go func() {
		done <- run(ctx, []string{"test", "--watch", document, feature}, strings.NewReader(""), io.Discard, w)
		w.Close()
	}()
	said := bufio.NewScanner(stderr)
	wait := func(prefix string) {
		t.Helper()
		for said.Scan() {
			if strings.HasPrefix(said.Text(), "exit code ") {
				if !strings.HasPrefix(said.Text(), prefix) {
					t.Fatalf("got %q, want %q", said.Text(), prefix)
				}
				return
			}
		}
		t.Fatalf("rehearse ended before %q", prefix)
	}
	wait("exit code 1;")
	write("first.feature", "Feature: F\n  Scenario: S\n    When I send GET \"/dev/items\"\n    Then the status is 200\n")
	wait("exit code 0;")
	write("openapi.yaml", "nonsense: [")
	wait("exit code 1;")
	cancel()
	go io.Copy(io.Discard, stderr)
	if code := <-done; code != exitOK {
		t.Errorf("after the end the exit code is %d, want 0", code)
	}
}
