package mpi

import (
	"cmp"
	"slices"

	"github.com/dispel4go/dispel4go/mpi/internal/abi"
)

// requests is a list of the library and what each of its requests is for. The
// list has no gaps, so that testing it costs what is in it.
type requests[T any] struct {
	lib  *abi.Library
	list abi.List
	what []T
	room int
}

// next is the slot for the next request. It is used up by add.
func (r *requests[T]) next() int {
	if len(r.what) == r.room {
		r.room = max(64, 2*r.room)
		r.lib.Reserve(r.list, r.room)
	}
	return len(r.what)
}

func (r *requests[T]) add(what T) { r.what = append(r.what, what) }

// remove takes out the slots that are done, and calls f with what each was
// for. Several at once are in the order of their slots.
func (r *requests[T]) remove(done []abi.Done, f func(what T, d abi.Done)) {
	if len(done) > 1 {
		slices.SortFunc(done, func(a, b abi.Done) int { return cmp.Compare(a.Slot, b.Slot) })
	}
	for _, d := range done {
		f(r.what[d.Slot], d)
	}
	// From the end on, what fills a gap is itself not done.
	for _, d := range slices.Backward(done) {
		slot, last := int(d.Slot), len(r.what)-1
		if slot != last {
			r.lib.Move(r.list, last, slot)
			r.what[slot] = r.what[last]
		}
		var none T
		r.what[last] = none
		r.what = r.what[:last]
	}
}
