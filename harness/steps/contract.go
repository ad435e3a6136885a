package steps

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/rehearse-api/rehearse/openapi/javare"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// Contracts are the documents of a run as kin-openapi reads them, loaded when a
// step first needs them. Any number of worlds may share one.
type Contracts struct {
	mu    sync.Mutex
	byDoc map[*source.Node]*contract
}

type contract struct {
	once sync.Once
	doc  *openapi3.T
	err  error
}

// load returns the document whose tree is root.
func (c *Contracts) load(root *source.Node) (*openapi3.T, error) {
	c.mu.Lock()
	if c.byDoc == nil {
		c.byDoc = map[*source.Node]*contract{}
	}
	one := c.byDoc[root]
	if one == nil {
		one = &contract{}
		c.byDoc[root] = one
	}
	c.mu.Unlock()
	one.once.Do(func() {
		loader := openapi3.NewLoader()
		one.doc, one.err = loader.LoadFromData(appendCleaned(nil, root, ""))
	})
	return one.doc, one.err
}

// matchesDocument checks the last response against its operation.
func (w *World) matchesDocument(ctx context.Context) error {
	x, err := w.lastExchange()
	if err != nil {
		return err
	}
	if x.Resource == "" {
		return w.unlike("the request matches no path of the document")
	}
	deployed := w.s.DocumentOf(x.API, x.Stage)
	if deployed == nil || deployed.Document == nil {
		return wrong("the document of the stage %q is not known", x.Stage)
	}
	name := deployed.Name
	doc, err := w.opts.Contracts.load(deployed.Document.Root)
	if err != nil {
		return wrong("%s can't be read for this check: %s", name, firstLine(err.Error())).
			hint("rehearse lint shows what is unusual in the document")
	}
	operation, path := operationOf(doc, x.Resource, x.Method)
	if operation == nil {
		return w.unlike("%s has no operation %s %s", name, x.Method, x.Resource)
	}
	if operation.Responses.Len() == 0 {
		return w.unlike("%s %s declares no responses", x.Method, path)
	}
	r := w.last.response
	if operation.Responses.Status(r.Status) == nil && operation.Responses.Default() == nil {
		return w.unlike("the status %d is not declared: %s %s declares %s", r.Status, x.Method, path, declared(operation))
	}
	header := make(http.Header, len(r.Header))
	for _, h := range r.Header {
		header.Add(h.Name, h.Value)
	}
	request, err := http.NewRequestWithContext(ctx, x.Method, "http://"+w.last.request.Host+"/", nil)
	if err != nil {
		return wrong("%v", err)
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: request,
			Route:   &routers.Route{Spec: doc, Path: path, Method: x.Method, Operation: operation},
		},
		Status: r.Status,
		Header: header,
		Body:   io.NopCloser(bytes.NewReader(r.Body)),
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true, MultiError: true,
			SchemaValidationOptions: []openapi3.SchemaValidationOption{openapi3.SetSchemaRegexCompiler(compilePattern)},
		},
	}
	if err := openapi3filter.ValidateResponse(ctx, input); err != nil {
		return w.unlike("the response is not what %s %s declares%s", x.Method, path, contractErrors(err))
	}
	return nil
}

// operationOf finds an operation by the path of its resource. An import with
// basepath "prepend" or "split" makes resources whose path ends in the document's.
func operationOf(doc *openapi3.T, resource, method string) (*openapi3.Operation, string) {
	if item := doc.Paths.Value(resource); item != nil {
		if op := item.GetOperation(method); op != nil {
			return op, resource
		}
	}
	for _, path := range doc.Paths.InMatchingOrder() {
		if strings.HasSuffix(resource, path) || resource == strings.TrimSuffix(path, "/") {
			if op := doc.Paths.Value(path).GetOperation(method); op != nil {
				return op, path
			}
		}
	}
	return nil, ""
}

// declared lists the statuses of an operation.
func declared(o *openapi3.Operation) string {
	var statuses []string
	for status := range o.Responses.Map() {
		statuses = append(statuses, status)
	}
	slices.Sort(statuses)
	return strings.Join(statuses, ", ")
}

// contractErrors says what a response lacks, a line for each place.
func contractErrors(err error) string {
	var d differences
	var walk func(err error, reason string)
	walk = func(err error, reason string) {
		switch e := err.(type) {
		case *openapi3filter.ResponseError:
			if e.Err == nil {
				d = append(d, e.Reason)
				return
			}
			walk(e.Err, e.Reason)
		case openapi3.MultiError:
			for _, one := range e {
				walk(one, reason)
			}
		case *openapi3.SchemaError:
			path := "$"
			for _, part := range e.JSONPointer() {
				if i, err := strconv.Atoi(part); err == nil {
					path += "[" + strconv.Itoa(i) + "]"
				} else {
					path = member(path, part)
				}
			}
			d.add(path, "%s", e.Reason)
		default:
			d.add(reason+":", "%s", firstLine(err.Error()))
		}
	}
	walk(err, "response")
	return d.String()
}

// compilePattern reads a schema's pattern, which may hold what Go's expressions
// can't say: (?=...).
func compilePattern(expr string) (openapi3.RegexMatcher, error) {
	re, err := javare.Compile(expr)
	if err != nil {
		return nil, err
	}
	return schemaPattern{re}, nil
}

type schemaPattern struct{ re *javare.Regexp }

// MatchString reports whether the pattern fits anywhere in s. One that takes too
// long fits nowhere.
func (p schemaPattern) MatchString(s string) bool {
	found, err := p.re.Find(s)
	return found && err == nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// anyMethod is the key of an operation for all methods that have none.
const anyMethod = "x-amazon-apigateway-any-method"

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch"}

// modelPrefix begins a reference to a model of the same API, as AWS exports it.
const modelPrefix = "https://apigateway.amazonaws.com/restapis/"

// appendCleaned appends a document as JSON that kin-openapi takes: without AWS's
// extensions, and without what AWS takes and kin-openapi can't load. pointer is
// where n stands.
func appendCleaned(dst []byte, n *source.Node, pointer string) []byte {
	if n == nil {
		return append(dst, "null"...)
	}
	switch n.Kind {
	case source.Object:
		dst = append(dst, '{')
		first := true
		put := func(key string, value *source.Node) {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = ordered.AppendString(dst, key)
			dst = append(dst, ':')
			if key == "$ref" && value.Kind == source.String {
				dst = ordered.AppendString(dst, localReference(value.Value))
				return
			}
			dst = appendCleaned(dst, value, pointer+"/"+key)
		}
		isPathItem := strings.HasPrefix(pointer, "/paths/") && n.Get(anyMethod) != nil
		for _, m := range n.Members {
			if strings.HasPrefix(m.Key, "x-amazon-") && !strings.HasSuffix(pointer, "/properties") && !strings.HasSuffix(pointer, "/headers") {
				continue
			}
			put(m.Key, m.Value)
		}
		if isPathItem {
			for _, method := range methods {
				if n.Get(method) == nil {
					put(method, n.Get(anyMethod))
				}
			}
		}
		return append(dst, '}')
	case source.Array:
		dst = append(dst, '[')
		for i, item := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendCleaned(dst, item, fmt.Sprintf("%s/%d", pointer, i))
		}
		return append(dst, ']')
	case source.String:
		return ordered.AppendString(dst, n.Value)
	case source.Number:
		if pointer == "/info/version" || pointer == "/openapi" {
			return ordered.AppendString(dst, n.Value)
		}
		if v, err := ordered.ParseString(n.Value); err == nil {
			return ordered.AppendSpelled(dst, v)
		}
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil { // YAML's .5 and +1
			return ordered.AppendSpelled(dst, ordered.FromGo(f))
		}
		return ordered.AppendString(dst, n.Value)
	case source.Bool:
		return append(dst, n.Value...)
	}
	return append(dst, "null"...)
}

// localReference points references to models at the document's own schemas.
func localReference(ref string) string {
	if rest, ok := strings.CutPrefix(ref, modelPrefix); ok {
		if _, name, ok := strings.Cut(rest, "/models/"); ok {
			return "#/components/schemas/" + name
		}
	}
	if name, ok := strings.CutPrefix(ref, "#/definitions/"); ok {
		return "#/components/schemas/" + name
	}
	return ref
}
