package seismo

import (
	"fmt"
	"maps"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Stack stacks all correlations of each pair, in the order of time, into one at
// the end of the run. Every correlation counts alike, of however many windows it
// is the stack. Linear is their mean; pws is the phase-weighted stack of Schimmel
// and Paulssen (1997), not smoothed (dsp.PhaseStack).
type Stack struct {
	d4.Base
	In     d4.In[Correlation]
	Out    d4.Out[Correlation]
	Method string  `help:"linear or phase-weighted" oneof:"linear|pws"`
	Power  float64 `help:"of the coherence by which pws weighs; 0 is the linear stack" min:"0" max:"100"`
	Limit

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
}

// NewStack returns a linear stack within 1 GiB.
func NewStack() *Stack {
	s := &Stack{Limit: Limit{MaxMiB: 1024}, Method: "linear", Power: 2}
	s.In = d4.InputBy(s.correlation, func(c Correlation) pair { return c.pair() })
	return s
}

// Setup checks the parameters.
func (s *Stack) Setup() error {
	if s.Method != "linear" && s.Method != "pws" {
		return fmt.Errorf("method = %q is neither linear nor pws", s.Method)
	}
	if !(s.Power >= 0) {
		return fmt.Errorf("power = %g is negative", s.Power)
	}
	return nil
}

// Open begins with no pairs.
func (s *Stack) Open(*d4.Instance) error {
	s.waiting, s.stacks = pending[Correlation]{}, map[pair]*lagStack{}
	return nil
}

func (s *Stack) correlation(c Correlation) error {
	if err := s.keep(4 * len(c.Lags)); err != nil {
		return err
	}
	s.waiting[c.Start] = append(s.waiting[c.Start], c)
	return nil
}

// Advance stacks what is complete. The stacks begin with the first correlation,
// so that there is nothing to be promised.
func (s *Stack) Advance(t d4.Time) (d4.Time, error) { return d4.Never, s.waiting.before(t, s.add) }

// Finish emits the stacks.
func (s *Stack) Finish() error {
	if err := s.waiting.before(d4.Forever, s.add); err != nil {
		return err
	}
	for _, key := range slices.SortedFunc(maps.Keys(s.stacks), comparePairs) {
		of := s.stacks[key]
		c := of.first
		c.Windows, c.Lags = of.windows, of.result()
		s.Out.Emit(c)
	}
	return nil
}

// add stacks the correlations of one time.
func (s *Stack) add(start d4.Time, all []Correlation) error {
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
	if s.Method == "linear" {
		stack := dsp.NewLinearStack[float32](n)
		of.bytes, of.add, of.result = 8*n, stack.Add, func() []float32 { return stack.Stack(nil) }
		return of
	}
	stack := dsp.NewPhaseStack[float32, complex64](n)
	of.bytes, of.add, of.result = 64*n, stack.Add, func() []float32 { return stack.Stack(nil, s.Power) }
	return of
}
