package synth

import (
	"math"

	"github.com/dispel4go/dispel4go/seismo/fft"
)

// Recording is what one station records, from sample 0 at time 0 and without
// end. It serves one goroutine at a time; a station may have many.
type Recording struct {
	field   *Field
	station int
	along   Component
	plan    *fft.Real32
	spec    []complex64
	patches [2]patch // the latest of the even and of the odd ones
}

// patch number b covers the samples from (b-1) n/2 up to (b+1) n/2, where n is
// the period.
type patch struct {
	number int64 // -1 for none
	wave   []float32
}

// Component is the direction of ground motion that is recorded.
type Component uint8

// The components. Up records Rayleigh waves alone; North and East record these a
// quarter of a period later and two thirds as large along their way, and Love waves of
// other sources, as large as those up, at right angles to theirs.
const (
	Up Component = iota
	North
	East
)

const (
	ellipticity = 2.0 / 3
	quarter     = 1 << 30 // of a turn of 2^32
	tagLove     = 1 << 20 // added to the number of a source
)

// RecordAlong returns the recording of one component of a station; Record is that
// along Up. Local noise is another for each.
func (f *Field) RecordAlong(station int, along Component) *Recording {
	r := f.Record(station)
	r.along = along
	return r
}

// Record returns the recording of a station, given by its index in
// Config.Stations. It panics if there is no such station.
func (f *Field) Record(station int) *Recording {
	if station < 0 || station >= len(f.cfg.Stations) {
		panic(badStation)
	}
	r := &Recording{field: f, station: station, plan: fft.NewReal[float32, complex64](f.period)}
	r.spec = make([]complex64, r.plan.Bins())
	for i := range r.patches {
		r.patches[i] = patch{number: -1, wave: make([]float32, f.period)}
	}
	return r
}

// Read writes the samples first, first+1, ... to dst, in whole counts, and
// returns it. It allocates nothing. It panics if first is negative.
func (r *Recording) Read(dst []float32, first int64) []float32 {
	if first < 0 {
		panic(badFirst)
	}
	half := r.field.period / 2
	for done := 0; done < len(dst); {
		at := first + int64(done)
		hop, from := at/int64(half), int(at%int64(half))
		n := min(half-from, len(dst)-done)
		// The later half of one patch and the earlier half of the next.
		falling := r.patch(hop)[half+from:]
		rising := r.patch(hop + 1)[from:]
		r.join(dst[done:done+n], at, falling, rising)
		done += n
	}
	return dst
}

// join adds up two patches and the local noise.
func (r *Recording) join(dst []float32, at int64, falling, rising []float32) {
	falling, rising = falling[:len(dst)], rising[:len(dst)]
	key := hash(r.field.cfg.Seed, tagNoise, uint64(r.station))
	if r.along != Up {
		key = hash(key, uint64(r.along))
	}
	rms := r.field.noise
	for j := range dst {
		v := falling[j] + rising[j]
		if rms != 0 {
			v += float32(rms * normal(mix(key^uint64(at+int64(j)))))
		}
		dst[j] = float32(math.RoundToEven(float64(v)))
	}
}

// patch returns the wave field of one patch at the station, times the window.
func (r *Recording) patch(number int64) []float32 {
	p := &r.patches[number%2]
	if p.number == number {
		return p.wave
	}
	f := r.field
	clear(r.spec)
	bins := r.spec[f.firstBin : f.firstBin+len(f.shape)]
	for s := range f.cfg.Sources {
		if r.along == Up {
			r.addSource(bins, number, s)
		} else {
			r.addHorizontal(bins, number, s)
		}
	}
	for k, a := range f.shape {
		bins[k] = complex(a*real(bins[k]), a*imag(bins[k]))
	}
	r.plan.Inverse(p.wave, r.spec)
	for j, w := range f.window {
		p.wave[j] *= w
	}
	p.number = number
	return p.wave
}

// addHorizontal adds what one source of Rayleigh waves and one of Love waves do to a
// horizontal component.
func (r *Recording) addHorizontal(bins []complex64, number int64, source int) {
	sin, cos, key, delay := r.arrival(number, source)
	along := cos // the way of the wave
	if r.along == East {
		along = sin
	}
	r.addWave(bins, key, delay, quarter, float32(ellipticity*along))
	sin, cos, key, delay = r.arrival(number, source+tagLove)
	across := -sin // to its right: south of a wave to the east
	if r.along == East {
		across = cos
	}
	r.addWave(bins, key, delay, 0, float32(across))
}

// arrival is the way of a source's wave, east and north, the hash of its time
// function, and its delay at the station.
func (r *Recording) arrival(number int64, source int) (sin, cos float64, key uint64, delay float64) {
	c := &r.field.cfg
	key = hash(c.Seed, tagSource, uint64(number), uint64(source))
	if c.Incoherent {
		key = hash(key, uint64(r.station))
	}
	sector := 2 * math.Pi / float64(c.Sources)
	sin, cos = math.Sincos((float64(source%tagLove) + unit(mix(key))) * sector)
	at := c.Stations[r.station]
	return sin, cos, key, (at.X*sin + at.Y*cos) / c.VelocityKmS
}

// addWave adds a wave like addSource's, turned by a phase in turns of 2^32 and scaled.
func (r *Recording) addWave(bins []complex64, key uint64, delay float64, turned uint32, scale float32) {
	f := r.field
	turn := turns(-delay * f.cfg.RateHz / float64(f.period))
	phase := turn*uint32(f.firstBin) + turned
	for k := 0; k < len(bins); k += 4 {
		key += golden
		h := mix(key)
		for j := k; j < min(k+4, len(bins)); j++ {
			p := phasors[(phase+uint32(h&0xffff)<<16)>>(32-phasorBits)]
			bins[j] += complex(scale*real(p), scale*imag(p))
			phase += turn
			h >>= 16
		}
	}
}

// addSource adds the spectrum of one source: at each frequency a random phase,
// less the delay of the station behind the reference point.
//
// Phases are turns in 32 bits that wrap as they should; each hash gives the
// random ones of four frequencies.
func (r *Recording) addSource(bins []complex64, number int64, source int) {
	f := r.field
	c := &f.cfg
	_, _, key, delay := r.arrival(number, source)
	turn := turns(-delay * c.RateHz / float64(f.period)) // from one frequency to the next
	phase := turn * uint32(f.firstBin)
	for k := 0; k < len(bins); k += 4 {
		key += golden
		h := mix(key)
		for j := k; j < min(k+4, len(bins)); j++ {
			bins[j] += phasors[(phase+uint32(h&0xffff)<<16)>>(32-phasorBits)]
			phase += turn
			h >>= 16
		}
	}
}

// golden is the step of SplitMix64 from one number of a stream to the next.
const golden = 0x9e3779b97f4a7c15

// turns returns the fraction of x above the integer below it, in units of 2^-32.
func turns(x float64) uint32 {
	return uint32(uint64((x - math.Floor(x)) * (1 << 32)))
}

const (
	badStation = "synth: no such station"
	badFirst   = "synth: negative sample number"
)
