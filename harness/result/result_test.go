package result_test

import (
	"testing"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

var (
	allowed = &result.Decision{ID: "allowed", Evidence: openapi.Documented, Text: "key {a} may call {b}"}
	used    = &result.Decision{ID: "quota-exhausted", Refusal: true, Evidence: openapi.Recorded, Text: "{a} has used {n} of {m}"}
	guessed = &result.Decision{ID: "guessed", Evidence: openapi.Inferred}
)

func TestEventsReadAsSentences(t *testing.T) {
	tests := []struct {
		event result.Event
		want  string
	}{
		{result.Event{Decision: allowed, A: "LabKey", B: "GET /items"}, "key LabKey may call GET /items"},
		{result.Event{Decision: used, A: "LabKey", N: 1000, M: 1000}, "LabKey has used 1000 of 1000"},
		{result.Event{Decision: used, A: "{n}", N: 0.5}, "{n} has used 0.5 of 0"}, // what a caller sent is not read again
		{result.Event{}, ""},
	}
	for _, tt := range tests {
		if got := tt.event.String(); got != tt.want {
			t.Errorf("String = %q, want %q", got, tt.want)
		}
	}
}

func TestTheLastRefusalEndedTheExchange(t *testing.T) {
	x := &result.Exchange{Trace: []result.Event{{Decision: allowed}, {Decision: used, A: "LabKey"}}}
	if e, ok := x.Refusal(); !ok || e.ID != "quota-exhausted" || e.A != "LabKey" {
		t.Errorf("Refusal = %v, %v", e, ok)
	}
	if e, ok := (&result.Exchange{Trace: []result.Event{{Decision: allowed}}}).Refusal(); ok {
		t.Errorf("Refusal = %v, want none", e)
	}
}

func TestRunCountsScenariosAndEvidence(t *testing.T) {
	run := &result.Run{Features: []*result.Feature{{Scenarios: []*result.Scenario{
		{Status: result.Passed, Steps: []*result.Step{{Exchanges: []*result.Exchange{
			{Trace: []result.Event{{Decision: allowed}, {Decision: guessed}}},
			{Trace: []result.Event{{Decision: used}}, Repeats: 9},
		}}}},
		{Status: result.Failed},
	}}}}
	if p, f, s := run.Count(result.Passed), run.Count(result.Failed), run.Count(result.Skipped); p != 1 || f != 1 || s != 0 {
		t.Errorf("Count = %d passed, %d failed, %d skipped", p, f, s)
	}
	want := result.EvidenceCount{Recorded: 10, Documented: 1, Inferred: 1}
	if got := run.Evidence(); got != want || got.Total() != 12 {
		t.Errorf("Evidence = %+v, want %+v", got, want)
	}
	if n := len(run.Exchanges()); n != 2 {
		t.Errorf("Exchanges = %d, want 2", n)
	}
}

func TestMessageFindsHeadersWhateverTheirSpelling(t *testing.T) {
	m := result.Message{Header: []result.Header{{Name: "X-aPi-Key", Value: "first"}, {Name: "x-api-key", Value: "second"}}}
	if v, ok := m.Get("x-API-key"); !ok || v != "first" {
		t.Errorf("Get = %q, %v", v, ok)
	}
	if _, ok := m.Get("x-api-kez"); ok {
		t.Error("Get found what is not there")
	}
}

func TestBits(t *testing.T) {
	b := result.NewBits(65)
	b.Set(0)
	b.Set(64)
	for i, want := range map[int]bool{0: true, 1: false, 63: false, 64: true, 65: false, 1000: false} {
		if b.Has(i) != want {
			t.Errorf("Has(%d) = %v", i, !want)
		}
	}
}
