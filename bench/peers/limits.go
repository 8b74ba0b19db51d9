package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/internal/kernel"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/fft"
)

// limits are numerics on one core beside C with FFTW (MEASURE) and OpenBLAS. Both
// count the CPU time that they use, so that other things that the machine has to
// do count for little.
func limits() []contest {
	var all []contest
	add := func(name, peer, unit string, args []string, ours ...way) {
		all = append(all, contest{
			name: name, peer: peer, unit: unit, install: compile,
			command: func(dir string) (*exec.Cmd, error) {
				cmd := exec.Command(filepath.Join(dir, "limits", "limits"), args...)
				cmd.Dir = filepath.Join(dir, "limits")
				cmd.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=1")
				return cmd, nil
			},
			ours: ours,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(lengths)) {
		for _, n := range lengths[name] {
			size := fmt.Sprint(n)
			add(name, "FFTW single "+size, "there and back/s", []string{"fft", size, "single"}, transforms[float32, complex64](n))
			add(name, "FFTW double "+size, "there and back/s", []string{"fft", size, "double"}, transforms[float64, complex128](n))
		}
	}
	add("hour4", "C, FFTW, 20000", "pairs/s", []string{"pairs", "5000", "20000", "1"}, hour(5000, 1))
	add("hour4", "C, FFTW, 32768", "pairs/s", []string{"pairs", "5000", "32768", "1"}, hour(5000, 1))
	add("short-lags", "C, FFTW, 5 x 5120", "pairs/s", []string{"pairs", "1000", "5120", "5"}, hour(1000, 0))
	for _, c := range []struct {
		name         string
		lags, blocks int
	}{{"hour4", 5000, 1}, {"short-lags", 1000, 0}} {
		all = append(all, contest{
			name: c.name, peer: "SciPy 1.17.1, float32", unit: "pairs/s", install: pip("scipy", "numpy==2.4.6", "scipy==1.17.1"),
			command: func(dir string) (*exec.Cmd, error) {
				return exec.Command(python(dir, "scipy"), filepath.Join(dir, "pairs_driver.py"), fmt.Sprint(c.lags)), nil
			},
			ours: []way{hour(c.lags, c.blocks)},
		})
	}
	for _, windows := range []int{24, 189} {
		add("matrix", fmt.Sprintf("OpenBLAS cherk, %d windows", windows), "GFLOP/s", []string{"cherk", "32", fmt.Sprint(windows)},
			products(windows, false), products(windows, true))
	}
	return all
}

// lengths are those of transforms. FFTW tries out plans for half a minute for the
// longest.
var lengths = map[string][]int{
	"fft":        {256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536},
	"fft-smooth": {270, 300, 360, 480, 720, 1200, 2000, 3600, 5400, 7200, 10_000, 14_400, 19_440, 20_000, 30_000, 36_000, 54_000, 64_800},
	"fft-odd":    {375, 1215, 2025, 5625, 10_125, 15_625, 59_049},
	"fft-long":   {72_000, 81_920, 86_400, 100_000, 1 << 17, 144_000, 200_000, 1 << 18, 345_600, 1 << 19, 864_000, 1_000_000, 1 << 20},
}

// compile makes the driver in C.
func compile(dir string) error {
	return quietly(filepath.Join(dir, "limits"), "cc", "-O3", "-march=native", "-ffast-math", "-o", "limits", "limits.c", "-lfftw3f", "-lfftw3", "-lopenblas", "-lm")
}

// pace returns a way that does its work over and over for half a second of CPU.
func pace(name string, perTime float64, prepare func() (work func())) way {
	var work func()
	w := way{name: name}
	w.rate = func(ctx context.Context) (float64, error) {
		if work == nil {
			work = prepare()
			work()
		}
		from, times, used := cpu(), 0., 0.
		for used < 0.5 && ctx.Err() == nil {
			work()
			times++
			used = cpu() - from
		}
		return perTime * times / used, ctx.Err()
	}
	return w
}

func cpu() float64 {
	user, system := bench.CPU()
	return user + system
}

func transforms[F fft.Float, C fft.Cmplx](n int) way {
	return pace("fft.Real", 20, func() func() {
		p := fft.NewReal[F, C](n)
		x, bins := make([]F, n), make([]C, p.Bins())
		return func() {
			for range 20 {
				p.Forward(bins, x)
				p.Inverse(x, bins)
			}
		}
	})
}

// hour correlates all pairs of 16 records of an hour at 4 Hz, each in memory of
// its own.
func hour(lags, blocks int) way {
	const records, samples = 16, 14400
	name := "whole, four pairs at a time"
	if blocks != 1 {
		name = "in blocks"
	}
	return pace(name, records*(records-1)/2, func() func() {
		r := rand.New(rand.NewPCG(1, 2))
		var bins, parts int
		var turn func(dst []float32, sum []complex64)
		var spectrum func(x []float32) (lead, trail []complex64)
		if blocks == 1 {
			c := dsp.NewCorrelator[float32, complex64](samples, lags)
			bins, parts = c.Bins(), 1
			spectrum = func(x []float32) (lead, trail []complex64) { s := c.Spectrum(nil, x); return s, s }
			turn = func(dst []float32, sum []complex64) { c.ScaledLags(dst, sum, 1) }
		} else {
			c := dsp.NewBlockCorrelator[float32, complex64](samples, lags, blocks)
			bins, parts = c.Bins(), c.Blocks()
			spectrum = func(x []float32) (lead, trail []complex64) {
				s := c.Spectra(nil, x)
				return s[:parts*bins], s[parts*bins:]
			}
			turn = func(dst []float32, sum []complex64) { c.ScaledLags(dst, sum, lags, 1) }
		}
		var leads, trails [records]*kernel.Crossing
		x := make([]float32, samples)
		for k := range records {
			for i := range x {
				x[i] = float32(r.NormFloat64())
			}
			lead, trail := spectrum(x)
			leads[k], trails[k] = kernel.NewCrossing(parts, bins), kernel.NewCrossing(parts, bins)
			for p := range parts {
				leads[k].Set(p, lead[p*bins:][:bins])
				trails[k].Set(p, trail[p*bins:][:bins])
			}
		}
		padded := kernel.Padded(bins)
		var sums [4][]complex64
		for k := range sums {
			sums[k] = make([]complex64, padded)
		}
		out := make([]float32, records*records*(2*lags+1))
		return func() {
			for i := 0; i < records; i += 2 {
				for j := i; j < records; j += 2 {
					for k := range sums {
						clear(sums[k])
					}
					kernel.AddCrosses4(&sums, 0, [2]*kernel.Crossing{leads[i], leads[i+1]}, [2]*kernel.Crossing{trails[j], trails[j+1]})
					for k := range sums {
						if a, b := i+k/2, j+k%2; a < b {
							turn(out[(a*records+b)*(2*lags+1):][:2*lags+1], sums[k][:bins])
						}
					}
				}
			}
		}
	})
}

// products multiplies the spectra of 32 records, with or without laying them out.
func products(windows int, gather bool) way {
	const records, bins = 32, 64
	name := "kernel.AddCrosses4"
	if gather {
		name = "with the gather"
	}
	return pace(name, 8*bins*float64(windows)*records*(records+1)/2/1e9, func() func() {
		r := rand.New(rand.NewPCG(1, 3))
		spectra := make([]complex64, bins)
		for i := range spectra {
			spectra[i] = complex(r.Float32(), r.Float32())
		}
		var x [records]*kernel.Crossing
		lay := func() {
			for k := range x {
				for w := range windows {
					x[k].Set(w, spectra)
				}
			}
		}
		for k := range x {
			x[k] = kernel.NewCrossing(windows, bins)
		}
		lay()
		sum := make([]complex64, records*records*bins)
		const vector = 8
		at := func(i, j, first int) []complex64 { return sum[(i*records+j)*bins+first:][:vector] }
		return func() {
			if gather {
				lay()
			}
			for first := 0; first < bins; first += vector {
				for i := 0; i < records; i += 2 {
					for j := i; j < records; j += 2 {
						kernel.AddCrosses4(&[4][]complex64{at(i, j, first), at(i, j+1, first), at(i+1, j, first), at(i+1, j+1, first)},
							first, [2]*kernel.Crossing{x[i], x[i+1]}, [2]*kernel.Crossing{x[j], x[j+1]})
					}
				}
			}
		}
	})
}
