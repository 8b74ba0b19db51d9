// Package sizeclass sorts buffers by size, so that those nobody uses can be
// kept and found again. There are four classes to a doubling, so that at most a
// fifth of a buffer is unused.
package sizeclass

import "math/bits"

const (
	smallestBits = 6  // the first class is 64 bytes
	largestBits  = 26 // the last class is 64 MiB
	steps        = 4  // classes to a doubling
)

// Count is the number of classes.
const Count = (largestBits-smallestBits)*steps + 1

// Size is how many bytes the buffers of a class hold.
func Size(class int) int {
	base := 1 << (smallestBits + class/steps)
	return base + base/steps*(class%steps)
}

// Of is the first class whose buffers hold n bytes, or Count if none does.
func Of(n int) int {
	if n <= 1<<smallestBits {
		return 0
	}
	exp := bits.Len(uint(n-1)) - 1 // 2^exp < n <= 2^(exp+1)
	if exp >= largestBits {
		return Count
	}
	step := 1 << (exp - 2)
	return (exp-smallestBits)*steps + (n-1<<exp+step-1)/step
}
