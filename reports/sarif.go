package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version,omitempty"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string     `json:"id"`
	ShortDescription sarifText  `json:"shortDescription"`
	FullDescription  *sarifText `json:"fullDescription,omitempty"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID              string            `json:"ruleId"`
	RuleIndex           int               `json:"ruleIndex"`
	Level               string            `json:"level"`
	Message             sarifText         `json:"message"`
	Locations           []sarifLocation   `json:"locations,omitempty"`
	PartialFingerprints map[string]string `json:"partialFingerprints"`
	Properties          map[string]string `json:"properties"`
}

type sarifLocation struct {
	PhysicalLocation sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	ArtifactLocation sarifArtifact `json:"artifactLocation"`
	Region           *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI       string `json:"uri"`
	URIBaseID string `json:"uriBaseId,omitempty"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
}

// writeFindingsSARIF writes SARIF 2.1.0. Columns count code points.
func writeFindingsSARIF(w io.Writer, r *FindingReport) error {
	return encodeSARIF(w, findingsSARIF(r))
}

// writeSARIF writes the steps that failed, and what was found in the documents.
func writeSARIF(w io.Writer, r *Report) error {
	run := findingsSARIF(&FindingReport{Findings: r.Findings, Version: r.Version})
	rule := len(run.Tool.Driver.Rules)
	run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{ID: "scenario", ShortDescription: sarifText{"a step of a scenario failed"}})
	for _, f := range r.Run.Features {
		for _, s := range f.Scenarios {
			for _, st := range s.Steps {
				if st.Status != result.Failed {
					continue
				}
				text := s.Name + "\n" + strings.TrimSpace(st.Keyword+" "+st.Text) + "\n" + st.Error
				if st.Hint != "" {
					text += "\nhint: " + st.Hint
				}
				h := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", f.URI, s.Name, st.Text))
				run.Results = append(run.Results, sarifResult{
					RuleID: "scenario", RuleIndex: rule, Level: "error", Message: sarifText{clean(text)},
					Locations:           []sarifLocation{{sarifPhysical{artifact(st.Pos.File), &sarifRegion{max(st.Pos.Line, 1), st.Pos.Col}}}},
					PartialFingerprints: map[string]string{"finding/v1": hex.EncodeToString(h[:8])},
					Properties:          map[string]string{"feature": f.Name},
				})
			}
		}
	}
	return encodeSARIF(w, run)
}

func encodeSARIF(w io.Writer, run sarifRun) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	})
}

func findingsSARIF(r *FindingReport) sarifRun {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "rehearse", Version: r.Version, InformationURI: "https://github.com/rehearse-api/rehearse", Rules: []sarifRule{},
		}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	index := map[string]int{}
	for _, f := range r.Findings {
		i, ok := index[f.Rule]
		if !ok {
			i = len(run.Tool.Driver.Rules)
			index[f.Rule] = i
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(f, r.Rules))
		}
		level := map[openapi.Severity]string{openapi.Error: "error", openapi.Warning: "warning"}[f.Severity]
		if level == "" {
			level = "note"
		}
		message := f.Message
		if f.Hint != "" {
			message += "\nhint: " + f.Hint
		}
		one := sarifResult{
			RuleID: f.Rule, RuleIndex: i, Level: level, Message: sarifText{message},
			PartialFingerprints: map[string]string{"finding/v1": fingerprint(f)},
			Properties:          map[string]string{"category": string(f.Category), "evidence": string(f.Evidence), "pointer": f.Pointer},
		}
		if f.Pos.File != "" {
			at := sarifPhysical{ArtifactLocation: artifact(f.Pos.File)}
			if f.Pos.Line > 0 {
				at.Region = &sarifRegion{f.Pos.Line, f.Pos.Col}
			}
			one.Locations = []sarifLocation{{at}}
		}
		run.Results = append(run.Results, one)
	}
	return run
}

func sarifRuleOf(f openapi.Finding, rules []Rule) sarifRule {
	out := sarifRule{ID: f.Rule, ShortDescription: sarifText{f.Rule}}
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == f.Rule })
	if i < 0 {
		return out
	}
	title, rest, _ := strings.Cut(rules[i].Doc, "\n")
	out.ShortDescription.Text = title
	if rest = strings.TrimSpace(rest); rest != "" {
		out.FullDescription = &sarifText{rest}
	}
	return out
}

// artifact is a file as code scanning wants it: relative to the repository.
func artifact(file string) sarifArtifact {
	slashed := filepath.ToSlash(file)
	if filepath.IsAbs(file) || strings.HasPrefix(slashed, "/") {
		if !strings.HasPrefix(slashed, "/") {
			slashed = "/" + slashed // C:/... is file:///C:/...
		}
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: slashed}).String()}
	}
	// String puts ./ before what would else read as a scheme, as in a:b.yaml.
	return sarifArtifact{URI: (&url.URL{Path: strings.TrimPrefix(slashed, "./")}).String(), URIBaseID: "%SRCROOT%"}
}

// fingerprint is what a finding is recognised by when lines above it come or go.
func fingerprint(f openapi.Finding) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s", f.Rule, f.Pos.File, f.Pointer, f.Message))
	return hex.EncodeToString(h[:8])
}
