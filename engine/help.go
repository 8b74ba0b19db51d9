package engine

import (
	"github.com/dispel4go/dispel4go/transport"
)

// Who looks at the transport. A stage that waits looks itself for a while
// before it parks: what comes for it is then decoded and run at once, on the
// goroutine that found it, and nobody has to be woken. The rank's own task
// looks when no stage has for about a millisecond; so a rank whose stages all
// compute, or all sleep, still hears from the others, and no thread looks
// beside one that does.
//
// One at a time looks, under the lock polling, because frames of one rank have
// to be taken in order. Who waits in the transport holds it too, and is woken
// by a stage that wants to look.

// wake makes the rank's own task look at what there is to do.
func (m *remote) wake() {
	select {
	case m.kick <- struct{}{}:
	default:
	}
	m.tr.Wake()
}

// rest waits in the transport and takes what comes.
func (m *remote) rest() (err error) {
	m.polling.Lock()
	defer m.polling.Unlock()
	m.resting.Store(true)
	m.r.sched.Poll(m.task, func() { m.events, err = m.tr.Poll(m.events[:0], true) })
	m.resting.Store(false)
	m.take()
	return err
}

// take takes in what has come. It needs the lock polling.
func (m *remote) take() {
	for _, e := range m.events {
		if e.Kind == transport.Received {
			m.receive(e)
		}
	}
	clear(m.events)
}

// look takes what has come, unless somebody else does.
func (m *remote) look() {
	if !m.polling.TryLock() {
		if m.resting.CompareAndSwap(true, false) {
			m.tr.Wake()
		}
		return
	}
	var err error
	m.events, err = m.tr.Poll(m.events[:0], false)
	m.take()
	news := m.news || err != nil
	m.news = false
	if err != nil {
		m.broken.Store(true)
	}
	m.polling.Unlock()
	if news {
		m.wake()
	}
	if m.backlog.Load() > 0 {
		m.retry()
	}
}

// help has a stage that waits look until done or until it had better park. It
// reports whether it is done.
func (m *remote) help(s *stage, done func() bool) bool {
	if m.spin == 0 {
		return done()
	}
	if done() {
		return true
	}
	m.helpers.Add(1)
	ended := false
	began := now()
	for n := 1; !ended; n++ {
		m.look()
		if ended = done(); ended || !m.r.sched.Spin(s.task, n, began, m.spin) {
			break
		}
		ended = done()
	}
	m.looks.Add(1)
	if m.helpers.Add(-1) == 0 && !ended {
		m.wake() // nobody looks any more
	}
	return ended
}

// helped reports whether stages look, or have since it was last asked. What a
// broken transport has to say is for the own task.
func (m *remote) helped() bool {
	if m.broken.Load() {
		return false
	}
	looks := m.looks.Load()
	helped := looks != m.seen || m.helpers.Load() > 0
	m.seen = looks
	return helped
}
