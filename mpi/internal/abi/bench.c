//go:build cgo && linux && bench

// The loops that a C program would have: what our transport is compared with.
#include <stdlib.h>

#include "shim.h"

enum { BENCH_TAG = 99, BENCH_DEPTH = 8 };

static char *buffers(int n) {
	size_t size = (size_t)BENCH_DEPTH * ((n + 4095) & ~4095);
	char *all = aligned_alloc(4096, size);
	for (size_t i = 0; i < size; i += 4096)
		all[i] = 1;
	return all;
}

static int wait(int list, int slot) {
	int done = 0, code = 0;
	while (!done && !code)
		code = d4_test(list, slot, &done);
	return code;
}

// Numbers into a buffer and out of it, one by one.
static uint64_t put(char *buffer, int n, uint64_t next) {
	uint64_t *to = (uint64_t *)buffer;
	for (int i = 0; i < n / 8; i++) {
		to[i] = next++;
		__asm__ volatile("" ::"r"(to) : "memory");
	}
	return next;
}

static uint64_t add(const char *buffer, int n, uint64_t sum) {
	const uint64_t *from = (const uint64_t *)buffer;
	for (int i = 0; i < n / 8; i++) {
		sum += from[i];
		__asm__ volatile("" ::"r"(sum));
	}
	return sum;
}

// A stream of count messages of n bytes, from a ring of buffers; with items
// the sender fills each with numbers and the receiver adds them up.
int d4_bench_send(int to, int n, int count, int items) {
	uint64_t next = 0;
	char *all = buffers(n);
	int code = d4_reserve(D4_SENDS, BENCH_DEPTH);
	for (int i = 0; i < count + BENCH_DEPTH && !code; i++) {
		int slot = i % BENCH_DEPTH;
		if (i >= BENCH_DEPTH)
			code = wait(D4_SENDS, slot);
		if (i < count && items)
			next = put(all + (size_t)slot * n, n, next);
		if (i < count && !code)
			code = d4_isend(D4_SENDS, slot, all + (size_t)slot * n, n, to, BENCH_TAG, 0);
	}
	free(all);
	return code;
}

int d4_bench_receive(int from, int n, int count, int items) {
	uint64_t sum = 0;
	char *all = buffers(n);
	int code = d4_reserve(D4_RING, BENCH_DEPTH);
	for (int i = 0; i < BENCH_DEPTH && i < count && !code; i++)
		code = d4_irecv(D4_RING, i, all + (size_t)i * n, n, from, BENCH_TAG);
	for (int i = 0; i < count && !code; i++) {
		int slot = i % BENCH_DEPTH;
		code = wait(D4_RING, slot);
		if (items)
			sum = add(all + (size_t)slot * n, n, sum);
		if (i + BENCH_DEPTH < count && !code)
			code = d4_irecv(D4_RING, slot, all + (size_t)slot * n, n, from, BENCH_TAG);
	}
	free(all);
	return code;
}

// Rounds of n bytes there and back again; the one with first begins.
int d4_bench_bounce(int with, int n, int rounds, int first) {
	char *all = buffers(n);
	int code = d4_reserve(D4_SENDS, 1);
	code = code ? code : d4_reserve(D4_RING, 1);
	for (int i = 0; i < rounds && !code; i++) {
		code = d4_irecv(D4_RING, 0, all, n, with, BENCH_TAG);
		if (first && !code)
			code = d4_isend(D4_SENDS, 0, all + n, n, with, BENCH_TAG, 0);
		code = code ? code : wait(D4_RING, 0);
		if (!first && !code)
			code = d4_isend(D4_SENDS, 0, all + n, n, with, BENCH_TAG, 0);
		code = code ? code : wait(D4_SENDS, 0);
	}
	free(all);
	return code;
}
