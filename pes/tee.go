package pes

import d4 "github.com/dispel4go/dispel4go"

// Splitter is the PE made by Tee.
type Splitter[T any] struct {
	d4.Stateless
	In      d4.In[T]
	Out     []d4.Out[T]
	Outputs int `help:"number of outputs" min:"1"`

	probe *probe[T]
}

// Tee makes a PE that emits every item at each of n outputs. Where one output
// will do, connect it with several inputs instead: the engine copies only for
// those that need it.
func Tee[T any](n int) func() *Splitter[T] {
	return func() *Splitter[T] {
		s := &Splitter[T]{Outputs: n}
		s.In = d4.InputBatch(s.take)
		return s
	}
}

// Setup makes the outputs.
func (s *Splitter[T]) Setup() error {
	if err := atLeast("outputs", s.Outputs, 1); err != nil {
		return err
	}
	s.Out = make([]d4.Out[T], s.Outputs)
	return nil
}

// Open prepares for copying.
func (s *Splitter[T]) Open(*d4.Instance) error {
	s.probe = newProbe[T]()
	return nil
}

func (s *Splitter[T]) take(items []T) error {
	last := len(s.Out) - 1
	for i := range items {
		for k := range last {
			copied, err := s.probe.clone(items[i])
			if err != nil {
				return err
			}
			s.Out[k].Emit(copied)
		}
		s.Out[last].Emit(items[i])
	}
	return nil
}

// Merger is the PE made by Merge.
type Merger[T any] struct {
	d4.Stateless
	In     []d4.In[T]
	Out    d4.Out[T]
	Inputs int `help:"number of inputs" min:"1"`
}

// Merge makes a PE that passes on what comes at any of n inputs, as it comes.
// One input may also be connected with several outputs directly.
func Merge[T any](n int) func() *Merger[T] {
	return func() *Merger[T] { return &Merger[T]{Inputs: n} }
}

// Setup makes the inputs.
func (m *Merger[T]) Setup() error {
	if err := atLeast("inputs", m.Inputs, 1); err != nil {
		return err
	}
	m.In = make([]d4.In[T], m.Inputs)
	for i := range m.In {
		m.In[i] = d4.InputBatch(func(items []T) error {
			m.Out.EmitAll(items)
			return nil
		})
	}
	return nil
}
