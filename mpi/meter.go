package mpi

import (
	"slices"
	"time"
)

// A meter measures the link to a rank on another node. Now and then a frame is
// sent between two probes, messages of no length that are done when the
// receiver has them; the second leaves when MPI is done with the frame. As the
// order is kept, the time between the two is that of the frame on the link,
// whatever waits before it: what a send itself takes would be that of buffers.
type meter struct {
	moved int       // since the last probes
	bytes int       // between the probes that are under way; 0 where none are
	first time.Time // when the first of them was done
	rates []float64 // bytes a second, the last few
}

const (
	probed  = 16 << 10  // a frame between probes is as large, parts and all
	apart   = 256 << 10 // and so much moves before the next ones
	samples = 5
)

// due notes that a frame is sent and reports whether it goes between probes.
func (m *meter) due(bytes int) bool {
	m.moved += bytes
	if bytes < probed || m.bytes > 0 || len(m.rates) > 0 && m.moved < apart {
		return false
	}
	m.moved, m.bytes, m.first = 0, bytes, time.Time{}
	return true
}

// answered notes that a probe is done.
func (m *meter) answered(now time.Time) {
	if m.first.IsZero() {
		m.first = now
		return
	}
	if len(m.rates) == samples {
		m.rates = m.rates[1:]
	}
	m.rates = append(m.rates, float64(m.bytes)/max(now.Sub(m.first), time.Nanosecond).Seconds())
	m.bytes = 0
}

// rate is the middle one of the last few, 0 before there are as many: some are
// too low, because the receiver did not look, and some too high, because the
// sender did not.
func (m *meter) rate() float64 {
	if len(m.rates) < samples {
		return 0
	}
	return slices.Sorted(slices.Values(m.rates))[samples/2]
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

// probes sends the second ones, of frames that MPI is done with; none once the
// messages have been counted, for the receiver waits for no more. It needs the
// lock of calls.
func (e *End) probes() (err error) {
	if e.leaving != nil {
		e.metering = e.metering[:0]
		return nil
	}
	for len(e.metering) > 0 && err == nil {
		to := e.metering[0]
		e.metering = append(e.metering[:0], e.metering[1:]...)
		err = e.probe(to)
	}
	return err
}

// metered reports whether a frame goes between probes.
func (e *End) metered(o *outgoing) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	m := e.peers[o.to].meter
	return m != nil && m.due(o.charge)
}

// probe sends one. It needs the lock of calls.
func (e *End) probe(to int) error {
	e.mu.Lock()
	o := e.newOutgoing()
	e.mu.Unlock()
	o.to, o.frame, o.probe, o.charge, o.pending = to, e.take(0).frame(0), true, 0, 1
	b := bufferOf(o.frame)
	header{kind: nothing}.write(b.header())
	err := e.message(o, b, headerBytes, true)
	e.sent(o)
	return err
}
