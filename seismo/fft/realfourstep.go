package fft

import (
	"math"
	"slices"
	"unsafe"

	"github.com/dispel4go/dispel4go/internal/kernel"
)

// realFourStep is a plan for real transforms of even length rows*columns on vector
// kernels: the scheme of [fourStep], for samples at columns*r + c and coefficients at
// k + rows*l. Two columns are transformed as the parts of complex numbers; their
// spectra, of which rows 0..rows/2 will do, are taken apart, multiplied and turned;
// and the transforms along the rows give coefficients, the second half of each row
// as the conjugates of those of other rows. The way back is the same from its end.
//
// The last block of columns overlaps the one before it where it is not full. The
// last block of rows goes on beyond rows/2: there are rows enough, and what comes
// of them is the same as of those they mirror.
type realFourStep[F Float] struct {
	kernels       *kernel.FFT[F]
	rows, columns int
	turns         int     // blocks of rows
	down, up      line[F] // along columns, forward and inverse
	out, in       line[F] // along rows, forward and inverse
	forth, back   []F     // exp(-2 pi i k c/n)/2 and exp(2 pi i k c/n)/n, for Apart and Together
	stride        int     // complex vectors from one block of rows to the next
	turned        []F     // complex vectors by block of rows and column
	buffers       [2][]F
	near          struct{ columns, rows int } // blocks that the buffers hold
}

// newRealFourStep returns a plan for n, or nil where vectors do not go with it.
func newRealFourStep[F Float](n int) *realFourStep[F] {
	k := kernelsFor[F]()
	if k == nil {
		return nil
	}
	rows, _ := splitReal(n, len(k.Lanes))
	if rows == 0 {
		return nil
	}
	return newRealFourStepOf(k, rows, n/rows)
}

func newRealFourStepOf[F Float](k *kernel.FFT[F], rows, columns int) *realFourStep[F] {
	lanes, n := len(k.Lanes), rows*columns
	radices := lineRadices(columns) // of which the last is even, as a mirrored end wants it
	backwards := slices.Clone(radices)
	slices.Reverse(backwards)
	p := &realFourStep[F]{
		kernels: k, rows: rows, columns: columns, turns: (rows/2 + lanes) / lanes,
		down: newLine(k, lineRadices(rows), split, split), out: newLine(k, radices, split, mirrored),
		in: newLine(k, backwards, mirrored, split), up: newLine(k, lineRadices(rows), split, split),
	}
	blocks := (columns + 2*lanes - 1) / (2 * lanes)
	p.forth, p.back = aligned[F](blocks*p.factors()), aligned[F](blocks*p.factors())
	roots := newRoots(n)
	at := 0
	for b := range blocks {
		first := min(b*2*lanes, columns-2*lanes)
		for v := range p.turns * 2 * lanes {
			turn, half, row := v/(2*lanes), v/lanes%2, v%lanes
			for lane := range lanes {
				w := roots.at((turn*lanes + row) * (first + half*lanes + lane))
				p.forth[at+lane], p.forth[at+lanes+lane] = F(w.re/2), F(-w.im/2)
				p.back[at+lane], p.back[at+lanes+lane] = F(w.re/float64(n)), F(w.im/float64(n))
			}
			at += 2 * lanes
		}
	}
	p.stride = columns
	if columns%32 == 0 { // of which all blocks would come to lie in the same few sets of the cache
		p.stride += lanes
	}
	p.turned = aligned[F](p.turns * p.stride * 2 * lanes)
	p.near.columns, p.near.rows = max(1, near/vector/rows), max(1, near/vector/columns)
	for i := range p.buffers {
		p.buffers[i] = aligned[F](max(p.near.columns*(rows+1), p.near.rows*columns) * 2 * lanes)
	}
	return p
}

// forward writes the bins of the samples src.
func (p *realFourStep[F]) forward(bins, src []F) {
	n, lanes, size := p.rows*p.columns, len(p.kernels.Lanes), unsafe.Sizeof(src[0])
	bins, src = bins[:n+2], src[:n]
	column := &p.buffers[(len(p.down)-1)%2][0] // of the two the one that the last pass does not read
	columnSize := uintptr((p.rows + 1) * vector)
	for c := 0; c < p.columns; {
		from, blocks := p.block(c)
		p.down.run(&p.buffers, column, vector, columnSize, &src[from], uintptr(p.columns)*size, vector, p.rows, blocks)
		p.kernels.Apart(&p.turned[from*2*lanes], column, p.of(p.forth, c), uintptr(p.stride*vector),
			uintptr(p.turns), uintptr(blocks), uintptr(2*lanes*vector), columnSize, uintptr(p.rows*vector))
		c += blocks * 2 * lanes
	}
	for turn := 0; turn < p.turns; turn += p.near.rows {
		to, mirror := p.place(turn)
		row := &p.turned[turn*p.stride*2*lanes]
		p.out.runMirrored(&p.buffers, &bins[to], &bins[mirror], uintptr(2*p.rows)*size, vector,
			row, imagOf(row), vector, uintptr(p.stride*vector), p.columns, min(p.near.rows, p.turns-turn))
	}
	bins[1], bins[n+1] = 0, 0
}

// inverse writes the samples with these bins.
func (p *realFourStep[F]) inverse(dst, bins []F) {
	n, lanes, size := p.rows*p.columns, len(p.kernels.Lanes), unsafe.Sizeof(dst[0])
	bins, dst = bins[:n+2], dst[:n]
	for turn := 0; turn < p.turns; turn += p.near.rows {
		from, mirror := p.place(turn)
		row := &p.turned[turn*p.stride*2*lanes]
		p.in.runMirrored(&p.buffers, row, imagOf(row), vector, uintptr(p.stride*vector),
			&bins[from], &bins[mirror], uintptr(2*p.rows)*size, vector, p.columns, min(p.near.rows, p.turns-turn))
	}
	column := &p.buffers[1][0] // the one that the first pass does not write
	columnSize := uintptr((p.rows + 1) * vector)
	for c := 0; c < p.columns; {
		to, blocks := p.block(c)
		p.kernels.Together(column, &p.turned[to*2*lanes], p.of(p.back, c), uintptr(p.stride*vector),
			uintptr(p.turns), uintptr(blocks), columnSize, uintptr(2*lanes*vector), uintptr(p.rows*vector))
		p.up.run(&p.buffers, &dst[to], uintptr(p.columns)*size, vector, column, vector, columnSize, p.rows, blocks)
		c += blocks * 2 * lanes
	}
}

// block returns where the blocks of columns from c on begin, and how many of them
// go through the passes together.
func (p *realFourStep[F]) block(c int) (first, blocks int) {
	pair := 2 * len(p.kernels.Lanes)
	first = min(c, p.columns-pair)
	return first, min(p.near.columns, max(1, (p.columns-first)/pair))
}

// factors is how many reals the factors of a block of columns are; of returns where
// those of the block at c begin.
func (p *realFourStep[F]) factors() int {
	lanes := len(p.kernels.Lanes)
	return p.turns * 2 * lanes * 2 * lanes
}

func (p *realFourStep[F]) of(factors []F, c int) *F {
	pair := 2 * len(p.kernels.Lanes)
	return &factors[c/pair*p.factors()]
}

// place returns where the first vector of bins of a block of rows lies, and the first
// of those it mirrors.
func (p *realFourStep[F]) place(turn int) (first, mirror int) {
	lanes := len(p.kernels.Lanes)
	return 2 * turn * lanes, 2 * (p.rows*p.columns/2 - (turn+1)*lanes + 1)
}

// splitReal returns the number of rows for a real transform of length n, and what it
// costs; 0 if there is no split. It is the same for the same n always, as the bits of
// results depend on it; nothing is tried out.
func splitReal(n, lanes int) (rows int, cost float64) {
	cost = math.Inf(1)
	if _, smooth := radices(n); !smooth {
		return 0, cost
	}
	// Passes over lines longer than this go out of the nearest cache.
	passes := func(length int, longer float64) float64 {
		return lineCost(length) * (1 + longer*math.Log2(max(1, float64(length)/128)))
	}
	for r := lanes; r*2*lanes <= n; r++ {
		columns := n / r
		if n%r != 0 || columns%2 != 0 {
			continue
		}
		turns, blocks := (r/2+lanes)/lanes, (columns+2*lanes-1)/(2*lanes)
		vectors := float64(blocks*r)*passes(r, 0.15) + float64(turns*columns)*passes(columns, 0.2) + float64(turns*blocks*2*lanes)
		if vectors < cost {
			rows, cost = r, vectors
		}
	}
	return rows, cost
}
