//go:build cgo && linux

package abi

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// inside is the variable that makes this test binary a rank.
const inside = "DISPEL4GO_TEST_RANK"

func TestMain(m *testing.M) {
	if os.Getenv(inside) != "" {
		if err := hello(); err != nil {
			fmt.Println("FAILED:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// hello is what a rank does: it greets its neighbours in a ring.
func hello() error {
	l, err := Open("")
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
	places, err := l.Places()
	if err != nil {
		return err
	}
	l.Reserve(Ring, 1)
	l.Reserve(Sends, 1)
	in, out := Alloc(8), Alloc(8)
	*(*uint64)(out) = uint64(rank)
	const tag = 7
	if err := l.Recv(Ring, 0, in, 8, Any, tag); err != nil {
		return err
	}
	sent, err := l.Send(Sends, 0, out, 8, (rank+1)%size, tag, true)
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
	numbers, sum := Alloc(8*size), Alloc(8)
	for i := range size {
		*(*uint64)(unsafe.Add(numbers, 8*i)) = uint64(i * 10)
	}
	l.Reserve(Others, 1)
	if err := l.Sum(Others, 0, numbers, sum); err != nil {
		return err
	}
	for done := false; !done; {
		if _, done, err = l.Test(Others, 0); err != nil {
			return err
		}
	}
	if got, want := *(*uint64)(sum), uint64(rank*10*size); got != want {
		return fmt.Errorf("the sum is %d, not %d", got, want)
	}
	// Errors come back and say what they are.
	_, err = l.Send(Sends, 0, out, 8, size, tag, false)
	if e, ok := err.(*Error); !ok || e.Op != "MPI_Isend" || e.Code == 0 || e.Class == 0 || !strings.Contains(strings.ToLower(e.Text), "rank") {
		return fmt.Errorf("sending to a rank that is not there: %v", err)
	}
	// A receive that nothing comes for.
	if err := l.Recv(Ring, 0, in, 8, Any, tag); err != nil {
		return err
	}
	if err := l.Cancel(Ring, 0); err != nil {
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

// Two ranks greet each other under every launcher and interface there is.
func TestHello(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	wheels, err := filepath.Glob("../../../build/mpi-wheels/*/bin") // of scripts/mpi.sh
	if err != nil {
		t.Fatal(err)
	}
	launchers := Launchers(ctx, wheels...)
	if len(launchers) == 0 {
		t.Skip("SKIP: no MPI launcher; scripts/mpi.sh installs some")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range launchers {
		for _, f := range append([]Flavor{Unknown}, l.Flavors...) {
			t.Run(l.Name+"/"+f.String(), func(t *testing.T) {
				ctx, cancel := context.WithTimeout(ctx, time.Minute)
				defer cancel()
				cmd := l.Command(ctx, 2, f, program)
				cmd.Env = append(cmd.Env, inside+"=1")
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				for rank := range 2 {
					want := "hello from " + strconv.Itoa(rank) + " of 2 over "
					if f != Unknown {
						want += f.String()
					}
					if !strings.Contains(string(out), want) {
						t.Errorf("no %q", want)
					}
				}
				t.Log(string(out))
			})
		}
	}
}
