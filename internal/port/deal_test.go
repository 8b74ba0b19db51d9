package port

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// fakeHost is the engine of an output port.
type fakeHost struct {
	tick  uint32
	marks []string
	port  Output
	on    func() string // what has arrived when a mark passes
}

func (h *fakeHost) Tick() uint32 { return h.tick }
func (h *fakeHost) Mark(_ Output, t Time) {
	h.marks = append(h.marks, fmt.Sprintf("mark %d%s", t, h.seen()))
}
func (h *fakeHost) Idle(Output) { h.marks = append(h.marks, "idle"+h.seen()) }
func (h *fakeHost) seen() string {
	if h.on == nil {
		return ""
	}
	return " after " + h.on()
}
func (h *fakeHost) Overfull(bytes int) { panic(fmt.Sprintf("overfull: %d", bytes)) }
func (h *fakeHost) Misused()           { panic("misused") }

// fakeSender keeps what each instance of a destination gets.
type fakeSender[T any] struct {
	lends   []bool
	got     [][]T // of each instance
	batches [][]*batch[T]
	bytes   []int
	free    bool // give batches back as they come
	items   int
}

func newFakeSender[T any](n int) *fakeSender[T] {
	return &fakeSender[T]{lends: make([]bool, n), got: make([][]T, n), batches: make([][]*batch[T], n), bytes: make([]int, n)}
}

func (s *fakeSender[T]) Send(to int, b Batch) {
	one := b.(*batch[T])
	s.bytes[to] += b.Bytes()
	s.items += b.Len()
	if s.free {
		b.Free()
		return
	}
	s.got[to] = append(s.got[to], one.items...)
	s.batches[to] = append(s.batches[to], one)
}

func (s *fakeSender[T]) Least() int {
	least := 0
	for i, b := range s.bytes {
		if b < s.bytes[least] {
			least = i
		}
	}
	return least
}

func (s *fakeSender[T]) Lends(to int) bool { return s.lends[to] }

// fakeIn is told of calls through a fused input.
type fakeIn struct{ calls int }

func (h *fakeIn) Enter(int) { h.calls++ }
func (h *fakeIn) Leave(err error) {
	if err != nil {
		panic(err)
	}
}

func newOutput[T any]() (Out[T], Output) {
	pe := &struct{ Out Out[T] }{}
	found, err := Find(pe)
	if err != nil {
		panic(err)
	}
	return pe.Out, found[0].Out
}

// box is an item that refers to memory.
type box struct {
	ID   int
	Data []int
}

// edgeCase is one random stream of the test below.
type edgeCase struct {
	in     In[box]
	stream Stream
	sender *fakeSender[box]
	fused  []box // what a fused PE got
	route  func(item box, n int, to []int) []int
}

func randomEdge(r *rand.Rand) *edgeCase {
	e := &edgeCase{}
	var opts []InputOption
	if r.IntN(3) == 0 {
		opts = append(opts, ReadOnly)
	}
	key := func(b box) int { return b.ID / 3 }
	each := func(b box) error { e.fused = append(e.fused, b); return nil }
	many := func(b []box) error { e.fused = append(e.fused, b...); return nil }
	make := func(opts ...InputOption) In[box] {
		if r.IntN(2) == 0 {
			return InputEach(each, opts...)
		}
		return InputBatch(many, opts...)
	}
	var g Grouping
	switch kind := Kind(1 + r.IntN(6)); kind {
	case KindBy:
		g = By(key)
		e.in = make(opts...)
	case KindRoute:
		salt := r.IntN(100)
		e.route = func(b box, n int, to []int) []int {
			for i := range n {
				if (b.ID*7+i*5+salt)%3 == 0 || i == (b.ID+salt)%n {
					to = append(to, i)
				}
			}
			return to
		}
		e.in = Route(make(opts...), e.route)
		g = InputOf(e.in).Grouping()
	default:
		g = plainGrouping(kind)
		e.in = make(opts...)
	}
	e.stream = Stream{To: InputOf(e.in), Grouping: g, N: 1 + r.IntN(6), First: 0}
	if r.IntN(4) == 0 {
		e.stream.N = 1
		e.stream.Fused = InputOf(e.in)
		e.stream.Fused.Bind(&fakeIn{})
		return e
	}
	e.stream.First = r.IntN(e.stream.N)
	e.sender = newFakeSender[box](e.stream.N)
	for i := range e.sender.lends {
		e.sender.lends[i] = len(opts) > 0 || r.IntN(4) == 0 // remote
	}
	e.stream.Sender = e.sender
	return e
}

// twin returns, for each instance, the items it has to get, the dumb way; nil
// where the grouping leaves that open.
func (e *edgeCase) twin(items []box) [][]int {
	want := make([][]int, e.stream.N)
	for i, b := range items {
		var to []int
		switch e.stream.Grouping.Kind() {
		case KindRoundRobin:
			to = []int{(e.stream.First + i) % e.stream.N}
		case KindOneToAll:
			for k := range e.stream.N {
				to = append(to, k)
			}
		case KindAllToOne:
			to = []int{0}
		case KindBy:
			h, _ := HashKey(b.ID / 3)
			to = []int{InstanceOf(ShardOf(h), e.stream.N)}
		case KindRoute:
			to = e.route(b, e.stream.N, nil)
		default:
			if e.stream.N > 1 {
				return nil
			}
			to = []int{0}
		}
		for _, k := range to {
			want[k] = append(want[k], b.ID)
		}
	}
	return want
}

// arrived returns what each instance got, and whether it only reads it.
func (e *edgeCase) arrived() (got [][]box, lends []bool) {
	if e.sender != nil {
		return e.sender.got, e.sender.lends
	}
	return [][]box{e.fused}, []bool{e.stream.To.ReadOnly()}
}

// TestDeal: over random streams of every grouping, fused and not, each item
// reaches the right instances, in order, whole; those who take it share its
// memory with nobody, and within a stream those who read it share one copy.
func TestDeal(t *testing.T) {
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 1))
		out, o := newOutput[box]()
		host := &fakeHost{}
		var edges []*edgeCase
		var streams []Stream
		for range 1 + r.IntN(3) {
			e := randomEdge(r)
			edges, streams = append(edges, e), append(streams, e.stream)
		}
		o.Bind(host, streams)
		items := make([]box, r.IntN(300))
		o.Open()
		for i := range items {
			items[i] = box{i, []int{i, i * i}}
			out.Emit(box{i, []int{i, i * i}})
			switch r.IntN(40) {
			case 0:
				host.tick++
			case 1:
				o.Flush()
			case 2:
				o.Shut()
				o.Open()
			}
		}
		o.Shut()
		o.Flush()
		if n, _ := o.Emitted(); n != uint64(len(items)) {
			t.Fatalf("seed %d: %d items emitted, %d counted", seed, len(items), n)
		}
		for k, e := range edges {
			checkArrived(t, fmt.Sprintf("seed %d, stream %d (%s, %d instances, fused %v, ReadOnly %v)", seed, k, e.stream.Grouping, e.stream.N, e.sender == nil, e.stream.To.ReadOnly()), e, items)
		}
		checkShared(t, seed, edges, len(items))
		if t.Failed() {
			return
		}
	}
}

func checkArrived(t *testing.T, what string, e *edgeCase, items []box) {
	got, _ := e.arrived()
	var all []int
	for i, g := range got {
		ids := make([]int, len(g))
		for k, b := range g {
			ids[k] = b.ID
			if !slices.Equal(b.Data, []int{b.ID, b.ID * b.ID}) {
				t.Errorf("%s: instance %d got %v", what, i, b)
			}
		}
		if want := e.twin(items); want != nil && !slices.Equal(ids, want[i]) {
			t.Errorf("%s: instance %d got\n%v, want\n%v", what, i, ids, want[i])
		}
		if !slices.IsSorted(ids) {
			t.Errorf("%s: instance %d got them out of order: %v", what, i, ids)
		}
		all = append(all, ids...)
	}
	if k := e.stream.Grouping.Kind(); k == KindBalanced {
		slices.Sort(all)
		for i, id := range all {
			if i != id {
				t.Errorf("%s: got %v", what, all)
				break
			}
		}
		if len(all) != len(items) {
			t.Errorf("%s: %d items, want %d", what, len(all), len(items))
		}
	}
}

func checkShared(t *testing.T, seed uint64, edges []*edgeCase, n int) {
	type user struct {
		edge, instance int
		lends          bool
	}
	for id := range n {
		users := map[*int][]user{}
		takers, lent := 0, map[int]bool{}
		for k, e := range edges {
			got, lends := e.arrived()
			for i, g := range got {
				at, ok := slices.BinarySearchFunc(g, id, func(b box, id int) int { return b.ID - id })
				if !ok {
					continue
				}
				users[&g[at].Data[0]] = append(users[&g[at].Data[0]], user{k, i, lends[i]})
				if lends[i] {
					lent[k] = true
				} else {
					takers++
				}
			}
		}
		for _, u := range users {
			for _, one := range u {
				if len(u) > 1 && !one.lends {
					t.Errorf("seed %d: item %d is shared by %+v", seed, id, u)
					return
				}
			}
		}
		if len(users) > takers+len(lent) {
			t.Errorf("seed %d: item %d was copied %d times for %d takers and %d streams that read", seed, id, len(users), takers, len(lent))
			return
		}
	}
}

// TestBatchesAreShared: all who only read get one and the same batch, which is
// reusable when the last has given it up.
func TestBatchesAreShared(t *testing.T) {
	out, o := newOutput[box]()
	in := InputOf(InputEach(func(box) error { return nil }, OneToAll, ReadOnly))
	s := newFakeSender[box](3)
	s.lends = []bool{true, true, true}
	o.Bind(&fakeHost{}, []Stream{{To: in, Grouping: OneToAll, N: 3, Sender: s}})
	o.Open()
	out.Emit(box{1, []int{2}})
	o.Flush()
	b := s.batches[0][0]
	if s.batches[1][0] != b || s.batches[2][0] != b {
		t.Fatal("they have a batch each")
	}
	for i := range 3 {
		if len(b.items) != 1 {
			t.Fatalf("gone after %d of 3 have given it up", i)
		}
		b.Free()
	}
	if len(b.items) != 0 {
		t.Error("it is kept though all have given it up")
	}
}

func TestRouteMistakes(t *testing.T) {
	for want, route := range map[string]func(int, int, []int) []int{
		"the input's route names instance 3 of 3":                      func(_, n int, to []int) []int { return append(to, n) },
		"the input's route names instance -1 of 3":                     func(_, n int, to []int) []int { return append(to, -1) },
		"the input's route names instance 1 twice":                     func(_, n int, to []int) []int { return append(to, 1, 2, 1) },
		"the input's route names no instance, and no item may be lost": func(_, n int, to []int) []int { return to },
	} {
		func() {
			out, o := newOutput[int]()
			in := InputOf(Route(InputEach(func(int) error { return nil }), route))
			o.Bind(&fakeHost{}, []Stream{{To: in, Grouping: in.Grouping(), N: 3, Sender: newFakeSender[int](3)}})
			defer func() {
				if err, _ := recover().(error); err == nil || err.Error() != want {
					t.Errorf("%v, want %s", err, want)
				}
			}()
			o.Open()
			out.Emit(1)
			o.Flush()
		}()
	}
}

// Many destinations, few items: nobody gets an empty batch, and memory follows
// the items.
func TestManyDestinations(t *testing.T) {
	const n = 5000
	for _, g := range []Grouping{RoundRobin, By(func(i int) int { return i })} {
		out, o := newOutput[int]()
		in := InputOf(InputEach(func(int) error { return nil }))
		s := newFakeSender[int](n)
		o.Bind(&fakeHost{}, []Stream{{To: in, Grouping: g, N: n, Sender: s}})
		o.Open()
		for i := range 3 {
			out.Emit(i)
		}
		o.Flush()
		batches, room := 0, 0
		for _, bs := range s.batches {
			for _, b := range bs {
				batches++
				room += cap(b.items)
				if len(b.items) == 0 {
					t.Error("an empty batch")
				}
			}
		}
		if batches > 3 || room > 4 {
			t.Errorf("%v: %d batches with room for %d items", g, batches, room)
		}
	}
}

func TestKindNamed(t *testing.T) {
	for _, k := range []Kind{KindBalanced, KindRoundRobin, KindOneToAll, KindAllToOne} {
		if g, ok := KindNamed(k.String()); !ok || g.Kind() != k || fmt.Sprint(g) != k.String() {
			t.Errorf("%s: %v %v", k, g, ok)
		}
	}
	for _, name := range []string{"by", "route", "shuffle", "", "Balanced"} {
		if g, ok := KindNamed(name); ok {
			t.Errorf("%s is %v", name, g)
		}
	}
}

func TestJoinable(t *testing.T) {
	_, ints := newOutput[int]()
	_, texts := newOutput[string]()
	key := func(i int) int { return i }
	open := InputOf(InputEach(func(int) error { return nil }))
	all := InputOf(InputEach(func(int) error { return nil }, OneToAll))
	by := InputOf(InputEach(func(int) error { return nil }, By(key)))
	route := InputOf(Route(InputEach(func(int) error { return nil }), func(_, _ int, to []int) []int { return append(to, 0) }))
	for _, c := range []struct {
		out  Output
		in   Input
		g    Grouping
		kind Kind
		err  string
	}{
		{ints, open, nil, KindBalanced, ""},
		{ints, open, RoundRobin, KindRoundRobin, ""},
		{ints, open, By(key), KindBy, ""},
		{ints, all, nil, KindOneToAll, ""},
		{ints, all, OneToAll, KindOneToAll, ""},
		{ints, by, nil, KindBy, ""},
		{ints, route, nil, KindRoute, ""},
		{texts, open, nil, 0, "items are string, but the input takes int"},
		{ints, all, Balanced, 0, "the input is grouped one_to_all by its PE, which balanced would contradict"},
		{ints, all, By(key), 0, "the input is grouped one_to_all by its PE, which by key would contradict"},
		{ints, by, By(key), 0, "the input is grouped by key by its PE, which by key would contradict"},
		{ints, by, RoundRobin, 0, "the input is grouped by key by its PE, which round_robin would contradict"},
		{ints, route, OneToAll, 0, "the input is grouped route by its PE, which one_to_all would contradict"},
		{ints, open, By(func(s string) string { return s }), 0, "the grouping is for items of another type: items are int"},
		{ints, open, By(func(i int) float64 { return 0 }), 0, "float64 cannot be a key: keys are strings, []byte, integers, bool, arrays and structs of these"},
	} {
		g, err := Joinable(c.out, c.in, c.g)
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%v\nwant %s", err, c.err)
			}
		} else if err != nil || g.Kind() != c.kind {
			t.Errorf("%v %v, want %s", g, err, c.kind)
		}
	}
}

func TestGroupedTwice(t *testing.T) {
	key := func(i int) int { return i }
	f := func(int) error { return nil }
	for want, in := range map[string]In[int]{
		"it is grouped twice: one_to_all, and by key":        InputEach(f, OneToAll, By(key)),
		"it is grouped twice: balanced, and route":           Route(InputEach(f, Balanced), func(_, _ int, to []int) []int { return to }),
		"the grouping is for items of another type than int": InputEach(f, By(func(s string) string { return s })),
	} {
		if err := InputOf(in).Err(); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
