//go:build unix

package seismo_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/seedlink/seedlinktest"
)

// TestLiveJobContinues: the shipped job, stopped by the signal that says that time is up
// when there is an hour in the store, and continued, gives the hours of one run.
func TestLiveJobContinues(t *testing.T) {
	job, err := filepath.Abs(filepath.Join("..", "examples", "live.toml"))
	if err != nil {
		t.Fatal(err)
	}
	s := seedlinktest.New(t, 4)
	address := "seedlink.address=" + s.Address
	all, _ := liveHours(t)
	middle := slices.IndexFunc(all, func(r []byte) bool { return d4.Time(ends(t, r)) > in2020+5000*second })
	send(t, s, all[:middle]...)
	dir := t.TempDir()
	folder := func(run string) string { return filepath.Join(dir, run, "outputs") }
	if code, stderr := untilPeriods(t, dir, job, folder("run"), 1, syscall.SIGUSR2, "--dir", "run", "--set", address); code != 75 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	send(t, s, all[middle:]...)
	if code, stderr := untilPeriods(t, dir, job, folder("run-2"), 1, syscall.SIGINT, "--continue", "run", "--set", address); code != 130 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if code, stderr := untilPeriods(t, dir, job, folder("whole"), 2, syscall.SIGINT, "--dir", "whole", "--set", address); code != 130 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	// What comes of the third hour is as long as the interrupt lets it be.
	hours := func(run, hour string) map[string][]float32 {
		pairs := byPair(t, folder(run))
		maps.DeleteFunc(pairs, func(of string, _ []float32) bool { return !strings.HasPrefix(of, hour) })
		return pairs
	}
	for _, c := range []struct {
		run, hour string
		pairs     int
	}{{"run", "00:", 3}, {"run", "01:", 0}, {"run-2", "00:", 0}, {"run-2", "01:", 3}} {
		got := hours(c.run, c.hour)
		if len(got) != c.pairs || c.pairs > 0 && !maps.EqualFunc(got, hours("whole", c.hour), slices.Equal[[]float32]) {
			t.Errorf("%s, hour %s: %d correlations, not those of one run", c.run, c.hour, len(got))
		}
	}
}
