package seismo

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/dvv"
)

// A VelocityChange is by how much the velocity between two channels differs from
// that of the reference.
type VelocityChange struct {
	A, B        string
	Start       d4.Time // of the correlation
	DVV         float64 // dv/v, as a share: 0.001 is 0.1 %
	Error       float64 // standard deviation of DVV
	Correlation float64 // with the stretched reference, or mean coherence
	Windows     int64   // mwcs: windows that count
}

// DVV measures changes of velocity in the coda of the correlations of each pair
// against their reference, the mean of all or of the first (package dvv): by
// stretching, or by delays in moving windows of the cross-spectrum. It keeps the
// correlations of all pairs until the end.
type DVV struct {
	d4.Base
	In           d4.In[Correlation]
	Out          d4.Out[VelocityChange]
	Method       string  `help:"how changes are measured" oneof:"stretching|mwcs"`
	Reference    int     `help:"how many correlations of each pair make the reference, from the first on; 0 for all" min:"0"`
	MinLagS      float64 `help:"first lag that counts, behind the direct waves" unit:"s" min:"0"`
	MaxLagS      float64 `help:"last lag that counts" unit:"s" min:"0"`
	Side         string  `help:"which lags count" oneof:"both|negative|positive"`
	FreqMin      float64 `help:"lower end of the band of the correlations" unit:"Hz" min:"0"`
	FreqMax      float64 `help:"upper end of the band" unit:"Hz" min:"0"`
	MaxChange    float64 `help:"stretching: greatest change that is looked for, as a share" min:"0" max:"0.4"`
	StepChange   float64 `help:"stretching: distance of the changes that are tried; between them a parabola is fitted" min:"0" max:"0.1"`
	WindowS      float64 `help:"mwcs: length of a window" unit:"s" min:"0"`
	StepS        float64 `help:"mwcs: from one window to the next" unit:"s" min:"0"`
	MinCoherence float64 `help:"mwcs: least coherence of a window that counts" min:"0" max:"1"`
	Limit

	all map[pair][]Correlation
}

// NewDVV returns a stretching of lags from 5 to 40 s by up to 1 %.
func NewDVV() *DVV {
	d := &DVV{Method: "stretching", MinLagS: 5, MaxLagS: 40, Side: "both", FreqMin: 0.2, FreqMax: 1.5,
		MaxChange: 0.01, StepChange: 0.0002, WindowS: 10, StepS: 2, MinCoherence: 0.5, Limit: Limit{MaxMiB: 1024}}
	d.In = d4.InputBy(func(c Correlation) error {
		if err := c.check(); err != nil {
			return err
		}
		d.all[c.pair()] = append(d.all[c.pair()], c)
		return d.keep(4 * len(c.Lags))
	}, func(c Correlation) pair { return c.pair() })
	return d
}

var lagSides = map[string]dvv.Side{"both": dvv.Both, "negative": dvv.Negative, "positive": dvv.Positive}

// Setup checks the parameters.
func (d *DVV) Setup() error {
	if d.Method != "stretching" && d.Method != "mwcs" {
		return fmt.Errorf("method = %q is neither stretching nor mwcs", d.Method)
	}
	if _, ok := lagSides[d.Side]; !ok {
		return fmt.Errorf("side = %q is none of both, negative, positive", d.Side)
	}
	if d.Method == "stretching" && !(d.StepChange > 0 && d.MaxChange >= d.StepChange && d.MaxChange < 0.5) {
		return fmt.Errorf("step_change = %g is not above 0 and within max_change = %g, which is below 0.5", d.StepChange, d.MaxChange)
	}
	if d.Method == "mwcs" && !(d.WindowS > 0 && d.StepS > 0) {
		return fmt.Errorf("window_s = %g s and step_s = %g s must be above 0", d.WindowS, d.StepS)
	}
	if !(d.MaxLagS > d.MinLagS) {
		return fmt.Errorf("min_lag_s = %g s is not below max_lag_s = %g s", d.MinLagS, d.MaxLagS)
	}
	return band(d.FreqMin, d.FreqMax)
}

// Open begins with no pairs.
func (d *DVV) Open(*d4.Instance) error {
	d.all = map[pair][]Correlation{}
	return nil
}

// Advance promises nothing: the changes of the first correlations come last.
func (d *DVV) Advance(d4.Time) (d4.Time, error) { return d4.Never, nil }

// Finish measures and emits, pair by pair, in the order of time.
func (d *DVV) Finish() error {
	for _, p := range slices.SortedFunc(maps.Keys(d.all), comparePairs) {
		all := d.all[p]
		slices.SortFunc(all, func(a, b Correlation) int { return int(min(max(a.Start-b.Start, -1), 1)) })
		if err := d.measure(p, all); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(p[:], "-"), err)
		}
	}
	return nil
}

func (d *DVV) measure(p pair, all []Correlation) error {
	n := len(all[0].Lags)
	stack := dsp.NewLinearStack[float32](n)
	for i, c := range all {
		if len(c.Lags) != n || c.IntervalS != all[0].IntervalS {
			return fmt.Errorf("at %s: other lags than before, %d and not %d", clock(c.Start), len(c.Lags), n)
		}
		if d.Reference == 0 || i < d.Reference {
			stack.Add(c.Lags)
		}
	}
	reference := widen(stack.Stack(nil))
	measure, err := d.method(reference, all[0].IntervalS)
	if err != nil {
		return err
	}
	for _, c := range all {
		change, ok := measure(widen(c.Lags))
		if !ok {
			continue
		}
		d.Out.Emit(VelocityChange{A: p[0], B: p[1], Start: c.Start, DVV: change.DVV, Error: change.Error,
			Correlation: change.Correlation, Windows: int64(change.Windows)})
	}
	return nil
}

// method prepares the measurement against a reference.
func (d *DVV) method(reference []float64, interval float64) (func(x []float64) (dvv.Change, bool), error) {
	lags := dvv.Lags{MinS: d.MinLagS, MaxS: d.MaxLagS, Side: lagSides[d.Side]}
	if d.Method == "stretching" {
		s, err := dvv.NewStretcher(reference, interval, lags, d.MaxChange, d.StepChange)
		if err != nil {
			return nil, err
		}
		return func(x []float64) (dvv.Change, bool) {
			c := s.Stretch(x, (d.FreqMin+d.FreqMax)/2, d.FreqMax-d.FreqMin)
			return c, c.Correlation > 0
		}, nil
	}
	m, err := dvv.NewMWCS(interval, d.WindowS, d.StepS, d.FreqMin, d.FreqMax)
	if err != nil {
		return nil, err
	}
	return func(x []float64) (dvv.Change, bool) {
		return dvv.Regress(m.Delays(x, reference), dvv.Choice{Lags: lags, MinCoherence: d.MinCoherence})
	}, nil
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
