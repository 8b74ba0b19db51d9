package fft

import (
	"math"
	"unsafe"

	"github.com/dispel4go/dispel4go/internal/kernel"
)

// vectors is a plan for complex transforms of length rows*columns on vector
// kernels (the four-step scheme of Bailey 1990). With samples at
// columns*r + c and coefficients at k + rows*l it transforms along the columns,
// as many side by side as a vector has lanes; multiplies by
// exp(2 pi i k c / length), turning columns into rows on the way; and
// transforms along the rows, again side by side. Where a block of columns or of
// rows is not full it overlaps the one before it, so nothing is left over.
//
// It transforms in the inverse direction, times the factor it was made with.
type vectors[F Float] struct {
	kernels       *kernel.FFT[F]
	rows, columns int
	down, along   line[F] // transforms of length rows, and of length columns
	turn          func(dst, src, tw *F, step, n uintptr)
	twiddles      []F // of each block of columns, complex vectors by row
	stride        int // complex vectors from one block of rows to the next
	turned        []F // complex vectors by block of rows and column
	buffers       [2][]F
}

// line is the passes of transforms that are made side by side.
type line[F Float] []step[F]

type step[F Float] struct {
	pass func(dre, dim, sre, sim *F, ds, ss, m, s uintptr, tw *F)
	m, s uintptr
	tw   *F
}

// vector is the bytes of a complex vector.
const vector = 64

// ends says how the samples of a plan come and go: as complex numbers one after
// the other, or real and imaginary parts apart.
type ends struct{ joinedIn, joinedOut bool }

// kernelsFor returns the vector kernels for F, or nil.
func kernelsFor[F Float]() *kernel.FFT[F] {
	var k any
	switch any(*new(F)).(type) {
	case float32:
		k = kernel.FFT32()
	case float64:
		k = kernel.FFT64()
	}
	return k.(*kernel.FFT[F])
}

// newVectors returns a plan for length n, or nil where vectors do not go with it.
func newVectors[F Float](n int, scale float64, e ends) *vectors[F] {
	k := kernelsFor[F]()
	if k == nil {
		return nil
	}
	rows := splitRows(n, len(k.Lanes))
	if rows == 0 {
		return nil
	}
	return newVectorsOf(k, rows, n/rows, scale, e)
}

func newVectorsOf[F Float](k *kernel.FFT[F], rows, columns int, scale float64, e ends) *vectors[F] {
	p := &vectors[F]{
		kernels: k, rows: rows, columns: columns,
		down: newLine(k, rows, e.joinedIn, false), along: newLine(k, columns, false, e.joinedOut),
	}
	switch {
	case e.joinedIn && e.joinedOut:
		p.turn = k.TransposeInOut
	case e.joinedIn:
		p.turn = k.TransposeIn
	case e.joinedOut:
		p.turn = k.TransposeOut
	default:
		p.turn = k.Transpose
	}
	lanes := len(k.Lanes)
	blocks := (columns + lanes - 1) / lanes
	p.twiddles = aligned[F](blocks * rows * 2 * lanes)
	for b := range blocks {
		first := min(b*lanes, columns-lanes)
		for r := range rows {
			to := p.twiddles[(b*rows+r)*2*lanes:]
			for lane := range lanes {
				c := first + lane
				if e.joinedIn {
					c = first + k.Lanes[lane]
				}
				sin, cos := math.Sincos(2 * math.Pi * float64(r*c%(rows*columns)) / float64(rows*columns))
				to[lane], to[lanes+lane] = F(cos*scale), F(sin*scale)
			}
		}
	}
	p.stride = columns
	if columns%32 == 0 { // of which all blocks would come to lie in the same few sets of the cache
		p.stride += lanes
	}
	p.turned = aligned[F]((rows + lanes - 1) / lanes * p.stride * 2 * lanes)
	for i := range p.buffers {
		p.buffers[i] = aligned[F](max(rows, columns) * 2 * lanes)
	}
	return p
}

func newLine[F Float](k *kernel.FFT[F], n int, joinedIn, joinedOut bool) line[F] {
	var l line[F]
	m, s := n, 1
	for i, r := range lineRadices(n) {
		m /= r
		st := step[F]{m: uintptr(m), s: uintptr(s)}
		kinds := &k.Pass[r]
		switch first := i == 0 && joinedIn; {
		case m > 1 && first:
			st.pass = kinds.TwiddleIn
		case m > 1:
			st.pass = kinds.Twiddle
		case first:
			st.pass = kinds.LastIn
		case joinedOut:
			st.pass = kinds.LastOut
		default:
			st.pass = kinds.Last
		}
		if m > 1 {
			tw := make([]F, 0, 2*m*(r-1))
			for p := range m {
				for j := 1; j < r; j++ {
					sin, cos := math.Sincos(2 * math.Pi * float64(p*j) / float64(r*m))
					tw = append(tw, F(cos), F(sin))
				}
			}
			st.tw = &tw[0]
		}
		l = append(l, st)
		s *= r
	}
	return l
}

// transform writes the transform of the parts sre, sim to the parts dre, dim.
// Where they come or go joined, sim or dim counts for nothing.
func (p *vectors[F]) transform(dre, dim, sre, sim []F) {
	lanes := len(p.kernels.Lanes)
	size, in, out := unsafe.Sizeof(*new(F)), 1, 1
	if sim == nil {
		in = 2
	}
	if dim == nil {
		out = 2
	}
	n := p.rows * p.columns
	_, _ = sre[in*n-1], dre[out*n-1]
	at := func(s []F, i int) *F {
		if s == nil {
			return nil
		}
		return &s[i]
	}
	column := p.buffers[(len(p.down)-1)%2] // the one that the last pass but one does not write
	for b, c := 0, 0; c < p.columns; b, c = b+1, c+lanes {
		c := min(c, p.columns-lanes)
		p.down.run(&p.buffers, &column[0], &column[lanes], vector, &sre[in*c], at(sim, c), uintptr(in*p.columns)*size)
		tw := p.twiddles[b*p.rows*2*lanes:]
		full := p.rows / lanes
		p.turn(&p.turned[c*2*lanes], &column[0], &tw[0], uintptr(p.stride)*vector, uintptr(full))
		if r := p.rows - lanes; p.rows%lanes != 0 {
			p.turn(&p.turned[(full*p.stride+c)*2*lanes], &column[r*2*lanes], &tw[r*2*lanes], 0, 1)
		}
	}
	for b, k := 0, 0; k < p.rows; b, k = b+1, k+lanes {
		k := min(k, p.rows-lanes)
		row := p.turned[b*p.stride*2*lanes:]
		p.along.run(&p.buffers, &dre[out*k], at(dim, k), uintptr(out*p.rows)*size, &row[0], &row[lanes], vector)
	}
}

// run makes the passes, to and fro between the buffers, from the source to the
// destination.
func (l line[F]) run(buffers *[2][]F, dre, dim *F, ds uintptr, sre, sim *F, ss uintptr) {
	lanes := vector / 2 / unsafe.Sizeof(*dre)
	for i := range l {
		st := &l[i]
		if i == len(l)-1 {
			st.pass(dre, dim, sre, sim, ds, ss, st.m, st.s, st.tw)
			return
		}
		to := buffers[i%2]
		st.pass(&to[0], &to[lanes], sre, sim, vector, ss, st.m, st.s, st.tw)
		sre, sim, ss = &to[0], &to[lanes], vector
	}
}

// aligned returns n samples that begin with a cache line, which is as long as a vector.
func aligned[F Float](n int) []F {
	size := int(unsafe.Sizeof(*new(F)))
	s := make([]F, n+vector/size)
	skip := (vector - int(uintptr(unsafe.Pointer(&s[0]))%vector)) % vector / size
	return s[skip:][:n:n]
}

// lineRadices returns the radix of each pass for a line of length n.
func lineRadices(n int) []int {
	var twos, passes []int
	k := 0
	for n%2 == 0 {
		k++
		n /= 2
	}
	for _, radix := range []int{5, 3} {
		for n%radix == 0 {
			passes = append(passes, radix)
			n /= radix
		}
	}
	for k > 0 {
		switch {
		case k == 1:
			twos, k = append(twos, 2), 0
		case k%3 == 0:
			twos, k = append(twos, 8), k-3
		default:
			twos, k = append(twos, 4), k-2
		}
	}
	return append(passes, twos...)
}

// splitRows returns the number of rows for a transform of length n, so that
// both they and the columns are at least as many as least; 0 if there is no such
// split. It is the same for the same n always, as the bits of results depend on
// it; nothing is tried out.
func splitRows(n, least int) int {
	if _, smooth := radices(n); !smooth {
		return 0
	}
	best, rows := math.Inf(1), 0
	for r := least; r*least <= n; r++ {
		if n%r != 0 {
			continue
		}
		c := n / r
		cost := lineCost(r, least) + lineCost(c, least) + 0.2*math.Abs(math.Log2(float64(c)/float64(r)))
		if cost < best {
			best, rows = cost, r
		}
	}
	return rows
}

// lineCost is about what the passes of a line cost, as measured on a processor
// of the kind Zen 4, and what it costs if the last block of lines overlaps.
func lineCost(n, lanes int) float64 {
	passes := [...]float64{2: 1, 3: 1.2, 4: 1.2, 5: 1.6, 8: 1.7}
	cost := 0.0
	for _, r := range lineRadices(n) {
		cost += passes[r]
	}
	if n%lanes != 0 {
		cost += 0.3
	}
	return cost
}
