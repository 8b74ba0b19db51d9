package transporttest

import (
	"slices"
	"sync"
	"testing"

	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/transport"
)

// A broken transport is a good one with one thing wrong with it.
type broken struct {
	*local.End
	trySend func(b *broken, to int, frame []byte, parts [][]byte, tag uint64) bool
	poll    func(b *broken, events []transport.Event) []transport.Event
	count   int // of calls, for what goes wrong once
	extra   int // frames that Outstanding adds
}

func (b *broken) TrySend(to int, frame []byte, parts [][]byte, tag uint64) bool {
	if b.trySend != nil {
		return b.trySend(b, to, frame, parts, tag)
	}
	return b.End.TrySend(to, frame, parts, tag)
}

func (b *broken) Poll(dst []transport.Event, wait bool) ([]transport.Event, error) {
	events, err := b.End.Poll(dst, wait)
	if b.poll != nil {
		events = b.poll(b, events)
	}
	return events, err
}

func (b *broken) Outstanding() int { return b.End.Outstanding() + b.extra }

// withParts returns the first event that has parts, or nil.
func withParts(events []transport.Event) *transport.Event {
	i := slices.IndexFunc(events, func(ev transport.Event) bool { return len(ev.Parts) > 0 })
	if i < 0 {
		return nil
	}
	return &events[i]
}

// Each transport breaks the contract in one way, and the suite must say so
// without hanging.
func TestBrokenTransportsAreFound(t *testing.T) {
	for _, c := range []struct {
		name     string
		scenario func(*end) error
		broken   broken
	}{
		{"good", exchange, broken{}},
		{"loses a frame", order, broken{trySend: func(b *broken, to int, frame []byte, parts [][]byte, tag uint64) bool {
			if b.count++; b.count == 100 {
				b.Free(frame)
				return true
			}
			return b.End.TrySend(to, frame, parts, tag)
		}}},
		{"sends a frame twice", order, broken{trySend: func(b *broken, to int, frame []byte, parts [][]byte, tag uint64) bool {
			if b.count++; b.count == 100 {
				again := b.Alloc(len(frame))
				copy(again, frame)
				return b.End.TrySend(to, frame, parts, tag) && b.End.TrySend(to, again, parts, tag)
			}
			return b.End.TrySend(to, frame, parts, tag)
		}}},
		{"changes the order", order, broken{poll: func(_ *broken, events []transport.Event) []transport.Event {
			slices.Reverse(events)
			return events
		}}},
		{"changes a byte", sizes, broken{trySend: func(b *broken, to int, frame []byte, parts [][]byte, tag uint64) bool {
			frame[len(frame)-1] ^= 1
			return b.End.TrySend(to, frame, parts, tag)
		}}},
		{"never refuses", backPressure, broken{trySend: func(b *broken, _ int, frame []byte, _ [][]byte, _ uint64) bool {
			b.Free(frame)
			return true
		}}},
		{"gives parts room to grow", parts, broken{poll: func(_ *broken, events []transport.Event) []transport.Event {
			if ev := withParts(events); ev != nil {
				ev.Parts[0] = append(make([]byte, 0, len(ev.Parts[0])+8), ev.Parts[0]...)
			}
			return events
		}}},
		{"reports parts read twice", parts, broken{poll: func(_ *broken, events []transport.Event) []transport.Event {
			for _, ev := range events {
				if ev.Kind == transport.Read {
					events = append(events, ev)
				}
			}
			return events
		}}},
		{"delivers memory of the sender", ownership, broken{trySend: func(b *broken, to int, frame []byte, parts [][]byte, tag uint64) bool {
			for _, p := range parts {
				clear(p)
			}
			return b.End.TrySend(to, frame, parts, tag)
		}}},
		{"takes back kept parts", ownership, broken{poll: func(b *broken, events []transport.Event) []transport.Event {
			if ev := withParts(events); ev != nil {
				if b.count++; b.count > 1 {
					clear(ev.Parts[0])
				}
			}
			return events
		}}},
		{"leaks a frame", order, broken{extra: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ends := local.New(2)
			for i, tr := range ends {
				b := c.broken
				b.End = tr.(*local.End)
				ends[i] = &b
			}
			err := play(ends, c.scenario, t.Logf)
			if (err == nil) != (c.name == "good") {
				t.Errorf("the suite says: %v", err)
			}
			t.Log(err)
		})
	}
}

// A run of several processes uses Rank; here each process is a goroutine.
func TestRank(t *testing.T) {
	for _, n := range []int{1, 3} {
		play := map[string]func(*testing.T, transport.Transport){"Rank": Rank, "RankAbort": RankAbort}
		for name, run := range play {
			t.Run(name, func(t *testing.T) {
				var ranks sync.WaitGroup
				for _, tr := range local.New(n) {
					ranks.Go(func() { t.Run("rank", func(t *testing.T) { run(t, tr) }) })
				}
				ranks.Wait()
			})
		}
	}
}
