package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBadJobs: whatever is wrong with a job is said in one line with its place,
// exit code 2, and there is no run directory.
func TestBadJobs(t *testing.T) {
	const (
		source  = "[[pe]]\nname = \"a\"\ntype = \"pes.Range\"\n"
		tee     = "[[pe]]\nname = \"b\"\ntype = \"pes.Sample\"\nitems = \"int\"\n"
		floats  = "[[pe]]\nname = \"b\"\ntype = \"pes.Count\"\nitems = \"float64\"\n"
		words   = "[[pe]]\nname = \"b\"\ntype = \"pes.Words\"\n"
		discard = "[[pe]]\nname = \"c\"\ntype = \"pes.Discard\"\n"
	)
	join := func(from, to, more string) string {
		return "[[connect]]\nfrom = \"" + from + "\"\nto = \"" + to + "\"\n" + more
	}
	for _, c := range []struct{ name, job, want string }{
		{"empty", "", "job.toml:1:1: the job is empty"},
		{"no TOML", "name = ", "job.toml:1:"},
		{"unknown PE", strings.Replace(source, "Range", "Rang", 1), `job.toml:3:8: there is no PE of type "pes.Rang"; did you mean "pes.Range"?`},
		{"unknown key", source + "instnces = 2\n" + discard + join("a.out", "c.in", ""), `job.toml:4:1: [[pe]] has no key "instnces"; did you mean "instances"?`},
		{"wrong type", source + "instances = \"two\"\n" + discard + join("a.out", "c.in", ""), "job.toml:4:13: "},
		{"unknown port", source + discard + join("a.uot", "c.in", ""), `job.toml:8:8: a has no output "uot"`},
		{"parameter out of range", source + tee + "with = { fraction = 2.0 }\n" + discard + join("a.out", "b.in", "") + join("b.out", "c.in", ""), "fraction = 2 is more than the greatest value"},
		{"unlike items", source + words + discard + join("a.out", "b.in", "") + join("b.out", "c.in", ""), "items of a.out are int, but b.in takes string"},
		{"unconnected", source + discard + "items = \"int\"\n", "c.in: nothing is connected to this input"},
		{"cycle", strings.Replace(tee, `"b"`, `"a"`, 1) + tee + join("a.out", "b.in", "") + join("b.out", "a.in", ""), "a cycle, which cannot run, as a stream flows one way: leave out a connection of a -> b -> a"},
		{"duplicate name", source + source + discard + join("a.out", "c.in", ""), `"a"`},
		{"no such key", "[[pe]]\nname = \"a\"\ntype = \"pes.Mean\"\nitems = \"float64\"\n" + floats + join("a.out", "b.in", "grouping = { by = \"value\" }\n") + "[input]\n\"a.in\" = [1.0]\n", `float64 has no key "value"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "job.toml"), []byte(c.job), 0o666); err != nil {
				t.Fatal(err)
			}
			outcomeOf(t, program(dir, "run", "job.toml")).oneLine(t, 2, c.want)
			if left := names(t, dir); len(left) != 1 {
				t.Errorf("it left %v", left)
			}
		})
	}
}
