package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/partition"
)

func TestMETIS(t *testing.T) {
	for _, c := range []struct {
		text string
		want graph
	}{
		{"3 2\n2\n1 3\n2\n", graph{[]int64{1, 1, 1}, []partition.Edge{{A: 0, B: 1, Weight: 1}, {A: 1, B: 2, Weight: 1}}}},
		{"% made by hand\n2 1 011\n7 2 5\n% between\n9 1 5\n", graph{[]int64{7, 9}, []partition.Edge{{A: 0, B: 1, Weight: 5}}}},
		{"2 1 10 1\n7 2\n9 1\n", graph{[]int64{7, 9}, []partition.Edge{{A: 0, B: 1, Weight: 1}}}},
		{"2 1 001\n2 4\n1 4\n", graph{[]int64{1, 1}, []partition.Edge{{A: 0, B: 1, Weight: 4}}}},
		{"2 0\n\n\n", graph{[]int64{1, 1}, nil}},
	} {
		g, err := parseMETIS(strings.NewReader(c.text))
		if err != nil || !slices.Equal(g.weights, c.want.weights) || !slices.Equal(g.edges, c.want.edges) {
			t.Errorf("%q: %+v, %v; want %+v", c.text, g, err, c.want)
		}
	}
}

func TestNotMETIS(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "line 0",
		"3\n":                    "line 1: not the first line",
		"a b\n":                  `not the first line`,
		"2 1 100\n2\n1\n":        "format 100",
		"2 1 011 2\n1 1 2 3\n":   "2 weights",
		"2 1\n2\n":               "line 2, vertex 2 of 2: unexpected EOF",
		"2 1\n3\n1\n":            "neighbour 3, of 2",
		"2 1\n1\n1\n":            "neighbour 1",
		"2 1\n0\n1\n":            "neighbour 0",
		"2 1\n-1\n1\n":           `"-1"`,
		"2 1 010\n\n1 1\n":       "no weight",
		"2 1 001\n2\n1 1\n":      "no weight",
		"2 2\n2\n1\n":            "2 edges are announced",
		"2 1\n2 2\n\n":           "in the line of the lower vertex",
		"9999999999 1\n":         "not the first line",
		"2 1\n2 x\n1\n":          `"x"`,
		"2 1\n99999999999999999": `99999999999999999`,
	} {
		if _, err := parseMETIS(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestKnownCuts holds the cuts on graphs that all partitioners are measured
// by to what they were when make bench-partition last compared them, and 3 %.
func TestKnownCuts(t *testing.T) {
	folder := "../../../shared/data/graphs"
	if files, _ := filepath.Glob(folder + "/*.graph"); len(files) == 0 {
		t.Skip("SKIP: no graphs in " + folder)
	}
	for _, c := range []struct {
		name string
		k    int
		cut  int64
	}{
		{"wf237", 8, 58382},
		{"wf237", 32, 115139},
		{"xcorr1639", 8, 76800},
		{"wf1928", 32, 732390},
		{"4elt", 8, 585},
		{"delaunay_n15", 32, 3148},
	} {
		g, err := readMETIS(filepath.Join(folder, c.name+".graph"))
		if err != nil {
			t.Fatal(err)
		}
		parts, _, err := g.ours("", c.k, 1)
		if err != nil {
			t.Fatal(err)
		}
		if cut, load := g.cut(parts, c.k); float64(cut) > 1.03*float64(c.cut) || load > g.limit(c.k) {
			t.Errorf("%s in %d parts: cut %d, load %.3f; the best of three partitioners with ten seeds cuts %d", c.name, c.k, cut, load, c.cut)
		}
	}
}
