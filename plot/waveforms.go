package plot

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	xfont "golang.org/x/image/font"
	gplot "gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// maxWaveforms is how many recordings have room above each other.
const maxWaveforms = 40

// Waveforms draws recordings above each other against time, the first on top,
// each as high as its row, with its greatest absolute value at the right.
type Waveforms struct {
	Title  string
	Unit   string // of the samples, as "m/s"
	Traces []Waveform
}

// Waveform is one recording.
type Waveform struct {
	Name        string
	Start, Step float64   // of the first sample after any common time, and between samples, in s
	Samples     []float32 // not changed
}

func (w Waveforms) size() (width, height vg.Length) {
	return paperWidth, 30*vg.Millimeter + vg.Length(max(2, len(w.Traces)))*max(5*vg.Millimeter, 18*vg.Millimeter/vg.Length(1+len(w.Traces)/8))
}

func (w Waveforms) figure() (*figure, error) {
	if len(w.Traces) == 0 || len(w.Traces) > maxWaveforms {
		return nil, fmt.Errorf("%w: %d recordings where 1 to %d have room", ErrData, len(w.Traces), maxWaveforms)
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, t := range w.Traces {
		if len(t.Samples) == 0 || !(t.Step > 0) {
			return nil, fmt.Errorf("%w: %q has %d samples every %v s", ErrData, t.Name, len(t.Samples), t.Step)
		}
		end := t.Start + t.Step*float64(len(t.Samples)-1)
		if err := finite(strconv.Quote(t.Name)+" time", []float64{t.Start, end}); err != nil {
			return nil, err
		}
		if err := finite(strconv.Quote(t.Name), t.Samples); err != nil {
			return nil, err
		}
		lo, hi = min(lo, t.Start), max(hi, end)
	}
	label, second := "Time (s)", 1.0
	switch {
	case hi-lo > 3*3600:
		label, second = "Time (h)", 1.0/3600
	case hi-lo > 600:
		label, second = "Time (min)", 1.0/60
	}
	f := newFigure(w.Title, label, "")
	f.limits(lo*second, hi*second, -float64(len(w.Traces)), 0)
	f.plot.Y.Tick.Length = 0
	f.plot.Y.Tick.Marker = w.names()
	f.note = "scaled to the peak at the right"
	peaks := words(7, pale, xfont.WeightNormal, text.XLeft, text.YCenter)
	notes := make([]string, len(w.Traces))
	for i, t := range w.Traces {
		notes[i] = cut(peaks, strings.TrimSpace(scientific(peak(t.Samples))+" "+w.Unit), paperWidth/5)
		f.right = max(f.right, peaks.Width(notes[i])+4)
	}
	f.plot.Add(painter(func(c draw.Canvas, x, y func(float64) vg.Length) {
		for i, t := range w.Traces {
			top := peak(t.Samples)
			scale := 0.0
			if top > 0 {
				scale = 0.46 * float64(y(1)-y(0)) / top
			}
			times, values := thin(t.Samples, t.Start*second, t.Step*second)
			line, _ := wiggle(times, values, scale, x, y(-float64(i)-0.5), c.Min.Y, c.Max.Y)
			c.StrokeLines(draw.LineStyle{Color: palette[0], Width: 0.4}, line)
			c.FillText(peaks, vg.Point{X: c.Max.X + 4, Y: y(-float64(i) - 0.5)}, notes[i])
			if i > 0 {
				c.StrokeLine2(draw.LineStyle{Color: faint, Width: 0.4}, c.Min.X, y(-float64(i)), c.Max.X, y(-float64(i)))
			}
		}
	}))
	return f, nil
}

// names are the ticks that carry the recordings' names.
func (w Waveforms) names() gplot.ConstantTicks {
	var all gplot.ConstantTicks
	style := words(8, ink, xfont.WeightNormal, 0, 0)
	for i, t := range w.Traces {
		all = append(all, gplot.Tick{Value: -float64(i) - 0.5, Label: cut(style, t.Name, paperWidth/4)})
	}
	return all
}
