package storm_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/registry"
)

// PEs of the programs that tests start, some of which do not behave.

// words is a source of word0, word1, ...: so many, or with 0 without end.
type words struct {
	d4.Base
	Out   d4.Out[string]
	Items int `help:"how many" min:"0"`
	n     int
}

func (w *words) Next() error {
	if w.Items > 0 && w.n == w.Items {
		return io.EOF
	}
	w.Out.Emit("word" + strconv.Itoa(w.n))
	w.n++
	return nil
}

// odd passes words on and does something at word70.
type odd struct {
	d4.Base
	In   d4.In[string]
	Out  d4.Out[string]
	info *d4.Instance
}

func (o *odd) Open(i *d4.Instance) error { o.info = i; return nil }

func newOdd(do func(o *odd) error) func() *odd {
	return func() *odd {
		o := &odd{}
		o.In = d4.Input(func(word string) error {
			if word == "word70" {
				if err := do(o); err != nil {
					return err
				}
			}
			o.Out.Emit(word)
			return nil
		})
		return o
	}
}

type more struct {
	d4.Base
	In  d4.In[int]
	Out d4.Out[[]byte]
}

type sleepy struct {
	d4.Base
	In d4.In[[]byte]
}

func registerBad(r *registry.Registry) {
	registry.Add(r, "bad.Words", "emits words", func() *words { return &words{Items: 1000} })
	registry.Add(r, "bad.Fails", "fails", newOdd(func(*odd) error { return errors.New("this was planned") }))
	registry.Add(r, "bad.Exits", "ends the program", newOdd(func(*odd) error { os.Exit(3); return nil }))
	registry.Add(r, "bad.Prints", "prints what Storm must not read", newOdd(func(o *odd) error {
		fmt.Println("seen by the user")
		os.NewFile(1, "fd 1").WriteString("from C\n")
		if n, _ := os.Stdin.Read(make([]byte, 1)); n > 0 {
			return errors.New("it has read from Storm's pipe")
		}
		o.info.Log.Info("logged")
		return nil
	}))
	registry.Add(r, "bad.Texts", "emits words of 100 bytes", func() *texts { return &texts{Items: 1000} })
	registry.Add(r, "bad.Count", "counts words and tells the first and last time", newTimed)
	registry.Add(r, "bad.Heavy", "emits numbers", pes.Range(0, 2, 1))
	registry.Add(r, "bad.More", "emits 350 items of half a megabyte for each", func() *more {
		m := &more{}
		m.In = d4.Input(func(int) error {
			for k := range 350 {
				m.Out.Emit(bytes.Repeat([]byte{byte(k)}, 500_000))
			}
			return nil
		})
		return m
	})
	registry.Add(r, "bad.Sleepy", "takes its time", func() *sleepy {
		return &sleepy{In: d4.Input(func([]byte) error { time.Sleep(5 * time.Millisecond); return nil })}
	})
	registry.Add(r, "bad.Slow", "takes its time for an item", newOdd(func(o *odd) error {
		for _, name := range []string{"waiting", "go"} { // until there are both files
			path := filepath.Join(os.Getenv("STORM_TEST_DIR"), name)
			if name == "waiting" {
				os.WriteFile(path, nil, 0o666)
				fmt.Println("waiting for the item")
				continue
			}
			for {
				if _, err := os.Stat(path); err == nil {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
		}
		return nil
	}))
}
