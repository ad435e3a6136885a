package source

import "strings"

// Nearest returns the one of known that name was probably meant to be, or "" if
// none is like it.
func Nearest(name string, known []string) string {
	best, bestDistance := "", len([]rune(name))/3+2
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return k
		}
		if d := distance([]rune(strings.ToLower(name)), []rune(strings.ToLower(k))); d < bestDistance && d < len([]rune(k)) {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance counts the letters to insert, drop, replace or swap with their
// neighbour to make b of a.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i, x := range a {
		row[0] = i + 1
		for j, y := range b {
			cost := 1
			if x == y {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x == b[j-1] && a[i-1] == y {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
