package plot

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	xfont "golang.org/x/image/font"
	gplot "gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	// maxLines is how many pairs a Map draws: more are only black.
	maxLines = 4000
	// maxNames is how many stations have room for their names.
	maxNames = 60
	// triangle is the half width of a station's sign.
	triangle = 3.2 * vg.Length(1)
)

// Map draws stations on a plane, as large east-west as north-south, and the lines
// between pairs of them. Of very many pairs an evenly spaced choice is drawn; the
// note says so.
type Map struct {
	Title    string
	Stations []Station
	Pairs    [][2]int // indices of Stations

	// Values colours stations, if not nil: one each, with their unit in ValueLabel,
	// from Min to Max, or over their own range if both are 0. Log is for values above 0,
	// by their logarithms.
	Values     []float64
	ValueLabel string
	Min, Max   float64
	Log        bool
	Marks      []Station // places drawn as stars, as a source
}

// Station is a name at a place.
type Station struct {
	Name        string
	East, North float64 // km from any common origin
}

func (m Map) size() (width, height vg.Length) { return paperWidth, paperWidth * 0.85 }

func (m Map) figure() (*figure, error) {
	if len(m.Stations) == 0 {
		return nil, fmt.Errorf("%w: a map without stations", ErrData)
	}
	west, east, south, north := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for i, s := range m.Stations {
		if err := finite(fmt.Sprintf("station %d, %q", i, s.Name), []float64{s.East, s.North}); err != nil {
			return nil, err
		}
		west, east, south, north = min(west, s.East), max(east, s.East), min(south, s.North), max(north, s.North)
	}
	for i, p := range m.Pairs {
		if min(p[0], p[1]) < 0 || max(p[0], p[1]) >= len(m.Stations) {
			return nil, fmt.Errorf("%w: pair %d is of stations %v of %d", ErrData, i, p, len(m.Stations))
		}
	}
	for i, s := range m.Marks {
		if err := finite(fmt.Sprintf("mark %d, %q", i, s.Name), []float64{s.East, s.North}); err != nil {
			return nil, err
		}
		west, east, south, north = min(west, s.East), max(east, s.East), min(south, s.North), max(north, s.North)
	}
	scale, values, err := m.scale()
	if err != nil {
		return nil, err
	}
	stride := max(1, (len(m.Pairs)+maxLines-1)/maxLines)
	f := newFigure(m.Title, "East (km)", "North (km)")
	f.note = fmt.Sprintf("%d stations", len(m.Stations))
	if len(m.Pairs) > 0 {
		f.note += fmt.Sprintf(", %d pairs", len(m.Pairs))
	}
	if stride > 1 {
		f.note += fmt.Sprintf(", every %dth drawn", stride)
	}
	edge := 0.08 * max(east-west, north-south, 1e-3)
	f.limits(west-edge, east+edge, south-edge, north+edge)
	f.fit = equalScales
	if scale != nil {
		f.right = scale.room(m.ValueLabel)
	}
	path := draw.LineStyle{Color: pathColour(len(m.Pairs) / stride), Width: 0.4}
	half := triangle
	if len(m.Stations) > maxNames {
		half *= 0.6
	}
	f.plot.Add(painter(func(c draw.Canvas, x, y func(float64) vg.Length) {
		at := make([]vg.Point, len(m.Stations))
		for i, s := range m.Stations {
			at[i] = vg.Point{X: x(s.East), Y: y(s.North)}
		}
		for i := 0; i < len(m.Pairs); i += stride {
			from, to := at[m.Pairs[i][0]], at[m.Pairs[i][1]]
			c.StrokeLine2(path, from.X, from.Y, to.X, to.Y)
		}
		for i, p := range at {
			fill := palette[0]
			if scale != nil {
				fill = scale.at(values[i])
			}
			sign := []vg.Point{{X: p.X - half, Y: p.Y + half}, {X: p.X + half, Y: p.Y + half}, {X: p.X, Y: p.Y - half}}
			c.FillPolygon(fill, sign)
			c.StrokeLines(draw.LineStyle{Color: ink, Width: 0.4}, append(sign, sign[0]))
		}
		for _, mark := range m.Marks {
			star(c, vg.Point{X: x(mark.East), Y: y(mark.North)})
		}
		if len(m.Stations) <= maxNames {
			m.drawNames(c, at)
		}
		if scale != nil {
			scale.draw(c, m.ValueLabel)
		}
	}))
	return f, nil
}

// scale is that of the values, if there are any.
func (m Map) scale() (*colours, []float64, error) {
	if m.Values == nil {
		return nil, nil, nil
	}
	if len(m.Values) != len(m.Stations) {
		return nil, nil, fmt.Errorf("%w: %d values of %d stations", ErrData, len(m.Values), len(m.Stations))
	}
	values, lo, hi := slices.Clone(m.Values), m.Min, m.Max
	if m.Log {
		for i, v := range values {
			values[i] = math.Log10(v)
		}
		lo, hi = math.Log10(lo), math.Log10(hi)
	}
	if err := finite("value of station", values); err != nil {
		return nil, nil, err
	}
	if m.Min == 0 && m.Max == 0 {
		lo, hi = slices.Min(values), slices.Max(values)
	}
	if !(lo < hi) {
		lo, hi = lo-0.5, lo+0.5
	}
	s := newColours(lo, hi, false)
	s.log = m.Log
	return s, values, nil
}

// star is a five-pointed star.
func star(c draw.Canvas, at vg.Point) {
	var shape []vg.Point
	for k := range 10 {
		r := 2 * triangle
		if k%2 == 1 {
			r *= 0.42
		}
		sin, cos := math.Sincos(math.Pi * float64(k) / 5)
		shape = append(shape, vg.Point{X: at.X + r*vg.Length(sin), Y: at.Y + r*vg.Length(cos)})
	}
	c.FillPolygon(palette[1], shape)
	c.StrokeLines(draw.LineStyle{Color: ink, Width: 0.4}, append(shape, shape[0]))
}

// pathColour is the paler the more lines lie on each other.
func pathColour(lines int) color.Color {
	return color.NRGBA{0x40, 0x40, 0x40, uint8(min(90, max(14, 24_000/max(1, lines))))}
}

// drawNames puts each name at the first of eight sides of its station where it
// meets no station and no other name, else leaves it away.
func (m Map) drawNames(c draw.Canvas, at []vg.Point) {
	style := words(7, ink, xfont.WeightNormal, text.XLeft, text.YBottom)
	var taken []vg.Rectangle
	for _, p := range at {
		taken = append(taken, vg.Rectangle{Min: vg.Point{X: p.X - triangle, Y: p.Y - triangle}, Max: vg.Point{X: p.X + triangle, Y: p.Y + triangle}})
	}
	const gap = triangle + 1.5
	for i, s := range m.Stations {
		name := cut(style, s.Name, paperWidth/4)
		w, h := style.Width(name), vg.Length(7)
		for _, d := range []vg.Point{
			{X: gap, Y: -h / 2}, {X: -gap - w, Y: -h / 2}, {X: -w / 2, Y: gap}, {X: -w / 2, Y: -gap - h},
			{X: gap, Y: gap - 2}, {X: -gap - w, Y: gap - 2}, {X: gap, Y: -gap - h + 2}, {X: -gap - w, Y: -gap - h + 2},
		} {
			box := vg.Rectangle{Min: at[i].Add(d), Max: at[i].Add(d).Add(vg.Point{X: w, Y: h})}
			if free(box, taken) && c.Contains(box.Min) && c.Contains(box.Max) {
				haloText(c, style, box.Min, name)
				taken = append(taken, box)
				break
			}
		}
	}
}

// haloText clears the lines behind a word.
func haloText(c draw.Canvas, style text.Style, at vg.Point, s string) {
	w := style.Width(s)
	c.FillPolygon(haze, []vg.Point{{X: at.X - 0.5, Y: at.Y}, {X: at.X + w + 0.5, Y: at.Y}, {X: at.X + w + 0.5, Y: at.Y + 7.5}, {X: at.X - 0.5, Y: at.Y + 7.5}})
	c.FillText(style, at, s)
}

func free(box vg.Rectangle, taken []vg.Rectangle) bool {
	for _, t := range taken {
		if box.Min.X < t.Max.X && t.Min.X < box.Max.X && box.Min.Y < t.Max.Y && t.Min.Y < box.Max.Y {
			return false
		}
	}
	return true
}

// equalScales widens the shorter axis until a kilometre is as long on both. The
// labels change with the range, and the room for data with the labels, hence
// twice.
func equalScales(p *gplot.Plot, c draw.Canvas) {
	for range 2 {
		inner := p.DataCanvas(c)
		w, h := float64(inner.Max.X-inner.Min.X), float64(inner.Max.Y-inner.Min.Y)
		x, y := (p.X.Max-p.X.Min)/w, (p.Y.Max-p.Y.Min)/h // km a point
		grow := func(axis *gplot.Axis, by float64) {
			more := (axis.Max - axis.Min) * (by - 1) / 2
			axis.Min, axis.Max = axis.Min-more, axis.Max+more
		}
		if x < y {
			grow(&p.X, y/x)
		} else {
			grow(&p.Y, x/y)
		}
	}
}
