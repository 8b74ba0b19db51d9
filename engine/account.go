package engine

import (
	"math/bits"
	"sync"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
)

// row is what is counted of an instance while it runs.
type row struct {
	busy, waitIn, waitOut int64 // nanoseconds
	calls                 uint64
	packing               packing
	Skipped, Retried      uint64
	passed                d4.Time
	// took counts items by the time that the call which brought them took for
	// each: bucket b holds those of at most 2^b nanoseconds.
	took    [48]uint64
	longest int64
}

// call books a call of the PE that took so long and was about n items.
func (r *row) call(took int64, n int) {
	r.calls++
	each := took / int64(max(n, 1))
	r.took[min(bits.Len64(uint64(max(each, 0))), len(r.took)-1)] += uint64(n)
	r.longest = max(r.longest, each)
}

// quantile returns the upper edge of the bucket where a fraction q of the
// items is reached, in seconds.
func (r *row) quantile(q float64) float64 {
	var all, sum uint64
	for _, n := range r.took {
		all += n
	}
	for b, n := range r.took {
		if sum += n; all > 0 && float64(sum) >= q*float64(all) {
			return min(float64(int64(1)<<b), float64(r.longest)) / 1e9
		}
	}
	return 0
}

// counters are those that PEs make for themselves, by name.
type counters struct {
	mu     sync.Mutex
	byName map[string]*atomic.Int64
}

func (c *counters) get(name string) *atomic.Int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byName == nil {
		c.byName = map[string]*atomic.Int64{}
	}
	if c.byName[name] == nil {
		c.byName[name] = new(atomic.Int64)
	}
	return c.byName[name]
}

func (c *counters) values() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.byName) == 0 {
		return nil
	}
	values := make(map[string]int64, len(c.byName))
	for name, n := range c.byName {
		values[name] = n.Load()
	}
	return values
}
