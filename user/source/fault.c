// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Faults of devices, and a history of maps and unmaps: see bpf/fault.bpf.c.
 *
 * The kernel overwrites the oldest entry of a full history. A copy is consistent
 * if its number is the same before and after copying.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "lib/btf_find.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/kernel.h"
#include "lib/util.h"
#include "model/faults.h"
#include "counters.h"
#include "flush_sites.h"
#include "kprobe_perf.h"
#include "kprobe_sites.h"
#include "libbpf_log.h"
#include "permit.h"
#include "source.h"
#include "stock.h"

/* Needs the types from above. */
#include "fault.skel.h"

/*
 * Since v6.16, iommu_map() and iommu_map_sg() call iommu_map_nosync() for each
 * piece, and so do drivers. The compiler keeps it, as drivers call it, and it is
 * too large to be inlined: it has all maps, each once.
 */
#define MAP_NOSYNC "iommu_map_nosync"

/* Programs that show the domain. */
static const struct {
	const char *prog, *function;
	enum { ALWAYS, WITHOUT_NOSYNC, WITH_NOSYNC } when;
} by_domain[] = {
	{ "mapped",		"iommu_map",		WITHOUT_NOSYNC },
	{ "mapped_nosync",	MAP_NOSYNC,		WITH_NOSYNC },
	{ "mapped_sg",		"iommu_map_sg",		WITHOUT_NOSYNC },
	{ "unmap",		"iommu_unmap",		ALWAYS },
	{ "unmap_fast",		"iommu_unmap_fast",	ALWAYS },
	{ "fault",		"report_iommu_fault",	ALWAYS },
};

/* Programs for kernels without fentry, by event. */
static const struct {
	const char *prog, *event;
} by_event[] = {
	{ "map_event",		"map" },
	{ "unmap_event",	"unmap" },
	{ "fault_event",	"io_page_fault" },
};

/* The last one. */
#define FAULT_EVENT (ARRAY_SIZE(by_event) - 1)

/* Programs that find the faults of arm-smmu-v3. The inner ones come first. */
static const struct {
	const char *prog, *function;
	bool ret;
} by_kprobe[] = {
	{ "smmu_logs",		"_dev_info",		false },
	{ "smmu_logs",		"_dev_err",		false },
	{ "smmu_ends",		"arm_smmu_evtq_thread",	true },
	{ "smmu_begins",	"arm_smmu_evtq_thread",	false },
};

struct source {
	struct fault_bpf *skel;
	bool domains;			/* the programs of by_domain are used */
	bool smmu;			/* so are those of by_kprobe */
	bool without_smmu;		/* the kernel refuses those of by_kprobe */
	bool given_btf;			/* by --btf; not of the running kernel */
	struct bpf_link *smmu_link[ARRAY_SIZE(by_kprobe)];
	bool loses_address;
	struct bpf_link *link[ARRAY_SIZE(by_domain)];
	struct v7s_fault_heads *heads;	/* these four are the kernel's */
	struct v7s_touch *touches;
	struct v7s_fault *faults;
	const struct v7s_fault_counts *counts;
	bool beside;			/* faults only */
	struct v7s_touch *copy;		/* of one or of all histories */
	uint64_t start;
	uint64_t next;			/* number of the next fault to read */
	uint64_t skipped;		/* at the last reading */
	bool stopped;
	struct fault_sums sums;
};

static bool lacks_event(const char *name)
{
	int prog = permit_load();
	bool lacks = prog >= 0 && permit_event(prog, name) == ENOENT;

	if (prog >= 0)
		close(prog);
	return lacks;
}

/* A driver that registers its IOMMU gives it an entry in sysfs. */
static bool has_iommu(void)
{
	DIR *d = opendir("/sys/class/iommu");
	struct dirent *e;
	bool found = false;

	while (d && !found && (e = readdir(d)))
		found = e->d_name[0] != '.';
	if (d)
		closedir(d);
	return found;
}

static void ask(struct source_answer *a)
{
	libbpf_log_start();
	if (!has_iommu())
		answer_absent(a, "load the IOMMU's driver first", "this machine has no IOMMU that a driver uses");
	else if (kernel_version() < (kernel_machine() == MACHINE_ARM64 ? KERNEL(5, 18) : KERNEL(5, 12)))
		answer_absent(a, "boot a kernel since v5.12 (arm64: v5.18)", "this kernel has no atomic operations of BPF that return a value, which the history needs");
	else if (kernel_machine() == MACHINE_ARM)
		answer_absent(a, "use an arm64 kernel", "the BPF JIT of 32-bit Arm has no atomic operations, which the history needs");
	else if (permit_bpf(a) && lacks_event("io_page_fault"))
		answer_absent(a, "build the kernel with CONFIG_IOMMU_API=y and CONFIG_TRACEPOINTS=y", "this kernel has no event iommu:io_page_fault");
}

/* Without BTF the names of the devices are missing. */
static void find_members(struct source *s, const struct btf *btf)
{
	struct v7s_fault_config *c = &s->skel->rodata->kernel;

	if (!btf_find_member(btf, "device", "init_name", &c->init_name) ||
	    !btf_find_member(btf, "device", "kobj", &c->name))
		c->init_name = c->name = 0;
}

static bool has_function(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

static struct bpf_program *prog_named(const struct source *s, const char *name)
{
	return bpf_object__find_program_by_name(s->skel->obj, name);
}

/* fentry needs direct calls from ftrace, which arm64 has since v6.4. */
static bool choose_by_domain(struct source *s, const struct btf *btf)
{
	struct bpf_program *prog;
	bool nosync;
	size_t i;

	if (!btf || (kernel_machine() == MACHINE_ARM64 &&
		     kernel_version() < KERNEL(6, 4)))
		return false;
	nosync = has_function(btf, MAP_NOSYNC);
	for (i = 0; i < ARRAY_SIZE(by_domain); i++) {
		if (by_domain[i].when == (nosync ? WITHOUT_NOSYNC : WITH_NOSYNC))
			continue;
		prog = prog_named(s, by_domain[i].prog);
		bpf_program__set_autoload(prog, true);
		if (!has_function(btf, by_domain[i].function) ||
		    bpf_program__set_attach_target(prog, 0,
						   by_domain[i].function))
			return false;
	}
	return true;
}

static void choose_by_event(struct source *s)
{
	size_t i;

	if (s->beside)
		bpf_map__set_max_entries(s->skel->maps.touches, 1);
	for (i = s->beside ? FAULT_EVENT : 0; i < ARRAY_SIZE(by_event); i++)
		bpf_program__set_autoload(prog_named(s, by_event[i].prog), true);
}

#define SMMU_BUS_NAME "arm-smmu-v3"

/* The structures of arm-smmu-v3, which has its own BTF if it is a module. */
static bool find_smmu(const struct btf *btf, __u64 *at)
{
	static const struct {
		const char *type, *member;
	} members[V7S_SMMU_ATS] = {
		[V7S_SMMU_EVENTS]	= { "arm_smmu_device", "evtq" },
		[V7S_SMMU_STREAMS]	= { "arm_smmu_device", "streams" },
		[V7S_SMMU_DEV]		= { "arm_smmu_device", "dev" },
		[V7S_SMMU_BASE]		= { "arm_smmu_queue", "base" },
		[V7S_SMMU_SHIFT]	= { "arm_smmu_ll_queue", "max_n_shift" },
		[V7S_SMMU_NODE]		= { "arm_smmu_stream", "node" },
		[V7S_SMMU_ID]		= { "arm_smmu_stream", "id" },
		[V7S_SMMU_MASTER]	= { "arm_smmu_stream", "master" },
		[V7S_SMMU_LEFT]		= { "rb_node", "rb_left" },
		[V7S_SMMU_RIGHT]	= { "rb_node", "rb_right" },
		[V7S_SMMU_CLIENT]	= { "arm_smmu_master", "dev" },
		[V7S_SMMU_GROUP]	= { "device", "iommu_group" },
		[V7S_SMMU_DOMAIN]	= { "iommu_group", "domain" },
	};
	__u32 type;
	size_t i;

	for (i = 0; i < V7S_SMMU_ATS; i++) {
		/* The driver arm-smmu has a structure of that name, too. */
		type = btf_struct_with(btf, members[i].type, members[i].member);
		if (!btf_member(btf, type, members[i].member, &at[i], NULL))
			return false;
	}
	return true;
}

static bool has_smmu(void)
{
	return kernel_machine() == MACHINE_ARM64 &&
	       flush_sites_has_device("/sys/bus/platform/drivers", SMMU_BUS_NAME);
}

static void choose_by_kprobe(struct source *s, const struct btf *btf)
{
	struct btf *own = NULL;
	size_t i;

	if (!btf || s->without_smmu || !has_smmu())
		return;
	s->smmu = find_smmu(btf, s->skel->rodata->kernel.smmu);
	if (!s->smmu && !s->given_btf) {
		own = btf__load_module_btf("arm_smmu_v3", (struct btf *)btf);
		if (!libbpf_get_error(own))
			s->smmu = find_smmu(own, s->skel->rodata->kernel.smmu);
		else
			own = NULL;
	}
	btf__free(own);
	for (i = 0; s->smmu && i < ARRAY_SIZE(by_kprobe); i++)
		bpf_program__set_autoload(prog_named(s, by_kprobe[i].prog), true);
}

static void detach_smmu(struct source *s)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(s->smmu_link); i++) {
		bpf_link__destroy(s->smmu_link[i]);
		s->smmu_link[i] = NULL;
	}
}

/* A kernel may lack what the driver logs with: CONFIG_PRINTK=n. */
static bool may_lack(size_t i)
{
	return !strcmp(by_kprobe[i].prog, "smmu_logs");
}

/* Without these, the faults of other drivers are still seen. */
static void attach_smmu(struct source *s)
{
	size_t i;

	for (i = 0; s->smmu && i < ARRAY_SIZE(by_kprobe); i++) {
		s->smmu_link[i] = kprobe_perf_attach(
			prog_named(s, by_kprobe[i].prog), by_kprobe[i].ret,
			by_kprobe[i].function);
		if (s->smmu_link[i] || may_lack(i))
			continue;
		err_warn("no faults of " SMMU_BUS_NAME ": cannot attach to %s: %s",
			 by_kprobe[i].function, strerror(errno));
		detach_smmu(s);
		s->smmu = false;
	}
}

static void *map_memory(const struct bpf_map *map)
{
	size_t size = bpf_map__max_entries(map) * bpf_map__value_size(map);
	void *memory = mmap(NULL, size, PROT_READ, MAP_SHARED,
			    bpf_map__fd(map), 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static void unmap_memory(const struct bpf_map *map, void *memory)
{
	if (memory)
		munmap(memory,
		       bpf_map__max_entries(map) * bpf_map__value_size(map));
}

static int attach(struct source *s)
{
	size_t i;

	if (!s->domains) {
		for (i = s->beside ? FAULT_EVENT : 0;
		     i < ARRAY_SIZE(by_event); i++) {
			s->link[i] = bpf_program__attach_raw_tracepoint(
				prog_named(s, by_event[i].prog),
				by_event[i].event);
			if (!s->link[i])
				return -errno;
		}
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(by_domain); i++) {
		if (!bpf_program__autoload(prog_named(s, by_domain[i].prog)))
			continue;
		s->link[i] = bpf_program__attach_trace(
			prog_named(s, by_domain[i].prog));
		if (!s->link[i])
			return -errno;
	}
	return 0;
}

static void detach(struct source *s)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(s->link); i++) {
		bpf_link__destroy(s->link[i]);
		s->link[i] = NULL;
	}
	detach_smmu(s);
}

static void close_programs(struct source *s)
{
	detach(s);
	if (!s->skel)
		return;
	unmap_memory(s->skel->maps.heads, s->heads);
	unmap_memory(s->skel->maps.touches, s->touches);
	unmap_memory(s->skel->maps.faults, s->faults);
	s->heads = NULL;
	s->touches = NULL;
	s->faults = NULL;
	unmap_memory(s->skel->maps.counts, (void *)s->counts);
	s->counts = NULL;
	fault_bpf__destroy(s->skel);
	s->skel = NULL;
}

/* Returns 0 or -errno. */
static int open_programs(struct source *s, const struct btf *btf, bool domains)
{
	struct bpf_program *prog;
	int err;

	s->skel = fault_bpf__open();
	if (!s->skel)
		return -errno;
	bpf_object__for_each_program(prog, s->skel->obj)
		bpf_program__set_autoload(prog, false);
	if (btf)
		find_members(s, btf);
	s->domains = domains && choose_by_domain(s, btf);
	if (domains && !s->domains)
		return -ENOENT;
	if (!s->domains)
		choose_by_event(s);
	choose_by_kprobe(s, btf);
	err = fault_bpf__load(s->skel);
	if (err)
		return err;
	s->heads = map_memory(s->skel->maps.heads);
	s->touches = map_memory(s->skel->maps.touches);
	s->faults = map_memory(s->skel->maps.faults);
	s->counts = map_memory(s->skel->maps.counts);
	if (!s->heads || !s->touches || !s->faults || !s->counts)
		return -errno;
	attach_smmu(s);
	return attach(s);
}

static int open_either(struct source *s, const struct btf *btf)
{
	int err = s->beside ? -ENOENT : open_programs(s, btf, true);

	if (!err)
		return 0;
	close_programs(s);
	return open_programs(s, btf, false);
}

/* A kernel that refuses the programs for an SMMU still shows all other faults. */
static int open_all(struct source *s, const struct btf *btf, bool verbose)
{
	int err = open_either(s, btf);

	if (err && s->smmu) {
		if (verbose)
			libbpf_log_explain("load the BPF programs for " SMMU_BUS_NAME, -err, true);
		close_programs(s);
		s->smmu = false;
		s->without_smmu = true;
		err = open_either(s, btf);
		if (!err)
			err_warn("no faults of " SMMU_BUS_NAME ": this kernel refuses the programs for it");
	} else if (!err && !s->smmu && has_smmu()) {
		err_warn("no faults of " SMMU_BUS_NAME ": %s",
			 btf ? "the BTF does not describe its structures" :
			 "this kernel has no BTF; give one with --btf");
	}
	return err;
}

static void close_fault(struct source *s)
{
	if (!s)
		return;
	close_programs(s);
	free(s->copy);
	free(s);
}

/* The defect of v4.13 to v6.12 concerns short descriptors only. */
static bool kernel_loses_address(void)
{
	const struct kprobe_sites *plan;

	return !kprobe_sites_here(&plan) && plan->splits && !plan->series &&
	       plan->there[V7S_SHORT];
}

static struct source *open_fault(const struct source_want *want)
{
	struct source *s = calloc(1, sizeof(*s));
	struct btf *btf = NULL;
	int err;

	if (s) {
		s->beside = want->beside;
		s->given_btf = want->btf;
	}
	if (s && !s->beside)
		s->copy = calloc(V7S_DOMAINS * V7S_TOUCHES, sizeof(*s->copy));
	if (!s || !(s->copy || s->beside)) {
		err_print("out of memory");
		close_fault(s);
		return NULL;
	}
	libbpf_log_start();
	if (btf_open(want->btf, &btf)) {
		close_fault(s);
		return NULL;
	}
	s->loses_address = !s->beside && kernel_loses_address();
	s->start = clock_now();
	err = open_all(s, btf, want->verbose);
	btf__free(btf);
	if (err) {
		libbpf_log_explain("load the BPF programs", -err, want->verbose);
		close_fault(s);
		return NULL;
	}
	s->sums.by_domain = s->domains;
	s->sums.memory = sizeof(*s->heads) +
			 V7S_DOMAINS * V7S_TOUCHES * sizeof(*s->touches) +
			 V7S_FAULTS * sizeof(*s->faults) + sizeof(*s->counts);
	return s;
}

static int read_fault(struct source *s, struct model *m, uint64_t now)
{
	(void)s;
	model_begin(m);
	model_end(m, now);
	return 0;
}

static int64_t missed(const struct source *s)
{
	struct bpf_program *prog;
	int64_t sum = 0, n;

	/* Until v6.7, the kernel did not count what a kprobe missed. */
	if (s->smmu && kernel_version() < KERNEL(6, 7))
		return UNKNOWN;
	bpf_object__for_each_program(prog, s->skel->obj) {
		if (!bpf_program__autoload(prog))
			continue;
		n = counters_prog_misses(prog);
		if (n == UNKNOWN)
			return UNKNOWN;
		sum += n;
	}
	return sum;
}

static void stop(struct source *s)
{
	if (s->stopped)
		return;
	s->stopped = true;
	detach(s);
}

static void complete(struct source *s, struct report *r)
{
	r->source = s->domains ? source_fentry.name : source_bpf.name;
	r->corrupted = UNKNOWN;
}

/* Copy an entry that a program may be writing. False: it is not number @seq. */
static bool copy_entry(void *to, const void *from, size_t size, uint64_t seq)
{
	const uint64_t *number = from;

	if (__atomic_load_n(number, __ATOMIC_ACQUIRE) != seq)
		return false;
	memcpy(to, from, size);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(number, __ATOMIC_RELAXED) == seq;
}

/*
 * Append a ring to the copy, oldest first. Returns true if it has overflowed,
 * possibly while it was being copied.
 */
static bool copy_ring(const struct source *s, unsigned int ring, size_t *n)
{
	uint64_t head = __atomic_load_n(&s->heads->touches[ring],
					__ATOMIC_ACQUIRE);
	uint64_t i = head > V7S_TOUCHES ? head - V7S_TOUCHES : 0;

	for (; i < head; i++)
		*n += copy_entry(&s->copy[*n],
				 &s->touches[ring * V7S_TOUCHES +
					     i % V7S_TOUCHES],
				 sizeof(*s->copy), i + 1);
	return __atomic_load_n(&s->heads->touches[ring], __ATOMIC_ACQUIRE) >
	       V7S_TOUCHES;
}

/* The ring of a domain; the last if the domain has none of its own. */
static unsigned int ring_of(const struct source *s, const struct v7s_fault *f)
{
	const uint64_t tag = f->domain ? f->domain : 1ULL << 32;
	unsigned int i;

	for (i = 0; i < V7S_DOMAINS - 1; i++)
		if (s->heads->domain[i] == tag)
			break;
	return i;
}

/* Drivers whose faults need more than the event says. */
static const struct driver {
	const char *bus_name;
	bool is_short;		/* its page tables have short descriptors */
	bool no_access;		/* it reports every access as a read */
} drivers[] = {
	{ "mtk-iommu",	true,	false },
	{ "ipmmu-vmsa",	false,	true },
	{ "qcom-iommu-ctx", false, true },
};

static const struct driver *driver_of(const char *dev)
{
	const struct driver *d;
	char path[128];

	for (d = drivers; *dev && d < drivers + ARRAY_SIZE(drivers); d++) {
		snprintf(path, sizeof(path), "/sys/bus/platform/drivers/%s/%s",
			 d->bus_name, dev);
		if (!access(path, F_OK))
			return d;
	}
	return NULL;
}

/*
 * A domain that has neither a ring nor an entry has never been mapped to. Without a
 * history, there is no verdict.
 */
static void judge(struct source *s, struct v7s_fault *f, struct fault_judged *j)
{
	const struct driver *driver = driver_of(f->dev);
	struct fault_history h = { .touch = s->copy };

	if (driver && driver->no_access)
		f->access = V7S_ACCESS_UNKNOWN;
	if (s->beside) {
		*j = (struct fault_judged){ .fault = *f };
		return;
	}
	h.loses_address = s->loses_address && driver && driver->is_short;
	/* The events of maps have no domain. */
	if (!s->domains)
		f->domain = 0;
	/* The fault of a domain that is not known has no history. */
	h.overflowed = (s->domains && !f->domain) ||
		       copy_ring(s, ring_of(s, f), &h.n);
	fault_judge(&h, f, s->start, j);
}

/* Unmaps of a domain, by the share of unmaps in its history */
static uint64_t estimate_unmaps(const struct source *s, unsigned int ring)
{
	uint64_t unmaps = 0;
	size_t n = 0, i;

	copy_ring(s, ring, &n);
	for (i = 0; i < n; i++)
		unmaps += s->copy[i].pa == V7S_UNMAPPED;
	return n ? (double)s->heads->touches[ring] * unmaps / n + 0.5 : 0;
}

static void add_up(struct source *s, struct fault_sums *sums)
{
	unsigned int i;

	s->sums.touches = s->sums.domains = s->sums.unmaps = 0;
	for (i = 0; i < V7S_DOMAINS; i++) {
		s->sums.touches += s->heads->touches[i];
		s->sums.domains += s->heads->domain[i] != 0;
		if (s->stopped)
			s->sums.unmaps += estimate_unmaps(s, i);
	}
	if (s->stopped)
		s->sums.missed = missed(s);
	*sums = s->sums;
}

static void read_faults(struct source *s, take_fault *take, void *arg,
			struct fault_sums *sums)
{
	uint64_t head = __atomic_load_n(&s->heads->faults, __ATOMIC_ACQUIRE);
	uint64_t skipped;
	const struct v7s_fault *from;
	struct fault_judged j;
	struct v7s_fault f;

	skipped = __atomic_load_n(&s->heads->skipped, __ATOMIC_RELAXED);
	s->sums.faults = head + skipped;
	if (head - s->next > V7S_FAULTS) {
		s->sums.dropped += head - V7S_FAULTS - s->next;
		s->next = head - V7S_FAULTS;
	}
	s->sums.dropped += skipped - s->skipped;
	s->skipped = skipped;
	for (; s->next < head; s->next++) {
		from = &s->faults[s->next % V7S_FAULTS];
		if (!copy_entry(&f, from, sizeof(f), s->next + 1)) {
			/* A program is about to write it. */
			if (from->seq <= s->next && !s->stopped)
				break;
			s->sums.dropped++;
			continue;
		}
		judge(s, &f, &j);
		s->sums.verdict[j.verdict] += !s->beside;
		take(arg, &j);
	}
	add_up(s, sums);
}

static void count_faults(struct source *s, struct fault_counts *to)
{
	const struct v7s_fault_count *c = s->counts->c, *end = c + V7S_FAULT_DEVS;

	memset(to, 0, sizeof(*to));
	to->others = __atomic_load_n(&end->faults, __ATOMIC_RELAXED);
	/* Slots are taken in order. A device without a name gets it soon. */
	for (; c < end && __atomic_load_n(&c->ready, __ATOMIC_ACQUIRE); c++) {
		memcpy(to->dev[to->devs].dev, c->dev, sizeof(c->dev));
		to->dev[to->devs++].faults =
			__atomic_load_n(&c->faults, __ATOMIC_RELAXED);
	}
}

const struct source_ops source_fault = {
	.name		= "fault",
	.ask		= ask,
	.open		= open_fault,
	.read		= read_fault,
	.stop		= stop,
	.complete	= complete,
	.faults		= read_faults,
	.fault_counts	= count_faults,
	.close		= close_fault,
};
