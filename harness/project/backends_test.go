package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatStandsForHostsAndServicesIsCheckedWhenTheFileIsOpened(t *testing.T) {
	const head = "apis: {A: {document: openapi.yaml}}\n"
	tests := []struct {
		name, config, want string
	}{
		{
			name:   "a scheme that no integration calls",
			config: "endpoints: {\"ftp://backend.example.com\": http://127.0.0.1:9000}",
			want:   `rehearse.yaml:2:13: endpoint "ftp://backend.example.com" is no name for this: want https://HOST as the document spells it, or the name of an AWS service such as dynamodb`,
		},
		{
			name:   "a place that is no address",
			config: "endpoints: {sqs: \"ftp://127.0.0.1\"}",
			want:   `rehearse.yaml:2:18: endpoint "sqs" is "ftp://127.0.0.1", want scheme, host and port alone, such as http://127.0.0.1:9000`,
		},
		{
			name:   "a host with a port alone",
			config: "backends: {\"http://:80\": {status: 200}}",
			want:   `rehearse.yaml:2:12: backends: "http://:80": it has no host`,
		},
		{
			name:   "a wildcard among the hosts",
			config: "network: {allow: [api.example.com, \"*\"]}",
			want:   `rehearse.yaml:2:36: an item of allow is "*", want a host name, without scheme, path and wildcard`,
		},
		{
			name:   "a method that is none",
			config: "backends: {\"https://a.example\": {routes: {\"GETT /pets\": {status: 200}}}}",
			want:   `rehearse.yaml:2:43: route "GETT /pets" is no name for this: want a method (GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or ANY) and a path, such as GET /pets`,
		},
		{
			name:   "a key with two sources",
			config: "apiKeys: {K: {value: abcdefghij0123456789, fromEnv: K}}",
			want:   `rehearse.yaml:2:53: API key "K" has both value and fromEnv [keep one of them]`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := openText(t, head+tt.config+"\n")
			if got := strings.Join(complaints(err), "\n"); got != tt.want {
				t.Errorf("got\n  %s\nwant\n  %s", got, tt.want)
			}
		})
	}
}

func TestNamesThatAreNoServiceAreWarnedOf(t *testing.T) {
	tests := []struct {
		name, config, want string
	}{
		{
			name:   "a misspelt service",
			config: "endpoints: {dynamodbb: http://127.0.0.1:8000}",
			want:   `rehearse.yaml:2:13: endpoints: "dynamodbb" is no AWS service known here, and no document calls it [did you mean "dynamodb"? A host has a scheme: "https://dynamodbb"]`,
		},
		{
			name:   "a host without its scheme",
			config: "backends: {petstore: {status: 200}}",
			want:   `rehearse.yaml:2:12: backends: "petstore" is no AWS service known here, and no document calls it [a host has a scheme: "https://petstore"]`,
		},
		{name: "a service", config: "endpoints: {dynamodb: http://127.0.0.1:8000}"},
		{name: "a host", config: "backends: {\"https://petstore\": {status: 200}}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := openText(t, "apis: {A: {document: openapi.yaml, stages: {dev: {}}}}\n"+tt.config+"\n")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range p.Warnings {
				got = append(got, complaints(w)...)
			}
			if strings.Join(got, "\n") != tt.want {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), tt.want)
			}
		})
	}
}

// What only the package of functions knows is wrong has a place all the same.
func TestAFunctionThatCannotStartIsSaidOnceAndWithItsPlace(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		ConfigName:     "apis: {A: {document: openapi.yaml}}\nfunctions:\n  F: {runtime: python3.13, path: f, environment: {variables: {AWS_REGION: x, TZ_: y, AWS_LAMBDA_FUNCTION_NAME: z}}}\n",
		"openapi.yaml": minimal,
		"f/index.py":   "",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Open(filepath.Join(dir, ConfigName), Options{})
	got := complaints(err)
	at := filepath.Join(dir, ConfigName) + ":3:3: functions.F: environment: "
	if len(got) != 2 || got[0] != at+"AWS_LAMBDA_FUNCTION_NAME is Lambda's own, AWS refuses it" || got[1] != at+"AWS_REGION is Lambda's own, AWS refuses it" {
		t.Errorf("got %q, want both variables and the function's place", got)
	}
}

func TestAKeyMayNameItsEnvironmentVariableDirectly(t *testing.T) {
	t.Setenv("REHEARSE_TEST_KEY", "FromTheEnvironment012345")
	p, err := openText(t, "apis: {A: {document: openapi.yaml}}\napiKeys: {K: {fromEnv: REHEARSE_TEST_KEY}}\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Config.APIKeys[0].Value; got != "FromTheEnvironment012345" {
		t.Errorf("the key's value is %q, want that of the environment", got)
	}
}
