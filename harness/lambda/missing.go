package lambda

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
)

var missingForm = regexp.MustCompile(`(?:No module named|Cannot find module|Cannot find package) '([^']+)'`)

// missingModule says which module an import did not find and how to get it, as
// a line for the function's log.
func missingModule(v *version, payload []byte) string {
	var e struct{ ErrorMessage string }
	if json.Unmarshal(payload, &e) != nil {
		return ""
	}
	m := missingForm.FindStringSubmatch(e.ErrorMessage)
	if m == nil {
		return ""
	}
	dir, err := v.taskRoot()
	if err != nil {
		return ""
	}
	module, _, _ := strings.Cut(m[1], ".")
	handler, _, _ := strings.Cut(strings.ReplaceAll(v.code.Handler, "/", "."), ".")
	switch {
	case v.code.kind() == kindPython && module == handler:
		return "hint: the handler " + v.code.Handler + " wants " + filepath.Join(dir, pythonFile(v.code.Handler)) + "\n"
	case v.code.kind() == kindPython:
		return "hint: pip install " + module + " into " + filepath.Join(dir, ".venv") + ", or pip install -t " + dir + " " + module + "\n"
	case strings.HasPrefix(m[1], ".") || filepath.IsAbs(m[1]) || m[1] == handler:
		return "hint: the handler " + v.code.Handler + " wants a file of " + dir + "\n"
	}
	return "hint: run npm install " + m[1] + " in " + dir + "\n"
}
