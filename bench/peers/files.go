package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/quakeml"
	"github.com/dispel4go/dispel4go/seismo/response"
	"github.com/dispel4go/dispel4go/seismo/sac"
	"github.com/dispel4go/dispel4go/seismo/stationxml"
)

// stages is a channel with every kind of stage, in StationXML.
var stages = filepath.Join("seismo", "stationxml", "testdata", "stages.xml")

// responses evaluate the response of a channel with six stages, anew for each record, as ObsPy
// does, or once for all.
func responses(r [3][]float64) []function {
	x := r[0]
	const rate = 100 // of the channel
	channel := sync.OnceValue(func() *response.Response {
		return must(channelOf(stages, "XX.STAGE.00.BHZ", time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC)))
	})
	plan := sync.OnceValue(func() *response.Plan { return response.NewPlan(len(x)) })
	weights := func() *response.Weights { return must(response.Remove(channel(), len(x), rate, response.Defaults())) }
	kept := sync.OnceValue(weights)
	out := make([]float64, len(x))
	simulate := response.Defaults()
	simulate.WaterLevelDB = 600
	broadband, short := response.Pendulum(1.0/120, 0.707), response.Pendulum(1, 0.707)
	return []function{
		// Between frequencies that are evaluated ours interpolates, to 1e-12.
		{name: "evaluate-response", tolerance: 1e-8, file: stages, run: func() [][]float64 {
			h := must(response.NewEvaluator(channel(), response.Velocity)).Grid(nil, rate, 1<<17)
			parts := make([]float64, 0, 2*len(h))
			for _, v := range h {
				parts = append(parts, real(v), imag(v))
			}
			return results(parts)
		}},
		{name: "remove-response", tolerance: 1e-8, file: stages, ours: "evaluated each time", run: func() [][]float64 {
			return results(response.Apply(plan(), out, x, weights()))
		}},
		{name: "remove-response", file: stages, ours: "evaluated once", run: func() [][]float64 {
			return results(response.Apply(plan(), out, x, kept()))
		}},
		{name: "simulate", tolerance: 1e-8, run: func() [][]float64 {
			w := must(response.Simulate(&broadband, &short, len(x), hourRate, simulate))
			return results(response.Apply(plan(), out, x, w))
		}},
	}
}

// files are read from memory and written to it. Both sides read what ours has written;
// what is written is read again and compared.
func files(dir string, r [3][]float64) []function {
	counts, single := make([]int32, hourN), make([]float32, hourN)
	for i, v := range r[0] {
		counts[i], single[i] = int32(100*v), float32(v)
	}
	wide := func(n int, at func(i int) float64) [][]float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = at(i)
		}
		return results(x)
	}
	var out bytes.Buffer
	// both are the functions that read and write a format.
	both := func(name string, write func(), read func(data []byte) func() [][]float64) []function {
		path := filepath.Join(dir, "given."+name)
		data := sync.OnceValue(func() []byte {
			out.Reset()
			write()
			b := bytes.Clone(out.Bytes())
			sure(os.WriteFile(path, b, 0o644))
			return b
		})
		return []function{
			{name: "read-" + name, file: path, prepare: func() { data() }, run: func() [][]float64 { read(data()); return nil },
				result: func() [][]float64 { return read(data())() }},
			{name: "write-" + name, file: path, prepare: func() { data() }, run: func() [][]float64 { out.Reset(); write(); return nil },
				result: func() [][]float64 { return read(data())() }},
		}
	}
	all := both("mseed", func() {
		w := must(mseed.NewWriter(&out, mseed.WriterOptions{Encoding: mseed.Steim2}))
		sure(w.Write(&mseed.Segment{ID: "XX.WALK..BHZ", SampleRate: hourRate, Int32: counts}))
	}, func(data []byte) func() [][]float64 {
		traces := must(mseed.ReadTraces(bytes.NewReader(data), mseed.Options{}))
		x := traces[0].Segments[0].Int32
		return func() [][]float64 { return wide(len(x), func(i int) float64 { return float64(x[i]) }) }
	})
	start := time.Date(2022, 1, 2, 0, 0, 0, 0, time.UTC)
	all = append(all, both("sac", func() {
		sure(sac.Write(&out, sac.New("XX.WALK..BHZ", start, 1/hourRate, single), binary.LittleEndian))
	}, func(data []byte) func() [][]float64 {
		f := must(sac.Read(bytes.NewReader(data)))
		return func() [][]float64 {
			return wide(len(f.Samples), func(i int) float64 { return float64(f.Samples[i]) })
		}
	})...)
	inventory := sync.OnceValue(network)
	all = append(all, both("stationxml", func() { sure(stationxml.Write(&out, inventory())) }, func(data []byte) func() [][]float64 {
		inv := must(stationxml.Read(bytes.NewReader(data), stationxml.ResponseLevel))
		return func() (all [][]float64) {
			for _, s := range inv.Networks[0].Stations {
				for _, c := range s.Channels {
					all = append(all, []float64{c.LatitudeDeg, c.RateHz, float64(len(c.Response.Stages))})
				}
			}
			return all
		}
	})...)
	events := catalogue(start)
	return append(all, both("quakeml", func() { sure(quakeml.Write(&out, events)) }, func(data []byte) func() [][]float64 {
		c := must(quakeml.Read(bytes.NewReader(data)))
		return func() (all [][]float64) {
			for _, e := range c.Events {
				o := e.Origin()
				all = append(all, []float64{o.LatitudeDeg.Value, o.LongitudeDeg.Value, e.Magnitude().Value.Value, float64(len(e.Picks)), o.Time.Time.Sub(start).Seconds()})
			}
			return all
		}
	})...)
}

// network has thirty stations like that of stages.
func network() *stationxml.Inventory {
	inv := must(stationxml.Read(bytes.NewReader(must(os.ReadFile(stages))), stationxml.ResponseLevel))
	n := inv.Networks[0]
	first := n.Stations[0]
	for k := range 29 {
		s := *first
		s.Code = fmt.Sprintf("S%03d", k)
		n.Stations = append(n.Stations, &s)
	}
	return inv
}

// catalogue has two hundred events of twelve picks.
func catalogue(start time.Time) *quakeml.Catalog {
	c := &quakeml.Catalog{ID: "smi:local/catalogue"}
	for k := range 200 {
		at := start.Add(time.Duration(k) * time.Minute)
		id := fmt.Sprintf("smi:local/event/%d", k)
		e := &quakeml.Event{ID: id, Type: "earthquake",
			Origins: []quakeml.Origin{{ID: id + "/origin", Time: quakeml.Moment{Time: at, UncertaintyS: 0.1},
				LatitudeDeg: quakeml.Quantity{Value: 35 + 0.01*float64(k)}, LongitudeDeg: quakeml.Quantity{Value: -117 - 0.01*float64(k)}}},
			Magnitudes: []quakeml.Magnitude{{ID: id + "/magnitude", Value: quakeml.Quantity{Value: 2 + 0.01*float64(k)}, Type: "ML", OriginID: id + "/origin"}}}
		for p := range 12 {
			pick := fmt.Sprintf("%s/pick/%d", id, p)
			e.Picks = append(e.Picks, quakeml.Pick{ID: pick, Time: quakeml.Moment{Time: at.Add(time.Duration(p) * time.Second)},
				Channel: fmt.Sprintf("XX.S%03d..HHZ", p), Phase: "P"})
			e.Origins[0].Arrivals = append(e.Origins[0].Arrivals, quakeml.Arrival{ID: pick + "/arrival", PickID: pick, Phase: "P", DistanceDeg: 0.1 * float64(p)})
		}
		c.Events = append(c.Events, e)
	}
	return c
}
