package bench

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dispel4go/dispel4go/transport"
)

// A Move is frames moved between all ranks of a transport, without an engine.
// All ranks call the same.
type Move func(end transport.Transport) error

// Stream moves count frames from rank 0 to rank 1, each with parts beside it if
// there are any: the same memory again and again. It returns on rank 0 when
// rank 1 has them all.
func Stream(count, bytes int, parts ...[]byte) Move {
	return func(end transport.Transport) error {
		switch end.Rank() {
		case 0:
			for range count {
				if err := send(end, 1, end.Alloc(bytes), parts); err != nil {
					return err
				}
			}
			return receive(end, 1)
		case 1:
			if err := receive(end, count); err != nil {
				return err
			}
			return send(end, 0, end.Alloc(8), nil)
		}
		return nil
	}
}

// Ring moves one frame through all ranks, so many times round.
func Ring(laps, bytes int) Move {
	return func(end transport.Transport) error {
		next := (end.Rank() + 1) % end.Size()
		for range laps {
			if end.Rank() == 0 {
				if err := send(end, next, end.Alloc(bytes), nil); err != nil {
					return err
				}
			}
			if err := receive(end, 1); err != nil {
				return err
			}
			if end.Rank() != 0 {
				if err := send(end, next, end.Alloc(bytes), nil); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// AllToAll moves count frames from each rank to each other one. It returns
// when this rank has got all that are for it.
func AllToAll(count, bytes int) Move {
	return func(end transport.Transport) error {
		missing := count * (end.Size() - 1)
		var events []transport.Event
		take := func(wait bool) (err error) {
			events, err = end.Poll(events[:0], wait)
			missing -= received(end, events)
			return err
		}
		for range count {
			for k := 1; k < end.Size(); k++ {
				frame := end.Alloc(bytes)
				for !end.TrySend((end.Rank()+k)%end.Size(), frame, nil, 0) {
					if err := take(true); err != nil {
						return err
					}
				}
			}
			if err := take(false); err != nil {
				return err
			}
		}
		for missing > 0 {
			if err := take(true); err != nil {
				return err
			}
		}
		return nil
	}
}

// send sends, polling while there is no room. It is for those that are sent
// nothing meanwhile.
func send(end transport.Transport, to int, frame []byte, parts [][]byte) error {
	for !end.TrySend(to, frame, parts, 0) {
		if _, err := end.Poll(nil, true); err != nil {
			return err
		}
	}
	return nil
}

// receive polls until so many frames have come.
func receive(end transport.Transport, count int) error {
	var events []transport.Event
	for count > 0 {
		var err error
		if events, err = end.Poll(events[:0], true); err != nil {
			return err
		}
		count -= received(end, events)
	}
	return nil
}

// received frees the frames among events and returns their number.
func received(end transport.Transport, events []transport.Event) (n int) {
	for _, e := range events {
		if e.Kind == transport.Received {
			end.Free(e.Frame)
			n++
		}
	}
	return n
}

// Time opens the place's transport and returns how long a move takes on the
// first rank that is in this process. All ranks begin together.
func (p Place) Time(m Move) (took time.Duration, err error) {
	// A transport closes when all ranks are there.
	if err := p.each(func(end transport.Transport, _ int) error { return end.Close() }); err != nil {
		return 0, err
	}
	err = p.each(func(end transport.Transport, k int) error {
		begin := time.Now()
		err := m(end)
		if k == 0 {
			took = time.Since(begin)
		}
		if err != nil {
			end.Abort(err)
		}
		return errors.Join(err, end.Close())
	})
	return took, err
}

// percentile of durations, 0.5 for the median.
func percentile(x []time.Duration, p float64) time.Duration {
	slices.Sort(x)
	return x[int(p*float64(len(x)-1))]
}

// size writes a number of bytes as 8B, 64KiB or 1MiB.
func size(n int) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%dMiB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%dKiB", n>>10)
	}
	return fmt.Sprintf("%dB", n)
}
