package seismo_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/seedlink/seedlinktest"
	"github.com/dispel4go/dispel4go/zarr"
)

// uneven are the records of forty minutes of three stations at 10 Hz, in the order in
// which they would come. A has two channels, one of which fills a record in half a minute
// and the other in more than one. Now and then a record comes some minutes too late.
func uneven(t *testing.T) [][]byte {
	const minutes = 40
	var all [][]byte
	for k, id := range []string{"XX.A..BHZ", "XX.A..BHN", "XX.B..BHZ", "XX.C..BHZ"} {
		x := make([]int32, minutes*600)
		for i, v := range random(uint64(k), len(x)) {
			if x[i] = int32(v); k == 1 {
				x[i] = int32(v) % 3
			}
		}
		all = append(all, encode(t, mseed.WriterOptions{RecordLength: 512}, counts(id, in2020, 10, x...))...)
	}
	slices.SortStableFunc(all, func(a, b []byte) int { return int(ends(t, a) - ends(t, b)) })
	for i := 10; i+35 < len(all); i += 12 {
		late := all[i]
		all = slices.Insert(slices.Delete(all, i, i+1), i+35, late)
	}
	// What comes an hour later moves the time on, so that all of this is complete.
	return append(all, encode(t, mseed.WriterOptions{}, counts("XX.END..LHZ", in2020+2*3600*second, 1, 1, 2, 3))...)
}

// byPair are the correlations in the stores of a folder, by time and pair.
func byPair(t *testing.T, folder string) map[string][]float32 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.zarr"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]float32{}
	for _, file := range files {
		s, err := zarr.Open(file)
		if err != nil || !s.Complete() {
			t.Fatalf("%s: %v", file, err)
		}
		data, pairs, lags := column[float32](t, s, "correlation"), column[string](t, s, "pair"), len(column[float64](t, s, "lag"))
		for _, at := range column[int64](t, s, "time") {
			for _, pair := range pairs {
				if data[0] == data[0] { // else there is none
					all[time.Unix(0, at).UTC().Format(time.TimeOnly)+" "+pair] = data[:lags]
				}
				data = data[lags:]
			}
		}
	}
	return all
}

// TestLiveContinues: a live run that time cuts short, three times, at other places and with
// other instances, gives the correlations of each period once, the same as one run, and tells
// each late packet apart once.
func TestLiveContinues(t *testing.T) {
	for _, version := range []int{3, 4} {
		// part runs from where rest says until there is a trace of that time, and returns
		// the periods in the store, and what was late.
		part := func(s *seedlinktest.Server, instances int, until d4.Time, cause error, rest *rundir.Rest, positions []rundir.Position) (map[string][]float32, []string, *engine.Result) {
			ctx, stop := context.WithCancelCause(context.Background())
			defer stop(nil)
			g := d4.NewGraph("live")
			src := d4.Add(g, "seedlink", func() *seismo.SeedLink {
				l := seismo.NewSeedLink()
				l.Address, l.Version, l.Begin, l.LatencyS, l.ChunkS = s.Address, version, "2000-01-01", 120, 30
				l.Streams = []string{"XX.A", "XX.B", "XX.C", "XX.END"}
				return l
			})
			watch := d4.Add(g, "watch", pes.Filter(func(tr seismo.Trace) bool {
				if tr.Start >= until {
					stop(cause)
				}
				return tr.Station.ID != "XX.END..LHZ"
			}))
			window := d4.Add(g, "window", func() *seismo.Window { w := seismo.NewWindow(); w.WindowS = 60; return w })
			store := d4.Add(g, "store", func() *seismo.WriteCorrelations {
				w := seismo.NewWriteCorrelations()
				w.PeriodS = 300
				return w
			}, d4.Instances(instances))
			late := d4.Add(g, "late", pes.WriteJSONL[seismo.Trace]("late.jsonl"))
			d4.Connect(g, src.Out, watch.In)
			d4.Connect(g, watch.Out, window.In)
			d4.Connect(g, correlated(g, window.Out, instances).Out, store.In)
			d4.Connect(g, src.Late, late.In)
			plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{})
			if err != nil {
				t.Fatal(err)
			}
			dir, err := rundir.Create(filepath.Join(t.TempDir(), "run"), time.Now(), g.Name, "")
			if err != nil {
				t.Fatal(err)
			}
			bounded, cancel := context.WithTimeout(ctx, 5*time.Minute)
			defer cancel()
			res, err := engine.Run(bounded, engine.Config{Plan: plan, Seed: 1, Folder: dir.Outputs(), Rest: rest, Positions: positions})
			if !errors.Is(err, cause) || res.Rest != nil && len(res.Rest.Lost) > 0 {
				t.Fatalf("version %d: %v, %+v", version, err, res.Rest)
			}
			folder, err := dir.Outputs().Path()
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(folder, "late.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			return byPair(t, folder), slices.Collect(strings.Lines(string(text))), res
		}
		records := uneven(t)
		s := seedlinktest.New(t, version)
		send(t, s, records...)
		want, wantLate, _ := part(s, 1, in2020+39*60*second, engine.ErrInterrupted, nil, nil)
		if len(want) < 40 || len(wantLate) < 10 {
			t.Fatalf("%d correlations, %d late in one run", len(want), len(wantLate))
		}
		got, late := map[string][]float32{}, []string{}
		var rest *rundir.Rest
		var positions []rundir.Position
		s = seedlinktest.New(t, version)
		if version == 3 { // the numbers begin anew in between
			s.First("XX.A", 1<<24-100)
		}
		for k, minutes := range []d4.Time{13, 17, 28, 39} {
			cause, until := engine.ErrTimeLimit, in2020+minutes*60*second
			if k == 3 {
				cause = engine.ErrInterrupted
			}
			// The server sends what it has had before station by station, and then what
			// the part has to have for that trace, no more.
			s.ByStation()
			for moved := false; len(records) > 0 && (k == 3 || !moved); records = records[1:] {
				moved = d4.Time(ends(t, records[0])) >= until+(30+120)*second
				send(t, s, records[0])
			}
			all, more, res := part(s, 1+k%2, until, cause, rest, positions)
			rest, positions, late = res.Rest, res.Positions, append(late, more...)
			for of, values := range all {
				if got[of] != nil {
					t.Errorf("version %d: %s comes twice", version, of)
				}
				got[of] = values
			}
		}
		if !maps.EqualFunc(got, want, slices.Equal[[]float32]) {
			t.Errorf("version %d: %d correlations, not the %d of one run", version, len(got), len(want))
		}
		slices.Sort(late)
		slices.Sort(wantLate)
		if !slices.Equal(late, wantLate) {
			t.Errorf("version %d: %d late in four parts, %d in one run", version, len(late), len(wantLate))
		}
	}
}

// goOn continues a run from a position until there is a trace of that time, and returns the
// names of the channels of its traces and where it was at last.
func goOn(t *testing.T, s *seedlinktest.Server, mib int, position string, until d4.Time) (names []string, last string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	g := d4.NewGraph("live")
	src := d4.Add(g, "seedlink", func() *seismo.SeedLink {
		l := seismo.NewSeedLink()
		l.Address, l.Begin, l.LatencyS, l.ChunkS, l.MaxMiB = s.Address, "2000-01-01", 60, 60, mib
		l.Streams = []string{"XX.A", "XX.B"}
		return l
	})
	watch := d4.Add(g, "watch", pes.Filter(func(tr seismo.Trace) bool {
		names = append(names, tr.Station.ID)
		if tr.Start >= until {
			stop(engine.ErrTimeLimit)
		}
		return true
	}))
	sink := d4.Add(g, "sink", pes.Discard[seismo.Trace]())
	d4.Connect(g, src.Out, watch.In)
	d4.Connect(g, watch.Out, sink.In)
	plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := engine.Run(ctx, engine.Config{Plan: plan, Seed: 1, Rest: &rundir.Rest{},
		Positions: []rundir.Position{{PE: "seedlink", Split: s.Address, At: []byte(position), Last: []byte(position)}}})
	for _, p := range res.Positions {
		last += string(p.At)
	}
	return names, last, err
}

// TestLiveHolds: what comes again is emitted as far as all stations have come again, so that
// it need not fit into memory whole; a station that is silent is waited for in data time, and
// what cannot be held for it says so. Late packets that cannot come again are forgotten.
func TestLiveHolds(t *testing.T) {
	const minutes = 300 // of a record of 4096 bytes each: 1.2 MiB
	record := func(id string, k int) []byte {
		return encode(t, mseed.WriterOptions{RecordLength: 4096}, counts(id, in2020+d4.Time(k)*60*second, 1, steps(0, 60)...))[0]
	}
	behind := time.Now().UnixNano() - int64(in2020+3600*second)
	for name, c := range map[string]struct {
		silent   bool
		position string
		err      string // time is up if empty
		forgot   string
	}{
		"both come again": {false, `{"Came": {"XX.A": 300, "XX.B": 300}, "Version": 4}`, "", ""},
		"one is silent":   {true, fmt.Sprintf(`{"Came": {"XX.A": 300, "XX.B": 300}, "Version": 4, "Behind": %d}`, behind), "", ""},
		"one is silent, and data are of today": {true, `{"Came": {"XX.A": 300, "XX.B": 300}, "Version": 4}`,
			"raise max_mib; what came before the run went on is held until the server has sent it again, of XX.B too", ""},
		"late before and after": {false, `{"State": {"XX.A": 10, "XX.B": 10}, "Came": {"XX.A": 300, "XX.B": 300}, "Version": 4, "Late": {"XX.A": [[3, 4], [9, 12]], "XX.B": [[5, 5]]}}`,
			"", `"Late":{"XX.A":[[9,12]]}`},
	} {
		s := seedlinktest.New(t, 4)
		s.First("XX.A", 1)
		s.First("XX.B", 1)
		for k := range minutes {
			send(t, s, record("XX.A..BHZ", k))
			if !c.silent {
				send(t, s, record("XX.B..BHZ", k))
			}
		}
		names, last, err := goOn(t, s, 1, c.position, in2020+280*60*second)
		if c.err == "" && !errors.Is(err, engine.ErrTimeLimit) || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: %v after %d traces", name, err, len(names))
		}
		if !strings.Contains(last, c.forgot) {
			t.Errorf("%s: it goes on from %s, expected %s", name, last, c.forgot)
		}
		if c.err == "" && slices.Contains(names, "XX.B..BHZ") == c.silent {
			t.Errorf("%s: %q", name, names)
		}
	}
}
