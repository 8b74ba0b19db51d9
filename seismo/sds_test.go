package seismo_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/sac"
	"github.com/dispel4go/dispel4go/seismo/sds"
)

// leave puts the files of a run where another can read them.
func leave(t testing.TB, res *petest.Result) string {
	t.Helper()
	root := t.TempDir()
	for name, data := range res.Files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// archived makes an SDS archive: three channels over three days, with gaps, and
// one channel that begins later.
func archived(t testing.TB) (root string, midnight d4.Time) {
	root = filepath.Join(t.TempDir(), "archive")
	midnight = d4.Time(mseed.FromTime(time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)))
	w, err := sds.NewWriter(root, mseed.WriterOptions{RecordLength: 256})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(8, 1))
	for k, id := range []string{"XX.A..LHZ", "XX.A.00.LHN", "XX.B..LHZ"} {
		at := midnight - d4.Time(40_000-60_000*k)*second + d4.Time(k)*123_000
		for range 40 {
			n := 500 + r.IntN(6000)
			if err := w.Write(counts(id, at, 1, steps(int32(r.IntN(1000)), int32(n))...)); err != nil {
				t.Fatal(err)
			}
			at += d4.Time(n+[]int{0, 0, 7, 90_000}[r.IntN(4)]) * second
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return root, midnight
}

// TestReadSDS: an archive gives what its files give, however it is cut; of a time
// between two only that.
func TestReadSDS(t *testing.T) {
	root, midnight := archived(t)
	index := petest.Set("Index", filepath.Join(t.TempDir(), "index"))
	for _, chunk := range []float64{1000, 86400, 5000} {
		plain := run(t, seismo.NewReadMseed, petest.Set("Path", filepath.Join(root, "*", "*", "*", "*", "*")), petest.Set("ChunkS", chunk))
		res := run(t, seismo.NewReadSDS, petest.Set("Path", root), petest.Set("ChunkS", chunk), index)
		kept(t, res)
		want, got := petest.Out[seismo.Trace](plain, "out"), petest.Out[seismo.Trace](res, "out")
		sortTraces(want)
		sortTraces(got)
		if len(got) < 30 || !slices.EqualFunc(got, want, same) || res.Counters["gaps"] != plain.Counters["gaps"] {
			t.Errorf("chunks of %g s: %d traces and %v, expected %d and %v", chunk, len(got), res.Counters, len(want), plain.Counters)
		}
	}
	from, to := midnight+1800*second, midnight+90_000*second
	res := run(t, seismo.NewReadSDS, petest.Set("Path", root), petest.Set("From", "2024-03-01T00:30:00"), petest.Set("To", "2024-03-02T01:00:00"),
		petest.Set("Channels", []string{"XX.*.*.LHZ"}), index)
	whole := run(t, seismo.NewReadSDS, petest.Set("Path", root), petest.Set("Channels", []string{"XX.*.*.LHZ"}))
	samples := func(res *petest.Result) (n int) {
		for _, tr := range petest.Out[seismo.Trace](res, "out") {
			for i := range tr.Samples {
				if at := tr.Start + d4.Time(i)*second; at >= from && at < to {
					n++
				}
			}
		}
		return n
	}
	n := 0
	for _, tr := range petest.Out[seismo.Trace](res, "out") {
		n += len(tr.Samples)
	}
	if n == 0 || n != samples(res) || n != samples(whole) {
		t.Errorf("%d samples, of which %d are in time, expected %d", n, samples(res), samples(whole))
	}
	petest.Resume(t, seismo.NewReadSDS, 2, 5, 3, petest.Set("Path", root), petest.Set("ChunkS", 7200))
}

func same(a, b seismo.Trace) bool {
	return a.Station == b.Station && a.Start == b.Start && a.RateHz == b.RateHz && slices.Equal(a.Samples, b.Samples)
}

// TestReadSDSRefuses: what is not there is said, with what can be done.
func TestReadSDSRefuses(t *testing.T) {
	root, _ := archived(t)
	for want, steps := range map[string][]petest.Step{
		"none of 3 channels has files of that time: set path, channels, from or to": {petest.Set("Path", root), petest.Set("From", "2030-01-01")},
		"none of 0 channels has files":                                              {petest.Set("Path", t.TempDir())},
		"set path to an SDS archive":                                                {petest.Set("Path", filepath.Join(root, "no such"))},
		"set path to an SDS archive, and index to a file that can be written":       {petest.Set("Path", root), petest.Set("Index", filepath.Join(root, "no", "such"))},
	} {
		if res := petest.Run(t, seismo.NewReadSDS, steps...); res.Err == nil || !strings.Contains(res.Err.Error(), want) {
			t.Errorf("%v, expected %s", res.Err, want)
		}
	}
}

// TestWriteSDS: what is written is read back, as counts and as float32.
func TestWriteSDS(t *testing.T) {
	root, _ := archived(t)
	in := petest.Out[seismo.Trace](run(t, seismo.NewReadSDS, petest.Set("Path", root), petest.Set("ChunkS", 10_000)), "out")
	for _, encoding := range []string{"float32", "steim2", "int24"} {
		res := run(t, seismo.NewWriteSDS, petest.Set("Encoding", encoding), petest.Set("Version", 3), petest.LeavesWhole(), petest.Feed("in", in...))
		out := petest.Out[seismo.Trace](run(t, seismo.NewReadSDS, petest.Set("Path", filepath.Join(leave(t, res), "archive")), petest.Set("ChunkS", 10_000)), "out")
		sortTraces(in)
		sortTraces(out)
		if !slices.EqualFunc(in, out, same) {
			t.Errorf("%s: %d traces, expected %d", encoding, len(out), len(in))
		}
	}
	half := cut("XX.A..LHZ", 0, 1, []float32{1, 2.5}, 2)
	if res := petest.Run(t, seismo.NewWriteSDS, petest.Set("Encoding", "steim1"), petest.Feed("in", half...)); res.Err == nil ||
		!strings.HasSuffix(res.Err.Error(), "XX.A..LHZ at 1970-01-01T00:00:01Z: the sample 2.5 is no count: set encoding to float32") {
		t.Errorf("%v", res.Err)
	}
}

// TestSAC: traces that are written are read back, in the order of time, with their
// places and gaps.
func TestSAC(t *testing.T) {
	x := random(3, 3000)
	in := slices.Concat(cut("XX.A..BHZ", in2020+123_456_789, 40, x, 1000, 500, 1500), cut("XX.B.00.BHE", in2020, 100, x, 10, 20))
	in = slices.Delete(in, 1, 2) // a gap
	sortTraces(in)
	for i := range in {
		in[i].Station.Lat, in[i].Station.Lon = 12.5, -130.25
	}
	for _, big := range []bool{false, true} {
		res := run(t, seismo.NewWriteSAC, petest.Set("BigEndian", big), petest.LeavesWhole(), petest.Feed("in", in...))
		if _, ok := res.Files["XX.A..BHZ.20200101T000000.123456.SAC"]; !ok || len(res.Files) != len(in) {
			t.Errorf("%d files", len(res.Files))
		}
		folder := leave(t, res)
		back := run(t, seismo.NewReadSAC, petest.Set("Path", folder))
		kept(t, back)
		out := petest.Out[seismo.Trace](back, "out")
		sortTraces(out)
		if !slices.EqualFunc(out, in, func(a, b seismo.Trace) bool {
			return a.Station == b.Station && math.Abs(float64(a.Start-b.Start)) < 1000 && a.RateHz == b.RateHz && slices.Equal(a.Samples, b.Samples)
		}) || back.Counters["gaps"] != 1 {
			t.Errorf("%v, counters %v", out, back.Counters)
		}
		petest.Resume(t, seismo.NewReadSAC, 2, 1, 3, petest.Set("Path", folder))
		// In chunks it is the same, cut at multiples of their length.
		const chunk = 7 * second
		chunks := []petest.Step{petest.Set("Path", folder), petest.Set("ChunkS", 7)}
		back = run(t, seismo.NewReadSAC, chunks...)
		kept(t, back)
		of := map[string][]seismo.Trace{}
		for _, tr := range petest.Out[seismo.Trace](back, "out") {
			of[tr.Station.ID] = append(of[tr.Station.ID], tr)
		}
		for _, want := range in {
			for len(want.Samples) > 0 && len(of[want.Station.ID]) > 0 {
				got := of[want.Station.ID][0]
				of[want.Station.ID] = of[want.Station.ID][1:]
				n := len(got.Samples)
				interval := d4.Time(1e9 / got.RateHz)
				end, multiple := got.Start+d4.Time(n)*interval, (want.Start+1000)/chunk*chunk+chunk
				if n == 0 || n > len(want.Samples) || got.Station != want.Station || math.Abs(float64(got.Start-want.Start)) > 1000 || !slices.Equal(got.Samples, want.Samples[:n]) ||
					end >= multiple+interval || n < len(want.Samples) && end < multiple {
					t.Fatalf("%d samples from %d on, expected some of %d from %d on, up to %d", n, got.Start, len(want.Samples), want.Start, multiple)
				}
				want.Samples, want.Start = want.Samples[n:], end
			}
			if len(want.Samples) > 0 {
				t.Fatalf("%d samples of %s are missing", len(want.Samples), want.Station.ID)
			}
		}
		if len(of["XX.A..BHZ"])+len(of["XX.B.00.BHE"]) > 0 || back.Counters["gaps"] != 1 {
			t.Errorf("%d and %d more, counters %v", len(of["XX.A..BHZ"]), len(of["XX.B.00.BHE"]), back.Counters)
		}
		petest.Resume(t, seismo.NewReadSAC, 2, 1, 3, chunks...)
	}
	bad := t.TempDir()
	if res := petest.Run(t, seismo.NewReadSAC, petest.Set("Path", bad)); res.Err == nil || !strings.Contains(res.Err.Error(), "no SAC files there") {
		t.Errorf("%v", res.Err)
	}
	if err := os.WriteFile(filepath.Join(bad, "a.sac"), []byte("short"), 0o666); err != nil {
		t.Fatal(err)
	}
	if res := petest.Run(t, seismo.NewReadSAC, petest.Set("Path", bad)); res.Err == nil || !strings.Contains(res.Err.Error(), "a.sac: sac: not a SAC file: 5 bytes") {
		t.Errorf("%v", res.Err)
	}
	var slow bytes.Buffer // six samples over three centuries
	f := sac.New("XX.A..BHZ", time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), 2e9, make([]float32, 6))
	if err := errors.Join(sac.Write(&slow, f, binary.LittleEndian), os.WriteFile(filepath.Join(bad, "a.sac"), slow.Bytes(), 0o666)); err != nil {
		t.Fatal(err)
	}
	if res := petest.Run(t, seismo.NewReadSAC, petest.Set("Path", bad), petest.Set("ChunkS", 600.0)); res.Err == nil || !strings.Contains(res.Err.Error(), "a.sac: its 6 samples") {
		t.Errorf("%v", res.Err)
	}
}
