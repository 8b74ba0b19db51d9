package partition_test

import (
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/pes"
)

// TestConfined: what writes outputs is on ranks that see the run directory, and
// nothing else has moved because of it.
func TestConfined(t *testing.T) {
	for _, apart := range [][]bool{{false, false, false, false}, {false, false, true, true}, {false, true, true, true}} {
		ranks := partition.Ranks(4, 1)
		for k := range ranks {
			ranks[k].Node, ranks[k].Apart = k/2, apart[k]
		}
		g := d4.NewGraph("writes")
		words := d4.Add(g, "words", pes.Slice("a", "b"))
		upper := d4.Add(g, "upper", pes.Map(func(s string) string { return s }), d4.Instances(4))
		lines := d4.Add(g, "lines", pes.WriteLines("lines"), d4.Instances(3))
		d4.Connect(g, words.Out, upper.In)
		d4.Connect(g, upper.Out, lines.In)
		p, err := partition.Make(g, ranks, partition.Options{Fuse: partition.Off})
		if err != nil {
			t.Fatal(err)
		}
		used := map[int]bool{}
		for k := range 4 {
			used[p.RankOf(1, k)] = true
		}
		if len(used) < 2 {
			t.Errorf("%v: upper is on ranks %v only", apart, used)
		}
		for k := range 3 {
			if on := p.RankOf(2, k); apart[on] {
				t.Errorf("%v: lines[%d] is on rank %d, which does not see the run directory\n%s", apart, k, on, p)
			}
		}
	}
}
