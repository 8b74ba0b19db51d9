package seismo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/geojson"
	"github.com/dispel4go/dispel4go/seismo/quakeml"
)

// ReadQuakeML is a source of events: the QuakeML files of a folder, or those that a
// pattern names, in the order of their names. Files are the splits; one event is in
// memory at a time. A position is how many events of a file have been emitted.
type ReadQuakeML struct {
	d4.Base
	Out  d4.Out[quakeml.Event]
	Path string `help:"catalogues: a folder, a file, or a pattern; of a folder the files *.xml and *.qml"`

	files  []string
	done   []int // events of each file
	mine   []int // files of this instance that are not read through
	in     *os.File
	reader *quakeml.Reader
}

// NewReadQuakeML returns a reader of the working folder.
func NewReadQuakeML() *ReadQuakeML { return &ReadQuakeML{Path: "."} }

// Open lists the files.
func (r *ReadQuakeML) Open(i *d4.Instance) (err error) {
	r.files, err = filesAt(r.Path, ".xml", ".qml")
	if err == nil && len(r.files) == 0 {
		err = fmt.Errorf("%s: no catalogues there (*.xml, *.qml)", r.Path)
	}
	if err != nil {
		return fmt.Errorf("%w: set path to QuakeML", err)
	}
	r.done, r.mine = make([]int, len(r.files)), nil
	for k := i.Index; k < len(r.files); k += i.Count {
		r.mine = append(r.mine, k)
	}
	return nil
}

// Next emits the next event.
func (r *ReadQuakeML) Next() (err error) {
	if len(r.mine) == 0 {
		return io.EOF
	}
	k := r.mine[0]
	if r.reader == nil {
		if r.in, err = os.Open(r.files[k]); err != nil {
			return err
		}
		r.reader = quakeml.NewReader(r.in)
		for range r.done[k] {
			if _, err := r.reader.Next(); err != nil {
				return r.wrong(k, err)
			}
		}
	}
	e, err := r.reader.Next()
	if err == io.EOF {
		r.in.Close()
		r.in, r.reader, r.mine = nil, nil, r.mine[1:]
		return nil
	}
	if err != nil {
		return r.wrong(k, err)
	}
	r.done[k]++
	r.Out.Emit(*e)
	return nil
}

func (r *ReadQuakeML) wrong(k int, err error) error {
	return fmt.Errorf("%s: %w: mend or remove the file", r.files[k], err)
}

// Splits lists the files.
func (r *ReadQuakeML) Splits() []string { return slices.Clone(r.files) }

// Position is the number of events of file k that have been emitted, as a varint.
func (r *ReadQuakeML) Position(k int) ([]byte, error) {
	return binary.AppendUvarint(nil, uint64(r.done[k])), nil
}

// Seek goes to a position, after Open.
func (r *ReadQuakeML) Seek(k int, position []byte) error {
	n, read := binary.Uvarint(position)
	if read <= 0 || read != len(position) || n > math.MaxInt32 {
		return fmt.Errorf("%x is no position in %s", position, r.files[k])
	}
	r.done[k] = int(n)
	return nil
}

// Close closes the file that is being read.
func (r *ReadQuakeML) Close() error {
	if r.in != nil {
		return r.in.Close()
	}
	return nil
}

// WriteCatalogue is the sink of events: one catalogue as QuakeML 1.2, and the preferred
// origins and magnitudes as GeoJSON. Events are sorted by the time of their origin,
// so that the files do not depend on the order in which they come.
type WriteCatalogue struct {
	d4.Base
	In          d4.In[quakeml.Event]
	Name        string `help:"of the files, without extension"`
	Description string `help:"of the catalogue"`
	MaxEvents   int    `help:"most events; more are an error" min:"1"`

	folder d4.Folder
	events []*quakeml.Event
}

// NewWriteCatalogue returns a sink that writes catalogue.xml and catalogue.geojson.
func NewWriteCatalogue() *WriteCatalogue {
	w := &WriteCatalogue{Name: "catalogue", MaxEvents: 1_000_000}
	w.In = d4.Input(w.event, d4.AllToOne)
	return w
}

// RootPlaced says that the sink is one instance, where the result is read.
func (*WriteCatalogue) RootPlaced() {}

// WritesOutput says that the sink needs a run directory.
func (*WriteCatalogue) WritesOutput() {}

// Setup checks the name.
func (w *WriteCatalogue) Setup() error { return goodName(w.Name, "file") }

// Summary tells how many events there are, and when the first of them was.
func (w *WriteCatalogue) Summary() map[string]any {
	all := map[string]any{"events": len(w.events)}
	if len(w.events) > 0 && w.events[0].Origin() != nil {
		all["first_origin"] = w.events[0].Origin().Time.Time.UTC().Format("2006-01-02T15:04:05.00Z")
	}
	return all
}

// Open keeps where to write.
func (w *WriteCatalogue) Open(i *d4.Instance) error { w.folder = i.Folder(); return nil }

func (w *WriteCatalogue) event(e quakeml.Event) error {
	if len(w.events) >= w.MaxEvents {
		return fmt.Errorf("more than max_events = %d events: raise it", w.MaxEvents)
	}
	w.events = append(w.events, &e)
	return nil
}

// Finish writes the files.
func (w *WriteCatalogue) Finish() error {
	slices.SortStableFunc(w.events, compareEvents)
	return errors.Join(w.write(".xml", func(out io.Writer) error {
		return quakeml.Write(out, &quakeml.Catalog{Description: w.Description, Events: w.events})
	}), w.write(".geojson", func(out io.Writer) error {
		features := geojson.NewWriter(out)
		for _, e := range w.events {
			f, ok := eventFeature(e)
			if !ok {
				continue
			}
			if err := features.Write(f); err != nil {
				return err
			}
		}
		return features.Close()
	}))
}

// compareEvents orders events by the time of their origin, then by ID; those without
// an origin come last.
func compareEvents(a, b *quakeml.Event) int {
	x, y := a.Origin(), b.Origin()
	switch {
	case x != nil && y != nil && !x.Time.Time.Equal(y.Time.Time):
		return x.Time.Time.Compare(y.Time.Time)
	case (x == nil) != (y == nil):
		if x == nil {
			return 1
		}
		return -1
	}
	return strings.Compare(a.ID, b.ID)
}

// eventFeature is an event on the map, where it has an origin.
func eventFeature(e *quakeml.Event) (*geojson.Feature, bool) {
	o := e.Origin()
	if o == nil {
		return nil, false
	}
	f := &geojson.Feature{ID: e.ID, Places: []geojson.Place{{LatitudeDeg: o.LatitudeDeg.Value, LongitudeDeg: o.LongitudeDeg.Value}},
		Properties: map[string]any{"time": o.Time.Time.UTC(), "type": e.Type}}
	if o.DepthM != nil && !math.IsNaN(o.DepthM.Value) {
		f.Places[0].HeightM = new(-o.DepthM.Value)
	}
	if m := e.Magnitude(); m != nil && !math.IsNaN(m.Value.Value) {
		f.Properties["magnitude"], f.Properties["magnitude_type"] = m.Value.Value, m.Type
	}
	return f, true
}

// write makes an output that is whole or not there.
func (w *WriteCatalogue) write(ext string, f func(io.Writer) error) error {
	out, err := w.folder.Create(w.Name + ext)
	if err != nil {
		return err
	}
	defer out.Discard()
	if err := f(out); err != nil {
		return err
	}
	return out.Commit()
}
