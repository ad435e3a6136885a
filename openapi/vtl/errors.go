package vtl

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A ParseError says why a text is no template. [Parse] returns it inside a
// *source.Error; so does Execute for a text that #evaluate can't read.
type ParseError struct {
	// Line and Column are the place within the template as Velocity reports
	// it: columns count UTF-16 units, a tab goes to the next multiple of 8.
	Line, Column int
	Lexical      bool   // a character no token starts with, or a text that ends within one
	Found        string // the token that can't stand there; empty at the end of the text

	offset    int // in the text, in bytes
	msg, hint string
	opened    int // where the directive began that is never closed
	hasOpened bool
	pos       source.Pos // where it is, if not at offset
}

func (e *ParseError) Error() string { return e.msg }

// A RuntimeError says why a rendering ended. Execute returns it inside a
// *source.Error. What was rendered before it is discarded, as by the gateway.
type RuntimeError struct {
	// Line and Column are the place within the template as Velocity reports
	// it, or 0, 0 where it reports none.
	Line, Column int
	Exception    string // the Java exception's class, if a method threw one: java.lang.NumberFormatException
	Reference    string // the reference or directive, as written
	Err          error  // what a host's object returned, or nil

	msg string
}

func (e *RuntimeError) Error() string { return e.msg }
func (e *RuntimeError) Unwrap() error { return e.Err }

// A LimitError says which of the Limits a rendering ran into.
type LimitError struct {
	Limit string // the field of Limits: "Output", "Steps" ...
	Max   int
}

func (e *LimitError) Error() string {
	switch e.Limit {
	case "Output":
		return fmt.Sprintf("the output is longer than %d bytes", e.Max)
	case "Steps":
		return fmt.Sprintf("more than %d steps", e.Max)
	case "Collection":
		return fmt.Sprintf("a string, list or map larger than %d", e.Max)
	case "Depth":
		return fmt.Sprintf("nested more than %d deep", e.Max)
	}
	return "limit " + e.Limit + " exceeded"
}

// A thrown is a Java exception on its way to the reference that caused it.
type thrown struct {
	class, msg string
}

func (t *thrown) Error() string {
	if t.msg == "" {
		return simpleName(t.class)
	}
	return t.msg + " (" + simpleName(t.class) + ")"
}

func throw(class, format string, args ...any) error {
	return &thrown{class, fmt.Sprintf(format, args...)}
}

// Exceptions of java.lang and java.util that methods throw.
const (
	indexOutOfBounds       = "java.lang.IndexOutOfBoundsException"
	stringIndexOutOfBounds = "java.lang.StringIndexOutOfBoundsException"
	arrayIndexOutOfBounds  = "java.lang.ArrayIndexOutOfBoundsException"
	nullPointer            = "java.lang.NullPointerException"
	numberFormat           = "java.lang.NumberFormatException"
	classCast              = "java.lang.ClassCastException"
	illegalArgument        = "java.lang.IllegalArgumentException"
	arithmetic             = "java.lang.ArithmeticException"
	unsupported            = "java.lang.UnsupportedOperationException"
	illegalState           = "java.lang.IllegalStateException"
	noSuchElement          = "java.util.NoSuchElementException"
	concurrentModification = "java.util.ConcurrentModificationException"
	velocityException      = "org.apache.velocity.exception.VelocityException"
	resourceNotFound       = "org.apache.velocity.exception.ResourceNotFoundException"
	patternSyntax          = "java.util.regex.PatternSyntaxException"
)

func quote(s string) string { return strconv.Quote(s) }

// A place is where something stands: within the user's text, and as Velocity counts.
type place struct {
	in        *unit
	offset    int
	line, col int
}

// unplaced is where the engine gives no place, but we do.
func (p place) unplaced() place { return place{in: p.in, offset: p.offset} }

func (p place) pos() source.Pos {
	if p.in == nil {
		return source.Pos{}
	}
	return p.in.at(p.offset)
}

// runtimeFailure makes of an error what a rendering ends with. what is the
// reference or directive at fault.
func runtimeFailure(at place, what string, err error) *failure {
	e := &RuntimeError{Line: at.line, Column: at.col, Reference: what, msg: err.Error()}
	var t *thrown
	if errors.As(err, &t) {
		e.Exception = t.class
	} else {
		e.Err = err
	}
	if what != "" {
		e.msg = what + ": " + e.msg
	}
	out := &source.Error{Pos: at.pos(), Msg: e.msg, Hint: hintFor(e), Err: e}
	return &failure{out}
}

// hintFor says what usually cures an exception.
func hintFor(e *RuntimeError) string {
	switch e.Exception {
	case numberFormat:
		return "test the text first, for instance with #if($x.matches(\"-?\\d+\"))"
	case nullPointer:
		return "an argument has no value: test it first, or set a default"
	case indexOutOfBounds, stringIndexOutOfBounds, arrayIndexOutOfBounds:
		return "compare the index with size() or length() first"
	case concurrentModification:
		return "collect the changes in a list and make them after the loop"
	case noSuchElement:
		return "ask hasNext() first"
	}
	return ""
}

// failAt ends the rendering.
func (ex *exec) failAt(at place, what string, err error) {
	panic(*runtimeFailure(at, what, err))
}

// located wraps a parse error of the template itself.
func located(t source.Text, e *ParseError) *source.Error {
	err := &source.Error{Pos: e.pos, Msg: e.msg, Hint: e.hint, Err: e}
	if e.pos.IsZero() {
		err.Pos = t.At(e.offset)
	}
	if e.hasOpened {
		err.Hint = fmt.Sprintf("the directive of line %d needs its #end", t.At(e.opened).Line)
	}
	return err
}
