package steps

import "testing"

func TestSuggestionsKeepWhatWasWritten(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a text without quotes", `the JSON at "$.name" is Eraser`, `the JSON at "$.name" is "Eraser"`},
		{"should be", `the status should be 200`, `the status is 200`},
		{"a word too many", `the response status is 404`, `the status is 404`},
		{"status code", `the status code is 404`, `the status is 404`},
		{"single quotes", `I send GET '/dev/items'`, `I send GET "/dev/items"`},
		{"no quotes", `I send GET /dev/items`, `I send GET "/dev/items"`},
		{"a method in small letters", `I send get "/dev/items"`, `I send GET "/dev/items"`},
		{"another verb", `I call DELETE "/dev/items/7"`, `I send DELETE "/dev/items/7"`},
		{"a unit there is none of", `2 weeks pass`, `2 hours pass (or milliseconds, seconds, minutes, days)`},
		{"a unit misspelt", `2 minuets pass`, `2 minutes pass`},
		{"a period there is none of", `the usage plan "P" allows 10 requests per hour`, `the usage plan "P" allows 10 requests per day (or week, month)`},
		{"a misspelt word", `the staus is 200`, `the status is 200`},
		{"a colon that is missing", `I send POST "/dev/items" with body`, `I send POST "/dev/items" with body:`},
		{"a colon too many", `the status is 200:`, `the status is 200`},
		{"a quantity", `at least 3 response have status 201`, `at least 3 responses have the status 201`},
		{"a misspelt state", `the API key "K" is disable`, `the API key "K" is disabled`},
		{"a header", `the header "X-A" equals "b"`, `the header "X-A" is "b"`},
		{"a header without quotes", `the header X-A is absent`, `the header "X-A" is absent`},
		{"a remembered value", `the status should be {{code}}`, `the status is {{code}}`},
		{"an apostrophe quotes nothing", `the key's status is 200`, `the status is 200`},
		{"nothing like a step", `my dog has eaten the homework again`, ""},
		{"nothing", ``, ""},
	}
	for _, tt := range tests {
		if got := Suggest(tt.text); got != tt.want {
			t.Errorf("%s: %s\n got %s\nwant %s", tt.name, tt.text, got, tt.want)
		}
	}
}

// A form listed by rehearse steps is one, and no other step's.
func TestOtherFormsAreTheStepsOwn(t *testing.T) {
	for _, f := range forms() {
		if got := Suggest(sentenceOf(f)); got != sentenceOf(f) {
			t.Errorf("the form %s is suggested as %s", sentenceOf(f), got)
		}
		for _, s := range All() {
			if s.Pattern.MatchString(sentenceOf(f)) != (s == f.step) {
				t.Errorf("%s: %s matches = %v", sentenceOf(f), s.Pattern, s != f.step)
			}
		}
	}
}

func sentenceOf(f form) string {
	var list []string
	for _, w := range f.words {
		list = append(list, w.text)
	}
	return sentence(list)
}

func TestBlanksMakeNoDifference(t *testing.T) {
	for _, text := range []string{`the status is   200`, `the JSON at  "$.a"  is   absent`, `I send GET   "/a"  2  times`, `the stage "dev"  of  "A" caches responses for 3 seconds`} {
		n := 0
		for _, s := range All() {
			if s.Pattern.MatchString(text) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d steps match %q, want 1", n, text)
		}
	}
}

func FuzzSuggest(f *testing.F) {
	for _, text := range []string{`the status should be "`, `'a' '`, `{{x}} ::, '"' 'a"b':`, `should be`, `1 2 3`} {
		f.Add(text)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		if len(text) < 300 {
			Suggest(text)
		}
	})
}

func BenchmarkSuggest(b *testing.B) {
	for b.Loop() {
		Suggest(`the usage plan "P" allows 10 requests per hour`)
	}
}
