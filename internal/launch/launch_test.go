package launch

import (
	"encoding/json"
	"strings"
	"testing"
)

// lookup makes variables of lines of the form NAME=value, as env prints them.
func lookup(lines string) func(string) (string, bool) {
	vars := map[string]string{}
	for _, line := range strings.Fields(lines) {
		name, value, _ := strings.Cut(line, "=")
		vars[name] = value
	}
	return func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}
}

func TestDetect(t *testing.T) {
	const (
		batch = "SLURM_JOB_ID=77 SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_NTASKS=8 SLURMD_NODENAME=n1 "
		step  = "SLURM_JOB_ID=77 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=4 SLURM_NTASKS=8 SLURM_PROCID=3 SLURM_LOCALID=1 SLURMD_NODENAME=n2 "
	)
	for _, c := range []struct {
		name, env string
		want      Launch
	}{
		{"shell", "HOSTNAME=laptop", Launch{None, 0, 1, -1, 0, "laptop", "", false}},
		{"empty variables", "OMPI_COMM_WORLD_RANK= PMI_RANK= PMIX_RANK= SLURM_STEP_ID=", Launch{None, 0, 1, -1, 0, "", "", false}},
		{"Open MPI", "OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_LOCAL_RANK=0 OMPI_COMM_WORLD_LOCAL_SIZE=2 PMIX_RANK=2 HOSTNAME=b",
			Launch{OpenMPI, 2, 4, 0, 2, "b", "", false}},
		{"Hydra", "PMI_RANK=1 PMI_SIZE=3 PMI_FD=9 MPI_LOCALRANKID=1 MPI_LOCALNRANKS=3", Launch{Hydra, 1, 3, 1, 3, "", "", true}},
		{"Intel's Hydra", "PMI_RANK=1 PMI_SIZE=3 MPI_LOCALRANKID=1 MPI_LOCALNRANKS=3 I_MPI_HYDRA_UUID=1", Launch{Hydra, 1, 3, 1, 3, "", "", false}},
		{"another PMI launcher", "PMI_RANK=1 PMI_SIZE=3 PMI_FD=9", Launch{Hydra, 1, 3, -1, 0, "", "", true}},
		{"PMIx alone", "PMIX_RANK=5 PMIX_NAMESPACE=x", Launch{PMIx, 5, 0, -1, 0, "", "", false}},
		{"batch script", batch, Launch{None, 0, 1, -1, 0, "n1", "77", false}},
		{"batch step with a number", batch + "SLURM_STEP_ID=4294967291", Launch{None, 0, 1, -1, 0, "n1", "77", false}},
		{"batch step of older Slurm", batch + "SLURM_STEPID=4294967294", Launch{None, 0, 1, -1, 0, "n1", "77", false}},
		{"interactive step", batch + "SLURM_STEP_ID=4294967290", Launch{None, 0, 1, -1, 0, "n1", "77", false}},
		{"srun", step, Launch{Slurm, 3, 4, 1, 0, "n2", "77", false}},
		{"srun without the step's size", "SLURM_STEPID=2 SLURM_JOBID=5 SLURM_NTASKS=8 SLURM_PROCID=7", Launch{Slurm, 7, 8, -1, 0, "", "5", false}},
		{"srun with pmi2", step + "PMI_RANK=3 PMI_SIZE=4 PMI_FD=9", Launch{Slurm, 3, 4, 1, 0, "n2", "77", false}},
		{"srun with pmix", step + "PMIX_RANK=3", Launch{Slurm, 3, 4, 1, 0, "n2", "77", false}},
		{"mpirun of Open MPI through srun", step + "OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2 PMIX_RANK=0", Launch{OpenMPI, 0, 2, -1, 0, "n2", "77", false}},
		{"mpirun of MPICH through srun", step + "PMI_RANK=6 PMI_SIZE=8 MPI_LOCALNRANKS=4 MPI_LOCALRANKID=2", Launch{Hydra, 6, 8, 2, 4, "n2", "77", true}},
		{"mpirun in a batch script", batch + "PMI_RANK=6 PMI_SIZE=8", Launch{Hydra, 6, 8, -1, 0, "n1", "77", true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Detect(lookup(c.env))
			if err != nil || got != c.want {
				t.Errorf("got %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestDetectErrors(t *testing.T) {
	for _, c := range []struct{ env, want string }{
		{"OMPI_COMM_WORLD_RANK=x OMPI_COMM_WORLD_SIZE=4", `launch: OMPI_COMM_WORLD_RANK="x" is not a number`},
		{"OMPI_COMM_WORLD_RANK=-1 OMPI_COMM_WORLD_SIZE=4", `launch: OMPI_COMM_WORLD_RANK="-1" is not a number`},
		{"OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=4.0", `launch: OMPI_COMM_WORLD_SIZE="4.0" is not a number`},
		{"OMPI_COMM_WORLD_RANK=1", "launch: OMPI_COMM_WORLD_SIZE is not set to a number of ranks, although Open MPI's mpirun started this program"},
		{"OMPI_COMM_WORLD_RANK=4 OMPI_COMM_WORLD_SIZE=4", "launch: OMPI_COMM_WORLD_RANK=4 is not below the number of ranks, 4"},
		{"PMI_RANK=1 PMI_SIZE=0", "launch: PMI_SIZE is not set to a number of ranks, although MPICH's mpirun started this program"},
		{"PMI_RANK=1 PMI_SIZE=2 MPI_LOCALRANKID=one", `launch: MPI_LOCALRANKID="one" is not a number`},
		{"PMIX_RANK=99999999999", `launch: PMIX_RANK="99999999999" is not a number`},
		{"SLURM_STEP_ID=batch SLURM_PROCID=0", `launch: SLURM_STEP_ID="batch" is not a number`},
		{"SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=all", `launch: SLURM_NTASKS="all" is not a number`},
	} {
		if got, err := Detect(lookup(c.env)); err == nil || err.Error() != c.want || got != (Launch{}) {
			t.Errorf("%s:\ngot  %+v, %v\nwant %s", c.env, got, err, c.want)
		}
	}
}

func TestCurrent(t *testing.T) {
	l, err := Current()
	if err != nil || l.Size < 0 || l.Kind == None && l.Size != 1 {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestFinding(t *testing.T) {
	got, err := json.Marshal(Finding{Subject: "MPICH", Status: Missing, Text: "no libmpi", Remedy: "module load mpich"})
	const want = `{"subject":"MPICH","status":"missing","text":"no libmpi","remedy":"module load mpich"}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	var back Finding
	if err := json.Unmarshal(got, &back); err != nil || back.Status != Missing {
		t.Errorf("read again it is %+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"status":"ill"}`), &back); err == nil {
		t.Error("there is no such status")
	}
	if Kind(99).String() != "unknown launcher" || Status(99).String() != "unknown" {
		t.Error("a number without a name has one")
	}
}
