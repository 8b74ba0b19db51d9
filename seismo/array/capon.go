package array

import (
	"math/cmplx"

	"gonum.org/v1/gonum/mat"
)

// Of one window, the cross-spectra of one frequency have one direction and no
// inverse. They are the sum over the frequencies of the band up to near bins away,
// divided by its mean power of a station, with loading added to the diagonal.
const (
	near    = 2
	loading = 0.01
)

// capon is one over the power that is left when all directions but one are
// suppressed: 1/(e* R^-1 e), R being the cross-spectra and e the wave; in units in
// which a wave that all stations record alike has the power 1.
func (b *Beamformer) capon() {
	n := b.stations
	r := make([]complex128, n*n)
	at := 0
	for k, row := range b.maps {
		clear(r)
		for f := max(0, k-near); f <= min(len(b.spectra)-1, k+near); f++ {
			s := b.spectra[f]
			for i := range n {
				for j := range n {
					r[i*n+j] += s[i] * cmplx.Conj(s[j])
				}
			}
		}
		power := 0.0
		for i := range n {
			power += real(r[i*n+i]) / float64(n)
		}
		if power == 0 {
			clear(row)
			at += n * len(row)
			continue
		}
		for i := range r {
			r[i] /= complex(power, 0)
		}
		for i := range n {
			r[i*n+i] += loading
		}
		inverse := invert(r, n)
		for point := range row {
			e := b.steer[at : at+n] // the wave's conjugate
			at += n
			var sum complex128
			for i := range n {
				var part complex128
				for j := range n {
					part += inverse[i*n+j] * cmplx.Conj(e[j])
				}
				sum += e[i] * part
			}
			row[point] = 1 / real(sum)
		}
	}
}

// invert inverts a Hermitian matrix A + iB whose eigenvalues are positive. It is
// done on the real matrix [[A, -B], [B, A]] of twice the size.
func invert(r []complex128, n int) []complex128 {
	double := mat.NewSymDense(2*n, nil)
	for i := range n {
		for j := range n {
			c := r[i*n+j]
			if i <= j {
				double.SetSym(i, j, real(c))
				double.SetSym(n+i, n+j, real(c))
			}
			double.SetSym(i, n+j, -imag(c))
		}
	}
	var factors mat.Cholesky
	if !factors.Factorize(double) {
		panic("array: cross-spectra are not finite")
	}
	var inverse mat.SymDense
	if err := factors.InverseTo(&inverse); err != nil {
		panic("array: cross-spectra are not finite")
	}
	out := make([]complex128, n*n)
	for i := range n {
		for j := range n {
			out[i*n+j] = complex(inverse.At(i, j), inverse.At(n+i, j))
		}
	}
	return out
}
