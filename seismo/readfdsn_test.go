package seismo_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// centre is a data centre with the records of channels; it fails every so often, and
// lets answers break off.
type centre struct {
	records map[string][][]byte // by channel
	every   int64               // request that fails; 0 for none
	asked   atomic.Int64
	failed  atomic.Int64
}

// start serves until the test ends.
func (c *centre) start(t *testing.T) string {
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	return s.URL
}

func (c *centre) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n := c.asked.Add(1); c.every > 0 && n%c.every == 0 {
		c.failed.Add(1)
		if n == 2*c.every { // once, for the next attempt is a second later
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, "broken off")
			return
		}
		w.Header().Set("Retry-After", "0")
		http.Error(w, "too busy", http.StatusServiceUnavailable)
		return
	}
	q := r.URL.Query()
	pattern := strings.Join([]string{q.Get("network"), q.Get("station"), strings.Replace(q.Get("location"), "--", "", 1), q.Get("channel")}, ".")
	at := func(name string) mseed.Time {
		t, err := mseed.ParseTime(q.Get(name))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
		return t
	}
	from, to := at("starttime"), at("endtime")
	var body strings.Builder
	for id, all := range c.records {
		if ok, _ := path.Match(pattern, id); !ok {
			continue
		}
		if strings.Contains(r.URL.Path, "/station/") {
			part := strings.Split(id, ".")
			fmt.Fprintf(&body, `<Network code="%s"><Station code="%s"><Latitude>47</Latitude><Longitude>8</Longitude><Elevation>0</Elevation><Site><Name>S</Name></Site><Channel code="%s" locationCode="%s"><Latitude>47</Latitude><Longitude>8</Longitude><Elevation>0</Elevation><Depth>0</Depth></Channel></Station></Network>`,
				part[0], part[1], part[3], part[2])
			continue
		}
		for _, raw := range all { // whole records that reach into the time, as services do it
			var rec mseed.Record
			if _, err := rec.Parse(raw); err == nil && rec.Start < to && rec.Start.Add(rec.NumSamples, rec.SampleRate) > from {
				body.Write(raw)
			}
		}
	}
	switch {
	case body.Len() == 0:
		w.WriteHeader(http.StatusNoContent)
	case strings.Contains(r.URL.Path, "/station/"):
		fmt.Fprintf(w, `<FDSNStationXML schemaVersion="1.2">%s</FDSNStationXML>`, &body)
	default:
		io.WriteString(w, body.String())
	}
}

// networked has two channels with a gap, and a third that is not asked for.
func networked(t *testing.T) *centre {
	c := &centre{records: map[string][][]byte{}}
	record := func(id string, start d4.Time, n int32) {
		c.records[id] = append(c.records[id], encode(t, mseed.WriterOptions{RecordLength: 512}, counts(id, start, 10, steps(int32(start/second), n)...))...)
	}
	for _, id := range []string{"XX.A..BHZ", "XX.B.00.BHZ"} {
		record(id, in2020+7*second, 20_000)
		record(id, in2020+5000*second+40_000_000, 9_000)
	}
	record("XX.A..LHZ", in2020, 100)
	return c
}

// TestReadFDSN: what a data centre has comes as from a folder of files, gaps and all,
// however often requests fail.
func TestReadFDSN(t *testing.T) {
	for _, every := range []int64{0, 3} {
		c := networked(t)
		c.every = every
		dir := t.TempDir()
		for k, id := range []string{"XX.A..BHZ", "XX.B.00.BHZ"} {
			put(t, dir, fmt.Sprintf("%d.ms", k), c.records[id]...)
		}
		put(t, dir, "places.xml", []byte(`<FDSNStationXML><Network code="XX"><Station code="A"><Latitude>47</Latitude><Longitude>8</Longitude></Station><Station code="B"><Latitude>47</Latitude><Longitude>8</Longitude></Station></Network></FDSNStationXML>`))
		want := run(t, seismo.NewReadMseed, petest.Set("Path", dir), petest.Set("ChunkS", 600))
		got := run(t, seismo.NewReadFDSN, petest.Set("Address", c.start(t)), petest.Set("Channels", []string{"XX.*.*.BH?", "YY.*.*.*"}),
			petest.Set("From", "2020-01-01"), petest.Set("To", "2020-01-01T03:00:00"), petest.Set("ChunkS", 600), petest.Set("IntervalS", 0))
		a, b := petest.Out[seismo.Trace](got, "out"), petest.Out[seismo.Trace](want, "out")
		sortTraces(a)
		sortTraces(b)
		if !slices.EqualFunc(a, b, same) || len(a) < 12 {
			t.Errorf("%d traces, expected %d", len(a), len(b))
		}
		if got.Counters["gaps"] != want.Counters["gaps"] || got.Counters["gaps"] != 2 || got.Counters["without_coordinates"] != 0 {
			t.Errorf("%v, expected %v", got.Counters, want.Counters)
		}
		if (c.failed.Load() > 0) != (every > 0) {
			t.Errorf("%d requests failed", c.failed.Load())
		}
	}
}

// TestReadFDSNSpan: nothing before from and nothing from to on.
func TestReadFDSNSpan(t *testing.T) {
	c := networked(t)
	out := petest.Out[seismo.Trace](run(t, seismo.NewReadFDSN, petest.Set("Address", c.start(t)), petest.Set("Channels", []string{"XX.A..BHZ"}),
		petest.Set("From", "2020-01-01T00:05:00"), petest.Set("To", "2020-01-01T00:15:30"), petest.Set("ChunkS", 600)), "out")
	n := 0
	for _, tr := range out {
		n += len(tr.Samples)
	}
	if len(out) != 2 || out[0].Start != in2020+300*second || n != 6300 {
		t.Errorf("%d traces of %d samples", len(out), n)
	}
}

// TestReadFDSNBad: damage, another rate and more than fits are errors that name what helps;
// damage can be left out.
func TestReadFDSNBad(t *testing.T) {
	nan := float32(math.NaN())
	for want, c := range map[string]struct {
		second *mseed.Segment // in the second hour
		set    string
		value  any
	}{
		"NaN: set skip_damaged":  {&mseed.Segment{ID: "XX.A..BHZ", Start: mseed.Time(in2020 + 3600*second), SampleRate: 10, Float32: []float32{1, nan, 3}}, "Tries", 1},
		"10 Hz before and 20 Hz": {counts("XX.A..BHZ", in2020+3600*second, 20, 1, 2, 3), "Tries", 1},
		"lower chunk_s":          {counts("XX.A..BHZ", in2020+3600*second, 100, make([]int32, 60_000)...), "MaxMiB", 1},
	} {
		d := &centre{records: map[string][][]byte{"XX.A..BHZ": slices.Concat(
			encode(t, mseed.WriterOptions{RecordLength: 512}, counts("XX.A..BHZ", in2020, 10, 1, 2, 3)), encode(t, mseed.WriterOptions{RecordLength: 512}, c.second))}}
		got := petest.Run(t, seismo.NewReadFDSN, petest.Set("Address", d.start(t)), petest.Set("Channels", []string{"XX.A..BHZ"}), petest.Set("From", "2020-01-01"), petest.Set("To", "2020-01-01T02:00:00"), petest.Set(c.set, c.value))
		if got.Err == nil || !strings.Contains(got.Err.Error(), want) {
			t.Errorf("%v, expected %q", got.Err, want)
		}
	}
}

// TestReadFDSNJob: the same job file reads a folder or a data centre, whichever type its
// source has; what is wrong is one line that says what to do.
func TestReadFDSNJob(t *testing.T) {
	c := networked(t)
	address := c.start(t)
	dir := t.TempDir()
	job := func(source string) string {
		return "name = \"read\"\n[[pe]]\nname = \"read\"\n" + source + "\n[[pe]]\nname = \"write\"\ntype = \"pes.WriteJSONL\"\n[[connect]]\nfrom = \"read.out\"\nto = \"write.in\"\n"
	}
	put(t, dir, "a.ms", slices.Concat(c.records["XX.A..BHZ"], c.records["XX.B.00.BHZ"])...)
	put(t, dir, "folder.toml", []byte(job(`type = "seismo.ReadMseed"`)))
	put(t, dir, "centre.toml", []byte(job(`type = "seismo.ReadFDSN"
with = { address = "`+address+`", channels = ["XX.*.*.BHZ"], from = "2020-01-01", to = "2020-01-01T02:00:00", chunk_s = 1800.0, interval_s = 0.0 }`)))
	digests := map[string]int64{}
	for _, name := range []string{"folder", "centre"} {
		if code, stderr := program(t, dir, "run", name+".toml", "--dir", name, "--quiet"); code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		r, err := rundir.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		digests[name] = int64(r.Run.Result.Sinks["write"].Items)
	}
	if digests["folder"] != digests["centre"] || digests["folder"] == 0 {
		t.Errorf("traces: %v", digests)
	}
	for want, set := range map[string]string{
		"set address":                  "read.address=nowhere",
		"no channels YY.*.*.*":         "read.channels=[\"YY.*.*.*\"]",
		"is not of the form":           "read.channels=[\"YY.A\"]",
		"is not before to":             "read.to=2019-01-01",
		"from = \"\" and to =":         "read.from=",
		"channels is empty: set it to": "read.channels=[]",
	} {
		code, stderr := program(t, dir, "run", "centre.toml", "--dir", "bad", "--quiet", "--set", set)
		if code == 0 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d, %q", set, code, stderr)
		}
	}
}

// TestReadFDSNResumes: a position goes on with the chunk that is due.
func TestReadFDSNResumes(t *testing.T) {
	c := networked(t)
	address := c.start(t)
	petest.Resume(t, func() *seismo.ReadFDSN {
		r := seismo.NewReadFDSN()
		r.Address, r.Channels, r.From, r.To, r.ChunkS, r.IntervalS = address, []string{"XX.*.*.BHZ"}, "2020-01-01", "2020-01-01T02:00:00", 600, 0
		return r
	}, 1, 7, 1)
}
