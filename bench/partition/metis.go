package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/dispel4go/dispel4go/partition"
)

// A graph is what is cut: the weight of each vertex, and each edge once.
type graph struct {
	weights []int64
	edges   []partition.Edge
}

// readMETIS reads a graph file of METIS (its manual, section 4.1.1): a line
// with the numbers of vertices and edges, the format and the number of weights
// of a vertex; then a line for each vertex, with its weight if the format is
// 010 or 011, and its neighbours, counted from 1, each with the weight of the
// edge if the format is 001 or 011. A line that begins with % is a comment.
func readMETIS(path string) (graph, error) {
	f, err := os.Open(path)
	if err != nil {
		return graph{}, err
	}
	defer f.Close()
	g, err := parseMETIS(f)
	if err != nil {
		return graph{}, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

func parseMETIS(r io.Reader) (graph, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<26)
	at := 0
	next := func() ([]int64, error) {
		for lines.Scan() {
			at++
			if strings.HasPrefix(lines.Text(), "%") {
				continue
			}
			return numbers(lines.Text())
		}
		if err := lines.Err(); err != nil {
			return nil, err
		}
		return nil, io.ErrUnexpectedEOF
	}
	head, err := next()
	if err != nil || len(head) < 2 || len(head) > 4 || head[0] > math.MaxInt32 || head[1] > math.MaxInt32 {
		return graph{}, fmt.Errorf("line %d: not the first line of a METIS graph: vertices, edges, format", at)
	}
	n, edges, format, constraints := int(head[0]), int(head[1]), int64(0), int64(1)
	if len(head) > 2 {
		format = head[2]
	}
	if len(head) > 3 {
		constraints = head[3]
	}
	if format != 0 && format != 1 && format != 10 && format != 11 || constraints != 1 {
		return graph{}, fmt.Errorf("line %d: of format %03d with %d weights a vertex; only one weight and no sizes are read", at, format, constraints)
	}
	var g graph
	halves := 0
	for v := range n {
		row, err := next()
		if err != nil {
			return graph{}, fmt.Errorf("line %d, vertex %d of %d: %w", at, v+1, n, err)
		}
		weight := int64(1)
		if format >= 10 {
			if len(row) == 0 {
				return graph{}, fmt.Errorf("line %d: vertex %d has no weight", at, v+1)
			}
			weight, row = row[0], row[1:]
		}
		g.weights = append(g.weights, weight)
		step := 1 + int(format%10)
		if len(row)%step != 0 {
			return graph{}, fmt.Errorf("line %d: the last neighbour of vertex %d has no weight", at, v+1)
		}
		for i := 0; i < len(row); i += step {
			e := partition.Edge{A: v, B: int(row[i]) - 1, Weight: 1}
			if step == 2 {
				e.Weight = row[i+1]
			}
			if e.B < 0 || e.B >= n || e.B == v {
				return graph{}, fmt.Errorf("line %d: vertex %d has the neighbour %d, of %d vertices", at, v+1, row[i], n)
			}
			halves++
			if e.A < e.B {
				g.edges = append(g.edges, e)
			}
		}
	}
	if halves != 2*edges || len(g.edges) != edges {
		return graph{}, fmt.Errorf("%d edges are announced, but the lines have %d ends of edges, %d of them in the line of the lower vertex", edges, halves, len(g.edges))
	}
	return g, nil
}

// numbers are the fields of a line, none of them negative.
func numbers(line string) ([]int64, error) {
	fields := strings.Fields(line)
	row := make([]int64, len(fields))
	for i, f := range fields {
		x, err := strconv.ParseUint(f, 10, 62)
		if err != nil {
			return nil, fmt.Errorf("%q is not a number of a METIS graph", f)
		}
		row[i] = int64(x)
	}
	return row, nil
}

// cut is the weight of the edges between parts, and load the heaviest part
// over the average.
func (g graph) cut(parts []int, k int) (cut int64, load float64) {
	loads, total := make([]int64, k), int64(0)
	for v, p := range parts {
		loads[p] += g.weights[v]
		total += g.weights[v]
	}
	for _, e := range g.edges {
		if parts[e.A] != parts[e.B] {
			cut += e.Weight
		}
	}
	most := int64(0)
	for _, l := range loads {
		most = max(most, l)
	}
	return cut, float64(most) * float64(k) / float64(total)
}
