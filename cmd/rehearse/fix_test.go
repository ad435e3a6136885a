package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/lint/fix"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// TestFixDiffs holds what lint --fix prints for documents of different writing, and
// applies it with the tools people have.
func TestFixDiffs(t *testing.T) {
	here, err := filepath.Abs("testdata/fix") // the test changes folders
	if err != nil {
		t.Fatal(err)
	}
	documents, err := filepath.Glob(here + "/*")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range documents {
		if filepath.Ext(file) == ".diff" {
			continue
		}
		n++
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			diff := fixDiff(t, filepath.Base(file), text)
			golden := file + ".diff"
			if *update {
				if err := os.WriteFile(golden, []byte(diff), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff != string(want) {
				t.Errorf("got\n%s\nwant\n%s", diff, want)
			}
			applies(t, filepath.Base(file), text, diff)
			// Line ends, their lack and names with blanks are no matter.
			crlf := bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
			applies(t, "a name.yaml", crlf, fixDiff(t, "a name.yaml", crlf))
			bare := bytes.TrimRight(text, "\n")
			applies(t, "bare"+filepath.Ext(file), bare, fixDiff(t, "bare"+filepath.Ext(file), bare))
		})
	}
	if n == 0 {
		t.Fatal("no documents")
	}
}

// fixDiff is what lint --fix prints of a document in a folder of its own.
func fixDiff(t *testing.T, name string, text []byte) string {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"lint", "--fix", "--color", "never", name}, nil, &stdout, &stderr); code > exitFailed {
		t.Fatalf("exit code %d\n%s", code, &stderr)
	}
	if stdout.Len() == 0 {
		t.Fatalf("no diff\n%s", &stderr)
	}
	return stdout.String()
}

// applies holds that patch and git make of a document what --write makes of it.
func applies(t *testing.T, name string, text []byte, diff string) {
	t.Helper()
	make := func(command ...string) []byte {
		t.Helper()
		dir := t.TempDir()
		t.Chdir(dir)
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if len(command) == 0 {
			var out bytes.Buffer
			if code := run(t.Context(), []string{"lint", "--fix", "--write", name}, nil, &out, &out); code > exitFailed {
				t.Fatalf("exit code %d\n%s", code, &out)
			}
		} else {
			cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
			cmd.Stdin = strings.NewReader(diff)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %v\n%s\n%s", command, err, out, diff)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	want := make()
	if got := make("git", "apply", "--whitespace=nowarn"); !bytes.Equal(got, want) {
		t.Errorf("git apply makes\n%s\n--write makes\n%s", got, want)
	}
	if _, err := exec.LookPath("patch"); err == nil {
		if got := make("patch", "-p1", "--binary"); !bytes.Equal(got, want) {
			t.Errorf("patch makes\n%s\n--write makes\n%s", got, want)
		}
	}
}

func TestREADMEsDiffIsWhatFixPrints(t *testing.T) {
	want, err := os.ReadFile("testdata/fix/openapi.yaml.diff")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range readmeBlocks(t, "diff") {
		if block != string(want) {
			t.Errorf("README.md has\n%s\nwant\n%s", block, want)
		}
	}
}

func TestWriteDiff(t *testing.T) {
	tests := []struct {
		name, text string
		edits      []fix.Edit
		want       string
	}{
		{"a line in the middle", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", []fix.Edit{{Start: 9, End: 9, Text: "\n+"}}, "@@ -3,6 +3,7 @@\n 3\n 4\n 5\n++\n 6\n 7\n 8\n"},
		{"two near each other are one hunk", "1\n2\n3\n", []fix.Edit{{Start: 1, End: 1, Text: "x"}, {Start: 5, End: 5, Text: "y"}}, "@@ -1,3 +1,3 @@\n-1\n+1x\n 2\n-3\n+3y\n"},
		{"two far from each other are two", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", []fix.Edit{{Start: 1, End: 1, Text: "x"}, {Start: 17, End: 17, Text: "y"}}, "@@ -1,4 +1,4 @@\n-1\n+1x\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+9y\n"},
		{"the last line without an end", "1\n2", []fix.Edit{{Start: 3, End: 3, Text: "\n3"}}, "@@ -1,2 +1,3 @@\n 1\n-2\n\\ No newline at end of file\n+2\n+3\n\\ No newline at end of file\n"},
		{"the only line", "1", []fix.Edit{{Start: 1, End: 1, Text: "1"}}, "@@ -1 +1 @@\n-1\n\\ No newline at end of file\n+11\n\\ No newline at end of file\n"},
		{"two in one line", "ab\n", []fix.Edit{{Start: 0, End: 0, Text: "<"}, {Start: 2, End: 2, Text: ">"}}, "@@ -1 +1 @@\n-ab\n+<ab>\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			if err := writeDiff(&b, "x", tt.text, tt.edits, false); err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimPrefix(b.String(), "--- a/x\n+++ b/x\n"); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
	var b strings.Builder
	if err := writeDiff(&b, "/a b.yaml", "1\n", []fix.Edit{{Start: 1, End: 1, Text: "x"}}, true); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.HasPrefix(got, "\x1b[1m--- a/a b.yaml\t\x1b[") || !strings.Contains(got, "\x1b[32m+1x\x1b[") {
		t.Errorf("in colours it is %q", got)
	}
}

// A document that was changed while its mends were worked out stays as it is.
func TestFixLeavesAChangedFileAlone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.yaml")
	if err := os.WriteFile(name, []byte("new"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := &patient{name, name, []byte("old"), &fix.Result{Text: "mended"}}
	if err := p.write(); err == nil || !strings.Contains(err.Error(), "was changed meanwhile") {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(name); string(got) != "new" {
		t.Errorf("it became %q", got)
	}
	// And so does one that may not be written.
	p.text = []byte("new")
	if err := os.Chmod(name, 0o444); err != nil {
		t.Fatal(err)
	}
	if err := p.write(); err == nil || !strings.Contains(err.Error(), "can't write") {
		t.Errorf("got %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(name))
	if err != nil || len(left) != 1 {
		t.Errorf("files are left over: %v, %v", left, err)
	}
}
