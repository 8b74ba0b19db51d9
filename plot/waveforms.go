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

// MaxWaveforms is how many rows of recordings have room above each other.
const MaxWaveforms = 40

// Waveforms draws recordings above each other against time, the first on top,
// each as high as its row, with its greatest absolute value at the right. Those of one
// name share a row, as the pieces around a gap do.
type Waveforms struct {
	Title  string
	Unit   string // of the samples, as "m/s"
	Traces []Waveform
}

// Waveform is one recording without a gap.
type Waveform struct {
	Name        string
	Start, Step float64   // of the first sample after any common time, and between samples, in s
	Samples     []float32 // not changed
}

func (w Waveforms) size() (width, height vg.Length) {
	return paperWidth, 30*vg.Millimeter + vg.Length(max(2, len(w.rows())))*max(5*vg.Millimeter, 18*vg.Millimeter/vg.Length(1+len(w.rows())/8))
}

// A row is what is drawn at one height.
type row struct {
	name    string
	pieces  []Waveform
	samples int
	peak    float64
}

// rows are the recordings by name, in the order in which names come first.
func (w Waveforms) rows() (all []row) {
	at := map[string]int{}
	for _, t := range w.Traces {
		k, ok := at[t.Name]
		if !ok {
			k = len(all)
			at[t.Name], all = k, append(all, row{name: t.Name})
		}
		r := &all[k]
		r.pieces, r.samples, r.peak = append(r.pieces, t), r.samples+len(t.Samples), max(r.peak, peak(t.Samples))
	}
	return all
}

func (w Waveforms) figure() (*figure, error) {
	rows := w.rows()
	if len(rows) == 0 || len(rows) > MaxWaveforms {
		return nil, fmt.Errorf("%w: recordings of %d names where 1 to %d have room", ErrData, len(rows), MaxWaveforms)
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
	f.limits(lo*second, hi*second, -float64(len(rows)), 0)
	f.plot.Y.Tick.Length = 0
	f.plot.Y.Tick.Marker = namesOf(rows)
	f.note = "scaled to the peak at the right"
	peaks := words(7, pale, xfont.WeightNormal, text.XLeft, text.YCenter)
	notes := make([]string, len(rows))
	for i, r := range rows {
		notes[i] = cut(peaks, strings.TrimSpace(scientific(r.peak)+" "+w.Unit), paperWidth/5)
		f.right = max(f.right, peaks.Width(notes[i])+4)
	}
	f.plot.Add(painter(func(c draw.Canvas, x, y func(float64) vg.Length) {
		for i, r := range rows {
			scale := 0.0
			if r.peak > 0 {
				scale = 0.46 * float64(y(1)-y(0)) / r.peak
			}
			for _, t := range r.pieces {
				share := max(4, maxPoints*len(t.Samples)/r.samples)
				times, values := thin(t.Samples, t.Start*second, t.Step*second, share)
				line, _ := wiggle(times, values, scale, x, y(-float64(i)-0.5), c.Min.Y, c.Max.Y)
				c.StrokeLines(draw.LineStyle{Color: palette[0], Width: 0.4}, line)
			}
			c.FillText(peaks, vg.Point{X: c.Max.X + 4, Y: y(-float64(i) - 0.5)}, notes[i])
			if i > 0 {
				c.StrokeLine2(draw.LineStyle{Color: faint, Width: 0.4}, c.Min.X, y(-float64(i)), c.Max.X, y(-float64(i)))
			}
		}
	}))
	return f, nil
}

// namesOf are the ticks that carry the recordings' names.
func namesOf(rows []row) gplot.ConstantTicks {
	var all gplot.ConstantTicks
	style := words(8, ink, xfont.WeightNormal, 0, 0)
	for i, r := range rows {
		all = append(all, gplot.Tick{Value: -float64(i) - 0.5, Label: cut(style, r.name, paperWidth/4)})
	}
	return all
}
