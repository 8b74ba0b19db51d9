package dispel4go_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReadme builds the program in the README, just as it is there, and counts
// words with it.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(readme), "```go\n")
	program, _, closed := strings.Cut(after, "```")
	if !found || !closed {
		t.Fatal("the README has no Go program")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"main.go": program, "a.txt": "to be or\nnot to be\n", "b.txt": "be\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(dir, "wordcount")
	if out, err := exec.Command("go", "build", "-o", binary, filepath.Join(dir, "main.go")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(binary)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(strings.Lines(string(out)))
	if want := []string{"1 not\n", "1 or\n", "2 to\n", "3 be\n"}; !slices.Equal(got, want) {
		t.Errorf("it counted %q, want %q", got, want)
	}
}
