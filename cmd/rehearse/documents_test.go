package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A teamDocument is a document as teams have them: without a rehearse.yaml.
type teamDocument struct {
	folder, document string
	args             []string // of serve and test
	call             string   // answered with 200; empty: nothing answers
	rule             string   // of the finding that the folder is there to show
}

// teamDocuments are all folders of fixtures/documents.
var teamDocuments = []teamDocument{
	{folder: "cdk", document: "cdk.out/ItemsStack.template.json", call: "/restapis/ItemsApi26138D8A/prod/_user_request_/items?size=1"},
	{folder: "cloudformation", document: "template.yaml", call: "/test/orders/Pen"},
	{folder: "intrinsics", document: "openapi.yaml", args: []string{"--stub"}, call: "/dev/version"},
	{folder: "petstore", document: "openapi.json", call: "/dev/"},
	{folder: "sam", document: "template.yaml", call: "/dev/items"},
	{folder: "split", document: "openapi.yaml", rule: "external-ref-bundled"},
	{folder: "terraform", document: "openapi.yaml.tftpl", args: []string{"--stub"}, call: "/dev/books/health"},
}

const teamDocumentsFolder = "../../fixtures/documents"

func (d *teamDocument) path() string {
	return filepath.Join(teamDocumentsFolder, d.folder, filepath.FromSlash(d.document))
}

func TestEveryFolderOfDocumentsIsTried(t *testing.T) {
	folders, err := os.ReadDir(teamDocumentsFolder)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, d := range teamDocuments {
		known[d.folder] = true
	}
	for _, f := range folders {
		if !known[f.Name()] {
			t.Errorf("fixtures/documents/%s has no row in teamDocuments", f.Name())
		}
	}
}

func TestDocumentsAsTeamsHaveThemLintClean(t *testing.T) {
	for _, d := range teamDocuments {
		t.Run(d.folder, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			run(t.Context(), []string{"lint", "--format", "json", d.path()}, strings.NewReader(""), &stdout, &stderr)
			var findings []struct{ Rule, Severity, Message string }
			if err := json.Unmarshal(stdout.Bytes(), &findings); err != nil {
				t.Fatalf("%v: %s%s", err, &stdout, &stderr)
			}
			for _, f := range findings {
				if f.Severity != "info" && f.Rule != d.rule {
					t.Errorf("%s: %s [%s]", f.Severity, f.Message, f.Rule)
				}
			}
		})
	}
}

func TestTheFeaturesOfDocumentsAsTeamsHaveThemPass(t *testing.T) {
	for _, d := range teamDocuments {
		features := filepath.Join(teamDocumentsFolder, d.folder, "features")
		if _, err := os.Stat(features); err != nil {
			continue
		}
		t.Run(d.folder, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			args := append([]string{"test", "--color", "never", d.path(), features}, d.args...)
			if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != exitOK {
				t.Errorf("exit code %d\n%s%s", code, &stdout, &stderr)
			}
		})
	}
}

func TestDocumentsAsTeamsHaveThemAreServed(t *testing.T) {
	for _, d := range teamDocuments {
		if d.call == "" {
			continue
		}
		t.Run(d.folder, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			out, w := io.Pipe()
			var stderr bytes.Buffer
			done := make(chan int, 1)
			go func() {
				args := append([]string{"serve", "--quiet", "--listen", "127.0.0.1:0", d.path()}, d.args...)
				done <- run(ctx, args, strings.NewReader(""), w, &stderr)
				w.Close()
			}()
			lines := bufio.NewReader(out)
			first, err := lines.ReadString('\n')
			if err != nil {
				t.Fatalf("exit code %d: %s", <-done, &stderr)
			}
			go io.Copy(io.Discard, lines)
			address := strings.TrimSpace(strings.TrimPrefix(first, "listening on "))
			response, err := http.Get(address + d.call)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if response.StatusCode != http.StatusOK {
				t.Errorf("GET %s: %d %s", d.call, response.StatusCode, body)
			}
			cancel()
			if code := <-done; code != exitOK {
				t.Errorf("serve ends with %d: %s", code, &stderr)
			}
		})
	}
}
