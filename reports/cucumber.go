package reports

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"

	"github.com/rehearse-api/rehearse/harness/result"
)

type cucumberFeature struct {
	URI         string            `json:"uri"`
	ID          string            `json:"id"`
	Keyword     string            `json:"keyword"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Line        int               `json:"line"`
	Elements    []cucumberElement `json:"elements"`
}

type cucumberElement struct {
	ID      string         `json:"id"`
	Keyword string         `json:"keyword"`
	Type    string         `json:"type"`
	Name    string         `json:"name"`
	Line    int            `json:"line"`
	Tags    []cucumberTag  `json:"tags"`
	Steps   []cucumberStep `json:"steps"`
}

type cucumberTag struct {
	Name string `json:"name"`
	Line int    `json:"line"`
}

type cucumberStep struct {
	Keyword    string              `json:"keyword"`
	Name       string              `json:"name"`
	Line       int                 `json:"line"`
	Match      cucumberMatch       `json:"match"`
	Result     cucumberResult      `json:"result"`
	DocString  *cucumberDocString  `json:"doc_string,omitempty"`
	Rows       []cucumberRow       `json:"rows,omitempty"`
	Embeddings []cucumberEmbedding `json:"embeddings,omitempty"`
}

type cucumberMatch struct {
	Location string `json:"location,omitempty"`
}

type cucumberResult struct {
	Status       string `json:"status"`
	Duration     int64  `json:"duration"` // nanoseconds
	ErrorMessage string `json:"error_message,omitempty"`
}

type cucumberDocString struct {
	Value       string `json:"value"`
	ContentType string `json:"content_type"`
	Line        int    `json:"line"`
}

type cucumberRow struct {
	Cells []string `json:"cells"`
}

type cucumberEmbedding struct {
	Data     string `json:"data"` // base64
	MIMEType string `json:"mime_type"`
	Name     string `json:"name,omitempty"`
}

// writeCucumber writes Cucumber's JSON, which many report tools read. Each
// exchange is embedded with the JSON it has in the format json.
func writeCucumber(w io.Writer, r *Report) error {
	features := []cucumberFeature{}
	for _, f := range r.Run.Features {
		feature := cucumberFeature{
			URI: f.URI, ID: cucumberID(f.Name), Keyword: "Feature", Name: f.Name, Description: f.Description, Line: f.Pos.Line,
			Elements: []cucumberElement{},
		}
		for _, s := range f.Scenarios {
			element := cucumberElement{
				ID: feature.ID + ";" + cucumberID(s.Name), Keyword: "Scenario", Type: "scenario", Name: s.Name, Line: s.Pos.Line,
				Tags: []cucumberTag{}, Steps: []cucumberStep{},
			}
			for _, t := range s.Tags {
				element.Tags = append(element.Tags, cucumberTag{t, s.Pos.Line})
			}
			for _, st := range s.Steps {
				step, err := cucumberStepOf(st)
				if err != nil {
					return err
				}
				element.Steps = append(element.Steps, step)
			}
			feature.Elements = append(feature.Elements, element)
		}
		features = append(features, feature)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(features)
}

func cucumberStepOf(st *result.Step) (cucumberStep, error) {
	step := cucumberStep{
		Keyword: st.Keyword + " ", Name: st.Text, Line: st.Pos.Line, Match: cucumberMatch{st.Pos.String()},
		Result: cucumberResult{Status: string(st.Status), Duration: st.Duration.Nanoseconds(), ErrorMessage: st.Error},
	}
	if st.Hint != "" {
		step.Result.ErrorMessage += "\nhint: " + st.Hint
	}
	if st.DocString != "" {
		step.DocString = &cucumberDocString{Value: st.DocString, Line: st.Pos.Line + 1}
	}
	for _, row := range st.Table {
		step.Rows = append(step.Rows, cucumberRow{row})
	}
	for _, x := range st.Exchanges {
		data, err := json.MarshalIndent(exchangeJSON(x), "", "  ")
		if err != nil {
			return step, err
		}
		step.Embeddings = append(step.Embeddings, cucumberEmbedding{
			Data: base64.StdEncoding.EncodeToString(data), MIMEType: "application/json", Name: x.Method + " " + x.Target,
		})
	}
	return step, nil
}

func cucumberID(name string) string {
	return strings.Join(strings.Fields(strings.ToLower(name)), "-")
}
