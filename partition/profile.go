package partition

import (
	"fmt"
	"maps"
	"math"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
)

// A Profile is what the PEs of a graph, by their names, did in a run that was
// measured.
type Profile map[string]Work

// Work is what all instances of a PE did together.
type Work struct {
	Instances int
	ItemsIn   float64
	ItemsOut  float64 // of all its outputs
	BytesOut  float64 // what those items occupied
	Seconds   float64 // CPU seconds, or those that its calls took
	Each      []Share // what each instance did of that, by index; nil if not known
}

// A Share is what one instance of a PE did.
type Share struct {
	ItemsIn, ItemsOut float64
	Seconds           float64
}

// What is taken for granted of a PE that was never measured: each of its
// instances has so much to do for an item of the source, for its author has
// given it as many as it needs; and an item that comes in makes one go out of
// each output.
const (
	assumedSeconds = 1e-6
	assumedBytes   = 64 // of what a slice, a string or a pointer in an item points to
)

// check says which parts of a profile cannot be used. What is impossible is an
// error; what merely does not fit the graph is left out or assumed, with a note.
func (p Profile) check(g *d4.Graph) (notes []string, err error) {
	if p == nil {
		return nil, nil
	}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		w := p[name]
		for _, has := range []struct {
			x    float64
			what string
		}{{w.ItemsIn, "items in"}, {w.ItemsOut, "items out"}, {w.BytesOut, "bytes out"}, {w.Seconds, "seconds"}, {float64(w.Instances), "instances"}} {
			if !(has.x >= 0 && has.x <= math.MaxFloat64) {
				return nil, fmt.Errorf("partition: the profile says that %s has %v %s", name, has.x, has.what)
			}
		}
		for k, e := range w.Each {
			for _, x := range []float64{e.ItemsIn, e.ItemsOut, e.Seconds} {
				if !(x >= 0 && x <= math.MaxFloat64) {
					return nil, fmt.Errorf("partition: the profile says that %s[%d] has %v items in, %v out and %v seconds", name, k, e.ItemsIn, e.ItemsOut, e.Seconds)
				}
			}
		}
		if g.Element(name) < 0 {
			notes = append(notes, fmt.Sprintf("the profile has a PE %s, the graph has none: it is ignored", name))
		}
	}
	for _, e := range g.Elements {
		switch w, ok := p[e.Name]; {
		case ok && !w.measured():
			notes = append(notes, fmt.Sprintf("the profile says that no item came to %s: what it costs is assumed", e.Name))
		case !ok:
			notes = append(notes, fmt.Sprintf("the profile has no PE %s: what it costs is assumed", e.Name))
		}
	}
	return notes, nil
}

// measured reports whether there was anything to measure.
func (w Work) measured() bool { return w.ItemsIn+w.ItemsOut > 0 || w.Seconds > 0 }
