package rundir

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const longestText = 1 << 30 // bytes of a text file that is compared by lines

// compareLines compares text line by line, in any order: items of a stream
// have none. Lines that both files have are paired first, what is left in
// sorted order.
func compareLines(a, b string, rtol float64) (string, error) {
	x, err := readLines(a)
	if err != nil {
		return "", err
	}
	y, err := readLines(b)
	if err != nil {
		return "", err
	}
	sum := func(m map[string]int) (n int) {
		for _, k := range m {
			n += k
		}
		return n
	}
	if n, m := sum(x), sum(y); n != m {
		return fmt.Sprintf("%d lines against %d", n, m), nil
	}
	var left, right []string
	for _, line := range union(x, y) {
		for n := x[line] - y[line]; n > 0; n-- {
			left = append(left, line)
		}
		for n := x[line] - y[line]; n < 0; n++ {
			right = append(right, line)
		}
	}
	fields := csvFields
	if strings.EqualFold(filepath.Ext(a), ".jsonl") {
		fields = jsonFields
	}
	differ, first := 0, ""
	for i := range left {
		if !alike(fields(left[i]), fields(right[i]), rtol) {
			if differ++; differ == 1 {
				first = fmt.Sprintf("%.60q against %.60q", left[i], right[i])
			}
		}
	}
	if differ == 0 {
		return "", nil
	}
	return fmt.Sprintf("%s not the same, as %s", count(differ, "line"), first), nil
}

func readLines(path string) (map[string]int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > longestText {
		return nil, fmt.Errorf("the bytes differ, and %s is too large to compare by lines", path)
	}
	lines := map[string]int{}
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, longestText)
	for scanner.Scan() {
		lines[scanner.Text()]++
	}
	return lines, scanner.Err()
}

// csvFields is a record with its numbers as such.
func csvFields(line string) any {
	record, err := csv.NewReader(strings.NewReader(line)).Read()
	if err != nil {
		return line
	}
	fields := make([]any, len(record))
	for i, text := range record {
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			fields[i] = json.Number(text)
		} else {
			fields[i] = text
		}
	}
	return fields
}

func jsonFields(line string) any {
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return line
	}
	if _, err := d.Token(); err != io.EOF {
		return line
	}
	return v
}
