package run

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/rundir"
)

// TestUnbegun: a run that was announced in its directory, and then could not
// begin, is said to have failed.
func TestUnbegun(t *testing.T) {
	at := filepath.Join(t.TempDir(), "run")
	dir, err := rundir.Create(at, time.Now(), "x", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := dir.Start(rundir.Run{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := unbegun(dir, errors.New("no rank answers")); err == nil || err.Error() != "no rank answers" {
		t.Error(err)
	}
	r, err := rundir.Open(at)
	if err != nil || r.Run.State != rundir.Failed || r.Run.Cause != "no rank answers" {
		t.Errorf("%v, the run is %s: %s", err, r.Run.State, r.Run.Cause)
	}
}
