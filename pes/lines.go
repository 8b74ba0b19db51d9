package pes

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
)

// LineReader is the source made by ReadLines.
type LineReader struct {
	Files
	Out     d4.Out[string]
	MaxLine int `help:"a longer line is an error" unit:"bytes" min:"1"`
}

// ReadLines makes a source of the lines of text files, without their line ends.
// Paths are files or patterns like *.txt. A last line needs no line end.
func ReadLines(paths ...string) func() *LineReader {
	return func() *LineReader {
		r := &LineReader{MaxLine: 16 << 20}
		r.Paths = slices.Clone(paths)
		r.start = r.lines
		return r
	}
}

// sip is how many bytes of text a source emits at most in one call of Next,
// but for the last line.
const sip = 64 << 10

func (r *LineReader) lines(f *os.File, from int64) (func() (int64, error), error) {
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return nil, err
	}
	text := bufio.NewReaderSize(f, sip)
	at := from
	var long []byte
	return func() (int64, error) {
		for until := at + sip; at < until; {
			line, err := text.ReadSlice('\n')
			for long = long[:0]; err == bufio.ErrBufferFull; line, err = text.ReadSlice('\n') {
				if long = append(long, line...); len(long) > r.MaxLine {
					break
				}
			}
			if len(long) > 0 {
				long = append(long, line...)
				line = long
			}
			at += int64(len(line))
			if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
				return at, err
			}
			if err == io.EOF && len(line) == 0 {
				return at, io.EOF
			}
			line = bytes.TrimSuffix(line, []byte("\n"))
			line = bytes.TrimSuffix(line, []byte("\r"))
			if len(line) > r.MaxLine {
				return at, fmt.Errorf("a line is longer than max_line = %d bytes", r.MaxLine)
			}
			r.Out.Emit(string(line))
		}
		return at, nil
	}, nil
}
