// Package oracle interprets a graph in the most naive way there is: one PE
// after the other, upstream first, each to its end before the next begins, all
// streams kept in full. It shares nothing with the engine but the ports, and
// says what every mapping must come to.
package oracle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

// Instance is what one instance of a PE received.
type Instance struct {
	Items  uint64
	Digest port.Digest
}

// said is one thing that came out of an instance: a batch for some instance of
// an edge's destination, or a mark for all.
type said struct {
	to    int
	batch port.Batch
	mark  d4.Time
}

type oracle struct {
	g      *d4.Graph
	counts []int
	said   map[[2]int][]said // by edge and sender
}

// Run interprets a graph with that many instances of each element and returns
// what each instance received, by name of PE and index.
func Run(g *d4.Graph, counts []int) (map[string][]Instance, error) {
	o := &oracle{g: g, counts: counts, said: map[[2]int][]said{}}
	order, cycle := g.Order()
	if cycle != nil {
		return nil, fmt.Errorf("the graph has a cycle")
	}
	all := map[string][]Instance{}
	for _, at := range order {
		for k := range counts[at] {
			got, err := o.instance(at, k)
			if err != nil {
				return nil, fmt.Errorf("%s[%d]: %w", g.Elements[at].Name, k, err)
			}
			all[g.Elements[at].Name] = append(all[g.Elements[at].Name], got)
		}
	}
	return all, nil
}

// instance runs one instance from its factory to Close.
func (o *oracle) instance(at, k int) (got Instance, err error) {
	defer func() {
		switch x := recover().(type) {
		case nil:
		case failed:
			err = x.error
		default:
			panic(x)
		}
	}()
	el := o.g.Elements[at]
	pe, err := el.Make()
	if err != nil {
		return got, err
	}
	ports, err := port.Find(pe)
	if err != nil {
		return got, err
	}
	h := &host{o: o, at: at, k: k, ports: ports}
	for p, found := range ports {
		if found.In != nil {
			found.In.Bind(h)
			found.In.Digest(true)
		} else {
			found.Out.Bind(h, o.streams(at, p, k))
			h.outs = append(h.outs, found.Out)
		}
	}
	info := &d4.Instance{Name: el.Name, Index: k, Count: o.counts[at], Seed: 1, Log: slog.New(slog.DiscardHandler),
		Rand: rand.New(rand.NewPCG(1, uint64(k)))}
	info.Bind(context.Background(), nil, func(string) *atomic.Int64 { return new(atomic.Int64) })
	check(pe.Open(info))
	for _, out := range h.outs {
		out.Open()
	}
	if s, ok := pe.(d4.Source); ok {
		o.pull(s, el, k, h)
	}
	o.feed(at, k, pe, ports, h)
	check(pe.Finish())
	h.flush()
	check(pe.Close())
	for _, p := range ports {
		if p.In != nil {
			items, d := p.In.Received()
			got.Items += items
			got.Digest.Add(d)
		}
	}
	return got, nil
}

func (o *oracle) pull(s d4.Source, el *d4.Element, k int, h *host) {
	calls := el.Calls
	if n := o.counts[o.g.Element(el.Name)]; calls >= 0 {
		share := calls / n
		if k < calls%n {
			share++
		}
		calls = share
	}
	for ; calls != 0; calls-- {
		err := s.Next()
		if err == io.EOF {
			return
		}
		if _, waits := err.(port.WaitError); !waits {
			check(err)
		}
		h.flush()
	}
}

// upstream is one sender on one edge.
type upstream struct{ edge, sender int }

// feed gives the instance all that was sent to it, one sender after the other.
// An oracle is never in a hurry, so who is idle is waited for all the same.
func (o *oracle) feed(at, k int, pe d4.PE, ports []port.Found, h *host) {
	var senders []upstream
	marks := map[upstream]d4.Time{}
	for n, e := range o.g.Edges {
		for s := 0; e.To == at && s < o.counts[e.From]; s++ {
			senders = append(senders, upstream{n, s})
			marks[upstream{n, s}] = d4.Never
		}
	}
	passed := d4.Never
	for _, from := range senders {
		for _, x := range append(o.said[[2]int{from.edge, from.sender}], said{mark: d4.Forever}) {
			if x.batch == nil {
				marks[from] = max(marks[from], x.mark)
				passed = o.advance(at, k, pe, marks, passed, h)
			} else if x.to == k {
				ports[o.g.Edges[from.edge].In].In.Receive(x.batch)
			}
		}
	}
}

// advance passes the least mark on when it has risen.
func (o *oracle) advance(at, k int, pe d4.PE, marks map[upstream]d4.Time, passed d4.Time, h *host) d4.Time {
	t := slices.Min(slices.Collect(maps.Values(marks)))
	if t == d4.Forever || t <= passed {
		return passed
	}
	pass := t
	if a, ok := pe.(d4.Advancer); ok {
		var err error
		pass, err = a.Advance(t)
		check(err)
	}
	h.flush()
	for n, e := range o.g.Edges {
		if e.From == at {
			o.said[[2]int{n, k}] = append(o.said[[2]int{n, k}], said{mark: pass})
		}
	}
	return t
}

// streams are the edges of one output.
func (o *oracle) streams(at, out, k int) (streams []port.Stream) {
	for n, e := range o.g.Edges {
		if e.From == at && e.Out == out {
			to := o.g.Elements[e.To].Ports[e.In].In
			streams = append(streams, port.Stream{To: to, Grouping: e.Grouping, N: o.counts[e.To], First: k % o.counts[e.To],
				Sender: &sender{o: o, key: [2]int{n, k}, n: o.counts[e.To]}})
		}
	}
	return streams
}

// sender keeps what is sent; Balanced takes turns.
type sender struct {
	o       *oracle
	key     [2]int
	turn, n int
}

func (s *sender) Send(to int, b port.Batch) {
	s.o.said[s.key] = append(s.o.said[s.key], said{to: to, batch: b})
}
func (s *sender) Least() int     { s.turn++; return s.turn % s.n }
func (s *sender) Lends(int) bool { return false }

// host is what ports ask of the engine: nothing much.
type host struct {
	o     *oracle
	at, k int
	ports []port.Found
	outs  []port.Output
}

func (h *host) Enter(int)       {}
func (h *host) Leave(err error) { check(err) }
func (h *host) Tick() uint32    { return 0 }
func (h *host) Overfull(int)    { check(errors.New("a held call emitted too much")) }
func (h *host) Misused()        { check(errors.New("an Emit outside a call")) }

func (h *host) flush() {
	for _, out := range h.outs {
		out.Flush()
	}
}

func (h *host) Idle(port.Output) {}
func (h *host) Mark(out port.Output, t d4.Time) {
	for n, e := range h.o.g.Edges {
		if e.From == h.at && h.ports[e.Out].Out == out {
			h.o.said[[2]int{n, h.k}] = append(h.o.said[[2]int{n, h.k}], said{mark: t})
		}
	}
}

// failed carries a PE's error out of its calls.
type failed struct{ error }

func check(err error) {
	if err != nil {
		panic(failed{err})
	}
}
