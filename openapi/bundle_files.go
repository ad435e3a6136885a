package openapi

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// Bounds of what is read, for a folder in which everything refers to everything.
const (
	maxBundledFiles = 5000
	maxBundledBytes = source.MaxSize // of all files together; AWS takes 6 MB
)

// A bundledFile is a file that the document refers to, or the document itself.
type bundledFile struct {
	name  string // its path in the project folder
	shown string // what places call it
	root  *source.Node
	why   string // why it can't be read
	used  bool   // something of it was bundled
}

// A target is what a reference leads to.
type target struct {
	file    *bundledFile
	pointer string
}

// A found target is there.
type found struct {
	target
	node *source.Node // nil in the document itself
	pos  source.Pos   // of its key, or of the value if it has none
	name string       // what the reference calls it
	via  *bundledFile // the file that the reference names
}

var urlScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// fileRef reports whether a reference is one to another file, by a path relative
// to the file it stands in.
func fileRef(ref string) bool {
	return ref != "" && !strings.HasPrefix(ref, "#") && whyNotRead(ref) == ""
}

// whyNotRead says of a reference that is no relative path why its target is
// never read.
func whyNotRead(ref string) string {
	switch scheme := urlScheme.FindString(ref); {
	case strings.EqualFold(scheme, "http:"), strings.EqualFold(scheme, "https:"), strings.HasPrefix(ref, "//"):
		return "nothing on the network is ever read"
	case scheme != "", strings.HasPrefix(ref, "/"), strings.HasPrefix(ref, `\`):
		return "only files of the project folder are read, by relative paths"
	}
	return ""
}

// follow finds what a reference in a file stands for in the end: a reference to
// a reference is one to what that leads to, unless a component of the section
// stands on the way. It says why if there is nothing.
func (b *bundler) follow(ref string, from *bundledFile, section string) (found, string) {
	f, why := b.step(ref, from)
	first := f
	for why == "" && f.file != b.main {
		next := reference(f.node)
		if next == nil || b.names[component{section, f.target}] != "" || !b.leavesMain(next.Value, f.file) {
			break
		}
		further, whyNot := b.hop(next.Value, f.file)
		if whyNot == leadsBack {
			return found{}, whyNot
		}
		if whyNot != "" {
			break // it is said of the reference that leads nowhere
		}
		f = further
	}
	f.name, f.via = first.name, first.via
	return f, why
}

// maxHops is how many references may lead from one to the next.
const maxHops = 100

// step finds what a reference in a file names. On the way of its pointer it
// follows other references, as bundlers do.
func (b *bundler) step(ref string, from *bundledFile) (found, string) {
	b.hops = 0
	return b.hop(ref, from)
}

func (b *bundler) hop(ref string, from *bundledFile) (found, string) {
	if b.hops++; b.hops > maxHops {
		return found{}, leadsBack
	}
	name, pointer, _ := strings.Cut(ref, "#")
	file := from
	if name != "" {
		var why string
		if file, why = b.openFile(name, from); why != "" {
			return found{}, why
		}
	}
	if strings.Contains(pointer, "%") {
		if plain, err := url.PathUnescape(pointer); err == nil {
			pointer = plain
		}
	}
	if file == b.main {
		return found{target: target{file, pointer}, via: file}, ""
	}
	at := found{target: target{file: file}, node: file.root, pos: file.root.Pos, name: baseName(file.name), via: file}
	if pointer == "" || pointer == "/" && file.root.Get("") == nil { // many write #/ for the whole file
		return at, ""
	}
	if pointer[0] != '/' {
		return found{}, "what follows # wants to begin with /: #/" + pointer
	}
	tokens := strings.Split(pointer[1:], "/")
	for i := 0; i < len(tokens); {
		if next, ok := b.child(at, unescapePointer(tokens[i])); ok {
			at = next
			i++
			continue
		}
		over := reference(at.node)
		if over == nil || !b.leavesMain(over.Value, at.file) {
			return found{}, b.nothingAt(at, pointer, unescapePointer(tokens[i]))
		}
		beyond, why := b.hop(over.Value, at.file)
		if why != "" {
			return found{}, why
		}
		if beyond.file == b.main {
			beyond.pointer += "/" + strings.Join(tokens[i:], "/")
			beyond.via = file
			return beyond, ""
		}
		at = beyond
	}
	at.via = file
	return at, ""
}

// nothingAt says that a pointer leads nowhere.
func (b *bundler) nothingAt(at found, pointer, token string) string {
	const mostHints = 300
	why := fmt.Sprintf("%s has nothing at %s", at.file.shown, quote(pointer))
	if b.hints++; at.node == nil || b.hints > mostHints {
		return why
	}
	var known []string
	for _, m := range at.node.Members {
		known = append(known, m.Key)
	}
	if near := nearest(token, known); near != "" {
		why += "; did you mean " + quote(near) + "?"
	}
	return why
}

// nearest is the known name that a wrong one is most like, or "". It looks only
// at so many, of a sane length, since looking costs time.
func nearest(name string, known []string) string {
	const most, longest = 200, 80
	if len(known) > most || len(name) > longest {
		return ""
	}
	return source.Nearest(name, slices.DeleteFunc(slices.Clone(known), func(k string) bool { return len(k) > longest }))
}

// child is a member or an item. The members of large objects are indexed, so
// that many references into one file cost no more than few.
func (b *bundler) child(at found, token string) (found, bool) {
	n := at.node
	next := found{target: target{at.file, pointerTo(at.pointer, token)}, name: token}
	switch {
	case n == nil:
		return found{}, false
	case n.Kind == source.Array:
		i, err := strconv.Atoi(token)
		if err != nil || i < 0 || i >= len(n.Items) {
			return found{}, false
		}
		next.node, next.pos = n.Items[i], n.Items[i].Pos
		next.pointer = pointerTo(at.pointer, itoa(i))
		return next, true
	}
	i, ok := b.memberIndex(n, token)
	if !ok {
		return found{}, false
	}
	next.node, next.pos = n.Members[i].Value, n.Members[i].Pos
	return next, true
}

func (b *bundler) memberIndex(n *source.Node, key string) (int, bool) {
	const large = 32
	if len(n.Members) < large {
		i := slices.IndexFunc(n.Members, func(m source.Member) bool { return m.Key == key })
		return i, i >= 0
	}
	known := b.index[n]
	if known == nil {
		known = make(map[string]int, len(n.Members))
		for i, m := range n.Members {
			known[m.Key] = i
		}
		b.index[n] = known
	}
	i, ok := known[key]
	return i, ok
}

// openFile opens the file that a reference names, once.
func (b *bundler) openFile(ref string, from *bundledFile) (_ *bundledFile, why string) {
	if plain, err := url.PathUnescape(ref); err == nil {
		ref = plain
	}
	name := path.Join(path.Dir(from.name), ref)
	switch {
	case name == b.main.name:
		return b.main, ""
	case name == ".." || strings.HasPrefix(name, "../"):
		return nil, name + " is outside the project folder, and nothing there is ever read: copy it into the project, or have rehearse.yaml in a folder above both"
	case !fs.ValidPath(name):
		return nil, quote(name) + " is no path"
	}
	file := b.files[name]
	if file == nil {
		file = &bundledFile{name: name}
		b.files[name] = file
		b.readFile(file)
	}
	return file, file.why
}

func (b *bundler) readFile(file *bundledFile) {
	if len(b.files) > maxBundledFiles {
		file.why = fmt.Sprintf("the document refers to more than %d files", maxBundledFiles)
		return
	}
	if b.bytes > maxBundledBytes {
		file.why = fmt.Sprintf("the files that the document refers to have more than %d MB together", maxBundledBytes>>20)
		return
	}
	f, err := b.read(file.name)
	if err != nil {
		file.why = b.unreadable(file.name, err)
		return
	}
	file.root, file.shown = f.Root, f.Name
	b.bytes += weight(f.Root)
}

// unreadable says why a file can't be read. What is wrong within the file is
// said there.
func (b *bundler) unreadable(name string, err error) string {
	var placed *source.Error
	for _, e := range flatten(err) {
		at, ok := e.(*source.Error)
		if !ok || at.Pos.Line == 0 {
			continue
		}
		placed = at
		b.findings = append(b.findings, Finding{
			Rule: "external-file-unparseable", Category: Dropped, Severity: Warning, Evidence: Inferred,
			Message: at.Msg + ": the references to this file stay as they are", Hint: at.Hint, Pos: at.Pos,
		})
	}
	if placed != nil {
		return name + " can't be read: see " + placed.Pos.String()
	}
	why := name + " can't be read: " + cause(err)
	if errors.Is(err, fs.ErrNotExist) {
		why = "there is no file " + name
	}
	var hinted *source.Error
	if errors.As(err, &hinted) && hinted.Hint != "" {
		why += "; " + hinted.Hint
	}
	return why
}

// weight is about how many bytes a value has.
func weight(n *source.Node) int {
	if n == nil {
		return 0
	}
	const each = 16
	sum := each + len(n.Value)
	for _, item := range n.Items {
		sum += weight(item)
	}
	for _, m := range n.Members {
		sum += len(m.Key) + weight(m.Value)
	}
	return sum
}

func baseName(name string) string {
	name = path.Base(name)
	return strings.TrimSuffix(name, path.Ext(name))
}

// filesOf reads the files of a folder for [bundle]. It reads nothing but regular
// files; that no link leads out of the folder is for fsys to see to, as
// [os.Root] does. show is what places call a file; nil: by its name in fsys.
func filesOf(fsys fs.FS, show func(name string) string) func(name string) (*source.File, error) {
	if show == nil {
		show = func(name string) string { return name }
	}
	return func(name string) (*source.File, error) {
		info, err := fs.Stat(fsys, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, &source.Error{Msg: "there is no file " + name, Hint: nearestFile(fsys, name), Err: err}
		case err != nil:
			return nil, err
		case info.IsDir():
			return nil, &source.Error{Msg: "it is a folder", Hint: "name a file"}
		case !info.Mode().IsRegular():
			return nil, &source.Error{Msg: "it is no regular file"}
		}
		return source.LoadFileAs(fsys, name, show(name))
	}
}

// nearestFile is a hint: the file that a name was probably meant to be.
func nearestFile(fsys fs.FS, name string) string {
	if slashed := strings.ReplaceAll(name, `\`, "/"); slashed != name && fs.ValidPath(slashed) {
		if _, err := fs.Stat(fsys, slashed); err == nil {
			return "did you mean " + slashed + "?"
		}
	}
	folder := path.Dir(name)
	entries, err := fs.ReadDir(fsys, folder)
	if err != nil {
		return ""
	}
	var names, known []string // known without endings, which are alike anyway
	for _, e := range entries {
		switch strings.ToLower(path.Ext(e.Name())) {
		case ".yaml", ".yml", ".json":
			names, known = append(names, e.Name()), append(known, baseName(e.Name()))
		}
	}
	if near := nearest(baseName(name), known); near != "" {
		return "did you mean " + path.Join(folder, names[slices.Index(known, near)]) + "?"
	}
	return ""
}
