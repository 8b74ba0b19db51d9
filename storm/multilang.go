package storm

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
)

// Storm's multilang protocol: JSON values, each followed by a line "end", on
// the standard input and output of a program that Storm has started.

const maxMessage = 64 << 20 // bytes; the largest is the first, which names every instance of the topology

// errMessage is wrapped by errors about what does not follow the protocol.
var errMessage = errors.New("not a message of Storm's multilang protocol")

// A greeting is Storm's first message.
type greeting struct {
	Conf    map[string]json.RawMessage `json:"conf"`
	PidDir  string                     `json:"pidDir"`
	Context struct {
		Components map[string]string `json:"task->component"`
		Task       int               `json:"taskid"`
		Component  string            `json:"componentid"`
		// Sources are where a bolt's tuples come from. A spout has none.
		Sources map[string]json.RawMessage `json:"source->stream->grouping"`
	} `json:"context"`
}

// tasks are the numbers that Storm has given to the instances of a component,
// rising: the k-th belongs to our instance k, on every one of them alike.
func (g *greeting) tasks(component string) ([]int, error) {
	var all []int
	for number, of := range g.Context.Components {
		if of != component {
			continue
		}
		n, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("%w: task %q of %s", errMessage, number, of)
		}
		all = append(all, n)
	}
	slices.Sort(all)
	return all, nil
}

// A message is anything that Storm sends later.
type message struct {
	Command string            `json:"command"` // to spouts
	ID      json.RawMessage   `json:"id"`
	Stream  string            `json:"stream"` // to bolts, as all below
	Task    int               `json:"task"`   // that sent it; -1: Storm itself
	Tuple   []json.RawMessage `json:"tuple"`
}

// reader reads messages.
type reader struct {
	in  *bufio.Reader
	buf []byte
}

func newReader(in io.Reader) *reader { return &reader{in: bufio.NewReaderSize(in, 128<<10)} }

var endLine = []byte("end\n")

// next returns the bytes of a message, which are valid until the next call.
// The error is io.EOF where there are no more, between two messages.
func (r *reader) next() ([]byte, error) {
	r.buf = r.buf[:0]
	whole := true // what is read next begins a line
	for {
		line, err := r.in.ReadSlice('\n')
		if whole && err == nil && bytes.Equal(line, endLine) {
			return r.buf, nil
		}
		if len(r.buf)+len(line) > maxMessage {
			return nil, fmt.Errorf("%w: more than %d bytes without an end", errMessage, maxMessage)
		}
		r.buf = append(r.buf, line...)
		switch {
		case err == nil:
			whole = true
		case errors.Is(err, bufio.ErrBufferFull):
			whole = false
		case err == io.EOF && len(r.buf) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}

// message reads one into m.
func (r *reader) message(m *message) error {
	text, err := r.next()
	if err != nil {
		return err
	}
	*m = message{} // what it held lies in the buffer that has been read into
	if quick(text, m) {
		return nil
	}
	if err := json.Unmarshal(text, m); err != nil {
		return fmt.Errorf("%w: %w", errMessage, err)
	}
	return nil
}

// quick reads the messages that nearly all are, a tuple with one of our frames,
// whose members may come in any order, as Storm makes them from a hash map; what
// is written in any other way is for encoding/json, which takes several times as
// long. The message must not outlive text.
func quick(text []byte, m *message) bool {
	var found message
	seen := map[string]bool{} // none is there twice
	rest, more := bytes.CutPrefix(text, []byte("{"))
	for more {
		name, value, ok := literal(rest)
		value, colon := bytes.CutPrefix(value, []byte(":"))
		if !ok || !colon || seen[string(name)] {
			return false
		}
		seen[string(name)] = true
		switch string(name) {
		case `"task"`:
			end := max(bytes.IndexAny(value, ",}"), 0)
			n, err := strconv.Atoi(string(value[:end]))
			if err != nil || n < 0 {
				return false
			}
			found.Task, rest = n, value[end:]
		case `"tuple"`:
			value, open := bytes.CutPrefix(value, []byte("["))
			frame, after, ok := literal(value)
			after, closed := bytes.CutPrefix(after, []byte("]"))
			if !open || !ok || !closed {
				return false
			}
			found.Tuple, rest = []json.RawMessage{frame}, after
		case `"id"`:
			found.ID, rest, ok = literal(value)
			if !ok || !plain(found.ID[1:len(found.ID)-1]) {
				return false
			}
		case `"stream"`, `"comp"`:
			of, after, ok := literal(value)
			if !ok || string(name) == `"stream"` && string(of) != `"`+frameStream+`"` {
				return false
			}
			rest = after
		default:
			return false
		}
		rest, more = bytes.CutPrefix(rest, []byte(","))
	}
	rest, closed := bytes.CutPrefix(rest, []byte("}"))
	if !closed || len(bytes.TrimRight(rest, "\r\n")) > 0 || len(seen) != 5 {
		return false
	}
	found.Stream = frameStream
	*m = found
	return true
}

// literal cuts a string off text, with its quotes. One with an escape is none.
func literal(text []byte) (s, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != '"' {
		return nil, nil, false
	}
	n := bytes.IndexByte(text[1:], '"')
	if n < 0 || bytes.IndexByte(text[1:1+n], '\\') >= 0 {
		return nil, nil, false
	}
	return text[:n+2], text[n+2:], true
}

// plain reports whether an id is a number, as those of Storm are.
func plain(id []byte) bool {
	for _, c := range id {
		if (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return len(id) > 0
}

// writer writes messages, each whole, from any goroutine. The first error
// stays; what is written after it is lost, as the other end is gone.
type writer struct {
	mu  sync.Mutex
	out *bufio.Writer
}

func newWriter(out io.Writer) *writer { return &writer{out: bufio.NewWriterSize(out, 128<<10)} }

// flush moves on what has been written.
func (w *writer) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Flush()
}

// say writes a short message and flushes.
func (w *writer) say(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.Write(text)
	w.out.WriteString("\nend\n")
	return w.out.Flush()
}

func (w *writer) sync() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.WriteString("{\"command\":\"sync\"}\nend\n")
	return w.out.Flush()
}

// error reports an error: Nimbus keeps it for those who ask.
func (w *writer) error(text string) error {
	return w.say(map[string]string{"command": "error", "msg": text})
}

// ack says that a tuple has been taken: Storm keeps each until then, also
// where nobody wants to know.
func (w *writer) ack(id []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.WriteString(`{"command":"ack","id":`)
	w.out.Write(id)
	w.out.WriteString("}\nend\n")
}

// emit sends a piece to a task.
func (w *writer) emit(task int, head, data []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.WriteString(`{"command":"emit","need_task_ids":false,"stream":"` + frameStream + `","task":`)
	w.out.Write(strconv.AppendInt(w.out.AvailableBuffer(), directTask(task), 10))
	w.out.WriteString(`,"tuple":["`)
	w.text(head)
	w.text(data)
	_, err := w.out.WriteString("\"]}\nend\n")
	return err
}

// directTask is how a task must be named in a direct emit. Storm from 2.7 on
// reads the number as an Integer where it fits one, casts it to Long, which
// ends its JVM, and narrows it to int afterwards. With bit 32 set it is read as
// a Long; older versions narrow it as well.
func directTask(task int) int64 { return int64(task) | 1<<32 }

// text writes bytes as text, in steps that are whole groups but the last.
func (w *writer) text(b []byte) {
	const step = 200 * groupBytes
	for len(b) > 0 {
		n := min(len(b), step)
		w.out.Write(appendText(w.out.AvailableBuffer(), b[:n]))
		b = b[n:]
	}
}
