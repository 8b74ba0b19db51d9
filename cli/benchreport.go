package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/internal/newfile"
	"github.com/dispel4go/dispel4go/run"
)

func (c *command) benchReport() *cobra.Command {
	var output *string
	cmd := c.verb("report DIR... [flags]", "Draw how a job scales, from what bench sweep has measured: an HTML page", cobra.MinimumNArgs(1), func(_ *cobra.Command, args []string) error {
		curves, err := curvesIn(args)
		if err != nil {
			return run.Usage(err)
		}
		file := cmp.Or(*output, filepath.Join(args[0], "scaling.html"))
		err = newfile.Write(file, newfile.Open, func(w io.Writer) error { return bench.WritePage(w, curves) }, newfile.Place)
		if errors.Is(err, newfile.ErrExists) {
			return run.Usage(fmt.Errorf("%s exists: remove it, or give another --output", file))
		}
		if err != nil {
			return run.Usage(err)
		}
		if err := bench.WriteText(c.out, curves); err != nil {
			return err
		}
		fmt.Fprintf(c.err, "the page is %s\n", file)
		return nil
	})
	cmd.Long = "Draws speed-up, efficiency and the cost of an item by cores, each beside what would be ideal, from the files *.txt of one or more sweeps,\n" +
		"which are in Go's benchmark format. Prints the numbers too."
	output = cmd.Flags().String("output", "", "the page (default DIR/scaling.html)")
	return cmd
}

// scaling prints the numbers of sweeps.
func (c *command) scaling(folders []string) error {
	curves, err := curvesIn(folders)
	if err != nil {
		return err
	}
	if err := bench.WriteText(c.out, curves); err != nil {
		return err
	}
	fmt.Fprintf(c.err, "to draw them: %s bench report %s\n", filepath.Base(os.Args[0]), folders[0])
	return nil
}

// curvesIn reads the measurements in folders.
func curvesIn(folders []string) ([]bench.Curve, error) {
	sweeps := map[string][]bench.Line{}
	for _, folder := range folders {
		names, err := fs.Glob(os.DirFS(folder), "*.txt")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			file := filepath.Join(folder, name)
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			lines, err := bench.Read(bytes.NewReader(text))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			sweeps[filepath.Clean(folder)] = append(sweeps[filepath.Clean(folder)], lines...)
		}
	}
	if len(sweeps) == 0 {
		return nil, fmt.Errorf("%w: there is no *.txt in %s", bench.ErrNoSweep, folders[0])
	}
	curves, err := bench.Curves(sweeps)
	if errors.Is(err, bench.ErrNoSweep) {
		err = fmt.Errorf("%w in %s: bench sweep makes them", err, slices.Sorted(maps.Keys(sweeps)))
	}
	return curves, err
}
