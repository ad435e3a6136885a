package gateway

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/harness/result"
)

// decode undoes the Content-Encoding of the request's body. An unknown coding,
// or a body that is not what its header says, is 415 [AWS docs: Make an API
// request with a compressed payload]. Without a body the header stays (case
// lambda-proxy-request-headers-kept).
func (x *exchange) decode(context.Context) *refusal {
	if len(x.body) == 0 {
		return nil
	}
	coding, ok := x.headerValue("Content-Encoding")
	if !ok || coding == "" || strings.EqualFold(coding, "identity") {
		return nil
	}
	body, err := decompress(strings.ToLower(coding), x.body)
	if err != nil {
		return x.refuse(&unsupportedMediaType, becauseEncodingUnsupported, coding, "", "")
	}
	if len(body) > maxBody {
		return x.refuse(&bodyTooLong, becauseBodyTooLong, "", "", "")
	}
	x.note(bodyDecompressed, coding, "", "")
	x.body = body
	kept := x.header[:0]
	for _, h := range x.header {
		if !strings.EqualFold(h.Name, "Content-Encoding") {
			kept = append(kept, h)
		}
	}
	x.header = kept
	x.takeParams()
	return nil
}

// decompress reads at most one byte more than a body may have.
func decompress(coding string, body []byte) ([]byte, error) {
	var r io.Reader
	var err error
	switch coding {
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		// RFC 9110 means zlib; many senders mean its raw core.
		if r, err = zlib.NewReader(bytes.NewReader(body)); err != nil {
			r, err = flate.NewReader(bytes.NewReader(body)), nil
		}
	default:
		err = errUnknownCoding
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, maxBody+1))
}

var errUnknownCoding = flate.InternalError("unknown content coding")

// compress compresses the answer if the API asks for it by its
// minimumCompressionSize and the caller names a coding [AWS docs: Receive an API
// response with a compressed payload].
func (x *exchange) compress() {
	least := x.v.api.MinimumCompressionSize
	if least == nil || len(x.respBody) < *least || len(x.respBody) == 0 {
		return
	}
	coding := x.wantedCoding()
	if coding == "" {
		return
	}
	for i := range x.respHeader {
		if strings.EqualFold(x.respHeader[i].Name, "Content-Encoding") {
			return
		}
	}
	var b bytes.Buffer
	var w io.WriteCloser
	if coding == "gzip" {
		w = gzip.NewWriter(&b)
	} else {
		w = zlib.NewWriter(&b)
	}
	if _, err := w.Write(x.respBody); err != nil || w.Close() != nil {
		return
	}
	x.respBody = b.Bytes()
	x.respHeader = append(x.respHeader, result.Header{Name: "Content-Encoding", Value: coding})
	x.note(bodyCompressed, coding, "", "")
}

// wantedCoding is the coding of the highest weight in Accept-Encoding, if it is
// gzip or deflate; "*" names none.
func (x *exchange) wantedCoding() string {
	accepted, _ := x.headerValue("Accept-Encoding")
	best, weight := "", 0.0
	for item := range strings.SplitSeq(accepted, ",") {
		name, params, _ := strings.Cut(item, ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			q, _ = strconv.ParseFloat(v, 64)
		}
		if q > weight {
			best, weight = strings.ToLower(strings.TrimSpace(name)), q
		}
	}
	if best == "gzip" || best == "deflate" {
		return best
	}
	return ""
}
