package launch

import (
	"fmt"
	"os"
	"strconv"
)

// Kind is a family of launchers.
type Kind uint8

const (
	// None: started by a shell, or by a Slurm batch script without srun.
	None Kind = iota
	// OpenMPI is the mpirun of Open MPI.
	OpenMPI
	// Hydra is the mpirun of MPICH and of what descends from it.
	Hydra
	// Slurm is srun, with whatever PMI it offers.
	Slurm
	// PMIx is any other launcher that speaks PMIx.
	PMIx
)

var kindNames = [...]string{None: "none", OpenMPI: "Open MPI's mpirun", Hydra: "MPICH's mpirun", Slurm: "srun", PMIx: "a PMIx launcher"}

// String names the launcher as in a message.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown launcher"
}

// EndsAll reports whether the launcher may end all ranks as soon as one has ended
// with a code other than 0, also before any of them has started MPI: srun does
// with -K.
func (k Kind) EndsAll() bool { return k == OpenMPI || k == Slurm }

// Serving says how else the launcher may be made to serve a library; "" where
// nothing can be done.
func (k Kind) Serving() string {
	if k == Slurm {
		return ", or give srun the --mpi= that it was built for: pmix for Open MPI, pmi2 for MPICH and Intel MPI, cray_shasta for Cray MPICH"
	}
	return ""
}

// A Launch is what the environment says of how this program was started.
type Launch struct {
	Kind Kind
	Rank int // 0 without a launcher
	Size int // 1 without a launcher, 0 if the launcher does not tell
	// LocalRank numbers the ranks of this node from 0; -1 if not told.
	LocalRank int
	LocalSize int    // how many ranks are on this node; 0 if not told
	Node      string // the name of this node, "" if not told
	Job       string // Slurm's number of the job, also without a launcher; or ""
	// LosesCodes says that the launcher may lose the exit code of ranks that it has handed
	// a signal on to. That of MPICH 4.0 takes 0 for the code of those that it has not yet
	// asked for it when none of them can print any more; Intel's does not.
	LosesCodes bool
}

// Current is the Launch of this program. Where no variable names the node, it
// is this host's name.
func Current() (Launch, error) {
	l, err := Detect(os.LookupEnv)
	if err == nil && l.Node == "" {
		l.Node, _ = os.Hostname() // a missing name is no reason not to run
	}
	return l, err
}

// names are the variables that one launcher sets; the first that is set counts.
type names struct{ rank, size, localRank, localSize []string }

var variables = map[Kind]names{
	OpenMPI: {[]string{"OMPI_COMM_WORLD_RANK"}, []string{"OMPI_COMM_WORLD_SIZE"}, []string{"OMPI_COMM_WORLD_LOCAL_RANK"}, []string{"OMPI_COMM_WORLD_LOCAL_SIZE"}},
	Hydra:   {[]string{"PMI_RANK"}, []string{"PMI_SIZE"}, []string{"MPI_LOCALRANKID"}, []string{"MPI_LOCALNRANKS"}},
	// SLURM_NTASKS is the job's where a step has no number of its own.
	Slurm: {[]string{"SLURM_PROCID"}, []string{"SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_NPROCS"}, []string{"SLURM_LOCALID"}, nil},
	PMIx:  {[]string{"PMIX_RANK"}, nil, nil, nil},
}

// Detect reads a Launch from variables, which lookup knows as os.LookupEnv
// does. A variable that is set to nothing counts as not set. The error names
// the variable that makes no sense.
func Detect(lookup func(string) (string, bool)) (Launch, error) {
	env := environment(lookup)
	l := Launch{Size: 1, LocalRank: -1, Node: env.first("SLURMD_NODENAME", "HOSTNAME"), Job: env.first("SLURM_JOB_ID", "SLURM_JOBID")}
	var err error
	if l.Kind, err = env.kind(); err != nil {
		return Launch{}, err
	}
	if l.Kind == None {
		return l, nil
	}
	l.LosesCodes = l.Kind == Hydra && !env.has("I_MPI_HYDRA_UUID")
	vars := variables[l.Kind]
	if l.Rank, err = env.number(0, vars.rank...); err != nil {
		return Launch{}, err
	}
	if l.Size, err = env.number(0, vars.size...); err != nil {
		return Launch{}, err
	}
	if l.LocalRank, err = env.number(-1, vars.localRank...); err != nil {
		return Launch{}, err
	}
	if l.LocalSize, err = env.number(0, vars.localSize...); err != nil {
		return Launch{}, err
	}
	switch {
	case l.Size == 0 && vars.size != nil:
		return Launch{}, fmt.Errorf("launch: %s is not set to a number of ranks, although %s started this program", vars.size[0], l.Kind)
	case l.Size > 0 && l.Rank >= l.Size:
		return Launch{}, fmt.Errorf("launch: %s=%d is not below the number of ranks, %d", vars.rank[0], l.Rank, l.Size)
	}
	return l, nil
}

// environment is a lookup with the questions that are asked of it.
type environment func(string) (string, bool)

// kind finds the innermost launcher. Open MPI's mpirun sets PMIX_RANK too, and
// may start its daemons with srun; so may MPICH's, which unlike an srun with
// PMI tells the ranks how many they are on their node.
func (env environment) kind() (Kind, error) {
	step, err := env.inStep()
	if err != nil {
		return None, err
	}
	switch {
	case env.has("OMPI_COMM_WORLD_RANK"):
		return OpenMPI, nil
	case env.has("PMI_RANK") && (!step || env.has("MPI_LOCALNRANKS") || env.has("HYDI_CONTROL_FD")):
		return Hydra, nil
	case step:
		return Slurm, nil
	case env.has("PMIX_RANK"):
		return PMIx, nil
	}
	return None, nil
}

// firstSpecialStep is where Slurm's numbers begin of the steps that srun did
// not start to run ranks: interactive, batch, external (slurm.h).
const firstSpecialStep = 0xfffffff0

// inStep tells whether this is in a step of srun. A batch script has a process
// number, but no step or a special one.
func (env environment) inStep() (bool, error) {
	name, value := env.set("SLURM_STEP_ID", "SLURM_STEPID")
	if value == "" {
		return false, nil
	}
	step, err := strconv.ParseUint(value, 10, 32)
	if err != nil {
		return false, malformed(name, value)
	}
	return step < firstSpecialStep && env.has("SLURM_PROCID"), nil
}

// set returns the first of several variables that is set, and its value.
func (env environment) set(list ...string) (name, value string) {
	for _, name := range list {
		if value, ok := env(name); ok && value != "" {
			return name, value
		}
	}
	return "", ""
}

func (env environment) first(list ...string) string {
	_, value := env.set(list...)
	return value
}

func (env environment) has(name string) bool { return env.first(name) != "" }

// number reads a number of ranks from the first variable that is set; absent
// is what it is where none is.
func (env environment) number(absent int, list ...string) (int, error) {
	name, value := env.set(list...)
	if name == "" {
		return absent, nil
	}
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0, malformed(name, value)
	}
	return int(n), nil
}

func malformed(name, value string) error {
	return fmt.Errorf("launch: %s=%q is not a number", name, value)
}
