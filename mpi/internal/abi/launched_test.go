//go:build cgo && linux

package abi_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/dispel4go/dispel4go/mpi/internal/abi"
	"github.com/dispel4go/dispel4go/mpi/mpitest"
)

// inside is the variable that makes this test binary a rank.
const inside = "DISPEL4GO_TEST_RANK"

func TestMain(m *testing.M) {
	if os.Getenv(inside) != "" {
		err := hello()
		if err == nil {
			err = mpitest.Pass()
		}
		if err != nil {
			fmt.Println("FAILED:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// hello is what a rank does: it greets its neighbours in a ring.
func hello() error {
	l, err := abi.Open("")
	if err != nil {
		return err
	}
	if err := l.Init(64 << 10); err != nil {
		return err
	}
	rank, err := l.Rank()
	if err != nil {
		return err
	}
	size, err := l.Size()
	if err != nil {
		return err
	}
	places, err := l.Places(false)
	if err != nil {
		return err
	}
	if same, err := l.Places(true); err != nil || !slices.Equal(same, places) {
		return fmt.Errorf("one node is %v by the library, %v by the launcher, %v", places, same, err)
	}
	l.Reserve(abi.Ring, 1)
	l.Reserve(abi.Sends, 1)
	in, out := abi.Alloc(8), abi.Alloc(8)
	*(*uint64)(out) = uint64(rank)
	const tag = 7
	if err := l.Recv(abi.Ring, 0, in, 8, abi.Any, tag); err != nil {
		return err
	}
	sent, err := l.Send(abi.Sends, 0, out, 8, (rank+1)%size, tag, true)
	if err != nil {
		return err
	}
	for got := false; !got || !sent; {
		depth := 1
		if got {
			depth = 0 // a slot without a request counts as complete
		}
		found, err := l.Poll(0, depth, 0, 1, -1, 4)
		if err != nil {
			return err
		}
		sent = sent || len(found.Sends) == 1
		for _, d := range found.Ring {
			got = true
			if want := (rank + size - 1) % size; int(d.Source) != want || d.Count != 8 || int(*(*uint64)(in)) != want {
				return fmt.Errorf("rank %d got %d in %d bytes from %d", rank, *(*uint64)(in), d.Count, d.Source)
			}
		}
	}
	numbers, sum := abi.Alloc(8*size), abi.Alloc(8)
	for i := range size {
		*(*uint64)(unsafe.Add(numbers, 8*i)) = uint64(i * 10)
	}
	l.Reserve(abi.Others, 1)
	if err := l.Sum(abi.Others, 0, numbers, sum); err != nil {
		return err
	}
	for done := false; !done; {
		if _, done, err = l.Test(abi.Others, 0); err != nil {
			return err
		}
	}
	if got, want := *(*uint64)(sum), uint64(rank*10*size); got != want {
		return fmt.Errorf("the sum is %d, not %d", got, want)
	}
	// Errors come back and say what they are.
	_, err = l.Send(abi.Sends, 0, out, 8, size, tag, false)
	if e, ok := err.(*abi.Error); !ok || e.Op != "MPI_Isend" || e.Code == 0 || e.Class == 0 || !strings.Contains(strings.ToLower(e.Text), "rank") {
		return fmt.Errorf("sending to a rank that is not there: %v", err)
	}
	// A receive that nothing comes for.
	if err := l.Recv(abi.Ring, 0, in, 8, abi.Any, tag); err != nil {
		return err
	}
	if err := l.Cancel(abi.Ring, 0); err != nil {
		return err
	}
	if places[rank].Host == "" || places[rank].Lowest != 0 {
		return fmt.Errorf("rank %d is at %+v", rank, places[rank])
	}
	// A Go program without its handlers would die of this.
	if err := nilDereference(); err == nil {
		return fmt.Errorf("a nil dereference was not caught")
	}
	fmt.Printf("hello from %d of %d over %s, %s, %s\n", rank, size, l.Flavor(), l.Version(), l.Path())
	return l.Finalize()
}

func nilDereference() (err error) {
	defer func() { err, _ = recover().(error) }()
	var p *int
	*p = 1
	return nil
}

// Two ranks greet each other under every launcher, over the library that is
// found where none is asked for and over each that belongs to it.
func TestHello(t *testing.T) {
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) {
		for _, f := range slices.Compact([]abi.Flavor{abi.Unknown, m.Flavor}) {
			m.Flavor = f
			res := m.Run(t, mpitest.Launch{Ranks: 2, Env: []string{inside + "=1"}})
			if res.Code != 0 || res.Passed != 2 {
				t.Errorf("exit code %d, %d ranks have passed:\n%s", res.Code, res.Passed, res.Out())
			}
			for rank := range 2 {
				want := fmt.Sprintf("hello from %d of 2 over ", rank)
				if f != abi.Unknown {
					want += f.String()
				}
				if !strings.Contains(res.Stdout, want) {
					t.Errorf("no %q:\n%s", want, res.Out())
				}
			}
			t.Log(res.Stdout)
		}
	})
}
