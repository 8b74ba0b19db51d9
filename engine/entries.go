package engine

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"

	"github.com/fxamacker/cbor/v2"

	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/internal/wire"
	"github.com/dispel4go/dispel4go/transport"
)

// received is a batch as it came: it is decoded by the stage that gets it.
type received struct {
	frame *frameRef
	codec byte
	from  int
	items int
	body  []byte
	parts [][]byte

	unpacked int               // bytes of the body when it is unpacked; 0 if it is not packed
	packed   []wire.PackedPart // that are missing in parts
}

// frameRef frees a frame when its last batch has been decoded.
type frameRef struct {
	tr    transport.Transport
	frame []byte
	users atomic.Int32
}

// free gives up the batch's holding of its frame, once.
func (x *received) free() {
	if x.frame != nil {
		x.frame.done()
		x.frame = nil
	}
}

func (f *frameRef) done() {
	if f.users.Add(-1) == 0 {
		f.tr.Free(f.frame)
	}
}

// receive takes a frame apart. Batches are only noted, for their stages.
func (m *remote) receive(event transport.Event) {
	ref := &frameRef{tr: m.tr, frame: event.Frame}
	ref.users.Store(1)
	defer ref.done()
	var reader wire.Reader
	err := reader.Reset(event.Frame, event.Parts)
	if err == nil && reader.Epoch() != m.epoch {
		// It would understand nothing that could be said in frames.
		m.tr.Abort(fmt.Errorf("rank %d (%s) runs another plan (%016x) than rank %d (%016x): %s",
			event.Rank, m.tr.Host(event.Rank), reader.Epoch(), m.r.id, m.epoch, startedAlike))
		return
	}
	var e wire.Entry
	for more := err == nil; more; {
		if more, err = reader.Next(&e); more {
			if err = m.entry(event.Rank, &e, ref); err != nil {
				break
			}
		}
	}
	if err != nil {
		m.r.fail(&Failure{Rank: m.r.id, Host: m.r.host, Text: fmt.Sprintf("a frame from rank %d (%s)%s: %v",
			event.Rank, m.tr.Host(event.Rank), m.about(err), err), err: err})
	}
}

// about names the edges whose batches are in a damaged frame.
func (m *remote) about(err error) string {
	var corrupt *wire.CorruptError
	if !errors.As(err, &corrupt) {
		return ""
	}
	g := m.r.plan.Graph
	var names []string
	for _, edge := range corrupt.Edges {
		if edge < len(g.Edges) { // as far as they can be read
			e := g.Edges[edge]
			names = append(names, fmt.Sprintf("%s.%s -> %s.%s", g.Elements[e.From].Name, g.Elements[e.From].Ports[e.Out].Name,
				g.Elements[e.To].Name, g.Elements[e.To].Ports[e.In].Name))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " of " + strings.Join(names, ", ")
}

// entry does what one entry of a frame says.
func (m *remote) entry(from int, e *wire.Entry, ref *frameRef) error {
	r := m.r
	switch e.Kind {
	case wire.Batch, wire.End, wire.Mark, wire.Idle, wire.Credit:
	default:
		m.news = true
	}
	switch e.Kind {
	case wire.Batch, wire.End, wire.Mark, wire.Idle, wire.Credit:
		if e.Edge >= len(r.edges) || e.From >= r.plan.Counts[r.plan.Graph.Edges[e.Edge].From] {
			return fmt.Errorf("%w: a %s of edge %d from instance %d, which there is not", wire.ErrCorrupt, e.Kind, e.Edge, e.From)
		}
		return m.edgeEntry(r.edges[e.Edge], e, ref)
	case wire.Stop:
		if limit := e.Number&forTime != 0; e.Number&wasDone != 0 {
			r.note(limit)
		} else {
			r.stop(limit)
		}
	case wire.Fail:
		f := e.Failure
		call, text, _ := cut(f.Text)
		text, stack, _ := cut(text)
		r.failHere(&Failure{PE: f.PE, Index: f.Instance, Rank: f.Rank, Host: f.Host, Call: call, Item: f.Item, Text: text, Stack: stack})
	case wire.Hello:
		if err := m.greet(e.Hello); err != nil {
			return err
		}
		if r.id == 0 {
			m.hellos++
		} else if !m.greeted {
			m.greeted = true
			m.launch()
		}
	case wire.Account:
		var a Account
		if err := accountMode.Unmarshal(e.Body, &a); err != nil {
			return fmt.Errorf("%w: an account: %w", wire.ErrCorrupt, err)
		}
		m.accounts = append(m.accounts, a)
	case wire.Progress:
		return m.told.hear(from, e.Body, len(r.instances))
	case wire.Done:
		m.over = true
	default:
		return fmt.Errorf("%w: a %s is not expected", wire.ErrCorrupt, e.Kind)
	}
	return nil
}

// accountMode reads accounts of any number of instances.
var accountMode = func() cbor.DecMode {
	mode, err := cbor.DecOptions{MaxArrayElements: math.MaxInt32, MaxMapPairs: math.MaxInt32}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

// edgeEntry does what an entry says about an edge.
func (m *remote) edgeEntry(edge *edge, e *wire.Entry, ref *frameRef) error {
	r := m.r
	wrong := func() error {
		return fmt.Errorf("%w: a %s of edge %d from instance %d to instance %d, which does not fit the plan", wire.ErrCorrupt, e.Kind, e.Edge, e.From, e.To)
	}
	switch e.Kind {
	case wire.Batch:
		if e.To >= len(edge.dest) || edge.dest[e.To] == nil || edge.fused {
			return wrong()
		}
		bytes := e.Size() + port.BatchOverhead
		for _, p := range e.Parts {
			bytes += len(p)
		}
		for _, p := range e.Packed {
			bytes += p.Unpacked
		}
		ref.users.Add(1)
		r.deliver(edge, e.From, edge.dest[e.To], delivery{bytes: bytes,
			remote: &received{frame: ref, codec: byte(e.Codec), from: e.From, items: e.Items, body: e.Body, parts: e.Parts,
				unpacked: e.Unpacked, packed: e.Packed}})
	case wire.Credit:
		sender := r.instances[r.plan.Graph.Edges[e.Edge].From][e.From]
		if sender == nil || e.To >= len(edge.dest) {
			return wrong()
		}
		for _, o := range sender.edges {
			if o.edge == edge {
				o.credit(e.To, int(e.Bytes))
			}
		}
	default:
		p := promise{}
		switch e.Kind {
		case wire.End:
			p.ended, p.cut = true, e.Number == 1
		case wire.Idle:
			p.idle = true
		case wire.Mark:
			p.mark = port.Time(e.Time)
		}
		if r.promise(edge, func(u *upstreams) (bool, bool) { return p.tell(u, e.From) }) {
			return wrong()
		}
	}
	return nil
}
