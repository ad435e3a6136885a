package project

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// A fileSystem is where a project's files are: a folder of the machine, or an
// fs.FS. Names are those of rehearse.yaml, relative to it.
type fileSystem struct {
	embedded fs.FS  // nil: the machine
	dir      string // of rehearse.yaml
	config   string // rehearse.yaml as messages call it
	root     string // of a document without config: the folder where the user stands
}

// show is a name as messages call it: from where the user stands.
func (f fileSystem) show(name string) string {
	if f.embedded != nil {
		return path.Join(f.dir, filepath.ToSlash(name))
	}
	if filepath.IsAbs(name) || f.dir == "." || f.dir == "" {
		return filepath.Clean(name)
	}
	return filepath.Join(f.dir, name)
}

func (f fileSystem) read(name string) ([]byte, error) {
	if f.embedded != nil {
		return fs.ReadFile(f.embedded, f.show(name))
	}
	return os.ReadFile(f.show(name))
}

func (f fileSystem) stat(name string) (fs.FileInfo, error) {
	if f.embedded != nil {
		return fs.Stat(f.embedded, f.show(name))
	}
	return os.Stat(f.show(name))
}

// outside reports whether a name leads out of an fs.FS.
func (f fileSystem) outside(name string) bool {
	return f.embedded != nil && !fs.ValidPath(f.show(name))
}

// sub is a folder as an fs.FS.
func (f fileSystem) sub(name string) (fs.FS, error) {
	return fs.Sub(f.embedded, f.show(name))
}

// absolute is where a name is on the machine; "" in an fs.FS.
func (f fileSystem) absolute(name string) string {
	if f.embedded != nil || name == "" {
		return ""
	}
	abs, err := filepath.Abs(f.show(name))
	if err != nil {
		return f.show(name)
	}
	return abs
}

// unpack copies a folder out of an fs.FS.
func (f fileSystem) unpack(name, to string) error {
	sub, err := f.sub(name)
	if err != nil {
		return err
	}
	return os.CopyFS(to, sub)
}

// Find looks for the config called name in dir and the folders above it. A name
// with a folder in it is not looked for.
func Find(dir, name string) (file string, ok bool) {
	if strings.ContainsAny(name, `/\`) {
		return name, exists(name)
	}
	at, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	for rel := dir; ; rel = filepath.Join(rel, "..") {
		if f := filepath.Join(at, name); exists(f) {
			return filepath.Join(rel, name), true
		}
		up := filepath.Dir(at)
		if up == at {
			return "", false
		}
		at = up
	}
}

func exists(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}
