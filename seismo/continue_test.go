package seismo_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/seismo"
)

// components3 is a network of three instruments with three components each, and an hour
// and a half in windows of a minute.
func components3(g *d4.Graph) *seismo.Window {
	source := d4.Add(g, "noise", func() *seismo.Noise {
		n := seismo.NewNoise()
		n.Stations, n.Hours, n.RateHz, n.Components = 3, 1.5, 10, 3
		return n
	})
	window := d4.Add(g, "window", func() *seismo.Window { w := seismo.NewWindow(); w.WindowS = 60; return w })
	d4.Connect(g, source.Out, window.In)
	return window
}

// budget keeps the source from being done before anything has come out at the other end.
const budget = 1 << 20

// correlated adds the correlations of each five minutes.
func correlated(g *d4.Graph, window *seismo.Window, instances int) *seismo.Correlate {
	spectra := d4.Add(g, "spectra", func() *seismo.Spectra { s := seismo.NewSpectra(); s.MaxLagS = 10; return s })
	correlate := d4.Add(g, "correlate", func() *seismo.Correlate {
		c := seismo.NewCorrelate()
		c.MaxLagS, c.SubstackS = 10, 300
		return c
	}, d4.Instances(instances))
	d4.Connect(g, window.Out, spectra.In)
	d4.Connect(g, spectra.Out, correlate.In)
	return correlate
}

// TestContinueComponents: what works on each trace, and what takes components or
// correlations of one time together, can be cut short; both parts together are what one
// run gives, with other numbers of instances.
func TestContinueComponents(t *testing.T) {
	job := func(n int, stop func()) *d4.Graph {
		g := d4.NewGraph("components")
		window := components3(g)
		clip, envelope := d4.Add(g, "clip", seismo.NewClip), d4.Add(g, "envelope", seismo.NewEnvelope)
		turn := d4.Add(g, "rotate", seismo.NewRotate, d4.Instances(n))
		until := d4.Add(g, "until", pes.Filter(func(tr seismo.Trace) bool {
			if tr.Start >= 900*second {
				stop()
			}
			return true
		}))
		traces := d4.Add(g, "traces", pes.WriteJSONL[seismo.Trace]("traces.jsonl"))
		pairs := d4.Add(g, "turned", seismo.NewRotatePairs, d4.Instances(n))
		stacks := d4.Add(g, "stacks", pes.WriteJSONL[seismo.Correlation]("stacks.jsonl"))
		d4.Connect(g, window.Out, clip.In)
		d4.Connect(g, clip.Out, envelope.In)
		d4.Connect(g, envelope.Out, turn.In)
		d4.Connect(g, turn.Out, until.In)
		d4.Connect(g, until.Out, traces.In)
		d4.Connect(g, correlated(g, window, n).Out, pairs.In)
		d4.Connect(g, pairs.Out, stacks.In)
		return g
	}
	// lines runs one part and returns what it has written, and its result.
	lines := func(g *d4.Graph, ctx context.Context, rest *rundir.Rest, positions []rundir.Position) ([]string, *engine.Result, error) {
		plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{Budget: budget})
		if err != nil {
			t.Fatal(err)
		}
		dir, err := rundir.Create(filepath.Join(t.TempDir(), "run"), time.Now(), g.Name, "")
		if err != nil {
			t.Fatal(err)
		}
		res, err := engine.Run(ctx, engine.Config{Plan: plan, Seed: 1, Folder: dir.Outputs(), Rest: rest, Positions: positions})
		if err != nil && !errors.Is(err, engine.ErrTimeLimit) {
			t.Fatal(err)
		}
		folder, wrong := dir.Outputs().Path()
		if wrong != nil {
			t.Fatal(wrong)
		}
		var all []string
		for _, name := range []string{"traces.jsonl", "stacks.jsonl"} {
			text, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			all = slices.AppendSeq(all, strings.Lines(string(text)))
		}
		return all, res, err
	}
	want, _, err := lines(job(1, func() {}), context.Background(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancelCause(context.Background())
	got, res, err := lines(job(2, func() { stop(engine.ErrTimeLimit) }), ctx, nil, nil)
	stop(nil)
	if !errors.Is(err, engine.ErrTimeLimit) || len(res.Rest.Lost) > 0 {
		t.Fatalf("%v, lost %q", err, res.Rest.Lost)
	}
	more, _, err := lines(job(3, func() {}), context.Background(), res.Rest, res.Positions)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) == len(want) {
		t.Fatal("the first part is all")
	}
	got = append(got, more...)
	slices.Sort(got)
	slices.Sort(want)
	// Three instruments of two components and 90 minutes; three pairs of nine and 18 stacks.
	if !slices.Equal(got, want) || len(want) != 3*2*90+3*9*18 {
		t.Errorf("%d lines in two parts, %d in one", len(got), len(want))
	}
}

// TestSameDigestOfPairs: turned correlations and changes of velocity are the same bits for
// any instances, ranks and fusing.
func TestSameDigestOfPairs(t *testing.T) {
	digests := func(n int, fuse partition.Fuse) string {
		g := d4.NewGraph("pairs")
		correlate := correlated(g, components3(g), n)
		turned := d4.Add(g, "turned", seismo.NewRotatePairs, d4.Instances(n))
		change := d4.Add(g, "dvv", func() *seismo.DVV {
			p := seismo.NewDVV()
			p.MinLagS, p.MaxLagS, p.FreqMin, p.FreqMax = 1, 9, 0.2, 1.5
			return p
		}, d4.Instances(n))
		stacks, curve := d4.Add(g, "stacks", pes.Collect[seismo.Correlation]()), d4.Add(g, "curve", pes.Collect[seismo.VelocityChange]())
		d4.Connect(g, correlate.Out, turned.In)
		d4.Connect(g, turned.Out, stacks.In)
		d4.Connect(g, turned.Out, change.In)
		d4.Connect(g, change.Out, curve.In)
		plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{Fuse: fuse, Budget: budget})
		if err != nil {
			t.Fatal(err)
		}
		res, err := engine.Run(context.Background(), engine.Config{Plan: plan, Seed: 1, Digest: true})
		if err != nil {
			t.Fatal(err)
		}
		if res.Sinks["stacks"].Items != 3*9*18 || res.Sinks["curve"].Items == 0 {
			t.Fatalf("%v", res.Sinks)
		}
		return fmt.Sprint(res.Sinks)
	}
	want := digests(1, partition.All)
	for _, n := range []int{2, 4} {
		for _, fuse := range []partition.Fuse{partition.Off, partition.All} {
			if got := digests(n, fuse); got != want {
				t.Errorf("%d instances, fuse %s: %s, expected %s", n, fuse, got, want)
			}
		}
	}
}
