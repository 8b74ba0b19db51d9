package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/storm"
)

// How often a run on Storm is looked at, and how patiently.
const (
	lookAtNotes  = 100 * time.Millisecond
	lookAtNimbus = time.Second
	noteGrace    = 2 * time.Second // that a failure which Nimbus tells of waits for what the rank itself says
	nimbusGrace  = time.Minute     // that Nimbus may be silent
	startGrace   = time.Minute     // that a run which is to stop waits for ranks that Storm has not started yet
	killTime     = 10 * time.Second
)

// A stormWatch sees a topology through to its end. It runs with whoever
// submitted it or, detached, beside rank 0.
type stormWatch struct {
	client *storm.Client
	nimbus string // where it is
	name   string // of the topology
	plan   *partition.Plan
	dir    string
	out    io.Writer         // of what PEs print
	log    func(line []byte) // of what they log
	began  time.Time

	mu      sync.Mutex // guards ranks, which progress looks at
	ranks   []stormRank
	failure *engine.Failure
	failed  time.Time // when

	asked   time.Time // Nimbus, last
	heard   time.Time // from Nimbus, last
	told    error     // what Nimbus says is wrong
	toldAt  time.Time
	stopped time.Time // when the ranks were told to stop
}

// A stormRank is what is known of a rank.
type stormRank struct {
	begun bool
	items []uint64
	left  *storm.Left
}

// items counts those of all ranks, by PE.
func (w *stormWatch) items() []uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]uint64, len(w.plan.Graph.Elements))
	for _, r := range w.ranks {
		for at := range r.items {
			all[at] += r.items[at]
		}
	}
	return all
}

// note takes in what a rank tells.
func (w *stormWatch) note(rank int, n *storm.Note) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := &w.ranks[rank]
	switch {
	case n.Begun != nil:
		r.begun = true
	case len(n.Items) == len(w.plan.Graph.Elements):
		r.items = n.Items
	case n.Log != nil:
		w.log(n.Log)
	case n.Failure != nil && (w.failure == nil || n.Time.Before(w.failed)):
		w.failure, w.failed = n.Failure, n.Time
	case n.Left != nil:
		r.left = n.Left
	}
}

// count is how many ranks have begun, and how many have left.
func (w *stormWatch) count() (begun, left int) {
	for _, r := range w.ranks {
		if r.begun {
			begun++
		}
		if r.left != nil {
			left++
		}
	}
	return begun, left
}

// watch waits for the end of the run. The result is what there is of it.
func (w *stormWatch) watch(ctx context.Context) (*Result, error) {
	notes := storm.ReadNotes(w.dir, len(w.ranks))
	beat := time.NewTicker(lookAtNotes)
	defer beat.Stop()
	w.heard = time.Now()
	done := ctx.Done()
	for {
		err := notes.Next(w.out, w.note)
		if err == nil {
			err = w.verdict()
		}
		if begun, left := w.count(); err != nil || left == len(w.ranks) {
			return w.result(err)
		} else if w.hopeless(begun, time.Now()) {
			err := interruption(ctx)
			if begun > 0 {
				err = fmt.Errorf("%w, and Storm has not started %d of %d ranks: is a slot free? (storm status)", err, len(w.ranks)-begun, len(w.ranks))
			}
			return w.result(err)
		}
		select {
		case <-done:
			done, w.stopped = nil, time.Now()
			if err := storm.Stop(w.dir, errors.Is(interruption(ctx), engine.ErrTimeLimit)); err != nil {
				return w.result(err)
			}
		case <-beat.C:
		}
	}
}

// hopeless reports whether a run that is to stop waits for ranks that Storm may
// never start. Where some have begun there are items on their way, which those
// that are only late shall still have.
func (w *stormWatch) hopeless(begun int, now time.Time) bool {
	return !w.stopped.IsZero() && begun < len(w.ranks) && (begun == 0 || now.Sub(w.stopped) > startGrace)
}

// interruption is why a context ended.
func interruption(ctx context.Context) error {
	why := engine.ErrInterrupted
	if errors.Is(context.Cause(ctx), engine.ErrTimeLimit) {
		why = engine.ErrTimeLimit
	}
	return fmt.Errorf("%w: results are partial", why)
}

// verdict is why the run has failed, if it has.
func (w *stormWatch) verdict() error {
	if w.failure != nil {
		return w.failure
	}
	now := time.Now()
	if now.Sub(w.asked) >= lookAtNimbus {
		w.asked = now
		w.ask(now)
	}
	switch {
	case w.told != nil && now.Sub(w.toldAt) > noteGrace:
		return w.told
	case now.Sub(w.heard) > nimbusGrace:
		return fmt.Errorf("no answer from Nimbus at %s for %v; if the topology %s still runs, end it with storm kill %s", w.nimbus, nimbusGrace, w.name, w.name)
	}
	return nil
}

// ask asks Nimbus whether the topology is well.
func (w *stormWatch) ask(now time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), killTime)
	defer cancel()
	errs, err := w.client.Errors(ctx, w.name)
	var said *storm.Exception
	switch {
	case err == nil:
		w.heard = now
		if len(errs) > 0 && w.told == nil {
			w.told, w.toldAt = cause(errs[0]), now
		}
	case errors.Is(err, &storm.Exception{Kind: storm.NotAlive}):
		w.heard = now
		if w.told == nil {
			w.told, w.toldAt = fmt.Errorf("the topology %s has been killed by somebody else", w.name), now
		}
	case errors.As(err, &said):
		w.heard = now
	default: // the connection is of no more use
		w.client.Close()
		if client, err := storm.DialLeader(ctx, w.nimbus); err == nil {
			w.client = client
		}
	}
}

// cause is what Nimbus knows of an error, in a line.
func cause(e storm.ComponentError) error {
	text, _, _ := strings.Cut(strings.TrimSpace(e.Text), "\n")
	if _, own, ok := strings.Cut(text, "Shell Process Exception: "); ok {
		return fmt.Errorf("%s on %s: %s", e.Component, e.Host, own)
	}
	return fmt.Errorf("%s: its program or its JVM on %s has ended (the log of worker %d there says more): %s", e.Component, e.Host, e.Port, text)
}

// result makes a result of what there is.
func (w *stormWatch) result(failed error) (*Result, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var accounts []engine.Account
	says := map[string]map[string]any{}
	for _, r := range w.ranks {
		if r.left == nil {
			continue
		}
		accounts = append(accounts, r.left.Account)
		for pe, summary := range r.left.Summary {
			says[pe] = summary
		}
	}
	pes := map[d4.PE]d4.PE{}
	if failed == nil {
		failed = w.recall(pes)
	}
	res := engine.Join(w.plan, accounts, pes)
	res.Stuck = false // it was somewhere else
	if failed == nil && res.Partial {
		why := storm.Stopped(w.dir)
		if why == nil {
			why = engine.ErrInterrupted
		}
		failed = fmt.Errorf("%w: results are partial", why)
	}
	out := &Result{Result: res, Dir: w.dir, Wall: time.Since(w.began)}
	if failed == nil || errors.Is(failed, engine.ErrInterrupted) {
		out.Summary = summary(w.plan.Graph, func(e *d4.Element) map[string]any { return says[e.Name] })
	}
	return out, failed
}

// recall makes again the PEs that belong here and have left their state.
func (w *stormWatch) recall(pes map[d4.PE]d4.PE) error {
	for _, e := range w.plan.Graph.Elements {
		if !homely(e.Proto) {
			continue
		}
		state, err := storm.LoadState(w.dir, e.Name)
		if err != nil {
			return err
		}
		if state == nil {
			continue
		}
		pe, err := e.Make()
		if err == nil {
			err = pe.(d4.StateSaver).LoadState(-1, state)
		}
		if err != nil {
			return fmt.Errorf("the state of %s: %w", e.Name, err)
		}
		pes[e.Proto] = pe
	}
	return nil
}

// homely reports whether a PE belongs with the submitter and can be brought to
// it.
func homely(pe d4.PE) bool {
	_, root := pe.(d4.RootPlaced)
	_, saves := pe.(d4.StateSaver)
	return root && saves
}

// end kills the topology, by a connection of its own: it may be called while
// another goroutine watches.
func (w *stormWatch) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), killTime)
	defer cancel()
	client, err := storm.DialLeader(ctx, w.nimbus)
	if err == nil {
		defer client.Close()
		err = client.Kill(ctx, w.name, 0)
	}
	if err == nil || errors.Is(err, &storm.Exception{Kind: storm.NotAlive}) {
		return nil
	}
	return fmt.Errorf("the topology %s has not been killed, try storm kill %s: %w", w.name, w.name, err)
}
