package openapi

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A reported document is one of the tree's documents with how it is imported.
type reportedDocument struct {
	name string
	doc  *Document
	o    Options
}

// reportedDocuments are the documents of all cases of an import, of the rules of
// lint, of the lab and of this package's tests.
func reportedDocuments(t testing.TB) []reportedDocument {
	t.Helper()
	var all []reportedDocument
	for _, pattern := range []string{casesFolder + "/*.yaml", "lint/testdata/*.yaml", "../fixtures/items/openapi*.yaml", "testdata/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f, err := source.Read(file, data)
			if err != nil {
				t.Fatal(err)
			}
			d := reportedDocument{name: strings.TrimSuffix(filepath.Base(file), ".yaml"), o: Options{APIID: "abcdefghij"}}
			if pattern == casesFolder+"/*.yaml" {
				d.o = caseOptions(f.Root)
				d.o.APIID, d.o.FailOnWarnings = "abcdefghij", false
				data = documentOf(f.Root)
				if existing := f.Root.Get("import").Get("existing"); existing != nil {
					old, err := LoadBytes("existing", documentOf(existing))
					if err != nil {
						t.Fatal(err)
					}
					d.o.Onto, _ = Import(old, Options{Region: d.o.Region, APIID: d.o.APIID})
				}
			}
			if d.doc, err = LoadBytes(d.name, data); err != nil {
				continue // no document, no nodes
			}
			all = append(all, d)
		}
	}
	return all
}

// answerTo is what AWS would say of an import, without its warnings, and the
// elements that can be covered.
func answerTo(doc *Document, o Options) string {
	api, findings := Import(doc, o)
	findings = slices.DeleteFunc(findings, func(f Finding) bool { return f.AWSKind == AWSWarning })
	var elements []string
	for _, e := range api.Elements {
		elements = append(elements, e.Kind+" "+e.Name)
	}
	slices.Sort(elements) // their order is of no meaning
	return string(ShowJSON(api, findings, o)) + strings.Join(elements, "\n")
}

// with is a document in which another value stands at a pointer; without it, if
// the value is nil.
func with(doc *Document, pointer string, value *source.Node) *Document {
	d := *doc
	d.Root = replaced(doc.Root, strings.Split(pointer, "/")[1:], value)
	return &d
}

func replaced(n *source.Node, path []string, value *source.Node) *source.Node {
	if len(path) == 0 {
		return value
	}
	c := *n
	c.Members, c.Items = slices.Clone(n.Members), slices.Clone(n.Items)
	if n.Kind == source.Array {
		for i := range c.Items {
			if itoa(i) == path[0] {
				if c.Items[i] = replaced(n.Items[i], path[1:], value); c.Items[i] == nil {
					c.Items = slices.Delete(c.Items, i, i+1)
				}
				return &c
			}
		}
	}
	key := unescapePointer(path[0])
	i := slices.IndexFunc(c.Members, func(m source.Member) bool { return m.Key == key })
	if c.Members[i].Value = replaced(n.Members[i].Value, path[1:], value); c.Members[i].Value == nil {
		c.Members = slices.Delete(c.Members, i, i+1)
	}
	return &c
}

// others are values that could stand in the place of one.
func others(n *source.Node) []*source.Node {
	text := func(s string) *source.Node { return source.NewString(source.Plain("other", s), n.Pos) }
	all := []*source.Node{{Kind: source.Bool, Value: "true"}, {Kind: source.Bool, Value: "false"}, {Kind: source.Object}, {Kind: source.Array}}
	for _, s := range []string{n.Value + "x", "AUTHORIZER", "NEVER", "VPC_LINK", "CONVERT_TO_TEXT", "GET", "404", "AWS_IAM", "METHOD", "query", "header", "path", "77", "/other"} {
		all = append(all, text(s))
	}
	return all
}

// TestReportIsTrue holds the report against the import of documents from which
// the nodes were taken one by one.
func TestReportIsTrue(t *testing.T) {
	for _, d := range reportedDocuments(t) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			checkReport(t, d.doc, d.o)
		})
	}
}

// TestReportIsTrueOfMutilatedDocuments is [TestReportIsTrue] with documents in
// which some values stand at places where they don't belong.
func TestReportIsTrueOfMutilatedDocuments(t *testing.T) {
	for i, data := range wholeDocuments(t) {
		for seed := range uint64(mutilations) {
			doc, err := LoadBytes("mutilated", mutated(data, rand.New(rand.NewPCG(seed, uint64(i)))))
			if err != nil {
				continue
			}
			o := Options{APIID: "abcdefghij", Basepath: []string{"ignore", "prepend", "split"}[seed%3]}
			if checkReport(t, doc, o); t.Failed() {
				t.Fatalf("document %d, seed %d: %s", i, seed, ordered.Append(nil, doc.Root.Ordered()))
			}
		}
	}
}

const mutilations = 3 // of each document

// laterPart is the one exception: a documentation part that is replaced leaves
// its place among the parts to the one that replaces it.
const laterPart = "a later part stands at the same place"

// checkReport makes the report of a document and holds it against the imports of
// documents that lack one of its nodes, or have another value for it. A node that
// holds others matters if one of them does.
func checkReport(t *testing.T, doc *Document, o Options) {
	t.Helper()
	nodes := Report(doc, o)
	_, findings := Import(doc, o)
	checkEveryNode(t, doc.Root, nodes)
	byPointer := map[string]*NodeReport{}
	for i := range nodes {
		byPointer[nodes[i].Pointer] = &nodes[i]
	}
	checkRefused(t, byPointer, findings)
	whole := answerTo(doc, o)
	checkStands(t, doc, nodes, whole)
	// one message of AWS's hides all others: what leads to another refusal makes no difference
	alone := slices.ContainsFunc(findings, func(f Finding) bool { return f.AWSKind == AWSAlone })
	matters := map[string]bool{} // pointers whose removal or change makes a difference
	for i := len(nodes) - 1; i > 0; i-- {
		n := &nodes[i]
		removed := answerTo(with(doc, n.Pointer, nil), o) != whole
		differs := removed || matters[n.Pointer]
		if n.Verdict == NodeIgnored && removed && n.Why != laterPart {
			t.Errorf("%s is %s (%s), and without it the API is another: %s", n.Pointer, n.Verdict, n.Why, difference(whole, answerTo(with(doc, n.Pointer, nil), o)))
		}
		if n.Verdict == NodeImported || n.Verdict == NodeChanged {
			node := doc.Node(n.Pointer)
			for _, other := range others(node) {
				differs = differs || answerTo(with(doc, n.Pointer, other), o) != whole
			}
			if !differs && !alone {
				t.Errorf("%s is %s (%s), and neither without it nor with another value is the API another", n.Pointer, n.Verdict, n.Why)
			}
		}
		if differs {
			matters[n.Pointer[:strings.LastIndexByte(n.Pointer, '/')]] = true
		}
	}
}

// checkStands checks that what is imported as it stands is to be seen in the API:
// the text of each such scalar. The version of OpenAPI is not, and properties of
// a documentation part that are JSON in a text are shown as JSON.
func checkStands(t *testing.T, doc *Document, nodes []NodeReport, shown string) {
	t.Helper()
	for i := range nodes {
		n := doc.Node(nodes[i].Pointer)
		key := nodes[i].Pointer[strings.LastIndexByte(nodes[i].Pointer, '/')+1:]
		if nodes[i].Verdict != NodeImported || !isScalar(n) || key == "openapi" || key == "swagger" || key == "properties" {
			continue
		}
		text := string(ordered.Append(nil, n.Ordered()))
		if text = strings.Trim(text, `"`); !strings.Contains(shown, text) {
			t.Errorf("%s is imported as it stands, and %s is not in the API", nodes[i].Pointer, text)
		}
	}
}

func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	from := max(0, i-60)
	return fmt.Sprintf("…%s… and …%s…", a[from:min(len(a), i+60)], b[from:min(len(b), i+60)])
}

// checkEveryNode checks that every node of a document has one verdict, in
// document order: an entry of its own, or that of one above it which says so.
func checkEveryNode(t *testing.T, root *source.Node, nodes []NodeReport) {
	t.Helper()
	i := 0
	var check func(n *source.Node, pos source.Pos, pointer string)
	check = func(n *source.Node, pos source.Pos, pointer string) {
		if i >= len(nodes) || nodes[i].Pointer != pointer {
			t.Fatalf("%s is not in the report where it should be, at %d", pointer, i)
		}
		got := nodes[i]
		i++
		if got.Pos != pos {
			t.Errorf("%s stands at %v, want %v", pointer, got.Pos, pos)
		}
		switch got.Verdict {
		case NodeImported:
			if got.Why != "" {
				t.Errorf("%s is imported and has the reason %q", pointer, got.Why)
			}
		case NodeChanged, NodeIgnored, NodeRefused:
			if got.Why == "" || got.Evidence == "" {
				t.Errorf("%s is %s: %q, evidence %q", pointer, got.Verdict, got.Why, got.Evidence)
			}
		default:
			t.Errorf("%s has the verdict %q", pointer, got.Verdict)
		}
		if got.Subtree {
			if len(n.Members)+len(n.Items) == 0 {
				t.Errorf("%s speaks for what is below it, and there is nothing", pointer)
			}
			return
		}
		for _, m := range n.Members {
			check(m.Value, m.Pos, pointerTo(pointer, m.Key))
		}
		for j, item := range n.Items {
			check(item, item.Pos, pointerTo(pointer, itoa(j)))
		}
	}
	check(root, root.Pos, "")
	if i != len(nodes) {
		t.Errorf("the report has %d nodes, the document %d: %+v", len(nodes), i, nodes[i])
	}
}

// checkRefused checks that what a finding refuses is refused: the node at its
// pointer, or what is above it if it isn't there.
func checkRefused(t *testing.T, nodes map[string]*NodeReport, findings []Finding) {
	t.Helper()
	for _, f := range findings {
		if f.Category != Refused || f.Pointer == "" && f.Pos.Line == 0 {
			continue
		}
		at := f.Pointer
		for nodes[at] == nil {
			at = at[:strings.LastIndexByte(at, '/')]
		}
		if n := nodes[at]; n.Verdict != NodeRefused {
			t.Errorf("%s is %s (%s), and the finding %s refuses it: %s", at, n.Verdict, n.Why, f.Rule, f.Message)
		}
	}
}
