package plot

import (
	"fmt"
	"slices"

	xfont "golang.org/x/image/font"
	gplot "gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// maxBars is how many names have room below each other.
const maxBars = 60

// Bars draws a named value each as a bar from zero, the first on top: names stay
// level and readable.
type Bars struct {
	Title  string
	Label  string // of the values, with its unit
	Names  []string
	Values []float64
}

func (b Bars) size() (width, height vg.Length) {
	return paperWidth, 30*vg.Millimeter + vg.Length(len(b.Names))*6*vg.Millimeter
}

func (b Bars) figure() (*figure, error) {
	if len(b.Values) == 0 || len(b.Values) > maxBars || len(b.Names) != len(b.Values) {
		return nil, fmt.Errorf("%w: %d names and %d values where 1 to %d have room", ErrData, len(b.Names), len(b.Values), maxBars)
	}
	if err := finite("bars", b.Values); err != nil {
		return nil, err
	}
	f := newFigure(b.Title, b.Label, "")
	lo, hi := min(0, slices.Min(b.Values)), max(0, slices.Max(b.Values))
	edge := 0.04 * (hi - lo)
	if lo < 0 {
		lo -= edge
	}
	if hi > 0 || lo == 0 {
		hi += edge
	}
	f.limits(lo, hi, -float64(len(b.Values)), 0)
	var names gplot.ConstantTicks
	style := words(8, ink, xfont.WeightNormal, 0, 0)
	for i, name := range b.Names {
		names = append(names, gplot.Tick{Value: -float64(i) - 0.5, Label: cut(style, name, paperWidth/3)})
	}
	f.plot.Y.Tick.Marker, f.plot.Y.Tick.Length = names, 0
	f.plot.Add(painter(func(c draw.Canvas, x, y func(float64) vg.Length) {
		for i, v := range b.Values {
			top, bottom := y(-float64(i)-0.18), y(-float64(i)-0.82)
			c.FillPolygon(palette[0], []vg.Point{{X: x(0), Y: bottom}, {X: x(v), Y: bottom}, {X: x(v), Y: top}, {X: x(0), Y: top}})
		}
		c.StrokeLine2(rule, x(0), c.Min.Y, x(0), c.Max.Y)
	}))
	return f, nil
}
