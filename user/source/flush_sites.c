// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/btf_find.h"
#include "lib/util.h"
#include "flush_sites.h"
#include "symbols.h"

enum { MTK, IPMMU, SMMU3, SMMU2, QCOM, DRIVERS, KERNEL_ITSELF = DRIVERS };

#define LOCKLESS "this driver takes no lock to flush"

/*
 * MediaTek's driver warns of each timeout and then flushes everything. Renesas'
 * driver and arm-smmu limit the rate of their warnings, and call the limiter
 * each time.
 */
static const struct flush_driver drivers[DRIVERS] = {
	[MTK] = { .name = "mtk_iommu", .bus_name = "mtk-iommu",
		  .lock = "tlb_lock", .timeout = "_dev_warn",
		  .timeout_dev = true, .causes = true },
	[IPMMU] = { .name = "ipmmu-vmsa", .bus_name = "ipmmu-vmsa",
		    .no_waits = LOCKLESS, .timeout = "___ratelimit",
		    .jumps = true, .causes = true },
	[SMMU3] = { .name = "arm-smmu-v3", .bus_name = "arm-smmu-v3",
		    .no_waits = LOCKLESS, .commands = true },
	[SMMU2] = { .name = "arm-smmu", .bus_name = "arm-smmu",
		    .no_waits = "the driver takes its locks before the functions that v7scope probes",
		    .timeout = "___ratelimit" },
	/* The device of its warning is a context, not the IOMMU. */
	[QCOM] = { .name = "qcom_iommu", .bus_name = "qcom-iommu",
		   .no_waits = LOCKLESS, .timeout = "_dev_err" },
};

/* Role of a function. */
enum use {
	FLUSHES,	/* the whole function is a flush */
	INSIDE,		/* possible part of a flush: waits and timeouts count */
	DECIDES,	/* starts a flush on its own initiative */
	LOCKS,		/* takes any spinlock */
	RETURNS,	/* return address of a probed function */
	GRAPH,		/* the same, of the function graph tracer */
	NAMED,		/* only its presence matters */
};

#define CAUSE(cause) (1 + V7S_CAUSE_##cause)

/*
 * The IOMMU layer calls its functions through pointers, so every compiler keeps
 * them. Functions that only the driver calls may be inlined into their callers.
 *
 * If several functions flush for different causes, use the visible one nearest
 * to the hardware: a function is used only if @unless, which it calls, is not
 * visible.
 */
static const struct function {
	int driver;
	const char *name;
	enum use use;
	unsigned int kind;
	const char *unless;
	unsigned int cause;	/* plus 1; 0: its caller decides */
} functions[] = {
	{ MTK, "mtk_iommu_tlb_flush_range_sync", FLUSHES, V7S_FLUSH_RANGE,
	  NULL, 0 },
	{ MTK, "mtk_iommu_iotlb_sync", FLUSHES, V7S_FLUSH_RANGE,
	  "mtk_iommu_tlb_flush_range_sync", CAUSE(UNMAP) },
	{ MTK, "mtk_iommu_sync_map", FLUSHES, V7S_FLUSH_RANGE,
	  "mtk_iommu_tlb_flush_range_sync", CAUSE(MAP) },
	{ MTK, "mtk_iommu_tlb_flush_all", FLUSHES, V7S_FLUSH_ALL, NULL, 0 },
	{ MTK, "mtk_iommu_flush_iotlb_all", FLUSHES, V7S_FLUSH_ALL,
	  "mtk_iommu_tlb_flush_all", CAUSE(ALL) },
	{ MTK, "mtk_iommu_isr", DECIDES, 0, NULL, 0 },
	{ MTK, "mtk_iommu_runtime_resume", DECIDES, 0, NULL, 0 },

	{ IPMMU, "ipmmu_iotlb_sync", FLUSHES, V7S_FLUSH_ALL, NULL,
	  CAUSE(UNMAP) },
	{ IPMMU, "ipmmu_flush_iotlb_all", FLUSHES, V7S_FLUSH_ALL, NULL,
	  CAUSE(ALL) },
	{ IPMMU, "ipmmu_tlb_flush_all", FLUSHES, V7S_FLUSH_ALL, NULL,
	  CAUSE(ALL) },
	{ IPMMU, "ipmmu_tlb_flush", FLUSHES, V7S_FLUSH_ALL, NULL,
	  CAUSE(TABLE) },
	{ IPMMU, "ipmmu_tlb_invalidate", INSIDE, 0, NULL, 0 },
	{ IPMMU, "ipmmu_tlb_sync", INSIDE, 0, NULL, 0 },

	/* Since v7.3 it may be called twice for each call of its caller. */
	{ SMMU3, "__arm_smmu_cmdq_issue_cmdlist", FLUSHES, V7S_FLUSH_SYNC,
	  NULL, 0 },
	{ SMMU3, "arm_smmu_cmdq_issue_cmdlist", FLUSHES, V7S_FLUSH_SYNC,
	  "__arm_smmu_cmdq_issue_cmdlist", 0 },

	{ SMMU2, "__arm_smmu_tlb_sync", FLUSHES, V7S_FLUSH_SYNC, NULL, 0 },
	{ SMMU2, "arm_smmu_tlb_sync_context", FLUSHES, V7S_FLUSH_SYNC,
	  "__arm_smmu_tlb_sync", 0 },
	{ SMMU2, "arm_smmu_tlb_sync_global", FLUSHES, V7S_FLUSH_SYNC,
	  "__arm_smmu_tlb_sync", 0 },
	{ SMMU2, "nvidia_smmu_tlb_sync", INSIDE, 0, NULL, 0 },
	{ SMMU2, "qcom_smmu_tlb_sync", INSIDE, 0, NULL, 0 },
	{ SMMU2, "qcom_smmu_tlb_sync_debug", INSIDE, 0, NULL, 0 },

	{ QCOM, "qcom_iommu_tlb_sync", FLUSHES, V7S_FLUSH_SYNC, NULL, 0 },

	{ KERNEL_ITSELF, "_raw_spin_lock_irqsave", LOCKS, 0, NULL, 0 },
	{ KERNEL_ITSELF, "kretprobe_trampoline", RETURNS, 0, NULL, 0 },
	{ KERNEL_ITSELF, "__kretprobe_trampoline", RETURNS, 0, NULL, 0 },
	{ KERNEL_ITSELF, "arch_rethook_trampoline", RETURNS, 0, NULL, 0 },
	{ KERNEL_ITSELF, "return_to_handler", GRAPH, 0, NULL, 0 },
	{ KERNEL_ITSELF, LOCK_SLOW_PATH, NAMED, 0, NULL, 0 },
	{ KERNEL_ITSELF, "_dev_warn", NAMED, 0, NULL, 0 },
	{ KERNEL_ITSELF, "_dev_err", NAMED, 0, NULL, 0 },
	{ KERNEL_ITSELF, "___ratelimit", NAMED, 0, NULL, 0 },
};

static const char *name_of(size_t i)
{
	return functions[i].name;
}

static const struct function *function_of(const struct symbol *symbol)
{
	return &functions[symbol->fn];
}

/* The symbol, if it occurs exactly once, without a suffix. */
static const struct symbol *symbol_visible(const struct symbols *s,
					   const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (!strcmp(functions[i].name, name))
			return symbols_only(s, i);
	return NULL;
}

/* The directory of a driver has a link for each device. */
bool flush_sites_has_device(const char *folder, const char *driver)
{
	char path[512];
	struct dirent *e;
	bool found = false;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", folder, driver);
	d = opendir(path);
	if (!d)
		return false;
	while (!found && (e = readdir(d)))
		found = e->d_type == DT_LNK && strcmp(e->d_name, "module");
	closedir(d);
	return found;
}

/* Without the directory, there may be one. */
static bool may_have_device(const char *folder)
{
	DIR *d = opendir(folder);
	int i;

	if (!d)
		return true;
	closedir(d);
	for (i = 0; i < DRIVERS; i++)
		if (flush_sites_has_device(folder, drivers[i].bus_name))
			return true;
	return false;
}

static bool has_code(const struct symbols *s, int driver)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (function_of(&s->found[i])->driver == driver)
			return true;
	return false;
}

static int choose_driver(const struct symbols *s, const char *folder)
{
	DIR *d = opendir(folder);
	int i;

	if (d)
		closedir(d);
	for (i = 0; i < DRIVERS; i++)
		if (has_code(s, i) &&
		    (!d || flush_sites_has_device(folder, drivers[i].bus_name)))
			return i;
	return -1;
}

static bool is_site(const struct symbols *s, const struct function *fn)
{
	return fn->use == FLUSHES && symbol_visible(s, fn->name) &&
	       !(fn->unless && symbol_visible(s, fn->unless));
}

static void add_range(struct flush_sites *p, const struct symbol *s,
		      unsigned int role)
{
	if (!symbols_add_range(p->range, &p->ranges, s, role))
		p->full = true;
}

/*
 * A caller that is no site does not count as part of a flush; otherwise the
 * function that it calls would not count. A copy has its own code and calls no
 * site.
 */
static void add_ranges(struct flush_sites *p, const struct symbols *s,
		       int driver)
{
	const struct function *fn;
	const struct symbol *symbol;
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		symbol = &s->found[i];
		fn = function_of(symbol);
		if (fn->use == LOCKS)
			add_range(p, symbol, V7S_ROLE_LOCK);
		if (fn->use == RETURNS)
			add_range(p, symbol, V7S_ROLE_RETURN);
		if (fn->use == GRAPH)
			add_range(p, symbol, V7S_ROLE_GRAPH);
		if (fn->driver != driver)
			continue;
		if (fn->cause)
			p->visible.cause[fn->cause - 1] = true;
		if (fn->use == DECIDES)
			add_range(p, symbol, V7S_ROLE_OWN);
		if (fn->use == INSIDE ||
		    (fn->use == FLUSHES &&
		     (!symbol->plain || is_site(s, fn))))
			add_range(p, symbol, V7S_ROLE_FLUSH);
		else if (fn->cause && symbol->plain)
			add_range(p, symbol, V7S_ROLE_CAUSE + fn->cause - 1);
	}
}

static void judge_waits(struct flush_sites *p, const struct symbols *s,
			int version, enum machine machine)
{
	struct flush_visibility *visible = &p->visible;

	if (!p->driver->lock)
		visible->waits_why = p->driver->no_waits;
	else if (machine != MACHINE_ARM64 || !symbol_visible(s, LOCK_SLOW_PATH) ||
		 !symbol_visible(s, "_raw_spin_lock_irqsave"))
		visible->waits_why = "waits for a spinlock are visible on arm64 kernels only";
	else if (version < KERNEL(5, 11))
		visible->waits_why = "before v5.11, probing spinlocks may lock up the kernel";
	else
		visible->waits = true;
}

/* Functions with the size of the range among their arguments. */
static const struct {
	const char *function;
	unsigned int arg;
} sizes[] = {
	{ "mtk_iommu_tlb_flush_range_sync", 1 },
};

/* Plus 1, as in struct v7s_flush_config. */
static unsigned int size_of(const char *function)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		if (!strcmp(sizes[i].function, function))
			return sizes[i].arg + 1;
	return 0;
}

int flush_sites_find(struct flush_sites *p, const char *kallsyms,
		     const char *folder, int version, enum machine machine)
{
	const struct function *fn;
	struct symbols *s;
	int driver;
	size_t i;

	memset(p, 0, sizeof(*p));
	p->no_device = !may_have_device(folder);
	/* Most kernels have no such device; reading all symbols takes long. */
	if (p->no_device)
		return 0;
	s = symbols_find(kallsyms, name_of, ARRAY_SIZE(functions));
	if (!s)
		return -1;
	p->symbols = s->any;
	p->addresses = s->addresses;
	p->full = s->full;
	driver = choose_driver(s, folder);
	if (driver < 0)
		goto out;
	p->driver = &drivers[driver];
	/* The caller decides whether a call is part of another flush. */
	if (!p->addresses)
		goto out;
	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		fn = &functions[i];
		if (fn->driver != driver || !is_site(s, fn))
			continue;
		p->site[p->sites] = fn->name;
		strcpy(p->symbol[p->sites], symbol_visible(s, fn->name)->name);
		p->size[p->sites] = size_of(fn->name);
		p->visible.sizes |= p->size[p->sites];
		p->cause[p->sites] = fn->cause ? fn->cause - 1 :
						 V7S_CAUSE_UNKNOWN;
		p->kind[p->sites++] = fn->kind;
		p->visible.begun[fn->kind] = true;
		/* The first command shows the kind. */
		if (p->driver->commands)
			p->visible.begun[V7S_FLUSH_RANGE] =
			p->visible.begun[V7S_FLUSH_ALL] = true;
		/* The function nearest to the hardware has all callers. */
		p->visible.begun[V7S_FLUSH_OWN] |= driver == MTK && !fn->unless &&
						fn->kind == V7S_FLUSH_ALL;
		strcpy(p->module, symbol_visible(s, fn->name)->module);
	}
	add_ranges(p, s, driver);
	p->visible.cause[V7S_CAUSE_OWN] = p->visible.begun[V7S_FLUSH_OWN];
	p->visible.cause[V7S_CAUSE_UNKNOWN] = true;
	p->visible.timeouts = !p->driver->timeout ||
			      symbol_visible(s, p->driver->timeout);
	p->visible.timeouts_by_dev = p->driver->timeout_dev ||
				     !p->driver->timeout;
	judge_waits(p, s, version, machine);
out:
	free(s);
	return 0;
}

/* Offset to add or subtract, then a load. */
struct hop {
	const char *type;
	const char *less;	/* member whose address we have, or NULL */
	const char *member;
};

/* The first path whose members all exist is used. */
static const struct way {
	const char *function;	/* "": the driver's lock */
	/* -1: the last, which before v5.17 was the fourth. */
	int arg;
	struct hop hop[V7S_FLUSH_HOPS];
} ways[] = {
#define MTK_BANK { "mtk_iommu_bank_data", NULL, "parent_dev" }
#define MTK_DATA { "mtk_iommu_data", NULL, "dev" }
#define MTK_DOMAIN(member) { "mtk_iommu_domain", "domain", member }
#define IPMMU_DEV { "ipmmu_vmsa_device", NULL, "dev" }
	{ "mtk_iommu_tlb_flush_range_sync", -1, { MTK_BANK } },
	{ "mtk_iommu_tlb_flush_range_sync", -1, { MTK_DATA } },
	{ "mtk_iommu_tlb_flush_all", 0, { MTK_DATA } },
	{ "mtk_iommu_flush_iotlb_all", 0, { MTK_DOMAIN("bank"), MTK_BANK } },
	{ "mtk_iommu_flush_iotlb_all", 0, { MTK_DOMAIN("data"), MTK_DATA } },
	{ "mtk_iommu_iotlb_sync", 0, { MTK_DOMAIN("bank"), MTK_BANK } },
	{ "mtk_iommu_iotlb_sync", 0, { MTK_DOMAIN("data"), MTK_DATA } },
	{ "mtk_iommu_sync_map", 0, { MTK_DOMAIN("bank"), MTK_BANK } },
	{ "mtk_iommu_sync_map", 0, { MTK_DOMAIN("data"), MTK_DATA } },
	{ "", 0, { { "mtk_iommu_bank_data", "tlb_lock", "parent_dev" } } },
	{ "", 0, { { "mtk_iommu_data", "tlb_lock", "dev" } } },
#define IPMMU_DOMAIN { "ipmmu_vmsa_domain", "io_domain", "mmu" }
	{ "ipmmu_iotlb_sync", 0, { IPMMU_DOMAIN, IPMMU_DEV } },
	{ "ipmmu_flush_iotlb_all", 0, { IPMMU_DOMAIN, IPMMU_DEV } },
	{ "ipmmu_tlb_flush_all", 0,
	  { { "ipmmu_vmsa_domain", NULL, "mmu" }, IPMMU_DEV } },
	{ "ipmmu_tlb_flush", 3,
	  { { "ipmmu_vmsa_domain", NULL, "mmu" }, IPMMU_DEV } },
#define SMMU_DEV { "arm_smmu_device", NULL, "dev" }
	{ "__arm_smmu_cmdq_issue_cmdlist", 0, { SMMU_DEV } },
	{ "arm_smmu_cmdq_issue_cmdlist", 0, { SMMU_DEV } },
	{ "__arm_smmu_tlb_sync", 0, { SMMU_DEV } },
	{ "arm_smmu_tlb_sync_global", 0, { SMMU_DEV } },
	{ "arm_smmu_tlb_sync_context", 0,
	  { { "arm_smmu_domain", NULL, "smmu" }, SMMU_DEV } },
	{ "qcom_iommu_tlb_sync", 0,
	  { { "qcom_iommu_domain", NULL, "iommu" },
	    { "qcom_iommu_dev", NULL, "dev" } } },
};

/* Two drivers of one kernel have structures of these names. */
static bool is_ambiguous(const char *type)
{
	return !strncmp(type, "arm_smmu_", 9);
}

static bool find_way(const struct btf *btf, const char *function,
		     struct v7s_flush_way *to)
{
	const struct hop *hop;
	__u32 type, behind;
	__u64 place, less;
	size_t i;
	int args;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (strcmp(ways[i].function, function))
			continue;
		args = btf_parameters(btf, function);
		to->arg = ways[i].arg >= 0 ? ways[i].arg :
			  args > 0 ? args - 1 : 2;
		behind = btf_struct_of_arg(btf, function, to->arg);
		for (hop = ways[i].hop, to->hops = 0; hop->type; hop++) {
			less = 0;
			type = btf_struct(btf, behind, hop->type);
			if ((type != behind && is_ambiguous(hop->type)) ||
			    !btf_member(btf, type, hop->member, &place,
					&behind) ||
			    (hop->less && !btf_member(btf, type, hop->less,
						      &less, NULL)))
				break;
			to->hop[to->hops++] = place - less;
		}
		if (!hop->type)
			return true;
	}
	to->hops = 0;
	return false;
}

/* Since v6.12 the functions take the queue as well. */
static __u32 index_of_sync(const struct flush_sites *p, const struct btf *btf,
			   int version)
{
	int args = btf ? btf_parameters(btf, p->site[0]) : -1;

	if (args < 4)
		args = version < KERNEL(6, 12) ? 4 : 5;
	return args - 1;
}

void flush_sites_configure(const struct flush_sites *p, const struct btf *btf,
			   int version, struct v7s_flush_config *c)
{
	c->ranges = p->ranges;
	memcpy(c->range, p->range, sizeof(c->range));
	memcpy(c->kind, p->kind, sizeof(c->kind));
	memcpy(c->cause, p->cause, sizeof(c->cause));
	memcpy(c->size, p->size, sizeof(c->size));
	c->timeout_dev = p->driver->timeout_dev && c->init_name;
	c->jumps = p->driver->jumps;
	c->late = p->driver->timeout ? 0 : -ETIMEDOUT;
	if (p->driver->commands)
		c->sync = index_of_sync(p, btf, version);
}

/* Runtime power management, as the kernel keeps it in struct device. */
static void find_pm(const struct btf *btf, struct v7s_flush_config *c)
{
	static const char *const info = "dev_pm_info";
	__u64 power, status, error, bit;
	__u32 bits;

	if (!btf_find_member(btf, "device", "power", &power) ||
	    !btf_find_member(btf, info, "runtime_status", &status) ||
	    !btf_find_member(btf, info, "runtime_error", &error) ||
	    !btf_find_bits(btf, info, "disable_depth", &bit, &bits) ||
	    bit % 8 + bits > 8)
		return;
	c->pm_status = power + status;
	c->pm_error = power + error;
	c->pm_disabled = power + bit / 8;
	c->pm_shift = bit % 8;
	c->pm_mask = (1U << bits) - 1;
}

bool flush_sites_paths(const struct flush_sites *p, const struct btf *btf,
		       struct v7s_flush_config *c)
{
	bool all = btf_find_member(btf, "device", "init_name", &c->init_name) &&
		   btf_find_member(btf, "device", "kobj", &c->name);
	unsigned int i;

	find_pm(btf, c);
	for (i = 0; i < p->sites; i++)
		all &= find_way(btf, p->site[i], &c->way[i]);
	if (p->visible.waits)
		all &= find_way(btf, "", &c->lock);
	if (all)
		return true;
	memset(c->way, 0, sizeof(c->way));
	memset(&c->lock, 0, sizeof(c->lock));
	return false;
}

int flush_sites_here(const struct flush_sites **p)
{
	static struct flush_sites here;
	static bool found;
	static int err;

	if (!found && flush_sites_find(&here, "/proc/kallsyms",
				       "/sys/bus/platform/drivers",
				       kernel_version(), kernel_machine())) {
		err = errno;
		memset(&here, 0, sizeof(here));
	}
	found = true;
	*p = &here;
	return err;
}
