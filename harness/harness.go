// Package harness is the front door of rehearse for Go programs: it replays
// feature files against a project, and starts a gateway for a Go test.
//
// [Run] replays features. A project is opened with package
// harness/project, and may have been opened once for many runs:
//
//	p, err := project.Open("rehearse.yaml", project.Options{})
//	...
//	defer p.Close()
//	run, err := harness.Run(ctx, harness.Config{Project: p, Paths: []string{"features"}})
//
// A team adds steps of its own with Config.Steps; in a step, [World] is the
// scenario's world.
//
// [Start] gives a test a gateway with a URL, a virtual clock, and assertions:
//
//	s := harness.Start(t, "rehearse.yaml")
//	s.Expect().GET("/dev/items").Expect().Status(200)
//	s.Clock.Advance(25 * time.Hour)
//
// What this page shows is promised from the first release, and so are, of the
// types it names in other packages, the exported fields and methods.
package harness

import (
	"context"

	"github.com/rehearse-api/rehearse/harness/steps"
)

// World returns the world of the scenario that ctx, a step's context, belongs
// to: its Clock, its Sandbox, the last Response, Send, and the values that steps
// have remembered. It is nil outside of a scenario of [Run].
func World(ctx context.Context) *steps.World { return steps.FromContext(ctx) }
