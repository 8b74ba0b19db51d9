package seismo_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"runtime"
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
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/seedlink/seedlinktest"
	"github.com/dispel4go/dispel4go/zarr"
)

// a live network is one whose records are there already: those of each channel by time.
type live struct{ records [][]byte }

// broadcast makes the records of a generated network of n stations, in the order in
// which they would come.
func broadcast(t *testing.T, n int, hours float64) live {
	out := petest.Out[seismo.Trace](run(t, seismo.NewNoise, petest.Set("Stations", n), petest.Set("Hours", hours), petest.Set("RateHz", 10)), "out")
	var l live
	for _, tr := range out {
		seg := &mseed.Segment{ID: tr.Station.ID, Start: mseed.Time(in2020 + tr.Start), SampleRate: tr.RateHz, Float32: tr.Samples}
		l.records = append(l.records, encode(t, mseed.WriterOptions{RecordLength: 512}, seg)...)
	}
	slices.SortStableFunc(l.records, func(a, b []byte) int { return int(ends(t, a) - ends(t, b)) })
	return l
}

// ends is when the last sample of a record was made.
func ends(t testing.TB, raw []byte) mseed.Time {
	var rec mseed.Record
	if _, err := rec.Parse(raw); err != nil {
		t.Fatal(err)
	}
	return rec.Start.Add(rec.NumSamples, rec.SampleRate)
}

// send has a server send records, each station's apart.
func send(t testing.TB, s *seedlinktest.Server, records ...[]byte) {
	for _, raw := range records {
		var rec mseed.Record
		if _, err := rec.Parse(raw); err != nil {
			t.Fatal(err)
		}
		s.Add(strings.Join(strings.Split(rec.ID, ".")[:2], "."), raw)
	}
}

// TestSeedLink: what is disordered within the latency, and what comes twice, is put in
// order; what is later is told apart; connections may be lost.
func TestSeedLink(t *testing.T) {
	for _, version := range []int{3, 4} {
		l := broadcast(t, 3, 0.5)
		dir := t.TempDir()
		put(t, dir, "a.ms", l.records...)
		want := petest.Out[seismo.Trace](run(t, seismo.NewReadMseed, petest.Set("Path", dir), petest.Set("ChunkS", 60)), "out")

		s := seedlinktest.New(t, version)
		r := rand.New(rand.NewPCG(1, 2))
		sent := slices.Clone(l.records)
		for i := 0; i+8 < len(sent); i += 8 { // disorder of some eight records
			r.Shuffle(8, func(a, b int) { sent[i+a], sent[i+b] = sent[i+b], sent[i+a] })
		}
		sent = slices.Insert(sent, 40, sent[30:34]...) // twice
		send(t, s, sent...)
		last := in2020 + 1800*second
		// The first record again, long after its time, and one that ends the test.
		send(t, s, l.records[0])
		send(t, s, encode(t, mseed.WriterOptions{}, counts("XX.END..LHZ", last+3600*second, 1, 1, 2, 3))...)
		s.DropAfter(20)

		ctx, stop := context.WithCancelCause(context.Background())
		defer stop(nil)
		address := s.Address
		g := d4.NewGraph("live")
		src := d4.Add(g, "seedlink", func() *seismo.SeedLink {
			s := seismo.NewSeedLink()
			s.Address, s.Version, s.Begin, s.LatencyS = address, version, "2000-01-01", 400
			s.Streams = []string{"XX.N001.*.*", "XX.N002", "XX.N003..HHZ", "XX.END"}
			return s
		})
		until := d4.Add(g, "until", pes.Filter(func(tr seismo.Trace) bool {
			if tr.Start >= last-60*second {
				stop(engine.ErrInterrupted)
			}
			return tr.Station.ID != "XX.END..LHZ"
		}))
		sink, late := d4.Add(g, "sink", pes.Collect[seismo.Trace]()), d4.Add(g, "late", pes.Collect[seismo.Trace]())
		d4.Connect(g, src.Out, until.In)
		d4.Connect(g, until.Out, sink.In)
		d4.Connect(g, src.Late, late.In)
		res := interrupted(t, ctx, g, nil)
		got := pes.Items(res, sink)
		for i := range want {
			want[i].Station = seismo.Station{ID: want[i].Station.ID}
		}
		sortTraces(got)
		sortTraces(want)
		if !slices.EqualFunc(got, want, same) {
			t.Errorf("version %d: %d traces, expected %d", version, len(got), len(want))
		}
		if n := len(pes.Items(res, late)); n != 1 {
			t.Errorf("version %d: %d traces are late", version, n)
		}
	}
}

// interrupted runs a graph until it is interrupted, with outputs in dir if it is not
// nil.
func interrupted(t *testing.T, ctx context.Context, g *d4.Graph, dir *rundir.Dir) *engine.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := engine.Config{Plan: plan, Seed: 1}
	if dir != nil {
		c.Folder = dir.Outputs()
	}
	res, err := engine.Run(ctx, c)
	if !errors.Is(err, engine.ErrInterrupted) {
		t.Fatalf("%v", err)
	}
	return res
}

// TestLiveCorrelations: the ambient-noise job on a network that never ends: each period is
// in the store when it is complete, while the run goes on, and is what recordings of the
// same time give; an interrupt drains what there is.
func TestLiveCorrelations(t *testing.T) {
	l := broadcast(t, 4, 0.5)
	dir := t.TempDir()
	put(t, dir, "a.ms", l.records...)
	s := seedlinktest.New(t, 4)

	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	job := func(g *d4.Graph, source d4.Out[seismo.Trace]) {
		window := d4.Add(g, "window", func() *seismo.Window { w := seismo.NewWindow(); w.WindowS = 60; return w })
		spectra := d4.Add(g, "spectra", func() *seismo.Spectra { s := seismo.NewSpectra(); s.MaxLagS = 10; return s })
		correlate := d4.Add(g, "correlate", func() *seismo.Correlate {
			c := seismo.NewCorrelate()
			c.MaxLagS, c.SubstackS = 10, 600
			return c
		}, d4.Instances(2))
		result := d4.Add(g, "result", func() *seismo.WriteCorrelations {
			w := seismo.NewWriteCorrelations()
			w.PeriodS = 600
			return w
		}, d4.Instances(2))
		d4.Connect(g, source, window.In)
		d4.Connect(g, window.Out, spectra.In)
		d4.Connect(g, spectra.Out, correlate.In)
		d4.Connect(g, correlate.Out, result.In)
	}
	g := d4.NewGraph("live")
	src := d4.Add(g, "seedlink", func() *seismo.SeedLink {
		p := seismo.NewSeedLink()
		p.Address, p.Begin, p.LatencyS, p.ChunkS = s.Address, "2000-01-01", 90, 30
		p.Streams = []string{"XX.N001", "XX.N002", "XX.N003", "XX.N004"}
		return p
	})
	job(g, src.Out)
	out, err := rundir.Create(filepath.Join(t.TempDir(), "run"), time.Now(), g.Name, "")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := out.Outputs().Path()
	if err != nil {
		t.Fatal(err)
	}
	// Of three periods of ten minutes, two are complete when 25 minutes have come.
	first, _ := slices.BinarySearchFunc(l.records, mseed.Time(in2020+1500*second), func(raw []byte, at mseed.Time) int { return int(ends(t, raw) - at) })
	done := make(chan bool)
	go func() {
		defer close(done)
		defer stop(engine.ErrInterrupted)
		send(t, s, l.records[:first]...)
		for began := time.Now(); ; runtime.Gosched() {
			if files, _ := filepath.Glob(filepath.Join(folder, "*.zarr")); len(files) == 2 && hasPeriods(t, files[0], 2) && hasPeriods(t, files[1], 2) {
				break
			}
			if time.Since(began) > 5*time.Minute {
				t.Error("no two periods are in the stores")
				return
			}
		}
		send(t, s, l.records[first:]...)
	}()
	interrupted(t, ctx, g, out)
	<-done

	g = d4.NewGraph("recorded")
	read := d4.Add(g, "read", func() *seismo.ReadMseed { r := seismo.NewReadMseed(); r.Path, r.ChunkS = dir, 30; return r })
	job(g, read.Out)
	plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{})
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := rundir.Create(filepath.Join(t.TempDir(), "run"), time.Now(), g.Name, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Run(context.Background(), engine.Config{Plan: plan, Seed: 1, Folder: recorded.Outputs()}); err != nil {
		t.Fatal(err)
	}
	other, err := recorded.Outputs().Path()
	if err != nil {
		t.Fatal(err)
	}
	got, want := periods(t, folder), periods(t, other)
	if len(got) < 2 || len(want) != 3 {
		t.Fatalf("%d periods live, %d recorded", len(got), len(want))
	}
	for at, all := range got {
		if at < int64(in2020+1200*second) && !slices.Equal(all, want[at]) {
			t.Errorf("the period at %s differs", time.Unix(0, at).UTC())
		}
	}
}

// hasPeriods reports whether a store has so many periods, and is not complete.
func hasPeriods(t *testing.T, path string, n int) bool {
	s, err := zarr.Open(path)
	if err != nil || s.Complete() {
		return false
	}
	info, err := s.Info("time")
	return err == nil && info.Shape[0] >= n
}

// periods are the correlations of the stores in a folder, by time, in the order of pairs.
func periods(t *testing.T, folder string) map[int64][]float32 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.zarr"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no stores in %s", folder)
	}
	all := map[int64][]float32{}
	for _, file := range files {
		s, err := zarr.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		data, times, pairs, lags := column[float32](t, s, "correlation"), column[int64](t, s, "time"), column[string](t, s, "pair"), column[float64](t, s, "lag")
		order := make([]int, len(pairs))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int { return strings.Compare(pairs[a], pairs[b]) })
		for i, at := range times {
			for _, k := range order {
				all[at] = append(all[at], data[(i*len(pairs)+k)*len(lags):(i*len(pairs)+k+1)*len(lags)]...)
			}
		}
	}
	return all
}
