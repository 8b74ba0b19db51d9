package transporttest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

// A signal lets goroutines that were refused wait for the one that polls.
type signal struct {
	mu    sync.Mutex
	cond  sync.Cond
	count int
	err   error // why there will be no more
}

func newSignal() *signal {
	s := &signal{}
	s.cond.L = &s.mu
	return s
}

// now is the number of signals so far, to be read before what may be refused.
func (s *signal) now() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// give ends every await that began with an earlier number.
func (s *signal) give(err error) {
	s.mu.Lock()
	s.count++
	s.err = errors.Join(s.err, err)
	s.cond.Broadcast()
	s.mu.Unlock()
}

// await waits for a signal after number seen.
func (s *signal) await(seen int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.count == seen && s.err == nil {
		s.cond.Wait()
	}
	return s.err
}

const (
	senders   = 4   // goroutines that send at the same time on a rank
	perSender = 200 // frames from each of them to each other rank
)

// sendMany is one of several goroutines that send while another one polls. A
// frame names its goroutine and number.
func (e *end) sendMany(who int, polled *signal) error {
	for i := range perSender {
		for to := range e.others() {
			frame := e.Alloc(16 + i)
			binary.LittleEndian.PutUint64(frame, uint64(who))
			binary.LittleEndian.PutUint64(frame[8:], uint64(i))
			fill(frame[16:], seedOf(e.rank, to, i))
			for {
				seen := polled.now()
				if e.TrySend(to, frame, nil, 0) {
					break
				}
				if err := polled.await(seen); err != nil {
					e.Free(frame)
					return err
				}
			}
		}
	}
	return nil
}

// A ledger checks what sendMany of all ranks has sent: each frame once and, per
// goroutine of a sender, in order.
type ledger struct {
	e    *end
	next []int // by sender and goroutine
}

func (l *ledger) enter(m message) error {
	if len(m.frame) < 16 {
		return fmt.Errorf("frame of %d bytes from rank %d", len(m.frame), m.from)
	}
	who, i := binary.LittleEndian.Uint64(m.frame), binary.LittleEndian.Uint64(m.frame[8:])
	if who >= senders || i >= perSender || len(m.frame) != 16+int(i) {
		return fmt.Errorf("frame %d of goroutine %d has %d bytes", i, who, len(m.frame))
	}
	next := &l.next[m.from*senders+int(who)]
	if int(i) != *next {
		return fmt.Errorf("goroutine %d of rank %d: number %d came where %d was due", who, m.from, i, *next)
	}
	*next++
	return check(m.frame[16:], seedOf(m.from, l.e.rank, int(i)))
}

// goroutines: several send while this one polls.
func goroutines(e *end) error {
	polled := newSignal()
	errs := make(chan error, senders)
	left := e.startSenders(polled, errs)
	l := &ledger{e, make([]int, e.size*senders)}
	all, got := senders*perSender*(e.size-1), 0
	var err error
	for err == nil && (got < all || left() > 0) {
		for _, m := range e.takeQueue() {
			err = errors.Join(err, l.enter(m))
			e.Free(m.frame)
			got++
		}
		if err == nil && (got < all || left() > 0) {
			err = e.poll(true)
			polled.give(nil)
		}
	}
	polled.give(err)
	for range senders {
		err = errors.Join(err, <-errs)
	}
	return err
}

// startSenders starts the goroutines that send. Each puts one error, or nil,
// into errs and wakes a Poll when it ends. The function returned says how many
// still run.
func (e *end) startSenders(polled *signal, errs chan<- error) func() int {
	var mu sync.Mutex
	left := senders
	for who := range senders {
		go func() {
			err := e.sendMany(who, polled)
			mu.Lock()
			left--
			mu.Unlock()
			e.Wake()
			errs <- err
		}()
	}
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return left
	}
}

// allDone is what a rank sends to the others when it has everything.
var allDone = []byte("transporttest: done")

// A tally checks what two goroutines take that poll at the same time.
type tally struct {
	e    *end
	mu   sync.Mutex
	got  int
	done int             // ranks that have everything
	all  map[[3]int]bool // sender, goroutine, number
	bad  error
}

// enter checks the frames that one call of Poll has taken.
func (l *tally) enter(list []message, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bad = errors.Join(l.bad, err)
	last := map[[2]int]int{}
	for _, m := range list {
		if bytes.Equal(m.frame, allDone) {
			l.done++
			l.e.Free(m.frame)
			continue
		}
		who, i := -1, -1
		if len(m.frame) >= 16 {
			who = int(binary.LittleEndian.Uint64(m.frame))
			i = int(binary.LittleEndian.Uint64(m.frame[8:]))
		}
		l.e.Free(m.frame)
		stream, key := [2]int{m.from, who}, [3]int{m.from, who, i}
		if before, ok := last[stream]; ok && i <= before || l.all[key] || who < 0 {
			l.bad = errors.Join(l.bad, fmt.Errorf("goroutine %d of rank %d: number %d out of order or twice", who, m.from, i))
		}
		last[stream], l.all[key] = i, true
		l.got++
	}
}

// complete reports whether every frame has come, or something is wrong.
func (l *tally) complete() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bad != nil || l.got == senders*perSender*(l.e.size-1)
}

// pollers: two goroutines poll while several send. Which of the two takes a
// frame is open, but what one call takes is in order, and all of it arrives.
func pollers(e *end) error {
	polled := newSignal()
	errs := make(chan error, senders)
	left := e.startSenders(polled, errs)
	l := &tally{e: e, all: map[[3]int]bool{}}
	l.enter(e.takeQueue(), nil)
	var pair sync.WaitGroup
	for range 2 {
		pair.Go(func() {
			for !l.complete() || left() > 0 {
				events, err := e.Poll(nil, true)
				var list []message
				for _, ev := range events {
					list = append(list, message{ev.Rank, ev.Frame, ev.Parts})
				}
				l.enter(list, err)
				polled.give(err)
			}
			e.Wake() // the other one may wait for what has come already
		})
	}
	pair.Wait()
	polled.give(l.bad)
	for range senders {
		l.bad = errors.Join(l.bad, <-errs)
	}
	// With two that poll, a barrier could overtake what was sent before it. So
	// nobody goes there before all have everything.
	for to := range e.others() {
		if l.bad == nil {
			l.bad = e.send(to, e.frameOf(allDone), nil, 0)
		}
	}
	for l.bad == nil && l.done < e.size-1 {
		m, err := e.next()
		if err != nil {
			return err
		}
		l.enter([]message{m}, nil)
	}
	return l.bad
}

// takeQueue empties the queue of this scenario.
func (e *end) takeQueue() []message {
	list := e.queue
	e.queue = nil
	return list
}
