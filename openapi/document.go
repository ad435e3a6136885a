package openapi

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A Document is an OpenAPI document as it was read: not yet judged, every value
// with its place.
type Document struct {
	Name string
	Root *source.Node
	Size int // bytes

	file *source.File
}

// Load reads the document called name. The error joins *source.Error: the file
// can't be read, or is no YAML or JSON.
func Load(fsys fs.FS, name string) (*Document, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, &source.Error{Pos: source.Pos{File: name}, Msg: "the document can't be read: " + cause(err), Err: err}
	}
	return LoadBytes(name, data)
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

// LoadBytes reads a document from data; name is what places call its file.
func LoadBytes(name string, data []byte) (*Document, error) {
	file, err := source.Read(name, data)
	if err != nil {
		return nil, err
	}
	return &Document{Name: name, Root: file.Root, Size: len(data), file: file}, nil
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
func (d *Document) Node(pointer string) *source.Node { return d.file.Node(pointer) }

// At returns the place of a JSON pointer, or of the nearest thing above it that
// is there.
func (d *Document) At(pointer string) source.Pos { return d.file.At(pointer) }

// Text returns the text at a JSON pointer; false if no text stands there.
func (d *Document) Text(pointer string) (source.Text, bool) { return d.file.Text(pointer) }

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
