package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestJobsDocument runs the command lines of docs/jobs.md as they are written there, on
// runs of an example that generates its data. Of those that want recordings, MPI or Slurm
// it sees that their verbs and flags exist.
func TestJobsDocument(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skipf("SKIP: %v", err)
	}
	text, err := os.ReadFile("../docs/jobs.md")
	if err != nil {
		t.Fatal(err)
	}
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../examples")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "dispel4go"), []byte("#!/bin/sh\nexec '"+self+"' \"$@\"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, made := range []string{"first", "second"} {
		if got := outcomeOf(t, program(dir, "run", "examples/ambient-noise.toml", "-q", "--set", "noise.hours=0.2", "--set", "noise.stations=6", "--dir", made)); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	flag := regexp.MustCompile(` (--?[a-z][a-z-]*)`)
	var ran, read []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllSubmatch(text, -1) {
		for line := range strings.Lines(string(block[1])) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "  #")
			_, args, _ := strings.Cut(line, "dispel4go ")
			verb, flags, _ := strings.Cut(args, " ")
			if verb == "run" || verb == "sbatch" {
				read = append(read, verb)
				help, err := command(t, verb, "--help")
				for _, f := range flag.FindAllStringSubmatch(" "+flags, -1) {
					if err != nil || !regexp.MustCompile(`(?m)^ +(-[a-z], )?`+f[1]+`\b`).MatchString(help) {
						t.Errorf("%s: %s has no %s: %v", line, verb, f[1], err)
					}
				}
				continue
			}
			ran = append(ran, verb)
			cmd := exec.Command("sh", "-c", line)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "CLI_TEST_PROGRAM=1", "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
			if got := outcomeOf(t, cmd); got.code != 0 {
				t.Errorf("%s: %+v", line, got)
			}
		}
	}
	for _, verb := range []string{"list", "check", "draw", "report", "compare", "export", "plan", "config"} {
		if !slices.Contains(ran, verb) {
			t.Errorf("%s is not in the document, which has %q", verb, ran)
		}
	}
	if !slices.Contains(read, "run") || !slices.Contains(read, "sbatch") {
		t.Errorf("only %q were read", read)
	}
}
