package fft

import "math"

// NextFast returns the least integer of the form 2^a 3^b 5^c that is not below
// n: the shortest length for which the transform of n samples padded with zeros
// is quick. It is 1 for n < 2. (The same as scipy.fftpack.next_fast_len.)
func NextFast(n int) int {
	best := 1
	for best < n {
		best *= 2
	}
	for five := 1; five < best; five *= 5 {
		for odd := five; odd < best; odd *= 3 {
			length := odd
			for length < n {
				length *= 2
			}
			best = min(best, length)
		}
	}
	return best
}

// NextFastEven returns the least even integer of the form 2^a 3^b 5^c that is
// not below n. Real transforms of even length cost half of those of odd length.
func NextFastEven(n int) int {
	return 2 * NextFast((n+1)/2)
}

// NextQuickEven returns an even length of the form 2^a 3^b 5^c, not below n and
// at most a sixth above [NextFastEven], whose real transforms take the least
// time: longer ones of few large factors may be quicker than the shortest. What
// it returns does not depend on the processor.
func NextQuickEven(n int) int {
	const lanes = 8
	shortest := NextFastEven(n)
	best, least := shortest, math.Inf(1)
	for length := shortest; length <= shortest+shortest/6; length = NextFastEven(length + 1) {
		rows, cost := splitReal(length, lanes)
		if rows == 0 {
			return shortest
		}
		if cost < least {
			best, least = length, cost
		}
	}
	return best
}

// radices returns the radix of each pass for the length n, and whether n is made
// of the factors 2, 3 and 5 alone. Radices 3 and 5 come last, where the inner
// loops are long enough to pay for setting up their slices.
func radices(n int) (passes []int, smooth bool) {
	for _, radix := range []int{4, 2, 3, 5} {
		for n%radix == 0 {
			passes = append(passes, radix)
			n /= radix
		}
	}
	return passes, n == 1
}
