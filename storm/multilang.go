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
	*m = message{Tuple: m.Tuple[:0]}
	if quick(text, m) {
		return nil
	}
	if err := json.Unmarshal(text, m); err != nil {
		return fmt.Errorf("%w: %w", errMessage, err)
	}
	return nil
}

// quick reads the messages that nearly all are, a tuple with one of our frames,
// as Storm writes them; what is written in any other way is for encoding/json,
// which takes several times as long. The message must not outlive text.
func quick(text []byte, m *message) bool {
	id, rest, ok1 := between(text, `{"id":"`, `","comp":"`)
	_, rest, ok2 := between(rest, ``, `","stream":"`+frameStream+`","task":`)
	task, rest, ok3 := between(rest, ``, `,"tuple":["`)
	frame, rest, ok4 := between(rest, ``, `"]}`)
	if !ok1 || !ok2 || !ok3 || !ok4 || len(bytes.TrimRight(rest, "\r\n")) > 0 {
		return false
	}
	n, err := strconv.Atoi(string(task))
	if err != nil || n < 0 || !plain(id) || bytes.IndexByte(frame, '\\') >= 0 {
		return false
	}
	at := len(`{"id":"`)
	m.ID = text[at-1 : at+len(id)+1]
	m.Stream, m.Task = frameStream, n
	end := len(text) - len(rest) - len(`"]}`)
	m.Tuple = append(m.Tuple, text[end-len(frame)-1:end+1])
	return true
}

// between returns what stands between two texts, the first at the beginning,
// and what follows.
func between(text []byte, before, after string) (found, rest []byte, ok bool) {
	text, ok = bytes.CutPrefix(text, []byte(before))
	if !ok {
		return nil, nil, false
	}
	return bytes.Cut(text, []byte(after))
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
