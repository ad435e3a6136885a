package lambda

import (
	"regexp"
	"strings"
)

var (
	nameForm        = regexp.MustCompile(`^[a-zA-Z0-9-_.]+$`)
	versionForm     = regexp.MustCompile(`^[0-9]+$`)
	aliasForm       = regexp.MustCompile(`^[a-zA-Z0-9-_]+$`)
	environmentForm = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`)
)

// isAlias reports whether s may name an alias: a number alone names a version.
func isAlias(s string) bool {
	return len(s) <= 128 && aliasForm.MatchString(s) && !versionForm.MatchString(s)
}

// ParseName splits what may stand for a function where Lambda is called: a
// name, name:qualifier, a partial or a full ARN.
func ParseName(s string) (name, qualifier string) {
	if rest, ok := strings.CutPrefix(s, "arn:"); ok {
		// aws:lambda:region:account:function:name[:qualifier]
		parts := strings.SplitN(rest, ":", 6)
		if len(parts) == 6 {
			s = parts[5]
		}
	} else if _, rest, ok := strings.Cut(s, ":function:"); ok {
		s = rest
	}
	name, qualifier, _ = strings.Cut(s, ":")
	return name, qualifier
}

// like matches s against a pattern of IAM's StringLike: * is any text, ? any
// one letter.
func like(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// nearest is the name of names most like name, or "" if none is.
func nearest(name string, names []string) string {
	best, distance := "", len(name)/2+1
	for _, n := range names {
		if d := editDistance(strings.ToLower(name), strings.ToLower(n)); d < distance {
			best, distance = n, d
		}
	}
	return best
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
