//go:build cgo && linux

package cli_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/internal/launch"
	"github.com/dispel4go/dispel4go/mpi/mpitest"
)

// doctor asks it for the mpi mapping, with these variables.
func doctor(t *testing.T, env ...string) []launch.Finding {
	t.Helper()
	cmd := program(t.TempDir(), "doctor", "mpi", "--json")
	cmd.Env = append(cmd.Env, env...)
	got := outcomeOf(t, cmd)
	var v struct{ Findings []launch.Finding }
	if err := json.Unmarshal([]byte(got.stdout), &v); err != nil {
		t.Fatalf("%v: %s%s", err, got.stdout, got.stderr)
	}
	broken := slices.ContainsFunc(v.Findings, func(f launch.Finding) bool { return f.Status == launch.Broken })
	if broken != (got.code == 1) || !broken && got.code != 0 {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	return v.Findings
}

// TestDoctor: it finds each MPI by its launcher, has two ranks meet, and says
// how to start them.
func TestDoctor(t *testing.T) {
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) {
		name := m.Launcher.Name
		if m.Flavor != 0 {
			name += ", " + m.Flavor.String()
		}
		for _, f := range doctor(t, "PATH="+filepath.Dir(m.Launcher.Path)) {
			if f.Subject != name {
				continue
			}
			if f.Status != launch.OK && f.Status != launch.Warn || !strings.HasPrefix(f.Text, "2 ranks, once around in ") || !strings.Contains(f.Text, m.Launcher.Path+" -n 4") ||
				!strings.Contains(f.Text, "ABI ") || (m.Flavor != 0) != strings.Contains(f.Text, "D4_MPI="+m.Flavor.String()) {
				t.Errorf("%+v", f)
			}
			return
		}
		t.Errorf("%s was not found", name)
	})
}

// TestDoctorAsRanks: ranks of any launch tell of it.
func TestDoctorAsRanks(t *testing.T) {
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) {
		got := under(t, m, 3, t.TempDir(), "doctor")
		if got.code != 0 || strings.Count(got.stdout, "3 ranks, once around in") != 1 {
			t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
		}
	})
}

// TestDoctorSlurm: that there is no Slurm is told, and is no failure.
func TestDoctorSlurm(t *testing.T) {
	cmd := program(t.TempDir(), "doctor", "slurm")
	cmd.Env = append(cmd.Env, "PATH=/nowhere")
	if got := outcomeOf(t, cmd); got.code != 0 || !strings.HasPrefix(got.stdout, "missing  Slurm ") || !strings.Contains(got.stdout, "to do: on a cluster") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
}

// TestDoctorFindsNone: a wish that cannot be met is said with all that was
// tried, and so is it that there is nothing.
func TestDoctorFindsNone(t *testing.T) {
	found := doctor(t, "D4_MPI=/nowhere/libmpi.so.12")
	if len(found) != 1 || found[0].Status != launch.Broken || !strings.Contains(found[0].Text, "/nowhere/libmpi.so.12 (D4_MPI): cannot open") {
		t.Errorf("%+v", found)
	}
	// What the dynamic linker finds depends on what is installed.
	for _, f := range doctor(t, "PATH=/nowhere") {
		if f.Status != launch.Missing && f.Status != launch.Warn || f.Remedy == "" {
			t.Errorf("%+v", f)
		}
	}
}
