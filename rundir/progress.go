package rundir

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Progress is how far a run had come at some times: what its progress.csv holds.
type Progress struct {
	PEs     []string
	Seconds []float64  // since the start of the run; they rise
	Items   [][]uint64 // at each time, for each PE: that have reached it, or left it if it is a source
}

// often is how many lines progress.csv has, about, when a run is past its
// beginning, and how many more with each time that it takes e times as long:
// those of a week are 4,000.
const often = 500

// progress appends to progress.csv. A run that is over before the first beat has
// none.
type progress struct {
	file *os.File
	pes  []string
	last float64
}

// note appends how far a run is, unless it has done so a moment ago.
func (p *progress) note(dir string, run *Run, now time.Time) error {
	t := now.Sub(run.Started).Seconds()
	if len(run.Items) == 0 || p.file != nil && t-p.last < t/often {
		return nil
	}
	var b strings.Builder
	out := csv.NewWriter(&b) // no write to memory fails
	if p.file == nil {
		p.pes = slices.Sorted(maps.Keys(run.Items))
		out.Write(append([]string{"seconds"}, p.pes...))
	}
	record := []string{strconv.FormatFloat(t, 'f', 3, 64)}
	for _, pe := range p.pes {
		record = append(record, strconv.FormatUint(run.Items[pe], 10))
	}
	out.Write(record)
	out.Flush()
	path := filepath.Join(dir, "progress.csv")
	if p.file == nil {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
		if err != nil {
			return cannot("write", path, err)
		}
		p.file = f
	}
	p.last = t
	if _, err := io.WriteString(p.file, b.String()); err != nil { // lines at once: a kill leaves whole ones
		return cannot("write", path, err)
	}
	return nil
}

// end appends the last line, where there are others, and closes the file.
func (p *progress) end(dir string, run *Run) error {
	if p.file == nil {
		return nil
	}
	p.last = math.Inf(-1)
	return errors.Join(p.note(dir, run, run.Ended), p.file.Close())
}

// ReadProgress reads the progress.csv of a run directory; it is nil where there
// is none. Each program that has had the directory in hand begins with the same
// header. What comes before a damaged line is returned with the error; a last line
// without an end is passed over, as it is being written.
func ReadProgress(dir string) (*Progress, error) {
	f, err := os.Open(filepath.Join(dir, "progress.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var p *Progress
	lines := bufio.NewReader(io.LimitReader(f, longestRun))
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			return p, nil
		}
		if err != nil {
			return p, err
		}
		record, err := csv.NewReader(strings.NewReader(line)).Read()
		switch {
		case err != nil:
		case p == nil && record[0] == "seconds":
			p = &Progress{PEs: record[1:]}
		case p == nil:
			err = errLine
		case record[0] != "seconds" || !slices.Equal(record[1:], p.PEs):
			err = p.line(record)
		}
		if err != nil {
			return p, fmt.Errorf("%s: line %d is damaged", f.Name(), n)
		}
	}
}

var errLine = errors.New("not a line of progress")

// line adds a line; one that is earlier than the last counts for nothing.
func (p *Progress) line(record []string) error {
	t, err := strconv.ParseFloat(record[0], 64)
	if err != nil || !(t >= 0) || math.IsInf(t, 0) || len(record) != 1+len(p.PEs) {
		return errLine
	}
	items := make([]uint64, len(p.PEs))
	for i, text := range record[1:] {
		if items[i], err = strconv.ParseUint(text, 10, 64); err != nil {
			return errLine
		}
	}
	if n := len(p.Seconds); n == 0 || t > p.Seconds[n-1] {
		p.Seconds, p.Items = append(p.Seconds, t), append(p.Items, items)
	}
	return nil
}
