package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// With more stations the pairs grow as their square: lags are shorter here than those
// of the thousand, so that two million pairs go on the disk.
const growthLagS = "50"

const (
	growthHead = "| stations | cores | pairs | wall, s | CPU, s | of it in the operating system, s | memory at most, MiB |\n| --- | --- | --- | --- | --- | --- | --- |\n"
	growthRow  = "| %d | %d | %d | %.2f | %.2f | %.2f | %.0f |\n"
)

// grow runs this program for each row of the table: memory is that of a whole program.
// Recordings that were not there before are removed.
func grow() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Print(growthHead)
	for _, n := range []int{50, 100, 200, 500, 1000, 2000} {
		recordings := filepath.Join(*dir, fmt.Sprintf("recordings-%d", n))
		_, before := os.Stat(recordings)
		for c := range *cores {
			cmd := exec.Command(program, "-row", "-lag-s", growthLagS, "-dir", *dir, "-stations", fmt.Sprint(n), "-cores", fmt.Sprint(c+1))
			cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
			if err := cmd.Run(); err != nil {
				return err
			}
		}
		if errors.Is(before, os.ErrNotExist) && n != *stations {
			if err := os.RemoveAll(recordings); err != nil {
				return err
			}
		}
	}
	return nil
}
