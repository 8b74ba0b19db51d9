package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/internal/wire"
	"github.com/dispel4go/dispel4go/transport"
)

// remote is a rank's way to the others: what leaves the rank and what arrives
// go through it as frames.
//
// Between the ranks, outside streams: every rank says hello to rank 0, which
// answers when it has heard from all, so that no item moves between different
// plans. When its stages are done a rank sends its account to rank 0, which
// says done when it has all of them. Stop and fail go to everyone at once.
type remote struct {
	r     *rank
	tr    transport.Transport
	task  *Task
	epoch uint64
	boxes []outbox // by rank
	busy  dirtyList

	spin    int64         // nanoseconds that a stage looks before it parks
	helpers atomic.Int32  // stages that look
	looks   atomic.Uint32 // how often some have
	backlog atomic.Int32  // boxes whose queue waits for room
	resting atomic.Bool   // the own task waits in the transport
	broken  atomic.Bool   // a stage that looked has had an error
	kick    chan struct{} // ends its nap
	seen    uint32        // looks, when it last asked

	// The lock polling is held by who looks at the transport, and for all below.
	polling   sync.Mutex
	events    []transport.Event
	news      bool // something for the own task has come
	hellos    int
	accounts  []Account
	greeted   bool
	accounted bool // the account is on its way
	over      bool // rank 0 said done
	late      atomic.Bool
	lost      atomic.Bool
	timers    []*time.Timer

	told progress    // by the other ranks
	due  atomic.Bool // it is time to tell rank 0 how far this one is
	beat *time.Timer
}

func newRemote(r *rank, tr transport.Transport) *remote {
	digest := r.plan.Digest()
	m := &remote{r: r, tr: tr, epoch: binary.LittleEndian.Uint64(digest[:8]),
		spin: int64(tr.Capabilities().Spin), kick: make(chan struct{}, 1)}
	m.task = NewTask(r.id, 0, "the rank itself")
	m.task.Apart = true
	m.boxes = make([]outbox, r.size)
	for to := range m.boxes {
		m.boxes[to].init(m, to)
	}
	return m
}

// send encodes a batch into the frame for its rank and frees it.
func (m *remote) send(s *stage, o *outEdge, to int, b port.Batch, charged int) {
	def := m.r.plan.Graph.Edges[o.edge.index]
	box := &m.boxes[m.r.plan.RankOf(def.To, to)]
	h := wire.BatchHeader{Edge: o.edge.index, From: o.from.index, To: to, Codec: uint32(b.Codec()), Items: b.Len()}
	bytes, err := box.batch(o, h, b)
	b.Free()
	if err != nil {
		m.r.fail(s.failure(err, "encoding an item: "+err.Error()))
		panic(unwind{})
	}
	if m.r.oneWay {
		box.bound(s, &o.from.row.waitOut)
		return
	}
	// What the receiver will give back is what it can see.
	o.mu.Lock()
	o.win.charge(to, bytes-charged)
	o.mu.Unlock()
}

// promise tells another rank what an instance here promises.
func (m *remote) promise(s *stage, to, edge, from int, p promise) {
	m.boxes[to].write(func(w *wire.Writer) {
		switch {
		case p.ended && p.cut:
			w.End(edge, from, 1)
		case p.ended:
			w.End(edge, from, 0)
		case p.idle:
			w.Idle(edge, from)
		default:
			w.Mark(edge, from, int64(p.mark))
		}
	})
	s.sent = true
}

// open decodes a batch for the instance that gets it.
func (m *remote) open(i *instance, edge int, d *delivery) port.Batch {
	x := d.remote
	began := int64(0)
	packed := x.unpacked > 0 || len(x.packed) > 0
	if packed {
		began = now()
	}
	err := x.unpack()
	var b port.Batch
	if err == nil {
		b, err = i.ins[i.in[edge].input].Decode(x.codec, x.items, x.encoded(), x.parts)
	}
	x.free()
	if packed {
		i.row.packing.unpack += now() - began
	}
	if err != nil {
		g := m.r.plan.Graph
		e := g.Edges[i.in[edge].edge.index]
		m.r.fail(i.stage.failure(err, fmt.Sprintf("a batch from %s[%d] to %s[%d]: %v", g.Elements[e.From].Name, x.from, i.el.Name, i.index, err)))
		panic(unwind{})
	}
	return b
}

// credit gives room back to the sender of a batch.
func (m *remote) credit(s *stage, edge int, d *delivery, to int) {
	if m.r.oneWay {
		return
	}
	on := m.r.plan.RankOf(m.r.plan.Graph.Edges[edge].From, d.remote.from)
	m.boxes[on].credit(creditKey{edge, d.remote.from, to}, d.bytes)
	s.sent = true
}

// fail tells everyone why the run fails.
func (m *remote) fail(f *Failure) {
	if m.r.oneWay {
		m.tr.Abort(f)
		return
	}
	m.tellAll(func(w *wire.Writer) {
		w.Fail(&wire.Failure{Rank: f.Rank, Instance: f.Index, PE: f.PE, Host: f.Host, Item: f.Item, Text: f.Call + "\x00" + f.Text + "\x00" + f.Stack})
	})
	m.wake()
}

func (m *remote) tellAll(write func(*wire.Writer)) {
	for to := range m.boxes {
		if to != m.r.id {
			m.boxes[to].write(write)
		}
	}
	m.flush()
}

// run takes part in the run from hello to done.
func (m *remote) run(ctx context.Context) (*Result, error) {
	r := m.r
	r.sched.Enter(m.task)
	m.hello()
	unwatch := context.AfterFunc(ctx, func() { m.stop(errors.Is(context.Cause(ctx), ErrTimeLimit)) })
	defer unwatch()
	for !m.finished() {
		if m.helped() {
			r.sched.Nap(m.task, m.kick)
		} else if err := m.rest(); err != nil {
			m.lostContact(err)
			break
		}
		m.step()
		m.retry()
	}
	for _, t := range append(m.timers, m.beat) {
		if t != nil {
			t.Stop()
		}
	}
	if r.failing.Load() {
		// Stages that still unwind need their turn.
		for _, s := range r.stages {
			s.wake()
		}
	}
	r.sched.Leave(m.task)
	stuck := r.wait()
	if !m.accounted {
		m.accounts = append(m.accounts, r.account(stuck))
	}
	if !stuck { // else its stages still use all this, and the process has to end
		m.discard()
	}
	m.tr.Close()
	return r.result(m.accounts), r.outcome()
}

// lostContact is what a rank does whose transport is gone.
func (m *remote) lostContact(err error) {
	f := &Failure{Rank: m.r.id, Host: m.r.host, Text: err.Error(), err: err}
	var abort *transport.AbortError
	if errors.As(err, &abort) {
		f.Rank, f.Host, f.Text = abort.Rank, m.tr.Host(abort.Rank), abort.Cause
	}
	m.r.failHere(f)
	m.giveUp()
}

// finished reports whether this rank may leave.
func (m *remote) finished() bool {
	m.polling.Lock()
	defer m.polling.Unlock()
	if m.lost.Load() {
		m.tr.Abort(m.r.outcome())
		return true
	}
	if !m.accounted || !m.idle() {
		return false
	}
	if m.r.oneWay || m.over {
		return true
	}
	return false
}

// step does what is due: launch, account, done.
func (m *remote) step() {
	m.polling.Lock()
	defer m.polling.Unlock()
	r := m.r
	if !m.greeted && (r.oneWay || r.id == 0 && m.hellos == r.size-1) {
		m.greeted = true
		if !r.oneWay {
			m.tellAll(func(w *wire.Writer) { w.Hello(m.greeting()) })
		}
		m.launch()
	}
	if m.due.CompareAndSwap(true, false) && !m.accounted {
		m.report()
		m.flush()
		m.beat.Reset(m.every())
	}
	if r.failing.Load() && m.timers == nil && r.cfg.Scheduler == nil {
		m.timers = []*time.Timer{
			time.AfterFunc(r.cfg.grace(), func() { m.late.Store(true); m.wake() }),
			time.AfterFunc(forbearance*r.cfg.grace(), func() { m.lost.Store(true); m.wake() }),
		}
	}
	if r.failing.Load() {
		m.giveUp()
	}
	if !m.accounted && m.greeted && (m.stagesDone() || m.late.Load()) {
		m.accounted = true
		a := r.account(!m.stagesDone())
		m.accounts = append(m.accounts, a)
		if r.id != 0 && !r.oneWay {
			content, err := cbor.Marshal(a)
			if err != nil {
				content = nil // cannot be: all its fields are plain
			}
			m.report()
			m.boxes[0].write(func(w *wire.Writer) { w.Account(content) })
		}
		m.flush()
	}
	if r.id == 0 && m.accounted && !m.over && !r.oneWay && len(m.accounts) == r.size {
		m.over = true
		stopped, limit := false, false
		for _, a := range m.accounts {
			stopped, limit = stopped || a.Stopped, limit || a.Limit
		}
		if stopped { // some may have been through before, and all say the same
			r.note(limit)
		}
		m.tellAll(func(w *wire.Writer) {
			if stopped {
				w.Stop(reason(limit) | wasDone)
			}
			w.Done()
		})
	}
}

// forbearance is how many times as long as its own calls may take a rank of a
// failed run waits for the others. All of them answer in time, stuck or not,
// but on a busy machine that takes a while; only one that is frozen does not.
const forbearance = 5

// giveUp sees to it that a run that failed before anything was launched waits
// for nothing.
func (m *remote) giveUp() {
	if m.greeted {
		return
	}
	m.greeted = true
	if len(m.r.stages) > 0 {
		close(m.r.done)
	}
}

func (m *remote) launch() {
	if m.r.id != 0 && !m.r.oneWay && m.r.cfg.Scheduler == nil {
		m.beat = time.AfterFunc(m.every(), func() { m.due.Store(true); m.wake() })
	}
	if m.r.cfg.Watch != nil {
		m.r.cfg.Watch(&Live{m.r})
	}
	m.r.launch()
}

func (m *remote) stagesDone() bool {
	select {
	case <-m.r.done:
		return true
	default:
		return false
	}
}

func (m *remote) greeting() *wire.Greeting {
	d := m.r.plan.Digest()
	return &wire.Greeting{Digest: d[:], Strings: m.r.cfg.Same}
}

// greet compares what another rank runs with what is run here.
func (m *remote) greet(hello *wire.Greeting) error {
	if d := m.r.plan.Digest(); string(hello.Digest) != string(d[:]) {
		return fmt.Errorf("it runs another plan (%x, here %x): %s", hello.Digest, d, startedAlike)
	}
	if same := m.r.cfg.Same; !slices.Equal(hello.Strings, same) {
		return fmt.Errorf("it runs something else (%s, here %s): %s", strings.Join(hello.Strings, ", "), strings.Join(same, ", "), startedAlike)
	}
	return nil
}

const startedAlike = "were the ranks started with different job files, options or programs?"

func (m *remote) hello() {
	if m.r.id != 0 && !m.r.oneWay {
		m.boxes[0].write(func(w *wire.Writer) { w.Hello(m.greeting()) })
		m.flush()
	}
	m.step()
}

// stop stops the sources here and everywhere.
func (m *remote) stop(limit bool) {
	if m.r.stopped() {
		return
	}
	m.r.stop(limit)
	if m.r.oneWay {
		return
	}
	m.tellAll(func(w *wire.Writer) { w.Stop(reason(limit)) })
	m.wake()
}

// What a Stop says is a sum of these.
const (
	forTime = 1 << iota // time is up
	wasDone             // no wish any more, but what has become of the run
)

func reason(limit bool) uint64 {
	if limit {
		return forTime
	}
	return 0
}
