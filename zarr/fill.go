package zarr

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// defaultFill is what a chunk that is not there reads as, where the Spec does
// not say: NaN where there is one, else zero.
func defaultFill[T Element]() T {
	var v T
	switch p := any(&v).(type) {
	case *float32:
		*p = float32(math.NaN())
	case *float64:
		*p = math.NaN()
	case *complex64:
		*p = complex64(complex(math.NaN(), math.NaN()))
	case *complex128:
		*p = complex(math.NaN(), math.NaN())
	}
	return v
}

// fillJSON is the metadata form of a fill value: NaN and the infinities are
// strings, a complex number is a pair.
func fillJSON[T Element](v T) any {
	switch v := any(v).(type) {
	case float32:
		return floatJSON(float64(v), 32)
	case float64:
		return floatJSON(v, 64)
	case complex64:
		return []any{floatJSON(float64(real(v)), 32), floatJSON(float64(imag(v)), 32)}
	case complex128:
		return []any{floatJSON(real(v), 64), floatJSON(imag(v), 64)}
	}
	return v
}

func floatJSON(v float64, bits int) any {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return json.Number(strconv.FormatFloat(v, 'g', -1, bits))
}

// parseFill reads the metadata form of a fill value.
func parseFill[T Element](raw json.RawMessage) (v T, err error) {
	switch p := any(&v).(type) {
	case *float32:
		var f float64
		f, err = parseFloat(raw, 32)
		*p = float32(f)
	case *float64:
		*p, err = parseFloat(raw, 64)
	case *complex64:
		var c complex128
		c, err = parseComplex(raw, 32)
		*p = complex64(c)
	case *complex128:
		*p, err = parseComplex(raw, 64)
	default:
		err = json.Unmarshal(raw, p)
	}
	if err != nil {
		err = fmt.Errorf("%w: fill value %.40q of %s", ErrFormat, raw, typeName[T]())
	}
	return v, err
}

func parseComplex(raw json.RawMessage, bits int) (complex128, error) {
	var pair [2]json.RawMessage
	if err := json.Unmarshal(raw, &pair); err != nil {
		return 0, err
	}
	re, err := parseFloat(pair[0], bits)
	if err != nil {
		return 0, err
	}
	im, err := parseFloat(pair[1], bits)
	return complex(re, im), err
}

// parseFloat reads a number, "NaN", "Infinity", "-Infinity", or the bits of a
// number as "0x..." with the highest first.
func parseFloat(raw json.RawMessage, bits int) (float64, error) {
	var s string
	if json.Unmarshal(raw, &s) != nil || string(raw) == "null" {
		var f *float64
		if err := json.Unmarshal(raw, &f); err != nil || f == nil {
			return 0, ErrFormat
		}
		return *f, nil
	}
	switch s {
	case "NaN":
		return math.NaN(), nil
	case "Infinity":
		return math.Inf(1), nil
	case "-Infinity":
		return math.Inf(-1), nil
	}
	if len(s) != 2+bits/4 || s[:2] != "0x" {
		return 0, ErrFormat
	}
	u, err := strconv.ParseUint(s[2:], 16, bits)
	if bits == 32 {
		return float64(math.Float32frombits(uint32(u))), err
	}
	return math.Float64frombits(u), err
}
