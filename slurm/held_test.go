//go:build linux

package slurm_test

import (
	"io"
	"os"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/seismo"
)

// programName is what this test binary is called on the cluster, where it is the
// program that users have, with one PE more.
const programName = "dispel4go"

// install makes it that.
func install(path string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o777)
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		to.Close()
		return err
	}
	return to.Close()
}

// letGoFile is a file in the folder where a job runs.
const letGoFile = "let-go"

// heldNoise is noise of which, so that a job lasts as long as a test needs it to on any
// machine, there is only a beginning until the run is stopped or there is letGoFile.
type heldNoise struct {
	seismo.Noise
	info *d4.Instance
	n    int
}

func (h *heldNoise) Open(i *d4.Instance) error {
	h.info = i
	return h.Noise.Open(i)
}

func (h *heldNoise) Next() error {
	const beginning = 500 // traces, of all that an instance has: a few of its 24 hours
	for h.n++; h.n > beginning && h.info.Context().Err() == nil; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(letGoFile); err == nil {
			break
		}
	}
	return h.Noise.Next()
}

func registerHeld(r *registry.Registry) {
	registry.Add(r, "test.HeldNoise", "noise that holds on until there is "+letGoFile, func() *heldNoise { return &heldNoise{Noise: *seismo.NewNoise()} })
}
