package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rehearse-api/rehearse/fixtures"
	"github.com/rehearse-api/rehearse/harness"
	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
)

// readmeBlocks are the fenced blocks of README.md in a language.
func readmeBlocks(t *testing.T, language string) []string {
	t.Helper()
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	_, rest, found := strings.Cut(string(data), "\n```"+language+"\n")
	for found {
		block, after, ended := strings.Cut(rest, "\n```")
		if !ended {
			t.Fatalf("a block of %s in README.md is never closed", language)
		}
		blocks = append(blocks, block+"\n")
		_, rest, found = strings.Cut(after, "\n```"+language+"\n")
	}
	if blocks == nil {
		t.Fatalf("README.md has no block of %s", language)
	}
	return blocks
}

func TestREADMEsConfigOpensBesideTheLabsDocuments(t *testing.T) {
	t.Setenv("LAB_KEY", "LabKeyLabKeyLabKeyLabKeyLabKeyLabKey1234")
	lab, err := fs.Sub(fixtures.Items, "items")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range readmeBlocks(t, "yaml") {
		dir := t.TempDir()
		if err := os.CopyFS(dir, lab); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, project.ConfigName)
		if err := os.WriteFile(name, []byte(block), 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := project.Open(name, project.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if p.Refused() {
			t.Error("AWS would refuse the document")
		}
		s, err := p.Start(project.StartOptions{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if value, err := s.KeyValue("LabKey"); err != nil || value != os.Getenv("LAB_KEY") {
			t.Errorf("LabKey is %q (%v), want the value of LAB_KEY", value, err)
		}
	}
}

func TestREADMEsFeaturesPassOnTheLab(t *testing.T) {
	lab, err := fs.Sub(fixtures.Items, "items")
	if err != nil {
		t.Fatal(err)
	}
	p, err := project.OpenFS(lab, project.ConfigName, project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, block := range readmeBlocks(t, "gherkin") {
		features := fstest.MapFS{"readme.feature": {Data: []byte(block)}}
		run, err := harness.Run(t.Context(), harness.Config{Project: p, Features: features, Paths: []string{"readme.feature"}, Seed: 1, FailUnavailable: os.Getenv("CI") == "true"})
		if err != nil && !errors.Is(err, harness.ErrNoScenarios) {
			t.Fatal(err)
		}
		for _, f := range run.Features {
			for _, s := range f.Scenarios {
				switch s.Status {
				case result.Passed:
				case result.Skipped:
					t.Skip(s.Reason)
				default:
					for _, st := range s.Steps {
						if st.Status == result.Failed {
							t.Errorf("%s %s: %s", st.Pos, st.Text, st.Error)
						}
					}
				}
			}
		}
	}
}
