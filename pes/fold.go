package pes

import d4 "github.com/dispel4go/dispel4go"

// A Fold brings a stream of T down to a few R. Partial folds, one for each part
// of a stream, can be merged by their states, in any order and with the same
// result. Functions such as Count and Sum make folds.
type Fold[T, S, R any] interface {
	// Add takes items. The slice is lent, the items are the fold's own.
	Add(items []T) error
	// State is what has been added so far. The fold is not used after it.
	State() (S, error)
	// Merge adds the state of another fold.
	Merge(S) error
	// Result emits what it has come to. It is called last.
	Result(emit func(R)) error
}

// reads are the options of an input that feeds a fold.
func reads(fold any) []d4.InputOption {
	if _, ok := fold.(interface{ ReadsOnly() }); ok {
		return []d4.InputOption{d4.ReadOnly}
	}
	return nil
}

// Folder is the PE made by Whole.
type Folder[T, S, R any] struct {
	d4.Base
	In   d4.In[T]
	Out  d4.Out[R]
	fold Fold[T, S, R]
}

// Whole makes a PE that folds its whole stream in a single instance and emits
// the result at its end: Whole(Sum[float64]).
func Whole[T, S, R any](fold func() Fold[T, S, R]) func() *Folder[T, S, R] {
	return func() *Folder[T, S, R] {
		f := &Folder[T, S, R]{fold: fold()}
		f.In = d4.InputBatch(f.fold.Add, append(reads(f.fold), d4.AllToOne)...)
		return f
	}
}

// Finish emits the result.
func (f *Folder[T, S, R]) Finish() error { return f.fold.Result(f.Out.Emit) }

// PartFolder is the PE made by Parts.
type PartFolder[T, S, R any] struct {
	d4.Base
	In   d4.In[T]
	Out  d4.Out[S]
	fold Fold[T, S, R]
}

// Parts makes a PE that folds what reaches each instance and emits one state at
// the end, for Total.
func Parts[T, S, R any](fold func() Fold[T, S, R]) func() *PartFolder[T, S, R] {
	return func() *PartFolder[T, S, R] {
		f := &PartFolder[T, S, R]{fold: fold()}
		f.In = d4.InputBatch(f.fold.Add, reads(f.fold)...)
		return f
	}
}

// Finish emits the state, also that of no item.
func (f *PartFolder[T, S, R]) Finish() error {
	state, err := f.fold.State()
	if err == nil {
		f.Out.Emit(state)
	}
	return err
}

// TotalFolder is the PE made by Total.
type TotalFolder[T, S, R any] struct {
	d4.Base
	In   d4.In[S]
	Out  d4.Out[R]
	fold Fold[T, S, R]
}

// Total makes a PE that merges the states of Parts in a single instance and
// emits the result at the end.
func Total[T, S, R any](fold func() Fold[T, S, R]) func() *TotalFolder[T, S, R] {
	return func() *TotalFolder[T, S, R] {
		f := &TotalFolder[T, S, R]{fold: fold()}
		f.In = d4.Input(f.fold.Merge, d4.AllToOne)
		return f
	}
}

// Finish emits the result.
func (f *TotalFolder[T, S, R]) Finish() error { return f.fold.Result(f.Out.Emit) }

// Aggregated is what Aggregate leaves open.
type Aggregated[T, R any] struct {
	In  d4.In[T]
	Out d4.Out[R]
}

// Aggregate adds a fold in parallel to a graph: Parts under the name
// "NAME-parts", with the options, and Total under the name itself.
//
//	sum := pes.Aggregate(g, "sum", pes.Sum[float64])
//	d4.Connect(g, values.Out, sum.In)
func Aggregate[T, S, R any](g *d4.Graph, name string, fold func() Fold[T, S, R], opts ...d4.Option) Aggregated[T, R] {
	parts := d4.Add(g, name+"-parts", Parts(fold), opts...)
	total := d4.Add(g, name, Total(fold))
	d4.Connect(g, parts.Out, total.In)
	return Aggregated[T, R]{parts.In, total.Out}
}
