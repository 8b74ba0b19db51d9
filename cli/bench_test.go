package cli_test

import (
	"strings"
	"testing"
)

func TestBench(t *testing.T) {
	dir := t.TempDir()
	got := outcomeOf(t, program(dir, "bench", "-n", "3", "--count", "2", "transport/ring/8B", "engine/e*"))
	if got.code != 0 || strings.Count(got.stdout, "\nBenchmarkTransport/ring/8B\t") != 2 || strings.Count(got.stdout, "\nBenchmarkEngine/empty\t") != 2 ||
		!strings.Contains(got.stdout, "\nmapping: local\nranks: 3\n") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	got = outcomeOf(t, program(dir, "bench", "-n", "1", "--count", "1", "engine/trip", "engine/empty"))
	if got.code != 0 || !strings.Contains(got.stderr, "SKIP: engine/trip takes 2 ranks") || strings.Count(got.stdout, "Benchmark") != 1 {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	outcomeOf(t, program(dir, "bench", "engine/walk")).oneLine(t, 2, "engine/walk", "bench --list")
	outcomeOf(t, program(dir, "bench", "[")).oneLine(t, 2, "not a pattern")
	outcomeOf(t, program(dir, "bench", "--count", "0")).oneLine(t, 2, "--count")
	if got := outcomeOf(t, program(dir, "bench", "--list")); got.code != 0 || !strings.Contains(got.stdout, "transport/stream/1MiB-part\n") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
}
