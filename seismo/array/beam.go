package array

import (
	"errors"
	"fmt"
	"math"
	"math/cmplx"

	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/fft"
)

// Method is how the records are weighed.
type Method uint8

// The methods.
const (
	Bartlett Method = iota
	Capon
)

// ErrOptions is returned, wrapped with what is wrong, for options that give no grid,
// band or window.
var ErrOptions = errors.New("array: bad options")

// Options of a Beamformer.
type Options struct {
	RateHz           float64
	WindowS          float64 // length of a window
	FreqMin, FreqMax float64 // band, Hz
	MaxSlowness      float64 // s/km: the grid is from -MaxSlowness to it, east and north
	StepSlowness     float64 // s/km
	Prewhiten        bool    // every frequency counts alike; it always does with Capon
	Method           Method
}

// A Beam is the best slowness of a window.
type Beam struct {
	Power       float64 // relative: 1 where all records are alike
	Absolute    float64 // Bartlett: in the square of the unit of the samples
	East, North float64 // s/km, along the way of the wave
	Slowness    float64 // s/km
	BackAzimuth float64 // degrees
}

// A Beamformer serves one goroutine at a time. It keeps a steering vector for each
// frequency and point of the grid.
type Beamformer struct {
	o         Options
	stations  int
	samples   int
	low, high int // bins, both within
	side      int // points of the grid east and north
	plan      *fft.Real[float64, complex128]
	padded    []float64
	full      []complex128
	spectra   [][]complex128 // by frequency and station
	steer     []complex128   // by frequency, point and station
	maps      [][]float64    // by frequency
	power     []float64
}

// maxSteer bounds the steering vectors to 256 MiB.
const maxSteer = 16 << 20

// New returns a beamformer for stations at places east and north of any origin, in
// km. The error wraps ErrOptions.
func New(places [][2]float64, o Options) (*Beamformer, error) {
	if len(places) < 2 {
		return nil, fmt.Errorf("%w: %d stations", ErrOptions, len(places))
	}
	if !(o.RateHz > 0) || !(o.WindowS*o.RateHz >= 4) || !(o.WindowS*o.RateHz < 1<<28) {
		return nil, fmt.Errorf("%w: windows of %g s at %g Hz", ErrOptions, o.WindowS, o.RateHz)
	}
	if !(o.FreqMin >= 0 && o.FreqMax >= o.FreqMin) || !(o.StepSlowness > 0 && o.MaxSlowness >= o.StepSlowness) {
		return nil, fmt.Errorf("%w: %g to %g Hz, slowness to %g s/km in steps of %g", ErrOptions, o.FreqMin, o.FreqMax, o.MaxSlowness, o.StepSlowness)
	}
	b := &Beamformer{o: o, stations: len(places), samples: int(o.WindowS * o.RateHz)}
	size := 2
	for size < b.samples {
		size *= 2
	}
	df := o.RateHz / float64(size)
	b.low, b.high = max(1, int(o.FreqMin/df+0.5)), min(size/2-1, int(o.FreqMax/df+0.5))
	if b.low > b.high {
		return nil, fmt.Errorf("%w: no frequency of %g s windows from %g to %g Hz", ErrOptions, o.WindowS, o.FreqMin, o.FreqMax)
	}
	points := 2*o.MaxSlowness/o.StepSlowness + 1.5
	freqs := b.high - b.low + 1
	if !(points*points*float64(freqs*len(places)) <= maxSteer) {
		return nil, fmt.Errorf("%w: %.0f x %.0f points at %d frequencies of %d stations: widen step, or narrow band or window", ErrOptions, points, points, freqs, len(places))
	}
	b.side = int(points)
	b.plan = fft.NewReal[float64, complex128](size)
	b.padded, b.full = make([]float64, size), make([]complex128, size/2+1)
	b.spectra, b.maps = make([][]complex128, freqs), make([][]float64, freqs)
	for k := range freqs {
		b.spectra[k], b.maps[k] = make([]complex128, len(places)), make([]float64, b.side*b.side)
	}
	b.power = make([]float64, b.side*b.side)
	b.aim(places, df)
	return b, nil
}

// aim computes the steering vectors about the middle of the array. The delay at a
// point is that of its slowness east and that of its slowness north, so that a
// vector is the product of two that many points share.
func (b *Beamformer) aim(places [][2]float64, df float64) {
	var east, north float64
	for _, p := range places {
		east, north = east+p[0]/float64(len(places)), north+p[1]/float64(len(places))
	}
	n := len(places)
	b.steer = make([]complex128, len(b.maps)*b.side*b.side*n)
	easts, norths := make([]complex128, b.side*n), make([]complex128, b.side*n)
	at := 0
	for k := b.low; k <= b.high; k++ {
		turn := 2 * math.Pi * float64(k) * df
		for i := range b.side {
			slowness := -b.o.MaxSlowness + float64(i)*b.o.StepSlowness
			for j, p := range places {
				easts[i*n+j] = cmplx.Rect(1, turn*(p[0]-east)*slowness)
				norths[i*n+j] = cmplx.Rect(1, turn*(p[1]-north)*slowness)
			}
		}
		for x := range b.side {
			for y := range b.side {
				steer, e, n := b.steer[at:][:n], easts[x*n:][:n], norths[y*n:][:n]
				for j := range steer {
					steer[j] = e[j] * n[j]
				}
				at += len(steer)
			}
		}
	}
}

// at is the slowness of a point, east and north.
func (b *Beamformer) at(point int) (x, y float64) {
	return -b.o.MaxSlowness + float64(point/b.side)*b.o.StepSlowness, -b.o.MaxSlowness + float64(point%b.side)*b.o.StepSlowness
}

// Samples returns the samples of a window.
func (b *Beamformer) Samples() int { return b.samples }

// Side returns the points of the grid from west to east, and from south to north.
func (b *Beamformer) Side() int { return b.side }

// Scan finds the best slowness of a window of Samples() samples, a record for each
// station.
func (b *Beamformer) Scan(records [][]float64) Beam {
	if len(records) != b.stations {
		panic("array: another number of records than of stations")
	}
	total := 0.0
	for i, x := range records {
		if len(x) != b.samples {
			panic("array: record does not have the length of the window")
		}
		window := b.padded[:b.samples]
		dsp.CosineTaper(window, dsp.Demean(window, x), 0.22, true, false)
		clear(b.padded[b.samples:])
		b.plan.Forward(b.full, b.padded)
		for k := range b.spectra {
			c := b.full[b.low+k]
			b.spectra[k][i] = c
			total += real(c)*real(c) + imag(c)*imag(c)
		}
	}
	if b.o.Method == Capon {
		b.capon()
		total = float64(len(b.maps))
	} else {
		b.bartlett()
		total *= float64(b.stations)
	}
	return b.best(total)
}

// bartlett is the power of the sum of the records, each advanced by its delay.
func (b *Beamformer) bartlett() {
	at := 0
	for k, row := range b.maps {
		spectrum := b.spectra[k]
		for point := range row {
			var re, im float64
			for i, s := range b.steer[at : at+b.stations] {
				c := spectrum[i]
				re += real(c)*real(s) - imag(c)*imag(s)
				im += real(c)*imag(s) + imag(c)*real(s)
			}
			at += b.stations
			row[point] = re*re + im*im
		}
	}
}

// best adds up the frequencies and finds the greatest power.
func (b *Beamformer) best(total float64) Beam {
	clear(b.power)
	absolute := make([]float64, len(b.power))
	for _, row := range b.maps {
		scale := 1 / total
		if b.o.Prewhiten && b.o.Method == Bartlett {
			top := 0.0
			for _, v := range row {
				top = max(top, v)
			}
			scale = 0
			if top > 0 {
				scale = 1 / (top * float64(len(b.maps)*b.stations))
			}
		}
		for point, v := range row {
			b.power[point] += v * scale
			absolute[point] += v
		}
	}
	top := 0
	for point, v := range b.power {
		if v > b.power[top] {
			top = point
		}
	}
	x, y := b.at(top)
	slow := math.Hypot(x, y)
	back := math.Mod(math.Atan2(x, y)*180/math.Pi+180+360, 360)
	return Beam{Power: b.power[top], Absolute: absolute[top], East: x, North: y, Slowness: slow, BackAzimuth: back}
}

// Map returns the relative power of the last window at point [east][north] of the
// grid, from -MaxSlowness on. It is overwritten by the next Scan.
func (b *Beamformer) Map() [][]float64 {
	rows := make([][]float64, b.side)
	for i := range rows {
		rows[i] = b.power[i*b.side : (i+1)*b.side]
	}
	return rows
}
