// Flame draws a CPU profile as a flame graph: each function as wide as the time
// that it and what it called took, callers below.
//
//	go run ./bench/flame -o FILE.svg [-title TEXT] [-least 0.002] PROFILE
//
// It reads profiles through go tool pprof, and so whatever that reads. The program
// is deterministic: the same profile gives the same picture.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
)

var (
	out   = flag.String("o", "flame.svg", "where the picture goes")
	title = flag.String("title", "Where the CPU time goes", "what stands above it")
	least = flag.Float64("least", 0.002, "share of all time below which functions are not drawn")
)

func main() {
	flag.Parse()
	if err := draw(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "flame:", err)
		os.Exit(1)
	}
}

func draw(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("one profile is drawn at a time, not %d", len(args))
	}
	if _, err := os.Stat(args[0]); err != nil {
		return err
	}
	cmd := exec.Command("go", "tool", "pprof", "-traces", args[0])
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go tool pprof: %w", err)
	}
	all, err := fold(text)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return os.WriteFile(*out, render(all, *title, *least), 0o644)
}
