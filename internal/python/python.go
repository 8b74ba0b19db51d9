// Package python finds the Python with which tests read what this project
// writes.
package python

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Find returns a Python that can import all of the modules, a list as in an
// import statement: the one that D4_PYTHON names, or the one that
// scripts/python.sh makes. Without it the test is skipped, and fails in
// continuous integration.
func Find(t *testing.T, modules string) string {
	t.Helper()
	path, err := locate()
	if err == nil {
		err = exec.Command(path, "-c", "import "+modules).Run()
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no Python with %s: %v: run scripts/python.sh", modules, err)
		}
		t.Skipf("SKIP: no Python with %s: run scripts/python.sh or set D4_PYTHON", modules)
	}
	return path
}

// locate says where the Python should be: in the build folder beside the go.mod
// above the test.
func locate() (string, error) {
	if path := os.Getenv("D4_PYTHON"); path != "" {
		return filepath.Abs(path)
	}
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", err
	}
	return filepath.Join(filepath.Dir(string(mod)), "build", "venv", "bin", "python"), nil
}
