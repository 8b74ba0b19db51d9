package seismo

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/xcorr"
)

// Stack stacks the correlations of each pair, in the order of time: all into one at
// the end of the run, or those of each period into one, as hours into days. Every
// correlation counts alike, of however many windows it is the stack. Linear is their
// mean; pws is the phase-weighted stack of Schimmel and Paulssen (1997), smoothed if
// gate_s is above 0 (MSNoise), else not (ObsPy, NoisePy, SeisNoise); root the n-th
// root stack; and tfpws, robust, selective and covariance are those of package xcorr.
// Linear, root and pws without a gate need no row twice; the others keep all rows of
// a period.
type Stack struct {
	d4.Base
	In        d4.In[Correlation]
	Out       d4.Out[Correlation]
	Method    string  `help:"linear, phase-weighted, n-th root, time-frequency phase-weighted, robust, selective, adaptive covariance filter" oneof:"linear|pws|root|tfpws|robust|selective|covariance"`
	Power     float64 `help:"of the coherence by which pws, tfpws and covariance weigh, 0 being the linear stack; of root, the root" min:"0" max:"100"`
	GateS     float64 `help:"over how long pws smooths the coherence; 0 for not at all" unit:"s" min:"0"`
	Threshold float64 `help:"selective: least correlation coefficient with the stack" min:"-1" max:"1"`
	PeriodS   float64 `help:"emit a stack of the correlations that begin within each multiple of this, as 86400 for days; 0 for one stack of all" unit:"s" min:"0" max:"1e9"`
	Limit
	periods

	waiting pending[Correlation]
	stacks  map[pair]*lagStack
}

// lagStack is the stack of one pair. It keeps the first of its correlations
// without the lags, for what it says of them.
type lagStack struct {
	first   Correlation
	lags    int
	windows int64
	bytes   int // roughly
	add     func(lags []float32)
	result  func() []float32
	rows    [][]float32 // for methods that take all at once, else nil
}

// NewStack returns a linear stack within 1 GiB.
func NewStack() *Stack {
	s := &Stack{Limit: Limit{MaxMiB: 1024}, periods: periods{parameter: "period_s"}, Method: "linear", Power: 2, Threshold: 0.3}
	s.In = d4.InputBy(s.correlation, func(c Correlation) pair { return c.pair() })
	return s
}

// Setup checks the parameters.
func (s *Stack) Setup() error {
	if !slices.Contains([]string{"linear", "pws", "root", "tfpws", "robust", "selective", "covariance"}, s.Method) {
		return fmt.Errorf("method = %q is none of linear, pws, root, tfpws, robust, selective, covariance", s.Method)
	}
	if !(s.Power >= 0) {
		return fmt.Errorf("power = %g is negative", s.Power)
	}
	if s.Method == "root" && s.Power == 0 {
		return fmt.Errorf("power = 0 is no root: 1 is the linear stack")
	}
	if s.length = seconds(s.PeriodS); s.length < 0 || !(s.GateS >= 0) {
		return fmt.Errorf("period_s = %g s and gate_s = %g s: they must not be negative", s.PeriodS, s.GateS)
	}
	return nil
}

// Open begins with no pairs.
func (s *Stack) Open(*d4.Instance) error {
	s.waiting, s.stacks = pending[Correlation]{}, map[pair]*lagStack{}
	s.periods.open()
	return nil
}

func (s *Stack) correlation(c Correlation) error {
	if c.Start < s.done {
		return nil
	}
	if err := cmp.Or(c.check(), s.keep(4*len(c.Lags))); err != nil {
		return err
	}
	s.waiting[c.Start] = append(s.waiting[c.Start], c)
	return nil
}

// Advance stacks what is complete, and emits the stacks of the periods that are.
func (s *Stack) Advance(t d4.Time) (d4.Time, error) {
	if err := s.waiting.before(t, s.add); err != nil {
		return d4.Never, err
	}
	return s.advance(t, s.emit)
}

// Finish emits the stacks.
func (s *Stack) Finish() error {
	if err := s.waiting.before(d4.Forever, s.add); err != nil {
		return err
	}
	return s.emit()
}

// emit emits the stacks and begins anew.
func (s *Stack) emit() error {
	for _, key := range slices.SortedFunc(maps.Keys(s.stacks), comparePairs) {
		of := s.stacks[key]
		c := of.first
		c.Start, c.Windows, c.Lags = s.start(c.Start), of.windows, of.result()
		s.keep(-of.bytes) // to keep less is no error
		s.Out.Emit(c)
	}
	s.stacks = map[pair]*lagStack{}
	return nil
}

// add stacks the correlations of one time.
func (s *Stack) add(start d4.Time, all []Correlation) error {
	if err := s.turn(start, s.emit); err != nil {
		return err
	}
	seen := map[pair]bool{}
	for _, c := range all {
		s.keep(-4 * len(c.Lags))
		if seen[c.pair()] {
			return fmt.Errorf("%s-%s at %s: two correlations of one time", c.A.ID, c.B.ID, clock(start))
		}
		seen[c.pair()] = true
		of := s.stacks[c.pair()]
		if of == nil {
			of = s.begin(c)
			if err := s.keep(of.bytes); err != nil {
				return err
			}
			s.stacks[c.pair()] = of
		}
		if len(c.Lags) != of.lags || c.IntervalS != of.first.IntervalS {
			return fmt.Errorf("%s-%s at %s: other lags than before, %d of %g s and not %d of %g s", c.A.ID, c.B.ID, clock(start),
				len(c.Lags), c.IntervalS, of.lags, of.first.IntervalS)
		}
		if of.rows != nil {
			if err := s.keep(4 * of.lags); err != nil {
				return err
			}
			of.bytes += 4 * of.lags
		}
		of.add(c.Lags)
		of.windows += c.Windows
	}
	return nil
}

// begin returns an empty stack of correlations like c.
func (s *Stack) begin(c Correlation) *lagStack {
	n := len(c.Lags)
	of := &lagStack{first: c, lags: n}
	of.first.Lags = nil
	switch {
	case s.Method == "linear":
		stack := dsp.NewLinearStack[float32](n)
		of.bytes, of.add, of.result = 8*n, stack.Add, func() []float32 { return stack.Stack(nil) }
	case s.Method == "root":
		stack := dsp.NewRootStack[float32](n, s.Power)
		of.bytes, of.add, of.result = 8*n, stack.Add, func() []float32 { return stack.Stack(nil) }
	case s.Method == "pws" && s.GateS == 0:
		stack := dsp.NewPhaseStack[float32, complex64](n)
		of.bytes, of.add, of.result = 64*n, stack.Add, func() []float32 { return stack.Stack(nil, s.Power) }
	default:
		of.rows = [][]float32{}
		of.add = func(lags []float32) { of.rows = append(of.rows, slices.Clone(lags)) }
		of.result = func() []float32 { return s.stackRows(of.rows, c.IntervalS) }
	}
	return of
}

// stackRows stacks by a method that takes all rows at once.
func (s *Stack) stackRows(rows [][]float32, intervalS float64) (stack []float32) {
	switch s.Method {
	case "pws":
		all := float64(2 * len(rows[0])) // a longer gate is no other
		return xcorr.PhaseWeighted(nil, rows, s.Power, max(1, int(min(s.GateS/intervalS, all))))
	case "tfpws":
		return xcorr.TimeFrequency(nil, rows, s.Power)
	case "robust":
		stack, _ = xcorr.Robust(nil, rows, 1e-6)
	case "selective":
		stack, _ = xcorr.Selective(nil, rows, s.Threshold)
	case "covariance":
		return xcorr.Covariance(nil, rows, s.Power)
	}
	return stack
}
