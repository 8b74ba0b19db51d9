package seismo_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
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
)

// liveHours are the records of two hours and a half of three stations, as they would come,
// and one that is missing in them.
func liveHours(t *testing.T) (all [][]byte, late []byte) {
	for k, id := range []string{"XX.A..LHZ", "XX.B..LHZ", "XX.C..LHZ"} {
		x := make([]int32, 9000)
		for i, v := range random(uint64(k), len(x)) {
			x[i] = int32(v)
		}
		records := encode(t, mseed.WriterOptions{RecordLength: 512}, counts(id, in2020, 1, x...))
		if k == 0 {
			late = records[3]
			records = slices.Delete(records, 3, 4)
		}
		all = append(all, records...)
	}
	slices.SortStableFunc(all, func(a, b []byte) int { return int(ends(t, a) - ends(t, b)) })
	return all, late
}

// TestLiveJob: the shipped job beside a server: two hours come, and a packet that is
// late; the hours are in the store while the run goes on, the packet is told apart, and
// Ctrl-C ends the run in good order.
func TestLiveJob(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIP: no signals on this system")
	}
	job, err := filepath.Abs(filepath.Join("..", "examples", "live.toml"))
	if err != nil {
		t.Fatal(err)
	}
	s := seedlinktest.New(t, 4)
	all, late := liveHours(t)
	send(t, s, slices.Insert(all, len(all)/2, late)...) // an hour late, before the second hour is complete

	dir := t.TempDir()
	outputs := filepath.Join(dir, "run", "outputs")
	if code, stderr := untilPeriods(t, dir, job, outputs, 2, syscall.SIGINT, "--dir", "run", "--set", "seedlink.address="+s.Address); code != 130 {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	r, err := rundir.Open(filepath.Join(dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Run.State != rundir.Partial || len(r.Temporary) > 0 {
		t.Errorf("the run is %s, with temporary files %v", r.Run.State, r.Temporary)
	}
	apart, err := os.ReadFile(filepath.Join(outputs, "late.jsonl"))
	if err != nil || strings.Count(string(apart), "\n") != 1 || !strings.Contains(string(apart), "XX.A..LHZ") {
		t.Errorf("late: %v, %.200q", err, apart)
	}
	hours := periods(t, outputs)
	if n := len(hours[int64(in2020)]); len(hours) < 2 || n != 3*401 || len(hours[int64(in2020+3600*second)]) != n {
		t.Errorf("%d hours, of %d values the first", len(hours), n)
	}
}

// untilPeriods runs the live job until so many periods are in all its stores, sends it a
// signal, and returns its exit code and what it has said.
func untilPeriods(t *testing.T, dir, job, outputs string, n int, signal os.Signal, args ...string) (code int, stderr string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"run", job, "--quiet", "--set", `seedlink.streams=["XX.A", "XX.B", "XX.C"]`,
		"--set", "seedlink.begin=2000-01-01"}, args...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "SEISMO_TEST_PROGRAM=1")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	limit := time.After(5 * time.Minute)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for store := filepath.Join(outputs, "correlations*.zarr"); ; {
		if files, _ := filepath.Glob(store); len(files) > 0 && !slices.ContainsFunc(files, func(f string) bool { return !hasPeriods(t, f, n) }) {
			break
		}
		select {
		case <-limit:
			cmd.Process.Kill()
			<-ended
			t.Fatalf("%d periods are not in the store: %s", n, &said)
		case <-ended:
			t.Fatalf("the run has ended by itself: %s", &said)
		case <-look.C:
		}
	}
	cmd.Process.Signal(signal)
	<-ended
	return cmd.ProcessState.ExitCode(), said.String()
}

// TestSeedLinkContinues: a run that time cuts short and one that goes on together emit
// what has come, each sample once, though numbers of version 3 begin anew in between.
func TestSeedLinkContinues(t *testing.T) {
	s := seedlinktest.New(t, 3)
	x := steps(0, 6000) // ten minutes
	records := encode(t, mseed.WriterOptions{RecordLength: 512}, counts("XX.A..BHZ", in2020, 10, x...))
	s.First("XX.A", 1<<24-uint64(len(records))/2)
	send(t, s, records...)
	send(t, s, encode(t, mseed.WriterOptions{}, counts("XX.END..LHZ", in2020+3600*second, 1, 1, 2, 3))...)

	var got []seismo.Trace
	var rest *rundir.Rest
	var positions []rundir.Position
	for part := range 2 {
		ctx, stop := context.WithCancelCause(context.Background())
		g := d4.NewGraph("live")
		address := s.Address
		src := d4.Add(g, "seedlink", func() *seismo.SeedLink {
			s := seismo.NewSeedLink()
			s.Address, s.Version, s.Begin, s.LatencyS, s.ChunkS = address, 3, "2000-01-01", 60, 10
			s.Streams = []string{"XX.A", "XX.END"}[:1+part]
			return s
		})
		until := d4.Add(g, "until", pes.Filter(func(tr seismo.Trace) bool {
			switch {
			case part == 0 && tr.Start >= in2020+300*second:
				stop(engine.ErrTimeLimit)
			case part == 1 && tr.Start >= in2020+590*second:
				stop(engine.ErrInterrupted)
			}
			return tr.Station.ID != "XX.END..LHZ"
		}))
		sink, late := d4.Add(g, "sink", pes.Collect[seismo.Trace]()), d4.Add(g, "late", pes.Collect[seismo.Trace]())
		d4.Connect(g, src.Out, until.In)
		d4.Connect(g, until.Out, sink.In)
		d4.Connect(g, src.Late, late.In)
		plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{})
		if err != nil {
			t.Fatal(err)
		}
		bounded, cancel := context.WithTimeout(ctx, 5*time.Minute)
		res, err := engine.Run(bounded, engine.Config{Plan: plan, Seed: 1, Rest: rest, Positions: positions})
		cancel()
		stop(nil)
		if res == nil || len(pes.Items(res, late)) > 0 {
			t.Fatalf("part %d: %v", part, err)
		}
		got, rest, positions = append(got, pes.Items(res, sink)...), res.Rest, res.Positions
		if part == 0 && len(positions) != 1 {
			t.Fatalf("positions %v, %v", positions, err)
		}
	}
	sortTraces(got)
	if samples := join(got); len(samples) != len(x) || slices.ContainsFunc(got[1:], func(tr seismo.Trace) bool { return tr.Start < got[0].Start }) {
		t.Errorf("%d samples, expected %d", len(samples), len(x))
	} else {
		for i, v := range samples {
			if v != float32(x[i]) {
				t.Fatalf("sample %d is %g, expected %d", i, v, x[i])
			}
		}
	}
}
