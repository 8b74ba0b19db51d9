package storm

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dispel4go/dispel4go/partition"
)

// Options of a topology; the zero value is one JVM on this host's cluster.
type Options struct {
	Nimbus   string // host:port; "" means DefaultNimbus
	Topology string // its name, which must not be in use; "" means one of the run's name, the time and a number
	Workers  int    // JVMs that Storm spreads the stages over; 0 means 1
	Ship     bool   // send the program along: it is not at the same path on all nodes
	Detach   bool   // do not wait for the end
	// Conf is further configuration of the topology, by Storm's names.
	Conf map[string]any
}

// DefaultNimbus is where Nimbus listens on a cluster of one host.
const DefaultNimbus = "localhost:6627"

// componentName is what a chain is called on the cluster.
func componentName(p *partition.Plan, chain int) string {
	var names []string
	for _, at := range p.Chains[chain].Elements {
		names = append(names, p.Graph.Elements[at].Name)
	}
	return strings.Join(names, "+")
}

// inputs are the chains that send to a chain.
func inputs(p *partition.Plan, chain int) (from []int) {
	for n, e := range p.Graph.Edges {
		if p.Fused(n) || p.ChainOf[e.To] != chain {
			continue
		}
		if c := p.ChainOf[e.From]; !slices.Contains(from, c) {
			from = append(from, c)
		}
	}
	slices.Sort(from)
	return from
}

// Render makes a topology of a plan whose stages are each on a rank of its own:
// a component for each chain, as many instances of it as the chain has stages,
// and a direct stream from one component to the other where an edge is. Command
// is a path that every node has, or the name of a shipped file.
func Render(p *partition.Plan, command, arg string) Topology {
	var t Topology
	sends := map[int]bool{}
	for at := range p.Chains {
		for _, from := range inputs(p, at) {
			sends[from] = true
		}
	}
	for at, chain := range p.Chains {
		c := Component{Name: componentName(p, at), Command: command, Arg: arg, Parallel: len(chain.Ranks)}
		if sends[at] {
			c.Outputs = []Stream{{Name: frameStream, Fields: []string{"frame"}, Direct: true}}
		}
		for _, from := range inputs(p, at) {
			c.Inputs = append(c.Inputs, Input{From: componentName(p, from), Stream: frameStream})
		}
		t.Components = append(t.Components, c)
	}
	return t
}

// String is the topology as people read it: a line for each component.
func (t Topology) String() string {
	var b strings.Builder
	for _, c := range t.Components {
		kind, from := "spout", ""
		if len(c.Inputs) > 0 {
			var all []string
			for _, in := range c.Inputs {
				all = append(all, in.From)
			}
			kind, from = "bolt", " <- "+strings.Join(all, ", ")
		}
		fmt.Fprintf(&b, "%-5s %s x %d%s\n", kind, c.Name, c.Parallel, from)
	}
	return b.String()
}

// Conf is the configuration of a topology of ours. Storm's queues count tuples
// of any size, and by default so many that frames would fill the memory of its
// JVMs. It cannot replay a tuple, for the state of a PE cannot be set back: so
// nothing is tracked, and a failure ends the run. Its clock ticks every second,
// for the bolts that send. A bolt that waits for a tuple looks a thousand times,
// 50 us apart, before it sleeps for a millisecond between two looks; ours sleeps
// after the first, as frames are fewer and a millisecond more is little for
// them. What the user has given stands over ours.
func Conf(p *partition.Plan, o Options) map[string]any {
	conf := map[string]any{
		"topology.workers":                            max(o.Workers, 1),
		"topology.acker.executors":                    0,
		"topology.eventlogger.executors":              0,
		"topology.shellbolt.max.pending":              10,
		"topology.executor.receive.buffer.size":       64,
		"topology.transfer.buffer.size":               64,
		"topology.tick.tuple.freq.secs":               1,
		"topology.bolt.wait.progressive.level2.count": 1,
	}
	maps.Copy(conf, o.Conf)
	return conf
}

// Ship returns the files for a jar that brings the program along, and the
// command and argument for Render. A file loses its execute bit on the way, so
// the first instance to start on a node makes a copy that has it; of several at
// the same time the last one's stays.
func Ship(program []byte) (files map[string][]byte, command, arg string) {
	const script = `#!/bin/sh
if [ ! -x ./d4 ]; then
	cp program "d4.$$" && chmod +x "d4.$$" && mv -f "d4.$$" d4 || exit 1
fi
exec ./d4 ` + Arg + "\n"
	return map[string][]byte{"program": program, "run.sh": []byte(script)}, "sh", "run.sh"
}
