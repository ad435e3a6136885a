package gateway

import (
	"fmt"
	"testing"
	"time"
)

func TestCache(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	entry := func(key string, size int) *cacheEntry {
		return &cacheEntry{key: key, until: now.Add(time.Hour), body: make([]byte, size)}
	}
	t.Run("an entry lives until its time, however often it is used", func(t *testing.T) {
		var c cache
		c.put("s", entry("k", 1))
		for _, after := range []time.Duration{0, 30 * time.Minute, time.Hour - 1} {
			if c.get("s", "k", now.Add(after)) == nil {
				t.Errorf("after %s it is gone", after)
			}
		}
		if c.get("s", "k", now.Add(time.Hour)) != nil {
			t.Error("after an hour it is still there")
		}
	})
	t.Run("stages share nothing", func(t *testing.T) {
		var c cache
		c.put("s", entry("k", 1))
		if c.get("t", "k", now) != nil {
			t.Error("the other stage has it")
		}
		c.put("t", entry("k", 1))
		c.flush("t")
		if c.get("t", "k", now) != nil || c.get("s", "k", now) == nil {
			t.Error("flush is for one stage")
		}
	})
	t.Run("the least recently used go first", func(t *testing.T) {
		var c cache
		const size = 1 << 20
		const fit = cacheBytes/size - 1
		for i := range fit {
			c.put("s", entry(fmt.Sprint(i), size))
		}
		c.get("s", "0", now)
		c.put("s", entry("one", size))
		c.put("s", entry("two", size))
		if c.get("s", "0", now) == nil {
			t.Error("the one just used is gone")
		}
		if c.get("s", "1", now) != nil {
			t.Error("the one used longest ago is there")
		}
		if got := c.stages["s"].bytes; got > cacheBytes {
			t.Errorf("%d bytes are kept, want at most %d", got, cacheBytes)
		}
	})
	t.Run("a new entry takes the place of the old", func(t *testing.T) {
		var c cache
		c.put("s", entry("k", 10))
		was := c.stages["s"].bytes
		c.put("s", entry("k", 10))
		if got := c.stages["s"].bytes; got != was {
			t.Errorf("%d bytes, want %d", got, was)
		}
	})
}
