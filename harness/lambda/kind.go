package lambda

import "strings"

// A kind is how a version's code is run.
type kind int

const (
	kindUnknown kind = iota
	kindPython
	kindNode
	kindProvided // an executable bootstrap
	kindCommand  // anything that speaks the Runtime API
	kindStatic
	kindExec
	kindHTTP
)

// kind tells how c is run; what stands instead of a runtime wins over it.
func (c *Code) kind() kind {
	switch {
	case c.Static != nil:
		return kindStatic
	case len(c.Exec) > 0:
		return kindExec
	case len(c.Command) > 0:
		return kindCommand
	case c.HTTP != "":
		return kindHTTP
	}
	return runtimeKind(c.Runtime)
}

func runtimeKind(runtime string) kind {
	switch {
	case strings.HasPrefix(runtime, "python3."):
		return kindPython
	case strings.HasPrefix(runtime, "nodejs"):
		return kindNode
	case strings.HasPrefix(runtime, "provided"):
		return kindProvided
	}
	return kindUnknown
}
