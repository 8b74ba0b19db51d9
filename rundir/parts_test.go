package rundir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestFirstPart: a later part stands for all of them, wherever the folder is now; what
// only looks like a part, or goes on in a folder of another name, for itself.
func TestFirstPart(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ path, continues, want string }{
		{"job-12", "", "job-12"},
		{"job-12-2", "runs/job-12", "job-12"},
		{"job-12-4", "/elsewhere/job-12-3", "job-12"},
		{"x", "", "x"},
		{"x-2", "x", "x"},
		{"other", "x", "other"},
		{"other-3", "x", "other-3"},
		{"other-4", "x-2", "other-4"},
		{"a-12", "a-7", "a-12"},
		{"none-2", "-", "none-2"},
	} {
		path := filepath.Join(dir, c.path)
		if c.continues != "-" {
			r := Run{Format: Format, State: Partial, Continues: c.continues}
			if err := errors.Join(os.MkdirAll(path, 0o777), r.write(path)); err != nil {
				t.Fatal(err)
			}
		}
		if got := FirstPart(path + "/"); got != filepath.Join(dir, c.want) {
			t.Errorf("%s, which goes on from %q: %s, expected %s", c.path, c.continues, got, c.want)
		}
	}
	put(t, filepath.Join(dir, "job-12-3"), "a file, which Create goes past")
	if parts, err := Parts(filepath.Join(dir, "job-12-4")); err != nil || len(parts) != 3 || parts[0].Path != filepath.Join(dir, "job-12") || parts[2].Path != filepath.Join(dir, "job-12-4") {
		t.Errorf("%d parts: %v", len(parts), err)
	}
}
