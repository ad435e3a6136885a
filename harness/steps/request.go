package steps

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/result"
)

// maxTimes bounds "N times", so that a slip of the finger ends.
const maxTimes = 1_000_000

var requestSteps = []Step{
	{
		pattern: `I use {stage}`,
		Doc: `paths that follow are relative to a stage

Without it a path begins with its stage, as in the URL: "/prod/items". Say of
which API where several have a stage of that name.`,
		Example: `Given I use the stage "prod"`,
		Also: []string{
			`Given I use the stage "prod" of "ItemsAPI"`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			s, err := w.findStage(a.s[1], a.s[0])
			if err != nil {
				return err
			}
			w.api, w.stage = s.API, s.Name
			return nil
		},
	},
	{
		pattern: `I use the API key {string}`,
		Doc:     `sends an API key of rehearse.yaml as x-api-key from here on`,
		Example: `Given I use the API key "LabKey"`,
		run: func(_ context.Context, w *World, a *args) error {
			value, err := w.s.KeyValue(a.s[0])
			if err != nil {
				return err
			}
			w.keyName, w.keyValue = a.s[0], value
			w.setHeader("x-api-key", value)
			return nil
		},
	},
	{
		pattern: `I use no API key`,
		Doc:     `sends no x-api-key from here on`,
		Example: `Given I use no API key`,
		run: func(_ context.Context, w *World, _ *args) error {
			w.keyName, w.keyValue = "", ""
			w.dropHeader("x-api-key")
			return nil
		},
	},
	{
		pattern: `the request header {string} is {string}`,
		Doc: `sends a header with every request that follows

The later of two steps for one header wins.`,
		Example: `Given the request header "Accept" is "text/html"`,
		run: func(_ context.Context, w *World, a *args) error {
			if err := checkHeader(a.s[0], a.s[1]); err != nil {
				return err
			}
			w.setHeader(a.s[0], a.s[1])
			return nil
		},
	},
	{
		pattern: `I send ([A-Z]+) {string}`,
		Doc: `sends a request

The path is sent as written, query and escapes included; blanks and letters
beyond ASCII are escaped.`,
		Example: `When I send GET "/dev/items?size=2"`,
		run: func(ctx context.Context, w *World, a *args) error {
			return w.send(ctx, call{method: a.s[0], path: a.s[1], times: 1})
		},
	},
	{
		pattern: `I send ([A-Z]+) {string} with body:`,
		Doc: `sends a request with a body

The body goes out as written, with the Content-Type a step has set. A media type
behind the opening quotes (""" application/json) is one, too.`,
		Example: `When I send POST "/dev/items" with body:
  """ application/json
  {"ID": 5, "name": "Ruler"}
  """`,
		arg: docString,
		run: func(ctx context.Context, w *World, a *args) error {
			return w.send(ctx, call{method: a.s[0], path: a.s[1], times: 1, body: []byte(a.doc), mediaType: a.mediaType})
		},
	},
	{
		pattern: `I send ([A-Z]+) {string} with headers:`,
		Doc: `sends a request with more headers, for this request only

A table of name and value. It goes before what steps have set for all requests.`,
		Example: `When I send GET "/dev/items" with headers:
  | Accept        | text/html |
  | Cache-Control | max-age=0 |`,
		arg: table,
		run: func(ctx context.Context, w *World, a *args) error {
			headers, err := headerTable(a.table)
			if err != nil {
				return err
			}
			return w.send(ctx, call{method: a.s[0], path: a.s[1], times: 1, header: headers})
		},
	},
	{
		pattern: `I send ([A-Z]+) {string} {count} times?`,
		Doc: `sends a request many times, one after another, at one instant of the virtual clock

"all responses have the status 200" and its kin speak of these responses, other
steps of the last of them.`,
		Example: `When I send GET "/dev/items" 1000 times`,
		Also: []string{
			`When I send GET "/dev/items" 1 time`,
		},
		run: func(ctx context.Context, w *World, a *args) error {
			n, err := w.times(a.s[2])
			if err != nil {
				return err
			}
			return w.send(ctx, call{method: a.s[0], path: a.s[1], times: n})
		},
	},
	{
		pattern: `I send ([A-Z]+) {string} {count} times? with body:`,
		Doc:     `sends a request with a body many times`,
		Example: `When I send POST "/dev/items" 3 times with body:
  """
  {"ID": 5}
  """`,
		arg: docString,
		run: func(ctx context.Context, w *World, a *args) error {
			n, err := w.times(a.s[2])
			if err != nil {
				return err
			}
			return w.send(ctx, call{method: a.s[0], path: a.s[1], times: n, body: []byte(a.doc), mediaType: a.mediaType})
		},
	},
}

// A call is what a step wants to be sent.
type call struct {
	method, path string
	header       []result.Header // for this call only
	body         []byte
	mediaType    string // of the doc string
	times        int
}

// batch counts the responses of one sending step.
type batch struct {
	n        int
	statuses []statusCount // in the order they first came
}

type statusCount struct {
	status, n int
	first     int // which response it was, counting from 1
}

func (b *batch) add(status int) {
	b.n++
	for i := range b.statuses {
		if b.statuses[i].status == status {
			b.statuses[i].n++
			return
		}
	}
	b.statuses = append(b.statuses, statusCount{status: status, n: 1, first: b.n})
}

func (b *batch) count(status int) int {
	for _, s := range b.statuses {
		if s.status == status {
			return s.n
		}
	}
	return 0
}

// String tells what came: "200 four times, ..." as 200 x 4, 429 x 1 (first: response 5).
func (b *batch) String() string {
	list := make([]string, len(b.statuses))
	for i, s := range b.statuses {
		list[i] = fmt.Sprintf("%d x %d", s.status, s.n)
		if s.first > 1 {
			list[i] += fmt.Sprintf(" (the first was response %d)", s.first)
		}
	}
	return strings.Join(list, ", ")
}

// Send sends a request as the step "I send" does. The path begins with its
// stage, unless a step has said which stage is used. An error means that
// nothing could be sent, or that the scenario can't run on this machine.
func (w *World) Send(ctx context.Context, method, path string, body []byte) error {
	return w.send(ctx, call{method: method, path: path, body: body, times: 1})
}

func (w *World) send(ctx context.Context, c call) error {
	r, err := w.request(c)
	if err != nil {
		return err
	}
	w.batch, w.browser = batch{}, nil
	var alike repeats
	for range c.times {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("sending response %d of %d: %w", w.batch.n+1, c.times, err)
		}
		if err := w.exchange(ctx, r, &alike); err != nil {
			return err
		}
		w.batch.add(w.last.response.Status)
	}
	return nil
}

// exchange sends r and keeps the answer. Exchanges that went like an earlier one
// are counted in alike; nil keeps all.
func (w *World) exchange(ctx context.Context, r *gateway.Request, alike *repeats) error {
	response := w.s.Gateway.Do(ctx, r)
	w.last = &shot{r, response}
	if x := response.Exchange; x != nil && (alike == nil || !alike.has(x)) {
		w.exchanges = append(w.exchanges, x)
	}
	return w.unavailable(response.Exchange)
}

// request makes the request of a call.
func (w *World) request(c call) (*gateway.Request, error) {
	target, host, err := w.target(c.path)
	if err != nil {
		return nil, err
	}
	r := &gateway.Request{
		Method:   c.method,
		Target:   target,
		Host:     host,
		Proto:    "HTTP/1.1",
		Body:     c.body,
		SourceIP: "127.0.0.1",
	}
	r.Header = append(r.Header, c.header...)
	for _, h := range w.header {
		if !hasHeader(c.header, h.Name) {
			r.Header = append(r.Header, h)
		}
	}
	if c.mediaType != "" && !hasHeader(r.Header, "Content-Type") {
		r.Header = append(r.Header, result.Header{Name: "Content-Type", Value: c.mediaType})
	}
	return r, nil
}

// times reads how often.
func (w *World) times(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxTimes {
		return 0, wrong("%q is no number of times from 1 to %d", s, maxTimes)
	}
	return n, nil
}

// headerTable reads rows of name and value; a first row that says so is left out.
func headerTable(rows [][]string) ([]result.Header, error) {
	var headers []result.Header
	for i, row := range rows {
		if len(row) != 2 {
			return nil, wrong("row %d of the table has %s, want a name and a value", i+1, plural(len(row), "cell"))
		}
		if i == 0 && isOneOf(row[0], "name", "header") && strings.EqualFold(row[1], "value") {
			continue
		}
		if err := checkHeader(row[0], row[1]); err != nil {
			return nil, err
		}
		headers = append(headers, result.Header{Name: row[0], Value: row[1]})
	}
	return headers, nil
}

func isOneOf(s string, words ...string) bool {
	for _, w := range words {
		if strings.EqualFold(s, w) {
			return true
		}
	}
	return false
}

// checkHeader refuses what can't be sent as a header line.
func checkHeader(name, value string) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r) }) {
		return wrong("%q is no name of a header", name)
	}
	if strings.ContainsAny(value, "\r\n\x00") {
		return wrong("the value of the header %q has more than one line", name)
	}
	return nil
}

func hasHeader(headers []result.Header, name string) bool {
	_, ok := result.Message{Header: headers}.Get(name)
	return ok
}

// setHeader sends a header from here on.
func (w *World) setHeader(name, value string) {
	w.dropHeader(name)
	w.header = append(w.header, result.Header{Name: name, Value: value})
}

func (w *World) dropHeader(name string) {
	kept := make([]result.Header, 0, len(w.header)+1)
	for _, h := range w.header {
		if !strings.EqualFold(h.Name, name) {
			kept = append(kept, h)
		}
	}
	w.header = kept
}

// needResponse is the error of a step that speaks of a response too early.
func (w *World) needResponse() error {
	if w.last == nil {
		return wrong("nothing has been sent yet").hint(`a step such as: When I send GET "/prod/items"`)
	}
	return nil
}
