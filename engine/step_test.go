package engine

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
)

var rewrite = flag.Bool("rewrite", false, "write the traces of testdata/*.txt anew")

// TestScripts plays the scripts of testdata/*.txt: blocks of commands, and
// under ---- what each of them came to. What a command of one block makes is
// there in the next. The grammar is at the head of each script.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			old, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			now := play(t, string(old))
			if *rewrite {
				if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, got := strings.Split(string(old), "\n"), strings.Split(now, "\n")
			for n := range max(len(want), len(got)) {
				if n >= len(want) || n >= len(got) || want[n] != got[n] {
					t.Fatalf("%s:%d: the trace differs; it is now\n%s", file, n+1, now)
				}
			}
		})
	}
}

// play returns the script with its traces as they are now.
func play(t *testing.T, text string) string {
	var s script
	var out strings.Builder
	for n, block := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if n > 0 {
			out.WriteByte('\n')
		}
		block, _, traced := strings.Cut(block, "\n----")
		out.WriteString(block + "\n")
		if !traced {
			continue // a comment
		}
		out.WriteString("----\n")
		for line := range strings.Lines(block) {
			words := strings.Fields(line)
			if len(words) == 0 || words[0] == "#" {
				continue
			}
			trace, err := s.do(words[0], words[1:])
			if err != nil {
				t.Fatalf("%s: %v", strings.TrimSpace(line), err)
			}
			fmt.Fprintln(&out, trace)
		}
	}
	return out.String()
}

// script is what the commands work on: one of each pure type.
type script struct {
	ups   *upstreams
	edges []promise
	state promise
	win   window
}

func (s *script) do(command string, args []string) (string, error) {
	var bad error
	number := func(k int) int {
		if k >= len(args) {
			bad = fmt.Errorf("argument %d is missing", k+1)
			return 0
		}
		v, err := strconv.Atoi(args[k])
		if err != nil {
			bad = err
		}
		return v
	}
	has := func(word string) bool { return slices.Contains(args, word) }
	upstream := func(changed, extra bool) (string, error) {
		switch {
		case bad != nil:
			return "", bad
		case extra:
			return "one end too many", nil
		case !changed:
			return "nothing new", nil
		}
		return show(s.ups.passed), nil
	}
	switch command {
	case "upstreams":
		s.ups = newUpstreams(number(0))
		return upstream(true, false)
	case "end":
		return upstream(s.ups.end(number(0), has("cut")))
	case "mark":
		return upstream(s.ups.mark(number(0), d4.Time(number(1))), false)
	case "idle":
		return upstream(s.ups.rest(number(0)), false)
	case "item":
		return upstream(s.ups.item(number(0)), false)

	case "edges":
		s.edges = slices.Repeat([]promise{{mark: d4.Never}}, number(0))
		s.state = promise{mark: d4.Never}
		return show(s.state), bad
	case "edge":
		p := promise{mark: d4.Never, idle: has("idle"), ended: has("ended"), cut: has("cut")}
		if len(args) > 2 && args[1] == "mark" {
			p.mark = d4.Time(number(2))
		}
		s.edges[number(0)] = p
		s.state = combine(s.state, s.edges)
		return show(s.state), bad

	case "window":
		s.win = newWindow(number(0), number(1), has("balanced"))
		return s.room(), bad
	case "fits":
		if s.win.fits(number(0)) {
			return "yes", bad
		}
		return "no", bad
	case "charge":
		s.win.charge(number(0), number(1))
		return s.room(), bad
	case "credit":
		s.win.credit(number(0), number(1))
		return s.room(), bad
	case "least":
		return fmt.Sprint("to ", s.win.least()), bad
	}
	return "", fmt.Errorf("there is no such command")
}

func (s *script) room() string {
	text := fmt.Sprintf("%d of %d outstanding", s.win.total, s.win.size)
	if s.win.roomy() {
		text += ", roomy"
	}
	return text
}

// show says what a promise promises.
func show(p promise) string {
	text := "no mark"
	switch {
	case p.ended && p.cut:
		return "ended, cut"
	case p.ended:
		return "ended"
	case p.mark != d4.Never:
		text = fmt.Sprint("mark ", p.mark)
	}
	if p.idle {
		text += ", idle"
	}
	return text
}

// event is one thing that an upstream said.
type event struct {
	what string
	from int
	mark d4.Time
	cut  bool
}

// slowUpstreams is the twin of upstreams: it keeps all that was ever said.
type slowUpstreams struct {
	n   int
	log []event
}

// known works out what the events so far promise: the mark is the highest that
// held after any of them.
func (s *slowUpstreams) known() promise {
	mark := d4.Never
	for k := range s.log {
		mark = max(mark, s.at(k+1).mark)
	}
	p := s.at(len(s.log))
	p.mark = mark
	return p
}

// at works out what the first k events say, whatever held before.
func (s *slowUpstreams) at(k int) promise {
	p := promise{ended: true, idle: true, mark: d4.Forever}
	for from := range s.n {
		mark, idle, ended, cut := d4.Never, false, false, false
		for _, e := range s.log[:k] {
			if e.from != from || ended {
				continue
			}
			switch e.what {
			case "end":
				ended, cut = true, e.cut
				p.cut = p.cut || e.cut
			case "mark":
				mark, idle = max(mark, e.mark), false
			case "idle":
				idle = true
			case "item":
				idle = false
			}
		}
		p.ended = p.ended && ended
		p.idle = p.idle && (ended || idle)
		if !idle && !ended || cut && !idle { // what was cut had more to come
			p.mark = min(p.mark, mark)
		}
	}
	p.idle = p.idle && !p.ended
	if p.idle || p.ended && !p.cut || p.mark == d4.Forever {
		p.mark = d4.Never
	}
	return p
}

func TestUpstreamsAgreeWithTheirTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for round := range 2000 {
		n := 1 + rng.IntN(4)
		fast, slow := newUpstreams(n), &slowUpstreams{n: n}
		told := promise{mark: d4.Never} // what those downstream believe
		for range 30 {
			e := event{what: []string{"end", "mark", "mark", "idle", "item"}[rng.IntN(5)], from: rng.IntN(n),
				mark: d4.Time(rng.IntN(50)), cut: rng.IntN(4) == 0}
			if e.what == "end" && rng.IntN(3) > 0 {
				continue
			}
			over := slices.ContainsFunc(slow.log, func(x event) bool { return x.what == "end" && x.from == e.from })
			slow.log = append(slow.log, e)
			var changed, extra bool
			switch e.what {
			case "end":
				changed, extra = fast.end(e.from, e.cut)
			case "mark":
				changed = fast.mark(e.from, e.mark)
			case "idle":
				changed = fast.rest(e.from)
			case "item":
				changed = fast.item(e.from)
			}
			want := slow.known()
			if fast.passed != want {
				t.Fatalf("round %d, after %+v: %+v, expected %+v", round, slow.log, fast.passed, want)
			}
			if extra != (e.what == "end" && over) {
				t.Fatalf("round %d, after %+v: extra is %t", round, slow.log, extra)
			}
			if changed {
				told = fast.passed
			}
			if told.mark != want.mark || told.idle != want.idle || told.ended != want.ended {
				t.Fatalf("round %d, after %+v: those downstream believe %+v, but it is %+v", round, slow.log, told, want)
			}
		}
	}
}

// TestLeastAgreesWithItsTwin finds the least destination by looking at the
// whole history of charges.
func TestLeastAgreesWithItsTwin(t *testing.T) {
	type charge struct{ to, bytes int }
	rng := rand.New(rand.NewPCG(2, 1))
	for round := range 60 {
		n := []int{1, 2, 3, 7, manyDestinations, manyDestinations + 1, 5000}[round%7]
		w := newWindow(1<<40, n, true)
		var log []charge
		turn := 0
		for range 300 {
			switch out := rng.IntN(len(log) + 1); {
			case rng.IntN(3) == 0 && len(log) > 0 && out < len(log):
				w.credit(log[out].to, log[out].bytes)
				log = slices.Delete(log, out, out+1)
			default:
				outstanding := map[int]int{}
				for _, c := range log {
					outstanding[c.to] += c.bytes
				}
				looks := n
				if n > manyDestinations {
					looks = 16
				}
				want := turn
				for k := range looks {
					if to := (turn + k) % n; outstanding[to] < outstanding[want] {
						want = to
					}
				}
				turn = (want + 1) % n
				got := w.least()
				if got != want {
					t.Fatalf("round %d, %d destinations, outstanding %v: %d, expected %d", round, n, maps.All(outstanding), got, want)
				}
				c := charge{got, 1 + rng.IntN(100)}
				w.charge(c.to, c.bytes)
				log = append(log, c)
			}
		}
		total := 0
		for _, c := range log {
			total += c.bytes
		}
		if w.total != total {
			t.Fatalf("round %d: %d bytes outstanding, expected %d", round, w.total, total)
		}
	}
}
