package dsp

// Differentiate writes the derivative by central differences, one-sided at both
// ends (numpy.gradient, ObsPy's default). delta is the sampling interval in
// seconds. src needs two samples.
func Differentiate[F Float](dst, src []F, delta float64) []F {
	dst = sized(dst, len(src))
	n := len(src)
	if n < 2 {
		panic("dsp: derivative of fewer than two samples")
	}
	before, here := float64(src[0]), float64(src[0])
	for i := range n - 1 {
		next := float64(src[i+1])
		span := 2 * delta
		if i == 0 {
			span = delta
		}
		dst[i] = F((next - before) / span)
		before, here = here, next
	}
	dst[n-1] = F((here - before) / delta)
	return dst
}

// Integrate writes the running integral by the trapezoidal rule, 0 at the first
// sample (ObsPy's cumtrapz). delta is the sampling interval in seconds.
func Integrate[F Float](dst, src []F, delta float64) []F {
	dst = sized(dst, len(src))
	var sum, before float64
	for i, v := range src {
		here := float64(v)
		if i > 0 {
			sum += delta * (here + before) / 2
		}
		before = here
		dst[i] = F(sum)
	}
	return dst
}
