package engine

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestClock: the coarse clock runs while it is looked at, rests when it is not,
// and who looks again finds that time has passed, and sees it pass.
func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock{rouse: make(chan struct{}, 1)}
		c.use()
		defer c.release()
		last := c.now()
		for range 5 {
			time.Sleep(2 * time.Millisecond)
			if got := c.now(); got == last {
				t.Fatal("it stands still under the eyes of its reader")
			} else {
				last = got
			}
		}
		time.Sleep(time.Second)
		rested := c.tick.Load()
		time.Sleep(time.Hour)
		if got := c.tick.Load(); got != rested {
			t.Errorf("it has run on for %d beats that nobody looked at", got-rested)
		}
		if rested == last {
			t.Error("who comes back late finds that no time has passed")
		}
		c.now()
		time.Sleep(2 * time.Millisecond)
		if c.now() == rested {
			t.Error("it does not run again")
		}
	})
}
