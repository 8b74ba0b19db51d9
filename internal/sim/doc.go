// Package sim is a world in which runs of the engine can be played again: all
// ranks live in one process, one task runs at a time, and a seeded random
// source decides which, when frames arrive, when there is no room for them,
// how time passes, and which rank vanishes.
//
// A World is the engine's scheduler and, by Transports, the ranks' transport.
// It knows when nothing can go on any more: that is a hang, and it says so
// with the names of those who wait.
//
// Equal seeds give equal runs as long as the PEs are deterministic and nobody
// waits for the world outside (d4.Wait) or cancels the run.
package sim
