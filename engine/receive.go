package engine

import (
	"fmt"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/rundir"
)

// receive gives a batch to the PE and gives its credit back.
func (i *instance) receive(edge int, d *delivery) {
	in := i.in[edge].input
	b := d.batch
	if d.remote != nil {
		b = i.stage.rank.remote.open(i, edge, d)
	}
	switch {
	case i.ended: // cannot be: an end comes after all items
	case i.el.OnError == d4.Fail:
		i.ins[in].Receive(b)
	default:
		for k := range b.Len() {
			i.receiveOne(in, b, k)
		}
	}
	b.Free()
	if d.sender != nil {
		d.sender.credit(i.index, d.bytes)
	} else {
		i.stage.rank.remote.credit(i.stage, i.in[edge].edge.index, d, i.index)
	}
}

// receiveOne gives one item to a PE that may fail over it. What it emits is
// held back until it has returned without an error.
func (i *instance) receiveOne(in int, b port.Batch, k int) {
	for try := 0; ; try++ {
		err := i.attempt(in, b, k)
		switch {
		case err == nil:
			return
		case i.el.OnError == d4.Skip:
			i.row.Skipped++
			i.stage.rank.skipped(rundir.ItemError{PE: i.el.Name, Index: i.index, Rank: i.stage.rank.id,
				Port: i.names[in], Error: err.Text, Item: err.Item, JSON: i.ins[in].ItemJSON(b, k)})
			return
		case try == i.el.Retries:
			err.Text = fmt.Sprintf("%s (tried %d times)", err.Text, try+1)
			i.stage.rank.fail(err)
			panic(unwind{})
		}
		i.row.Retried++
	}
}

// attempt calls the PE once and returns what went wrong. A panic of the PE is
// an error like any other; one of ours goes through.
func (i *instance) attempt(in int, b port.Batch, k int) (failed *Failure) {
	s := i.stage
	began := s.enter(i, i.names[in])
	s.input = i.ins[in]
	for _, o := range i.outs {
		o.Hold(i.el.Hold)
		o.Open()
	}
	finished := false
	defer func() {
		if !finished {
			switch x := recover().(type) {
			case unwind, overfull:
				panic(x)
			case nil:
				return // Goexit: the guard of the stage says so
			default:
				where, stack := whereOf()
				failed = s.failure(nil, fmt.Sprintf("panic at %s: %v", where, x))
				failed.err, _ = x.(error)
				failed.Stack = stack
			}
		}
		if failed != nil {
			for _, o := range i.outs {
				o.Discard()
				o.Shut()
			}
			i.row.call(s.leave(nil, "")-began, 1)
			s.input = nil
		}
	}()
	err := i.ins[in].ReceiveOne(b, k, i.el.OnError == d4.Retry)
	finished = true
	if err != nil {
		return s.failure(err, err.Error())
	}
	for _, o := range i.outs {
		o.Release()
		o.Shut()
	}
	i.row.call(s.leave(nil, "")-began, 1)
	s.input = nil
	i.live.Add(1)
	return nil
}
