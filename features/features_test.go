package features_test

import (
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/features"
)

func TestScenariosAreListed(t *testing.T) {
	entries, err := features.FS.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".feature") {
			t.Errorf("%s is embedded and is no feature", e.Name())
		}
	}
	if len(entries) < 10 {
		t.Errorf("%d features are embedded, want those of the lab", len(entries))
	}
}
