//go:build cgo && linux

package abi

/*
#cgo CFLAGS: -O2 -Wall
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "shim.h"

// No function calls back into Go or keeps a pointer to Go memory that is not
// pinned.
#cgo noescape d4_poll
#cgo nocallback d4_poll
#cgo noescape d4_send
#cgo nocallback d4_send
#cgo noescape d4_irecv
#cgo nocallback d4_irecv
#cgo noescape d4_test
#cgo nocallback d4_test
*/
import "C"

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/dispel4go/dispel4go/internal/launch"
)

// A Library is the opened MPI library.
type Library struct {
	path  string
	kind  launch.Kind // of the launcher
	guard guard
	done  [Others + 1]*Done // where results of each list are
}

// one guards that there is one library.
var one struct {
	sync.Mutex
	inUse bool
}

// Open finds and opens the library. The wish is empty for the one that fits
// the launcher, or openmpi, mpich, std, or a path; where it is empty the
// environment variable Variable counts. The error wraps ErrNone where nothing
// fits and lists what was tried.
func Open(wish string) (*Library, error) {
	kind, list, err := here().find(wish)
	if err != nil {
		return nil, err
	}
	one.Lock()
	defer one.Unlock()
	if one.inUse {
		return nil, errors.New("an MPI library is open already")
	}
	C.d4_keep_signals()
	var tried attempts
	for _, c := range list {
		err := dlopen(c.path)
		if err != nil {
			tried.add(c, err)
			continue
		}
		got := Flavor(C.d4_flavor())
		if c.flavor == Unknown && got.serves(kind) || c.flavor == got {
			one.inUse = true
			return &Library{path: c.path, kind: kind}, nil
		}
		tried.add(c, fmt.Errorf("its interface is %s", got))
		C.d4_close()
	}
	C.d4_restore_signals()
	return nil, tried.err(kind)
}

func dlopen(path string) error {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var why [512]C.char
	if C.d4_open(name, &why[0], C.int(len(why))) != 0 {
		// The linker begins with the name that we are about to write too.
		return errors.New(strings.TrimPrefix(C.GoString(&why[0]), path+": "))
	}
	return nil
}

// Path is the name that the library was opened by.
func (l *Library) Path() string { return l.path }

// Flavor is its binary interface.
func (l *Library) Flavor() Flavor { return Flavor(C.d4_flavor()) }

// Version is the first line of what the library says of itself.
func (l *Library) Version() string {
	var text [512]C.char
	C.d4_version(&text[0], C.int(len(text)))
	return strings.Join(strings.Fields(C.GoString(&text[0])), " ")
}

// check is the one place where a code of MPI becomes an error.
func (l *Library) check(op string, code C.int) error {
	if code == 0 {
		return nil
	}
	var class C.int
	var text [1024]C.char
	C.d4_error(code, &class, &text[0], C.int(len(text)))
	return &Error{Op: op, Code: int(code), Class: int(class), Text: C.GoString(&text[0])}
}

// Check turns the code of a completed request into an error, or nil.
func (l *Library) Check(op string, d Done) error { return l.check(op, C.int(d.Error)) }

// Init starts MPI: limits up to which messages are sent at once are raised to
// eager bytes unless the user has set them, errors are returned instead of
// ending the process, our own communicator is made, and the signal handlers
// are again as they were before Open.
func (l *Library) Init(eager int) error {
	if err := tune(eager); err != nil {
		return err
	}
	l.guard = post(l.kind, os.LookupEnv)
	var serialized C.int
	err := l.check("MPI_Init_thread", C.d4_init(&serialized))
	C.d4_restore_signals()
	if err != nil {
		return err
	}
	if serialized == 0 {
		return fmt.Errorf("%s (%s) cannot be called from several threads in turn", l.path, l.Version())
	}
	if err := l.check("MPI_Comm_set_errhandler", C.d4_errors_return()); err != nil {
		return err
	}
	return l.check("MPI_Comm_dup", C.d4_dup())
}

// Finalize ends MPI. All requests have to be complete or cancelled.
func (l *Library) Finalize() error {
	err := l.check("MPI_Finalize", C.d4_finalize())
	if err == nil {
		l.guard.dismiss()
	}
	return err
}

// Abort ends all ranks with an exit code. It does not return if it succeeds.
func (l *Library) Abort(code int) error { return l.check("MPI_Abort", C.d4_abort(C.int(code))) }

// Rank is this rank's number.
func (l *Library) Rank() (int, error) {
	var n C.int
	err := l.check("MPI_Comm_rank", C.d4_rank(&n))
	return int(n), err
}

// Size is the number of ranks.
func (l *Library) Size() (int, error) {
	var n C.int
	err := l.check("MPI_Comm_size", C.d4_size(&n))
	return int(n), err
}

// hostBytes is how much of a host's name is told to others.
const hostBytes = 256

// Places tells where each rank runs. All ranks must call it, with together as
// they know it from their launcher: that all run on one node.
func (l *Library) Places(together bool) ([]Place, error) {
	rank, err := l.Rank()
	if err != nil {
		return nil, err
	}
	size, err := l.Size()
	if err != nil {
		return nil, err
	}
	mine := make([]byte, 8+hostBytes)
	binary.LittleEndian.PutUint32(mine[4:], uint32(int32(firstCPU())))
	if !together { // else the lowest is 0, and a third of MPICH's start is saved
		binary.LittleEndian.PutUint32(mine, uint32(rank))
		if err := l.lowest(mine); err != nil {
			return nil, err
		}
	}
	if err := l.check("MPI_Get_processor_name", C.d4_host((*C.char)(unsafe.Pointer(&mine[8])), hostBytes)); err != nil {
		return nil, err
	}
	all := make([]byte, size*len(mine))
	if err := l.check("MPI_Allgather", C.d4_allgather(unsafe.Pointer(&mine[0]), unsafe.Pointer(&all[0]), C.int(len(mine)))); err != nil {
		return nil, err
	}
	places := make([]Place, size)
	for i := range places {
		one := all[i*len(mine):][:len(mine)]
		host, _, _ := strings.Cut(string(one[8:]), "\x00")
		places[i] = Place{Lowest: int(binary.LittleEndian.Uint32(one)), CPU: int(int32(binary.LittleEndian.Uint32(one[4:]))), Host: host}
	}
	if slices.ContainsFunc(places, func(p Place) bool { return p.Lowest != places[0].Lowest }) {
		C.d4_expect_nodes()
	}
	return places, nil
}

// lowest replaces this rank's number by the lowest on its node.
func (l *Library) lowest(number []byte) error {
	if err := l.check("MPI_Comm_split_type", C.d4_split_node()); err != nil {
		return err
	}
	if err := l.check("MPI_Bcast", C.d4_bcast_node(unsafe.Pointer(&number[0]), 4)); err != nil {
		return err
	}
	return l.check("MPI_Comm_free", C.d4_free_node())
}

// firstCPU is the first that this process may run on, -1 if nobody says.
func firstCPU() int {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) != nil {
		return -1
	}
	for cpu := range 64 * len(set) {
		if set.IsSet(cpu) {
			return cpu
		}
	}
	return -1
}

// Alloc returns n bytes outside the memory of Go, aligned to 64. It panics
// when there are none.
func Alloc(n int) unsafe.Pointer {
	p := C.aligned_alloc(64, C.size_t(n+63)&^63)
	if p == nil {
		panic(fmt.Sprintf("mpi: no memory for a buffer of %d bytes", n))
	}
	return p
}

// Free gives back what Alloc returned.
func Free(p unsafe.Pointer) { C.free(p) }

// Reserve makes room for n requests in a list. It panics when there is no
// memory for them.
func (l *Library) Reserve(list List, n int) {
	if C.d4_reserve(C.int(list), C.int(n)) != 0 {
		panic(fmt.Sprintf("mpi: no memory for %d requests", n))
	}
	l.done[list] = (*Done)(unsafe.Pointer(C.d4_results(C.int(list))))
}

// Recv posts a receive of at most n bytes from a rank, or Any.
func (l *Library) Recv(list List, slot int, p unsafe.Pointer, n, from, tag int) error {
	return l.check("MPI_Irecv", C.d4_irecv(C.int(list), C.int(slot), p, C.int(n), C.int(from), C.int(tag)))
}

// Send starts to send n bytes. With sync it is done only when the receiver has
// taken it. Done reports whether it is already; the slot is free then.
func (l *Library) Send(list List, slot int, p unsafe.Pointer, n, to, tag int, sync bool) (done bool, err error) {
	s := C.int(0)
	if sync {
		s = 1
	}
	var d C.int
	err = l.check("MPI_Isend", C.d4_send(C.int(list), C.int(slot), p, C.int(n), C.int(to), C.int(tag), s, &d))
	return d != 0, err
}

// Sum starts to add up the size-of-the-world numbers at mine over all ranks;
// this rank's sum arrives at sum. Both are of 8 bytes each, and from Alloc.
func (l *Library) Sum(list List, slot int, mine, sum unsafe.Pointer) error {
	return l.check("MPI_Ireduce_scatter_block", C.d4_sum(C.int(list), C.int(slot), mine, sum))
}

// Active counts the requests, of all lists, that have not been completed.
func (l *Library) Active() int { return int(C.d4_active()) }

// Move puts the request of one slot into another, which must be free.
func (l *Library) Move(list List, from, to int) { C.d4_move(C.int(list), C.int(from), C.int(to)) }

// Test asks for one request. What it returns is valid until the next call on
// the list.
func (l *Library) Test(list List, slot int) (Done, bool, error) {
	var done C.int
	if err := l.check("MPI_Test", C.d4_test(C.int(list), C.int(slot), &done)); err != nil || done == 0 {
		return Done{}, false, err
	}
	return *l.done[list], true, nil
}

// Cancel ends a receive that nothing has come for, or waits for what has.
func (l *Library) Cancel(list List, slot int) error {
	return l.check("MPI_Cancel", C.d4_cancel(C.int(list), C.int(slot)))
}

// Found is what Poll has found. The slices are valid until the next Poll.
type Found struct{ Ring, Bodies, Sends, Others []Done }

// Poll looks, at most spins times, at the ring of so many slots from its head
// on and in order, and at the first so many bodies and sends; then, where there
// was nothing, at one slot of the others, unless it is below 0.
func (l *Library) Poll(head, depth, bodies, sends, other, spins int) (Found, error) {
	var n [4]C.int32_t
	code := C.d4_poll(C.int(head), C.int(depth), C.int(bodies), C.int(sends), C.int(other), C.int(spins), &n[0])
	return Found{l.results(Ring, int(n[0])), l.results(Bodies, int(n[1])), l.results(Sends, int(n[2])), l.results(Others, int(n[3]))},
		l.check("MPI_Test", code)
}

func (l *Library) results(list List, n int) []Done {
	if n == 0 {
		return nil
	}
	return unsafe.Slice(l.done[list], n)
}
