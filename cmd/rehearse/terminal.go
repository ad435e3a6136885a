package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/mattn/go-isatty"

	"github.com/rehearse-api/rehearse/reports"
)

// colored reports whether w may get colours: --color, NO_COLOR and whether w is
// a terminal decide.
func (a *app) colored(w io.Writer) bool {
	switch a.color {
	case "always":
		return true
	case "never":
		return false
	}
	if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	return isTerminal(w)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// say prints lines on stderr, wrapped for a person and whole for a program.
func (a *app) say(text string) {
	if isTerminal(a.stderr) {
		text = reports.Wrap(text)
	}
	fmt.Fprintln(a.stderr, text)
}

// schemaVersion is that of all JSON shapes that lists are printed in.
const schemaVersion = 1

// printJSON prints v indented, as people and jq read it.
func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
