package abi

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/dispel4go/dispel4go/internal/launch"
)

// Variable is the environment variable that says which library to open, where
// the caller of Open does not.
const Variable = "D4_MPI"

// ErrNone is returned by Open when no library could be opened; what was tried
// is in the text around it.
var ErrNone = errors.New("no MPI library fits")

// surroundings is what the finding rules look at.
type surroundings struct {
	lookup  func(string) (string, bool) // as os.LookupEnv
	exists  func(path string) bool
	parents func() []string // executables of the parent processes, nearest first
	arch    string          // as runtime.GOARCH
}

func here() surroundings {
	return surroundings{os.LookupEnv, func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	}, parents, runtime.GOARCH}
}

// A candidate is a library to try.
type candidate struct {
	path   string
	why    string
	flavor Flavor // what it has to be; Unknown: anything that serves the launcher
}

// find lists the libraries to try, in order.
//
// A path that was wished for is the only one. Else the launcher decides: the
// library that lies beside the executable that started us is the one that it
// belongs to, and file names alone do not tell two descendants of MPICH apart.
// After that come the names that fit the launcher's variables, wherever the
// dynamic linker finds them; that is all there is under srun.
func (s surroundings) find(text string) (launch.Kind, []candidate, error) {
	from := "the library wished for"
	if text == "" {
		text, _ = s.lookup(Variable)
		from = Variable
	}
	w, err := parseWish(text, from)
	if err != nil {
		return launch.None, nil, err
	}
	started, err := launch.Detect(s.lookup)
	if err != nil {
		return launch.None, nil, err
	}
	if w.path != "" {
		return started.Kind, []candidate{{path: w.path, why: w.from}}, nil
	}
	var list []candidate
	for _, path := range s.besideLauncher(w.flavor) {
		list = append(list, candidate{path.name, "beside " + path.launcher, w.flavor})
	}
	flavors, why := s.preferred(started.Kind), "for "+started.Kind.String()
	switch {
	case w.flavor != Unknown: // even one that cannot belong to the launcher: Init will tell
		flavors, why = []Flavor{w.flavor}, w.from
	case started.Kind == launch.None:
		why = "no launcher"
	}
	for _, f := range flavors {
		for _, name := range sonames[f] {
			list = append(list, candidate{name, why, f})
		}
	}
	return started.Kind, list, nil
}

// preferred orders the interfaces for a launcher. Under PMIx it is Open MPI's
// most often, and where srun offers PMI2 alone it is a descendant of MPICH. The
// standard one is last where there is a native one: a library of another
// implementation may have left it there.
func (s surroundings) preferred(kind launch.Kind) []Flavor {
	_, pmix := s.lookup("PMIX_RANK")
	_, pmi := s.lookup("PMI_RANK")
	switch kind {
	case launch.OpenMPI:
		return []Flavor{OpenMPI, Standard}
	case launch.Hydra:
		return []Flavor{MPICH, Standard}
	case launch.Slurm:
		if pmi && !pmix {
			return []Flavor{MPICH, OpenMPI, Standard}
		}
	}
	return []Flavor{OpenMPI, MPICH, Standard}
}

// launcherFlavor are the executables that fork ranks, and the interface of
// what they belong to; Unknown where several call theirs so.
var launcherFlavor = map[string]Flavor{
	"orterun": OpenMPI, "orted": OpenMPI, "prterun": OpenMPI, "prted": OpenMPI, "prte": OpenMPI,
	"hydra_pmi_proxy": MPICH, "hydra_bstrap_proxy": MPICH, "mpiexec.hydra": MPICH, "mpiexec.gforker": MPICH,
	"mpirun": Unknown, "mpiexec": Unknown,
}

// A neighbor is a library that lies beside a launcher.
type neighbor struct{ name, launcher string }

// besideLauncher lists what lies in the folders of libraries beside that of
// the nearest parent process that is a launcher.
func (s surroundings) besideLauncher(wanted Flavor) []neighbor {
	for _, exe := range s.parents() {
		native, ok := launcherFlavor[filepath.Base(exe)]
		if !ok {
			continue
		}
		flavors := []Flavor{native, Standard}
		if native == Unknown {
			flavors = []Flavor{OpenMPI, MPICH, Standard}
		}
		if wanted != Unknown {
			flavors = []Flavor{wanted}
		}
		var list []neighbor
		for _, f := range flavors {
			for _, path := range s.libraries(filepath.Dir(filepath.Dir(exe)), f) {
				list = append(list, neighbor{path, exe})
			}
		}
		return list
	}
	return nil
}

// triplets are Debian's names of architectures in its library folder.
var triplets = map[string]string{
	"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu", "ppc64le": "powerpc64le-linux-gnu", "riscv64": "riscv64-linux-gnu",
}

// libraries lists the libraries of an interface that are installed under a
// prefix, by full path.
func (s surroundings) libraries(prefix string, f Flavor) []string {
	dirs := []string{"lib", "lib64", "lib/release"}
	if triplet := triplets[s.arch]; triplet != "" {
		dirs = append(dirs, "lib/"+triplet)
	}
	var list []string
	for _, dir := range dirs {
		for _, name := range sonames[f] {
			if path := filepath.Join(prefix, dir, name); s.exists(path) {
				list = append(list, path)
			}
		}
	}
	return list
}

// generations is how far up parents looks: a launcher, and the shells and
// wrappers between it and us.
const generations = 16

// parents lists the executables of the processes above this one as Linux
// tells them; elsewhere there are none.
func parents() []string {
	var list []string
	for pid := os.Getppid(); pid > 1 && len(list) < generations; {
		dir := "/proc/" + strconv.Itoa(pid)
		exe, err := os.Readlink(dir + "/exe")
		if err != nil {
			exe = "" // another user's: go on with its parent
		}
		list = append(list, strings.TrimSuffix(exe, " (deleted)"))
		stat, err := os.ReadFile(dir + "/stat")
		if err != nil {
			break
		}
		// The name of the command is in parentheses and may hold anything.
		_, rest, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
		fields := strings.Fields(rest)
		if len(fields) < 2 {
			break
		}
		if pid, err = strconv.Atoi(fields[1]); err != nil {
			break
		}
	}
	return list
}

// attempts says what was tried and how it went, one line each.
type attempts []string

func (a *attempts) add(c candidate, err error) {
	*a = append(*a, fmt.Sprintf("%s (%s): %v", c.path, c.why, err))
}

func (a attempts) err(kind launch.Kind) error {
	return fmt.Errorf("%w, started by %s; set %s to the path of one. Tried:\n  %s", ErrNone, kind, Variable, strings.Join(a, "\n  "))
}
