package partition_test

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/partition"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/*.txt again")

// node is a PE with any number of ports.
type node struct {
	d4.Base
	In  []d4.In[int]
	Out []d4.Out[int]
}

func newNode(in, out int, opts ...d4.InputOption) node {
	n := node{Out: make([]d4.Out[int], out)}
	for range in {
		n.In = append(n.In, d4.Input(func(int) error { return nil }, opts...))
	}
	return n
}

type (
	source  struct{ node }
	splits  struct{ source }
	root    struct{ node }
	single  struct{ node }
	limited struct{ node }
	greedy  struct{ node }
	routed  struct{ node }
)

func (*source) Next() error                  { return io.EOF }
func (*splits) Splits() []string             { return nil }
func (*splits) Position(int) ([]byte, error) { return nil, nil }
func (*splits) Seek(int, []byte) error       { return nil }
func (*root) RootPlaced()                    {}
func (*single) Single()                      {}
func (*limited) MemoryLimit(count int) int64 { return 1 << 20 / int64(count) }
func (*greedy) MemoryLimit(int) int64        { return 1 << 20 }

// add adds a PE of a kind: node, source, splits, root, single, limited (keeps 1 MiB
// in all instances), greedy (1 MiB in each) or routed (says where its items go).
func add(g *d4.Graph, kind, name string, in, out int, inputs []d4.InputOption, opts ...d4.Option) error {
	pe := func() node { return newNode(in, out, inputs...) }
	switch kind {
	case "node":
		d4.Add(g, name, func() *node { n := pe(); return &n }, opts...)
	case "source":
		d4.Add(g, name, func() *source { return &source{newNode(0, out)} }, opts...)
	case "splits":
		d4.Add(g, name, func() *splits { return &splits{source{newNode(0, out)}} }, opts...)
	case "root":
		d4.Add(g, name, func() *root { return &root{pe()} }, opts...)
	case "single":
		d4.Add(g, name, func() *single { return &single{pe()} }, opts...)
	case "limited":
		d4.Add(g, name, func() *limited { return &limited{pe()} }, opts...)
	case "routed":
		d4.Add(g, name, func() *routed {
			n := pe()
			for k := range n.In {
				n.In[k] = d4.InputRoute(func(int) error { return nil }, func(item, n int, to []int) []int { return append(to, item%n) })
			}
			return &routed{n}
		}, opts...)
	case "greedy":
		d4.Add(g, name, func() *greedy { return &greedy{pe()} }, opts...)
	default:
		return fmt.Errorf("no kind %q", kind)
	}
	return nil
}

// scenario is what a block of a file has said so far.
type scenario struct {
	graph *d4.Graph
	ranks []partition.Rank
	opts  partition.Options
}

// command obeys one line.
func (s *scenario) command(line string) error {
	words := strings.Fields(line)
	if len(words) == 0 || strings.HasPrefix(words[0], "#") {
		return nil
	}
	switch words[0] {
	// graph NAME: begins another graph.
	case "graph":
		*s = scenario{graph: d4.NewGraph(words[1])}
	// ranks CORES...: one rank for each number of cores, all on one host.
	// nodes CORES...: one rank for each, each on a host of its own.
	case "ranks", "nodes":
		s.ranks = nil
		for i, w := range words[1:] {
			n, err := strconv.Atoi(w)
			if err != nil {
				return err
			}
			r := partition.Rank{Cores: n, Host: "localhost"}
			if words[0] == "nodes" {
				r.Node, r.Host = i, fmt.Sprintf("node%d", i)
			}
			s.ranks = append(s.ranks, r)
		}
	// cluster CORES...: nodes; each argument is one, and has a rank for each of
	// its numbers of cores, as 2,2,4.
	case "cluster":
		s.ranks = nil
		for i, w := range words[1:] {
			for _, cores := range strings.Split(w, ",") {
				n, err := strconv.Atoi(cores)
				if err != nil {
					return err
				}
				s.ranks = append(s.ranks, partition.Rank{Cores: n, Node: i, Host: fmt.Sprintf("node%d", i)})
			}
		}
	// profile: none any more.
	// profile PE INSTANCES ITEMS_IN ITEMS_OUT BYTES_OUT SECONDS: what was measured.
	case "profile":
		if len(words) == 1 {
			s.opts.Profile = nil
			return nil
		}
		if s.opts.Profile == nil {
			s.opts.Profile = partition.Profile{}
		}
		var w partition.Work
		if _, err := fmt.Sscan(strings.Join(words[2:], " "), &w.Instances, &w.ItemsIn, &w.ItemsOut, &w.BytesOut, &w.Seconds); err != nil {
			return err
		}
		s.opts.Profile[words[1]] = w
	// memory BYTES: that PEs of each rank may keep.
	case "memory":
		n, err := strconv.ParseInt(words[1], 10, 64)
		for r := range s.ranks {
			s.ranks[r].Memory = n
		}
		return err
	// part FRACTION: of its cores that each rank has for itself.
	case "part":
		x, err := strconv.ParseFloat(words[1], 64)
		for r := range s.ranks {
			s.ranks[r].Part = x
		}
		return err
	// overcommit yes|no
	case "overcommit":
		s.opts.Overcommit = words[1] == "yes"
	// each PE SECONDS...: what was measured of each instance, which had items and
	// emitted items in proportion; a profile has what all did together.
	case "each":
		w := s.opts.Profile[words[1]]
		w.Each = nil
		sum := 0.0
		for _, text := range words[2:] {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return err
			}
			w.Each = append(w.Each, partition.Share{Seconds: x})
			sum += x
		}
		for k := range w.Each {
			part := w.Each[k].Seconds / sum
			w.Each[k].ItemsIn, w.Each[k].ItemsOut = part*w.ItemsIn, part*w.ItemsOut
		}
		s.opts.Profile[words[1]] = w
	// placement RULE
	case "placement":
		rule, err := partition.ParsePlacement(words[1])
		s.opts.Placement = rule
		return err
	// fuse auto|off|all
	case "fuse":
		f, err := partition.ParseFuse(words[1])
		s.opts.Fuse = f
		return err
	// budget BYTES: of items on their way for each rank
	case "budget":
		n, err := strconv.ParseInt(words[1], 10, 64)
		s.opts.Budget = n
		return err
	// KIND NAME [in=N] [out=N] [grouping=G] [instances=N] [weight=SECONDS]
	// [on_error=skip] [calls=N]: adds a PE; one input and one output if not
	// said otherwise.
	case "node", "source", "splits", "root", "single", "limited", "greedy", "routed":
		in, out := 1, 1
		var inputs []d4.InputOption
		var opts []d4.Option
		for _, w := range words[2:] {
			key, value, _ := strings.Cut(w, "=")
			n, _ := strconv.Atoi(value)
			switch key {
			case "in":
				in = n
			case "out":
				out = n
			case "grouping":
				g, err := groupingOf(value)
				if err != nil {
					return err
				}
				inputs = append(inputs, g)
			case "instances":
				opts = append(opts, d4.Instances(n))
			case "weight":
				x, _ := strconv.ParseFloat(value, 64)
				opts = append(opts, d4.Weight(x))
			case "on_error":
				opts = append(opts, d4.WithOnError(map[string]d4.OnError{"skip": d4.Skip, "retry": d4.Retry}[value], 1))
			case "calls":
				opts = append(opts, d4.Calls(n))
			default:
				return fmt.Errorf("no key %q", key)
			}
		}
		return add(s.graph, words[0], words[1], in, out, inputs, opts...)
	// edge FROM[.K] TO[.K] [GROUPING]: joins output K with input K, 0 if not
	// said otherwise.
	case "edge":
		from, out, _ := strings.Cut(words[1], ".")
		to, in, _ := strings.Cut(words[2], ".")
		var by d4.Grouping
		if len(words) > 3 {
			g, err := groupingOf(words[3])
			if err != nil {
				return err
			}
			by = g
		}
		return s.graph.ConnectPorts(from, "out["+max("0", out)+"]", to, "in["+max("0", in)+"]", by)
	default:
		return fmt.Errorf("no command %q", words[0])
	}
	return nil
}

func groupingOf(name string) (d4.Grouping, error) {
	if name == "by" {
		return d4.By(func(n int) int { return n }), nil
	}
	if g, ok := port.KindNamed(name); ok {
		return g, nil
	}
	return nil, fmt.Errorf("no grouping %q", name)
}

// TestPlans makes the plans of testdata/*.txt. A file has blocks: commands, a
// line ----, and the plan that they lead to. What a block has said holds in the
// next ones too, until another graph.
func TestPlans(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txt")
	if len(files) == 0 {
		t.Fatal("no scenarios")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s scenario
		var again []string
		for _, block := range strings.Split(strings.TrimSpace(string(text)), "\n====\n") {
			commands, want, _ := strings.Cut(block, "\n----")
			for i, line := range strings.Split(commands, "\n") {
				if err := s.command(line); err != nil {
					t.Fatalf("%s: line %d of a block, %s: %v", file, i+1, line, err)
				}
			}
			got := ""
			if p, err := partition.Make(s.graph, s.ranks, s.opts); err != nil {
				got = err.Error()
			} else {
				got = p.String()
			}
			got = trim(got)
			if want = strings.TrimSpace(want); got != want && !*rewrite {
				t.Errorf("%s: after\n%s\nthe plan is\n%s\n\nwant\n%s", file, commands, got, want)
			}
			again = append(again, commands+"\n----\n"+got)
		}
		if *rewrite {
			if err := os.WriteFile(file, []byte(strings.Join(again, "\n\n====\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// trim removes blanks at the ends of lines.
func trim(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
