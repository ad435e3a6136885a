package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/rehearse-api/rehearse/openapi"
)

// A baseline is what was found in old documents and is put up with: it is left
// out until somebody mends it. Places are no part of it, so that lines may come
// and go above.
type baseline struct {
	SchemaVersion int             `json:"schemaVersion"`
	Findings      []knownFinding  `json:"findings"`
	file          string          // where it is kept
	linted        map[string]bool // the documents that were linted: of others nothing is known
}

// A knownFinding is one finding of a baseline.
type knownFinding struct {
	File    string `json:"file"`
	Rule    string `json:"rule"`
	Pointer string `json:"pointer,omitempty"`
	Message string `json:"message"`
}

// neverKnown are the rules whose findings no baseline holds. What can't be read at
// all is not linted, and its next syntax error may well have the text of the last.
var neverKnown = map[string]bool{"document-unparseable": true}

func known(f openapi.Finding) knownFinding {
	return knownFinding{f.Pos.File, f.Rule, f.Pointer, f.Message}
}

// readBaseline reads a baseline; one that is to be written anew need not be there.
func readBaseline(file string, update bool) (*baseline, error) {
	b := &baseline{SchemaVersion: schemaVersion, file: file, linted: map[string]bool{}}
	data, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && update:
		return b, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, usage("--baseline-update writes one", "can't open %s: %s", file, reason(err))
	case err != nil:
		return nil, usage("", "can't open %s: %s", file, reason(err))
	}
	if err := json.Unmarshal(data, b); err != nil || b.SchemaVersion != schemaVersion {
		return nil, usage("--baseline-update writes it anew", "%s is no baseline of this version", file)
	}
	b.Findings = slices.DeleteFunc(b.Findings, func(k knownFinding) bool { return neverKnown[k.Rule] })
	return b, nil
}

// without takes the baseline's findings away, each as often as it stands there.
// What isn't found any more leaves the baseline: it only shrinks.
func (b *baseline) without(findings []openapi.Finding) (fresh []openapi.Finding) {
	left := map[knownFinding]int{}
	for _, k := range b.Findings {
		left[k]++
	}
	fresh = []openapi.Finding{}
	for _, f := range findings {
		if k := known(f); left[k] > 0 {
			left[k]--
			continue
		}
		fresh = append(fresh, f)
	}
	b.Findings = slices.DeleteFunc(b.Findings, func(k knownFinding) bool {
		if left[k] == 0 || !b.linted[k.File] {
			return false
		}
		left[k]--
		return true
	})
	return fresh
}

// renew makes the baseline what was found now; documents that were not linted
// keep theirs. It returns what a baseline doesn't hold.
func (b *baseline) renew(findings []openapi.Finding) (fresh []openapi.Finding) {
	b.Findings = slices.DeleteFunc(b.Findings, func(k knownFinding) bool { return b.linted[k.File] })
	fresh = []openapi.Finding{}
	for _, f := range findings {
		if neverKnown[f.Rule] {
			fresh = append(fresh, f)
			continue
		}
		b.Findings = append(b.Findings, known(f))
	}
	return fresh
}

// write writes the baseline, sorted; an unchanged one is left alone.
func (b *baseline) write() error {
	slices.SortFunc(b.Findings, func(x, y knownFinding) int {
		return slices.Compare([]string{x.File, x.Pointer, x.Rule, x.Message}, []string{y.File, y.Pointer, y.Rule, y.Message})
	})
	if b.Findings == nil {
		b.Findings = []knownFinding{}
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(b); err != nil {
		return err
	}
	if old, err := os.ReadFile(b.file); err == nil && bytes.Equal(old, out.Bytes()) {
		return nil
	}
	if err := os.WriteFile(b.file, out.Bytes(), 0o666); err != nil {
		return usage("", "can't write %s: %s", b.file, reason(err))
	}
	return nil
}

// applyBaseline takes what the baseline knows from the findings, and keeps it up
// to date. Both flags may be empty.
func (a *app) applyBaseline(file string, update bool, linted []string, findings []openapi.Finding) ([]openapi.Finding, error) {
	if file == "" {
		return findings, nil
	}
	b, err := readBaseline(file, update)
	if err != nil {
		return nil, err
	}
	for _, name := range linted {
		b.linted[name] = true
	}
	for _, f := range findings {
		if neverKnown[f.Rule] {
			delete(b.linted, f.Pos.File) // what the baseline has of it isn't mended
		}
	}
	before := len(b.Findings)
	if update {
		findings = b.renew(findings)
		fmt.Fprintf(a.stderr, "%s: %s\n", file, findingsCount(len(b.Findings)))
	} else {
		findings = b.without(findings)
		if gone := before - len(b.Findings); gone > 0 {
			verb := "are"
			if gone == 1 {
				verb = "is"
			}
			fmt.Fprintf(a.stderr, "%s: %d of its findings %s mended and left it\n", file, gone, verb)
		}
	}
	return findings, b.write()
}
