// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Kernels without the series, but with BTF and direct calls from ftrace: fentry
 * and fexit programs on the functions that their compiler kept. See
 * bpf/fentry.bpf.c.
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

#include "lib/cpus.h"
#include "lib/err.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "counted.h"
#include "fentry_sites.h"
#include "libbpf_log.h"
#include "permit.h"
#include "source.h"
#include "stock.h"
#include "stretch.h"
#include "symbols.h"

/* Needs the types from above. */
#include "fentry.skel.h"

struct source {
	struct counters *rows;		/* first, see COUNTED_OPS */
	struct fentry_bpf *skel;
	struct kprobe_sites plan;
	struct v7s_kprobe_config kernel;	/* as stock_find_members() found it */
	struct bpf_link *link[KPROBE_SITES];
	struct v7s_self *selves;	/* shared with the programs */
	unsigned int cpus;
	struct v7s_self start;		/* once all programs are attached */
	bool stopped;
	bool disabled;			/* ftrace has been, while counting */
	int64_t stretch;
	char inexact[128];
};

#define VMLINUX_BTF "/sys/kernel/btf/vmlinux"
#define FTRACE_ENABLED "/proc/sys/kernel/ftrace_enabled"

/*
 * With 0 in this file, programs attach but never run. ftrace has no such switch
 * if there is no file.
 */
static bool ftrace_is_off(void)
{
	FILE *f = fopen(FTRACE_ENABLED, "re");
	bool off = f && fgetc(f) == '0';

	if (f)
		fclose(f);
	return off;
}

/* The kernel has what fentry programs need, whatever our privileges. */
static void judge_kernel(struct source_answer *a)
{
	if (kernel_machine() != MACHINE_ARM64)
		answer_absent(a, "use an arm64 kernel since v6.4, or apply kernel-patch/", "only arm64 kernels have these I/O page tables and direct calls from ftrace");
	else if (kernel_version() < KERNEL(6, 4))
		answer_absent(a, "boot a kernel since v6.4, or apply kernel-patch/", "arm64 kernels before v6.4 have no direct calls from ftrace");
	else if (!access(VMLINUX_BTF, F_OK))
		return;
	else if (!access("/sys/kernel", F_OK))
		answer_absent(a, "build the kernel with CONFIG_DEBUG_INFO_BTF=y", "this kernel has no BTF in " VMLINUX_BTF);
	else
		answer_bar(a, "mount -t sysfs sysfs /sys", "there is no " VMLINUX_BTF ", because sysfs is not mounted");
}

/* The functions that kprobes find must be those that fentry programs need. */
static void judge_plan(const struct kprobe_sites *p, int err,
		       struct source_answer *a)
{
	struct kprobe_sites plan = *p;

	if (err || !p->symbols)
		permit_no_symbols(a, err);
	else if (!p->there[V7S_SHORT] && !p->there[V7S_LONG])
		answer_absent(a, "load the module of their format, or build the kernel with CONFIG_IOMMU_IO_PGTABLE_ARMV7S=y, or _LPAE=y", "this kernel has no Arm I/O page tables");
	else if (p->splits && !p->install[V7S_SHORT] && !p->install[V7S_LONG])
		answer_absent(a, SERIES_APPLY, "this kernel's compiler inlined install_table, and lost races look like other frees");
	else if (!p->addresses)
		permit_no_addresses(a);
	else if (!fentry_sites_plan(&plan, kernel_version(), kernel_machine()))
		answer_absent(a, SERIES_APPLY, "this kernel's compiler did not keep all functions that fentry programs need");
}

static void judge_trial(const struct kprobe_sites *p, struct source_answer *a)
{
	struct kprobe_sites plan = *p;
	int err;

	fentry_sites_plan(&plan, kernel_version(), kernel_machine());
	err = fentry_sites_try(&plan);
	if (err == -EPERM || err == -EACCES)
		answer_bar(a, "see `v7scope doctor` for lockdown, and ask the security module", "a fentry program is not permitted (%s)", strerror(-err));
	else if (err == -EBUSY)
		answer_bar(a, "end the other tracer", "another tracer keeps fentry programs from %s", plan.site[0].symbol);
	else if (err == -ENOENT || err == -ESRCH)
		answer_absent(a, SERIES_APPLY, "the kernel's BTF lacks %s", plan.site[0].symbol);
	else if (err)
		answer_absent(a, "build the kernel with CONFIG_FUNCTION_TRACER=y and CONFIG_DYNAMIC_FTRACE=y", "a fentry program cannot attach to %s, because ftrace has no direct calls (%s)", plan.site[0].symbol, strerror(-err));
}

static void ask(struct source_answer *a)
{
	const struct kprobe_sites *plan;
	int err;

	judge_kernel(a);
	if (a->state == SOURCE_ABSENT)
		return;
	libbpf_log_start();
	err = kprobe_sites_here(&plan);
	judge_plan(plan, err, a);
	if (ftrace_is_off())
		answer_bar(a, "run \"sysctl kernel.ftrace_enabled=1\" as root", "ftrace is disabled, and fentry programs do not run: kernel.ftrace_enabled is 0");
	if (permit_bpf(a) && a->state == SOURCE_WORKS)
		judge_trial(plan, a);
}

static struct bpf_program *prog_of(const struct source *s, int site)
{
	return bpf_object__find_program_by_name(s->skel->obj,
						s->plan.site[site].prog);
}

/* Load only the programs that will be attached. */
static int choose_programs(struct source *s)
{
	struct bpf_program *prog;
	int i, err = 0;

	bpf_object__for_each_program(prog, s->skel->obj)
		bpf_program__set_autoload(prog, false);
	for (i = 0; !err && i < s->plan.sites; i++) {
		prog = prog_of(s, i);
		bpf_program__set_autoload(prog, true);
		err = bpf_program__set_attach_target(prog, 0,
						     s->plan.site[i].symbol);
	}
	return err;
}

static int load(struct source *s, const struct source_want *want)
{
	struct source_want mine = *want;
	struct bpf_map *selves;
	int err;

	/* Programs that failed to load cannot be loaded again. */
	counters_free(s->rows);
	s->rows = NULL;
	fentry_bpf__destroy(s->skel);
	s->skel = fentry_bpf__open();
	if (!s->skel)
		return -errno;
	s->skel->rodata->kernel = s->kernel;
	mine.alarm = stock_corrupts(&s->plan);
	s->rows = counters_new(s->skel->obj, &s->skel->rodata->config, &mine);
	if (!s->rows)
		return -errno;
	counters_preempted(s->rows);
	/* An attempt counts as won until a free shows that it lost. */
	s->skel->rodata->config.late =
		!s->plan.visible.install[V7S_MAP][V7S_WON];
	s->skel->rodata->config.window = s->plan.visible.hist[V7S_WINDOW];
	stock_configure(&s->skel->rodata->kernel, &s->plan, s->cpus);
	err = choose_programs(s);
	selves = s->skel->maps.selves;
	if (!err)
		err = bpf_map__set_max_entries(selves, s->cpus);
	if (!err)
		err = fentry_bpf__load(s->skel);
	if (!err)
		err = counters_map(s->rows);
	return err ? err : stock_map_selves(bpf_map__fd(selves), s->cpus, &s->selves);
}

static struct bpf_link *attach_one(struct source *s, int i)
{
	return bpf_program__attach_trace(prog_of(s, i));
}

static int attach(struct source *s, bool verbose)
{
	if (stock_attach(&s->plan, s->link, attach_one, s) == s->plan.sites)
		return 0;
	libbpf_log_explain("attach fentry programs", errno, verbose);
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

/* ftrace that is disabled while we count does not return an error. */
static void look_for_disabling(struct source *s)
{
	if (!s->stopped && ftrace_is_off())
		s->disabled = true;
}

static void stop(struct source *s)
{
	look_for_disabling(s);
	s->stopped = true;
	detach(s);
	counters_stopped(s->rows);
}

static void close_fentry(struct source *s)
{
	if (!s)
		return;
	detach(s);
	if (s->selves)
		munmap(s->selves, s->cpus * sizeof(*s->selves));
	counters_free(s->rows);
	fentry_bpf__destroy(s->skel);
	free(s);
}

static struct source *open_fentry(const struct source_want *want)
{
	struct source *s = calloc(1, sizeof(*s));
	const struct kprobe_sites *plan;
	int err;

	if (!s) {
		err_print("out of memory");
		return NULL;
	}
	libbpf_log_start();
	kprobe_sites_here(&plan);
	s->plan = *plan;
	s->plan.window = want->window;
	fentry_sites_plan(&s->plan, kernel_version(), kernel_machine());
	if (s->plan.full)
		symbols_explain_full();
	s->cpus = cpus_possible();
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
	s->stretch = stretch_of(stretch_fentry(&s->plan), want, kernel_machine());
	stock_add_up(s->selves, s->cpus, &s->start);
	return s;

fail:
	close_fentry(s);
	return NULL;
}

static int64_t count_misses(const struct source *s, struct report *r)
{
	int64_t misses[KPROBE_SITES];
	int i;

	for (i = 0; i < s->plan.sites; i++)
		misses[i] = counters_prog_misses(prog_of(s, i));
	return fentry_sites_misses(&s->plan, misses, r);
}

/*
 * Waits that may be missing: the kernel skipped the program at their end, or the code
 * that takes the lock is not known. They do not make the counts inexact: most of the
 * skipped programs are about other locks.
 */
static int64_t missed_waits(const struct source *s, uint64_t hidden)
{
	int64_t misses;

	if (!s->plan.visible.waits)
		return 0;
	misses = counters_prog_misses(s->skel->progs.end_wait);
	return misses == UNKNOWN ? UNKNOWN : misses + (int64_t)(hidden - s->start.hidden);
}

/* Exact if the kernel has skipped no program and each event had its table. */
static void complete(struct source *s, struct report *r)
{
	int64_t misses = count_misses(s, r);
	struct v7s_self self;
	uint64_t off;

	stock_add_up(s->selves, s->cpus, &self);
	off = self.strays - s->start.strays + (misses == UNKNOWN ? 0 : misses);
	if (r->refusal_misses != UNKNOWN)
		r->refusal_misses += self.lost_answers - s->start.lost_answers;
	look_for_disabling(s);
	if (s->disabled)
		snprintf(s->inexact, sizeof(s->inexact), "ftrace was disabled while counting (kernel.ftrace_enabled): the counts lack the events since");
	else if (misses == UNKNOWN)
		snprintf(s->inexact, sizeof(s->inexact), "this kernel does not tell how often it skips programs");
	else if (off)
		snprintf(s->inexact, sizeof(s->inexact), "± %" PRIu64 ": the kernel skipped programs, their maps were full, or a caller was not found", off);
	r->inexact = s->inexact[0] ? s->inexact : NULL;
	r->misses[V7S_EVENT_SPLIT] = missed_waits(s, self.hidden);
	r->probe_misses = UNKNOWN;
	r->visible = &s->plan.visible;
	r->stretch = s->stretch;
	r->refusals_on_request = s->plan.on_request;
	r->window_upper = s->plan.visible.hist[V7S_WINDOW];
	r->corrupted = stock_corrupts(&s->plan) ? (int64_t)self.split_sections :
						  UNKNOWN;
}

const struct source_ops source_fentry = {
	.name		= "fentry",
	.ask		= ask,
	.open		= open_fentry,
	COUNTED_OPS,
	.stop		= stop,
	.complete	= complete,
	.close		= close_fentry,
};
