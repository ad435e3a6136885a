package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/harness/result"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	File       string          `xml:"file,attr,omitempty"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property,omitempty"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	ClassName string        `xml:"classname,attr"`
	File      string        `xml:"file,attr,omitempty"`
	Line      int           `xml:"line,attr,omitempty"`
	Time      string        `xml:"time,attr"`
	Failure   *junitFailure `xml:"failure"`
	Skipped   *junitSkipped `xml:"skipped"`
	Out       string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr,omitempty"`
}

// writeJUnit writes a suite for each feature and a case for each scenario.
func writeJUnit(w io.Writer, r *Report) error {
	scenarios, _ := countRun(r.Run)
	all := junitSuites{
		Name: "rehearse", Tests: scenarios.Total(), Failures: scenarios.Failed, Skipped: scenarios.Skipped,
		Time: seconds(r.Run.Duration),
	}
	e := r.Run.Evidence()
	properties := []junitProperty{
		{"seed", fmt.Sprint(r.Run.Seed)},
		{"decisions.recorded", fmt.Sprint(e.Recorded)},
		{"decisions.documented", fmt.Sprint(e.Documented)},
		{"decisions.inferred", fmt.Sprint(e.Inferred)},
	}
	if r.Run.AllowedRefused {
		properties = append(properties, junitProperty{"allowRefused", "true"})
	}
	for _, f := range r.Run.Features {
		suite := junitSuite{Name: xmlText(f.Name), File: xmlText(f.URI), Properties: properties}
		if !r.Run.Started.IsZero() {
			suite.Timestamp = r.Run.Started.UTC().Format("2006-01-02T15:04:05")
		}
		var c counts
		var took time.Duration
		names := map[string]int{}
		for _, s := range f.Scenarios {
			names[s.Name]++
		}
		for _, s := range f.Scenarios {
			c.add(s.Status)
			took += s.Duration
			one := junitScenario(f, s)
			if names[s.Name] > 1 { // rows of an outline: CI servers merge cases of one name
				one.Name += fmt.Sprintf(" (line %d)", s.Pos.Line)
			}
			suite.Cases = append(suite.Cases, one)
		}
		suite.Tests, suite.Failures, suite.Skipped, suite.Time = c.Total(), c.Failed, c.Skipped, seconds(took)
		all.Suites = append(all.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junitScenario(f *result.Feature, s *result.Scenario) junitCase {
	c := junitCase{Name: xmlText(s.Name), ClassName: xmlText(f.Name), File: xmlText(s.Pos.File), Line: s.Pos.Line, Time: seconds(s.Duration)}
	var out strings.Builder
	for _, st := range s.Steps {
		fmt.Fprintf(&out, "%-7s %s\n", st.Status, strings.TrimSpace(st.Keyword+" "+st.Text))
		if st.Status == result.Failed && c.Failure == nil {
			message, _, _ := strings.Cut(st.Error, "\n")
			text := fmt.Sprintf("%s: %s\n%s\n", st.Pos, strings.TrimSpace(st.Keyword+" "+st.Text), st.Error)
			if st.Hint != "" {
				text += "hint: " + st.Hint + "\n"
			}
			c.Failure = &junitFailure{Message: xmlText(message), Type: "failed step", Text: xmlText(text)}
		}
	}
	switch {
	case s.Status == result.Failed && c.Failure == nil:
		c.Failure = &junitFailure{Message: "the scenario failed", Type: "failed scenario"}
	case s.Status == result.Skipped:
		c.Skipped = &junitSkipped{Message: xmlText(s.Reason)}
	}
	c.Out = xmlText(out.String())
	return c
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }

var ansi = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")

// xmlText leaves out terminal colours, and what XML 1.0 can't hold.
func xmlText(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r', r >= 0x20 && r <= 0xd7ff, r >= 0xe000 && r <= 0xfffd, r >= 0x10000:
			return r
		}
		return '\ufffd'
	}, ansi.ReplaceAllString(text, ""))
}
