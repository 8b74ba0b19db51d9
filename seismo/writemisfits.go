package seismo

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
)

// WriteMisfits is the sink of misfits: one JSON value a line, in the order of time and
// channel, with null for what is no number, as where nothing but zeros was observed. Its
// summary has the medians of the others: by how much the observed come later than the
// synthetic (delay_measured_s) and are larger (factor_measured), and the envelope and
// phase misfits.
type WriteMisfits struct {
	d4.Base
	In   d4.In[WaveformMisfit]
	Name string `help:"of the file, without extension"`
	Limit

	folder  d4.Folder
	all     []WaveformMisfit
	summary map[string]any
}

// NewWriteMisfits returns a sink that writes misfit.jsonl.
func NewWriteMisfits() *WriteMisfits {
	w := &WriteMisfits{Name: "misfit", Limit: Limit{MaxMiB: 256}}
	w.In = d4.Input(func(m WaveformMisfit) error {
		w.all = append(w.all, m)
		return w.keep(misfitBytes)
	}, d4.AllToOne)
	return w
}

// misfitBytes is roughly what a misfit takes.
const misfitBytes = 128

// RootPlaced says that the sink is one instance, where the result is read.
func (*WriteMisfits) RootPlaced() {}

// WritesOutput says that the sink needs a run directory.
func (*WriteMisfits) WritesOutput() {}

// Summary tells what was measured.
func (w *WriteMisfits) Summary() map[string]any { return w.summary }

// Setup checks the name.
func (w *WriteMisfits) Setup() error { return goodName(w.Name, "file") }

// Open keeps where to write.
func (w *WriteMisfits) Open(i *d4.Instance) error { w.folder, w.all = i.Folder(), nil; return nil }

// Finish writes the file.
func (w *WriteMisfits) Finish() error {
	slices.SortStableFunc(w.all, func(a, b WaveformMisfit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), strings.Compare(a.Channel, b.Channel))
	})
	w.summary = map[string]any{"misfits": len(w.all)}
	if len(w.all) > 0 {
		w.summary["delay_measured_s"] = -w.median(func(m *WaveformMisfit) float64 { return m.ShiftS })
		w.summary["factor_measured"] = 1 / w.median(func(m *WaveformMisfit) float64 { return m.Amplitude })
		w.summary["envelope_misfit"] = w.median(func(m *WaveformMisfit) float64 { return m.EM })
		w.summary["phase_misfit"] = w.median(func(m *WaveformMisfit) float64 { return m.PM })
	}
	// What has no JSON has no place in the run's record either.
	for name, v := range w.summary {
		if x, ok := v.(float64); ok && !isFinite(x) {
			w.summary[name] = nil
		}
	}
	out, err := w.folder.Create(w.Name + ".jsonl")
	if err != nil {
		return err
	}
	defer out.Discard()
	encoder := json.NewEncoder(out)
	for i := range w.all {
		if err := encoder.Encode(line(&w.all[i])); err != nil {
			return err
		}
	}
	return out.Commit()
}

// Suspend writes what has come: a run that goes on has a file of its own for the rest.
func (w *WriteMisfits) Suspend() (d4.Time, error) { return d4.Forever, w.Finish() }

// misfitLine is a misfit as it is written.
type misfitLine struct {
	Channel                              string
	Start                                d4.Time
	L2, ShiftS, Correlation              number
	Amplitude, L2Aligned, EM, PM, EG, PG number
}

func line(m *WaveformMisfit) *misfitLine {
	return &misfitLine{m.Channel, m.Start, number(m.L2), number(m.ShiftS), number(m.Correlation),
		number(m.Amplitude), number(m.L2Aligned), number(m.EM), number(m.PM), number(m.EG), number(m.PG)}
}

// number is null in JSON where it is not finite.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if !isFinite(float64(n)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// median is that of a measure of all where it is a number; NaN of none.
func (w *WriteMisfits) median(of func(m *WaveformMisfit) float64) float64 {
	var x []float64
	for i := range w.all {
		if v := of(&w.all[i]); isFinite(v) {
			x = append(x, v)
		}
	}
	if len(x) == 0 {
		return math.NaN()
	}
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
