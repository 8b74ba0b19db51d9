package bench

import (
	"context"
	"fmt"
	"io"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes"
)

// A Case is a stream as users of dispel4py have it.
type Case struct {
	Name string
	// Items is how many make a run long enough to be timed.
	Items int
	// Stages is how many stages the stream has where nothing is fused.
	Stages int
	run    func(ctx context.Context, p Place, items int) error
}

// Run sends so many items through and returns an error unless all arrive.
func (c Case) Run(ctx context.Context, p Place, items int) error {
	if err := c.run(ctx, p, items); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	return nil
}

// Cases are source -> pass -> sink with items of three sizes, and the counting
// of words: lines -> words -> count by word, in two instances.
func Cases() []Case {
	return []Case{
		{"int", 10_000_000, 3, pass(func(i int) int { return i })},
		{"8KiB", 100_000, 3, pass(filled(1 << 10))},
		{"1MiB", 1_000, 3, pass(filled(1 << 17))},
		{"words", 2_000_000, 4, countWords},
	}
}

// filled makes slices of n numbers, each of them fresh and written to.
func filled(n int) func(i int) []float64 {
	return func(i int) []float64 {
		x := make([]float64, n)
		for k := range x {
			x[k] = float64(i)
		}
		return x
	}
}

// A Maker is a source of n items that makes each of them.
type Maker[T any] struct {
	d4.Base
	Out  d4.Out[T]
	make func(i int) T
	at   int
	n    int
}

// Make returns a factory of Makers. Where there are several instances, each
// emits n items.
func Make[T any](n int, item func(i int) T) func() *Maker[T] {
	return func() *Maker[T] { return &Maker[T]{make: item, n: n} }
}

// Next emits up to 1024 items.
func (m *Maker[T]) Next() error {
	for end := min(m.at+1024, m.n); m.at < end; m.at++ {
		m.Out.Emit(m.make(m.at))
	}
	if m.at == m.n {
		return io.EOF
	}
	return nil
}

func pass[T any](item func(i int) T) func(context.Context, Place, int) error {
	return func(ctx context.Context, p Place, items int) error {
		g := d4.NewGraph("pass")
		source := d4.Add(g, "source", Make(items, item), d4.Instances(1))
		through := d4.Add(g, "pass", pes.Map(func(x T) T { return x }), d4.Instances(1))
		sink := d4.Add(g, "sink", pes.Discard[T](), d4.Instances(1))
		d4.Connect(g, source.Out, through.In)
		d4.Connect(g, through.Out, sink.In)
		return p.deliver(ctx, g, "sink", items)
	}
}

// WordsPerLine is how many words a line of Lines has.
const WordsPerLine = 10

// Lines are the lines whose words are counted, over and over: 100 lines of 10
// words out of 500.
func Lines() []string {
	lines := make([]string, 100)
	for i := range lines {
		words := make([]string, WordsPerLine)
		for k := range words {
			words[k] = fmt.Sprintf("word%d", (i*WordsPerLine+k)*7%500)
		}
		lines[i] = strings.Join(words, " ")
	}
	return lines
}

func countWords(ctx context.Context, p Place, items int) error {
	lines := Lines()
	g := d4.NewGraph("words")
	source := d4.Add(g, "lines", Make(items/WordsPerLine, func(i int) string { return lines[i%len(lines)] }), d4.Instances(1))
	words := d4.Add(g, "words", pes.FlatMap(strings.FieldsSeq), d4.Instances(1))
	count := d4.Add(g, "count", pes.CountBy(func(word string) string { return word }), d4.Instances(2))
	totals := d4.Add(g, "totals", pes.Collect[pes.Tally[string]]())
	d4.Connect(g, source.Out, words.In)
	d4.Connect(g, words.Out, count.In)
	d4.Connect(g, count.Out, totals.In)
	res, err := p.Run(ctx, g)
	if err != nil || res == nil {
		return err
	}
	got := int64(0)
	for _, t := range pes.Items(res, totals) {
		got += t.Count
	}
	if want := int64(items / WordsPerLine * WordsPerLine); got != want {
		return fmt.Errorf("%d of %d words counted", got, want)
	}
	return nil
}
