package abi

import "fmt"

// An Error is what an MPI call has returned instead of success.
type Error struct {
	Op    string // the call, such as MPI_Isend
	Code  int    // what it returned
	Class int    // the error class of the code, in the library's own numbers
	Text  string // the library's description of the code
}

// Error names the call and what the library says of it.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s (code %d, class %d)", e.Op, e.Text, e.Code, e.Class)
}
