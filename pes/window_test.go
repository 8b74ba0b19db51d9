package pes_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/pes/petest"
)

func TestBatch(t *testing.T) {
	res := petest.Run(t, pes.Batch[int](3), petest.Feed("in", 1, 2), petest.Mark("in", 10), petest.Feed("in", 3, 4), petest.Mark("in", 20),
		petest.Mark("in", 30), petest.Feed("in", 5, 6), petest.Mark("in", 40))
	expect(t, petest.Out[[]int](res, "out"), [][]int{{1, 2, 3}, {4, 5, 6}})
	// Of the item 4, only the mark before it is known while it is held.
	expect(t, res.Marks["out"], []petest.Promise{{Time: 10, After: 1}, {Time: 40, After: 2}})
	res = petest.Run(t, pes.Batch[[]int](2), petest.Feed("in", []int{1}, []int{2}, []int{3}))
	expect(t, petest.Out[[][]int](res, "out"), [][][]int{{{1}, {2}}, {{3}}})
	expect(t, petest.Out[[]int](petest.Run(t, pes.Batch[int](2)), "out"), nil)
	failsWith(t, pes.Batch[int](0)().Setup(), "size is 0")
	failsWith(t, petest.Run(t, pes.Batch[int](3), petest.Set("MaxBytes", 16), petest.Feed("in", 1, 2, 3)).Err, "max_bytes = 16 bytes")
}

func TestCountWindow(t *testing.T) {
	items := petest.Feed("in", []int{1}, []int{2}, []int{3}, []int{4}, []int{5}, []int{6}, []int{7})
	for _, c := range []struct {
		size, step int
		rest       bool
		want       string
	}{
		{1, 1, false, "[[[1]] [[2]] [[3]] [[4]] [[5]] [[6]] [[7]]]"},
		{3, 1, true, "[[[1] [2] [3]] [[2] [3] [4]] [[3] [4] [5]] [[4] [5] [6]] [[5] [6] [7]]]"},
		{3, 2, true, "[[[1] [2] [3]] [[3] [4] [5]] [[5] [6] [7]]]"},
		{4, 2, true, "[[[1] [2] [3] [4]] [[3] [4] [5] [6]] [[5] [6] [7]]]"},
		{4, 2, false, "[[[1] [2] [3] [4]] [[3] [4] [5] [6]]]"},
		{2, 3, true, "[[[1] [2]] [[4] [5]] [[7]]]"},
		{9, 1, false, "[]"},
	} {
		res := petest.Run(t, pes.CountWindow[[]int](c.size, c.step), items, petest.Set("Rest", c.rest))
		if got := fmt.Sprint(petest.Out[[][]int](res, "out")); got != c.want {
			t.Errorf("size %d, step %d: %s, expected %s", c.size, c.step, got, c.want)
		}
	}
}

// obs is an observation at a time.
type obs struct {
	At    int64
	Key   string
	Value []int
}

func obsTime(o obs) d4.Time { return d4.Time(o.At) }
func obsKey(o obs) string   { return o.Key }
func at(t int64) obs        { return obs{At: t, Value: []int{int(t)}} }
func ats(times ...int64) (all []obs) {
	for _, t := range times {
		all = append(all, at(t))
	}
	return all
}

// brief writes panes as "key start-end: times".
func brief[K comparable](panes []pes.Pane[K, obs]) (lines []string) {
	for _, p := range panes {
		line := fmt.Sprintf("%v %d-%d:", p.Key, p.Start, p.End)
		for _, o := range p.Items {
			line += fmt.Sprint(" ", o.At)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestTimeWindow(t *testing.T) {
	for _, c := range []struct {
		name     string
		size     time.Duration
		step     time.Duration
		lateness time.Duration
		steps    []petest.Step
		want     []string
		late     []int64
		between  int64
		marks    []petest.Promise
	}{
		{name: "empty", size: 10, step: 10},
		{name: "closed by marks and by the end", size: 10, step: 10,
			steps: []petest.Step{petest.Feed("in", ats(3, 12, 1, -1, 25)...), petest.Mark("in", 10), petest.Feed("in", ats(19)...), petest.Mark("in", 20)},
			want:  []string{"{} -10-0: -1", "{} 0-10: 1 3", "{} 10-20: 12 19", "{} 20-30: 25"},
			marks: []petest.Promise{{Time: 10, After: 2}, {Time: 20, After: 3}}},
		{name: "late items", size: 10, step: 10,
			steps: []petest.Step{petest.Feed("in", ats(5)...), petest.Mark("in", 15), petest.Feed("in", ats(9, 10, 11)...), petest.Mark("in", 16)},
			want:  []string{"{} 0-10: 5", "{} 10-20: 10 11"}, late: []int64{9},
			marks: []petest.Promise{{Time: 10, After: 1}}},
		{name: "lateness", size: 10, step: 10, lateness: 5,
			steps: []petest.Step{petest.Feed("in", ats(5)...), petest.Mark("in", 14), petest.Feed("in", ats(9)...), petest.Mark("in", 15), petest.Feed("in", ats(8)...)},
			want:  []string{"{} 0-10: 5 9"}, late: []int64{8},
			marks: []petest.Promise{{Time: 0, After: 0}, {Time: 10, After: 1}}},
		{name: "overlap", size: 10, step: 4,
			steps: []petest.Step{petest.Feed("in", ats(0, 9)...), petest.Mark("in", 10), petest.Feed("in", ats(11, 2)...)},
			want:  []string{"{} -8-2: 0", "{} -4-6: 0", "{} 0-10: 0 9", "{} 4-14: 9 11", "{} 8-18: 9 11"}, late: []int64{2},
			marks: []petest.Promise{{Time: 4, After: 3}}},
		{name: "gaps", size: 4, step: 10, steps: []petest.Step{petest.Feed("in", ats(0, 3, 4, 9, 13, -1, -7)...)},
			want: []string{"{} -10--6: -7", "{} 0-4: 0 3", "{} 10-14: 13"}, between: 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := petest.Run(t, pes.TimeWindow(c.size, c.step, obsTime), append(c.steps, petest.Set("Lateness", c.lateness))...)
			if res.Err != nil {
				t.Fatal(res.Err)
			}
			expect(t, brief(petest.Out[pes.Pane[struct{}, obs]](res, "out")), c.want)
			var late []int64
			for _, o := range petest.Out[obs](res, "late") {
				late = append(late, o.At)
			}
			expect(t, late, c.late)
			expect(t, res.Marks["out"], c.marks)
			if res.Counters["late"] != int64(len(c.late)) || res.Counters["between"] != c.between {
				t.Errorf("counters %v", res.Counters)
			}
		})
	}
	w := pes.TimeWindow(0, 1, obsTime)()
	failsWith(t, w.Setup(), "must be above 0")
	failsWith(t, petest.Run(t, pes.TimeWindow(10, 10, obsTime), petest.Feed("in", ats(int64(d4.Forever))...)).Err, "too far from 1970")
	failsWith(t, petest.Run(t, pes.TimeWindow(10, 10, obsTime), petest.Set("MaxBytes", 60), petest.Feed("in", ats(1, 2, 3, 4)...)).Err, "max_bytes")
}

func TestTimeWindowBy(t *testing.T) {
	items := []obs{{1, "b", nil}, {2, "a", nil}, {1, "a", nil}, {11, "a", nil}}
	res := petest.Run(t, pes.TimeWindowBy(10, 10, obsTime, obsKey), petest.Feed("in", items...))
	expect(t, brief(petest.Out[pes.Pane[string, obs]](res, "out")), []string{"a 0-10: 1 2", "b 0-10: 1", "a 10-20: 11"})
}

// TestTimeWindowTwin compares windows with all of them worked out at the end,
// whatever the order of the items, within what the marks promise.
func TestTimeWindowTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 30 {
		size, step := 1+r.Int64N(20), 1+r.Int64N(20)
		var steps []petest.Step
		var all []obs
		mark := int64(-50)
		for range 10 {
			var items []obs
			for range r.IntN(8) {
				items = append(items, obs{At: mark + r.Int64N(30), Key: string(rune('a' + r.IntN(2))), Value: []int{r.IntN(3)}})
			}
			all = append(all, items...)
			mark += r.Int64N(10)
			steps = append(steps, petest.Feed("in", items...), petest.Mark("in", d4.Time(mark)))
			mark = max(mark, -50)
		}
		res := petest.Run(t, pes.TimeWindowBy(time.Duration(size), time.Duration(step), obsTime, obsKey), steps...)
		if res.Counters["late"] != 0 {
			t.Fatal("late items where there are none")
		}
		var want []string
		for start := int64(-200) * step; start < 200*step; start += step {
			for _, key := range []string{"a", "b"} {
				pane := pes.Pane[string, obs]{Key: key, Start: d4.Time(start), End: d4.Time(start + size)}
				for _, o := range all {
					if o.Key == key && o.At >= start && o.At < start+size {
						pane.Items = append(pane.Items, o)
					}
				}
				slices.SortStableFunc(pane.Items, func(a, b obs) int { return cmp.Compare(a.At, b.At) })
				if len(pane.Items) > 0 {
					want = append(want, brief([]pes.Pane[string, obs]{pane})...)
				}
			}
		}
		expect(t, brief(petest.Out[pes.Pane[string, obs]](res, "out")), want)
	}
}

func TestJoin(t *testing.T) {
	length := func(s string) int { return len(s) }
	itself := func(n int) int { return n }
	pair := func(s string, n int) pes.Pair[string, int] { return pes.Pair[string, int]{Left: s, Right: n} }
	join := pes.Join(length, itself)
	res := petest.Run(t, join, petest.Feed("left", "a", "bb", "c"), petest.Feed("right", 1, 3), petest.Mark("left", 5), petest.Mark("right", 6),
		petest.Feed("left", "ddd", "e"), petest.Feed("right", 2))
	expect(t, petest.Out[pes.Pair[string, int]](res, "out"), []pes.Pair[string, int]{pair("a", 1), pair("c", 1), pair("ddd", 3), pair("e", 1), pair("bb", 2)})
	expect(t, res.Marks["out"], nil)

	full := []petest.Step{petest.Set("MaxBytes", 3*(64+8+3)), petest.Feed("left", "a", "b", "c", "d"), petest.Feed("right", 1)}
	failsWith(t, petest.Run(t, join, full...).Err, "max_bytes")
	res = petest.Run(t, join, append(full, petest.Set("Full", "drop"))...)
	expect(t, petest.Out[pes.Pair[string, int]](res, "out"), []pes.Pair[string, int]{pair("b", 1), pair("c", 1), pair("d", 1)})
	if res.Counters["dropped"] != 3 {
		t.Errorf("counters %v", res.Counters)
	}
	j := join()
	j.Full = "wait"
	failsWith(t, j.Setup(), "full is fail or drop")
}

func TestJoinWithin(t *testing.T) {
	join := pes.JoinWithin(obsKey, obsKey, obsTime, obsTime, 10)
	res := petest.Run(t, join, petest.Feed("left", ats(0, 5, 20)...), petest.Feed("right", ats(10, 11)...), petest.Mark("left", 12), petest.Mark("right", 16),
		petest.Feed("right", ats(30, 31)...), petest.Mark("left", 50))
	var got []string
	for _, p := range petest.Out[pes.Pair[obs, obs]](res, "out") {
		got = append(got, fmt.Sprint(p.Left.At, "-", p.Right.At))
	}
	expect(t, got, []string{"0-10", "5-10", "20-10", "5-11", "20-11", "20-30"})
	// A pair is as old as its older item, which may be 10 before the mark.
	expect(t, res.Marks["out"], []petest.Promise{{Time: 2, After: 5}, {Time: 6, After: 6}})
}

// TestJoinWithinTwin compares with all pairs of two lists, whatever the marks.
func TestJoinWithinTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for range 20 {
		within := r.Int64N(30)
		var steps []petest.Step
		var lefts, rights []obs
		for mark := int64(0); mark < 200; mark += r.Int64N(20) {
			var items [2][]obs
			for k := range items {
				for range r.IntN(6) {
					items[k] = append(items[k], obs{At: mark + r.Int64N(40), Key: string(rune('a' + r.IntN(3)))})
				}
			}
			lefts, rights = append(lefts, items[0]...), append(rights, items[1]...)
			steps = append(steps, petest.Feed("left", items[0]...), petest.Feed("right", items[1]...),
				petest.Mark("left", d4.Time(mark)), petest.Mark("right", d4.Time(mark)))
		}
		var got, want []string
		res := petest.Run(t, pes.JoinWithin(obsKey, obsKey, obsTime, obsTime, time.Duration(within)), steps...)
		for _, p := range petest.Out[pes.Pair[obs, obs]](res, "out") {
			got = append(got, fmt.Sprint(p.Left.At, p.Left.Key, p.Right.At))
		}
		for _, a := range lefts {
			for _, b := range rights {
				if a.Key == b.Key && max(a.At, b.At)-min(a.At, b.At) <= within {
					want = append(want, fmt.Sprint(a.At, a.Key, b.At))
				}
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		expect(t, got, want)
	}
}
