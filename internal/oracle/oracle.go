// Package oracle interprets a graph in the most naive way there is: one PE
// after the other, upstream first, each to its end before the next begins, all
// streams kept in full. It shares nothing with the engine but the ports, and
// says what every mapping must come to.
package oracle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

// Instance is what one instance of a PE received.
type Instance struct {
	Items  uint64
	Digest port.Digest
}

// stream is all that one sender said on one edge to the n instances of its
// destination.
type stream struct {
	edge    d4.Edge
	n, turn int
	said    []said
}

// said is a batch for one instance, or a mark for all of them.
type said struct {
	to    int
	batch port.Batch
	mark  d4.Time
}

func (s *stream) Send(to int, b port.Batch) { s.said = append(s.said, said{to: to, batch: b}) }
func (s *stream) Least() int                { s.turn++; return s.turn % s.n }
func (s *stream) Lends(int) bool            { return false }

// instance is one copy of a PE, and what its ports ask of an engine.
type instance struct {
	pe    d4.PE
	ports []port.Found
	to    []*stream
	err   error // the first of its calls
}

func (i *instance) note(err error) { i.err = cmp.Or(i.err, err) }

func (i *instance) Enter(int)        {}
func (i *instance) Leave(err error)  { i.note(err) }
func (i *instance) Tick() uint32     { return 0 }
func (i *instance) Overfull(int)     { panic("a held call emitted too much") }
func (i *instance) Misused()         { panic("an Emit outside a call") }
func (i *instance) Idle(port.Output) {}
func (i *instance) Mark(out port.Output, t d4.Time) {
	for _, s := range i.to {
		if out == nil || i.ports[s.edge.Out].Out == out {
			s.said = append(s.said, said{mark: t})
		}
	}
}

// Run interprets a graph with that many instances of each element and returns
// what each instance received, by name of PE and index.
func Run(g *d4.Graph, counts []int) (map[string][]Instance, error) {
	order, cycle := g.Order()
	if cycle != nil {
		return nil, errors.New("the graph has a cycle")
	}
	all, edges := map[string][]Instance{}, make([][]*stream, len(g.Edges)) // the streams by edge and sender
	for _, at := range order {
		el := g.Elements[at]
		for k := range counts[at] {
			got, err := run(g, edges, at, k, counts)
			if err != nil {
				return nil, fmt.Errorf("%s[%d]: %w", el.Name, k, err)
			}
			all[el.Name] = append(all[el.Name], got)
		}
	}
	return all, nil
}

// run takes instance k of an element from its factory to Close.
func run(g *d4.Graph, edges [][]*stream, at, k int, counts []int) (got Instance, err error) {
	el, i := g.Elements[at], &instance{}
	if i.pe, err = el.Make(); err != nil {
		return got, err
	}
	if i.ports, err = port.Find(i.pe); err != nil {
		return got, err
	}
	var from []*stream
	for n, e := range g.Edges {
		if e.From == at {
			s := &stream{edge: e, n: counts[e.To]}
			edges[n], i.to = append(edges[n], s), append(i.to, s)
		} else if e.To == at {
			from = append(from, edges[n]...)
		}
	}
	for p, found := range i.ports {
		if found.In != nil {
			found.In.Bind(i)
			found.In.Digest(true)
			continue
		}
		var streams []port.Stream
		for _, s := range i.to {
			if s.edge.Out == p {
				streams = append(streams, port.Stream{To: g.Elements[s.edge.To].Ports[s.edge.In].In, Grouping: s.edge.Grouping, N: s.n, First: k % s.n, Sender: s})
			}
		}
		found.Out.Bind(i, streams)
	}
	info := &d4.Instance{Name: el.Name, Index: k, Count: counts[at], Seed: 1, Log: slog.New(slog.DiscardHandler), Rand: rand.New(rand.NewPCG(1, uint64(k)))}
	info.Bind(context.Background(), nil, func(string) *atomic.Int64 { return new(atomic.Int64) })
	i.note(i.pe.Open(info))
	i.each(port.Output.Open)
	if source, ok := i.pe.(d4.Source); ok {
		i.pull(source, el.Calls, k, counts[at])
	}
	passed := d4.Never
	for n, s := range from {
		for _, x := range s.said {
			switch {
			case x.batch != nil && x.to == k:
				i.ports[s.edge.In].In.Receive(x.batch)
			case x.batch == nil && n == len(from)-1 && x.mark > passed: // all others have ended
				passed = x.mark
				pass := passed
				if a, ok := i.pe.(d4.Advancer); ok {
					pass, err = a.Advance(passed)
					i.note(err)
				}
				i.each(port.Output.Flush)
				i.Mark(nil, pass)
			}
		}
	}
	i.note(i.pe.Finish())
	i.each(port.Output.Flush)
	i.note(i.pe.Close())
	for _, p := range i.ports {
		if p.In != nil {
			items, d := p.In.Received()
			got.Items += items
			got.Digest.Add(d)
		}
	}
	return got, i.err
}

// pull calls Next until the source has ended, or for its share of the calls. An
// oracle is never in a hurry: who waits is called again.
func (i *instance) pull(source d4.Source, calls, k, n int) {
	if share := calls / n; calls >= 0 {
		calls = share + min(1, max(0, calls%n-k))
	}
	for ; calls != 0 && i.err == nil; calls-- {
		if err := source.Next(); err == io.EOF {
			return
		} else if !errors.As(err, new(port.WaitError)) {
			i.note(err)
		}
	}
}

func (i *instance) each(do func(port.Output)) {
	for _, p := range i.ports {
		if p.Out != nil {
			do(p.Out)
		}
	}
}
