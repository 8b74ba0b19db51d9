// Package geojson writes results on a map as GeoJSON: points of stations and events,
// lines of station pairs, with their values as properties. GIS programs, web maps
// and geopandas open it.
//
// A [Writer] writes one [Feature] after the other, in no more memory than one
// takes. Source: RFC 7946. Coordinates are WGS 84, longitude first in the file;
// longitudes are brought within -180 to 180.
package geojson

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrFeature is returned for a feature that has no place on Earth, or values that JSON
// does not have.
var ErrFeature = errors.New("geojson: unusable feature")

// A Place is a point on Earth.
type Place struct {
	LatitudeDeg, LongitudeDeg float64
	// HeightM is above sea level, negative for depths; nil leaves it out.
	HeightM *float64
}

// A Feature is a thing on the map: a point if it has one place, a line if it has more.
type Feature struct {
	ID         string // "" leaves it out
	Places     []Place
	Properties map[string]any // fit for JSON
}

type geometry struct {
	Type        string `json:"type"`
	Coordinates any    `json:"coordinates"`
}

type feature struct {
	Type       string         `json:"type"`
	ID         string         `json:"id,omitempty"`
	Geometry   geometry       `json:"geometry"`
	Properties map[string]any `json:"properties"`
}

// A Writer writes a FeatureCollection.
type Writer struct {
	w io.Writer
	n int
}

// NewWriter returns a Writer to w, which begins to write with the first feature.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes a feature, on a line. A feature that cannot be written leaves the
// collection as it was.
func (w *Writer) Write(f *Feature) error {
	var all [][]float64
	for _, p := range f.Places {
		if !(math.Abs(p.LatitudeDeg) <= 90 && math.Abs(p.LongitudeDeg) <= 360) {
			return fmt.Errorf("%w: %s lies at %g, %g degrees", ErrFeature, f.ID, p.LatitudeDeg, p.LongitudeDeg)
		}
		at := []float64{math.Remainder(p.LongitudeDeg, 360), p.LatitudeDeg}
		if p.HeightM != nil {
			at = append(at, *p.HeightM)
		}
		all = append(all, at)
	}
	if len(all) == 0 {
		return fmt.Errorf("%w: %s has no place", ErrFeature, f.ID)
	}
	shape := geometry{"LineString", all}
	if len(all) == 1 {
		shape = geometry{"Point", all[0]}
	}
	properties := f.Properties
	if properties == nil {
		properties = map[string]any{}
	}
	line, err := json.Marshal(feature{"Feature", f.ID, shape, properties})
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrFeature, f.ID, err)
	}
	before := ",\n"
	if w.n == 0 {
		before = head
	}
	w.n++
	_, err = w.w.Write(append([]byte(before), line...))
	return err
}

const head = `{"type":"FeatureCollection","features":[` + "\n"

// Close ends the collection. It does not close what it writes to.
func (w *Writer) Close() error {
	end := "\n]}\n"
	if w.n == 0 {
		end = head + "]}\n"
	}
	_, err := io.WriteString(w.w, end)
	return err
}
