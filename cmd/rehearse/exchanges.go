package main

import (
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/harness/result"
)

// What serve keeps of the exchanges that went by.
const (
	keptExchanges = 1000
	keptBody      = 64 << 10 // bytes of one body
	keptBytes     = 32 << 20 // of all bodies and headers together
)

// A history is the last exchanges of a gateway. Its methods may be called from
// any number of goroutines.
type history struct {
	mu    sync.Mutex
	ring  [keptExchanges]*result.Exchange
	first int // in ring, of the oldest
	n     int
	bytes int
}

// add keeps x, which nobody may change any more; a copy of it where something is
// too large to keep.
func (h *history) add(x *result.Exchange) {
	if tooLarge(x) {
		x = cutDown(x)
	}
	bytes := size(x)
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.n == keptExchanges || h.n > 0 && h.bytes+bytes > keptBytes {
		h.bytes -= size(h.ring[h.first])
		h.ring[h.first] = nil
		h.first = (h.first + 1) % keptExchanges
		h.n--
	}
	h.ring[(h.first+h.n)%keptExchanges] = x
	h.n++
	h.bytes += bytes
}

func tooLarge(x *result.Exchange) bool {
	return len(x.Request.Body) > keptBody || len(x.Response.Body) > keptBody ||
		slices.ContainsFunc(x.Functions, func(f result.FunctionCall) bool { return len(f.Log) > keptBody })
}

func cutDown(x *result.Exchange) *result.Exchange {
	kept := *x
	kept.Request, kept.Response = cut(x.Request), cut(x.Response)
	kept.Functions = slices.Clone(x.Functions)
	for i := range kept.Functions {
		if f := &kept.Functions[i]; len(f.Log) > keptBody {
			f.Log = strings.Clone(f.Log[:keptBody]) + "\n(the rest is not kept)\n"
		}
	}
	return &kept
}

func cut(m result.Message) result.Message {
	if len(m.Body) > keptBody {
		m.Cut += len(m.Body) - keptBody
		m.Body = slices.Clone(m.Body[:keptBody])
	}
	return m
}

func size(x *result.Exchange) int {
	n := len(x.Request.Body) + len(x.Response.Body)
	for _, f := range x.Functions {
		n += len(f.Log)
	}
	for _, m := range []result.Message{x.Request, x.Response} {
		for _, h := range m.Header {
			n += len(h.Name) + len(h.Value)
		}
	}
	return n
}

// last returns the n last exchanges, oldest first.
func (h *history) last(n int) []*result.Exchange {
	h.mu.Lock()
	defer h.mu.Unlock()
	n = min(n, h.n)
	list := make([]*result.Exchange, n)
	for i := range list {
		list[i] = h.ring[(h.first+h.n-n+i)%keptExchanges]
	}
	return list
}

// exchangeJSON is an exchange as the admin API shows it.
type exchangeJSON struct {
	ID           string         `json:"id"`
	Time         time.Time      `json:"time"`
	API          string         `json:"api"`
	Stage        string         `json:"stage"`
	Method       string         `json:"method"`
	Target       string         `json:"target"`
	Resource     string         `json:"resource,omitempty"`
	Status       int            `json:"status"`
	ResponseType string         `json:"responseType,omitempty"`
	LatencyMs    float64        `json:"latencyMs"`
	Request      messageJSON    `json:"request"`
	Response     messageJSON    `json:"response"`
	Trace        []decisionJSON `json:"trace"`
	Functions    []callJSON     `json:"functions,omitempty"`
}

// callJSON is a call of a function that the exchange made.
type callJSON struct {
	Function   string  `json:"function"`
	RequestID  string  `json:"requestId"`
	Failed     bool    `json:"failed,omitempty"`
	DurationMs float64 `json:"durationMs"`
	InitMs     float64 `json:"initMs,omitempty"`
	Log        string  `json:"log"`
}

type messageJSON struct {
	Headers  [][2]string `json:"headers"`
	Body     string      `json:"body"`
	Base64   bool        `json:"isBase64Encoded,omitempty"`
	BytesCut int         `json:"bytesCut,omitempty"`
}

type decisionJSON struct {
	ID       string `json:"id"`
	Phase    string `json:"phase"`
	Text     string `json:"text"`
	Evidence string `json:"evidence"`
	Source   string `json:"source"`
	Refusal  bool   `json:"refusal,omitempty"`
}

// sensitive headers are never shown whole.
var sensitive = []string{"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-amz-security-token"}

func showExchange(x *result.Exchange, mask func(string) string) exchangeJSON {
	e := exchangeJSON{
		ID: x.ID, Time: x.Time, API: x.API, Stage: x.Stage, Method: x.Method, Target: mask(x.Target), Resource: x.Resource,
		Status: x.Status, ResponseType: x.ResponseType, LatencyMs: float64(x.Duration.Microseconds()) / 1000,
		Request: showMessage(x.Request, mask), Response: showMessage(x.Response, mask), Trace: []decisionJSON{},
	}
	for _, d := range x.Trace {
		if d.Decision != nil {
			e.Trace = append(e.Trace, decisionJSON{d.ID, d.Phase, mask(d.String()), string(d.Evidence), d.Source, d.Refusal})
		}
	}
	for _, f := range x.Functions {
		e.Functions = append(e.Functions, callJSON{
			f.Function, f.RequestID, f.Failed, float64(f.Duration.Microseconds()) / 1000, float64(f.InitDuration.Microseconds()) / 1000, mask(f.Log),
		})
	}
	return e
}

func showMessage(m result.Message, mask func(string) string) messageJSON {
	s := messageJSON{Headers: [][2]string{}, BytesCut: m.Cut}
	for _, h := range m.Header {
		value := mask(h.Value)
		if slices.Contains(sensitive, strings.ToLower(h.Name)) && value == h.Value {
			value = maskTail(value)
		}
		s.Headers = append(s.Headers, [2]string{h.Name, value})
	}
	if utf8.Valid(m.Body) || m.Cut > 0 && utf8.Valid(wholeRunes(m.Body)) {
		s.Body = mask(string(wholeRunes(m.Body)))
	} else {
		s.Body, s.Base64 = base64.StdEncoding.EncodeToString(m.Body), true
	}
	return s
}

// wholeRunes leaves out what a cut has left of a last character.
func wholeRunes(b []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax-1, len(b)); i++ {
		if tail := b[len(b)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// maskTail hides all but the last six characters.
func maskTail(s string) string {
	r := []rune(s)
	show := 6
	if len(r) < 12 {
		show = 0
	}
	return strings.Repeat("*", len(r)-show) + string(r[len(r)-show:])
}
