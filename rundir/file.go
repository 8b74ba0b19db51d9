package rundir

import (
	"fmt"
	"io"
	"os"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

// replace puts a complete file under that name, whatever there is.
func replace(path string, write func(io.Writer) error) error {
	if err := newfile.Write(path, newfile.Open, write, os.Rename); err != nil {
		return cannot("write", path, err)
	}
	return nil
}

// cannot says in one line what failed, with which file, and what to do.
func cannot(do, path string, err error) error {
	return fmt.Errorf("cannot %s %s: %w%s", do, path, newfile.Plain(err), newfile.Remedy(err, "choose another place with --dir"))
}
