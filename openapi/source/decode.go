package source

import (
	"encoding"
	"fmt"
	"iter"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A Decoder decodes itself. At is where the value is named: its key's place for
// a member of an object, else its own; name is what errors call it.
type Decoder interface {
	DecodeNode(n *Node, at Pos, name string) []*Error
}

// Decode fills *into, a pointer to a struct, map or what else stands below, with
// n, and returns everything wrong at once: unknown fields with the nearest
// known one, wrong types, missing fields. What is right is filled in all the same.
//
// Fields are named by their tag `yaml:"name"`; `yaml:"name,required"` must be
// there, and a field without a tag or with "-" is not read. Types are: string
// (takes numbers and booleans as they are spelled), bool, integers, floats,
// time.Time (RFC 3339), [Duration], [Text], *[Node], any (as [Node.Ordered]), pointers,
// slices, map[string]T, [Map] (which keeps order and places), [Placed], encoding.TextUnmarshaler and [Decoder].
// Null leaves a value as it was. A field called Pos of type [Pos] becomes the
// place of the struct: of its key where it is a member of an object.
func Decode(n *Node, into any) []*Error {
	d := decoder{}
	d.value(n, n.Pos, "the file", reflect.ValueOf(into).Elem())
	return d.errs
}

// A Map is an object with values of one type, in file order.
type Map[T any] struct {
	Entries []Entry[T]
}

// An Entry is one member of a [Map].
type Entry[T any] struct {
	Key   string
	Pos   Pos // of the key
	Value T
}

// Get returns the value of key, and whether there is one.
func (m *Map[T]) Get(key string) (T, bool) {
	for i := range m.Entries {
		if m.Entries[i].Key == key {
			return m.Entries[i].Value, true
		}
	}
	var none T
	return none, false
}

// Keys lists the keys in file order.
func (m *Map[T]) Keys() []string {
	keys := make([]string, len(m.Entries))
	for i := range m.Entries {
		keys[i] = m.Entries[i].Key
	}
	return keys
}

// All ranges over the entries in file order.
func (m *Map[T]) All() iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for i := range m.Entries {
			if !yield(m.Entries[i].Key, m.Entries[i].Value) {
				return
			}
		}
	}
}

// DecodeNode makes *Map a [Decoder].
func (m *Map[T]) DecodeNode(n *Node, at Pos, name string) []*Error {
	var d decoder
	if n.Kind != Object {
		d.wrong(n, name, "an object")
		return d.errs
	}
	m.Entries = make([]Entry[T], len(n.Members))
	for i := range n.Members {
		member := &n.Members[i]
		m.Entries[i].Key, m.Entries[i].Pos = member.Key, member.Pos
		d.value(member.Value, member.Pos, member.Key, reflect.ValueOf(&m.Entries[i].Value).Elem())
	}
	return d.errs
}

// A Placed value knows where it stands; the zero Pos says that it was not given.
type Placed[T any] struct {
	Value T
	Pos   Pos // of the value
}

// DecodeNode makes *Placed a [Decoder].
func (p *Placed[T]) DecodeNode(n *Node, at Pos, name string) []*Error {
	var d decoder
	p.Pos = n.Pos
	d.value(n, at, name, reflect.ValueOf(&p.Value).Elem())
	return d.errs
}

// A Duration is written 90s, 1h30m or 250ms.
type Duration time.Duration

// DecodeNode makes *Duration a [Decoder].
func (d *Duration) DecodeNode(n *Node, at Pos, name string) []*Error {
	v, err := time.ParseDuration(n.Value)
	if n.Kind != String || err != nil || v < 0 {
		return []*Error{{Pos: n.Pos, Msg: fmt.Sprintf("%s is %s, want a duration", name, describe(n)), Hint: "write it as 90s, 1h30m or 250ms"}}
	}
	*d = Duration(v)
	return nil
}

type decoder struct {
	errs []*Error
}

var (
	posType  = reflect.TypeFor[Pos]()
	textType = reflect.TypeFor[Text]()
	nodeType = reflect.TypeFor[*Node]()
)

// wrong reports that n is not what is wanted.
func (d *decoder) wrong(n *Node, name, want string) {
	d.errs = append(d.errs, &Error{Pos: n.Pos, Msg: fmt.Sprintf("%s is %s, want %s", name, describe(n), want), Hint: hintFor(n, want)})
}

func hintFor(n *Node, want string) string {
	if want != wantBool || n.Kind != String {
		return ""
	}
	if isTrue(n.Value) {
		return "write true, without quotes"
	}
	switch strings.ToLower(n.Value) {
	case "false", "no", "off", "n":
		return "write false, without quotes"
	}
	return ""
}

const wantBool = "true or false"

func describe(n *Node) string {
	switch n.Kind {
	case String:
		if len(n.Value) > 40 {
			return "a text"
		}
		return strconv.Quote(n.Value)
	case Number, Bool:
		return n.Value
	}
	return article(n.Kind)
}

func (d *decoder) value(n *Node, at Pos, name string, v reflect.Value) {
	if v.Type() == nodeType {
		v.Set(reflect.ValueOf(n))
		return
	}
	if n.Kind == Null {
		setPos(v, at)
		return
	}
	if v.CanAddr() {
		switch into := v.Addr().Interface().(type) {
		case Decoder:
			d.errs = append(d.errs, into.DecodeNode(n, at, name)...)
			return
		case *time.Time:
			d.time(n, name, into)
			return
		case encoding.TextUnmarshaler:
			d.text(n, name, into)
			return
		}
	}
	if v.Type() == textType {
		if n.Kind == Array || n.Kind == Object {
			d.wrong(n, name, "a text")
			return
		}
		v.Set(reflect.ValueOf(n.Text()))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, at, name, v.Elem())
	case reflect.Struct:
		d.fields(n, at, name, v)
	case reflect.Map:
		d.mapOf(n, name, v)
	case reflect.Slice:
		d.slice(n, name, v)
	case reflect.Interface:
		if value := n.Ordered(); value != nil {
			v.Set(reflect.ValueOf(value))
		}
	default:
		d.scalar(n, name, v)
	}
}

func (d *decoder) time(n *Node, name string, into *time.Time) {
	t, err := time.Parse(time.RFC3339, n.Value)
	if n.Kind != String || err != nil {
		d.wrong(n, name, "a time such as 2026-01-01T00:00:00Z")
		return
	}
	*into = t
}

func (d *decoder) text(n *Node, name string, into encoding.TextUnmarshaler) {
	if n.Kind == Array || n.Kind == Object {
		d.wrong(n, name, "a text")
		return
	}
	if err := into.UnmarshalText([]byte(n.Value)); err != nil {
		d.errs = append(d.errs, &Error{Pos: n.Pos, Msg: fmt.Sprintf("%s is %s: %v", name, describe(n), err), Err: err})
	}
}

func (d *decoder) scalar(n *Node, name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if n.Kind == Array || n.Kind == Object {
			d.wrong(n, name, "a text")
			return
		}
		v.SetString(n.Value)
	case reflect.Bool:
		if n.Kind != Bool {
			d.wrong(n, name, wantBool)
			return
		}
		v.SetBool(n.Value == "true")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		number, ok := n.Ordered().(ordered.Number)
		i, fits := number.Int64()
		if n.Kind != Number || !ok || !fits || v.OverflowInt(i) {
			d.wrong(n, name, "a whole number")
			return
		}
		v.SetInt(i)
	case reflect.Float32, reflect.Float64:
		number, ok := n.Ordered().(ordered.Number)
		if n.Kind != Number || !ok {
			d.wrong(n, name, "a number")
			return
		}
		v.SetFloat(number.Float64())
	default:
		panic(fmt.Sprintf("source.Decode: no rule for the type %v", v.Type()))
	}
}

// setPos fills the field Pos of a struct.
func setPos(v reflect.Value, at Pos) {
	if v.Kind() != reflect.Struct {
		return
	}
	if f := v.FieldByName("Pos"); f.IsValid() && f.Type() == posType && f.CanSet() {
		f.Set(reflect.ValueOf(at))
	}
}

// fields decodes an object into a struct.
func (d *decoder) fields(n *Node, at Pos, name string, v reflect.Value) {
	setPos(v, at)
	if n.Kind != Object {
		d.wrong(n, name, "an object")
		return
	}
	indexes := map[string]int{}
	var known []string
	for i := range v.NumField() {
		field, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if field == "" || field == "-" {
			continue
		}
		indexes[field] = i
		known = append(known, field)
		if given := n.Get(field); options == "required" && (given == nil || given.Kind == Null) {
			d.errs = append(d.errs, &Error{Pos: at, Msg: fmt.Sprintf("%s lacks the field %q", name, field)})
		}
	}
	for _, m := range n.Members {
		i, ok := indexes[m.Key]
		if !ok {
			d.errs = append(d.errs, unknownField(m, name, known))
			continue
		}
		d.value(m.Value, m.Pos, m.Key, v.Field(i))
	}
}

func unknownField(m Member, name string, known []string) *Error {
	err := &Error{Pos: m.Pos, Msg: fmt.Sprintf("%s has no field %q", name, m.Key)}
	if near := Nearest(m.Key, known); near != "" {
		err.Hint = fmt.Sprintf("did you mean %q?", near)
	} else {
		err.Hint = "there are " + strings.Join(known, ", ")
	}
	return err
}

func (d *decoder) mapOf(n *Node, name string, v reflect.Value) {
	if n.Kind != Object {
		d.wrong(n, name, "an object")
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.Members)))
	for _, m := range n.Members {
		value := reflect.New(v.Type().Elem()).Elem()
		d.value(m.Value, m.Pos, m.Key, value)
		v.SetMapIndex(reflect.ValueOf(m.Key).Convert(v.Type().Key()), value)
	}
}

func (d *decoder) slice(n *Node, name string, v reflect.Value) {
	if n.Kind != Array {
		d.wrong(n, name, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
	for i, item := range n.Items {
		d.value(item, item.Pos, fmt.Sprintf("item %d of %s", i+1, name), v.Index(i))
	}
}
