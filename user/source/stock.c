// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Common to the sources that observe kernels without the series. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "lib/btf_find.h"
#include "lib/err.h"
#include "lib/kernel.h"
#include "lib/read64.h"
#include "hooks.h"
#include "libbpf_log.h"
#include "stock.h"

/* Members of the kernel's structures that the programs read. */
static const struct member {
	const char *type, *name;
} members[V7S_ATS] = {
	[V7S_AT_CFG]		= { "io_pgtable", "cfg" },
	[V7S_AT_IAS]		= { "io_pgtable_cfg", "ias" },
	[V7S_AT_OAS]		= { "io_pgtable_cfg", "oas" },
	[V7S_AT_QUIRKS]		= { "io_pgtable_cfg", "quirks" },
	[V7S_AT_DEV]		= { "io_pgtable_cfg", "iommu_dev" },
	[V7S_AT_INIT_NAME]	= { "device", "init_name" },
	/* Its first member is the name. */
	[V7S_AT_NAME]		= { "device", "kobj" },
	[V7S_AT_OPS]		= { "io_pgtable", "ops" },
	/* The union of all formats; each begins with the address of its table. */
	[V7S_AT_BASE]		= { "io_pgtable_cfg", "" },
	[V7S_AT_SHORT_TOP]	= { "arm_v7s_io_pgtable", "pgd" },
	[V7S_AT_LONG_TOP]	= { "arm_lpae_io_pgtable", "pgd" },
	[V7S_AT_TOP_BITS]	= { "arm_lpae_io_pgtable", "pgd_bits" },
	[V7S_AT_FIRST_LEVEL]	= { "arm_lpae_io_pgtable", "start_level" },
	[V7S_AT_LEVEL_BITS]	= { "arm_lpae_io_pgtable", "bits_per_level" },
	[V7S_AT_SPLIT_LOCK]	= { "arm_v7s_io_pgtable", "split_lock" },
};

static bool find_members(struct v7s_kprobe_config *c, const struct btf *btf,
			 enum v7s_at first, enum v7s_at last)
{
	bool all = true;
	enum v7s_at i;

	for (i = first; i <= last; i++)
		all &= btf_find_member(btf, members[i].type, members[i].name,
				       &c->at[i]);
	return all;
}

/* A format in a module has no types in the kernel's BTF. */
static bool find_tables(struct v7s_kprobe_config *c, const struct btf *btf,
			const struct kprobe_sites *plan)
{
	return find_members(c, btf, V7S_AT_OPS, V7S_AT_BASE) &&
	       (!plan->watched[V7S_SHORT] ||
		find_members(c, btf, V7S_AT_SHORT_TOP, V7S_AT_SHORT_TOP)) &&
	       (!plan->watched[V7S_LONG] ||
		find_members(c, btf, V7S_AT_LONG_TOP, V7S_AT_LEVEL_BITS));
}

/*
 * A program is attached to a function by its type, and reads the parameters by
 * their position.
 */
static bool has_functions(const struct btf *btf, const struct kprobe_sites *plan)
{
	int i;

	for (i = 0; i < plan->sites; i++)
		if (plan->site[i].refuses &&
		    btf_parameters(btf, plan->site[i].symbol) !=
			    plan->site[i].params)
			return false;
	return true;
}

/* Can the programs tell why a request is refused? */
static bool find_refusals(struct v7s_kprobe_config *c, const struct btf *btf,
			  const struct kprobe_sites *plan)
{
	return plan->visible.refuse[V7S_REFUSE_PARTIAL] &&
	       find_tables(c, btf, plan) && has_functions(btf, plan);
}

/*
 * Both programs need the place of the lock in the page table, and those of fentry
 * the type of the function.
 */
static void find_waits(struct v7s_kprobe_config *c, const struct btf *btf,
		       struct kprobe_sites *plan)
{
	if (plan->no_waits)
		return;
	if (!btf || btf__find_by_name_kind(btf, LOCK_SLOW_PATH, BTF_KIND_FUNC) < 0 ||
	    !find_members(c, btf, V7S_AT_SPLIT_LOCK, V7S_AT_SPLIT_LOCK))
		kprobe_sites_no_waits(plan, "the kernel's BTF does not have split_lock");
}

void stock_limit(struct kprobe_sites *plan)
{
	struct v7s_kprobe_config c;
	struct btf *btf = NULL;

	btf_open(NULL, &btf);
	if (!btf || !find_members(&c, btf, 0, V7S_AT_NAME) ||
	    !find_refusals(&c, btf, plan))
		kprobe_sites_no_refusals(plan);
	find_waits(&c, btf, plan);
	btf__free(btf);
}

static bool wants_refusals(const struct source_want *want)
{
	return want->refusals ||
	       (want->ring && !want->lost_only &&
		(!want->events || want->events & 1 << V7S_EVENT_REFUSE));
}

/*
 * Without BTF there are no device names, no addresses of splits and no refusals,
 * and return probes of other tracers hide callers. In every kernel that can run our
 * programs, struct io_pgtable begins with its format and the driver's cookie.
 */
int stock_find_members(struct v7s_kprobe_config *c, struct kprobe_sites *plan,
		       const struct source_want *want)
{
	struct btf *btf;
	bool all, has;

	c->at[V7S_AT_CFG] = 2 * (c->arm ? sizeof(__u32) : sizeof(__u64));
	if (btf_open(want->btf, &btf))
		return -1;
	if (!btf)
		kprobe_sites_no_refusals(plan);
	find_waits(c, btf, plan);
	hooks_find(&c->hooks, btf, plan->range, plan->ranges, kernel_version());
	if (!btf)
		return 0;
	all = find_members(c, btf, 0, V7S_AT_NAME);
	c->has_sizes = c->has_dev = all;
	has = all && find_refusals(c, btf, plan);
	if (!has || !wants_refusals(want))
		kprobe_sites_no_refusals(plan);
	plan->on_request = has && !wants_refusals(want);
	btf__free(btf);
	if (all || !want->btf)
		return 0;
	err_print("--btf %s: this is not the BTF of a kernel with I/O page tables", want->btf);
	return -1;
}

/* Advice for a program that does not attach, by the error. */
static const char *lifted_by(int err)
{
	if (err == EBUSY)
		return "end the live patch or the other tracer that holds this function";
	if (err == E2BIG)
		return "end other tracers, a function has room for 38 programs";
	if (err == EPERM || err == EACCES)
		return "see `v7scope doctor`";
	return "run `dmesg` for the cause";
}

/* The plan does without these programs, and without the others for their figures. */
static bool is_optional(const struct site *site)
{
	return site->refuses || site->waits;
}

/* Returns the number of links that are left. */
static int give_up(struct kprobe_sites *plan, struct bpf_link *link[KPROBE_SITES],
		   int failed, int err)
{
	bool waits = plan->site[failed].waits;
	int i, kept = 0;

	err_warn("no %s: cannot attach to %s: %s; %s",
		 waits ? "waits for split_lock" : "refusals exists, absent and partial",
		 plan->site[failed].symbol, strerror(err), lifted_by(err));
	for (i = 0; i < failed; i++) {
		if (waits ? plan->site[i].waits : plan->site[i].refuses)
			bpf_link__destroy(link[i]);
		else
			link[kept++] = link[i];
	}
	for (i = kept; i < failed; i++)
		link[i] = NULL;
	if (waits)
		kprobe_sites_no_waits(plan, "their programs cannot be attached");
	else
		kprobe_sites_no_refusals(plan);
	return kept;
}

int stock_load(struct kprobe_sites *plan, load_all *load, struct source *s,
	       const struct source_want *want)
{
	int err = load(s, want), again;

	if (!err || !plan->visible.waits)
		return err;
	kprobe_sites_no_waits(plan, "their programs cannot be loaded");
	again = load(s, want);
	if (again)
		return again;
	err_warn("no waits for split_lock: cannot load their BPF programs: %s; -v prints the kernel's reason", strerror(-err));
	if (want->verbose)
		libbpf_log_print();
	return 0;
}

int stock_attach(struct kprobe_sites *plan, struct bpf_link *link[KPROBE_SITES],
		 attach_site *attach, struct source *s)
{
	int i = 0;

	while (i < plan->sites) {
		link[i] = attach(s, i);
		if (link[i])
			i++;
		else if (is_optional(&plan->site[i]))
			i = give_up(plan, link, i, errno);
		else
			break;
	}
	return i;
}

void stock_configure(struct v7s_kprobe_config *c, const struct kprobe_sites *plan,
		     unsigned int cpus)
{
	int f;

	c->cpus = cpus;
	for (f = 0; f < V7S_FAMILIES; f++)
		c->install[f] = plan->install[f];
	c->ranges = plan->ranges;
	c->refusals = plan->visible.refuse[V7S_REFUSE_PARTIAL];
	memcpy(c->range, plan->range, sizeof(c->range));
}

bool stock_corrupts(const struct kprobe_sites *p)
{
	return p->splits && !p->series && p->watched[V7S_SHORT] &&
	       p->visible.split[V7S_BLOCK][V7S_DONE];
}

int stock_map_selves(int fd, unsigned int cpus, struct v7s_self **selves)
{
	void *map = mmap(NULL, cpus * sizeof(**selves), PROT_READ, MAP_SHARED,
			 fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	*selves = map;
	return 0;
}

void stock_add_up(const struct v7s_self *selves, unsigned int cpus,
		  struct v7s_self *sum)
{
	const size_t n = sizeof(*sum) / sizeof(__u64);
	unsigned int cpu;
	size_t i;

	memset(sum, 0, sizeof(*sum));
	for (cpu = 0; cpu < cpus; cpu++)
		for (i = 0; i < n; i++)
			((__u64 *)sum)[i] += read64(
				(const __u64 *)&selves[cpu] + i, 0);
}
