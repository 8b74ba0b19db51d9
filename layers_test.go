package dispel4go_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/dispel4go/dispel4go"

// floors is the house. A package imports only from floors below its own, and
// within a floor only those listed before it. Tests may import anything.
// Packages that are not there yet have their place already; one that is not in
// the table has none.
var floors = [][]string{
	0: slices.Concat([]string{"internal/garbage", "internal/newfile", "internal/numbers", "internal/port", ".", "registry", "internal/launch", "internal/sizeclass", "internal/python", "internal/golden", "transport", "transport/transporttest", "internal/kernel", "internal/kernel/gen", "internal/wire", "internal/xmltext"}, formats),
	1: {"partition", "local", "mpi/internal/abi", "mpi/mpitest", "mpi", "plot", "rundir", "pes", "pes/petest", "seismo"},
	2: {"engine", "internal/sim", "internal/oracle", "engine/enginetest"},
	3: {"jobs", "storm", "spark", "checkpoint", "pype", "run"},
	4: {"slurm", "bench", "bench/peers", "bench/partition", "bench/flame", "bench/thousand"},
	5: {"cli"},
	6: {"cmd/dispel4go", "examples/custom"},
}

// formats are the formats, protocols and numerics on plain slices. They have
// never heard of workflows: of the rest of the house they import nothing but tools.
var formats = []string{
	"zarr", "npy", "netcdf",
	"seismo/fft", "seismo/dsp", "seismo/response", "seismo/merge", "seismo/rotate", "seismo/trigger", "seismo/psd", "seismo/array", "seismo/xcorr",
	"seismo/dvv", "seismo/misfit", "seismo/motion", "seismo/mseed", "seismo/sds", "seismo/sac", "seismo/geojson", "seismo/stationxml", "seismo/quakeml", "seismo/resp",
	"seismo/fdsn", "seismo/seedlink", "seismo/seedlink/seedlinktest", "seismo/synth", "seismo/moveout",
}

// tools are what formats import of the rest of the house.
var tools = []string{"internal/kernel", "internal/newfile", "internal/numbers", "internal/xmltext"}

// place is the floor of a package and where it stands on it.
func place(pkg string) (floor, at int, ok bool) {
	for floor, all := range floors {
		if at := slices.Index(all, pkg); at >= 0 {
			return floor, at, true
		}
	}
	return 0, 0, false
}

// arrow says why a package may not import another, if that is so. Both are
// relative to the module.
func arrow(from, to string) error {
	f, at, ok := place(from)
	if !ok {
		return fmt.Errorf("%s has no floor: give it a place in layers_test.go and in docs/design.md", from)
	}
	g, before, ok := place(to)
	switch {
	case !ok:
		return fmt.Errorf("%s imports %s, which has no floor", from, to)
	case slices.Contains(formats, from) && !slices.Contains(tools, to) && !slices.Contains(formats, to):
		return fmt.Errorf("%s imports %s, but formats and numerics know nothing of workflows", from, to)
	case g > f:
		return fmt.Errorf("%s (floor %d) imports %s (floor %d) above it", from, f, to, g)
	case g == f && before >= at:
		return fmt.Errorf("%s (floor %d) imports %s, which does not stand before it on its floor", from, f, to)
	}
	return nil
}

func TestLayers(t *testing.T) {
	packages := goFiles(t)
	if len(packages) < 10 {
		t.Fatalf("only %d packages were found", len(packages))
	}
	for _, pkg := range slices.Sorted(maps.Keys(packages)) {
		if _, _, ok := place(pkg); !ok {
			t.Error(arrow(pkg, "."))
			continue
		}
		seen := map[string]bool{}
		for _, file := range packages[pkg] {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range parsed.Imports {
				name, _ := strconv.Unquote(i.Path.Value)
				to, ours := strings.CutPrefix(name+"/", module+"/")
				to = path.Clean(to)
				if !ours || seen[to] {
					continue
				}
				seen[to] = true
				if err := arrow(pkg, to); err != nil {
					t.Errorf("%s: %v", file, err)
				}
			}
		}
	}
}

// goFiles returns the files of every package of the module that are no tests,
// whatever system they are for.
func goFiles(t *testing.T) map[string][]string {
	t.Helper()
	packages := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		switch {
		case d.IsDir() && name != "." && (base == "testdata" || name == "build" || base[0] == '.' || base[0] == '_'):
			return fs.SkipDir
		case !d.IsDir() && strings.HasSuffix(base, ".go") && !strings.HasSuffix(base, "_test.go"):
			dir := filepath.ToSlash(filepath.Dir(name))
			packages[dir] = append(packages[dir], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

func TestArrows(t *testing.T) {
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"engine", ".", true},
		{"engine", "partition", true},
		{"cmd/dispel4go", "cli", true},
		{".", "internal/port", true},
		{"internal/wire", "internal/kernel", true},
		{"seismo/dsp", "seismo/fft", true},
		{"seismo/mseed", "internal/kernel", true},
		{"internal/sim", "engine", true},
		{"internal/port", ".", false},     // backwards on one floor
		{".", "partition", false},         // up
		{"partition", "engine", false},    // up
		{"engine", "internal/sim", false}, // backwards on one floor
		{"local", "engine", false},        // up
		{"seismo/fft", "internal/port", false},
		{"seismo/mseed", "transport", false},
		{"zarr", "npy", false},
		{"engine", "engine", false},
		{"engine/util", ".", false},
		{"engine", "internal/util", false},
	} {
		if err := arrow(c.from, c.to); (err == nil) != c.ok {
			t.Errorf("%s -> %s: %v", c.from, c.to, err)
		}
	}
	seen := map[string]bool{}
	for _, pkg := range slices.Concat(floors...) {
		if seen[pkg] {
			t.Errorf("%s stands in two places", pkg)
		}
		seen[pkg] = true
	}
}

// vendors is what code says that treats the MPI or the launcher of one vendor in
// its own way.
var vendors = regexp.MustCompile(`launch\.(OpenMPI|Hydra|PMIx)\b|\b(OMPI|PMI|PMIX|PRTE|UCX|I_MPI|MPICH)_\w|libmpi|ompi_`)

// TestVendors: whose MPI it is is known to no package but those that are there
// for it, and to tests and comparisons.
func TestVendors(t *testing.T) {
	known := []string{"mpi/internal/abi/", "internal/launch/", "mpi/mpitest/", "bench/peers/"}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (path == "build" || path == ".git"):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		case slices.ContainsFunc(known, func(dir string) bool { return strings.HasPrefix(filepath.ToSlash(path), dir) }):
			return nil
		}
		text, err := os.ReadFile(path)
		if found := vendors.Find(text); found != nil {
			t.Errorf("%s knows of %s", path, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
