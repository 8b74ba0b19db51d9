package local

import (
	"testing"

	"github.com/dispel4go/dispel4go/transport"
)

// A frame that goes over and comes back allocates nothing.
func TestNoAllocation(t *testing.T) {
	if raceDetector {
		t.Skip("SKIP: under the race detector sync.Pool drops things on purpose")
	}
	ends := New(2)
	var events []transport.Event
	pass := func() {
		for from, to := 0, 1; from < 2; from, to = from+1, to-1 {
			if !ends[from].TrySend(to, ends[from].Alloc(5000), nil, 0) {
				t.Fatal("refused")
			}
			events, _ = ends[to].Poll(events[:0], true)
			ends[to].Free(events[0].Frame)
		}
	}
	pass()
	if n := testing.AllocsPerRun(1000, pass); n > 0 {
		t.Errorf("%v allocations for two frames", n)
	}
}

// The bound holds to the byte, per pair, and one frame fits where none is.
func TestBound(t *testing.T) {
	ends := New(3, Bound(1000))
	send := func(from, n int) bool {
		frame := ends[from].Alloc(n)
		ok := ends[from].TrySend(2, frame, nil, 0)
		if !ok {
			ends[from].Free(frame)
		}
		return ok
	}
	if !send(0, 5000) || send(0, 0) {
		t.Error("a large frame must fit alone, and nothing beside it")
	}
	if !send(1, 500) || !send(1, 1000-564-64) || send(1, 0) {
		t.Error("frames must fit up to the bound, as another rank's do not count")
	}
	events, _ := ends[2].Poll(nil, false)
	for _, ev := range events {
		ends[2].Free(ev.Frame)
	}
	if len(events) != 3 || !send(0, 900) {
		t.Errorf("%d frames came, and then there must be room", len(events))
	}
}

// each does that with every frame that comes, until the transport is aborted.
func each(end transport.Transport, do func(frame []byte)) {
	var events []transport.Event
	for {
		var err error
		if events, err = end.Poll(events[:0], true); err != nil {
			return
		}
		for _, ev := range events {
			do(ev.Frame)
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	ends := New(2)
	go each(ends[1], ends[1].Free)
	b.ReportAllocs()
	for b.Loop() {
		frame := ends[0].Alloc(32 << 10)
		for !ends[0].TrySend(1, frame, nil, 0) {
			ends[0].Poll(nil, true)
		}
	}
	ends[0].Abort(nil)
}

func BenchmarkPingPong(b *testing.B) {
	ends := New(2)
	go each(ends[1], func(frame []byte) { ends[1].TrySend(0, frame, nil, 0) })
	var events []transport.Event
	frame := ends[0].Alloc(64)
	for b.Loop() {
		ends[0].TrySend(1, frame, nil, 0)
		events, _ = ends[0].Poll(events[:0], true)
		frame = events[0].Frame
	}
	ends[0].Abort(nil)
}
