package port

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// one binds an output to one destination with a single instance.
func one[T any](host *fakeHost) (Out[T], Output, *fakeSender[T]) {
	out, o := newOutput[T]()
	s := newFakeSender[T](1)
	in := InputOf(InputEach(func(T) error { return nil }))
	o.Bind(host, []Stream{{To: in, Grouping: Balanced, N: 1, Sender: s}})
	host.port = o
	return out, o, s
}

func TestBatchesFullByBytes(t *testing.T) {
	for _, c := range []struct {
		n     int // instances
		bytes int // of the items that leave at once
	}{{1, batchBytes}, {4, 4 * batchBytes}, {1000, bufferBytes}} {
		out, o := newOutput[int64]()
		s := newFakeSender[int64](c.n)
		in := InputOf(InputEach(func(int64) error { return nil }))
		o.Bind(&fakeHost{}, []Stream{{To: in, Grouping: RoundRobin, N: c.n, Sender: s}})
		o.Open()
		for i := range int64(c.bytes / 8) {
			out.Emit(i)
		}
		if s.items != 0 {
			t.Errorf("%d instances: %d items left before the buffer was full", c.n, s.items)
		}
		out.Emit(0)
		if s.items != c.bytes/8 {
			t.Errorf("%d instances: %d items left, want %d", c.n, s.items, c.bytes/8)
		}
	}
}

// Large items leave at once, and those of unknown size soon.
func TestLargeItemsDoNotPileUp(t *testing.T) {
	const large = 1 << 20
	out, o, s := one[[]byte](&fakeHost{})
	o.Open()
	for i := range 10 {
		out.Emit(make([]byte, large))
		if waiting := i + 1 - s.items; waiting > 1 {
			t.Fatalf("%d items of 1 MiB wait", waiting)
		}
	}
	// After small ones, a row of large ones is seen before it is long.
	for range 1000 {
		out.Emit(nil)
	}
	o.Flush()
	before := s.items
	for i := range 100 {
		out.Emit(make([]byte, large))
		if waiting := before + i + 1 - s.items; waiting > unsized+1 {
			t.Fatalf("%d items of 1 MiB wait", waiting)
		}
	}
}

func TestOldBatchesLeave(t *testing.T) {
	host := &fakeHost{}
	out, o, s := one[int](host)
	o.Open()
	out.Emit(1)
	host.tick++
	for i := 0; s.items == 0; i++ {
		if i > window {
			t.Fatal("it has not looked at the clock")
		}
		out.Emit(i)
	}
}

func TestEmitOutsideACall(t *testing.T) {
	for _, before := range []int{0, 1, window, 1000} {
		out, o, _ := one[int](&fakeHost{})
		misused := func(what string, f func()) {
			t.Helper()
			defer func() {
				if recover() != "misused" {
					t.Errorf("%s after %d items was not noticed", what, before)
				}
			}()
			f()
		}
		misused("Emit before Open", func() { out.Emit(0) })
		o.Open()
		for i := range before {
			out.Emit(i)
		}
		o.Shut()
		misused("Emit", func() { out.Emit(0) })
		misused("Mark", func() { out.Mark(0) })
		misused("Idle", func() { out.Idle() })
		o.Flush()
		misused("Emit after Flush", func() { out.Emit(0) })
		o.Open()
		o.Hold(1 << 20)
		out.Emit(1)
		o.Shut()
		o.Discard()
		misused("Emit after Discard", func() { out.Emit(0) })
	}
}

// Marks pass after the items before them.
func TestMarks(t *testing.T) {
	host := &fakeHost{}
	out, o, s := one[int](host)
	host.on = func() string { return fmt.Sprint(s.got[0]) }
	o.Open()
	out.Emit(1)
	out.Mark(10)
	out.Emit(2)
	out.Idle()
	out.Mark(20)
	if want := []string{"mark 10 after [1]", "idle after [1 2]", "mark 20 after [1 2]"}; !slices.Equal(host.marks, want) {
		t.Errorf("%q, want %q", host.marks, want)
	}
}

func TestHold(t *testing.T) {
	host := &fakeHost{}
	out, o, s := one[int](host)
	host.on = func() string { return fmt.Sprint(s.got[0]) }
	call := func(f func()) {
		o.Open()
		o.Hold(1 << 20)
		f()
		o.Shut()
	}
	// Nothing leaves before Release, however old or many.
	call(func() {
		for i := range 5000 {
			out.Emit(i)
			host.tick++
		}
		out.Mark(1)
		out.Emit(5000)
		o.Flush()
	})
	if s.items != 0 || len(host.marks) != 0 {
		t.Fatalf("%d items and %q left a held call", s.items, host.marks)
	}
	host.on = nil
	o.Open()
	o.Release()
	o.Shut()
	o.Flush()
	if len(s.got[0]) != 5001 || !slices.IsSorted(s.got[0]) || !slices.Equal(host.marks, []string{"mark 1"}) {
		t.Errorf("%d items, %q", len(s.got[0]), host.marks)
	}
	// A call that fails leaves no trace.
	call(func() {
		for i := range 5000 {
			out.Emit(-i)
		}
		out.Mark(2)
		out.Idle()
	})
	o.Discard()
	call(func() { out.Emit(6000); out.Mark(3); out.Idle() })
	o.Open()
	o.Release()
	o.Shut()
	o.Flush()
	if n := len(s.got[0]); n != 5002 || s.got[0][n-1] != 6000 || !slices.Equal(host.marks, []string{"mark 1", "mark 3", "idle"}) {
		t.Errorf("%d items, %q", n, host.marks)
	}
	if n, _ := o.Emitted(); n != 5002 {
		t.Errorf("%d emitted", n)
	}
}

// TestEmitAll mixes single items and slices of all lengths, of a type with a
// fixed size and one without: they arrive in order, and a call that is held is
// limited all the same.
func TestEmitAll(t *testing.T) {
	t.Run("uint64", func(t *testing.T) { emitAll(t, func(i int) uint64 { return uint64(i) }) })
	t.Run("string", func(t *testing.T) {
		emitAll(t, func(i int) string { return strings.Repeat("x", i%50) + fmt.Sprint(i) })
	})
}

func emitAll[T comparable](t *testing.T, item func(int) T) {
	rng := rand.New(rand.NewPCG(1, 2))
	host := &fakeHost{}
	out, o, s := one[T](host)
	var want []T
	for range 300 {
		o.Open()
		all := make([]T, rng.IntN(3)*rng.IntN(2000))
		for i := range all {
			all[i] = item(len(want) + i)
		}
		want = append(want, all...)
		out.EmitAll(all)
		clear(all) // the slice is the caller's
		want = append(want, item(len(want)))
		out.Emit(want[len(want)-1])
		host.tick += uint32(rng.IntN(2))
		o.Shut()
	}
	o.Flush()
	if !slices.Equal(s.got[0], want) {
		t.Errorf("%d items arrived, %d were emitted, or their order is another", len(s.got[0]), len(want))
	}
	if n, _ := o.Emitted(); n != uint64(len(want)) {
		t.Errorf("%d emitted, want %d", n, len(want))
	}
	o.Open()
	o.Hold(100)
	defer func() {
		if x, _ := recover().(string); !strings.HasPrefix(x, "overfull") {
			t.Errorf("%v, want the held call to be overfull", x)
		}
	}()
	out.EmitAll(want[:1000])
	o.Release()
}

// TestDiscardKeepsWhatWasThere: calls that succeed fill one batch together,
// and one that fails among them takes only its own items with it.
func TestDiscardKeepsWhatWasThere(t *testing.T) {
	text, o, s := one[string](&fakeHost{})
	for call := range 10 {
		o.Open()
		o.Hold(8)
		text.Emit(fmt.Sprint(call))
		if call%3 == 1 {
			text.Emit("dropped")
			o.Discard()
		} else {
			o.Release()
		}
		o.Shut()
	}
	o.Flush()
	if want := []string{"0", "2", "3", "5", "6", "8", "9"}; !slices.Equal(s.got[0], want) || len(s.batches[0]) != 1 {
		t.Errorf("%d batches with %q, want one with %q", len(s.batches[0]), s.got[0], want)
	}
	if n, bytes := o.Emitted(); n != 7 || bytes != uint64(s.bytes[0]-BatchOverhead) {
		t.Errorf("%d items of %d bytes emitted, %d bytes arrived", n, bytes, s.bytes[0])
	}
}

func TestHoldLimit(t *testing.T) {
	overfull := func(f func()) (what any) {
		defer func() { what = recover() }()
		f()
		return nil
	}
	out, o, _ := one[int64](&fakeHost{})
	o.Open()
	o.Hold(8000)
	got := overfull(func() {
		for i := range int64(2000) {
			out.Emit(i)
		}
	})
	if s, _ := got.(string); !strings.HasPrefix(s, "overfull") {
		t.Errorf("twice the limit: %v", got)
	}
	o.Discard()
	o.Hold(8000)
	if got := overfull(func() {
		for i := range int64(1000) {
			out.Emit(i)
		}
		o.Release()
	}); got != nil {
		t.Errorf("exactly the limit: %v", got)
	}
	o.Flush()
	o.Hold(8000)
	if got := overfull(func() {
		for i := range int64(1001) {
			out.Emit(i)
		}
		o.Release()
	}); got == nil {
		t.Error("one above the limit")
	}
	// A single item above it is found at Release at the latest.
	text, p, _ := one[string](&fakeHost{})
	p.Open()
	p.Hold(100)
	if got := overfull(func() { text.Emit(strings.Repeat("x", 200)); p.Release() }); got == nil {
		t.Error("one large item")
	}
}

// TestReceive: an input takes batches and single items, counts each once, and
// can say where it was.
func TestReceive(t *testing.T) {
	p, _ := poolOf[box]()
	items := []box{{1, []int{1}}, {2, []int{2}}, {3, []int{3}}}
	var got []box
	fail := 0
	each := InputOf(InputEach(func(b box) error {
		if b.ID == fail {
			return errors.New("no")
		}
		if b.ID == -fail {
			panic("no")
		}
		got = append(got, b)
		b.Data[0] = -1
		return nil
	}))
	each.Bind(&fakeIn{})
	each.Digest(true)
	each.Receive(p.copyOf(items, 0, true))
	if len(got) != 3 || items[0].Data[0] != 1 {
		t.Errorf("got %v", got)
	}
	fail = 2
	b := p.copyOf(items, 0, true)
	for _, c := range []struct {
		i     int
		fails bool
	}{{0, false}, {1, true}, {1, true}, {2, false}} {
		if err := each.ReceiveOne(b, c.i, true); (err != nil) != c.fails {
			t.Errorf("item %d: %v", c.i, err)
		}
		if c.fails && !strings.HasPrefix(each.Item(), "item 5: {ID:2 Data:[2]}") {
			t.Errorf("at %s", each.Item())
		}
	}
	fail = -2
	func() {
		defer func() { recover() }()
		each.ReceiveOne(b, 1, true)
	}()
	if !strings.HasPrefix(each.Item(), "item 6: ") {
		t.Errorf("after a panic, at %s", each.Item())
	}
	n, d := each.Received()
	if want := digestOf(t, items[0], items[1], items[2], items[0], items[2]); n != 5 || d != want {
		t.Errorf("%d received, digest %v, want 5, %v", n, d, want)
	}
	if !slices.Equal(b.items[1].Data, []int{2}) {
		t.Error("a fresh copy is not a copy")
	}
}

func TestItem(t *testing.T) {
	for _, c := range []struct {
		in   Input
		b    Batch
		want string
	}{
		{failingEach[int](), lot(7, 8), "item 1: 7"},
		{failingBatch[int](), lot(7, 8, 9), "items 1 to 3: 7 to 9"},
		{failingBatch[int](), lot(7), "item 1: 7"},
		{failingEach[string](), lot(strings.Repeat("ä", 1000)), `item 1: "` + strings.Repeat("ä", 59)},
		{failingEach[[]int](), lot([]int{1, 2, 3, 4, 5, 6}), "item 1: [1 2 3 4 ...] (6 elements)"},
		{failingEach[*box](), lot(&box{1, nil}), "item 1: &{ID:1 Data:[]}"},
		{failingEach[*box](), lot[*box](nil), "item 1: nil"},
		{failingEach[map[int]int](), lot(map[int]int{1: 2}), "item 1: map of 1 entries"},
		{failingEach[Digest](), lot(Digest{1, 2}), "item 1: 00000000000000010000000000000002"},
	} {
		func() {
			defer func() { recover() }()
			c.in.Receive(c.b)
		}()
		if got := c.in.Item(); !strings.HasPrefix(got, c.want) || len(got) > itemWidth+20 {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
	if b := failingEach[int](); b.Item() != "" {
		t.Errorf("before any item: %s", b.Item())
	}
	if got := failingEach[float64]().ItemJSON(lot(1.5), 0); string(got) != "1.5" {
		t.Errorf("%s", got)
	}
	zero := 0.0
	if got := failingEach[float64]().ItemJSON(lot(zero/zero), 0); string(got) != `"NaN"` {
		t.Errorf("%s", got)
	}
}

func lot[T any](items ...T) Batch {
	p, _ := poolOf[T]()
	return p.copyOf(items, 0, false)
}

func failingEach[T any]() Input {
	in := InputOf(InputEach(func(T) error { return errors.New("no") }))
	in.Bind(&fakeIn{})
	return in
}

func failingBatch[T any]() Input {
	in := InputOf(InputBatch(func([]T) error { return errors.New("no") }))
	in.Bind(&fakeIn{})
	return in
}

func TestReadOnlyIsChecked(t *testing.T) {
	for _, readOnly := range []bool{true, false} {
		opts := []InputOption{}
		if readOnly {
			opts = append(opts, ReadOnly)
		}
		in := InputOf(InputEach(func(b box) error { b.Data[0]++; return nil }, opts...))
		in.Bind(&fakeIn{})
		in.Check(true)
		var got any
		func() {
			defer func() { got = recover() }()
			in.Receive(lot(box{1, []int{1}}))
		}()
		if (got != nil) != readOnly {
			t.Errorf("ReadOnly %v: %v", readOnly, got)
		}
	}
}

// No allocation belongs to an item: what there is belongs to a batch, of a few
// dozen items where destinations are many.
func TestNoAllocationPerItem(t *testing.T) {
	const items = 100_000
	check := func(name string, emit func()) {
		t.Helper()
		emit()
		if n := testing.AllocsPerRun(3, emit); n > items/20 {
			t.Errorf("%s: %.0f allocations for %d items", name, n, items)
		}
	}
	for _, c := range emitCases() {
		emit := c.start()
		check(c.name, func() { emit(items) })
	}
	type pair struct {
		Name string
		N    int
	}
	out, o, s := one[pair](&fakeHost{})
	s.free = true
	o.Open()
	check("struct with a string", func() {
		for i := range items {
			out.Emit(pair{"name", i})
		}
	})
}
