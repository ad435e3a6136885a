package vtl_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/vtl"
)

var update = flag.Bool("update", false, "write README.md anew")

// constructs are the areas of the corpus in the words of the language.
var constructs = []struct{ area, says string }{
	{"references", "`$x`, `${x}`, `$!x`, properties, indexes, chains"},
	{"formal", "`#{if}`, `#{else}`, `#{end}`, `${list[0]}`"},
	{"set", "`#set`"},
	{"if-truth", "`#if`, `#elseif`, `#else`; what is true"},
	{"compare", "`==`, `!=`, `<`, `>`, `<=`, `>=` and their words"},
	{"logic", "`&&`, `\\|\\|`, `!` and their words"},
	{"arithmetic", "`+`, `-`, `*`, `/`, `%`; Integer, Long, BigInteger, Double"},
	{"number-format", "how Java prints numbers"},
	{"literals", "lists, maps, ranges"},
	{"strings", "single and double quotes, interpolation"},
	{"foreach", "`#foreach`, `$foreach`, `$velocityCount`"},
	{"break-stop", "`#break`, `#stop`"},
	{"macro", "`#macro`: calls by name, block calls, recursion"},
	{"define", "`#define`"},
	{"evaluate-parse-include", "`#evaluate`, `#parse`, `#include`"},
	{"literal-textblock", "`#literal`, `#[[ ]]#`"},
	{"escapes", "backslashes"},
	{"comments", "`##`, `#* *#`, `#** *#`"},
	{"whitespace", "which blanks and line ends directives swallow"},
	{"text-edge", "text that looks like VTL"},
	{"grammar-misc", "corners of the grammar"},
	{"methods-string", "methods of String"},
	{"methods-list", "methods of List"},
	{"methods-map", "methods of Map, its sets and entries"},
	{"methods-number", "methods of numbers and Boolean"},
	{"errors-parse", "what is no template, and where"},
	{"errors-runtime", "what ends a rendering, and where"},
	{"aws-blank", "API Gateway: undefined references are blank"},
	{"aws-input", "API Gateway: `$input`"},
	{"aws-util", "API Gateway: `$util`"},
	{"aws-context", "API Gateway: `$context`, `$stageVariables`, overrides"},
	{"realistic", "templates as people write them"},
}

// samplesPerArea is how many examples of each construct the table quotes.
const samplesPerArea = 3

// TestConformance keeps README.md true: its numbers are counted and its
// examples rendered here. Run it with -update after a change.
func TestConformance(t *testing.T) {
	areas := map[string][]example{}
	for _, e := range readCorpus(t) {
		areas[e.Area] = append(areas[e.Area], e)
	}
	var table, samples strings.Builder
	table.WriteString("| construct | examples | as the engine | as AWS instead |\n| --- | ---: | ---: | ---: |\n")
	known := map[string]bool{}
	all, allPassed, allAWS := 0, 0, 0
	for _, c := range constructs {
		known[c.area] = true
		passed, aws, quoted := 0, 0, 0
		for _, e := range areas[c.area] {
			switch {
			case printsSilent[e.ID]:
				aws++
			case e.passes():
				passed++
			}
			if quoted < samplesPerArea && len(e.Template) < 60 {
				quoted++
				fmt.Fprintf(&samples, "| %s | %s | %s |\n", c.area, code(e.Template), result(&e))
			}
		}
		fmt.Fprintf(&table, "| %s: %s | %d | %d | %s |\n", c.area, c.says, len(areas[c.area]), passed, count(aws))
		all, allPassed, allAWS = all+len(areas[c.area]), allPassed+passed, allAWS+aws
	}
	fmt.Fprintf(&table, "| all | %d | %d | %s |\n", all, allPassed, count(allAWS))
	for area := range areas {
		if !known[area] {
			t.Errorf("area %s is not in the table", area)
		}
	}
	var methods strings.Builder
	byClass := vtl.MethodsByClass()
	for _, class := range slices.Sorted(maps.Keys(byClass)) {
		fmt.Fprintf(&methods, "* %s: `%s`\n", class, strings.Join(byClass[class], "` `"))
	}
	speed, err := os.ReadFile("testdata/bench/table.md")
	if err != nil {
		t.Fatal(err)
	}
	page := fmt.Sprintf(readme, table.String(), samples.String(), methods.String(), speed)
	if *update {
		if err := os.WriteFile("README.md", []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(old) != page {
		t.Error("README.md is out of date: run go test ./openapi/vtl -run Conformance -update and review the difference")
	}
}

// count is n, or nothing for zero.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (e *example) passes() bool {
	out, kind, line, col, err := e.render()
	if e.Output != nil {
		return err == nil && out == *e.Output
	}
	return err != nil && kind == e.Error.Kind && line == e.Error.Line && col == e.Error.Column
}

// result is what the example gives now.
func result(e *example) string {
	out, kind, line, col, err := e.render()
	if err != nil {
		return fmt.Sprintf("%s error at %d:%d", kind, line, col)
	}
	return code(out)
}

// code is s as inline code in a table.
func code(s string) string {
	if s == "" {
		return "(nothing)"
	}
	s = strings.NewReplacer("\n", "⏎", "\r", "␍", "\t", "⇥", "|", "\\|", "`", "'").Replace(s)
	return "` " + s + " `"
}

const readme = `# The template language

What is here is Velocity 1.7 as it behaves, and what API Gateway changes in it. This page is written by ` + "`go test ./openapi/vtl -run Conformance -update`" + `
from ` + "`testdata/corpus.jsonl`" + `: templates with the output, or the kind and place of the error, that the real engine gave for them.
Those of API Gateway are rendered with the ` + "`$input`, `$util`, `$context` and `$stageVariables`" + ` of package mapping. Where AWS is
recorded to do otherwise than the engine by itself we do as AWS: it prints nothing for an object of ` + "`$context`" + `.

%s
## Examples

⏎ stands for a line end. The variables are in the corpus.

| construct | template | gives |
| --- | --- | --- |
%s
## Methods

All values have ` + "`equals hashCode toString`" + `, and outside the sandbox ` + "`getClass`" + `. Static methods are called through any value of their class. An unknown method has no value, as any undefined reference.

%s
## Speed

The same templates (` + "`testdata/bench`" + `) with the same data on a warm JVM and here. Written by ` + "`make bench-vtl`" + `, which needs Debian's packages velocity and default-jdk-headless.

%s
## Modes

* Stock: as the engine is shipped. A reference without a value prints its own source, and ` + "`$context`" + ` is a map that prints.
* AWS: a reference without a value is the empty string wherever it stands (recorded on AWS: it prints nothing and is equal to ` + "`\"\"`" + ` and to another one; inferred from that: ` + "`#if($undefined)`" + ` is true). A #foreach ends after 1000 rounds without a word, and ` + "`getClass()` and `.class`" + ` have no value (guess: the sandbox is strict).


In both the host's arrays, those of ` + "`$input.path`" + `, print as JSON with escaped slashes, as the class API Gateway reads JSON into does; lists a template makes print as Java's.

## Where we differ on purpose

* Half a surrogate pair, cut out with substring or charAt, prints as ` + "`?`" + `: the output is UTF-8.
* A list got with ` + "`subList`" + ` shares its elements with the list it was taken from, but adding to it or clearing it does not change that one.
* ` + "`String.format`" + ` knows text and numbers, no dates and no Locale.
* A map's keys that are no strings are kept apart from strings by class, as in Java, but lists and maps as keys are kept by their text.
* Loops, recursion and sizes have limits (` + "`Limits`" + `); the engine would go on until memory or stack is used up.
`
