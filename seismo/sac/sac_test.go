package sac_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/internal/python"
	"github.com/dispel4go/dispel4go/seismo/sac"
)

var start = time.Date(2024, 2, 29, 23, 59, 58, 123_456_789, time.UTC)

func file(n int) *sac.File {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i*i%101) - 50
	}
	f := sac.New("CI.CCA..BHN", start, 0.025, x)
	f.Floats[sac.StLa], f.Floats[sac.StLo] = 35.15, -118
	f.SetText(sac.KEvNm, "sixteen letters.")
	return f
}

func encode(t testing.TB, f *sac.File, o binary.AppendByteOrder) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := sac.Write(&b, f, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRoundTrip: both byte orders say the same, and what was meant.
func TestRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 40_000} {
		f := file(n)
		var before *sac.File
		for _, o := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			b := encode(t, f, o)
			if len(b) != 632+4*n {
				t.Errorf("%d bytes", len(b))
			}
			got, err := sac.Read(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			if got.ID() != "CI.CCA..BHN" || got.RateHz() != 40 || got.Text(sac.KEvNm) != "sixteen letters." || got.Float(sac.StLa) != float64(float32(35.15)) {
				t.Errorf("%s, %g Hz, %v", got.ID(), got.RateHz(), got.Texts)
			}
			if d := got.Start().Sub(start).Abs(); d > time.Microsecond {
				t.Errorf("starts %v off", d)
			}
			if before != nil && !reflect.DeepEqual(got, before) {
				t.Error("the byte orders differ")
			}
			before = got
			for _, part := range [][2]int{{0, 0}, {n, 0}, {0, n}, {n / 3, n / 2}} {
				want := *got
				want.Samples = got.Samples[part[0] : part[0]+part[1]]
				some, err := sac.ReadPart(bytes.NewReader(b), part[0], part[1])
				if err != nil || !slices.Equal(some.Samples, want.Samples) {
					t.Fatalf("%d samples from number %d on, of %d: %v", part[1], part[0], n, err)
				}
				if want.Samples = some.Samples; !reflect.DeepEqual(some, &want) {
					t.Errorf("with %d of %d samples it is another file", part[1], n)
				}
			}
			for _, part := range [][2]int{{0, n + 1}, {n + 1, 0}, {-1, 1}, {0, -1}} {
				if _, err := sac.ReadPart(bytes.NewReader(b), part[0], part[1]); !errors.Is(err, sac.ErrFormat) {
					t.Errorf("%d samples from number %d on, of %d: %v", part[1], part[0], n, err)
				}
			}
		}
		for i, v := range before.Samples {
			if v != f.Samples[i] {
				t.Fatalf("sample %d is %g", i, v)
			}
		}
	}
}

// TestVersion7: times come from the footer.
func TestVersion7(t *testing.T) {
	b := encode(t, file(10), binary.BigEndian)
	binary.BigEndian.PutUint32(b[4*76:], 7)
	footer := make([]byte, 22*8)
	for i := range 22 {
		binary.BigEndian.PutUint64(footer[8*i:], math.Float64bits(sac.Undefined))
	}
	binary.BigEndian.PutUint64(footer, math.Float64bits(1/0.99999583))
	binary.BigEndian.PutUint64(footer[8:], math.Float64bits(0.000456789))
	got, err := sac.Read(bytes.NewReader(append(b, footer...)))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.RateHz()-0.99999583) > 1e-15 || !got.Start().Equal(start) {
		t.Errorf("%.9g Hz from %v", got.RateHz(), got.Start())
	}
}

// TestRates: a rate that was meant is found again.
func TestRates(t *testing.T) {
	for _, rate := range []float64{1, 20, 40, 100, 200, 250, 1000, 0.1, 1. / 3600} {
		if got := sac.New("", start, 1/rate, nil).RateHz(); math.Abs(got/rate-1) > 1e-15 {
			t.Errorf("%.17g Hz, expected %.17g", got, rate)
		}
	}
}

// TestWrong: what is no such file is said, and nothing allocated for what is not there.
func TestWrong(t *testing.T) {
	whole := encode(t, file(10), binary.LittleEndian)
	change := func(at int, v uint32) []byte {
		b := bytes.Clone(whole)
		binary.LittleEndian.PutUint32(b[at:], v)
		return b
	}
	for want, b := range map[string][]byte{
		"0 bytes, and a header has 632":        {},
		"header version 5":                     change(4*76, 5),
		"of type 4, not of a time series":      change(4*85, 4),
		"samples at uneven intervals":          change(4*105, 0),
		"-1 samples":                           change(4*79, 0xffffffff),
		"a sampling interval of 0 s":           change(0, 0),
		"0 of 2147483647 samples: unexpected":  change(4*79, math.MaxInt32),
		"the footer of version 7: unexpected ": change(4*76, 7),
	} {
		_, err := sac.Read(bytes.NewReader(b))
		if err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, sac.ErrFormat) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v, expected %s", err, want)
		}
	}
	if err := sac.Write(io.Discard, sac.New("XX.TOOLONGNAME..Z", start, 1, nil), binary.LittleEndian); !errors.Is(err, sac.ErrFormat) {
		t.Errorf("%v", err)
	}
}

// TestPython: numpy finds the fields where the manual puts them.
func TestPython(t *testing.T) {
	path := python.Find(t, "numpy")
	name := t.TempDir() + "/a.sac"
	if err := os.WriteFile(name, encode(t, file(1000), binary.BigEndian), 0o666); err != nil {
		t.Fatal(err)
	}
	const program = `
import sys, numpy as np
b = open(sys.argv[1], 'rb').read()
f, n, k = np.frombuffer(b, '>f4', 70), np.frombuffer(b, '>i4', 40, 280), b[440:632].decode()
x = np.frombuffer(b, '>f4', -1, 632)
print(f[0], f[1], f[2], f[5] == np.float32(456.789e-6), f[31], f[32], n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[9], n[15], n[35], '|' + k[:24] + '|' + k[160:176] + '|', len(x), x.sum())`
	out, err := exec.Command(path, "-c", program, name).CombinedOutput()
	var sum float32
	for _, v := range file(1000).Samples {
		sum += v
	}
	want := fmt.Sprintf("0.025 -50.0 50.0 True 35.15 -118.0 2024 60 23 59 58 123 6 1000 1 1 |CCA     sixteen letters.|BHN     CI      | 1000 %.1f\n", sum)
	if err != nil || string(out) != want {
		t.Errorf("%v: %s, expected %s", err, out, want)
	}
}

// FuzzRead: whatever is read, reading ends, and what is accepted is written again.
func FuzzRead(f *testing.F) {
	f.Add(encode(f, file(3), binary.LittleEndian))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := sac.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		got.Start()
		got.RateHz()
		if err := sac.Write(io.Discard, got, binary.BigEndian); err != nil {
			t.Fatal(err)
		}
	})
}
