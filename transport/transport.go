package transport

import (
	"errors"
	"fmt"
	"time"
)

// ErrClosed is returned by Poll after Close.
var ErrClosed = errors.New("transport: closed")

// An AbortError is returned by Poll on every rank once any rank has called
// Abort, or when a rank has vanished.
type AbortError struct {
	Rank  int    // the rank that aborted
	Cause string // what it gave as the cause
}

// Error names the rank and its cause.
func (e *AbortError) Error() string {
	return fmt.Sprintf("transport: rank %d aborted: %s", e.Rank, e.Cause)
}

// Capabilities say what a transport can do.
type Capabilities struct {
	// Parts: parts travel beside the frame, uncopied at the sender. Without
	// it TrySend must be given none; the caller copies them into the frame.
	Parts bool
	// OneWay: frames flow only along the edges of the graph, never back. The
	// caller sends no credits; the transport bounds what is under way itself
	// by refusing in TrySend, and by delivering no more than a bounded amount
	// that has not been freed. Every rank then has one stage.
	OneWay bool
	// Spin is for how long somebody who waits should look by Polls that do not
	// wait, since what comes is likely to come soon; 0 where ranks share cores.
	Spin time.Duration
	// MaxFrame is the largest frame in bytes; 0 means no limit but memory.
	MaxFrame int
}

// A Meter is a Transport that measures its links.
type Meter interface {
	// Rate is how many bytes a second lately went to a rank while some were on
	// their way there; 0 where that is not known. It never blocks.
	Rate(to int) float64
}

// EventKind tells what an Event reports.
type EventKind uint8

const (
	// Received: a frame has arrived.
	Received EventKind = iota
	// Read: the parts of a frame sent earlier have been read.
	Read
)

// An Event is one thing that Poll reports.
type Event struct {
	Kind EventKind
	// Rank is the sender of a Received frame, the destination of Read parts.
	Rank int
	// Frame is what was sent, byte for byte. It belongs to the caller until
	// it gives it back with Free.
	Frame []byte
	// Parts are Go memory of exactly the size sent (length and capacity), in
	// the order sent. They belong to the caller for good.
	Parts [][]byte
	// Tag is, for Read, the tag given to TrySend.
	Tag uint64
}

// A Transport is one rank's end. All methods may be called from several
// goroutines at once; frames from one rank are reported in the order sent, by
// whichever call of Poll takes them, so a caller that polls from several
// goroutines must itself keep what they take in order.
type Transport interface {
	// Rank is this rank's number, from 0. Size is the number of ranks.
	Rank() int
	Size() int
	// Node numbers the host of a rank, from 0 in order of first appearance;
	// Host is its name. Both are known from the start and never block.
	Node(rank int) int
	Host(rank int) string
	// Capabilities are the same on every rank and never change.
	Capabilities() Capabilities

	// Alloc returns a frame of length n, its content undefined and its
	// capacity possibly larger. It never blocks and never returns nil for n > 0.
	Alloc(n int) []byte
	// Free gives back a frame from Alloc or Poll that has not been sent. The
	// slice may be cut shorter at its end but must begin where it began.
	Free(frame []byte)

	// TrySend never blocks. True: the transport takes the frame, which must
	// come from Alloc, and borrows the parts, which must be pointer-free Go
	// memory and none of them empty, until a Poll reports Read with tag (no
	// Read is reported for a frame without parts). False: there is no room;
	// frame and parts stay with the caller until a Poll has made room. After
	// an abort or Close it takes and drops everything.
	TrySend(to int, frame []byte, parts [][]byte, tag uint64) bool

	// Poll makes progress and appends what has happened to dst, in order.
	// With wait it blocks until there is something to report, room where
	// TrySend has refused since the last Poll, or a Wake; without it it never
	// blocks. The error is an *AbortError or ErrClosed; events that came
	// before it are still reported first.
	Poll(dst []Event, wait bool) ([]Event, error)
	// Wake makes one Poll that waits, now or next, return. It never blocks.
	Wake()

	// Abort ends the run on every rank: their Poll returns an *AbortError
	// with the cause. It does not wait for them. The first cause stands.
	Abort(cause error)
	// Close waits until what TrySend took has left and, where the mapping
	// needs it, until every rank has called Close. After an abort it does not
	// wait. Frames that nobody polled are dropped. Poll then returns ErrClosed.
	Close() error
}
