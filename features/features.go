// Package features holds the scenarios that come with rehearse: the lab,
// replayed by `rehearse demo`.
package features

import "embed"

// FS holds the feature files.
//
//go:embed *.feature
var FS embed.FS
