package seismo

import (
	"errors"
	"fmt"

	d4 "github.com/dispel4go/dispel4go"
)

// stateless is part of what makes one trace of one and keeps nothing, so that a run can be
// cut short anywhere, as is d4.Stateless of what has no Traces.
type stateless struct{}

// Suspend asks for nothing to come again.
func (stateless) Suspend() (d4.Time, error) { return d4.Forever, nil }

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

// Suspend asks for nothing to come again: the files that are written are whole.
func (*WriteSAC) Suspend() (d4.Time, error) { return d4.Forever, nil }

// Sinks give what is there its name; the run that goes on has files of its own for the rest.

// Suspend gives the files their names, also those of the days that are not whole.
func (w *WriteSDS) Suspend() (d4.Time, error) { return d4.Forever, w.Finish() }

// Suspend writes the coordinates of what is in the store.
func (w *WriteStore) Suspend() (d4.Time, error) { return d4.Forever, w.Finish() }

// Suspend writes the events that have come.
func (w *WriteCatalogue) Suspend() (d4.Time, error) { return d4.Forever, w.Finish() }

// What carries more on than a continued run could have again cannot be cut short.

// Suspend says that the filter would begin anew.
func (*Decimate) Suspend() (d4.Time, error) {
	return d4.Forever, errors.New("what the causal filter carries on from trace to trace would be lost: take a zero-phase seismo.Lowpass and seismo.Resample, behind seismo.Window")
}

// Suspend says that averages and detections would begin anew.
func (*Trigger) Suspend() (d4.Time, error) {
	return d4.Forever, errors.New("the averages, and the detections that are open, would be lost: give the run the time that it needs")
}

// Suspend says that changes are measured at the end.
func (*DVV) Suspend() (d4.Time, error) {
	return d4.Forever, errors.New("the reference of a pair is made of correlations of the whole run: give the run the time that it needs")
}

// progress is how far a PE has come that takes all items of one time together: it has dealt
// with all that is older than a time, and with nothing else, so that a run goes on there.
type progress struct {
	passed d4.Time // all before has been dealt with
	done   d4.Time // and by an earlier run
}

// atStart is the progress of a PE that begins.
var atStart = progress{d4.Never, d4.Never}

func (p *progress) pass(t d4.Time) { p.passed = max(p.passed, t) }

// Suspend asks for the items that are waiting for others to come again.
func (p *progress) Suspend() (d4.Time, error) { return p.passed, nil }

// Continue leaves out what an earlier run has dealt with.
func (p *progress) Continue(done d4.Time) error {
	p.passed, p.done = done, done
	return nil
}

// whole refuses to suspend what stacks all there is into one.
func (p *progress) whole(parameter string) (d4.Time, error) {
	return d4.Forever, fmt.Errorf("the one stack of all would be lost: give %s, so that stacks close", parameter)
}
