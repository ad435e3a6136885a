package traffic

import (
	"math"
	"sync"
	"time"
)

// A Store holds what has been used: tokens and quotas, by name. It outlives the
// Plans it is asked for, so a raised quota keeps what was used. Its methods may
// be called from any number of goroutines.
type Store struct {
	mu      sync.Mutex
	buckets map[name]bucket
	quotas  map[name]usage
}

// A name says whose counter it is. The empty one is the account's.
type name struct {
	plan, key, api, stage, resource, method string
	period                                  Period
}

// A limit is one thing to ask: a quota, or a rate.
type limit struct {
	name  name
	level Level
	rate  Rate
	quota *Quota
}

// NewStore returns an empty Store: all buckets are full, nothing is used.
func NewStore() *Store {
	s := &Store{}
	s.Reset()
	return s
}

// Reset forgets everything.
func (s *Store) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets = make(map[name]bucket)
	s.quotas = make(map[name]usage)
}

// charge asks all limits and, if none refuses, charges them. It returns the
// index of the first that refuses, or -1, and what is used of the quota.
func (s *Store) charge(limits []limit, now time.Time) (refused, used int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	refused = -1
	for i := range limits {
		l := &limits[i]
		var ok bool
		if l.quota != nil {
			u := s.quotas[l.name].at(l.quota.Period, now)
			used = u.used
			ok = u.left(l.quota) > 0
		} else {
			ok = s.bucket(l).tokens(l.rate, now) >= token
		}
		if !ok && refused < 0 {
			refused = i
		}
	}
	if refused >= 0 {
		return refused, used
	}
	for i := range limits {
		l := &limits[i]
		if l.quota != nil {
			u := s.quotas[l.name].at(l.quota.Period, now)
			u.used++
			used = u.used
			s.quotas[l.name] = u
		} else {
			s.buckets[l.name] = s.bucket(l).take(l.rate, now)
		}
	}
	return -1, used
}

// bucket returns the bucket of a limit; one never used is full.
func (s *Store) bucket(l *limit) bucket {
	b, ok := s.buckets[l.name]
	if !ok {
		b = bucket{have: math.MaxInt64}
	}
	return b
}

// Usage is what a key has used of a plan's quota.
type Usage struct{ Used, Left int }

// Usage tells what key has used of plan's quota in the period that now is in. A
// plan without a quota has neither.
func (s *Store) Usage(plan *UsagePlan, key string, now time.Time) Usage {
	if plan.Quota == nil {
		return Usage{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.quotas[name{plan: plan.Name, key: key, period: plan.Quota.Period}].at(plan.Quota.Period, now)
	return Usage{Used: u.used, Left: max(0, u.left(plan.Quota))}
}

// token is one token in a bucket's unit, the billionth: nanoseconds times tokens
// a second is a whole number of them, so nothing drifts.
const token = 1_000_000_000

// A bucket is a token bucket [AWS docs: Throttle requests to your REST APIs].
type bucket struct {
	have int64     // billionths of a token, at the time of last
	last time.Time // zero: never used
}

// tokens is what the bucket holds at now. A clock that went back refills nothing.
func (b bucket) tokens(r Rate, now time.Time) int64 {
	full := int64(r.BurstLimit) * token
	if b.have >= full {
		return full
	}
	elapsed := now.Sub(b.last)
	if elapsed <= 0 {
		return b.have
	}
	refill := math.Round(float64(elapsed) * r.RateLimit)
	if refill >= float64(full-b.have) {
		return full
	}
	return b.have + int64(refill)
}

// take is the bucket after one token was taken at now.
func (b bucket) take(r Rate, now time.Time) bucket {
	have := b.tokens(r, now) - token
	if now.Before(b.last) {
		now = b.last
	}
	return bucket{have: have, last: now}
}

// A usage counts the requests of a period.
type usage struct {
	used   int
	period int // number of the period, see periodNumber
	first  int // number of the first period plus one; 0: none yet
}

// at is the usage as of now: a new period begins at nothing.
func (u usage) at(p Period, now time.Time) usage {
	n := periodNumber(p, now)
	if u.first == 0 {
		u.first = n + 1
	}
	if u.period != n {
		u.period, u.used = n, 0
	}
	return u
}

// left is what may still be used. The offset counts as used in the first period
// only [AWS API: QuotaSettings].
func (u usage) left(q *Quota) int {
	left := q.Limit - u.used
	if u.period+1 == u.first {
		left -= q.Offset
	}
	return left
}

// periodNumber numbers the periods. Days and months are the calendar's in UTC,
// not 24 hours or 30 days from the first request; guess: weeks start on Monday.
func periodNumber(p Period, now time.Time) int {
	now = now.UTC()
	days := int(math.Floor(float64(now.Unix()) / 86400))
	switch p {
	case Week:
		return int(math.Floor(float64(days+3) / 7)) // 1970-01-01 was a Thursday
	case Month:
		return now.Year()*12 + int(now.Month()) - 1
	default:
		return days
	}
}

// Ends returns when the period that now is in ends.
func (p Period) Ends(now time.Time) time.Time {
	now = now.UTC()
	y, m, d := now.Date()
	switch p {
	case Week:
		return time.Date(y, m, d+7-(int(now.Weekday())+6)%7, 0, 0, 0, 0, time.UTC)
	case Month:
		return time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC)
	default:
		return time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
	}
}
