package bench

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Header says what was measured where, as the lines before benchmarks do. Empty
// fields are left out.
type Header struct {
	OS, Arch string
	Host     string // where rank 0 was
	Hosts    []string
	Mapping  string
	Ranks    int
	Commit   string
	MPI      string // its version
	Job      string // digest of the job
}

// Write writes the lines.
func (h Header) Write(w io.Writer) error {
	var b strings.Builder
	for _, x := range []struct{ key, value string }{
		{"goos", h.OS}, {"goarch", h.Arch}, {"host", h.Host}, {"hosts", strings.Join(h.Hosts, " ")}, {"mapping", h.Mapping},
		{"ranks", strconv.Itoa(h.Ranks)}, {"commit", h.Commit}, {"mpi", h.MPI}, {"job", h.Job},
	} {
		if x.value != "" {
			fmt.Fprintf(&b, "%s: %s\n", x.key, strings.Join(strings.Fields(x.value), " "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// A Line is a measurement as a file has it.
type Line struct {
	Name   string // without Benchmark
	N      int
	Values map[string]float64 // by unit
	Config map[string]string  // the lines of the header before it
}

const longestLine = 1 << 20 // bytes of a file of measurements

// Read reads measurements in the format of Go's benchmarks. What is neither a
// header nor a measurement is passed over, as the format asks for; errors name
// the line.
func Read(r io.Reader) ([]Line, error) {
	var all []Line
	config := map[string]string{}
	s := bufio.NewScanner(r)
	s.Buffer(nil, longestLine)
	for n := 1; s.Scan(); n++ {
		text := s.Text()
		if key, value, ok := strings.Cut(text, ":"); ok && isKey(key) {
			next := map[string]string{}
			for k, v := range config {
				next[k] = v
			}
			next[key] = strings.TrimSpace(value)
			config = next // those before keep theirs
			continue
		}
		f := strings.Fields(text)
		if len(f) < 4 || len(f)%2 != 0 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		l := Line{Name: strings.TrimPrefix(f[0], "Benchmark"), Values: map[string]float64{}, Config: config}
		var err error
		if l.N, err = strconv.Atoi(f[1]); err != nil {
			continue // a benchmark that prints
		}
		for k := 2; k < len(f); k += 2 {
			if l.Values[f[k+1]], err = strconv.ParseFloat(f[k], 64); err != nil {
				return nil, fmt.Errorf("line %d: %q is not a number", n, f[k])
			}
		}
		all = append(all, l)
	}
	return all, s.Err()
}

// isKey reports whether a line that begins so is of a header: a word that begins
// with a small letter and has no capitals.
func isKey(s string) bool {
	return s != "" && s[0] >= 'a' && s[0] <= 'z' && strings.ToLower(s) == s && !strings.ContainsAny(s, " \t")
}
