package engine

import (
	"sync"
	"sync/atomic"
	"time"
)

// clock is the coarse clock of all free running ranks of the process. It runs
// while somebody uses it, and rests while nobody looks: a rank that waits has
// no need to be woken a thousand times a second.
type clock struct {
	tick  atomic.Uint32
	read  atomic.Bool // since the last beat
	rouse chan struct{}
	mu    sync.Mutex
	users int
	stop  chan struct{}
}

// patience is how many beats the clock goes on without anybody looking. Who
// looks then finds that time has passed.
const patience = 20

var wall = clock{rouse: make(chan struct{}, 1)}

func (c *clock) now() uint32 {
	if !c.read.Load() {
		c.read.Store(true)
		select {
		case c.rouse <- struct{}{}:
		default:
		}
	}
	return c.tick.Load()
}

func (c *clock) use() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.users++; c.users > 1 {
		return
	}
	c.stop = make(chan struct{})
	go c.run(c.stop)
}

func (c *clock) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.users--; c.users == 0 {
		close(c.stop)
	}
}

func (c *clock) run(stop chan struct{}) {
	beat := time.NewTicker(time.Millisecond)
	defer beat.Stop()
	for unread := 0; ; {
		select {
		case <-beat.C:
			c.tick.Add(1)
		case <-stop:
			return
		}
		if unread++; c.read.Swap(false) {
			unread = 0
		}
		if unread < patience {
			continue
		}
		beat.Stop()
		select {
		case <-c.rouse:
		case <-stop:
			return
		}
		beat.Reset(time.Millisecond)
		unread = 0
	}
}
