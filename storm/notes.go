package storm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dispel4go/dispel4go/engine"
)

// A Note is something that a rank has to tell whoever watches the run, for
// Storm carries nothing against the stream: a line of accounts/RANK.jsonl in
// the run directory, which all nodes share.
type Note struct {
	Time  time.Time
	Begun *Begun `json:",omitempty"`
	// Items is how many each PE has had on this rank so far, in the order of the
	// graph.
	Items   []uint64        `json:",omitempty"`
	Log     json.RawMessage `json:",omitempty"` // a line of log/slog's JSON
	Failure *engine.Failure `json:",omitempty"` // why the run fails
	Left    *Left           `json:",omitempty"`
}

// Begun says that a rank has begun.
type Begun struct {
	Host string
	PID  int
}

// Left is what a rank leaves when its stage is done.
type Left struct {
	Account engine.Account
	// Summary is what PEs that are instance 0 say of the whole, by PE.
	Summary map[string]map[string]any `json:",omitempty"`
}

func notesPath(dir string, rank int, ending string) string {
	return filepath.Join(dir, "accounts", fmt.Sprint(rank)+ending)
}

// PrepareNotes makes the folder for notes in a run directory.
func PrepareNotes(dir string) error { return os.Mkdir(filepath.Join(dir, "accounts"), 0o777) }

// A Notebook is the notes of a rank, being written.
type Notebook struct {
	mu sync.Mutex
	f  *os.File
}

// OpenNotes begins the notes of a rank. Where the rank has begun before, the
// error wraps errRestarted and the notebook can be written on.
func OpenNotes(dir string, rank int) (*Notebook, error) {
	path := notesPath(dir, rank, ".jsonl")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o666)
	switch {
	case errors.Is(err, fs.ErrExist):
		if f, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0); err != nil {
			return nil, err
		}
		f.WriteString("\n") // what was being written when it ended is no line
		return &Notebook{f: f}, errRestarted
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is not here: the run directory must be on a file system that all nodes of the cluster share (--dir)", filepath.Dir(path))
	case err != nil:
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	n := &Notebook{f: f}
	return n, n.Write(Note{Begun: &Begun{host, os.Getpid()}})
}

// Write writes a note. It may be called from any goroutine.
func (n *Notebook) Write(note Note) error {
	note.Time = time.Now()
	line, err := json.Marshal(note)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	_, err = n.f.Write(append(line, '\n'))
	return err
}

// Log returns a writer for the lines of log/slog's JSON handler.
func (n *Notebook) Log() io.Writer { return logNotes{n} }

type logNotes struct{ n *Notebook }

func (l logNotes) Write(line []byte) (int, error) {
	return len(line), l.n.Write(Note{Log: bytes.TrimSpace(line)})
}

// Output opens the file for what PEs of a rank print.
func Output(dir string, rank int) (*os.File, error) {
	return os.OpenFile(notesPath(dir, rank, ".out"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
}

// A NoteReader reads the notes of all ranks as they come.
type NoteReader struct {
	dir  string
	read []place
}

// place is how far one rank's files have been read.
type place struct{ notes, output int64 }

// ReadNotes reads the notes in a run directory of so many ranks.
func ReadNotes(dir string, ranks int) *NoteReader { return &NoteReader{dir, make([]place, ranks)} }

// Next calls f with each note that has come since the last call, and copies
// what PEs have printed to out. A line that is not whole is left for later.
func (r *NoteReader) Next(out io.Writer, f func(rank int, n *Note)) error {
	for rank := range r.read {
		p := &r.read[rank]
		// The notes first: with the last of them everything has been printed.
		var notes bytes.Buffer
		if _, err := copySince(&notes, notesPath(r.dir, rank, ".jsonl"), p.notes); err != nil {
			return err
		}
		n, err := copySince(out, notesPath(r.dir, rank, ".out"), p.output)
		if p.output += n; err != nil {
			return err
		}
		for {
			line, err := notes.ReadBytes('\n')
			if err != nil {
				break
			}
			p.notes += int64(len(line))
			var n Note
			if json.Unmarshal(line, &n) == nil { // else one that a program has not ended
				f(rank, &n)
			}
		}
	}
	return nil
}

// copySince copies what has come to a file after offset; nothing where there is
// no file yet.
func copySince(dst io.Writer, path string, offset int64) (int64, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() <= offset {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return io.Copy(dst, io.NewSectionReader(f, offset, info.Size()-offset))
}

// SaveState leaves the state of a PE for the submitter, LoadState reads it.
func SaveState(dir, pe string, state []byte) error {
	return os.WriteFile(filepath.Join(dir, "accounts", pe+".state"), state, 0o666)
}

// LoadState returns what SaveState left; nil where it left nothing.
func LoadState(dir, pe string) ([]byte, error) {
	state, err := os.ReadFile(filepath.Join(dir, "accounts", pe+".state"))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return state, err
}

func stopPath(dir string) string { return filepath.Join(dir, "accounts", "stop") }

// Stop asks all ranks to stop their sources, because time is up or not.
func Stop(dir string, limit bool) error {
	why := engine.ErrInterrupted
	if limit {
		why = engine.ErrTimeLimit
	}
	tmp := stopPath(dir) + ".tmp"
	if err := os.WriteFile(tmp, []byte(why.Error()), 0o666); err != nil {
		return err
	}
	return os.Rename(tmp, stopPath(dir))
}

// Stopped reports whether Stop has been called, and why: nil,
// engine.ErrInterrupted or engine.ErrTimeLimit.
func Stopped(dir string) error {
	why, err := os.ReadFile(stopPath(dir))
	switch {
	case err != nil:
		return nil
	case strings.HasPrefix(string(why), engine.ErrTimeLimit.Error()):
		return engine.ErrTimeLimit
	}
	return engine.ErrInterrupted
}
