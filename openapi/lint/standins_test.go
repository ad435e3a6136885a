package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi"
)

// The files of testdata/standins have names that only a deployment knows wherever
// one can stand. A value that is made up must not be found fault with.
func TestNothingIsFoundInWhatIsMadeUp(t *testing.T) {
	files, err := filepath.Glob("testdata/standins/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := openapi.LoadBytes(name, data)
			if err != nil {
				t.Fatal(err)
			}
			api, findings := openapi.Import(doc, openapi.Options{})
			unknown := 0
			for _, f := range append(findings, Check(doc, api, Surroundings{})...) {
				switch {
				case f.Rule == "template-unsupported" && (strings.Contains(f.Message, "known") || strings.Contains(f.Message, "has no value")):
					unknown++ // it says itself that it is made up
				default:
					t.Errorf("%s: %s: %s [%s]", f.Pos, f.Severity, f.Message, f.Rule)
				}
			}
			if want := strings.Count(string(data), "# unknown"); unknown != want {
				t.Errorf("%d findings say that something is not known, want %d", unknown, want)
			}
		})
	}
}
