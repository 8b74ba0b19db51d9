package port

import (
	"math"
	"reflect"
)

// Time is data time: nanoseconds since 1970-01-01T00:00:00Z.
type Time int64

// The least and the greatest time. A stream that has promised nothing has
// promised Never.
const (
	Never   Time = math.MinInt64
	Forever Time = math.MaxInt64
)

const (
	window      = 512      // items between two looks at the clock, at most
	unsized     = 16       // items between two looks at the size, where it varies
	fusedBytes  = 4 << 10  // a batch is full, for a call: it stays in the nearest cache
	batchBytes  = 16 << 10 // the same, towards one instance
	bufferBytes = 256 << 10
)

// Out is an output port for items of type T. Its zero value is ready to be
// found in a PE and bound by the engine.
type Out[T any] struct{ s *outState[T] }

// Emit gives an item to the streams of the port. It has no result: it blocks
// while there is no room, and when the run fails it does not return. It is
// legal only in a call of the engine, on its goroutine.
func (o Out[T]) Emit(item T) {
	// In a form that costs 80, the most that the compiler inlines: check
	// with go test -gcflags=-m=2 when changing it.
	s := o.s
	if len(s.buf) == cap(s.buf) {
		s.look()
	}
	s.buf = append(s.buf, item)
}

// EmitAll emits items one after the other, at the speed of a copy. The slice
// stays the caller's, the items are given away.
func (o Out[T]) EmitAll(items []T) {
	s := o.s
	for len(items) > 0 {
		if len(s.buf) == cap(s.buf) {
			s.look()
		}
		n := min(cap(s.buf)-len(s.buf), len(items))
		s.buf = append(s.buf, items[:n]...)
		items = items[n:]
	}
}

// Mark promises that no item older than t will be emitted here.
func (o Out[T]) Mark(t Time) { o.s.mark(t) }

// Idle takes the last Mark's promise back until the next item or mark: those
// downstream do not wait for this port meanwhile.
func (o Out[T]) Idle() { o.s.idle() }

func (o *Out[T]) output() Output {
	if o.s == nil {
		o.s = &outState[T]{}
		o.s.rare.out = o.s
		o.s.pool, o.s.err = poolOf[T]()
	}
	return o.s
}

// OutputOf returns the port as the engine sees it.
func OutputOf[T any](o Out[T]) Output {
	if o.s == nil {
		return nil
	}
	return o.s
}

// Output is what the engine sees of an output port.
type Output interface {
	Elem() reflect.Type
	// Err is why the port cannot be used, or nil.
	Err() error
	// Bind gives the port its host and its streams, before the first call.
	Bind(h OutHost, streams []Stream)
	// Open allows Emit, Shut forbids it: the engine opens a port for a call.
	Open()
	Shut()
	// Flush deals out what the buffer holds.
	Flush()
	// Hold keeps all that is emitted from now on until Release, at most limit
	// bytes; Discard drops it, and nothing that was emitted before.
	Hold(limit int)
	Release()
	Discard()
	// Emitted is the number of items dealt out, and their bytes.
	Emitted() (items, bytes uint64)
}

// OutHost is what an output port asks of the engine.
type OutHost interface {
	// Tick is a coarse clock: it changes every millisecond or so.
	Tick() uint32
	// Mark and Idle pass a promise of the port on, after its items.
	Mark(o Output, t Time)
	Idle(o Output)
	// Overfull is called when a held call emits more than its limit. It does
	// not return.
	Overfull(bytes int)
	// Misused is called for an Emit outside a call. It does not return.
	Misused()
}

// A Sender takes batches of one stream from one instance.
type Sender interface {
	// Send hands a batch to instance to. It blocks while there is no room,
	// and when the run fails it does not return.
	Send(to int, b Batch)
	// Least is the instance with the fewest bytes outstanding.
	Least() int
	// Lends reports whether instance to only reads what it is given.
	Lends(to int) bool
}

// A Stream is what an output port needs to know of one of its edges.
type Stream struct {
	To       Input    // the destination as the graph declares it
	Grouping Grouping // what holds on this edge
	N        int      // instances of the destination
	First    int      // where RoundRobin starts
	Fused    Input    // the destination's own port, called directly; or
	Sender   Sender   // where batches go
}

// rare leads from Emit to makeRoom: a call of a method that has no type
// parameter is cheap enough for Emit to be inlined.
type rare struct{ out interface{ makeRoom() } }

//go:noinline
func (r *rare) look() { r.out.makeRoom() }

type outState[T any] struct {
	rare
	buf []T // what Emit appends to; its room ends at the next look at clock and size

	room     []T // all of the buffer
	want     int // room the last batches needed
	step     int // items until the next look: fewer where they come slowly
	full     int // items that make a batch full, where their size is fixed
	most     int // bytes that do
	measured int // items whose bytes are counted
	bytes    int // of the measured items
	mean     int // bytes of an item, lately
	tick     uint32
	open     bool
	held     bool
	before   int  // items that were there already when holding began,
	weighed  int  // and their bytes
	limit    int  // bytes up to which the buffer may grow meanwhile
	later    Time // the mark to pass on at Release
	laterSet bool
	goIdle   bool

	pool    *pool[T]
	err     error
	host    OutHost
	streams []stream[T]
	items   uint64
	sent    uint64
}

func (s *outState[T]) Elem() reflect.Type        { return reflect.TypeFor[T]() }
func (s *outState[T]) Err() error                { return s.err }
func (s *outState[T]) Emitted() (uint64, uint64) { return s.items, s.sent }

func (s *outState[T]) Bind(h OutHost, streams []Stream) {
	s.host = h
	s.most = fusedBytes
	for _, st := range streams {
		s.streams = append(s.streams, newStream[T](st, s.pool))
		switch {
		case st.Fused != nil:
		case st.Grouping.Kind() == KindAllToOne:
			s.most = max(s.most, batchBytes)
		default:
			s.most = max(s.most, min(batchBytes*st.N, bufferBytes))
		}
	}
	s.full = math.MaxInt
	if f := s.pool.codec.form; f.plain {
		s.full = max(1, s.most/int(max(f.mem, 1)))
	}
	s.step = window / 8
	s.want = min(s.step, s.full)
	s.limit = math.MaxInt
}

func (s *outState[T]) Open() {
	s.open = true
	s.cut(0)
}

func (s *outState[T]) Shut() {
	s.open = false
	s.buf = s.room[:len(s.buf):len(s.buf)]
}

// cut sets how many items may be stored before makeRoom looks again, at least
// as many as asked for.
func (s *outState[T]) cut(least int) {
	step := s.step
	if !s.pool.codec.form.plain {
		// As many as will fill the batch if they are like the last ones, so
		// that large items do not pile up unseen.
		step = least
		if s.mean > 0 {
			step = max(least, min(unsized, (s.most-s.bytes)/s.mean))
		}
	}
	n := len(s.buf)
	end := min(n+step, len(s.room))
	if !s.held {
		end = min(end, max(s.full, n+least))
	}
	s.buf = s.room[:n:end]
}

// makeRoom is the rare part of Emit: it looks at clock and size, deals out what
// is due, and cuts the buffer so that one item more fits.
func (s *outState[T]) makeRoom() {
	tick := s.host.Tick()
	if tick != s.tick {
		s.step = max(s.step/4, 1)
	} else {
		s.step = min(2*s.step, window)
	}
	if n := len(s.buf); s.open && !s.held && n < len(s.room) && n < s.full && s.full < math.MaxInt && tick == s.tick {
		// The usual case, where the size of items is fixed: nothing is due.
		s.buf = s.room[:n:min(n+s.step, len(s.room), s.full)]
		return
	}
	if !s.open {
		s.host.Misused()
	}
	s.measure()
	switch {
	case s.held:
		if s.bytes > s.limit {
			s.host.Overfull(s.bytes)
		}
	case len(s.buf) >= s.full || s.bytes >= s.most || tick != s.tick:
		s.want = max(s.want, len(s.buf))
		s.Flush()
	}
	if len(s.buf) == len(s.room) {
		s.grow()
	}
	s.cut(1)
}

func (s *outState[T]) grow() {
	room := s.pool.get(max(2*len(s.buf), min(s.want, s.full)))
	bigger := room.items[:cap(room.items)]
	copy(bigger, s.buf)
	s.room = bigger
}

// measure counts the bytes of the items stored since it last looked.
func (s *outState[T]) measure() {
	if fresh := s.buf[s.measured:]; len(fresh) > 0 {
		bytes := s.pool.bytesOf(fresh)
		s.mean = bytes / len(fresh)
		s.bytes += bytes
		s.measured = len(s.buf)
	}
}

func (s *outState[T]) Flush() {
	s.tick = s.host.Tick()
	n := len(s.buf)
	if n == 0 || s.held {
		return
	}
	s.measure()
	s.items += uint64(n)
	s.sent += uint64(s.bytes)
	items, bytes := s.room[:n], s.bytes
	s.buf, s.measured, s.bytes = s.room[:0:0], 0, 0
	if s.deal(items, bytes) {
		s.room = nil // it moved on
	} else if !s.pool.codec.form.plain {
		clear(items)
	}
	if s.open {
		s.cut(0)
	} else {
		s.Shut()
	}
}

// deal gives items to every stream and reports whether their memory moved on.
func (s *outState[T]) deal(items []T, bytes int) (moved bool) {
	own := s.pool.codec.form.shares
	lenders, takers := 0, 0
	if own && len(s.streams) > 1 {
		for i := range s.streams {
			if s.streams[i].lends() {
				lenders++
			} else {
				takers++
			}
		}
	}
	// The last taker may have the items themselves if nobody reads them
	// beside it; it comes after all others.
	last := -1
	if lenders == 0 {
		last = len(s.streams) - 1
	}
	for i := range s.streams {
		st := &s.streams[i]
		switch {
		case i == last || len(s.streams) == 1:
			moved = st.deal(items, bytes, true)
		case lenders > 0 && st.lends():
			st.deal(items, bytes, false)
		default:
			b := s.pool.copyOf(items, bytes, true)
			if !st.deal(b.items, bytes, true) {
				b.Free()
			}
		}
	}
	return moved
}

func (s *outState[T]) Hold(limit int) {
	s.measure()
	s.held, s.before, s.weighed, s.limit = true, len(s.buf), s.bytes, s.bytes+limit
}

func (s *outState[T]) Release() {
	s.measure()
	if s.bytes > s.limit {
		s.host.Overfull(s.bytes)
	}
	s.held, s.limit = false, math.MaxInt
	if s.laterSet {
		s.laterSet = false
		s.mark(s.later)
	}
	if s.goIdle {
		s.goIdle = false
		s.idle()
	}
	if len(s.buf) >= s.full || s.bytes >= s.most {
		s.Flush()
	}
	if s.open {
		s.cut(0)
	}
}

func (s *outState[T]) Discard() {
	if !s.pool.codec.form.plain {
		clear(s.buf[s.before:])
	}
	s.buf, s.measured, s.bytes = s.room[:s.before:s.before], s.before, s.weighed
	s.held, s.limit, s.laterSet, s.goIdle = false, math.MaxInt, false, false
	if s.open {
		s.cut(0)
	} else {
		s.Shut()
	}
}

func (s *outState[T]) mark(t Time) {
	if !s.open {
		s.host.Misused()
	}
	if s.held {
		s.later, s.laterSet, s.goIdle = t, true, false
		return
	}
	s.Flush()
	s.host.Mark(s, t)
}

func (s *outState[T]) idle() {
	if !s.open {
		s.host.Misused()
	}
	if s.held {
		s.goIdle = true
		return
	}
	s.Flush()
	s.host.Idle(s)
}
