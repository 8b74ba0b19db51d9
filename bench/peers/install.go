package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// pip returns an installation of packages in a virtual environment of that
// name.
func pip(name string, packages ...string) func(dir string) error {
	return func(dir string) error {
		venv := filepath.Join(dir, name)
		done := filepath.Join(venv, "installed")
		want := strings.Join(packages, " ")
		if have, err := os.ReadFile(done); err == nil && string(have) == want {
			return nil
		}
		if err := quietly(dir, "python3", "-m", "venv", "--clear", venv); err != nil {
			return err
		}
		install := append([]string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check"}, packages...)
		if err := quietly(dir, python(dir, name), install...); err != nil {
			return err
		}
		return os.WriteFile(done, []byte(want), 0o644)
	}
}

// python is the interpreter of a virtual environment.
func python(dir, name string) string { return filepath.Join(dir, name, "bin", "python") }

// cargo builds the crate in a subfolder.
func cargo(name string) func(dir string) error {
	return func(dir string) error {
		return quietly(filepath.Join(dir, name), "cargo", "build", "--release", "--quiet")
	}
}

// quietly runs a command in a folder; its error has the last line it printed.
func quietly(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	out = bytes.TrimSpace(out)
	return fmt.Errorf("%s: %w: %s", name, err, out[bytes.LastIndexByte(out, '\n')+1:])
}
