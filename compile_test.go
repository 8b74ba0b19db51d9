package dispel4go_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestCompile runs the compiler on the programs in testdata/compile. Each must
// fail in its line "want:", with a message that holds all the words there;
// good has no such line.
func TestCompile(t *testing.T) {
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("SKIP: no go command")
	}
	build := exec.Command(tool, "build", "-gcflags=-e", "-o", t.TempDir(), "./testdata/compile/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
	out, err := build.CombinedOutput()
	if err == nil {
		t.Fatal("all of them compile")
	}
	programs, _ := filepath.Glob("testdata/compile/*/main.go")
	if len(programs) < 5 {
		t.Fatalf("only %d programs", len(programs))
	}
	for _, name := range programs {
		messages := map[string]string{} // by line
		for line := range strings.Lines(string(out)) {
			if rest, ok := strings.CutPrefix(filepath.ToSlash(line), filepath.ToSlash(name)+":"); ok {
				at, _, _ := strings.Cut(rest, ":")
				messages[at] += rest
			}
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		wants := 0
		for i, line := range strings.Split(string(source), "\n") {
			_, words, ok := strings.Cut(line, "// want: ")
			if !ok {
				continue
			}
			wants++
			at := strconv.Itoa(i + 1)
			for _, word := range strings.Fields(words) {
				if !strings.Contains(messages[at], word) {
					t.Errorf("%s:%s: the compiler says %q, without %q", name, at, messages[at], word)
				}
			}
			delete(messages, at)
		}
		if len(messages) > 0 {
			t.Errorf("%s: more is wrong: %v", name, messages)
		}
		if good := filepath.Base(filepath.Dir(name)) == "good"; good != (wants == 0) {
			t.Errorf("%s wants %d errors", name, wants)
		}
	}
}
