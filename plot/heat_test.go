package plot

import (
	"bytes"
	"errors"
	"image/png"
	"math"
	"strings"
	"testing"
)

// TestHeat: the same picture twice, colours where there are values, lines and scale
// in the SVG.
func TestHeat(t *testing.T) {
	h := Heat{Title: "Density", XLabel: "Period (s)", YLabel: "Power (dB)", ValueLabel: "Share", LogX: true}
	for i := range 40 {
		h.X = append(h.X, 0.1*math.Pow(1.3, float64(i)))
	}
	for j := range 30 {
		h.Y = append(h.Y, -200+5*float64(j))
		row := make([]float64, 40)
		for i := range row {
			row[i] = math.Exp(-math.Pow(float64(i)/3-float64(j), 2) / 20)
			if j == 0 {
				row[i] = math.NaN()
			}
		}
		h.Values = append(h.Values, row)
	}
	h.Series = []Series{{Name: "low noise", X: []float64{0.2, 10, 100}, Y: []float64{-160, -150, -180}}}
	var a, b, svg bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if err := Encode(w, "png", h); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same picture has other bytes")
	}
	img, err := png.Decode(&a)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[3]uint32]bool{}
	box := img.Bounds()
	for y := box.Min.Y; y < box.Max.Y; y += 9 {
		for x := box.Min.X; x < box.Max.X; x += 9 {
			r, g, b, _ := img.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d colours", len(seen))
	}
	if err := Encode(&svg, "svg", h); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"low noise", "Share", "Period (s)", "image"} {
		if !strings.Contains(svg.String(), want) {
			t.Errorf("no %q in the SVG", want)
		}
	}
	for what, change := range map[string]func(h *Heat){
		"no rows":          func(h *Heat) { h.Values = nil },
		"a short row":      func(h *Heat) { h.Values = [][]float64{{1}}; h.Y = []float64{1} },
		"falling columns":  func(h *Heat) { h.X = []float64{3, 2}; h.Y, h.Values = []float64{1}, [][]float64{{1, 2}} },
		"zero on log axis": func(h *Heat) { h.X = []float64{0, 2}; h.Y, h.Values = []float64{1}, [][]float64{{1, 2}} },
		"infinite":         func(h *Heat) { h.X = []float64{1, 2}; h.Y, h.Values = []float64{1}, [][]float64{{math.Inf(1), 2}} },
		"nothing": func(h *Heat) {
			h.X = []float64{1, 2}
			h.Y, h.Values = []float64{1}, [][]float64{{math.NaN(), math.NaN()}}
		},
	} {
		bad := h
		change(&bad)
		if err := Encode(&svg, "svg", bad); !errors.Is(err, ErrData) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestValues: points with bars, a logarithmic axis, and stations with values.
func TestValues(t *testing.T) {
	var svg bytes.Buffer
	l := Lines{LogX: true, Series: []Series{{Name: "a", X: []float64{1, 10, 100}, Y: []float64{1, 2, 3}, Error: []float64{0.1, 0.2, 0.3}, Points: true}}}
	if err := Encode(&svg, "svg", l); err != nil || l.Series[0].X[2] != 100 {
		t.Errorf("%v, the data are %v", err, l.Series[0].X)
	}
	l.Series[0].Error = []float64{1}
	if err := Encode(&svg, "svg", l); !errors.Is(err, ErrData) {
		t.Errorf("too few errors: %v", err)
	}
	m := Map{Stations: []Station{{"A", 0, 0}, {"B", 10, 5}}, Values: []float64{0.01, 0.3}, ValueLabel: "PGV (m/s)", Log: true, Marks: []Station{{"source", 3, 3}}}
	svg.Reset()
	if err := Encode(&svg, "svg", m); err != nil || !strings.Contains(svg.String(), "PGV (m/s)") {
		t.Error(err)
	}
	m.Values[0] = -1
	if err := Encode(&svg, "svg", m); !errors.Is(err, ErrData) {
		t.Errorf("the logarithm of -1: %v", err)
	}
}
