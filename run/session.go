package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/mpi"
	"github.com/dispel4go/dispel4go/transport"
)

// A session is what the runs inside one Main have in common.
type session struct {
	// stuck is the cause of a run that left calls of PEs behind. They still
	// run, and nothing can end them but the program's end.
	stuck atomic.Pointer[error]
	world *mpi.World // nil until there is a run over MPI

	child     *stormChild            // nil unless Storm has started the program
	submitted bool                   // there has been a run on Storm
	urgent    atomic.Pointer[func()] // what has to be done before the program is ended at once
}

type sessionKey struct{}

// sessionOf is the session that a run is in; nil outside Main.
func sessionOf(ctx context.Context) *session {
	s, _ := ctx.Value(sessionKey{}).(*session)
	return s
}

var errNoSession = errors.New("outside Main")

// join returns the world of MPI, which the first run begins with the library
// that is wished for.
func (s *session) join(library string) (_ *mpi.World, err error) {
	if s == nil {
		return nil, errNoSession
	}
	if s.world == nil {
		if s.world, err = mpi.Init(mpi.Options{Library: library, Report: report}); err != nil {
			err = noMPI{err}
		}
	}
	return s.world, err
}

// report tells why this rank ends all of them.
func report(a *transport.AbortError) { fmt.Fprintln(os.Stderr, "dispel4go:", Line(a)) }

// noMPI is why MPI has not begun: mostly the same for all ranks of a host.
type noMPI struct{ error }

func (e noMPI) Unwrap() error { return e.error }

// told tells whether the cause of an abort has been told, by the rank that has
// aborted: it may be the only one that lives long enough.
func (s *session) told() bool { return s.world != nil && s.world.Aborted() }

// leave ends MPI, if it was begun.
func (s *session) leave() error {
	if s.world == nil {
		return nil
	}
	return s.world.Finalize()
}

func (s *session) err() error {
	if cause := s.stuck.Load(); cause != nil {
		return *cause
	}
	return nil
}

// noteStuck remembers, inside Main, that the program must end.
func noteStuck(ctx context.Context, res *engine.Result, err error) {
	if s := sessionOf(ctx); s != nil && res.Stuck {
		s.stuck.CompareAndSwap(nil, &err)
	}
}

// stuckIn is why the program must end, if it must.
func stuckIn(ctx context.Context) error {
	s := sessionOf(ctx)
	if s == nil || s.err() == nil {
		return nil
	}
	return fmt.Errorf("the program must end, because calls of an earlier run have not returned: %w", s.err())
}
