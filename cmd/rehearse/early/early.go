// Package early keeps a library from running a program whenever rehearse starts.
//
// While godog is initialised it asks "go env" where the go command has its tools,
// for a command of its own that is not in here. That costs milliseconds, many
// where go is a version manager's shim, and nobody expects it of
// "rehearse --version". So there is no PATH until package main calls [Restore].
//
// Packages are initialised in the order of their import paths as far as their
// imports are (Go specification: Program initialization; Go 1.21). This one needs
// only os and so comes before go/build, and godog's package needs go/build.
// The scripts start.txtar and functions.txtar hold that it works.
package early

import "os"

var path, there = os.LookupEnv("PATH")

func init() {
	if there {
		os.Unsetenv("PATH")
	}
}

// Restore gives the process its PATH back.
func Restore() {
	if there {
		os.Setenv("PATH", path)
	}
}
