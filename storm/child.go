package storm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/dispel4go/dispel4go/partition"
)

// Arg is the only argument of a program that Storm starts: there is no room
// for more than one.
const Arg = "storm-child"

const (
	frameStream = "f"
	tickStream  = "__tick"
	heartbeat   = "__heartbeat"
	systemTask  = -1

	pulse     = time.Second          // of the signs of life that a bolt gives unasked
	linger    = 5 * time.Millisecond // that a spout waits for something to emit
	restTime  = 50 * time.Millisecond
	spoutTurn = 1 << 20 // bytes that a spout emits when asked at most, one piece apart
)

// errRestarted is why a run ends in which Storm has started a program again.
var errRestarted = errors.New("started again by Storm, after its JVM or program had ended: what it did before is lost")

// A Child is this program as Storm has started it, to be one instance of a
// component. It answers Storm from the first moment on.
type Child struct {
	in       *reader
	out      *writer
	greeting greeting
	bolt     bool
	end      *End
	begun    chan struct{} // closed when there is an End
	gone     chan struct{} // closed when Storm has closed its pipe
	lost     error         // what came last
	closing  sync.Once
}

// Adopt reads Storm's greeting and begins to answer. In and out are the pipes
// to Storm: nothing else may use them.
func Adopt(in io.Reader, out io.Writer) (*Child, error) {
	c := &Child{in: newReader(in), out: newWriter(out), begun: make(chan struct{}), gone: make(chan struct{})}
	text, err := c.in.next()
	if err != nil {
		return nil, fmt.Errorf("the greeting of Storm: %w", err)
	}
	if err := json.Unmarshal(text, &c.greeting); err != nil {
		return nil, fmt.Errorf("the greeting of Storm: %w: %w", errMessage, err)
	}
	c.bolt = len(c.greeting.Context.Sources) > 0
	pid := os.Getpid()
	if dir := c.greeting.PidDir; dir != "" {
		// Storm finds by this whom to end. It may have to do without.
		os.WriteFile(filepath.Join(dir, strconv.Itoa(pid)), nil, 0o666)
	}
	if err := c.out.say(map[string]int{"pid": pid}); err != nil {
		return nil, err
	}
	if c.bolt {
		go c.live()
		go c.send()
	}
	go c.serve()
	return c, nil
}

// Conf is the value of a key of the topology's configuration that is a string.
func (c *Child) Conf(key string) (value string, err error) {
	text, ok := c.greeting.Conf[key]
	if !ok {
		return "", fmt.Errorf("the topology's configuration has no %s: it was submitted by another program", key)
	}
	err = json.Unmarshal(text, &value)
	return value, err
}

// Fail tells Storm of an error, for those who ask Nimbus.
func (c *Child) Fail(text string) error { return c.out.error(text) }

// Gone is closed when Storm has closed its pipe: it has ended the topology, or
// its JVM has ended. The program has to follow.
func (c *Child) Gone() <-chan struct{} { return c.gone }

// Begin finds out which rank of the plan this is and returns its transport. The
// cause of an Abort goes to report, beside Storm.
func (c *Child) Begin(p *partition.Plan, report func(error)) (*End, error) {
	rank, tasks := -1, make([]int, len(p.Ranks))
	for at, chain := range p.Chains {
		name := componentName(p, at)
		all, err := c.greeting.tasks(name)
		if err != nil {
			return nil, err
		}
		if len(all) != len(chain.Ranks) {
			return nil, fmt.Errorf("there are %d instances of %s on Storm, and the plan has %d", len(all), name, len(chain.Ranks))
		}
		for k, on := range chain.Ranks {
			tasks[on] = all[k]
			if all[k] == c.greeting.Context.Task {
				rank = on
			}
		}
	}
	if rank < 0 {
		return nil, fmt.Errorf("the plan has no place for task %d of %s", c.greeting.Context.Task, c.greeting.Context.Component)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	c.end = newEnd(rank, host, tasks, c.bolt, int(min(max(p.Bound(rank), 64<<10), maxHeld)), sendRate(p), rand.Uint64(), func(cause error) {
		c.Fail(cause.Error())
		report(cause)
	})
	close(c.begun)
	c.loseIfGone()
	return c.end, nil
}

// maxHeld bounds what is delivered to a stage and not yet decoded, in bytes.
const maxHeld = 4 << 20

// sendRate is how many bytes a bolt may send in a second. What all bolts that
// send may have in the JVMs' memory at a time stays within the plan's budget,
// but for a least rate that each has.
func sendRate(p *partition.Plan) int {
	const least, most = 1 << 20, 32 << 20
	sends := map[int]bool{}
	for at := range p.Chains {
		for _, from := range inputs(p, at) {
			sends[from] = true
		}
	}
	bolts := 0
	for at := range sends {
		if len(inputs(p, at)) > 0 {
			bolts += len(p.Chains[at].Ranks)
		}
	}
	return int(min(max(p.Budget/int64(2*max(bolts, 1)), least), most))
}

// live gives signs of life unasked. Storm asks for them too, but its question
// waits behind the data in the pipe, which a slow item may hold up for longer
// than Storm is patient.
func (c *Child) live() {
	beat := time.NewTicker(pulse)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			c.out.sync()
		case <-c.gone:
			return
		}
	}
}

// serve answers Storm until it closes the pipe.
func (c *Child) serve() {
	defer c.leave()
	var m message
	for {
		if c.lost = c.in.message(&m); c.lost != nil {
			return
		}
		if c.bolt {
			c.tuple(&m)
		} else {
			c.command(&m)
		}
	}
}

// leave notes that Storm is gone.
func (c *Child) leave() {
	c.closing.Do(func() { close(c.gone) })
	select {
	case <-c.begun:
		c.loseIfGone()
	default: // Begin will look
	}
}

// loseIfGone ends the End where Storm is gone. Whichever of the two comes last does
// it: Storm may have gone before there was an End.
func (c *Child) loseIfGone() {
	select {
	case <-c.gone:
		cause := "its JVM has ended, or the topology was killed: Storm has closed its pipe"
		if c.lost != io.EOF {
			cause += ": " + c.lost.Error()
		}
		c.end.lose(errors.New(cause))
	default:
	}
}

// tuple takes what a bolt is sent. It is acknowledged at once: Storm keeps it
// until then, and we keep it from then on.
func (c *Child) tuple(m *message) {
	if m.Task == systemTask {
		switch m.Stream {
		case heartbeat:
			c.out.sync()
			return
		case tickStream:
			select {
			case <-c.begun:
				c.end.tick()
			default:
			}
		}
		c.out.ack(m.ID)
		return
	}
	c.out.ack(m.ID)
	if c.in.in.Buffered() == 0 {
		c.out.flush() // or it waits for the next sign of life
	}
	<-c.begun
	if err := c.end.arrive(m); err != nil {
		from := c.greeting.Context.Components[strconv.Itoa(m.Task)]
		c.end.Abort(fmt.Errorf("a tuple from %s (task %d): %w", from, m.Task, err))
	}
}

// send gives what leaves to Storm as it comes, for a bolt.
func (c *Child) send() {
	select {
	case <-c.begun:
	case <-c.gone:
		return
	}
	for {
		if p, task, ok := c.end.next(); ok {
			if c.emit(p, task) != nil {
				return // the reader learns of it too
			}
			continue
		}
		c.out.flush()
		select {
		case <-c.end.ready:
		case <-c.gone:
			return
		}
	}
}

func (c *Child) emit(p piece, task int) error {
	head := p.head()
	err := c.out.emit(task, head[:], p.data)
	c.end.left(p)
	return err
}

// command does what a spout is told. Asked for more, it gives what there is, if
// it is not much, and answers soon, for only so does it stay alive.
func (c *Child) command(m *message) {
	if m.Command == "next" {
		select {
		case <-c.begun:
			c.turn()
		default:
			time.Sleep(linger)
		}
	}
	c.out.sync()
}

// turn emits what there is.
func (c *Child) turn() {
	for sent, waited := 0, false; sent < spoutTurn; {
		p, task, ok := c.end.next()
		switch {
		case ok:
			sent += len(p.data)
			if c.emit(p, task) != nil {
				return
			}
		case sent > 0 || waited:
			return
		default:
			waited = true
			patience := linger
			if c.end.over() {
				patience = restTime
			}
			timer := time.NewTimer(patience)
			select {
			case <-c.end.ready:
			case <-timer.C:
			case <-c.gone:
			}
			timer.Stop()
		}
	}
}
