// Package result is what happened in a run, as plain data: runs, features,
// scenarios, steps, exchanges, and the decisions the gateway took in them.
// Those who work write it, reports and steps read it.
//
// It promises nothing to other modules.
package result

import (
	"time"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A Status is how a scenario or step ended.
type Status string

const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Skipped Status = "skipped"
)

// A Run is all that was replayed.
type Run struct {
	Started  time.Time // real
	Duration time.Duration
	Seed     uint64
	Features []*Feature
	// AllowedRefused says that a document AWS would refuse was run all the same.
	AllowedRefused bool
	// Notes are things a reader of any report must know: a runtime's minor
	// version that differs, what is not enforced.
	Notes []string
	// Documents are the APIs that were deployed, with the elements a run can cover.
	Documents []Document
}

// A Document is a deployed API and what of it was covered.
type Document struct {
	API      string // its name in rehearse.yaml
	Name     string // the file
	Elements []openapi.Element
	Covered  Bits // by index into Elements
	// Templates are the mapping templates, in the order of Elements.
	Templates []TemplateCoverage
}

// A TemplateCoverage says what of a mapping template was executed.
type TemplateCoverage struct {
	Element  int            // index into Elements
	Lines    []TemplatePart // lines that have something to execute, in order
	Branches []TemplatePart // ways an #if or #foreach can go
}

// A TemplatePart is a line or a branch of a mapping template.
type TemplatePart struct {
	Number  int        // of the line, from 1, or of the branch
	Text    string     // of a branch: the condition, "else" ...
	Pos     source.Pos // in the user's file
	Covered bool
}

// CountCovered counts the parts that were executed.
func CountCovered(parts []TemplatePart) int {
	n := 0
	for i := range parts {
		if parts[i].Covered {
			n++
		}
	}
	return n
}

// Add notes what a rendering of the template went through.
func (c *TemplateCoverage) Add(r TemplateRun) {
	for i := range c.Lines {
		c.Lines[i].Covered = c.Lines[i].Covered || r.Lines.Has(c.Lines[i].Number)
	}
	for i := range c.Branches {
		c.Branches[i].Covered = c.Branches[i].Covered || r.Branches.Has(c.Branches[i].Number)
	}
}

// A Feature is one feature file.
type Feature struct {
	Name, URI, Description string
	Source                 string // the text of the file
	Pos                    source.Pos
	Scenarios              []*Scenario
}

// A Scenario is one scenario, or one row of an outline.
type Scenario struct {
	Name     string
	Pos      source.Pos // of the scenario; of the row in an outline
	Tags     []string
	Status   Status
	Reason   string // why it was skipped
	Duration time.Duration
	Steps    []*Step
}

// A Step is one step of a scenario, background included.
type Step struct {
	Keyword, Text string
	Pos           source.Pos
	DocString     string
	Table         [][]string
	Status        Status
	Error         string // what went wrong, with expected and actual
	Hint          string
	Duration      time.Duration
	Exchanges     []*Exchange
}

// An Exchange is one request and its answer.
type Exchange struct {
	ID       string // the request id
	Time     time.Time
	API      string
	Stage    string
	Method   string
	Target   string // as sent: path and query
	Resource string // "/items/{ID}", empty if none matched
	Request  Message
	Response Message
	Status   int
	// ResponseType is the gateway response type of a refusal, else empty.
	ResponseType string
	Trace        []Event
	Duration     time.Duration // real
	Latency      time.Duration // on the gateway's clock
	// Covered are the indexes of the API's elements this exchange went through.
	Covered []int32
	// Templates are the mapping templates it rendered, in order.
	Templates []TemplateRun
	Log       []string // execution log lines in AWS's words; only made when asked for
	// Functions are the calls of functions that were waited for, authorizers
	// first.
	Functions []FunctionCall
	// Repeats counts the exchanges that followed in the same step, went the same
	// way to the same status, and are not kept: "I send ... 1000 times".
	Repeats int
}

// A FunctionCall is a call of a Lambda function.
type FunctionCall struct {
	Function     string // with the version that ran: "ItemsFunction:3"
	RequestID    string
	Failed       bool          // a function error: it raised, exited, took too long
	Log          string        // INIT_START or START to REPORT, its own lines among them
	Duration     time.Duration // of the handler
	InitDuration time.Duration // of the cold start before it; 0: there was none
}

// A TemplateRun is what one rendering of a mapping template went through.
type TemplateRun struct {
	Element  int32 // index into the API's elements
	Lines    Bits  // lines of the template that were executed, from 1
	Branches Bits  // numbers into the template's branches
}

// AddTemplates puts what o's templates went through into x, which went the same way.
func (x *Exchange) AddTemplates(o *Exchange) {
	for i := range min(len(x.Templates), len(o.Templates)) {
		if a, b := &x.Templates[i], &o.Templates[i]; a.Element == b.Element {
			a.Lines.Add(b.Lines)
			a.Branches.Add(b.Branches)
		}
	}
}

// A Message is one side of an exchange as it went over the wire.
type Message struct {
	Header []Header
	Body   []byte
	Cut    int // bytes of the body that were not kept
}

// A Header is one header line, as spelled.
type Header struct{ Name, Value string }

// Get returns the first value of name, whatever its spelling.
func (m Message) Get(name string) (string, bool) {
	for _, h := range m.Header {
		if equalFold(h.Name, name) {
			return h.Value, true
		}
	}
	return "", false
}

func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if 'A' <= x && x <= 'Z' {
			x += 'a' - 'A'
		}
		if 'A' <= y && y <= 'Z' {
			y += 'a' - 'A'
		}
		if x != y {
			return false
		}
	}
	return true
}

// Bits is a set of small numbers.
type Bits []uint64

// Set adds i.
func (b Bits) Set(i int) { b[i/64] |= 1 << (i % 64) }

// Has reports whether i is in the set.
func (b Bits) Has(i int) bool { return i/64 < len(b) && b[i/64]&(1<<(i%64)) != 0 }

// Add puts the members of o, a set for the same numbers, into b.
func (b Bits) Add(o Bits) {
	for i := range min(len(b), len(o)) {
		b[i] |= o[i]
	}
}

// NewBits makes a set for numbers below n.
func NewBits(n int) Bits { return make(Bits, (n+63)/64) }
