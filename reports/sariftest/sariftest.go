// Package sariftest holds SARIF logs against the JSON schema of SARIF 2.1.0, for
// tests. It promises nothing.
//
// The schema is OASIS's and not in this tree: a module that carries it, pinned by
// version and hash, comes through the go command, as all modules do.
package sariftest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The module keeps the schema in a constant of its package for SARIF 2.1.0.
const (
	module   = "github.com/owenrumney/go-sarif/v3@v3.3.1"
	hash     = "h1:bKY8YnWcY8zYTiGVObC5wZLlfEvMkCxK9XMGXBbzEtQ="
	file     = "pkg/report/v210/sarif/schema.go"
	constant = "schema"
)

// Check fails tb with each place where log is not as the schema wants it. Where
// the schema can't be had tb is skipped, and fails if CI is true.
func Check(tb testing.TB, log []byte) {
	tb.Helper()
	s, err := schema()
	if err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("the schema of SARIF is not here: %v", err)
		}
		tb.Skipf("the schema of SARIF is not here: %v", err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(log))
	if err != nil {
		tb.Errorf("the log is not JSON: %v", err)
		return
	}
	if err := s.Validate(v); err != nil {
		tb.Errorf("the log is not SARIF 2.1.0: %v", err)
	}
}

var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	text, err := schemaText()
	if err != nil {
		return nil, err
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("mem:///sarif.json", v); err != nil {
		return nil, err
	}
	return c.Compile("mem:///sarif.json")
})

func schemaText() (string, error) {
	cmd := exec.Command("go", "mod", "download", "-json", module)
	cmd.Dir = os.TempDir() // outside of any module, whose go.sum this would change
	out, err := cmd.Output()
	var got struct{ Dir, Sum, Error string }
	if jsonErr := json.Unmarshal(out, &got); jsonErr != nil || got.Error != "" || err != nil {
		return "", fmt.Errorf("%s: %w", cmd, errors.Join(err, jsonErr, errors.New(got.Error)))
	}
	if got.Sum != hash {
		return "", fmt.Errorf("%s has the hash %s, want %s", module, got.Sum, hash)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(got.Dir, file), nil, 0)
	if err != nil {
		return "", err
	}
	var value *ast.BasicLit
	ast.Inspect(parsed, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && spec.Names[0].Name == constant && len(spec.Values) == 1 {
			value, _ = spec.Values[0].(*ast.BasicLit)
		}
		return value == nil
	})
	if value == nil {
		return "", fmt.Errorf("%s of %s has no text called %s", file, module, constant)
	}
	return strconv.Unquote(value.Value)
}
