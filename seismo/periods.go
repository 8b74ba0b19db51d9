package seismo

import d4 "github.com/dispel4go/dispel4go"

// periods is the time of a PE that stacks in the order of time and emits the stacks of
// each period when it is over, or one stack of all at the end.
type periods struct {
	progress
	parameter string  // the one that length comes from
	length    d4.Time // of a period; 0 for one stack of all
	begun     d4.Time // start of the period that is being filled
}

// open begins with no period.
func (p *periods) open() { p.begun, p.progress = d4.Never, atStart }

// start is that of a stack whose first item is of a time.
func (p *periods) start(first d4.Time) d4.Time {
	if p.length == 0 {
		return first
	}
	return p.begun
}

// turn has the stacks of an earlier period emitted before anything of this time is
// stacked.
func (p *periods) turn(at d4.Time, emit func() error) error {
	if p.length == 0 || floor(at, p.length) <= p.begun {
		return nil
	}
	if err := emit(); err != nil {
		return err
	}
	p.begun = floor(at, p.length)
	return nil
}

// advance has the stacks emitted of the periods that are over by t, and returns what is
// promised then. One stack of all may be as old as the first item, so that it leaves
// nothing to be promised.
func (p *periods) advance(t d4.Time, emit func() error) (d4.Time, error) {
	if p.length == 0 || t <= d4.Never/2 {
		return d4.Never, nil
	}
	if err := p.turn(t, emit); err != nil {
		return d4.Never, err
	}
	p.pass(p.begun)
	return p.begun, nil
}

// Suspend asks for what belongs to the period that is being stacked to come again.
func (p *periods) Suspend() (d4.Time, error) {
	if p.length == 0 {
		return p.whole(p.parameter)
	}
	return p.progress.Suspend()
}
