package seismo

import (
	"path/filepath"

	d4 "github.com/dispel4go/dispel4go"
)

// WriteStore is the sink of correlations that are too many to be kept: it writes
// them into one Zarr store as they come, in any order and any number of a pair.
// It keeps a chunk of them, where WriteCorrelations keeps all that are not written.
// Rows of several instances of Correlate lie as they came, in another order in another
// run: a, b and start say what each is. Where a run is to be measured and drawn at
// once, there is Moveout. The store of a run that does not end has all whole chunks
// and says that it is not complete.
type WriteStore struct {
	d4.Base
	In   d4.In[Correlation]
	Name string `help:"of the store, without extension"`

	path  string
	store *store // once there is a correlation
}

// NewWriteStore returns a sink that writes correlations.zarr.
func NewWriteStore() *WriteStore {
	w := &WriteStore{Name: "correlations"}
	w.In = d4.Input(w.correlation, d4.AllToOne)
	return w
}

// RootPlaced says that the sink is one instance, where the result is read.
func (*WriteStore) RootPlaced() {}

// WritesOutput says that the sink needs a run directory.
func (*WriteStore) WritesOutput() {}

// Summary tells how many there are.
func (w *WriteStore) Summary() map[string]any {
	pairs := 0
	if w.store != nil {
		pairs = len(w.store.rows)
	}
	return map[string]any{"correlations": pairs}
}

// Setup checks the name.
func (w *WriteStore) Setup() error { return goodName(w.Name, "store") }

// Open finds out where to write.
func (w *WriteStore) Open(i *d4.Instance) error {
	folder, err := i.Folder().Path()
	w.path, w.store = filepath.Join(folder, w.Name+".zarr"), nil
	return err
}

func (w *WriteStore) correlation(c Correlation) (err error) {
	if w.store == nil {
		if w.store, err = createStore(w.path, &c, true); err != nil {
			return err
		}
	}
	return w.store.add(&c)
}

// Finish writes the coordinates. Without correlations there is no store.
func (w *WriteStore) Finish() error {
	if w.store == nil {
		return nil
	}
	return w.store.finish()
}
