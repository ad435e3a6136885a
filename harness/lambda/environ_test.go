package lambda

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const canary = "CANARY-7f3a"

// Nothing of this machine's secrets reaches a function: not the variables of
// this process, not the files AWS's SDKs read.
func TestNoSecretsLeak(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, ".aws", "credentials"), "[default]\naws_access_key_id = "+canary+"\naws_secret_access_key = "+canary+"\n", 0o600)
	write(t, filepath.Join(home, ".aws", "config"), "[default]\ncredential_process = echo "+canary+"\n", 0o600)
	for name, value := range map[string]string{
		"HOME": home, "SECRET_TOKEN": canary, "AWS_ACCESS_KEY_ID": canary, "AWS_SECRET_ACCESS_KEY": canary, "AWS_SESSION_TOKEN": canary,
		"AWS_PROFILE": canary, "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(home, ".aws", "credentials"),
		"AWS_CONFIG_FILE": filepath.Join(home, ".aws", "config"), "AWS_ENDPOINT_URL": "http://" + canary, "AWS_ENDPOINT_URL_S3": "http://" + canary,
		"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://" + canary, "AWS_WEB_IDENTITY_TOKEN_FILE": canary,
		"PYTHONSTARTUP": canary, "NODE_OPTIONS": "--title=" + canary,
	} {
		t.Setenv(name, value)
	}
	h := newHost(t)
	h2 := newHost(t)
	h2.noFork = true
	const pythonCode = `
import os
def handler(event, context):
    files = [os.environ.get(n, os.path.expanduser(d)) for n, d in (("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), ("AWS_CONFIG_FILE", "~/.aws/config"))]
    try:
        started = open("/proc/self/environ").read()
    except OSError:
        started = ""
    return [dict(os.environ), started, [open(f).read() for f in files]]`
	const nodeCode = `
const fs = require("fs");
exports.handler = async () => [{...process.env}, fs.existsSync("/proc/self/environ") ? fs.readFileSync("/proc/self/environ", "latin1") : "",
	fs.readFileSync(process.env.AWS_SHARED_CREDENTIALS_FILE, "utf8"), process.title];`
	node := Function{Name: "F", Code: Code{Runtime: "nodejs22.x", Handler: "index.handler", Inline: nodeCode}}
	tests := []struct {
		name string
		host *Host
		f    Function
		need func(testing.TB)
	}{
		{"a fork of Python", h, python("F", pythonCode), needPython},
		{"a Python of its own", h2, python("F", pythonCode), needPython},
		{"Node.js", h, node, needNode},
		{"a bootstrap", h, bootstrap("F", "environment"), func(testing.TB) {}},
		{"a program", h, Function{Name: "F", Code: Code{Exec: []string{"sh", "-c", `printf '"'; env | tr '\n"\\' '   '; printf '"'`}}}, func(testing.TB) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.need(t)
			res := invoke(t, world(t, tt.host, tt.f), "F", `{}`)
			if res.FunctionError != "" {
				t.Fatalf("payload = %s\n%s", res.Payload, res.Log)
			}
			if strings.Contains(string(res.Payload), canary) {
				t.Errorf("the canary is in %s", res.Payload)
			}
			for _, want := range []string{"AWS_ACCESS_KEY_ID", "REHEARSEDUMMYKEYID00"} {
				if !strings.Contains(string(res.Payload), want) {
					t.Errorf("no %s in %s", want, res.Payload)
				}
			}
		})
	}
}

func TestEnvironmentVariables(t *testing.T) {
	h := hostWith(t, HostConfig{Region: "us-west-2", AccountID: "210987654321", Endpoints: map[string]string{
		"dynamodb": "http://127.0.0.1:8000", "secretsmanager": "http://127.0.0.1:8001", "https://backend.example.com": "http://127.0.0.1:9000",
	}})
	dir := t.TempDir()
	f := bootstrap("F", "environment")
	f.Handler, f.Path, f.MemorySize = "some.handler", dir, 512
	f.Environment = map[string]string{"TABLE": "items", "LANG": "de_DE.UTF-8"}
	f.Versions = map[string]Code{"3": {Environment: map[string]string{}}}
	r := world(t, h, f)
	var got struct {
		Env []string
		Dir string
	}
	if err := json.Unmarshal(invoke(t, r, "F", `{}`).Payload, &got); err != nil {
		t.Fatal(err)
	}
	if real, _ := filepath.EvalSymlinks(dir); got.Dir != dir && got.Dir != real {
		t.Errorf("working directory = %s, want %s", got.Dir, dir)
	}
	env := map[string]string{}
	for _, e := range got.Env {
		name, value, _ := strings.Cut(e, "=")
		env[name] = value
	}
	want := map[string]string{
		"TABLE": "items", "LANG": "de_DE.UTF-8", "TZ": ":UTC", "_HANDLER": "some.handler",
		"AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-west-2",
		"AWS_LAMBDA_FUNCTION_NAME": "F", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
		"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/F",
		"LAMBDA_TASK_ROOT": dir, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000", "AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://127.0.0.1:8001",
	}
	for name, value := range want {
		if env[name] != value {
			t.Errorf("%s = %q, want %q", name, env[name], value)
		}
		delete(env, name)
	}
	for _, name := range []string{
		"PATH", "AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_LOG_STREAM_NAME", "LAMBDA_RUNTIME_DIR", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID",
		"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "BOTO_CONFIG", "PWD",
	} {
		delete(env, name)
	}
	if runtime.GOOS != "windows" && len(env) > 0 {
		t.Errorf("variables nobody asked for: %v", env)
	}
	if p := string(invoke(t, r, "F:3", `{}`).Payload); !strings.Contains(p, "AWS_LAMBDA_FUNCTION_VERSION=3") || strings.Contains(p, "TABLE") {
		t.Errorf("version 3 = %s", p)
	}
}

// An AWS service that is not in this run refuses by name.
func TestSinkRefusesByName(t *testing.T) {
	h := newHost(t)
	req, _ := http.NewRequest(http.MethodPost, h.sink.url(h), strings.NewReader("{}"))
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=X/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	want := `{"__type":"AccessDeniedException","Code":"AccessDeniedException","message":"sqs is not in this run, and nothing leaves the machine unless it is named: add endpoints: {sqs: http://...} to rehearse.yaml"}`
	if resp.StatusCode != http.StatusForbidden || string(body) != want {
		t.Errorf("the sink answers %s %s, want 403 %s", resp.Status, body, want)
	}
}

func TestBoto3MeetsTheSink(t *testing.T) {
	needPython(t)
	in, _ := pythonProbe.try("python3")
	interpreter := in.path
	if exec.Command(interpreter, "-c", "import boto3").Run() != nil {
		interpreter = "/usr/bin/python3" // the system's packages are its own
		if exec.Command(interpreter, "-c", "import boto3").Run() != nil {
			skipOrFail(t, "boto3")
		}
	}
	code := "import boto3\ndef handler(event, context):\n    boto3.client('dynamodb').list_tables()"
	f := python("F", code)
	f.Interpreter = interpreter
	f.Timeout = 60e9
	res := invoke(t, world(t, newHost(t), f), "F", `{}`)
	if !strings.Contains(string(res.Payload), "dynamodb is not in this run") {
		t.Errorf("payload = %s", res.Payload)
	}
}

func TestLayers(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "layer", "python", "layered.py"), "def f():\n    raise KeyError('x')", 0o644)
	write(t, filepath.Join(dir, "layer", "nodejs", "node_modules", "layered", "index.js"), "exports.f = () => 'layered';", 0o644)
	layers := []string{filepath.Join(dir, "layer")}
	h := newHost(t)
	t.Run("Python", func(t *testing.T) {
		needPython(t)
		f := python("F", "import layered\ndef handler(event, context):\n    return layered.f()")
		f.Layers = layers
		res := invoke(t, world(t, h, f), "F", `{}`)
		if want := `File \"/opt/python/layered.py\", line 2, in f`; !strings.Contains(string(res.Payload), want) {
			t.Errorf("payload = %s, want %s in it", res.Payload, want)
		}
	})
	t.Run("Node.js", func(t *testing.T) {
		needNode(t)
		f := Function{Name: "F", Code: Code{Runtime: "nodejs22.x", Layers: layers, Inline: "exports.handler = async () => require('layered').f();"}}
		if got := string(invoke(t, world(t, h, f), "F", `{}`).Payload); got != `"layered"` {
			t.Errorf("payload = %s", got)
		}
	})
}

func TestVenvBesideTheCode(t *testing.T) {
	needPython(t)
	in, _ := pythonProbe.try("python3")
	dir := t.TempDir()
	if out, err := exec.Command(in.path, "-m", "venv", "--without-pip", filepath.Join(dir, ".venv")).CombinedOutput(); err != nil {
		t.Skipf("venv: %v %s", err, out)
	}
	packages, _ := filepath.Glob(filepath.Join(dir, ".venv", "lib", "python3*", "site-packages"))
	if len(packages) != 1 {
		t.Skipf("site-packages: %v", packages)
	}
	write(t, filepath.Join(packages[0], "only_here.py"), "x = 42", 0o644)
	write(t, filepath.Join(dir, "code", "lambda_function.py"), "import only_here\ndef lambda_handler(event, context):\n    return only_here.x", 0o644)
	r := world(t, newHost(t), Function{Name: "F", Code: Code{Runtime: "python3.13", Path: filepath.Join(dir, "code")}})
	if got := string(invoke(t, r, "F", `{}`).Payload); got != "42" {
		t.Errorf("payload = %s, want 42", got)
	}
	if _, err := r.Publish("F", ""); err != nil {
		t.Fatal(err)
	}
	if got := string(invoke(t, r, "F:1", `{}`).Payload); got != "42" {
		t.Errorf("payload of the published version = %s, want 42", got)
	}
}

// A variable that Python reads when it starts reaches it, and a name in PATH
// that does not run is no interpreter.
func TestInterpreters(t *testing.T) {
	needPython(t)
	f := python("F", "import sys\ndef handler(event, context):\n    return sys.flags.optimize")
	f.Environment = map[string]string{"PYTHONOPTIMIZE": "2"}
	if got := string(invoke(t, world(t, newHost(t), f), "F", `{}`).Payload); got != "2" {
		t.Errorf("sys.flags.optimize = %s, want 2", got)
	}
	in, _ := pythonProbe.try("python3")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "python3.13"), "#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n", 0o755)
	if err := os.Symlink(in.path, filepath.Join(dir, "python3")); err != nil {
		t.Skip(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+"/usr/bin:/bin")
	h := newHost(t)
	g := python("G", "def handler(event, context):\n    return 1")
	g.Runtime = "python3.1"
	invoke(t, world(t, h, g), "G", `{}`)
	if notes := h.Notes(); len(notes) != 1 || notes[0] != "python3.1 asked for, "+in.version+" used" {
		t.Errorf("Notes() = %q", notes)
	}
	t.Setenv("PATH", t.TempDir())
	_, err := world(t, h, g).Invoke(t.Context(), Invocation{Function: "G"})
	if err == nil || err.Error() != "function G cannot run: python3.1 and python3 do not run on this machine" {
		t.Errorf("Invoke() without Python = %v", err)
	}
}
