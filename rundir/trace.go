package rundir

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
)

// columns are the fields of trace.csv, in order. Each is a field of Row under
// its JSON name; counters is a JSON object.
var columns = []column{
	{"pe", func(r *Row) any { return &r.PE }},
	{"index", func(r *Row) any { return &r.Index }},
	{"stage", func(r *Row) any { return &r.Stage }},
	{"rank", func(r *Row) any { return &r.Rank }},
	{"host", func(r *Row) any { return &r.Host }},
	{"items_in", func(r *Row) any { return &r.ItemsIn }},
	{"items_out", func(r *Row) any { return &r.ItemsOut }},
	{"bytes_out", func(r *Row) any { return &r.BytesOut }},
	{"calls", func(r *Row) any { return &r.Calls }},
	{"busy_s", func(r *Row) any { return &r.Busy }},
	{"wait_in_s", func(r *Row) any { return &r.WaitIn }},
	{"wait_out_s", func(r *Row) any { return &r.WaitOut }},
	{"p50_s", func(r *Row) any { return &r.P50 }},
	{"p95_s", func(r *Row) any { return &r.P95 }},
	{"max_s", func(r *Row) any { return &r.Max }},
	{"skipped", func(r *Row) any { return &r.Skipped }},
	{"retried", func(r *Row) any { return &r.Retried }},
	{"packed_bytes", func(r *Row) any { return &r.Packed }},
	{"pack_ratio", func(r *Row) any { return &r.Ratio }},
	{"pack_s", func(r *Row) any { return &r.Pack }},
	{"unpack_s", func(r *Row) any { return &r.Unpack }},
	{"ended", func(r *Row) any { return &r.Ended }},
	{"digest", func(r *Row) any { return &r.Digest }},
	{"counters", func(r *Row) any { return &r.Counters }},
}

type column struct {
	name  string
	field func(*Row) any // a pointer
}

// WriteTrace writes rows as CSV (RFC 4180, lines end in \n) under a header that
// names the fields as in Row's JSON. Times are in seconds.
func WriteTrace(w io.Writer, rows []Row) error {
	out := csv.NewWriter(w)
	record := make([]string, len(columns))
	for i, c := range columns {
		record[i] = c.name
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for k := range rows {
		for i, c := range columns {
			record[i] = cell(c.field(&rows[k]))
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func cell(field any) string {
	switch f := field.(type) {
	case *string:
		return *f
	case *int:
		return strconv.Itoa(*f)
	case *uint64:
		return strconv.FormatUint(*f, 10)
	case *float64:
		return strconv.FormatFloat(*f, 'g', -1, 64)
	case *bool:
		return strconv.FormatBool(*f)
	case *map[string]int64:
		if len(*f) == 0 {
			return ""
		}
		text, _ := json.Marshal(*f) // names and whole numbers always have a JSON
		return string(text)
	}
	panic(fmt.Sprintf("rundir: a column of %T", field))
}

// ReadTrace reads what WriteTrace has written. Columns that it does not know
// are passed over, those that are missing leave zero; pe and index must be
// there. The rows before a damaged line come with the error.
func ReadTrace(r io.Reader) ([]Row, error) {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("no header: %w", err)
	}
	known := make([]*column, len(header))
	seen := map[string]bool{}
	for i, name := range header {
		for k := range columns {
			if columns[k].name == name && !seen[name] {
				known[i], seen[name] = &columns[k], true
			}
		}
	}
	if !seen["pe"] || !seen["index"] {
		return nil, errors.New("not a trace: it has no columns pe and index")
	}
	var rows []Row
	for {
		record, err := in.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		var row Row
		for i, c := range known {
			if c == nil {
				continue
			}
			if err := setCell(c.field(&row), record[i]); err != nil {
				line, _ := in.FieldPos(i)
				return rows, fmt.Errorf("line %d, column %s: %w", line, c.name, err)
			}
		}
		rows = append(rows, row)
	}
}

func setCell(field any, text string) (err error) {
	switch f := field.(type) {
	case *string:
		*f = text
	case *int:
		*f, err = strconv.Atoi(text)
	case *uint64:
		*f, err = strconv.ParseUint(text, 10, 64)
	case *float64:
		if *f, err = strconv.ParseFloat(text, 64); err == nil && (math.IsNaN(*f) || math.IsInf(*f, 0)) {
			err = fmt.Errorf("%s is no number that a run can have", text)
		}
	case *bool:
		*f, err = strconv.ParseBool(text)
	case *map[string]int64:
		if text != "" {
			err = json.Unmarshal([]byte(text), f)
		}
	}
	return err
}

// WriteErrors writes items that were skipped, each as a JSON object on a line.
func WriteErrors(w io.Writer, items []ItemError) error {
	buf := bufio.NewWriter(w)
	e := json.NewEncoder(buf)
	e.SetEscapeHTML(false)
	for i := range items {
		if err := e.Encode(&items[i]); err != nil {
			return err
		}
	}
	return buf.Flush()
}

// ReadErrors yields what WriteErrors has written, and ends after an error.
func ReadErrors(r io.Reader) iter.Seq2[ItemError, error] {
	return func(yield func(ItemError, error) bool) {
		d := json.NewDecoder(bufio.NewReader(r))
		for {
			var item ItemError
			err := d.Decode(&item)
			if err == io.EOF {
				return
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// writerOf is a write of all values.
func writerOf[T any](all []T, write func(io.Writer, []T) error) func(io.Writer) error {
	return func(w io.Writer) error { return write(w, all) }
}
