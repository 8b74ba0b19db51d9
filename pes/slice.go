package pes

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"

	d4 "github.com/dispel4go/dispel4go"
)

// some is how many items a source emits in one call of Next where an item is
// quickly made.
const some = 256

// Slicer is the source made by Slice.
type Slicer[T any] struct {
	d4.Base
	Out   d4.Out[T]
	items []T
	at    int
	step  int
	probe *probe[T]
}

// Slice makes a source of the given items; of n instances, instance i emits
// every n-th from the i-th on. It emits copies, so a graph can be run again.
func Slice[T any](items ...T) func() *Slicer[T] {
	return func() *Slicer[T] { return &Slicer[T]{items: items} }
}

// Open finds out which items are this instance's.
func (s *Slicer[T]) Open(i *d4.Instance) error {
	s.at, s.step, s.probe = i.Index, i.Count, newProbe[T]()
	return nil
}

// Next emits some items.
func (s *Slicer[T]) Next() error {
	for n := 0; n < some && s.at < len(s.items); n++ {
		item, err := s.probe.clone(s.items[s.at])
		if err != nil {
			return err
		}
		s.Out.Emit(item)
		s.at += s.step
	}
	if s.at >= len(s.items) {
		return io.EOF
	}
	return nil
}

// Ranger is the source made by Range.
type Ranger struct {
	d4.Base
	Out  d4.Out[int]
	From int `help:"first number"`
	To   int `help:"the numbers end before this one"`
	Step int `help:"from one number to the next; may be negative, not zero"`

	total  uint64   // numbers in all
	done   []uint64 // of each split: how many have been emitted
	index  int
	count  int
	at     int // the split that is being emitted
	splits int
}

// maxPieces is in how many splits a range is cut. It is fixed, so that a range
// has the same splits whatever the number of instances.
const maxPieces = 256

// Range makes a source of the numbers from, from+step, ... that end before to.
// Its splits are pieces of the range.
func Range(from, to, step int) func() *Ranger {
	return func() *Ranger { return &Ranger{From: from, To: to, Step: step} }
}

// Setup counts the numbers.
func (r *Ranger) Setup() error {
	switch {
	case r.Step == 0:
		return errors.New("step must not be 0")
	case r.Step > 0 && r.To > r.From:
		r.total = (uint64(r.To)-uint64(r.From)-1)/uint64(r.Step) + 1
	case r.Step < 0 && r.To < r.From:
		r.total = (uint64(r.From)-uint64(r.To)-1)/-uint64(r.Step) + 1
	}
	r.splits = int(min(r.total, maxPieces))
	r.done = make([]uint64, r.splits)
	return nil
}

// Open finds out which splits are this instance's.
func (r *Ranger) Open(i *d4.Instance) error {
	r.index, r.count, r.at = i.Index, i.Count, i.Index
	return nil
}

// piece returns where split k begins and how long it is, counted in numbers.
func (r *Ranger) piece(k int) (first, n uint64) {
	size, rest := r.total/uint64(r.splits), r.total%uint64(r.splits)
	first = uint64(k)*size + min(uint64(k), rest)
	if uint64(k) < rest {
		size++
	}
	return first, size
}

// Next emits some numbers.
func (r *Ranger) Next() error {
	for r.at < r.splits {
		first, size := r.piece(r.at)
		if r.done[r.at] == size {
			r.at += r.count
			continue
		}
		n := min(some, size-r.done[r.at])
		v := uint64(r.From) + (first+r.done[r.at])*uint64(r.Step)
		for range n {
			r.Out.Emit(int(v))
			v += uint64(r.Step)
		}
		r.done[r.at] += n
		return nil
	}
	return io.EOF
}

// Splits lists the pieces.
func (r *Ranger) Splits() []string {
	names := make([]string, r.splits)
	for k := range names {
		first, n := r.piece(k)
		names[k] = fmt.Sprintf("%d+%d", first, n)
	}
	return names
}

// Position is how many numbers of split k have been emitted, in decimal.
func (r *Ranger) Position(k int) ([]byte, error) {
	return strconv.AppendUint(nil, r.done[k], 10), nil
}

// Seek goes to a position.
func (r *Ranger) Seek(k int, position []byte) error {
	n, err := strconv.ParseUint(string(position), 10, 64)
	if _, size := r.piece(k); err != nil || n > size {
		return fmt.Errorf("%q is no position in a piece of %d numbers", position, size)
	}
	r.done[k] = n
	return nil
}

// Generator is the source made by Generate.
type Generator[T any] struct {
	d4.Base
	Out  d4.Out[T]
	f    func(k int64, r *rand.Rand) (T, error)
	k    int64
	step int64
	seed uint64
	pcg  *rand.PCG
	rand *rand.Rand
}

// Generate makes a source of f(0), f(1), ... until f returns io.EOF, one a call
// of Next. Of n instances, instance i calls f with every n-th number from i on.
// The random source is seeded by the job's seed and k, so the items are the same
// for any number of instances if f depends on nothing else.
func Generate[T any](f func(k int64, r *rand.Rand) (T, error)) func() *Generator[T] {
	return func() *Generator[T] { return &Generator[T]{f: f} }
}

// Open makes the random source.
func (g *Generator[T]) Open(i *d4.Instance) error {
	g.k, g.step, g.seed = int64(i.Index), int64(i.Count), i.Seed
	g.pcg = rand.NewPCG(0, 0)
	g.rand = rand.New(g.pcg)
	return nil
}

// Next emits one item.
func (g *Generator[T]) Next() error {
	if g.k < 0 {
		return io.EOF // the numbers are used up
	}
	g.pcg.Seed(g.seed, uint64(g.k))
	item, err := g.f(g.k, g.rand)
	if err != nil {
		return err
	}
	g.Out.Emit(item)
	if g.k > math.MaxInt64-g.step {
		g.k = -1
	} else {
		g.k += g.step
	}
	return nil
}
