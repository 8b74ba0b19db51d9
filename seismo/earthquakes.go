package seismo

import (
	"fmt"
	"math"
	"math/rand/v2"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/synth"
)

// Earthquakes is a source of three-component ground velocity in m/s: earthquakes of
// known place, time and size (synth.Quake), recorded by a network in noise, as traces
// of one chunk of time after the other. The first is below latitude and longitude, the
// others are scattered within the network. Stations are the splits; what each records
// is the same whatever the number of instances.
type Earthquakes struct {
	d4.Base
	generated
	Stations   int     `help:"number of stations" min:"1" max:"100000"`
	ApertureKm float64 `help:"width of the network" unit:"km" min:"0.1" max:"2000"`
	RateHz     float64 `help:"sampling rate" unit:"Hz" min:"0.1" max:"1000"`
	Magnitude  float64 `help:"moment magnitude" min:"-2" max:"9"`
	DepthKm    float64 `help:"depth of the earthquakes" unit:"km" min:"0.1" max:"700"`
	EastKm     float64 `help:"place of the first earthquake, from the middle of the network" unit:"km" min:"-2000" max:"2000"`
	NorthKm    float64 `help:"place of the first earthquake, from the middle of the network" unit:"km" min:"-2000" max:"2000"`
	Strike     float64 `help:"of the fault, clockwise from north" unit:"degrees" min:"-360" max:"360"`
	Dip        float64 `help:"of the fault, down from the horizontal" unit:"degrees" min:"0" max:"90"`
	Rake       float64 `help:"of the slip, up from the strike" unit:"degrees" min:"-360" max:"360"`
	VpKmS      float64 `help:"velocity of P" unit:"km/s" min:"0.1" max:"15"`
	VsKmS      float64 `help:"velocity of S" unit:"km/s" min:"0.1" max:"10"`
	OriginS    float64 `help:"time of the first earthquake, after the first sample" unit:"s" min:"0" max:"1e7"`
	Count      int     `help:"number of earthquakes" min:"1" max:"10000"`
	IntervalS  float64 `help:"from one earthquake to the next" unit:"s" min:"0.1" max:"1e7"`
	DurationS  float64 `help:"how much is generated" unit:"s" min:"1" max:"1e8"`
	NoiseMS    float64 `param:"noise_m_s" help:"root mean square of the noise" unit:"m/s" min:"0" max:"1"`
	DelayS     float64 `help:"all waves come later by this: a time shift that is known" unit:"s" min:"-1e4" max:"1e4"`
	Factor     float64 `help:"all waves are larger by this: an amplitude that is known" min:"0" max:"1e6"`
	StartTime  string  `help:"of the first sample"`

	places []synth.Point
	quakes []synth.Quake
}

// NewEarthquakes returns one strike-slip earthquake of magnitude 5 below 20 stations.
func NewEarthquakes() *Earthquakes {
	q := synth.DefaultQuake(5)
	return &Earthquakes{generated: generated{Seed: 1, ChunkS: 60}, Stations: 20, ApertureKm: 80, RateHz: 50, Magnitude: 5, DepthKm: q.DepthKm, Strike: q.Strike, Dip: q.Dip, Rake: q.Rake,
		VpKmS: q.VpKmS, VsKmS: q.VsKmS, OriginS: 20, Count: 1, IntervalS: 300, DurationS: 120, NoiseMS: 1e-7, Factor: 1,
		StartTime: "2022-01-02T00:00:00Z"}
}

// Setup checks the parameters.
func (e *Earthquakes) Setup() (err error) {
	e.rateHz = e.RateHz
	e.chunk, e.end = int64(math.Round(e.ChunkS*e.RateHz)), int64(math.Round(e.DurationS*e.RateHz))
	switch {
	case e.Stations < 1 || e.Count < 1:
		return fmt.Errorf("stations = %d and count = %d: give one or more", e.Stations, e.Count)
	case e.chunk < 2 || e.end < 2:
		return fmt.Errorf("chunk_s = %g s and duration_s = %g s are less than two samples at %g Hz", e.ChunkS, e.DurationS, e.RateHz)
	}
	if e.begin, err = clockTime("start_time", e.StartTime, 0); err != nil {
		return err
	}
	return e.lay()
}

// Summary tells what is known of the earthquakes, for what was measured to be compared
// with.
func (e *Earthquakes) Summary() map[string]any {
	known := map[string]any{"earthquakes_known": e.Count, "magnitude_known": e.Magnitude, "first_origin_known": clock(e.begin + seconds(e.OriginS+e.DelayS))}
	if e.DelayS != 0 {
		known["delay_known_s"] = e.DelayS
	}
	if e.Factor != 1 {
		known["factor_known"] = e.Factor
	}
	return known
}

// lay lays out network and earthquakes.
func (e *Earthquakes) lay() error {
	e.places = synth.Scatter(uint64(e.Seed), e.Stations, e.ApertureKm)
	e.stations = nil
	for k, p := range e.places {
		lat, lon := p.LatLon(refLat, refLon)
		e.stations = append(e.stations, Station{ID: fmt.Sprintf("XX.Q%03d..HHZ", k+1), Lat: lat, Lon: lon})
	}
	e.quakes = nil
	r := rand.New(rand.NewPCG(uint64(e.Seed), 17))
	for k := range e.Count {
		q := synth.DefaultQuake(e.Magnitude)
		q.DepthKm, q.Strike, q.Dip, q.Rake, q.VpKmS, q.VsKmS = e.DepthKm, e.Strike, e.Dip, e.Rake, e.VpKmS, e.VsKmS
		q.OriginS = e.OriginS + float64(k)*e.IntervalS + e.DelayS
		q.At = synth.Point{X: e.EastKm, Y: e.NorthKm}
		if k > 0 {
			q.At = synth.Point{X: (r.Float64() - 0.5) * e.ApertureKm, Y: (r.Float64() - 0.5) * e.ApertureKm}
			q.Strike += 90 * (r.Float64() - 0.5)
		}
		if err := q.Check(); err != nil {
			return err
		}
		e.quakes = append(e.quakes, q)
	}
	return nil
}

// Open begins with the first chunk.
func (e *Earthquakes) Open(i *d4.Instance) error {
	e.generated.open(i)
	return nil
}

// Next emits the next chunk of the three components of one station.
func (e *Earthquakes) Next() error { return e.emit(e.record) }

// record is the velocity of a station, up, north and east.
func (e *Earthquakes) record(k int, from, to int64) [][]float32 {
	out := make([][]float32, 3)
	// A sample more at both ends, for the derivative.
	n := int(to-from) + 2
	step := 1 / e.RateHz
	var sum, u [3][]float64
	for c := range 3 {
		sum[c], u[c] = make([]float64, n), make([]float64, n)
	}
	first := float64(from-1) * step
	for _, q := range e.quakes {
		p, _ := q.Onsets(e.places[k])
		if p > first+float64(n)*step {
			continue
		}
		q.Displacement(u[0], u[1], u[2], e.places[k], first, step)
		for c := range 3 {
			for i, v := range u[c] {
				sum[c][i] += e.Factor * v
			}
		}
	}
	for c := range 3 {
		dsp.Differentiate(sum[c], sum[c], step)
		out[c] = make([]float32, n-2)
		for i := range out[c] {
			noise := 0.0
			if e.NoiseMS > 0 {
				r := rand.New(rand.NewPCG(uint64(e.Seed)<<32|uint64(k*3+c), uint64(from)+uint64(i)))
				noise = e.NoiseMS * r.NormFloat64()
			}
			out[c][i] = float32(sum[c][i+1] + noise)
		}
	}
	return out
}

// ScatteredNoise is a source of continuous noise that has passed a scattering medium
// (synth.Medium), whose velocity changes by a known share from a time on, or goes up
// and down over the run. Its correlations have codas that tell. Stations are the
// splits.
type ScatteredNoise struct {
	d4.Base
	inStep
	Out d4.Out[Trace]

	Seed       int     `help:"of the medium and its sources" min:"0"`
	Stations   int     `help:"number of stations" min:"2" max:"1000"`
	PeriodS    float64 `help:"length of the traces, within which the velocity is steady" unit:"s" min:"10" max:"1e6"`
	Periods    int     `help:"how many are generated" min:"1" max:"1000000"`
	ChangeAt   int     `help:"period from which on the velocity is higher" min:"0"`
	Change     float64 `help:"by how much the velocity is higher then, as a share: 0.001 is 0.1 %" min:"-0.2" max:"0.2"`
	Wave       bool    `help:"let the velocity go up and down by change over the run instead"`
	RateHz     float64 `help:"sampling rate" unit:"Hz" min:"0.1" max:"1000"`
	FreqMin    float64 `help:"lower end of the band" unit:"Hz" min:"0.001"`
	FreqMax    float64 `help:"upper end of the band" unit:"Hz" min:"0.001"`
	CodaS      float64 `help:"time in which the coda falls to 1/e" unit:"s" min:"0.1" max:"1e4"`
	NoiseRatio float64 `help:"noise of each station's own, as a share" min:"0" max:"1000"`
	StartTime  string  `help:"of the first sample"`

	medium synth.Medium
	begin  d4.Time
	places []Station
}

// NewScatteredNoise returns 3 stations and 24 hours, of which the second half is
// faster by 0.1 %.
func NewScatteredNoise() *ScatteredNoise {
	m := synth.DefaultMedium(1)
	return &ScatteredNoise{Seed: 1, Stations: 3, PeriodS: m.PeriodS, Periods: 24, ChangeAt: 12, Change: 0.001, RateHz: m.RateHz,
		FreqMin: m.FreqMinHz, FreqMax: m.FreqMaxHz, CodaS: m.CodaS, NoiseRatio: m.NoiseRatio, StartTime: "2022-01-02T00:00:00Z"}
}

// Setup checks the parameters.
func (n *ScatteredNoise) Setup() (err error) {
	n.medium = synth.DefaultMedium(uint64(n.Seed))
	n.medium.RateHz, n.medium.PeriodS, n.medium.CodaS = n.RateHz, n.PeriodS, n.CodaS
	n.medium.FreqMinHz, n.medium.FreqMaxHz, n.medium.NoiseRatio = n.FreqMin, n.FreqMax, n.NoiseRatio
	if err := n.medium.Check(); err != nil {
		return err
	}
	if n.Stations < 2 || n.Periods < 1 {
		return fmt.Errorf("stations = %d and periods = %d: a pair takes two, a run one", n.Stations, n.Periods)
	}
	n.begin, err = clockTime("start_time", n.StartTime, 0)
	return err
}

// Summary tells what is known of the change of velocity.
func (n *ScatteredNoise) Summary() map[string]any {
	return map[string]any{"dvv_change_known": n.Change}
}

// Open lays the network out.
func (n *ScatteredNoise) Open(i *d4.Instance) error {
	n.places = nil
	names := make([]string, n.Stations)
	for k, p := range synth.Scatter(uint64(n.Seed), n.Stations, 10) {
		lat, lon := p.LatLon(refLat, refLon)
		names[k] = fmt.Sprintf("XX.C%03d..HHZ", k+1)
		n.places = append(n.places, Station{ID: names[k], Lat: lat, Lon: lon})
	}
	n.inStep.open(i, names, make([]int64, n.Stations), int64(n.Periods)-1)
	return nil
}

// changeOf is by how much the velocity is higher in a period.
func (n *ScatteredNoise) changeOf(period int64) float64 {
	switch {
	case n.Wave:
		return n.Change * math.Sin(2*math.Pi*float64(period)/float64(n.Periods))
	case period >= int64(n.ChangeAt):
		return n.Change
	}
	return 0
}

// Next emits the next period of one station.
func (n *ScatteredNoise) Next() error {
	k, err := n.split()
	if err != nil {
		return err
	}
	period := n.next[k]
	at := func(p int64) d4.Time { return n.begin + span(int(p)*n.medium.Samples(), n.RateHz) }
	n.Out.Emit(Trace{Station: n.places[k], Start: at(period), RateHz: n.RateHz, Samples: n.medium.Record(k, period, n.changeOf(period))})
	next := period + 1
	if next == int64(n.Periods) {
		next = ended
	}
	if step, rose := n.done(k, next); rose {
		n.Out.Mark(at(step))
	}
	return nil
}
