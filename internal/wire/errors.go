package wire

import (
	"errors"
	"fmt"
)

var (
	// ErrCorrupt is what a CorruptError unwraps to: returned when a frame is
	// not what any Writer makes.
	ErrCorrupt = errors.New("wire: corrupt frame")

	// ErrVersion is returned, wrapped with what differs, when a frame has been
	// made by a version of the format that this package does not read.
	ErrVersion = errors.New("wire: frame of another version")
)

// A CorruptError says what is wrong with a frame and where.
type CorruptError struct {
	Sender int    // the rank that the header names, -1 where there is none
	Offset int    // bytes from the frame's start
	Entry  string // the entry as far as it was read: kind, edge, instances
	Edges  []int  // those that the damage may be about, as far as they can be read
	What   string
}

// Error names the rank, the place, the entry and what is wrong.
func (e *CorruptError) Error() string {
	s := ErrCorrupt.Error()
	if e.Sender >= 0 {
		s += fmt.Sprintf(" from rank %d", e.Sender)
	}
	s += fmt.Sprintf(" at byte %d", e.Offset)
	if e.Entry != "" {
		s += " (" + e.Entry + ")"
	}
	return s + ": " + e.What
}

// Unwrap is ErrCorrupt.
func (e *CorruptError) Unwrap() error { return ErrCorrupt }

// describe is an entry in the words of an error.
func describe(e *Entry) string {
	switch e.Kind {
	case Batch, Credit:
		return fmt.Sprintf("%v, edge %d, from instance %d to %d", e.Kind, e.Edge, e.From, e.To)
	case End, Mark, Idle, Barrier:
		return fmt.Sprintf("%v, edge %d, from instance %d", e.Kind, e.Edge, e.From)
	default:
		return e.Kind.String()
	}
}
