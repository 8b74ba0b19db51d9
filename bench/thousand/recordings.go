package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/stationxml"
	"github.com/dispel4go/dispel4go/seismo/synth"
)

// The recordings: waves from everywhere at 3 km/s across 80 km, in whole counts.
const (
	rateHz      = 40
	hourS       = 3600
	apertureKm  = 80
	velocityKmS = 3.0
	seed        = 9
)

const refLat, refLon = 35.0, -117.0

// generate makes the recordings and their StationXML, unless they are there.
func generate(folder string, n int) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	fmt.Fprintf(os.Stderr, "generating an hour of %d stations at %d Hz in %s, once\n", n, rateHz, folder)
	unfinished := folder + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	if err := os.MkdirAll(unfinished, 0o777); err != nil {
		return err
	}
	cfg := synth.Default(seed, synth.Scatter(seed, n, apertureKm))
	cfg.VelocityKmS, cfg.RateHz, cfg.FreqMaxHz = velocityKmS, rateHz, 1.5
	field, err := synth.New(cfg)
	if err != nil {
		return err
	}
	network := &stationxml.Network{Code: "XX"}
	for k := range n {
		lat, lon := cfg.Stations[k].LatLon(refLat, refLon)
		network.Stations = append(network.Stations, &stationxml.Station{Network: network, Code: station(k), LatitudeDeg: lat, LongitudeDeg: lon})
	}
	if err := write(filepath.Join(unfinished, "stations.xml"), func(w *bufio.Writer) error {
		return stationxml.Write(w, &stationxml.Inventory{Source: "dispel4go", Networks: []*stationxml.Network{network}})
	}); err != nil {
		return err
	}
	errs := make([]error, *cores)
	var wg sync.WaitGroup
	for c := range errs {
		wg.Go(func() {
			samples, counts := make([]float32, hourS*rateHz), make([]int32, hourS*rateHz)
			for k := c; k < n && errs[c] == nil; k += len(errs) {
				field.Record(k).Read(samples, 0)
				for i, v := range samples {
					counts[i] = int32(v)
				}
				errs[c] = write(filepath.Join(unfinished, station(k)+".mseed"), func(w *bufio.Writer) error {
					m, err := mseed.NewWriter(w, mseed.WriterOptions{Encoding: mseed.Steim2})
					if err != nil {
						return err
					}
					return m.Write(&mseed.Segment{ID: "XX." + station(k) + "..HHZ", SampleRate: rateHz, Int32: counts})
				})
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return os.Rename(unfinished, folder)
}

func station(k int) string { return fmt.Sprintf("N%04d", k+1) }

func write(path string, content func(*bufio.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if err = content(w); err == nil {
		err = w.Flush()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
