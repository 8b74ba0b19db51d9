package rundir

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pageOf is the page of a record, which is well-formed and needs nothing beside
// itself.
func pageOf(t *testing.T, r *Record, p Page) string {
	t.Helper()
	var b strings.Builder
	p.Made = noon.Add(70 * time.Second)
	if err := r.Report(p.Made).WriteHTML(&b, p); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v\n%s", err, &b)
		}
		e, ok := token.(xml.StartElement)
		if ok && strings.Contains(" script link img iframe object embed ", " "+e.Name.Local+" ") {
			t.Errorf("the page has an element %s", e.Name.Local)
		}
		for _, a := range e.Attr {
			outside := strings.Contains(a.Value, "//") && a.Name.Local != "xmlns" || strings.HasPrefix(a.Value, "javascript")
			if outside || strings.HasPrefix(a.Name.Local, "on") {
				t.Errorf("the page has %s=%q", a.Name.Local, a.Value)
			}
		}
	}
	return b.String()
}

func contains(t *testing.T, page string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %q:\n%s", want, page)
		}
	}
}

// TestPage: what there is of a run is on its page.
func TestPage(t *testing.T) {
	r := &Record{Path: t.TempDir(), Run: run(Complete), Rows: someRows, Outputs: []Output{{Name: "a b.csv", Bytes: 1500}, {Name: "b.zarr", Bytes: 5 << 20, Store: true, Unfinished: true}}}
	r.Run.Graph = &Graph{PEs: []Element{{"read", 1}, {"work", 2}, {"sink", 1}}, Edges: []Edge{{0, "out", 1, "in", "balanced"}, {1, "out", 2, "in", "balanced"}}}
	r.Run.Usage = []Usage{{0, "n1", 2, 9, 1 << 30}, {1, "n2", 2, 8, 2 << 30}}
	r.Run.Request, r.Run.Plan, r.Run.Bound = &Request{Nodes: 2, Cores: 4, Memory: 8 << 30, Time: 3600}, "chain 0: read", 4<<30
	put(t, filepath.Join(r.Path, "progress.csv"), "seconds,read,sink,work\n2,20,0,10\n10,100,100,100\n")
	put(t, filepath.Join(r.Path, "errors.jsonl"), `{"pe":"work","index":1,"port":"in","error":"no data","item":"item 3"}`+"\n")
	put(t, filepath.Join(r.Path, "log.jsonl"), `{"level":"WARN","msg":"odd","pe":"read"}`+"\n")
	page := pageOf(t, r, Page{Drawing: template.HTML("<svg><title>the graph</title></svg>"), Folder: r.Path})
	golden(t, "page.html", strings.ReplaceAll(page, r.Path, "RUNDIR"))
}

// TestPageOfStates: a run that has not come to its end has a page of what is there.
func TestPageOfStates(t *testing.T) {
	failed := run(Failed)
	failed.Cause = "work[1] on rank 1 (n2): in: item 7: no data\nstack"
	partial := run(Partial)
	partial.Cause, partial.Rest = "time limit reached", &Rest{}
	lost := run(Incomplete)
	lost.Result, lost.Items, lost.Ended = Result{}, map[string]uint64{"read": 70, "work": 60}, time.Time{}
	going := lost
	going.State = Running
	open := someRows[1]
	open.Ended = false
	for _, c := range []struct {
		r    Record
		want []string
	}{
		{Record{Run: failed, Rows: []Row{someRows[0], open}, Temporary: []string{"outputs/.a.csv.0123.tmp"}}, []string{
			`class="state failed"`, "item 7: no data\nstack", "mend the cause", "1 of 2 instances did not come to the end of their streams: work[0].", "outputs/.a.csv.0123.tmp"}},
		{Record{Run: partial, Rows: someRows}, []string{`class="state partial"`, "time limit reached", "--continue"}},
		{Record{Run: lost, Damage: []string{"trace.csv: line 3, column rank: no"}}, []string{
			`class="state incomplete"`, "it was killed or crashed", "line 3, column rank: no", "<td>read</td><td>70</td>", "There is no trace.csv", "There is no progress.csv", "Last heard of"}},
		{Record{Run: going}, []string{`class="state running"`, "<td>work</td><td>60</td>", "while the run was going on"}},
		{Record{Run: Run{Format: Format, State: Complete, Ended: noon}}, []string{"There are no instances in trace.csv", "There is nothing in outputs", "No items were skipped"}},
	} {
		c.r.Path = t.TempDir()
		contains(t, pageOf(t, &c.r, Page{NoDrawing: "There is no picture."}), append(c.want, "There is no picture.")...)
	}
}

// TestPageEscapes: nothing of what a run directory says becomes part of the page.
func TestPageEscapes(t *testing.T) {
	const bad = `"><script>alert('1')</script>&<img src=x onerror=y>`
	r := &Record{Path: t.TempDir(), Run: Run{Format: Format, Name: bad, State: Failed, JobFile: bad, JobID: bad, Plan: bad, Mapping: bad, Command: []string{bad},
		Host: bad, Hosts: []string{bad}, Versions: Versions{bad, bad, bad}, Cause: bad, Continues: bad, Single: []string{bad},
		Usage: []Usage{{Host: bad, CPU: 1, Peak: 1}}, Skipped: map[string]uint64{bad: 1}, Ended: noon,
		Graph:  &Graph{PEs: []Element{{bad, 1}}},
		Result: Result{Wall: 1, Sinks: map[string]Sink{bad: {1, bad}}, Summary: map[string]any{bad: bad}}},
		Rows:    []Row{{PE: bad, Stage: bad, Host: bad, Busy: 1, Counters: map[string]int64{bad: 1}}, {PE: bad + "2", Stage: bad}},
		Outputs: []Output{{Name: bad}, {Name: "javascript:alert(1)"}}, Temporary: []string{bad}, Damage: []string{bad}}
	csv := `"` + strings.ReplaceAll(bad, `"`, `""`) + `"`
	put(t, filepath.Join(r.Path, "progress.csv"), "seconds,"+csv+"\n1,5\n")
	put(t, filepath.Join(r.Path, "errors.jsonl"), fmt.Sprintf(`{"pe":%q,"port":%[1]q,"error":%[1]q,"item":%[1]q}`+"\n", bad))
	put(t, filepath.Join(r.Path, "log.jsonl"), fmt.Sprintf(`{"level":"ERROR","msg":%q,"pe":%[1]q,%[1]q:1}`+"\n", bad))
	page := pageOf(t, r, Page{NoDrawing: bad, Folder: r.Path})
	if n := strings.Count(page, "&lt;script&gt;"); n < 25 {
		t.Errorf("%d of the values are on the page:\n%s", n, page)
	}
	contains(t, page, `href="./outputs/javascript:alert%281%29"`)
}

// TestPageIsBounded: of many instances, ranks and outputs a page has what can be
// looked at.
func TestPageIsBounded(t *testing.T) {
	r := &Record{Path: t.TempDir(), Run: run(Complete)}
	for rank := range 3000 {
		host := fmt.Sprintf("node%d", rank/100)
		r.Rows = append(r.Rows, Row{PE: "work", Index: rank, Stage: fmt.Sprintf("work[%d]", rank), Rank: rank, Host: host, ItemsIn: 1, Busy: 5, WaitIn: 1, WaitOut: 2})
		r.Run.Usage = append(r.Run.Usage, Usage{rank, host, 1, 5, int64(rank+1) << 20})
		r.Run.Hosts = append(r.Run.Hosts, host)
		r.Outputs = append(r.Outputs, Output{Name: fmt.Sprint(rank), Unfinished: true})
		r.Temporary = append(r.Temporary, fmt.Sprint(rank, ".tmp"))
		r.Run.Result.Summary[host] = rank
	}
	for pe := range 300 {
		r.Rows = append(r.Rows, Row{PE: fmt.Sprint("pe", pe), Stage: fmt.Sprint("pe", pe), Rank: 5000, Counters: map[string]int64{"gaps": 1}})
	}
	page := pageOf(t, r, Page{Folder: r.Path})
	if n := strings.Count(page, "\n"); n > 1200 || len(page) > 300<<10 {
		t.Errorf("the page has %d lines, %d bytes", n, len(page))
	}
	contains(t, page, "<td>work</td><td>3000</td>", ">0-62<", "node0 and", "A row of several ranks", "And 2900 more.", "And 101 more", "<li>and 2950 more</li>", "<td>and 100 more</td>", "<li>and 2951 more</li>", "node0, node0", "and 2990 more")
}

// TestPageOfParts: a run that was continued has its parts on the page, and not what
// only has the same name.
func TestPageOfParts(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ path, continues string }{{"job", ""}, {"job-2", ""}, {"job-3", "runs/job"}, {"job-4", "runs/job-3"}} {
		r := Run{Format: Format, State: Partial, Started: noon, Ended: noon, Continues: c.continues, Total: map[string]Sink{"sink": {12345, "ab"}}}
		path := filepath.Join(dir, c.path)
		if err := errors.Join(os.Mkdir(path, 0o777), r.write(path)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Open(filepath.Join(dir, "job-3"))
	if err != nil {
		t.Fatal(err)
	}
	page := pageOf(t, r, Page{})
	contains(t, page, "<td>"+filepath.Join(dir, "job")+"</td>", "job-3 (this page)</td>", "job-4</td>", "<td>12345</td><td>ab</td>")
	if strings.Contains(page, "job-2</td>") {
		t.Error("job-2 is a run of its own")
	}
	put(t, filepath.Join(dir, "job-4", "run.json"), "{")
	contains(t, pageOf(t, r, Page{}), "What could not be read", "job-4", "is damaged")
}
