package seismo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// TestSkipDamaged: a record that is damaged is a gap, counted and logged.
func TestSkipDamaged(t *testing.T) {
	all := encode(t, mseed.WriterOptions{Version: 3, RecordLength: 128, Encoding: mseed.Int32}, counts("XX.A..BHZ", 0, 1, steps(0, 60)...))
	n := len(petest.Out[seismo.Trace](run(t, seismo.NewReadMseed, petest.Set("Path", put(t, t.TempDir(), "a.ms", all[0]))), "out")[0].Samples)
	all[1][100] ^= 1 // fails its checksum
	path := put(t, t.TempDir(), "a.ms", all...)
	res := run(t, seismo.NewReadMseed, petest.Set("Path", path), petest.Set("SkipDamaged", true))
	out := petest.Out[seismo.Trace](res, "out")
	if len(out) != 2 || len(out[0].Samples) != n || out[1].Samples[0] != float32(2*n) {
		t.Errorf("%v", out)
	}
	if res.Counters["damaged"] != 1 || res.Counters["gaps"] != 1 || !strings.Contains(res.Log, "record 2 at byte") {
		t.Errorf("counters %v, log %s", res.Counters, res.Log)
	}
}

// TestHostileBytes: whatever is in a file, reading ends, within the memory
// allowed and with marks that are kept.
func TestHostileBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for range 300 {
		dir := t.TempDir()
		opt := []mseed.WriterOptions{{RecordLength: 128}, {Version: 3, RecordLength: 300}}[r.IntN(2)]
		all := bytes.Join(encode(t, opt, counts("XX.A..BHZ", 0, 20, steps(0, 2000)...)), nil)
		for range 1 + r.IntN(20) {
			switch at := r.IntN(len(all)); r.IntN(4) {
			case 0:
				all = slices.Delete(all, at, min(at+r.IntN(200), len(all)-1))
			case 1:
				all = append(all, all[at:]...)
			default:
				at = at/128*128 + at%64 // most of it in headers
				all[min(at, len(all)-1)] = byte(r.Uint32())
			}
		}
		put(t, dir, "a.ms", all)
		for _, skip := range []bool{true, false} {
			res := petest.Run(t, seismo.NewReadMseed, petest.Set("Path", dir), petest.Set("ChunkS", 10), petest.Set("SkipDamaged", skip), petest.Set("MaxMiB", 16))
			kept(t, res)
			if res.Err != nil && (!strings.Contains(res.Err.Error(), dir) || strings.Contains(res.Err.Error(), "\n")) {
				t.Errorf("%q", res.Err)
			}
		}
	}
}

// TestManyGaps: they cost little, in one chunk as in many, and no lines of the
// log each.
func TestManyGaps(t *testing.T) {
	const gaps = 60_000
	dir := t.TempDir()
	var all [][]byte
	for k := range d4.Time(gaps + 1) {
		all = append(all, encode(t, mseed.WriterOptions{RecordLength: 128}, counts("XX.A..BHZ", 10*k*second, 1, steps(int32(k), 5)...))...)
	}
	put(t, dir, "a.ms", all...)
	for _, c := range []struct{ chunkS, mib int }{{1800, 1}, {1_000_000, 8}} {
		res := run(t, seismo.NewReadMseed, petest.Set("Path", dir), petest.Set("ChunkS", c.chunkS), petest.Set("MaxMiB", c.mib))
		out := petest.Out[seismo.Trace](res, "out")
		if len(out) != gaps+1 || res.Counters["gaps"] != gaps {
			t.Errorf("%d traces, %d gaps", len(out), res.Counters["gaps"])
		}
		if lines := strings.Count(res.Log, "\n"); lines > 1+gaps*10/c.chunkS+1 {
			t.Errorf("%d lines in the log", lines)
		}
	}
	res := petest.Run(t, seismo.NewReadMseed, petest.Set("Path", dir), petest.Set("ChunkS", 1_000_000), petest.Set("MaxMiB", 1))
	if !errors.Is(res.Err, pes.ErrLimit) {
		t.Errorf("%v", res.Err)
	}
}

// TestManyFiles: a file is open only while it is read. Were all open at a time,
// there would be more descriptors than this process has now.
func TestManyFiles(t *testing.T) {
	if _, err := os.ReadDir("/proc/self/fd"); err != nil {
		t.Skip("SKIP: open files are not counted: there is no /proc/self/fd")
	}
	dir := t.TempDir()
	const files = 1000
	for k := range files {
		put(t, dir, fmt.Sprintf("%03d.ms", k), encode(t, mseed.WriterOptions{RecordLength: 128}, counts(fmt.Sprintf("XX.S%03d..BHZ", k), 0, 1, steps(0, 30)...))...)
	}
	most := 0
	g := func() *counting {
		c := &counting{ReadMseed: seismo.NewReadMseed(), most: &most}
		c.Path, c.ChunkS = dir, 10
		return c
	}
	res := run(t, g)
	if out := petest.Out[seismo.Trace](res, "out"); len(out) != 3*files {
		t.Errorf("%d traces of %d files", len(out), files)
	}
	if most > files/10 {
		t.Errorf("%d files are open", most)
	}
}

// counting counts the open files after each call.
type counting struct {
	*seismo.ReadMseed
	most *int
}

func (c *counting) Next() error {
	err := c.ReadMseed.Next()
	if open, bad := os.ReadDir("/proc/self/fd"); bad == nil {
		*c.most = max(*c.most, len(open))
	}
	return err
}

// BenchmarkReadMseed reads a day at 40 Hz in Steim 2, headers and samples.
func BenchmarkReadMseed(b *testing.B) {
	dir := b.TempDir()
	x := make([]int32, 40*86400)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range x[1:] {
		x[i+1] = x[i] + int32(60*r.NormFloat64())
	}
	put(b, dir, "a.ms", encode(b, mseed.WriterOptions{}, counts("XX.A..BHZ", 0, 40, x...))...)
	b.SetBytes(int64(4 * len(x)))
	for b.Loop() {
		g := d4.NewGraph("read")
		read := d4.Add(g, "read", func() *seismo.ReadMseed {
			r := seismo.NewReadMseed()
			r.Path = dir
			return r
		})
		drop := d4.Add(g, "drop", pes.Discard[seismo.Trace]())
		d4.Connect(g, read.Out, drop.In)
		plan, err := partition.Make(g, partition.Ranks(1, 1), partition.Options{Fuse: partition.All})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := engine.Run(context.Background(), engine.Config{Plan: plan, Cores: 1}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(x))*float64(b.N)/b.Elapsed().Seconds()/1e6, "Msamples/s")
}
