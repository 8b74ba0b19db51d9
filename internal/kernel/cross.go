package kernel

import "unsafe"

// wide is how many complex64 a vector holds.
const wide = 8

// AddCross adds conj(a[k]) b[k] to sum[k]. All have one length.
func AddCross(sum, a, b []complex64) {
	a, b = a[:len(sum)], b[:len(sum)]
	full := 0
	if n := len(sum) / wide; avx2 && n > 0 {
		full = n * wide
		addCrossx32(first32(sum), first32(a), first32(b), uintptr(n))
	}
	addCrossPlain(sum[full:], a[full:], b[full:])
}

func addCrossPlain(sum, a, b []complex64) {
	a, b = a[:len(sum)], b[:len(sum)]
	for k, x := range a {
		y := b[k]
		sum[k] += complex(real(x)*real(y)+imag(x)*imag(y), real(x)*imag(y)-imag(x)*real(y))
	}
}

// Crossing holds the spectra of several windows of one record as AddCrosses
// wants them: complex vectors in the order [frequency/8][window].
type Crossing struct {
	windows int
	v       []float32
}

// NewCrossing returns room for so many spectra, of so many bins each.
func NewCrossing(windows, bins int) *Crossing {
	c := &Crossing{}
	c.Reset(windows, bins)
	return c
}

// Reset makes room for so many spectra, of so many bins each, as NewCrossing
// does, in the memory that there is if it is enough.
func (c *Crossing) Reset(windows, bins int) {
	n := Padded(bins) / wide * windows * 2 * wide
	if cap(c.v) < n {
		c.v = make([]float32, n)
	}
	c.windows, c.v = windows, c.v[:n]
}

// Bins returns for how many bins there is room, a multiple of 8.
func (c *Crossing) Bins() int { return len(c.v) / 2 / max(1, c.windows) }

// Windows returns for how many spectra there is room.
func (c *Crossing) Windows() int { return c.windows }

// Padded returns the number of bins of the vectors that hold so many.
func Padded(bins int) int { return (bins + wide - 1) / wide * wide }

// Set puts the spectrum of one window into its place. Bins that are missing in
// the last vector are 0.
func (c *Crossing) Set(window int, bins []complex64) {
	if window >= c.windows || Padded(len(bins)) != c.Bins() {
		panic("kernel: spectrum that does not fit")
	}
	step := c.windows * 2 * wide
	full := len(bins) / wide
	if avx2 && full > 0 {
		gatherx32(&c.v[window*2*wide], first32(bins), uintptr(4*step), uintptr(full))
	} else {
		gatherPlain(c.v[window*2*wide:], bins[:full*wide], step)
	}
	if rest := bins[full*wide:]; len(rest) > 0 {
		var last [wide]complex64
		copy(last[:], rest)
		gatherPlain(c.v[window*2*wide+full*step:], last[:], step)
	}
}

// lanes is FFT.Lanes for float32.
var lanes = [wide]int{0, 1, 4, 5, 2, 3, 6, 7}

func gatherPlain(dst []float32, bins []complex64, step int) {
	for v := 0; v < len(bins)/wide; v++ {
		to := dst[v*step:][:2*wide]
		for lane, k := range lanes {
			c := bins[v*wide+k]
			to[lane], to[wide+lane] = real(c), imag(c)
		}
	}
}

// AddCrosses adds to the sums of a pair what AddCross adds for each window from
// one to another, in their order, at the bins from first on, a multiple of 8. a
// and b have room for the same, and len(sum) is a multiple of 8. However the
// windows are divided among calls, the bits of the sums are the same.
func AddCrosses(sum []complex64, first int, a, b *Crossing, from, to int) {
	step := a.windows * 2 * wide
	at := first/wide*step + from*2*wide
	n := len(sum) / wide
	if to <= from || n == 0 {
		return
	}
	end := at + (n-1)*step + (to-from)*2*wide
	x, y := a.v[at:end], b.v[at:end]
	if avx2 {
		cross1x32(first32(sum), &x[0], &y[0], uintptr(n), uintptr(to-from), uintptr(4*step))
		return
	}
	crossPlain(sum, x, y, to-from, step)
}

func crossPlain(sum []complex64, x, y []float32, windows, step int) {
	for v := 0; v < len(sum)/wide; v++ {
		for w := range windows {
			at := v*step + w*2*wide
			a, b := x[at:][:2*wide], y[at:][:2*wide]
			for lane, k := range lanes {
				ar, ai, br, bi := a[lane], a[wide+lane], b[lane], b[wide+lane]
				sum[v*wide+k] += complex(ar*br+ai*bi, ar*bi-ai*br)
			}
		}
	}
}

// AddCrosses4 is AddCrosses for all windows of the four pairs of a[i] and b[j],
// whose sums are sum[2*i+j], of one length. It adds up the same bits in half the
// time, for it reads half as much.
func AddCrosses4(sum *[4][]complex64, first int, a, b [2]*Crossing) {
	windows := a[0].windows
	step := windows * 2 * wide
	n := len(sum[0]) / wide
	if !avx2 {
		for k := range sum {
			AddCrosses(sum[k], first, a[k/2], b[k%2], 0, windows)
		}
		return
	}
	if n == 0 || windows == 0 {
		return
	}
	at := first / wide * step
	end := at + n*step
	var x, y [2]*float32
	for i := range 2 {
		x[i], y[i] = &a[i].v[at:end][0], &b[i].v[at:end][0]
	}
	var to [4]*float32
	for k := range sum {
		to[k] = first32(sum[k][:n*wide])
	}
	cross2x32(to[0], to[1], to[2], to[3], x[0], x[1], y[0], y[1], uintptr(n), uintptr(windows), uintptr(4*step))
}

// Scale writes src times by. Both have one length; they may be one.
func Scale(dst, src []float32, by float32) {
	dst = dst[:len(src)]
	full := 0
	if n := len(src) / wide; avx2 && n > 0 {
		full = n * wide
		scalex32(&dst[0], &src[0], by, uintptr(n))
	}
	for i, v := range src[full:] {
		dst[full+i] = v * by
	}
}

// first32 is where the numbers begin, as real and imaginary parts.
func first32(s []complex64) *float32 { return (*float32)(unsafe.Pointer(&s[0])) }
