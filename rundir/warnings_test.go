package rundir

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWarnings(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("begun")
	log.With("pe", "read", "instance", 1, "rank", 0).Warn("no such station", "station", "CI.X\n\x1b[2J", "lost", 12345678)
	log.Error("run failed", "cause", "told as such", "stack", "")
	log.Warn(strings.Repeat("y", 300))
	log.Warn(strings.Repeat("x", 70<<10)) // longer than a line may be
	io.WriteString(&b, "no message\n[1]\n{\"level\":5}\n")
	for range 6 {
		log.Error("bad")
	}
	b.Truncate(b.Len() - 1) // as a kill may leave it
	if err := os.WriteFile(filepath.Join(dir, "log.jsonl"), b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	first, n, err := Warnings(dir)
	want := []string{"read: no such station (lost 12345678, station CI.X  [2J)", strings.Repeat("y", 200), "bad", "bad", "bad"}
	if err != nil || n != 8 || !slices.Equal(first, want) {
		t.Errorf("%d warnings, %q, %v", n, first, err)
	}
	r := &Record{Path: dir, Run: Run{State: Complete}}
	var text strings.Builder
	if err := r.Report(r.Run.Updated).WriteText(&text); err != nil || !strings.Contains(text.String(), "\n8 warnings in log.jsonl:\n  read: no such station") || !strings.Contains(text.String(), "  and 3 more\n") {
		t.Errorf("%v: %s", err, &text)
	}
	if _, _, err := Warnings(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("there is a log where there is none")
	}
}
