package rundir

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

func TestTraceDamaged(t *testing.T) {
	for _, c := range []struct {
		text string
		rows int
		err  string
	}{
		{"", 0, "no header: EOF"},
		{"a,b\n1,2\n", 0, "not a trace: it has no columns pe and index"},
		{"index,pe,new\n3,x,y\n", 1, ""},
		{"pe,index\nx,1\ny,z\n", 1, `line 3, column index: strconv.Atoi: parsing "z": invalid syntax`},
		{"pe,index,busy_s\nx,1,2\ny,1,NaN\n", 1, "line 3, column busy_s: NaN is no number that a run can have"},
		{"pe,index,max_s\nx,1,-Inf\n", 0, "line 2, column max_s: -Inf is no number that a run can have"},
		{"pe,index\nx,1\ny", 1, "record on line 3: wrong number of fields"},
	} {
		rows, err := ReadTrace(strings.NewReader(c.text))
		if len(rows) != c.rows || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%q: %v, %v", c.text, rows, err)
		}
	}
}

// TestRecordsTravel: ranks send their records as CBOR.
func TestRecordsTravel(t *testing.T) {
	type account struct {
		Rows      []Row
		Errors    []ItemError
		Positions []Position
	}
	sent := account{someRows, someErrors, []Position{{PE: "read", Split: "a", At: []byte{0, 1}, Last: []byte{2}}}}
	text, err := cbor.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	var got account
	if err := cbor.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, sent) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, sent)
	}
}

// FuzzReadTrace: what is read can be written, and read again the same.
func FuzzReadTrace(f *testing.F) {
	var b bytes.Buffer
	if err := WriteTrace(&b, someRows); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("pe,index,counters,p50_s\nx,1,\"{\"\"a\"\":1}\",1e-3\n"))
	f.Add([]byte("pe,index,pe\n\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, _ := ReadTrace(bytes.NewReader(text))
		for i := range rows {
			if len(rows[i].Counters) == 0 {
				rows[i].Counters = nil
			}
		}
		var b bytes.Buffer
		if err := WriteTrace(&b, rows); err != nil {
			t.Fatal(err)
		}
		again, err := ReadTrace(&b)
		if err != nil || !reflect.DeepEqual(again, rows) {
			t.Errorf("%+v, %v\nwant %+v", again, err, rows)
		}
	})
}

// FuzzOpen: a damaged directory is read without a panic.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"format":1,"name":"x","state":"running","pid":1}`), []byte("pe,index\nx,1\n"), []byte(`{"pe":"x"}`))
	f.Add([]byte(`{"format":2}`), []byte(""), []byte("{"))
	f.Add([]byte(`{"format":1,"result":{"wall_s":-1,"summary":{"a":[1,{}]}}}`), []byte("pe,index,busy_s\nx,1,NaN\n"), []byte("1"))
	f.Fuzz(func(t *testing.T, run, trace, errs []byte) {
		dir := t.TempDir()
		for name, text := range map[string][]byte{"run.json": run, "trace.csv": trace, "errors.jsonl": errs} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		r, err := Open(dir)
		if err != nil {
			return
		}
		p := r.Report(noon)
		if err := errors.Join(p.WriteText(&bytes.Buffer{}), p.WriteHTML(&bytes.Buffer{}, Page{Made: noon})); err != nil {
			t.Error(err)
		}
		c, err := Compare(dir, dir, 0)
		if err != nil {
			t.Error(err)
			return
		}
		for _, d := range c.Differences {
			if d.What != "state" { // it is not complete
				t.Errorf("not the same as itself: %v", d)
			}
		}
	})
}
