package slurm

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A Table is parameters for the elements of a job array: each row has a value
// for each of Names, which are those that --set takes.
type Table struct {
	File  string
	Names []string
	Rows  [][]string
}

// ReadTable reads a CSV file with a head. Errors name the line.
func ReadTable(file string) (*Table, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.TrimLeadingSpace = true
	r.Comment = '#'
	all, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(all) < 2 {
		return nil, fmt.Errorf("%s: a table has a head of parameters, such as noise.seed, and a row for each run", file)
	}
	t := &Table{File: file, Names: all[0], Rows: all[1:]}
	for k, name := range t.Names {
		t.Names[k] = strings.TrimSpace(name)
		if !strings.Contains(t.Names[k], ".") && t.Names[k] != "seed" {
			return nil, fmt.Errorf("%s: column %d is called %q and not PE.PARAMETER, run.KEY or seed", file, k+1, name)
		}
	}
	return t, nil
}

// Sets are what --set is given for row n, counted from 1.
func (t *Table) Sets(n int) ([]string, error) {
	if n < 1 || n > len(t.Rows) {
		return nil, fmt.Errorf("%s has rows 1 to %d, and no row %d", t.File, len(t.Rows), n)
	}
	var sets []string
	for k, name := range t.Names {
		sets = append(sets, name+"="+strings.TrimSpace(t.Rows[n-1][k]))
	}
	return sets, nil
}

// Elements writes numbers as Slurm does: 1-3,7.
func Elements(numbers []int) string {
	numbers = slices.Compact(slices.Sorted(slices.Values(numbers)))
	var parts []string
	for at := 0; at < len(numbers); {
		end := at
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		part := strconv.Itoa(numbers[at])
		if end > at {
			part += "-" + strconv.Itoa(numbers[end])
		}
		parts = append(parts, part)
		at = end + 1
	}
	return strings.Join(parts, ",")
}
