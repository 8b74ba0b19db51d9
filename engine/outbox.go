package engine

import (
	"strings"
	"sync"

	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/internal/wire"
)

// outbox is what is on its way to one other rank: the frame being written,
// and finished ones that the transport has had no room for.
type outbox struct {
	m  *remote
	to int

	mu      sync.Mutex
	w       *wire.Writer
	queue   []sealed
	credits map[creditKey]int
	owed    int      // bytes of credits
	waiting []*stage // for the queue to shrink, where there are no credits
	listed  bool     // in the list of boxes to flush
	stuck   bool     // the queue waits for room
	scratch []byte
	parts   [][]byte

	packers  map[int]packer // by edge; nil where nothing is packed
	compress Compress
	link     func() float64 // bytes a second to the rank, lately
}

type sealed struct {
	frame []byte
	parts [][]byte
}

type creditKey struct{ edge, from, to int }

const (
	frameBytes  = 64 << 10 // a frame is sent when it has so much
	oneWayQueue = 4        // frames that may queue where a sender has no credits
)

func (b *outbox) init(m *remote, to int) {
	b.m, b.to = m, to
	b.w = wire.NewWriter(m.tr, wire.Options{Epoch: m.epoch, Sender: m.r.id, FrameSize: frameBytes + frameBytes/2,
		InlineParts: !m.tr.Capabilities().Parts, Check: m.far(to)})
	b.packs(m.r.cfg.Compress)
}

// batch writes a batch and returns the bytes that its receiver will see. It is
// encoded straight into the frame, unless it turns out to have parts: they have
// to be known before the body, which is small without them, is in place.
func (b *outbox) batch(o *outEdge, h wire.BatchHeader, items port.Batch) (bytes int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	size := items.Bytes()
	if p, ok := b.packer(h.Edge, size, o.parted); ok {
		if bytes, err = b.packed(o, h, items, p); err != nil {
			return 0, err
		}
		o.from.stage.sent = true
		b.written()
		return bytes + port.BatchOverhead, nil
	}
	if o.parted {
		size = min(size, frameBytes/2)
	}
	b.w.Batch(h, size, func(dst []byte) []byte {
		var body []byte
		if body, b.parts, err = items.Encode(dst, b.parts[:0], !o.parted); err != nil {
			return nil
		}
		if bytes = len(body); len(b.parts) > 0 {
			b.scratch = append(b.scratch[:0], body...)
			return nil
		}
		return body
	}, nil)
	if err != nil {
		return 0, err
	}
	if len(b.parts) > 0 {
		b.w.Batch(h, bytes, func(dst []byte) []byte { return append(dst, b.scratch...) }, b.parts)
		b.tidy()
		for i, p := range b.parts {
			bytes += len(p)
			b.parts[i] = nil
		}
	}
	o.from.stage.sent = true
	b.written()
	return bytes + port.BatchOverhead, nil
}

// tidy gives up a scratch that one large batch has made larger than others need.
func (b *outbox) tidy() {
	if cap(b.scratch) > 4*frameBytes {
		b.scratch = nil
	}
}

// write adds what f writes to the frame.
func (b *outbox) write(f func(*wire.Writer)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(b.w)
	b.written()
}

// credit notes what is to be given back; it goes with the next frame, or by
// itself when it is much.
func (b *outbox) credit(k creditKey, bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.credits == nil {
		b.credits = map[creditKey]int{}
	}
	b.credits[k] += bytes
	b.owed += bytes
	if b.owed >= b.m.r.plan.Window/4 {
		b.seal()
		b.send()
		return
	}
	b.list()
}

// written sends the frame when it is full, and otherwise sees to it that the
// next flush does.
func (b *outbox) written() {
	if b.w.Len() >= frameBytes || b.w.Parts() > 0 {
		b.seal()
		b.send()
		return
	}
	b.list()
}

func (b *outbox) list() {
	if !b.listed {
		b.listed = true
		b.m.busy.add(b.to)
	}
}

// seal closes the frame, what is owed included, and puts it into the queue.
func (b *outbox) seal() {
	for k, bytes := range b.credits {
		b.w.Credit(k.edge, k.from, k.to, int64(bytes))
	}
	clear(b.credits)
	b.owed = 0
	if frame, parts := b.w.Finish(); frame != nil {
		b.queue = append(b.queue, sealed{frame, parts})
	}
}

// send offers the queue to the transport, in order.
func (b *outbox) send() {
	for len(b.queue) > 0 {
		if f := b.queue[0]; !b.m.tr.TrySend(b.to, f.frame, f.parts, 0) {
			break
		}
		rest := copy(b.queue, b.queue[1:])
		b.queue[rest] = sealed{}
		b.queue = b.queue[:rest]
	}
	if stuck := len(b.queue) > 0; stuck != b.stuck {
		if b.stuck = stuck; stuck {
			b.m.backlog.Add(1)
		} else {
			b.m.backlog.Add(-1)
		}
	}
}

// bound waits while too much is queued.
func (b *outbox) bound(s *stage, waited *int64) {
	for {
		b.mu.Lock()
		full := len(b.queue) > oneWayQueue
		if full {
			b.waiting = append(b.waiting, s)
		}
		b.mu.Unlock()
		if !full {
			return
		}
		s.park(waited)
	}
}

// dirtyList names the outboxes that have something to flush.
type dirtyList struct {
	mu    sync.Mutex
	boxes []int
}

func (d *dirtyList) add(box int) {
	d.mu.Lock()
	d.boxes = append(d.boxes, box)
	d.mu.Unlock()
}

func (d *dirtyList) take() (box int, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.boxes) == 0 {
		return 0, false
	}
	last := len(d.boxes) - 1
	box, d.boxes = d.boxes[last], d.boxes[:last]
	return box, true
}

// flush sends whatever has been written.
func (m *remote) flush() {
	for {
		to, ok := m.busy.take()
		if !ok {
			return
		}
		b := &m.boxes[to]
		b.mu.Lock()
		b.listed = false
		b.seal()
		b.send()
		b.mu.Unlock()
	}
}

// retry offers queued frames again, for there may be room now.
func (m *remote) retry() {
	for to := range m.boxes {
		b := &m.boxes[to]
		b.mu.Lock()
		var awake []*stage
		if len(b.queue) > 0 {
			b.send()
		}
		if len(b.queue) <= oneWayQueue {
			awake, b.waiting = b.waiting, nil
		}
		b.mu.Unlock()
		for _, s := range awake {
			s.wake()
		}
	}
}

// idle sees to it that everything written leaves, and reports whether it has.
// It looks into every box: one that is not listed may be another goroutine's
// that is about to flush it.
func (m *remote) idle() bool {
	idle := true
	for to := range m.boxes {
		b := &m.boxes[to]
		b.mu.Lock()
		b.seal()
		b.send()
		if len(b.queue) > 0 {
			idle = false
		}
		b.mu.Unlock()
	}
	return idle
}

// discard gives back what will not be sent any more, and what nobody will read
// now that all stages are done.
func (m *remote) discard() {
	for to := range m.boxes {
		b := &m.boxes[to]
		b.mu.Lock()
		b.w.Discard()
		for _, f := range b.queue {
			m.tr.Free(f.frame)
		}
		b.queue = nil
		b.mu.Unlock()
	}
	for _, s := range m.r.stages {
		for _, left := range []*stretch{s.taken, s.inbox.take()} {
			for ; left != nil; left = left.next {
				for k := range left.n {
					if x := left.entries[k].batch.remote; x != nil {
						x.free()
					}
				}
			}
		}
	}
}

// cut takes apart what fail put together.
func cut(text string) (call, rest string, ok bool) { return strings.Cut(text, "\x00") }
