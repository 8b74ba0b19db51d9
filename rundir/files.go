package rundir

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dispel4go/dispel4go/npy"
	"github.com/dispel4go/dispel4go/zarr"
)

// compareFiles returns "" where two files hold the same, else what differs;
// equal reports that their bytes do.
func compareFiles(a, b string, rtol float64) (equal bool, text string, err error) {
	if equal, err = equalBytes(a, b); equal || err != nil {
		return equal, "", err
	}
	switch strings.ToLower(filepath.Ext(a)) {
	case ".npy":
		text, err = compareNPY(a, b, rtol)
	case ".csv", ".jsonl", ".txt":
		text, err = compareLines(a, b, rtol)
	default:
		text = "the bytes differ"
	}
	return false, text, err
}

func equalBytes(a, b string) (bool, error) {
	f, err := os.Open(a)
	if err != nil {
		return false, err
	}
	defer f.Close()
	g, err := os.Open(b)
	if err != nil {
		return false, err
	}
	defer g.Close()
	x, y := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, err := io.ReadFull(f, x)
		m, other := io.ReadFull(g, y)
		if !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		for _, err := range []error{err, other} {
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return false, err
			}
		}
		if err != nil {
			return other != nil, nil
		}
	}
}

// compareNPY finds out what the arrays hold by trying.
func compareNPY(a, b string, rtol float64) (string, error) {
	for _, try := range []func(a, b string, rtol float64) (string, error){
		compareArrays[float32], compareArrays[float64], compareArrays[int32], compareArrays[int64],
		compareArrays[uint8], compareArrays[bool], compareArrays[complex64], compareArrays[complex128],
	} {
		if text, err := try(a, b, rtol); !errors.Is(err, npy.ErrType) {
			return text, err
		}
	}
	return "the arrays have different types of elements", nil
}

func compareArrays[T npy.Element](a, b string, rtol float64) (string, error) {
	x, shape, err := npy.ReadFile[T](a)
	if err != nil {
		return "", err
	}
	y, other, err := npy.ReadFile[T](b)
	if err != nil {
		return "", err
	}
	if !slices.Equal(shape, other) {
		return fmt.Sprintf("shape %v against %v", shape, other), nil
	}
	var t tally
	numbers(&t, x, y, rtol)
	return t.text(), nil
}

// A tally counts elements that differ, and knows the worst.
type tally struct {
	all, differ int
	worst       float64
	x, y        any
}

func (t *tally) add(same bool, how float64, x, y any) {
	t.all++
	if same {
		return
	}
	if t.differ++; t.differ == 1 || how > t.worst {
		t.worst, t.x, t.y = how, x, y
	}
}

func (t *tally) text() string {
	if t.differ == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d elements differ, most %v against %v", t.differ, t.all, t.x, t.y)
}

// numbers compares elements of equal count.
func numbers[T zarr.Element](t *tally, x, y []T, rtol float64) {
	for i := range x {
		if x[i] == y[i] {
			t.all++
			continue
		}
		same, how := within(x[i], y[i], rtol)
		t.add(same, how, x[i], y[i])
	}
}

// within compares two elements of one type that are not equal, and says how
// far they are apart.
func within(x, y any, rtol float64) (same bool, how float64) {
	switch x := x.(type) {
	case float32:
		return floats(float64(x), float64(y.(float32)), rtol)
	case float64:
		return floats(x, y.(float64), rtol)
	case complex64:
		return complexes(complex128(x), complex128(y.(complex64)), rtol)
	case complex128:
		return complexes(x, y.(complex128), rtol)
	case int32:
		return integers(int64(x), int64(y.(int32)), rtol)
	case uint8:
		return integers(int64(x), int64(y.(uint8)), rtol)
	case int64:
		return integers(x, y.(int64), rtol)
	}
	return false, math.Inf(1) // bool, string
}

func floats(x, y, rtol float64) (bool, float64) { return near(x, y, rtol), apart(x, y) }

func complexes(x, y complex128, rtol float64) (bool, float64) {
	return near(real(x), real(y), rtol) && near(imag(x), imag(y), rtol), max(apart(real(x), real(y)), apart(imag(x), imag(y)))
}

// integers that differ may be too large to do so as floats.
func integers(x, y int64, rtol float64) (bool, float64) {
	return x == y || rtol > 0 && near(float64(x), float64(y), rtol), apart(float64(x), float64(y))
}

// apart is the relative distance of two numbers.
func apart(x, y float64) float64 {
	if x == y || x != x && y != y {
		return 0
	}
	if d := math.Abs(x-y) / max(math.Abs(x), math.Abs(y)); d == d {
		return d
	}
	return math.Inf(1)
}

// compareStores compares the arrays of two Zarr stores; their attributes may
// differ.
func compareStores(a, b string, rtol float64) (equal bool, text string, err error) {
	one, err := zarr.Open(a)
	if err != nil {
		return false, "", err
	}
	two, err := zarr.Open(b)
	if err != nil {
		return false, "", err
	}
	names, err := one.Names()
	if err != nil {
		return false, "", err
	}
	others, err := two.Names()
	if err != nil {
		return false, "", err
	}
	switch {
	case one.Complete() != two.Complete():
		return false, "only one of the stores is finished", nil
	case !slices.Equal(names, others):
		return false, fmt.Sprintf("arrays %v against %v", names, others), nil
	}
	equal = true
	for _, name := range names {
		same, text, err := compareNamed(one, two, name, rtol)
		if err != nil {
			return false, "", fmt.Errorf("array %s: %w", name, err)
		}
		if text != "" {
			return false, "array " + name + ": " + text, nil
		}
		equal = equal && same
	}
	return equal, "", nil
}

func compareNamed(one, two *zarr.Store, name string, rtol float64) (equal bool, text string, err error) {
	x, err := one.Info(name)
	if err != nil {
		return false, "", err
	}
	y, err := two.Info(name)
	if err != nil {
		return false, "", err
	}
	switch {
	case x.Type != y.Type:
		return false, fmt.Sprintf("elements are %s against %s", x.Type, y.Type), nil
	case !slices.Equal(x.Shape, y.Shape):
		return false, fmt.Sprintf("shape %v against %v", x.Shape, y.Shape), nil
	}
	compare := map[string]func(one, two *zarr.Store, name string, rtol float64) (bool, string, error){
		"float32": compareStored[float32], "float64": compareStored[float64], "int32": compareStored[int32], "int64": compareStored[int64],
		"uint8": compareStored[uint8], "bool": compareStored[bool], "complex64": compareStored[complex64], "complex128": compareStored[complex128],
		"string": compareStored[string],
	}[x.Type]
	return compare(one, two, name, rtol)
}

// compareStored goes chunk by chunk where both arrays are cut alike, so that
// memory is bounded.
func compareStored[T zarr.Element](one, two *zarr.Store, name string, rtol float64) (equal bool, text string, err error) {
	a, err := zarr.OpenArray[T](one, name)
	if err != nil {
		return false, "", err
	}
	b, err := zarr.OpenArray[T](two, name)
	if err != nil {
		return false, "", err
	}
	var within, exact tally
	both := func(x, y []T, err, other error) error {
		if err = errors.Join(err, other); err == nil {
			numbers(&within, x, y, rtol)
			numbers(&exact, x, y, 0)
		}
		return err
	}
	if !slices.Equal(a.Info().Chunks, b.Info().Chunks) {
		x, err := a.Read(nil)
		y, other := b.Read(nil)
		err = both(x, y, err, other)
		return exact.differ == 0, within.text(), err
	}
	for index := range grid(a.Grid()) {
		x, err := a.ReadChunk(nil, index)
		y, other := b.ReadChunk(nil, index)
		if err := both(x, y, err, other); err != nil {
			return false, "", err
		}
	}
	return exact.differ == 0, within.text(), nil
}

// grid yields all positions in a grid of that many along each dimension.
func grid(n []int) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		if slices.Contains(n, 0) {
			return
		}
		at := make([]int, len(n))
		for {
			if !yield(at) {
				return
			}
			k := len(n) - 1
			for ; k >= 0; k-- {
				if at[k]++; at[k] < n[k] {
					break
				}
				at[k] = 0
			}
			if k < 0 {
				return
			}
		}
	}
}

const longestText = 1 << 30 // bytes of a text file that is compared by lines

// compareLines compares text line by line, in any order: items of a stream
// have none. Lines that both files have are paired first, what is left in
// sorted order.
func compareLines(a, b string, rtol float64) (string, error) {
	x, err := readLines(a)
	if err != nil {
		return "", err
	}
	y, err := readLines(b)
	if err != nil {
		return "", err
	}
	sum := func(m map[string]int) (n int) {
		for _, k := range m {
			n += k
		}
		return n
	}
	if n, m := sum(x), sum(y); n != m {
		return fmt.Sprintf("%d lines against %d", n, m), nil
	}
	var left, right []string
	for _, line := range union(x, y) {
		for n := x[line] - y[line]; n > 0; n-- {
			left = append(left, line)
		}
		for n := x[line] - y[line]; n < 0; n++ {
			right = append(right, line)
		}
	}
	fields := csvFields
	if strings.EqualFold(filepath.Ext(a), ".jsonl") {
		fields = jsonFields
	}
	differ, first := 0, ""
	for i := range left {
		if !alike(fields(left[i]), fields(right[i]), rtol) {
			if differ++; differ == 1 {
				first = fmt.Sprintf("%.60q against %.60q", left[i], right[i])
			}
		}
	}
	if differ == 0 {
		return "", nil
	}
	return fmt.Sprintf("%d lines differ, as %s", differ, first), nil
}

func readLines(path string) (map[string]int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > longestText {
		return nil, fmt.Errorf("the bytes differ, and %s is too large to compare by lines", path)
	}
	lines := map[string]int{}
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, longestText)
	for scanner.Scan() {
		lines[scanner.Text()]++
	}
	return lines, scanner.Err()
}

// csvFields is a record with its numbers as such.
func csvFields(line string) any {
	record, err := csv.NewReader(strings.NewReader(line)).Read()
	if err != nil {
		return line
	}
	fields := make([]any, len(record))
	for i, text := range record {
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			fields[i] = json.Number(text)
		} else {
			fields[i] = text
		}
	}
	return fields
}

func jsonFields(line string) any {
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return line
	}
	if _, err := d.Token(); err != io.EOF {
		return line
	}
	return v
}
