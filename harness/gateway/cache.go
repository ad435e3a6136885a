package gateway

import (
	"container/list"
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rehearse-api/rehearse/harness/result"
)

// maxCached is the largest response that is kept [AWS docs: Amazon API Gateway quotas].
const maxCached = 1048576

// cacheBytes is what all entries of one stage may take together. A cluster has
// half a gigabyte at least; no test needs as much of this machine.
const cacheBytes = 64 << 20

// cacheWarning is what a caller who may not invalidate the cache is told.
// guess: AWS documents neither name nor text; other gateways use these.
const cacheWarning = "199 Cache-control headers were ignored because the caller was unauthorized."

// A cache holds method responses, by name of stage and key. Its methods may be
// called from any number of goroutines.
type cache struct {
	mu     sync.Mutex
	stages map[string]*stageCache
}

// A stageCache is the entries of one stage, the last used in front.
type stageCache struct {
	entries map[string]*list.Element // of *cacheEntry
	order   list.List
	bytes   int
}

type cacheEntry struct {
	key         string
	until       time.Time
	status      int
	contentType string
	header      []result.Header
	body        []byte
	size        int
}

// get returns the entry for key that has not expired at now. Entries expire a
// fixed time after they were made, however often they are used.
func (c *cache) get(stage, key string, now time.Time) *cacheEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stages[stage]
	if s == nil {
		return nil
	}
	el := s.entries[key]
	if el == nil {
		return nil
	}
	e := el.Value.(*cacheEntry)
	if !now.Before(e.until) {
		s.remove(el)
		return nil
	}
	s.order.MoveToFront(el)
	return e
}

// put keeps e, in the place of an older one of its key, and drops those least
// recently used when the stage has too many.
func (c *cache) put(stage string, e *cacheEntry) {
	e.size = len(e.key) + len(e.body) + 128
	for _, h := range e.header {
		e.size += len(h.Name) + len(h.Value)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stages == nil {
		c.stages = make(map[string]*stageCache)
	}
	s := c.stages[stage]
	if s == nil {
		s = &stageCache{entries: make(map[string]*list.Element)}
		c.stages[stage] = s
	}
	if was := s.entries[e.key]; was != nil {
		s.remove(was)
	}
	s.entries[e.key] = s.order.PushFront(e)
	s.bytes += e.size
	for s.bytes > cacheBytes {
		s.remove(s.order.Back())
	}
}

func (s *stageCache) remove(el *list.Element) {
	e := s.order.Remove(el).(*cacheEntry)
	delete(s.entries, e.key)
	s.bytes -= e.size
}

// flush drops the entries of one stage, its canary's among them.
func (c *cache) flush(stage string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.stages, stage)
	delete(c.stages, stage+"/canary")
}

func (c *cache) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stages = nil
}

// lookUpCache answers from the cache, if this method is cached and there is an entry.
func (x *exchange) lookUpCache(context.Context) *refusal {
	c := &x.m.caching
	if !(c.get && x.verb == "GET" || c.others) || !x.v.useCache {
		return nil
	}
	if asksForFresh(x) {
		switch {
		case !c.requireAuthorization:
			x.note(cacheInvalidated, "", "", "")
			x.invalidate = true
		case c.strategy == failWith403:
			// Nobody can be authorized on a method without AWS_IAM.
			// guess: the body of this 403 was shown by nobody.
			return x.refuseWith(&accessDenied, x.notAuthorizedTo("execute-api:InvalidateCache"), becauseInvalidationRefused, "", "", "")
		default:
			x.note(cacheInvalidationIgnored, c.strategy, "", "")
			x.warning = c.strategy == succeedWithResponseHeader
		}
	}
	x.cacheKey = x.makeCacheKey()
	if x.invalidate {
		return nil
	}
	e := x.g.cache.get(x.v.cacheName, x.cacheKey, x.now)
	if e == nil {
		x.note(cacheMissed, x.st.Name, "", "")
		return nil
	}
	if x.observed {
		x.noteNumbers(cacheHit, x.st.Name, e.until.Sub(x.now).Seconds(), 0)
	}
	x.status, x.contentType = e.status, e.contentType
	x.respHeader = append(x.respHeader[:0], e.header...)
	x.respBody = append(x.out[:0], e.body...)
	x.out = x.respBody
	x.cached = true
	return nil
}

// asksForFresh reports whether the caller sent Cache-Control: max-age=0. Other
// directives do nothing [AWS docs: Cache settings for REST APIs].
func asksForFresh(x *exchange) bool {
	value, ok := x.headerValue("Cache-Control")
	if !ok {
		return false
	}
	for d := range strings.SplitSeq(value, ",") {
		if strings.EqualFold(strings.ReplaceAll(strings.TrimSpace(d), " ", ""), "max-age=0") {
			return true
		}
	}
	return false
}

// makeCacheKey is the namespace, the method and the values of the cache key
// parameters, each with its length so that none can pose as two. The path is
// not part of it (case caching-only-key-parameters-count): a path parameter
// that is no cache key parameter makes all its values share one entry.
func (x *exchange) makeCacheKey() string {
	namespace := x.m.Resource.ID
	if x.m.Integration != nil && x.m.Integration.CacheNamespace != "" {
		namespace = x.m.Integration.CacheNamespace
	}
	b := append(make([]byte, 0, 128), namespace...)
	b = append(b, ' ')
	b = append(b, x.verb...)
	for _, p := range x.m.cacheKeys {
		b = append(b, ' ')
		b = append(b, p.name...)
		values := x.cacheKeyValues(p)
		if values == nil {
			b = append(b, '-') // an absent parameter is not an empty one
			continue
		}
		v := values[len(values)-1]
		b = strconv.AppendInt(append(b, '='), int64(len(v)), 10)
		b = append(append(b, ':'), v...)
	}
	return string(b)
}

// A cacheKeyPart is a cache key parameter taken apart.
type cacheKeyPart struct{ name, location, parameter string }

func (x *exchange) cacheKeyValues(p cacheKeyPart) []string {
	switch p.location {
	case "path":
		return x.scope.Path.Get(p.parameter)
	case "querystring":
		return x.scope.Query.Get(p.parameter)
	case "header":
		// guess: the names of headers are compared without case here.
		if v, ok := x.headerValue(p.parameter); ok {
			return []string{v}
		}
	}
	return nil
}

// fillCache keeps the method response. Those of a backend's error are kept as
// well (case caching-keeps-endpoint-errors); the gateway's own never come here.
func (x *exchange) fillCache(context.Context) *refusal {
	if x.cacheKey == "" || len(x.respBody) > maxCached {
		return nil
	}
	ttl := time.Duration(x.m.caching.ttl) * time.Second
	x.g.cache.put(x.v.cacheName, &cacheEntry{
		key:         x.cacheKey,
		until:       x.now.Add(ttl),
		status:      x.status,
		contentType: x.contentType,
		header:      append([]result.Header(nil), x.respHeader...),
		body:        append([]byte(nil), x.respBody...),
	})
	x.noteNumbers(cacheFilled, x.st.Name, ttl.Seconds(), 0)
	return nil
}
