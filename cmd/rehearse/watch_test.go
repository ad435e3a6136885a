package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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

func TestServeWithWatchDeploysAChangedDocument(t *testing.T) {
	dir := t.TempDir()
	document := filepath.Join(dir, "openapi.yaml")
	if err := os.WriteFile(document, []byte(watchedDocument), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stdout, outWriter := io.Pipe()
	stderr, errWriter := io.Pipe()
	done := make(chan int)
	go func() {
		done <- run(ctx, []string{"serve", "--watch", "-q", "--listen", "127.0.0.1:0", document}, strings.NewReader(""), outWriter, errWriter)
	}()
	first, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, stdout)
	url := strings.TrimPrefix(strings.TrimSpace(first), "listening on ")
	status := func() int {
		res, err := http.Get(url + "/dev/others")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if got := status(); got != http.StatusForbidden {
		t.Errorf("before the change the status is %d, want 403", got)
	}
	changed := strings.Replace(watchedDocument, "/items", "/others", 1)
	// The watch may begin after the first write: the file is touched until it is seen.
	said := make(chan string)
	go func() {
		s := bufio.NewScanner(stderr)
		for s.Scan() {
			said <- s.Text()
		}
	}()
	for seen := false; !seen; {
		if err := os.WriteFile(document, []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
		select {
		case line := <-said:
			seen = strings.Contains(line, "is deployed to T/dev again")
		case <-time.After(5 * settle):
			changed += "# touched\n"
		}
	}
	if got := status(); got != http.StatusOK {
		t.Errorf("after the change the status is %d, want 200", got)
	}
	cancel()
	if code := <-done; code != exitOK {
		t.Errorf("the exit code is %d, want 0", code)
	}
}
