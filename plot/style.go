package plot

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	xfont "golang.org/x/image/font"
	gplot "gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The paper: 140 mm is one and a half columns.
const (
	paperWidth  = 140 * vg.Millimeter
	paperHeight = 105 * vg.Millimeter
	margin      = 2 * vg.Millimeter
	lineHeight  = 12 * vg.Length(1)
	keyLine     = 20 * vg.Length(1)
)

// palette is that of Okabe and Ito (2008), "Color Universal Design", without its
// yellow, which is too light for lines on white, and with the black last.
var palette = []color.Color{
	color.NRGBA{0x00, 0x72, 0xb2, 0xff}, // blue
	color.NRGBA{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	color.NRGBA{0x00, 0x9e, 0x73, 0xff}, // bluish green
	color.NRGBA{0xcc, 0x79, 0xa7, 0xff}, // reddish purple
	color.NRGBA{0xe6, 0x9f, 0x00, 0xff}, // orange
	color.NRGBA{0x56, 0xb4, 0xe9, 0xff}, // sky blue
	color.NRGBA{0x00, 0x00, 0x00, 0xff}, // black
}

var (
	ink  = color.NRGBA{0x26, 0x26, 0x26, 0xff}
	pale = color.NRGBA{0x66, 0x66, 0x66, 0xff}

	shade = color.NRGBA{0x59, 0x59, 0x59, 0xff}
	faint = color.NRGBA{0xbf, 0xbf, 0xbf, 0xff}
	haze  = color.NRGBA{0xff, 0xff, 0xff, 0xcc} // lets text stand on lines

	rule   = draw.LineStyle{Color: ink, Width: 0.6}
	dashes = []vg.Length{5, 3}
)

// words returns the style of text of that size in points.
func words(size vg.Length, c color.Color, weight xfont.Weight, x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{
		Color:  c,
		Font:   font.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight, Size: size},
		XAlign: x, YAlign: y,
		Handler: text.Plain{Fonts: font.DefaultCache},
	}
}

// A figure is a pair of axes with a title, a note and the keys to its lines
// above them.
type figure struct {
	title, note string
	keys        []key
	plot        *gplot.Plot
	right       vg.Length                      // room beside the axes
	fit         func(*gplot.Plot, draw.Canvas) // adapts the axes to the paper, if set
}

// key explains a line.
type key struct {
	name string
	line draw.LineStyle
}

// newFigure returns axes without data.
func newFigure(title, xLabel, yLabel string) *figure {
	p := gplot.New()
	for _, axis := range []*gplot.Axis{&p.X, &p.Y} {
		axis.Padding = 0
		axis.LineStyle = draw.LineStyle{} // draw has the frame
		axis.Tick.LineStyle = rule
		axis.Tick.Length = 3.5
		axis.Tick.Label.Font = words(8, ink, xfont.WeightNormal, 0, 0).Font
		axis.Tick.Label.Color = ink
		axis.Label.TextStyle.Font = words(9, ink, xfont.WeightNormal, 0, 0).Font
		axis.Label.TextStyle.Color = ink
		axis.Label.Padding = 3
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks(8), ticks(7)
	p.X.Label.Text, p.Y.Label.Text = xLabel, yLabel
	return &figure{title: title, plot: p}
}

// limits sets the ranges of the axes. A range without length gets one.
func (f *figure) limits(xMin, xMax, yMin, yMax float64) {
	widen := func(lo, hi float64) (float64, float64) {
		if lo == hi {
			d := max(math.Abs(lo)*0.1, 1e-12)
			if lo == 0 {
				d = 1
			}
			return lo - d, hi + d
		}
		return lo, hi
	}
	f.plot.X.Min, f.plot.X.Max = widen(xMin, xMax)
	f.plot.Y.Min, f.plot.Y.Max = widen(yMin, yMax)
}

// draw lays out header and axes.
func (f *figure) draw(c draw.Canvas) {
	c = draw.Crop(c, margin, -2*margin, margin, -margin)
	c = draw.Crop(c, 0, -f.right, 0, -f.header(c))
	if f.fit != nil {
		f.fit(f.plot, c)
	}
	f.plot.Draw(c)
	inner := f.plot.DataCanvas(c)
	inner.StrokeLines(rule, []vg.Point{
		inner.Min, {X: inner.Max.X, Y: inner.Min.Y}, inner.Max, {X: inner.Min.X, Y: inner.Max.Y}, inner.Min})
}

// header draws title, note and keys and returns the height they take. The keys
// stand at the right of the note if there is room, else in rows below it.
func (f *figure) header(c draw.Canvas) vg.Length {
	bold := words(9, ink, xfont.WeightBold, text.XLeft, text.YTop)
	small := words(8, pale, xfont.WeightNormal, text.XLeft, text.YTop)
	label := words(8, ink, xfont.WeightNormal, text.XLeft, text.YTop)
	y, noteEnd := c.Max.Y, c.Min.X
	if f.title != "" {
		c.FillText(bold, vg.Point{X: c.Min.X, Y: y}, cut(bold, f.title, c.Max.X-c.Min.X))
		y -= lineHeight + 1
	}
	if f.note != "" {
		note := cut(small, f.note, c.Max.X-c.Min.X)
		c.FillText(small, vg.Point{X: c.Min.X, Y: y}, note)
		noteEnd += small.Width(note) + keyLine
	}
	width := func(k key) vg.Length { return keyLine + 4 + label.Width(k.name) + 10 }
	var all vg.Length
	for _, k := range f.keys {
		all += width(k)
	}
	x := c.Max.X - all + 10
	if x < noteEnd {
		x = c.Min.X
		if f.note != "" {
			y -= lineHeight
		}
	}
	for _, k := range f.keys {
		if x > c.Min.X && x+width(k)-10 > c.Max.X {
			x, y = c.Min.X, y-lineHeight
		}
		c.StrokeLine2(k.line, x, y-5, x+keyLine, y-5)
		c.FillText(label, vg.Point{X: x + keyLine + 4, Y: y}, k.name)
		x += width(k)
	}
	if f.note != "" || len(f.keys) > 0 {
		y -= lineHeight
	}
	return c.Max.Y - y + 3
}

// cut shortens text that is too wide.
func cut(style text.Style, s string, width vg.Length) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s))
	if style.Width(string(runes)) <= width {
		return string(runes)
	}
	for len(runes) > 0 && style.Width(string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// painter is a function that draws within axes.
type painter func(c draw.Canvas, x, y func(float64) vg.Length)

// Plot implements gonum's Plotter.
func (paint painter) Plot(c draw.Canvas, p *gplot.Plot) {
	x, y := p.Transforms(&c)
	paint(c, x, y)
}

// finite returns an error that names the first number that is none.
func finite[T float32 | float64](what string, v []T) error {
	for i, x := range v {
		if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("%w: %s: value %d is %v", ErrData, what, i, f)
		}
	}
	return nil
}
