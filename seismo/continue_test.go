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
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/seismo"
)

// held is an hour and a half of noise of three instruments with three components each.
// Where it is to be stopped, it waits for that after an hour.
type held struct {
	seismo.Noise
	stopped bool
	calls   int // before it waits
}

func (h *held) Open(i *d4.Instance) error {
	for k := i.Index; k < h.Stations; k += i.Count {
		h.calls += int(3600 / h.ChunkS)
	}
	return h.Noise.Open(i)
}

func (h *held) Next() error {
	if h.stopped && h.calls == 0 {
		return d4.Wait(nil)
	}
	h.calls--
	return h.Noise.Next()
}

// addHeld adds it.
func addHeld(g *d4.Graph, stopped bool) d4.Out[seismo.Trace] {
	return d4.Add(g, "noise", func() *held {
		h := &held{Noise: *seismo.NewNoise(), stopped: stopped}
		h.Stations, h.Hours, h.RateHz, h.Components = 3, 1.5, 10, 3
		return h
	}).Out
}

// components3 is that in windows of a minute.
func components3(g *d4.Graph, stopped bool) *seismo.Window {
	window := d4.Add(g, "window", func() *seismo.Window { w := seismo.NewWindow(); w.WindowS = 60; return w })
	d4.Connect(g, addHeld(g, stopped), window.In)
	return window
}

// correlated adds the correlations of each five minutes.
func correlated(g *d4.Graph, windows d4.Out[seismo.Trace], instances int) *seismo.Correlate {
	spectra := d4.Add(g, "spectra", func() *seismo.Spectra { s := seismo.NewSpectra(); s.MaxLagS = 10; return s })
	correlate := d4.Add(g, "correlate", func() *seismo.Correlate {
		c := seismo.NewCorrelate()
		c.MaxLagS, c.SubstackS = 10, 300
		return c
	}, d4.Instances(instances))
	d4.Connect(g, windows, spectra.In)
	d4.Connect(g, spectra.Out, correlate.In)
	return correlate
}

// TestContinueComponents: what works on each trace, and what takes components or
// correlations of one time together, can be cut short; both parts together are what one
// run gives, with other numbers of instances.
func TestContinueComponents(t *testing.T) {
	job := func(n int, stop func()) *d4.Graph {
		g := d4.NewGraph("components")
		window := components3(g, stop != nil)
		clip, envelope := d4.Add(g, "clip", seismo.NewClip), d4.Add(g, "envelope", seismo.NewEnvelope)
		turn := d4.Add(g, "rotate", seismo.NewRotate, d4.Instances(n))
		until := d4.Add(g, "until", pes.Filter(func(tr seismo.Trace) bool {
			if stop != nil && tr.Start >= 900*second {
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
		d4.Connect(g, correlated(g, window.Out, n).Out, pairs.In)
		d4.Connect(g, pairs.Out, stacks.In)
		return g
	}
	got, want, _ := inTwo(t, job, linesOf("traces.jsonl", "stacks.jsonl"))
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
		correlate := correlated(g, components3(g, false).Out, n)
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
		plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{Fuse: fuse, Budget: 1 << 20})
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

// linesOf are those of the files named in a folder.
func linesOf(names ...string) func(t *testing.T, folder string) []string {
	return func(t *testing.T, folder string) (all []string) {
		for _, name := range names {
			text, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			all = slices.AppendSeq(all, strings.Lines(string(text)))
		}
		return all
	}
}

// inTwo runs a job that stop cuts short when it is called, and continues it with other
// instances, without stop; it returns what both parts have left in their folders, and what
// one run has, each sorted. They are nil where the rest says why it cannot be continued.
func inTwo(t *testing.T, job func(instances int, stop func()) *d4.Graph, left func(t *testing.T, folder string) []string) (got, want []string, cut *rundir.Rest) {
	t.Helper()
	part := func(g *d4.Graph, ctx context.Context, rest *rundir.Rest, positions []rundir.Position) ([]string, *engine.Result, error) {
		plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{})
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
		return left(t, folder), res, err
	}
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	got, res, err := part(job(2, func() { stop(engine.ErrTimeLimit) }), ctx, nil, nil)
	if !errors.Is(err, engine.ErrTimeLimit) {
		t.Fatal(err)
	}
	if len(res.Rest.Lost) > 0 {
		return nil, nil, res.Rest
	}
	want, _, err = part(job(1, nil), context.Background(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) == len(want) {
		t.Fatal("the first part is all")
	}
	more, _, err := part(job(3, nil), context.Background(), res.Rest, res.Positions)
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, more...)
	slices.Sort(got)
	slices.Sort(want)
	return got, want, res.Rest
}

// stoppable is the noise that is held, with a filter that calls stop when there are traces
// of that time.
func stoppable(g *d4.Graph, at d4.Time, stop func()) d4.Out[seismo.Trace] {
	until := d4.Add(g, "until", pes.Filter(func(tr seismo.Trace) bool {
		if stop != nil && tr.Start >= at {
			stop()
		}
		return true
	}))
	d4.Connect(g, addHeld(g, stop != nil), until.In)
	return until.Out
}

// cutInto cuts traces into windows; of 70 s, some of each is kept when time is up.
func cutInto(g *d4.Graph, length float64, name string, traces d4.Out[seismo.Trace]) d4.Out[seismo.Trace] {
	w := d4.Add(g, name, func() *seismo.Window { w := seismo.NewWindow(); w.WindowS = length; return w })
	d4.Connect(g, traces, w.In)
	return w.Out
}

// written adds a sink of lines.
func written[T any](g *d4.Graph, from d4.Out[T]) {
	d4.Connect(g, from, d4.Add(g, "sink", pes.WriteJSONL[T]("sink.jsonl")).In)
}

// pairsOf adds correlations of each so many seconds.
func pairsOf(g *d4.Graph, from d4.Out[seismo.Trace], n int, substack float64) d4.Out[seismo.Correlation] {
	c := d4.Add(g, "pairs", func() *seismo.CorrelatePairs {
		c := seismo.NewCorrelatePairs()
		c.Method, c.MaxLagS, c.SubstackS, c.Between = "cc", 5, substack, true
		return c
	}, d4.Instances(n))
	d4.Connect(g, from, c.In)
	return c.Out
}

// TestContinuePEs: each PE, cut short and continued, gives what it gives in one run.
func TestContinuePEs(t *testing.T) {
	const middle = 1500 * second
	for name, c := range map[string]struct {
		add  func(g *d4.Graph, traces d4.Out[seismo.Trace], n int)
		left func(t *testing.T, folder string) []string
		want int
	}{
		"stack": {func(g *d4.Graph, traces d4.Out[seismo.Trace], n int) {
			s := d4.Add(g, "stack", func() *seismo.Stack { s := seismo.NewStack(); s.Method, s.PeriodS = "pws", 900; return s }, d4.Instances(n))
			d4.Connect(g, correlated(g, cutInto(g, 70, "window", traces), n).Out, s.In)
			written(g, s.Out)
		}, nil, 6 * 36},
		"pairs": {func(g *d4.Graph, traces d4.Out[seismo.Trace], n int) {
			written(g, pairsOf(g, cutInto(g, 70, "window", traces), n, 300))
		}, nil, 18 * 27},
		"merge": {func(g *d4.Graph, traces d4.Out[seismo.Trace], n int) {
			// Traces that reach beyond the marks of the source, so that some is kept.
			later := d4.Add(g, "later", pes.Map(func(tr seismo.Trace) seismo.Trace { tr.Start += 50 * second; return tr }))
			m := d4.Add(g, "merge", func() *seismo.Merge { m := seismo.NewMerge(); m.Method = "discard"; return m }, d4.Instances(n))
			d4.Connect(g, traces, later.In)
			d4.Connect(g, later.Out, m.In)
			written(g, pairsOf(g, cutInto(g, 60, "window", m.Out), n, 60))
		}, nil, 89 * 27},
		"misfit": {func(g *d4.Graph, traces d4.Out[seismo.Trace], n int) {
			m := d4.Add(g, "misfit", func() *seismo.Misfit {
				m := seismo.NewMisfit()
				m.FreqMin, m.FreqMax, m.Freqs = 0.5, 2, 2
				return m
			}, d4.Instances(n))
			d4.Connect(g, cutInto(g, 70, "observed", traces), m.Observed)
			demean := d4.Add(g, "demean", seismo.NewDemean)
			d4.Connect(g, cutInto(g, 70, "synthetic", traces), demean.In)
			d4.Connect(g, demean.Out, m.Synthetic)
			d4.Connect(g, m.Out, d4.Add(g, "sink", seismo.NewWriteMisfits).In)
		}, linesOf("misfit.jsonl"), 77 * 9},
		"beamform": {func(g *d4.Graph, traces d4.Out[seismo.Trace], _ int) {
			b := d4.Add(g, "beamform", func() *seismo.Beamform { b := seismo.NewBeamform(); b.StepSlowness = 0.2; return b })
			d4.Connect(g, cutInto(g, 70, "window", traces), b.In)
			written(g, b.Out)
		}, nil, 77},
		"sac": {func(g *d4.Graph, traces d4.Out[seismo.Trace], n int) {
			d4.Connect(g, traces, d4.Add(g, "sac", seismo.NewWriteSAC, d4.Instances(n)).In)
		}, func(t *testing.T, folder string) []string {
			files, _ := filepath.Glob(filepath.Join(folder, "*.SAC"))
			for i, f := range files {
				files[i] = filepath.Base(f)
			}
			return files
		}, 45 * 9},
		"sds": {func(g *d4.Graph, traces d4.Out[seismo.Trace], n int) {
			d4.Connect(g, traces, d4.Add(g, "sds", seismo.NewWriteSDS, d4.Instances(n)).In)
		}, func(t *testing.T, folder string) (all []string) {
			for _, tr := range petest.Out[seismo.Trace](run(t, seismo.NewReadSDS, petest.Set("Path", filepath.Join(folder, "archive")), petest.Set("ChunkS", 120)), "out") {
				all = append(all, fmt.Sprint(tr.Station.ID, tr.Start, tr.Samples))
			}
			return all
		}, 45 * 9},
		"store": {func(g *d4.Graph, traces d4.Out[seismo.Trace], n int) {
			d4.Connect(g, correlated(g, cutInto(g, 70, "window", traces), n).Out, d4.Add(g, "store", func() *seismo.WriteCorrelations { w := seismo.NewWriteCorrelations(); w.PeriodS = 300; return w }, d4.Instances(n)).In)
		}, func(t *testing.T, folder string) (all []string) {
			for of, lags := range byPair(t, folder) {
				all = append(all, fmt.Sprint(of, lags))
			}
			return all
		}, 18 * 36},
	} {
		left := c.left
		if left == nil {
			left = linesOf("sink.jsonl")
		}
		got, want, cut := inTwo(t, func(n int, stop func()) *d4.Graph {
			g := d4.NewGraph(name)
			c.add(g, stoppable(g, middle, stop), n)
			return g
		}, left)
		if len(cut.Lost) > 0 || !slices.Equal(got, want) || len(want) != c.want {
			t.Errorf("%s: %d in two parts, %d in one, expected %d; lost %q", name, len(got), len(want), c.want, cut.Lost)
		}
	}
}

// chunked is SAC files in chunks. Where it is to be stopped, it waits for that after some.
type chunked struct {
	seismo.ReadSAC
	calls int // before it waits; never if it is negative
}

func (c *chunked) Next() error {
	if c.calls == 0 {
		return d4.Wait(nil)
	}
	c.calls--
	return c.ReadSAC.Next()
}

// TestContinueSAC: files that begin at different times are read in chunks, so that a run
// goes on with what each of them holds from there on.
func TestContinueSAC(t *testing.T) {
	var all []seismo.Trace
	for k := range 3 {
		all = append(all, cut(fmt.Sprintf("XX.S%d..BHZ", k), d4.Time(700*k)*second, 10, random(uint64(k), 45_000), 15_000, 15_000, 15_000)...)
	}
	folder := leave(t, run(t, seismo.NewWriteSAC, petest.LeavesWhole(), petest.Feed("in", all...)))
	got, want, cut := inTwo(t, func(n int, stop func()) *d4.Graph {
		g := d4.NewGraph("sac")
		source := d4.Add(g, "read", func() *chunked {
			c := &chunked{ReadSAC: *seismo.NewReadSAC(), calls: -1}
			if c.Path, c.ChunkS = folder, 120; stop != nil {
				c.calls = 57 // until 3000 s
			}
			return c
		}, d4.Instances(1))
		until := d4.Add(g, "until", pes.Filter(func(tr seismo.Trace) bool {
			if stop != nil && tr.Start >= 1900*second {
				stop()
			}
			return true
		}))
		d4.Connect(g, source.Out, until.In)
		written(g, pairsOf(g, cutInto(g, 70, "window", until.Out), n, 300))
		return g
	}, linesOf("sink.jsonl"))
	if len(cut.Lost) > 0 || !slices.Equal(got, want) || len(want) < 3*12 {
		t.Errorf("%d in two parts, %d in one; lost %q", len(got), len(want), cut.Lost)
	}
}

// TestContinueRefused: what would be lost is named, with what can be done.
func TestContinueRefused(t *testing.T) {
	correlations := func(g *d4.Graph, traces d4.Out[seismo.Trace]) d4.Out[seismo.Correlation] {
		return correlated(g, cutInto(g, 70, "window", traces), 1).Out
	}
	for want, add := range map[string]func(g *d4.Graph, traces d4.Out[seismo.Trace]){
		"decimate: what the causal filter carries on": func(g *d4.Graph, traces d4.Out[seismo.Trace]) {
			d := d4.Add(g, "decimate", seismo.NewDecimate)
			d4.Connect(g, traces, d.In)
			written(g, d.Out)
		},
		"trigger: the averages, and the detections that are open": func(g *d4.Graph, traces d4.Out[seismo.Trace]) {
			d := d4.Add(g, "trigger", seismo.NewTrigger)
			d4.Connect(g, traces, d.In)
			written(g, d.Out)
		},
		"dvv: the reference of a pair": func(g *d4.Graph, traces d4.Out[seismo.Trace]) {
			d := d4.Add(g, "dvv", func() *seismo.DVV { d := seismo.NewDVV(); d.MinLagS, d.MaxLagS = 1, 9; return d })
			d4.Connect(g, correlations(g, traces), d.In)
			written(g, d.Out)
		},
		"stack: the one stack of all would be lost: give period_s": func(g *d4.Graph, traces d4.Out[seismo.Trace]) {
			s := d4.Add(g, "stack", seismo.NewStack)
			d4.Connect(g, correlations(g, traces), s.In)
			written(g, s.Out)
		},
		"store: the one stack of all would be lost: give period_s": func(g *d4.Graph, traces d4.Out[seismo.Trace]) {
			s := d4.Add(g, "stack", seismo.NewStack)
			d4.Connect(g, correlations(g, traces), s.In)
			d4.Connect(g, s.Out, d4.Add(g, "store", seismo.NewWriteCorrelations).In)
		},
		"merge: a gap where the run is cut would not be filled": func(g *d4.Graph, traces d4.Out[seismo.Trace]) {
			m := d4.Add(g, "merge", func() *seismo.Merge { m := seismo.NewMerge(); m.Fill = "interpolate"; return m })
			d4.Connect(g, traces, m.In)
			written(g, m.Out)
		},
	} {
		_, _, cut := inTwo(t, func(_ int, stop func()) *d4.Graph {
			g := d4.NewGraph("refused")
			add(g, stoppable(g, 900*second, stop))
			return g
		}, func(*testing.T, string) []string { return nil })
		if !slices.ContainsFunc(cut.Lost, func(text string) bool { return strings.HasPrefix(text, want) }) {
			t.Errorf("lost %q, expected %q", cut.Lost, want)
		}
	}
}
