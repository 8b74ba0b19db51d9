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
	return pipOf("", name, packages...)
}

// pipOf is pip for a certain version of Python, such as 3.10; any, if it is empty.
func pipOf(version, name string, packages ...string) func(dir string) error {
	return func(dir string) error {
		venv := filepath.Join(dir, name)
		done := filepath.Join(venv, "installed")
		want := strings.Join(packages, " ")
		if have, err := os.ReadFile(done); err == nil && string(have) == want {
			return nil
		}
		interpreter, err := interpreter(version)
		if err != nil {
			return err
		}
		if err := quietly(dir, interpreter, "-m", "venv", "--clear", venv); err != nil {
			return err
		}
		install := append([]string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check"}, packages...)
		if err := quietly(dir, python(dir, name), install...); err != nil {
			return err
		}
		return os.WriteFile(done, []byte(want), 0o644)
	}
}

// interpreter finds Python of a version: on the path, or among those of pyenv, which
// puts programs on the path that only say that they are not chosen.
func interpreter(version string) (string, error) {
	candidates := []string{"python3" + strings.TrimPrefix(version, "3")}
	if home, err := os.UserHomeDir(); err == nil && version != "" {
		installed, err := filepath.Glob(filepath.Join(home, ".pyenv", "versions", version+".*", "bin", "python3"))
		if err != nil {
			return "", err
		}
		candidates = append(candidates, installed...)
	}
	for _, c := range candidates {
		if exec.Command(c, "--version").Run() == nil {
			return c, nil
		}
	}
	return "", fmt.Errorf("there is no %s", candidates[0])
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
