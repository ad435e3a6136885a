package reports

import (
	"encoding/json"
	"io"
	"strings"
	"time"

	gherkin "github.com/cucumber/gherkin/go/v26"
	messages "github.com/cucumber/messages/go/v21"

	"github.com/rehearse-api/rehearse/harness/result"
)

// protocolVersion is that of the messages this format is written in.
const protocolVersion = "21.0.1"

// writeMessages writes Cucumber's messages, a JSON object a line, which
// @cucumber/html-formatter and its kin read. Each exchange is attached with the
// JSON it has in the format json.
func writeMessages(w io.Writer, r *Report) error {
	m := &messageWriter{enc: json.NewEncoder(w), ids: (&messages.Incrementing{}).NewId, now: r.Run.Started}
	m.enc.SetEscapeHTML(false)
	unknown := &messages.Product{Name: "-"} // a report says nothing of the machine
	m.write(&messages.Envelope{Meta: &messages.Meta{
		ProtocolVersion: protocolVersion,
		Implementation:  &messages.Product{Name: "rehearse", Version: r.Version},
		Runtime:         unknown, Os: unknown, Cpu: unknown,
	}})
	pickles := make([]map[int]*messages.Pickle, len(r.Run.Features))
	for i, f := range r.Run.Features {
		pickles[i] = m.feature(f)
	}
	m.write(&messages.Envelope{TestRunStarted: &messages.TestRunStarted{Timestamp: m.stamp()}})
	for i, f := range r.Run.Features {
		for _, s := range f.Scenarios {
			if p := pickles[i][s.Pos.Line]; p != nil {
				m.scenario(s, p)
			}
		}
	}
	m.write(&messages.Envelope{TestRunFinished: &messages.TestRunFinished{
		Success: r.Run.Count(result.Failed) == 0, Timestamp: m.stamp(), Message: strings.Join(closing(r), "\n"),
	}})
	return m.err
}

// A messageWriter writes envelopes and keeps the first error. Its time goes on
// by what scenarios took.
type messageWriter struct {
	enc *json.Encoder
	err error
	ids func() string
	now time.Time
}

func (m *messageWriter) write(e *messages.Envelope) {
	if m.err == nil {
		m.err = m.enc.Encode(e)
	}
}

func (m *messageWriter) stamp() *messages.Timestamp {
	t := messages.GoTimeToTimestamp(m.now)
	return &t
}

// feature writes a feature's source, document and pickles, and returns the
// pickles by the line of their scenario or row.
func (m *messageWriter) feature(f *result.Feature) map[int]*messages.Pickle {
	m.write(&messages.Envelope{Source: &messages.Source{
		Uri: f.URI, Data: f.Source, MediaType: messages.SourceMediaType_TEXT_X_CUCUMBER_GHERKIN_PLAIN,
	}})
	doc, err := gherkin.ParseGherkinDocumentForLanguage(strings.NewReader(f.Source), gherkin.DefaultDialect, m.ids)
	if err != nil { // it has been parsed before it was run
		m.err = err
		return nil
	}
	doc.Uri = f.URI
	m.write(&messages.Envelope{GherkinDocument: doc})
	lines := linesOf(doc)
	byLine := map[int]*messages.Pickle{}
	for _, p := range gherkin.Pickles(*doc, f.URI, m.ids) {
		m.write(&messages.Envelope{Pickle: p})
		byLine[lines[p.AstNodeIds[len(p.AstNodeIds)-1]]] = p
	}
	return byLine
}

// linesOf is where scenarios and rows stand, by their ids.
func linesOf(doc *messages.GherkinDocument) map[string]int {
	lines := map[string]int{}
	add := func(sc *messages.Scenario) {
		if sc == nil {
			return
		}
		lines[sc.Id] = int(sc.Location.Line)
		for _, e := range sc.Examples {
			for _, row := range e.TableBody {
				lines[row.Id] = int(row.Location.Line)
			}
		}
	}
	if doc.Feature == nil {
		return lines
	}
	for _, child := range doc.Feature.Children {
		add(child.Scenario)
		if child.Rule != nil {
			for _, c := range child.Rule.Children {
				add(c.Scenario)
			}
		}
	}
	return lines
}

// scenario writes how a scenario went.
func (m *messageWriter) scenario(s *result.Scenario, p *messages.Pickle) {
	results := s.Steps
	var broken *result.Step // the line for which it could not be run stands before its steps
	if len(results) == len(p.Steps)+1 {
		broken, results = results[0], results[1:]
	}
	test := &messages.TestCase{Id: m.ids(), PickleId: p.Id, TestSteps: []*messages.TestStep{}}
	for _, ps := range p.Steps {
		test.TestSteps = append(test.TestSteps, &messages.TestStep{Id: m.ids(), PickleStepId: ps.Id})
	}
	m.write(&messages.Envelope{TestCase: test})
	started := m.ids()
	m.write(&messages.Envelope{TestCaseStarted: &messages.TestCaseStarted{Id: started, TestCaseId: test.Id, Timestamp: m.stamp()}})
	for i, ts := range test.TestSteps {
		m.write(&messages.Envelope{TestStepStarted: &messages.TestStepStarted{TestCaseStartedId: started, TestStepId: ts.Id, Timestamp: m.stamp()}})
		out := &messages.TestStepResult{Status: messages.TestStepResultStatus_SKIPPED, Message: s.Reason}
		var took time.Duration
		if i < len(results) {
			took = results[i].Duration
			m.attach(results[i], started, ts.Id)
			stepResult(out, results[i])
		}
		if i == 0 && broken != nil {
			stepResult(out, broken)
		}
		d := messages.GoDurationToDuration(took)
		out.Duration = &d
		m.now = m.now.Add(took)
		m.write(&messages.Envelope{TestStepFinished: &messages.TestStepFinished{
			TestCaseStartedId: started, TestStepId: ts.Id, TestStepResult: out, Timestamp: m.stamp(),
		}})
	}
	m.write(&messages.Envelope{TestCaseFinished: &messages.TestCaseFinished{TestCaseStartedId: started, Timestamp: m.stamp()}})
}

// stepResult says how a step ended.
func stepResult(out *messages.TestStepResult, st *result.Step) {
	switch st.Status {
	case result.Passed:
		out.Status, out.Message = messages.TestStepResultStatus_PASSED, ""
	case result.Failed:
		out.Status, out.Message = messages.TestStepResultStatus_FAILED, st.Error
		if st.Hint != "" {
			out.Message += "\nhint: " + st.Hint
		}
		first, _, _ := strings.Cut(st.Error, "\n")
		out.Exception = &messages.Exception{Type: "failed step", Message: first}
	}
}

// attach writes a step's exchanges.
func (m *messageWriter) attach(st *result.Step, started, step string) {
	for _, x := range st.Exchanges {
		data, err := json.MarshalIndent(exchangeJSON(x), "", "  ")
		if err != nil {
			m.err = err
			return
		}
		m.write(&messages.Envelope{Attachment: &messages.Attachment{
			Body: string(data), ContentEncoding: messages.AttachmentContentEncoding_IDENTITY, MediaType: "application/json",
			FileName: "exchange.json", TestCaseStartedId: started, TestStepId: step,
		}})
	}
}
