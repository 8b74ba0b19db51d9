package rundir

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestReach: a directory is told from another one of the same name, and what
// tells it is gone afterwards.
func TestReach(t *testing.T) {
	at := filepath.Join(t.TempDir(), "run")
	d, err := Create(at, time.Now(), "x", "")
	if err != nil {
		t.Fatal(err)
	}
	name, hide, err := d.Show()
	if err != nil || !Sees(at, name) || Sees(t.TempDir(), name) {
		t.Errorf("%v: %s is not seen, or elsewhere", err, name)
	}
	hide()
	if Sees(at, name) {
		t.Error("it is still there")
	}
}

func TestRankLog(t *testing.T) {
	at := t.TempDir()
	log, file, err := RankLog(at, 3, slog.LevelWarn)
	if err != nil {
		t.Fatal(err)
	}
	slog.New(log).Info("little")
	slog.New(log).Warn("much", "pe", "a")
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(filepath.Join(at, "logs", "rank-3.jsonl"))
	if err != nil || strings.Count(string(text), "\n") != 1 || !strings.Contains(string(text), `"msg":"much","pe":"a"`) {
		t.Errorf("%v: %s", err, text)
	}
	if _, _, err := RankLog(filepath.Join(at, "logs", "rank-3.jsonl"), 1, slog.LevelInfo); err == nil {
		t.Error("a folder inside a file")
	}
}

// TestEnded: a process that has ended does not keep a run running, whether its
// parent has asked for its exit code or not.
func TestEnded(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIP: no /proc")
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(10 * time.Second); alive(host, cmd.Process.Pid); {
		if time.Now().After(until) {
			t.Fatal("a zombie counts as alive")
		}
	}
	cmd.Wait()
	if !alive(host, os.Getpid()) {
		t.Error("this process counts as ended")
	}
}
