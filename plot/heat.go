package plot

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"

	gplot "gonum.org/v1/plot"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Heat draws values over a plane as colours: spectrograms, densities, misfits by
// time and frequency. A scale stands at the right.
type Heat struct {
	Title          string
	XLabel, YLabel string // with units
	ValueLabel     string
	X, Y           []float64   // middles of the columns and of the rows, rising
	Values         [][]float64 // by row and column; NaN is left white
	LogX, LogY     bool        // logarithmic axes, for values above 0
	Signed         bool        // colours are symmetric about zero
	Min, Max       float64     // range of the colours; both 0 for that of the values
	Series         []Series    // lines drawn on top
}

// maxCells bounds what a Heat draws, each way.
const maxCells = 20_000

func (h Heat) size() (width, height vg.Length) { return paperWidth, paperHeight }

func (h Heat) figure() (*figure, error) {
	if len(h.X) == 0 || len(h.Y) == 0 || len(h.X) > maxCells || len(h.Y) > maxCells || len(h.Values) != len(h.Y) {
		return nil, fmt.Errorf("%w: %d columns and %d of %d rows, where up to %d have room", ErrData, len(h.X), len(h.Values), len(h.Y), maxCells)
	}
	xs, err := edges("column", h.X, h.LogX)
	if err != nil {
		return nil, err
	}
	ys, err := edges("row", h.Y, h.LogY)
	if err != nil {
		return nil, err
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for i, row := range h.Values {
		if len(row) != len(h.X) {
			return nil, fmt.Errorf("%w: row %d has %d of %d values", ErrData, i, len(row), len(h.X))
		}
		for _, v := range row {
			if math.IsInf(v, 0) {
				return nil, fmt.Errorf("%w: row %d has the value %v", ErrData, i, v)
			}
			if !math.IsNaN(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	if lo > hi {
		return nil, fmt.Errorf("%w: no values", ErrData)
	}
	if h.Min != 0 || h.Max != 0 {
		lo, hi = h.Min, h.Max
	}
	if h.Signed {
		hi = max(math.Abs(lo), math.Abs(hi))
		lo = -hi
	}
	if lo == hi {
		lo, hi = lo-1, hi+1
	}
	scale := newColours(lo, hi, h.Signed)
	f := newFigure(h.Title, h.XLabel, h.YLabel)
	if h.LogX {
		f.plot.X.Tick.Marker = decades{}
	}
	if h.LogY {
		f.plot.Y.Tick.Marker = decades{}
	}
	f.limits(xs[0], xs[len(xs)-1], ys[0], ys[len(ys)-1])
	f.right = scale.room(h.ValueLabel)
	lines, err := h.lines(f)
	if err != nil {
		return nil, err
	}
	f.plot.Add(painter(func(c draw.Canvas, x, y func(float64) vg.Length) {
		c.DrawImage(vg.Rectangle{Min: vg.Point{X: x(xs[0]), Y: y(ys[0])}, Max: vg.Point{X: x(xs[len(xs)-1]), Y: y(ys[len(ys)-1])}}, h.image(xs, ys, scale))
		for _, l := range lines {
			c.StrokeLines(l.style, c.ClipLinesXY(points(l.series, x, y))...)
		}
		scale.draw(c, h.ValueLabel)
	}))
	return f, nil
}

// heatLine is a line on top, on the axes of the picture.
type heatLine struct {
	series Series
	style  draw.LineStyle
}

func (h Heat) lines(f *figure) ([]heatLine, error) {
	var all []heatLine
	// Black and white stand out on any colour.
	styles := []draw.LineStyle{{Color: color.Black, Width: 1.2}, {Color: color.Black, Width: 1.2, Dashes: dashes}, {Color: color.Gray{0x66}, Width: 1.2}, {Color: color.Gray{0x66}, Width: 1.2, Dashes: dashes}}
	for i, s := range h.Series {
		if len(s.X) != len(s.Y) || len(s.X) == 0 {
			return nil, fmt.Errorf("%w: series %q has %d x and %d y", ErrData, s.Name, len(s.X), len(s.Y))
		}
		t := Series{Name: s.Name, X: slices.Clone(s.X), Y: slices.Clone(s.Y)}
		for k := range t.X {
			if h.LogX {
				t.X[k] = math.Log10(t.X[k])
			}
			if h.LogY {
				t.Y[k] = math.Log10(t.Y[k])
			}
		}
		for _, v := range [][]float64{t.X, t.Y} {
			if err := finite("series "+s.Name, v); err != nil {
				return nil, err
			}
		}
		style := styles[i%len(styles)]
		if s.Name != "" {
			f.keys = append(f.keys, key{s.Name, style})
		}
		all = append(all, heatLine{t, style})
	}
	return all, nil
}

func points(s Series, x, y func(float64) vg.Length) []vg.Point {
	p := make([]vg.Point, len(s.X))
	for i := range p {
		p[i] = vg.Point{X: x(s.X[i]), Y: y(s.Y[i])}
	}
	return p
}

// edges returns the borders between cells, half-way between their middles.
func edges(what string, middles []float64, log bool) ([]float64, error) {
	m := slices.Clone(middles)
	if log {
		for i, v := range m {
			if !(v > 0) {
				return nil, fmt.Errorf("%w: %s %d is %v on a logarithmic axis", ErrData, what, i, v)
			}
			m[i] = math.Log10(v)
		}
	}
	if err := finite(what, m); err != nil {
		return nil, err
	}
	if len(m) == 1 {
		return []float64{m[0] - 0.5, m[0] + 0.5}, nil
	}
	out := []float64{m[0] - (m[1]-m[0])/2}
	for i := 1; i < len(m); i++ {
		if !(m[i] > m[i-1]) {
			return nil, fmt.Errorf("%w: %s %d does not rise", ErrData, what, i)
		}
		out = append(out, (m[i-1]+m[i])/2)
	}
	return append(out, m[len(m)-1]+(m[len(m)-1]-m[len(m)-2])/2), nil
}

// image paints the cells on pixels of its own. Where cells are smaller, the greatest
// value (by size if signed) of a pixel counts.
func (h Heat) image(xs, ys []float64, scale *colours) image.Image {
	cols, rows := min(1200, max(len(h.X), 300)), min(800, max(len(h.Y), 200))
	img := image.NewNRGBA(image.Rect(0, 0, cols, rows))
	place := func(edges []float64, at float64) int {
		i, _ := slices.BinarySearch(edges, at)
		return min(max(i-1, 0), len(edges)-2)
	}
	span := func(edges []float64, k, n int) (int, int) {
		lo, hi := edges[0], edges[len(edges)-1]
		a := place(edges, lo+(hi-lo)*(float64(k)+0.001)/float64(n))
		b := place(edges, lo+(hi-lo)*(float64(k)+0.999)/float64(n))
		return a, b
	}
	for py := range rows {
		y0, y1 := span(ys, py, rows)
		for px := range cols {
			x0, x1 := span(xs, px, cols)
			best := math.NaN()
			for yy := y0; yy <= y1; yy++ {
				for _, v := range h.Values[yy][x0 : x1+1] {
					if math.IsNaN(best) || h.Signed && math.Abs(v) > math.Abs(best) || !h.Signed && v > best {
						best = v
					}
				}
			}
			if !math.IsNaN(best) {
				img.Set(px, rows-1-py, scale.at(best))
			} else {
				img.Set(px, rows-1-py, color.White)
			}
		}
	}
	return img
}

// colours turns values into colours, which are told apart with any colour vision and
// in print.
type colours struct {
	lo, hi float64
	log    bool // these are logarithms
	table  []color.Color
}

func newColours(lo, hi float64, signed bool) *colours {
	m := moreland.Kindlmann()
	if signed {
		m = moreland.SmoothBlueRed()
	}
	m.SetMin(0)
	m.SetMax(1)
	s := &colours{lo: lo, hi: hi}
	for i := range 256 {
		c, err := m.At(0.06 + 0.84*float64(i)/255) // without the black and the white at its ends
		if err != nil {
			c = color.Black
		}
		s.table = append(s.table, color.NRGBAModel.Convert(c))
	}
	return s
}

func (s *colours) at(v float64) color.Color {
	i := int((v - s.lo) / (s.hi - s.lo) * 255.999)
	return s.table[min(max(i, 0), 255)]
}

const barWidth = 8 * vg.Length(1)

// room is the width of the scale at the right.
func (s *colours) room(string) vg.Length { return barWidth + 52 }

// draw draws the scale beside the axes.
func (s *colours) draw(c draw.Canvas, label string) {
	left := c.Max.X + 8
	bottom, height := c.Min.Y, c.Max.Y-c.Min.Y
	for i, col := range s.table {
		y := bottom + height*vg.Length(i)/256
		top := bottom + height*vg.Length(i+1)/256 + 0.3
		c.FillPolygon(col, []vg.Point{{X: left, Y: y}, {X: left + barWidth, Y: y}, {X: left + barWidth, Y: top}, {X: left, Y: top}})
	}
	style := words(7, ink, 0, 0, -0.5)
	var marks gplot.Ticker = ticks(6)
	if s.log {
		marks = decades{}
	}
	for _, t := range marks.Ticks(s.lo, s.hi) {
		if t.Label == "" {
			continue
		}
		y := bottom + height*vg.Length((t.Value-s.lo)/(s.hi-s.lo))
		c.StrokeLine2(rule, left+barWidth, y, left+barWidth+2, y)
		c.FillText(style, vg.Point{X: left + barWidth + 4, Y: y}, t.Label)
	}
	if label != "" {
		turned := words(8, ink, 0, -0.5, 0)
		turned.Rotation = math.Pi / 2
		c.FillText(turned, vg.Point{X: left + barWidth + 42, Y: bottom + height/2}, label)
	}
}

// decades are ticks of a logarithmic axis, of which the values are logarithms.
type decades struct{}

// Ticks implements gonum's Ticker.
func (decades) Ticks(lo, hi float64) []gplot.Tick {
	var all []gplot.Tick
	for e := math.Floor(lo); e <= math.Ceil(hi); e++ {
		for k := 1.0; k < 10; k++ {
			at := e + math.Log10(k)
			if at < lo-1e-9 || at > hi+1e-9 {
				continue
			}
			t := gplot.Tick{Value: at}
			if k == 1 || hi-lo < 1.5 && (k == 2 || k == 5) {
				t.Label = fmt.Sprintf("%g", math.Pow(10, e)*k)
			}
			all = append(all, t)
		}
	}
	return all
}
