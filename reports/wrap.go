package reports

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// label is what a line may begin with: "  response: ", "hint: ", "- ".
var label = regexp.MustCompile(`^ *(?:[a-z]+: +|[-✗✓] )?`)

// Wrap breaks the lines of a text for a terminal, and takes out what would
// command it. A command stays on one line, to be copied.
func Wrap(text string) string {
	var lines []string
	for line := range strings.SplitSeq(clean(text), "\n") {
		lines = append(lines, wrapped(line)...)
	}
	return strings.Join(lines, "\n")
}

func wrapped(line string) []string {
	if strings.HasPrefix(strings.TrimLeft(line, " "), "curl:") {
		return []string{line}
	}
	return wrap(line, columns)
}

// wrap breaks a line that is longer than width, between words where it can, and
// puts what follows below the first word behind the label.
func wrap(line string, width int) []string {
	margin := utf8.RuneCountInString(label.FindString(line))
	switch {
	case margin > width/2:
		margin = 0
	case margin == 0:
		margin = 2
	}
	var lines []string
	rest := []rune(line)
	for len(rest) > width {
		cut := breakAt(rest, margin, width)
		lines = append(lines, strings.TrimRight(string(rest[:cut]), " "))
		behind := strings.TrimLeft(string(rest[cut:]), " ")
		if behind == "" {
			return lines
		}
		rest = []rune(strings.Repeat(" ", margin) + behind)
	}
	return append(lines, string(rest))
}

// breakAt is where a line that is too long ends: behind the last blank that
// fits, else behind a comma, as JSON has no blanks, else at the width.
func breakAt(line []rune, margin, width int) int {
	for i := width; i > margin; i-- {
		if line[i] == ' ' && strings.TrimSpace(string(line[margin:i])) != "" {
			return i + 1
		}
	}
	for i := width - 1; i > max(margin, width/2); i-- {
		if line[i] == ',' {
			return i + 1
		}
	}
	return width
}
