package project

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// minimal is a document that imports.
const minimal = `openapi: 3.0.1
info: {title: Minimal, version: "1"}
paths:
  /items:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200"}}
`

// openText opens a config with a document and an empty function folder beside it.
func openText(t *testing.T, config string) (*Project, error) {
	t.Helper()
	p, err := OpenFS(fstest.MapFS{
		ConfigName:               {Data: []byte(config)},
		"openapi.yaml":           {Data: []byte(minimal)},
		"functions/f/index.py":   {Data: []byte("")},
		"features/first.feature": {Data: []byte("")},
	}, ConfigName, Options{})
	if err == nil {
		t.Cleanup(func() { p.Close() })
	}
	return p, err
}

// complaints are the errors of a config as people see them, hints in brackets.
func complaints(err error) []string {
	var all []string
	for _, e := range flattened(err) {
		var s *source.Error
		if !errors.As(e, &s) {
			all = append(all, e.Error())
			continue
		}
		line := s.Error()
		if s.Hint != "" {
			line += " [" + s.Hint + "]"
		}
		all = append(all, line)
	}
	return all
}

func flattened(err error) []error {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range many.Unwrap() {
			all = append(all, flattened(e)...)
		}
		return all
	}
	return []error{err}
}

func TestProblemsOfAConfigAreAllReportedWithTheirPlaces(t *testing.T) {
	const head = "apis:\n  A: {document: openapi.yaml, stages: {dev: {}, prod: {}}}\n"
	tests := []struct {
		name   string
		config string
		want   []string
	}{
		{
			name:   "an unknown field names the nearest known one",
			config: "apis:\n  A:\n    document: openapi.yaml\n    stages:\n      dev:\n        varibles: {a: b}\n",
			want:   []string{`rehearse.yaml:6:9: unknown field "varibles" in stage "dev" [did you mean "variables"?]`},
		},
		{
			name:   "several problems come together, in the order of the file",
			config: "regoin: us-west-2\naccountId: 12\n" + head + "usagePlans:\n  P:\n    apiStages: [{stage: pord}]\n    quota: {limit: 1, period: YEAR}\n    keys: [K]\n",
			want: []string{
				`rehearse.yaml:1:1: unknown field "regoin" in rehearse.yaml [did you mean "region"?]`,
				`rehearse.yaml:2:12: accountId is 12, want 12 digits, in quotes`,
				`rehearse.yaml:7:25: usage plan "P", API "A": there is no stage "pord" [did you mean "prod"?]`,
				`rehearse.yaml:8:31: period is "YEAR", want one of DAY, WEEK, MONTH`,
				`rehearse.yaml:9:12: usage plan "P": there is no API key "K" [there is no API key at all]`,
			},
		},
		{
			name:   "a wrong type says what was found and what is wanted",
			config: "apis:\n  A:\n    document: [openapi.yaml]\n    stages: dev\n",
			want: []string{
				`rehearse.yaml:3:15: document is a list, want a text`,
				`rehearse.yaml:4:13: stages is "dev", want a mapping of stage names`,
			},
		},
		{
			name:   "AWS's limits hold",
			config: "apis:\n  A:\n    document: openapi.yaml\n    stages:\n      dev:\n        cacheClusterSize: 0.7\n        methodSettings: {\"*/*\": {cacheTtlInSeconds: 3601}}\n        canarySettings: {percentTraffic: 101}\n      de v: {}\nfunctions:\n  F: {runtime: python3.13, path: functions/f, timeout: 901, memorySize: 64}\n",
			want: []string{
				`rehearse.yaml:6:27: cacheClusterSize is 0.7, want one of 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237 [did you mean 0.5?]`,
				`rehearse.yaml:7:53: cacheTtlInSeconds is 3601, want 0 to 3600`,
				`rehearse.yaml:8:42: percentTraffic is 101, want 0 to 100`,
				`rehearse.yaml:9:7: stage "de v" is no name for this: want 1 to 128 letters, digits, _ and -`,
				`rehearse.yaml:11:56: timeout is 901, want 1 to 900`,
				`rehearse.yaml:11:73: memorySize is 64, want 128 to 10240`,
			},
		},
		{
			name:   "values of keys have 20 to 128 letters and digits, and are no two keys'",
			config: head + "apiKeys:\n  K: {value: short}\n  L: {value: abcdefghij0123456789}\n  M: {value: abcdefghij0123456789}\n",
			want: []string{
				`rehearse.yaml:4:14: value is "short", want 20 to 128 letters and digits`,
				`rehearse.yaml:6:14: API keys "L" and "M" have the same value [give one of them another value]`,
			},
		},
		{
			name:   "a key reaches a stage through one plan",
			config: head + "apiKeys: {K: {}}\nusagePlans:\n  P: {apiStages: [{stage: dev}], keys: [K]}\n  Q: {apiStages: [{stage: dev}], keys: [K]}\n",
			want:   []string{`rehearse.yaml:6:41: usage plan "Q": the API key "K" already reaches the stage "dev" through the plan "P" [AWS lets a key reach a stage through one usage plan]`},
		},
		{
			name:   "aliases lead to versions, are no numbers, and weights go between published versions",
			config: head + "functions:\n  F:\n    runtime: python3.13\n    path: functions/f\n    versions: {\"1\": {}, \"2\": {}}\n    aliases: {dev: \"3\", \"12\": \"1\", w: {version: $LATEST, weights: {\"1\": 0.1}}, x: {version: \"1\", weights: {\"1\": 0.5}}}\n",
			want: []string{
				`rehearse.yaml:8:20: function "F", alias "dev": there is no version "3" [there is $LATEST, 1, 2]`,
				`rehearse.yaml:8:25: alias "12" is no name for this: want letters, digits, _ and -, and not a number alone: that would be a version`,
				`rehearse.yaml:8:68: function "F", alias "w": weights can't be used with $LATEST [publish a version and split between versions]`,
				`rehearse.yaml:8:108: function "F", alias "x": weights names version 1, which the alias already points to`,
			},
		},
		{
			name:   "a function's code must be there",
			config: head + "functions:\n  F: {runtime: python3.13, path: functions/g}\n  G: {runtime: ruby3.2, path: functions/f}\n  H: {handler: a.b}\n",
			want: []string{
				`rehearse.yaml:4:34: function "F": can't open path functions/g [there is no functions/g; paths are relative to rehearse.yaml]`,
				`rehearse.yaml:5:16: runtime is "ruby3.2", want python3.x, nodejs2x.x or provided.al2023`,
				`rehearse.yaml:6:3: function "H" has no runtime [add runtime: python3.13 (or command, exec, http, static)]`,
			},
		},
		{
			name:   "a document that can't be opened",
			config: "apis:\n  A: {document: missing.yaml}\n",
			want:   []string{`rehearse.yaml:2:17: can't open document missing.yaml: file does not exist`},
		},
		{
			name:   "a field that comes later is refused",
			config: "state: {redis: localhost}\n" + head,
			want:   []string{`rehearse.yaml:1:8: state other than memory is not yet supported [leave it out, or write memory]`},
		},
		{
			name:   "what is required",
			config: "apis:\n  A: {}\n",
			want:   []string{`rehearse.yaml:2:6: API "A" has no document [The OpenAPI document, relative to this file]`},
		},
		{
			name:   "a file without anything",
			config: "",
			want:   []string{"rehearse.yaml:1:1: the file is empty"},
		},
		{
			name:   "a key that stands twice",
			config: head + "region: us-east-1\nregion: us-west-2\n",
			want:   []string{`rehearse.yaml:4:1: the key "region" stands here a second time [the first one is in line 3; only the last one counts]`},
		},
		{
			name:   "the API of a plan's stage must be named where there are several",
			config: "apis:\n  A: {document: openapi.yaml, stages: {dev: {}}}\n  B: {document: openapi.yaml, stages: {dev: {}}}\nusagePlans:\n  P: {apiStages: [{stage: dev}, {api: C, stage: dev}]}\n",
			want: []string{
				`rehearse.yaml:5:27: usage plan "P": which API's stage "dev" is meant? There are A, B [add api: to the entry]`,
				`rehearse.yaml:5:39: usage plan "P": there is no API "C" [there is A, B]`,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := openText(t, tt.config)
			got := complaints(err)
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(tt.want, "\n  "))
			}
			// CRLF and a BOM change nothing but the places' spelling.
			_, err = openText(t, "\uFEFF"+strings.ReplaceAll(tt.config, "\n", "\r\n"))
			if crlf := complaints(err); strings.Join(crlf, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("with CRLF and a BOM got\n  %s\nwant\n  %s", strings.Join(crlf, "\n  "), strings.Join(tt.want, "\n  "))
			}
		})
	}
}

func TestAKeyFromTheEnvironmentThatIsNotSetIsAnErrorWhereSomethingWillRun(t *testing.T) {
	config := "apis:\n  A: {document: openapi.yaml}\napiKeys:\n  K: {value: {fromEnv: REHEARSE_TEST_KEY}}\n"
	files := fstest.MapFS{ConfigName: {Data: []byte(config)}, "openapi.yaml": {Data: []byte(minimal)}}
	_, err := OpenFS(files, ConfigName, Options{})
	want := `rehearse.yaml:4:14: API key "K": the environment variable REHEARSE_TEST_KEY is not set`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := OpenFS(files, ConfigName, Options{Inspect: true}); err != nil {
		t.Errorf("to look at the documents the key is not needed, got %v", err)
	}
	t.Setenv("REHEARSE_TEST_KEY", "FromTheEnvironment012345")
	p, err := OpenFS(files, ConfigName, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Mask("key FromTheEnvironment012345!"); got != "key ******************012345!" {
		t.Errorf("Mask gives %q", got)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add("apis:\n  A: {document: openapi.yaml}\n")
	f.Add("apis: {A: {document: openapi.yaml, stages: {dev: null}}}\nfunctions: {F: {static: [{event: {a: 1}, error: x}]}}")
	f.Add("- 1\n")
	f.Add("usagePlans: {P: {apiStages: [1, {stage: 2}], keys: {}, throttle: 3}}\nfeatures: {a: b}\nclock: 5")
	f.Fuzz(func(t *testing.T, config string) {
		p, err := OpenFS(fstest.MapFS{ConfigName: {Data: []byte(config)}, "openapi.yaml": {Data: []byte(minimal)}}, ConfigName, Options{})
		if err == nil {
			p.Close()
		}
	})
}
