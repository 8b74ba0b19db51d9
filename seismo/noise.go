package seismo

import (
	"fmt"
	"math"
	"math/rand/v2"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/synth"
)

// Noise is a source of continuous ambient noise whose velocity is known, as
// package synth makes it: traces of all stations, one chunk of time after the
// other, the last as long as what is left. Stations are the splits; what each
// records is the same whatever the number of instances. A position is the number
// of a chunk.
type Noise struct {
	d4.Base
	generated
	Stations    int     `help:"number of stations" min:"2" max:"100000"`
	ApertureKm  float64 `help:"width of the network" unit:"km" min:"0.1" max:"20000"`
	RateHz      float64 `help:"sampling rate" unit:"Hz" min:"0.1" max:"1e5"`
	VelocityKmS float64 `help:"phase and group velocity of the waves" unit:"km/s" min:"0.1" max:"20"`
	Hours       float64 `help:"how much is generated" unit:"h" min:"0.01" max:"1e6"`
	NoiseRatio  float64 `help:"noise of each station's own, as a share of the field's amplitude" min:"0" max:"1e6"`
	Incoherent  bool    `help:"give every station a field of its own: nothing to be found"`
	Components  int     `help:"1 for the vertical, Z, 3 for Z, N and E: Rayleigh waves, and Love waves that the horizontals record too" oneof:"1|3"`
	Shuffle     bool    `help:"exchange the names of the stations: nothing to be found"`

	recordings [][]*synth.Recording // by component; nil where another instance has the station
}

// NewNoise returns 24 stations across 40 km, four hours at 20 Hz, 3 km/s.
func NewNoise() *Noise {
	return &Noise{generated: generated{Seed: 1, ChunkS: 120}, Stations: 24, ApertureKm: 40, RateHz: 20, VelocityKmS: 3, Hours: 4, NoiseRatio: 0.5, Components: 1}
}

// The place around which networks are laid out, degrees.
const refLat, refLon = 35.0, -117.0

// Setup checks the parameters that synth does not.
func (n *Noise) Setup() error {
	n.rateHz = n.RateHz
	n.chunk = int64(math.Round(n.ChunkS * n.RateHz))
	n.end = int64(math.Round(n.Hours * 3600 * n.RateHz))
	switch {
	case n.Components != 1 && n.Components != 3:
		return fmt.Errorf("components = %d is neither 1 nor 3", n.Components)
	case n.Stations < 2:
		return fmt.Errorf("stations = %d: a pair takes two", n.Stations)
	case n.chunk < 1:
		return fmt.Errorf("chunk_s = %g s is less than a sample at %g Hz: raise it", n.ChunkS, n.RateHz)
	case n.end < 1:
		return fmt.Errorf("hours = %g h is less than a sample at %g Hz: raise it", n.Hours, n.RateHz)
	}
	return nil
}

// Open lays the network out.
func (n *Noise) Open(i *d4.Instance) error {
	cfg := synth.Default(uint64(n.Seed), synth.Scatter(uint64(n.Seed), n.Stations, n.ApertureKm))
	cfg.VelocityKmS, cfg.RateHz = n.VelocityKmS, n.RateHz
	cfg.NoiseRatio, cfg.Incoherent = n.NoiseRatio, n.Incoherent
	field, err := synth.New(cfg)
	if err != nil {
		return err
	}
	place := make([]int, n.Stations)
	for k := range place {
		place[k] = k
	}
	if n.Shuffle {
		rand.New(rand.NewPCG(uint64(n.Seed), 3)).Shuffle(len(place), func(i, j int) { place[i], place[j] = place[j], place[i] })
	}
	n.stations = make([]Station, n.Stations)
	for k, p := range place {
		lat, lon := cfg.Stations[p].LatLon(refLat, refLon)
		n.stations[k] = Station{ID: fmt.Sprintf("XX.N%03d..HHZ", k+1), Lat: lat, Lon: lon, KnownKmS: n.VelocityKmS}
	}
	n.recordings = make([][]*synth.Recording, n.Stations)
	for k := i.Index; k < n.Stations; k += i.Count {
		for _, along := range []synth.Component{synth.Up, synth.North, synth.East}[:n.Components] {
			n.recordings[k] = append(n.recordings[k], field.RecordAlong(k, along))
		}
	}
	n.generated.open(i)
	return nil
}

// Next emits the next chunk of one station.
func (n *Noise) Next() error {
	return n.emit(func(k int, from, to int64) (all [][]float32) {
		for _, r := range n.recordings[k] {
			all = append(all, r.Read(make([]float32, to-from), from))
		}
		return all
	})
}
