package pes_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/pes/petest"
)

func TestMap(t *testing.T) {
	res := petest.Run(t, pes.Map(strings.ToUpper), petest.Feed("in", "a", "b", "c"), petest.Mark("in", 5), petest.Feed("in", "d"))
	expect(t, petest.Out[string](res, "out"), []string{"A", "B", "C", "D"})
	expect(t, res.Marks["out"], []petest.Promise{{Time: 5, After: 3}})

	res = petest.Run(t, pes.TryMap(strconv.Atoi), petest.Feed("in", "1", "-2"))
	expect(t, petest.Out[int](res, "out"), []int{1, -2})
	res = petest.Run(t, pes.TryMap(strconv.Atoi), petest.Feed("in", "1", "x"))
	failsWith(t, res.Err, `parsing "x"`)
}

func TestFlatMap(t *testing.T) {
	res := petest.Run(t, pes.FlatMap(strings.FieldsSeq), petest.Feed("in", "to be or", "", " not to  be "))
	expect(t, petest.Out[string](res, "out"), []string{"to", "be", "or", "not", "to", "be"})

	repeat := pes.FlatMapEmit(func(n int, emit func(string)) error {
		for range n {
			emit(strconv.Itoa(n))
		}
		if n < 0 {
			return errors.New("negative")
		}
		return nil
	})
	res = petest.Run(t, repeat, petest.Feed("in", 2, 0, 1))
	expect(t, petest.Out[string](res, "out"), []string{"2", "2", "1"})
	failsWith(t, petest.Run(t, repeat, petest.Feed("in", -1)).Err, "negative")
}

func TestFilter(t *testing.T) {
	even := pes.Filter(func(n int) bool { return n%2 == 0 })
	res := petest.Run(t, even, petest.Feed("in", 1, 2, 3, 4, 6), petest.Mark("in", 1))
	expect(t, petest.Out[int](res, "out"), []int{2, 4, 6})
}

func TestTee(t *testing.T) {
	res := petest.Run(t, pes.Tee[[]int](3), petest.Feed("in", []int{1}, nil, []int{2, 3}))
	for k := range 3 {
		expect(t, petest.Out[[]int](res, fmt.Sprintf("out[%d]", k)), [][]int{{1}, nil, {2, 3}})
	}
	res = petest.Run(t, pes.Tee[string](2), petest.Feed("in", "a"))
	expect(t, petest.Out[string](res, "out[1]"), []string{"a"})
	failsWith(t, pes.Tee[int](0)().Setup(), "outputs is 0 and must be at least 1")
}

func TestMerge(t *testing.T) {
	res := petest.Run(t, pes.Merge[int](2), petest.Feed("in[0]", 1), petest.Feed("in[1]", 2, 3), petest.Mark("in[0]", 7),
		petest.Feed("in[0]", 4), petest.Mark("in[1]", 5))
	expect(t, petest.Out[int](res, "out"), []int{1, 2, 3, 4})
	expect(t, res.Marks["out"], []petest.Promise{{Time: 5, After: 4}})
	failsWith(t, pes.Merge[int](0)().Setup(), "inputs is 0")
}

func TestSample(t *testing.T) {
	items := make([]string, 4000)
	for i := range items {
		items[i] = strconv.Itoa(i)
	}
	run := func(steps ...petest.Step) []string {
		return petest.Out[string](petest.Run(t, pes.Sample[string](0.25), append(steps, petest.Feed("in", items...))...), "out")
	}
	one := run()
	if n := len(one); n < 900 || n > 1100 {
		t.Errorf("%d of 4000 items, expected about 1000", n)
	}
	if !slices.Equal(one, run(petest.Instance(3, 5))) {
		t.Error("another instance draws other items")
	}
	both := 0
	for _, item := range run(petest.Seed(2)) {
		if slices.Contains(one, item) {
			both++
		}
	}
	if both < 180 || both > 320 {
		t.Errorf("%d items are in the samples of two seeds, expected about 250", both)
	}
	for fraction, want := range map[float64]int{0: 0, 1: 4} {
		res := petest.Run(t, pes.Sample[float64](fraction), petest.Feed("in", 1.0, 2.0, 2.0, 3.0))
		if got := petest.Out[float64](res, "out"); len(got) != want {
			t.Errorf("fraction %v draws %v", fraction, got)
		}
	}
	for _, bad := range []float64{-0.1, 1.1} {
		failsWith(t, pes.Sample[int](bad)().Setup(), "from 0 to 1")
	}
}

func TestCommand(t *testing.T) {
	answers := petest.Set("Answers", true)
	res := petest.Run(t, pes.Command("cat"), petest.Feed("in", "a", "", "b c"), petest.Mark("in", 4), petest.Feed("in", "d"))
	expect(t, petest.Out[string](res, "out"), []string{"a", "", "b c", "d"})
	expect(t, res.Marks["out"], nil)

	echo := pes.Command("sh", "-c", `while read x; do echo "<$x>"; done`)
	res = petest.Run(t, echo, answers, petest.Feed("in", "a", "b"), petest.Mark("in", 4), petest.Feed("in", "c"))
	expect(t, petest.Out[string](res, "out"), []string{"<a>", "<b>", "<c>"})
	expect(t, res.Marks["out"], []petest.Promise{{Time: 4, After: 2}})

	res = petest.Run(t, pes.Command("sh", "-c", "cat >/dev/null; echo warning >&2; echo done"), petest.Feed("in", "a"))
	expect(t, petest.Out[string](res, "out"), []string{"done"})
	if !strings.Contains(res.Log, "msg=warning") {
		t.Errorf("log %q", res.Log)
	}

	many := make([]string, 20_000) // more than pipes hold: sort answers at the end, cat at once
	for i := range many {
		many[i] = strconv.Itoa(len(many) - i)
	}
	res = petest.Run(t, pes.Command("cat"), petest.Feed("in", many...))
	expect(t, petest.Out[string](res, "out"), many)
	res = petest.Run(t, pes.Command("sort", "-n"), petest.Feed("in", many...))
	slices.Reverse(many)
	expect(t, petest.Out[string](res, "out"), many)

	for _, c := range []struct {
		name    string
		factory func() *pes.Commander
		steps   []petest.Step
		want    string
	}{
		{"exit code", pes.Command("sh", "-c", "cat; exit 3"), nil, "sh: exit status 3"},
		{"exit code before the end", pes.Command("sh", "-c", "exit 4"), nil, "sh: exit status 4"},
		{"exit without an answer", pes.Command("true"), []petest.Step{answers}, "true: it "},
		{"two answers", pes.Command("sh", "-c", "while read x; do echo 1; echo 2; done"), []petest.Step{answers}, "more lines than it was asked for"},
		{"long line", pes.Command("sh", "-c", "cat; echo 123456789"), []petest.Step{petest.Set("MaxLine", 8)}, "max_line is 8 bytes"},
		{"line end in an item", pes.Command("cat"), []petest.Step{petest.Feed("in", "a\nb")}, "more than one line"},
		{"no such program", pes.Command("/nowhere/at/all"), nil, "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			failsWith(t, petest.Run(t, c.factory, append(c.steps, petest.Feed("in", "x", "y"))...).Err, c.want)
		})
	}
	failsWith(t, pes.Command("")().Setup(), "names no program")
}

var _ d4.Advancer = (*pes.Commander)(nil)
