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
	{ "release", { { "short_release" }, { "long_release" } } },
	{ "destroy", { { "end_short_destroy", "begin_short_destroy" },
			      { "end_long_destroy", "begin_long_destroy" } } },
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
	size_t i;
	int k;

	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		if (strcmp(from->prog, programs[i].kprobe))
			continue;
		for (k = 0; k < 2 && programs[i].prog[family][k]; k++) {
			p->site[n] = *from;
			p->site[n].ret = false;
			p->site[n++].prog = programs[i].prog[family][k];
		}
	}
	return n;
}

bool fentry_sites_plan(struct kprobe_sites *p, int version,
		       enum machine machine)
{
	struct visibility *s = &p->visible;
	struct kprobe_sites from = *p;
	int i, f;

	/* Since v6.4, ftrace on arm64 has direct calls. */
	if (machine != MACHINE_ARM64 || version < KERNEL(6, 4))
		return false;
	/* The caller's address shows the reason of a free. */
	if (!p->addresses || !s->lost || !s->free[V7S_FREE_LOST])
		return false;
	for (f = 0; f < V7S_FAMILIES; f++)
		if (p->watched[f] && !p->install[f])
			return false;
	for (i = 0, p->sites = 0; i < from.sites; i++)
		p->sites = add_programs(p, &from.site[i], p->sites);
	/* An allocation shows no more than its failure, and costs as much. */
	s->split[V7S_BLOCK][V7S_SPLIT_FAILED] = false;
	s->refuse[V7S_REFUSE_NOMEM] = false;
	return p->sites;
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
