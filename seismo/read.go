package seismo

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// ReadMseed is a source of recordings: the miniSEED files of a folder, or
// those that a pattern names, as traces of ChunkS seconds that begin at
// multiples of it, one chunk of time after the other over all channels. What
// is left at the ends of a segment is counted as short, gaps and overlaps are
// counted and logged. The places of stations come from StationXML files in the
// same folder. All files are held in memory, at most MaxMiB of samples.
type ReadMseed struct {
	d4.Base
	Out    d4.Out[Trace]
	Path   string  `help:"a folder, a file, or a pattern such as data/*.ms"`
	ChunkS float64 `help:"length of the traces" unit:"s" min:"1"`
	MaxMiB int     `param:"max_mib" help:"memory for samples; more is an error" unit:"MiB" min:"1"`

	pieces []piece
	at     d4.Time
	end    d4.Time
	info   *d4.Instance
}

// piece is a segment of a channel, cut to begin with a chunk.
type piece struct {
	station Station
	start   d4.Time // of the chunk that begins with samples[0]
	rate    float64
	samples []float32
}

// NewReadMseed returns a reader of traces of 1800 s.
func NewReadMseed() *ReadMseed { return &ReadMseed{Path: ".", ChunkS: 1800, MaxMiB: 4096} }

// Single says that one instance reads all files.
func (*ReadMseed) Single() {}

// MemoryLimit is what the source may keep, in bytes.
func (r *ReadMseed) MemoryLimit(int) int64 { return int64(r.MaxMiB) << 20 }

// Open reads the files.
func (r *ReadMseed) Open(i *d4.Instance) error {
	r.info = i
	files, folder, err := mseedFiles(r.Path)
	if err != nil {
		return err
	}
	places, err := stationPlaces(folder)
	if err != nil {
		return err
	}
	rates, bytes := map[string]float64{}, int64(0)
	for _, file := range files {
		traces, err := mseed.ReadFile(file, mseed.Options{})
		if err != nil {
			if strings.Contains(err.Error(), file) {
				return err
			}
			return fmt.Errorf("%s: %w", file, err)
		}
		for _, t := range traces {
			if was, ok := rates[t.ID]; ok && was != t.SampleRate {
				return fmt.Errorf("%s: %s has two sampling rates, %g and %g Hz: read them apart", file, t.ID, was, t.SampleRate)
			}
			rates[t.ID] = t.SampleRate
			for _, g := range t.Gaps() {
				i.Counter("gaps").Add(1)
				i.Log.Warn("gap", "file", file, "gap", g.String())
			}
			for _, s := range t.Segments {
				if bytes += int64(4 * s.Len()); bytes > r.MemoryLimit(1) {
					return fmt.Errorf("%s: more than %d MiB of samples: raise max_mib or read fewer files", file, r.MaxMiB)
				}
				if err := r.keep(&s, places[station(t.ID)], file); err != nil {
					return err
				}
			}
		}
	}
	r.at, r.end = d4.Forever, d4.Never
	for _, p := range r.pieces {
		r.at = min(r.at, p.start)
		r.end = max(r.end, p.start+d4.Time(float64(len(p.samples))/p.rate*1e9))
	}
	return nil
}

// keep cuts a segment so that it begins with a chunk and holds whole ones.
func (r *ReadMseed) keep(s *mseed.Segment, place [2]float64, file string) error {
	samples := s.AppendFloat32(nil)
	if at := dsp.FirstNonFinite(samples); at >= 0 {
		return fmt.Errorf("%s: %s: sample %d is %v: cut it out first", file, s.ID, at, samples[at])
	}
	chunk := d4.Time(r.ChunkS * 1e9)
	half := d4.Time(0.5e9 / s.SampleRate)
	begin := d4.Time(s.Start)
	first := (begin - half + chunk - 1) / chunk * chunk // the first chunk that begins at or after the segment
	skip := int(float64(first-begin)/1e9*s.SampleRate + 0.5)
	n := int(r.ChunkS*s.SampleRate + 0.5)
	if skip = max(skip, 0); skip+n > len(samples) {
		r.info.Counter("short").Add(1)
		return nil
	}
	if skip > 0 || (len(samples)-skip)%n > 0 {
		r.info.Counter("short").Add(1)
	}
	samples = samples[skip : skip+(len(samples)-skip)/n*n]
	dsp.Demean(samples, samples)
	r.pieces = append(r.pieces, piece{Station{ID: s.ID, Lat: place[0], Lon: place[1]}, first, s.SampleRate, samples})
	return nil
}

// Next emits the next chunk of every channel that has it.
func (r *ReadMseed) Next() error {
	if r.at >= r.end {
		return io.EOF
	}
	chunk := d4.Time(r.ChunkS * 1e9)
	for i := range r.pieces {
		p := &r.pieces[i]
		n := int(r.ChunkS*p.rate + 0.5)
		if p.start == r.at && len(p.samples) >= n {
			r.Out.Emit(Trace{Station: p.station, Start: p.start, RateHz: p.rate, Samples: slices.Clone(p.samples[:n])})
			p.samples, p.start = p.samples[n:], p.start+chunk
		}
	}
	r.at += chunk
	r.Out.Mark(r.at)
	return nil
}

// mseedFiles lists the files that a path means, and the folder they are in.
func mseedFiles(path string) (files []string, folder string, err error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		folder = path
		for _, ext := range []string{"*.ms", "*.mseed", "*.mseed2", "*.mseed3", "*.msd"} {
			some, _ := filepath.Glob(filepath.Join(path, ext)) // the pattern is good
			files = append(files, some...)
		}
	case err == nil:
		files, folder = []string{path}, filepath.Dir(path)
	case errors.Is(err, os.ErrNotExist):
		folder = filepath.Dir(path)
		if files, err = filepath.Glob(path); err != nil {
			return nil, "", fmt.Errorf("%s: %w", path, err)
		}
	default:
		return nil, "", err
	}
	if len(files) == 0 {
		return nil, "", fmt.Errorf("%s: no miniSEED files (*.ms, *.mseed) there; set path to a folder that has some", path)
	}
	slices.Sort(files)
	return files, folder, nil
}

// station is NET.STA of a channel's name.
func station(id string) string {
	parts := strings.SplitN(id, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// stationPlaces reads latitude and longitude of the stations in the StationXML
// files of a folder (FDSN StationXML 1.0 to 1.2), by NET.STA.
func stationPlaces(folder string) (map[string][2]float64, error) {
	places := map[string][2]float64{}
	files, _ := filepath.Glob(filepath.Join(folder, "*.xml")) // the pattern is good
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var doc struct {
			XMLName xml.Name `xml:"FDSNStationXML"`
			Network []struct {
				Code    string `xml:"code,attr"`
				Station []struct {
					Code      string  `xml:"code,attr"`
					Latitude  float64 `xml:"Latitude"`
					Longitude float64 `xml:"Longitude"`
				}
			}
		}
		if err := xml.Unmarshal(text, &doc); err != nil {
			return nil, fmt.Errorf("%s: not StationXML: %w", file, err)
		}
		for _, n := range doc.Network {
			for _, s := range n.Station {
				places[n.Code+"."+s.Code] = [2]float64{s.Latitude, s.Longitude}
			}
		}
	}
	return places, nil
}
