package lambda

import (
	"regexp"
	"strings"
)

// esModule finds what only an ES module can say.
var esModule = regexp.MustCompile(`(?m)^\s*(export\s+(default|const|let|var|async|function|class|\{)|import\s+[\w*{'"])`)

// nodeFile is the file of a handler: index.handler is in index.mjs or index.js,
// as the code is.
func nodeFile(handler, code string) string {
	dir := ""
	if i := strings.LastIndexByte(handler, '/'); i >= 0 {
		dir, handler = handler[:i+1], handler[i+1:]
	}
	module, _, _ := strings.Cut(handler, ".")
	if esModule.MatchString(code) {
		return dir + module + ".mjs"
	}
	return dir + module + ".js"
}
