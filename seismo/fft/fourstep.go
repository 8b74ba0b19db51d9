package fft

import (
	"math"
	"unsafe"

	"github.com/dispel4go/dispel4go/internal/kernel"
)

// fourStep is a plan for complex transforms of length rows*columns on vector
// kernels (the four-step scheme of Bailey 1990). With samples at
// columns*r + c and coefficients at k + rows*l it transforms along the columns,
// as many side by side as a vector has lanes; multiplies by
// exp(2 pi i k c / length), turning columns into rows on the way; and
// transforms along the rows, again side by side. Where a block of columns or of
// rows is not full it overlaps the one before it, so nothing is left over.
//
// It transforms in the inverse direction, without a factor.
type fourStep[F Float] struct {
	kernels       *kernel.FFT[F]
	rows, columns int
	down, along   line[F] // transforms of length rows, and of length columns
	twiddles      []F     // of each block of columns, complex vectors by row
	stride        int     // complex vectors from one block of rows to the next
	turned        []F     // complex vectors by block of rows and column
	buffers       [2][]F
}

// line is the passes of transforms that are made side by side.
type line[F Float] []step[F]

type step[F Float] struct {
	pass passKernel[F]
	m, s uintptr
	tw   *F
}

type passKernel[F Float] = func(dre, dim, sre, sim *F, ds, ss, m, s uintptr, tw *F, blocks, dblock, sblock uintptr)

const (
	vector = 64      // bytes of a complex vector
	near   = 8 << 10 // bytes of each buffer, to leave them in the nearest cache
)

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

// newFourStep returns a plan for length n, or nil where vectors do not go with it.
func newFourStep[F Float](n int) *fourStep[F] {
	k := kernelsFor[F]()
	if k == nil {
		return nil
	}
	rows := splitRows(n, len(k.Lanes))
	if rows == 0 {
		return nil
	}
	return newFourStepOf(k, rows, n/rows)
}

func newFourStepOf[F Float](k *kernel.FFT[F], rows, columns int) *fourStep[F] {
	p := &fourStep[F]{
		kernels: k, rows: rows, columns: columns,
		down: newLine(k, lineRadices(rows), interleaved, split), along: newLine(k, lineRadices(columns), split, interleaved),
	}
	lanes := len(k.Lanes)
	blocks := (columns + lanes - 1) / lanes
	p.twiddles = aligned[F](blocks * rows * 2 * lanes)
	roots := newRoots(rows * columns)
	for b := range blocks {
		first := min(b*lanes, columns-lanes)
		for r := range rows {
			to := p.twiddles[(b*rows+r)*2*lanes:]
			for lane, c := range k.Lanes {
				w := roots.at(r * (first + c))
				to[lane], to[lanes+lane] = F(w.re), F(w.im)
			}
		}
	}
	p.stride = columns
	if columns%32 == 0 { // of which all blocks would come to lie in the same few sets of the cache
		p.stride += lanes
	}
	p.turned = aligned[F]((rows + lanes - 1) / lanes * p.stride * 2 * lanes)
	for i := range p.buffers {
		p.buffers[i] = aligned[F](max(rows, columns, near/vector) * 2 * lanes)
	}
	return p
}

// layout is how the numbers that a line begins or ends with lie in memory, as
// kernel.FFT says.
type layout int

const (
	split layout = iota
	interleaved
	mirrored
)

// newLine returns the passes of these radices. At a mirrored end the radix is even.
func newLine[F Float](k *kernel.FFT[F], radices []int, from, to layout) line[F] {
	var l line[F]
	m, s := 1, 1
	for _, r := range radices {
		m *= r
	}
	for _, r := range radices {
		m /= r
		st := step[F]{m: uintptr(m), s: uintptr(s)}
		kinds := &k.Pass[r]
		twiddled := m > 1 || from == mirrored // of these there is no other kind
		switch {
		case twiddled:
			st.pass = [...]passKernel[F]{kinds.Twiddle, kinds.TwiddleIn, kinds.TwiddleBins}[from]
		case from == interleaved:
			st.pass = kinds.LastIn
		default:
			st.pass = [...]passKernel[F]{kinds.Last, kinds.LastOut, kinds.LastBins}[to]
		}
		if twiddled {
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
		from = split
	}
	return l
}

// transform writes the transform of as many complex numbers. dst may be src.
func (p *fourStep[F]) transform(dst, src []F) {
	lanes := len(p.kernels.Lanes)
	size := 2 * unsafe.Sizeof(*new(F)) // of a complex number
	n := 2 * p.rows * p.columns
	dst, src = dst[:n], src[:n]
	column := p.buffers[(len(p.down)-1)%2] // the one that the last pass but one does not write
	// All blocks that the buffers hold go through each pass together.
	for c := 0; c < p.columns; {
		from := min(c, p.columns-lanes)
		blocks := min(len(column)/(p.rows*2*lanes), max(1, (p.columns-from)/lanes))
		p.down.run(&p.buffers, &column[0], vector, uintptr(p.rows*vector), &src[2*from], uintptr(p.columns)*size, vector, p.rows, blocks)
		tw := p.twiddles[(c+lanes-1)/lanes*p.rows*2*lanes:]
		full, step := p.rows/lanes, uintptr(p.stride*vector)
		if rest := p.rows % lanes; rest == 0 {
			p.kernels.Transpose(&p.turned[from*2*lanes], &column[0], &tw[0], step, uintptr(full), uintptr(blocks), uintptr(lanes*vector), uintptr(p.rows*vector))
		} else {
			for b := range blocks {
				to, at, tw := (from+b*lanes)*2*lanes, b*p.rows*2*lanes, tw[b*p.rows*2*lanes:]
				last := (p.rows - lanes) * 2 * lanes
				p.kernels.Transpose(&p.turned[to], &column[at], &tw[0], step, uintptr(full), 1, 0, 0)
				p.kernels.Transpose(&p.turned[full*p.stride*2*lanes+to], &column[at+last], &tw[last], 0, 1, 1, 0, 0)
			}
		}
		c += blocks * lanes
	}
	for k := 0; k < p.rows; {
		to := min(k, p.rows-lanes)
		blocks := min(max(1, near/(p.columns*vector)), max(1, (p.rows-to)/lanes))
		row := p.turned[(k+lanes-1)/lanes*p.stride*2*lanes:]
		p.along.run(&p.buffers, &dst[2*to], uintptr(p.rows)*size, vector, &row[0], vector, uintptr(p.stride*vector), p.columns, blocks)
		k += blocks * lanes
	}
}

// run makes the passes of some blocks of transforms of length n, to and fro
// between the buffers, from the source to the destination, of which both vectors
// and blocks lie as far apart as is said.
func (l line[F]) run(buffers *[2][]F, dst *F, ds, dblock uintptr, src *F, ss, sblock uintptr, n, blocks int) {
	l.runMirrored(buffers, dst, imagOf(dst), ds, dblock, src, imagOf(src), ss, sblock, n, blocks)
}

// runMirrored is run for lines that begin or end with mirrored numbers: dim or sim is where
// the first vector of conjugates lies, and else where the imaginary parts begin.
func (l line[F]) runMirrored(buffers *[2][]F, dst, dim *F, ds, dblock uintptr, src, sim *F, ss, sblock uintptr, n, blocks int) {
	for i := range l {
		st := &l[i]
		if i == len(l)-1 {
			st.pass(dst, dim, src, sim, ds, ss, st.m, st.s, st.tw, uintptr(blocks), dblock, sblock)
			return
		}
		to := &buffers[i%2][0]
		st.pass(to, imagOf(to), src, sim, vector, ss, st.m, st.s, st.tw, uintptr(blocks), uintptr(n*vector), sblock)
		src, sim, ss, sblock = to, imagOf(to), vector, uintptr(n*vector)
	}
}

// imagOf returns where the imaginary parts of a complex vector are.
func imagOf[F Float](v *F) *F { return (*F)(unsafe.Add(unsafe.Pointer(v), vector/2)) }

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
		cost := lineCost(r) + lineCost(c) + 0.2*math.Abs(math.Log2(float64(c)/float64(r)))
		for _, length := range []int{r, c} {
			if length%least != 0 { // then the last block overlaps
				cost += 0.3
			}
		}
		if least == 4 && r%least != 0 { // then blocks of columns are turned one by one
			cost += 0.2
		}
		if cost < best {
			best, rows = cost, r
		}
	}
	return rows
}

// lineCost is about what the passes of a line cost for each vector, as measured on
// a processor of the kind Zen 4.
func lineCost(n int) float64 {
	passes := [...]float64{2: 1, 3: 1.2, 4: 1.2, 5: 1.6, 8: 1.7}
	cost := 0.0
	for _, r := range lineRadices(n) {
		cost += passes[r]
	}
	return cost
}
