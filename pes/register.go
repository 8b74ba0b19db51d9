package pes

import (
	"cmp"
	"iter"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/npy"
	"github.com/dispel4go/dispel4go/registry"
)

// Register offers the PEs of this package to job files, for items of the usual
// types: string, bool, int, int64, float32, float64 and slices of them.
func Register(r *registry.Registry) {
	registerExporters(r)
	RegisterFlatMap(r, "pes.Words", strings.FieldsSeq)
	registry.Add(r, "pes.Range", "emits numbers from one to another", Range(0, 0, 1))
	registry.Add(r, "pes.ReadLines", "emits the lines of text files", ReadLines())
	registry.Add(r, "pes.ReadCSV", "emits the records of CSV files", ReadCSV(true))
	registry.Add(r, "pes.Glob", "emits the paths of files", Glob())
	registry.Add(r, "pes.Watch", "emits the paths of files as they appear in a folder, without end", Watch(".", "*", time.Second))
	registry.Add(r, "pes.Command", "passes lines through a program", Command(""))
	registry.Add(r, "pes.WriteLines", "writes a text file", WriteLines("lines.txt"))
	registry.Add(r, "pes.WriteCSV", "writes a CSV file", WriteCSV("records.csv"))
	registry.Add(r, "pes.CountTotal", "adds up the counts of pes.CountParts", Total(Count[int64]))
	registry.Add(r, "pes.MeanTotal", "finds the mean from pes.MeanParts", Total(Mean[float64]))

	registerOrdered[string](r, "string")
	registerNumber[int](r, "int")
	registerNumber[int64](r, "int64")
	registerNumber[float32](r, "float32")
	registerNumber[float64](r, "float64")
	registerKeys[string](r, "string")
	registerKeys[int](r, "int")
	registerKeys[int64](r, "int64")
	registerArray[int64](r)
	registerArray[float32](r)
	registerArray[float64](r)
	RegisterType[bool](r, "bool")
	RegisterType[[]string](r, "[]string")
	RegisterType[[]int](r, "[]int")
	RegisterType[[]int64](r, "[]int64")
	RegisterType[[]float32](r, "[]float32")
	RegisterType[[]float64](r, "[]float64")
}

// RegisterMap names a function that makes one item of one: the PE of that name
// is Map(f).
func RegisterMap[A, B any](r *registry.Registry, name string, f func(A) B) {
	registry.Add(r, name, "emits what the function makes of each item", Map(f))
}

// RegisterTryMap is RegisterMap for a function that can fail.
func RegisterTryMap[A, B any](r *registry.Registry, name string, f func(A) (B, error)) {
	registry.Add(r, name, "emits what the function makes of each item", TryMap(f))
}

// RegisterFilter names a condition: the PE of that name is Filter(keep).
func RegisterFilter[T any](r *registry.Registry, name string, keep func(T) bool) {
	registry.Add(r, name, "passes on the items that meet the condition", Filter(keep))
}

// RegisterFlatMap names a function that makes any number of items of one: the
// PE of that name is FlatMap(f).
func RegisterFlatMap[A, B any](r *registry.Registry, name string, f func(A) iter.Seq[B]) {
	registry.Add(r, name, "emits all that the function makes of each item", FlatMap(f))
}

// RegisterKey names a key of items of type T, for groupings, and adds the PE
// pes.CountBy.NAME, which counts items by it.
func RegisterKey[T any, K comparable](r *registry.Registry, name string, key func(T) K) {
	registry.Key(r, name, key)
	registry.Add(r, "pes.CountBy."+name, "counts the items of each "+name, CountBy(key))
}

// RegisterType names an item type and offers for it the PEs that any type can
// do with.
func RegisterType[T any](r *registry.Registry, name string) {
	registry.Type[T](r, name)
	registry.Add(r, "pes.Tee", "emits every item at several outputs", Tee[T](2))
	registry.Add(r, "pes.Merge", "passes on what comes at several inputs", Merge[T](2))
	registry.Add(r, "pes.Batch", "groups the items that reach an instance", Batch[T](1))
	registry.Add(r, "pes.CountWindow", "emits windows of so many items", CountWindow[T](1, 1))
	registry.Add(r, "pes.Sample", "passes on a fraction of the items, the same every time", Sample[T](1))
	registry.Add(r, "pes.Count", "counts items", Whole(Count[T]))
	registry.Add(r, "pes.CountParts", "counts the items of each instance, for pes.CountTotal", Parts(Count[T]))
	registry.Add(r, "pes.Collect", "keeps the items for the program that started the run", Collect[T]())
	registry.Add(r, "pes.Print", "prints items, each on a line", Print[T](nil))
	registry.Add(r, "pes.WriteJSONL", "writes a file of one JSON value a line", WriteJSONL[T]("items.jsonl"))
	registry.Add(r, "pes.Discard", "forgets the items", Discard[T]())
}

func registerOrdered[T cmp.Ordered](r *registry.Registry, name string) {
	RegisterType[T](r, name)
	registerFold(r, "pes.Min", "finds the least item", Min[T])
	registerFold(r, "pes.Max", "finds the greatest item", Max[T])
	registry.Add(r, "pes.TopK", "finds the greatest items, or the least", func() *topper[T] { return &topper[T]{K: 10} })
}

func registerNumber[T Number](r *registry.Registry, name string) {
	registerOrdered[T](r, name)
	registerFold(r, "pes.Sum", "adds up numbers, exactly", Sum[T])
	registry.Add(r, "pes.Mean", "finds the mean", Whole(Mean[T]))
	registry.Add(r, "pes.MeanParts", "adds up the numbers of each instance, for pes.MeanTotal", Parts(Mean[T]))
	registry.Add(r, "pes.StdDev", "finds the standard deviation", func() *deviator[T] { return &deviator[T]{} })
}

// registerFold offers a fold in one instance and in parallel.
func registerFold[T, S, R any](r *registry.Registry, name, help string, fold func() Fold[T, S, R]) {
	registry.Add(r, name, help, Whole(fold))
	registry.Add(r, name+"Parts", help+", in each instance, for "+name+"Total", Parts(fold))
	registry.Add(r, name+"Total", help+", from what "+name+"Parts emits", Total(fold))
}

func registerKeys[T comparable](r *registry.Registry, name string) {
	RegisterType[Tally[T]](r, "pes.Tally["+name+"]")
	registry.Add(r, "pes.CountEach", "counts how often each item comes", CountBy(func(item T) T { return item }))
}

func registerArray[E npy.Element](r *registry.Registry) {
	registry.Add(r, "pes.WriteNPY", "writes numbers as a NumPy array", WriteNPY[E]("array.npy"))
	registry.Add(r, "pes.WriteNPYRows", "writes rows of numbers as a NumPy array", WriteNPYRows[E]("array.npy"))
}

// topper is Whole(TopK) with its number as a parameter.
type topper[T cmp.Ordered] struct {
	Folder[T, []T, T]
	K     int  `help:"how many" min:"1"`
	Least bool `help:"the least instead of the greatest"`
}

// Setup makes the fold.
func (t *topper[T]) Setup() error {
	compare := cmp.Compare[T]
	if t.Least {
		compare = func(a, b T) int { return cmp.Compare(b, a) }
	}
	t.Folder = *Whole(TopK(t.K, compare))()
	return atLeast("k", t.K, 1)
}

// deviator is Whole(StdDev) with its divisor as a parameter.
type deviator[T Number] struct {
	Folder[T, Moments, float64]
	Ddof int `help:"the squares are divided by the number of items less this: 0 for a whole population, 1 for a sample of it" min:"0"`
}

// Setup makes the fold.
func (d *deviator[T]) Setup() error {
	d.Folder = *Whole(StdDev[T](d.Ddof))()
	return atLeast("ddof", d.Ddof, 0)
}
