// Package mpitest starts ranks under every MPI that is here, for tests.
//
// The cast: an MPI is a launcher with one of the interfaces that its library
// offers. Each runs a test under every MPI that has to be there, or under all
// with DISPEL4GO_MPI_ALL set. A Launch is a program started as ranks, under a
// time limit, and a Result what it left. Nodes are hosts to start ranks on.
//
// # Caveats
//
// In continuous integration a required MPI that is missing is a failure, else
// the test is left out with a line that says so. scripts/mpi.sh installs them.
package mpitest
