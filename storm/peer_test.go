package storm

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// The word count that ours is compared with: Storm's own groupings, a tuple an
// item, which is a word and the number 1, spout and bolts as programs of the
// multilang protocol.

// PeerArg is the argument of a program of the peer.
const PeerArg = "storm-peer"

const peerKey = "dispel4go.peer"

// Word is the k-th word of a source, of 100 bytes that look like chance.
func Word(k int) string { return dictionary[k%len(dictionary)] }

var dictionary = func() (words [9973]string) {
	rng := rand.New(rand.NewPCG(1, 2))
	for k := range words {
		b := make([]byte, 75)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		words[k] = base64.RawURLEncoding.EncodeToString(b)
	}
	return words
}()

// A Span is how many words a counter has had, and when the first and the last.
type Span struct {
	Items       int
	First, Last int64 // nanoseconds
}

// Note notes n words.
func (s *Span) Note(n int) {
	s.Last = time.Now().UnixNano()
	if s.Items == 0 {
		s.First = s.Last
	}
	s.Items += n
}

type peerJob struct {
	Items int
	Dir   string // where a counter leaves its Span, named by its task
}

// PeerTopology is a spout, and bolts that count what it emits by word.
func PeerTopology(command string, items, counters int, dir string) (Topology, map[string]any, error) {
	job, err := json.Marshal(peerJob{items, dir})
	conf := map[string]any{peerKey: string(job), "topology.workers": 1, "topology.acker.executors": 0, "topology.eventlogger.executors": 0,
		"topology.shellbolt.max.pending": 100}
	return Topology{[]Component{
		{Name: "words", Command: command, Arg: PeerArg, Parallel: 1, Outputs: []Stream{{"default", []string{"word", "n"}, false}, {"end", []string{"end"}, true}}},
		{Name: "count", Command: command, Arg: PeerArg, Parallel: counters,
			Inputs: []Input{{"words", "default", []string{"word"}}, {From: "words", Stream: "end"}}},
	}}, conf, err
}

// Peer is the main function of such a program.
func Peer(stdin io.Reader, stdout io.Writer) error {
	in, out := newReader(stdin), newWriter(stdout)
	text, err := in.next()
	if err != nil {
		return err
	}
	var g greeting
	if err := json.Unmarshal(text, &g); err != nil {
		return err
	}
	var conf string
	var job peerJob
	if err := errors.Join(json.Unmarshal(g.Conf[peerKey], &conf), json.Unmarshal([]byte(conf), &job)); err != nil {
		return err
	}
	os.WriteFile(filepath.Join(g.PidDir, strconv.Itoa(os.Getpid())), nil, 0o666)
	if err := out.say(map[string]int{"pid": os.Getpid()}); err != nil {
		return err
	}
	if g.Context.Component == "words" {
		return peerSpout(in, out, job, &g)
	}
	return peerBolt(in, out, job, &g)
}

// peerSpout emits up to 100 words whenever it is asked.
func peerSpout(in *reader, out *writer, job peerJob, g *greeting) error {
	counters, err := g.tasks("count")
	if err != nil {
		return err
	}
	var m message
	for k := 0; ; {
		if err := in.message(&m); err != nil {
			return err
		}
		if m.Command == "next" {
			for n := 0; n < 100 && k < job.Items; n++ {
				fmt.Fprintf(out.out, `{"command":"emit","need_task_ids":false,"stream":"default","tuple":["%s",1]}`+"\nend\n", Word(k))
				if k++; k < job.Items {
					continue
				}
				for _, task := range counters {
					fmt.Fprintf(out.out, `{"command":"emit","need_task_ids":false,"stream":"end","task":%d,"tuple":[1]}`+"\nend\n", directTask(task))
				}
			}
			if k == job.Items {
				time.Sleep(linger)
			}
		}
		if err := out.sync(); err != nil {
			return err
		}
	}
}

// peerBolt counts.
func peerBolt(in *reader, out *writer, job peerJob, g *greeting) error {
	counts := map[string]int{}
	var span Span
	var m message
	for {
		if err := in.message(&m); err != nil {
			return err
		}
		switch {
		case m.Task == systemTask:
			if err := out.sync(); err != nil {
				return err
			}
			continue
		case m.Stream == "end":
			text, err := json.Marshal(span)
			if err != nil {
				return err
			}
			path := filepath.Join(job.Dir, strconv.Itoa(g.Context.Task))
			if err := errors.Join(os.WriteFile(path+".tmp", text, 0o666), os.Rename(path+".tmp", path+".json")); err != nil {
				return err
			}
		default:
			var word string
			var n int
			if len(m.Tuple) != 2 {
				return errMessage
			}
			if err := errors.Join(json.Unmarshal(m.Tuple[0], &word), json.Unmarshal(m.Tuple[1], &n)); err != nil {
				return err
			}
			counts[word] += n
			span.Note(1)
		}
		out.ack(m.ID)
		if in.in.Buffered() == 0 {
			out.flush()
		}
	}
}
