package rundir

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// A Comparison says whether two runs gave the same.
type Comparison struct {
	A    string  `json:"a"`
	B    string  `json:"b"`
	RTol float64 `json:"rtol"`
	Same bool    `json:"same"` // there are no differences
	// Differences come in a fixed order: state, sinks, summary, outputs.
	Differences []Difference `json:"differences"`
	// Excused lists digests that differ where numbers may, and do: a digest
	// knows no tolerance, so the outputs are what counts.
	Excused []Difference `json:"excused,omitempty"`
	Sinks   int          `json:"sinks"`   // compared
	Outputs int          `json:"outputs"` // compared
	// InParts says that a run continued another. Then sinks are those of all
	// parts, and outputs, of which each part has its own, are not compared.
	InParts bool `json:"in_parts,omitempty"`
}

// A Difference is one thing that two runs do not have in common.
type Difference struct {
	What string `json:"what"` // state, sink, summary or output
	Name string `json:"name"`
	Text string `json:"text"`
}

// String is the difference in one line.
func (d Difference) String() string {
	if d.Name == "" {
		return d.What + ": " + d.Text
	}
	return d.What + " " + d.Name + ": " + d.Text
}

// Compare compares two run directories: their sinks' items and digests, what
// the runs had to say in summary, and the files they wrote. Files are the same
// when their bytes are. Where those differ, the numbers of .npy files and Zarr
// stores are compared, and the lines of .csv, .jsonl and .txt files in any
// order, number by number: x and y are equal when |x-y| <= rtol max(|x|,|y|), or
// both are NaN.
//
// Of a run that has continued another, the last part is given.
//
// With rtol above 0 the digest of a sink may differ if some output differs
// within the tolerance: this is excused, and noted.
func Compare(a, b string, rtol float64) (*Comparison, error) {
	if !(rtol >= 0 && rtol < 1) {
		return nil, fmt.Errorf("rtol is %v, and must be at least 0 and less than 1", rtol)
	}
	one, err := Open(a)
	if err != nil {
		return nil, err
	}
	two, err := Open(b)
	if err != nil {
		return nil, err
	}
	c := &Comparison{A: a, B: b, RTol: rtol, Differences: []Difference{}, InParts: one.Run.Continues != "" || two.Run.Continues != ""}
	for _, r := range []*Record{one, two} {
		if r.Run.State != Complete {
			c.differ("state", "", "%s is %s: what it left is not all there would be", r.Path, r.Run.State)
		}
	}
	digests := c.sinks(one.Run.Sinks(), two.Run.Sinks())
	c.summary(one.Run.Result.Summary, two.Run.Result.Summary)
	if !c.InParts && c.outputs(one, two) && rtol > 0 {
		c.Excused = digests
	} else {
		c.Differences = append(c.Differences, digests...)
	}
	order := []string{"state", "sink", "summary", "output"}
	slices.SortStableFunc(c.Differences, func(x, y Difference) int {
		return slices.Index(order, x.What) - slices.Index(order, y.What)
	})
	c.Same = len(c.Differences) == 0
	return c, nil
}

func (c *Comparison) differ(what, name, format string, args ...any) {
	c.Differences = append(c.Differences, Difference{what, name, fmt.Sprintf(format, args...)})
}

// sinks returns the digests that differ; they may be excused.
func (c *Comparison) sinks(a, b map[string]Sink) (digests []Difference) {
	for _, name := range union(a, b) {
		x, inA := a[name]
		y, inB := b[name]
		switch {
		case !inA || !inB:
			c.differ("sink", name, "it is only in %s", only(inA, c.A, c.B))
			continue
		case x.Items != y.Items:
			c.differ("sink", name, "%d items against %d", x.Items, y.Items)
		case (x.Digest == "") != (y.Digest == ""):
			c.differ("sink", name, "only %s has a digest", only(x.Digest != "", c.A, c.B))
		case x.Digest != y.Digest:
			digests = append(digests, Difference{"sink", name,
				fmt.Sprintf("the same number of items, but other ones: digest %s against %s", x.Digest, y.Digest)})
		}
		c.Sinks++
	}
	return digests
}

func (c *Comparison) summary(a, b map[string]any) {
	for _, name := range union(a, b) {
		x, inA := a[name]
		y, inB := b[name]
		switch {
		case !inA || !inB:
			c.differ("summary", name, "it is only in %s", only(inA, c.A, c.B))
		case !alike(x, y, c.RTol):
			c.differ("summary", name, "%v against %v", x, y)
		}
	}
}

// outputs reports whether some differ, but within the tolerance.
func (c *Comparison) outputs(a, b *Record) (close bool) {
	inA, inB := byName(a.Outputs), byName(b.Outputs)
	for _, name := range union(inA, inB) {
		x, isA := inA[name]
		y, isB := inB[name]
		if !isA || !isB {
			c.differ("output", name, "it is only in %s", only(isA, c.A, c.B))
			continue
		}
		c.Outputs++
		one, two := filepath.Join(a.Path, "outputs", filepath.FromSlash(name)), filepath.Join(b.Path, "outputs", filepath.FromSlash(name))
		var text string
		var equal bool
		var err error
		switch {
		case x.Store != y.Store:
			text = "one is a Zarr store, the other a file"
		case x.Store:
			equal, text, err = compareStores(one, two, c.RTol)
		default:
			equal, text, err = compareFiles(one, two, c.RTol)
		}
		if err != nil {
			text = err.Error()
		}
		if text != "" {
			c.differ("output", name, "%s", text)
		}
		close = close || text == "" && !equal
	}
	return close
}

// WriteText writes the comparison in words.
func (c *Comparison) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, d := range c.Differences {
		fmt.Fprintln(&b, d)
	}
	for _, d := range c.Excused {
		fmt.Fprintf(&b, "(%s; excused, as numbers in outputs differ within rtol)\n", d)
	}
	verdict := "same"
	if !c.Same {
		verdict = fmt.Sprintf("different in %d", len(c.Differences))
		if len(c.Differences) == 1 {
			verdict += " thing"
		} else {
			verdict += " things"
		}
	}
	fmt.Fprintf(&b, "%s: %s and %s compared", verdict, count(c.Sinks, "sink"), count(c.Outputs, "output"))
	if c.RTol > 0 {
		fmt.Fprintf(&b, ", rtol %g", c.RTol)
	}
	if c.InParts {
		fmt.Fprint(&b, "; of a run in several parts sinks are compared, of all parts together, and no outputs")
	}
	fmt.Fprintln(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func union[V any](a, b map[string]V) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

func only(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

func byName(outputs []Output) map[string]Output {
	m := make(map[string]Output, len(outputs))
	for _, o := range outputs {
		m[o.Name] = o
	}
	return m
}

// near reports whether two numbers are equal within rtol.
func near(x, y, rtol float64) bool {
	if x == y || x != x && y != y {
		return true
	}
	return math.Abs(x-y) <= rtol*max(math.Abs(x), math.Abs(y)) && !math.IsInf(x, 0) && !math.IsInf(y, 0)
}

// nearText compares numbers as they are written.
func nearText(x, y json.Number, rtol float64) bool {
	i, err := x.Int64()
	k, other := y.Int64()
	if err == nil && other == nil {
		same, _ := integers(i, k, rtol)
		return same
	}
	a, _ := x.Float64()
	b, _ := y.Float64()
	return near(a, b, rtol)
}

// alike compares what encoding/json has decoded.
func alike(x, y any, rtol float64) bool {
	switch x := x.(type) {
	case float64:
		y, ok := y.(float64)
		return ok && near(x, y, rtol)
	case json.Number:
		y, ok := y.(json.Number)
		return ok && nearText(x, y, rtol)
	case []any:
		y, ok := y.([]any)
		return ok && slices.EqualFunc(x, y, func(a, b any) bool { return alike(a, b, rtol) })
	case map[string]any:
		y, ok := y.(map[string]any)
		return ok && maps.EqualFunc(x, y, func(a, b any) bool { return alike(a, b, rtol) })
	}
	return reflect.DeepEqual(x, y)
}
