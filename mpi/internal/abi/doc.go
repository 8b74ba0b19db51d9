// Package abi binds the MPI library at run time. It alone knows that the
// library is C, and whose it is.
//
// There are five things in it. The finding rules (find.go) make a list of
// libraries to try, from a wish, from the launcher that started us, from the
// environment. The shim (shim.c) opens one of them without its header: it
// recognises the binary interface by symbols and has a table of constants for
// each of the three there are. A Library is the opened one: the few calls that
// package mpi needs, with requests kept in lists on the C side, known to Go by
// slot number. A Launcher is a command of this machine that starts ranks. A
// guard (guard_cgo.go) sees to it that a launcher hears of ranks that vanish.
//
// # Duties of the caller
//
// One call at a time: the library is asked for MPI_THREAD_SERIALIZED. Init and
// Finalize come from the same locked thread. Memory given to Send and Recv
// stays where it is, and alive, until its slot is reported done: it comes from
// Alloc or is pinned.
//
// # Caveats
//
// Handles are passed as integers of the width of a pointer. An interface whose
// handles are C ints finds them in the same register, sign-extended, on amd64,
// arm64, ppc64le and riscv64. There is one library for a process; opening
// another one after Init is refused.
//
// Without cgo, or on another system than Linux, Open says what is missing and
// nothing else here is reached.
package abi
