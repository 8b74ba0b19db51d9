package cli_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/run"
)

// shown is the page of a run; it is well-formed.
func shown(t *testing.T, runDir string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	if _, err := command(t, "report", runDir, "--html", file); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(string(page))); ; {
		if _, err := d.Token(); err == io.EOF {
			return string(page)
		} else if err != nil {
			t.Fatalf("%v:\n%s", err, page)
		}
	}
}

// TestReportPage: a run has a page with its graph, though its job is not there any
// more. It is put beside what there is, never over it.
func TestReportPage(t *testing.T) {
	dir := t.TempDir()
	job := pipe(t, dir, "bad.Words with = { items = 30 }", "pes.Sample instances = 2", "pes.WriteLines")
	at := filepath.Join(dir, "run")
	if got := outcomeOf(t, program(dir, "run", "job.toml", "--dir", "run", "-n", "2", "--mapping", "local", "-q")); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	os.Remove(job)
	page := shown(t, at)
	for _, want := range []string{`class="state complete"`, "<title>row</title>", ">p0</text>", ">p1 (2)</text>", ">p2</text>", "local, 2 ranks", "<td>p0</td><td>1</td><td>0</td><td>30</td>",
		"outputs/lines.txt</a>", "Where the time went", "<summary>The plan</summary>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if n := strings.Count(page, "marker-end"); n != 2 {
		t.Errorf("the graph has %d edges", n)
	}
	got := outcomeOf(t, program(dir, "report", "run", "--html", "page.html"))
	if got.code != 0 || !strings.HasPrefix(got.stdout, "row: complete") || got.stderr != "the page is page.html\n" {
		t.Errorf("%+v", got)
	}
	before, err := os.ReadFile(filepath.Join(dir, "page.html"))
	if err != nil {
		t.Fatal(err)
	}
	outcomeOf(t, program(dir, "report", "run", "--html", "page.html")).oneLine(t, 2, "page.html exists: remove it, or give another --html")
	outcomeOf(t, program(dir, "report", "run", "--html", "none/page.html")).oneLine(t, 2, "cannot write none/page.html: no such file or directory")
	outcomeOf(t, program(dir, "report", "run", "--html", "")).oneLine(t, 2, "--html needs the name of a file")
	outcomeOf(t, program(dir, "report", "none", "--html", "new.html")).oneLine(t, 2, "none is not a run directory")
	if after, err := os.ReadFile(filepath.Join(dir, "page.html")); err != nil || string(after) != string(before) {
		t.Errorf("the page that was there is another: %v", err)
	}
	if left := strings.Join(names(t, dir), " "); left != "page.html run" {
		t.Errorf("it left %s", left)
	}
}

// TestReportPageOfKilled: a run has a page while it goes on, and after it was killed.
func TestReportPageOfKilled(t *testing.T) {
	dir := t.TempDir()
	pipe(t, dir, "bad.Words", `bad.Tell with = { at = "first" }`, "pes.WriteLines")
	cmd := program(dir, "run", "job.toml", "--dir", "run", "-q", "--cores", "1")
	stdout := began(t, cmd, "first")
	for _, state := range []string{"running", "incomplete"} {
		page := shown(t, filepath.Join(dir, "run"))
		if !strings.Contains(page, `class="state `+state+`"`) || !strings.Contains(page, "Items so far") || !strings.Contains(page, ">p1</text>") || !strings.Contains(page, "There is no trace.csv") {
			t.Errorf("the page of a run that is %s:\n%s", state, page)
		}
		cmd.Process.Kill()
		io.ReadAll(stdout)
		cmd.Wait()
	}
}

// TestReportPageOfHostile: a run.json that somebody has been at has a page that says why there
// is no graph.
func TestReportPageOfHostile(t *testing.T) {
	for graph, want := range map[string]string{
		`null`:                            "run.json does not have it",
		`{"pes":[]}`:                      "run.json does not have it",
		`{"pes":[{}]}`:                    "<title>x</title>",
		`{"pes":[{}],"edges":[{"to":1}]}`: "edge 0 in run.json leads from PE 0 to 1 of 1",
		`{"pes":[{"name":"a"}],"edges":[{"from":-1}]}`:                                  "edge 0 in run.json leads from PE -1 to 0 of 1",
		`{"pes":[{"name":"a"},{"name":"b"}],"edges":[{"from":0,"to":1},{"from":1}]}`:    "in run.json it is a cycle",
		`{"pes":[` + strings.Repeat(`{"name":"a"},`, 300) + `{"name":"b"}],"edges":[]}`: "301 PEs and 0 edges are more than a picture can show",
		`{"pes":[{"name":"</svg><script>"}],"edges":[]}`:                                "&lt;/svg&gt;&lt;script&gt;",
		`{"pes":[{"name":"` + strings.Repeat("long", 1000) + `"}],"edges":[]}`:          "longlong...</text>",
		`{"pes":[{"name":"a"},{"name":"b"}],"edges":[{"to":1,"grouping":"<script>"}]}`:  "&lt;script&gt;",
	} {
		dir := t.TempDir()
		text := `{"format":1,"name":"x","state":"complete","graph":` + graph + `}`
		if err := os.WriteFile(filepath.Join(dir, "run.json"), []byte(text), 0o666); err != nil || !json.Valid([]byte(text)) {
			t.Fatal(err, text)
		}
		if page := shown(t, dir); !strings.Contains(page, want) || strings.Contains(page, "<script>") {
			t.Errorf("%.80s: there is no %q in\n%s", graph, want, page)
		}
		if err := os.WriteFile(filepath.Join(dir, "run.json"), []byte(text[:len(text)-2]), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := command(t, "report", dir, "--html", filepath.Join(dir, "x.html")); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("of half a run.json: %v", err)
		}
	}
}
