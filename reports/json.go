package reports

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"time"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// schemaVersion is that of the JSON shapes; fields are only ever added to one.
const schemaVersion = 1

type jsonRun struct {
	SchemaVersion  int            `json:"schemaVersion"`
	Version        string         `json:"version,omitempty"`
	Started        string         `json:"started,omitempty"`
	DurationMillis float64        `json:"durationMillis"`
	Seed           uint64         `json:"seed"`
	AllowedRefused bool           `json:"allowedRefused"`
	Notes          []string       `json:"notes"`
	Scenarios      jsonCounts     `json:"scenarios"`
	Steps          jsonCounts     `json:"steps"`
	Decisions      jsonDecisions  `json:"decisions"`
	Features       []jsonFeature  `json:"features"`
	Coverage       []jsonCoverage `json:"coverage"`
	Findings       []jsonFinding  `json:"findings"`
}

type jsonCounts struct {
	Total   int `json:"total"`
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

type jsonDecisions struct {
	Total      int `json:"total"`
	Recorded   int `json:"recorded"`
	Documented int `json:"documented"`
	Inferred   int `json:"inferred"`
}

type jsonFeature struct {
	Name        string         `json:"name"`
	URI         string         `json:"uri"`
	Description string         `json:"description,omitempty"`
	Scenarios   []jsonScenario `json:"scenarios"`
}

type jsonScenario struct {
	Name           string     `json:"name"`
	Line           int        `json:"line"`
	Tags           []string   `json:"tags"`
	Status         string     `json:"status"`
	Reason         string     `json:"reason,omitempty"`
	DurationMillis float64    `json:"durationMillis"`
	Steps          []jsonStep `json:"steps"`
}

type jsonStep struct {
	Keyword        string         `json:"keyword"`
	Text           string         `json:"text"`
	Line           int            `json:"line"`
	DocString      string         `json:"docString,omitempty"`
	Table          [][]string     `json:"table,omitempty"`
	Status         string         `json:"status"`
	Error          string         `json:"error,omitempty"`
	Hint           string         `json:"hint,omitempty"`
	DurationMillis float64        `json:"durationMillis"`
	Exchanges      []jsonExchange `json:"exchanges"`
}

type jsonExchange struct {
	ID             string         `json:"id"`
	Time           string         `json:"time"`
	API            string         `json:"api"`
	Stage          string         `json:"stage"`
	Method         string         `json:"method"`
	Target         string         `json:"target"`
	Resource       string         `json:"resource"`
	Status         int            `json:"status"`
	ResponseType   string         `json:"responseType,omitempty"`
	Repeats        int            `json:"repeats,omitempty"`
	LatencyMillis  float64        `json:"latencyMillis"`
	DurationMillis float64        `json:"durationMillis"`
	Request        jsonMessage    `json:"request"`
	Response       jsonMessage    `json:"response"`
	Decisions      []jsonDecision `json:"decisions"`
	Log            []string       `json:"log,omitempty"`
	Functions      []jsonCall     `json:"functions,omitempty"`
}

type jsonCall struct {
	Function       string  `json:"function"` // with the version that ran
	RequestID      string  `json:"requestId"`
	Failed         bool    `json:"failed,omitempty"`
	DurationMillis float64 `json:"durationMillis"`
	InitMillis     float64 `json:"initMillis,omitempty"` // of a cold start
	Log            string  `json:"log"`
}

type jsonMessage struct {
	Headers    []jsonHeader `json:"headers"`
	Body       string       `json:"body,omitempty"`
	BodyBase64 string       `json:"bodyBase64,omitempty"` // of a body that is no text
	Cut        int          `json:"cut,omitempty"`        // bytes that were not kept
}

type jsonHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type jsonDecision struct {
	ID       string `json:"id"`
	Phase    string `json:"phase"`
	Refusal  bool   `json:"refusal,omitempty"`
	Evidence string `json:"evidence"`
	Source   string `json:"source"`
	Text     string `json:"text"`
}

type jsonCoverage struct {
	API      string        `json:"api"`
	Document string        `json:"document"`
	Covered  int           `json:"covered"`
	Total    int           `json:"total"`
	Elements []jsonElement `json:"elements"`
	// Templates are the mapping templates, with what of them was executed.
	Templates []jsonTemplate `json:"templates"`
}

type jsonTemplate struct {
	Kind     string            `json:"kind"` // requestTemplate or responseTemplate
	Name     string            `json:"name"`
	Pointer  string            `json:"pointer"`
	Line     int               `json:"line"`
	Lines    jsonTemplateParts `json:"lines"`
	Branches jsonTemplateParts `json:"branches"`
}

type jsonTemplateParts struct {
	Covered int              `json:"covered"`
	Total   int              `json:"total"`
	Missed  []jsonMissedPart `json:"missed"`
}

type jsonMissedPart struct {
	Line   int    `json:"line"` // in the document
	Column int    `json:"column"`
	Text   string `json:"text,omitempty"` // of a branch: its condition, "else" ...
}

type jsonElement struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Pointer string `json:"pointer"`
	Line    int    `json:"line"`
	Covered bool   `json:"covered"`
}

// writeJSON writes all there is of a run.
func writeJSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(jsonOf(r))
}

func jsonOf(r *Report) jsonRun {
	scenarios, steps := countRun(r.Run)
	evidence := r.Run.Evidence()
	out := jsonRun{
		SchemaVersion: schemaVersion, Version: r.Version,
		DurationMillis: millis(r.Run.Duration), Seed: r.Run.Seed, AllowedRefused: r.Run.AllowedRefused,
		Notes:     append([]string{}, r.Run.Notes...),
		Scenarios: jsonCounts{scenarios.Total(), scenarios.Passed, scenarios.Failed, scenarios.Skipped},
		Steps:     jsonCounts{steps.Total(), steps.Passed, steps.Failed, steps.Skipped},
		Decisions: jsonDecisions{evidence.Total(), evidence.Recorded, evidence.Documented, evidence.Inferred},
		Features:  []jsonFeature{}, Coverage: []jsonCoverage{}, Findings: findingsJSON(r.Findings),
	}
	if !r.Run.Started.IsZero() {
		out.Started = r.Run.Started.UTC().Format(time.RFC3339)
	}
	for _, f := range r.Run.Features {
		feature := jsonFeature{Name: f.Name, URI: f.URI, Description: f.Description, Scenarios: []jsonScenario{}}
		for _, s := range f.Scenarios {
			feature.Scenarios = append(feature.Scenarios, scenarioJSON(s))
		}
		out.Features = append(out.Features, feature)
	}
	for _, d := range r.Run.Documents {
		out.Coverage = append(out.Coverage, coverageJSON(d))
	}
	return out
}

func scenarioJSON(s *result.Scenario) jsonScenario {
	scenario := jsonScenario{
		Name: s.Name, Line: s.Pos.Line, Tags: append([]string{}, s.Tags...), Status: string(s.Status), Reason: s.Reason,
		DurationMillis: millis(s.Duration), Steps: []jsonStep{},
	}
	for _, st := range s.Steps {
		step := jsonStep{
			Keyword: st.Keyword, Text: st.Text, Line: st.Pos.Line, DocString: st.DocString, Table: st.Table,
			Status: string(st.Status), Error: st.Error, Hint: st.Hint, DurationMillis: millis(st.Duration),
			Exchanges: []jsonExchange{},
		}
		for _, x := range st.Exchanges {
			step.Exchanges = append(step.Exchanges, exchangeJSON(x))
		}
		scenario.Steps = append(scenario.Steps, step)
	}
	return scenario
}

func exchangeJSON(x *result.Exchange) jsonExchange {
	out := jsonExchange{
		ID: x.ID, Time: x.Time.UTC().Format(time.RFC3339Nano), API: x.API, Stage: x.Stage, Method: x.Method, Target: x.Target,
		Resource: x.Resource, Status: x.Status, ResponseType: x.ResponseType, Repeats: x.Repeats,
		LatencyMillis: millis(x.Latency), DurationMillis: millis(x.Duration),
		Request: messageJSON(x.Request), Response: messageJSON(x.Response),
		Decisions: []jsonDecision{}, Log: x.Log,
	}
	for _, e := range x.Trace {
		if e.Decision == nil {
			continue
		}
		out.Decisions = append(out.Decisions, jsonDecision{
			ID: e.ID, Phase: e.Phase, Refusal: e.Refusal, Evidence: string(e.Evidence), Source: e.Source, Text: e.String(),
		})
	}
	for _, f := range x.Functions {
		out.Functions = append(out.Functions, jsonCall{f.Function, f.RequestID, f.Failed, millis(f.Duration), millis(f.InitDuration), f.Log})
	}
	return out
}

func messageJSON(m result.Message) jsonMessage {
	out := jsonMessage{Headers: []jsonHeader{}, Cut: m.Cut}
	for _, h := range m.Header {
		out.Headers = append(out.Headers, jsonHeader{h.Name, h.Value})
	}
	if utf8.Valid(m.Body) {
		out.Body = string(m.Body)
	} else {
		out.BodyBase64 = base64.StdEncoding.EncodeToString(m.Body)
	}
	return out
}

func coverageJSON(d result.Document) jsonCoverage {
	out := jsonCoverage{API: d.API, Document: d.Name, Total: len(d.Elements), Elements: []jsonElement{}, Templates: []jsonTemplate{}}
	for i, e := range d.Elements {
		covered := d.Covered.Has(i)
		if covered {
			out.Covered++
		}
		out.Elements = append(out.Elements, jsonElement{Kind: e.Kind, Name: e.Name, Pointer: e.Pointer, Line: e.Pos.Line, Covered: covered})
	}
	for _, t := range d.Templates {
		e := d.Elements[t.Element]
		out.Templates = append(out.Templates, jsonTemplate{
			Kind: e.Kind, Name: e.Name, Pointer: e.Pointer, Line: e.Pos.Line,
			Lines: templateParts(t.Lines), Branches: templateParts(t.Branches),
		})
	}
	return out
}

func templateParts(parts []result.TemplatePart) jsonTemplateParts {
	out := jsonTemplateParts{Covered: result.CountCovered(parts), Total: len(parts), Missed: []jsonMissedPart{}}
	for _, p := range parts {
		if !p.Covered {
			out.Missed = append(out.Missed, jsonMissedPart{Line: p.Pos.Line, Column: p.Pos.Col, Text: p.Text})
		}
	}
	return out
}

// millis is a duration in milliseconds, with microseconds behind the point.
func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

type jsonFinding struct {
	Rule     string `json:"rule"`
	Category string `json:"category"`
	Severity string `json:"severity"`
	Evidence string `json:"evidence"`
	Message  string `json:"message"`
	Hint     string `json:"hint"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Pointer  string `json:"pointer"`
}

func findingsJSON(findings []openapi.Finding) []jsonFinding {
	list := make([]jsonFinding, 0, len(findings))
	for _, f := range findings {
		list = append(list, jsonFinding{
			Rule: f.Rule, Category: string(f.Category), Severity: string(f.Severity), Evidence: string(f.Evidence),
			Message: f.Message, Hint: f.Hint, File: f.Pos.File, Line: f.Pos.Line, Column: f.Pos.Col, Pointer: f.Pointer,
		})
	}
	return list
}
