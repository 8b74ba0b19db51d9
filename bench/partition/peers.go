package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// seeds is how often each peer is run on a graph, every time with another seed.
const seeds = 10

// A peer is a partitioner that is run beside ours. Its time is what it prints
// for the partitioning alone.
type peer struct {
	name string
	run  func(file string, k, seed int) (parts []int, took time.Duration, err error)
}

// peers run in a folder of their own, where the graph is in the formats of
// METIS and of Scotch.
var peers = []peer{
	{"metis kway", func(file string, k, seed int) ([]int, time.Duration, error) {
		return metis(file, k, seed, "-ptype=kway", 30)
	}},
	// Each of the log2 k bisections has its share of the 3 %.
	{"metis rb", func(file string, k, seed int) ([]int, time.Duration, error) {
		share := math.Pow(1.03, 1/math.Log2(float64(k))) - 1
		return metis(file, k, seed, "-ptype=rb", max(1, int(1000*share)))
	}},
	// Scotch takes no seed, but draws one if it is told to.
	{"scotch", func(file string, k, seed int) ([]int, time.Duration, error) {
		out, err := exec.Command("scotch_gpart", "-b0.03", "-Cr", "-vt", strconv.Itoa(k), file+".scotch", file+".map").CombinedOutput()
		if err != nil {
			return nil, 0, fmt.Errorf("scotch_gpart: %w: %s", err, out)
		}
		parts, err := readParts(file+".map", 1, 1)
		took, err2 := seconds(out, `Mapping\s+([0-9.e+-]+)`)
		if err == nil {
			err = err2
		}
		return parts, took, err
	}},
}

func metis(file string, k, seed int, kind string, ufactor int) ([]int, time.Duration, error) {
	out, err := exec.Command("gpmetis", kind, "-ufactor="+strconv.Itoa(ufactor), "-seed="+strconv.Itoa(seed), file, strconv.Itoa(k)).CombinedOutput()
	if err != nil {
		return nil, 0, fmt.Errorf("gpmetis: %w: %s", err, out)
	}
	parts, err := readParts(fmt.Sprintf("%s.part.%d", file, k), 0, 0)
	if err != nil {
		return nil, 0, err
	}
	took, err := seconds(out, `Partitioning:\s+([0-9.]+) sec`)
	return parts, took, err
}

// forScotch writes the graph once more in the format of Scotch.
func forScotch(file string) error {
	out, err := exec.Command("gcv", "-ic", "-os", file, file+".scotch").CombinedOutput()
	if err != nil {
		return fmt.Errorf("gcv: %w: %s", err, out)
	}
	return nil
}

// readParts reads the part of each vertex from a column of a file, after the
// lines of its head.
func readParts(file string, head, column int) ([]int, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var parts []int
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if i < head {
			continue
		}
		fields := strings.Fields(line)
		if column >= len(fields) {
			return nil, fmt.Errorf("%s:%d: no column %d", filepath.Base(file), i+1, column+1)
		}
		p, err := strconv.Atoi(fields[column])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", filepath.Base(file), i+1, err)
		}
		parts = append(parts, p)
	}
	return parts, nil
}

func seconds(out []byte, pattern string) (time.Duration, error) {
	m := regexp.MustCompile(pattern).FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("no time in %q", bytes.TrimSpace(out))
	}
	s, err := strconv.ParseFloat(string(m[1]), 64)
	return time.Duration(s * float64(time.Second)), err
}
