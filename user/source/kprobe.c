// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Kernels without the series: kprobes on the functions that their compiler
 * kept. As in the other BPF source, nothing is pinned and no probe has a name
 * in tracefs: the kernel removes them with the file descriptors.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/clock.h"
#include "lib/cpus.h"
#include "lib/err.h"
#include "lib/ksyms.h"
#include "lib/util.h"
#include "model/counts.h"
#include "counted.h"
#include "kprobe_perf.h"
#include "kprobe_sites.h"
#include "libbpf_log.h"
#include "permit.h"
#include "quiesce.h"
#include "source.h"
#include "stock.h"
#include "stretch.h"

/* Needs the types from above. */
#include "kprobe.skel.h"

struct source {
	struct counters *rows;		/* first, see COUNTED_OPS */
	struct kprobe_bpf *skel;
	struct kprobe_sites plan;
	struct v7s_kprobe_config kernel;	/* as stock_find_members() found it */
	struct bpf_link *link[KPROBE_SITES];
	struct v7s_self *selves;	/* shared with the programs */
	unsigned int cpus;
	/* Sum over all CPUs, once all probes are attached. */
	struct v7s_self start;
	/* The same, before the first is detached. */
	struct v7s_self end;
	struct late corrupted;
	int64_t told;			/* misses reported by the kernel */
	int64_t told_answers;		/* the same of the probes for refusals */
	int64_t waits;			/* those of waits, for any lock */
	bool stopped;
	int own;			/* kprobe on our own calls, or -errno */
	bool disarmed;			/* it has not fired once */
	int64_t stretch;
	char inexact[384];
};

static void judge_plan(const struct kprobe_sites *p, int err,
		       struct source_answer *a)
{
	if (err || !p->symbols)
		permit_no_symbols(a, err);
	else if (!p->there[V7S_SHORT] && !p->there[V7S_LONG])
		answer_absent(a, "load the module of their format, or build the kernel with CONFIG_IOMMU_IO_PGTABLE_ARMV7S=y, or _LPAE=y", "this kernel has no Arm I/O page tables");
	else if (p->sites)
		return;
	else if (!p->addresses)
		permit_no_addresses(a);
	else if (p->twice)
		answer_absent(a, SERIES_APPLY, "this kernel has two functions with the name %s, and a kprobe cannot choose between them", p->twice);
	else
		answer_absent(a, SERIES_APPLY, "this kernel's compiler kept none of the functions that kprobes need");
}

static void ask(struct source_answer *a)
{
	const struct kprobe_sites *plan;
	int err;

	if (kernel_machine() == MACHINE_OTHER) {
		answer_absent(a, "use an Arm kernel", "only Arm kernels have these I/O page tables");
		return;
	}
	libbpf_log_start();
	err = kprobe_sites_here(&plan);
	judge_plan(plan, err, a);
	if (permit_bpf(a))
		permit_kprobes(a);
}

/* Load only the programs that will be attached. */
static void choose_programs(struct source *s)
{
	struct bpf_program *prog;
	int i;

	bpf_object__for_each_program(prog, s->skel->obj)
		bpf_program__set_autoload(prog, false);
	for (i = 0; i < s->plan.sites; i++) {
		prog = bpf_object__find_program_by_name(s->skel->obj,
							s->plan.site[i].prog);
		bpf_program__set_autoload(prog, true);
	}
}

static int load(struct source *s, const struct source_want *want)
{
	struct source_want mine = *want;
	struct bpf_map *selves;
	int err;

	/* Programs that failed to load cannot be loaded again. */
	counters_free(s->rows);
	s->rows = NULL;
	kprobe_bpf__destroy(s->skel);
	s->skel = kprobe_bpf__open();
	if (!s->skel)
		return -errno;
	s->skel->rodata->kernel = s->kernel;
	mine.alarm = stock_corrupts(&s->plan);
	s->rows = counters_new(s->skel->obj, &s->skel->rodata->config, &mine);
	if (!s->rows)
		return -errno;
	/* An attempt counts as won until a free shows that it lost. */
	s->skel->rodata->config.late =
		!s->plan.visible.install[V7S_MAP][V7S_WON];
	if (s->plan.cheap)
		counters_late_splits(s->rows);
	stock_configure(&s->skel->rodata->kernel, &s->plan, s->cpus);
	choose_programs(s);

	selves = s->skel->maps.selves;
	err = bpf_map__set_max_entries(selves, s->cpus);
	if (!err)
		err = kprobe_bpf__load(s->skel);
	if (!err)
		err = counters_map(s->rows);
	if (err)
		return err;
	return stock_map_selves(bpf_map__fd(selves), s->cpus, &s->selves);
}

static struct bpf_link *attach_one(struct source *s, int i)
{
	const struct site *site = &s->plan.site[i];
	struct bpf_program *prog =
		bpf_object__find_program_by_name(s->skel->obj, site->prog);

	return kprobe_perf_attach(prog, site->ret, site->symbol);
}

static int attach(struct source *s, bool verbose)
{
	int n = stock_attach(&s->plan, s->link, attach_one, s);

	if (n == s->plan.sites)
		return 0;
	libbpf_log_explain_kprobe(s->plan.site[n].symbol, errno, verbose);
	return -1;
}

/* Detach in reverse order: a page table created meanwhile must not look new. */
static void detach(struct source *s)
{
	int i;

	for (i = s->plan.sites - 1; i >= 0; i--) {
		bpf_link__destroy(s->link[i]);
		s->link[i] = NULL;
	}
}

/*
 * How often the kernel skipped one of the probes, reported since v6.7. The
 * declaration is copied here because our headers may be older.
 */
static int64_t link_misses(const struct bpf_link *link)
{
	struct {
		struct bpf_link_info common;
		char room[64];
	} info = { 0 };
	struct {
		__u32 type, : 32;
		__u64 func_name;
		__u32 name_len, offset;
		__u64 addr, missed;
	} kprobe;
	/* After type, id and prog_id, which every link has. */
	const size_t from = 16;
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &len) ||
	    len < from + sizeof(kprobe))
		return UNKNOWN;
	memcpy(&kprobe, (char *)&info + from, sizeof(kprobe));
	return kprobe.missed;
}

/* Misses of the probes for refusals, for waits, or of all others. */
static int64_t told_misses(const struct source *s, bool refuses, bool waits)
{
	int64_t sum = 0, n;
	int i;

	if (kernel_version() < KERNEL(6, 7))
		return UNKNOWN;
	for (i = 0; i < s->plan.sites; i++) {
		if (s->plan.site[i].refuses != refuses || s->plan.site[i].waits != waits)
			continue;
		n = link_misses(s->link[i]);
		if (n == UNKNOWN)
			return UNKNOWN;
		sum += n;
	}
	return sum;
}

/*
 * Waits that may be missing, at most: the kernel skipped a probe or its program, or
 * the code that takes the lock is not known.
 */
static int64_t missed_waits(const struct source *s)
{
	int64_t told = told_misses(s, false, true), begin, end;
	struct v7s_self now;

	if (told == UNKNOWN || !s->plan.visible.waits)
		return told;
	begin = counters_prog_misses(s->skel->progs.begin_wait);
	end = counters_prog_misses(s->skel->progs.end_wait);
	if (begin == UNKNOWN || end == UNKNOWN)
		return UNKNOWN;
	stock_add_up(s->selves, s->cpus, &now);
	return told + begin + end + (int64_t)(now.hidden_waits - s->start.hidden_waits);
}

/* The kernel reports misses only while its probes are attached. */
static void ask_kernel(struct source *s)
{
	s->told = told_misses(s, false, false);
	s->told_answers = told_misses(s, true, false);
	s->waits = missed_waits(s);
}

/* Kprobes that are disarmed while we count do not return an error. */
static void look_for_disarming(struct source *s)
{
	if (s->own >= 0 && !s->stopped && !kprobe_perf_fired(s->own))
		s->disarmed = true;
}

static void stop(struct source *s)
{
	if (s->stopped)
		return;
	look_for_disarming(s);
	stock_add_up(s->selves, s->cpus, &s->end);
	ask_kernel(s);
	s->stopped = true;
	detach(s);
	counters_stopped(s->rows);
}

static void close_kprobe(struct source *s)
{
	if (!s)
		return;
	detach(s);
	if (s->own >= 0)
		close(s->own);
	if (s->selves)
		munmap(s->selves, s->cpus * sizeof(*s->selves));
	counters_free(s->rows);
	kprobe_bpf__destroy(s->skel);
	free(s);
}

static struct source *open_kprobe(const struct source_want *want)
{
	enum machine machine = kernel_machine();
	const struct kprobe_sites *plan;
	struct source *s;
	int err;

	s = calloc(1, sizeof(*s));
	if (!s) {
		err_print("out of memory");
		return NULL;
	}
	s->own = kprobe_perf_own();
	libbpf_log_start();
	kprobe_sites_here(&plan);
	s->plan = *plan;
	if (s->plan.full)
		symbols_explain_full();
	/* A stream has the outcome of each attempt, a stack its own attempts. */
	if (!want->ring && !want->stacks)
		kprobe_sites_economize(&s->plan);
	s->cpus = cpus_possible();
	s->kernel.arm = machine == MACHINE_ARM;
	if (stock_find_members(&s->kernel, &s->plan, want))
		goto fail;
	err = stock_load(&s->plan, load, s, want);
	if (err)
		libbpf_log_explain("load the BPF programs", -err, want->verbose);
	if (err || attach(s, want->verbose))
		goto fail;
	s->plan.visible.tasks = want->tasks;
	s->plan.visible.stacks = want->stacks;
	s->plan.visible.cpus = true;
	s->stretch = stretch_of(stretch_kprobe(&s->plan), want, machine);
	stock_add_up(s->selves, s->cpus, &s->start);
	return s;

fail:
	close_kprobe(s);
	return NULL;
}

/* Misses that we noticed; there may have been more. */
static uint64_t own_misses(const struct source *s)
{
	struct v7s_self now = s->end;
	uint64_t unpaired, installs;

	if (!s->stopped)
		stock_add_up(s->selves, s->cpus, &now);
	now.unmatched -= s->start.unmatched;
	now.strays -= s->start.strays;
	/* A call that took the place of another one is not in calls. */
	unpaired = now.calls > now.returns ? now.calls - now.returns : 0;
	installs = now.allocated > now.installs ?
		   now.allocated - now.installs :
		   now.installs - now.allocated;
	/* While running, some calls have not returned yet. */
	return now.unmatched + now.strays +
	       (s->stopped ? unpaired + installs : 0);
}

/* A kernel that does not count its misses leaves those that we noticed. */
static int64_t missed_answers(const struct source *s)
{
	struct v7s_self now = s->end;
	int64_t own;

	if (!s->plan.visible.refuse[V7S_REFUSE_PARTIAL])
		return UNKNOWN;
	if (!s->stopped)
		stock_add_up(s->selves, s->cpus, &now);
	own = now.lost_answers - s->start.lost_answers;
	if (s->stopped && now.requests > now.answers)
		own += now.requests - now.answers;
	if (s->told_answers == UNKNOWN)
		return own ? own : UNKNOWN;
	return s->told_answers > own ? s->told_answers : own;
}

static void explain_inexact(struct source *s, int64_t told, uint64_t hidden)
{
	uint64_t own = own_misses(s);
	size_t len;

	look_for_disarming(s);
	if (s->disarmed) {
		snprintf(s->inexact, sizeof(s->inexact), "kprobes were disarmed while counting (/sys/kernel/debug/kprobes/enabled): the counts lack the events since");
		return;
	}
	len = snprintf(s->inexact, sizeof(s->inexact), "kprobes are skipped while another BPF program runs on their CPU");
	if (told == UNKNOWN)
		len += snprintf(s->inexact + len, sizeof(s->inexact) - len,
				", and this kernel does not count that (v6.7 and later do)");
	if (own)
		len += snprintf(s->inexact + len, sizeof(s->inexact) - len,
				"; at least %" PRIu64 " were skipped", own);
	if (hidden)
		len += snprintf(s->inexact + len, sizeof(s->inexact) - len,
				"; return probes of another tracer hid the callers of %" PRIu64 " calls, whose outcome may be wrong",
				hidden);
	if (!s->plan.addresses)
		snprintf(s->inexact + len, sizeof(s->inexact) - len, "; addresses are hidden, see `v7scope doctor`");
}

static void complete(struct source *s, struct report *r)
{
	struct v7s_self now;
	int e;

	for (e = 0; e < V7S_EVENTS; e++)
		r->misses[e] = UNKNOWN;
	if (!s->stopped)
		ask_kernel(s);
	r->probe_misses = s->told;
	r->misses[V7S_EVENT_SPLIT] = s->waits;
	r->refusal_misses = missed_answers(s);
	stock_add_up(s->selves, s->cpus, &now);
	explain_inexact(s, s->told, now.hidden);
	r->inexact = s->inexact;
	r->visible = &s->plan.visible;
	r->stretch = s->stretch;
	r->refusals_on_request = s->plan.on_request;
	r->corrupted = UNKNOWN;
	if (stock_corrupts(&s->plan))
		r->corrupted = late_update(&s->corrupted, clock_now(),
					   now.split_sections, now.not_split,
					   s->stopped || !s->plan.cheap);
}

const struct source_ops source_kprobe = {
	.name		= "kprobe",
	.ask		= ask,
	.open		= open_kprobe,
	COUNTED_OPS,
	.stop		= stop,
	.complete	= complete,
	.close		= close_kprobe,
};
