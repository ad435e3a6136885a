package lambda

import (
	"encoding/binary"
	"io"
	"os/exec"
	"testing"

	"github.com/rehearse-api/rehearse/harness/clock"
)

const (
	benchEvent = `{"ID": 5, "name": "Pen", "price": 3.0}`
	benchCode  = "def handler(event, context):\n    return event"
)

func BenchmarkPythonWarmCall(b *testing.B) {
	needPython(b)
	r := keepLast(b, python("F", benchCode))
	invoke(b, r, "F", benchEvent)
	for b.Loop() {
		invoke(b, r, "F", benchEvent)
	}
}

// Two callers, and so two environments.
func BenchmarkPythonWarmCallsInParallel(b *testing.B) {
	needPython(b)
	r := keepLast(b, python("F", benchCode))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			invoke(b, r, "F", benchEvent)
		}
	})
}

func BenchmarkNodeWarmCall(b *testing.B) {
	needNode(b)
	r := keepLast(b, Function{Name: "F", Code: Code{Runtime: "nodejs22.x", Inline: "exports.handler = async (event) => event;"}})
	invoke(b, r, "F", benchEvent)
	for b.Loop() {
		invoke(b, r, "F", benchEvent)
	}
}

func BenchmarkStaticCall(b *testing.B) {
	r := keepLast(b, static(b, "F", `{"a":1}`))
	for b.Loop() {
		invoke(b, r, "F", benchEvent)
	}
}

// The floor: the same event to the same handler through a pipe.
func BenchmarkPythonPipe(b *testing.B) {
	needPython(b)
	in, _ := pythonProbe.try("python3")
	cmd := exec.Command(in.path, "-c", `
import json, os, struct
while True:
    head = os.read(0, 4)
    if not head:
        break
    event = json.loads(os.read(0, struct.unpack(">I", head)[0]))
    out = json.dumps(event).encode()
    os.write(1, struct.pack(">I", len(out)) + out)
`)
	stdin, _ := cmd.StdinPipe()
	stdout, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		stdin.Close()
		cmd.Wait()
	}()
	message := append(binary.BigEndian.AppendUint32(nil, uint32(len(benchEvent))), benchEvent...)
	buf := make([]byte, 4096)
	for b.Loop() {
		if _, err := stdin.Write(message); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(stdout, buf[:4]); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(stdout, buf[:binary.BigEndian.Uint32(buf)]); err != nil {
			b.Fatal(err)
		}
	}
}

// A world of its own for each call: what a scenario pays for its environment.
func BenchmarkPythonWorld(b *testing.B) {
	needPython(b)
	h := newHost(b)
	functions := []Function{python("F", benchCode)}
	for b.Loop() {
		oneCall(b, h, functions)
	}
}

func BenchmarkPythonWorldsInParallel(b *testing.B) {
	needPython(b)
	h := newHost(b)
	functions := []Function{python("F", benchCode)}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			oneCall(b, h, functions)
		}
	})
}

func BenchmarkNodeWorld(b *testing.B) {
	needNode(b)
	h := hostWith(b, HostConfig{WarmNode: 2})
	functions := []Function{{Name: "F", Code: Code{Runtime: "nodejs22.x", Inline: "exports.handler = async (event) => event;"}}}
	for b.Loop() {
		oneCall(b, h, functions)
	}
}

// A world nobody calls a function in.
func BenchmarkWorldWithoutCalls(b *testing.B) {
	h := newHost(b)
	functions := []Function{python("F", benchCode)}
	for b.Loop() {
		r, err := New(Config{Functions: functions, Host: h})
		if err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}

func oneCall(b *testing.B, h *Host, functions []Function) {
	r, err := New(Config{Functions: functions, Host: h, Clock: clock.NewVirtual(someday)})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	invoke(b, r, "F", benchEvent)
}

// keepLast is a world that does not grow with its calls.
func keepLast(tb testing.TB, f Function) *Registry {
	tb.Helper()
	r, err := New(Config{Functions: []Function{f}, Host: newHost(tb), KeepCalls: 1})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(r.Close)
	return r
}
