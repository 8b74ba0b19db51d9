package mpi

import "time"

// A meter measures the link to a rank on another node: bytes by the time in
// which any were under way.
type meter struct {
	since time.Time     // when that began; zero where nothing is under way
	busy  time.Duration // of this stretch
	moved int           // in it
	rates [stretches]float64
	next  int
}

const (
	// A stretch is long enough to be more than what buffers take at once, and
	// of the last few the fastest counts: in the others the receiver may not
	// have looked.
	stretch   = 1 << 20
	stretches = 4
)

// begin notes that something is under way from now on.
func (m *meter) begin(now time.Time) {
	if m.since.IsZero() {
		m.since = now
	}
}

// done notes that bytes have left, and whether they were the last under way.
func (m *meter) done(bytes int, last bool, now time.Time) {
	m.moved += bytes
	if !last && m.moved < stretch {
		return
	}
	m.busy += now.Sub(m.since)
	m.since = now
	if last {
		m.since = time.Time{}
	}
	if m.moved >= stretch {
		m.rates[m.next] = float64(m.moved) / max(m.busy, time.Nanosecond).Seconds()
		m.next = (m.next + 1) % stretches
		m.moved, m.busy = 0, 0
	}
}

// rate is that of the fastest stretch of late, 0 before there is one.
func (m *meter) rate() (best float64) {
	for _, r := range m.rates {
		best = max(best, r)
	}
	return best
}

// Rate implements transport.Meter. It knows nothing of ranks on this node.
func (e *End) Rate(to int) float64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if m := e.peers[to].meter; m != nil {
		return m.rate()
	}
	return 0
}
