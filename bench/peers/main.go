// Peers runs the same work in other systems and in ours, in turn, and prints
// the ratios:
//
//	go run ./bench/peers [-rounds 3] [case or peer...]
//
// Each peer is installed from its registry into build/peers by the registry's
// own client (pip, cargo), at the version named here. One that cannot be is left
// out, and the reason printed. The drivers beside this file are our own.
package main

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/bench"
)

var rounds = flag.Int("rounds", 3, "how often each case is run; the medians are printed")

// line is a line of the table that is printed.
const line = "%-18s %-28s %12s  %-27s %12s %-16s %9s\n"

// figure is a number in three digits.
func figure(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }

//go:embed timely limits *.py
var drivers embed.FS

// A contest is one piece of work, done by a peer and by us in several ways.
type contest struct {
	name string
	peer string
	unit string
	// install makes the peer ready in a folder; it does nothing where that is
	// done.
	install func(dir string) error
	// command makes a process that does the work and prints the rate.
	command func(dir string) (*exec.Cmd, error)
	// check compares what the command has left with what comes out here, where that can
	// be done.
	check func() error
	ours  []way
}

// A way is one of ours: run does units of work, or rate says how much it did a
// second.
type way struct {
	name  string
	units float64
	run   func(context.Context) error
	rate  func(context.Context) (float64, error)
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == rankArgument {
		asRank(os.Args[2])
		return
	}
	if len(os.Args) == 2 && os.Args[1] == dayArgument {
		if err := asDay(); err != nil {
			fmt.Fprintln(os.Stderr, "peers:", err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	if err := compare(context.Background(), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, only []string) error {
	dir, err := filepath.Abs(filepath.Join("build", "peers"))
	if err != nil {
		return err
	}
	if err := unpack(dir); err != nil {
		return err
	}
	fmt.Printf(line, "case", "peer", "its rate", "ours", "our rate", "unit", "ratio")
	skipped := map[string]error{}
	for _, c := range slices.Concat(streams(), exchanges(), decoders(dir), limits(), stationDays(), noiseDays(), msnoiseDays(), processing(dir)) {
		if len(only) > 0 && !slices.Contains(only, c.name) && !slices.Contains(only, c.peer) || skipped[c.peer] != nil {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", c.peer, c.name)
		if err := c.install(dir); err != nil {
			skipped[c.peer] = err
			continue
		}
		if err := c.measure(ctx, dir); err != nil {
			return fmt.Errorf("%s, %s: %w", c.peer, c.name, err)
		}
	}
	for _, peer := range slices.Sorted(maps.Keys(skipped)) {
		fmt.Printf("SKIP: %s could not be installed: %v\n", peer, skipped[peer])
	}
	return nil
}

// measure runs peer and ours in turn and writes a line for each of our ways.
func (c *contest) measure(ctx context.Context, dir string) error {
	theirs := make([]float64, *rounds)
	ours, ratios := make([][]float64, len(c.ours)), make([][]float64, len(c.ours))
	for k := range *rounds {
		cmd, err := c.command(dir)
		if err != nil {
			return err
		}
		if theirs[k], err = rate(cmd); err != nil {
			return err
		}
		if c.check != nil {
			if err := c.check(); err != nil {
				return err
			}
		}
		for i, w := range c.ours {
			one, err := w.once(ctx)
			if err != nil {
				return err
			}
			ours[i], ratios[i] = append(ours[i], one), append(ratios[i], one/theirs[k])
		}
	}
	for i, w := range c.ours {
		fmt.Printf(line, c.name, c.peer, figure(bench.Median(theirs)), w.name, figure(bench.Median(ours[i])), c.unit, figure(bench.Median(ratios[i])))
	}
	return nil
}

// once does the work once and returns the rate.
func (w *way) once(ctx context.Context) (float64, error) {
	if w.rate != nil {
		return w.rate(ctx)
	}
	begin := time.Now()
	err := w.run(ctx)
	return w.units / time.Since(begin).Seconds(), err
}

// rate runs a driver and returns the last line that it prints and that is a number.
func rate(cmd *exec.Cmd) (float64, error) {
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	text := strings.TrimSpace(string(out))
	if at := strings.Index(text, "FAIL"); at >= 0 {
		return 0, fmt.Errorf("%s", text[at:])
	}
	// Ranks may have more to say after it.
	lines := strings.Split(text, "\n")
	for _, line := range slices.Backward(lines) {
		if rate, err := strconv.ParseFloat(line, 64); err == nil {
			return rate, nil
		}
	}
	return 0, fmt.Errorf("no rate in what it printed: %q", lines[len(lines)-1])
}

// unpack writes the drivers to a folder.
func unpack(dir string) error {
	return fs.WalkDir(drivers, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if entry.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		data, err := drivers.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o644)
	})
}
