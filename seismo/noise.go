package seismo

import (
	"fmt"
	"io"
	"math/rand/v2"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/synth"
)

// Noise is a source of continuous ambient noise whose velocity is known:
// traces of all stations, one chunk of time after the other, as package synth
// makes them.
type Noise struct {
	d4.Base
	Out d4.Out[Trace]

	Seed        int     `help:"of the wave field and of the network" min:"0"`
	Stations    int     `help:"number of stations" min:"2" max:"100000"`
	ApertureKm  float64 `help:"width of the network" unit:"km" min:"0.1"`
	VelocityKmS float64 `help:"phase and group velocity of the waves" unit:"km/s" min:"0.1" max:"20"`
	Hours       float64 `help:"how much is generated" unit:"h" min:"0.01"`
	RateHz      float64 `help:"sampling rate" unit:"Hz" min:"0.1"`
	ChunkS      float64 `help:"length of the traces" unit:"s" min:"1"`
	NoiseRatio  float64 `help:"noise of each station's own, as a share of the field's amplitude" min:"0"`
	Incoherent  bool    `help:"give every station a field of its own: nothing to be found"`
	Shuffle     bool    `help:"exchange the names of the stations: nothing to be found"`

	stations   []Station
	recordings []*synth.Recording
	at, end    int64 // samples
	chunk      int64
}

// NewNoise returns 24 stations across 40 km, four hours at 20 Hz, 3 km/s.
func NewNoise() *Noise {
	return &Noise{Seed: 1, Stations: 24, ApertureKm: 40, VelocityKmS: 3, Hours: 4, RateHz: 20, ChunkS: 120, NoiseRatio: 0.5}
}

// The place around which networks are laid out, degrees.
const refLat, refLon = 35.0, -117.0

// Single says that one instance generates all stations.
func (*Noise) Single() {}

// Open lays the network out.
func (n *Noise) Open(*d4.Instance) error {
	cfg := synth.Default(uint64(n.Seed), synth.Scatter(uint64(n.Seed), n.Stations, n.ApertureKm))
	cfg.VelocityKmS, cfg.RateHz = n.VelocityKmS, n.RateHz
	cfg.NoiseRatio, cfg.Incoherent = n.NoiseRatio, n.Incoherent
	field, err := synth.New(cfg)
	if err != nil {
		return err
	}
	place := make([]int, n.Stations)
	for i := range place {
		place[i] = i
	}
	if n.Shuffle {
		rand.New(rand.NewPCG(uint64(n.Seed), 3)).Shuffle(len(place), func(i, j int) { place[i], place[j] = place[j], place[i] })
	}
	for i, p := range place {
		lat, lon := cfg.Stations[p].LatLon(refLat, refLon)
		n.stations = append(n.stations, Station{ID: fmt.Sprintf("XX.N%03d..HHZ", i+1), Lat: lat, Lon: lon, KnownKmS: n.VelocityKmS})
		n.recordings = append(n.recordings, field.Record(i))
	}
	n.chunk = int64(n.ChunkS * n.RateHz)
	n.end = int64(n.Hours * 3600 * n.RateHz)
	return nil
}

// Next emits the next chunk of every station.
func (n *Noise) Next() error {
	if n.at+n.chunk > n.end {
		return io.EOF
	}
	for i, s := range n.stations {
		n.Out.Emit(Trace{Station: s, Start: n.time(n.at), RateHz: n.RateHz,
			Samples: n.recordings[i].Read(make([]float32, n.chunk), n.at)})
	}
	n.at += n.chunk
	n.Out.Mark(n.time(n.at))
	return nil
}

func (n *Noise) time(sample int64) d4.Time { return d4.Time(float64(sample) / n.RateHz * 1e9) }
