package engine

import (
	"fmt"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/rundir"
)

// A Rest is what an instance of a run that was cut short has to tell those who
// will continue it.
type Rest struct {
	PE    string
	Index int
	Cut   bool    // its streams had not ended
	Again d4.Time // from when on items have to come again
	Lost  string  // why that would not help; "" if it would
	Last  []rundir.Position
	Ways  []Waypoint // of a source, oldest first
}

// A Waypoint is where a source was when it had marked.
type Waypoint struct {
	Mark d4.Time
	At   []rundir.Position
}

// mostWaypoints bounds those that a source keeps. When there are more, every
// second one of the older half goes: to go on from an older one only takes longer.
const mostWaypoints = 64

// course is how far a source has come, for those that can go on.
type course struct {
	source       d4.Resumable // nil where there is nothing to be kept
	kept         bool         // something downstream may have to see items again
	splits       []string     // all there are
	unrepeatable []bool       // of each output: its items do not come again
	marks        []d4.Time    // of each output
	mark         d4.Time      // the least of those that lead somewhere
	ways         []Waypoint
}

// begin finds out what of an instance's course there is to be kept.
func (c *course) begin(i *instance) {
	c.source, _ = i.pe.(d4.Resumable)
	c.mark = d4.Never
	c.marks = slices.Repeat([]d4.Time{d4.Never}, len(i.outs))
	c.unrepeatable = make([]bool, len(i.outs))
	for k := range i.outs { // a source has no inputs
		c.unrepeatable[k] = unrepeatable(i.el, k)
	}
	c.kept = c.source != nil && asksAgain(i.stage.rank.plan.Graph, i.element, map[int]bool{})
}

// unrepeatable reports whether the items of a port of a PE cannot come again.
func unrepeatable(e *d4.Element, port int) bool {
	r, ok := e.Proto.(d4.Rewinder)
	return ok && slices.Contains(r.Unrepeatable(), e.Ports[port].Name)
}

// asksAgain reports whether a PE downstream keeps items back.
func asksAgain(g *d4.Graph, element int, seen map[int]bool) bool {
	for _, e := range g.Edges {
		if e.From != element || seen[e.To] {
			continue
		}
		seen[e.To] = true
		if _, ok := g.Elements[e.To].Proto.(d4.Continuer); ok || asksAgain(g, e.To, seen) {
			return true
		}
	}
	return false
}

// marked notes the mark of an output, and called that Next has returned.
func (c *course) marked(output int, t d4.Time) { c.marks[output] = max(c.marks[output], t) }

func (c *course) called(i *instance) {
	if !c.kept {
		return
	}
	mark := d4.Forever
	for _, output := range i.outOf {
		if !c.unrepeatable[output] {
			mark = min(mark, c.marks[output])
		}
	}
	if mark <= c.mark || mark == d4.Forever {
		return
	}
	c.mark = mark
	if len(c.ways) == mostWaypoints {
		c.thin()
	}
	c.ways = append(c.ways, Waypoint{mark, c.positions(i)})
}

func (c *course) thin() {
	kept := c.ways[:0]
	for k, w := range c.ways {
		if k >= len(c.ways)/2 || k%2 == 0 {
			kept = append(kept, w)
		}
	}
	c.ways = kept
}

// positions asks the source where it is, split by split.
func (c *course) positions(i *instance) (all []rundir.Position) {
	if c.source == nil {
		return nil
	}
	if c.splits == nil {
		c.splits = c.source.Splits()
	}
	for k := i.index; k < len(c.splits); k += i.info.Count {
		at, err := c.source.Position(k)
		if err != nil {
			i.info.Log.Error("no position", "split", c.splits[k], "error", err)
			continue
		}
		all = append(all, rundir.Position{PE: i.el.Name, Split: c.splits[k], At: at})
	}
	return all
}

// suspend is what an instance does in place of finishing when time is up.
func (i *instance) suspend() {
	if i.source != nil {
		if i.course.source == nil {
			i.lost = "it is a source that cannot go on where it was"
		}
		return
	}
	pe, ok := i.pe.(d4.Suspender)
	if !ok {
		i.lost = "what it keeps until its streams end would be lost"
		return
	}
	s := i.stage
	was, doing := s.current, s.doing
	s.enter(i, "Suspend")
	again, err := pe.Suspend()
	s.leave(was, doing)
	if err != nil {
		i.lost = err.Error()
		return
	}
	i.again = again
}

// rest is what the instance tells.
func (i *instance) rest() Rest {
	return Rest{PE: i.el.Name, Index: i.index, Cut: !i.ended || i.state.cut, Again: i.again, Lost: i.lost, Last: i.course.positions(i), Ways: i.course.ways}
}

// resume brings the instance, which is open, to where an earlier run was.
func (i *instance) resume(cfg *Config) error {
	if cfg.Rest == nil {
		return nil
	}
	i.over = slices.Contains(cfg.Rest.Finished, i.el.Name)
	if pe, ok := i.pe.(d4.Continuer); ok {
		if done, ok := cfg.Rest.Until[i.el.Name]; ok {
			return pe.Continue(d4.Time(done))
		}
	}
	if i.course.source == nil || i.over {
		return nil
	}
	i.course.splits = i.course.source.Splits()
	for _, p := range cfg.Positions {
		if p.PE != i.el.Name {
			continue
		}
		k := slices.Index(i.course.splits, p.Split)
		if k < 0 {
			return fmt.Errorf("the run that is to be continued was in %s, which is not there any more", p.Split)
		}
		if k%i.info.Count != i.index {
			continue
		}
		if err := seek(i.course.source, k, p); err != nil {
			return err
		}
	}
	if i.course.kept { // nothing from before will be asked for any more
		i.course.ways = append(i.course.ways, Waypoint{d4.Never, i.course.positions(i)})
	}
	return nil
}

// seek brings a source to a position in split k.
func seek(source d4.Resumable, k int, p rundir.Position) error {
	if r, ok := source.(d4.Rewinder); ok {
		last := p.Last
		if last == nil {
			last = p.At
		}
		return r.Rewind(k, p.At, last)
	}
	return source.Seek(k, p.At)
}
