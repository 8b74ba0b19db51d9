package plot

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// maxRows is how many traces a RecordSection draws one by one.
const maxRows = 56

// RecordSection draws correlations (or any traces) at their distance against
// lag: each row divided by its greatest absolute value, what is positive filled.
// More than 56 traces are stacked in bins of distance, as Bins does.
type RecordSection struct {
	Title       string
	Start, Step float64     // lag of the first sample, and between samples, in s
	Distances   []float64   // of each trace, in km
	Traces      [][]float32 // all of one length; not changed
	Velocities  []Velocity  // straight lines through the origin, on both sides
	MaxLag      float64     // s; what is beyond is not drawn; 0 for all
	Pairs       int         // behind the traces, if they are stacks (Bins.Pairs); 0 for one each
}

// Velocity is a straight line in a RecordSection. The convention is solid for
// what was fitted and dashed for what is known.
type Velocity struct {
	Name   string
	KmPerS float64
	Dashed bool
}

// Lines that lie on each other must differ in more than their dashes.
var (
	solidColours  = []color.Color{palette[1], palette[2], palette[3]}
	dashedColours = []color.Color{palette[5], palette[4], palette[0]}
)

func (s RecordSection) size() (width, height vg.Length) { return paperWidth, paperHeight * 1.15 }

func (s RecordSection) figure() (*figure, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	pairs, unit := max(s.Pairs, len(s.Traces)), "pairs"
	if pairs == 1 {
		unit = "pair"
	}
	note := fmt.Sprintf("%d %s", pairs, unit)
	distances, traces := s.Distances, s.Traces
	if len(traces) > maxRows {
		far := max(slices.Max(distances), math.SmallestNonzeroFloat32)
		bins := NewBins(far, maxRows, len(traces[0]))
		for i, trace := range traces {
			if err := bins.Add(distances[i], trace); err != nil {
				return nil, err
			}
		}
		distances, traces = bins.Rows()
	}
	if len(traces) < pairs {
		note += fmt.Sprintf(", stacked in %d bins of distance", len(traces))
	}
	first, last := s.window()
	lo, hi := s.Start+float64(first)*s.Step, s.Start+float64(last)*s.Step
	if s.MaxLag > 0 {
		lo, hi = max(lo, -s.MaxLag), min(hi, s.MaxLag)
	}

	near, far := slices.Min(distances), slices.Max(distances)
	if near < far/2 {
		near = 0 // the lines start there
	}
	span := max(far-near, far/5, 1e-3)
	height := min(1.6*span/float64(len(distances)), 0.12*span)
	bottom, top := near-1.05*height, far+1.05*height
	if near == 0 {
		bottom = 0
	}

	f := newFigure(s.Title, "Lag (s)", "Distance (km)")
	f.note = note
	f.limits(lo, hi, bottom, top)
	f.plot.Add(painter(func(c draw.Canvas, x, y func(float64) vg.Length) {
		for i := range traces {
			samples := traces[i][first : last+1]
			scale := 0.0
			if amplitude := peak(samples); amplitude > 0 {
				scale = float64(y(height)-y(0)) / amplitude
			}
			times, values := thin(samples, s.Start+float64(first)*s.Step, s.Step, maxPoints)
			line, area := wiggle(times, values, scale, x, y(distances[i]), c.Min.Y, c.Max.Y)
			c.FillPolygon(shade, area)
			c.StrokeLines(draw.LineStyle{Color: ink, Width: 0.3}, line)
		}
	}))
	solid, dashed := 0, 0
	for _, v := range s.Velocities {
		style := draw.LineStyle{Color: solidColours[solid%len(solidColours)], Width: 1.2}
		if v.Dashed {
			style = draw.LineStyle{Color: dashedColours[dashed%len(dashedColours)], Width: 1, Dashes: dashes}
			dashed++
		} else {
			solid++
		}
		f.keys = append(f.keys, key{fmt.Sprintf("%s %.2f km/s", v.Name, v.KmPerS), style})
		f.plot.Add(painter(func(c draw.Canvas, x, y func(float64) vg.Length) {
			for _, side := range []float64{-1, 1} {
				c.StrokeLines(style, c.ClipLinesXY([]vg.Point{{X: x(0), Y: y(0)}, {X: x(side * top / v.KmPerS), Y: y(top)}})...)
			}
		}))
	}
	return f, nil
}

// window returns the first and the last sample within MaxLag.
func (s RecordSection) window() (first, last int) {
	last = len(s.Traces[0]) - 1
	if s.MaxLag > 0 {
		first = max(first, int(math.Ceil((-s.MaxLag-s.Start)/s.Step-1e-9)))
		last = min(last, int(math.Floor((s.MaxLag-s.Start)/s.Step+1e-9)))
	}
	return first, last
}

func (s RecordSection) check() error {
	switch {
	case len(s.Traces) == 0 || len(s.Traces[0]) < 2:
		return fmt.Errorf("%w: a record section without traces", ErrData)
	case len(s.Distances) != len(s.Traces):
		return fmt.Errorf("%w: %d distances for %d traces", ErrData, len(s.Distances), len(s.Traces))
	case !(s.Step > 0):
		return fmt.Errorf("%w: a step of %v s", ErrData, s.Step)
	case !(s.MaxLag >= 0):
		return fmt.Errorf("%w: lags up to %v s", ErrData, s.MaxLag)
	}
	if err := finite("lag", []float64{s.Start, s.Step, s.Start + s.Step*float64(len(s.Traces[0]))}); err != nil {
		return err
	}
	if err := finite("distances", s.Distances); err != nil {
		return err
	}
	if slices.Min(s.Distances) < 0 {
		return fmt.Errorf("%w: a distance of %v km", ErrData, slices.Min(s.Distances))
	}
	for i, trace := range s.Traces {
		if len(trace) != len(s.Traces[0]) {
			return fmt.Errorf("%w: trace %d has %d samples, the first has %d", ErrData, i, len(trace), len(s.Traces[0]))
		}
		if err := finite(fmt.Sprintf("trace %d", i), trace); err != nil {
			return err
		}
	}
	for _, v := range s.Velocities {
		if !(v.KmPerS > 0) || math.IsInf(v.KmPerS, 1) {
			return fmt.Errorf("%w: a velocity of %v km/s", ErrData, v.KmPerS)
		}
	}
	if first, last := s.window(); last <= first {
		return fmt.Errorf("%w: no lags up to %v s", ErrData, s.MaxLag)
	}
	return nil
}
