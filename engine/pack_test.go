package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/engine/enginetest"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/transport"
)

var forced = []engine.Compress{engine.CompressS2, engine.CompressZstd, engine.CompressNumeric}

// The whole suite once more with everything compressed that leaves a rank.
func TestSuiteCompressed(t *testing.T) {
	for _, compress := range forced {
		for name, opts := range map[string][]local.Option{"parts": {local.Nodes(1)}, "no parts": {local.WithoutParts()}, "one way": {local.OneWay(), local.Nodes(2)}} {
			t.Run(fmt.Sprintf("%s, %s", compress, name), func(t *testing.T) {
				enginetest.Run(t, func(t testing.TB, ctx context.Context, g *d4.Graph) (*engine.Result, error) {
					plan, err := partition.Make(g, partition.Ranks(3, 1), partition.Options{Fuse: partition.Off, Budget: 1 << 20})
					if err != nil {
						t.Fatal(err)
					}
					return runAll(t, ctx, local.New(3, opts...), engine.Config{Plan: plan, Compress: compress, Seed: 1, Digest: true, Check: true}, nil)
				})
			})
		}
	}
}

// counts is a stretch of a recording.
type counts struct {
	Station string
	Samples []float32
}

// waves emits n stretches of samples that are whole numbers, some of them long
// enough to be parts.
type waves struct {
	d4.Base
	Out   d4.Out[counts]
	at, n int
}

func (w *waves) Next() error {
	if w.at == w.n {
		return io.EOF
	}
	w.at++
	w.Out.Emit(wave(w.at))
	return nil
}

// wave is the n-th of them.
func wave(n int) counts {
	samples := make([]float32, 1+n*n*3%30000)
	for i := range samples {
		samples[i] = float32(math.Round(3000*math.Sin(float64(i)/40))) + float32(i%3)
	}
	return counts{"CI.LJR", samples}
}

// waving joins waves with a sink on another rank.
func waving(t *testing.T, n int) (*partition.Plan, *[]counts) {
	t.Helper()
	var got []counts
	g := d4.NewGraph("waves")
	source := d4.Add(g, "waves", func() *waves { return &waves{n: n} }, d4.Instances(1))
	sink := d4.Add(g, "keep", func() *keeper {
		return &keeper{In: d4.Input(func(c counts) error { got = append(got, c); return nil })}
	}, d4.Instances(1))
	d4.Connect(g, source.Out, sink.In)
	plan, err := partition.Make(g, partition.Ranks(2, 1), partition.Options{Fuse: partition.Off})
	if err != nil {
		t.Fatal(err)
	}
	for k, chain := range plan.Chains {
		chain.Ranks[0] = k
	}
	return plan, &got
}

type keeper struct {
	d4.Base
	In d4.In[counts]
}

// What is compressed arrives as it was, is the receiver's for good, and shows
// in the account of both PEs.
func TestCompressed(t *testing.T) {
	const n = 150
	for _, compress := range append(forced, engine.CompressOff, engine.CompressAuto) {
		for _, opts := range [][]local.Option{nil, {local.WithoutParts()}, {local.Nodes(1)}} {
			plan, got := waving(t, n)
			res, err := runAll(t, t.Context(), local.New(2, opts...), engine.Config{Plan: plan, Compress: compress, Seed: 1}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(*got) != n {
				t.Fatalf("%s: %d of %d items", compress, len(*got), n)
			}
			for k, c := range *got {
				if !reflect.DeepEqual(c, wave(k+1)) {
					t.Fatalf("%s: item %d has changed", compress, k)
				}
				clear(c.Samples) // nobody else has it
			}
			from, to := res.Rows[0], res.Rows[1]
			on := compress >= engine.CompressS2
			if on != (from.Packed > 0) || on != (from.Ratio > 1.2) || on != (from.Pack > 0) || on != (to.Unpack > 0) {
				t.Errorf("%s: %d bytes by %v in %v s, and %v s to unpack", compress, from.Packed, from.Ratio, from.Pack, to.Unpack)
			}
		}
	}
}

// A damager is a transport whose frames with batches arrive with a bit changed.
type damager struct {
	transport.Transport
	part    bool // in a part, not in the frame
	damaged atomic.Int32
}

func (s *damager) Poll(dst []transport.Event, wait bool) ([]transport.Event, error) {
	dst, err := s.Transport.Poll(dst, wait)
	for _, e := range dst {
		switch {
		case e.Kind != transport.Received || len(e.Frame) < 1000 && len(e.Parts) == 0:
		case s.part && len(e.Parts) > 0:
			e.Parts[0][len(e.Parts[0])/2] ^= 4
			s.damaged.Add(1)
		case !s.part:
			e.Frame[len(e.Frame)/2] ^= 4
			s.damaged.Add(1)
		}
	}
	return dst, err
}

// A frame or part that is damaged between nodes fails the run, whose cause names
// edge and ranks; its items are never given to a PE.
func TestDamageBetweenNodes(t *testing.T) {
	for _, compress := range append(forced, engine.CompressOff) {
		for _, part := range []bool{false, true} {
			if part && compress != engine.CompressOff {
				continue // they are in the frame
			}
			plan, got := waving(t, 150)
			ends := local.New(2, local.Nodes(1))
			bad := &damager{Transport: ends[1], part: part}
			ends[1] = bad
			_, err := runAll(t, t.Context(), ends, engine.Config{Plan: plan, Compress: compress, Seed: 1}, nil)
			var f *engine.Failure
			if !errors.As(err, &f) || bad.damaged.Load() == 0 {
				t.Fatalf("%s: %d frames were damaged, and: %v", compress, bad.damaged.Load(), err)
			}
			for _, word := range []string{"on rank 1 (node1)", "a frame from rank 0 (node0) of waves.out -> keep.in", "checksum"} {
				if !strings.Contains(f.Error(), word) {
					t.Errorf("%s: %q is not in: %s", compress, word, f)
				}
			}
			for k, c := range *got {
				if !reflect.DeepEqual(c, wave(k+1)) {
					t.Errorf("%s: item %d was damaged and yet given to a PE", compress, k)
				}
			}
		}
	}
}
