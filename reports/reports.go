// Package reports writes what happened in a run, and what was found in a
// document, for people and for machines: one file per format.
//
// [Formats] are those of a run, [FindingFormats] those of findings. A writer
// gets plain data and prints nothing by itself; two reports of one run are the
// same bytes.
//
// It promises nothing to other modules; the shapes of its JSON outputs are
// promised to their readers (schemaVersion).
package reports

import (
	"io"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// A Format is a way to write a run.
type Format struct {
	Name string
	File string // a usual name for its file: junit.xml
	Doc  string // one line for people
	// Write writes a report. It may be called any number of times.
	Write func(w io.Writer, r *Report) error
}

// A Report is what is written of a run.
type Report struct {
	Run      *result.Run
	Findings []openapi.Finding // of the documents that were run
	// Mask hides secrets in whatever text they stand. Sensitive headers are
	// hidden without it. Nil: nothing else is hidden.
	Mask func(text string) string
	// Color allows the formats for terminals to use colours.
	Color bool
	// Version of the program, for formats that name their maker.
	Version string
}

// Formats are all formats of a run, sorted by name.
var Formats = []Format{
	{"cucumber", "cucumber.json", "Cucumber's JSON, for its report tools", masked(writeCucumber)},
	{"github", "annotations.txt", "annotations for GitHub Actions", masked(writeGitHub)},
	{"html", "report.html", "one page for a browser, with every request and why it was answered so", masked(writeHTML)},
	{"json", "report.json", "everything, for programs", masked(writeJSON)},
	{"junit", "junit.xml", "JUnit XML, for CI servers", masked(writeJUnit)},
	{"markdown", "report.md", "a summary to stand below a change", masked(writeMarkdown)},
	{"messages", "messages.ndjson", "Cucumber's messages, a JSON object a line", masked(writeMessages)},
	{"pretty", "report.txt", "every step, for a terminal", masked(writePretty)},
	{"progress", "progress.txt", "a mark for each scenario, then the failures", masked(writeProgress)},
	{"sarif", "report.sarif", "SARIF 2.1.0: failed steps and findings, for code scanning", masked(writeSARIF)},
}

// Find returns the format called name, and whether there is one.
func Find(name string) (Format, bool) {
	for _, f := range Formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}
