// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * TLB flushes: kprobes on the driver that issues them. As in the other sources,
 * nothing is pinned or has a name in tracefs.
 *
 * The kernel skips the program of a kprobe while another program runs on that
 * CPU, and before v6.7 does not report it. So each counted function has a
 * second kprobe without a program: a perf event that counts every call. The
 * difference is the number of skipped calls.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/btf_find.h"
#include "lib/clock.h"
#include "lib/cpus.h"
#include "lib/err.h"
#include "lib/read64.h"
#include "lib/util.h"
#include "flush_counts.h"
#include "flush_timeouts.h"
#include "hooks.h"
#include "kprobe_perf.h"
#include "libbpf_log.h"
#include "permit.h"
#include "quiesce.h"
#include "source.h"

/* Needs the types from above. */
#include "flush.skel.h"

enum {
	/* After the sites, as in struct v7s_cpu_flushes. */
	TIMEOUTS = V7S_FLUSH_SITES,
	COUNTED,
	LINKS = 2 * V7S_FLUSH_SITES + 3,
};

/* Calls of a counted function on a CPU. */
struct calls {
	uint64_t counted;		/* by the program */
	int64_t ahead;		/* calls that only perf counted */
	bool known;
};

struct source {
	struct flush_bpf *skel;
	struct flush_sites plan;
	struct bpf_link *link[LINKS];
	int links;
	const char *failed;		/* function without its kprobe */
	struct v7s_cpu_flushes *rows;	/* these three: shared with the programs */
	struct v7s_cpu_flush_tasks *tasks;
	struct v7s_cpu_flush_stacks *stacks;
	bool causes;			/* count by cause */
	unsigned char *devs;		/* by CPU: devices in the last reading */
	unsigned int cpus;
	int *counter[COUNTED];		/* perf's, per CPU; < 0: offline */
	struct calls *start;		/* by function and CPU */
	int64_t missed;			/* valid after stop() */
	int own;			/* kprobe on our own calls, or -errno */
	uint64_t stopped;		/* time in ns; 0: not stopped */
	struct flushes now, shown;
	struct flush_timeouts *timeouts;	/* NULL: only their number */
	struct flush_who *by_task, *by_stack;	/* NULL: not requested */
};

static void ask(struct source_answer *a)
{
	const struct flush_sites *plan;
	int err = flush_sites_here(&plan);

	libbpf_log_start();
	if (!plan->no_device && (err || !plan->symbols))
		permit_no_symbols(a, err);
	else if (!plan->driver)
		answer_absent(a, "run v7scope on a board that has one", "no device uses a driver whose flushes v7scope can probe: mtk_iommu, ipmmu-vmsa, arm-smmu-v3, arm-smmu or qcom_iommu");
	else if (!plan->addresses)
		permit_no_addresses(a);
	else if (!plan->sites)
		answer_absent(a, "build the driver with another compiler", "this kernel's compiler kept none of the functions of %s that kprobes need", plan->driver->name);
	if (permit_bpf(a))
		permit_kprobes(a);
}

/* The driver calls a function after a timeout, and this kernel has it. */
static bool calls_at_timeout(const struct source *s)
{
	return s->plan.visible.timeouts && s->plan.driver->timeout;
}

/*
 * A driver in a module has its own BTF. Without BTF, all devices count as one.
 */
static int find_paths(struct source *s, const char *file)
{
	struct v7s_flush_config *kernel = &s->skel->rodata->kernel;
	struct btf *btf, *own = NULL;
	bool found;

	if (btf_open(file, &btf))
		return -1;
	if (!btf) {
		flush_sites_configure(&s->plan, NULL, kernel_version(), kernel);
		return 0;
	}
	if (s->plan.module[0] && !file)
		own = btf__load_module_btf(s->plan.module, btf);
	if (libbpf_get_error(own))
		own = NULL;
	hooks_find(&kernel->hooks, btf, s->plan.range, s->plan.ranges,
		   kernel_version());
	found = flush_sites_paths(&s->plan, own ? own : btf, kernel);
	flush_sites_configure(&s->plan, own ? own : btf, kernel_version(),
			      kernel);
	btf__free(own);
	btf__free(btf);
	if (found || !file)
		return 0;
	err_print("--btf %s: this is not the BTF of a kernel with the driver %s", file,
		 s->plan.driver->name);
	return -1;
}

/* Leave out a map that is not requested. */
static int size_map(const struct source *s, struct bpf_map *map, bool wanted)
{
	return wanted ? bpf_map__set_max_entries(map, s->cpus) :
			bpf_map__set_autocreate(map, false);
}

/* NULL, with errno, if the kernel refuses. */
static void *share(const struct source *s, const struct bpf_map *map)
{
	void *rows = mmap(NULL, s->cpus * bpf_map__value_size(map), PROT_READ,
			  MAP_SHARED, bpf_map__fd(map), 0);

	return rows == MAP_FAILED ? NULL : rows;
}

static void unshare(const struct source *s, void *rows, size_t size)
{
	if (rows)
		munmap(rows, s->cpus * size);
}

static int load(struct source *s, bool tasks, bool stacks)
{
	struct flush_bpf *skel = s->skel;
	int err;

	skel->rodata->kernel.tasks = tasks;
	skel->rodata->kernel.stacks = stacks;
	skel->rodata->kernel.causes = s->causes;
	bpf_program__set_autoload(skel->progs.timed_out,
				  calls_at_timeout(s));
	bpf_program__set_autoload(skel->progs.wait, s->plan.visible.waits);
	bpf_program__set_autoload(skel->progs.waited, s->plan.visible.waits);
	err = size_map(s, skel->maps.cpu_flushes, true);
	if (!err)
		err = size_map(s, skel->maps.cpu_flush_tasks, tasks);
	if (!err)
		err = size_map(s, skel->maps.cpu_flush_stacks, stacks);
	if (!err)
		err = flush_bpf__load(skel);
	if (err)
		return err;
	s->rows = share(s, skel->maps.cpu_flushes);
	if (!s->rows)
		return -errno;
	if (tasks) {
		s->tasks = share(s, skel->maps.cpu_flush_tasks);
		if (!s->tasks)
			return -errno;
		s->by_task = flush_who_new(s->tasks, NULL, s->cpus);
	}
	if (stacks) {
		s->stacks = share(s, skel->maps.cpu_flush_stacks);
		if (!s->stacks)
			return -errno;
		s->by_stack = flush_who_new(NULL, s->stacks, s->cpus);
	}
	return (tasks && !s->by_task) || (stacks && !s->by_stack) ? -ENOMEM : 0;
}

static int attach_one(struct source *s, const struct bpf_program *prog,
		      bool ret, const char *symbol)
{
	struct bpf_link *link = kprobe_perf_attach(prog, ret, symbol);

	if (!link) {
		s->failed = symbol;
		return -errno;
	}
	s->link[s->links++] = link;
	return 0;
}

/* Attach the return first, see add_sites() in kprobe_sites.c. */
static int attach_pair(struct source *s, const struct bpf_program *entry,
		       const struct bpf_program *ret, const char *symbol)
{
	int err = attach_one(s, ret, true, symbol);

	return err ? err : attach_one(s, entry, false, symbol);
}

static int attach(struct source *s)
{
	const struct bpf_program *const entry[V7S_FLUSH_SITES] = {
		s->skel->progs.flush_0, s->skel->progs.flush_1,
		s->skel->progs.flush_2, s->skel->progs.flush_3,
	};
	const struct flush_bpf *skel = s->skel;
	unsigned int i;
	int err = 0;

	/*
	 * Attach the inner probes first, so that no flush is observed in part.
	 * Kernels with the function tracer refuse a probe on ___ratelimit(),
	 * which is compiled without it: there, timeouts are not visible.
	 */
	if (calls_at_timeout(s))
		err = attach_one(s, skel->progs.timed_out, false,
				 s->plan.driver->timeout);
	if (err == -EINVAL) {
		s->plan.visible.timeouts = false;
		s->failed = NULL;
		err = 0;
	}
	if (!err && s->plan.visible.waits)
		err = attach_pair(s, skel->progs.wait, skel->progs.waited,
				  LOCK_SLOW_PATH);
	for (i = 0; !err && i < s->plan.sites; i++)
		err = attach_pair(s, entry[i], skel->progs.flushed,
				  s->plan.symbol[i]);
	return err;
}

static const char *counted(const struct source *s, unsigned int i)
{
	if (i == TIMEOUTS)
		return calls_at_timeout(s) ? s->plan.driver->timeout : NULL;
	return i < s->plan.sites ? s->plan.symbol[i] : NULL;
}

/*
 * Without perf's counters there are counts, but no proof that they are exact.
 */
static void open_counters(struct source *s)
{
	unsigned int i, cpu;
	int fd;

	for (i = 0; i < COUNTED; i++) {
		if (!counted(s, i))
			continue;
		s->counter[i] = calloc(s->cpus, sizeof(*s->counter[i]));
		for (cpu = 0; s->counter[i] && cpu < s->cpus; cpu++) {
			fd = kprobe_perf_open(counted(s, i), cpu);
			s->counter[i][cpu] = fd;
			if (fd >= 0 || fd == -ENODEV)
				continue;
			while (cpu--)
				close(s->counter[i][cpu]);
			free(s->counter[i]);
			s->counter[i] = NULL;
			break;
		}
	}
}

static uint64_t calls_counted(const struct source *s, unsigned int i,
			      unsigned int cpu)
{
	return read64(&s->rows[cpu].runs[i], 0);
}

/*
 * By how much perf's counter on a CPU is ahead of the program's. Between the
 * two probes of one call the difference is off by one, so several readings are
 * taken and the largest is used. Only readings without a call in between count.
 * Returns false if every reading was disturbed.
 */
static bool read_ahead(const struct source *s, unsigned int i, unsigned int cpu,
		       int64_t *ahead)
{
	int fd = s->counter[i][cpu], readings = 0, tries;
	uint64_t counted, made;

	for (tries = 0; tries < 1000 && readings < 8; tries++) {
		counted = calls_counted(s, i, cpu);
		if (read(fd, &made, sizeof(made)) != sizeof(made))
			return false;
		if (counted != calls_counted(s, i, cpu))
			continue;
		if (!readings++ || (int64_t)(made - counted) > *ahead)
			*ahead = made - counted;
	}
	return readings;
}

/* Ignore the calls made while the probes were being attached. */
static void start_counting(struct source *s)
{
	unsigned int i, cpu;
	struct calls *c;

	for (i = 0; i < COUNTED; i++) {
		for (cpu = 0; s->counter[i] && cpu < s->cpus; cpu++) {
			c = &s->start[i * s->cpus + cpu];
			c->counted = calls_counted(s, i, cpu);
			c->known = s->counter[i][cpu] >= 0 &&
				   read_ahead(s, i, cpu, &c->ahead);
		}
	}
}

static int64_t missed(const struct source *s)
{
	const struct calls *c;
	int64_t sum = 0, ahead;
	unsigned int i, cpu;

	for (i = 0; i < COUNTED; i++) {
		if (counted(s, i) && !s->counter[i])
			return UNKNOWN;
		for (cpu = 0; s->counter[i] && cpu < s->cpus; cpu++) {
			c = &s->start[i * s->cpus + cpu];
			/*
			 * The CPU was offline, and may have been online since.
			 */
			if (!c->known && calls_counted(s, i, cpu) == c->counted)
				continue;
			if (!c->known || !read_ahead(s, i, cpu, &ahead))
				return UNKNOWN;
			/*
			 * The counter of a CPU that went offline has stopped.
			 */
			if (ahead < c->ahead)
				return UNKNOWN;
			sum += ahead - c->ahead;
		}
	}
	return sum;
}

static void detach(struct source *s)
{
	while (s->links)
		bpf_link__destroy(s->link[--s->links]);
}

/* A program may be writing the name of a device that is new on its CPU. */
static bool has_new_device(struct source *s)
{
	unsigned int cpu, i;
	bool found = false;

	for (cpu = 0; cpu < s->cpus; cpu++) {
		for (i = s->devs[cpu]; i < V7S_FLUSH_DEVS; i++)
			if (!read64(&s->rows[cpu].slot[i].at, 0))
				break;
		found |= i != s->devs[cpu];
		s->devs[cpu] = i;
	}
	return found;
}

/* Waiting for all CPUs takes milliseconds: only where a reading needs it. */
static void read_rows(struct source *s, bool last)
{
	unsigned int cpu;
	size_t i;

	if (has_new_device(s) || last)
		quiesce();
	/* Devices keep their places: metrics sum up those beyond a number of them. */
	for (i = 0; i < ARRAY_SIZE(s->now.dev); i++)
		memset(&s->now.dev[i].c, 0, sizeof(s->now.dev[i].c));
	for (cpu = 0; cpu < s->cpus; cpu++)
		flush_counts_add(&s->now, &s->rows[cpu], s->devs[cpu]);
	if (s->timeouts)
		flush_timeouts_read(s->timeouts, s->rows);
	if (s->by_task)
		flush_who_read(s->by_task);
	if (s->by_stack)
		flush_who_read(s->by_stack);
}

/* Detaching takes about a second, which must not be counted. */
static void stop(struct source *s)
{
	if (s->stopped)
		return;
	s->missed = missed(s);
	/* Disarmed kprobes count nothing, and neither do those of perf. */
	if (s->own >= 0 && !kprobe_perf_fired(s->own))
		s->missed = UNKNOWN;
	s->skel->bss->over = 1;
	read_rows(s, true);
	s->stopped = clock_now();
	detach(s);
}

static void close_flush(struct source *s)
{
	unsigned int i, cpu;

	if (!s)
		return;
	detach(s);
	if (s->own >= 0)
		close(s->own);
	for (i = 0; i < COUNTED; i++) {
		for (cpu = 0; s->counter[i] && cpu < s->cpus; cpu++)
			if (s->counter[i][cpu] >= 0)
				close(s->counter[i][cpu]);
		free(s->counter[i]);
	}
	flush_who_free(s->by_task);
	flush_who_free(s->by_stack);
	unshare(s, s->rows, sizeof(*s->rows));
	unshare(s, s->tasks, sizeof(*s->tasks));
	unshare(s, s->stacks, sizeof(*s->stacks));
	flush_timeouts_free(s->timeouts);
	free(s->start);
	free(s->devs);
	flush_bpf__destroy(s->skel);
	free(s);
}

static int read_flush(struct source *s, struct model *m, uint64_t now)
{
	if (!s->stopped)
		read_rows(s, false);
	if (!m)
		return 0;
	model_begin(m);
	model_end(m, s->stopped ? s->stopped : now);
	return 0;
}

static struct source *open_flush(const struct source_want *want)
{
	enum machine machine = kernel_machine();
	struct source *s = calloc(1, sizeof(*s));
	const bool timeouts = want->timeouts || !want->beside;
	const struct flush_sites *plan;
	int err;

	if (!s) {
		err_print("out of memory");
		return NULL;
	}
	s->own = want->beside ? -1 : kprobe_perf_own();
	s->missed = UNKNOWN;
	libbpf_log_start();
	flush_sites_here(&plan);
	s->plan = *plan;
	if (s->plan.full)
		symbols_explain_full();
	s->cpus = cpus_possible();
	s->causes = !want->beside && s->plan.driver->causes;
	s->skel = flush_bpf__open();
	if (!s->skel) {
		libbpf_log_explain("open the BPF programs", errno,
			       want->verbose);
		goto fail;
	}
	s->skel->rodata->kernel.arm = machine == MACHINE_ARM;
	if (find_paths(s, want->btf))
		goto fail;
	err = load(s, want->tasks && !want->beside,
		   want->stacks && !want->beside);
	if (err) {
		libbpf_log_explain("load the BPF programs", -err, want->verbose);
		goto fail;
	}
	s->start = calloc((size_t)COUNTED * s->cpus, sizeof(*s->start));
	s->devs = calloc(s->cpus, sizeof(*s->devs));
	if (timeouts)
		s->timeouts = flush_timeouts_new(s->cpus);
	if (!s->start || !s->devs || (timeouts && !s->timeouts)) {
		err_print("out of memory");
		goto fail;
	}
	if (!want->beside)
		open_counters(s);
	err = attach(s);
	if (err) {
		libbpf_log_explain_kprobe(s->failed, -err, want->verbose);
		goto fail;
	}
	start_counting(s);
	return s;

fail:
	close_flush(s);
	return NULL;
}

static void complete(struct source *s, struct report *r)
{
	(void)s;
	r->source = source_kprobe.name;
	r->corrupted = UNKNOWN;
}

static void report(struct source *s, bool all, struct flush_report *r)
{
	unsigned int cpu;

	memset(r, 0, sizeof(*r));
	r->driver = s->plan.driver->name;
	r->lock = s->plan.driver->lock;
	r->visible = &s->plan.visible;
	flush_counts_since(r, &s->now, all ? NULL : &s->shown,
			   all && s->stopped);
	if (!all)
		s->shown = s->now;
	if (s->timeouts)
		r->late = flush_timeouts_last(s->timeouts, all, &r->timeout);
	r->causes = s->causes;
	if (s->by_task)
		flush_who_report(s->by_task, all, &r->tasks);
	if (s->by_stack)
		flush_who_report(s->by_stack, all, &r->stacks);
	r->missed = s->missed;
	for (cpu = 0; cpu < s->cpus; cpu++) {
		r->no_room += *(volatile __u64 *)&s->rows[cpu].no_room;
		r->hidden += read64(&s->rows[cpu].hidden, 0);
	}
}

const struct source_ops source_flush = {
	.name		= "flush",
	.ask		= ask,
	.open		= open_flush,
	.read		= read_flush,
	.stop		= stop,
	.complete	= complete,
	.flushes	= report,
	.close		= close_flush,
};
