package seismo

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
)

// inStep takes the splits of an instance through time together: each has its
// turn in a step (a chunk of time) before one of them goes on to a later step,
// so that marks rise and nothing downstream has to wait for long.
type inStep struct {
	splits []string
	next   []int64 // of each split: the step that is due; ended after its last
	last   int64   // no step is later
	index  int
	count  int
	at     int64 // the step that is under way: the least of this instance's
	turn   int   // the split that is to be looked at next
}

const ended = math.MaxInt64

// open begins with the step that is due first in each split.
func (s *inStep) open(i *d4.Instance, splits []string, next []int64, last int64) {
	*s = inStep{splits: splits, next: next, last: last, index: i.Index, count: i.Count, at: math.MinInt64, turn: len(splits)}
}

// split returns the split whose turn it is, and io.EOF when all have ended.
func (s *inStep) split() (int, error) {
	for s.at != ended {
		for ; s.turn < len(s.next); s.turn += s.count {
			if s.next[s.turn] == s.at {
				return s.turn, nil
			}
		}
		s.at, s.turn = ended, s.index
		for k := s.index; k < len(s.next); k += s.count {
			s.at = min(s.at, s.next[k])
		}
	}
	return 0, io.EOF
}

// done ends the turn of split k, in which step next is due then. It returns the
// step that is due in all splits of the instance, and whether that has risen.
func (s *inStep) done(k int, next int64) (at int64, rose bool) {
	before := s.at
	s.next[k] = next
	_, err := s.split()
	return s.at, err == nil && s.at > before
}

// Splits lists all splits, in the order of their names.
func (s *inStep) Splits() []string { return slices.Clone(s.splits) }

// Position is the step that is due in split k, as a varint.
func (s *inStep) Position(k int) ([]byte, error) {
	return binary.AppendVarint(nil, s.next[k]), nil
}

// Seek goes to a position, after Open.
func (s *inStep) Seek(k int, position []byte) error {
	next, n := binary.Varint(position)
	if n <= 0 || n != len(position) || next < s.next[k] || next > s.last && next != ended {
		return fmt.Errorf("%x is no position in %s", position, s.splits[k])
	}
	s.next[k], s.at, s.turn = next, math.MinInt64, len(s.next)
	return nil
}
