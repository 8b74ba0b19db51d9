// Package jobs reads job files: a workflow in TOML, made of PEs that a registry
// knows by name.
//
//	name = "ambient-noise"
//	seed = 1                     # of what the engine does by chance
//
//	[run]                        # defaults for flags
//	mapping = "local"            # ranks, cores, memory, node_memory, fuse, placement, profile, pilot, nodes, compress, dir, time_limit, log, rank_logs, mpi, digest, check;
//	                             # nimbus, topology, workers, ship on Storm
//
//	[[pe]]
//	name = "whiten"
//	type = "seismo.Whiten"
//	items = "seismo.Trace"       # only where it cannot be seen from the neighbours
//	instances = 4                # "auto", or nothing: the plan decides
//	on_error = "retry"           # or fail, skip
//	retries = 2
//	hold = "64 MiB"              # that a call may emit under retry or skip
//	weight = 0.02                # CPU seconds an item costs
//	with = { freq_min = 0.05 }   # parameters
//
//	[[connect]]
//	from = "filter.out"
//	to = "whiten.in"
//	grouping = "round_robin"     # or balanced, one_to_all, all_to_one, { by = "station" }
//
//	[input]
//	generate = 5                 # calls of Next that the source makes in all
//	"read.paths" = ["a", "b"]    # items for an input that no stream feeds
//
//	[slurm]                      # handed on as it is; package slurm knows the keys
//
//	[storm]                      # the same; the topology's configuration by Storm's names
//
// The cast: Load and Parse make a Job. A Table is a part of the file in which
// every key and value knows its Position. An Error is all that is wrong, each
// Problem with file, line and column, and the nearest right name where there is
// one; nothing stops at the first.
//
// # Types of items
//
// A PE such as pes.Tee is registered in several variants, one for each type of
// items. Which one is meant follows from the streams: both ends of one have the
// same type. Candidates that fit none of a neighbour's are dropped until nothing
// changes; items in [input] help. Where several are left, items says which.
//
// # Flags
//
// A set, as --set takes it, is seed=N, run.KEY=VALUE or PE.PARAMETER=VALUE. It
// goes over what the file says and is checked like it; messages name the flag.
// The value is TOML, or a bare word. A parameter that is called path, file, dir
// or folder (or several of them, or something that ends so) is relative to the
// job file; one from a flag is relative to the working directory.
//
// # Caveats
//
// A mistake in the TOML itself hides all others: there is then no tree to look
// at. PEs are made while loading, to see their ports: factories and Setup must
// leave the world as it is.
package jobs
