// The binding of an MPI library that is opened at run time, without its
// header. Functions that return int return MPI's code unless it says so here;
// none is called before d4_open has returned 0.
#ifndef D4_SHIM_H
#define D4_SHIM_H

#include <stdint.h>

enum { D4_OPENMPI = 1, D4_MPICH = 2, D4_STANDARD = 3 }; // as Flavor in flavor.go

// Lists of requests, as List in library.go.
enum { D4_RING, D4_BODIES, D4_SENDS, D4_OTHERS, D4_LISTS };

// What has completed: the slot of its list, who sent it, how many bytes came,
// and MPI's code for it. Laid out as Done in library.go.
typedef struct {
	int32_t slot, source, count, error;
} d4_done;

// Opens a library and recognises its interface. Returns 0, or 1 with the
// reason in why; the process is as before then.
int d4_open(const char *path, char *why, int size);
void d4_close(void);
int d4_flavor(void);
void d4_version(char *text, int size);
void d4_error(int code, int *class, char *text, int size);
void d4_keep_signals(void);
void d4_restore_signals(void);

int d4_init(int *serialized);
int d4_errors_return(void);
int d4_dup(void);
int d4_finalize(void);
int d4_abort(int code);
int d4_rank(int *rank);
int d4_size(int *size);
int d4_host(char *name, int size);
int d4_allgather(const void *mine, void *all, int bytes);
int d4_split_node(void);
int d4_bcast_node(void *value, int bytes);
int d4_free_node(void);

// Room for n requests in a list, those in it kept. Returns 1 without memory.
int d4_reserve(int list, int n);
d4_done *d4_results(int list);
// Says that there are several nodes, before the first receive. Some libraries
// need another way to receive then.
void d4_expect_nodes(void);
// The number of requests in all lists that have not been completed.
int d4_active(void);
void d4_move(int list, int from, int to);
int d4_irecv(int list, int slot, void *buf, int n, int from, int tag);
int d4_isend(int list, int slot, const void *buf, int n, int to, int tag, int sync);
int d4_send(int list, int slot, const void *buf, int n, int to, int tag, int sync, int *done); // and tests it
int d4_sum(int list, int slot, const void *mine, void *sum);
int d4_test(int list, int slot, int *done);
int d4_testsome(int list, int n, int *found);
int d4_cancel(int list, int slot);

// One look at everything: the ring from its head on, in order and as far as it
// is complete, the first so many bodies and sends, again and again until
// something is found or it has looked spins times; then, if nothing was, one
// slot of the others, unless it is below 0. found has a number for each; what
// was found is in d4_results. A code other than 0 is that of MPI_Test.
int d4_poll(int head, int depth, int bodies, int sends, int other, int spins, int32_t found[4]);

#endif
