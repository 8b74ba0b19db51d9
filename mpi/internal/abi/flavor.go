package abi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dispel4go/dispel4go/internal/launch"
)

// A Flavor is a binary interface of MPI.
type Flavor uint8

const (
	// Unknown: any that is there.
	Unknown Flavor = iota
	// OpenMPI is the interface of Open MPI 3 to 5: handles are pointers.
	OpenMPI
	// MPICH is that of the MPICH ABI initiative: MPICH, Intel MPI, MVAPICH,
	// Cray MPICH. Handles are ints.
	MPICH
	// Standard is that of MPI 5.0, chapter 20; any library may offer it.
	Standard
)

var flavorNames = [...]string{Unknown: "any", OpenMPI: "openmpi", MPICH: "mpich", Standard: "std"}

// String is the word that a wish may use.
func (f Flavor) String() string {
	if int(f) < len(flavorNames) {
		return flavorNames[f]
	}
	return "unknown"
}

// sonames are the file names of libraries by interface, the likeliest first.
// Debian calls MPICH's libmpich. MPICH 5.0.0 and 5.0.1 shipped the standard
// library as .so.0 (pmodels/mpich#7867).
var sonames = [...][]string{
	OpenMPI:  {"libmpi.so.40", "libmpi.so.80"},
	MPICH:    {"libmpi.so.12", "libmpich.so.12"},
	Standard: {"libmpi_abi.so.1", "libmpi_abi.so.0", "libmpi_abi.so"},
}

// Names lists the file names of libraries, the likeliest first.
func Names() []string { return slices.Concat(sonames[:]...) }

// serves tells whether a library of flavor f can belong to a launcher. The
// standard one may belong to any, and launchers that only pass on addresses
// serve all.
func (f Flavor) serves(kind launch.Kind) bool {
	switch kind {
	case launch.OpenMPI:
		return f != MPICH
	case launch.Hydra:
		return f != OpenMPI
	}
	return true
}

// A wish is what the user has said of the library: a path, an interface, both
// unset for the best that is found.
type wish struct {
	path   string
	flavor Flavor
	from   string // who wishes, for messages
}

// parseWish reads a wish: empty or any, openmpi, mpich, std, or a path.
func parseWish(text, from string) (wish, error) {
	switch {
	case text == "":
		return wish{}, nil
	case strings.ContainsAny(text, "/.") || strings.HasPrefix(text, "lib"):
		return wish{path: text, from: from}, nil
	}
	for f, name := range flavorNames {
		if text == name {
			return wish{flavor: Flavor(f), from: from}, nil
		}
	}
	return wish{}, fmt.Errorf("%s=%q is neither openmpi, mpich, std or any, nor the path of a library", from, text)
}
