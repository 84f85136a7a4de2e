// SPDX-License-Identifier: GPL-2.0
/*
 * The series' tracepoints, counted by BPF programs. Nothing is pinned: all of
 * it goes with the file descriptors, however this process ends.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "caps.h"
#include "err.h"
#include "source.h"
#include "v7scope.skel.h"

struct source {
	struct v7scope_bpf *skel;
	struct bpf_program *prog[EVENTS];
	struct bpf_link *link[EVENTS];
	struct v7s_row *rows;	/* shared with the programs */
	size_t rows_size;
	unsigned int cpus;
	struct v7s_slot *seen;	/* of each row, as last read */
	__u64 *gone;		/* of each row, as last read */
};

/* What libbpf and the verifier said last; only shown when asked for. */
static char said[4096];

static int listen(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char text[sizeof(said) / 2];
	size_t len, keep, had = strlen(said);

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(text, sizeof(text), fmt, ap);
	len = strlen(text);
	keep = had < sizeof(said) - 1 - len ? had : sizeof(said) - 1 - len;
	memmove(said, said + had - keep, keep);
	memcpy(said + keep, text, len + 1);
	return 0;
}

static void tell(bool verbose)
{
	char *line, *save;

	if (!verbose)
		return;
	for (line = strtok_r(said, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		complain("%s", line);
}

/*
 * CPUs that may ever run, by their highest number, for which the kernel sizes
 * its own: libbpf_num_possible_cpus() counts them, which is less when some
 * numbers in between are missing.
 */
static unsigned int possible_cpus(void)
{
	FILE *f = fopen("/sys/devices/system/cpu/possible", "re");
	unsigned int last = 0, n;
	long conf;
	int c;

	if (!f) {
		conf = sysconf(_SC_NPROCESSORS_CONF);
		return conf > 0 ? conf : 1;
	}
	/* "0-3,8" */
	while (fscanf(f, "%u", &n) == 1) {
		last = n > last ? n : last;
		c = getc(f);
		if (c != '-' && c != ',')
			break;
	}
	fclose(f);
	return last + 1;
}

/*
 * On 32 bits a counter is read in two halves while the kernel writes it in
 * two. A half from before and one from after an increment show only where the
 * lower half has wrapped, as an upper half that changes, or as a number below
 * what was there before.
 */
static __u64 read_halves(const volatile __u64 *p, __u64 before)
{
	const volatile __u32 *half = (const volatile __u32 *)p;
	const int low = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, high = !low;
	__u32 l, h;
	__u64 n;

	do {
		h = half[high];
		atomic_thread_fence(memory_order_acquire);
		l = half[low];
		atomic_thread_fence(memory_order_acquire);
		n = (__u64)h << 32 | l;
	} while (h != half[high] || n < before);
	return n;
}

/* @before: an earlier value, since counters only grow */
static __u64 read_u64(const volatile __u64 *p, __u64 before)
{
	return sizeof(long) >= sizeof(*p) ? *p : read_halves(p, before);
}

static void read_slot(struct v7s_slot *seen, const struct v7s_slot *slot,
		      __u64 pgtable)
{
	const __u64 *from = (const __u64 *)&slot->c;
	__u64 *to = (__u64 *)&seen->c;
	size_t i;

	seen->pgtable = pgtable;
	memcpy(seen->dev, slot->dev, sizeof(seen->dev));
	seen->fmt = *(const volatile __u32 *)&slot->fmt;
	for (i = 0; i < V7S_COUNTS_U64; i++)
		to[i] = read_u64(&from[i], to[i]);
}

/*
 * To be used by the next page table that comes by on that CPU. No event of the
 * old one can come any more: its number is never used again, the teardown that
 * follows the destroy event emits none, and who destroys a page table sees to
 * it that nobody uses it. What other CPUs have counted for it was visible to
 * the one that destroyed it, and thereby to us, who have read that first.
 *
 * Counters first, number last: see claim() in v7scope.bpf.c.
 */
static void free_slot(struct v7s_slot *seen, struct v7s_slot *slot)
{
	volatile __u64 *c = (volatile __u64 *)&slot->c;
	size_t i;

	for (i = 0; i < V7S_COUNTS_U64; i++)
		c[i] = 0;
	memset(slot->dev, 0, sizeof(slot->dev));
	slot->fmt = 0;
	atomic_thread_fence(memory_order_seq_cst);
	*(volatile __u64 *)&slot->pgtable = 0;
	memset(seen, 0, sizeof(*seen));
}

static bool is_gone(const struct source *s, __u64 pgtable)
{
	unsigned int cpu;

	for (cpu = 0; cpu < s->cpus; cpu++)
		if (s->gone[cpu * V7S_GONE + pgtable % V7S_GONE] == pgtable)
			return true;
	return false;
}

static int read_rows(struct source *s, struct model *m, uint64_t now)
{
	struct v7s_slot *slot, *seen;
	unsigned int cpu, i;
	__u64 pgtable;

	model_begin(m);
	for (cpu = 0; cpu < s->cpus; cpu++) {
		for (i = 0; i < V7S_GONE; i++)
			s->gone[cpu * V7S_GONE + i] =
				read_u64(&s->rows[cpu].gone[i], 0);
		model_destroys(m, read_u64(&s->rows[cpu].destroy, 0));
	}
	/* Counts that are read from here on include all of those tables. */
	atomic_thread_fence(memory_order_seq_cst);

	for (cpu = 0; cpu < s->cpus; cpu++) {
		for (i = 0; i <= V7S_SLOTS; i++) {
			slot = &s->rows[cpu].slot[i];
			seen = &s->seen[cpu * (V7S_SLOTS + 1) + i];
			pgtable = read_u64(&slot->pgtable, 0);
			if (!pgtable && i != V7S_OTHER)
				continue;
			read_slot(seen, slot, pgtable);
			if (i == V7S_OTHER)
				model_other(m, &seen->c);
			else if (model_add(m, seen))
				goto no_memory;
		}
	}
	model_end(m, now);

	for (cpu = 0; cpu < s->cpus; cpu++) {
		for (i = 0; i < V7S_SLOTS; i++) {
			seen = &s->seen[cpu * (V7S_SLOTS + 1) + i];
			if (!seen->pgtable || !is_gone(s, seen->pgtable))
				continue;
			model_gone(m, seen->pgtable);
			free_slot(seen, &s->rows[cpu].slot[i]);
		}
	}
	return 0;

no_memory:
	complain("out of memory");
	return -1;
}

static void explain(const char *what, int err)
{
	if (err == EPERM && !caps_for_bpf())
		complain("%s takes root, or CAP_BPF and CAP_PERFMON"
		     " (before v5.8 CAP_SYS_ADMIN): try sudo", what);
	else if (err == EPERM)
		complain("%s is refused to us, with all capabilities: kernel"
		     " lockdown, a container, or `ulimit -l` (before v5.11):"
		     " see `v7scope doctor`", what);
	else if (err == ENOSYS)
		complain("%s: this kernel has no bpf() system call: build it with"
		     " CONFIG_BPF_SYSCALL=y", what);
	else if (err == ENOMEM)
		complain("%s: the kernel has no memory for it", what);
	else if (err == EACCES || err == EINVAL || err == E2BIG)
		complain("%s: this kernel's BPF verifier refuses it (%s): it takes"
		     " v5.10 or later; -v shows what it said", what,
		     strerror(err));
	else
		complain("%s: %s; -v shows more", what, strerror(err));
}

static int load(struct source *s)
{
	struct v7scope_bpf *skel = v7scope_bpf__open();
	int err, e;

	if (!skel)
		return -errno;
	s->skel = skel;
	s->cpus = possible_cpus();
	err = bpf_map__set_max_entries(skel->maps.rows, s->cpus);
	if (!err)
		err = v7scope_bpf__load(skel);
	if (err)
		return err;
	for (e = 0; e < EVENTS; e++) {
		s->prog[e] = bpf_object__find_program_by_name(skel->obj,
							      event_names[e]);
		if (!s->prog[e])
			return -ENOENT;
	}

	s->seen = calloc((size_t)s->cpus * (V7S_SLOTS + 1), sizeof(*s->seen));
	s->gone = calloc((size_t)s->cpus * V7S_GONE, sizeof(*s->gone));
	if (!s->seen || !s->gone)
		return -ENOMEM;

	s->rows_size = s->cpus * sizeof(*s->rows);
	s->rows = mmap(NULL, s->rows_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       bpf_map__fd(skel->maps.rows), 0);
	if (s->rows == MAP_FAILED) {
		s->rows = NULL;
		return -errno;
	}
	return 0;
}

/*
 * In the order of event_names: creation comes last, so that a page table whose
 * creation is seen is one of which nothing was missed.
 */
static int attach(struct source *s)
{
	char missing[256] = "";
	int e, err, n = 0;
	size_t len = 0;

	for (e = 0; e < EVENTS; e++) {
		s->link[e] = bpf_program__attach_raw_tracepoint(s->prog[e],
								event_names[e]);
		if (s->link[e])
			continue;
		err = errno;
		if (err != ENOENT) {
			explain("attaching to the events", err);
			return -1;
		}
		n++;
		len += snprintf(missing + len, sizeof(missing) - len, " %s",
				event_names[e]);
	}
	if (n == EVENTS)
		complain("this kernel has none of the io_pgtable events: apply"
		     " kernel-patch/ and boot it, see `v7scope doctor`");
	else if (n)
		complain("this kernel lacks%s: apply all of kernel-patch/ and boot"
		     " it, see `v7scope doctor`", missing);
	return n ? -1 : 0;
}

/* As said before attach(), the other way round. */
static void stop(struct source *s)
{
	int e;

	for (e = EVENTS - 1; e >= 0; e--) {
		bpf_link__destroy(s->link[e]);
		s->link[e] = NULL;
	}
	/*
	 * A program that was running at that moment may still be. This waits
	 * for all sections that run without preemption, or does nothing on
	 * kernels without it, where a last event may then be read in part.
	 */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0);
}

static void close_bpf(struct source *s)
{
	int e;

	if (!s)
		return;
	for (e = EVENTS - 1; e >= 0; e--)
		bpf_link__destroy(s->link[e]);
	if (s->rows)
		munmap(s->rows, s->rows_size);
	v7scope_bpf__destroy(s->skel);
	free(s->seen);
	free(s->gone);
	free(s);
}

static struct source *open_bpf(const struct source_want *want)
{
	struct source *s = calloc(1, sizeof(*s));
	int err;

	libbpf_set_print(listen);
	if (!s) {
		complain("out of memory");
		return NULL;
	}
	err = load(s);
	if (err)
		explain("loading the BPF programs", -err);
	if (err || attach(s)) {
		tell(want->verbose);
		close_bpf(s);
		return NULL;
	}
	return s;
}

/* Kernels before v5.12 fill in less of it, and have nothing to skip. */
static void complete(struct source *s, struct report *r)
{
	struct bpf_prog_info info;
	__u32 len;
	int e;

	for (e = 0; e < EVENTS; e++) {
		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		if (bpf_obj_get_info_by_fd(bpf_program__fd(s->prog[e]), &info,
					   &len) ||
		    len < offsetof(struct bpf_prog_info, recursion_misses) +
			  sizeof(info.recursion_misses))
			r->misses[e] = UNKNOWN;
		else
			r->misses[e] = info.recursion_misses;
	}
}

const struct source_ops source_bpf = {
	.name		= "bpf",
	.open		= open_bpf,
	.read		= read_rows,
	.stop		= stop,
	.complete	= complete,
	.close		= close_bpf,
};
