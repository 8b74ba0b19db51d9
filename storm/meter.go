package storm

import "time"

// A meter measures how fast Storm takes what leaves: bytes by the time in which
// any were waiting.
type meter struct {
	since time.Time     // when that began; zero where nothing waits
	busy  time.Duration // of this stretch
	moved int           // in it
	rate  float64       // of the last stretch, in bytes a second; 0 before there is one
}

// stretch is how many bytes are measured together.
const stretch = 1 << 20

// begin notes that something waits from now on.
func (m *meter) begin(now time.Time) {
	if m.since.IsZero() {
		m.since = now
	}
}

// done notes that bytes have left, and whether nothing waits any more.
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
		m.rate = float64(m.moved) / max(m.busy, time.Nanosecond).Seconds()
		m.moved, m.busy = 0, 0
	}
}

// Rate implements transport.Meter. Everything leaves by the same pipe.
func (e *End) Rate(int) float64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.meter.rate
}
