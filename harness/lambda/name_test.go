package lambda

import (
	"strings"
	"testing"
)

func TestAliasesAreNoNumbers(t *testing.T) {
	for name, want := range map[string]bool{
		"prod": true, "v1_2-x": true, "1a": true, strings.Repeat("a", 128): true,
		"": false, "7": false, "a.b": false, "a b": false, "$LATEST": false, strings.Repeat("a", 129): false,
	} {
		if got := isAlias(name); got != want {
			t.Errorf("isAlias(%q) = %t", name, got)
		}
	}
}
