package steps

import (
	"fmt"
	"strings"
)

// Nearest returns the candidate that a person most likely meant by name, or ""
// if none is near.
func Nearest(name string, candidates []string) string {
	best, bestAt := "", max(len(name)/3, 1)+1
	for _, c := range candidates {
		if strings.EqualFold(c, name) {
			return c
		}
		if d := Distance(strings.ToLower(name), strings.ToLower(c)); d < bestAt {
			best, bestAt = c, d
		}
	}
	return best
}

// Distance is how many letters must be added, left out, replaced or exchanged
// with their neighbour to make b of a.
func Distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			replace := last[j-1]
			if s[i-1] != t[j-1] {
				replace++
			}
			row[j] = min(replace, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}

// nearOrLonger is Nearest, or the only name that begins as this one does.
func nearOrLonger(name string, names []string) string {
	if near := Nearest(name, names); near != "" {
		return near
	}
	longer := ""
	for _, n := range names {
		if name == "" || len(n) < len(name) || !strings.EqualFold(n[:len(name)], name) {
			continue
		}
		if longer != "" {
			return ""
		}
		longer = n
	}
	return longer
}

// unknown is the error for a name that leads nowhere; names are those there are.
func unknown(kind, name string, names []string) error {
	hint := ""
	if near := nearOrLonger(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	} else if len(names) > 0 {
		quoted := make([]string, len(names))
		for i, n := range names {
			quoted[i] = fmt.Sprintf("%q", n)
		}
		hint = "there is " + strings.Join(quoted, ", ")
	} else {
		hint = "there is none"
	}
	return &Failure{Message: fmt.Sprintf("there is no %s %q", kind, name), Hint: hint}
}
