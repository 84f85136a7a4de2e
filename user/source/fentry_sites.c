// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/util.h"
#include "fentry_sites.h"

/* Programs in place of a kprobe, by family. A pair becomes two programs. */
static const struct {
	const char *kprobe;
	const char *prog[V7S_FAMILIES][2];
} programs[] = {
	{ "installed", { { "short_installed" }, { "long_installed" } } },
	{ "allocated", { { "short_allocated" }, { "long_allocated" } } },
	{ "begin", { { "short_begin" }, { "long_begin" } } },
	{ "mapped", { { "short_mapped" }, { "long_mapped" } } },
	{ "unmapped", { { "short_unmapped" }, { "long_unmapped" } } },
	{ "release", { { "short_release" }, { "long_release" } } },
	{ "destroy", { { "end_short_destroy", "begin_short_destroy" },
			      { "end_long_destroy", "begin_long_destroy" } } },
	{ "begin_wait", { { "begin_wait" }, { "begin_wait" } } },
	{ "end_wait", { { "end_wait" }, { "end_wait" } } },
#define CREATE(name) \
	{ name, { { "begin_" name, "end_" name }, { "begin_" name, "end_" name } } }
	CREATE("create_v7s"),
	CREATE("create_32_s1"), CREATE("create_32_s2"),
	CREATE("create_64_s1"), CREATE("create_64_s2"),
	CREATE("create_mali"),
#undef CREATE
};

static int add_programs(struct kprobe_sites *p, const struct site *from, int n)
{
	enum v7s_family family = strstr(from->symbol, "v7s") ? V7S_SHORT : V7S_LONG;
	const char *kprobe = from->prog;
	size_t i;
	int k;

	/* Beside installs, an allocation shows no more than its failure. */
	if (p->install[family] && !strcmp(kprobe, "allocated"))
		kprobe = p->window ? "begin" : "";
	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		if (strcmp(kprobe, programs[i].kprobe))
			continue;
		for (k = 0; k < 2 && programs[i].prog[family][k]; k++) {
			p->site[n] = *from;
			p->site[n].ret = false;
			p->site[n++].prog = programs[i].prog[family][k];
		}
	}
	return n;
}

/* True if the window of each install that is observed has a begin. */
static bool begins(const struct kprobe_sites *p)
{
	bool begin[V7S_FAMILIES] = { 0 };
	int i, f;

	for (i = 0; i < p->sites; i++)
		for (f = 0; f < V7S_FAMILIES; f++)
			begin[f] |= !strcmp(p->site[i].prog, f == V7S_SHORT ?
					    "short_begin" : "long_begin");
	for (f = 0; f < V7S_FAMILIES; f++)
		if (p->watched[f] && !begin[f])
			return false;
	return true;
}

static void add_all(struct kprobe_sites *p, const struct kprobe_sites *from)
{
	int i;

	for (i = 0, p->sites = 0; i < from->sites; i++)
		p->sites = add_programs(p, &from->site[i], p->sites);
}

bool fentry_sites_plan(struct kprobe_sites *p, int version,
		       enum machine machine)
{
	struct visibility *s = &p->visible;
	struct kprobe_sites from = *p;

	/* Since v6.4, ftrace on arm64 has direct calls. */
	if (machine != MACHINE_ARM64 || version < KERNEL(6, 4))
		return false;
	/* The caller's address shows the reason of a free. */
	if (!p->addresses || !s->lost || !s->free[V7S_FREE_LOST])
		return false;
	add_all(p, &from);
	/* A begin that ends no window would only stretch the window. */
	if (p->window && !begins(p)) {
		p->window = false;
		add_all(p, &from);
	}
	if (p->install[V7S_SHORT] || p->install[V7S_LONG]) {
		s->split[V7S_BLOCK][V7S_SPLIT_FAILED] = false;
		s->refuse[V7S_REFUSE_NOMEM] = false;
	}
	s->hist[V7S_WINDOW] = p->window;
	return p->sites;
}

/* Programs whose events are missing if the kernel skips them. */
static const struct {
	const char *part;
	int event;
} events[] = {
	{ "installed", V7S_EVENT_INSTALL },
	{ "allocated", V7S_EVENT_INSTALL },
	{ "allocated", V7S_EVENT_REFUSE },
	{ "release", V7S_EVENT_FREE },
	{ "create", V7S_EVENT_CREATE },
	{ "destroy", V7S_EVENT_DESTROY },
};

static void add_misses(int64_t *sum, int64_t misses)
{
	if (misses == UNKNOWN || *sum == UNKNOWN)
		*sum = UNKNOWN;
	else
		*sum += misses;
}

int64_t fentry_sites_misses(const struct kprobe_sites *p,
			    const int64_t misses[KPROBE_SITES], struct report *r)
{
	int64_t all = 0;
	size_t k;
	int i;

	memset(r->misses, 0, sizeof(r->misses));
	r->refusal_misses = p->visible.refuse[V7S_REFUSE_PARTIAL] ? 0 : UNKNOWN;
	for (i = 0; i < p->sites; i++) {
		if (p->site[i].refuses) {
			add_misses(&r->refusal_misses, misses[i]);
			continue;
		}
		/* An install whose begin is skipped counts, without a time. */
		if (strstr(p->site[i].prog, "_begin") || p->site[i].waits)
			continue;
		add_misses(&all, misses[i]);
		for (k = 0; k < ARRAY_SIZE(events); k++)
			if (strstr(p->site[i].prog, events[k].part))
				add_misses(&r->misses[events[k].event], misses[i]);
	}
	return all;
}

int fentry_sites_try(const struct kprobe_sites *p)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = BPF_TRACE_FEXIT);
	int id = libbpf_find_vmlinux_btf_id(p->site[0].symbol, BPF_TRACE_FEXIT);
	int prog, link, err = 0;

	if (id < 0)
		return id;
	opts.attach_btf_id = id;
	prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, "nothing", "GPL", nothing,
			     ARRAY_SIZE(nothing), &opts);
	if (prog < 0)
		return -errno;
	link = bpf_raw_tracepoint_open(NULL, prog);
	if (link < 0)
		err = -errno;
	else
		close(link);
	close(prog);
	return err;
}
