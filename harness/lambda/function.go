// Package lambda runs functions as Lambda runs them: versions, aliases,
// environments, the Runtime API, and what a caller sees when they fail.
//
// A [Registry] is made from [Function]s; [Registry.Invoke] is the whole of it
// for the gateway. Function code runs in real processes (python3, node, a
// bootstrap), which a [Host] shares between the scenarios of a run.
//
// It promises nothing to other modules.
package lambda

import "time"

// A Function is a function as configured; field names are rehearse.yaml's.
type Function struct {
	Name                string
	Code                // of $LATEST
	Versions            map[string]Code
	Aliases             map[string]Alias
	Permissions         []Permission // nil: anybody may invoke; else only who is listed
	Shared              bool         // environments survive a scenario
	ReservedConcurrency *int         // nil: no limit; 0: always throttled
}

// Code is what a version is made of. A version inherits from the function what it does not state.
type Code struct {
	Runtime     string        // python3.13, nodejs22.x, provided.al2023
	Handler     string        // lambda_function.lambda_handler
	Path        string        // folder of the code
	Inline      string        // code instead of a folder
	Timeout     time.Duration // default 3 s
	MemorySize  int           // MB, default 128
	Environment map[string]string
	Interpreter string         // path of the interpreter to use instead of one found
	Layers      []string       // folders
	Command     []string       // anything that speaks the Runtime API
	Exec        []string       // event on stdin, result on stdout
	HTTP        string         // an endpoint that speaks Lambda's Invoke
	Static      []StaticAnswer // canned answers
}

// A StaticAnswer answers events that contain Event (nil: all).
type StaticAnswer struct {
	Event  any           // ordered value; a JSON subset of the event
	Result any           // ordered value: the function's result
	Error  *StaticError  // instead of a result
	Delay  time.Duration // on the gateway's clock
}

// A StaticError makes the function fail.
type StaticError struct{ Message, Type string }

// An Alias points to a version, or splits between two.
type Alias struct {
	Version string
	Weights map[string]float64 // share of the other version, 0 to 1
}

// A Permission is an entry of a function's resource policy.
type Permission struct{ Qualifier, Principal, SourceARN string }

// Defaults and limits of a function.
const (
	DefaultTimeout    = 3 * time.Second
	DefaultMemorySize = 128 // MB
	Latest            = "$LATEST"

	maxTimeout      = 900 * time.Second
	initLimit       = 10 * time.Second // AWS docs: Lambda execution environment lifecycle
	maxRequest      = 6 << 20          // bytes of a synchronous event
	maxAsyncRequest = 1 << 20          // bytes of an asynchronous event
	maxResult       = 6291556          // bytes of a result, as the message of a larger one says
	accountPool     = 1000             // environments at work at one time, all functions of a world
	unhandled       = "Unhandled"      // X-Amz-Function-Error; "Handled" is history
)

// hasCode reports whether c says itself what runs.
func (c *Code) hasCode() bool {
	return c.Path != "" || c.Inline != "" || len(c.Command) > 0 || len(c.Exec) > 0 || c.HTTP != "" || c.Static != nil
}

// inherit gives c what it does not state: a version's settings are the
// function's unless it has its own.
func (c Code) inherit(from Code) Code {
	if !c.hasCode() {
		c.Path, c.Inline = from.Path, from.Inline
		c.Command, c.Exec, c.HTTP, c.Static = from.Command, from.Exec, from.HTTP, from.Static
	}
	if c.Runtime == "" {
		c.Runtime = from.Runtime
	}
	if c.Handler == "" {
		c.Handler = from.Handler
	}
	if c.Timeout == 0 {
		c.Timeout = from.Timeout
	}
	if c.MemorySize == 0 {
		c.MemorySize = from.MemorySize
	}
	if c.Environment == nil {
		c.Environment = from.Environment
	}
	if c.Interpreter == "" {
		c.Interpreter = from.Interpreter
	}
	if c.Layers == nil {
		c.Layers = from.Layers
	}
	return c
}

// withDefaults fills in what AWS fills in.
func (c Code) withDefaults() Code {
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.MemorySize == 0 {
		c.MemorySize = DefaultMemorySize
	}
	if c.Handler == "" && c.kind() == kindPython {
		c.Handler = "lambda_function.lambda_handler" // the console's
	}
	if c.Handler == "" && c.kind() == kindNode {
		c.Handler = "index.handler"
	}
	return c
}
