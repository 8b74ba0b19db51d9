package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

func (c *command) export() *cobra.Command {
	var format, to string
	var formats []string
	long := "Export stores to files of another format: to the folder exports of their run, or beside them, unless --to says where. Nothing is written over.\n" +
		"A run directory stands for the stores among its outputs. Formats:\n"
	for _, e := range c.registry.Exporters() {
		formats = append(formats, e.Name)
		long += fmt.Sprintf("\n  %-8s %s", e.Name, e.Help)
	}
	cmd := c.verb("export STORE|RUNDIR... --format NAME [flags]", "Export results to NetCDF, NumPy, SAC or other formats", cobra.MinimumNArgs(1), func(cmd *cobra.Command, args []string) error {
		e, err := c.exporter(format, formats)
		if err != nil {
			return run.Usage(err)
		}
		stores, err := storesAt(args)
		if err != nil {
			return run.Usage(err)
		}
		for _, store := range stores {
			path, err := exportPath(store, to, e, len(stores) > 1)
			if err != nil {
				return run.Usage(err)
			}
			if err := e.Export(cmd.Context(), store, path); err != nil {
				return err
			}
			fmt.Fprintln(c.out, path)
		}
		return nil
	})
	cmd.Long = long
	cmd.Flags().StringVarP(&format, "format", "f", "", "one of "+strings.Join(formats, ", "))
	cmd.Flags().StringVarP(&to, "to", "o", "", "file to write; of several stores, a folder")
	return cmd
}

// exporter finds the format.
func (c *command) exporter(format string, formats []string) (registry.Exporter, error) {
	for _, e := range c.registry.Exporters() {
		if e.Name == format {
			return e, nil
		}
	}
	text := fmt.Sprintf("there is no format %q", format)
	if format == "" {
		text = "no format is given"
	}
	remedy := registry.DidYouMean(format, formats)
	if remedy == "" {
		remedy = ": set --format to one of " + strings.Join(formats, ", ")
	}
	return registry.Exporter{}, errors.New(text + remedy)
}

// storesAt lists the stores that arguments mean.
func storesAt(args []string) (stores []string, err error) {
	isStore := func(path string) bool {
		_, err := os.Stat(filepath.Join(path, "zarr.json"))
		return err == nil
	}
	for _, path := range args {
		if isStore(path) {
			stores = append(stores, path)
			continue
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, orNewest(fmt.Errorf("%s is no Zarr store and %w: it is not there", path, rundir.ErrNoRun))
		} else if err != nil {
			return nil, err
		}
		found, _ := filepath.Glob(filepath.Join(path, "outputs", "*")) // the pattern is good
		n := len(stores)
		for _, name := range found {
			if isStore(name) {
				stores = append(stores, name)
			}
		}
		if len(stores) == n {
			return nil, fmt.Errorf("%s: it is no Zarr store, and no run directory with one", path)
		}
	}
	return stores, nil
}

// exportPath is what a store is exported to: what is not of the run itself goes
// beside its outputs.
func exportPath(store, to string, e registry.Exporter, several bool) (string, error) {
	base := strings.TrimSuffix(filepath.Base(filepath.Clean(store)), ".zarr")
	if e.Extension == "" {
		base += "-" + e.Name
	}
	beside := filepath.Dir(filepath.Clean(store))
	if to == "" && ofRun(beside) {
		beside = filepath.Join(beside, "..", "exports")
		if err := os.MkdirAll(beside, 0o777); err != nil {
			return "", fmt.Errorf("%w: say with --to where it may be written", err)
		}
	}
	path := filepath.Join(beside, base+e.Extension)
	if to != "" && several {
		if err := os.MkdirAll(to, 0o777); err != nil {
			return "", err
		}
		path = filepath.Join(to, base+e.Extension)
	} else if to != "" {
		path = to
	}
	if _, err := os.Lstat(path); err == nil {
		return "", fmt.Errorf("%s exists: nothing is written over; choose another with --to", path)
	}
	return path, nil
}

// ofRun reports whether a folder is the outputs of a run.
func ofRun(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "..", "run.json"))
	folder, failed := filepath.Abs(folder)
	return err == nil && failed == nil && filepath.Base(folder) == "outputs"
}
