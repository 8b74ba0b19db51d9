package rundir_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/dispel4go/dispel4go/rundir"
)

// Two runs that write the same numbers, all but the last digit.
func Example() {
	folder, err := os.MkdirTemp("", "runs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	var paths []string
	for _, line := range []string{"CI.CCA,3.00001\n", "CI.CCA,3.00002\n"} {
		d, err := rundir.Create(filepath.Join(folder, "run"), time.Now(), "velocities", "")
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := d.Start(rundir.Run{}, nil); err != nil {
			fmt.Println(err)
			return
		}
		f, err := d.Outputs().Create("velocities.csv")
		if err != nil {
			fmt.Println(err)
			return
		}
		io.WriteString(f, line)
		if err := f.Commit(); err != nil {
			fmt.Println(err)
		}
		if err := d.End(nil, nil, func(r *rundir.Run) { r.State = rundir.Complete }); err != nil {
			fmt.Println(err)
		}
		paths = append(paths, d.Path())
	}
	for _, rtol := range []float64{0, 1e-4} {
		c, err := rundir.Compare(paths[0], paths[1], rtol)
		if err != nil {
			fmt.Println(err)
			return
		}
		c.WriteText(os.Stdout)
	}
	// Output:
	// output velocities.csv: 1 line not the same, as "CI.CCA,3.00001" against "CI.CCA,3.00002"
	// different in 1 thing: 0 sinks and 1 output compared
	// same: 0 sinks and 1 output compared, rtol 0.0001
}
