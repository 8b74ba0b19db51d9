package abi

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/dispel4go/dispel4go/internal/launch"
)

// A Launcher is a command of this machine that starts ranks.
type Launcher struct {
	Name    string      // whose it is and its version, such as "MPICH 4.0.2"
	Path    string      // of the command
	Kind    launch.Kind // what a program started by it will find out
	Flavors []Flavor    // interfaces of the libraries that belong to it
}

// commands are the names of launchers; what is there by several names is
// found by the first.
var commands = []string{"mpiexec.hydra", "mpirun.openmpi", "mpirun", "mpiexec", "prterun"}

// Launchers lists the launchers in the folders of the variable PATH, then in
// the folders given. It runs each to ask for its version.
func Launchers(ctx context.Context, folders ...string) []Launcher {
	s := here()
	path, _ := s.lookup("PATH")
	var list []Launcher
	seen := map[string]bool{}
	for _, dir := range append(filepath.SplitList(path), folders...) {
		for _, name := range commands {
			file := filepath.Join(dir, name)
			real, err := filepath.EvalSymlinks(file)
			if err != nil || seen[real] {
				continue
			}
			seen[real] = true
			ask := exec.CommandContext(ctx, file, "--version")
			ask.Env = append(os.Environ(), pathWith(dir))
			text, err := ask.CombinedOutput()
			if err != nil {
				continue
			}
			l, ok := describe(string(text))
			key := dir + " " + l.Kind.String() // wrappers of a launcher lie beside it
			if !ok || seen[key] {
				continue
			}
			seen[key] = true
			l.Path = file
			l.Flavors = s.offered(filepath.Dir(filepath.Dir(real)), l.Kind)
			list = append(list, l)
		}
	}
	return list
}

// pathWith puts the folder of a launcher first in PATH: some are scripts that
// look for the real one there, and would start another installation's.
func pathWith(dir string) string {
	return "PATH=" + dir + string(filepath.ListSeparator) + os.Getenv("PATH")
}

// What launchers say of themselves when asked for their version.
var (
	openMPIVersion = regexp.MustCompile(`\((?:Open MPI|OpenRTE)\) (\d[\w.]*)`)
	intelVersion   = regexp.MustCompile(`Intel\(R\) MPI Library .*Version (\d[\w.]*)`)
	hydraVersion   = regexp.MustCompile(`(?s)HYDRA build details:.*?Version:\s+(\d[\w.]*)`)
)

// describe reads name and kind of a launcher from what it says.
func describe(version string) (Launcher, bool) {
	for _, c := range []struct {
		name string
		kind launch.Kind
		text *regexp.Regexp
	}{
		{"Open MPI", launch.OpenMPI, openMPIVersion},
		{"Intel MPI", launch.Hydra, intelVersion},
		{"MPICH", launch.Hydra, hydraVersion},
	} {
		if m := c.text.FindStringSubmatch(version); m != nil {
			return Launcher{Name: c.name + " " + m[1], Kind: c.kind}, true
		}
	}
	return Launcher{}, false
}

// offered lists the interfaces of libraries under the prefix of a launcher.
func (s surroundings) offered(prefix string, kind launch.Kind) []Flavor {
	var list []Flavor
	for _, f := range s.preferred(kind) {
		if len(s.libraries(prefix, f)) > 0 {
			list = append(list, f)
		}
	}
	return list
}

// Major is the first number of the launcher's version.
func (l Launcher) Major() int {
	version := l.Name[strings.LastIndexByte(l.Name, ' ')+1:]
	first, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(first)
	if err != nil {
		return 0
	}
	return n
}

// Refuses says what the launcher wants before it starts ranks for this user,
// which Command gives it; "" if nothing.
func (l Launcher) Refuses() string {
	if l.Kind == launch.OpenMPI && os.Geteuid() == 0 && os.Getenv("OMPI_ALLOW_RUN_AS_ROOT") == "" {
		return "for root it starts ranks only with OMPI_ALLOW_RUN_AS_ROOT=1 and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1, or --allow-run-as-root"
	}
	return ""
}

// Command is what starts n ranks of a program on this machine, be there cores
// for them or not, and as any user. Flavor chooses the interface; Unknown
// leaves the choice to the finding rules.
func (l Launcher) Command(ctx context.Context, n int, f Flavor, program string, args ...string) *exec.Cmd {
	words := []string{"-n", strconv.Itoa(n)}
	if l.Kind == launch.OpenMPI {
		// Bound to a core each, as two ranks are by default, Go would have one
		// core for what runs and what polls.
		words = append(words, "--oversubscribe", "--bind-to", "none")
	}
	cmd := exec.CommandContext(ctx, l.Path, append(append(words, program), args...)...)
	cmd.Env = append(os.Environ(), "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
		"PRTE_ALLOW_RUN_AS_ROOT=1", "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1",
		pathWith(filepath.Dir(l.Path)))
	if f != Unknown {
		cmd.Env = append(cmd.Env, Variable+"="+f.String())
	}
	return cmd
}
