package bench

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// The series of a sweep: one job on more and more cores, or on each number of
// cores one that is larger in the same proportion.
const (
	Strong = "strong"
	Weak   = "weak"
)

// A Point is one run of a sweep: the job, so many times as large, on so many
// ranks of so many cores. Sets are what --set takes.
type Point struct {
	Series string
	Round  int // from 1
	Ranks  int
	Cores  int // of each rank
	Sets   []string
}

// Width is the number of cores in all.
func (p Point) Width() int { return p.Ranks * p.Cores }

// A Sweep is what is to be measured.
type Sweep struct {
	Ranks, Cores []int // only one of them has more than one element
	Rounds       int
	// Weak are parameters to which the work is proportional, with their value for
	// the first point; without any there is no weak series.
	Weak []string
	// OnlyWeak leaves the strong series out.
	OnlyWeak bool
}

// Points lists what is to be run: by width, and for each of them all rounds of
// both series in turn. Errors name what cannot be.
func (s Sweep) Points() ([]Point, error) {
	switch {
	case len(s.Ranks) > 1 && len(s.Cores) > 1:
		return nil, errors.New("--ranks and --cores have several values each: a sweep is over one of them")
	case len(s.Weak) == 0 && s.OnlyWeak:
		return nil, errors.New("a weak series needs a parameter to which the work is proportional: give --weak PE.PARAMETER=VALUE")
	}
	for _, n := range slices.Concat(s.Ranks, s.Cores, []int{s.Rounds}) {
		if n < 1 {
			return nil, fmt.Errorf("%d is not a whole number from 1", n)
		}
	}
	var all []Point
	for _, ranks := range sorted(s.Ranks) {
		for _, cores := range sorted(s.Cores) {
			sets, err := s.grown(ranks * cores)
			if err != nil {
				return nil, err
			}
			for round := 1; round <= s.Rounds; round++ {
				if !s.OnlyWeak {
					all = append(all, Point{Strong, round, ranks, cores, nil})
				}
				if len(sets) > 0 {
					all = append(all, Point{Weak, round, ranks, cores, sets})
				}
			}
		}
	}
	return all, nil
}

func sorted(x []int) []int { return slices.Compact(slices.Sorted(slices.Values(x))) }

// grown are the weak parameters for so many cores.
func (s Sweep) grown(width int) ([]string, error) {
	first := slices.Min(s.Ranks) * slices.Min(s.Cores)
	var sets []string
	for _, w := range s.Weak {
		name, text, _ := strings.Cut(w, "=")
		name, text = strings.TrimSpace(name), strings.TrimSpace(text)
		value := ""
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			grown := n * int64(width)
			if grown%int64(first) != 0 {
				return nil, fmt.Errorf("--weak %s: %d cores are %.4g times the first %d, and the value has to stay a whole number; write %d.0 if it need not", w, width, float64(width)/float64(first), first, n)
			}
			value = strconv.FormatInt(grown/int64(first), 10)
		} else if x, err := strconv.ParseFloat(text, 64); err == nil {
			value = strconv.FormatFloat(x*float64(width)/float64(first), 'g', -1, 64)
		} else {
			return nil, fmt.Errorf("--weak %s: it is PE.PARAMETER=NUMBER, the value for the first point", w)
		}
		sets = append(sets, name+"="+value)
	}
	return sets, nil
}

// columns are those of a sweep's table before its parameters.
var columns = []string{"series", "round", "ranks", "cores"}

// WritePoints writes points as CSV. A parameter that a point does not have is
// empty: the job's own value holds.
func WritePoints(w io.Writer, points []Point) error {
	head := slices.Clone(columns)
	for _, p := range points {
		for _, set := range p.Sets {
			if name, _, _ := strings.Cut(set, "="); !slices.Contains(head, name) {
				head = append(head, name)
			}
		}
	}
	c := csv.NewWriter(w)
	rows := [][]string{head}
	for _, p := range points {
		row := []string{p.Series, strconv.Itoa(p.Round), strconv.Itoa(p.Ranks), strconv.Itoa(p.Cores)}
		row = append(row, make([]string, len(head)-len(row))...)
		for _, set := range p.Sets {
			name, value, _ := strings.Cut(set, "=")
			row[slices.Index(head, name)] = value
		}
		rows = append(rows, row)
	}
	return c.WriteAll(rows)
}

// ReadPoints reads what WritePoints wrote. Errors name the line.
func ReadPoints(r io.Reader) ([]Point, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 || len(rows[0]) < len(columns) || !slices.Equal(rows[0][:len(columns)], columns) {
		return nil, fmt.Errorf("it is not the table of a sweep, which begins with %s", strings.Join(columns, ","))
	}
	var all []Point
	for k, row := range rows[1:] {
		p := Point{Series: row[0]}
		if p.Series != Strong && p.Series != Weak {
			return nil, fmt.Errorf("line %d: there is no series %q", k+2, p.Series)
		}
		for at, n := range []*int{&p.Round, &p.Ranks, &p.Cores} {
			if *n, err = strconv.Atoi(row[at+1]); err != nil || *n < 1 {
				return nil, fmt.Errorf("line %d: %s is %q, which is not a whole number from 1", k+2, columns[at+1], row[at+1])
			}
		}
		for at, name := range rows[0][len(columns):] {
			if value := row[len(columns)+at]; value != "" {
				p.Sets = append(p.Sets, name+"="+value)
			}
		}
		all = append(all, p)
	}
	return all, nil
}
