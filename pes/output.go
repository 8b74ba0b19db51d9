package pes

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
)

// Output is the part that sinks share that write a file in the run directory,
// one for each instance: of several, the index of the instance comes before the
// extension, as in picks-02.csv. The file has its name only when the stream has
// ended.
type Output struct {
	d4.Base
	Name string `help:"name of the file; with several instances each has its own, named like picks-02.csv"`

	file  d4.File
	text  *bufio.Writer
	begin func() error // writes what comes before the first item
}

// WritesOutput says that the run directory must be within reach.
func (*Output) WritesOutput() {}

// Setup checks the name.
func (o *Output) Setup() error {
	if o.Name == "" || !filepath.IsLocal(o.Name) {
		return fmt.Errorf("name %q is not that of a file in the run directory", o.Name)
	}
	return nil
}

// nameOf is the name of an instance's own file.
func (o *Output) nameOf(i *d4.Instance) string {
	if i.Count == 1 {
		return o.Name
	}
	ext := filepath.Ext(o.Name)
	digits := max(2, len(fmt.Sprint(i.Count-1)))
	return fmt.Sprintf("%s-%0*d%s", strings.TrimSuffix(o.Name, ext), digits, i.Index, ext)
}

var errNoFolder = errors.New("the run has no folder for outputs")

// Open makes the file under a temporary name.
func (o *Output) Open(i *d4.Instance) (err error) {
	folder := i.Folder()
	if folder == nil {
		return errNoFolder
	}
	if o.file, err = folder.Create(o.nameOf(i)); err != nil {
		return err
	}
	o.text = bufio.NewWriterSize(o.file, 1<<16)
	if o.begin != nil {
		return o.begin()
	}
	return nil
}

// Finish gives the file its name.
func (o *Output) Finish() error {
	if err := o.text.Flush(); err != nil {
		return err
	}
	return o.file.Commit()
}

// Suspend gives the file its name: a run that goes on writes the rest into
// another in its own directory.
func (o *Output) Suspend() (d4.Time, error) { return d4.Forever, o.Finish() }

// Close removes the file if it has not got its name.
func (o *Output) Close() error {
	if o.file == nil {
		return nil
	}
	return o.file.Discard()
}

// LineWriter is the sink made by WriteLines.
type LineWriter struct {
	Output
	In d4.In[string]
}

// WriteLines makes a sink that writes a text file, each item on a line. An item
// with a line end in it is an error, since it could not be read back.
func WriteLines(name string) func() *LineWriter {
	return func() *LineWriter {
		w := &LineWriter{}
		w.Name = name
		w.In = d4.InputBatch(func(items []string) error {
			for i := range items {
				if strings.ContainsAny(items[i], "\n\r") {
					return fmt.Errorf("%q is more than one line", items[i])
				}
				w.text.WriteString(items[i])
				if err := w.text.WriteByte('\n'); err != nil {
					return err
				}
			}
			return nil
		}, d4.ReadOnly)
		return w
	}
}

// CSVWriter is the sink made by WriteCSV.
type CSVWriter struct {
	Output
	In     d4.In[[]string]
	Header []string `help:"names of the columns; none if empty"`

	csv *csv.Writer
}

// WriteCSV makes a sink that writes a CSV file (RFC 4180, lines end in \n) of
// records, under a header if one is given. All records have as many fields as
// the header, or the first record.
func WriteCSV(name string, header ...string) func() *CSVWriter {
	return func() *CSVWriter {
		w := &CSVWriter{Header: header}
		w.Name = name
		fields := 0
		w.begin = func() error {
			w.csv = csv.NewWriter(w.text)
			if fields = len(w.Header); fields == 0 {
				return nil
			}
			err := w.csv.Write(w.Header)
			w.csv.Flush()
			return errors.Join(err, w.csv.Error())
		}
		w.In = d4.InputBatch(func(items [][]string) error {
			for _, record := range items {
				if fields == 0 {
					fields = len(record)
				}
				if len(record) != fields || fields == 0 {
					return fmt.Errorf("a record has %d fields, expected %d", len(record), fields)
				}
				if err := w.csv.Write(record); err != nil {
					return err
				}
			}
			w.csv.Flush()
			return w.csv.Error()
		}, d4.ReadOnly)
		return w
	}
}

// JSONWriter is the sink made by WriteJSONL.
type JSONWriter[T any] struct {
	Output
	In d4.In[T]
}

// WriteJSONL makes a sink that writes one JSON value a line (jsonlines.org), as
// encoding/json does. NaN and infinities have no JSON and are an error.
func WriteJSONL[T any](name string) func() *JSONWriter[T] {
	return func() *JSONWriter[T] {
		w := &JSONWriter[T]{}
		w.Name = name
		var encoder *json.Encoder
		w.begin = func() error {
			encoder = json.NewEncoder(w.text)
			encoder.SetEscapeHTML(false)
			return nil
		}
		w.In = d4.InputBatch(func(items []T) error {
			for i := range items {
				if err := encoder.Encode(&items[i]); err != nil {
					return err
				}
			}
			return nil
		}, d4.ReadOnly)
		return w
	}
}
