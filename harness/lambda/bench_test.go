package lambda

import (
	"testing"
)

const benchEvent = `{"ID": 5, "name": "Pen", "price": 3.0}`

func BenchmarkPythonWarmCall(b *testing.B) {
	needPython(b)
	r := world(b, newHost(b), python("F", "def handler(event, context):\n    return event"))
	invoke(b, r, "F", benchEvent)
	b.ResetTimer()
	for b.Loop() {
		invoke(b, r, "F", benchEvent)
	}
}

// A world of its own for each call: what a scenario pays.
func BenchmarkPythonWorld(b *testing.B) {
	needPython(b)
	h := newHost(b)
	f := python("F", "def handler(event, context):\n    return event")
	for b.Loop() {
		r := world(b, h, f)
		invoke(b, r, "F", benchEvent)
		r.Close()
	}
}
