package harness

import (
	"io/fs"
	"time"

	"github.com/cucumber/godog"

	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
)

// Config says what Run replays, and how. The zero value of every field but
// Project works.
type Config struct {
	// Project is what the scenarios run against. Run does not close it.
	Project *project.Project

	// Features is where Paths are looked up; nil is the machine's file system.
	Features fs.FS
	// Paths are feature files, folders of them, or file.feature:LINE, which
	// chooses the scenario that the line is in, or one row of an outline.
	// None: what Project names.
	Paths []string
	// Tags is a cucumber tag expression: "@fast and not (@slow or @wip)".
	Tags string
	// Shard is the part of the scenarios to run. The zero value is all of them.
	Shard Shard

	// Parallel is how many scenarios run at once; 0 is one.
	Parallel int
	// FailFast leaves out the scenarios that have not begun when one fails.
	FailFast bool
	// Seed draws weighted aliases, canaries and request ids. 0: one is chosen,
	// and stands in the result.
	Seed uint64
	// Start is what the virtual clock of each scenario shows first. The zero
	// time is the project's clock.start.
	Start time.Time

	// Steps registers a team's own steps for one scenario. In a step,
	// World(ctx) is the scenario's world.
	Steps func(*godog.ScenarioContext)

	// FailUnavailable makes scenarios fail that need a function whose
	// interpreter is not on this machine; else they are skipped by name.
	FailUnavailable bool

	// Ended is called when a scenario has ended, by one goroutine at a time.
	Ended func(*result.Scenario)
}

// A Shard is the I-th of N parts, counting from 1.
type Shard struct{ I, N int }
