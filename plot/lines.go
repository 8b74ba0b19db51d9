package plot

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Lines draws values against values, each series as a line.
type Lines struct {
	Title          string
	XLabel, YLabel string // with units
	Series         []Series
}

// Series is a line through points, in their order.
type Series struct {
	Name string
	X, Y []float64
}

func (l Lines) size() (width, height vg.Length) { return paperWidth, paperHeight }

func (l Lines) figure() (*figure, error) {
	if len(l.Series) == 0 {
		return nil, fmt.Errorf("%w: no series", ErrData)
	}
	xMin, xMax, yMin, yMax := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, s := range l.Series {
		if len(s.X) == 0 || len(s.X) != len(s.Y) {
			return nil, fmt.Errorf("%w: series %q has %d x and %d y", ErrData, s.Name, len(s.X), len(s.Y))
		}
		for _, v := range [][]float64{s.X, s.Y} {
			if err := finite("series "+strconv.Quote(s.Name), v); err != nil {
				return nil, err
			}
		}
		xMin, xMax = min(xMin, slices.Min(s.X)), max(xMax, slices.Max(s.X))
		yMin, yMax = min(yMin, slices.Min(s.Y)), max(yMax, slices.Max(s.Y))
	}
	f := newFigure(l.Title, l.XLabel, l.YLabel)
	edge := 0.04 * (yMax - yMin)
	f.limits(xMin, xMax, yMin-edge, yMax+edge)
	for i, s := range l.Series {
		style := draw.LineStyle{Color: palette[i%len(palette)], Width: 1.2}
		if i >= len(palette) {
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
			if len(points) == 1 {
				c.DrawGlyph(draw.GlyphStyle{Color: style.Color, Radius: 2, Shape: draw.CircleGlyph{}}, points[0])
			}
			c.StrokeLines(style, points)
		}))
	}
	return f, nil
}
