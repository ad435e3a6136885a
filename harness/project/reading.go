package project

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A documentReader reads the files that a config names as documents, each content
// once.
type documentReader struct {
	files   fileSystem
	options openapi.ReadOptions

	mu    sync.Mutex
	read  map[readKey]*reading
	pipes map[string][]byte // what came out of pipes, which can be read once
}

// bytes are what is in a file. One that is no regular file is read once; a named
// pipe isn't, since nobody may ever write into it.
func (r *documentReader) bytes(name string) ([]byte, error) {
	info, err := r.files.stat(name)
	if err != nil || info.Mode().IsRegular() || info.IsDir() {
		return r.files.read(name)
	}
	shown := r.files.show(name)
	if info.Mode()&fs.ModeNamedPipe != 0 && !strings.HasPrefix(shown, "/dev/") && !strings.HasPrefix(shown, "/proc/") {
		return nil, &fs.PathError{Op: "open", Path: shown, Err: errors.New("it is a named pipe")}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if data, ok := r.pipes[name]; ok {
		return data, nil
	}
	data, err := r.files.read(name)
	if err != nil {
		return nil, err
	}
	if r.pipes == nil {
		r.pipes = map[string][]byte{}
	}
	r.pipes[name] = data
	return data, nil
}

type readKey struct {
	name    string
	content [sha256.Size]byte
}

// A reading is a file that was read, or why it wasn't.
type reading struct {
	*openapi.File
	err    error
	others map[string][sha256.Size]byte // files of the project that it made be read; zero: not there
}

// newReader makes a reader that fills documents as the tree of a rehearse.yaml
// says, which may not be checked yet, or be nil.
func newReader(files fileSystem, root *source.Node, o Options) *documentReader {
	r := &documentReader{files: files, read: map[readKey]*reading{}}
	r.options = openapi.ReadOptions{
		Region: textOf(root.Get("region")), AccountID: textOf(root.Get("accountId")),
		Substitutions: textsOf(root.Get("substitutions")), Terraform: o.Terraform,
	}
	// An API of a template is the one of the config that is called like it, else the
	// only one that has the template.
	apis := members(root.Get("apis"))
	r.options.APIID = func(logicalID string) string {
		for _, m := range apis {
			_, fragment := r.split(textOf(m.Value.Get("document")))
			if m.Key == logicalID || fragment == logicalID || len(apis) == 1 {
				if id := textOf(m.Value.Get("id")); id != "" {
					return id
				}
				return openapi.NewID("restapi", m.Key)
			}
		}
		return openapi.NewID("restapi", logicalID)
	}
	return r
}

// split takes the name of an API off a document: template.yaml#ItemsApi.
func (r *documentReader) split(document string) (file, logicalID string) {
	file, logicalID, ok := strings.Cut(document, "#")
	if !ok {
		return document, ""
	}
	if _, err := r.files.stat(document); err == nil {
		return document, "" // a file that is called so
	}
	return file, logicalID
}

// file reads a document's file, of which data are the bytes.
func (r *documentReader) file(name string, data []byte) *reading {
	key := readKey{name, sha256.Sum256(data)}
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.options
	files, path, show := r.files.around(name)
	if found := r.read[key]; found != nil && maps.Equal(found.others, contents(files, found.others)) {
		return found
	}
	opened := &openedFiles{FS: files, names: map[string][sha256.Size]byte{}}
	if files != nil {
		o.Files, o.Path, o.Show = opened, path, show
	}
	f, err := openapi.Read(r.files.show(name), data, o)
	r.read[key] = &reading{f, err, contents(files, opened.names)}
	return r.read[key]
}

// openedFiles notes which files are opened.
type openedFiles struct {
	fs.FS
	names map[string][sha256.Size]byte
}

func (o *openedFiles) Open(name string) (fs.File, error) {
	o.names[name] = [sha256.Size]byte{}
	return o.FS.Open(name)
}

// Stat looks at a file as the folder does.
func (o *openedFiles) Stat(name string) (fs.FileInfo, error) {
	o.names[name] = [sha256.Size]byte{}
	return fs.Stat(o.FS, name)
}

// contents are the hashes of what is in files now.
func contents(files fs.FS, names map[string][sha256.Size]byte) map[string][sha256.Size]byte {
	now := make(map[string][sha256.Size]byte, len(names))
	for name := range names {
		now[name] = [sha256.Size]byte{}
		if info, err := fs.Stat(files, name); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if data, err := fs.ReadFile(files, name); err == nil {
			now[name] = sha256.Sum256(data)
		}
	}
	return now
}

// Files are the files that a document was read from, as messages call them.
func (p *Project) Files(d *Deployed) []string {
	name, _ := p.reader.split(d.document)
	names := []string{d.Name}
	_, _, show := p.reader.files.around(name)
	for _, f := range p.reader.of(d.Document) {
		for other := range f.others {
			names = append(names, show(other))
		}
	}
	return names
}

// template is the CloudFormation template in a file; nil if there is none.
func (r *documentReader) template(name string) *openapi.File {
	data, err := r.bytes(name)
	if err != nil {
		return nil // said when it is imported
	}
	if f := r.file(name, data); f.err == nil && f.Template != nil {
		return f.File
	}
	return nil
}

// of are the files that a document was read from: one, or none.
func (r *documentReader) of(doc *openapi.Document) []*reading {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.read {
		if f.File != nil && slices.Contains(f.Documents, doc) {
			return []*reading{f}
		}
	}
	return nil
}

// around is the project folder that a document refers to files of, and its path
// there: that of rehearse.yaml; without one the user's own, if the document is in
// it; else the document's.
func (f fileSystem) around(document string) (files fs.FS, name string, show func(string) string) {
	name = path.Clean(filepath.ToSlash(document))
	if f.embedded != nil {
		sub, err := fs.Sub(f.embedded, path.Clean(f.dir))
		if err != nil || !fs.ValidPath(name) {
			return nil, "", nil
		}
		return sub, name, f.show
	}
	if shown := f.show(document); f.root != "" && filepath.IsLocal(shown) {
		return folder(f.root), filepath.ToSlash(shown), filepath.FromSlash
	}
	if fs.ValidPath(name) {
		return folder(f.show(".")), name, f.show
	}
	own := filepath.Dir(f.show(document))
	return folder(own), path.Base(name), func(name string) string { return filepath.Join(own, name) }
}

// A folder is a folder of the machine out of which no name and no link leads.
type folder string

// Open makes a folder an fs.FS.
func (f folder) Open(name string) (fs.File, error) {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(filepath.FromSlash(name))
}

// Stat looks at a file without opening it, which of a pipe would wait.
func (f folder) Stat(name string) (fs.FileInfo, error) {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Stat(filepath.FromSlash(name))
}
