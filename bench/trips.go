package bench

import (
	"context"
	"fmt"
	"io"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/pes"
)

// A sender emits an item when the one before has come back.
type sender struct {
	d4.Base
	Out  d4.Out[uint64]
	back <-chan struct{}
	left int
	item func() uint64
}

func (s *sender) Next() error {
	if s.left == 0 {
		return io.EOF
	}
	s.left--
	s.Out.Emit(s.item())
	return d4.Wait(s.back)
}

// A returner is where items come back to.
type returner struct {
	d4.Base
	In d4.In[uint64]
}

// Trips sends items of 8 bytes one at a time from rank 0 through a PE on each
// other rank and back, and returns how long each took. On other ranks than 0 it
// returns none.
func Trips(ctx context.Context, p Place, n int) ([]time.Duration, error) {
	var took []time.Duration
	back := make(chan struct{}, 1)
	began := time.Now()
	g := d4.NewGraph("trips")
	source := d4.Add(g, "source", func() *sender {
		return &sender{back: back, left: n, item: func() uint64 { return uint64(time.Since(began)) }}
	}, d4.Instances(1))
	at := source.Out
	for k := 1; k < p.Ranks; k++ {
		pass := d4.Add(g, fmt.Sprintf("pass%d", k), pes.Map(func(x uint64) uint64 { return x }), d4.Instances(1))
		d4.Connect(g, at, pass.In)
		at = pass.Out
	}
	sink := d4.Add(g, "sink", func() *returner {
		return &returner{In: d4.Input(func(x uint64) error {
			took = append(took, time.Since(began)-time.Duration(x))
			back <- struct{}{}
			return nil
		})}
	}, d4.Instances(1))
	d4.Connect(g, at, sink.In)
	p.Fuse = partition.Off
	p.Pin = func(element, _ int) int { return element % p.Ranks } // the sink is number p.Ranks
	_, err := p.Run(ctx, g)
	return took, err
}
