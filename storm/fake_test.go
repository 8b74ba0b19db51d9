package storm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/partition"
)

// A fakeStorm plays a Storm cluster over pipes, as far as a child can see it:
// the executors of its instances with their bounded queues, and what they do
// with what a child emits. Nothing in it waits for a clock, and ticks come
// whenever an executor has placed what its bolt had emitted.
type fakeStorm struct {
	shells map[int]*shell // by task
	conf   map[string]any

	start   func(Component) (stdin io.WriteCloser, stdout io.ReadCloser, err error)
	lenient bool // a program may end
	restart bool // and is then started again
	hold    func(component string)

	mu     sync.Mutex
	most   int // tuples that have waited for room with one bolt at a time
	errs   []ComponentError
	broken error
	ended  chan struct{}
	once   sync.Once
	work   sync.WaitGroup
	pulse  chan struct{} // has one when a bolt has given a sign of life
}

// A shell is an executor and the program that it has started.
type shell struct {
	storm     *fakeStorm
	task      int
	component Component
	queue     chan fakeTuple
	stdin     io.WriteCloser // of the program
	stdout    io.ReadCloser
	in        *reader
	mu        sync.Mutex
	pending   []fakeTuple // emitted, and not placed yet
	emitted   chan struct{}
	waiting   map[string]bool // ids of tuples that are not acknowledged
	lastTick  bool
	dead      bool
}

// A fakeTuple is a tuple on its way.
type fakeTuple struct {
	to, from int
	values   json.RawMessage
}

const fakeQueue = 16 // tuples

// newFakeStorm makes the executors of a topology. start starts the program of
// one, given its pipes.
func newFakeStorm(t Topology, conf map[string]any, start func(Component) (stdin io.WriteCloser, stdout io.ReadCloser, err error)) (*fakeStorm, error) {
	f := &fakeStorm{shells: map[int]*shell{}, conf: conf, start: start, ended: make(chan struct{}), pulse: make(chan struct{}, 1)}
	task := 3 // as if others came first
	for _, c := range t.Components {
		for range c.Parallel {
			f.shells[task] = &shell{storm: f, task: task, component: c, queue: make(chan fakeTuple, fakeQueue),
				emitted: make(chan struct{}, 1), waiting: map[string]bool{}}
			task++
		}
	}
	for _, s := range f.shells {
		if err := s.start(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// begin lets the executors run.
func (f *fakeStorm) begin() {
	for _, s := range f.shells {
		f.work.Go(func() {
			if f.hold != nil {
				f.hold(s.component.Name)
			}
			for s.run() {
			}
		})
	}
}

// start starts the program.
func (s *shell) start() (err error) {
	s.stdin, s.stdout, err = s.storm.start(s.component)
	s.in = newReader(s.stdout)
	return err
}

// end kills the topology.
func (f *fakeStorm) end(why error) {
	f.once.Do(func() {
		f.broken = why
		close(f.ended)
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, s := range f.shells {
			s.stdin.Close()
			s.stdout.Close()
		}
	})
}

// wait ends the topology and returns what went wrong in it, apart from what
// programs have reported.
func (f *fakeStorm) wait() error {
	f.end(nil)
	f.work.Wait()
	return f.broken
}

var errEnded = errors.New("the topology has been killed")

// run runs the program and reports whether it is to be run again.
func (s *shell) run() (again bool) {
	err := s.greet()
	var listening sync.WaitGroup
	switch {
	case err != nil:
	case len(s.component.Inputs) == 0:
		err = s.spout()
	default:
		listening.Go(func() {
			if err := s.listen(); err != nil {
				s.died(err)
			}
		})
		err = s.bolt()
	}
	if err != nil && !errors.Is(err, errEnded) {
		s.died(err)
	}
	s.stdout.Close()
	listening.Wait()
	f := s.storm
	if f.over() || !f.restart {
		return false
	}
	s.mu.Lock()
	s.dead, s.pending = false, nil
	s.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.over() && s.start() == nil
}

// died notes that the program has ended or done what it must not.
func (s *shell) died(err error) {
	f := s.storm
	if f.over() {
		return
	}
	s.mu.Lock()
	again := s.dead
	s.dead = true
	s.mu.Unlock()
	if again {
		return
	}
	s.stdin.Close()
	if !f.lenient {
		f.end(fmt.Errorf("%s (task %d): %w", s.component.Name, s.task, err))
		return
	}
	if !f.restart { // it is as if its JVM had gone with it, of which nobody reports
		s.report("java.lang.RuntimeException: the pipe is broken: " + err.Error())
	}
	select {
	case s.emitted <- struct{}{}: // so that the executor looks
	default:
	}
}

// report notes an error as Nimbus keeps it.
func (s *shell) report(text string) {
	s.storm.mu.Lock()
	defer s.storm.mu.Unlock()
	s.storm.errs = append(s.storm.errs, ComponentError{Component: s.component.Name, Text: text, Time: time.Now(), Host: "fakehost", Port: 6700})
}

func (s *shell) over() bool { return s.storm.over() }

func (f *fakeStorm) over() bool {
	select {
	case <-f.ended:
		return true
	default:
		return false
	}
}

// greet says what Storm says first, and hears the number of the process.
func (s *shell) greet() error {
	tasks := map[string]string{"1": "__acker", "2": "__system"}
	for task, other := range s.storm.shells {
		tasks[strconv.Itoa(task)] = other.component.Name
	}
	sources := map[string]any{}
	for _, in := range s.component.Inputs {
		sources[in.From] = map[string]any{in.Stream: map[string]string{"type": "DIRECT"}}
	}
	if err := s.tell(map[string]any{"conf": s.storm.conf, "pidDir": "", "context": map[string]any{
		"task->component": tasks, "taskid": s.task, "componentid": s.component.Name, "source->stream->grouping": sources}}); err != nil {
		return err
	}
	text, err := s.in.next()
	if err != nil {
		return err
	}
	var answer struct{ PID int }
	if err := json.Unmarshal(text, &answer); err != nil || answer.PID == 0 {
		return fmt.Errorf("it answers the greeting with %.100q", text)
	}
	return nil
}

func (s *shell) tell(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = s.stdin.Write(append(text, "\nend\n"...))
	return err
}

// heard is what a program says.
type heard struct {
	Command, Stream, Msg string
	Task                 int64
	ID                   string
	Tuple                json.RawMessage
	Need                 *bool `json:"need_task_ids"`
}

// hear takes what a program says next, and does it.
func (s *shell) hear() (command string, err error) {
	text, err := s.in.next()
	if err != nil {
		return "", err
	}
	var m heard
	if err := json.Unmarshal(text, &m); err != nil {
		return "", fmt.Errorf("it says what is no JSON: %.100q", text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch m.Command {
	case "sync":
		if len(s.component.Inputs) > 0 {
			select {
			case s.storm.pulse <- struct{}{}:
			default:
			}
		}
	case "ack":
		if !s.waiting[m.ID] {
			return "", fmt.Errorf("it acknowledges %q, which is not waited for", m.ID)
		}
		delete(s.waiting, m.ID)
	case "error":
		s.report("java.lang.Exception: Shell Process Exception: " + m.Msg + "\n\tat somewhere")
	case "emit":
		if m.Task>>32 != 1 || m.Need == nil || *m.Need {
			return "", fmt.Errorf("Storm would fail over an emit to task %d", m.Task)
		}
		to := int(int32(m.Task))
		if other := s.storm.shells[to]; other == nil || !other.takesFrom(s.component.Name, m.Stream) {
			return "", fmt.Errorf("it emits to task %d on stream %q, which there is not", to, m.Stream)
		}
		s.pending = append(s.pending, fakeTuple{to, s.task, m.Tuple})
		s.storm.mu.Lock()
		s.storm.most = max(s.storm.most, len(s.pending))
		s.storm.mu.Unlock()
		select {
		case s.emitted <- struct{}{}:
		default:
		}
	case "log":
	default:
		return "", fmt.Errorf("there is no command %q", m.Command)
	}
	return m.Command, nil
}

func (s *shell) takesFrom(component, stream string) bool {
	for _, in := range s.component.Inputs {
		if in.From == component && in.Stream == stream {
			return true
		}
	}
	return false
}

// place puts what was emitted into the queues of others, in order, waiting for
// room. Meanwhile it takes nothing out of its own, as Storm does not.
func (s *shell) place() error {
	for {
		s.mu.Lock()
		if len(s.pending) == 0 {
			s.mu.Unlock()
			return nil
		}
		next := s.pending[0]
		s.mu.Unlock()
		select {
		case s.storm.shells[next.to].queue <- next:
		case <-s.storm.ended:
			return errEnded
		}
		s.mu.Lock()
		s.pending = s.pending[1:]
		s.lastTick = false
		s.mu.Unlock()
	}
}

// spout asks for tuples until the topology ends.
func (s *shell) spout() error {
	for !s.over() {
		if err := s.tell(map[string]string{"command": "next"}); err != nil {
			return err
		}
		for {
			command, err := s.hear()
			if err != nil {
				return err
			}
			if command == "sync" {
				break
			}
		}
		if err := s.place(); err != nil {
			return err
		}
	}
	return nil
}

// listen hears what a bolt says.
func (s *shell) listen() error {
	for {
		if _, err := s.hear(); err != nil {
			return err
		}
	}
}

// bolt hands tuples to the program until the topology ends.
func (s *shell) bolt() error {
	for n := 1; ; n++ {
		if err := s.place(); err != nil {
			return err
		}
		s.mu.Lock()
		dead := s.dead
		s.mu.Unlock()
		if dead {
			return io.ErrUnexpectedEOF
		}
		if !s.lastTick {
			s.lastTick = true
			if err := s.hand(fakeTuple{from: systemTask, values: json.RawMessage("[1]")}, "__system", tickStream, n); err != nil {
				return err
			}
		}
		select {
		case t := <-s.queue:
			if err := s.hand(t, s.storm.shells[t.from].component.Name, frameStream, -n); err != nil {
				return err
			}
		case <-s.emitted:
		case <-s.storm.ended:
			return errEnded
		}
	}
}

// hand gives a tuple to the program, as Storm writes it.
func (s *shell) hand(t fakeTuple, component, stream string, id int) error {
	s.mu.Lock()
	s.waiting[strconv.Itoa(id)] = true
	s.mu.Unlock()
	_, err := fmt.Fprintf(s.stdin, `{"comp":%q,"tuple":%s,"task":%d,"stream":%q,"id":"%d"}`+"\nend\n", component, t.values, t.from, stream, id)
	return err
}

// pipes connects a child in this process.
func pipes() (stdin io.WriteCloser, stdout io.ReadCloser, in io.Reader, out io.Writer) {
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	return inW, outR, inR, outW
}

// planFor is a plan with each stage on its own.
func planFor(t testing.TB, p *partition.Plan, err error) *partition.Plan {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return p.Apart("fake")
}
