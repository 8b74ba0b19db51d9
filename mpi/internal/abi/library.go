package abi

import "fmt"

// List is one of the lists of requests that a Library keeps.
type List int

// As in shim.h.
const (
	Ring   List = iota // receives from any rank, completed in order
	Bodies             // receives from a rank that has announced them
	Sends              // whatever is sent
	Others             // a few that are tested one by one
)

// Any as a sender stands for every rank.
const Any = -1

// Done says that a request has completed. As d4_done in shim.h.
type Done struct {
	Slot   int32 // of its list
	Source int32 // who sent it, for a receive
	Count  int32 // bytes received
	Error  int32 // MPI's code; 0 is success
}

// A Place is where a rank runs.
type Place struct {
	Lowest int    // the lowest rank on the same node
	CPU    int    // the first that it may run on, -1 if that is not known
	Host   string // the name of the node
}

// A Description is what is known of a library.
type Description struct {
	Path    string // or the name that the dynamic linker found it by
	Version string // the first line of what it says of itself
	ABI     string // openmpi, mpich or std
}

// Describe tells which library was opened.
func (l *Library) Describe() Description {
	return Description{l.Path(), l.Version(), l.Flavor().String()}
}

// String is a line about it.
func (d Description) String() string { return fmt.Sprintf("%s (%s, ABI %s)", d.Version, d.Path, d.ABI) }
