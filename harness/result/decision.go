package result

import (
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
)

// A Decision is a kind of thing the gateway decides: a frozen entry of a table,
// with the evidence that AWS decides so.
type Decision struct {
	ID       string // stable, kebab-case: "quota-exhausted". Refusals' ids are the reason ids of the steps
	Phase    string // the phase that takes it: "route", "admit" ...
	Refusal  bool   // the request ends here
	Evidence openapi.Evidence
	Source   string // the case or page, or "guess"
	// Text says it to a person. {a}, {b}, {c} stand for the event's strings,
	// {n}, {m} for its numbers.
	Text string
}

// The ids of the decisions that something made up answered, which no report may
// pass over in silence.
const (
	StubAnswered      = "stub-answered"
	AuthorizerStubbed = "authorizer-stubbed"
)

// An Event is a decision taken in one exchange. Its strings belong to frozen
// things (the deployment, the settings) or to the request; nothing is formatted
// before somebody reads it.
type Event struct {
	*Decision
	A, B, C string
	N, M    float64
}

// String says the event to a person.
func (e Event) String() string {
	if e.Decision == nil {
		return ""
	}
	return strings.NewReplacer(
		"{a}", e.A, "{b}", e.B, "{c}", e.C,
		"{n}", strconv.FormatFloat(e.N, 'f', -1, 64),
		"{m}", strconv.FormatFloat(e.M, 'f', -1, 64),
	).Replace(e.Text)
}

// Refusal returns the decision that ended the exchange, if it was refused.
func (x *Exchange) Refusal() (Event, bool) {
	for i := len(x.Trace) - 1; i >= 0; i-- {
		if d := x.Trace[i].Decision; d != nil && d.Refusal {
			return x.Trace[i], true
		}
	}
	return Event{}, false
}

// EvidenceCount counts decisions by their evidence.
type EvidenceCount struct{ Recorded, Documented, Inferred int }

// Total is all of them.
func (c EvidenceCount) Total() int { return c.Recorded + c.Documented + c.Inferred }

// Add counts the decisions of one exchange.
func (c *EvidenceCount) Add(trace []Event) {
	for _, e := range trace {
		switch e.Evidence {
		case openapi.Recorded:
			c.Recorded++
		case openapi.Documented:
			c.Documented++
		default:
			c.Inferred++
		}
	}
}

// Evidence counts the decisions of the whole run.
func (r *Run) Evidence() EvidenceCount {
	var c EvidenceCount
	for _, x := range r.Exchanges() {
		var one EvidenceCount
		one.Add(x.Trace)
		n := 1 + x.Repeats
		c.Recorded += n * one.Recorded
		c.Documented += n * one.Documented
		c.Inferred += n * one.Inferred
	}
	return c
}

// Exchanges are all exchanges of the run, in order.
func (r *Run) Exchanges() []*Exchange {
	var all []*Exchange
	for _, f := range r.Features {
		for _, s := range f.Scenarios {
			for _, st := range s.Steps {
				all = append(all, st.Exchanges...)
			}
		}
	}
	return all
}

// Count counts the scenarios that ended with a status.
func (r *Run) Count(s Status) int {
	n := 0
	for _, f := range r.Features {
		for _, sc := range f.Scenarios {
			if sc.Status == s {
				n++
			}
		}
	}
	return n
}
