package source

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
	"unicode/utf8"
)

// MaxSize is the size in bytes above which a file is refused.
const MaxSize = 32 << 20

// A File is a YAML or JSON file that was read.
type File struct {
	Name string
	Root *Node
	// Duplicates are the keys that an object has twice, each an error with the
	// places of both. The last value counts. Whether that is forgivable is for
	// the one who reads the file to say.
	Duplicates []*Error

	data  []byte
	lines func() []string // of data, without their ends
}

// Read reads a YAML or JSON file. A file whose first character is { or [ is
// JSON, unless it is called .yaml or .yml and is no JSON. The error is an
// *[Error] or several joined.
func Read(name string, data []byte) (*File, error) {
	f := &File{Name: name, data: data}
	if err := f.checkBytes(); err != nil {
		return nil, err
	}
	f.lines = sync.OnceValue(func() []string { return splitLines(string(f.data)) })
	var err error
	if !f.looksLikeJSON() {
		err = f.readYAML()
	} else if err = f.readJSON(); err != nil && isYAMLName(name) {
		// YAML's flow style may begin with a brace too.
		if f.Duplicates = nil; f.readYAML() == nil {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

func isYAMLName(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

// LoadFile reads the file called name in fsys.
func LoadFile(fsys fs.FS, name string) (*File, error) { return LoadFileAs(fsys, name, name) }

// LoadFileAs is LoadFile of a file that places call otherwise.
func LoadFileAs(fsys fs.FS, name, shown string) (*File, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > MaxSize {
		return nil, tooLarge(shown, info.Size())
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	return Read(shown, data)
}

func tooLarge(name string, size int64) *Error {
	return &Error{
		Pos:  Pos{File: name, Line: 1, Col: 1},
		Msg:  fmt.Sprintf("the file has %d MB; at most %d MB are read", size>>20, MaxSize>>20),
		Hint: "API Gateway itself takes no document above 6 MB",
	}
}

// maxByteErrors is how many wrong characters are reported.
const maxByteErrors = 5

// checkBytes takes the byte order mark away and refuses what no reader takes.
func (f *File) checkBytes() error {
	if len(f.data) > MaxSize {
		return tooLarge(f.Name, int64(len(f.data)))
	}
	f.data = bytes.TrimPrefix(f.data, []byte("\ufeff"))
	if looksLikeUTF16(f.data) {
		return &Error{Pos: f.pos(1, 1), Msg: "the file is written in UTF-16", Hint: "save it as UTF-8"}
	}
	if len(bytes.TrimSpace(f.data)) == 0 {
		return &Error{Pos: f.pos(1, 1), Msg: "the file is empty"}
	}
	var wrong []error
	line, col := 1, 1
	for i := 0; i < len(f.data) && len(wrong) < maxByteErrors; {
		c, size := rune(f.data[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRune(f.data[i:])
		}
		switch {
		case c == '\n':
			line, col = line+1, 0
		case c == utf8.RuneError && size == 1:
			wrong = append(wrong, &Error{Pos: f.pos(line, col), Msg: fmt.Sprintf("byte %#02x is no UTF-8", f.data[i]), Hint: "save the file as UTF-8"})
		case c < ' ' && c != '\t' && c != '\r':
			wrong = append(wrong, &Error{Pos: f.pos(line, col), Msg: fmt.Sprintf("the control character U+%04X stands here", c), Hint: "remove it"})
		}
		col++
		i += size
	}
	return errors.Join(wrong...)
}

func looksLikeUTF16(data []byte) bool {
	if len(data) < 2 {
		return false
	}
	mark := string(data[:2])
	return mark == "\xff\xfe" || mark == "\xfe\xff" ||
		data[0] == 0 && data[1] != 0 || len(data) >= 4 && data[0] != 0 && data[1] == 0 && data[2] != 0 && data[3] == 0
}

func (f *File) looksLikeJSON() bool {
	first := bytes.TrimLeft(f.data, " \t\r\n")
	return len(first) > 0 && (first[0] == '{' || first[0] == '[')
}

func (f *File) pos(line, col int) Pos { return Pos{File: f.Name, Line: line, Col: col} }

// line returns a line, counted from 1, without its end.
func (f *File) line(number int) string {
	if lines := f.lines(); number >= 1 && number <= len(lines) {
		return lines[number-1]
	}
	return ""
}

// splitLines cuts at the line ends that YAML knows: LF, CRLF and CR.
func splitLines(s string) []string {
	if !strings.Contains(s, "\r") {
		return strings.Split(s, "\n")
	}
	return strings.Split(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"), "\n")
}

// Data is the file as it was read, without a byte order mark.
func (f *File) Data() []byte { return f.data }

// Node returns the node that a JSON Pointer leads to (/paths/~1items/get, or
// with a # before it), nil if it leads nowhere.
func (f *File) Node(pointer string) *Node {
	n, _ := f.Root.Follow(pointer)
	return n
}

// At returns the place of what a JSON Pointer leads to: of the key for a member
// of an object, of the value for all else. Where the pointer leads nowhere, it is
// the place of the last thing on its way.
func (f *File) At(pointer string) Pos {
	_, pos := f.Root.Follow(pointer)
	return pos
}

// Text returns the text that a JSON Pointer leads to, and whether there is one.
func (f *File) Text(pointer string) (Text, bool) {
	n := f.Node(pointer)
	if n == nil || n.Kind == Array || n.Kind == Object {
		return Text{}, false
	}
	return n.Text(), true
}

// addDuplicate notes that key comes a second time.
func (f *File) addDuplicate(key string, first, second Pos) {
	f.Duplicates = append(f.Duplicates, &Error{
		Pos:  second,
		Msg:  fmt.Sprintf("the key %q stands here a second time", key),
		Hint: fmt.Sprintf("the first one is in line %d; only the last one counts", first.Line),
	})
}

// A memberList collects the members of an object and notices doubles.
type memberList struct {
	file    *File
	members []Member
	index   map[string]int // nil while small
}

func (l *memberList) find(key string) int {
	if l.index != nil {
		if i, ok := l.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range l.members {
		if l.members[i].Key == key {
			return i
		}
	}
	return -1
}

// add adds m. The last of two with one key wins, in the first one's place among
// the keys, as in package ordered.
func (l *memberList) add(m Member) {
	if i := l.find(m.Key); i >= 0 {
		l.file.addDuplicate(m.Key, l.members[i].Pos, m.Pos)
		l.members[i] = m
		return
	}
	l.members = append(l.members, m)
	switch {
	case l.index != nil:
		l.index[m.Key] = len(l.members) - 1
	case len(l.members) > 16:
		l.index = make(map[string]int, 64)
		for i := range l.members {
			l.index[l.members[i].Key] = i
		}
	}
}
