package mpi

import (
	"math"
	"testing"
	"time"
)

// The rate is that of the time in which something is under way, of the fastest
// of the last stretches.
func TestMeter(t *testing.T) {
	var m meter
	at := time.Unix(1000, 0)
	send := func(bytes int, took, pause time.Duration) {
		m.begin(at)
		at = at.Add(took)
		m.done(bytes, true, at)
		at = at.Add(pause)
	}
	expect := func(what string, want float64) {
		t.Helper()
		if got := m.rate(); math.Abs(got-want) > 0.01*want {
			t.Errorf("%s: %v bytes a second, expected %v", what, got, want)
		}
	}
	expect("nothing yet", 0)
	for range 15 {
		send(64<<10, time.Millisecond, time.Second)
	}
	expect("less than a stretch", 0)
	for range 17 {
		send(64<<10, time.Millisecond, time.Second)
	}
	expect("pauses do not count", 65536e3)
	for range 3 * 16 {
		send(64<<10, 100*time.Millisecond, 0)
	}
	expect("a receiver that does not look is not the link", 65536e3)
	for range 16 {
		send(64<<10, 100*time.Millisecond, 0)
	}
	expect("unless it stays so", 655360)
	// Several at a time, of which none is the last.
	m.begin(at)
	for range 64 {
		at = at.Add(time.Millisecond)
		m.begin(at)
		m.done(128<<10, false, at)
	}
	expect("without a pause", 131072e3)
}
