package integration

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/mapping"
)

// NetworkConfig says what stands for the hosts and services of a document.
type NetworkConfig struct {
	// Endpoints are where hosts ("https://backend.example.com") and AWS
	// services ("dynamodb") really are: scheme, host and port. A VPC link's
	// host or connection id is a key too.
	Endpoints map[string]string
	// Backends are stubs for hosts ("http://petstore.example.com") and services ("sqs").
	Backends map[string]Backend
	// Allow are hosts that may really be called: "api.example.com", with a
	// port if it isn't the scheme's own.
	Allow []string
	// Clients are connections shared with other networks. Nil: its own.
	Clients *Clients
}

// A Backend answers instead of a host: by route, else with Answer, else as an
// echo, else 404.
type Backend struct {
	Routes []Route
	Answer *Answer
	Echo   bool // 200 with {method, path, query, headers, body} as JSON
}

// A Route is an answer to some calls of a host.
type Route struct {
	Method string // empty, "ANY" and "*" are every method
	Path   string // "/pets", "/pets/{id}", "/files/{path+}"; the query doesn't count
	Answer
}

// An Answer is what a stub says.
type Answer struct {
	Status      int // 0: 200
	Header      []result.Header
	Body        []byte
	Delay       time.Duration // on the gateway's clock
	Unreachable bool          // no answer at all
}

// A BackendRequest is a call that a host or service got, stub or not.
type BackendRequest struct {
	Method, Path, Query string // path and query as sent
	Header              []result.Header
	Body                []byte
}

// Network decides what a call reaches: a stub, a place named for it, the host
// itself, or nothing. It belongs to one world. Its methods may be called from
// any number of goroutines.
type Network struct {
	clock     clock.Clock
	clients   *Clients
	ownsThem  bool
	endpoints map[string]*url.URL
	backends  map[string]Backend
	allow     map[string]bool

	mu       sync.Mutex
	set      map[string]*override // by target, what steps said
	received []received
	size     int // bytes of bodies in received
}

// An override is what steps said of a target; it wins over the configuration.
type override struct {
	answers     []Answer
	next        int
	delay       time.Duration
	unreachable bool
}

type received struct {
	host string // a target without path
	BackendRequest
}

// What is kept of the calls received, so that a server that runs for days
// doesn't grow: the oldest go first.
const (
	maxReceived     = 1000
	maxReceivedSize = 32 << 20
)

// NewNetwork checks the configuration and reports everything wrong with it at once.
func NewNetwork(c NetworkConfig, clk clock.Clock) (*Network, error) {
	n := &Network{
		clock: clk, clients: c.Clients,
		endpoints: map[string]*url.URL{}, backends: map[string]Backend{}, allow: map[string]bool{},
		set: map[string]*override{},
	}
	if n.clock == nil {
		n.clock = clock.Real()
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(c.Endpoints)) {
		target, err := parseTarget(key)
		if err == nil && target.path != "" {
			err = errors.New("it has a path, want scheme, host and port; the path is kept")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("endpoints: %q: %w", key, err))
			continue
		}
		at, err := parseEndpointValue(c.Endpoints[key])
		if err != nil {
			errs = append(errs, fmt.Errorf("endpoints: %q: %q: %w", key, c.Endpoints[key], err))
			continue
		}
		n.endpoints[target.host] = at
	}
	for _, key := range slices.Sorted(maps.Keys(c.Backends)) {
		target, err := parseTarget(key)
		if err == nil && target.path != "" {
			err = errors.New("it has a path, want scheme, host and port; paths stand under routes")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("backends: %q: %w", key, err))
			continue
		}
		n.backends[target.host] = c.Backends[key]
	}
	for _, host := range c.Allow {
		if u, err := url.Parse(host); err == nil && u.Scheme != "" && u.Host != "" {
			host = u.Host
		}
		if host == "" || strings.ContainsAny(host, "/ *") {
			errs = append(errs, fmt.Errorf("network.allow: %q is no host name", host))
			continue
		}
		n.allow[strings.ToLower(host)] = true
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if n.clients == nil {
		n.clients, n.ownsThem = NewClients(), true
	}
	return n, nil
}

// Close lets go of connections that aren't shared.
func (n *Network) Close() {
	if n.ownsThem {
		n.clients.Close()
	}
}

// Reset forgets the calls received, and sequences of answers begin again.
func (n *Network) Reset() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.received, n.size = nil, 0
	for _, o := range n.set {
		o.next = 0
	}
}

// SetAnswers makes target ("http://host", "http://host/path" or a service's
// name) answer these, one after another; the last repeats.
func (n *Network) SetAnswers(target string, answers []Answer) error {
	return n.change(target, func(o *override) { o.answers, o.next, o.unreachable = answers, 0, false })
}

// SetDelay makes target take d on the gateway's clock before it answers.
func (n *Network) SetDelay(target string, d time.Duration) error {
	return n.change(target, func(o *override) { o.delay = d })
}

// SetUnreachable makes target give no answer.
func (n *Network) SetUnreachable(target string) error {
	return n.change(target, func(o *override) { o.unreachable = true })
}

func (n *Network) change(target string, f func(*override)) error {
	t, err := parseTarget(target)
	if err != nil {
		return fmt.Errorf("%q: %w", target, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	o := n.set[t.String()]
	if o == nil {
		o = &override{}
		n.set[t.String()] = o
	}
	f(o)
	return nil
}

// Received are the calls a target got, oldest first.
func (n *Network) Received(target string) []BackendRequest {
	t, err := parseTarget(target)
	if err != nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []BackendRequest
	for _, r := range n.received {
		if r.host == t.host && (t.path == "" || t.path == decodedPath(r.Path)) {
			list = append(list, r.BackendRequest)
		}
	}
	return list
}

func (n *Network) record(host string, r BackendRequest) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.received = append(n.received, received{host, r})
	n.size += len(r.Body)
	drop := 0
	for len(n.received)-drop > maxReceived || n.size > maxReceivedSize && drop < len(n.received)-1 {
		n.size -= len(n.received[drop].Body)
		drop++
	}
	n.received = slices.Delete(n.received, 0, drop)
}

// A target is a host or a service, and possibly a path of it.
type target struct {
	host string // "http://host:port" in lower case without the scheme's own port, or "sqs"
	path string // decoded; empty: all
}

func (t target) String() string { return t.host + t.path }

func parseTarget(s string) (target, error) {
	if !strings.Contains(s, "://") {
		if s == "" || strings.ContainsAny(s, "/: ?#") {
			return target{}, errors.New("want http://host, https://host or the name of an AWS service")
		}
		return target{host: strings.ToLower(s)}, nil
	}
	u, problem := parseEndpoint(s)
	if problem != "" {
		return target{}, errors.New(problem)
	}
	return targetOf(u), nil
}

func targetOf(u *url.URL) target {
	path := u.Path
	if path == "/" {
		path = ""
	}
	return target{host: hostKey(u), path: path}
}

func hostKey(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		return u.Scheme + "://" + host
	}
	return u.Scheme + "://" + host + ":" + port
}

func parseEndpointValue(s string) (*url.URL, error) {
	u, problem := parseEndpoint(s)
	if problem != "" {
		return nil, errors.New(problem)
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, errors.New("want scheme, host and port only; the path of the document is kept")
	}
	return u, nil
}

func decodedPath(path string) string {
	if p, err := url.PathUnescape(path); err == nil {
		return p
	}
	return path
}

// A way is what a call reaches: an answer, a real place, or neither.
type way struct {
	delay   time.Duration // before anything else
	answer  *Answer       // of a stub
	echo    bool
	to      *url.URL // of a real backend: scheme, host and port
	nothing bool     // nothing stands there
}

// wayTo finds what a call of host (and path, decoded) reaches. Of what steps
// said the path's own wins, then the host's; then come stubs, endpoints,
// loopback and the allow list.
func (n *Network) wayTo(host, path, method string, u *url.URL, connectionID string) way {
	answer, delay, ok := n.overridden(host, path)
	w := way{delay: delay, answer: answer}
	if ok {
		return w
	}
	if b, ok := n.backends[host]; ok {
		w.answer, w.echo = b.answer(method, path)
		return w
	}
	switch {
	case n.endpoints[host] != nil:
		w.to = n.endpoints[host]
	case connectionID != "" && n.endpoints[strings.ToLower(connectionID)] != nil:
		w.to = n.endpoints[strings.ToLower(connectionID)]
	case u != nil && (isLoopback(u.Hostname()) || n.allow[strings.ToLower(u.Host)] || n.allow[strings.ToLower(u.Hostname())] && ownPort(u)):
		w.to = u
	default:
		w.nothing = true
	}
	return w
}

// overridden says what steps set for a call: the answer that comes next, if
// there is one, and how long it takes.
func (n *Network) overridden(host, path string) (answer *Answer, delay time.Duration, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.set) == 0 {
		return nil, 0, false
	}
	for _, o := range []*override{n.set[host+path], n.set[host]} {
		if o != nil && delay == 0 {
			delay = o.delay
		}
	}
	for _, o := range []*override{n.set[host+path], n.set[host]} {
		switch {
		case o == nil:
		case o.unreachable:
			return &Answer{Unreachable: true}, delay, true
		case len(o.answers) > 0:
			a := &o.answers[o.next]
			if o.next < len(o.answers)-1 {
				o.next++
			}
			return a, delay, true
		}
	}
	return nil, delay, false
}

func (b *Backend) answer(method, path string) (answer *Answer, echo bool) {
	if path == "" {
		path = "/"
	}
	for i := range b.Routes {
		r := &b.Routes[i]
		if (r.Method == "" || r.Method == "*" || strings.EqualFold(r.Method, "ANY") || strings.EqualFold(r.Method, method)) && pathFits(r.Path, path) {
			return &r.Answer, false
		}
	}
	switch {
	case b.Answer != nil:
		return b.Answer, false
	case b.Echo:
		return nil, true
	}
	return &Answer{Status: 404}, false
}

// pathFits reports whether a path is one of those a route's pattern means.
func pathFits(pattern, path string) bool {
	for {
		p, restP, moreP := strings.Cut(strings.TrimPrefix(pattern, "/"), "/")
		s, restS, moreS := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		variable := strings.HasPrefix(p, "{") && strings.HasSuffix(p, "}")
		switch {
		case variable && strings.HasSuffix(p, "+}"):
			return s != "" || moreS
		case variable && s == "", !variable && p != s, moreP != moreS:
			return false
		case !moreP:
			return true
		}
		pattern, path = restP, restS
	}
}

// isLoopback reports whether a host name means this machine.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func ownPort(u *url.URL) bool {
	port := u.Port()
	return port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443"
}

// wait spends d on the gateway's clock, but no more than timeout; it says false
// when the time was up.
func (n *Network) wait(ctx context.Context, d, timeout time.Duration) bool {
	if timeout > 0 && d >= timeout {
		_ = n.clock.Sleep(ctx, timeout) // a caller that goes away is noticed by who asks ctx
		return false
	}
	if d > 0 {
		_ = n.clock.Sleep(ctx, d)
	}
	return true
}

// Unreachable lists the hosts and services an API's integrations name that
// nothing here answers, sorted, each once: they are named at start. Vars are the
// stage's variables.
func (n *Network) Unreachable(api *openapi.API, vars map[string]string) []string {
	missing := map[string]bool{}
	for m := range api.AllMethods() {
		in := m.Integration
		if in == nil {
			continue
		}
		uri := mapping.Interpolate(in.URI.Text, vars)
		switch in.Type {
		case openapi.HTTP, openapi.HTTPProxy:
			u, problem := parseEndpoint(uri)
			if problem != "" {
				continue // the call fails as AWS fails it, and lint says so
			}
			if host := hostKey(u); n.nothingAt(host, u, in.ConnectionID) {
				missing[host] = true
			}
		case openapi.AWS:
			s, ok := parseServiceURI(uri)
			if ok && s.service != "lambda" && n.nothingAt(s.service, nil, "") && n.nothingAt(hostKey(s.url()), nil, "") {
				missing[s.service] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(missing))
}

func (n *Network) nothingAt(host string, u *url.URL, connectionID string) bool {
	n.mu.Lock()
	for set := range n.set {
		if set == host || strings.HasPrefix(set, host+"/") {
			n.mu.Unlock()
			return false
		}
	}
	n.mu.Unlock()
	if _, ok := n.backends[host]; ok {
		return false
	}
	return n.wayTo(host, "", "GET", u, connectionID).nothing
}
