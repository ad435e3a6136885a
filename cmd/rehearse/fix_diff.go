package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/fatih/color"

	"github.com/rehearse-api/rehearse/openapi/lint/fix"
)

// contextLines are how many lines of a file a hunk shows around what changes.
const contextLines = 3

// A region is lines of a text that become others of the text after it.
type region struct{ oldStart, oldEnd, newStart, newEnd int }

// writeDiff writes edits of a file as a unified diff for patch -p1 and git apply.
func writeDiff(w io.Writer, name, before string, edits []fix.Edit, colored bool) error {
	paint := func(a color.Attribute) func(string) string {
		c := color.New(a)
		if colored {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return func(line string) string {
			text, end := strings.TrimSuffix(line, "\n"), ""
			if text != line {
				end = "\n"
			}
			return c.Sprint(text) + end
		}
	}
	bold, cyan, red, green := paint(color.Bold), paint(color.FgCyan), paint(color.FgRed), paint(color.FgGreen)
	var b strings.Builder
	b.WriteString(bold("--- " + diffName("a", name) + "\n"))
	b.WriteString(bold("+++ " + diffName("b", name) + "\n"))
	line := func(sign, text string, paint func(string) string) {
		if !strings.HasSuffix(text, "\n") {
			text += "\n\\ No newline at end of file\n"
		}
		b.WriteString(paint(sign + text))
	}
	plain := func(s string) string { return s }
	old, now := splitAfter(before), splitAfter(fix.Apply(before, edits))
	for _, hunk := range hunksOf(regionsOf(before, edits, old, now)) {
		first, last := hunk[0], hunk[len(hunk)-1]
		from, to := max(0, first.oldStart-contextLines), min(len(old), last.oldEnd+contextLines)
		head := first.newStart - (first.oldStart - from)
		size := to - last.oldEnd + last.newEnd - head
		b.WriteString(cyan(fmt.Sprintf("@@ -%s +%s @@\n", span(from, to-from), span(head, size))))
		for _, r := range hunk {
			for ; from < r.oldStart; from++ {
				line(" ", old[from], plain)
			}
			for ; from < r.oldEnd; from++ {
				line("-", old[from], red)
			}
			for _, added := range now[r.newStart:r.newEnd] {
				line("+", added, green)
			}
		}
		for ; from < to; from++ {
			line(" ", old[from], plain)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// diffName is a file as patch and git name it.
func diffName(side, name string) string {
	path := side + "/" + strings.TrimPrefix(filepath.ToSlash(name), "/")
	if strings.ContainsAny(path, "\"\\") || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' }) {
		return strconv.Quote(path)
	}
	if strings.Contains(path, " ") {
		return path + "\t" // or patch takes what is behind the blank for a date
	}
	return path
}

func span(start, count int) string {
	if count > 0 {
		start++ // lines count from 1; of none, it is the one before
	}
	if count == 1 {
		return strconv.Itoa(start)
	}
	return fmt.Sprintf("%d,%d", start, count)
}

// splitAfter are the lines of a text with their ends.
func splitAfter(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// regionsOf are the lines that edits change; those that touch become one.
func regionsOf(before string, edits []fix.Edit, old, now []string) []region {
	var all []region
	oldLines, newLines := startsOf(old), startsOf(now)
	shift := 0
	for _, e := range edits {
		start := e.Start + shift
		r := region{
			lineAt(oldLines, e.Start), min(lineAt(oldLines, e.End)+1, len(old)),
			lineAt(newLines, start), min(lineAt(newLines, start+len(e.Text))+1, len(now)),
		}
		shift += len(e.Text) - (e.End - e.Start)
		if n := len(all); n > 0 && (r.oldStart < all[n-1].oldEnd || r.newStart < all[n-1].newEnd) {
			all[n-1].oldEnd, all[n-1].newEnd = max(all[n-1].oldEnd, r.oldEnd), max(all[n-1].newEnd, r.newEnd)
			continue
		}
		all = append(all, r)
	}
	for i := range all {
		r := &all[i]
		for r.oldStart < r.oldEnd && r.newStart < r.newEnd && old[r.oldStart] == now[r.newStart] {
			r.oldStart, r.newStart = r.oldStart+1, r.newStart+1
		}
		for r.oldStart < r.oldEnd && r.newStart < r.newEnd && old[r.oldEnd-1] == now[r.newEnd-1] {
			r.oldEnd, r.newEnd = r.oldEnd-1, r.newEnd-1
		}
	}
	return all
}

func startsOf(lines []string) []int {
	starts := make([]int, len(lines))
	at := 0
	for i, l := range lines {
		starts[i] = at
		at += len(l)
	}
	return starts
}

// lineAt is the line in which a byte stands.
func lineAt(starts []int, at int) int {
	i, found := slices.BinarySearch(starts, at)
	if found || i == 0 {
		return i
	}
	return i - 1
}

// hunksOf puts regions together whose surroundings touch.
func hunksOf(regions []region) [][]region {
	var hunks [][]region
	for _, r := range regions {
		n := len(hunks)
		if n > 0 {
			if last := hunks[n-1][len(hunks[n-1])-1]; r.oldStart-last.oldEnd <= 2*contextLines {
				hunks[n-1] = append(hunks[n-1], r)
				continue
			}
		}
		hunks = append(hunks, []region{r})
	}
	return hunks
}
