package mpitest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/mpi/internal/abi"
)

// An MPI is one to run under.
type MPI struct {
	Name     string // as "Open MPI 4" or "MPICH 5 standard"
	Launcher abi.Launcher
	Flavor   abi.Flavor // to ask for; Unknown for the launcher's own
}

// Required are the names of those that have to be there in continuous
// integration.
func Required() []string { return []string{"Open MPI 4", "MPICH 4", "MPICH 5", "MPICH 5 standard"} }

// module is the folder of the module that the test is in.
func module() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("mpitest: there is no go.mod above the working folder")
}

// wheels lists the folders where scripts/mpi.sh installs MPIs beside those of
// the system.
func wheels() ([]string, error) {
	root, err := module()
	if err != nil {
		return nil, err
	}
	return filepath.Glob(filepath.Join(root, "build/mpi-wheels/*/bin"))
}

// installed asks every launcher of this machine once.
var installed = sync.OnceValues(func() ([]MPI, error) {
	folders, err := wheels()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var list []MPI
	for _, l := range abi.Launchers(ctx, folders...) {
		vendor := l.Name[:strings.LastIndexByte(l.Name, ' ')]
		for _, f := range l.Flavors {
			m := MPI{Launcher: l}
			suffix := ""
			if f == abi.Standard { // the only one that has to be asked for
				suffix, m.Flavor = " standard", f
			}
			// The first of a major version is called by that, others by all of it.
			m.Name = fmt.Sprint(vendor, " ", l.Major(), suffix)
			if taken(list, m.Name) {
				m.Name = l.Name + suffix
			}
			for n := 2; taken(list, m.Name); n++ {
				m.Name = fmt.Sprint(l.Name, suffix, " again ", n)
			}
			list = append(list, m)
		}
	}
	return list, nil
})

func taken(list []MPI, name string) bool {
	return slices.ContainsFunc(list, func(m MPI) bool { return m.Name == name })
}

// All lists the MPIs that are here.
func All(t testing.TB) []MPI {
	t.Helper()
	list, err := installed()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Each runs a test under every required MPI, or under all that are here with
// DISPEL4GO_MPI_ALL set.
func Each(t *testing.T, test func(t *testing.T, m MPI)) {
	t.Helper()
	list := All(t)
	for _, name := range Required() {
		if slices.ContainsFunc(list, func(m MPI) bool { return m.Name == name }) {
			continue
		}
		t.Run(name, func(t *testing.T) { Missing(t, name) })
	}
	for _, m := range list {
		if os.Getenv("DISPEL4GO_MPI_ALL") == "" && !slices.Contains(Required(), m.Name) {
			continue
		}
		t.Run(m.Name, func(t *testing.T) { test(t, m) })
	}
}

// Get returns the MPI of that name. Where it is not here the test is left out,
// or fails in continuous integration.
func Get(t testing.TB, name string) MPI {
	t.Helper()
	for _, m := range All(t) {
		if m.Name == name {
			return m
		}
	}
	Missing(t, name)
	return MPI{}
}

// Missing leaves a test out, or fails it in continuous integration, because
// something is not here that scripts/mpi.sh installs.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not here; scripts/mpi.sh installs it", what)
	}
	t.Skipf("SKIP: %s is not here; scripts/mpi.sh installs it", what)
}
