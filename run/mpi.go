package run

import (
	"context"
	"crypto/sha256"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/fxamacker/cbor/v2"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/launch"
	"github.com/dispel4go/dispel4go/mpi"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/transport"
)

// A member is this rank of a run over MPI.
type member struct {
	end   *mpi.End
	ranks []partition.Rank // all of them; only rank 0 knows before tell
	leave func() error     // ends MPI, where nobody else will

	waiting []transport.Event // frames that receive has still to read
}

// outside remembers that a run over MPI was made outside Main. It has ended
// MPI, which cannot be started again.
var outside sync.Mutex

// join makes this process a member of what the launcher has started. Rank 0
// hears from all the others how many cores they have.
func join(ctx context.Context, o Options) (*member, error) {
	m := &member{leave: func() error { return nil }}
	world, err := sessionOf(ctx).join(o.MPI)
	switch {
	case errors.Is(err, errNoSession):
		if !outside.TryLock() {
			return nil, errors.New("a second run over MPI in one program: call run.Graph inside run.Main, which allows any number")
		}
		if world, err = mpi.Init(mpi.Options{Library: o.MPI}); err != nil {
			return nil, err
		}
		m.leave = world.Finalize
	case err != nil:
		return nil, err
	}
	if m.end, err = world.Transport(); err != nil {
		return nil, err
	}
	if err := m.gather(m.own(o)); err != nil {
		return nil, m.abandon(err)
	}
	return m, nil
}

// PlanHere makes the plan that Graph would run: for the ranks that a launcher
// has started if it has, and then only on rank 0; on others it is nil.
func PlanHere(ctx context.Context, g *d4.Graph, o Options) (*partition.Plan, error) {
	l, err := launch.Current()
	if err != nil {
		return nil, Usage(err)
	}
	if o.Mapping, err = mapping(o.Mapping, l); err != nil {
		return nil, err
	}
	if o.Mapping != "mpi" {
		return Plan(g, o)
	}
	m, err := join(ctx, o)
	if err != nil {
		return nil, err
	}
	var p *partition.Plan
	if m.end.Rank() == 0 {
		p, err = planOn(g, m.ranks, o)
	}
	return p, errors.Join(err, m.end.Close(), m.leave())
}

// nodes is the number of hosts.
func (m *member) nodes() (n int) {
	for rank := range m.end.Size() {
		n = max(n, 1+m.end.Node(rank))
	}
	return n
}

// gather tells rank 0 about this one.
func (m *member) gather(own allocation) error {
	if m.end.Rank() != 0 {
		return m.send(0, own)
	}
	all := make([]allocation, m.end.Size())
	all[0] = own
	for range m.end.Size() - 1 {
		var of allocation
		from, err := m.receive(&of)
		if err != nil {
			return err
		}
		all[from] = of
	}
	m.ranks = divide(all)
	return nil
}

// reach finds out which ranks on other hosts see the run directory, which rank
// 0 has made, or failed to. The error is what keeps the run from beginning, on
// every rank.
func (m *member) reach(dir *rundir.Dir, failed error) (err error) {
	var w word
	if dir != nil && failed == nil {
		var hide func()
		if w.Show, hide, failed = dir.Show(); failed == nil {
			defer hide()
		}
		if w.Dir, err = filepath.Abs(dir.Path()); err != nil {
			failed = err
		}
	}
	if w, err = m.tell(w, failed); err != nil {
		return err
	}
	if m.end.Rank() != 0 {
		if err := m.send(0, rundir.Sees(w.Dir, w.Show)); err != nil {
			return m.abandon(err)
		}
		return nil
	}
	for range m.end.Size() - 1 {
		var sees bool
		from, err := m.receive(&sees)
		if err != nil {
			return m.abandon(err)
		}
		m.ranks[from].Apart = !sees
	}
	return nil
}

// A word is what rank 0 has to say before a run.
type word struct {
	Ranks []partition.Rank
	// Profile is what the plan is made from.
	Profile partition.Profile
	Dir     string // the run directory
	Show    string // a file in it
	From    former // what is continued
	Err     string // why there will be no run
	Usage   bool   // because of what the caller wants
}

// tell says the word to all; everyone but rank 0 hears it. The error is what
// keeps the run from beginning, on every rank.
func (m *member) tell(w word, failed error) (word, error) {
	if failed != nil {
		w.Err, w.Usage = failed.Error(), errors.Is(failed, ErrUsage)
	}
	if m.end.Rank() != 0 {
		if _, err := m.receive(&w); err != nil {
			return w, m.abandon(err)
		}
		if m.ranks = w.Ranks; w.Err == "" {
			return w, nil
		}
		failed = &elsewhere{errors.New(w.Err), w.Usage}
	} else {
		for rank := 1; rank < m.end.Size(); rank++ {
			if err := m.send(rank, w); err != nil {
				return w, m.abandon(err)
			}
		}
	}
	if failed != nil {
		return w, errors.Join(failed, m.end.Close(), m.leave())
	}
	return w, nil
}

// An elsewhere is an error that rank 0 has had, and tells.
type elsewhere struct {
	error
	usage bool
}

func (e *elsewhere) Is(target error) bool { return e.usage && target == ErrUsage }

// abandon ends the run on all ranks before it has begun.
func (m *member) abandon(err error) error {
	m.end.Abort(err)
	return errors.Join(err, m.end.Close(), m.leave())
}

// send sends x to a rank as one frame.
func (m *member) send(to int, x any) error {
	text, err := cbor.Marshal(x)
	if err != nil {
		return err
	}
	frame := m.end.Alloc(len(text))
	copy(frame, text)
	for !m.end.TrySend(to, frame, nil, 0) {
		// Nobody sends to us now, so nothing is lost by not looking.
		if _, err := m.end.Poll(nil, true); err != nil {
			return err
		}
	}
	return nil
}

// receive waits for a frame and reads x from it.
func (m *member) receive(x any) (from int, err error) {
	for len(m.waiting) == 0 {
		if m.waiting, err = m.end.Poll(nil, true); err != nil {
			return 0, err
		}
	}
	e := m.waiting[0]
	m.waiting = m.waiting[1:]
	err = cbor.Unmarshal(e.Frame, x)
	m.end.Free(e.Frame)
	if err != nil {
		err = fmt.Errorf("what rank %d says before the run is not understood; was it started with another program? %w", e.Rank, err)
	}
	return e.Rank, err
}

// program identifies the program that runs, so that ranks with another one are
// refused.
func program() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if id, size := buildID(f); id != nil { // reading all of it would take longer than starting MPI
		h.Write(id)
		fmt.Fprint(h, size)
	} else if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("program %x", h.Sum(nil)[:8]), nil
}

// buildID is what the linker of Go has left in a program to tell it from any
// other, and the program's size; nil if there is none.
func buildID(f *os.File) (id []byte, size int64) {
	e, err := elf.NewFile(f)
	if err != nil {
		return nil, 0
	}
	note := e.Section(".note.go.buildid")
	info, err := f.Stat()
	const header = 16 // of a note, with the name of who wrote it
	if note == nil || err != nil || note.Size <= header {
		return nil, 0
	}
	if id, err = note.Data(); err != nil {
		return nil, 0
	}
	return id, info.Size()
}
