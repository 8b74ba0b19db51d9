//go:build cgo && linux

#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A handle as an argument. Where handles are ints, the callee looks at the
// lower half of the register.
typedef intptr_t handle;

// What differs between the interfaces. Open MPI's handles are addresses, which
// d4_open fills in.
typedef struct {
	int handle_bytes;                        // width of a handle in memory
	int status_bytes, source_at, error_at;   // MPI_Status; the last two count ints
	int any_source, serialized, shared_type; // MPI_ANY_SOURCE, MPI_THREAD_SERIALIZED, MPI_COMM_TYPE_SHARED
	handle world, byte, uint64, sum, errors_return, info_null, request_null;
	void *status_ignore;
} constants;

static const constants tables[] = {
	// Open MPI 3 to 5: mpi.h of 4.1.4
	[D4_OPENMPI] = {.handle_bytes = sizeof(void *), .status_bytes = 24, .source_at = 0, .error_at = 2,
		.any_source = -1, .serialized = 2, .shared_type = 0, .status_ignore = 0},
	// The MPICH ABI initiative: mpi.h of MPICH 4.0.2
	[D4_MPICH] = {.handle_bytes = sizeof(int), .status_bytes = 20, .source_at = 2, .error_at = 4,
		.any_source = -2, .serialized = 2, .shared_type = 1, .status_ignore = (void *)1,
		.world = 0x44000000, .byte = 0x4c00010d, .uint64 = 0x4c00083e, .sum = 0x58000003,
		.errors_return = 0x54000001, .info_null = 0x1c000000, .request_null = 0x2c000000},
	// MPI 5.0, chapter 20
	[D4_STANDARD] = {.handle_bytes = sizeof(void *), .status_bytes = 32, .source_at = 0, .error_at = 2,
		.any_source = -1, .serialized = 2048, .shared_type = 221, .status_ignore = 0,
		.world = 0x101, .byte = 0x247, .uint64 = 0x259, .sum = 0x21,
		.errors_return = 0x143, .info_null = 0x130, .request_null = 0x180},
};

static constants k;
static int flavor;
static void *library;

static struct {
	int (*Get_library_version)(char *, int *);
	int (*Init_thread)(int *, char ***, int, int *);
	int (*Finalize)(void);
	int (*Abort)(handle, int);
	int (*Error_class)(int, int *);
	int (*Error_string)(int, char *, int *);
	int (*Comm_set_errhandler)(handle, handle);
	int (*Comm_dup)(handle, void *);
	int (*Comm_free)(void *);
	int (*Comm_rank)(handle, int *);
	int (*Comm_size)(handle, int *);
	int (*Comm_split_type)(handle, int, int, handle, void *);
	int (*Get_processor_name)(char *, int *);
	int (*Allgather)(const void *, int, handle, void *, int, handle, handle);
	int (*Bcast)(void *, int, handle, int, handle);
	int (*Ireduce_scatter_block)(const void *, void *, int, handle, handle, handle, void *);
	int (*Irecv)(void *, int, handle, int, int, handle, void *);
	int (*Improbe)(int, int, handle, int *, void *, void *);
	int (*Imrecv)(void *, int, handle, void *, void *);
	int (*Isend)(const void *, int, handle, int, int, handle, void *);
	int (*Issend)(const void *, int, handle, int, int, handle, void *);
	int (*Test)(void *, int *, void *);
	int (*Testsome)(int, void *, int *, int *, void *);
	int (*Wait)(void *, void *);
	int (*Cancel)(void *);
	int (*Get_count)(const void *, handle, int *);
} mpi;

static const struct {
	const char *name;
	void *at;
} functions[] = {
#define FUNCTION(name) {"MPI_" #name, &mpi.name}
	FUNCTION(Get_library_version), FUNCTION(Init_thread), FUNCTION(Finalize), FUNCTION(Abort), FUNCTION(Error_class),
	FUNCTION(Error_string), FUNCTION(Comm_set_errhandler), FUNCTION(Comm_dup),
	FUNCTION(Comm_free), FUNCTION(Comm_rank), FUNCTION(Comm_size), FUNCTION(Comm_split_type), FUNCTION(Get_processor_name),
	FUNCTION(Allgather), FUNCTION(Bcast), FUNCTION(Ireduce_scatter_block), FUNCTION(Irecv), FUNCTION(Improbe), FUNCTION(Imrecv), FUNCTION(Isend), FUNCTION(Issend), FUNCTION(Test), FUNCTION(Testsome),
	FUNCTION(Wait), FUNCTION(Cancel), FUNCTION(Get_count),
#undef FUNCTION
};

static const struct {
	const char *name;
	handle *at;
} openmpi_handles[] = {
	{"ompi_mpi_comm_world", &k.world}, {"ompi_mpi_byte", &k.byte}, {"ompi_mpi_uint64_t", &k.uint64},
	{"ompi_mpi_op_sum", &k.sum}, {"ompi_mpi_errors_return", &k.errors_return}, {"ompi_mpi_info_null", &k.info_null},
	{"ompi_request_null", &k.request_null},
};

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

// A handle in memory, of the library's width.
typedef union {
	int i;
	void *p;
} cell;

static handle value(const cell *c) { return k.handle_bytes == sizeof(int) ? (handle)c->i : (handle)c->p; }

// Our own communicator, so that nobody else's messages meet ours, and that of
// the ranks on this node while it is needed.
static cell comm_cell, node_cell;
static handle comm;

// ---- opening

// Looks a symbol up, or says that it is missing.
static void *symbol(const char *name, char *why, int size) {
	void *at = dlsym(library, name);
	if (!at)
		snprintf(why, size, "it has no %s", name);
	return at;
}

int d4_open(const char *path, char *why, int size) {
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		snprintf(why, size, "%s", dlerror());
		return 1;
	}
	for (int i = 0; i < COUNT(functions); i++) {
		void *at = symbol(functions[i].name, why, size);
		if (!at) {
			d4_close();
			return 1;
		}
		*(void **)functions[i].at = at;
	}
	// Native libraries of MPI 5 have MPI_Abi_get_version too; only the one of
	// the standard interface answers with a version of it.
	int major = 0, minor = 0;
	int (*abi_version)(int *, int *);
	*(void **)&abi_version = dlsym(library, "MPI_Abi_get_version");
	if (abi_version && abi_version(&major, &minor) == 0 && major > 0)
		flavor = D4_STANDARD;
	else if (dlsym(library, "ompi_mpi_comm_world"))
		flavor = D4_OPENMPI;
	else
		flavor = D4_MPICH;
	k = tables[flavor];
	for (int i = 0; flavor == D4_OPENMPI && i < COUNT(openmpi_handles); i++) {
		*openmpi_handles[i].at = (handle)symbol(openmpi_handles[i].name, why, size);
		if (!*openmpi_handles[i].at) {
			d4_close();
			return 1;
		}
	}
	// In drafts of MPI 5.0 MPI_ERRORS_RETURN was 0x142. That of Intel MPI 2021.18
	// still is; in the standard it is MPI_ERRORS_ABORT. A handler of our own is
	// no way out: after it, calls of MPICH 4.3 and later return success.
	char version[512];
	d4_version(version, sizeof version);
	if (flavor == D4_STANDARD && strstr(version, "Intel(R) MPI Library 2021"))
		k.errors_return = 0x142;
	return 0;
}

void d4_close(void) {
	dlclose(library);
	library = NULL;
	flavor = 0;
}

int d4_flavor(void) { return flavor; }

void d4_version(char *text, int size) {
	static char all[8192 + 1]; // MPI_MAX_LIBRARY_VERSION_STRING is 256 or 8192
	int length = 0;
	all[0] = 0;
	mpi.Get_library_version(all, &length); // legal before MPI_Init
	snprintf(text, size, "%.*s", (int)strcspn(all, "\n"), all);
}

void d4_error(int code, int *class, char *text, int size) {
	char all[1024] = ""; // MPI_MAX_ERROR_STRING is 256 or 512
	int length = 0;
	*class = code;
	mpi.Error_class(code, class);
	mpi.Error_string(code, all, &length);
	snprintf(text, size, "%s", all);
}

// Signal handlers. UCX installs its own inside dlopen, MPICH in MPI_Init. With
// them a nil dereference in Go would end the process without a word.
static struct sigaction kept[NSIG];
static int is_kept[NSIG];

void d4_keep_signals(void) {
	for (int s = 1; s < NSIG; s++)
		is_kept[s] = sigaction(s, NULL, &kept[s]) == 0;
}

void d4_restore_signals(void) {
	for (int s = 1; s < NSIG; s++)
		if (is_kept[s] && s != SIGKILL && s != SIGSTOP)
			sigaction(s, &kept[s], NULL);
}

// ---- the world

int d4_init(int *serialized) {
	int provided = 0;
	int code = mpi.Init_thread(NULL, NULL, k.serialized, &provided);
	*serialized = provided >= k.serialized;
	return code;
}

int d4_errors_return(void) { return mpi.Comm_set_errhandler(k.world, k.errors_return); }

int d4_dup(void) {
	int code = mpi.Comm_dup(k.world, &comm_cell);
	comm = value(&comm_cell);
	return code ? code : mpi.Comm_set_errhandler(comm, k.errors_return);
}

// What exit() calls, without exiting.
extern void __cxa_finalize(void *);

int d4_finalize(void) {
	int code = mpi.Comm_free(&comm_cell);
	if (!code)
		code = mpi.Finalize();
	// MPICH from 4.1 on tells its launcher in a handler of exit() that it has
	// finalized, and a Go program never calls exit(): the launcher would kill
	// the ranks that are still leaving when the first has left.
	if (!code)
		__cxa_finalize(NULL);
	return code;
}

int d4_abort(int code) { return mpi.Abort(k.world, code); }
int d4_rank(int *rank) { return mpi.Comm_rank(k.world, rank); }
int d4_size(int *size) { return mpi.Comm_size(k.world, size); }

int d4_host(char *name, int size) {
	char all[1024] = ""; // MPI_MAX_PROCESSOR_NAME is 128 or 256
	int length = 0;
	int code = mpi.Get_processor_name(all, &length);
	snprintf(name, size, "%s", all);
	return code;
}

int d4_allgather(const void *mine, void *all, int bytes) {
	return mpi.Allgather(mine, bytes, k.byte, all, bytes, k.byte, comm);
}

// The ranks of a node keep their order, so the lowest is the root of Bcast.
int d4_split_node(void) { return mpi.Comm_split_type(comm, k.shared_type, 0, k.info_null, &node_cell); }
int d4_bcast_node(void *value_, int bytes) { return mpi.Bcast(value_, bytes, k.byte, 0, value(&node_cell)); }
int d4_free_node(void) { return mpi.Comm_free(&node_cell); }

// ---- requests

// A receive from any rank that has not been posted: see d4_irecv.
typedef struct {
	void *buf;
	int n, tag, waits;
} expected;

static struct {
	char *requests; // handles of the library's width
	char *statuses;
	int *indices;
	d4_done *done;
	expected *any;
	int room;
} lists[D4_LISTS];

static void *request(int list, int slot) { return lists[list].requests + (size_t)slot * k.handle_bytes; }

static void clear(int list, int slot) {
	if (k.handle_bytes == sizeof(int))
		*(int *)request(list, slot) = (int)k.request_null;
	else
		*(void **)request(list, slot) = (void *)k.request_null;
}

int d4_reserve(int list, int n) {
	int had = lists[list].room;
	if (n <= had)
		return 0;
	void *requests = realloc(lists[list].requests, (size_t)n * k.handle_bytes);
	if (requests)
		lists[list].requests = requests;
	void *statuses = realloc(lists[list].statuses, (size_t)n * k.status_bytes);
	if (statuses)
		lists[list].statuses = statuses;
	void *indices = realloc(lists[list].indices, n * sizeof(int));
	if (indices)
		lists[list].indices = indices;
	void *done = realloc(lists[list].done, n * sizeof(d4_done));
	if (done)
		lists[list].done = done;
	void *any = realloc(lists[list].any, n * sizeof(expected));
	if (any)
		lists[list].any = any;
	if (!requests || !statuses || !indices || !done || !any)
		return 1;
	lists[list].room = n;
	for (int slot = had; slot < n; slot++) {
		clear(list, slot);
		lists[list].any[slot].waits = 0;
	}
	return 0;
}

d4_done *d4_results(int list) { return lists[list].done; }

void d4_move(int list, int from, int to) {
	memcpy(request(list, to), request(list, from), k.handle_bytes);
	clear(list, from);
}

int d4_active(void) {
	int n = 0;
	for (int list = 0; list < D4_LISTS; list++)
		for (int slot = 0; slot < lists[list].room; slot++)
			n += lists[list].any[slot].waits ? 1
				: k.handle_bytes == sizeof(int) ? *(int *)request(list, slot) != (int)k.request_null
			                                   : *(void **)request(list, slot) != (void *)k.request_null;
	return n;
}

// MPICH from 4.3 on loses a receive from any rank, between nodes, if what it
// receives is there already when it is posted (seen with 4.3.2 and 5.0.2, over
// UCX; over libfabric now and then). There such a receive is made when a look
// has found a message for it.
static int loses_any;

void d4_expect_nodes(void) {
	char version[512];
	d4_version(version, sizeof version);
	int major = 0, minor = 0;
	loses_any = sscanf(version, "MPICH Version: %d.%d", &major, &minor) == 2 && (major > 4 || (major == 4 && minor >= 3));
}

int d4_irecv(int list, int slot, void *buf, int n, int from, int tag) {
	if (from < 0 && loses_any) {
		lists[list].any[slot] = (expected){.buf = buf, .n = n, .tag = tag, .waits = 1};
		return 0;
	}
	return mpi.Irecv(buf, n, k.byte, from < 0 ? k.any_source : from, tag, comm, request(list, slot));
}

int d4_isend(int list, int slot, const void *buf, int n, int to, int tag, int sync) {
	return (sync ? mpi.Issend : mpi.Isend)(buf, n, k.byte, to, tag, comm, request(list, slot));
}

int d4_send(int list, int slot, const void *buf, int n, int to, int tag, int sync, int *done) {
	int code = d4_isend(list, slot, buf, n, to, tag, sync);
	*done = 0;
	return code ? code : mpi.Test(request(list, slot), done, k.status_ignore);
}

int d4_sum(int list, int slot, const void *mine, void *sum) {
	return mpi.Ireduce_scatter_block(mine, sum, 1, k.uint64, k.sum, comm, request(list, slot));
}

// Reads a status into the at-th result of a list. The code of a completed
// request is in its status only where the call says so.
static void result(int list, int at, int slot, const char *status, int error) {
	int count = 0;
	mpi.Get_count(status, k.byte, &count);
	lists[list].done[at] = (d4_done){
		.slot = slot, .source = ((const int *)status)[k.source_at], .count = count,
		.error = error ? ((const int *)status)[k.error_at] : 0};
}

// Makes the receive that a slot expects, if there is a message for it.
static int look(int list, int slot) {
	expected *e = &lists[list].any[slot];
	cell message;
	int found = 0;
	int code = mpi.Improbe(k.any_source, e->tag, comm, &found, &message, lists[list].statuses);
	if (code || !found)
		return code;
	e->waits = 0;
	return mpi.Imrecv(e->buf, e->n, k.byte, &message, request(list, slot));
}

// Tests one request; it is the at-th result if it is done.
static int test(int list, int slot, int at, int *done) {
	char *status = lists[list].statuses;
	*done = 0;
	if (lists[list].any[slot].waits) {
		int code = look(list, slot);
		if (code || lists[list].any[slot].waits)
			return code;
	}
	int code = mpi.Test(request(list, slot), done, status);
	if (!code && *done)
		result(list, at, slot, status, 0);
	return code;
}

int d4_test(int list, int slot, int *done) { return test(list, slot, 0, done); }

int d4_testsome(int list, int n, int *found) {
	char *statuses = lists[list].statuses;
	int *indices = lists[list].indices;
	int outcount = 0;
	int code = mpi.Testsome(n, request(list, 0), &outcount, indices, statuses);
	*found = outcount > 0 ? outcount : 0; // MPI_UNDEFINED: none is active
	for (int i = 0; i < *found; i++)
		result(list, i, indices[i], statuses + (size_t)i * k.status_bytes, code);
	return *found ? 0 : code;
}

int d4_cancel(int list, int slot) {
	if (lists[list].any[slot].waits) {
		lists[list].any[slot].waits = 0;
		return 0;
	}
	int code = mpi.Cancel(request(list, slot));
	return code ? code : mpi.Wait(request(list, slot), k.status_ignore);
}

int d4_poll(int head, int depth, int bodies, int sends, int other, int spins, int32_t found[4]) {
	int code = 0, done = 0;
	found[0] = found[1] = found[2] = found[3] = 0;
	for (int i = 0; i < spins && !found[0] && !found[1] && !found[2] && !code; i++) {
		for (int done = 1; depth && done && !code && found[0] < depth; found[0] += done && !code)
			code = test(D4_RING, (head + found[0]) % depth, found[0], &done);
		if (bodies && !code)
			code = d4_testsome(D4_BODIES, bodies, &found[1]);
		if (sends && !code)
			code = d4_testsome(D4_SENDS, sends, &found[2]);
	}
	if (other >= 0 && !code && !found[0] && !found[1] && !found[2]) {
		code = test(D4_OTHERS, other, 0, &done);
		found[3] = done;
	}
	return code;
}
