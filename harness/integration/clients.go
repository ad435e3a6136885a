package integration

import (
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

// Clients are the pooled connections to real backends. Those of one run may be
// shared by all its worlds.
type Clients struct {
	mu     sync.Mutex
	strict *http.Transport
	lax    *http.Transport // tlsConfig.insecureSkipVerification
}

// NewClients returns connections yet to be made.
func NewClients() *Clients { return &Clients{} }

// Close closes the connections that are idle.
func (c *Clients) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range []*http.Transport{c.strict, c.lax} {
		if t != nil {
			t.CloseIdleConnections()
		}
	}
}

func (c *Clients) transport(insecure bool) *http.Transport {
	c.mu.Lock()
	defer c.mu.Unlock()
	which := &c.strict
	if insecure {
		which = &c.lax
	}
	if *which == nil {
		*which = newTransport(insecure)
	}
	return *which
}

// maxResponseHeader is how many bytes of headers a backend may send: API
// Gateway's quota for all headers of a message (AWS docs: Amazon API Gateway quotas).
const maxResponseHeader = 10240

func newTransport(insecure bool) *http.Transport {
	d := &dialer{
		Dialer: net.Dialer{KeepAlive: 30 * time.Second},
		config: &tls.Config{
			InsecureSkipVerify: insecure, //nolint:gosec // what the document asks for
		},
	}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment, // loopback never goes through it
		DialContext:            d.dial,
		DialTLSContext:         d.dialTLS,
		TLSClientConfig:        d.config,                                               // behind a proxy, where names are net/http's
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1 keeps the spelling of names
		DisableCompression:     true,                                                   // bodies pass as they came
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        4 * time.Second, // Node's servers close after 5: a POST must not meet that
		MaxResponseHeaderBytes: maxResponseHeader,
	}
}
