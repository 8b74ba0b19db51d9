package mpi

import (
	"testing"
	"time"
)

// The rate is that of the frame between two probes, whatever was before, and the
// middle one of the last five.
func TestMeter(t *testing.T) {
	var m meter
	at := time.Unix(1000, 0)
	measure := func(bytes int, wait, took time.Duration) {
		t.Helper()
		m.due(apart) // something that is on its way before
		m.bytes = 0
		if !m.due(bytes) {
			t.Fatalf("no probes around %d bytes", bytes)
		}
		if m.due(apart) {
			t.Fatal("probes while some are under way")
		}
		at = at.Add(wait)
		m.answered(at)
		at = at.Add(took)
		m.answered(at)
	}
	if m.due(probed - 1) {
		t.Error("probes around a small frame")
	}
	for n := range samples {
		if got := m.rate(); got != 0 {
			t.Errorf("%v after %d measurements", got, n)
		}
		measure(1e6, time.Second, time.Millisecond)
	}
	expect := func(want float64) {
		t.Helper()
		if got := m.rate(); got < 0.99*want || got > 1.01*want {
			t.Errorf("%v bytes a second, expected %v", got, want)
		}
	}
	expect(1e9)
	measure(1e6, 0, 0) // both are seen at once: too high
	measure(1e6, 0, time.Second)
	expect(1e9)
	for range 3 {
		measure(1e6, time.Hour, time.Second)
	}
	expect(1e6)
	if m.moved = 0; m.due(probed) {
		t.Error("probes again too soon")
	}
}
