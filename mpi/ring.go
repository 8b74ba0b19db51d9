package mpi

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/dispel4go/dispel4go/transport"
)

// Ring passes a frame around all ranks several times and returns how long a
// round takes: whether they reach each other at all. Every rank calls it, with
// its end of a transport that is used for nothing else.
func Ring(end transport.Transport) (round time.Duration, err error) {
	const rounds = 10
	rank, size := end.Rank(), end.Size()
	if size < 2 {
		return 0, nil
	}
	pass := func(n uint64) error {
		frame := end.Alloc(8)
		binary.LittleEndian.PutUint64(frame, n)
		if !end.TrySend((rank+1)%size, frame, nil, 0) {
			return fmt.Errorf("mpi: there is no room for one frame from rank %d", rank)
		}
		return nil
	}
	begin := time.Now()
	if rank == 0 {
		if err := pass(0); err != nil {
			return 0, err
		}
	}
	var events []transport.Event
	for got := uint64(0); got < rounds; {
		if events, err = end.Poll(events[:0], true); err != nil {
			return 0, err
		}
		for _, e := range events {
			if e.Kind != transport.Received {
				continue
			}
			n := binary.LittleEndian.Uint64(e.Frame)
			end.Free(e.Frame)
			if n != got || e.Rank != (rank+size-1)%size {
				return 0, fmt.Errorf("mpi: in round %d rank %d received the frame of round %d from rank %d", got, rank, n, e.Rank)
			}
			got++
			if rank == 0 {
				n++
			}
			if rank == 0 && n == rounds {
				break
			}
			if err := pass(n); err != nil {
				return 0, err
			}
		}
	}
	return time.Since(begin) / rounds, nil
}
