package openapi

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A splitter writes a document into several files, as teams do.
type splitter struct {
	way   way
	files map[string]string
	moved map[string]string // what a pointer of the document became: FILE#POINTER
}

// A way to split a document.
type way uint8

const (
	eachAlone   way = iota // a file for each path and component; references go from file to file
	throughRoot            // the same; references go back to the document's components
	sectionwise            // a file for each section
	twoFiles               // all paths, all components
)

// splitFiles writes n into files; api.json is the document.
func splitFiles(n *source.Node, way way) map[string]string {
	s := &splitter{way, map[string]string{}, map[string]string{}}
	var sections []string
	if n.Get("swagger") != nil && n.Get("openapi") == nil {
		sections = []string{"/definitions", "/parameters", "/responses", "/securityDefinitions"}
	} else {
		for _, name := range []string{"schemas", "parameters", "responses", "requestBodies", "headers", "securitySchemes"} {
			sections = append(sections, "/components/"+name)
		}
	}
	switch way {
	case eachAlone, throughRoot:
		for _, section := range append(sections, "/paths") {
			s.moveEach(n, section)
		}
	case sectionwise:
		for _, section := range append(sections, "/paths") {
			s.move(n, section, section[1:]+".json")
		}
	case twoFiles:
		s.move(n, "/paths", "paths/all.json")
		s.move(n, "/components", "components.json")
	}
	for pointer, target := range s.moved {
		name, _, _ := strings.Cut(target, "#")
		s.files[name] = s.text(nodeAt(n, pointer), name, pointer)
	}
	s.files["api.json"] = s.text(n, "api.json", "")
	return s.files
}

func (s *splitter) move(n *source.Node, pointer, name string) {
	if moved := nodeAt(n, pointer); moved != nil && moved.Kind == source.Object && len(moved.Members) > 0 {
		s.moved[pointer] = name + "#"
	}
}

func (s *splitter) moveEach(n *source.Node, section string) {
	holder := nodeAt(n, section)
	if holder == nil || holder.Kind != source.Object {
		return
	}
	for i, m := range holder.Members {
		if m.Value.Kind == source.Object && m.Value.Get("$ref") == nil && !strings.HasPrefix(m.Key, "x-") {
			s.moved[pointerTo(section, m.Key)] = fmt.Sprintf("%s/%d.json#", path.Base(section), i)
		}
	}
}

// text writes the part of the document at a pointer as the file called name.
func (s *splitter) text(n *source.Node, name, pointer string) string {
	return string(ordered.Append(nil, s.value(n, name, pointer, true)))
}

func (s *splitter) value(n *source.Node, name, at string, top bool) any {
	if target, ok := s.moved[at]; ok && !top {
		return object("$ref", relative(name, strings.TrimSuffix(target, "#")))
	}
	switch n.Kind {
	case source.Array:
		a := &ordered.Array{Items: []any{}}
		for i, item := range n.Items {
			a.Items = append(a.Items, s.value(item, name, pointerTo(at, itoa(i)), false))
		}
		return a
	case source.Object:
		o := ordered.NewObject(len(n.Members))
		for _, m := range n.Members {
			if pointer, local := localPointer(scalar(m.Value)); m.Key == "$ref" && m.Value.Kind == source.String && local {
				o.Set(m.Key, s.reference(name, pointer))
				continue
			}
			o.Set(m.Key, s.value(m.Value, name, pointerTo(at, m.Key), false))
		}
		return o
	}
	return n.Ordered()
}

// reference is what a file writes for a pointer of the whole document.
func (s *splitter) reference(name, pointer string) string {
	target := "api.json#" + pointer
	if s.way != throughRoot && name != "api.json" {
		for at := pointer; at != ""; at = at[:strings.LastIndexByte(at, '/')] {
			if moved, ok := s.moved[at]; ok {
				target = moved + strings.TrimPrefix(pointer, at)
				break
			}
		}
	}
	file, rest, _ := strings.Cut(target, "#")
	rest = strings.ReplaceAll(rest, "%", "%25")
	if file == name {
		return "#" + rest
	}
	return relative(name, file) + "#" + rest
}

// relative is the path that leads from one file to another.
func relative(from, to string) string {
	rel, err := filepath.Rel(path.Dir(from), to)
	if err != nil {
		panic(err)
	}
	return filepath.ToSlash(rel)
}

func nodeAt(n *source.Node, pointer string) *source.Node {
	for token := range strings.SplitSeq(pointer[1:], "/") {
		n = n.Get(unescapePointer(token))
	}
	return n
}

// TestASplitDocumentIsImportedAsTheWholeOne splits the documents of the cases,
// bundles them, and imports both.
func TestASplitDocumentIsImportedAsTheWholeOne(t *testing.T) {
	documents := map[string][]byte{}
	for _, f := range readFiles(t, casesFolder+"/*.yaml", "../fixtures/cases/runtime/*.yaml", "../fixtures/items/openapi*.yaml", "testdata/*.json") {
		data := f.Data()
		if strings.Contains(string(data), "#/components/x-amazon-apigateway-integrations/") {
			continue // a shared integration of another file is put in place, where AWS takes it
		}
		if f.Root.Get("evidence") != nil {
			data = documentOf(f.Root)
		}
		documents[filepath.Base(filepath.Dir(f.Name))+"/"+filepath.Base(f.Name)] = data
	}
	split := 0
	for name, data := range documents {
		f, err := source.Read("api.json", data)
		if err != nil || f.Root.Kind != source.Object {
			continue // a case of what is no document
		}
		whole := shownDocument(t, f, nil)
		for way := eachAlone; way <= twoFiles; way++ {
			files := splitFiles(f.Root, way)
			if len(files) > 1 {
				split++
			}
			main, err := source.Read("api.json", []byte(files["api.json"]))
			if err != nil {
				t.Fatal(err)
			}
			if got := shownDocument(t, main, files); got != whole {
				t.Errorf("%s, way %d: of the files\n%v\nthe import makes\n%s\nand of the whole\n%s", name, way, files, got, whole)
				return
			}
		}
	}
	if split < 1000 {
		t.Errorf("only %d documents were split", split)
	}
}

// shownDocument is what is shown of a document, bundled with files.
func shownDocument(t *testing.T, main *source.File, files map[string]string) string {
	t.Helper()
	doc, err := LoadBytes("api.json", ordered.Append(nil, main.Root.Ordered()))
	if err != nil {
		t.Fatal(err)
	}
	var findings []Finding
	var why unread
	doc.Root, findings, why = bundle(main.Root, "api.json", filesOf(project(files), nil))
	if len(why) > 0 {
		t.Errorf("references stay: %v", why)
	}
	for _, f := range findings {
		if f.Rule != "external-ref-bundled" {
			t.Errorf("finding %+v", f)
		}
	}
	api, found := Import(doc, Options{})
	return string(ShowJSON(api, found, Options{}))
}

func TestTheSplitFixtureIsAnAPI(t *testing.T) {
	doc, err := Load(os.DirFS("../fixtures/documents/split"), "openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	api, findings := Import(doc, Options{})
	for _, f := range findings {
		if f.Rule != "external-ref-bundled" {
			t.Errorf("%s: %s: %s", f.Pos, f.Rule, f.Message)
		}
	}
	var got []string
	for m := range api.AllMethods() {
		got = append(got, m.name())
	}
	for _, m := range api.Models {
		got = append(got, m.Name+" at "+m.Pos.String())
	}
	want := []string{
		"GET /items", "POST /items", "GET /items/{id}",
		"Item at openapi.yaml:17:5", "Items at openapi.yaml:18:5", "Size at schemas/item.yaml:10:3",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// BenchmarkBundle bundles a document of 1,200 operations that refers to no file,
// and the same one in files.
func BenchmarkBundle(b *testing.B) {
	f, err := source.Read("api.json", []byte(largeDocument(1200)))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("no files", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if root, _, _ := bundle(f.Root, "api.json", nil); root != f.Root {
				b.Fatal("it was changed")
			}
		}
	})
	for _, way := range []way{eachAlone, sectionwise} {
		files := splitFiles(f.Root, way)
		main, err := source.Read("api.json", []byte(files["api.json"]))
		if err != nil {
			b.Fatal(err)
		}
		read := filesOf(project(files), nil)
		b.Run(fmt.Sprintf("%d files", len(files)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bundle(main.Root, "api.json", read)
			}
		})
	}
}
