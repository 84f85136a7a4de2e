// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Counts the series' tracepoints with BPF programs. Nothing is pinned: the
 * kernel removes the programs with the file descriptors, however this process
 * ends.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/err.h"
#include "lib/kernel.h"
#include "lib/ksyms.h"
#include "model/names.h"
#include "bpf_internal.h"
#include "counted.h"
#include "libbpf_log.h"
#include "permit.h"
#include "stretch.h"

static void ask(struct source_answer *a)
{
	libbpf_log_start();
	permit_series(a);
}

/* Everything, but what nobody asked for. */
static void set_visibility(struct visibility *visible, const struct source_want *want)
{
	memset(visible, true, sizeof(*visible));
	visible->tasks = visible->pairs = want->tasks;
	visible->stacks = want->stacks;
}

int source_bpf_load(struct source *s, const struct source_want *want)
{
	struct v7scope_bpf *skel = v7scope_bpf__open();
	int err, e;

	set_visibility(&s->visible, want);
	if (!skel)
		return -errno;
	s->skel = skel;
	s->rows = counters_new(skel->obj,
			   (struct v7s_config *)&skel->rodata->config, want);
	if (!s->rows)
		return -errno;
	err = v7scope_bpf__load(skel);
	if (err)
		return err;
	for (e = 0; e < V7S_EVENTS; e++) {
		s->prog[e] = bpf_object__find_program_by_name(skel->obj,
							      event_names[e]);
		if (!s->prog[e])
			return -ENOENT;
	}
	return counters_map(s->rows);
}

static int attach(struct source *s, bool verbose)
{
	int i, e;

	for (i = 0; i < V7S_EVENTS; i++) {
		e = event_order[i];
		s->link[e] = bpf_program__attach_raw_tracepoint(s->prog[e],
								event_names[e]);
		if (s->link[e])
			continue;
		libbpf_log_explain("attach to the io_pgtable events", errno, verbose);
		return -1;
	}
	return 0;
}

/* Detach in reverse order. */
static void detach(struct source *s)
{
	struct bpf_link **link;
	int i;

	for (i = V7S_EVENTS - 1; i >= 0; i--) {
		link = &s->link[event_order[i]];
		bpf_link__destroy(*link);
		*link = NULL;
	}
}

static void stop(struct source *s)
{
	detach(s);
	counters_stopped(s->rows);
}

static void close_bpf(struct source *s)
{
	if (!s)
		return;
	detach(s);
	counters_free(s->rows);
	v7scope_bpf__destroy(s->skel);
	free(s);
}

/*
 * The unwinder of 32-bit Arm uses tables, and a BPF program has none: the
 * unwinder stops at the program and prints a warning to the kernel's log each
 * time. A kernel built with frame pointers does not need tables.
 */
static bool stacks_end_at_programs(void)
{
	struct utsname uts;

	/* Reading all symbols takes long, so only on 32-bit Arm. */
	return !uname(&uts) && !strncmp(uts.machine, "armv", 4) &&
	       ksyms_has("unwind_table_add");
}

static struct source *open_bpf(const struct source_want *asked)
{
	struct source_want mine = *asked, *want = &mine;
	struct source *s = calloc(1, sizeof(*s));
	int err;

	libbpf_log_start();
	if (!s) {
		err_print("out of memory");
		return NULL;
	}
	if (want->stacks && stacks_end_at_programs()) {
		err_warn("no stacks: this kernel cannot unwind from a BPF program; build it with CONFIG_UNWINDER_FRAME_POINTER=y");
		want->stacks = false;
	}
	err = source_bpf_load(s, want);
	if (err)
		libbpf_log_explain("load the BPF programs", -err, want->verbose);
	if (err || attach(s, want->verbose)) {
		close_bpf(s);
		return NULL;
	}
	return s;
}

static void complete(struct source *s, struct report *r)
{
	const struct source_want any = { 0 };
	int e;

	r->source = source_bpf.name;
	r->visible = &s->visible;
	r->stretch = stretch_of(STRETCH_EVENT, &any, kernel_machine());
	for (e = 0; e < V7S_EVENTS; e++)
		r->misses[e] = counters_prog_misses(s->prog[e]);
}

const struct source_ops source_bpf = {
	.name		= "bpf",
	.ask		= ask,
	.open		= open_bpf,
	COUNTED_OPS,
	.stop		= stop,
	.complete	= complete,
	.close		= close_bpf,
};
