// Partition cuts graphs with the partitioner of plans and with the peers that
// cut graphs best, and prints cut, balance and time side by side:
//
//	go run ./bench/partition [-k 2,8,32,128] [-graphs FOLDER] [graph...]
//
// The peers are gpmetis, k-way and recursive, and Scotch: the packages metis
// and scotch of Debian, which scripts/partitioners.sh installs. Each runs with
// ten seeds. What ours is compared with is the best cut of all these runs that
// is feasible: no part heavier than 1.03 of the average, or than the heaviest
// vertex if that is more.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/partition"
)

// imbalance is what parts may be heavier than the average by.
const imbalance = 0.03

func main() {
	folder := flag.String("graphs", "../shared/data/graphs", "the folder of the graphs, in the format of METIS")
	ks := flag.String("k", "2,8,32,128", "the numbers of parts")
	flag.Parse()
	if err := compare(*folder, *ks, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "partition:", err)
		os.Exit(1)
	}
}

func compare(folder, ks string, names []string) error {
	if len(names) == 0 {
		files, err := filepath.Glob(filepath.Join(folder, "*.graph"))
		if err != nil {
			return err
		}
		for _, f := range files {
			names = append(names, strings.TrimSuffix(filepath.Base(f), ".graph"))
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("no *.graph in %s: name the folder of the graphs with -graphs", folder)
	}
	dir, err := os.MkdirTemp("", "partition")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	fmt.Printf("%-14s %4s %10s %6s %9s   %-11s %10s %6s %9s   %6s %6s\n",
		"graph", "k", "cut", "load", "time", "best peer", "cut", "load", "time", "cut", "time")
	var all sums
	for _, name := range names {
		path := filepath.Join(folder, name+".graph")
		g, err := readMETIS(path)
		if err != nil {
			return err
		}
		file := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
		if err := forScotch(file); err != nil {
			return err
		}
		for field := range strings.SplitSeq(ks, ",") {
			k, err := strconv.Atoi(field)
			if err != nil {
				return fmt.Errorf("-k: %w", err)
			}
			if k > len(g.weights)/4 {
				continue // a part of three vertices has nothing to cut
			}
			if err := all.contest(name, file, g, k); err != nil {
				return err
			}
		}
	}
	all.print()
	return nil
}

// A result is what a partitioner has made of a graph.
type result struct {
	name string
	cut  int64
	load float64
}

// sums are the ratios of ours to the best peer, by the kind of graph.
type sums map[string][]ratios

type ratios struct{ cut, time float64 }

// contest runs all on one graph, in turn. The time of each is that of its
// fastest run, for the others were disturbed.
func (s *sums) contest(name, file string, g graph, k int) error {
	best := result{name: "none"}
	ours := result{name: "ours"}
	fastest := map[string]time.Duration{}
	for seed := 1; seed <= seeds; seed++ {
		for _, p := range append([]peer{{"ours", g.ours}}, peers...) {
			parts, took, err := p.run(file, k, seed)
			if err != nil {
				return fmt.Errorf("%s, k = %d: %w", name, k, err)
			}
			if len(parts) != len(g.weights) {
				return fmt.Errorf("%s, k = %d: %s has placed %d of %d vertices", name, k, p.name, len(parts), len(g.weights))
			}
			if t, ok := fastest[p.name]; !ok || took < t {
				fastest[p.name] = took
			}
			cut, load := g.cut(parts, k)
			switch {
			case p.name == "ours":
				ours.cut, ours.load = cut, load
			case load <= g.limit(k) && (best.name == "none" || cut < best.cut):
				best = result{p.name, cut, load}
			}
		}
	}
	took, theirs := fastest["ours"], fastest[best.name]
	mark := ""
	if ours.load > g.limit(k) {
		mark = "  too heavy"
	}
	r := ratios{math.NaN(), math.NaN()}
	if best.name != "none" {
		r = ratios{float64(ours.cut) / float64(best.cut), took.Seconds() / theirs.Seconds()}
	}
	fmt.Printf("%-14s %4d %10d %6.3f %9s   %-11s %10d %6.3f %9s   %6.3f %6.2f%s\n", name, k, ours.cut, ours.load, short(took),
		best.name, best.cut, best.load, short(theirs), r.cut, r.time, mark)
	if best.name == "none" {
		return nil
	}
	if *s == nil {
		*s = sums{}
	}
	kind := "meshes"
	if strings.HasPrefix(name, "wf") || strings.HasPrefix(name, "xcorr") {
		kind = "workflows"
	}
	(*s)[kind] = append((*s)[kind], r)
	return nil
}

// ours runs our partitioner; it takes no seed.
func (g graph) ours(_ string, k, _ int) ([]int, time.Duration, error) {
	start := time.Now()
	parts, err := partition.Graph(g.weights, g.edges, k, imbalance)
	return parts, time.Since(start), err
}

// limit is the heaviest load that is feasible, over the average.
func (g graph) limit(k int) float64 {
	total := int64(0)
	for _, w := range g.weights {
		total += w
	}
	return max(1+imbalance, float64(slices.Max(g.weights))*float64(k)/float64(total)) + 1e-9
}

// print prints the geometric means and the worst.
func (s sums) print() {
	for _, kind := range []string{"workflows", "meshes"} {
		all := s[kind]
		if len(all) == 0 {
			continue
		}
		mean := func(of func(ratios) float64) float64 {
			sum := 0.0
			for _, r := range all {
				sum += math.Log(of(r))
			}
			return math.Exp(sum / float64(len(all)))
		}
		worst := 0.0
		for _, r := range all {
			worst = max(worst, r.cut)
		}
		fmt.Printf("%-10s geometric means of ours to the best peer: cut %.3f (worst %.3f), time %.2f of one run of it\n", kind,
			mean(func(r ratios) float64 { return r.cut }), worst, mean(func(r ratios) float64 { return r.time }))
	}
}

func short(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1e3) }
