package transporttest

import (
	"errors"
	"fmt"
)

// makeParts returns memory of the sizes given with patterns of the seed.
func makeParts(sizes []int, seed uint64) [][]byte {
	var parts [][]byte
	for i, n := range sizes {
		p := make([]byte, n)
		fill(p, partSeed(seed, i))
		parts = append(parts, p)
	}
	return parts
}

func partSeed(seed uint64, i int) uint64 { return ^(seed + uint64(i)<<24) }

// checkParts checks number, lengths and contents. That lengths are capacities
// too has been checked for every event.
func checkParts(got [][]byte, sizes []int, seed uint64) error {
	if len(got) != len(sizes) {
		return fmt.Errorf("%d parts, not %d", len(got), len(sizes))
	}
	for i, p := range got {
		if len(p) != sizes[i] {
			return fmt.Errorf("part %d has %d bytes, not %d", i, len(p), sizes[i])
		}
		if err := check(p, partSeed(seed, i)); err != nil {
			return fmt.Errorf("part %d: %w", i, err)
		}
	}
	return nil
}

// parts: parts of all sizes and numbers go round a ring. Frames without parts
// between them are never reported read.
func parts(e *end) error {
	if e.size == 1 || !e.Capabilities().Parts {
		return nil
	}
	many := make([]int, 100)
	for i := range many {
		many[i] = 1 + i*i
	}
	list := func(from int) [][]int {
		last := []int{1}
		if from == 0 {
			last = []int{16 << 20} // from one rank only, to spare memory
		}
		return [][]int{{1}, nil, {4096}, {7, 1, 65}, {1 << 16, 1 << 16}, nil, many, {1 << 20, 3}, last, {1}}
	}
	to, from := (e.rank+1)%e.size, (e.rank+e.size-1)%e.size
	arriving := list(from)
	for i, sizes := range list(e.rank) {
		seed := seedOf(e.rank, to, i)
		if err := e.send(to, e.pattern(40, seed), makeParts(sizes, seed), seed); err != nil {
			return err
		}
		m, err := e.next()
		if err != nil {
			return err
		}
		err = checkFrame(m, 40, seedOf(from, e.rank, i))
		e.Free(m.frame)
		if err := errors.Join(err, checkParts(m.parts, arriving[i], seedOf(from, e.rank, i))); err != nil {
			return fmt.Errorf("number %d: %w", i, err)
		}
		if len(sizes) > 0 {
			if err := e.awaitRead(seed); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownership: what the receiver does with parts does not reach the sender, what
// the sender does after Read does not reach the receiver, and what the
// receiver keeps stays as it is while more arrives.
func ownership(e *end) error {
	if e.size == 1 || !e.Capabilities().Parts {
		return nil
	}
	const rounds = 20
	sizes := []int{5000, 70000, 17}
	to, from := (e.rank+1)%e.size, (e.rank+e.size-1)%e.size
	var kept [][][]byte
	for i := range rounds {
		seed := seedOf(e.rank, to, i)
		lent := makeParts(sizes, seed)
		if err := e.send(to, e.pattern(1, seed), lent, uint64(i)); err != nil {
			return err
		}
		m, err := e.next()
		if err != nil {
			return err
		}
		e.Free(m.frame)
		if i%2 == 0 {
			kept = append(kept, m.parts)
		} else {
			for _, p := range m.parts {
				clear(p)
			}
		}
		if err := e.awaitRead(uint64(i)); err != nil {
			return err
		}
		if err := checkParts(lent, sizes, seed); err != nil {
			return fmt.Errorf("memory of the sender has changed: %w", err)
		}
		for _, p := range lent {
			clear(p)
		}
	}
	for i, p := range kept {
		if err := checkParts(p, sizes, seedOf(from, e.rank, 2*i)); err != nil {
			return fmt.Errorf("parts that were kept have changed: %w", err)
		}
	}
	return nil
}

// copies: a transport that counts what it copies copies no byte more than
// once, be it on the side of the sender or of the receiver.
func copies(e *end) error {
	c, counts := e.Transport.(Copier)
	if e.size == 1 {
		return nil
	}
	to, from := (e.rank+1)%e.size, (e.rank+e.size-1)%e.size
	measure := func(what string, frame int, sizes []int) error {
		// Everybody sends as much as it receives, so its own count is that of a
		// whole transfer, if nothing else is moved between the two barriers.
		var before int64
		if counts {
			before = c.Copied()
		}
		if err := e.barrier(); err != nil {
			return err
		}
		total := 0
		const rounds = 3
		for i := range rounds {
			seed := seedOf(e.rank, to, i)
			if err := e.send(to, e.pattern(frame, seed), makeParts(sizes, seed), uint64(i)); err != nil {
				return err
			}
			m, err := e.next()
			if err != nil {
				return err
			}
			err = errors.Join(checkFrame(m, frame, seedOf(from, e.rank, i)), checkParts(m.parts, sizes, seedOf(from, e.rank, i)))
			e.Free(m.frame)
			if err != nil {
				return err
			}
			if len(sizes) > 0 {
				if err := e.awaitRead(uint64(i)); err != nil {
					return err
				}
			}
			total += frame
			for _, n := range sizes {
				total += n
			}
		}
		if !counts {
			return e.barrier()
		}
		per := float64(c.Copied()-before) / float64(total)
		if e.rank == 0 {
			e.logf("%s: %.3f bytes copied per payload byte", what, per)
		}
		if per > 1.01 { // the barrier's frames count too
			return fmt.Errorf("%s: %.3f bytes copied per payload byte, more than one", what, per)
		}
		return e.barrier()
	}
	if err := measure("frames of 256 KiB", e.clip(256<<10), nil); err != nil || !e.Capabilities().Parts {
		return err
	}
	return measure("parts of 256 KiB", 64, []int{256 << 10, 256 << 10})
}
