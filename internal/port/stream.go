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
	hash     func(*T) uint64
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
		s.hash = g.hash
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
		return false
	}
	s.scatter(items)
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
	to      []int32     // of each item
	slot    []int32     // of each destination: 0, or 1 + its place in used
	used    []int32     // the destinations there are, by first appearance
	counts  []int32     // items of each
	batches []*batch[T] // what each gets
}

func (p *pool[T]) tally(n int) *tally[T] {
	d, ok := p.tallies.Get().(*tally[T])
	if !ok {
		d = &tally[T]{}
	}
	if len(d.slot) < n {
		d.slot = make([]int32, n)
	}
	return d
}

func (d *tally[T]) add(to int32) {
	d.to = append(d.to, to)
	k := d.slot[to]
	if k == 0 {
		d.used = append(d.used, to)
		d.counts = append(d.counts, 0)
		k = int32(len(d.used))
		d.slot[to] = k
	}
	d.counts[k-1]++
}

// alloc makes a batch for each destination.
func (d *tally[T]) alloc(p *pool[T]) {
	for _, n := range d.counts {
		d.batches = append(d.batches, p.get(int(n)))
	}
}

// send sends the batches and gives the scratch back.
func (d *tally[T]) send(p *pool[T], s Sender) {
	for _, to := range d.used {
		d.slot[to] = 0
	}
	for k, b := range d.batches {
		b.bytes = p.bytesOf(b.items)
		d.batches[k] = nil
		s.Send(int(d.used[k]), b)
	}
	d.to, d.used, d.counts, d.batches = d.to[:0], d.used[:0], d.counts[:0], d.batches[:0]
	p.tallies.Put(d)
}

// scatter sends each item to the one instance that its turn or key says.
func (s *stream[T]) scatter(items []T) {
	d := s.pool.tally(s.N)
	if s.kind == KindRoundRobin {
		for range items {
			d.add(int32(s.next))
			if s.next++; s.next == s.N {
				s.next = 0
			}
		}
	} else {
		n, hash := uint64(s.N), s.hash
		for i := range items {
			d.add(int32(hash(&items[i]) % Shards * n / Shards))
		}
	}
	d.alloc(s.pool)
	for i, to := range d.to {
		b := d.batches[d.slot[to]-1]
		b.items = append(b.items, items[i])
	}
	d.send(s.pool, s.Sender)
}

// routed sends each item to the instances that the input's function names. An
// item for several of them is copied for all but the last, and for that too
// where another only reads it.
func (s *stream[T]) routed(items []T, mine bool) {
	d := s.pool.tally(s.N)
	var list []int
	var from []int32 // the item that d.to[i] is about
	var own []bool   // whether it needs a copy of its own
	for i := range items {
		list = s.route(items[i], s.N, list[:0])
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
			d.add(int32(to))
			from = append(from, int32(i))
			own = append(own, !s.Sender.Lends(to) && (lent || k < len(list)-1))
		}
	}
	d.alloc(s.pool)
	for i, to := range d.to {
		b := d.batches[d.slot[to]-1]
		b.items = append(b.items, items[from[i]])
		if own[i] {
			s.pool.own(b.items[len(b.items)-1:])
		}
	}
	d.send(s.pool, s.Sender)
}
