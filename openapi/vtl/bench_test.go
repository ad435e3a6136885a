package vtl_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

func object(t testing.TB, format string, args ...any) *ordered.Object {
	t.Helper()
	v, err := ordered.ParseString(fmt.Sprintf(format, args...))
	if err != nil {
		t.Fatal(err)
	}
	return v.(*ordered.Object)
}

func repeated(n int, format string, args func(i int) []any) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(format, args(i)...)
	}
	return strings.Join(items, ",")
}

// benchRequest is what a template of testdata/bench is rendered against, in the
// form of the corpus.
func benchRequest(t testing.TB, name string) *ordered.Object {
	body := `{}`
	switch name[0] {
	case '2':
		body = `{"order": {"id": "o-1", "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}]}, "note": "leave at door"}`
	case '3':
		body = fmt.Sprintf(`{"books": [%s]}`, repeated(100, `{"no": %d, "name": "Book number %d", "cost": %.2f, "left": %d, "place": {"shelf": "S%d"}}`,
			func(i int) []any { return []any{i, i, float64(i) * 1.25, i, i % 7} }))
	case '4':
		body = fmt.Sprintf(`{"members": [%s]}`, repeated(50, `{"no": %d, "name": "Member %d", "mail": "m%d@example.org", "chair": %v, "clubs": ["c%d", "all"]}`,
			func(i int) []any { return []any{i, i, i, i%3 == 0, i % 4} }))
	case '5':
		body = fmt.Sprintf(`{"Items": [%s]}`, repeated(1000, `{"key": {"S": "k%04d"}, "buyer": {"M": {"name": {"S": "Buyer %d"}}}, "state": {"S": "%s"}, "count": {"N": %d}, "unit": {"N": %.1f}, "marks": {"L": [{"S": "m%d"}, {"S": "n%d"}]}}`,
			func(i int) []any {
				return []any{i, i % 50, [...]string{"DONE", "PAID", "SENT"}[i%3], i%9 + 1, float64(i%90) + 0.5, i % 5, i % 3}
			}))
	}
	r := object(t, `{"path": {"id": "42", "proxy": "a/b"}, "querystring": {"page": "2", "size": "50", "sort": "name"},
		"header": {"Host": "api.example.org", "Accept": "application/json", "User-Agent": "bench/1", "X-Forwarded-For": "203.0.113.9", "X-Trace": "1-2-3"},
		"context": {"apiId": "abc123", "httpMethod": "POST", "stage": "prod", "requestId": "r-1", "resourcePath": "/orders/{id}",
			"identity": {"sourceIp": "203.0.113.9", "userAgent": "bench/1"}},
		"stageVariables": {"backend": "b.example.org", "table": "orders"}}`)
	r.Set("body", body)
	return r
}

// benchVars are the variables the gateway would have for r.
func benchVars(r *ordered.Object) vtl.Vars {
	return mapping.NewScope(r, new(ordered.Object), vtl.AWS).Vars()
}

func benchTemplates(t testing.TB) []string {
	files, err := filepath.Glob("testdata/bench/*.vtl")
	if err != nil || len(files) == 0 {
		t.Fatal("no templates: ", err)
	}
	return files
}

func parseFile(t testing.TB, file string) *vtl.Template {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := vtl.Parse(source.Plain(file, string(src)), vtl.Options{Mode: vtl.AWS})
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func BenchmarkExecute(b *testing.B) {
	for _, file := range benchTemplates(b) {
		name := strings.TrimSuffix(filepath.Base(file), ".vtl")
		b.Run(name, func(b *testing.B) {
			tmpl := parseFile(b, file)
			vars := benchVars(benchRequest(b, name))
			out, err := tmpl.Execute(nil, vars, nil)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.SetBytes(int64(len(out)))
			for b.Loop() {
				if out, err = tmpl.Execute(out[:0], vars, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

var benchFiles = flag.String("benchfiles", "", "write what the benchmark renders, and into what, to this folder")

// TestBenchFiles writes the requests and outputs of the benchmark, for another
// engine to be measured with.
func TestBenchFiles(t *testing.T) {
	for _, file := range benchTemplates(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".vtl")
		r := benchRequest(t, name)
		out, err := parseFile(t, file).Execute(nil, benchVars(r), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ordered.Parse(out); err != nil {
			t.Errorf("%s renders no JSON: %v", name, err)
		}
		if *benchFiles == "" {
			continue
		}
		for ext, data := range map[string][]byte{".json": ordered.Append(nil, r), ".out": out} {
			if err := os.WriteFile(filepath.Join(*benchFiles, name+ext), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, file := range benchTemplates(b) {
		src, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(strings.TrimSuffix(filepath.Base(file), ".vtl"), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if _, err := vtl.Parse(source.Plain(file, string(src)), vtl.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
