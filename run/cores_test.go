package run

import (
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/dispel4go/dispel4go/partition"
)

func TestDivide(t *testing.T) {
	at := func(node, cores, limit int, cpus ...int) allocation {
		return allocation{partition.Rank{Node: node, Cores: cores}, cpus, limit}
	}
	for _, c := range []struct {
		name string
		all  []allocation
		want []int
	}{
		{"one rank with all", []allocation{at(0, 0, 4, 0, 1, 2, 3)}, []int{4}},
		{"two that share all", []allocation{at(0, 0, 4, 0, 1, 2, 3), at(0, 0, 4, 0, 1, 2, 3)}, []int{2, 2}},
		{"three on two", []allocation{at(0, 0, 2, 0, 1), at(0, 0, 2, 0, 1), at(0, 0, 2, 0, 1)}, []int{1, 1, 1}},
		{"bound to two each", []allocation{at(0, 0, 2, 0, 1), at(0, 0, 2, 2, 3)}, []int{2, 2}},
		{"the same numbers on two hosts", []allocation{at(0, 0, 2, 0, 1), at(1, 0, 2, 0, 1)}, []int{2, 2}},
		{"three shares of a third each", []allocation{at(0, 0, 3, 0, 1, 2), at(0, 0, 3, 0, 1, 2), at(0, 0, 3, 0, 1, 2)}, []int{1, 1, 1}},
		{"the user's word", []allocation{at(0, 7, 2, 0, 1), at(0, 0, 2, 0, 1)}, []int{7, 1}},
		{"a control group allows less", []allocation{at(0, 0, 1, 0, 1, 2, 3)}, []int{1}},
		{"not known", []allocation{at(0, 0, 8), at(0, 0, 8), at(1, 0, 8)}, []int{4, 4, 8}},
	} {
		var got []int
		for _, r := range divide(c.all) {
			got = append(got, r.Cores)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, expected %v", c.name, got, c.want)
		}
	}
	// Four ranks on two processors have half of one each, of two cores where there is one half of each.
	for _, c := range []struct {
		all  []allocation
		want float64
	}{
		{[]allocation{at(0, 0, 2, 0, 1), at(0, 0, 2, 0, 1), at(0, 0, 2, 0, 1), at(0, 0, 2, 0, 1)}, 0.5},
		{[]allocation{at(0, 2, 1, 0)}, 0.5},
		{[]allocation{at(0, 1, 4, 0, 1, 2, 3)}, 1},
	} {
		if got := divide(c.all)[0].Part; got != c.want {
			t.Errorf("%v: a part of %v, expected %v", c.all, got, c.want)
		}
	}
}

func TestCPUs(t *testing.T) {
	if list := cpus(); list != nil && len(list) != runtime.NumCPU() {
		t.Errorf("%v, but there are %d", list, runtime.NumCPU())
	}
}

func TestProgram(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if id, size := buildID(f); runtime.GOOS == "linux" && (len(id) < 20 || size == 0) {
		t.Errorf("this program has no build id: %q, %d bytes", id, size)
	}
	one, err := program()
	if again, failed := program(); err != nil || failed != nil || one != again {
		t.Errorf("%s, %v, then %s, %v", one, err, again, failed)
	}
}
