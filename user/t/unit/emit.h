/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * For tests that run the BPF programs by hand, with the arguments that the
 * events would have, and look at what the reader makes of it. Where the kernel
 * does not load them for this user, and with natively=1 in the environment, this
 * process counts the events: with the same bpf/count.h.
 */
#ifndef V7S_EMIT_H
#define V7S_EMIT_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <cmocka.h>

#include <bpf/bpf.h>

#include "ftrace/count_events.h"
#include "lib/clock.h"
#include "lib/util.h"
#include "source/bpf_internal.h"
#include "source/counters_internal.h"
#include "source/libbpf_log.h"
#include "source/stream_internal.h"

#define HELPER static inline __attribute__((unused))

enum { V7S_FMT = 4, NOT_TIMED = -1, FREE_LOCK = -1 };

/* This process counts, not the kernel. */
static bool natively;

/* A source that counts, but only what is emitted here. */
HELPER struct source *source_for(const struct source_want *want)
{
	struct source *s = calloc(1, sizeof(*s));
	int err;

	assert_non_null(s);
	if (natively) {
		s->rows = count_events_start(want, want->ring);
		assert_non_null(s->rows);
		return s;
	}
	err = source_bpf_load(s, want);
	if (err) {
		print_error("load: %s\n%s\n", strerror(-err), libbpf_log_text());
		fail();
	}
	return s;
}

HELPER int teardown(void **state)
{
	source_bpf.close(*state);
	return 0;
}

/* Returns 0, or why the kernel does not let us load BPF programs: -EPERM, -ENOSYS. */
HELPER int load_error(void)
{
	static const struct source_want plain;
	struct source *probe = calloc(1, sizeof(*probe));
	int err;

	libbpf_log_start();
	assert_non_null(probe);
	err = source_bpf_load(probe, &plain);
	source_bpf.close(probe);
	return err == -EPERM || err == -ENOSYS ? err : 0;
}

/* To be called by main() first: decides who counts, and says so. */
HELPER void choose_counter(void)
{
	int err = getenv("natively") ? 0 : load_error();

	natively = err || getenv("natively");
	if (err)
		printf("# %s: cannot load BPF programs, so this process counts\n", strerror(-err));
}

HELPER void on_cpu(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
}

/*
 * The programs take a name from kernel memory only. A map's value is there,
 * and a program can tell where.
 */
HELPER uint64_t kernel_string(const char *text)
{
	int map = natively ? -1 : bpf_map_create(BPF_MAP_TYPE_ARRAY, "text", 4, 128, 1, NULL);
	struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = map },
		{ 0 },
		{ .code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_REG_1, .off = 120 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	static char texts[16][128];
	static unsigned int n;
	char value[128] = "";
	uint64_t at;
	__u32 key = 0;
	int prog;

	if (natively) {
		assert_true(n < ARRAY_SIZE(texts));
		return (uintptr_t)strcpy(texts[n++], text);
	}
	assert_true(map >= 0);
	memcpy(value, text, strlen(text));
	assert_int_equal(bpf_map_update_elem(map, &key, value, 0), 0);
	prog = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "where", "GPL",
			     insns, ARRAY_SIZE(insns), NULL);
	assert_true(prog >= 0);
	assert_int_equal(bpf_prog_test_run_opts(prog, &opts), 0);
	assert_int_equal(bpf_map_lookup_elem(map, &key, value), 0);
	memcpy(&at, &value[120], sizeof(at));
	close(prog);
	return at;	/* the map stays, as we do */
}

/* Address of the name of the device that the events come from. */
static uint64_t dev;

/* As the kernel runs a program: one at a time on a CPU. */
HELPER void count_natively(int event, const uint64_t args[12])
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct counted_event e = {
		.cpu = sched_getcpu(), .event = event, .time = clock_now(),
		.task = (uint64_t)getpid() << 32 | gettid(),
		.dev = (const char *)(uintptr_t)args[0],
	};
	char comm[V7S_COMM];

	prctl(PR_GET_NAME, comm);
	e.comm = comm;
	memcpy(e.args, args, sizeof(e.args));
	pthread_mutex_lock(&lock);
	count_event(&e);
	pthread_mutex_unlock(&lock);
}

HELPER void emit(struct source *s, int event, uint64_t pgtable, int n,
		 const uint64_t *rest)
{
	uint64_t args[12] = { dev, pgtable, V7S_FMT };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args,
		    .ctx_size_in = sizeof(args));

	memcpy(&args[3], rest, n * sizeof(*rest));
	if (natively) {
		count_natively(event, args);
		return;
	}
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(s->prog[event]),
						&opts), 0);
}

#define EMIT(s, event, pgtable, ...)					\
	emit(s, event, pgtable,						\
	     sizeof((uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t),	\
	     (uint64_t[]){ __VA_ARGS__ })

HELPER void create(struct source *s, uint64_t pgtable)
{
	EMIT(s, V7S_EVENT_CREATE, pgtable, 32, 32, 0);
}

HELPER void destroy(struct source *s, uint64_t pgtable)
{
	EMIT(s, V7S_EVENT_DESTROY, pgtable, 32, 32, 0);
}

HELPER void install(struct source *s, uint64_t pgtable, uint64_t why,
		    uint64_t outcome, uint64_t window)
{
	EMIT(s, V7S_EVENT_INSTALL, pgtable, 1, 0x100000, why, outcome, window);
}

HELPER void split(struct source *s, uint64_t pgtable, uint64_t kind,
		  uint64_t outcome, uint64_t wait, uint64_t hold, int holder)
{
	/* As the kernel passes an int: without its sign in the upper half. */
	EMIT(s, V7S_EVENT_SPLIT, pgtable, 2, 0x100000, kind, outcome, 0x10000,
	     0x1000, wait, hold, (uint32_t)holder);
}

HELPER void free_table(struct source *s, uint64_t pgtable, uint64_t why)
{
	EMIT(s, V7S_EVENT_FREE, pgtable, 1, 0x200000, why);
}

HELPER void refuse(struct source *s, uint64_t pgtable, uint64_t why)
{
	EMIT(s, V7S_EVENT_REFUSE, pgtable, 1, 0x300000, 4096, why);
}

HELPER struct report report_of(struct source *s, struct model *m, bool final)
{
	struct report r;

	assert_int_equal(counters_read(s->rows, m, 1), 0);
	assert_int_equal(model_report(m, final, &r), 0);
	return r;
}

HELPER struct report read_report(struct source *s, struct model *m)
{
	return report_of(s, m, true);
}

#endif
