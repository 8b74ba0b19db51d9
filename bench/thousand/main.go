// Thousand correlates an hour of a thousand stations, all 499,500 pairs, from
// miniSEED files to the store on disk, says where each second went, and checks
// the velocity in what it wrote.
//
//	go run ./bench/thousand [-stations 1000] [-cores 2] [-lag-s 250] [-dir build/thousand]
//	go run ./bench/thousand -growth
//
// The recordings are generated once, with waves of known velocity. -growth shows how
// the cost grows with the stations and the cores. A million pairs are those of
// 1415 stations.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/seismo"
)

var (
	stations = flag.Int("stations", 1000, "number of stations")
	lagS     = flag.Float64("lag-s", 250, "longest lag, in seconds")
	dir      = flag.String("dir", filepath.Join("build", "thousand"), "where recordings are kept and the run directory is made")
	cores    = flag.Int("cores", min(2, runtime.NumCPU()), "to run on")
	growth   = flag.Bool("growth", false, "run for some numbers of stations, on one and on two cores, with lags to 50 s")
	row      = flag.Bool("row", false, "print a row of a table, as -growth does")
	keep     = flag.Bool("keep", false, "keep the store")
	digest   = flag.Bool("digest", false, "compute the digest of all correlations too, as runs of a job do")
	profile  = flag.String("cpuprofile", "", "write a CPU profile there")
)

func main() {
	flag.Parse()
	if *growth {
		if err := grow(); err != nil {
			fmt.Fprintln(os.Stderr, "thousand:", err)
			os.Exit(1)
		}
		return
	}
	run.Main(thousand)
}

func thousand(ctx context.Context) error {
	recordings := filepath.Join(*dir, fmt.Sprintf("recordings-%d", *stations))
	if err := generate(recordings, *stations); err != nil {
		return err
	}
	stop := func() {}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		stop = pprof.StopCPUProfile
	}
	out := filepath.Join(*dir, "run-"+time.Now().Format("20060102-150405"))
	if !*keep {
		defer os.RemoveAll(out)
	}
	user0, system0 := bench.CPU()
	began := time.Now()
	g, stages := graph(recordings)
	defer stop()
	res, err := run.Graph(ctx, g, run.Options{Mapping: "local", Cores: *cores, NoDigest: !*digest, Fuse: partition.Auto, Dir: true, DirPath: out})
	if err != nil {
		return err
	}
	wall := time.Since(began)
	stop() // what follows is not part of it
	user, system := bench.CPU()
	store := filepath.Join(out, "outputs", "correlations.zarr")
	if *row {
		fmt.Printf(growthRow, *stations, *cores, *stations*(*stations-1)/2, wall.Seconds(), user-user0+system-system0, system-system0, bench.PeakMiB())
		return check(store, io.Discard)
	}
	synced := time.Now()
	if err := flush(out); err != nil {
		return err
	}
	fmt.Printf("%d stations, %v of %d pairs in %.1f s on %d cores, and %.1f s more until the disk has them\n", *stations,
		res.Summary["correlations"], *stations*(*stations-1)/2, wall.Seconds(), *cores, time.Since(synced).Seconds())
	fmt.Printf("CPU: %.1f s in the program, %.1f s in the kernel; at most %.0f MiB of memory\n", user-user0, system-system0, bench.PeakMiB())
	stages(res)
	return check(store, os.Stdout)
}

// graph is the workflow.
func graph(recordings string) (*d4.Graph, func(*run.Result)) {
	g := d4.NewGraph("thousand")
	read := d4.Add(g, "read", func() *seismo.ReadMseed {
		r := seismo.NewReadMseed()
		r.Path, r.ChunkS = recordings, 3600
		return r
	}, d4.Instances(*cores))
	detrend := d4.Add(g, "detrend", seismo.NewDetrend, d4.Instances(*cores))
	taper := d4.Add(g, "taper", func() *seismo.Taper {
		t := seismo.NewTaper()
		t.Fraction = 0.01
		return t
	}, d4.Instances(*cores))
	bandpass := d4.Add(g, "bandpass", func() *seismo.Bandpass {
		b := seismo.NewBandpass()
		b.FreqMin, b.FreqMax, b.ZeroPhase = 0.1, 1.5, true
		return b
	}, d4.Instances(*cores))
	decimate := d4.Add(g, "decimate", func() *seismo.Decimate {
		d := seismo.NewDecimate()
		d.Factor = rateHz / 4
		return d
	}, d4.Instances(*cores))
	oneBit := d4.Add(g, "onebit", seismo.NewOneBit, d4.Instances(*cores))
	window := d4.Add(g, "window", func() *seismo.Window {
		w := seismo.NewWindow()
		w.WindowS = 3600
		return w
	}, d4.Instances(*cores))
	spectra := d4.Add(g, "spectra", func() *seismo.Spectra {
		s := seismo.NewSpectra()
		s.MaxLagS, s.Blocks = *lagS, 0
		return s
	}, d4.Instances(*cores))
	correlate := d4.Add(g, "correlate", func() *seismo.Correlate {
		c := seismo.NewCorrelate()
		c.MaxLagS, c.SubstackS = *lagS, 3600
		return c
	}, d4.Instances(*cores))
	store := d4.Add(g, "store", seismo.NewWriteStore, d4.Instances(1))
	d4.Connect(g, read.Out, detrend.In)
	d4.Connect(g, detrend.Out, taper.In)
	d4.Connect(g, taper.Out, bandpass.In)
	d4.Connect(g, bandpass.Out, decimate.In)
	d4.Connect(g, decimate.Out, oneBit.In)
	d4.Connect(g, oneBit.Out, window.In)
	d4.Connect(g, window.Out, spectra.In)
	d4.Connect(g, spectra.Out, correlate.In)
	d4.Connect(g, correlate.Out, store.In)
	return g, func(res *run.Result) {
		busy := map[string]float64{}
		for _, row := range res.Rows {
			busy[row.PE] += row.Busy
		}
		fmt.Print("busy, in seconds:")
		for _, pe := range []string{"read", "detrend", "taper", "bandpass", "decimate", "onebit", "window", "spectra", "correlate", "store"} {
			fmt.Printf(" %s %.2f", pe, busy[pe])
		}
		fmt.Println()
	}
}
