//go:build !(cgo && linux)

package abi

import (
	"errors"
	"unsafe"
)

// errNoShim says what is missing.
var errNoShim = errors.New("this program was built without MPI: that takes Linux and cgo (CGO_ENABLED=1 and a C compiler)")

// A Library is the opened MPI library. In this build there is none, and none
// of its methods is ever reached.
type Library struct{}

// Open says that this program was built without the means to.
func Open(string) (*Library, error) { return nil, errNoShim }

// Path names no library.
func (l *Library) Path() string { return "" }

// Flavor is unknown.
func (l *Library) Flavor() Flavor { return Unknown }

// Version is that of no library.
func (l *Library) Version() string { return "" }

// Check returns errNoShim.
func (l *Library) Check(string, Done) error { return errNoShim }

// Init returns errNoShim.
func (l *Library) Init(int) error { return errNoShim }

// Finalize returns errNoShim.
func (l *Library) Finalize() error { return errNoShim }

// Abort returns errNoShim.
func (l *Library) Abort(int) error { return errNoShim }

// Rank returns errNoShim.
func (l *Library) Rank() (int, error) { return 0, errNoShim }

// Size returns errNoShim.
func (l *Library) Size() (int, error) { return 0, errNoShim }

// Places returns errNoShim.
func (l *Library) Places(bool) ([]Place, error) { return nil, errNoShim }

// Alloc returns nil.
func Alloc(int) unsafe.Pointer { return nil }

// Free does nothing.
func Free(unsafe.Pointer) {}

// Reserve does nothing.
func (l *Library) Reserve(List, int) {}

// Recv returns errNoShim.
func (l *Library) Recv(List, int, unsafe.Pointer, int, int, int) error { return errNoShim }

// Send returns errNoShim.
func (l *Library) Send(List, int, unsafe.Pointer, int, int, int, bool) (bool, error) {
	return false, errNoShim
}

// Sum returns errNoShim.
func (l *Library) Sum(List, int, unsafe.Pointer, unsafe.Pointer) error { return errNoShim }

// Active counts none.
func (l *Library) Active() int { return 0 }

// Move does nothing.
func (l *Library) Move(List, int, int) {}

// Test returns errNoShim.
func (l *Library) Test(List, int) (Done, bool, error) { return Done{}, false, errNoShim }

// Cancel returns errNoShim.
func (l *Library) Cancel(List, int) error { return errNoShim }

// Found is what Poll has found.
type Found struct{ Ring, Bodies, Sends, Others []Done }

// Poll returns errNoShim.
func (l *Library) Poll(int, int, int, int, int, int) (Found, error) { return Found{}, errNoShim }
