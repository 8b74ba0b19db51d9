package abi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/internal/launch"
)

// fake makes surroundings of variables (NAME=value, separated by spaces), of
// the files that exist, and of the executables above us.
func fake(env string, files []string, above ...string) surroundings {
	vars := map[string]string{}
	for _, field := range strings.Fields(env) {
		name, value, _ := strings.Cut(field, "=")
		vars[name] = value
	}
	return surroundings{
		lookup:  func(name string) (string, bool) { v, ok := vars[name]; return v, ok },
		exists:  func(path string) bool { return slices.Contains(files, path) },
		parents: func() []string { return above },
		arch:    "amd64",
	}
}

const (
	underOpenMPI = "OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2 PMIX_RANK=0 "
	underHydra   = "PMI_RANK=0 PMI_SIZE=2 PMI_FD=9 "
	underSrun    = "SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=2 "
)

func TestFind(t *testing.T) {
	debian := []string{"/usr/lib/x86_64-linux-gnu/libmpi.so.40", "/usr/lib/x86_64-linux-gnu/libmpich.so.12"}
	opt := []string{"/opt/m/lib/libmpi.so.12", "/opt/m/lib/libmpi_abi.so.1", "/opt/o/lib64/libmpi.so.40"}
	for _, c := range []struct {
		name string
		s    surroundings
		wish string
		want string // the first so many candidates
	}{
		{"a path is the only one", fake(underHydra, opt, "/opt/m/bin/hydra_pmi_proxy"), "/x/libmpi.so", "/x/libmpi.so"},
		{"a path in the variable", fake(Variable+"=libmpi.so.99", nil), "", "libmpi.so.99"},
		{"a path goes before the variable", fake(Variable+"=/y/libmpi.so", nil), "/x/libmpi.so", "/x/libmpi.so"},
		{"beside the launcher", fake(underHydra, opt, "/bin/sh", "/opt/m/bin/hydra_pmi_proxy", "/opt/o/bin/orted"), "",
			"/opt/m/lib/libmpi.so.12 /opt/m/lib/libmpi_abi.so.1 libmpi.so.12 libmpich.so.12 libmpi_abi.so.1"},
		{"beside the launcher, lib64", fake(underOpenMPI, opt, "/opt/o/bin/prted"), "", "/opt/o/lib64/libmpi.so.40 libmpi.so.40"},
		{"Debian's folder", fake(underOpenMPI, debian, "/usr/bin/orterun"), "", "/usr/lib/x86_64-linux-gnu/libmpi.so.40 libmpi.so.40"},
		{"Debian's other one", fake(underHydra, debian, "/usr/bin/hydra_pmi_proxy"), "", "/usr/lib/x86_64-linux-gnu/libmpich.so.12 libmpi.so.12"},
		{"a launcher of a common name", fake(underHydra, opt, "/opt/m/bin/mpiexec"), "", "/opt/m/lib/libmpi.so.12"},
		{"standard on demand", fake(underHydra+Variable+"=std", opt, "/opt/m/bin/hydra_pmi_proxy"), "",
			"/opt/m/lib/libmpi_abi.so.1 libmpi_abi.so.1 libmpi_abi.so.0 libmpi_abi.so"},
		{"srun has nothing beside it", fake(underSrun, debian, "/usr/sbin/slurmstepd"), "", "libmpi.so.40 libmpi.so.80 libmpi.so.12 libmpich.so.12"},
		{"srun and a wish", fake(underSrun, debian, "/usr/sbin/slurmstepd"), "mpich", "libmpi.so.12 libmpich.so.12"},
		{"no launcher", fake("", opt, "/bin/bash"), "", "libmpi.so.40 libmpi.so.80 libmpi.so.12 libmpich.so.12 libmpi_abi.so.1"},
		{"any", fake(underHydra, nil), "any", "libmpi.so.12 libmpich.so.12"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, list, err := c.s.find(c.wish)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, one := range list {
				got = append(got, one.path)
			}
			want := strings.Fields(c.want)
			if strings.HasPrefix(c.name, "a path") && len(got) != 1 {
				t.Errorf("others besides: %v", got)
			}
			if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestFindErrors(t *testing.T) {
	for _, c := range []struct{ env, wish, want string }{
		{"", "mvapich", `the library wished for="mvapich" is neither openmpi, mpich, std or any, nor the path of a library`},
		{Variable + "=x", "", Variable + `="x" is neither`},
		{"PMI_RANK=x", "", `launch: PMI_RANK="x" is not a number`},
	} {
		if _, _, err := fake(c.env, nil).find(c.wish); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.want, err)
		}
	}
}

// An interface that cannot belong to the launcher is not taken.
func TestServes(t *testing.T) {
	for _, c := range []struct {
		f    Flavor
		kind launch.Kind
		want bool
	}{
		{OpenMPI, launch.OpenMPI, true}, {MPICH, launch.OpenMPI, false}, {Standard, launch.OpenMPI, true},
		{OpenMPI, launch.Hydra, false}, {MPICH, launch.Hydra, true}, {Standard, launch.Hydra, true},
		{OpenMPI, launch.Slurm, true}, {MPICH, launch.Slurm, true}, {MPICH, launch.None, true},
	} {
		if got := c.f.serves(c.kind); got != c.want {
			t.Errorf("%s for %s: %v", c.f, c.kind, got)
		}
	}
}

func TestAttempts(t *testing.T) {
	var tried attempts
	tried.add(candidate{"libmpi.so.40", "for srun", OpenMPI}, errors.New("cannot open"))
	tried.add(candidate{"libmpi.so.12", "for srun", MPICH}, fmt.Errorf("its interface is %s", OpenMPI))
	err := tried.err(launch.Slurm)
	const want = "no MPI library fits, started by srun; set D4_MPI to the path of one. Tried:\n" +
		"  libmpi.so.40 (for srun): cannot open\n  libmpi.so.12 (for srun): its interface is openmpi"
	if !errors.Is(err, ErrNone) || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestParents(t *testing.T) {
	list := parents()
	if len(list) == 0 {
		t.Skip("SKIP: no /proc")
	}
	for _, exe := range list {
		if exe != "" && exe[0] != '/' {
			t.Errorf("%q is no path", exe)
		}
	}
}

func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		text, name string
		kind       launch.Kind
		major      int
	}{
		{"mpirun.openmpi (OpenRTE) 4.1.4\n\nReport bugs to ...", "Open MPI 4.1.4", launch.OpenMPI, 4},
		{"mpirun (Open MPI) 5.0.11\n", "Open MPI 5.0.11", launch.OpenMPI, 5},
		{"HYDRA build details:\n    Version:                                 4.0.2\n    Release Date: ...", "MPICH 4.0.2", launch.Hydra, 4},
		{"Intel(R) MPI Library for Linux* OS, Version 2021.18 Build 20260101", "Intel MPI 2021.18", launch.Hydra, 2021},
		{"GNU bash, version 5.2", "", launch.None, 0},
	} {
		l, ok := describe(c.text)
		if l.Name != c.name || l.Kind != c.kind || l.Major() != c.major || ok != (c.name != "") {
			t.Errorf("%q: %+v", c.text, l)
		}
	}
}

func TestCommand(t *testing.T) {
	for _, c := range []struct {
		kind launch.Kind
		want string
	}{
		{launch.OpenMPI, "/opt/bin/run -n 3 --oversubscribe --bind-to none prog a b"},
		{launch.Hydra, "/opt/bin/run -n 3 prog a b"},
	} {
		cmd := Launcher{Path: "/opt/bin/run", Kind: c.kind}.Command(context.Background(), 3, Standard, "prog", "a", "b")
		if got := strings.Join(cmd.Args, " "); got != c.want || !slices.Contains(cmd.Env, "D4_MPI=std") {
			t.Errorf("%s", got)
		}
	}
}

// What is set already stands.
func TestTune(t *testing.T) {
	for i, v := range tuning(1000) {
		t.Setenv(v[0], "17")
		if i > 0 {
			os.Unsetenv(v[0]) // until the test ends
		}
	}
	if err := tune(1000); err != nil {
		t.Fatal(err)
	}
	for i, v := range tuning(1000) {
		if got := os.Getenv(v[0]); (got == "17") != (i == 0) || i > 0 && got != v[1] {
			t.Errorf("%s=%s", v[0], got)
		}
	}
}
