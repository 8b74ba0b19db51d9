package dsp

// WindowSum adds up the last values of a stream.
//
// The sums are put together from sums over parts of the window and never
// subtract, so what lies outside the window leaves no trace, not even rounding:
// a quiet hour after an earthquake is as exact as any other.
//
// Values are added by fours, so that a sum does not wait for each value before it.
// The sums are the same bits one by one or many at a time.
type WindowSum struct {
	values []float64 // of the current block of one window's length
	suffix []float64 // sums from i to the end of the block before
	prefix float64   // sum of the whole fours of the current block
	four   float64   // sum of those behind them
	at     int       // place of the next value in the current block
}

// NewWindowSum returns a sum of the last n >= 1 values, at the start of a stream.
func NewWindowSum(n int) *WindowSum {
	if n < 1 {
		panic("dsp: sum over no values")
	}
	return &WindowSum{values: make([]float64, n), suffix: make([]float64, n+1)}
}

// Reset goes back to the start of a stream.
func (s *WindowSum) Reset() {
	clear(s.suffix)
	s.prefix, s.four, s.at = 0, 0, 0
}

// Next takes the next value and returns the sum of the last n, those before the
// first being zeros.
//
// The values are seen as blocks of one window's length. Every window is the end
// of one block and the beginning of the next (van Herk's scheme).
func (s *WindowSum) Next(v float64) float64 {
	s.values[s.at] = v
	s.four += v
	s.at++
	sum := s.suffix[s.at] + (s.prefix + s.four)
	if s.at%4 == 0 {
		s.prefix, s.four = s.prefix+s.four, 0
	}
	if s.at == len(s.values) {
		s.turn()
	}
	return sum
}

// Sums takes the next values and writes the sums that Next returns at each. dst may
// be src; nil dst allocates.
func (s *WindowSum) Sums(dst, src []float64) []float64 {
	dst = sized(dst, len(src))
	for i := 0; i < len(src); {
		n := min(len(src)-i, len(s.values)-s.at) &^ 3
		if s.at%4 != 0 || n == 0 {
			dst[i] = s.Next(src[i])
			i++
			continue
		}
		s.fours(dst[i:i+n], src[i:i+n])
		i += n
	}
	return dst
}

// fours takes whole fours of values that end no later than the block.
func (s *WindowSum) fours(dst, src []float64) {
	n := len(src)
	dst, values, suffix := dst[:n], s.values[s.at:][:n], s.suffix[s.at+1:][:n]
	sum := s.prefix
	for i := 3; i < n; i += 4 { // as a loop without checks of bounds
		a, v, w, x := src[i-3], src[i-2], src[i-1], src[i]
		values[i-3], values[i-2], values[i-1], values[i] = a, v, w, x
		b := a + v
		c := b + w
		d := c + x
		dst[i-3] = suffix[i-3] + (sum + a)
		dst[i-2] = suffix[i-2] + (sum + b)
		dst[i-1] = suffix[i-1] + (sum + c)
		sum += d
		dst[i] = suffix[i] + sum
	}
	s.prefix = sum
	if s.at += n; s.at == len(s.values) {
		s.turn()
	}
}

// turn ends a block.
func (s *WindowSum) turn() {
	sum, values, suffix := 0.0, s.values, s.suffix[:len(s.values)]
	i := len(values) - 1
	for ; i >= 3; i -= 4 {
		d := values[i]
		c := values[i-1] + d
		b := values[i-2] + c
		a := values[i-3] + b
		suffix[i], suffix[i-1], suffix[i-2] = sum+d, sum+c, sum+b
		sum += a
		suffix[i-3] = sum
	}
	for ; i >= 0; i-- {
		sum += values[i]
		suffix[i] = sum
	}
	s.prefix, s.four, s.at = 0, 0, 0
}
