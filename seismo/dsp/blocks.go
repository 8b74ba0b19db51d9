package dsp

import (
	"math"

	"github.com/dispel4go/dispel4go/seismo/fft"
)

// BlockCorrelator correlates records of n samples at the lags -maxLag..maxLag as
// Correlator does, where these are few beside n: it cuts the records into blocks
// and adds up their cross-spectra, so that the transforms are as short as a block
// and its lags. Of the first record of a pair the blocks are taken alone, padded
// with zeros (lead); of the second with the maxLag samples before and behind
// them (trail). The sum over all blocks is exact: each product a[t] b[t+l]
// belongs to the one block that has t.
type BlockCorrelator[F Float, C Cmplx] struct {
	n, maxLag, blocks, length int
	plan                      *fft.Real[F, C]
	scratch                   []F
}

// NewBlockCorrelator returns a correlator; n >= 1, maxLag >= 0, blocks >= 0. With
// 0 blocks it takes as many as make the correlation of many records quickest.
func NewBlockCorrelator[F Float, C Cmplx](n, maxLag, blocks int) *BlockCorrelator[F, C] {
	if n < 1 || maxLag < 0 || blocks < 0 {
		panic("dsp: correlation of no samples, with a negative lag or in a negative number of blocks")
	}
	if blocks == 0 {
		blocks = Blocks(n, maxLag)
	}
	c := &BlockCorrelator[F, C]{n: n, maxLag: maxLag, blocks: blocks, length: (n + blocks - 1) / blocks}
	c.plan = fft.NewReal[F, C](fft.NextQuickEven(c.length + 2*maxLag))
	c.scratch = make([]F, c.plan.Len())
	return c
}

// Blocks returns in how many blocks the correlation of many records of n samples
// is quickest; 1 where it is quickest with Correlator. The costs are those of the
// two steps of a pair, in nanoseconds as measured with vector kernels: they need
// not be true, only alike.
func Blocks(n, maxLag int) int {
	cost := func(blocks, size int) float64 {
		s := float64(size)
		return 0.065*float64(blocks)*s + 0.055*s*math.Log2(s)
	}
	best, least := 1, cost(1, fft.NextQuickEven(n+maxLag))
	for blocks := 2; blocks <= 64 && blocks <= n; blocks++ {
		if c := cost(blocks, fft.NextQuickEven((n+blocks-1)/blocks+2*maxLag)); c < least {
			best, least = blocks, c
		}
	}
	return best
}

// Blocks returns the number of blocks.
func (c *BlockCorrelator[F, C]) Blocks() int { return c.blocks }

// Size returns the length of the transforms.
func (c *BlockCorrelator[F, C]) Size() int { return c.plan.Len() }

// Bins returns the number of coefficients of the spectrum of one block.
func (c *BlockCorrelator[F, C]) Bins() int { return c.plan.Bins() }

// Spectra writes the lead spectra of the blocks of the n samples x one after the
// other and, behind them, the trail spectra: 2*Blocks()*Bins() coefficients.
func (c *BlockCorrelator[F, C]) Spectra(dst []C, x []F) []C {
	bins := c.Bins()
	dst = sized(dst, 2*c.blocks*bins)
	if len(x) != c.n {
		panic("dsp: record does not have the length of the correlator")
	}
	for k := range c.blocks {
		from, to := min(k*c.length, c.n), min((k+1)*c.length, c.n)
		clear(c.scratch[copy(c.scratch, x[from:to]):])
		c.plan.Forward(dst[k*bins:][:bins], c.scratch)
		first := from - c.maxLag
		clear(c.scratch)
		copy(c.scratch[max(0, -first):], x[max(0, first):min(c.n, to+c.maxLag)])
		c.plan.Forward(dst[(c.blocks+k)*bins:][:bins], c.scratch)
	}
	return dst
}

// ScaledLags writes, times a factor, the lags -lags..lags of the pair whose
// cross-spectra of lead and trail, of all blocks, add up to cross; lags is at
// most maxLag.
func (c *BlockCorrelator[F, C]) ScaledLags(dst []F, cross []C, lags int, by F) []F {
	dst = sized(dst, 2*lags+1)
	c.plan.Inverse(c.scratch, cross)
	scale(dst, c.scratch[c.maxLag-lags:][:2*lags+1], by)
	return dst
}
