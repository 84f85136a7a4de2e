// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Common to the sources that observe kernels without the series. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/btf.h>

#include "lib/btf_find.h"
#include "lib/err.h"
#include "lib/kernel.h"
#include "lib/read64.h"
#include "hooks.h"
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
};

/*
 * Without BTF there are no device names and no addresses of splits, and return
 * probes of other tracers hide callers. In every kernel that can run our
 * programs, struct io_pgtable begins with its format and the driver's cookie.
 */
int stock_find_members(struct v7s_kprobe_config *c,
		       const struct kprobe_sites *plan, const char *file)
{
	struct btf *btf;
	bool all = true;
	size_t i;

	c->at[V7S_AT_CFG] = 2 * (c->arm ? sizeof(__u32) : sizeof(__u64));
	if (btf_open(file, &btf))
		return -1;
	hooks_find(&c->hooks, btf, plan->range, plan->ranges, kernel_version());
	if (!btf)
		return 0;
	for (i = 0; i < V7S_ATS; i++)
		all &= btf_find_member(btf, members[i].type, members[i].name,
				       &c->at[i]);
	c->has_sizes = c->has_dev = all;
	btf__free(btf);
	if (all || !file)
		return 0;
	err_print("--btf %s: this is not the BTF of a kernel with I/O page tables", file);
	return -1;
}

void stock_configure(struct v7s_kprobe_config *c, const struct kprobe_sites *plan,
		     unsigned int cpus)
{
	int f;

	c->cpus = cpus;
	for (f = 0; f < V7S_FAMILIES; f++)
		c->install[f] = plan->install[f];
	c->ranges = plan->ranges;
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
