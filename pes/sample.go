package pes

import (
	"encoding/binary"
	"fmt"

	"github.com/zeebo/xxh3"

	d4 "github.com/dispel4go/dispel4go"
)

// Sampler is the PE made by Sample.
type Sampler[T any] struct {
	d4.Stateless
	In       d4.In[T]
	Out      d4.Out[T]
	Fraction float64 `help:"how many of the items to pass on" min:"0" max:"1"`

	probe *probe[T]
	seed  uint64
}

// Sample makes a PE that passes on about that fraction of its items. An item is
// drawn by the hash of the job's seed and its encoding: the same items for any
// number of instances, and of equal items all or none.
func Sample[T any](fraction float64) func() *Sampler[T] {
	return func() *Sampler[T] {
		s := &Sampler[T]{Fraction: fraction}
		s.In = d4.InputBatch(s.take)
		return s
	}
}

// Open takes the seed.
func (s *Sampler[T]) Open(i *d4.Instance) error {
	s.probe = newProbe[T]()
	s.seed = xxh3.Hash(binary.LittleEndian.AppendUint64(nil, i.Seed))
	return nil
}

func (s *Sampler[T]) take(items []T) error {
	for i := range items {
		code, err := s.probe.encode(items[i])
		if err != nil {
			return err
		}
		const steps = 1 << 53 // a float64 has each of them
		if float64(xxh3.HashSeed(code, s.seed)>>11)/steps < s.Fraction {
			s.Out.Emit(items[i])
		}
	}
	return nil
}

// Setup checks the fraction.
func (s *Sampler[T]) Setup() error {
	if !(s.Fraction >= 0 && s.Fraction <= 1) { // NaN is neither
		return fmt.Errorf("fraction is %v and must be from 0 to 1", s.Fraction)
	}
	return nil
}
