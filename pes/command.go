package pes

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"

	d4 "github.com/dispel4go/dispel4go"
)

// Commander is the PE made by Command.
type Commander struct {
	d4.Base
	In      d4.In[string]
	Out     d4.Out[string]
	Command []string `help:"the program and its arguments"`
	Answers bool     `help:"the program answers every line with exactly one, which is waited for"`
	MaxLine int      `help:"a longer line from the program is an error" unit:"bytes" min:"1"`

	cmd    *exec.Cmd
	feed   chan string // to the program; closed when there is no more
	lines  chan string // from it; closed after the last one
	failed chan struct{}
	gone   chan struct{} // closed by Close
	done   <-chan struct{}
	over   sync.WaitGroup // the goroutines at its pipes
	once   sync.Once
	err    error // of a pipe; read after failed is closed
	ended  bool  // no item will come
	waited bool  // the program has ended
}

// Command makes a PE that runs an external program, one for each instance, from
// Open to the end of its stream: items go to its standard input as lines, the
// lines of its standard output are emitted, and its standard error goes to the
// log. It is an error if the program exits with another code than 0, or without
// having read all items. The program is killed when the run fails.
//
// Lines come out as the program makes them, and are emitted while items come
// and at the end. No mark is passed on meanwhile, since nobody knows what the
// program keeps back; with Answers, each line has one answer before the next,
// and marks pass.
func Command(name string, args ...string) func() *Commander {
	return func() *Commander {
		c := &Commander{Command: append([]string{name}, args...), MaxLine: 1 << 20}
		c.In = d4.Input(c.take)
		return c
	}
}

// Setup checks the parameters.
func (c *Commander) Setup() error {
	if len(c.Command) == 0 || c.Command[0] == "" {
		return errors.New("command names no program")
	}
	return atLeast("max_line", c.MaxLine, 1)
}

// pipeDepth is how many lines wait on either side of the program.
const pipeDepth = 64

// Open starts the program.
func (c *Commander) Open(i *d4.Instance) error {
	c.cmd = exec.CommandContext(i.Context(), c.Command[0], c.Command[1:]...)
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	log, err := c.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		return err
	}
	c.feed, c.lines = make(chan string, pipeDepth), make(chan string, pipeDepth)
	c.failed, c.gone, c.done = make(chan struct{}), make(chan struct{}), i.Context().Done()
	c.over.Go(func() { c.write(in) })
	c.over.Go(func() { c.read(out) })
	c.over.Go(func() {
		text := bufio.NewScanner(log)
		text.Buffer(nil, c.MaxLine)
		for text.Scan() {
			i.Log.Info(text.Text(), "program", c.Command[0])
		}
		io.Copy(io.Discard, log) // a line too long must not stop the program
	})
	return nil
}

// fail notes the first error at a pipe.
func (c *Commander) fail(err error) {
	c.once.Do(func() {
		c.err = err
		close(c.failed)
	})
}

// write writes lines to the program, and flushes when there are no more.
func (c *Commander) write(in io.WriteCloser) {
	text := bufio.NewWriter(in)
	for line := range c.feed {
		text.WriteString(line)
		text.WriteByte('\n')
		if len(c.feed) > 0 {
			continue
		}
		if text.Flush() != nil {
			break
		}
	}
	if err := errors.Join(text.Flush(), in.Close()); err != nil {
		c.fail(fmt.Errorf("it did not read all items: %w", err))
	}
}

// read reads the program's lines.
func (c *Commander) read(out io.Reader) {
	defer close(c.lines)
	text := bufio.NewScanner(out)
	text.Buffer(nil, c.MaxLine)
	for text.Scan() {
		select {
		case c.lines <- text.Text():
		case <-c.gone:
			return
		}
	}
	if err := text.Err(); err != nil {
		c.fail(fmt.Errorf("reading its output (max_line is %d bytes): %w", c.MaxLine, err))
	}
}

func (c *Commander) take(item string) error {
	if strings.ContainsAny(item, "\n\r") {
		return fmt.Errorf("%q is more than one line", item)
	}
	for lines, feed := c.lines, c.feed; ; {
		select {
		case feed <- item:
			if !c.Answers {
				return c.drain()
			}
			feed = nil
		case line, ok := <-lines:
			switch {
			case ok && c.Answers && feed != nil:
				return c.stopped(errors.New("it gave more lines than it was asked for"))
			case ok:
				c.Out.Emit(line)
			case c.Answers:
				return c.stopped(errors.New("it ended without an answer"))
			}
			if c.Answers {
				return nil
			}
			if !ok {
				lines = nil // it may still want its input
			}
		case <-c.failed:
			return c.stopped(c.err)
		case <-c.done:
			return c.stopped(errors.New("the run is over"))
		}
	}
}

// drain emits the lines that are there.
func (c *Commander) drain() error {
	for {
		select {
		case line, ok := <-c.lines:
			if !ok {
				return nil
			}
			c.Out.Emit(line)
		default:
			return nil
		}
	}
}

// Advance passes marks on only where each item has been answered.
func (c *Commander) Advance(t d4.Time) (d4.Time, error) {
	if c.Answers {
		return t, nil
	}
	return d4.Never, nil
}

// Finish ends the program's input and emits what it still says.
func (c *Commander) Finish() error {
	c.ended = true
	close(c.feed)
	for {
		select {
		case line, ok := <-c.lines:
			if !ok {
				c.over.Wait()
				return c.stopped(nil)
			}
			if c.Answers {
				return c.stopped(errors.New("it gave more lines than it was asked for"))
			}
			c.Out.Emit(line)
		case <-c.failed:
			return c.stopped(c.err)
		case <-c.done:
			return c.stopped(errors.New("the run is over"))
		}
	}
}

// stopped waits for the program, which is killed if there is a cause, and says
// what was wrong with it: its exit code before anything else.
func (c *Commander) stopped(cause error) error {
	if cause != nil {
		c.cmd.Process.Kill()
	}
	c.waited = true
	err := c.cmd.Wait()
	if exit := (*exec.ExitError)(nil); cause != nil && errors.As(err, &exit) && !exit.Exited() {
		err = nil // it was us
	}
	if cause == nil && err == nil {
		select {
		case <-c.failed:
			cause = c.err
		default:
			return nil
		}
	}
	return fmt.Errorf("%s: %w", c.Command[0], cmp.Or(err, cause))
}

// Close kills the program if it has not ended.
func (c *Commander) Close() error {
	if c.gone == nil {
		return nil
	}
	if !c.waited {
		c.cmd.Process.Kill()
		c.cmd.Wait() // and so closes its pipes
	}
	close(c.gone)
	if !c.ended {
		close(c.feed)
	}
	c.over.Wait()
	return nil
}
