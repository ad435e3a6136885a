package openapi

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/iac"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A Document is an OpenAPI document as it was read: not yet judged, every value
// with its place. What its tooling fills is filled: intrinsic functions of
// CloudFormation are resolved, placeholders of Terraform have values, and other
// files it refers to are bundled.
type Document struct {
	Name string // of the file that a user names
	Root *source.Node
	Size int // bytes, as it stands in its file
	// LogicalID is what a template calls the API; empty without a template.
	LogicalID string
	// Files are those the document was read from: its own, and others that it
	// includes as a whole.
	Files []*source.File

	parameters map[string]string // of its import, that a template says
	resolution *iac.Resolution   // nil for all but one of several documents of a template
	rendered   bool              // ${x} that is left is meant as it stands
	bundled    []Finding
	unread     unread
	absent     bool         // there is one, and it could not be read
	elsewhere  *iac.Problem // why, if AWS reads it
}

// Load reads the document called name, and what it refers to in fsys: an OpenAPI
// document, or a template with one API. The error joins *source.Error: the file
// can't be read, or is no YAML or JSON. [Read] says more of how a document is
// filled, and reads templates with several APIs.
func Load(fsys fs.FS, name string) (*Document, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, &source.Error{Pos: source.Pos{File: name}, Msg: "the document can't be read: " + cause(err), Err: err}
	}
	return loadOne(name, data, ReadOptions{Files: fsys, Path: name})
}

// cause is an error of the file system without the name of the file, which
// stands before it anyway.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// LoadBytes reads a document from data; name is what places call its file. No
// other file is read.
func LoadBytes(name string, data []byte) (*Document, error) {
	return loadOne(name, data, ReadOptions{})
}

func loadOne(name string, data []byte, o ReadOptions) (*Document, error) {
	f, err := Read(name, data, o)
	if err != nil {
		return nil, err
	}
	if len(f.Documents) > 1 {
		var ids []string
		for _, d := range f.Documents {
			ids = append(ids, d.LogicalID)
		}
		return nil, &source.Error{Pos: source.Pos{File: name, Line: 1, Col: 1}, Msg: "the template has several APIs: " + strings.Join(ids, ", ")}
	}
	return f.Documents[0], nil
}

// Unreadable turns the error of [Load] into the findings of an import that was
// refused for it, so that a document that is no YAML is told like any other.
func Unreadable(err error) []Finding {
	var found []Finding
	for _, e := range flatten(err) {
		f := Finding{
			Rule: "document-unparseable", Category: Refused, Severity: Error, Evidence: Recorded,
			Message: e.Error(), AWS: invalidInput, AWSKind: AWSAlone, // case invalid-yaml-document
		}
		if errors.Is(e, errNoDocument) {
			f = Finding{Rule: "template-without-document", Category: Scope, Severity: Warning, Evidence: Documented}
		}
		if errors.Is(e, errNoAPI) { // as of the other stacks of an application
			f.Severity = Info
		}
		if at, ok := e.(*source.Error); ok {
			f.Message, f.Hint, f.Pos = at.Msg, at.Hint, at.Pos
		}
		found = append(found, f)
	}
	return found
}

func flatten(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, flatten(e)...)
		}
		return all
	}
	return []error{err}
}

// Node returns the value at a JSON pointer, or nil.
func (d *Document) Node(pointer string) *source.Node {
	n, _ := d.Root.Follow(pointer)
	return n
}

// At returns the place of a JSON pointer, or of the nearest thing above it that
// is there.
func (d *Document) At(pointer string) source.Pos {
	_, pos := d.Root.Follow(pointer)
	return pos
}

// Text returns the text at a JSON pointer; false if no text stands there.
func (d *Document) Text(pointer string) (source.Text, bool) {
	n := d.Node(pointer)
	if !isScalar(n) && (n == nil || n.Kind != source.Null) {
		return source.Text{}, false
	}
	return n.Text(), true
}

func unescapePointer(token string) string {
	if !strings.Contains(token, "~") {
		return token
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}

// pointerTo is the JSON pointer of a member or an item of base.
func pointerTo(base, key string) string {
	if strings.ContainsAny(key, "~/") {
		key = strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
	}
	return base + "/" + key
}
