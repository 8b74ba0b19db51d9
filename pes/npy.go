package pes

import (
	"fmt"
	"os"
	"path/filepath"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/npy"
)

// array is an .npy file of the run directory that is being written. Its package
// gives it its name as a d4.File would.
type array[E npy.Element] struct {
	Output
	path string
	rows *npy.Appender[E]
}

// Open finds out where the file goes.
func (a *array[E]) Open(i *d4.Instance) error {
	folder := i.Folder()
	if folder == nil {
		return errNoFolder
	}
	path, err := folder.Path()
	a.path = filepath.Join(path, a.nameOf(i))
	return err
}

// start makes the file for rows of that shape.
func (a *array[E]) start(row ...int) (err error) {
	if err := os.MkdirAll(filepath.Dir(a.path), 0o777); err != nil {
		return err
	}
	a.rows, err = npy.CreateAppender[E](a.path, row...)
	return err
}

// Finish gives the file its name.
func (a *array[E]) Finish() error {
	if a.rows == nil {
		return nil
	}
	rows := a.rows
	a.rows = nil
	return rows.Close()
}

// Suspend gives the file its name: a run that goes on writes the rest into
// another in its own directory.
func (a *array[E]) Suspend() (d4.Time, error) { return d4.Forever, a.Finish() }

// Close removes the file if it has not got its name.
func (a *array[E]) Close() error {
	if a.rows != nil {
		a.rows.Abort()
	}
	return nil
}

// NPYWriter is the sink made by WriteNPY.
type NPYWriter[E npy.Element] struct {
	array[E]
	In d4.In[E]
}

// WriteNPY makes a sink that writes numbers as a NumPy array of one dimension.
func WriteNPY[E npy.Element](name string) func() *NPYWriter[E] {
	return func() *NPYWriter[E] {
		w := &NPYWriter[E]{}
		w.Name = name
		w.In = d4.InputBatch(func(items []E) error { return w.rows.Append(items) }, d4.ReadOnly)
		return w
	}
}

// Open makes the file under a temporary name.
func (w *NPYWriter[E]) Open(i *d4.Instance) error {
	if err := w.array.Open(i); err != nil {
		return err
	}
	return w.start()
}

// NPYRowWriter is the sink made by WriteNPYRows.
type NPYRowWriter[E npy.Element] struct {
	array[E]
	In    d4.In[[]E]
	Width int `help:"elements of a row; 0: as many as the first row has" min:"0"`
}

// WriteNPYRows makes a sink that writes rows of numbers, all of one length, as a
// NumPy array of two dimensions. An instance that gets no row, and was not told
// their Width, writes no file.
func WriteNPYRows[E npy.Element](name string) func() *NPYRowWriter[E] {
	return func() *NPYRowWriter[E] {
		w := &NPYRowWriter[E]{}
		w.Name = name
		w.In = d4.InputBatch(w.take, d4.ReadOnly)
		return w
	}
}

// Setup checks the parameters.
func (w *NPYRowWriter[E]) Setup() error {
	if err := atLeast("width", w.Width, 0); err != nil {
		return err
	}
	return w.array.Setup()
}

// Open makes the file under a temporary name if the width is known.
func (w *NPYRowWriter[E]) Open(i *d4.Instance) error {
	if err := w.array.Open(i); err != nil || w.Width == 0 {
		return err
	}
	return w.start(w.Width)
}

func (w *NPYRowWriter[E]) take(rows [][]E) error {
	for _, row := range rows {
		if w.Width == 0 {
			w.Width = len(row)
		}
		if len(row) != w.Width {
			return fmt.Errorf("a row has %d elements, expected %d", len(row), w.Width)
		}
		if w.rows == nil {
			if err := w.start(w.Width); err != nil {
				return err
			}
		}
		if err := w.rows.Append(row); err != nil {
			return err
		}
	}
	return nil
}
