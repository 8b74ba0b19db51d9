package pes

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/port"
)

// Collector is the sink made by Collect.
type Collector[T any] struct {
	d4.Stateless
	In       d4.In[T]
	MaxBytes int64 `help:"more than this ends the run with an error" unit:"bytes" min:"1"`

	held  account
	probe *probe[T]
	items []T
}

// Collect makes a sink that keeps its items for Items to return after the run.
// It is single and runs on rank 0.
func Collect[T any]() func() *Collector[T] {
	return func() *Collector[T] {
		c := &Collector[T]{MaxBytes: defaultCollect}
		c.In = d4.InputBatch(c.take, d4.AllToOne)
		return c
	}
}

// RootPlaced puts it on rank 0.
func (*Collector[T]) RootPlaced() {}

// MemoryLimit is MaxBytes.
func (c *Collector[T]) MemoryLimit(int) int64 { return c.MaxBytes }

// Open prepares the account of what is held.
func (c *Collector[T]) Open(*d4.Instance) error {
	c.held = account{limit: c.MaxBytes, parameter: "max_bytes"}
	c.probe = newProbe[T]()
	return nil
}

func (c *Collector[T]) take(items []T) error {
	for i := range items {
		if err := c.held.add(c.probe.bytes(items[i])); err != nil {
			return err
		}
	}
	c.items = append(c.items, items...)
	return nil
}

// SaveState returns the items, each behind the length of its encoding, so that
// they can be brought to where the run was started.
func (c *Collector[T]) SaveState(int) ([]byte, error) {
	var state []byte
	p := newProbe[T]()
	for _, item := range c.items {
		code, err := p.encode(item)
		if err != nil {
			return nil, err
		}
		state = append(binary.AppendUvarint(state, uint64(len(code))), code...)
	}
	return state, nil
}

// LoadState adds the items that SaveState has returned.
func (c *Collector[T]) LoadState(_ int, state []byte) error {
	p := newProbe[T]()
	for len(state) > 0 {
		n, width := binary.Uvarint(state)
		if width <= 0 || n > uint64(len(state)-width) {
			return fmt.Errorf("%w: the items of a collector", port.ErrCorrupt)
		}
		state = state[width:]
		item, err := p.decode(state[:n])
		if err != nil {
			return err
		}
		c.items, state = append(c.items, item), state[n:]
	}
	return nil
}

// Items returns what reached the sink in a run, in the order in which it came;
// nil where the sink did not run, as on other ranks. The items belong to the
// caller.
func Items[T any](res interface{ PE(d4.PE) d4.PE }, sink *Collector[T]) []T {
	c, _ := res.PE(sink).(*Collector[T])
	if c == nil {
		return nil
	}
	return slices.Clone(c.items)
}

// Printer is the sink made by Print.
type Printer[T any] struct {
	d4.Stateless
	In  d4.In[T]
	w   io.Writer
	buf bytes.Buffer
}

// Print makes a sink that writes every item to w on a line of its own, as
// fmt.Println does; w nil is the standard output. It is single and runs on rank
// 0, so that what it prints is seen where the program was started.
func Print[T any](w io.Writer) func() *Printer[T] {
	return func() *Printer[T] {
		p := &Printer[T]{w: w}
		p.In = d4.InputBatch(p.take, d4.AllToOne, d4.ReadOnly)
		return p
	}
}

// RootPlaced puts it on rank 0.
func (*Printer[T]) RootPlaced() {}

func (p *Printer[T]) take(items []T) error {
	p.buf.Reset()
	for i := range items {
		fmt.Fprintln(&p.buf, items[i])
	}
	w := p.w
	if w == nil {
		w = os.Stdout
	}
	_, err := w.Write(p.buf.Bytes())
	return err
}

// Discarder is the sink made by Discard.
type Discarder[T any] struct {
	d4.Stateless
	In d4.In[T]
}

// Discard makes a sink that forgets its items; the run counts them all the same.
func Discard[T any]() func() *Discarder[T] {
	return func() *Discarder[T] {
		return &Discarder[T]{In: d4.InputBatch(func([]T) error { return nil }, d4.ReadOnly)}
	}
}
