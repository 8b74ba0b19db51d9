package pes

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
)

// CSVReader is the source made by ReadCSV.
type CSVReader struct {
	Files
	Out     d4.Out[[]string]
	Header  bool     `help:"the first record of each file names its columns and is not emitted"`
	Columns []string `help:"the columns to emit, in this order, by their names in the header; all of them if none is named"`
	Comma   string   `help:"what separates fields, one character"`
	Comment string   `help:"lines that begin with this character are skipped; none if empty"`
}

// ReadCSV makes a source of the records of CSV files (RFC 4180), each a slice
// of its fields. With header, the first record of a file names its columns, and
// those given as Columns are picked by name.
func ReadCSV(header bool, paths ...string) func() *CSVReader {
	return func() *CSVReader {
		r := &CSVReader{Header: header, Comma: ","}
		r.Paths = slices.Clone(paths)
		r.start = r.records
		return r
	}
}

// Setup checks the parameters.
func (r *CSVReader) Setup() error {
	if len(r.Columns) > 0 && !r.Header {
		return fmt.Errorf("columns are picked by the names in the header, but header is false")
	}
	if len([]rune(r.Comma)) != 1 || len([]rune(r.Comment)) > 1 {
		return fmt.Errorf("comma %q and comment %q are one character each", r.Comma, r.Comment)
	}
	return nil
}

func (r *CSVReader) reader(f *os.File) *csv.Reader {
	c := csv.NewReader(f)
	c.Comma, c.ReuseRecord = []rune(r.Comma)[0], true
	if r.Comment != "" {
		c.Comment = []rune(r.Comment)[0]
	}
	return c
}

func (r *CSVReader) records(f *os.File, from int64) (func() (int64, error), error) {
	c := r.reader(f)
	var pick []int
	if r.Header {
		names, err := c.Read()
		if err == io.EOF {
			return nil, fmt.Errorf("it has no header")
		}
		if err != nil {
			return nil, err
		}
		for _, want := range r.Columns {
			at := slices.Index(names, want)
			if at < 0 {
				return nil, fmt.Errorf("there is no column %q, but %q", want, names)
			}
			pick = append(pick, at)
		}
	}
	var begin int64
	if from > c.InputOffset() {
		if _, err := f.Seek(from, io.SeekStart); err != nil {
			return nil, err
		}
		fields := c.FieldsPerRecord
		c = r.reader(f)
		c.FieldsPerRecord = fields
		begin = from
	}
	return func() (int64, error) {
		for range some {
			fields, err := c.Read()
			if err != nil {
				return begin + c.InputOffset(), err
			}
			record := make([]string, 0, max(len(pick), len(fields)))
			if len(r.Columns) == 0 {
				record = append(record, fields...)
			}
			for _, at := range pick {
				record = append(record, fields[at])
			}
			r.Out.Emit(record)
		}
		return begin + c.InputOffset(), nil
	}, nil
}
