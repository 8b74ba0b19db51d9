package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// TestKernelsAreGenerated: what is committed is what comes out of here.
func TestKernelsAreGenerated(t *testing.T) {
	dir := t.TempDir()
	gen := filepath.Join(dir, "gen")
	if runtime.GOOS == "windows" {
		gen += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", gen, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(gen, "-out", "kernels_amd64.s", "-stubs", "kernels_amd64.go", "-pkg", "kernel")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"kernels_amd64.s", "kernels_amd64.go"} {
		made, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		committed, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(made, committed) {
			t.Errorf("%s is not what its generator writes: run go generate ./internal/kernel", name)
		}
	}
}
