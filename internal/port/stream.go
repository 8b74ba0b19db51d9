package port

import (
	"errors"
	"fmt"
	"slices"
)

// stream deals the items of one port out over one of its edges.
type stream[T any] struct {
	Stream
	fused    *inState[T]
	spread   func(items []T, n uint64, to []int32)
	route    func(item T, n int, to []int) []int
	readOnly bool
	kind     Kind
	next     int // RoundRobin's turn
	pool     *pool[T]
}

func newStream[T any](st Stream, p *pool[T]) stream[T] {
	s := stream[T]{Stream: st, pool: p, next: st.First, kind: st.Grouping.Kind(), readOnly: st.To.ReadOnly()}
	if st.Fused != nil {
		s.fused = st.Fused.(*inState[T])
	}
	switch g := st.Grouping.(type) {
	case keyed[T]:
		s.spread = g.spread
	case routed[T]:
		s.route = g.route
	}
	return s
}

// lends reports whether nobody on this stream takes the items for its own.
func (s *stream[T]) lends() bool {
	if s.readOnly {
		return true
	}
	if s.fused != nil {
		return false
	}
	switch s.kind {
	case KindAllToOne:
		return s.Sender.Lends(0)
	case KindOneToAll:
		for to := range s.N {
			if !s.Sender.Lends(to) {
				return false
			}
		}
		return true
	}
	return s.N == 1 && s.Sender.Lends(0)
}

// deal hands items out. With mine they are the stream's to give away, else
// others read them too. It reports whether the memory of the slice moved on.
func (s *stream[T]) deal(items []T, bytes int, mine bool) (moved bool) {
	if len(items) == 0 {
		return false
	}
	if s.fused != nil {
		if !mine && s.fused.batch != nil && !s.readOnly {
			// Unreachable for types that share memory; a batch function may
			// still change the slice it is lent.
			b := s.pool.copyOf(items, bytes, true)
			defer b.Free()
			items = b.items
		}
		s.fused.take(items)
		return false
	}
	switch {
	case s.kind == KindOneToAll && s.N > 1:
		s.toAll(items, bytes, mine)
		return false
	case s.N == 1 || s.kind == KindAllToOne:
		return s.whole(0, items, bytes, mine)
	case s.kind == KindBalanced || s.kind == KindOpen:
		return s.balanced(items, bytes, mine)
	case s.kind == KindRoute:
		s.routed(items, mine)
	case s.kind == KindRoundRobin:
		s.turns(items)
	default:
		s.scatter(items)
	}
	return false
}

// whole sends all items to one instance, in their own memory if that fits them.
func (s *stream[T]) whole(to int, items []T, bytes int, mine bool) (moved bool) {
	if mine && cap(items) <= 4*len(items) {
		b := &batch[T]{items: items, bytes: bytes, codec: s.pool.codec, pool: s.pool}
		b.holders.Store(1)
		s.Sender.Send(to, b)
		return true
	}
	s.Sender.Send(to, s.pool.copyOf(items, bytes, false))
	return false
}

// balanced sends even pieces, each to the instance with the least to do.
func (s *stream[T]) balanced(items []T, bytes int, mine bool) (moved bool) {
	piece := (len(items) + s.N - 1) / s.N
	if piece == len(items) {
		return s.whole(s.Sender.Least(), items, bytes, mine)
	}
	for len(items) > 0 {
		n := min(piece, len(items))
		s.Sender.Send(s.Sender.Least(), s.pool.copyOf(items[:n], s.pool.bytesOf(items[:n]), false))
		items = items[n:]
	}
	return false
}

// toAll sends the items to every instance: those that only read share one
// copy, each other one gets its own, the last the original if it is free.
func (s *stream[T]) toAll(items []T, bytes int, mine bool) {
	var shared *batch[T]
	lent := !mine
	for to := range s.N {
		if s.Sender.Lends(to) {
			if shared == nil {
				shared = s.pool.copyOf(items, bytes, false)
			}
			lent = true
			shared.Share()
			s.Sender.Send(to, shared)
		}
	}
	if shared != nil {
		shared.Free()
	}
	left := 0
	for to := range s.N {
		if !s.Sender.Lends(to) {
			left++
		}
	}
	for to := range s.N {
		if !s.Sender.Lends(to) {
			left--
			s.Sender.Send(to, s.pool.copyOf(items, bytes, lent || left > 0))
		}
	}
}

// tally is scratch for sorting items by destination.
type tally[T any] struct {
	to    []int32   // the destination of each item
	lanes []lane[T] // of each destination
	used  []int32   // the destinations that get something
	from  []int32   // for routes: which item to[i] is about
	own   []bool    // for routes: whether it needs a copy of its own
	list  []int     // for routes: what the last one named
}

// lane collects the items for one destination.
type lane[T any] struct {
	items []T
	batch *batch[T]
	count int
}

func (p *pool[T]) tally(n int) *tally[T] {
	d, ok := p.tallies.Get().(*tally[T])
	if !ok {
		d = &tally[T]{}
	}
	if len(d.lanes) < n {
		d.lanes = make([]lane[T], n)
	}
	return d
}

// alloc counts what goes to each destination, and makes room for it.
func (d *tally[T]) alloc(p *pool[T]) {
	for _, to := range d.to {
		l := &d.lanes[to]
		if l.count == 0 {
			d.used = append(d.used, to)
		}
		l.count++
	}
	for _, to := range d.used {
		l := &d.lanes[to]
		l.batch = p.get(l.count)
		l.items = l.batch.items
	}
}

// add adds an item for a destination.
func (d *tally[T]) add(to int32, item T) {
	l := &d.lanes[to]
	l.items = append(l.items, item)
}

// send sends what was added and gives the scratch back.
func (d *tally[T]) send(p *pool[T], s Sender) {
	for _, to := range d.used {
		l := &d.lanes[to]
		b := l.batch
		b.items, b.bytes = l.items, p.bytesOf(l.items)
		*l = lane[T]{}
		s.Send(int(to), b)
	}
	d.to, d.used, d.from, d.own = d.to[:0], d.used[:0], d.from[:0], d.own[:0]
	p.tallies.Put(d)
}

// turns sends the items round, each to the next instance.
func (s *stream[T]) turns(items []T) {
	for k := range min(s.N, len(items)) {
		b := s.pool.get((len(items) - k + s.N - 1) / s.N)
		for i := k; i < len(items); i += s.N {
			b.items = append(b.items, items[i])
		}
		b.bytes = s.pool.bytesOf(b.items)
		s.Sender.Send((s.next+k)%s.N, b)
	}
	s.next = (s.next + len(items)) % s.N
}

// scatter sends each item to the one instance that its key says.
func (s *stream[T]) scatter(items []T) {
	d := s.pool.tally(s.N)
	d.to = slices.Grow(d.to, len(items))[:len(items)]
	s.spread(items, uint64(s.N), d.to)
	d.alloc(s.pool)
	for i, to := range d.to {
		d.add(to, items[i])
	}
	d.send(s.pool, s.Sender)
}

// routed sends each item to the instances that the input's function names. An
// item for several of them is copied for all but the last, and for that too
// where another only reads it.
func (s *stream[T]) routed(items []T, mine bool) {
	d := s.pool.tally(s.N)
	for i := range items {
		list := s.route(items[i], s.N, d.list[:0])
		d.list = list
		lent := !mine
		if len(list) == 0 {
			panic(errors.New("the input's route names no instance, and no item may be lost"))
		}
		for k, to := range list {
			if to < 0 || to >= s.N {
				panic(fmt.Errorf("the input's route names instance %d of %d", to, s.N))
			}
			if slices.Contains(list[:k], to) {
				panic(fmt.Errorf("the input's route names instance %d twice", to))
			}
			lent = lent || (len(list) > 1 && s.Sender.Lends(to))
		}
		for k, to := range list {
			d.to = append(d.to, int32(to))
			d.from = append(d.from, int32(i))
			d.own = append(d.own, !s.Sender.Lends(to) && (lent || k < len(list)-1))
		}
	}
	d.alloc(s.pool)
	for i, to := range d.to {
		d.add(to, items[d.from[i]])
		if d.own[i] {
			got := d.lanes[to].items
			s.pool.own(got[len(got)-1:])
		}
	}
	d.send(s.pool, s.Sender)
}
