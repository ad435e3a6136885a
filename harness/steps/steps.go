// Package steps holds the Gherkin steps, one file per subject, and the [World]
// a scenario lives in.
//
// [All] lists the steps with an example for people. [NewWorld] makes a world, and
// [World.Register] offers its steps to godog.
//
// It promises nothing to other modules; the texts of the steps and the reason
// ids are promised to those who write features.
package steps

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A Step is one sentence that features may use.
type Step struct {
	// Pattern matches the text behind the keyword, from its beginning to its end.
	Pattern *regexp.Regexp
	// Doc says what the step does, first in one line.
	Doc string
	// Example is the step as it stands in a feature, with its keyword, its doc
	// string or its table.
	Example string
	// Also are the other forms of it, each in one line as Example.
	Also []string
	// Subject is the heading it belongs under: "requests", "time" ...
	Subject string
	// NeedsExecutionLog says that the step reads execution logs, which are made
	// only when somebody does.
	NeedsExecutionLog bool

	pattern string // with parts, see compile
	arg     argument
	run     func(ctx context.Context, w *World, a *args) error
}

// argument is what may stand below a step.
type argument uint8

const (
	nothing argument = iota
	docString
	table
)

// args are what one use of a step says, remembered values filled in.
type args struct {
	s         []string // the groups of the pattern, in order; "" for one that did not take part
	doc       string
	mediaType string // behind the quotes of the doc string
	table     [][]string
}

// subjects are the tables of steps, in the order people read them.
var subjects = []struct {
	name  string
	steps []Step
}{
	{"requests", requestSteps},
	{"settings", settingSteps},
	{"functions", functionSteps},
	{"backends", backendSteps},
	{"time", timeSteps},
	{"browser", browserSteps},
	{"responses", responseSteps},
	{"JSON", jsonSteps},
	{"decisions", decisionSteps},
}

// all are the steps, made when first asked for: compiling their patterns takes
// longer than a command takes that replays nothing.
var all = sync.OnceValue(func() []*Step {
	var steps []*Step
	for _, s := range subjects {
		for i := range s.steps {
			step := &s.steps[i]
			step.Subject, step.Pattern = s.name, compile(step.pattern)
			steps = append(steps, step)
		}
	}
	return steps
})

// All lists the steps, subject by subject.
func All() []*Step { return slices.Clone(all()) }

// Parts of patterns: a quoted text with \" for a quote, a count and a status
// that may be remembered values.
var parts = strings.NewReplacer(
	`{string}`, `"((?:[^"\\]|\\.)*)"`,
	`{count}`, `(\d+|\{\{[^{}]+\}\})`,
	`{number}`, `(\d+(?:\.\d+)?|\{\{[^{}]+\}\})`,
	`{stage}`, `the stage "((?:[^"\\]|\\.)*)"(?: of "((?:[^"\\]|\\.)*)")?`,
)

// compile makes a pattern of a regular expression with parts. Several blanks are
// as good as one.
func compile(expr string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(parts.Replace(expr), " ", " +") + "$")
}
