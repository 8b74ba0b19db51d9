package plot

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Lines draws values against values, each series as a line or as points.
type Lines struct {
	Title          string
	XLabel, YLabel string // with units
	LogX           bool   // a logarithmic axis, for values above 0
	Series         []Series
}

// Series is a line through points, in their order.
type Series struct {
	Name   string
	X, Y   []float64
	Error  []float64 // half the length of the bar at each point, if not nil
	Points bool      // points without a line
	Dashed bool      // for what would be, beside what is
}

func (l Lines) size() (width, height vg.Length) { return paperWidth, paperHeight }

func (l Lines) figure() (*figure, error) {
	if len(l.Series) == 0 {
		return nil, fmt.Errorf("%w: no series", ErrData)
	}
	xMin, xMax, yMin, yMax := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	l.Series = slices.Clone(l.Series)
	for i, s := range l.Series {
		if len(s.X) == 0 || len(s.X) != len(s.Y) {
			return nil, fmt.Errorf("%w: series %q has %d x and %d y", ErrData, s.Name, len(s.X), len(s.Y))
		}
		if s.Error != nil && len(s.Error) != len(s.X) {
			return nil, fmt.Errorf("%w: series %q has %d points and %d errors", ErrData, s.Name, len(s.X), len(s.Error))
		}
		if l.LogX {
			s.X = slices.Clone(s.X)
			for k, v := range s.X {
				s.X[k] = math.Log10(v)
			}
			l.Series[i].X = s.X
		}
		for _, v := range [][]float64{s.X, s.Y, s.Error} {
			if err := finite("series "+strconv.Quote(s.Name), v); err != nil {
				return nil, err
			}
		}
		xMin, xMax = min(xMin, slices.Min(s.X)), max(xMax, slices.Max(s.X))
		for k, y := range s.Y {
			e := 0.0
			if s.Error != nil {
				e = s.Error[k]
			}
			yMin, yMax = min(yMin, y-e), max(yMax, y+e)
		}
	}
	f := newFigure(l.Title, l.XLabel, l.YLabel)
	if l.LogX {
		f.plot.X.Tick.Marker = decades{}
	}
	edge := 0.04 * (yMax - yMin)
	f.limits(xMin, xMax, yMin-edge, yMax+edge)
	for i, s := range l.Series {
		style := draw.LineStyle{Color: palette[i%len(palette)], Width: 1.2}
		if i >= len(palette) || s.Dashed {
			style.Dashes = dashes
		}
		if len(l.Series) > 1 {
			f.keys = append(f.keys, key{s.Name, style})
		}
		f.plot.Add(painter(func(c draw.Canvas, x, y func(float64) vg.Length) {
			points := make([]vg.Point, len(s.X))
			for i := range points {
				points[i] = vg.Point{X: x(s.X[i]), Y: y(s.Y[i])}
			}
			for k, e := range s.Error {
				bar := draw.LineStyle{Color: style.Color, Width: 0.5}
				c.StrokeLine2(bar, points[k].X, y(s.Y[k]-e), points[k].X, y(s.Y[k]+e))
			}
			if len(points) == 1 || s.Points {
				for _, p := range points {
					c.DrawGlyph(draw.GlyphStyle{Color: style.Color, Radius: 2, Shape: draw.CircleGlyph{}}, p)
				}
			}
			if !s.Points {
				c.StrokeLines(style, points)
			}
		}))
	}
	return f, nil
}
