package lambda

import "strings"

// Runs reports whether a program runs code of a runtime ("python3.13",
// "nodejs22.x") on this machine. It is tried, once in the life of this program:
// what is in PATH need not run.
func Runs(runtime, program string) bool {
	p := pythonProbe
	if strings.HasPrefix(runtime, "nodejs") {
		p = nodeProbe
	}
	_, ok := p.try(program)
	return ok
}
