package project

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestAnInterpreterThatDoesNotRunIsNoted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the interpreters here are shell scripts")
	}
	const functions = "functions:\n  F: {runtime: RUNTIME, path: functions/f}\n"
	tests := []struct {
		name, config, program, script, want string
	}{
		{
			name:    "a python3 that fails, as a shim without a version does",
			config:  strings.Replace(functions, "RUNTIME", "python3.13", 1),
			program: "python3", script: "exit 1",
			want: `function "F" needs python3.13 or another python3, and there is none in PATH that runs: its calls can't be answered`,
		},
		{
			name:    "a python3 that runs",
			config:  strings.Replace(functions, "RUNTIME", "python3.13", 1),
			program: "python3", script: "echo /usr/bin/python3; echo python3.11",
		},
		{
			name:    "a node that fails",
			config:  strings.Replace(functions, "RUNTIME", "nodejs22.x", 1),
			program: "node", script: "exit 127",
			want: `function "F" needs node, and there is none in PATH that runs: its calls can't be answered`,
		},
		{
			name:    "an interpreter by name that fails",
			config:  "functions:\n  F: {runtime: python3.13, path: functions/f, interpreter: mine}\n",
			program: "mine", script: "exit 1",
			want: `function "F" needs the interpreter mine, which does not run: its calls can't be answered`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, tt.program), []byte("#!/bin/sh\n"+tt.script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", dir)
			p, err := openText(t, "apis: {A: {document: openapi.yaml, stages: {dev: {}}}}\n"+tt.config)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, w := range p.MissingInterpreters() {
				got += w.Msg
				if strings.HasSuffix(w.Hint, ":") {
					t.Errorf("the hint %q ends in the air", w.Hint)
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
