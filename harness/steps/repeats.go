package steps

import (
	"strconv"

	"github.com/rehearse-api/rehearse/harness/result"
)

// repeats finds, among the exchanges of one sending step, those that went like
// an earlier one: the same status by the same decisions. A thousand requests
// keep a handful of exchanges.
type repeats struct {
	like map[string]*result.Exchange
	key  []byte
}

// has reports whether an exchange like x is kept already, and counts x there.
func (r *repeats) has(x *result.Exchange) bool {
	r.key = strconv.AppendInt(r.key[:0], int64(x.Status), 10)
	for _, e := range x.Trace {
		r.key = append(r.key, ' ')
		r.key = append(r.key, e.ID...)
	}
	if first, ok := r.like[string(r.key)]; ok {
		first.Repeats++
		first.AddTemplates(x)
		return true
	}
	if r.like == nil {
		r.like = map[string]*result.Exchange{}
	}
	r.like[string(r.key)] = x
	return false
}
