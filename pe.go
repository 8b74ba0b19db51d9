package dispel4go

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
)

// A PE is a processing element. Embed Base for methods that do nothing.
type PE interface {
	// Open is called before the first item. It must not emit.
	Open(*Instance) error
	// Finish is called once, when every input has ended, or when Next has
	// returned io.EOF. It may emit.
	Finish() error
	// Close is called last, also after a failure. It must not emit.
	Close() error
}

// A Source is a PE without inputs. Next emits some items and returns; it is
// called until it returns io.EOF. A source with nothing to emit yet returns
// Wait, and what it has emitted leaves at once; one that blocks, until the
// context of its instance is done at the latest, may hold that back meanwhile.
type Source interface {
	PE
	Next() error
}

// A Setupper has ports or scratch that depend on its parameters. Setup is
// called when they are set, before the ports are found.
type Setupper interface{ Setup() error }

// An Advancer keeps items back until their time is over. Advance is called
// when no item older than t will come any more, with t rising. It may emit,
// and returns what the PE promises in turn: at most t, never falling.
type Advancer interface {
	Advance(t Time) (pass Time, err error)
}

// A Resumable source can go on where it was. Its work comes in splits (a file,
// a station, a range): every instance lists all of them in the same order, and
// split k belongs to instance k mod n. Where it marks, a position taken after
// Mark(t) is one behind which all items from t on are still to come.
type Resumable interface {
	Source
	// Splits lists all splits, the same on every instance.
	Splits() []string
	// Position tells how far this instance is with split k, io.EOF included.
	Position(k int) ([]byte, error)
	// Seek goes to a position in split k, before the first Next.
	Seek(k int, position []byte) error
}

// A Rewinder is a Resumable source with outputs whose items cannot come again, such as
// what came too late. Where a run goes on from a position that lies before the last, where
// the earlier run was cut short, those outputs have nothing in between. That run may itself
// have gone back, and not have come to where the one before it was: a position therefore
// tells the furthest point ever reached besides the present one.
type Rewinder interface {
	Resumable
	// Unrepeatable lists the names of these outputs, as they are in job files. They need not
	// be marked.
	Unrepeatable() []string
	// Rewind is called in place of Seek. Position is where to go on; last, which may be the
	// same, is the one that the earlier run ended with, of which the furthest point counts.
	Rewind(k int, position, last []byte) error
}

// A Suspender can be cut short, and what is lost with it be had again. When time
// is up before its streams have ended, Suspend is called in place of Finish, and
// it must not emit. It returns the data time from which items have to come
// again, because they are in what the PE keeps; Forever if it keeps nothing. The
// error says why that cannot help. A run is continued only if everything in it
// that was cut short is a Suspender, or a source that is Resumable.
type Suspender interface {
	Suspend() (again Time, err error)
}

// A Continuer is a Suspender that knows what it has dealt with before. Suspend
// returns a time that follows from its mark alone: it has emitted all that is
// older, and nothing that is not. Continue is told that time in the run that
// goes on, after Open: what is older comes again, for others, and is to be
// dropped. It must not emit.
type Continuer interface {
	Suspender
	Continue(done Time) error
}

// A StateSaver can save and load its state; keyed state goes by shard, other
// state under shard -1.
type StateSaver interface {
	SaveState(shard int) ([]byte, error)
	LoadState(shard int, state []byte) error
}

// A Single PE runs as one instance, whatever the plan would like.
type Single interface{ Single() }

// A RootPlaced PE runs on rank 0, as one instance: it gathers what the run returns.
type RootPlaced interface{ RootPlaced() }

// An OutputWriter writes into the run directory.
type OutputWriter interface{ WritesOutput() }

// A Limited PE keeps items; MemoryLimit bounds what one of count instances may
// hold, in bytes. The plan prints it.
type Limited interface{ MemoryLimit(count int) int64 }

// Base implements PE by doing nothing.
type Base struct{}

// Open does nothing.
func (Base) Open(*Instance) error { return nil }

// Finish does nothing.
func (Base) Finish() error { return nil }

// Close does nothing.
func (Base) Close() error { return nil }

// Stateless is Base for a PE that makes of each item what it makes of it and
// keeps nothing, so that a run may be cut short and continued.
type Stateless struct{ Base }

// Suspend asks for nothing to come again.
func (Stateless) Suspend() (Time, error) { return Forever, nil }

// An Instance is what a PE is told about where it runs.
type Instance struct {
	Name  string // of the PE in the graph
	Index int    // which instance, from 0
	Count int    // of how many
	Rank  int
	Node  string // host name
	Seed  uint64 // of the job

	Log *slog.Logger
	// Rand is seeded by the job's seed, the PE's name and the index.
	Rand *rand.Rand

	ctx    context.Context
	folder Folder
	count  func(name string) *atomic.Int64
}

// Context is done when the run fails, is interrupted or reaches its time limit.
func (i *Instance) Context() context.Context { return i.ctx }

// Folder is where the PE may leave files. It fails where the run has none.
func (i *Instance) Folder() Folder { return i.folder }

// Counter returns the counter of that name, which appears in the run's trace.
func (i *Instance) Counter(name string) *atomic.Int64 { return i.count(name) }

// Bind gives the instance what its methods return; the engine calls it.
func (i *Instance) Bind(ctx context.Context, folder Folder, count func(name string) *atomic.Int64) {
	i.ctx, i.folder, i.count = ctx, folder, count
}

// A Folder takes the files that a PE leaves.
type Folder interface {
	// Path is the folder on disk.
	Path() (string, error)
	// Create makes a file under a temporary name. Nothing is written over: it
	// fails when a file of that name exists.
	Create(name string) (File, error)
}

// A File is being written. It gets its name with Commit and is gone without it.
type File interface {
	io.Writer
	io.WriterAt
	// Commit gives the complete file its name.
	Commit() error
	// Discard removes it; after Commit it does nothing.
	Discard() error
}

// A Value is an item still encoded, reserved for PEs whose ports have no Go
// type.
type Value struct {
	Codec  byte
	Schema string
	Bytes  []byte
}
