package main

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/dispel4go/dispel4go/internal/golden"
)

// Records of an hour at 40 Hz, three of them, that functions of both sides are given.
const (
	hourN    = 144_000
	hourRate = 40.0
)

// A function is one of a seismologist, compared with ObsPy's, in float64 and by the CPU
// time of each. Plans of transforms are kept from call to call, as NumPy and SciPy keep
// theirs, and so is memory, where a function takes it; all else is made anew.
type function struct {
	name string
	// run calls it and returns what comes out, which is to be what comes out there. Where
	// that takes more than the call, result returns it.
	run, result func() [][]float64
	// tolerance of the results, by the greatest value of each; 0 for 1e-9.
	tolerance float64
	file      string // that it is about, for the driver
	prepare   func() // writes it
	ours      string // what is different on our side, if anything is
}

// processing is the contests of all functions. Those of one name are one for the peer.
func processing(dir string) []contest {
	records := walks()
	given := filepath.Join(dir, "records.f64")
	packages := pip("obspy", "obspy==1.5.0", "pymseed==1.0.1")
	var all []contest
	for _, f := range slices.Concat(shapes(records), filters(records), picks(records), spectral(records), responses(records), files(dir, records)) {
		values := filepath.Join(dir, f.name+".values.f64")
		w := pace(cmp.Or(f.ours, "one goroutine"), 1, func() func() { return func() { f.run() } })
		if k := len(all) - 1; k >= 0 && all[k].name == f.name {
			all[k].ours = append(all[k].ours, w)
			continue
		}
		all = append(all, contest{
			name: f.name, peer: "ObsPy 1.5.0", unit: "calls/s",
			install: func(dir string) error {
				if err := writeFloats(given, slices.Concat(records[:]...)); err != nil {
					return err
				}
				if f.prepare != nil {
					f.prepare()
				}
				return packages(dir)
			},
			command: func(dir string) (*exec.Cmd, error) {
				return exec.Command(python(dir, "obspy"), filepath.Join(dir, "processing_driver.py"), f.name, "0.3", given, values, f.file), nil
			},
			check: func() error { return f.agrees(values) },
			ours:  []way{w},
		})
	}
	return all
}

// walks are random walks under noise.
func walks() (all [3][]float64) {
	for k := range all {
		r := rand.New(rand.NewPCG(uint64(k+1), 1))
		x, at := make([]float64, hourN), 0.0
		for i := range x {
			at += 0.01 * r.NormFloat64()
			x[i] = at + r.NormFloat64()
		}
		all[k] = x
	}
	return all
}

// agrees compares with what the driver has written.
func (f *function) agrees(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	theirs := make([]float64, len(b)/8)
	for i := range theirs {
		theirs[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	result, tolerance := f.run, f.tolerance
	if f.result != nil {
		result = f.result
	}
	if tolerance == 0 {
		tolerance = 1e-9
	}
	ours, n := result(), 0
	for _, x := range ours {
		n += len(x)
	}
	if n != len(theirs) || n == 0 {
		return fmt.Errorf("%d numbers come out of ours, %d of theirs", n, len(theirs))
	}
	for k, x := range ours {
		if apart := golden.Apart(x, theirs[:len(x)]); !(apart <= tolerance) {
			return fmt.Errorf("result %d differs by %.1e of its greatest value, more than %.0e", k, apart, tolerance)
		}
		theirs = theirs[len(x):]
	}
	return nil
}

// writeFloats writes numbers as Python reads them.
func writeFloats(path string, x []float64) error {
	b := make([]byte, 0, 8*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return os.WriteFile(path, b, 0o644)
}

// results are what a function returns.
func results(x ...[]float64) [][]float64 { return x }

// must is for what goes wrong only if a case is wrong.
func must[T any](v T, err error) T {
	sure(err)
	return v
}

// sure is must of what returns nothing else.
func sure(err error) {
	if err != nil {
		panic(err)
	}
}
