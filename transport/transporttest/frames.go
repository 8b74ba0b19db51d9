package transporttest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
)

// noise is what patterns are cut from. Its length is prime, so that a pattern
// never repeats at the distance of a page or a power of two.
var noise = func() []byte {
	table := make([]byte, 65521)
	draw := rand.NewChaCha8([32]byte{7})
	draw.Read(table)
	return table
}()

// stretches yields what the pattern of a seed is made of: a part of noise from
// a place that depends on the seed, then all of it again and again.
func stretches(n int, seed uint64) func(func(at int, part []byte) bool) {
	return func(yield func(int, []byte) bool) {
		part := noise[seed*0x9e3779b97f4a7c15>>32%uint64(len(noise)):]
		for at := 0; at < n; part = noise {
			part = part[:min(len(part), n-at)]
			if !yield(at, part) {
				return
			}
			at += len(part)
		}
	}
}

// fill writes a pattern that depends on the seed and nothing else.
func fill(dst []byte, seed uint64) {
	for at, part := range stretches(len(dst), seed) {
		copy(dst[at:], part)
	}
}

// check tells whether got is what fill wrote.
func check(got []byte, seed uint64) error {
	for at, part := range stretches(len(got), seed) {
		if bytes.Equal(got[at:at+len(part)], part) {
			continue
		}
		for i, b := range part {
			if got[at+i] != b {
				return fmt.Errorf("byte %d of %d is %#02x, not %#02x", at+i, len(got), got[at+i], b)
			}
		}
	}
	return nil
}

// seedOf names the i-th thing that goes from one rank to another.
func seedOf(from, to, i int) uint64 {
	return uint64(from)<<48 | uint64(to)<<32 | uint64(i)
}

// pattern returns a frame of n bytes with the pattern of a seed.
func (e *end) pattern(n int, seed uint64) []byte {
	frame := e.Alloc(n)
	fill(frame, seed)
	return frame
}

// expect takes the next message and checks its frame. The frame is freed.
func (e *end) expect(from, n int, seed uint64) error {
	m, err := e.next()
	if err != nil {
		return err
	}
	defer e.Free(m.frame)
	if m.from != from {
		return fmt.Errorf("frame from rank %d where only rank %d sends", m.from, from)
	}
	return checkFrame(m, n, seed)
}

// checkFrame checks length and content of a frame.
func checkFrame(m message, n int, seed uint64) error {
	if len(m.frame) != n {
		return fmt.Errorf("frame from rank %d has %d bytes, not %d", m.from, len(m.frame), n)
	}
	if err := check(m.frame, seed); err != nil {
		return fmt.Errorf("frame from rank %d: %w", m.from, err)
	}
	return nil
}

// identity: ranks, nodes and hosts fit together.
func identity(e *end) error {
	if e.rank < 0 || e.rank >= e.size {
		return fmt.Errorf("rank %d of %d", e.rank, e.size)
	}
	hosts := []string{}
	for rank := range e.size {
		node := e.Node(rank)
		if node < 0 || node > len(hosts) {
			return fmt.Errorf("rank %d is on node %d, but %d nodes have appeared", rank, node, len(hosts))
		}
		if node == len(hosts) {
			hosts = append(hosts, e.Host(rank))
		}
		if e.Host(rank) == "" || e.Host(rank) != hosts[node] {
			return fmt.Errorf("rank %d is on node %d and host %q, an earlier one on %q", rank, node, e.Host(rank), hosts[node])
		}
	}
	if m := e.Capabilities().MaxFrame; m < 0 {
		return fmt.Errorf("frames of at most %d bytes", m)
	}
	// Everybody must see the same: rank 0 tells what it sees.
	mine := fmt.Sprint(e.size, hosts, e.Capabilities())
	if e.rank == 0 {
		for to := range e.others() {
			if err := e.send(to, e.frameOf([]byte(mine)), nil, 0); err != nil {
				return err
			}
		}
		return nil
	}
	m, err := e.next()
	if err != nil {
		return err
	}
	defer e.Free(m.frame)
	if string(m.frame) != mine {
		return fmt.Errorf("rank %d sees %s, rank 0 %s", e.rank, mine, m.frame)
	}
	return nil
}

// alloc: frames have the length asked for, do not overlap, and may be given
// back cut shorter.
func alloc(e *end) error {
	var frames [][]byte
	for i, n := range []int{1, 2, 63, 64, 65, 1000, 4096, 4097, 1 << 16, 1<<20 + 1, 1, 64, 4096} {
		n = e.clip(n)
		frame := e.Alloc(n)
		if len(frame) != n || cap(frame) < n {
			return fmt.Errorf("Alloc(%d) has length %d and capacity %d", n, len(frame), cap(frame))
		}
		fill(frame[:cap(frame)], uint64(i))
		frames = append(frames, frame)
	}
	for i, frame := range frames {
		if err := check(frame[:cap(frame)], uint64(i)); err != nil {
			return fmt.Errorf("frame %d overlaps another: %w", i, err)
		}
		e.Free(frame[:len(frame)/2])
	}
	e.Free(e.Alloc(0))
	return nil
}

// clip is n, or the largest frame that the transport moves.
func (e *end) clip(n int) int {
	if m := e.Capabilities().MaxFrame; m > 0 {
		return min(n, m)
	}
	return n
}

// order: many small frames to everybody arrive in the order sent.
func order(e *end) error {
	const count = 500
	size := func(i int) int { return 8 + i*37%600 }
	for i := range count {
		for to := range e.others() {
			if err := e.send(to, e.pattern(size(i), seedOf(e.rank, to, i)), nil, 0); err != nil {
				return err
			}
		}
	}
	next := make([]int, e.size)
	for range count * (e.size - 1) {
		m, err := e.next()
		if err != nil {
			return err
		}
		i := next[m.from]
		next[m.from]++
		err = checkFrame(m, size(i), seedOf(m.from, e.rank, i))
		e.Free(m.frame)
		if err != nil {
			return fmt.Errorf("number %d: %w", i, err)
		}
	}
	return nil
}

// large is from where on only rank 0 sends, to spare the memory of the machine.
const large = 2 << 20

// sizes: frames of all sizes go round a ring, among them ones cut shorter than
// they were allocated.
func sizes(e *end) error {
	if e.size == 1 {
		return nil
	}
	list := []int{1, 2, 7, 8, 9, 63, 64, 65, 4095, 4096, 4097, 1 << 16, 1 << 20, 16 << 20, 1}
	to, from := (e.rank+1)%e.size, (e.rank+e.size-1)%e.size
	for i, n := range list {
		n = e.clip(n)
		if n < large || e.rank == 0 {
			frame := e.Alloc(e.clip(n + i))[:n]
			fill(frame, seedOf(e.rank, to, i))
			if err := e.send(to, frame, nil, 0); err != nil {
				return err
			}
		}
		if n >= large && from != 0 {
			continue
		}
		if err := e.expect(from, n, seedOf(from, e.rank, i)); err != nil {
			return fmt.Errorf("size %d: %w", n, err)
		}
	}
	return nil
}

// manyToOne: rank 0 hears from everybody at once and keeps the frames.
func manyToOne(e *end) error {
	const count, size = 100, 5000
	if e.rank != 0 {
		for i := range count {
			if err := e.send(0, e.pattern(e.clip(size), seedOf(e.rank, 0, i)), nil, 0); err != nil {
				return err
			}
		}
		return nil
	}
	var kept []message
	for range count * (e.size - 1) {
		m, err := e.next()
		if err != nil {
			return err
		}
		kept = append(kept, m)
	}
	next := make([]int, e.size)
	starts := map[*byte]bool{}
	for _, m := range kept {
		if starts[&m.frame[0]] {
			return errors.New("two frames in the same memory")
		}
		starts[&m.frame[0]] = true
		if err := checkFrame(m, e.clip(size), seedOf(m.from, 0, next[m.from])); err != nil {
			return err
		}
		next[m.from]++
	}
	for _, m := range kept {
		e.Free(m.frame)
	}
	return nil
}

// exchange: everybody sends frames of random sizes, with random parts, to
// random ranks. Each rank computes what the others do.
func exchange(e *end) error {
	const count = 300
	if e.size == 1 {
		return nil
	}
	type parcel struct {
		to    int
		frame int
		parts []int
	}
	list := make([][]parcel, e.size)
	for from := range list {
		draw := rand.New(rand.NewPCG(uint64(from), 3))
		for range count {
			p := parcel{to: (from + 1 + draw.IntN(e.size-1)) % e.size}
			p.frame = e.clip(1 + draw.IntN(1<<draw.IntN(17)))
			for range draw.IntN(4) * draw.IntN(2) {
				p.parts = append(p.parts, 1+draw.IntN(1<<draw.IntN(17)))
			}
			if !e.Capabilities().Parts {
				p.parts = nil
			}
			list[from] = append(list[from], p)
		}
	}
	for i, p := range list[e.rank] {
		seed := seedOf(e.rank, p.to, i)
		lent := makeParts(p.parts, seed)
		if err := e.send(p.to, e.pattern(p.frame, seed), lent, seed); err != nil {
			return err
		}
		if i%10 == 0 {
			if err := e.poll(false); err != nil {
				return err
			}
		}
	}
	next := make([]int, e.size)
	expected := 0
	for _, l := range list {
		for _, p := range l {
			if p.to == e.rank {
				expected++
			}
		}
	}
	for range expected {
		m, err := e.next()
		if err != nil {
			return err
		}
		for list[m.from][next[m.from]].to != e.rank {
			next[m.from]++
		}
		i := next[m.from]
		p := list[m.from][i]
		next[m.from]++
		seed := seedOf(m.from, e.rank, i)
		err = checkFrame(m, p.frame, seed)
		e.Free(m.frame)
		if err := errors.Join(err, checkParts(m.parts, p.parts, seed)); err != nil {
			return fmt.Errorf("number %d: %w", i, err)
		}
	}
	for i, p := range list[e.rank] {
		if len(p.parts) > 0 {
			if err := e.awaitRead(seedOf(e.rank, p.to, i)); err != nil {
				return err
			}
		}
	}
	return nil
}
