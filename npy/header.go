package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strconv"
	"strings"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

var (
	// ErrFormat is returned when a file is damaged, or holds what this package
	// does not read.
	ErrFormat = errors.New("bad or unsupported NumPy data")
	// ErrType is returned when an array holds other elements than asked for.
	ErrType = errors.New("wrong element type")
	// ErrShape is returned when the length of data does not fit the shape.
	ErrShape = errors.New("does not fit the shape")
	// ErrExists is returned when there is a file of that name already.
	ErrExists = newfile.ErrExists
)

const (
	magic = "\x93NUMPY"

	maxHeader = 1 << 16
	maxDims   = 32
	maxRead   = 4 << 30
)

// header is what stands before the data: the magic, version 1.0, the length of
// what follows as uint16, and a Python dict, padded with spaces so that the data
// begin at a multiple of 64, and at least at the byte given.
func header(descr string, shape []int, least int) []byte {
	var dict strings.Builder
	fmt.Fprintf(&dict, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr)
	for i, n := range shape {
		if i > 0 {
			dict.WriteByte(' ')
		}
		dict.WriteString(strconv.Itoa(n))
		if i == 0 || i < len(shape)-1 {
			dict.WriteByte(',')
		}
	}
	dict.WriteString("), }")
	const fixed = len(magic) + 4
	total := max(least, (fixed+dict.Len()+1+63)/64*64)
	b := append([]byte(magic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(total-fixed))
	b = append(b, dict.String()...)
	for len(b) < total-1 {
		b = append(b, ' ')
	}
	return append(b, '\n')
}

// readHeader reads to the first byte of the data.
func readHeader(r io.Reader) (descr string, shape []int, err error) {
	var start [len(magic) + 2]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || string(start[:len(magic)]) != magic {
		return "", nil, fmt.Errorf("%w: not an .npy file", ErrFormat)
	}
	var length uint32
	switch start[len(magic)] {
	case 1:
		var b [2]byte
		_, err = io.ReadFull(r, b[:])
		length = uint32(binary.LittleEndian.Uint16(b[:]))
	case 2, 3:
		var b [4]byte
		_, err = io.ReadFull(r, b[:])
		length = binary.LittleEndian.Uint32(b[:])
	default:
		return "", nil, fmt.Errorf("%w: version %d", ErrFormat, start[len(magic)])
	}
	if err != nil || length > maxHeader {
		return "", nil, fmt.Errorf("%w: a header of %d bytes", ErrFormat, length)
	}
	dict := make([]byte, length)
	if _, err := io.ReadFull(r, dict); err != nil {
		return "", nil, fmt.Errorf("%w: the header is cut", ErrFormat)
	}
	return parseDict(string(dict))
}

// parseDict reads {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
// with the keys in any order.
func parseDict(s string) (descr string, shape []int, err error) {
	p := &scanner{rest: s}
	found := map[string]bool{}
	p.expect("{")
	for p.err == nil && !p.accept("}") {
		key := p.text()
		p.expect(":")
		if found[key] {
			p.fail("key twice")
		}
		found[key] = true
		switch key {
		case "descr":
			descr = p.text()
		case "fortran_order":
			if !p.accept("False") {
				p.fail("Fortran order")
			}
		case "shape":
			shape = p.tuple()
		default:
			p.fail("unknown key")
		}
		if !p.accept(",") {
			p.expect("}")
			break
		}
	}
	if p.err == nil && (len(found) != 3 || strings.TrimSpace(p.rest) != "") {
		p.fail("incomplete")
	}
	return descr, shape, p.err
}

// scanner reads the little of Python's syntax that headers have. After the first
// error it does nothing more.
type scanner struct {
	rest string
	err  error
}

func (p *scanner) fail(what string) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: header: %s at %.30q", ErrFormat, what, p.rest)
	}
}

func (p *scanner) accept(token string) bool {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.err != nil || !strings.HasPrefix(p.rest, token) {
		return false
	}
	p.rest = p.rest[len(token):]
	return true
}

func (p *scanner) expect(token string) {
	if !p.accept(token) {
		p.fail("no " + token)
	}
}

func (p *scanner) text() string {
	quote := "'"
	if p.accept(`"`) {
		quote = `"`
	} else {
		p.expect("'")
	}
	text, rest, ok := strings.Cut(p.rest, quote)
	if !ok {
		p.fail("an open quote")
	}
	if p.err != nil {
		return ""
	}
	p.rest = rest
	return text
}

func (p *scanner) tuple() []int {
	shape := []int{}
	p.expect("(")
	for p.err == nil && !p.accept(")") {
		digits := len(p.rest) - len(strings.TrimLeft(p.rest, "0123456789"))
		n, err := strconv.Atoi(p.rest[:digits])
		if err != nil || len(shape) == maxDims {
			p.fail("shape")
			break
		}
		shape, p.rest = append(shape, n), p.rest[digits:]
		if !p.accept(",") {
			p.expect(")")
			break
		}
	}
	return shape
}

// count returns the number of elements of a shape, false if there cannot be as
// many.
func count(shape []int) (n int, ok bool) {
	product := uint64(1)
	for _, l := range shape {
		if l < 0 || len(shape) > maxDims {
			return 0, false
		}
		hi, lo := bits.Mul64(product, uint64(l))
		if hi != 0 || lo > 1<<56 {
			return 0, false
		}
		product = lo
	}
	return int(product), true
}
