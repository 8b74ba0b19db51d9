package run

import (
	"testing"
	"time"
)

// TestHopeless: a run on Storm that is to stop waits for ranks that are late, but
// not where none has begun, and not for ever.
func TestHopeless(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		stopped time.Time
		begun   int
		want    bool
	}{
		{time.Time{}, 0, false},
		{now, 0, true},
		{now, 2, false},
		{now.Add(-2 * startGrace), 2, true},
		{now.Add(-2 * startGrace), 3, false},
	} {
		w := &stormWatch{ranks: make([]stormRank, 3), stopped: c.stopped}
		if got := w.hopeless(c.begun, now); got != c.want {
			t.Errorf("stopped %v ago, %d of 3 begun: %v, expected %v", now.Sub(c.stopped), c.begun, got, c.want)
		}
	}
}
