package npy

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf8"
)

// writeText writes strings as characters of four bytes, each string with zeros
// behind it up to the longest.
func writeText(w io.Writer, shape []int, data []string) error {
	if n, ok := count(shape); !ok || n != len(data) {
		return fmt.Errorf("npy: %w: %d elements for %v", ErrShape, len(data), shape)
	}
	longest := 1
	for _, s := range data {
		longest = max(longest, utf8.RuneCountInString(s))
	}
	out := bufio.NewWriter(w)
	out.Write(header(fmt.Sprintf("<U%d", longest), shape, 0))
	cell := make([]byte, 0, 4*longest)
	for _, s := range data {
		cell = cell[:0]
		for _, r := range s {
			cell = binary.LittleEndian.AppendUint32(cell, uint32(r))
		}
		n := len(cell)
		cell = cell[:cap(cell)]
		clear(cell[n:])
		out.Write(cell)
	}
	return out.Flush() // tells of any error before
}
