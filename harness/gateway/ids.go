package gateway

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// next is the next number of the gateway's seeded sequence. It is the counter
// mixed by splitmix64, so it takes no lock.
func (g *Gateway) next() uint64 {
	z := g.config.Seed + g.counter.Add(1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// draw is a number from 0 up to 1.
func (g *Gateway) draw() float64 { return float64(g.next()>>11) / (1 << 53) }

const (
	uuidLen     = 36
	extendedLen = 16
)

// makeIDs makes the request id, a UUID, and the extended request id.
func (x *exchange) makeIDs() {
	if x.ids != "" {
		return
	}
	var b [uuidLen + extendedLen]byte
	a, c := x.g.next(), x.g.next()
	var raw [27]byte
	put64(raw[0:], a)
	put64(raw[8:], c)
	put64(raw[16:], a*0x9e3779b97f4a7c15^c)
	raw[6] = raw[6]&0x0f | 0x40 // version 4
	raw[8] = raw[8]&0x3f | 0x80
	hex.Encode(b[0:8], raw[0:4])
	hex.Encode(b[9:13], raw[4:6])
	hex.Encode(b[14:18], raw[6:8])
	hex.Encode(b[19:23], raw[8:10])
	hex.Encode(b[24:36], raw[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	base64.URLEncoding.Encode(b[36:], raw[13:24]) // eleven bytes: fifteen characters and a "="
	x.ids = string(b[:])
}

func put64(b []byte, v uint64) {
	for i := range 8 {
		b[i] = byte(v >> (8 * i))
	}
}

// requestIDText is $context.requestId. A caller may give one of its own, if it
// is a UUID [AWS docs: $context variable reference].
func (x *exchange) requestIDText() string {
	if x.requestID == "" {
		if own, ok := x.headerValue("x-amzn-requestid"); ok && isUUID(own) {
			x.requestID = own
		} else {
			x.makeIDs()
			x.requestID = x.ids[:uuidLen]
		}
	}
	return x.requestID
}

// extendedRequestID is $context.extendedRequestId.
func (x *exchange) extendedRequestID() string {
	x.makeIDs()
	return x.ids[uuidLen:]
}

func isUUID(s string) bool {
	if len(s) != uuidLen {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if ('0' > c || c > '9') && ('a' > c || c > 'f') && ('A' > c || c > 'F') {
				return false
			}
		}
	}
	return true
}

// trace is the value of X-Amzn-Trace-Id towards backend and caller. An incoming
// root and parent are kept, a missing parent is made (cases
// lambda-proxy-trace-id-root-only, lambda-proxy-trace-id-given-in-full);
// Sampled is kept, else 1 with a parent of the caller's and 0 without
// (inferred). Without one there is a new root.
func (x *exchange) traceIDText() string {
	if x.traceID != "" {
		return x.traceID
	}
	root, parent, sampled := "", "", ""
	if given, ok := x.headerValue("X-Amzn-Trace-Id"); ok {
		for part := range strings.SplitSeq(given, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			switch name {
			case "Root":
				root = value
			case "Parent":
				parent = value
			case "Sampled":
				sampled = value
			}
		}
	}
	if root == "" {
		id := hexText(x.g.next(), 16) + hexText(x.g.next(), 8)
		x.traceID = "Root=1-" + hexText(uint64(x.now.Unix()), 8) + "-" + id
		return x.traceID
	}
	if sampled == "" {
		sampled = "0"
		if parent != "" {
			sampled = "1"
		}
	}
	if parent == "" {
		parent = hexText(x.g.next(), 16)
	}
	x.traceID = "Root=" + root + ";Parent=" + parent + ";Sampled=" + sampled
	return x.traceID
}

// hexText is v in n hexadecimal digits.
func hexText(v uint64, n int) string {
	s := strconv.FormatUint(v, 16)
	if len(s) > n {
		return s[len(s)-n:]
	}
	return strings.Repeat("0", n-len(s)) + s
}
