//go:build unix

package openapi

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A pipe that nobody writes into would be waited for without end.
func TestAPipeIsNotRead(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe.yaml"), 0o600); err != nil {
		t.Skip("no pipes here:", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f, err := source.Read("api.yaml", []byte("paths: {/x: {$ref: pipe.yaml}}"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, why := bundle(f.Root, "api.yaml", filesOf(root.FS(), nil))
	if got := why[f.Root.Get("paths").Get("/x").Get("$ref").Pos]; !strings.HasSuffix(got, "it is no regular file") {
		t.Errorf("why %q", got)
	}
}
