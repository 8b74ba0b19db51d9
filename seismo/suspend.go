package seismo

import (
	"errors"

	d4 "github.com/dispel4go/dispel4go"
)

// What works on each trace or spectrum by itself can be cut short anywhere.

// Suspend asks for nothing to come again.
func (*Demean) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*Detrend) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*Taper) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*OneBit) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*RunningMean) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*Spectra) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*Whiten) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*Clip) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*Envelope) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*Integrate) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*Differentiate) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*RemoveResponse) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*Simulate) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*Resample) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*Align) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*Trim) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend asks for nothing to come again.
func (*SelectChannels) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Suspend says whether each trace is filtered by itself.
func (f *Filter) Suspend() (d4.Time, error) {
	if f.ZeroPhase {
		return d4.Forever, nil
	}
	return d4.Forever, errors.New("what a causal filter carries on from trace to trace would be lost: set zero_phase")
}

// Suspend says whether each trace has its function by itself.
func (c *Characteristic) Suspend() (d4.Time, error) {
	if c.streams() {
		return d4.Forever, errors.New("what the averages carry on from trace to trace would be lost: set method to one of each trace by itself")
	}
	return d4.Forever, nil
}

// What takes several items of one time together has dealt with all that is older than
// its mark, and with nothing else.

// Suspend asks for the windows that are waiting for others to come again.
func (p *components) Suspend() (d4.Time, error) { return p.passed, nil }

// Continue leaves out the windows that an earlier run has dealt with.
func (p *components) Continue(done d4.Time) error {
	p.passed, p.done = done, done
	return nil
}

// Suspend asks for the correlations that are waiting for others to come again.
func (r *RotatePairs) Suspend() (d4.Time, error) { return r.passed, nil }

// Continue leaves out the correlations that an earlier run has dealt with.
func (r *RotatePairs) Continue(done d4.Time) error {
	r.passed, r.done = done, done
	return nil
}
