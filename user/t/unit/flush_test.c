// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Attach sites of a driver that flushes, and the sums of flushes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "lib/util.h"
#include "model/counts.h"
#include "source/flush_counts.h"

/* Symbols that gcc 12 leaves of v6.1 and v6.12 for arm64. */
static const char *const mtk[] = {
	"mtk_iommu_probe", "mtk_iommu_tlb_flush_range_sync",
	"mtk_iommu_iotlb_sync", "mtk_iommu_sync_map",
	"mtk_iommu_flush_iotlb_all", "mtk_iommu_isr",
	"mtk_iommu_runtime_resume", "_dev_warn", "___ratelimit",
	"_raw_spin_lock_irqsave", "queued_spin_lock_slowpath",
	"__kretprobe_trampoline", NULL
};

static const char *const ipmmu[] = {
	"ipmmu_tlb_sync", "ipmmu_tlb_flush_all", "ipmmu_tlb_flush",
	"ipmmu_tlb_invalidate", "ipmmu_flush_iotlb_all", "ipmmu_iotlb_sync",
	"_dev_warn", "___ratelimit", "_raw_spin_lock_irqsave",
	"queued_spin_lock_slowpath", "__kretprobe_trampoline", NULL
};

/* Both SMMU drivers, as Debian's 6.12 has them. Some names occur in both. */
static const char *const smmu[] = {
	"qcom_iommu_tlb_sync", "qcom_iommu_iotlb_sync",
	"arm_smmu_flush_iotlb_all", "__arm_smmu_tlb_sync",
	"arm_smmu_tlb_sync_global", "arm_smmu_tlb_sync_context",
	"arm_smmu_iotlb_sync", "nvidia_smmu_tlb_sync", "qcom_smmu_tlb_sync",
	"arm_smmu_cmdq_issue_cmdlist", "__arm_smmu_tlb_inv_range",
	"arm_smmu_iotlb_sync", "arm_smmu_flush_iotlb_all", "_dev_warn",
	"_dev_err", "___ratelimit", "_raw_spin_lock_irqsave",
	"queued_spin_lock_slowpath", "__kretprobe_trampoline", NULL
};

struct kernel {
	const char *const *names;
	const char *without, *with;	/* another name instead of one of them */
	const char *more;		/* one more, behind the others */
	const char *module;		/* that all of them are in */
	const char *bound;		/* the driver that has a device */
	bool hidden;			/* addresses are 0 */
	int version;
	enum machine machine;
};

enum { BASE = 0x8000000, STEP = 0x100 };

static uint64_t address_of(const struct kernel *k, const char *name)
{
	int i;

	for (i = 0; k->names[i]; i++)
		if (!strcmp(k->names[i], name))
			return BASE + (i + 1) * STEP;
	fail();
	return 0;
}

/* Modules' symbols have no order: here, the last comes first. */
static void write_symbols(FILE *f, const struct kernel *k)
{
	const char *name;
	int n = 0, i, at;

	while (k->names[n])
		n++;
	for (i = 0; i < n; i++) {
		at = k->module ? n - 1 - i : i;
		name = k->names[at];
		if (k->without && !strcmp(name, k->without))
			name = k->with;
		if (!name)
			continue;
		fprintf(f, "%016x t %s", k->hidden ? 0 : BASE + (at + 1) * STEP,
			name);
		fprintf(f, k->module && name[0] != '_' && name[0] != 'q' ?
			"\t[%s]\n" : "\n", k->module);
	}
	if (k->more)
		fprintf(f, "%016x t %s\n", k->hidden ? 0 : BASE + (n + 1) * STEP,
			k->more);
	fprintf(f, "%016x T _etext\n", k->hidden ? 0 : BASE + (n + 2) * STEP);
}

static void plan_of(struct flush_sites *p, const struct kernel *k)
{
	char path[] = "/tmp/flush_test.XXXXXX", symbols[64], bus[64], driver[96];
	FILE *f;

	assert_non_null(mkdtemp(path));
	snprintf(symbols, sizeof(symbols), "%s/kallsyms", path);
	snprintf(bus, sizeof(bus), "%s/drivers", path);
	f = fopen(symbols, "w");
	assert_non_null(f);
	write_symbols(f, k);
	fclose(f);
	if (k->bound) {
		mkdir(bus, 0700);
		snprintf(driver, sizeof(driver), "%s/%s", bus, k->bound);
		mkdir(driver, 0700);
		snprintf(driver, sizeof(driver), "%s/%s/dev", bus, k->bound);
		assert_int_equal(symlink("/", driver), 0);
	}
	assert_int_equal(flush_sites_find(p, symbols, bus,
					k->version ? k->version : KERNEL(6, 1),
					k->machine ? k->machine : MACHINE_ARM64),
			 0);
	snprintf(driver, sizeof(driver), "rm -r %s", path);
	assert_int_equal(system(driver), 0);
}

static bool probes(const struct flush_sites *p, const char *name)
{
	unsigned int i;

	for (i = 0; i < p->sites; i++)
		if (!strcmp(p->site[i], name))
			return true;
	return false;
}

static unsigned int role_at(const struct flush_sites *p, uint64_t address)
{
	unsigned int i, role = V7S_ROLE_NONE;

	for (i = 0; i < p->ranges; i++)
		if (address >= p->range[i].start && address < p->range[i].end)
			role = p->range[i].role;
	return role;
}

static void nearest_to_the_hardware(void **state)
{
	const struct kernel k = { .names = mtk };
	struct flush_sites p;
	unsigned int i;

	(void)state;
	plan_of(&p, &k);
	assert_string_equal(p.driver->name, "mtk_iommu");
	assert_int_equal(p.sites, 2);
	assert_true(probes(&p, "mtk_iommu_tlb_flush_range_sync"));
	assert_true(probes(&p, "mtk_iommu_flush_iotlb_all"));
	assert_true(p.visible.begun[V7S_FLUSH_RANGE] && p.visible.begun[V7S_FLUSH_ALL]);
	assert_false(p.visible.begun[V7S_FLUSH_OWN]);
	assert_true(p.visible.timeouts && p.visible.timeouts_by_dev && p.visible.waits);
	assert_null(p.visible.waits_why);
	assert_string_equal(p.module, "");
	/* Not those who call it, whose calls would not be flushes then. */
	assert_int_equal(role_at(&p, address_of(&k, "mtk_iommu_sync_map") + 8),
			 V7S_ROLE_CAUSE + V7S_CAUSE_MAP);
	assert_int_equal(role_at(&p, address_of(&k, "mtk_iommu_iotlb_sync") + 8),
			 V7S_ROLE_CAUSE + V7S_CAUSE_UNMAP);
	for (i = 0; i < p.sites; i++)
		assert_int_equal(p.size[i], strcmp(p.site[i], mtk[1]) ? 0 : 2);
	assert_true(p.visible.sizes);
	assert_true(p.visible.cause[V7S_CAUSE_MAP] &&
		    p.visible.cause[V7S_CAUSE_UNMAP] &&
		    p.visible.cause[V7S_CAUSE_ALL] &&
		    !p.visible.cause[V7S_CAUSE_TABLE] &&
		    !p.visible.cause[V7S_CAUSE_OWN]);
	assert_int_equal(role_at(&p, address_of(&k, mtk[1])), V7S_ROLE_FLUSH);
	assert_int_equal(role_at(&p, address_of(&k, mtk[1]) + STEP - 1),
			 V7S_ROLE_FLUSH);
	assert_int_equal(role_at(&p, address_of(&k, mtk[1]) - 1), V7S_ROLE_NONE);
	assert_int_equal(role_at(&p, address_of(&k, "mtk_iommu_isr") + 8),
			 V7S_ROLE_OWN);
	assert_int_equal(role_at(&p, address_of(&k, "_raw_spin_lock_irqsave")),
			 V7S_ROLE_LOCK);
}

static void one_function_for_all(void **state)
{
	const struct kernel k = { .names = mtk, .more = "mtk_iommu_tlb_flush_all" };
	struct flush_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_int_equal(p.sites, 2);
	assert_true(probes(&p, "mtk_iommu_tlb_flush_all"));
	assert_false(probes(&p, "mtk_iommu_flush_iotlb_all"));
	assert_true(p.visible.begun[V7S_FLUSH_OWN]);
	assert_int_equal(role_at(&p, address_of(&k, "mtk_iommu_flush_iotlb_all")),
			 V7S_ROLE_CAUSE + V7S_CAUSE_ALL);
	assert_true(p.visible.cause[V7S_CAUSE_OWN]);
}

static void callers_where_it_is_not_visible(void **state)
{
	struct kernel k = { .names = mtk, .without = mtk[1],
			    .with = "mtk_iommu_tlb_flush_range_sync.isra.0" };
	struct flush_sites p;
	unsigned int i;

	(void)state;
	plan_of(&p, &k);
	assert_int_equal(p.sites, 3);
	assert_true(probes(&p, "mtk_iommu_iotlb_sync"));
	assert_true(probes(&p, "mtk_iommu_sync_map"));
	for (i = 0; i < p.sites; i++)
		assert_int_equal(p.cause[i], strcmp(p.site[i], "mtk_iommu_sync_map") ?
				 p.kind[i] == V7S_FLUSH_ALL ? V7S_CAUSE_ALL :
				 V7S_CAUSE_UNMAP : V7S_CAUSE_MAP);
	/* Its code is where the lock is taken, and the timeout told. */
	assert_int_equal(role_at(&p, address_of(&k, mtk[1])), V7S_ROLE_FLUSH);

	/* A unique name, as LTO gives it, is the function's own. */
	k.with = "mtk_iommu_tlb_flush_range_sync.llvm.4711";
	plan_of(&p, &k);
	assert_true(probes(&p, mtk[1]));
	assert_string_equal(p.symbol[0], k.with);
	k.with = "mtk_iommu_tlb_flush_range_sync.cfi_jt";
	plan_of(&p, &k);
	assert_int_equal(role_at(&p, address_of(&k, mtk[1])), V7S_ROLE_NONE);

	/* Twice the same name: which of them would be probed? */
	k.without = NULL;
	k.more = mtk[1];
	plan_of(&p, &k);
	assert_false(probes(&p, mtk[1]));
}

static void what_cannot_be_seen(void **state)
{
	struct kernel k = { .names = mtk, .hidden = true };
	struct flush_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_true(p.driver && p.symbols && !p.addresses && !p.sites);

	k.hidden = false;
	k.without = "_dev_warn";
	plan_of(&p, &k);
	assert_false(p.visible.timeouts);
	k.without = "queued_spin_lock_slowpath";
	plan_of(&p, &k);
	assert_false(p.visible.waits);
	assert_non_null(p.visible.waits_why);
	k.without = NULL;
	k.version = KERNEL(5, 10);
	plan_of(&p, &k);
	assert_false(p.visible.waits);
	assert_non_null(strstr(p.visible.waits_why, "v5.11"));
	k.version = 0;
	k.machine = MACHINE_ARM;
	plan_of(&p, &k);
	assert_false(p.visible.waits);
	assert_true(p.sites == 2 && p.visible.timeouts);
}

static void a_driver_without_a_lock(void **state)
{
	const struct kernel k = { .names = ipmmu };
	struct flush_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_string_equal(p.driver->name, "ipmmu-vmsa");
	assert_int_equal(p.sites, 4);
	assert_false(p.visible.begun[V7S_FLUSH_RANGE]);
	assert_true(p.visible.begun[V7S_FLUSH_ALL] && p.visible.timeouts);
	assert_false(p.visible.timeouts_by_dev || p.visible.waits);
	assert_true(p.driver->jumps);
	/* A flush that ends in another one: what the latter returns to. */
	assert_int_equal(role_at(&p, address_of(&k, "__kretprobe_trampoline") - 1),
			 V7S_ROLE_RETURN);
	assert_int_equal(role_at(&p, address_of(&k, "ipmmu_tlb_sync")),
			 V7S_ROLE_FLUSH);
}

static void the_driver_that_has_a_device(void **state)
{
	static const char *both[32];
	struct kernel k = { .names = both, .bound = "ipmmu-vmsa" };
	struct flush_sites p;
	int n = 0, i;

	(void)state;
	for (i = 0; mtk[i]; i++)
		both[n++] = mtk[i];
	for (i = 0; !strncmp(ipmmu[i], "ipmmu", 5); i++)
		both[n++] = ipmmu[i];
	plan_of(&p, &k);
	assert_string_equal(p.driver->name, "ipmmu-vmsa");
	k.bound = "mtk-iommu";
	plan_of(&p, &k);
	assert_string_equal(p.driver->name, "mtk_iommu");
	assert_false(p.no_device);
	/* No symbol is read. */
	k.bound = "rk_iommu";
	plan_of(&p, &k);
	assert_true(!p.driver && p.no_device && !p.symbols);
}

static void a_module(void **state)
{
	const struct kernel k = { .names = mtk, .module = "mtk_iommu" };
	struct flush_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_string_equal(p.module, "mtk_iommu");
	assert_int_equal(p.sites, 2);
	assert_int_equal(role_at(&p, address_of(&k, mtk[1]) + STEP - 1),
			 V7S_ROLE_FLUSH);
	assert_int_equal(role_at(&p, address_of(&k, mtk[1]) + STEP),
			 V7S_ROLE_CAUSE + V7S_CAUSE_UNMAP);
}

static void the_queue_of_an_smmuv3(void **state)
{
	struct kernel k = { .names = smmu, .bound = "arm-smmu-v3" };
	struct v7s_flush_config c = { 0 };
	struct flush_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_string_equal(p.driver->name, "arm-smmu-v3");
	assert_int_equal(p.sites, 1);
	assert_true(probes(&p, "arm_smmu_cmdq_issue_cmdlist"));
	assert_true(p.visible.begun[V7S_FLUSH_RANGE] &&
		    p.visible.begun[V7S_FLUSH_ALL] &&
		    p.visible.begun[V7S_FLUSH_SYNC] &&
		    !p.visible.begun[V7S_FLUSH_OWN]);
	/* No function is called at a timeout: its return value tells. */
	assert_true(p.visible.timeouts && p.visible.timeouts_by_dev);
	assert_false(p.visible.waits);
	assert_int_equal(role_at(&p, address_of(&k, "__arm_smmu_tlb_sync")),
			 V7S_ROLE_NONE);

	/* Without BTF, the version tells the argument. */
	flush_sites_configure(&p, NULL, KERNEL(6, 11), &c);
	assert_int_equal(c.sync, 3);
	flush_sites_configure(&p, NULL, KERNEL(6, 12), &c);
	assert_int_equal(c.sync, 4);
	assert_int_equal(c.late, -ETIMEDOUT);

	/* Since v7.3 the function is called by one that had its name. */
	k.more = "__arm_smmu_cmdq_issue_cmdlist";
	plan_of(&p, &k);
	assert_int_equal(p.sites, 1);
	assert_true(probes(&p, "__arm_smmu_cmdq_issue_cmdlist"));

	/* Inlined, or a copy with other arguments: there is nothing to probe. */
	k.more = NULL;
	k.without = "arm_smmu_cmdq_issue_cmdlist";
	k.with = "arm_smmu_cmdq_issue_cmdlist.isra.0";
	plan_of(&p, &k);
	assert_true(p.driver && !p.sites);
	assert_false(p.visible.begun[V7S_FLUSH_RANGE]);
}

static void syncs_of_the_other_smmus(void **state)
{
	struct kernel k = { .names = smmu, .bound = "arm-smmu" };
	struct v7s_flush_config c = { 0 };
	struct flush_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_string_equal(p.driver->name, "arm-smmu");
	assert_int_equal(p.sites, 1);
	assert_true(probes(&p, "__arm_smmu_tlb_sync"));
	assert_true(p.visible.begun[V7S_FLUSH_SYNC] && p.visible.timeouts);
	assert_false(p.visible.begun[V7S_FLUSH_RANGE] ||
		     p.visible.begun[V7S_FLUSH_ALL] ||
		     p.visible.timeouts_by_dev || p.visible.waits);
	assert_non_null(strstr(p.visible.waits_why, "locks before"));
	/* A vendor's own sync asks the limiter itself. */
	assert_int_equal(role_at(&p, address_of(&k, "nvidia_smmu_tlb_sync")),
			 V7S_ROLE_FLUSH);
	flush_sites_configure(&p, NULL, KERNEL(6, 12), &c);
	assert_int_equal(c.sync | c.late, 0);

	k.without = "__arm_smmu_tlb_sync";
	plan_of(&p, &k);
	assert_int_equal(p.sites, 2);
	assert_true(probes(&p, "arm_smmu_tlb_sync_context"));
	assert_true(probes(&p, "arm_smmu_tlb_sync_global"));

	k.bound = "qcom-iommu";
	plan_of(&p, &k);
	assert_string_equal(p.driver->name, "qcom_iommu");
	assert_int_equal(p.sites, 1);
	assert_true(probes(&p, "qcom_iommu_tlb_sync") && p.visible.timeouts);
}

/* A structure of pointers. */
static void add_struct(struct btf *btf, const char *name, const char *const *m)
{
	int n, pointer = btf__add_ptr(btf, 0);

	for (n = 0; m[n]; n++)
		;
	assert_true(btf__add_struct(btf, name, 8 * n) > 0);
	for (n = 0; m[n]; n++)
		assert_int_equal(btf__add_field(btf, m[n], pointer, 64 * n, 0), 0);
}

#define STRUCT(btf, name, ...) \
	add_struct(btf, name, (const char *const[]){ __VA_ARGS__, NULL })

static struct btf *some_btf(bool banks)
{
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	STRUCT(btf, "device", "kobj", "parent", "init_name");
	if (banks) {
		STRUCT(btf, "mtk_iommu_bank_data", "base", "parent_dev", "data",
		       "tlb_lock");
		STRUCT(btf, "mtk_iommu_data", "dev", "bank");
		STRUCT(btf, "mtk_iommu_domain", "cfg", "bank", "domain");
	} else {
		STRUCT(btf, "mtk_iommu_data", "base", "irq", "dev", "tlb_lock");
		STRUCT(btf, "mtk_iommu_domain", "cfg", "domain", "data");
	}
	return btf;
}

static void the_way_to_a_device(void **state)
{
	const struct kernel k = { .names = mtk };
	struct v7s_flush_config c = { 0 };
	struct btf *btf = some_btf(true);
	struct flush_sites p;

	(void)state;
	plan_of(&p, &k);
	assert_true(flush_sites_paths(&p, btf, &c));
	assert_int_equal(c.init_name, 16);
	assert_int_equal(c.name, 0);
	/* range_sync(iova, size, bank): bank->parent_dev */
	assert_int_equal(c.way[0].arg, 2);
	assert_int_equal(c.way[0].hops, 1);
	assert_int_equal(c.way[0].hop[0], 8);
	/* flush_iotlb_all(domain): its mtk_iommu_domain's bank->parent_dev */
	assert_int_equal(c.way[1].arg, 0);
	assert_int_equal(c.way[1].hops, 2);
	assert_int_equal(c.way[1].hop[0], -8);
	assert_int_equal(c.way[1].hop[1], 8);
	assert_int_equal(c.lock.hops, 1);
	assert_int_equal(c.lock.hop[0], -16);
	btf__free(btf);

	/* Before v5.19 there were no banks. */
	memset(&c, 0, sizeof(c));
	btf = some_btf(false);
	assert_true(flush_sites_paths(&p, btf, &c));
	assert_int_equal(c.way[0].hop[0], 16);
	assert_int_equal(c.way[1].hop[0], 8);
	assert_int_equal(c.lock.hop[0], -8);
	btf__free(btf);

	/* All or none: what is not known must not be followed. */
	memset(&c, 0, sizeof(c));
	btf = btf__new_empty();
	STRUCT(btf, "device", "kobj", "init_name");
	STRUCT(btf, "mtk_iommu_data", "dev");
	assert_false(flush_sites_paths(&p, btf, &c));
	assert_int_equal(c.way[0].hops + c.way[1].hops + c.lock.hops, 0);
	btf__free(btf);
}

/* A function that takes a pointer to that structure first, and @args in all. */
static void add_function(struct btf *btf, const char *name, __u32 type,
			 int args)
{
	int pointer = btf__add_ptr(btf, type), proto, i;

	proto = btf__add_func_proto(btf, 0);
	assert_true(proto > 0);
	for (i = 0; i < args; i++)
		assert_int_equal(btf__add_func_param(btf, "", pointer), 0);
	assert_true(btf__add_func(btf, name, BTF_FUNC_STATIC, proto) > 0);
}

/* The first structure of a name is not always the driver's own. */
static void two_structures_of_one_name(void **state)
{
	const struct kernel k = { .names = smmu, .bound = "arm-smmu-v3" };
	struct v7s_flush_config c = { 0 };
	struct btf *btf = btf__new_empty();
	struct flush_sites p;

	(void)state;
	assert_non_null(btf);
	plan_of(&p, &k);
	STRUCT(btf, "device", "kobj", "parent", "init_name");
	STRUCT(btf, "arm_smmu_device", "dev", "base");
	/* It is not known which of them the driver uses. */
	assert_false(flush_sites_paths(&p, btf, &c));

	STRUCT(btf, "arm_smmu_device", "base", "features", "dev");
	add_function(btf, "arm_smmu_cmdq_issue_cmdlist",
		     btf__type_cnt(btf) - 1, 5);
	assert_true(flush_sites_paths(&p, btf, &c));
	assert_int_equal(c.way[0].hops, 1);
	assert_int_equal(c.way[0].arg, 0);
	assert_int_equal(c.way[0].hop[0], 16);
	/* The prototype is a better source than the version. */
	flush_sites_configure(&p, btf, KERNEL(6, 1), &c);
	assert_int_equal(c.sync, 4);
	btf__free(btf);
}

static void time_out(struct v7s_cpu_flushes *row, uint64_t time)
{
	struct v7s_timeout *t = &row->timeout[row->timeouts % V7S_TIMEOUTS];

	memset(t, 0, sizeof(*t));
	t->time = time;
	t->task = time << 32 | time;
	t->pm = time % 2 ? V7S_PM_SUSPENDED : 77;
	t->frames = time % 2 ? 1000 : -EFAULT;
	strcpy(t->dev, "m4u");
	row->timeouts++;
}

static void last_timeouts(void **state)
{
	static struct v7s_cpu_flushes row[2];
	struct flush_timeouts *t = flush_timeouts_new(2);
	const struct flush_timeout *last;
	uint64_t time = 1;
	size_t i;

	(void)state;
	assert_non_null(t);
	flush_timeouts_read(t, row);
	assert_int_equal(flush_timeouts_last(t, true, &last), 0);

	/* Two CPUs: in the order of time. */
	for (; time <= 5; time++)
		time_out(&row[time % 2], time);
	flush_timeouts_read(t, row);
	assert_int_equal(flush_timeouts_last(t, false, &last), 5);
	for (i = 0; i < 5; i++)
		assert_int_equal(last[i].time, i + 1);
	assert_int_equal(last[0].pm, V7S_PM_SUSPENDED);
	assert_int_equal(last[0].stack.frames, V7S_STACK_DEPTH);
	assert_string_equal(last[0].dev, "m4u");
	assert_int_equal(last[0].task, 1ULL << 32 | 1);
	/* A state of a later kernel, and a stack that the kernel did not give. */
	assert_int_equal(last[1].pm, V7S_PM_UNKNOWN);
	assert_int_equal(last[1].stack.frames, 0);
	assert_int_equal(flush_timeouts_last(t, false, &last), 0);

	/* New ones only, and all. */
	time_out(&row[0], time++);
	flush_timeouts_read(t, row);
	assert_int_equal(flush_timeouts_last(t, false, &last), 1);
	assert_int_equal(last[0].time, 6);
	assert_int_equal(flush_timeouts_last(t, true, &last), 6);

	/* A CPU that was read too early for one of them: returned once, too. */
	time_out(&row[1], 5);
	flush_timeouts_read(t, row);
	assert_int_equal(flush_timeouts_last(t, false, &last), 1);
	assert_int_equal(last[0].time, 5);
	assert_int_equal(flush_timeouts_last(t, false, &last), 0);

	/* More than the ring of a CPU holds: the last ones. */
	for (; time <= 6 + 3 * V7S_TIMEOUTS; time++)
		time_out(&row[0], time);
	flush_timeouts_read(t, row);
	assert_int_equal(flush_timeouts_last(t, true, &last), V7S_TIMEOUTS);
	for (i = 0; i < V7S_TIMEOUTS; i++)
		assert_int_equal(last[i].time, 7 + 2 * V7S_TIMEOUTS + i);

	/* Fewer than that push out the oldest of all CPUs. */
	time_out(&row[1], time);
	flush_timeouts_read(t, row);
	assert_int_equal(flush_timeouts_last(t, true, &last), V7S_TIMEOUTS);
	assert_int_equal(last[0].time, 8 + 2 * V7S_TIMEOUTS);
	assert_int_equal(last[V7S_TIMEOUTS - 1].time, time);
	flush_timeouts_free(t);
}

static void count(struct v7s_cpu_flushes *row, int slot, uint64_t at, int n)
{
	struct v7s_flush_slot *s = &row->slot[slot];

	s->at = at;
	snprintf(s->dev, sizeof(s->dev), "dev%d", (int)at);
	s->c.begun[V7S_FLUSH_RANGE] += n;
	s->c.flush.bucket[5] += n;
	s->c.flush.max = s->c.size.max = n;
}

static void devices_of_all_cpus(void **state)
{
	static struct v7s_cpu_flushes row[2];
	static struct flushes f, before;
	static struct flush_report r;
	int i;

	(void)state;
	count(&row[0], 0, 1, 10);
	count(&row[0], 1, 2, 20);
	count(&row[1], 0, 2, 300);
	count(&row[1], V7S_FLUSH_DEVS, 0, 4000);
	for (i = 0; i < 2; i++)
		flush_counts_add(&before, &row[i], V7S_FLUSH_DEVS);
	assert_int_equal(before.devs, 2);

	count(&row[1], 0, 2, 5);
	count(&row[1], 1, 3, 7);
	row[1].slot[1].c.begun[V7S_FLUSH_ALL] = 2;
	for (i = 1; i >= 0; i--)
		flush_counts_add(&f, &row[i], V7S_FLUSH_DEVS);
	flush_counts_since(&r, &f, &before, false);
	assert_int_equal(r.f.devs, 3);
	assert_string_equal(r.f.dev[0].dev, "dev2");
	assert_int_equal(flush_counts_begun(&r.f.dev[0].c), 5);
	assert_int_equal(flush_counts_begun(&r.f.dev[1].c), 9);
	assert_int_equal(flush_counts_begun(&r.f.dev[2].c), 0);
	assert_int_equal(flush_counts_begun(&r.f.dev[FLUSHES_DEVS].c), 0);
	assert_int_equal(flush_counts_begun(&r.total), 14);
	assert_int_equal(r.total.flush.max, 4000);
	assert_int_equal(r.total.size.max, 4000);
	/* Two may be under way. */
	assert_int_equal(r.total.flush.untimed, 0);

	flush_counts_since(&r, &f, NULL, true);
	assert_int_equal(flush_counts_begun(&r.total), 10 + 325 + 9 + 4000);
	assert_int_equal(r.f.dev[1].c.flush.untimed, 2);
	assert_int_equal(r.total.flush.untimed, 2);
	assert_int_equal(hist_count(&r.total.flush), 10 + 325 + 7 + 4000);
}

static struct v7s_flush_stack *flush_by(struct v7s_flush_stack *s, uint64_t id,
					const char *comm, int n)
{
	s->f.used = 1;
	s->f.id = id;
	strcpy(s->f.comm, comm);
	s->f.flushes += n;
	s->f.ns += 10 * n;
	return s;
}

/* A slot that the programs take while the tool waits for them. */
static struct v7s_flush_stack *taken;

bool __wrap_quiesce(void);

bool __wrap_quiesce(void)
{
	if (taken)
		flush_by(taken, 3, "late", 3);
	taken = NULL;
	return true;
}

static void a_slot_is_taken_during_a_reading(void **state)
{
	static struct v7s_cpu_flush_stacks row[1];
	struct flush_who *w = flush_who_new(NULL, row, 1);
	struct flushers r;

	(void)state;
	assert_non_null(w);
	flush_by(&row[0].slot[7], 1, "a", 1);
	taken = &row[0].slot[2];
	flush_who_read(w);
	flush_who_report(w, false, &r);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.other.flushes, 0);

	flush_who_read(w);
	flush_who_report(w, false, &r);
	assert_int_equal(r.n, 1);
	assert_string_equal(r.row[0].comm, "late");
	assert_int_equal(r.row[0].c.flushes, 3);
	assert_int_equal(r.other.flushes, 0);
	flush_who_free(w);
}

static void stacks_of_all_cpus(void **state)
{
	static struct v7s_cpu_flush_stacks row[2];
	struct flush_who *w = flush_who_new(NULL, row, 2);
	struct v7s_flush_stack *s;
	struct flushers r;
	int i;

	(void)state;
	assert_non_null(w);
	flush_who_read(w);
	flush_who_report(w, true, &r);
	assert_true(r.counted);
	assert_int_equal(r.n, 0);

	/* The slot of the CPU where a flush ended has no stack. */
	flush_by(&row[0].slot[7], 1, "a", 0)->f.ns = 3;
	s = flush_by(&row[1].slot[9], 1, "a", 4);
	s->frames = 2;
	s->stack[0] = 0x10;
	s->stack[1] = 0x20;
	/* The same stack in a task of another name. */
	flush_by(&row[1].slot[10], 1, "b", 5)->frames = 1000;
	row[0].slot[V7S_STACKS].f.flushes = 6;
	flush_who_read(w);
	flush_who_report(w, false, &r);
	assert_int_equal(r.n, 2);
	assert_string_equal(r.row[0].comm, "b");
	assert_int_equal(r.row[0].stack.frames, V7S_STACK_DEPTH);
	assert_int_equal(r.row[1].c.flushes, 4);
	assert_int_equal(r.row[1].c.ns, 43);
	assert_int_equal(r.row[1].stack.frames, 2);
	assert_int_equal(r.row[1].stack.frame[1].address, 0x20);
	assert_int_equal(r.other.flushes, 6);

	/* Later, only what is new, and more rows than there was room for. */
	flush_by(s, 1, "a", 1);
	for (i = 0; i < 200; i++)
		flush_by(&row[0].slot[100 + i], 100 + i, "c", 1);
	flush_who_read(w);
	flush_who_report(w, false, &r);
	assert_int_equal(r.n, 201);
	assert_int_equal(r.other.flushes, 0);
	for (i = 0; i < 201; i++)
		assert_int_equal(r.row[i].c.flushes, 1);
	flush_who_report(w, true, &r);
	assert_int_equal(r.n, 202);
	assert_int_equal(r.row[0].c.flushes, 5);
	assert_int_equal(r.row[1].c.flushes, 5);
	assert_int_equal(r.other.flushes, 6);
	flush_who_free(w);
}

static void tasks_of_all_cpus(void **state)
{
	static struct v7s_cpu_flush_tasks row[2];
	struct flush_who *w = flush_who_new(row, NULL, 2);
	struct flushers r;
	int cpu;

	(void)state;
	assert_non_null(w);
	for (cpu = 0; cpu < 2; cpu++) {
		row[cpu].slot[V7S_TASKS - 1] = (struct v7s_flusher){
			.used = 1, .id = 70ULL << 32 | 71, .comm = "t",
			.flushes = 2, .ns = 5,
		};
		/* The idle task. */
		row[cpu].slot[0] = (struct v7s_flusher){
			.used = 1, .comm = "swapper/0", .flushes = 1,
		};
	}
	flush_who_read(w);
	flush_who_report(w, true, &r);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.row[0].task, 70ULL << 32 | 71);
	assert_int_equal(r.row[0].c.flushes, 4);
	assert_int_equal(r.row[0].c.ns, 10);
	assert_int_equal(r.row[1].task, 0);
	assert_int_equal(r.row[1].c.flushes, 2);
	flush_who_free(w);
}

static void exact_or_why_not(void **state)
{
	struct flush_report r = { 0 };
	char why[192];

	(void)state;
	assert_false(flush_counts_inexact(&r, why, sizeof(why)));
	r.missed = 3;
	assert_true(flush_counts_inexact(&r, why, sizeof(why)));
	assert_non_null(strstr(why, "3 calls"));
	r.missed = UNKNOWN;
	assert_true(flush_counts_inexact(&r, why, sizeof(why)));
	assert_null(strstr(why, "-1"));
	r.missed = 0;
	r.hidden = 7;
	assert_true(flush_counts_inexact(&r, why, sizeof(why)));
	assert_non_null(strstr(why, "7 calls"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nearest_to_the_hardware),
		cmocka_unit_test(one_function_for_all),
		cmocka_unit_test(callers_where_it_is_not_visible),
		cmocka_unit_test(what_cannot_be_seen),
		cmocka_unit_test(a_driver_without_a_lock),
		cmocka_unit_test(the_driver_that_has_a_device),
		cmocka_unit_test(a_module),
		cmocka_unit_test(the_way_to_a_device),
		cmocka_unit_test(the_queue_of_an_smmuv3),
		cmocka_unit_test(syncs_of_the_other_smmus),
		cmocka_unit_test(two_structures_of_one_name),
		cmocka_unit_test(devices_of_all_cpus),
		cmocka_unit_test(last_timeouts),
		cmocka_unit_test(stacks_of_all_cpus),
		cmocka_unit_test(a_slot_is_taken_during_a_reading),
		cmocka_unit_test(tasks_of_all_cpus),
		cmocka_unit_test(exact_or_why_not),
	};

	return cmocka_run_group_tests_name("flush", tests, NULL, NULL);
}
