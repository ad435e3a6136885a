package validate

import (
	"strings"
	"testing"
)

func TestHostnamesHaveLabelsOfBoundedLength(t *testing.T) {
	long := strings.Repeat("a", 63)
	for name, want := range map[string]bool{
		"example.com": true, "example.com.": true, "a": true, "under_score.x-y": true,
		long + ".com": true, long + "a.com": false,
		"": false, ".": false, "a..b": false, "-a.com": false, "a-.com": false, "1.2.3.4": false, "é.com": false,
		strings.Join([]string{long, long, long, long}, "."): false,
	} {
		if got := isHostname(name); got != want {
			t.Errorf("isHostname(%q) = %t", name, got)
		}
	}
}
