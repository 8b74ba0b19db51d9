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

// Suspend says whether each trace is filtered by itself.
func (f *Filter) Suspend() (d4.Time, error) {
	if f.ZeroPhase {
		return d4.Forever, nil
	}
	return d4.Forever, errors.New("what a causal filter carries on from trace to trace would be lost: set zero_phase")
}
