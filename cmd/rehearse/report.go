package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/reports"
)

// reportOn is the report of a document; of one that can't be read, that it is
// refused.
func reportOn(d *project.Deployed) []openapi.NodeReport {
	if d.Document != nil {
		return openapi.Report(d.Document, d.Options)
	}
	var nodes []openapi.NodeReport
	for _, f := range d.Findings {
		nodes = append(nodes, openapi.NodeReport{
			Verdict: openapi.NodeRefused, Why: f.Message, Rule: f.Rule, Evidence: f.Evidence, Pos: f.Pos, Subtree: true,
		})
	}
	return nodes
}

// verdicts in the order in which they are counted.
var verdicts = []openapi.Verdict{openapi.NodeImported, openapi.NodeChanged, openapi.NodeIgnored, openapi.NodeRefused}

func countVerdicts(nodes []openapi.NodeReport) map[openapi.Verdict]int {
	counts := map[openapi.Verdict]int{}
	for _, n := range nodes {
		counts[n.Verdict]++
	}
	return counts
}

// A reportedNode is a node in the JSON of show --report.
type reportedNode struct {
	Pointer  string           `json:"pointer"`
	Verdict  openapi.Verdict  `json:"verdict"`
	Why      string           `json:"why,omitempty"`
	Rule     string           `json:"rule,omitempty"`
	Evidence openapi.Evidence `json:"evidence,omitempty"`
	File     string           `json:"file"`
	Line     int              `json:"line"`
	Column   int              `json:"column"`
	Subtree  bool             `json:"subtree,omitempty"`
}

func (a *app) reportJSON(nodes []openapi.NodeReport) error {
	all := make([]reportedNode, len(nodes))
	for i, n := range nodes {
		all[i] = reportedNode{n.Pointer, n.Verdict, n.Why, n.Rule, n.Evidence, n.Pos.File, n.Pos.Line, n.Pos.Col, n.Subtree}
	}
	counts := countVerdicts(nodes)
	return a.printJSON(struct {
		SchemaVersion int            `json:"schemaVersion"`
		Counts        reportedCounts `json:"counts"`
		Nodes         []reportedNode `json:"nodes"`
	}{
		schemaVersion,
		reportedCounts{counts[openapi.NodeImported], counts[openapi.NodeChanged], counts[openapi.NodeIgnored], counts[openapi.NodeRefused]},
		all,
	})
}

type reportedCounts struct {
	Imported int `json:"imported"`
	Changed  int `json:"changed"`
	Ignored  int `json:"ignored"`
	Refused  int `json:"refused"`
}

// reportText prints what is not imported as it stands, in document order, what
// happens at many places once; and the rest as counts. With all it prints every
// node by itself.
func (a *app) reportText(nodes []openapi.NodeReport, all bool) {
	say := func(line string) {
		if isTerminal(a.stdout) {
			line = reports.Wrap(line)
		}
		fmt.Fprintln(a.stdout, line)
	}
	counts := countVerdicts(nodes)
	var parts []string
	for _, v := range verdicts {
		parts = append(parts, string(v)+" "+strconv.Itoa(counts[v]))
	}
	say(strings.Join(parts, ", "))
	fmt.Fprintln(a.stdout)
	folds := map[fold]int{}
	if !all {
		for i, n := range nodes {
			if !onlyHolds(nodes, i) {
				folds[foldOf(n)]++
			}
		}
	}
	const many = 3
	for i, n := range nodes {
		if !all && (n.Verdict == openapi.NodeImported || onlyHolds(nodes, i)) {
			continue
		}
		name := nodeName(n.Pointer)
		if f := foldOf(n); folds[f] >= many {
			name = fmt.Sprintf("%s, at %d %s, first here", f.key, folds[f], f.places)
			folds[f] = -1
		} else if folds[f] < 0 {
			continue
		}
		say(strings.TrimRight(fmt.Sprintf("%s  %s  %s  %s", n.Pos, name, n.Verdict, reasonOf(n)), " "))
	}
	if !all {
		printImported(a.stdout, nodes, say)
	}
}

// onlyHolds reports whether a node has nothing to say but what those below it
// say.
func onlyHolds(nodes []openapi.NodeReport, i int) bool {
	n := nodes[i]
	return n.Rule == "" && (n.Verdict == openapi.NodeIgnored || n.Verdict == openapi.NodeRefused) &&
		i+1 < len(nodes) && strings.HasPrefix(nodes[i+1].Pointer, n.Pointer+"/")
}

// reasonOf is why a node has its verdict, with the evidence behind it.
func reasonOf(n openapi.NodeReport) string {
	if n.Why == "" {
		return ""
	}
	evidence := string(n.Evidence)
	if n.Rule != "" {
		evidence = n.Rule + ", " + evidence
	}
	return n.Why + " [" + evidence + "]"
}

// printImported counts what is imported as it stands.
func printImported(out io.Writer, nodes []openapi.NodeReport, say func(string)) {
	counts := map[string]int{}
	var subjects []string
	for _, n := range nodes {
		if n.Verdict != openapi.NodeImported || n.Pointer == "" {
			continue
		}
		s := subjectOf(n.Pointer)
		if counts[s]++; counts[s] == 1 {
			subjects = append(subjects, s)
		}
	}
	if subjects == nil {
		return
	}
	for i, s := range subjects {
		subjects[i] = fmt.Sprintf("%s %d", s, counts[s])
	}
	fmt.Fprintln(out)
	say("imported as they stand: " + strings.Join(subjects, ", "))
}

// A fold is what nodes have in common that are printed as one.
type fold struct {
	verdict     openapi.Verdict
	why, rule   string
	key, places string
}

func foldOf(n openapi.NodeReport) fold {
	path := pathOf(n.Pointer)
	f := fold{verdict: n.Verdict, why: n.Why, rule: n.Rule, places: placesOf(path)}
	for _, key := range slices.Backward(path) {
		if f.key = key; !isIndex(key) {
			break
		}
	}
	return f
}

// placesOf says what the objects are that hold a node.
func placesOf(path []string) string {
	above := path[:max(len(path)-1, 0)]
	if len(above) == 3 && above[0] == "paths" {
		return "operations"
	}
	if len(above) == 2 && above[0] == "paths" {
		return "paths"
	}
	for _, key := range slices.Backward(above) {
		switch key {
		case "x-amazon-apigateway-integration":
			return "integrations"
		case "schema", "schemas", "definitions", "properties":
			return "schemas"
		case "parameters", "headers", "responses", "servers":
			return key
		case "content":
			return "media types"
		case "security":
			return "requirements"
		case "securitySchemes", "securityDefinitions":
			return "security schemes"
		}
	}
	return "places"
}

// subjectOf is what the count of a node is told under.
func subjectOf(pointer string) string {
	path := pathOf(pointer)
	switch {
	case path[0] == "paths" && len(path) <= 2:
		return "paths"
	case path[0] == "paths" && len(path) == 3 && path[2] != "parameters":
		return "operations"
	case path[0] == "paths":
		for _, key := range path[2:] {
			switch key {
			case "x-amazon-apigateway-integration":
				return "integrations"
			case "requestBody":
				return "request bodies"
			case "parameters", "responses", "security":
				return key
			}
		}
		return "operations"
	case path[0] == "components" && len(path) > 1:
		return path[1]
	}
	return strings.TrimPrefix(path[0], "x-amazon-apigateway-")
}

// nodeName is a pointer as one would say it: "GET /items responses.200".
func nodeName(pointer string) string {
	path := pathOf(pointer)
	if len(path) == 0 {
		return "the document"
	}
	name := ""
	switch {
	case path[0] == "paths" && len(path) > 2 && isVerb(path[2]):
		name, path = strings.ToUpper(strings.TrimSuffix(strings.TrimPrefix(path[2], "x-amazon-apigateway-"), "-method"))+" "+path[1], path[3:]
	case path[0] == "paths" && len(path) > 1:
		name, path = path[1], path[2:]
	case path[0] == "components" && len(path) > 1:
		path = path[1:]
	}
	keys := slices.Clone(path)
	for i, key := range keys {
		if key == "x-amazon-apigateway-integration" {
			keys[i] = "integration"
		}
	}
	return strings.TrimSpace(name + " " + strings.Join(keys, "."))
}

func isVerb(key string) bool {
	switch key {
	case "get", "put", "post", "delete", "patch", "options", "head", "trace", "x-amazon-apigateway-any-method":
		return true
	}
	return false
}

func isIndex(key string) bool {
	_, err := strconv.Atoi(key)
	return err == nil
}

// pathOf are the keys of a JSON pointer.
func pathOf(pointer string) []string {
	if pointer == "" {
		return nil
	}
	path := strings.Split(pointer[1:], "/")
	for i, key := range path {
		path[i] = strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
	}
	return path
}

// checkReportFlags says what goes with --report.
func checkReportFlags(report, all bool, method string) error {
	switch {
	case report && method != "":
		return usage("take one of them", "--report is of the whole document, --method of one method")
	case all && !report:
		return usage("", "--all is for --report")
	}
	return nil
}
