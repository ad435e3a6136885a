package iac

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// IsTerraformName reports whether a file is called as Terraform's template files
// are: openapi.yaml.tftpl, openapi.json.tpl (Terraform docs: templatefile
// Function; .tpl is what they were called before).
func IsTerraformName(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".tftpl", ".tpl":
		return true
	}
	return false
}

// ReadTerraform reads a Terraform template that is a YAML or JSON file once it is
// rendered. Its placeholders have values in the tree that is returned, all places
// are those of the template.
//
// Terraform works on text: it renders the file, then somebody parses what comes
// out. So does ReadTerraform, but for the values: in the text that is parsed, a
// word that nobody else uses stands for each placeholder, and the value takes its
// place in the tree. What a value holds can't change how the rest is read.
//
// The error is as that of [source.Read]: *source.Error, or several joined. The
// Resolution is there even then.
func ReadTerraform(name string, data []byte, s Settings) (*source.File, *Resolution, error) {
	res := &Resolution{}
	if !isCleanText(data) {
		if f, err := source.Read(name, data); err != nil {
			return f, res, err // it says best what is wrong
		}
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	t := &terraformFile{name: name, text: text}
	if err := t.scan(); err != nil {
		return nil, res, err
	}
	var ok bool
	if t.words, ok = chooseAlphabet(text, len(t.placeholders)); !ok {
		return nil, res, &source.Error{
			Pos: source.Pos{File: name, Line: 1, Col: 1},
			Msg: "the file uses private-use characters of every kind, and placeholders want some of their own", Hint: renderFirst,
		}
	}
	f, err := t.read()
	if err != nil {
		return nil, res, err
	}
	w := &filler{t: t, s: &s, res: res, file: f}
	f.Root = w.node(f.Root, context{})
	w.report()
	return f, res, nil
}

// isCleanText reports whether data is text that a template can be; source.Read
// says what is wrong with what is not.
func isCleanText(data []byte) bool {
	if len(data) > source.MaxSize || !utf8.Valid(data) || strings.TrimSpace(string(data)) == "" {
		return false
	}
	for _, c := range data {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}

// A terraformFile is a template file and the text that it is parsed as.
type terraformFile struct {
	name, text   string
	json         bool // it begins as JSON does
	sequences    []sequence
	placeholders []placeholder

	words  alphabet
	layout layout
}

// A placeholder is one ${…}.
type placeholder struct {
	from, to   int        // in the template
	expression string     // without ${, } and strip markers
	pos        source.Pos // of its $
	fill       int        // how many bytes of its word say nothing
}

// read parses the template with its placeholders in it.
func (t *terraformFile) read() (*source.File, error) {
	first := strings.TrimLeft(t.text, " \t\r\n")
	t.json = strings.HasPrefix(first, "{") || strings.HasPrefix(first, "[")
	f, err := t.parse(t.name)
	if err == nil || !t.json || strings.Contains(strings.ToLower(path.Base(t.name)), ".json") {
		return f, err
	}
	// YAML's flow style may begin with a brace too. Only a name tells source.Read.
	t.json = false
	if f, asYAML := t.parse(t.name + ".yaml"); asYAML == nil {
		f.Name = t.name
		return f, nil
	}
	return nil, err
}

// parse reads the text as the file called name.
func (t *terraformFile) parse(name string) (*source.File, error) {
	text := t.opaque()
	if len(text) > source.MaxSize {
		return nil, &source.Error{
			Pos: source.Pos{File: t.name, Line: 1, Col: 1},
			Msg: fmt.Sprintf("the file has %d MB and %d placeholders; that is too much to read", len(t.text)>>20, len(t.placeholders)),
		}
	}
	t.layout.renamed = name != t.name
	f, err := source.Read(name, []byte(text))
	if err != nil {
		return nil, t.inTemplate(err)
	}
	for i, d := range f.Duplicates {
		f.Duplicates[i] = t.errorInTemplate(d)
	}
	return f, nil
}

// inTemplate turns the errors of a reader of the opaque text into such of the
// template.
func (t *terraformFile) inTemplate(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, e := range joined.Unwrap() {
			errs = append(errs, t.inTemplate(e))
		}
		return errors.Join(errs...)
	}
	if e, ok := err.(*source.Error); ok {
		return t.errorInTemplate(e)
	}
	return err
}

func (t *terraformFile) errorInTemplate(e *source.Error) *source.Error {
	out := *e
	out.Pos = t.layout.at(e.Pos)
	out.Msg, out.Hint = t.inWords(t.withLines(e.Msg)), t.inWords(t.withLines(e.Hint))
	if t.standsAlone(out.Pos.Line) {
		out.Hint = "a placeholder that stands for whole lines can't be filled in: " + renderFirst
	}
	return &out
}

var lineNumber = regexp.MustCompile(`\bline \d+\b`)

// withLines puts the template's lines into a message that names some.
func (t *terraformFile) withLines(msg string) string {
	if len(t.layout.shifts) == 0 {
		return msg
	}
	return lineNumber.ReplaceAllStringFunc(msg, func(s string) string {
		line, _ := strconv.Atoi(s[len("line "):])
		return "line " + strconv.Itoa(t.layout.at(source.Pos{Line: line, Col: 1}).Line)
	})
}

// standsAlone reports whether a line has nothing but one placeholder.
func (t *terraformFile) standsAlone(line int) bool {
	for i := range t.placeholders {
		p := &t.placeholders[i]
		if p.pos.Line != line {
			continue
		}
		before := t.text[strings.LastIndexByte(t.text[:p.from], '\n')+1 : p.from]
		after, _, _ := strings.Cut(t.text[p.to:], "\n")
		return strings.TrimSpace(before+after) == ""
	}
	return false
}

// renderFirst is the way out where text must be rendered before it can be parsed.
const renderFirst = "render the file first, with terraform console or from the body in terraform show -json, and name what comes out"
