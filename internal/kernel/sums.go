package kernel

// Add adds src to sum. Both have one length.
func Add(sum, src []float64) {
	src = src[:len(sum)]
	full := 0
	if n := len(sum) / 4; avx2 && n > 0 {
		full = 4 * n
		addx64(&sum[0], &src[0], uintptr(n))
	}
	for i, v := range src[full:] {
		sum[full+i] += v
	}
}

// SquareSums writes the squares of src, and to sums what comes out where they are added
// to before, four by four: with a sum s behind the fours before, the next are
//
//	s + p, s + (q + p), s + ((r + q) + p), s + ((t + r) + (q + p)),
//
// the same bits, whatever the processor. All have one length, a multiple of four; squares may be src.
func SquareSums(sums, squares, src []float64, before float64) {
	squares, src = squares[:len(sums)], src[:len(sums)]
	if n := len(sums) / 4; avx2 && n > 0 {
		squareSumsx64(&sums[0], &squares[0], &src[0], before, uintptr(n))
		return
	}
	squareSumsPlain(sums, squares, src, before)
}

func squareSumsPlain(sums, squares, src []float64, before float64) {
	for i := 0; i+4 <= len(sums); i += 4 {
		for k, x := range src[i : i+4] {
			squares[i+k] = x * x
		}
		p, q, r, t := squares[i], squares[i+1], squares[i+2], squares[i+3]
		sums[i], sums[i+1], sums[i+2] = before+p, before+(q+p), before+((r+q)+p)
		before += (t + r) + (q + p)
		sums[i+3] = before
	}
}

// Ratios writes (sums - short) / (sums - long), times by: the same bits, whatever the
// processor. All have one length; only dst is written, and is none of the others.
func Ratios(dst, sums, short, long []float64, by float64) {
	sums, short, long = sums[:len(dst)], short[:len(dst)], long[:len(dst)]
	full := 0
	if n := len(dst) / 4; avx2 && n > 0 {
		full = 4 * n
		ratiosx64(&dst[0], &sums[0], &short[0], &long[0], by, uintptr(n))
	}
	ratiosPlain(dst[full:], sums[full:], short[full:], long[full:], by)
}

func ratiosPlain(dst, sums, short, long []float64, by float64) {
	sums, short, long = sums[:len(dst)], short[:len(dst)], long[:len(dst)]
	for i, s := range sums {
		dst[i] = (s - short[i]) / (s - long[i]) * by
	}
}
